//! Where a mail belongs, by the person's word: adopting unmatched mail, and moving what
//! was matched wrongly.

use jiff::Timestamp;

use super::{ServiceError, Services};
use crate::domain::listing::{Destination, MoveTarget};
use crate::domain::{
    ConversationId, ConversationStatus, Direction, LeadId, MailKind, Message, MessageId, Notice,
    UnmatchedId,
};
use crate::store::{NewConversation, NewSuggestion, NewUnmatched, StoreError, Write};

/// Wants an unmatched mail in a conversation: it is fetched whole with the next poll, and
/// what else of its sender is unmatched comes along. Returns how many mails that are.
///
/// # Errors
/// [`StoreError::Missing`] for a mail, a lead or a conversation that is not there.
pub async fn adopt(
    services: &Services,
    mail: UnmatchedId,
    to: Destination,
) -> Result<u64, ServiceError> {
    let count = super::transact(services, move |w| {
        let found = w.get_unmatched(mail)?.ok_or(StoreError::Missing {
            what: "unmatched mail",
            id: mail.0,
        })?;
        let (lead, conversation) = match to {
            Destination::Lead(lead) => (require_lead(w, lead)?, None),
            Destination::Conversation(id) => (lead_of(w, id)?, Some(id)),
            Destination::Unmatched => {
                return Err(ServiceError::Usage("the mail is unmatched already".into()));
            }
        };
        claim_address(w, &found.from.address, lead)?;
        let count = w.adopt_sender(&found.from.address, lead)?;
        w.adopt_by_hand(mail, lead, conversation)?;
        Ok(count)
    })
    .await?;
    services.wake_poller().notify_one();
    services.post(Notice::UnmatchedChanged);
    Ok(count)
}

/// Moves a mail to another conversation, or back to the unmatched ones. Drafts that
/// answered it are withdrawn; where it goes, a new one is asked for. Returns the
/// conversation it is in now.
///
/// # Errors
/// A mail that is not there; a reply under way in the conversation it leaves.
pub async fn move_message(
    services: &Services,
    id: MessageId,
    to: Destination,
) -> Result<Option<ConversationId>, ServiceError> {
    let now = services.now();
    let automatic = services.config().ai.automatic;
    let (from, now_in) = super::transact(services, move |w| {
        let message = w.get_message(id)?.ok_or(StoreError::Missing {
            what: "message",
            id: id.0,
        })?;
        let from = message.conversation_id;
        if w.has_open_delivery(from)? {
            return Err(ServiceError::refused(
                "a reply of this conversation is on its way; take it back first, or wait until it has left",
            ));
        }
        let now_in = match to {
            Destination::Unmatched => {
                take_out(w, &message, now)?;
                None
            }
            Destination::Conversation(to) if to == from => {
                return Err(ServiceError::refused("the mail is in this conversation already"));
            }
            Destination::Conversation(to) => Some(put(w, &message, lead_of(w, to)?, Some(to), now)?),
            Destination::Lead(lead) => {
                let lead = require_lead(w, lead)?;
                Some(put(w, &message, lead, None, now)?)
            }
        };
        settle(w, from, now)?;
        if let Some(to) = now_in {
            settle(w, to, now)?;
            let wants = w.get_conversation_status(to)? == Some(ConversationStatus::NeedsReply)
                && message.content.no_draft.is_none()
                && w.get_last_inbound(to)? == Some(id);
            if automatic && wants {
                w.insert_suggestion(&NewSuggestion {
                    conversation: to,
                    reply_to: id,
                    hint: None,
                    instead_of: None,
                    now,
                })?;
            }
        }
        Ok((from, now_in))
    })
    .await?;
    services.post(Notice::ConversationChanged { conversation: from });
    match now_in {
        Some(conversation) => services.post(Notice::ConversationChanged { conversation }),
        None => services.post(Notice::UnmatchedChanged),
    }
    services.wake_generator().notify_one();
    Ok(now_in)
}

/// Where mail can go: leads and their conversations by a part of a name or an address.
///
/// # Errors
/// Failures of the store.
pub async fn targets(services: &Services, search: &str) -> Result<Vec<MoveTarget>, ServiceError> {
    let search = search.to_owned();
    Ok(services
        .store()
        .read(move |r| r.list_move_targets(&search, 50))
        .await?)
}

fn require_lead(w: Write<'_>, id: LeadId) -> Result<LeadId, StoreError> {
    let found = w.get_lead(id)?.map(|lead| lead.id);
    found.ok_or(StoreError::Missing {
        what: "lead",
        id: id.0,
    })
}

fn lead_of(w: Write<'_>, id: ConversationId) -> Result<LeadId, StoreError> {
    w.get_conversation_lead(id)?.ok_or(StoreError::Missing {
        what: "conversation",
        id: id.0,
    })
}

/// Mail from this address is the lead's from now on, unless it is another lead's.
fn claim_address(w: Write<'_>, address: &str, lead: LeadId) -> Result<(), StoreError> {
    match w.get_lead_by_address(address)? {
        Some(_) => Ok(()),
        None => w.insert_lead_address(lead, address),
    }
}

/// Puts a mail into a conversation with a lead, a new one if none is named.
fn put(
    w: Write<'_>,
    message: &Message,
    lead: LeadId,
    to: Option<ConversationId>,
    now: Timestamp,
) -> Result<ConversationId, StoreError> {
    let to = match to {
        Some(to) => to,
        None => w.insert_conversation(&NewConversation {
            lead_id: lead,
            subject: message.content.subject.clone(),
            status: ConversationStatus::Waiting,
            now: message.content.received_at,
        })?,
    };
    if message.content.direction == Direction::Inbound && message.content.kind == MailKind::Person {
        claim_address(w, &message.content.from.address, lead)?;
    }
    w.withdraw_drafts(message.id, message.conversation_id, now)?;
    w.move_message(message.id, to, now)?;
    w.make_drafts_stale(to, now)?;
    Ok(to)
}

fn take_out(w: Write<'_>, message: &Message, now: Timestamp) -> Result<(), ServiceError> {
    let content = &message.content;
    let (Some(gmail_id), Direction::Inbound) = (message.gmail_id.clone(), content.direction) else {
        return Err(ServiceError::refused(
            "only mail that came from Gmail can go back to the unmatched; move it to a conversation instead",
        ));
    };
    w.withdraw_drafts(message.id, message.conversation_id, now)?;
    w.delete_message(message.id, message.conversation_id, now)?;
    w.insert_unmatched(
        &NewUnmatched {
            gmail_id,
            gmail_thread_id: content.gmail_thread_id.clone(),
            message_id: content.message_id.clone(),
            from: content.from.clone(),
            to: content.to.clone(),
            subject: content.subject.clone(),
            kind: content.kind,
            sent_at: content.sent_at,
            received_at: content.received_at,
        },
        now,
    )?;
    Ok(())
}

/// Whose move it is follows from the newest mail; a conversation without mail goes.
fn settle(w: Write<'_>, id: ConversationId, now: Timestamp) -> Result<(), StoreError> {
    if w.delete_empty_conversation(id)? {
        return Ok(());
    }
    let last = w.get_last_message(id)?;
    let newest = last.map(|last| w.get_message(last)).transpose()?.flatten();
    let Some(newest) = newest else { return Ok(()) };
    let theirs =
        newest.content.direction == Direction::Inbound && newest.content.kind == MailKind::Person;
    let status = if theirs {
        ConversationStatus::NeedsReply
    } else {
        ConversationStatus::Waiting
    };
    let put_away = w.get_conversation_status(id)? == Some(ConversationStatus::Archived);
    if !put_away || theirs {
        w.set_conversation_status(id, status, None, now)?;
    }
    Ok(())
}
