//! The handle on a running simulation: delivers mail, does by hand what a person does in
//! Gmail's own page, sets faults, and gives the journal.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tokio::sync::watch;

use super::faults::FaultRule;
use super::journal::{Journal, SentEntry};
use super::mailbox::{Mailbox, Outgoing, SendQuirks, Stored};
use super::oauth::{Consent, Tokens};
use super::quota::Limits;
use super::search::Lag;
use super::wire::ApiError;
use super::{Shared, State};
use crate::demo::letter::Letter;

/// Mail that arrives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Incoming {
    /// The whole mail.
    pub raw: Vec<u8>,
    /// The labels it arrives with.
    pub labels: Vec<String>,
    /// Gmail's date of it; the time of arrival when not given.
    pub dated: Option<Timestamp>,
}

impl Incoming {
    /// Into the inbox, unread.
    #[must_use]
    pub fn new(raw: Vec<u8>) -> Self {
        Self::labelled(raw, &["INBOX", "UNREAD"])
    }

    /// With these labels: none for mail that a filter archives as read, `SPAM` for spam.
    #[must_use]
    pub fn labelled(raw: Vec<u8>, labels: &[&str]) -> Self {
        Self {
            raw,
            labels: labels.iter().map(|label| (*label).to_owned()).collect(),
            dated: None,
        }
    }
}

impl From<&Letter> for Incoming {
    fn from(letter: &Letter) -> Self {
        Self::new(letter.build())
    }
}

/// Puts mail into a mailbox.
pub(super) fn deliver(mailbox: &mut Mailbox, mail: &Incoming, now: Timestamp) -> String {
    let labels: Vec<&str> = mail.labels.iter().map(String::as_str).collect();
    mailbox.place(&mail.raw, &labels, mail.dated.unwrap_or(now), now)
}

/// A message as a test looks at it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredMail {
    /// Gmail's id.
    pub id: String,
    /// The thread.
    pub thread: String,
    /// Label ids, sorted.
    pub labels: Vec<String>,
    /// `Message-ID` without brackets.
    pub message_id: Option<String>,
    /// The author's address.
    pub from: String,
    /// The subject.
    pub subject: String,
    /// The product's mark.
    pub mark: Option<String>,
    /// Gmail's date.
    pub dated: Timestamp,
    /// The draft it belongs to.
    pub draft: Option<String>,
}

impl StoredMail {
    fn of(stored: &Stored, draft: Option<&str>) -> Self {
        Self {
            id: stored.id.clone(),
            thread: stored.thread.clone(),
            labels: stored.labels.iter().cloned().collect(),
            message_id: stored.head.message_id.clone(),
            from: stored.head.from.address.clone(),
            subject: stored.head.subject.clone(),
            mark: stored.head.mark.clone(),
            dated: Timestamp::from_millisecond(stored.key.millis).unwrap_or_default(),
            draft: draft.map(ToOwned::to_owned),
        }
    }

    /// Whether it has that label.
    #[must_use]
    pub fn has(&self, label: &str) -> bool {
        self.labels.iter().any(|one| one == label)
    }
}

/// What was asked for by hand is not there or not possible.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the simulated mailbox says {code}: {message}")]
pub struct NotPossible {
    /// The status that the API would have answered with.
    pub code: u16,
    /// Its message.
    pub message: String,
}

impl From<ApiError> for NotPossible {
    fn from(error: ApiError) -> Self {
        Self {
            code: error.code,
            message: error.message,
        }
    }
}

/// The handle; cheap to clone, and usable from any thread.
#[derive(Clone)]
pub struct Control {
    shared: Arc<Shared>,
    offline: watch::Sender<bool>,
}

impl Control {
    pub(super) const fn new(shared: Arc<Shared>, offline: watch::Sender<bool>) -> Self {
        Self { shared, offline }
    }

    fn change<T>(&self, change: impl FnOnce(&mut State, Timestamp) -> T) -> T {
        let now = self.shared.clock.now();
        let done = change(&mut self.shared.lock(), now);
        self.shared.changed.notify_waiters();
        done
    }

    /// The simulation's time.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.shared.clock.now()
    }

    /// Moves a manual clock and lets arrive what is due by then.
    pub fn advance(&self, by: Duration) {
        self.shared.clock.advance(by);
        self.change(State::let_arrive);
    }

    /// See [`super::Sim::client_file`].
    #[must_use]
    pub fn client_file(&self) -> serde_json::Value {
        let base = self.shared.base();
        self.shared.lock().oauth.client_file(&base)
    }

    /// Tokens as after a sign-in, for tests that are not about signing in.
    #[must_use]
    pub fn sign_in(&self) -> Tokens {
        self.change(|state, now| state.oauth.sign_in(now))
    }

    /// What the person at the consent page does from now on.
    pub fn set_consent(&self, consent: Consent) {
        self.change(|state, _| state.oauth.consent = consent);
    }

    /// The user takes the access away: 401, and `invalid_grant` on refresh.
    pub fn revoke_access(&self) {
        self.change(|state, _| state.oauth.revoke_all());
    }

    /// Every access token is too old: 401 until refreshed.
    pub fn expire_access_tokens(&self) {
        self.change(|state, _| state.oauth.expire_access());
    }

    /// Mail arrives; gives its id.
    #[must_use]
    pub fn deliver(&self, mail: impl Into<Incoming>) -> String {
        let mail = mail.into();
        self.change(|state, now| deliver(&mut state.mailbox, &mail, now))
    }

    /// Much mail arrives at once, under one lock; gives the ids in order.
    pub fn deliver_all(&self, mails: impl IntoIterator<Item = Incoming>) -> Vec<String> {
        self.change(|state, now| {
            mails
                .into_iter()
                .map(|mail| deliver(&mut state.mailbox, &mail, now))
                .collect()
        })
    }

    /// Every message, newest first.
    #[must_use]
    pub fn messages(&self) -> Vec<StoredMail> {
        let state = self.shared.lock();
        let drafts = state.mailbox.drafts();
        let draft = |mail: &Stored| {
            let of = drafts.iter().find(|(_, message)| message.id == mail.id);
            of.map(|(id, _)| (*id).to_owned())
        };
        state
            .mailbox
            .newest_first()
            .map(|mail| StoredMail::of(mail, draft(mail).as_deref()))
            .collect()
    }

    /// A message by its id.
    #[must_use]
    pub fn message(&self, id: &str) -> Option<StoredMail> {
        let state = self.shared.lock();
        state.mailbox.get(id).map(|mail| StoredMail::of(mail, None))
    }

    /// The bytes of a message.
    #[must_use]
    pub fn raw(&self, id: &str) -> Option<Vec<u8>> {
        let state = self.shared.lock();
        state.mailbox.get(id).map(|mail| mail.raw.to_vec())
    }

    /// Every draft, newest first, with [`StoredMail::draft`] set.
    #[must_use]
    pub fn drafts(&self) -> Vec<StoredMail> {
        let state = self.shared.lock();
        let drafts = state.mailbox.drafts();
        let look = |(id, mail): (&str, &Stored)| StoredMail::of(mail, Some(id));
        drafts.into_iter().map(look).collect()
    }

    /// Somebody changes labels in Gmail: archives with `&[]` and `&["INBOX"]`.
    ///
    /// # Errors
    /// When the message or a label is not there.
    pub fn relabel(&self, id: &str, add: &[&str], remove: &[&str]) -> Result<(), NotPossible> {
        let owned = |labels: &[&str]| -> Vec<String> {
            labels.iter().map(|label| (*label).to_owned()).collect()
        };
        let (add, remove) = (owned(add), owned(remove));
        Ok(self.change(|state, _| state.mailbox.relabel(id, &add, &remove))?)
    }

    /// Somebody moves a message to the trash.
    ///
    /// # Errors
    /// When it is not there.
    pub fn trash(&self, id: &str) -> Result<(), NotPossible> {
        Ok(self.change(|state, _| state.mailbox.trash(id, true))?)
    }

    /// Somebody deletes a message for good.
    ///
    /// # Errors
    /// When it is not there.
    pub fn delete(&self, id: &str) -> Result<(), NotPossible> {
        self.change(|state, _| state.mailbox.delete(id))?;
        Ok(())
    }

    /// Somebody edits a draft in Gmail: its message is another one after that.
    ///
    /// # Errors
    /// When it is not there.
    pub fn edit_draft(&self, draft: &str, raw: &[u8]) -> Result<(), NotPossible> {
        let mail = Outgoing { raw, thread: None };
        Ok(self.change(|state, now| state.mailbox.update_draft(draft, mail, now))?)
    }

    /// Somebody throws a draft away in Gmail.
    ///
    /// # Errors
    /// When it is not there.
    pub fn delete_draft(&self, draft: &str) -> Result<(), NotPossible> {
        Ok(self.change(|state, _| state.mailbox.delete_draft(draft))?)
    }

    /// Somebody sends a draft in Gmail.
    ///
    /// # Errors
    /// When it is not there or has no recipient.
    pub fn send_draft(&self, draft: &str) -> Result<(), NotPossible> {
        self.change(|state, now| {
            let posted = state.mailbox.send_draft(draft, state.quirks, now)?;
            state.left(&posted, "by_hand", now);
            Ok(())
        })
    }

    /// Somebody writes a mail in Gmail, in a thread or not; gives the message's id.
    ///
    /// # Errors
    /// When it has no recipient or the thread is not there.
    pub fn send_by_hand(&self, raw: &[u8], thread: Option<&str>) -> Result<String, NotPossible> {
        self.change(|state, now| {
            let mail = Outgoing { raw, thread };
            let posted = state.mailbox.send(mail, SendQuirks::default(), now)?;
            state.left(&posted, "by_hand", now);
            Ok(posted.id)
        })
    }

    /// From now on this goes wrong, too.
    pub fn fault(&self, rule: FaultRule) {
        self.change(|state, _| state.faults.add(rule));
    }

    /// Nothing goes wrong any more.
    pub fn clear_faults(&self) {
        self.change(|state, _| state.faults.clear());
    }

    /// Nobody can connect any more, or everybody can again. Takes effect soon.
    pub fn set_offline(&self, offline: bool) {
        self.offline.send_replace(offline);
    }

    /// Every start id given out until now is too old.
    pub fn expire_history(&self) {
        self.change(|state, _| state.mailbox.expire_history());
    }

    /// The newest history id.
    #[must_use]
    pub fn history_id(&self) -> u64 {
        self.shared.lock().mailbox.last_history()
    }

    /// Other limits from now on.
    pub fn set_limits(&self, limits: Limits) {
        self.change(|state, _| state.quota.limits = limits);
    }

    /// Another lag from now on.
    pub fn set_lag(&self, lag: Lag) {
        self.change(|state, _| state.lag = lag);
    }

    /// Other quirks from now on.
    pub fn set_quirks(&self, quirks: SendQuirks) {
        self.change(|state, _| state.quirks = quirks);
    }

    /// `drafts.send` calls that have arrived and wait for the end of a
    /// [`Fault::Delay`](super::Fault::Delay).
    #[must_use]
    pub fn sends_held_up(&self) -> usize {
        self.shared.sends_held_up.load(Ordering::Relaxed)
    }

    /// Everything that happened, copied.
    #[must_use]
    pub fn journal(&self) -> Journal {
        self.shared.lock().journal.clone()
    }

    /// Looks at the journal without copying it. Must not call the handle.
    pub fn look<T>(&self, look: impl FnOnce(&Journal) -> T) -> T {
        look(&self.shared.lock().journal)
    }

    /// The mails that left.
    #[must_use]
    pub fn sent(&self) -> Vec<SentEntry> {
        self.look(|journal| journal.sent.clone())
    }

    /// Units used in the minute before now.
    #[must_use]
    pub fn units_in_last_minute(&self) -> u32 {
        self.change(|state, now| state.quota.used(now))
    }

    /// Forgets the journal.
    pub fn forget_journal(&self) {
        self.change(|state, _| state.journal = Journal::default());
    }

    /// Waits until there are at least so many messages. As [`Control::until`].
    pub async fn until_messages(&self, count: usize) {
        loop {
            let changed = self.shared.changed.notified();
            if self.shared.lock().mailbox.size().0 >= count {
                return;
            }
            changed.await;
        }
    }

    /// Waits until the journal is as wished. Tests put their own time limit around it.
    pub async fn until(&self, mut wished: impl FnMut(&Journal) -> bool) {
        loop {
            let changed = self.shared.changed.notified();
            if self.look(&mut wished) {
                return;
            }
            changed.await;
        }
    }
}
