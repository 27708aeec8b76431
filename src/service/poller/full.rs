//! A bounded look at the whole mailbox: the first time, and when the cursor was too old;
//! and the small one that catches what a history missed.

use jiff::{SignedDuration, Timestamp};

use super::{BATCH, Poll};
use crate::domain::{GmailId, HistoryId, Notice};
use crate::gmail::{GmailError, GmailErrorKind, Listing};
use crate::service::ServiceError;
use crate::store::StoreError;

/// Ids of one page of a listing; the most that Gmail gives.
const PAGE: u32 = 500;

impl Poll<'_> {
    /// A bounded look at everything: the newest mails, oldest first, so that an answer
    /// finds its question. Interrupted, it goes on where it stopped: what is known is
    /// not fetched again.
    pub(super) async fn full(&mut self) -> Result<(), ServiceError> {
        let state = self.services.store().read(|r| r.get_sync_state()).await?;
        let ends_at = match state.full_history_id {
            Some(cursor) => cursor,
            // Before the listing: what comes in between is in the history after it.
            None => self.gmail.profile().await?.history_id,
        };
        let most =
            usize::try_from(self.services.config().gmail.first_sync_count).unwrap_or(usize::MAX);
        let mut ids: Vec<GmailId> = Vec::new();
        let mut page = None;
        while ids.len() < most {
            let room = u32::try_from(most - ids.len()).unwrap_or(PAGE).min(PAGE);
            let listing = Listing {
                page: page.take(),
                max: room,
                ..Listing::default()
            };
            let answer = self.gmail.list_messages(&listing).await?;
            ids.extend(answer.messages.into_iter().map(|found| found.id));
            page = answer.next_page;
            if page.is_none() {
                break;
            }
        }
        ids.truncate(most);
        let newest = ids.first().cloned();
        ids.reverse();
        let total = ids.len();
        let mut wanted = Vec::new();
        for id in ids {
            if !self.knows(&id).await? {
                wanted.push(id);
            }
        }
        let done = total - wanted.len();
        let stop = wanted.len() > self.left;
        wanted.truncate(self.left);
        self.note_full(Some(ends_at), done, total).await?;
        let newest = newest.filter(|_| !wanted.is_empty());
        let earliest = self.earliest(newest.as_ref()).await?;
        for batch in wanted.chunks(BATCH) {
            self.fetch_batch(batch, None, Some(earliest)).await?;
            let done = total - wanted.len() + batch.len();
            self.note_full(Some(ends_at), done, total).await?;
        }
        if !stop {
            self.services
                .store()
                .write(move |w| {
                    let mut state = w.get_sync_state()?;
                    state.history_id = Some(ends_at);
                    state.full_history_id = None;
                    w.set_sync_state(&state)
                })
                .await?;
        }
        Ok(())
    }

    /// How far back a bounded look goes: so many days before the newest mail, by Gmail's
    /// clock, which need not agree with ours.
    async fn earliest(&self, newest: Option<&GmailId>) -> Result<Timestamp, GmailError> {
        let days = i64::from(self.services.config().gmail.first_sync_days);
        let from = match newest {
            None => None,
            Some(id) => match self.gmail.message_headers(id, &[]).await {
                Ok(headers) => Some(headers.internal_date),
                Err(error) if error.kind == GmailErrorKind::NotFound => None,
                Err(error) => return Err(error),
            },
        };
        let from = from.map_or(self.intake.now, |newest| newest.min(self.intake.now));
        let span = SignedDuration::from_hours(24 * days);
        Ok(from.checked_sub(span).unwrap_or(Timestamp::MIN))
    }

    pub(super) async fn note_full(
        &self,
        ends_at: Option<HistoryId>,
        done: usize,
        total: usize,
    ) -> Result<(), StoreError> {
        let number = |n: usize| u64::try_from(n).unwrap_or(u64::MAX);
        self.services
            .store()
            .write(move |w| {
                let mut state = w.get_sync_state()?;
                state.full_history_id = ends_at;
                state.full_done = number(done);
                state.full_total = number(total);
                w.set_sync_state(&state)
            })
            .await?;
        self.services.post(Notice::SyncChanged);
        Ok(())
    }

    /// Lists unread mail of the inbox now and then: a history can have gaps.
    pub(super) async fn safety_net(&mut self) -> Result<(), ServiceError> {
        let minutes = i64::try_from(self.services.config().gmail.safety_net_minutes).unwrap_or(10);
        let state = self.services.store().read(|r| r.get_sync_state()).await?;
        let due = state.safety_net_at.is_none_or(|at| {
            self.intake.now.duration_since(at) >= SignedDuration::from_mins(minutes)
        });
        if !due || self.left == 0 {
            return Ok(());
        }
        let label_ids = vec!["INBOX".to_owned(), "UNREAD".to_owned()];
        let listing = Listing {
            label_ids,
            max: 100,
            ..Listing::default()
        };
        let answer = self.gmail.list_messages(&listing).await?;
        let mut missed = Vec::new();
        for found in answer.messages.into_iter().rev() {
            if !self.knows(&found.id).await? {
                missed.push(found.id);
            }
        }
        missed.truncate(self.left);
        let earliest = self.earliest(missed.last()).await?;
        for batch in missed.chunks(BATCH) {
            self.fetch_batch(batch, None, Some(earliest)).await?;
        }
        let now = self.intake.now;
        self.services
            .store()
            .write(move |w| {
                let mut state = w.get_sync_state()?;
                state.safety_net_at = Some(now);
                w.set_sync_state(&state)
            })
            .await?;
        Ok(())
    }
}
