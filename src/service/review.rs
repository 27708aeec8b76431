//! What a person does with a suggestion: approve, reject, edit, restore, ask for another.

use super::checks::{self, Text};
use super::compose::{self, Dispatch, Letter, Sender};
use super::{ServiceError, Services, learning};
use crate::domain::delivery::Delivery;
use crate::domain::difference::changed_share;
use crate::domain::{
    Check, ConversationId, MessageId, Notice, Severity, Suggestion, SuggestionId, SuggestionStatus,
};
use crate::store::{EventKind, NewEvent, NewSuggestion, StoreError, Write};

/// What the person saw when approving: what is sent is what was read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Seen {
    /// The suggestion.
    pub suggestion: SuggestionId,
    /// Its revision.
    pub revision: u32,
    /// The text on the screen, which may hold edits that are not saved yet.
    pub body: String,
    /// The person was asked once more, where a finding wants that.
    pub confirmed: bool,
}

/// One suggestion.
///
/// # Errors
/// [`StoreError::Missing`].
pub async fn get(services: &Services, id: SuggestionId) -> Result<Suggestion, ServiceError> {
    Ok(services
        .store()
        .read(move |r| r.require_suggestion(id))
        .await?)
}

/// Approves a suggestion and queues its reply, in one transaction.
///
/// # Errors
/// When it is not pending, when a newer mail is there, when a check forbids it, or when
/// its text was changed by somebody else since it was shown.
pub async fn approve(
    services: &Services,
    seen: Seen,
    dispatch: Dispatch,
) -> Result<Delivery, ServiceError> {
    let body = compose::clean_body(&seen.body);
    compose::refuse_blocked(&checks::check(&Text::own(&body), None))?;
    let conversation = get(services, seen.suggestion).await?.conversation_id;
    let sender = Sender::new(services, Some(conversation), &dispatch).await?;
    let now = services.now();
    let inner = services.clone();
    let delivery = super::transact(services, move |w| {
        let suggestion = w.require_suggestion(seen.suggestion)?;
        may_approve(&suggestion, &seen)?;
        let text = Text::drafted_by(&body, &suggestion.provider);
        let found = checks::of_reply(*w, &inner, suggestion.conversation_id, &text)?;
        compose::refuse_blocked(&found)?;
        refuse_unconfirmed(&suggestion, &found, seen.confirmed)?;
        if suggestion.final_body() != seen.body {
            w.save_edit(suggestion.id, &seen.body, &found, now)?;
        }
        let (from, to) = (SuggestionStatus::Pending, SuggestionStatus::Approved);
        w.set_suggestion_status(suggestion.id, from, to, now)?;
        let letter = Letter {
            conversation: suggestion.conversation_id,
            suggestion: Some(suggestion.id),
            subject: &suggestion.subject,
            body: &body,
        };
        let delivery = compose::queue_reply(w, &sender, &letter)?;
        w.set_conversation_unread(suggestion.conversation_id, false)?;
        note_approval(w, &suggestion, &body, &delivery, now)?;
        Ok(delivery)
    })
    .await?;
    compose::queued(services, &delivery);
    Ok(delivery)
}

/// What a mail that speaks to models brought about is sent with a second key only.
fn refuse_unconfirmed(
    suggestion: &Suggestion,
    found: &[Check],
    confirmed: bool,
) -> Result<(), ServiceError> {
    let asked = found
        .iter()
        .find(|check| check.severity == Severity::Confirm);
    match asked {
        Some(check) if !confirmed => Err(ServiceError::refused(format!(
            "suggestion {} was not sent: {} (on the screen y asks; the verb takes --confirm)",
            suggestion.id, check.message
        ))),
        _ => Ok(()),
    }
}

fn may_approve(suggestion: &Suggestion, seen: &Seen) -> Result<(), ServiceError> {
    let id = suggestion.id;
    let why = match suggestion.status {
        SuggestionStatus::Pending if suggestion.stale => {
            "a newer mail is in its conversation; read it and regenerate".to_owned()
        }
        SuggestionStatus::Pending => {
            let same_text = suggestion.final_body() == seen.body;
            if same_text || suggestion.revision == seen.revision {
                return Ok(());
            }
            "its text was changed elsewhere since it was shown; look at it again".to_owned()
        }
        SuggestionStatus::Generating => "it is still being written".to_owned(),
        SuggestionStatus::Approved => "it was approved already".to_owned(),
        SuggestionStatus::Rejected => "it was rejected; regenerate or restore it first".to_owned(),
        SuggestionStatus::Superseded => "a newer version took its place".to_owned(),
        SuggestionStatus::Failed => "it could not be drafted; regenerate it".to_owned(),
    };
    Err(ServiceError::refused(format!(
        "suggestion {id} was not sent: {why}"
    )))
}

fn note_approval(
    w: Write<'_>,
    suggestion: &Suggestion,
    body: &str,
    delivery: &Delivery,
    now: jiff::Timestamp,
) -> Result<(), StoreError> {
    let changed = u64::from(changed_share(&suggestion.body, body));
    let kind = if changed == 0 {
        EventKind::ApprovedUnchanged
    } else {
        EventKind::ApprovedEdited
    };
    w.insert_event(
        NewEvent {
            suggestion: Some(suggestion.id),
            delivery: Some(delivery.id),
            amount: Some(changed),
            word: Some(&suggestion.provider),
            ..NewEvent::about(kind, suggestion.conversation_id)
        },
        now,
    )
}

/// Rejects a suggestion, with the reason if there is one.
///
/// # Errors
/// When it is not pending.
pub async fn reject(
    services: &Services,
    id: SuggestionId,
    reason: Option<&str>,
) -> Result<Suggestion, ServiceError> {
    let reason = reason.map(|text| crate::mail::sanitise::text(text).trim().to_owned());
    let reason = reason.filter(|text| !text.is_empty());
    let now = services.now();
    let suggestion = services
        .store()
        .write_durably(move |w| {
            let suggestion = w.require_suggestion(id)?;
            let (from, to) = (SuggestionStatus::Pending, SuggestionStatus::Rejected);
            w.set_suggestion_status(id, from, to, now)?;
            if let Some(reason) = &reason {
                w.set_feedback(id, reason)?;
            }
            let event = NewEvent {
                suggestion: Some(id),
                word: Some(&suggestion.provider),
                ..NewEvent::about(EventKind::Rejected, suggestion.conversation_id)
            };
            w.insert_event(event, now)?;
            learning::note_rejected(w, &suggestion, now)?;
            w.require_suggestion(id)
        })
        .await?;
    changed(services, suggestion.conversation_id);
    Ok(suggestion)
}

/// Makes a rejected or earlier version the current one again; a pending one steps back.
///
/// # Errors
/// When it is neither, or when a newer mail is in the conversation.
pub async fn restore(services: &Services, id: SuggestionId) -> Result<Suggestion, ServiceError> {
    let now = services.now();
    let suggestion = super::transact(services, move |w| {
        let suggestion = w.require_suggestion(id)?;
        if suggestion.stale {
            return Err(ServiceError::refused(
                "a newer mail is in the conversation, so this version cannot be used again; regenerate",
            ));
        }
        if suggestion.status == SuggestionStatus::Approved {
            return Err(ServiceError::refused("this version was sent already"));
        }
        for other in w.list_suggestions(suggestion.conversation_id)? {
            if other.status == SuggestionStatus::Pending && other.id != id {
                let (from, to) = (SuggestionStatus::Pending, SuggestionStatus::Superseded);
                w.set_suggestion_status(other.id, from, to, now)?;
            }
        }
        if suggestion.status != SuggestionStatus::Pending {
            w.set_suggestion_status(id, suggestion.status, SuggestionStatus::Pending, now)?;
        }
        learning::note_restored(w, id)?;
        w.set_conversation_suggestion(suggestion.conversation_id, Some(id))?;
        Ok(w.require_suggestion(id)?)
    })
    .await?;
    changed(services, suggestion.conversation_id);
    Ok(suggestion)
}

/// Keeps what the person made of a suggestion's text. Returns the suggestion with its new
/// revision and the findings in the new text.
///
/// # Errors
/// When it is not pending any more, or the disk is full: the text is not saved then.
pub async fn edit(
    services: &Services,
    id: SuggestionId,
    body: &str,
) -> Result<Suggestion, ServiceError> {
    let body = body.to_owned();
    let now = services.now();
    let inner = services.clone();
    let suggestion = services
        .store()
        .write_durably(move |w| {
            let suggestion = w.require_suggestion(id)?;
            let text = Text::drafted_by(&body, &suggestion.provider);
            let found = checks::of_reply(*w, &inner, suggestion.conversation_id, &text)?;
            w.save_edit(id, &body, &found, now)?;
            w.require_suggestion(id)
        })
        .await?;
    Ok(suggestion)
}

/// Asks for another version of the answer to a conversation's newest mail, better than the
/// one that is named, or than the newest.
///
/// # Errors
/// When there is no mail of a person to answer, or a reply is on its way.
pub async fn regenerate(
    services: &Services,
    conversation: ConversationId,
    hint: Option<&str>,
    instead_of: Option<SuggestionId>,
) -> Result<SuggestionId, ServiceError> {
    let hint = hint.map(|text| crate::mail::sanitise::line(text).trim().to_owned());
    let hint = hint.filter(|text| !text.is_empty());
    let now = services.now();
    let id = super::transact(services, move |w| {
        let reply_to = answerable(w, conversation)?;
        learning::note_passed_over(w, conversation, now)?;
        let id = w.insert_suggestion(&NewSuggestion {
            conversation,
            reply_to,
            hint,
            instead_of,
            now,
        })?;
        w.insert_event(
            NewEvent {
                suggestion: Some(id),
                ..NewEvent::about(EventKind::Regenerated, conversation)
            },
            now,
        )?;
        Ok(id)
    })
    .await?;
    services.post(Notice::SuggestionStarted {
        suggestion: id,
        conversation,
    });
    services.wake_generator().notify_one();
    Ok(id)
}

/// Stops a draft that is being written, here or in another process; what a model has
/// written of it is dropped.
///
/// # Errors
/// When it is not being written.
pub async fn stop(services: &Services, id: SuggestionId) -> Result<Suggestion, ServiceError> {
    let now = services.now();
    let suggestion = super::transact(services, move |w| {
        let status = w.require_suggestion(id)?.status;
        if status != SuggestionStatus::Generating {
            return Err(ServiceError::refused(format!(
                "suggestion {id} is not being written: it is {status}"
            )));
        }
        w.fail_suggestion(id, "you stopped it before it was complete", now)?;
        Ok(w.require_suggestion(id)?)
    })
    .await?;
    changed(services, suggestion.conversation_id);
    Ok(suggestion)
}

/// The mail that a draft would answer.
fn answerable(w: Write<'_>, conversation: ConversationId) -> Result<MessageId, ServiceError> {
    if w.get_conversation_lead(conversation)?.is_none() {
        return Err(StoreError::Missing {
            what: "conversation",
            id: conversation.0,
        }
        .into());
    }
    if w.has_open_delivery(conversation)? {
        return Err(ServiceError::refused(
            "a reply of this conversation is on its way; take it back first, or wait until it has left",
        ));
    }
    w.get_last_inbound(conversation)?.ok_or_else(|| {
        ServiceError::refused(
            "no person has written in this conversation yet, so there is nothing to answer",
        )
    })
}

pub(super) fn changed(services: &Services, conversation: ConversationId) {
    services.post(Notice::ConversationChanged { conversation });
}
