//! What happened: every call with what came of it, and every mail that really left. It
//! is what tests count by, above all how often each marked mail left.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// How a call ended for the caller.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum End {
    /// Answered with this status, whole.
    Status(u16),
    /// Answered with this status, and the body was cut.
    Cut(u16),
    /// Answered with this status and a body that is not what it should be.
    Garbled(u16),
    /// The connection was closed without an answer.
    Dropped,
    /// No answer came at all.
    Hung,
}

/// One call of the API.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct CallEntry {
    /// Counts calls from 1.
    pub number: u64,
    /// When it was worked on.
    pub at: Timestamp,
    /// The method, such as `drafts.send`.
    pub method: String,
    /// The path with its query.
    pub path: String,
    /// Quota units it cost; 0 when it was turned away before it was counted.
    pub units: u32,
    /// Whether the work was done. A failed call whose work was done is the one that
    /// must not be repeated.
    pub work_done: bool,
    /// What the caller got.
    pub end: End,
    /// The fault that was put in its way, in words.
    pub fault: Option<String>,
}

/// A mail that left.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct SentEntry {
    /// Counts mails from 1.
    pub number: u64,
    /// When it left.
    pub at: Timestamp,
    /// `drafts.send`, `messages.send` or `by_hand`.
    pub by: String,
    /// Its id in `SENT`.
    pub id: String,
    /// Its thread.
    pub thread: String,
    /// The `Message-ID` it left with, without brackets.
    pub message_id: Option<String>,
    /// The product's mark, if it has one.
    pub mark: Option<String>,
    /// Everybody it went to.
    pub to: Vec<String>,
    /// Its subject.
    pub subject: String,
    /// Its readable text.
    pub text: String,
    /// The whole mail.
    #[serde(skip, default = "nothing")]
    pub raw: Arc<[u8]>,
}

fn nothing() -> Arc<[u8]> {
    Arc::from(&[][..])
}

/// All calls and all mails that left, in order.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Journal {
    /// Calls of the API and of OAuth.
    pub calls: Vec<CallEntry>,
    /// Mails that left.
    pub sent: Vec<SentEntry>,
}

impl Journal {
    /// How often each marked mail left.
    #[must_use]
    pub fn sends_by_mark(&self) -> BTreeMap<String, usize> {
        let mut counts = BTreeMap::new();
        for mark in self.sent.iter().filter_map(|sent| sent.mark.clone()) {
            *counts.entry(mark).or_insert(0) += 1;
        }
        counts
    }

    /// The marks of mails that left more than once.
    #[must_use]
    pub fn doubled(&self) -> Vec<String> {
        self.sends_by_mark()
            .into_iter()
            .filter(|(_, count)| *count > 1)
            .map(|(mark, _)| mark)
            .collect()
    }

    /// Quota units spent by all calls.
    #[must_use]
    pub fn units(&self) -> u64 {
        self.calls.iter().map(|call| u64::from(call.units)).sum()
    }

    /// Units and calls by method.
    #[must_use]
    pub fn units_by_method(&self) -> BTreeMap<String, (u64, u64)> {
        let mut sums = BTreeMap::new();
        for call in &self.calls {
            let (units, calls) = sums.entry(call.method.clone()).or_insert((0, 0));
            *units += u64::from(call.units);
            *calls += 1;
        }
        sums
    }
}
