//! From a text to a frozen mail: who gets it, who sends it, what it answers. All of that
//! is taken from the stored thread by code; the text has no say in it.

mod recipients;
mod signature;

use std::path::PathBuf;

use jiff::{SignedDuration, Timestamp};
use rand::TryRngCore as _;

use super::attach::{self, File};
use super::checks::{self, Basis, Ground, Text};
use super::outbox::keep_text;
use super::{ServiceError, Services};
use crate::domain::address::address_key;
use crate::domain::delivery::{Delivery, SentFile};
use crate::domain::subject::reply_subject;
use crate::domain::{
    Address, Check, ConversationId, ConversationStatus, LeadId, Notice, Severity, SuggestionId,
};
use crate::mail::compose::{self, Outgoing};
use crate::mail::sanitise;
use crate::store::{
    EventKind, NewConversation, NewDelivery, NewEvent, StoreError, ThreadEnds, Write,
};
use recipients::own_address;
pub(super) use recipients::{own_name, recipients};
pub use signature::signature;

/// How a reply leaves.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Dispatch {
    /// Without the time in which it can be taken back.
    pub now: bool,
    /// Archive the conversation once it has left.
    pub archive: bool,
    /// Not before this time; it can be taken back until then.
    pub at: Option<Timestamp>,
    /// Files that go along, beside those that wait for the conversation's next reply.
    pub files: Vec<PathBuf>,
    /// The address that the person typed to confirm that the answer may go there.
    pub confirmed: Option<String>,
}

/// What is needed to build a mail, gathered outside the transaction that queues it.
#[derive(Clone, Debug)]
pub(super) struct Sender {
    name: String,
    email: String,
    signature: String,
    message_id: String,
    mark: String,
    not_before: Timestamp,
    scheduled: bool,
    archive: bool,
    confirmed: Option<String>,
    files: Vec<File>,
    now: Timestamp,
}

impl Sender {
    /// Reads the files, and whatever else can fail before anything is queued.
    pub(super) async fn new(
        services: &Services,
        conversation: Option<ConversationId>,
        dispatch: &Dispatch,
    ) -> Result<Self, ServiceError> {
        let now = services.now();
        let undo = i64::try_from(services.config().sending.undo_seconds).unwrap_or(10);
        let wait = if dispatch.now {
            SignedDuration::ZERO
        } else {
            SignedDuration::from_secs(undo)
        };
        let soonest = now.checked_add(wait).unwrap_or(now);
        let mut paths = attach::waiting(services, conversation).await?;
        for path in &dispatch.files {
            let path = attach::absolute(path)?;
            if !paths.contains(&path) {
                paths.push(path);
            }
        }
        let user = &services.config().user;
        Ok(Self {
            name: user.name.clone(),
            email: user.email.clone(),
            signature: user.signature.clone(),
            message_id: format!("{}@rejoinder.invalid", random_hex()?),
            mark: random_hex()?,
            not_before: dispatch.at.map_or(soonest, |at| at.max(soonest)),
            scheduled: dispatch.at.is_some(),
            archive: dispatch.archive,
            confirmed: dispatch.confirmed.as_deref().map(address_key),
            files: attach::read(paths).await?,
            now,
        })
    }
}

/// 128 random bits of the system.
fn random_hex() -> Result<String, ServiceError> {
    let mut bytes = [0_u8; 16];
    rand::rngs::OsRng
        .try_fill_bytes(&mut bytes)
        .map_err(|error| {
            ServiceError::refused(format!(
                "the system gave no random number to mark the mail with: {error}"
            ))
        })?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// A mail about to be queued.
pub(super) struct Letter<'a> {
    pub conversation: ConversationId,
    pub suggestion: Option<SuggestionId>,
    pub subject: &'a str,
    pub body: &'a str,
}

/// Freezes a reply in a conversation and queues it.
///
/// # Errors
/// Nobody to send it to, addresses that are none, another reply on its way.
pub(super) fn queue_reply(
    w: Write<'_>,
    sender: &Sender,
    letter: &Letter<'_>,
) -> Result<Delivery, ServiceError> {
    let people = recipients(*w, letter.conversation)?;
    if let Some(stranger) = people
        .unconfirmed
        .iter()
        .find(|address| sender.confirmed != Some(address.key()))
        && sender.confirmed != Some(people.from.key())
    {
        return Err(ServiceError::refused(format!(
            "not sent: the lead's mail asks for answers to {stranger}, an address that nobody in this conversation has written from or to; confirm it by typing it (--to {}), or write to the lead's own address (--to {})",
            stranger.address, people.from.address,
        )));
    }
    let to = match &sender.confirmed {
        // The person typed the author's own address instead of the one that was asked for.
        Some(typed) if *typed == people.from.key() => vec![people.from.clone()],
        Some(typed) if !people.to.iter().any(|address| address.key() == *typed) => {
            return Err(ServiceError::Usage(format!(
                "\"{typed}\" is not one of the addresses that this answer could go to"
            )));
        }
        _ => people.to.clone(),
    };
    let own = w.list_own_addresses()?;
    let from = own_address(&sender.name, &sender.email, &own, people.answered.as_ref())?;
    let ends = w.get_thread_ends(letter.conversation)?;
    freeze(w, sender, letter, from, to, &ends)
}

fn freeze(
    w: Write<'_>,
    sender: &Sender,
    letter: &Letter<'_>,
    from: Address,
    to: Vec<Address>,
    ends: &ThreadEnds,
) -> Result<Delivery, ServiceError> {
    let subject = sanitise::line(letter.subject);
    let recipient = to
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(", ");
    let body = signature::signed(letter.body, &sender.signature, &from);
    let files = sender
        .files
        .iter()
        .map(File::summary)
        .collect::<Vec<SentFile>>();
    let raw = compose::reply(&Outgoing {
        from,
        to,
        cc: Vec::new(),
        subject: subject.clone(),
        body,
        in_reply_to: ends.message_id.clone(),
        references: ends.references.clone(),
        message_id: sender.message_id.clone(),
        mark: sender.mark.clone(),
        date: sender.now,
        attachments: sender.files.iter().map(File::part).collect(),
    })?;
    attach::refuse_too_large(raw.len())?;
    let id = w.insert_delivery(&NewDelivery {
        conversation: letter.conversation,
        suggestion: letter.suggestion,
        not_before: sender.not_before,
        mark: sender.mark.clone(),
        raw,
        recipient,
        subject,
        body: letter.body.to_owned(),
        gmail_thread_id: ends.gmail_thread_id.clone(),
        archive_after: sender.archive,
        scheduled: sender.scheduled,
        files,
        now: sender.now,
    })?;
    w.delete_reply_files(letter.conversation, None)?;
    Ok(w.require_delivery(id)?.delivery)
}

/// A text as it may be sent: LF line ends, no control characters, no blanks at its end.
pub(super) fn clean_body(body: &str) -> String {
    sanitise::text(body).trim_end().to_owned()
}

/// Refuses a text with a finding that forbids sending it.
pub(super) fn refuse_blocked(found: &[Check]) -> Result<(), ServiceError> {
    let blocking = found.iter().find(|check| check.severity == Severity::Block);
    match blocking {
        Some(check) => Err(ServiceError::refused(format!(
            "not sent: {}",
            check.message
        ))),
        None => Ok(()),
    }
}

/// Sends the person's own reply in a conversation. An unsent one with other words stays.
///
/// # Errors
/// An empty text, a conversation that is not there, another reply on its way.
pub async fn reply(
    services: &Services,
    conversation: ConversationId,
    body: &str,
    dispatch: Dispatch,
) -> Result<Delivery, ServiceError> {
    let body = clean_body(body);
    refuse_blocked(&checks::check(&Text::own(&body), None))?;
    let sender = Sender::new(services, Some(conversation), &dispatch).await?;
    let inner = services.clone();
    let delivery = super::transact(services, move |w| {
        refuse_blocked(&checks::of_reply(
            *w,
            &inner,
            conversation,
            &Text::own(&body),
        )?)?;
        let row = w.get_inbox_row(conversation)?.ok_or(StoreError::Missing {
            what: "conversation",
            id: conversation.0,
        })?;
        // A first mail that did not leave is still one.
        let subject = match row.message_count {
            0 => row.subject,
            _ => reply_subject(&row.subject),
        };
        let letter = Letter {
            conversation,
            suggestion: None,
            subject: &subject,
            body: &body,
        };
        let delivery = queue_reply(w, &sender, &letter)?;
        let unsent = w.get_composition(conversation)?;
        if unsent.is_some_and(|unsent| clean_body(&unsent) == body) {
            w.delete_composition(conversation)?;
        }
        let event = NewEvent {
            delivery: Some(delivery.id),
            ..NewEvent::about(EventKind::OwnReply, conversation)
        };
        w.insert_event(event, sender.now)?;
        Ok(delivery)
    })
    .await?;
    queued(services, &delivery);
    Ok(delivery)
}

/// Sends a first mail to a lead and opens its conversation.
///
/// # Errors
/// A lead that is not there, an empty subject or text.
pub async fn first_mail(
    services: &Services,
    lead: LeadId,
    subject: &str,
    body: &str,
    dispatch: Dispatch,
) -> Result<Delivery, ServiceError> {
    let body = clean_body(body);
    let subject = sanitise::line(subject);
    if subject.trim().is_empty() {
        return Err(ServiceError::Usage(
            "the mail has no subject; give one with --subject".to_owned(),
        ));
    }
    refuse_blocked(&checks::check(&Text::own(&body), None))?;
    let sender = Sender::new(services, None, &dispatch).await?;
    let inner = services.clone();
    let delivery = super::transact(services, move |w| {
        let lead = w.get_lead(lead)?.ok_or(StoreError::Missing {
            what: "lead",
            id: lead.0,
        })?;
        let ground = Ground::new(&Basis::gather(*w, &inner, lead.clone(), None)?);
        refuse_blocked(&checks::check(&Text::own(&body), Some(&ground)))?;
        let conversation = w.insert_conversation(&NewConversation {
            lead_id: lead.id,
            subject: subject.clone(),
            status: ConversationStatus::Waiting,
            now: sender.now,
        })?;
        let own = w.list_own_addresses()?;
        let from = own_address(&sender.name, &sender.email, &own, None)?;
        let letter = Letter {
            conversation,
            suggestion: None,
            subject: &subject,
            body: &body,
        };
        let to = vec![Address::named(&lead.name, &lead.email)];
        freeze(w, &sender, &letter, from, to, &ThreadEnds::default())
    })
    .await?;
    queued(services, &delivery);
    Ok(delivery)
}

/// Keeps the person's unsent reply; an empty one is forgotten. Returns what was found in it.
/// `before` is what it was when the person changed it: what came home behind that in the
/// meantime stays.
///
/// # Errors
/// Failures of the store: the text is not saved then.
pub async fn save(
    services: &Services,
    conversation: ConversationId,
    body: &str,
    before: Option<&str>,
) -> Result<Vec<Check>, ServiceError> {
    let (body, before) = (body.to_owned(), before.map(str::to_owned));
    let now = services.now();
    let inner = services.clone();
    let found = services
        .store()
        .write_durably(move |w| {
            let kept = w.get_composition(conversation)?;
            w.set_composition(conversation, &body, now)?;
            if let (Some(kept), Some(before)) = (&kept, &before)
                && let Some(came) = kept.strip_prefix(before.trim_end())
                && !came.trim().is_empty()
            {
                keep_text(w, conversation, came.trim_start(), now)?;
            }
            if body.trim().is_empty() {
                return Ok(Vec::new());
            }
            checks::of_reply(*w, &inner, conversation, &Text::own(&body))
        })
        .await?;
    Ok(found)
}

/// Wakes whoever delivers, and tells everyone.
pub(super) fn queued(services: &Services, delivery: &Delivery) {
    services.post(Notice::DeliveryChanged {
        delivery: delivery.id,
        conversation: delivery.conversation_id,
    });
    services.wake_sender().notify_one();
}
