//! Reading the mailbox: a bounded first sync, then its history. What is read is stored
//! together with how far it was read, so that a kill at any point misses nothing and
//! doubles nothing.

mod batch;
mod full;
mod gap;
mod history;

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

use super::ingest::{self, Arrived, Intake, Taken};
use super::{ServiceError, Services};
use crate::domain::sync::{SyncCause, SyncProblem, SyncReport};
use crate::domain::{ConversationId, Direction, GmailId, Notice};
use crate::gmail::{Gmail, GmailErrorKind, Tally};
use crate::store::{NewSuggestion, StoreError, SyncState, UnitsSpent, Unknown, Wanted};
use batch::{BATCH, How, ODD_ONES};

pub use full::{resume, stop};

/// Drafts begun for one poll.
const DRAFTS: usize = 200;
/// How often the account's own addresses are asked for.
const ALIASES_EVERY: SignedDuration = SignedDuration::from_hours(24);
/// Until a cursor that was too old again right after a full sync leads to another one;
/// four times longer each time.
const EXPIRED_AGAIN: SignedDuration = SignedDuration::from_mins(1);
/// The longest of these waits.
const LONGEST_EXPIRED: SignedDuration = SignedDuration::from_mins(60);

/// Looks at the mailbox once.
///
/// # Errors
/// What made it fail; it is also kept for the status line. What was stored stays stored.
pub async fn poll(services: &Services) -> Result<SyncReport, ServiceError> {
    let mut spent = Spent::default();
    let result = Poll::run(services, &mut spent).await;
    let now = services.now();
    let problem = result.as_ref().err().map(problem_of);
    if problem
        .as_ref()
        .is_some_and(|problem| problem.cause == SyncCause::SignIn)
    {
        // Whoever signs in next may have another client file.
        services.disconnect().await;
    }
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
            state.units = spent.after(state.units, now);
            w.set_sync_state(&state)
        })
        .await;
    let report = result?;
    noted?;
    Ok(report)
}

/// What a poll spent.
#[derive(Clone, Copy, Default)]
struct Spent {
    poll: u64,
    minute: u64,
}

impl Spent {
    fn after(self, before: UnitsSpent, now: Timestamp) -> UnitsSpent {
        let day = u64::try_from(now.as_second() / 86_400).unwrap_or(0);
        let earlier = if day == before.day { before.today } else { 0 };
        UnitsSpent {
            poll: self.poll,
            minute: self.minute,
            day,
            today: earlier + self.poll,
        }
    }
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
    /// Whose mailbox is read.
    account: String,
    intake: Intake,
    report: SyncReport,
    /// Mails that may still be fetched in this poll.
    left: usize,
    touched: BTreeSet<ConversationId>,
    replies: Vec<ConversationId>,
}

impl<'s> Poll<'s> {
    async fn run(services: &'s Services, spent: &mut Spent) -> Result<SyncReport, ServiceError> {
        let (gmail, tally) = services.gmail().await?.counted();
        let result = Self::through(services, &gmail, &tally).await;
        *spent = Spent {
            poll: tally.units(),
            minute: u64::from(gmail.governor().usage().units),
        };
        result
    }

    async fn through(
        services: &'s Services,
        gmail: &Gmail,
        tally: &Tally,
    ) -> Result<SyncReport, ServiceError> {
        let mut state = services.store().read(|r| r.get_sync_state()).await?;
        let account = match state.account.take() {
            Some(account) => account,
            None => super::account::identify(services, gmail).await?,
        };
        let left =
            usize::try_from(services.config().gmail.max_emails_per_poll).unwrap_or(usize::MAX);
        let mut poll = Self {
            services,
            gmail: gmail.clone(),
            account,
            intake: Intake::of_account(services).await?,
            report: SyncReport::default(),
            left,
            touched: BTreeSet::new(),
            replies: Vec::new(),
        };
        poll.refresh_aliases().await?;
        let result = poll.everything().await;
        poll.tell();
        result?;
        let (done, progress) = services
            .store()
            .read(|r| Ok((r.get_sync_state()?, r.count_backlog()?)))
            .await?;
        poll.report.units = tally.units();
        poll.report.progress = super::inbox::progress(&done, progress);
        Ok(poll.report)
    }

    async fn everything(&mut self) -> Result<(), ServiceError> {
        let mut state = self.state().await?;
        if state.history_id.is_none() {
            if state.full_history_id.is_none() {
                self.begin_full().await?;
            }
            self.work_off_backlog().await?;
            state = self.state().await?;
        }
        // While a full sync is under way new mail waits: it may answer what is in there.
        if state.history_id.is_some() && self.left > 0 {
            self.follow(&state).await?;
            if self.state().await?.is_full_under_way() {
                self.work_off_backlog().await?;
            }
            self.safety_net().await?;
            self.ask_again().await?;
        }
        self.adopt().await?;
        self.begin_drafts().await?;
        self.flush_read_marks().await
    }

    /// Reads the history; when the cursor is too old, looks at everything since once.
    async fn follow(&mut self, state: &SyncState) -> Result<(), ServiceError> {
        let Some(from) = state.history_id else {
            return Ok(());
        };
        let expired = match self.incremental(from).await {
            Err(ServiceError::Gmail(error)) if error.kind == GmailErrorKind::HistoryExpired => {
                error
            }
            Ok(()) if state.expiries > 0 => return self.note_good_cursor().await,
            other => return other,
        };
        if !may_begin_again(state, self.intake.now) {
            // A cursor of a moment ago that is too old already says that it is no use to
            // begin again at once; meanwhile the listing sees what comes.
            self.safety_net().await?;
            return Err(expired.into());
        }
        tracing::warn!(
            from = from.0,
            "the history cursor is too old: a full sync follows"
        );
        self.begin_full().await?;
        self.work_off_backlog().await?;
        match self.state().await?.history_id {
            Some(from) if self.left > 0 => self.incremental(from).await,
            _ => Ok(()),
        }
    }

    async fn note_good_cursor(&self) -> Result<(), ServiceError> {
        self.services
            .store()
            .write(|w| {
                let mut state = w.get_sync_state()?;
                state.expiries = 0;
                w.set_sync_state(&state)
            })
            .await?;
        Ok(())
    }

    async fn state(&self) -> Result<SyncState, StoreError> {
        self.services.store().read(|r| r.get_sync_state()).await
    }

    /// Of these mails the unknown ones, in the same order.
    async fn unknown(&self, ids: &[GmailId], which: Unknown) -> Result<Vec<GmailId>, StoreError> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let ids = ids.to_vec();
        self.services
            .store()
            .read(move |r| r.list_unknown(&ids, which))
            .await
    }

    /// Asks once a day which addresses are the account's own.
    async fn refresh_aliases(&mut self) -> Result<(), ServiceError> {
        let state = self.state().await?;
        let now = self.intake.now;
        let due = state.aliases_at.is_none_or(|at| {
            let since = now.duration_since(at);
            since >= ALIASES_EVERY || since < SignedDuration::ZERO
        });
        if due {
            super::account::refresh_aliases(self.services, &self.gmail, &self.account).await?;
            self.intake = Intake::of_account(self.services).await?;
        }
        Ok(())
    }

    /// Asks again for mails that could not be read before: no more at a time than may fail
    /// without the poll failing.
    async fn ask_again(&mut self) -> Result<(), ServiceError> {
        let (now, most) = (self.intake.now, self.left.min(ODD_ONES));
        let due = self
            .services
            .store()
            .read(move |r| r.list_retry_due(now, most))
            .await?;
        if !due.is_empty() {
            self.take_in(&due, How::default(), None).await?;
        }
        Ok(())
    }

    /// Fetches listed mails that somebody wants in a conversation.
    async fn adopt(&mut self) -> Result<(), ServiceError> {
        let most = self.left.min(BATCH);
        let wanted = self
            .services
            .store()
            .read(move |r| r.list_wanted(most))
            .await?;
        for wanted in wanted {
            let arrived = self.fetch_one(&wanted.gmail_id).await?;
            self.adopt_one(&wanted, arrived).await?;
        }
        Ok(())
    }

    async fn adopt_one(
        &mut self,
        wanted: &Wanted,
        arrived: Option<Arrived>,
    ) -> Result<(), ServiceError> {
        let unmatched = wanted.id;
        let intake = Intake {
            adopt: Some(wanted.lead),
            into: wanted.conversation,
            by_hand: wanted.by_hand,
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

    fn count(&mut self, taken: &Taken) {
        match taken {
            Taken::Stored {
                conversation,
                direction,
                by,
                is_reply,
                bounced,
                ..
            } => {
                self.touched.insert(*conversation);
                if let Some(delivery) = *bounced {
                    let conversation = *conversation;
                    self.services.post(Notice::NeedsYou {
                        delivery,
                        conversation,
                    });
                }
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
                    instead_of: None,
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

/// Whether a full sync may begin, or one has just been made in vain.
fn may_begin_again(state: &SyncState, now: Timestamp) -> bool {
    let (Some(at), Some(again)) = (state.expired_at, state.expiries.checked_sub(1)) else {
        return true;
    };
    let factor = 4_i32
        .checked_pow(u32::try_from(again).unwrap_or(u32::MAX))
        .unwrap_or(i32::MAX);
    let wait = EXPIRED_AGAIN
        .checked_mul(factor)
        .unwrap_or(LONGEST_EXPIRED)
        .min(LONGEST_EXPIRED);
    let since = now.duration_since(at);
    since >= wait || since < SignedDuration::ZERO
}
