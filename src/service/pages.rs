//! What the pages beside the inbox list.

use super::{ServiceError, Services};
use crate::domain::delivery::Delivery;
use crate::domain::listing::{LeadRow, Unmatched};

/// Mail of no conversation, newest first.
///
/// # Errors
/// Failures of the store.
pub async fn unmatched(services: &Services, limit: usize) -> Result<Vec<Unmatched>, ServiceError> {
    Ok(services
        .store()
        .read(move |r| r.list_unmatched(limit))
        .await?)
}

/// Replies under way, oldest first; then those that came to an end, newest first.
///
/// # Errors
/// Failures of the store.
pub async fn outbox(services: &Services, limit: usize) -> Result<Vec<Delivery>, ServiceError> {
    Ok(services
        .store()
        .read(move |r| {
            let mut found = r.list_open_deliveries()?;
            let ended = r.list_ended_deliveries(limit.saturating_sub(found.len()))?;
            found.extend(ended);
            Ok(found)
        })
        .await?)
}

/// Leads by name, with their newest conversation.
///
/// # Errors
/// Failures of the store.
pub async fn leads(services: &Services, limit: usize) -> Result<Vec<LeadRow>, ServiceError> {
    Ok(services
        .store()
        .read(move |r| r.list_lead_rows(limit))
        .await?)
}
