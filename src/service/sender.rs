//! The sender: takes replies through the protocol of [`crate::domain::delivery`].
//!
//! Each step is one of two kinds. A *step* is committed before or after a call, and only
//! from the state that was read: whoever was faster wins, and the loser lets go. A *call*
//! is made only in a state that says it may have been made. What is found in such a state
//! at the beginning of a pass is looked up first, because nobody knows how far an earlier
//! process came.

mod after;
mod changed;
mod limits;
mod look;
mod sent;

use jiff::{SignedDuration, Timestamp};

use super::outbox::{hand_back, told};
use super::{ServiceError, Services};
use crate::domain::delivery::{Delivery, DeliveryState, DeliveryStep};
use crate::domain::{DeliveryId, Notice};
use crate::gmail::{Gmail, GmailError, GmailErrorKind, Outcome, SentRef};
use crate::store::{DeliveryRow, EventKind, NewEvent, OutboxPatch, StoreError};
pub use limits::usage;
use sent::{Left, bare_id};
pub(super) use sent::{recognise, record_sent};

/// Until the next try after a failure that passes, by the number of tries.
const BACKOFF: [i64; 6] = [2, 5, 15, 60, 120, 300];
/// Until a lost answer is looked up for the first time.
const FIRST_LOOK: SignedDuration = SignedDuration::from_secs(3);

/// How the sender deals with an outcome that it does not know.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Policy {
    /// The protocol: what is unknown is looked up, and in the end asked of the person.
    #[default]
    LookUp,
    /// What is unknown is done again. No front end can ask for it: the campaign of the
    /// tests runs it to show that it would notice.
    RepeatBlindly,
}

/// Takes every reply that is due one or more steps further. Returns when the next one is
/// due.
///
/// # Errors
/// When the store fails. Failures of Gmail are kept with the reply they concern.
pub async fn run_due(services: &Services) -> Result<Option<Timestamp>, ServiceError> {
    run_due_by(services, Policy::LookUp).await
}

/// [`run_due`] by another policy than the protocol's.
///
/// # Errors
/// As [`run_due`].
pub async fn run_due_by(
    services: &Services,
    policy: Policy,
) -> Result<Option<Timestamp>, ServiceError> {
    while let Some(row) = due(services).await? {
        let gmail = match services.gmail().await {
            Ok(gmail) => gmail.as_person(),
            Err(error) => {
                postpone(services, &row, &error.to_string()).await?;
                continue;
            }
        };
        let pass = Pass {
            services,
            gmail: &gmail,
            policy,
        };
        match pass.advance(row).await {
            Ok(()) => {}
            // Somebody else took the step; the row is read anew.
            Err(ServiceError::Store(StoreError::Conflict(why))) => {
                tracing::debug!(%why, "a step was lost")
            }
            Err(other) => return Err(other),
        }
    }
    after::tidy(services).await?;
    Ok(services
        .store()
        .read(|r| r.get_next_delivery_time())
        .await?)
}

async fn due(services: &Services) -> Result<Option<DeliveryRow>, StoreError> {
    let now = services.now();
    services
        .store()
        .read(move |r| r.get_due_delivery(now))
        .await
}

async fn postpone(services: &Services, row: &DeliveryRow, why: &str) -> Result<(), StoreError> {
    let now = services.now();
    let (id, state) = (row.delivery.id, row.delivery.state);
    let patch = OutboxPatch {
        next_at: Some(later(now, SignedDuration::from_secs(60))),
        error: Some(why.to_owned()),
        ..OutboxPatch::default()
    };
    let noted = services
        .store()
        .write(move |w| w.note_delivery(id, state, &patch, now))
        .await;
    match noted {
        Err(StoreError::Conflict(_)) => Ok(()),
        other => other,
    }
}

fn later(now: Timestamp, wait: SignedDuration) -> Timestamp {
    now.checked_add(wait).unwrap_or(now)
}

/// One reply on its way through the protocol.
struct Pass<'s> {
    services: &'s Services,
    gmail: &'s Gmail,
    policy: Policy,
}

impl Pass<'_> {
    async fn advance(&self, row: DeliveryRow) -> Result<(), ServiceError> {
        match row.delivery.state {
            DeliveryState::Queued => {
                if let Some((until, why)) = limits::hold(self.services).await? {
                    return self.wait(&row, until, &why).await;
                }
                let row = self
                    .step(&row, DeliveryStep::Due, OutboxPatch::default())
                    .await?;
                if row.delivery.attempts > 0 {
                    // It was on its way before: the next pass looks for what is left of that.
                    return Ok(());
                }
                self.make_draft(&row).await
            }
            // An earlier process may have made the draft.
            DeliveryState::Staging => match self.find_draft(&row).await? {
                look::Draft::Found(draft) => {
                    let patch = OutboxPatch {
                        draft: Some(draft),
                        ..OutboxPatch::default()
                    };
                    let row = self.step(&row, DeliveryStep::DraftMade, patch).await?;
                    self.send(&row).await
                }
                look::Draft::Sent(sent) => self.accept(&row, sent).await,
                look::Draft::Edited => self.ask(&row, look::EDITED).await,
                look::Draft::Overruled(changed) => self.bring_home(&row, changed).await,
                look::Draft::None => self.make_draft(&row).await,
                look::Draft::Unclear(error) => self.try_later(&row, &error).await,
            },
            DeliveryState::Staged => match self.check_draft(&row).await? {
                look::Ticket::Good => {
                    if let Some((until, why)) = limits::hold(self.services).await? {
                        return self.wait(&row, until, &why).await;
                    }
                    self.send(&row).await
                }
                look::Ticket::Edited => self.ask(&row, look::EDITED).await,
                look::Ticket::Gone => self.gone(&row).await,
                look::Ticket::Unclear(error) => self.try_later(&row, &error).await,
            },
            // The process that called is gone, or it would have answered.
            DeliveryState::Sending => {
                let patch = OutboxPatch {
                    next_at: Some(self.services.now()),
                    error: Some("the program ended while the reply was leaving".to_owned()),
                    ..OutboxPatch::default()
                };
                self.step(&row, DeliveryStep::LoseSight, patch)
                    .await
                    .map(|_| ())
            }
            DeliveryState::Unknown => match self.policy {
                Policy::LookUp => self.look_up(&row).await,
                Policy::RepeatBlindly => self.repeat(&row).await,
            },
            DeliveryState::Held
            | DeliveryState::Ask
            | DeliveryState::Sent
            | DeliveryState::Refused
            | DeliveryState::Cancelled => Ok(()),
        }
    }

    /// Makes the draft that is the ticket, and goes on to send it.
    async fn make_draft(&self, row: &DeliveryRow) -> Result<(), ServiceError> {
        let patch = OutboxPatch {
            tried: true,
            ..OutboxPatch::default()
        };
        self.note(row, patch).await?;
        match self
            .gmail
            .create_draft(&row.raw, row.gmail_thread_id.as_ref())
            .await
        {
            Ok(draft) => {
                let patch = OutboxPatch {
                    draft: Some((draft.draft_id, draft.message_id)),
                    ..OutboxPatch::default()
                };
                let row = self.step(row, DeliveryStep::DraftMade, patch).await?;
                self.send(&row).await
            }
            Err(error)
                if error.kind == GmailErrorKind::NotFound && row.gmail_thread_id.is_some() =>
            {
                // The thread was deleted at Gmail: the reply begins a new one there.
                self.forget_thread(row).await
            }
            Err(error) if error.outcome() == Outcome::NotDone && !waits(&error) => {
                self.refuse(row, &error).await
            }
            Err(error) => {
                limits::note(self.services, &error).await?;
                self.try_later(row, &error).await
            }
        }
    }

    /// What the protocol never does: a second try without knowing of the first.
    async fn repeat(&self, row: &DeliveryRow) -> Result<(), ServiceError> {
        match self
            .gmail
            .create_draft(&row.raw, row.gmail_thread_id.as_ref())
            .await
        {
            Ok(draft) => {
                let patch = OutboxPatch {
                    draft: Some((draft.draft_id, draft.message_id)),
                    next_at: Some(self.services.now()),
                    ..OutboxPatch::default()
                };
                self.step(row, DeliveryStep::NotDone, patch)
                    .await
                    .map(|_| ())
            }
            Err(error) => self.try_later(row, &error).await,
        }
    }

    async fn forget_thread(&self, row: &DeliveryRow) -> Result<(), ServiceError> {
        let id = row.delivery.id;
        self.services
            .store()
            .write(move |w| w.forget_delivery_thread(id))
            .await?;
        Ok(())
    }

    /// The one call that sends.
    async fn send(&self, row: &DeliveryRow) -> Result<(), ServiceError> {
        let Some(draft) = row.gmail_draft_id.clone() else {
            return self
                .ask(row, "the reply's draft is not known any more")
                .await;
        };
        let row = self
            .step(row, DeliveryStep::Start, OutboxPatch::default())
            .await?;
        match self.gmail.send_draft(&draft).await {
            Ok(sent) => self.accept(&row, sent).await,
            Err(error) if error.outcome() == Outcome::Unknown => {
                let patch = OutboxPatch {
                    next_at: Some(later(self.services.now(), FIRST_LOOK)),
                    error: Some(error.message),
                    ..OutboxPatch::default()
                };
                self.step(&row, DeliveryStep::LoseSight, patch)
                    .await
                    .map(|_| ())
            }
            Err(error) if waits(&error) => {
                limits::note(self.services, &error).await?;
                let patch = self.later_patch(&row, &error);
                self.step(&row, DeliveryStep::NotDone, patch)
                    .await
                    .map(|_| ())
            }
            Err(error) => self.refuse(&row, &error).await,
        }
    }

    /// It left: with its real `Message-ID`, if Gmail tells it now, so that the lead's next
    /// mail matches by header.
    async fn accept(&self, row: &DeliveryRow, sent: SentRef) -> Result<(), ServiceError> {
        let headers = self.gmail.message_headers(&sent.id, &["Message-ID"]).await;
        let message_id = match &headers {
            Ok(headers) => headers.header("Message-ID").map(bare_id),
            Err(error) => {
                tracing::info!(kind = ?error.kind, "the sent mail's Message-ID follows with a sync");
                None
            }
        };
        let left = Left {
            gmail_id: sent.id,
            thread_id: sent.thread_id,
            message_id,
            at: headers.ok().map(|headers| headers.internal_date),
        };
        let (row, now) = (row.clone(), self.services.now());
        let delivery = self
            .services
            .store()
            .write_durably(move |w| record_sent(w, &row, Some(&left), now))
            .await?;
        let (id, conversation) = (delivery.id, delivery.conversation_id);
        self.services.post(Notice::Sent {
            delivery: id,
            conversation,
        });
        Ok(())
    }

    /// Gmail will never take this mail: its text comes back to the person.
    async fn refuse(&self, row: &DeliveryRow, error: &GmailError) -> Result<(), ServiceError> {
        let (row, now) = (row.clone(), self.services.now());
        let patch = OutboxPatch {
            error: Some(error.message.clone()),
            leftover: Some(row.delivery.attempts > 1),
            ..OutboxPatch::default()
        };
        let delivery = self
            .services
            .store()
            .write_durably(move |w| {
                let id = row.delivery.id;
                w.step_delivery(id, row.delivery.state, DeliveryStep::Refuse, &patch, now)?;
                hand_back(w, &row, now)?;
                let event = NewEvent {
                    delivery: Some(id),
                    ..NewEvent::about(EventKind::Refused, row.delivery.conversation_id)
                };
                w.insert_event(event, now)?;
                Ok(w.require_delivery(id)?.delivery)
            })
            .await?;
        told(self.services, &delivery);
        Ok(())
    }

    async fn ask(&self, row: &DeliveryRow, why: &str) -> Result<(), ServiceError> {
        let patch = OutboxPatch {
            error: Some(why.to_owned()),
            ..OutboxPatch::default()
        };
        let row = self.step(row, DeliveryStep::GiveUp, patch).await?;
        told(self.services, &row.delivery);
        Ok(())
    }

    /// A passing failure with nothing sent: again later, in the same state.
    async fn try_later(&self, row: &DeliveryRow, error: &GmailError) -> Result<(), ServiceError> {
        self.note(row, self.later_patch(row, error)).await
    }

    fn later_patch(&self, row: &DeliveryRow, error: &GmailError) -> OutboxPatch {
        let tries = usize::try_from(row.delivery.attempts).unwrap_or(usize::MAX);
        let last = BACKOFF.len() - 1;
        let seconds = BACKOFF.get(tries.min(last)).copied().unwrap_or(300);
        let backoff = later(self.services.now(), SignedDuration::from_secs(seconds));
        OutboxPatch {
            next_at: Some(error.retry_at.map_or(backoff, |at| at.max(backoff))),
            error: Some(error.message.clone()),
            tried: true,
            ..OutboxPatch::default()
        }
    }

    async fn wait(
        &self,
        row: &DeliveryRow,
        until: Timestamp,
        why: &str,
    ) -> Result<(), ServiceError> {
        let patch = OutboxPatch {
            next_at: Some(until),
            error: Some(why.to_owned()),
            ..OutboxPatch::default()
        };
        self.note(row, patch).await
    }

    async fn note(&self, row: &DeliveryRow, patch: OutboxPatch) -> Result<(), ServiceError> {
        let (id, state, now) = (row.delivery.id, row.delivery.state, self.services.now());
        self.services
            .store()
            .write_durably(move |w| w.note_delivery(id, state, &patch, now))
            .await?;
        self.tell(&row.delivery);
        Ok(())
    }

    /// Commits a step and returns the row as it is then.
    async fn step(
        &self,
        row: &DeliveryRow,
        step: DeliveryStep,
        patch: OutboxPatch,
    ) -> Result<DeliveryRow, ServiceError> {
        let (id, from, now) = (row.delivery.id, row.delivery.state, self.services.now());
        let row = self
            .services
            .store()
            .write_durably(move |w| {
                w.step_delivery(id, from, step, &patch, now)?;
                w.require_delivery(id)
            })
            .await?;
        self.tell(&row.delivery);
        Ok(row)
    }

    fn tell(&self, delivery: &Delivery) {
        self.services.post(Notice::DeliveryChanged {
            delivery: delivery.id,
            conversation: delivery.conversation_id,
        });
    }
}

/// Whether to wait and try again, rather than to give the text back.
fn waits(error: &GmailError) -> bool {
    error.passes() || matches!(error.kind, GmailErrorKind::SignIn | GmailErrorKind::Keeper)
}

/// Waits until a reply has reached an end, delivering it here if nobody else does.
///
/// # Errors
/// Failures of the store, and of Gmail as far as they concern everything.
pub async fn deliver(services: &Services, id: DeliveryId) -> Result<Delivery, ServiceError> {
    loop {
        // Nobody is there to sign in while a verb waits; the reply stays queued.
        if let Err(error @ ServiceError::SignIn(_)) = services.gmail().await {
            return Err(error);
        }
        let next = run_due(services).await?;
        let delivery = super::outbox::get(services, id).await?;
        if delivery.state.is_final() || delivery.state.needs_person() {
            return Ok(delivery);
        }
        let now = services.now();
        let wait = next.map_or(SignedDuration::from_secs(1), |next| {
            next.duration_since(now)
        });
        let wait = wait.clamp(
            SignedDuration::from_millis(10),
            SignedDuration::from_secs(5),
        );
        tokio::time::sleep(wait.unsigned_abs()).await;
    }
}
