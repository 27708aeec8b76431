//! Reading the mailbox: a bounded first sync, then its history. What is read is stored
//! together with how far it was read, so that a kill at any point misses nothing and
//! doubles nothing.

mod full;
mod history;

use std::collections::BTreeSet;

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use jiff::Timestamp;

use super::ingest::{self, Arrived, Intake, Taken};
use super::{ServiceError, Services};
use crate::domain::sync::{SyncCause, SyncProblem, SyncReport};
use crate::domain::{ConversationId, Direction, GmailId, HistoryId, LeadId, Notice, UnmatchedId};
use crate::gmail::{Gmail, GmailError, GmailErrorKind, RawMessage};
use crate::mail::parse;
use crate::store::{NewSuggestion, StoreError, SyncState, Write};

/// Mails stored in one transaction.
const BATCH: usize = 20;
/// Mails fetched at the same time.
const AT_ONCE: usize = 6;
/// Drafts begun for one poll.
const DRAFTS: usize = 200;

/// Looks at the mailbox once.
///
/// # Errors
/// What made it fail; it is also kept for the status line. What was stored stays stored.
pub async fn poll(services: &Services) -> Result<SyncReport, ServiceError> {
    let result = Poll::run(services).await;
    let now = services.now();
    let problem = result.as_ref().err().map(problem_of);
    let json = problem
        .as_ref()
        .and_then(|problem| serde_json::to_string(problem).ok());
    let noted = services
        .store()
        .write(move |w| {
            let mut state = w.get_sync_state()?;
            if json.is_none() {
                state.synced_at = Some(now);
            }
            state.problem = json;
            w.set_sync_state(&state)
        })
        .await;
    services.post(Notice::SyncChanged);
    let report = result?;
    noted?;
    Ok(report)
}

/// A failure in the words of the status line.
#[must_use]
pub fn problem_of(error: &ServiceError) -> SyncProblem {
    let cause = match error {
        ServiceError::Gmail(error) => error.kind.cause(),
        ServiceError::SignIn(_) => SyncCause::SignIn,
        _ => SyncCause::Other,
    };
    SyncProblem {
        cause,
        message: error.to_string(),
    }
}

struct Poll<'s> {
    services: &'s Services,
    gmail: Gmail,
    intake: Intake,
    report: SyncReport,
    /// Mails that may still be fetched in this poll.
    left: usize,
    touched: BTreeSet<ConversationId>,
    replies: Vec<ConversationId>,
}

impl<'s> Poll<'s> {
    async fn run(services: &'s Services) -> Result<SyncReport, ServiceError> {
        let gmail = services.gmail().await?;
        let state = services.store().read(|r| r.get_sync_state()).await?;
        if state.account.is_none() {
            super::account::identify(services, &gmail).await?;
        }
        let intake = Intake::of_account(services).await?;
        let left =
            usize::try_from(services.config().gmail.max_emails_per_poll).unwrap_or(usize::MAX);
        let mut poll = Self {
            services,
            gmail,
            intake,
            report: SyncReport::default(),
            left,
            touched: BTreeSet::new(),
            replies: Vec::new(),
        };
        let result = poll.everything().await;
        poll.tell();
        result?;
        Ok(poll.report)
    }

    async fn everything(&mut self) -> Result<(), ServiceError> {
        let state = self.services.store().read(|r| r.get_sync_state()).await?;
        match state.history_id {
            Some(from) if state.full_history_id.is_none() => match self.incremental(from).await {
                Err(ServiceError::Gmail(error)) if error.kind == GmailErrorKind::HistoryExpired => {
                    tracing::warn!(
                        from = from.0,
                        "the history cursor is too old: a full sync follows"
                    );
                    self.full().await?;
                }
                other => other?,
            },
            _ => self.full().await?,
        }
        self.safety_net().await?;
        self.adopt().await?;
        self.begin_drafts().await?;
        self.flush_read_marks().await
    }

    /// Fetches listed mails that somebody wants in a conversation.
    async fn adopt(&mut self) -> Result<(), ServiceError> {
        let most = self.left.min(BATCH);
        let wanted = self
            .services
            .store()
            .read(move |r| r.list_wanted(most))
            .await?;
        for (unmatched, gmail_id, lead) in wanted {
            let arrived = self.fetch(&gmail_id).await?;
            self.adopt_one(unmatched, lead, arrived).await?;
        }
        Ok(())
    }

    async fn adopt_one(
        &mut self,
        unmatched: UnmatchedId,
        lead: LeadId,
        arrived: Option<Arrived>,
    ) -> Result<(), ServiceError> {
        let intake = Intake {
            adopt: Some(lead),
            ..self.intake.clone()
        };
        let taken = self
            .services
            .store()
            .write(move |w| {
                w.delete_unmatched(unmatched)?;
                arrived
                    .map(|arrived| ingest::take(w, &arrived, &intake))
                    .transpose()
            })
            .await?;
        if let Some(taken) = taken {
            self.count(&taken);
        }
        self.services.post(Notice::UnmatchedChanged);
        Ok(())
    }

    async fn knows(&self, id: &GmailId) -> Result<bool, StoreError> {
        let id = id.clone();
        self.services
            .store()
            .read(move |r| r.knows_gmail_id(&id))
            .await
    }

    /// Fetches mails and stores them in batches; the cursor goes with the last one.
    async fn fetch_and_store(
        &mut self,
        ids: &[GmailId],
        cursor: Option<HistoryId>,
    ) -> Result<(), ServiceError> {
        let batches = ids.len().div_ceil(BATCH).max(1);
        let mut chunks = ids.chunks(BATCH);
        for n in 1..=batches {
            let batch = chunks.next().unwrap_or_default();
            let cursor = cursor.filter(|_| n == batches);
            if !batch.is_empty() || cursor.is_some() {
                self.fetch_batch(batch, cursor, None).await?;
            }
        }
        Ok(())
    }

    async fn fetch_batch(
        &mut self,
        ids: &[GmailId],
        cursor: Option<HistoryId>,
        earliest: Option<Timestamp>,
    ) -> Result<(), ServiceError> {
        let this = &*self;
        let arrived: Vec<Option<Arrived>> = stream::iter(ids.to_vec())
            .map(|id| async move { this.fetch(&id).await })
            .buffered(AT_ONCE)
            .try_collect()
            .await?;
        let arrived: Vec<Arrived> = arrived.into_iter().flatten().collect();
        let number = arrived.len();
        self.left = self.left.saturating_sub(number);
        self.report.fetched += u64::try_from(number).unwrap_or(0);
        let intake = self.intake.clone();
        let taken = self
            .services
            .store()
            .write(move |w| store_batch(w, &arrived, &intake, cursor, earliest))
            .await?;
        for taken in &taken {
            self.count(taken);
        }
        self.tell();
        Ok(())
    }

    /// A mail as it is at Gmail; none when it is gone or cannot be read.
    async fn fetch(&self, id: &GmailId) -> Result<Option<Arrived>, GmailError> {
        let raw = match self.gmail.message_raw(id).await {
            Ok(raw) => raw,
            Err(error) if error.kind == GmailErrorKind::NotFound => return Ok(None),
            Err(error) if error.kind == GmailErrorKind::Garbled => {
                // It was tried several times: this mail's body is what is broken.
                tracing::warn!(id = id.as_str(), "a mail cannot be read and is left out");
                return Ok(None);
            }
            Err(error) => return Err(error),
        };
        Ok(arrived(raw))
    }

    fn count(&mut self, taken: &Taken) {
        match taken {
            Taken::Stored {
                conversation,
                direction,
                by,
                is_reply,
                ..
            } => {
                self.touched.insert(*conversation);
                if *direction == Direction::Inbound {
                    if let Some(by) = by {
                        self.report.matched.count(*by);
                    }
                    if *is_reply {
                        self.replies.push(*conversation);
                    }
                }
            }
            Taken::OwnDelivery(conversation) => {
                self.touched.insert(*conversation);
            }
            Taken::Unmatched => {
                self.report.unmatched += 1;
                self.services.post(Notice::UnmatchedChanged);
            }
            Taken::Skipped | Taken::Known => {}
        }
    }

    /// Posts what was stored since the last time.
    fn tell(&mut self) {
        for conversation in self.replies.drain(..) {
            self.touched.remove(&conversation);
            self.services.post(Notice::NewReply { conversation });
        }
        for conversation in std::mem::take(&mut self.touched) {
            self.services
                .post(Notice::ConversationChanged { conversation });
        }
    }

    /// Wishes for drafts, for every conversation that waits for an answer to a mail
    /// nobody has drafted one for.
    async fn begin_drafts(&mut self) -> Result<(), ServiceError> {
        if !self.services.config().ai.automatic {
            return Ok(());
        }
        self.report.drafts += begin_drafts(self.services).await?;
        Ok(())
    }

    /// Tells Gmail what was read here.
    async fn flush_read_marks(&self) -> Result<(), ServiceError> {
        let pending = self
            .services
            .store()
            .read(|r| r.list_read_pending(50))
            .await?;
        for (message, gmail_id) in pending {
            match self.gmail.modify(&gmail_id, &[], &["UNREAD"]).await {
                Ok(_) => {}
                Err(error) if error.kind == GmailErrorKind::NotFound => {}
                Err(error) => return Err(error.into()),
            }
            self.services
                .store()
                .write(move |w| w.set_read_told(message))
                .await?;
        }
        Ok(())
    }
}

/// Writes a wish for each conversation that lacks a draft; how many there were.
pub(super) async fn begin_drafts(services: &Services) -> Result<u64, StoreError> {
    let now = services.now();
    let begun = services
        .store()
        .write(move |w| {
            let mut begun = Vec::new();
            for (conversation, reply_to) in w.list_wanting_draft(DRAFTS)? {
                let new = NewSuggestion {
                    conversation,
                    reply_to,
                    hint: None,
                    now,
                };
                begun.push((w.insert_suggestion(&new)?, conversation));
            }
            Ok(begun)
        })
        .await?;
    for (suggestion, conversation) in &begun {
        let (suggestion, conversation) = (*suggestion, *conversation);
        services.post(Notice::SuggestionStarted {
            suggestion,
            conversation,
        });
    }
    if !begun.is_empty() {
        services.wake_generator().notify_one();
    }
    Ok(u64::try_from(begun.len()).unwrap_or(0))
}

fn arrived(raw: RawMessage) -> Option<Arrived> {
    let RawMessage {
        id,
        thread_id,
        label_ids,
        internal_date,
        raw,
        ..
    } = raw;
    match parse::parse(&raw) {
        Ok(mail) => Some(Arrived {
            mail: Box::new(mail),
            gmail_id: Some(id),
            gmail_thread_id: Some(thread_id),
            labels: label_ids,
            received_at: internal_date,
        }),
        Err(error) => {
            tracing::warn!(id = id.as_str(), %error, "a mail cannot be read and is left out");
            None
        }
    }
}

fn store_batch(
    w: Write<'_>,
    arrived: &[Arrived],
    intake: &Intake,
    cursor: Option<HistoryId>,
    earliest: Option<Timestamp>,
) -> Result<Vec<Taken>, StoreError> {
    let mut all = Vec::with_capacity(arrived.len());
    for one in arrived {
        if earliest.is_some_and(|earliest| one.received_at < earliest) {
            if let Some(id) = &one.gmail_id {
                w.insert_skipped(id, intake.now)?;
            }
            all.push(Taken::Skipped);
            continue;
        }
        all.push(ingest::take(w, one, intake)?);
    }
    if let Some(cursor) = cursor {
        let mut state: SyncState = w.get_sync_state()?;
        // Never backwards: another full sync may have ended further on.
        state.history_id = Some(state.history_id.map_or(cursor, |old| old.max(cursor)));
        w.set_sync_state(&state)?;
    }
    Ok(all)
}
