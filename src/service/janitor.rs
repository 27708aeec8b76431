//! Small things that fall due by themselves: snoozed conversations come back, notes of
//! unwanted mail are forgotten.

use jiff::{SignedDuration, Timestamp};

use super::{ServiceError, Services, triage};

/// How long it is remembered that a mail is not wanted; histories end long before.
const SKIPPED_DAYS: i64 = 60;

/// Does what is due.
///
/// # Errors
/// Failures of the store.
pub async fn run_due(services: &Services) -> Result<(), ServiceError> {
    let now = services.now();
    for conversation in services
        .store()
        .read(move |r| r.list_snoozed_due(now))
        .await?
    {
        triage::archive(services, conversation, false).await?;
        services
            .store()
            .write(move |w| w.set_conversation_unread(conversation, true).map(|_| ()))
            .await?;
    }
    let until = now
        .checked_sub(SignedDuration::from_hours(24 * SKIPPED_DAYS))
        .unwrap_or(Timestamp::MIN);
    services
        .store()
        .write(move |w| w.delete_skipped(until))
        .await?;
    Ok(())
}
