//! A bounded look at the whole mailbox: the first time, and when the cursor was too old.
//! It lists first and keeps the list; a kill in between costs nothing but the time.

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};

use super::Poll;
use super::batch::How;
use super::history::apply_change;
use crate::domain::{GmailId, Notice};
use crate::gmail::{GmailError, GmailErrorKind, Listing, MessagePage};
use crate::service::{ServiceError, Services};
use crate::store::{StoreError, SyncState, Unknown};

/// Ids of one page of a listing; the most that Gmail gives.
const PAGE: usize = 500;
/// How far before the last good look a full sync after an expired cursor goes at least.
const OVERLAP: SignedDuration = SignedDuration::from_hours(48);

/// What is to be looked at, and how far back that goes.
#[derive(Default)]
struct Found {
    /// Newest first.
    ids: Vec<GmailId>,
    floor: Option<Timestamp>,
}

/// Dates that were asked for: each costs as much as a mail.
#[derive(Default)]
struct Dates(HashMap<GmailId, Timestamp>);

impl Poll<'_> {
    /// Lists what is to be looked at and keeps the list with the cursor it ends with.
    pub(super) async fn begin_full(&mut self) -> Result<(), ServiceError> {
        // Before the listing: what comes in between is in the history after it.
        let ends_at = self.gmail.profile().await?.history_id;
        let state = self.services.store().read(|r| r.get_sync_state()).await?;
        let again = state.history_id.is_some();
        let found = if again {
            self.list_since_last_look(&state).await?
        } else {
            self.list_newest().await?
        };
        let changes = if again {
            self.changes_over_gap().await?
        } else {
            Vec::new()
        };
        let Found { mut ids, floor } = found;
        ids.reverse();
        let (account, now) = (self.account.clone(), self.intake.now);
        let touched = self
            .services
            .store()
            .write(move |w| {
                let mut state = w.get_sync_state()?;
                if state.account.as_deref() != Some(account.as_str()) {
                    return Err(StoreError::Conflict(
                        "somebody else has signed in meanwhile".to_owned(),
                    ));
                }
                w.append_backlog(&ids)?;
                let total = w.count_backlog()?;
                if again {
                    state.expired_at = Some(now);
                    state.expiries += 1;
                }
                state.full_done = 0;
                state.full_total = total;
                state.full_stopped = false;
                state.floor_at = floor;
                state.safety_net_at = None;
                state.history_id = (total == 0).then_some(ends_at);
                state.full_history_id = (total > 0).then_some(ends_at);
                w.set_sync_state(&state)?;
                let mut touched = Vec::new();
                for change in &changes {
                    touched.extend(apply_change(w, change, now)?);
                }
                Ok(touched)
            })
            .await?;
        self.touched.extend(touched);
        self.services.post(Notice::SyncChanged);
        Ok(())
    }

    /// Takes as much of the backlog as one poll may, oldest first, so that an answer
    /// finds its question.
    pub(super) async fn work_off_backlog(&mut self) -> Result<(), ServiceError> {
        let most = self.left;
        let (ids, floor) = self
            .services
            .store()
            .read(move |r| Ok((r.list_backlog(most)?, r.get_sync_state()?.floor_at)))
            .await?;
        if ids.is_empty() {
            return Ok(());
        }
        let how = How {
            floor,
            backlog: true,
            live: false,
        };
        let stopped = self.take_in(&ids, how, None).await?;
        let left = self.services.store().read(|r| r.count_backlog()).await?;
        self.report.more |= left > 0 && !stopped;
        Ok(())
    }

    /// The first time: the newest mails, bounded by number and by age.
    async fn list_newest(&self) -> Result<Found, ServiceError> {
        let settings = &self.services.config().gmail;
        let most = usize::try_from(settings.first_sync_count).unwrap_or(usize::MAX);
        let mut ids: Vec<GmailId> = Vec::new();
        let mut page = None;
        while ids.len() < most {
            let answer = self.list_page(page.take(), most - ids.len()).await?;
            ids.extend(answer.messages.into_iter().map(|found| found.id));
            page = answer.next_page;
            if page.is_none() {
                break;
            }
        }
        ids.truncate(most);
        let mut dates = Dates::default();
        // Days count back from the newest mail, by Gmail's clock, which need not agree
        // with ours.
        let newest = dates.at(self, &ids, 0).await?;
        let newest = newest.map_or(self.intake.now, |at| at.min(self.intake.now));
        let span = SignedDuration::from_hours(24 * i64::from(settings.first_sync_days));
        let earliest = newest.checked_sub(span).unwrap_or(Timestamp::MIN);
        let newer = dates.count_newer(self, &ids, earliest).await?;
        let cut_by_number = page.is_some() && newer == ids.len();
        let oldest = match newer.checked_sub(1) {
            Some(last) if cut_by_number => dates.at(self, &ids, last).await?,
            _ => None,
        };
        ids.truncate(newer);
        Ok(Found {
            ids: self.unknown(&ids, Unknown::NeverSeen).await?,
            floor: Some(oldest.unwrap_or(earliest)),
        })
    }

    /// When the cursor was too old: everything since the last good look and a little
    /// more, however much that is; what is here already is not fetched again.
    async fn list_since_last_look(&self, state: &SyncState) -> Result<Found, ServiceError> {
        let horizon = state
            .synced_at
            .and_then(|at| at.checked_sub(OVERLAP).ok())
            .unwrap_or(Timestamp::MIN);
        let mut dates = Dates::default();
        let mut ids: Vec<GmailId> = Vec::new();
        let mut page = None;
        loop {
            let answer = self.list_page(page.take(), PAGE).await?;
            let from = ids.len();
            ids.extend(answer.messages.into_iter().map(|found| found.id));
            page = answer.next_page;
            let Some(last) = ids.len().checked_sub(1).filter(|last| *last >= from) else {
                break;
            };
            if page.is_none() {
                break;
            }
            let Some(oldest) = dates.at(self, &ids, last).await? else {
                continue;
            };
            let below = state.floor_at.is_some_and(|floor| oldest < floor);
            // Our clock, by which the last look is dated, need not be right: it is also
            // to reach what is known.
            let tail = ids.get(last..).unwrap_or_default();
            let known = self.unknown(tail, Unknown::NeverSeen).await?.is_empty();
            if below || (oldest < horizon && known) {
                break;
            }
        }
        let mut ids = self.unknown(&ids, Unknown::NeverSeen).await?;
        if let Some(floor) = state.floor_at {
            let newer = dates.count_newer(self, &ids, floor).await?;
            ids.truncate(newer);
        }
        Ok(Found {
            ids,
            floor: state.floor_at,
        })
    }

    async fn list_page(
        &self,
        page: Option<String>,
        most: usize,
    ) -> Result<MessagePage, GmailError> {
        let listing = Listing {
            page,
            max: u32::try_from(most.min(PAGE)).unwrap_or(0),
            ..Listing::default()
        };
        self.gmail.list_messages(&listing).await
    }

    /// Lists unread mail of the inbox now and then: a history can have gaps.
    pub(super) async fn safety_net(&mut self) -> Result<(), ServiceError> {
        let minutes = i64::try_from(self.services.config().gmail.safety_net_minutes).unwrap_or(10);
        let state = self.services.store().read(|r| r.get_sync_state()).await?;
        let now = self.intake.now;
        let due = state.safety_net_at.is_none_or(|at| {
            let since = now.duration_since(at);
            since >= SignedDuration::from_mins(minutes) || since < SignedDuration::ZERO
        });
        if !due || self.left == 0 {
            return Ok(());
        }
        let listing = Listing {
            label_ids: vec!["INBOX".to_owned(), "UNREAD".to_owned()],
            max: 100,
            ..Listing::default()
        };
        let answer = self.gmail.list_messages(&listing).await?;
        let listed: Vec<GmailId> = answer.messages.into_iter().map(|found| found.id).collect();
        let mut missed = self.unknown(&listed, Unknown::NotEvenListed).await?;
        let newer = match state.floor_at {
            Some(floor) => Dates::default().count_newer(self, &missed, floor).await?,
            None => missed.len(),
        };
        let older = missed.split_off(newer);
        missed.reverse();
        let more = missed.len() > self.left;
        missed.truncate(self.left);
        if !missed.is_empty() {
            tracing::warn!(number = missed.len(), "the history had left out mails");
            let how = How {
                floor: state.floor_at,
                ..How::default()
            };
            self.take_in(&missed, how, None).await?;
        }
        self.report.more |= more;
        self.services
            .store()
            .write(move |w| {
                // Old mail that was never looked for need not be asked about again.
                for id in &older {
                    w.insert_skipped(id, now)?;
                }
                let mut state = w.get_sync_state()?;
                state.safety_net_at = (!more).then_some(now);
                w.set_sync_state(&state)
            })
            .await?;
        Ok(())
    }
}

impl Dates {
    /// The date of the mail at `index`; of the next one that is still there when it is
    /// gone.
    async fn at(
        &mut self,
        poll: &Poll<'_>,
        ids: &[GmailId],
        index: usize,
    ) -> Result<Option<Timestamp>, GmailError> {
        for id in ids.iter().skip(index) {
            if let Some(known) = self.0.get(id) {
                return Ok(Some(*known));
            }
            match poll.gmail.message_headers(id, &["Date"]).await {
                Ok(headers) => {
                    self.0.insert(id.clone(), headers.internal_date);
                    return Ok(Some(headers.internal_date));
                }
                Err(error) if error.kind == GmailErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        Ok(None)
    }

    /// How many of the ids, which stand newest first, are not older than `floor`.
    async fn count_newer(
        &mut self,
        poll: &Poll<'_>,
        ids: &[GmailId],
        floor: Timestamp,
    ) -> Result<usize, GmailError> {
        let Some(last) = ids.len().checked_sub(1) else {
            return Ok(0);
        };
        let newer = |at: Option<Timestamp>| at.is_none_or(|at| at >= floor);
        if newer(self.at(poll, ids, last).await?) {
            return Ok(ids.len());
        }
        let (mut low, mut high) = (0, last);
        while low < high {
            let middle = low + (high - low) / 2;
            if newer(self.at(poll, ids, middle).await?) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        Ok(low)
    }
}

/// Stops the first or full sync: what is left of it waits until it is resumed, and new
/// mail is followed from now on. False when none was under way.
///
/// # Errors
/// Failures of the store.
pub async fn stop(services: &Services) -> Result<bool, ServiceError> {
    let stopped = services
        .store()
        .write_durably(|w| {
            let mut state = w.get_sync_state()?;
            if !state.is_full_under_way() {
                return Ok(false);
            }
            state.full_stopped = true;
            state.history_id = state.history_id.or(state.full_history_id);
            w.set_sync_state(&state)?;
            Ok(true)
        })
        .await?;
    services.post(Notice::SyncChanged);
    Ok(stopped)
}

/// Goes on with a full sync that was stopped. False when there is none.
///
/// # Errors
/// Failures of the store.
pub async fn resume(services: &Services) -> Result<bool, ServiceError> {
    let resumed = services
        .store()
        .write_durably(|w| {
            let mut state = w.get_sync_state()?;
            if !state.full_stopped {
                return Ok(false);
            }
            state.full_stopped = false;
            w.set_sync_state(&state)?;
            Ok(true)
        })
        .await?;
    services.post(Notice::SyncChanged);
    services.wake_poller().notify_one();
    Ok(resumed)
}
