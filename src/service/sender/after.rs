//! What is left to do once replies have reached their end: their real `Message-ID`, so
//! that the lead's next mail matches by header, and drafts left behind at Gmail.

use super::look::same_mail;
use super::{Left, bare_id};
use crate::domain::GmailDraftId;
use crate::gmail::{Gmail, GmailError, GmailErrorKind};
use crate::mail::parse::MARK;
use crate::service::{ServiceError, Services};
use crate::store::{DeliveryRow, OutboxPatch, StoreError};

/// Drafts that are looked through for one that was left behind.
const NEWEST: usize = 25;

/// Does what is left to do. Failures of Gmail leave it for the next time.
///
/// # Errors
/// Failures of the store.
pub(super) async fn tidy(services: &Services) -> Result<(), ServiceError> {
    let (unnamed, leftover) = services
        .store()
        .read(|r| Ok((r.list_unnamed_sent()?, r.list_leftover_drafts()?)))
        .await?;
    if unnamed.is_empty() && leftover.is_empty() {
        return Ok(());
    }
    let Ok(gmail) = services.gmail().await else {
        return Ok(());
    };
    for row in unnamed {
        if let Err(error) = name(services, &gmail, &row).await? {
            tracing::info!(kind = ?error.kind, "a sent mail's Message-ID is not known yet");
            break;
        }
    }
    for row in leftover {
        match remove(&gmail, &row).await {
            Ok(()) => forget(services, &row).await?,
            Err(error) => {
                tracing::info!(kind = ?error.kind, "a leftover draft stays for now");
                break;
            }
        }
    }
    Ok(())
}

/// Asks for the `Message-ID` that Gmail gave to a mail.
async fn name(
    services: &Services,
    gmail: &Gmail,
    row: &DeliveryRow,
) -> Result<Result<(), GmailError>, StoreError> {
    let (Some(gmail_id), id) = (row.gmail_id.clone(), row.delivery.id) else {
        return Ok(Ok(()));
    };
    let headers = match gmail.message_headers(&gmail_id, &["Message-ID"]).await {
        Ok(headers) => headers,
        Err(error) if error.kind == GmailErrorKind::NotFound => {
            services
                .store()
                .write(move |w| w.give_up_naming(id))
                .await?;
            return Ok(Ok(()));
        }
        Err(error) => return Ok(Err(error)),
    };
    let left = Left {
        gmail_id,
        thread_id: headers.thread_id.clone(),
        message_id: headers.header("Message-ID").map(bare_id),
        at: Some(headers.internal_date),
    };
    services
        .store()
        .write_durably(move |w| {
            w.name_sent_message(
                id,
                &left.gmail_id,
                &left.thread_id,
                left.message_id.as_deref(),
            )?;
            match left.message_id {
                Some(_) => Ok(()),
                None => w.give_up_naming(id),
            }
        })
        .await?;
    Ok(Ok(()))
}

/// Removes the drafts of a reply that has ended. One that was changed by hand since is
/// somebody's text, and stays.
async fn remove(gmail: &Gmail, row: &DeliveryRow) -> Result<(), GmailError> {
    if let Some(draft) = &row.gmail_draft_id
        && row.delivery.state != crate::domain::delivery::DeliveryState::Sent
    {
        match gmail.get_draft(draft).await {
            Ok(found) if Some(&found.reference.message_id) == row.draft_message_id.as_ref() => {
                delete(gmail, draft).await?;
            }
            Ok(_) => {}
            Err(error) if error.kind == GmailErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    for listed in gmail
        .list_drafts(None)
        .await?
        .drafts
        .into_iter()
        .take(NEWEST)
    {
        match gmail.get_draft(&listed.draft_id).await {
            Ok(draft) if draft.header(MARK) == Some(row.mark.as_str()) => {}
            Ok(_) => continue,
            Err(error) if error.kind == GmailErrorKind::NotFound => continue,
            Err(error) => return Err(error),
        }
        match gmail.draft_raw(&listed.draft_id).await {
            Ok(draft) if same_mail(&draft.raw, &row.raw) => {
                delete(gmail, &listed.draft_id).await?;
            }
            Ok(_) => {}
            Err(error) if error.kind == GmailErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

async fn delete(gmail: &Gmail, draft: &GmailDraftId) -> Result<(), GmailError> {
    match gmail.delete_draft(draft).await {
        Ok(()) => Ok(()),
        Err(error) if error.kind == GmailErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}

async fn forget(services: &Services, row: &DeliveryRow) -> Result<(), StoreError> {
    let (id, state, now) = (row.delivery.id, row.delivery.state, services.now());
    let patch = OutboxPatch {
        forget_draft: true,
        leftover: Some(false),
        ..OutboxPatch::default()
    };
    services
        .store()
        .write(move |w| w.note_delivery(id, state, &patch, now))
        .await
}
