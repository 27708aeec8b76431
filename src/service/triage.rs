//! What a person does with a conversation as a whole: put away, put off, star, read.

use jiff::Timestamp;

use super::review::changed;
use super::{ServiceError, Services, when};
use crate::domain::{ConversationId, ConversationStatus, Direction};
use crate::store::{EventKind, NewEvent, StoreError, Write};

/// Puts a conversation away, or fetches it back. Never sends, and stops nothing that is
/// on its way.
///
/// # Errors
/// [`StoreError::Missing`].
pub async fn archive(
    services: &Services,
    id: ConversationId,
    away: bool,
) -> Result<ConversationStatus, ServiceError> {
    let now = services.now();
    let status = services
        .store()
        .write_durably(move |w| {
            let status = if away {
                ConversationStatus::Archived
            } else {
                natural_status(w, id)?
            };
            w.set_conversation_status(id, status, None, now)?;
            if away {
                w.set_conversation_unread(id, false)?;
                w.insert_event(NewEvent::about(EventKind::Archived, id), now)?;
            }
            Ok(status)
        })
        .await?;
    changed(services, id);
    Ok(status)
}

/// Whose move it is by who wrote last.
pub(super) fn natural_status(
    w: Write<'_>,
    id: ConversationId,
) -> Result<ConversationStatus, StoreError> {
    let last = w
        .get_last_message(id)?
        .map(|message| w.get_message(message))
        .transpose()?
        .flatten();
    Ok(match last.map(|message| message.content.direction) {
        Some(Direction::Inbound) => ConversationStatus::NeedsReply,
        Some(Direction::Outbound) | None => ConversationStatus::Waiting,
    })
}

/// Puts a conversation off until the time that the words mean; returns that time.
///
/// # Errors
/// Words that mean no time to come; [`StoreError::Missing`].
pub async fn snooze(
    services: &Services,
    id: ConversationId,
    words: &str,
) -> Result<Timestamp, ServiceError> {
    let until = when::parse(words, services.now(), services.zone()).map_err(ServiceError::Usage)?;
    let now = services.now();
    services
        .store()
        .write_durably(move |w| {
            w.set_conversation_status(id, ConversationStatus::Snoozed, Some(until), now)
        })
        .await?;
    changed(services, id);
    Ok(until)
}

/// Sets or takes the star.
///
/// # Errors
/// [`StoreError::Missing`].
pub async fn star(
    services: &Services,
    id: ConversationId,
    starred: bool,
) -> Result<(), ServiceError> {
    services
        .store()
        .write_durably(move |w| w.set_conversation_starred(id, starred))
        .await?;
    changed(services, id);
    Ok(())
}

/// Notes that the person looked at a conversation.
///
/// # Errors
/// Failures of the store.
pub async fn mark_read(services: &Services, id: ConversationId) -> Result<(), ServiceError> {
    let did = services
        .store()
        .write(move |w| w.set_conversation_unread(id, false))
        .await?;
    if did {
        changed(services, id);
    }
    Ok(())
}

/// Takes the guessed matches of a conversation as right.
///
/// # Errors
/// Failures of the store.
pub async fn confirm_match(services: &Services, id: ConversationId) -> Result<(), ServiceError> {
    let now = services.now();
    services
        .store()
        .write_durably(move |w| w.confirm_match(id, now))
        .await?;
    changed(services, id);
    Ok(())
}
