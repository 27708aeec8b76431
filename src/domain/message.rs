//! One mail of a conversation.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::address::Address;
use super::ids::{ConversationId, GmailId, GmailThreadId, MessageId};
use super::states::text_enum;

text_enum! {
    /// Who wrote it.
    Direction {
        /// The lead, to us.
        Inbound = "inbound",
        /// We, to the lead; here or in Gmail elsewhere.
        Outbound = "outbound",
    }
}

text_enum! {
    /// What sort of sender it is. Only a person's mail gets a draft.
    MailKind {
        /// Written by a person to us.
        Person = "person",
        /// Out-of-office and other automatic answers (RFC 3834).
        AutoReply = "auto_reply",
        /// Non-delivery report (RFC 3464 and its many look-alikes).
        Bounce = "bounce",
        /// Abuse or feedback report (RFC 5965).
        FeedbackReport = "feedback_report",
        /// A mailing list or newsletter (RFC 2369, RFC 2919).
        List = "list",
    }
}

text_enum! {
    /// How a mail found its conversation, best proof first.
    MatchedBy {
        /// `In-Reply-To` names a stored mail.
        InReplyTo = "in_reply_to",
        /// `References` names a stored mail.
        References = "references",
        /// Gmail's thread is one of the conversation's.
        Thread = "thread",
        /// Same normalised subject and same lead, within 90 days.
        Subject = "subject",
        /// Only the sender is known: the lead's newest open conversation. A guess.
        Sender = "sender",
        /// A person put it there.
        Manual = "manual",
    }
}

/// A file that came with a mail. Its bytes are not kept.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Attachment {
    /// File name, made safe; may be empty.
    pub name: String,
    /// Media type, such as `application/pdf`.
    pub content_type: String,
    /// Size once decoded, in bytes.
    pub bytes: u64,
}

/// Why a mail could not be delivered, as the report says.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct BounceReport {
    /// The address that failed, if the report names it.
    pub failed_address: Option<String>,
    /// Enhanced status code (RFC 3463), such as `5.1.1`.
    pub status: Option<String>,
    /// The diagnostic text, one line.
    pub reason: Option<String>,
    /// Whether the failure is for good (5.x.x) and not for now (4.x.x).
    pub permanent: bool,
    /// `Message-ID` of the mail that bounced, if it is quoted.
    pub original_message_id: Option<String>,
}

impl fmt::Display for BounceReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whom = self.failed_address.as_deref().unwrap_or("the recipient");
        let why = self.reason.as_deref().unwrap_or("no reason was given");
        write!(f, "not delivered to {whom}: {why}")
    }
}

/// A mail as it is kept: text only, sanitised, with how it was matched.
#[derive(Clone, PartialEq, Debug)]
pub struct Message {
    /// Row number.
    pub id: MessageId,
    /// The conversation it is in.
    pub conversation_id: ConversationId,
    /// Gmail's id; none for imported mail.
    pub gmail_id: Option<GmailId>,
    /// Everything else, as it was when stored.
    pub content: NewMessage,
    /// How it found its conversation; none for mail that opened it.
    pub matched_by: Option<MatchedBy>,
    /// Whether that match is proof rather than a guess.
    pub certain: bool,
}

/// What the mail layer and the adapter know of a mail before it is stored.
#[derive(Clone, PartialEq, Debug)]
pub struct NewMessage {
    /// Gmail's id; none for imported mail.
    pub gmail_id: Option<GmailId>,
    /// Gmail's thread id.
    pub gmail_thread_id: Option<GmailThreadId>,
    /// Who wrote it.
    pub direction: Direction,
    /// `Message-ID` without its brackets.
    pub message_id: Option<String>,
    /// `In-Reply-To` ids without brackets, in order.
    pub in_reply_to: Vec<String>,
    /// `References` ids without brackets, oldest first.
    pub references: Vec<String>,
    /// Author.
    pub from: Address,
    /// `To` recipients.
    pub to: Vec<Address>,
    /// `Cc` recipients.
    pub cc: Vec<Address>,
    /// `Reply-To`, where an answer goes if it is set.
    pub reply_to: Vec<Address>,
    /// Decoded subject.
    pub subject: String,
    /// The `Date` header, or else when it was received.
    pub sent_at: Timestamp,
    /// Gmail's internal date; orders the thread, as `Date` is the sender's word.
    pub received_at: Timestamp,
    /// Readable text of the whole mail.
    pub text: String,
    /// What the person newly wrote: without quotes and signature.
    pub reply: String,
    /// Person or machine.
    pub kind: MailKind,
    /// Files that came along.
    pub attachments: Vec<Attachment>,
    /// Set for bounces.
    pub bounce: Option<BounceReport>,
    /// What was odd or hidden in the mail, in words for a person.
    pub warnings: Vec<String>,
    /// The mark of one of our own deliveries (`X-Rejoinder-Id`), if it carries one.
    pub mark: Option<String>,
    /// Why nobody drafts an answer by itself, in words; none when somebody may.
    pub no_draft: Option<String>,
}
