//! Taking a mail in: which conversation it belongs to and what that changes. The poller
//! and the import run the same code, inside the transaction of their batch.

use jiff::Timestamp;

use super::Services;
use crate::domain::message::NewMessage;
use crate::domain::subject::{former_subject, is_answer, normalise_subject};
use crate::domain::{
    Address, ConversationId, ConversationStatus, DeliveryId, Direction, GmailId, GmailThreadId,
    LeadId, MailKind, MatchedBy, MessageId,
};
use crate::llm::gate;
use crate::mail::parse::Mail;
use crate::store::{
    EventKind, Known, Match, MatchKeys, NewConversation, NewEvent, NewUnmatched, StoreError, Write,
};

/// Recipients of a mail that are looked at.
pub(super) const PEOPLE: usize = 50;

/// A mail as it was fetched, with what Gmail says of it.
#[derive(Clone, Debug)]
pub struct Arrived {
    /// What was read.
    pub mail: Box<Mail>,
    /// Gmail's id; none for imported mail.
    pub gmail_id: Option<GmailId>,
    /// Gmail's thread.
    pub gmail_thread_id: Option<GmailThreadId>,
    /// Gmail's labels.
    pub labels: Vec<String>,
    /// When it was received.
    pub received_at: Timestamp,
}

impl Arrived {
    fn has_label(&self, label: &str) -> bool {
        self.labels.iter().any(|own| own == label)
    }
}

/// What became of a mail.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Taken {
    /// It is in a conversation now.
    Stored {
        /// Its number.
        message: MessageId,
        /// Where.
        conversation: ConversationId,
        /// Who wrote it.
        direction: Direction,
        /// How it was matched.
        by: Option<MatchedBy>,
        /// A person's mail that wants an answer.
        is_reply: bool,
        /// The reply of ours that it says could not be delivered.
        bounced: Option<DeliveryId>,
    },
    /// It is one of our own replies that had left; the delivery knows now.
    OwnDelivery(ConversationId),
    /// It belongs to no conversation; its headers are listed.
    Unmatched,
    /// It is of no interest: mail to strangers, drafts, spam that answers nothing.
    Skipped,
    /// It was here already.
    Known,
}

/// What taking in depends on besides the mail.
#[derive(Clone, Debug)]
pub struct Intake {
    /// Our own addresses, by their keys.
    pub own: Vec<String>,
    /// Gmail is to be told of what was read here.
    pub mark_as_read: bool,
    /// The lead whose conversation this is to be, by the person's word.
    pub adopt: Option<LeadId>,
    /// The conversation it is to be in, by the person's word.
    pub into: Option<ConversationId>,
    /// The person meant this very mail, whatever sort it is.
    pub by_hand: bool,
    /// The mails come in the order of their arrival, which says more of what is newest
    /// than the clocks of two machines.
    pub live: bool,
    /// The time now.
    pub now: Timestamp,
}

impl Intake {
    /// For mail of the account.
    ///
    /// # Errors
    /// Failures of the store.
    pub async fn of_account(services: &Services) -> Result<Self, StoreError> {
        let own = services.store().read(|r| r.list_own_addresses()).await?;
        let mut own: Vec<String> = own.iter().map(Address::key).collect();
        let configured = Address::bare(&services.config().user.email).key();
        if !configured.is_empty() && !own.contains(&configured) {
            own.push(configured);
        }
        Ok(Self {
            own,
            mark_as_read: services.config().gmail.mark_as_read,
            adopt: None,
            into: None,
            by_hand: false,
            live: false,
            now: services.now(),
        })
    }

    fn is_own(&self, address: &Address) -> bool {
        self.own.contains(&address.key())
    }
}

/// Takes a mail in.
///
/// # Errors
/// Failures of the store; the caller's transaction is rolled back then.
pub fn take(w: Write<'_>, arrived: &Arrived, intake: &Intake) -> Result<Taken, StoreError> {
    if let Some(id) = &arrived.gmail_id
        && intake.adopt.is_none()
        && w.knows_gmail_id(id)?
    {
        return Ok(Taken::Known);
    }
    if arrived.has_label("DRAFT") || arrived.has_label("TRASH") {
        return skip(w, arrived, intake);
    }
    if let Some(mark) = &arrived.mail.mark
        && let Some(taken) = super::sender::recognise(w, arrived, mark, intake.now)?
    {
        return Ok(taken);
    }
    let mail = &arrived.mail;
    let outbound = intake.is_own(&mail.from);
    let to_self = outbound
        && mail
            .to
            .iter()
            .chain(&mail.cc)
            .all(|address| intake.is_own(address));
    if to_self && intake.adopt.is_none() {
        return skip(w, arrived, intake);
    }
    if outbound {
        take_outbound(w, arrived, intake)
    } else {
        take_inbound(w, arrived, intake)
    }
}

fn skip(w: Write<'_>, arrived: &Arrived, intake: &Intake) -> Result<Taken, StoreError> {
    // A draft comes back under another id with each edit; there is no use in its id.
    if let Some(id) = &arrived.gmail_id
        && !arrived.has_label("DRAFT")
    {
        w.insert_skipped(id, intake.now)?;
    }
    Ok(Taken::Skipped)
}

/// A reply written in Gmail elsewhere, or a first mail to a lead.
fn take_outbound(w: Write<'_>, arrived: &Arrived, intake: &Intake) -> Result<Taken, StoreError> {
    let mail = &arrived.mail;
    let mut lead = None;
    for address in mail.to.iter().chain(&mail.cc) {
        if let Some(found) = w.get_lead_by_address(&address.address)? {
            lead = Some(found.id);
            break;
        }
    }
    let found = find(w, arrived, lead, &mail.in_reply_to)?;
    let (conversation, by, certain) = match (found, lead) {
        (Some(found), _) => (found.conversation, Some(found.by), found.certain),
        (None, Some(lead)) => {
            let new = NewConversation {
                lead_id: lead,
                subject: mail.subject.clone(),
                status: ConversationStatus::Waiting,
                now: arrived.received_at,
            };
            (w.insert_conversation(&new)?, None, true)
        }
        (None, None) => return skip(w, arrived, intake),
    };
    let message = store(
        w,
        arrived,
        conversation,
        Direction::Outbound,
        by,
        certain,
        intake,
    )?;
    if is_newest(w, conversation, message)? {
        let waiting = ConversationStatus::Waiting;
        w.set_conversation_status(conversation, waiting, None, intake.now)?;
        w.set_conversation_unread(conversation, false)?;
        super::outbox::hold_queued(
            w,
            conversation,
            "you answered in Gmail yourself",
            intake.now,
        )?;
    }
    Ok(Taken::Stored {
        message,
        conversation,
        direction: Direction::Outbound,
        by,
        is_reply: false,
        bounced: None,
    })
}

fn take_inbound(w: Write<'_>, arrived: &Arrived, intake: &Intake) -> Result<Taken, StoreError> {
    let mail = &arrived.mail;
    if intake.adopt.is_none() && w.is_ignored_sender(&mail.from.address)? {
        return skip(w, arrived, intake);
    }
    let bounced = mail
        .bounce
        .as_ref()
        .and_then(|bounce| bounce.failed_address.as_deref());
    let lead = match (intake.adopt, bounced) {
        (Some(lead), _) => Some(lead),
        (None, Some(address)) => w.get_lead_by_address(address)?.map(|lead| lead.id),
        (None, None) => w
            .get_lead_by_address(&mail.from.address)?
            .map(|lead| lead.id),
    };
    let mut answered = mail.in_reply_to.clone();
    answered.extend(
        mail.bounce
            .as_ref()
            .and_then(|bounce| bounce.original_message_id.clone()),
    );
    let found = match intake.into {
        Some(conversation) => Some(Match {
            conversation,
            by: MatchedBy::Manual,
            certain: true,
        }),
        None => find(w, arrived, lead, &answered)?,
    };
    // What only its sender ties to a lead must be a person's mail, and wanted by Gmail.
    let guess_fits =
        mail.kind == MailKind::Person || bounced.is_some() || mail.kind == MailKind::AutoReply;
    let guess_fits = guess_fits && !arrived.has_label("SPAM");
    let found = found.filter(|found| found.certain || guess_fits || intake.adopt.is_some());
    let (conversation, by, certain) = match (found, lead) {
        (Some(found), _) if intake.adopt.is_some() => {
            (found.conversation, Some(MatchedBy::Manual), true)
        }
        (Some(found), _) => (found.conversation, Some(found.by), found.certain),
        (None, Some(lead)) if intake.by_hand || (guess_fits && mail.kind == MailKind::Person) => {
            let status = if mail.kind == MailKind::Person {
                ConversationStatus::NeedsReply
            } else {
                ConversationStatus::Waiting
            };
            let new = NewConversation {
                lead_id: lead,
                subject: mail.subject.clone(),
                status,
                now: arrived.received_at,
            };
            let by = if intake.adopt.is_some() {
                MatchedBy::Manual
            } else {
                MatchedBy::Sender
            };
            (
                w.insert_conversation(&new)?,
                Some(by),
                intake.adopt.is_some(),
            )
        }
        (None, _) if arrived.has_label("SPAM") => return skip(w, arrived, intake),
        (None, _) => return list_unmatched(w, arrived, intake),
    };
    let message = store(
        w,
        arrived,
        conversation,
        Direction::Inbound,
        by,
        certain,
        intake,
    )?;
    let bounced = after_inbound(w, arrived, conversation, message, lead, intake)?;
    let is_reply = mail.kind == MailKind::Person;
    Ok(Taken::Stored {
        message,
        conversation,
        direction: Direction::Inbound,
        by,
        is_reply,
        bounced,
    })
}

/// What a lead's mail changes around it.
fn after_inbound(
    w: Write<'_>,
    arrived: &Arrived,
    conversation: ConversationId,
    message: MessageId,
    lead: Option<LeadId>,
    intake: &Intake,
) -> Result<Option<DeliveryId>, StoreError> {
    let mail = &arrived.mail;
    w.set_conversation_unread(conversation, arrived.gmail_id.is_some())?;
    if arrived.gmail_id.is_some() {
        w.set_in_inbox(message, arrived.has_label("INBOX"))?;
    }
    if mail.kind == MailKind::Person && is_newest_person(w, conversation, message)? {
        let needs = ConversationStatus::NeedsReply;
        w.set_conversation_status(conversation, needs, None, intake.now)?;
        super::outbox::hold_queued(w, conversation, "the lead wrote again", intake.now)?;
    }
    let mut bounced = None;
    if let Some(bounce) = mail.bounce.as_ref().filter(|bounce| bounce.permanent) {
        if let Some(lead) = lead {
            w.mark_lead_bounced(lead, arrived.received_at)?;
        }
        // Shown against the reply that came back; what it was to answer waits again.
        bounced = w.get_bounced_delivery(bounce.original_message_id.as_deref(), conversation)?;
        if let Some(id) = bounced {
            let why = bounce.reason.as_deref().or(bounce.status.as_deref());
            w.set_delivery_bounced(id, why.unwrap_or("the report gives no reason"))?;
            let needs = ConversationStatus::NeedsReply;
            w.set_conversation_status(conversation, needs, None, intake.now)?;
        }
    }
    if intake.mark_as_read && arrived.has_label("UNREAD") {
        w.set_read_pending(message)?;
    }
    w.insert_event(
        NewEvent::about(EventKind::Received, conversation),
        intake.now,
    )?;
    Ok(bounced)
}

/// Whether the mail is the conversation's newest.
fn is_newest(
    w: Write<'_>,
    conversation: ConversationId,
    message: MessageId,
) -> Result<bool, StoreError> {
    Ok(w.get_last_message(conversation)? == Some(message))
}

/// Whether nothing that a person wrote, on either side, is newer.
fn is_newest_person(
    w: Write<'_>,
    conversation: ConversationId,
    message: MessageId,
) -> Result<bool, StoreError> {
    Ok(w.get_last_inbound(conversation)? == Some(message) && is_newest(w, conversation, message)?)
}

fn find(
    w: Write<'_>,
    arrived: &Arrived,
    lead: Option<LeadId>,
    in_reply_to: &[String],
) -> Result<Option<Match>, StoreError> {
    let mail = &arrived.mail;
    if let Some(copy) = imported_copy(w, arrived)? {
        return Ok(Some(Match {
            conversation: copy.conversation,
            by: copy.matched_by.unwrap_or(MatchedBy::Thread),
            certain: copy.certain,
        }));
    }
    let mut also = Vec::new();
    for address in mail.to.iter().chain(&mail.cc).take(PEOPLE) {
        also.extend(w.get_lead_by_address(&address.address)?.map(|lead| lead.id));
    }
    w.match_conversation(&MatchKeys {
        message_id: mail.message_id.as_deref(),
        in_reply_to,
        references: &mail.references,
        gmail_thread_id: arrived.gmail_thread_id.as_ref(),
        subject_key: &normalise_subject(&mail.subject),
        former_key: &former_subject(&mail.subject).unwrap_or_default(),
        answers: is_answer(&mail.subject),
        lead,
        also: &also,
        at: arrived.received_at,
        ..MatchKeys::default()
    })
}

fn store(
    w: Write<'_>,
    arrived: &Arrived,
    conversation: ConversationId,
    direction: Direction,
    by: Option<MatchedBy>,
    certain: bool,
    intake: &Intake,
) -> Result<MessageId, StoreError> {
    let mut new = to_message(arrived, direction);
    if intake.live {
        new.received_at = w.after_newest(conversation, new.received_at)?;
    }
    if direction == Direction::Inbound {
        let lead = w.get_conversation_lead(conversation)?;
        let addresses = lead.map(|lead| w.list_lead_addresses(lead)).transpose()?;
        let stranger = addresses.is_some_and(|known| !known.contains(&new.from.key()));
        if stranger && new.kind == MailKind::Person {
            new.warnings.push(written_by_another(&new.from));
        }
        if arrived.has_label("SPAM") {
            new.warnings
                .push("Gmail takes this mail for spam".to_owned());
        }
    }
    let copy = imported_copy(w, arrived)?.filter(|copy| copy.conversation == conversation);
    if let (Some(copy), Some(id)) = (copy, &arrived.gmail_id) {
        let thread = arrived.gmail_thread_id.as_ref();
        w.link_to_gmail(copy.message, id, thread, intake.now)?;
        return Ok(copy.message);
    }
    w.insert_message(conversation, &new, by, certain, intake.now)
}

/// The same mail, if an archive brought it before Gmail showed it.
fn imported_copy(w: Write<'_>, arrived: &Arrived) -> Result<Option<Known>, StoreError> {
    let (Some(id), Some(_)) = (&arrived.mail.message_id, &arrived.gmail_id) else {
        return Ok(None);
    };
    let known = w.list_known(id)?;
    Ok(known.into_iter().find(|known| known.gmail_id.is_none()))
}

/// What is said of a mail in a lead's conversation that comes from somebody else.
pub(super) fn written_by_another(from: &Address) -> String {
    format!(
        "written from {}, which is not this lead's address",
        from.address
    )
}

/// What is kept of a mail.
#[must_use]
pub fn to_message(arrived: &Arrived, direction: Direction) -> NewMessage {
    let mail = &arrived.mail;
    let sent_at = mail
        .date
        .as_ref()
        .map_or(arrived.received_at, jiff::Zoned::timestamp);
    NewMessage {
        gmail_id: arrived.gmail_id.clone(),
        gmail_thread_id: arrived.gmail_thread_id.clone(),
        direction,
        message_id: mail.message_id.clone(),
        in_reply_to: mail.in_reply_to.clone(),
        references: mail.references.clone(),
        from: mail.from.clone(),
        to: mail.to.clone(),
        cc: mail.cc.clone(),
        reply_to: mail.reply_to.clone(),
        subject: mail.subject.clone(),
        sent_at,
        received_at: arrived.received_at,
        text: mail.text.clone(),
        reply: mail.reply.clone(),
        kind: mail.kind,
        attachments: mail.attachments.clone(),
        bounce: mail.bounce.clone(),
        warnings: mail.warnings.iter().map(ToString::to_string).collect(),
        mark: mail.mark.clone(),
        no_draft: if direction == Direction::Inbound {
            no_draft(mail)
        } else {
            None
        },
    }
}

/// Why nobody should draft an answer without being asked to.
fn no_draft(mail: &Mail) -> Option<String> {
    let newest = gate::Newest {
        direction: Direction::Inbound,
        kind: mail.kind,
        subject: &mail.subject,
        text: &mail.reply,
    };
    gate::check(&newest).map(|skip| skip.message())
}

fn list_unmatched(w: Write<'_>, arrived: &Arrived, intake: &Intake) -> Result<Taken, StoreError> {
    let Some(gmail_id) = arrived.gmail_id.clone() else {
        return Ok(Taken::Unmatched);
    };
    let mail = &arrived.mail;
    w.insert_unmatched(
        &NewUnmatched {
            gmail_id,
            gmail_thread_id: arrived.gmail_thread_id.clone(),
            message_id: mail.message_id.clone(),
            from: mail.from.clone(),
            to: mail.to.clone(),
            subject: mail.subject.clone(),
            kind: mail.kind,
            sent_at: mail
                .date
                .as_ref()
                .map_or(arrived.received_at, jiff::Zoned::timestamp),
            received_at: arrived.received_at,
        },
        intake.now,
    )?;
    Ok(Taken::Unmatched)
}
