//! Mails by the batch: fetched some at a time, stored in one transaction with all that
//! follows from them. While one batch is stored the next one is fetched.

use std::collections::BTreeSet;

use futures_util::future::join;
use futures_util::{StreamExt as _, stream};
use jiff::{SignedDuration, Timestamp};

use super::Poll;
use super::history::{Change, apply_change};
use crate::domain::{ConversationId, GmailId, HistoryId};
use crate::gmail::{GmailError, GmailErrorKind, RawMessage};
use crate::mail::parse;
use crate::service::ServiceError;
use crate::service::ingest::{self, Arrived, Intake, Taken};
use crate::store::{Store, StoreError, Write};

/// Mails stored in one transaction.
pub(super) const BATCH: usize = 20;
/// Mails fetched at the same time.
const AT_ONCE: usize = 6;
/// Mails of a batch that Gmail may fail at before it is Gmail that has failed.
pub(super) const ODD_ONES: usize = 2;
/// Minutes until a mail that could not be read is asked for again; once a day in the end.
const AGAIN: [i64; 9] = [0, 1, 5, 15, 60, 180, 360, 720, DAILY];
const DAILY: i64 = 1_440;

/// What became of asking for a mail.
enum Fetched {
    Mail(Arrived),
    /// Deleted meanwhile, which is normal.
    Gone,
    /// There, but it cannot be read; with the reason.
    Unreadable(String),
}

type Batch = Vec<(GmailId, Fetched)>;

/// How mails are taken in.
#[derive(Clone, Copy, Default)]
pub(super) struct How {
    /// They come in the order of their arrival.
    pub live: bool,
    /// What is older is not wanted.
    pub floor: Option<Timestamp>,
    /// It is the backlog, which the person may stop.
    pub backlog: bool,
}

/// What is committed together with the last mails.
#[derive(Clone, Default)]
pub(super) struct Commit {
    /// Where the history is read from next time.
    pub cursor: Option<HistoryId>,
    /// What happened to mails that are here.
    pub changes: Vec<Change>,
}

/// What a transaction did.
struct Stored {
    taken: Vec<Taken>,
    touched: BTreeSet<ConversationId>,
    stopped: bool,
}

impl Poll<'_> {
    /// Fetches mails and stores them; `commit` goes with the last of them. What was
    /// fetched before a failure is kept. True when the person stopped it.
    pub(super) async fn take_in(
        &mut self,
        ids: &[GmailId],
        how: How,
        commit: Option<Commit>,
    ) -> Result<bool, ServiceError> {
        let mut commit = commit;
        let mut chunks = ids.chunks(BATCH);
        let first = chunks.next().unwrap_or_default();
        let (mut batch, mut failure) = self.fetch_all(first).await;
        loop {
            let upcoming = chunks.next().filter(|_| failure.is_none());
            let last = upcoming.is_none() && failure.is_none();
            let end = if last { commit.take() } else { None };
            self.left = self.left.saturating_sub(batch.len());
            let fetched = batch.iter().filter(|(_, f)| matches!(f, Fetched::Mail(_)));
            self.report.fetched += u64::try_from(fetched.count()).unwrap_or(0);
            let intake = Intake {
                live: how.live,
                ..self.intake.clone()
            };
            let storing = store(
                self.services.store(),
                self.account.clone(),
                batch,
                intake,
                how.floor,
                end,
            );
            let (stored, next) = match upcoming {
                Some(ids) => {
                    let (stored, next) = join(storing, self.fetch_all(ids)).await;
                    (stored?, Some(next))
                }
                None => (storing.await?, None),
            };
            for taken in &stored.taken {
                self.count(taken);
            }
            self.touched.extend(stored.touched);
            self.tell();
            if how.backlog {
                self.services.post(crate::domain::Notice::SyncChanged);
            }
            if let Some(error) = failure {
                return Err(error.into());
            }
            if how.backlog && stored.stopped {
                return Ok(true);
            }
            match next {
                Some(next) => (batch, failure) = next,
                None => return Ok(false),
            }
        }
    }

    /// Fetches mails until one fails for a reason that concerns all of them.
    async fn fetch_all(&self, ids: &[GmailId]) -> (Batch, Option<GmailError>) {
        let mut answers = stream::iter(ids.to_vec())
            .map(|id| async move {
                let answer = self.gmail.message_raw(&id).await;
                (id, answer)
            })
            .buffered(AT_ONCE);
        let mut batch = Vec::with_capacity(ids.len());
        let mut odd = 0;
        while let Some((id, answer)) = answers.next().await {
            let fetched = match answer {
                Ok(raw) => read(raw),
                Err(error) if error.kind == GmailErrorKind::NotFound => Fetched::Gone,
                Err(error) if error.kind == GmailErrorKind::Garbled => {
                    Fetched::Unreadable(error.message)
                }
                Err(error) if is_about_one(&error) && odd < ODD_ONES => {
                    odd += 1;
                    Fetched::Unreadable(error.message)
                }
                Err(error) => return (batch, Some(error)),
            };
            batch.push((id, fetched));
        }
        (batch, None)
    }

    /// One mail as it is at Gmail; none when it is gone or cannot be read.
    pub(super) async fn fetch_one(&self, id: &GmailId) -> Result<Option<Arrived>, GmailError> {
        match self.gmail.message_raw(id).await.map(read) {
            Ok(Fetched::Mail(arrived)) => Ok(Some(arrived)),
            Ok(_) => Ok(None),
            Err(error) if error.kind == GmailErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// Errors that may be about this one mail: it was asked for several times.
fn is_about_one(error: &GmailError) -> bool {
    matches!(
        error.kind,
        GmailErrorKind::Server | GmailErrorKind::BadRequest | GmailErrorKind::TooLarge
    )
}

fn read(raw: RawMessage) -> Fetched {
    let RawMessage {
        id,
        thread_id,
        label_ids,
        internal_date,
        raw,
        ..
    } = raw;
    match parse::parse(&raw) {
        Ok(mail) => Fetched::Mail(Arrived {
            mail: Box::new(mail),
            gmail_id: Some(id),
            gmail_thread_id: Some(thread_id),
            labels: label_ids,
            received_at: internal_date,
        }),
        Err(error) => Fetched::Unreadable(error.to_string()),
    }
}

async fn store(
    store: &Store,
    account: String,
    batch: Batch,
    intake: Intake,
    floor: Option<Timestamp>,
    end: Option<Commit>,
) -> Result<Stored, StoreError> {
    store
        .write(move |w| transaction(w, &account, &batch, &intake, floor, end.as_ref()))
        .await
}

fn transaction(
    w: Write<'_>,
    account: &str,
    batch: &Batch,
    intake: &Intake,
    floor: Option<Timestamp>,
    end: Option<&Commit>,
) -> Result<Stored, StoreError> {
    let before = w.get_sync_state()?;
    if before.account.as_deref() != Some(account) {
        return Err(StoreError::Conflict(format!(
            "somebody else than {account} has signed in meanwhile; the next look is at their mailbox"
        )));
    }
    let mut state = before.clone();
    let mut taken = Vec::with_capacity(batch.len());
    for (id, fetched) in batch {
        state.full_done += u64::from(w.delete_backlog(id)?);
        match fetched {
            Fetched::Mail(arrived) => {
                w.delete_retry(id)?;
                w.delete_one_skipped(id)?;
                if floor.is_some_and(|floor| arrived.received_at < floor) {
                    w.insert_skipped(id, intake.now)?;
                    taken.push(Taken::Skipped);
                } else {
                    taken.push(ingest::take(w, arrived, intake)?);
                }
            }
            Fetched::Gone => w.delete_retry(id)?,
            Fetched::Unreadable(why) => ask_again(w, id, why, intake.now)?,
        }
    }
    if state.full_history_id.is_some() && w.list_backlog(1)?.is_empty() {
        // Whoever stopped it in between has the history read from there on already.
        state.history_id = state.history_id.or(state.full_history_id);
        state.full_history_id = None;
        state.full_stopped = false;
    }
    let mut touched = BTreeSet::new();
    if let Some(end) = end {
        for change in &end.changes {
            touched.extend(apply_change(w, change, intake.now)?);
        }
        if end.cursor.is_some() {
            state.history_id = end.cursor;
            state.expiries = 0;
        }
    }
    if state != before {
        w.set_sync_state(&state)?;
    }
    Ok(Stored {
        taken,
        touched,
        stopped: state.full_stopped,
    })
}

/// Notes a mail that could not be read, so that it is neither lost nor in the way.
fn ask_again(w: Write<'_>, id: &GmailId, why: &str, now: Timestamp) -> Result<(), StoreError> {
    let tries = usize::try_from(w.count_tries(id)?).unwrap_or(usize::MAX);
    let minutes = AGAIN.get(tries).copied().unwrap_or(DAILY);
    tracing::warn!(
        id = id.as_str(),
        why,
        "a mail cannot be read; it is asked for again"
    );
    let next = now
        .checked_add(SignedDuration::from_mins(minutes))
        .unwrap_or(now);
    w.set_retry(id, why, next)
}
