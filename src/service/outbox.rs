//! Replies on their way, as far as the person has a say in them.

use jiff::Timestamp;

use super::{ServiceError, Services, compose};
use crate::domain::delivery::{Delivery, DeliveryState, DeliveryStep};
use crate::domain::{ConversationId, DeliveryId, Notice, SuggestionStatus};
use crate::store::{DeliveryRow, EventKind, NewEvent, OutboxPatch, StoreError, Write};

/// Takes a reply back before it has left; its text is editable again.
///
/// # Errors
/// When it may have left already.
pub async fn undo(services: &Services, id: DeliveryId) -> Result<Delivery, ServiceError> {
    let now = services.now();
    let delivery = super::transact(services, move |w| {
        let row = w.require_delivery(id)?;
        let state = row.delivery.state;
        if state.after(DeliveryStep::Undo).is_err() {
            return Err(ServiceError::refused(match state {
                DeliveryState::Sent => "it has left already and cannot be taken back".to_owned(),
                DeliveryState::Cancelled => "it was taken back already".to_owned(),
                DeliveryState::Refused => "Gmail refused it; its text can be edited".to_owned(),
                _ => "it is leaving at this moment and cannot be taken back any more".to_owned(),
            }));
        }
        cancel(w, &row, DeliveryStep::Undo, now)
    })
    .await?;
    told(services, &delivery);
    Ok(delivery)
}

/// Ends a reply before it left, and gives its text back.
fn cancel(
    w: Write<'_>,
    row: &DeliveryRow,
    step: DeliveryStep,
    now: Timestamp,
) -> Result<Delivery, ServiceError> {
    let id = row.delivery.id;
    let patch = OutboxPatch {
        // A draft may have been made without our hearing of it.
        leftover: Some(row.delivery.attempts > 0),
        ..OutboxPatch::default()
    };
    w.step_delivery(id, row.delivery.state, step, &patch, now)?;
    hand_back(w, row, now)?;
    let event = NewEvent {
        delivery: Some(id),
        ..NewEvent::about(EventKind::Undone, row.delivery.conversation_id)
    };
    w.insert_event(event, now)?;
    Ok(w.require_delivery(id)?.delivery)
}

/// Makes the text of a reply that did not leave editable again: the suggestion is pending
/// as before; the person's own reply is an unsent one.
pub(super) fn hand_back(w: Write<'_>, row: &DeliveryRow, now: Timestamp) -> Result<(), StoreError> {
    let conversation = row.delivery.conversation_id;
    match row.delivery.suggestion_id {
        Some(suggestion) => {
            let (from, to) = (SuggestionStatus::Approved, SuggestionStatus::Pending);
            w.set_suggestion_status(suggestion, from, to, now)
        }
        None => keep_text(w, conversation, &row.delivery.body, now),
    }
}

/// Adds a text to the conversation's unsent reply, once. A newer one is not overwritten.
pub(super) fn keep_text(
    w: Write<'_>,
    conversation: ConversationId,
    text: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    let text = text.trim_end();
    let unsent = match w.get_composition(conversation)? {
        Some(old) if old.contains(text) => return Ok(()),
        Some(old) => format!("{}\n\n{text}", old.trim_end()),
        None => text.to_owned(),
    };
    w.set_composition(conversation, &unsent, now)
}

/// What the person decides about a reply that stopped.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Decision {
    /// Send it, although the lead wrote again; or once more.
    Send,
    /// It left: count it as sent.
    MarkSent,
    /// Look again.
    KeepLooking,
    /// Take it back.
    TakeBack,
}

/// Carries out the person's decision about a reply that stopped.
///
/// # Errors
/// When the reply is not waiting for this decision.
pub async fn decide(
    services: &Services,
    id: DeliveryId,
    decision: Decision,
) -> Result<Delivery, ServiceError> {
    let now = services.now();
    let delivery = super::transact(services, move |w| {
        let row = w.require_delivery(id)?;
        let state = row.delivery.state;
        let due = OutboxPatch {
            next_at: Some(now),
            error: Some(String::new()),
            ..OutboxPatch::default()
        };
        match (state, decision) {
            (DeliveryState::Ask, Decision::TakeBack) => {
                return cancel(w, &row, DeliveryStep::TakeBack, now);
            }
            (state, Decision::TakeBack) if state.after(DeliveryStep::Undo).is_ok() => {
                return cancel(w, &row, DeliveryStep::Undo, now);
            }
            (DeliveryState::Held, Decision::Send) => {
                w.step_delivery(id, state, DeliveryStep::Release, &due, now)?;
            }
            (DeliveryState::Ask, Decision::Send) => {
                let patch = OutboxPatch { again: true, ..due };
                w.step_delivery(id, state, DeliveryStep::SendAgain, &patch, now)?;
            }
            (DeliveryState::Ask, Decision::KeepLooking) => {
                w.step_delivery(id, state, DeliveryStep::KeepLooking, &due, now)?;
            }
            (DeliveryState::Ask, Decision::MarkSent) => {
                super::sender::record_sent(w, &row, None, now)?;
            }
            _ => {
                return Err(ServiceError::refused(format!(
                    "the reply is {state}; that cannot be decided about it now"
                )));
            }
        }
        Ok(w.require_delivery(id)?.delivery)
    })
    .await?;
    compose::queued(services, &delivery);
    Ok(delivery)
}

/// Gives a queued reply another time.
///
/// # Errors
/// When it is not queued any more.
pub async fn reschedule(
    services: &Services,
    id: DeliveryId,
    at: Timestamp,
) -> Result<Delivery, ServiceError> {
    let now = services.now();
    let delivery = super::transact(services, move |w| {
        let row = w.require_delivery(id)?;
        if row.delivery.state != DeliveryState::Queued {
            return Err(ServiceError::refused(format!(
                "the reply is {}; only a queued one can be given another time",
                row.delivery.state
            )));
        }
        let patch = OutboxPatch {
            next_at: Some(at),
            not_before: Some(at),
            scheduled: Some(true),
            ..OutboxPatch::default()
        };
        w.note_delivery(id, DeliveryState::Queued, &patch, now)?;
        Ok(w.require_delivery(id)?.delivery)
    })
    .await?;
    compose::queued(services, &delivery);
    Ok(delivery)
}

/// Replies whose time came while nothing ran get their undo window once more, so that
/// who starts the program and reads that they are queued can still take them back.
///
/// # Errors
/// Failures of the store.
pub async fn renew(services: &Services) -> Result<(), ServiceError> {
    let now = services.now();
    let undo = i64::try_from(services.config().sending.undo_seconds).unwrap_or(10);
    let until = now
        .checked_add(jiff::SignedDuration::from_secs(undo))
        .unwrap_or(now);
    services
        .store()
        .write_durably(move |w| {
            for delivery in w.list_open_deliveries()? {
                if delivery.state != DeliveryState::Queued || delivery.not_before > now {
                    continue;
                }
                let late = delivery.scheduled.then(|| {
                    format!(
                        "its time was {:.0}, when rejoinder did not run",
                        delivery.not_before
                    )
                });
                let patch = OutboxPatch {
                    next_at: Some(until),
                    not_before: Some(until),
                    error: late,
                    ..OutboxPatch::default()
                };
                w.note_delivery(delivery.id, DeliveryState::Queued, &patch, now)?;
            }
            Ok(())
        })
        .await?;
    Ok(())
}

/// Everything that has not reached an end, oldest first.
///
/// # Errors
/// Failures of the store.
pub async fn list(services: &Services) -> Result<Vec<Delivery>, ServiceError> {
    Ok(services.store().read(|r| r.list_open_deliveries()).await?)
}

/// One delivery.
///
/// # Errors
/// [`StoreError::Missing`].
pub async fn get(services: &Services, id: DeliveryId) -> Result<Delivery, ServiceError> {
    Ok(services
        .store()
        .read(move |r| r.require_delivery(id))
        .await?
        .delivery)
}

/// Stops a queued reply of a conversation in which something new was written, until the
/// person has decided.
pub(super) fn hold_queued(
    w: Write<'_>,
    conversation: ConversationId,
    why: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    for delivery in w.list_deliveries(conversation)? {
        if matches!(
            delivery.state,
            DeliveryState::Queued | DeliveryState::Staging | DeliveryState::Staged
        ) {
            let error = Some(format!("stopped because {why} before it left"));
            let patch = OutboxPatch {
                error,
                ..OutboxPatch::default()
            };
            w.step_delivery(
                delivery.id,
                delivery.state,
                DeliveryStep::LeadWrote,
                &patch,
                now,
            )?;
        }
    }
    Ok(())
}

pub(super) fn told(services: &Services, delivery: &Delivery) {
    let (id, conversation) = (delivery.id, delivery.conversation_id);
    services.post(Notice::DeliveryChanged {
        delivery: id,
        conversation,
    });
    if delivery.state.needs_person() || delivery.state == DeliveryState::Refused {
        services.post(Notice::NeedsYou {
            delivery: id,
            conversation,
        });
    }
    services.wake_sender().notify_one();
}
