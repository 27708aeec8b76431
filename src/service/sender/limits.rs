//! How much may leave: the person's own limits by the day and by the minute, and the
//! pause that Gmail asks for, which may last hours and outlives the program.

use jiff::{SignedDuration, Timestamp};

use super::later;
use crate::domain::delivery::SendingUse;
use crate::gmail::{GmailError, GmailErrorKind};
use crate::service::{ServiceError, Services};
use crate::store::{Read, StoreError};

const MINUTE: SignedDuration = SignedDuration::from_mins(1);
const DAY: SignedDuration = SignedDuration::from_hours(24);
/// The pause after Gmail's sending limit when it does not say until when.
const UNTOLD: SignedDuration = SignedDuration::from_hours(1);

/// Until when nothing may leave, and why; none when a mail may leave now.
pub(super) async fn hold(services: &Services) -> Result<Option<(Timestamp, String)>, StoreError> {
    let now = services.now();
    let limits = services.config().sending.clone();
    services
        .store()
        .read(move |r| {
            if let Some(pause) = r.get_sending_pause()?.filter(|pause| pause.until > now) {
                return Ok(Some((pause.until, pause.reason)));
            }
            if let Some(until) = over(r, u64::from(limits.per_day), DAY, now)? {
                let why = format!(
                    "{} replies have left within 24 hours, the most that sending.per_day allows",
                    limits.per_day
                );
                return Ok(Some((until, why)));
            }
            let until = over(r, u64::from(limits.per_minute), MINUTE, now)?;
            Ok(until.map(|until| {
                let most = limits.per_minute;
                (
                    until,
                    format!("{most} replies have left within a minute, the most that sending.per_minute allows"),
                )
            }))
        })
        .await
}

/// When one more may leave, if `most` have left within `span`.
fn over(
    r: Read<'_>,
    most: u64,
    span: SignedDuration,
    now: Timestamp,
) -> Result<Option<Timestamp>, StoreError> {
    let oldest = r.get_nth_newest_sent(most.max(1))?;
    Ok(oldest
        .map(|at| later(at, span))
        .filter(|until| *until > now))
}

/// Keeps the pause that Gmail's sending limit asks for, for all replies.
pub(super) async fn note(services: &Services, error: &GmailError) -> Result<(), StoreError> {
    if error.kind != GmailErrorKind::SendingLimit {
        return Ok(());
    }
    let now = services.now();
    let until = error.retry_at.unwrap_or_else(|| later(now, UNTOLD));
    let why = error.message.clone();
    services
        .store()
        .write_durably(move |w| w.pause_sending(until, &why))
        .await
}

/// How much of the limits is used.
///
/// # Errors
/// Failures of the store.
pub async fn usage(services: &Services) -> Result<SendingUse, ServiceError> {
    let now = services.now();
    let limits = services.config().sending.clone();
    let (per_day, per_minute) = (u64::from(limits.per_day), u64::from(limits.per_minute));
    let since = |span: SignedDuration| now.checked_sub(span).unwrap_or(Timestamp::MIN);
    let (day_ago, minute_ago) = (since(DAY), since(MINUTE));
    let (day, minute) = services
        .store()
        .read(move |r| {
            Ok((
                r.count_sent_since(day_ago)?,
                r.count_sent_since(minute_ago)?,
            ))
        })
        .await?;
    let held = hold(services).await?;
    Ok(SendingUse {
        day,
        per_day,
        minute,
        per_minute,
        paused_until: held.map(|(until, _)| until),
    })
}
