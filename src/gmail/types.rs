//! What Gmail's answers mean to us: no field of Google's crates goes further up.

use jiff::Timestamp;

use crate::domain::{GmailDraftId, GmailId, GmailThreadId, HistoryId};

/// The mailbox (`users.getProfile`).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Profile {
    /// The account's address.
    pub email: String,
    /// Where its history stands now.
    pub history_id: HistoryId,
    /// Mails in the mailbox.
    pub messages_total: u64,
}

/// A mail as listings name it.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct MessageRef {
    /// Its id.
    pub id: GmailId,
    /// Its thread; empty if Gmail left it out.
    pub thread_id: GmailThreadId,
}

/// A mail as history names it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MessageStub {
    /// Its id.
    pub id: GmailId,
    /// Its thread; empty if Gmail left it out.
    pub thread_id: GmailThreadId,
    /// Its labels at the time of the record.
    pub label_ids: Vec<String>,
}

/// Labels put on a mail or taken off.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LabelChange {
    /// The mail, with its labels after the change.
    pub message: MessageStub,
    /// The labels that were put on or taken off.
    pub label_ids: Vec<String>,
}

/// One change of the mailbox (`users.history`).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct HistoryRecord {
    /// Where it stands in the history.
    pub id: HistoryId,
    /// Mails that came, drafts and sent mail included.
    pub added: Vec<MessageStub>,
    /// Mails deleted for good.
    pub deleted: Vec<MessageStub>,
    /// Labels put on.
    pub labels_added: Vec<LabelChange>,
    /// Labels taken off.
    pub labels_removed: Vec<LabelChange>,
}

/// A page of history, oldest change first.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct HistoryPage {
    /// The changes.
    pub records: Vec<HistoryRecord>,
    /// Ask again with the same start and this, until there is none.
    pub next_page: Option<String>,
    /// The cursor to keep once the last page has been applied.
    pub history_id: HistoryId,
    /// Entries that made no sense and were passed over.
    pub skipped: u32,
}

/// What to list (`users.messages.list`).
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Listing {
    /// Only mails that have all of these labels.
    pub label_ids: Vec<String>,
    /// Gmail's search words; the index behind it lags by minutes.
    pub query: Option<String>,
    /// The page to go on with.
    pub page: Option<String>,
    /// Ids in a page, 500 at most; Gmail's own measure (100) when 0.
    pub max: u32,
}

/// A page of mail ids, newest first.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MessagePage {
    /// The mails.
    pub messages: Vec<MessageRef>,
    /// The page to go on with.
    pub next_page: Option<String>,
    /// How many there are in all, roughly.
    pub estimate: Option<u64>,
    /// Entries that made no sense and were passed over.
    pub skipped: u32,
}

/// A whole mail.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RawMessage {
    /// Its id.
    pub id: GmailId,
    /// Its thread.
    pub thread_id: GmailThreadId,
    /// Its labels.
    pub label_ids: Vec<String>,
    /// When Gmail took it.
    pub internal_date: Timestamp,
    /// The mail as it was on the wire (RFC 5322).
    pub raw: Vec<u8>,
    /// Gmail's estimate of its size in bytes.
    pub size: u64,
}

/// A mail's headers only.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MessageHeaders {
    /// Its id.
    pub id: GmailId,
    /// Its thread.
    pub thread_id: GmailThreadId,
    /// Its labels.
    pub label_ids: Vec<String>,
    /// When Gmail took it.
    pub internal_date: Timestamp,
    /// Names and values in order, as Gmail spells them.
    pub headers: Vec<(String, String)>,
    /// The first words, as Gmail cuts them (HTML entities included).
    pub snippet: String,
}

impl MessageHeaders {
    /// The first header of that name, in any case of letters.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }
}

/// A draft and the mail in it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DraftRef {
    /// Stays while the draft is edited, is gone once it is sent.
    pub draft_id: GmailDraftId,
    /// Changes each time somebody edits the draft.
    pub message_id: GmailId,
    /// Its thread.
    pub thread_id: GmailThreadId,
}

/// A draft with its mail's headers.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Draft {
    /// Which draft, with which mail in it.
    pub reference: DraftRef,
    /// Names and values in order.
    pub headers: Vec<(String, String)>,
}

impl Draft {
    /// The first header of that name, in any case of letters.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }
}

/// A draft as it is at one moment: which mail is in it, and that mail.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RawDraft {
    /// Which draft, with which mail in it.
    pub reference: DraftRef,
    /// The mail as it would be on the wire (RFC 5322).
    pub raw: Vec<u8>,
}

/// A page of drafts.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DraftPage {
    /// The drafts.
    pub drafts: Vec<DraftRef>,
    /// The page to go on with.
    pub next_page: Option<String>,
    /// Entries that made no sense and were passed over.
    pub skipped: u32,
}

/// A mail that left.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SentRef {
    /// The sent mail's id.
    pub id: GmailId,
    /// Its thread.
    pub thread_id: GmailThreadId,
}

/// An address the account may write from (`settings.sendAs`).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Alias {
    /// The address.
    pub address: String,
    /// The name shown with it; may be empty.
    pub name: String,
    /// What Gmail writes from when nothing is said.
    pub is_default: bool,
    /// The account's own address.
    pub is_primary: bool,
}

/// A label of the mailbox.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Label {
    /// Its id, such as `INBOX` or `Label_3`.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Made by Gmail and not by the person.
    pub is_system: bool,
}
