//! How fresh the mailbox is, and what one poll did.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::message::MatchedBy;

/// Whether the mailbox is reachable and when it was last read.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
pub struct Freshness {
    /// When the last poll succeeded.
    pub synced_at: Option<Timestamp>,
    /// When the next one is due.
    pub next_at: Option<Timestamp>,
    /// A poll is under way.
    pub syncing: bool,
    /// Why the last poll failed; none when it succeeded.
    pub problem: Option<SyncProblem>,
    /// How far a first or full sync has come; none when there is none.
    pub progress: Option<SyncProgress>,
    /// Gmail's quota units used.
    pub units: UnitsUsed,
}

/// How far a first or full sync has come.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct SyncProgress {
    /// Mails looked at.
    pub done: u64,
    /// Mails to look at in all.
    pub total: u64,
    /// The person stopped it; it can be resumed.
    pub stopped: bool,
}

/// Gmail's quota units, as the polling process counts them.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize)]
pub struct UnitsUsed {
    /// By the last poll.
    pub last_poll: u64,
    /// In the minute before the last poll's end.
    pub last_minute: u64,
    /// By the polls of today (UTC).
    pub today: u64,
    /// What a minute may have.
    pub per_minute: u64,
}

/// Why the mailbox could not be read.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct SyncProblem {
    /// What sort of failure: decides what the person can do.
    pub cause: SyncCause,
    /// In words: what failed and what to do.
    pub message: String,
}

/// The sorts of failure that need different mends.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SyncCause {
    /// Nobody is signed in, or the sign-in was revoked.
    SignIn,
    /// Gmail cannot be reached; tried again by itself.
    Offline,
    /// Gmail asks for patience; tried again by itself.
    RateLimited,
    /// Gmail answers, but with errors of its own; tried again by itself.
    Trouble,
    /// Gmail says no, and waiting will not change it.
    Refused,
    /// This machine's clock is so wrong that nobody can be recognised by a certificate.
    Clock,
    /// Anything else.
    Other,
}

/// What one poll did; the data of `rejoinder sync --json`.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct SyncReport {
    /// Mails fetched whole.
    pub fetched: u64,
    /// Mails stored in a conversation, by how they were matched.
    pub matched: MatchCounts,
    /// Mails that belong to no conversation.
    pub unmatched: u64,
    /// Drafts made for them.
    pub drafts: u64,
    /// Replies that left.
    pub sent: u64,
    /// Gmail's quota units used.
    #[serde(default)]
    pub units: u64,
    /// How far a first or full sync has come; none when there is none.
    #[serde(default)]
    pub progress: Option<SyncProgress>,
    /// More came than one poll may fetch; the rest comes with the next.
    #[serde(default)]
    pub more: bool,
}

impl SyncReport {
    /// Adds what the next poll did.
    pub fn then(&mut self, next: Self) {
        self.fetched += next.fetched;
        self.matched.add(&next.matched);
        self.unmatched += next.unmatched;
        self.drafts += next.drafts;
        self.sent += next.sent;
        self.units += next.units;
        self.progress = next.progress;
        self.more = next.more;
    }
}

/// Mails by the way they found their conversation.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct MatchCounts {
    /// `In-Reply-To`.
    pub in_reply_to: u64,
    /// `References`.
    pub references: u64,
    /// Gmail's thread.
    pub thread: u64,
    /// Subject and lead.
    pub subject: u64,
    /// Sender only.
    pub sender: u64,
}

impl MatchCounts {
    /// One more.
    pub fn count(&mut self, by: MatchedBy) {
        match by {
            MatchedBy::InReplyTo => self.in_reply_to += 1,
            MatchedBy::References => self.references += 1,
            MatchedBy::Thread => self.thread += 1,
            MatchedBy::Subject => self.subject += 1,
            MatchedBy::Sender => self.sender += 1,
            MatchedBy::Manual => {}
        }
    }

    /// As many more of each.
    pub const fn add(&mut self, more: &Self) {
        self.in_reply_to += more.in_reply_to;
        self.references += more.references;
        self.thread += more.thread;
        self.subject += more.subject;
        self.sender += more.sender;
    }

    /// All of them.
    #[must_use]
    pub const fn total(&self) -> u64 {
        self.in_reply_to + self.references + self.thread + self.subject + self.sender
    }
}
