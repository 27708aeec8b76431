//! The sender: takes replies through the protocol of [`crate::domain::delivery`].
//!
//! Each step is one of two kinds. A *step* is committed before or after a call, and only
//! from the state that was read: whoever was faster wins, and the loser lets go. A *call*
//! is made only in a state that says it may have been made. What is found in such a state
//! at the beginning of a pass is looked up first, because nobody knows how far an earlier
//! process came.

mod look;

use jiff::{SignedDuration, Timestamp};

use super::ingest::{Arrived, Taken};
use super::outbox::{hand_back, told};
use super::{ServiceError, Services};
use crate::domain::delivery::{Delivery, DeliveryState, DeliveryStep};
use crate::domain::{
    ConversationStatus, DeliveryId, Direction, GmailId, GmailThreadId, MailKind, Notice,
};
use crate::gmail::{Gmail, GmailError, GmailErrorKind, Outcome, SentRef};
use crate::mail::parse;
use crate::store::{DeliveryRow, EventKind, NewEvent, OutboxPatch, StoreError, Write};

/// Until the next try after a failure that passes, by the number of tries.
const BACKOFF: [i64; 6] = [2, 5, 15, 60, 120, 300];
/// Until a lost answer is looked up for the first time.
const FIRST_LOOK: SignedDuration = SignedDuration::from_secs(3);

/// Takes every reply that is due one or more steps further. Returns when the next one is
/// due.
///
/// # Errors
/// When nobody is signed in and something is due, or the store fails. Failures of Gmail
/// are kept with the reply they concern.
pub async fn run_due(services: &Services) -> Result<Option<Timestamp>, ServiceError> {
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
    remove_leftovers(services).await?;
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

/// Removes Gmail drafts of replies that were taken back or refused.
async fn remove_leftovers(services: &Services) -> Result<(), ServiceError> {
    let rows = services.store().read(|r| r.list_leftover_drafts()).await?;
    if rows.is_empty() {
        return Ok(());
    }
    let gmail = services.gmail().await?;
    for row in rows {
        let Some(draft) = row.gmail_draft_id else {
            continue;
        };
        match gmail.delete_draft(&draft).await {
            Ok(()) => {}
            Err(error) if error.kind == GmailErrorKind::NotFound => {}
            Err(error) => {
                tracing::info!(kind = ?error.kind, "a leftover draft stays for now");
                continue;
            }
        }
        let (id, state, now) = (row.delivery.id, row.delivery.state, services.now());
        let patch = OutboxPatch {
            forget_draft: true,
            ..OutboxPatch::default()
        };
        services
            .store()
            .write(move |w| w.note_delivery(id, state, &patch, now))
            .await?;
    }
    Ok(())
}

fn later(now: Timestamp, wait: SignedDuration) -> Timestamp {
    now.checked_add(wait).unwrap_or(now)
}

/// One reply on its way through the protocol.
struct Pass<'s> {
    services: &'s Services,
    gmail: &'s Gmail,
}

impl Pass<'_> {
    async fn advance(&self, row: DeliveryRow) -> Result<(), ServiceError> {
        match row.delivery.state {
            DeliveryState::Queued => {
                if let Some(wait) = self.over_limit().await? {
                    return self.wait(&row, wait, "the sending limit is reached").await;
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
                look::Draft::None => self.make_draft(&row).await,
                look::Draft::Unclear(error) => self.try_later(&row, &error).await,
            },
            DeliveryState::Staged => match self.check_draft(&row).await? {
                look::Ticket::Good => self.send(&row).await,
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
            DeliveryState::Unknown => self.look_up(&row).await,
            DeliveryState::Held
            | DeliveryState::Ask
            | DeliveryState::Sent
            | DeliveryState::Refused
            | DeliveryState::Cancelled => Ok(()),
        }
    }

    /// How long to wait for the person's own sending limits, if they are reached.
    async fn over_limit(&self) -> Result<Option<SignedDuration>, StoreError> {
        let now = self.services.now();
        let limits = &self.services.config().sending;
        let (minute, day) = (u64::from(limits.per_minute), u64::from(limits.per_day));
        let since = |span: SignedDuration| now.checked_sub(span).unwrap_or(Timestamp::MIN);
        let (minute_ago, day_ago) = (
            since(SignedDuration::from_mins(1)),
            since(SignedDuration::from_hours(24)),
        );
        self.services
            .store()
            .read(move |r| {
                if r.count_sent_since(day_ago)? >= day {
                    return Ok(Some(SignedDuration::from_mins(30)));
                }
                let over = r.count_sent_since(minute_ago)? >= minute;
                Ok(over.then_some(SignedDuration::from_secs(15)))
            })
            .await
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
        wait: SignedDuration,
        why: &str,
    ) -> Result<(), ServiceError> {
        let patch = OutboxPatch {
            next_at: Some(later(self.services.now(), wait)),
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

/// An id without its brackets.
fn bare_id(header: &str) -> String {
    header.trim().trim_matches(['<', '>']).to_owned()
}

/// A mail that left, as Gmail names it.
#[derive(Clone, Debug)]
pub(super) struct Left {
    pub gmail_id: GmailId,
    pub thread_id: GmailThreadId,
    pub message_id: Option<String>,
    /// When, by Gmail's clock.
    pub at: Option<Timestamp>,
}

/// Notes that a reply left, with its mail in the conversation. `left` is none when only
/// the person's word says so; a sync fills in what Gmail calls it.
pub(super) fn record_sent(
    w: Write<'_>,
    row: &DeliveryRow,
    left: Option<&Left>,
    now: Timestamp,
) -> Result<Delivery, StoreError> {
    let id = row.delivery.id;
    let conversation = row.delivery.conversation_id;
    let patch = OutboxPatch {
        gmail_id: left.map(|left| left.gmail_id.clone()),
        gmail_thread_id: left.map(|left| left.thread_id.clone()),
        message_id: left.and_then(|left| left.message_id.clone()),
        error: Some(String::new()),
        ..OutboxPatch::default()
    };
    w.step_delivery(id, row.delivery.state, DeliveryStep::Accept, &patch, now)?;
    insert_sent_message(w, row, left, now)?;
    // What the lead wrote after this reply was approved still needs an answer.
    let newer = w
        .get_last_inbound(conversation)?
        .is_some_and(|last| last > row.basis)
        && w.get_conversation_status(conversation)? == Some(ConversationStatus::NeedsReply);
    if !newer {
        let status = if row.archive_after {
            ConversationStatus::Archived
        } else {
            ConversationStatus::Waiting
        };
        w.set_conversation_status(conversation, status, None, now)?;
    }
    let waited = now.duration_since(row.delivery.created_at).as_millis();
    let event = NewEvent {
        delivery: Some(id),
        amount: u64::try_from(waited).ok(),
        ..NewEvent::about(EventKind::Sent, conversation)
    };
    w.insert_event(event, now)?;
    Ok(w.require_delivery(id)?.delivery)
}

fn insert_sent_message(
    w: Write<'_>,
    row: &DeliveryRow,
    left: Option<&Left>,
    now: Timestamp,
) -> Result<(), StoreError> {
    let mail = parse::parse(&row.raw)
        .map_err(|error| StoreError::Corrupt(format!("a reply of ours cannot be read: {error}")))?;
    let arrived = Arrived {
        mail: Box::new(mail),
        gmail_id: left.map(|left| left.gmail_id.clone()),
        gmail_thread_id: left
            .map(|left| left.thread_id.clone())
            .or(row.gmail_thread_id.clone()),
        labels: Vec::new(),
        received_at: left.and_then(|left| left.at).unwrap_or(now),
    };
    let mut new = super::ingest::to_message(&arrived, Direction::Outbound);
    new.received_at = w.after_newest(row.delivery.conversation_id, new.received_at)?;
    // Gmail replaces our Message-ID; a wrong one would match nothing.
    new.message_id = left.and_then(|left| left.message_id.clone());
    new.kind = MailKind::Person;
    // The text as the person approved it, which the frozen mail carries encoded.
    new.text.clone_from(&row.delivery.body);
    new.reply.clone_from(&row.delivery.body);
    w.insert_message(row.delivery.conversation_id, &new, None, true, now)?;
    Ok(())
}

/// A mail that carries one of our marks: the delivery learns what became of it. None when
/// the mark is not of this store.
pub(super) fn recognise(
    w: Write<'_>,
    arrived: &Arrived,
    mark: &str,
    now: Timestamp,
) -> Result<Option<Taken>, StoreError> {
    let Some(row) = w.get_delivery_by_mark(mark)? else {
        return Ok(None);
    };
    let sent = arrived.labels.iter().any(|label| label == "SENT");
    let (Some(gmail_id), Some(thread_id), true) = (
        arrived.gmail_id.clone(),
        arrived.gmail_thread_id.clone(),
        sent,
    ) else {
        return Ok(None);
    };
    let conversation = row.delivery.conversation_id;
    let left = Left {
        gmail_id,
        thread_id,
        message_id: arrived.mail.message_id.clone(),
        at: Some(arrived.received_at),
    };
    match row.delivery.state {
        DeliveryState::Sent => {
            w.name_sent_message(
                row.delivery.id,
                &left.gmail_id,
                &left.thread_id,
                left.message_id.as_deref(),
            )?;
        }
        state if state.after(DeliveryStep::Accept).is_ok() => {
            record_sent(w, &row, Some(&left), now)?;
        }
        // Taken back or held here, but sent by hand from Gmail's drafts: an outbound mail
        // like any other.
        _ => return Ok(None),
    }
    Ok(Some(Taken::OwnDelivery(conversation)))
}

/// Waits until a reply has reached an end, delivering it here if nobody else does.
///
/// # Errors
/// Failures of the store, and of Gmail as far as they concern everything.
pub async fn deliver(services: &Services, id: DeliveryId) -> Result<Delivery, ServiceError> {
    loop {
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
