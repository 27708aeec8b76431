//! Read models: what the inbox lists and what an open conversation shows. The screen
//! and `--json` are two renderings of these.

use jiff::Timestamp;
use serde::Serialize;

use super::address::Address;
use super::conversation::ConversationStatus;
use super::delivery::{Delivery, DeliveryState};
use super::ids::{
    ConversationId, DeliveryId, GmailId, LeadId, MessageId, SuggestionId, UnmatchedId,
};
use super::lead::Lead;
use super::message::{Attachment, BounceReport, Direction, MailKind, MatchedBy, Message};
use super::money::MicroDollars;
use super::score::Score;
use super::suggestion::{Check, Confidence, Suggestion, SuggestionStatus};

/// The lead as a list names it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct LeadSummary {
    /// Row number.
    pub id: LeadId,
    /// Full name.
    pub name: String,
    /// Address.
    pub email: String,
    /// Role or job title.
    pub title: Option<String>,
}

/// The newest suggestion of a conversation, in a few words.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct SuggestionSummary {
    /// Row number.
    pub id: SuggestionId,
    /// Where it stands.
    pub status: SuggestionStatus,
    /// The drafter's guess.
    pub confidence: Confidence,
    /// Our own measure, and what it rests on.
    #[serde(flatten)]
    pub score: Score,
    /// A newer message is there.
    pub stale: bool,
    /// Written by a template.
    pub template: bool,
}

/// The reply under way in a conversation, in a few words.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct DeliverySummary {
    /// Row number.
    pub id: DeliveryId,
    /// Where it is.
    pub state: DeliveryState,
    /// Not before.
    pub not_before: Timestamp,
}

/// A row of the inbox.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct ConversationRow {
    /// Row number.
    pub id: ConversationId,
    /// With whom.
    pub lead: LeadSummary,
    /// The first mail's subject.
    pub subject: String,
    /// Whose move it is.
    pub status: ConversationStatus,
    /// When the newest mail came or went.
    pub last_message_at: Timestamp,
    /// Whether there is inbound mail that nobody looked at.
    pub unread: bool,
    /// How many mails.
    pub message_count: u32,
    /// Newest suggestion, if it still matters.
    pub suggestion: Option<SuggestionSummary>,
    /// Reply under way or waiting for a decision.
    pub delivery: Option<DeliverySummary>,
    /// Marked by the person.
    pub starred: bool,
    /// When a snoozed conversation comes back.
    pub snoozed_until: Option<Timestamp>,
    /// The newest mail was matched by a guess.
    pub guessed: bool,
}

/// One page of the inbox.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct InboxPage {
    /// Rows in order.
    pub conversations: Vec<ConversationRow>,
    /// Where the next page begins; none at the end.
    pub next: Option<String>,
    /// How many rows the filter has in all.
    pub total: u64,
}

/// How many conversations are in each group.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize)]
pub struct Counts {
    /// The lead wrote last.
    pub needs_reply: u64,
    /// We wrote last.
    pub waiting: u64,
    /// Put off.
    pub snoozed: u64,
    /// Put away.
    pub archived: u64,
    /// A reply is on its way.
    pub sending: u64,
    /// A delivery waits for the person's decision.
    pub needs_decision: u64,
    /// Mails that belong to no conversation.
    pub unmatched: u64,
}

/// A mail as `show` prints it and the thread pane draws it.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct MessageView {
    /// Row number.
    pub id: MessageId,
    /// Gmail's id.
    pub gmail_id: Option<String>,
    /// Who wrote it.
    pub direction: Direction,
    /// Author.
    pub from: Address,
    /// Recipients.
    pub to: Vec<Address>,
    /// Copies.
    pub cc: Vec<Address>,
    /// Subject.
    pub subject: String,
    /// When.
    pub sent_at: Timestamp,
    /// `Message-ID` without brackets.
    pub message_id: Option<String>,
    /// The whole readable text.
    pub text: String,
    /// What was newly written.
    pub reply: String,
    /// How it was matched.
    pub matched_by: Option<MatchedBy>,
    /// Proof or guess.
    pub certain: bool,
    /// Person or machine.
    pub kind: MailKind,
    /// Files.
    pub attachments: Vec<Attachment>,
    /// For bounces.
    pub bounce: Option<BounceReport>,
    /// What was odd or hidden.
    pub warnings: Vec<String>,
    /// Why nobody drafts an answer by itself.
    pub no_draft: Option<String>,
}

impl From<Message> for MessageView {
    fn from(message: Message) -> Self {
        let Message {
            id,
            gmail_id,
            content,
            matched_by,
            certain,
            ..
        } = message;
        Self {
            id,
            gmail_id: gmail_id.map(|id| id.0),
            direction: content.direction,
            from: content.from,
            to: content.to,
            cc: content.cc,
            subject: content.subject,
            sent_at: content.sent_at,
            message_id: content.message_id,
            text: content.text,
            reply: content.reply,
            matched_by,
            certain,
            kind: content.kind,
            attachments: content.attachments,
            bounce: content.bounce,
            warnings: content.warnings,
            no_draft: content.no_draft,
        }
    }
}

/// A conversation opened: the row, its mails oldest first, the suggestions for the
/// newest inbound mail by version, and what is in the outbox for it.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct ConversationView {
    /// The row.
    #[serde(flatten)]
    pub row: ConversationRow,
    /// Mails, oldest first.
    pub messages: Vec<MessageView>,
    /// Suggestions, oldest version first.
    pub suggestions: Vec<Suggestion>,
    /// Deliveries, oldest first.
    pub outbox: Vec<Delivery>,
    /// The person's own unsent reply, autosaved.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub composition: Option<String>,
    /// Findings in that reply.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub composition_checks: Vec<Check>,
    /// Where an answer goes.
    pub answer_to: Vec<Address>,
    /// Those of them that only a `Reply-To` names, and that the person has to type.
    pub unconfirmed: Vec<Address>,
    /// Files that go with the next reply.
    pub files: Vec<ReplyFile>,
}

/// A file that is to go with a conversation's next reply.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct ReplyFile {
    /// Where it is.
    pub path: String,
    /// How large it was when it was named.
    pub bytes: u64,
}

impl ReplyFile {
    /// Its name without the folder.
    #[must_use]
    pub fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }
}

/// A mail of no conversation as stored.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Unmatched {
    /// Row number.
    pub id: UnmatchedId,
    /// Gmail's id.
    pub gmail_id: GmailId,
    /// Author.
    pub from: Address,
    /// Recipients.
    pub to: Vec<Address>,
    /// Subject.
    pub subject: String,
    /// Person or machine.
    pub kind: MailKind,
    /// When it was sent.
    pub sent_at: Timestamp,
    /// Somebody adopted it: it is fetched whole with the next poll.
    pub wanted: bool,
}

/// A lead as the page of leads shows it.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct LeadRow {
    /// All that is known.
    pub lead: Lead,
    /// When a mail last came or went.
    pub last_contact_at: Option<Timestamp>,
    /// The newest conversation.
    pub conversation_id: Option<ConversationId>,
}

/// Where a mail is to go.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Destination {
    /// This conversation.
    Conversation(ConversationId),
    /// A conversation with this lead: for unmatched mail the one that fits best, for a
    /// mail that is moved a new one.
    Lead(LeadId),
    /// None: back to the unmatched mail.
    Unmatched,
}

/// Where a mail can be moved to: a conversation, or a new one with a lead.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct MoveTarget {
    /// With whom.
    pub lead: LeadId,
    /// The lead's name.
    pub name: String,
    /// The lead's address.
    pub email: String,
    /// Which conversation; a new one if none.
    pub conversation: Option<ConversationId>,
    /// Its subject.
    pub subject: Option<String>,
}

/// Money spent on drafts.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize)]
pub struct Spending {
    /// Since midnight, local time.
    pub today: MicroDollars,
    /// Since the first of the month, local time.
    pub month: MicroDollars,
    /// Drafts this month whose price is not known.
    pub unknown: u64,
    /// Tokens read and written by models, as far as they told.
    pub input_tokens_today: u64,
    /// Written today.
    pub output_tokens_today: u64,
    /// Read this month.
    pub input_tokens_month: u64,
    /// Written this month.
    pub output_tokens_month: u64,
}
