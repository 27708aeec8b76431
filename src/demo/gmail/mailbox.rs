//! The mailbox behind the API: messages, threads, labels, drafts and the history of
//! their changes. Pure state: no HTTP, no faults, no quota; time is given.
//!
//! Semantics: <https://developers.google.com/workspace/gmail/api/guides> (labels,
//! threads, drafts, sync). Incoming mail joins a thread when it refers to a mail in it
//! **and** has its subject; Gmail does not thread by subject alone.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use jiff::Timestamp;
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};

use super::mime::{self, Head};
use super::wire::ApiError;
use crate::domain::Address;
use crate::domain::subject::normalise_subject;

mod history;
mod outgoing;

pub use history::{Change, Kind, Record};
pub use outgoing::{Outgoing, Posted, SendQuirks};

/// Where a message stands in the mailbox: by date (milliseconds), then by arrival.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Key {
    /// `internalDate`.
    pub millis: i64,
    /// Counts arrivals.
    pub order: u64,
}

/// A message as kept.
#[derive(Clone, Debug)]
pub struct Stored {
    /// Gmail's id.
    pub id: String,
    /// The thread's id.
    pub thread: String,
    /// Label ids.
    pub labels: BTreeSet<String>,
    /// The whole mail.
    pub raw: Arc<[u8]>,
    /// What the simulation reads of it.
    pub head: Arc<Head>,
    /// The history record that last changed it.
    pub history: u64,
    /// Where it stands.
    pub key: Key,
    /// When it came into the mailbox (not its date).
    pub arrived: Timestamp,
    /// How many searches had been made by then.
    pub searches_before: u64,
}

impl Stored {
    /// Whether it has that label.
    #[must_use]
    pub fn has(&self, label: &str) -> bool {
        self.labels.contains(label)
    }
}

/// A label of the user's own.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct UserLabel {
    /// `Label_1`.
    pub id: String,
    /// As shown.
    pub name: String,
}

/// Labels that every mailbox has.
pub const SYSTEM_LABELS: &[&str] = &[
    "CHAT",
    "SENT",
    "INBOX",
    "IMPORTANT",
    "TRASH",
    "DRAFT",
    "SPAM",
    "CATEGORY_FORUMS",
    "CATEGORY_UPDATES",
    "CATEGORY_PERSONAL",
    "CATEGORY_PROMOTIONS",
    "CATEGORY_SOCIAL",
    "STARRED",
    "UNREAD",
];

/// Labels that only Gmail itself sets.
const FIXED_LABELS: &[&str] = &["CHAT", "SENT", "DRAFT"];

/// One user's mail.
#[derive(Debug)]
pub struct Mailbox {
    owner: Address,
    aliases: Vec<Address>,
    messages: BTreeMap<Key, Stored>,
    keys: HashMap<String, Key>,
    threads: HashMap<String, BTreeSet<Key>>,
    by_message_id: HashMap<String, Key>,
    /// Draft id to the id of its message.
    drafts: BTreeMap<String, String>,
    labels: Vec<UserLabel>,
    history: Vec<Record>,
    last_history: u64,
    oldest_history: u64,
    arrivals: u64,
    /// Searches made so far, for the index that lags by a number of them.
    pub searches: u64,
    rng: StdRng,
}

impl Mailbox {
    /// An empty mailbox; ids follow from the seed.
    #[must_use]
    pub fn new(owner: Address, aliases: Vec<Address>, seed: u64) -> Self {
        Self {
            owner,
            aliases,
            messages: BTreeMap::new(),
            keys: HashMap::new(),
            threads: HashMap::new(),
            by_message_id: HashMap::new(),
            drafts: BTreeMap::new(),
            labels: Vec::new(),
            history: Vec::new(),
            last_history: 1_000,
            oldest_history: 0,
            arrivals: 0,
            searches: 0,
            rng: StdRng::seed_from_u64(seed ^ 0x6d61_696c),
        }
    }

    /// The account's own address.
    #[must_use]
    pub const fn owner(&self) -> &Address {
        &self.owner
    }

    /// The other addresses it may send as.
    #[must_use]
    pub fn aliases(&self) -> &[Address] {
        &self.aliases
    }

    /// Whether the address is the account's own or an alias.
    #[must_use]
    pub fn is_own(&self, address: &Address) -> bool {
        std::iter::once(&self.owner)
            .chain(&self.aliases)
            .any(|own| own.key() == address.key())
    }

    /// A message by its id.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&Stored> {
        self.messages.get(self.keys.get(id)?)
    }

    fn get_mut(&mut self, id: &str) -> Option<&mut Stored> {
        self.messages.get_mut(self.keys.get(id)?)
    }

    /// Every message, newest first.
    pub fn newest_first(&self) -> impl Iterator<Item = &Stored> {
        self.messages.values().rev()
    }

    /// Messages older than `key`, newest first.
    pub fn older_than(&self, key: Key) -> impl Iterator<Item = &Stored> {
        self.messages.range(..key).rev().map(|(_, stored)| stored)
    }

    /// How many messages and threads there are.
    #[must_use]
    pub fn size(&self) -> (usize, usize) {
        (self.messages.len(), self.threads.len())
    }

    /// The messages of a thread, oldest first; empty when there is no such thread.
    #[must_use]
    pub fn thread(&self, id: &str) -> Vec<&Stored> {
        self.threads
            .get(id)
            .into_iter()
            .flatten()
            .filter_map(|key| self.messages.get(key))
            .collect()
    }

    /// The user's own labels.
    #[must_use]
    pub fn user_labels(&self) -> &[UserLabel] {
        &self.labels
    }

    /// A new label of the user's.
    ///
    /// # Errors
    /// 409 when there is one of that name.
    pub fn create_label(&mut self, name: &str) -> Result<UserLabel, ApiError> {
        let taken = |label: &UserLabel| label.name.eq_ignore_ascii_case(name);
        if self.labels.iter().any(taken) || SYSTEM_LABELS.contains(&name) {
            return Err(ApiError::new(
                409,
                "aborted",
                "Label name exists or conflicts",
            ));
        }
        let label = UserLabel {
            id: format!("Label_{}", self.labels.len() + 1),
            name: name.to_owned(),
        };
        self.labels.push(label.clone());
        Ok(label)
    }

    /// Whether a label of that id exists.
    #[must_use]
    pub fn knows_label(&self, id: &str) -> bool {
        SYSTEM_LABELS.contains(&id) || self.labels.iter().any(|label| label.id == id)
    }

    /// Mail from outside, delivered at `at` with these labels (`INBOX` and `UNREAD`
    /// for most of it). Gives its id.
    pub fn deliver(&mut self, raw: &[u8], labels: &[&str], at: Timestamp) -> String {
        let head = mime::read(raw);
        let thread = self.thread_of(&head);
        self.add(raw, head, thread, labels, at, at)
    }

    /// Puts a mail there as if it had been there since `dated` (a past conversation).
    pub fn place(
        &mut self,
        raw: &[u8],
        labels: &[&str],
        dated: Timestamp,
        now: Timestamp,
    ) -> String {
        let head = mime::read(raw);
        let thread = self.thread_of(&head);
        self.add(raw, head, thread, labels, dated, now)
    }

    /// The thread of a mail it refers to, if it has that mail's subject. The reports of
    /// Gmail's own mailer stand in the thread of the mail that failed.
    fn thread_of(&self, head: &Head) -> Option<String> {
        let subject = normalise_subject(&head.subject);
        let report = head.from.key().starts_with("mailer-daemon@");
        head.refers_to
            .iter()
            .filter_map(|id| self.messages.get(self.by_message_id.get(id)?))
            .find(|found| report || normalise_subject(&found.head.subject) == subject)
            .map(|found| found.thread.clone())
    }

    fn add(
        &mut self,
        raw: &[u8],
        head: Head,
        thread: Option<String>,
        labels: &[&str],
        dated: Timestamp,
        arrived: Timestamp,
    ) -> String {
        self.arrivals += 1;
        let key = Key {
            millis: dated.as_millisecond(),
            order: self.arrivals,
        };
        let id = self.new_id(key.millis);
        let thread = thread.unwrap_or_else(|| id.clone());
        let labels: BTreeSet<String> = labels.iter().map(|label| (*label).to_owned()).collect();
        if let Some(message_id) = &head.message_id {
            // A draft never takes the place of the mail that others refer to.
            if !labels.contains("DRAFT") {
                self.by_message_id.insert(message_id.clone(), key);
            }
        }
        self.threads.entry(thread.clone()).or_default().insert(key);
        self.keys.insert(id.clone(), key);
        let stored = Stored {
            id: id.clone(),
            thread,
            labels,
            raw: raw.into(),
            head: Arc::new(head),
            history: 0,
            key,
            arrived,
            searches_before: self.searches,
        };
        self.messages.insert(key, stored);
        self.record(&id, Change::Added);
        id
    }

    /// Ids look as Gmail's do: sixteen hex digits that grow with time.
    fn new_id(&mut self, millis: i64) -> String {
        loop {
            let random: i64 = self.rng.random_range(0..1 << 20);
            let id = format!("{:016x}", (millis << 20) | random);
            if !self.keys.contains_key(&id) {
                return id;
            }
        }
    }

    /// Adds and removes labels of one message. What changes nothing leaves no history.
    ///
    /// # Errors
    /// 404 for a message that is not there, 400 for a label that is not there or that
    /// only Gmail sets.
    pub fn relabel(&mut self, id: &str, add: &[String], remove: &[String]) -> Result<(), ApiError> {
        for label in add.iter().chain(remove) {
            if !self.knows_label(label) || FIXED_LABELS.contains(&label.as_str()) {
                return Err(ApiError::invalid(&format!("Invalid label: {label}")));
            }
        }
        self.set_labels(id, add, remove)
    }

    fn set_labels(&mut self, id: &str, add: &[String], remove: &[String]) -> Result<(), ApiError> {
        let stored = self.get_mut(id).ok_or_else(ApiError::not_found)?;
        let added: Vec<String> = add
            .iter()
            .filter(|label| stored.labels.insert((*label).clone()))
            .cloned()
            .collect();
        let removed: Vec<String> = remove
            .iter()
            .filter(|label| stored.labels.remove(*label))
            .cloned()
            .collect();
        if !added.is_empty() {
            self.record(id, Change::LabelsAdded(added));
        }
        if !removed.is_empty() {
            self.record(id, Change::LabelsRemoved(removed));
        }
        Ok(())
    }

    /// Moves a message to the trash, or back out of it (not to the inbox).
    ///
    /// # Errors
    /// 404.
    pub fn trash(&mut self, id: &str, trashed: bool) -> Result<(), ApiError> {
        let (trash, inbox) = ("TRASH".to_owned(), "INBOX".to_owned());
        if trashed {
            self.set_labels(id, &[trash], &[inbox])
        } else {
            self.set_labels(id, &[], &[trash])
        }
    }

    /// Deletes a message for good.
    ///
    /// # Errors
    /// 404.
    pub fn delete(&mut self, id: &str) -> Result<Stored, ApiError> {
        let key = self.keys.get(id).copied().ok_or_else(ApiError::not_found)?;
        self.record(id, Change::Deleted);
        let stored = self.messages.remove(&key).ok_or_else(ApiError::not_found)?;
        self.keys.remove(id);
        if let Some(thread) = self.threads.get_mut(&stored.thread) {
            thread.remove(&key);
            if thread.is_empty() {
                self.threads.remove(&stored.thread);
            }
        }
        if let Some(message_id) = &stored.head.message_id
            && self.by_message_id.get(message_id) == Some(&key)
        {
            self.by_message_id.remove(message_id);
        }
        self.drafts.retain(|_, message| message != id);
        Ok(stored)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::clock::Clock;

    fn mail(id: &str, subject: &str, refers: &str) -> Vec<u8> {
        format!("From: a@example.org\r\nTo: sam@example.com\r\nMessage-ID: <{id}>\r\nSubject: {subject}\r\nReferences: {refers}\r\n\r\nhi").into_bytes()
    }

    fn mailbox() -> Mailbox {
        Mailbox::new(Address::bare("sam@example.com"), Vec::new(), 1)
    }

    #[test]
    fn mail_joins_a_thread_by_reference_and_subject_together_only() {
        let now = Clock::fixed().now();
        let mut mailbox = mailbox();
        let mut thread = |raw: &[u8]| {
            let id = mailbox.deliver(raw, &["INBOX"], now);
            mailbox.get(&id).unwrap().thread.clone()
        };
        let first = thread(&mail("1@x", "Website", ""));
        assert_eq!(thread(&mail("2@x", "AW: Website", "<1@x>")), first);
        assert_ne!(thread(&mail("3@x", "Other", "<1@x>")), first);
        assert_ne!(thread(&mail("4@x", "Re: Website", "")), first);
    }

    #[test]
    fn labels_that_only_gmail_sets_are_refused() {
        let now = Clock::fixed().now();
        let mut mailbox = mailbox();
        let id = mailbox.deliver(&mail("1@x", "A", ""), &["INBOX", "UNREAD"], now);
        for label in ["SENT", "DRAFT", "Label_9"] {
            let refused = mailbox.relabel(&id, &[label.to_owned()], &[]).unwrap_err();
            assert_eq!(refused.code, 400, "{label}");
        }
        mailbox.relabel(&id, &[], &["UNREAD".to_owned()]).unwrap();
        assert!(!mailbox.get(&id).unwrap().has("UNREAD"));
    }

    #[test]
    fn the_same_seed_gives_the_same_ids() {
        let now = Clock::fixed().now();
        let ids = || {
            let mut mailbox = mailbox();
            (0..3)
                .map(|n| mailbox.deliver(&mail(&format!("{n}@x"), "A", ""), &["INBOX"], now))
                .collect::<Vec<_>>()
        };
        assert_eq!(ids(), ids());
    }
}
