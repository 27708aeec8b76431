//! Erasing a person on request: what is held, and that it goes.

use super::{ServiceError, Services};
use crate::domain::lead::Holdings;
use crate::domain::{LeadId, Notice};
use crate::store::StoreError;

/// What is held of a lead.
///
/// # Errors
/// [`StoreError::Missing`].
pub async fn holdings(services: &Services, id: LeadId) -> Result<Holdings, ServiceError> {
    super::leads::get(services, id).await?;
    Ok(services.store().read(move |r| r.get_holdings(id)).await?)
}

/// Erases a lead: conversations, mails, drafts, what was learned from replies to it, notes,
/// and its mail among the unmatched. What Gmail holds stays there.
///
/// # Errors
/// [`StoreError::Missing`]; a reply to the lead that is on its way.
pub async fn erase(services: &Services, id: LeadId) -> Result<Holdings, ServiceError> {
    let held = super::transact(services, move |w| {
        w.get_lead(id)?.ok_or(StoreError::Missing {
            what: "lead",
            id: id.0,
        })?;
        let held = w.get_holdings(id)?;
        if held.leaving > 0 {
            return Err(ServiceError::refused(
                "a reply to this lead is on its way; take it back first (rejoinder outbox, rejoinder undo)",
            ));
        }
        w.delete_lead(id)?;
        Ok(held)
    })
    .await?;
    services.store().purge_log().await?;
    services.post(Notice::StoreChanged);
    Ok(held)
}
