//! From a text to a frozen mail: who gets it, who sends it, what it answers. All of that
//! is taken from the stored thread by code; the text has no say in it.

use jiff::{SignedDuration, Timestamp};
use rand::TryRngCore as _;

use super::{ServiceError, Services, checks};
use crate::domain::address::is_plain_address;
use crate::domain::delivery::Delivery;
use crate::domain::subject::reply_subject;
use crate::domain::{
    Address, ConversationId, ConversationStatus, Direction, LeadId, MailKind, Message, Notice,
    Severity, SuggestionId,
};
use crate::mail::compose::{self, Outgoing};
use crate::mail::sanitise;
use crate::store::{
    EventKind, NewConversation, NewDelivery, NewEvent, StoreError, ThreadEnds, Write,
};

/// How a reply leaves.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Dispatch {
    /// Without the time in which it can be taken back.
    pub now: bool,
    /// Archive the conversation once it has left.
    pub archive: bool,
}

/// What is needed to build a mail, gathered outside the transaction that queues it.
#[derive(Clone, Debug)]
pub(super) struct Sender {
    name: String,
    email: String,
    message_id: String,
    mark: String,
    not_before: Timestamp,
    now: Timestamp,
}

impl Sender {
    pub(super) fn new(services: &Services, dispatch: Dispatch) -> Result<Self, ServiceError> {
        let now = services.now();
        let undo = i64::try_from(services.config().sending.undo_seconds).unwrap_or(10);
        let wait = if dispatch.now {
            SignedDuration::ZERO
        } else {
            SignedDuration::from_secs(undo)
        };
        let user = &services.config().user;
        Ok(Self {
            name: user.name.clone(),
            email: user.email.clone(),
            message_id: format!("{}@rejoinder.invalid", random_hex()?),
            mark: random_hex()?,
            not_before: now.checked_add(wait).unwrap_or(now),
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
    pub archive: bool,
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
    let messages = w.list_messages(letter.conversation)?;
    let lead = w
        .get_conversation_lead(letter.conversation)?
        .map(|lead| w.get_lead(lead))
        .transpose()?
        .flatten()
        .ok_or(StoreError::Missing {
            what: "conversation",
            id: letter.conversation.0,
        })?;
    let answered = messages
        .iter()
        .rev()
        .find(|m| m.content.direction == Direction::Inbound && m.content.kind == MailKind::Person);
    let to = match answered {
        Some(message) => answer_addresses(message),
        None => vec![Address::named(&lead.name, &lead.email)],
    };
    let own = w.list_own_addresses()?;
    let from = own_address(sender, &own, answered)?;
    let ends = w.get_thread_ends(letter.conversation)?;
    freeze(w, sender, letter, from, to, &ends)
}

/// Where an answer goes: `Reply-To` if the lead set one, else `From` (RFC 5322 3.6.2).
fn answer_addresses(message: &Message) -> Vec<Address> {
    let wished: Vec<Address> = message
        .content
        .reply_to
        .iter()
        .filter(|address| is_plain_address(&address.address))
        .cloned()
        .collect();
    if wished.is_empty() {
        vec![message.content.from.clone()]
    } else {
        wished
    }
}

/// The address that answers: the one the lead wrote to, else the account's default.
fn own_address(
    sender: &Sender,
    own: &[Address],
    answered: Option<&Message>,
) -> Result<Address, ServiceError> {
    let written_to = answered.and_then(|message| {
        let people = message.content.to.iter().chain(&message.content.cc);
        people
            .map(Address::key)
            .find_map(|key| own.iter().find(|own| own.key() == key))
    });
    let configured = own
        .iter()
        .find(|own| own.key() == Address::bare(&sender.email).key());
    let address = match written_to.or(configured).or(own.first()) {
        Some(own) => own.clone(),
        None if !sender.email.is_empty() => Address::bare(&sender.email),
        None => {
            return Err(ServiceError::SignIn(
                "it is not known yet which address you send from; run: rejoinder login (or set USER_EMAIL)".to_owned(),
            ));
        }
    };
    let name = if sender.name.is_empty() {
        address.name.as_deref().unwrap_or_default()
    } else {
        &sender.name
    };
    Ok(Address::named(name, &address.address))
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
    let raw = compose::reply(&Outgoing {
        from,
        to,
        cc: Vec::new(),
        subject: subject.clone(),
        body: letter.body.to_owned(),
        in_reply_to: ends.message_id.clone(),
        references: ends.references.clone(),
        message_id: sender.message_id.clone(),
        mark: sender.mark.clone(),
        date: sender.now,
        attachments: Vec::new(),
    })?;
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
        archive_after: letter.archive,
        now: sender.now,
    })?;
    Ok(w.require_delivery(id)?.delivery)
}

/// A text as it may be sent: LF line ends, no control characters, no blanks at its end.
pub(super) fn clean_body(body: &str) -> String {
    sanitise::text(body).trim_end().to_owned()
}

/// Refuses a text that a check forbids.
pub(super) fn refuse_blocked(body: &str) -> Result<(), ServiceError> {
    let blocking = checks::check(body)
        .into_iter()
        .find(|check| check.severity == Severity::Block);
    match blocking {
        Some(check) => Err(ServiceError::refused(format!(
            "not sent: {}",
            check.message
        ))),
        None => Ok(()),
    }
}

/// Sends the person's own reply in a conversation.
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
    refuse_blocked(&body)?;
    let sender = Sender::new(services, dispatch)?;
    let archive = dispatch.archive;
    let delivery = super::transact(services, move |w| {
        let row = w.get_inbox_row(conversation)?.ok_or(StoreError::Missing {
            what: "conversation",
            id: conversation.0,
        })?;
        let subject = reply_subject(&row.subject);
        let letter = Letter {
            conversation,
            suggestion: None,
            subject: &subject,
            body: &body,
            archive,
        };
        let delivery = queue_reply(w, &sender, &letter)?;
        w.delete_composition(conversation)?;
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
    refuse_blocked(&body)?;
    let sender = Sender::new(services, dispatch)?;
    let delivery = super::transact(services, move |w| {
        let lead = w.get_lead(lead)?.ok_or(StoreError::Missing {
            what: "lead",
            id: lead.0,
        })?;
        let conversation = w.insert_conversation(&NewConversation {
            lead_id: lead.id,
            subject: subject.clone(),
            status: ConversationStatus::Waiting,
            now: sender.now,
        })?;
        let own = w.list_own_addresses()?;
        let from = own_address(&sender, &own, None)?;
        let letter = Letter {
            conversation,
            suggestion: None,
            subject: &subject,
            body: &body,
            archive: dispatch.archive,
        };
        let to = vec![Address::named(&lead.name, &lead.email)];
        freeze(w, &sender, &letter, from, to, &ThreadEnds::default())
    })
    .await?;
    queued(services, &delivery);
    Ok(delivery)
}

/// Keeps the person's unsent reply; an empty one is forgotten.
///
/// # Errors
/// Failures of the store: the text is not saved then.
pub async fn save(
    services: &Services,
    conversation: ConversationId,
    body: &str,
) -> Result<(), ServiceError> {
    let body = body.to_owned();
    let now = services.now();
    services
        .store()
        .write_durably(move |w| w.set_composition(conversation, &body, now))
        .await?;
    Ok(())
}

/// Wakes whoever delivers, and tells everyone.
pub(super) fn queued(services: &Services, delivery: &Delivery) {
    services.post(Notice::DeliveryChanged {
        delivery: delivery.id,
        conversation: delivery.conversation_id,
    });
    services.wake_sender().notify_one();
}
