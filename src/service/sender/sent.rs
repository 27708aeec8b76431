//! What follows when a reply has left: its mail in the conversation, and how one of ours
//! is recognised that a sync finds.

use jiff::Timestamp;

use crate::domain::delivery::{Delivery, DeliveryState, DeliveryStep};
use crate::domain::{ConversationStatus, Direction, GmailId, GmailThreadId, MailKind};
use crate::mail::parse;
use crate::service::ingest::{self, Arrived, Taken};
use crate::store::{DeliveryRow, EventKind, NewEvent, OutboxPatch, StoreError, Write};

/// An id without its brackets.
pub(super) fn bare_id(header: &str) -> String {
    header.trim().trim_matches(['<', '>']).to_owned()
}

/// A mail that left, as Gmail names it.
#[derive(Clone, Debug)]
pub(in crate::service) struct Left {
    pub gmail_id: GmailId,
    pub thread_id: GmailThreadId,
    pub message_id: Option<String>,
    /// When, by Gmail's clock.
    pub at: Option<Timestamp>,
}

/// Notes that a reply left, with its mail in the conversation. `left` is none when only
/// the person's word says so; a sync fills in what Gmail calls it.
pub(in crate::service) fn record_sent(
    w: Write<'_>,
    row: &DeliveryRow,
    left: Option<&Left>,
    now: Timestamp,
) -> Result<Delivery, StoreError> {
    let id = row.delivery.id;
    let conversation = row.delivery.conversation_id;
    let patch = OutboxPatch {
        gmail_id: left.map(|left| left.gmail_id.clone()),
        gmail_thread_id: left.map(|left| left.thread_id.clone()),
        message_id: left.and_then(|left| left.message_id.clone()),
        error: Some(String::new()),
        // More than one try may have made more than one draft.
        leftover: Some(row.delivery.attempts > 1),
        ..OutboxPatch::default()
    };
    w.step_delivery(id, row.delivery.state, DeliveryStep::Accept, &patch, now)?;
    crate::service::learning::note_sent(w, row, now)?;
    insert_sent_message(w, row, left, now)?;
    // What the lead wrote after this reply was approved still needs an answer.
    let newer = w
        .get_last_inbound(conversation)?
        .is_some_and(|last| last > row.basis)
        && w.get_conversation_status(conversation)? == Some(ConversationStatus::NeedsReply);
    if !newer {
        let status = if row.archive_after {
            ConversationStatus::Archived
        } else {
            ConversationStatus::Waiting
        };
        w.set_conversation_status(conversation, status, None, now)?;
    }
    let waited = now.duration_since(row.delivery.created_at).as_millis();
    let event = NewEvent {
        delivery: Some(id),
        amount: u64::try_from(waited).ok(),
        ..NewEvent::about(EventKind::Sent, conversation)
    };
    w.insert_event(event, now)?;
    Ok(w.require_delivery(id)?.delivery)
}

fn insert_sent_message(
    w: Write<'_>,
    row: &DeliveryRow,
    left: Option<&Left>,
    now: Timestamp,
) -> Result<(), StoreError> {
    // A sync may have been faster: a draft sent by hand is a mail like any other to it.
    if let Some(left) = left
        && w.get_message_by_gmail_id(&left.gmail_id)?.is_some()
    {
        return w.set_message_mark(&left.gmail_id, &row.mark);
    }
    let mail = parse::parse(&row.raw)
        .map_err(|error| StoreError::Corrupt(format!("a reply of ours cannot be read: {error}")))?;
    let arrived = Arrived {
        mail: Box::new(mail),
        gmail_id: left.map(|left| left.gmail_id.clone()),
        gmail_thread_id: left
            .map(|left| left.thread_id.clone())
            .or(row.gmail_thread_id.clone()),
        labels: Vec::new(),
        received_at: left.and_then(|left| left.at).unwrap_or(now),
    };
    let mut new = ingest::to_message(&arrived, Direction::Outbound);
    new.received_at = w.after_newest(row.delivery.conversation_id, new.received_at)?;
    // Gmail replaces our Message-ID; a wrong one would match nothing.
    new.message_id = left.and_then(|left| left.message_id.clone());
    new.kind = MailKind::Person;
    // The text as the person approved it, which the frozen mail carries encoded.
    new.text.clone_from(&row.delivery.body);
    new.reply.clone_from(&row.delivery.body);
    w.insert_message(row.delivery.conversation_id, &new, None, true, now)?;
    Ok(())
}

/// A mail that carries one of our marks: the delivery learns what became of it. None when
/// the mark is not of this store.
pub(in crate::service) fn recognise(
    w: Write<'_>,
    arrived: &Arrived,
    mark: &str,
    now: Timestamp,
) -> Result<Option<Taken>, StoreError> {
    let Some(row) = w.get_delivery_by_mark(mark)? else {
        return Ok(None);
    };
    let sent = arrived.labels.iter().any(|label| label == "SENT");
    let (Some(gmail_id), Some(thread_id), true) = (
        arrived.gmail_id.clone(),
        arrived.gmail_thread_id.clone(),
        sent,
    ) else {
        return Ok(None);
    };
    let conversation = row.delivery.conversation_id;
    let left = Left {
        gmail_id,
        thread_id,
        message_id: arrived.mail.message_id.clone(),
        at: Some(arrived.received_at),
    };
    match row.delivery.state {
        DeliveryState::Sent => {
            w.name_sent_message(
                row.delivery.id,
                &left.gmail_id,
                &left.thread_id,
                left.message_id.as_deref(),
            )?;
        }
        state if state.after(DeliveryStep::Accept).is_ok() => {
            record_sent(w, &row, Some(&left), now)?;
        }
        // Taken back or held here, but sent by hand from Gmail's drafts: an outbound mail
        // like any other.
        _ => return Ok(None),
    }
    Ok(Some(Taken::OwnDelivery(conversation)))
}
