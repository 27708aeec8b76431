//! Numbers about the work: outcomes, times, money. From events, which hold no text.

use jiff::{SignedDuration, Timestamp};

use super::{ServiceError, Services, generator};
pub use crate::domain::stats::Stats;
use crate::store::EventKind;

/// Numbers of the last `days` days.
///
/// # Errors
/// Failures of the store.
pub async fn stats(services: &Services, days: u32) -> Result<Stats, ServiceError> {
    let spending = generator::spending(services).await?;
    let gmail_units = super::inbox::freshness(services).await?.units;
    let span = SignedDuration::from_hours(24 * i64::from(days));
    let from = services.now().checked_sub(span).unwrap_or(Timestamp::MIN);
    Ok(services
        .store()
        .read(move |r| {
            let outcomes = r.count_events(from)?;
            let approved = outcomes.approved_unchanged + outcomes.approved_edited;
            Ok(Stats {
                conversations: r.count_groups()?,
                days,
                sent_unchanged: share(outcomes.approved_unchanged, approved),
                median_draft_ms: r.median_event(EventKind::Drafted, from)?,
                median_delivery_ms: r.median_event(EventKind::Sent, from)?,
                outcomes,
                spending,
                gmail_units,
            })
        })
        .await?)
}

fn share(part: u64, whole: u64) -> Option<f64> {
    let small = |n: u64| u32::try_from(n).ok().map(f64::from);
    (whole > 0)
        .then(|| Some(small(part)? / small(whole)?))
        .flatten()
}
