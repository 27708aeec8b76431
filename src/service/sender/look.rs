//! Finding out what happened: for a draft that may have been made, and for a send whose
//! answer was lost. The mark is the proof; time alone proves nothing.

use jiff::SignedDuration;

use super::changed::Changed;
use super::{Pass, later};
use crate::domain::delivery::DeliveryStep;
use crate::domain::{GmailDraftId, GmailId};
use crate::gmail::{GmailError, GmailErrorKind, Listing, MessageHeaders, SentRef};
use crate::mail::parse::{MARK, parse};
use crate::service::ServiceError;
use crate::store::{DeliveryRow, OutboxPatch};

/// Before this time after a lost answer, a draft that is still there proves nothing: the
/// send may be on its way. Longer than any call of ours takes.
const QUIET: SignedDuration = SignedDuration::from_secs(90);
/// Minutes between looks, once the draft is gone and the mail is not found.
const LOOKS: [i64; 6] = [1, 2, 5, 10, 10, 12];
/// Newest sent mails and drafts that are looked at.
const NEWEST: u32 = 25;

pub(super) const EDITED: &str = "its draft was changed in Gmail since it was approved: send it there, take it back here, or send what was approved and keep the changed text here as an unsent reply";

/// What there is of a draft that may have been made.
pub(super) enum Draft {
    Found((GmailDraftId, GmailId)),
    /// Somebody has sent it from Gmail.
    Sent(SentRef),
    /// Somebody has changed it in Gmail.
    Edited,
    /// Somebody has changed it there, and the person has decided to send what was approved.
    Overruled(Vec<Changed>),
    None,
    Unclear(GmailError),
}

/// What has become of a draft that was made.
pub(super) enum Ticket {
    Good,
    Edited,
    Gone,
    Unclear(GmailError),
}

/// Where the mark was found.
enum Seen {
    Sent(SentRef),
    Draft(GmailId),
    Nowhere,
}

impl Pass<'_> {
    /// Looks for a draft with the mark before another one is made.
    pub(super) async fn find_draft(&self, row: &DeliveryRow) -> Result<Draft, ServiceError> {
        if row.delivery.attempts == 0 || self.policy == super::Policy::RepeatBlindly {
            return Ok(Draft::None);
        }
        Ok(match self.search_draft(row).await {
            Ok(found) => found,
            Err(error) => Draft::Unclear(error),
        })
    }

    async fn search_draft(&self, row: &DeliveryRow) -> Result<Draft, GmailError> {
        let in_thread = match self.seen(row).await? {
            Seen::Sent(sent) => return Ok(Draft::Sent(sent)),
            Seen::Draft(message) => Some(message),
            Seen::Nowhere => None,
        };
        let (mut unchanged, mut changed) = (None, Vec::new());
        let page = self.gmail.list_drafts(None).await?;
        let likely = |message: &GmailId| Some(message) == in_thread.as_ref();
        let (first, others): (Vec<_>, Vec<_>) = page
            .drafts
            .into_iter()
            .partition(|draft| likely(&draft.message_id));
        let listed = first.into_iter().chain(others).map(|draft| draft.draft_id);
        let known = row.gmail_draft_id.clone();
        let others = listed.filter(|id| Some(id) != known.as_ref());
        for id in known.iter().cloned().chain(others).take(NEWEST as usize) {
            let draft = match self.gmail.get_draft(&id).await {
                Ok(draft) => draft,
                Err(error) if error.kind == GmailErrorKind::NotFound => continue,
                Err(error) => return Err(error),
            };
            // Known by its id even if the mark did not outlive an edit.
            if known.as_ref() != Some(&id) && draft.header(MARK) != Some(row.mark.as_str()) {
                continue;
            }
            // Nobody has seen it being made: what it says now may not be what was approved.
            // Its mail has a new id since it was listed, if somebody is writing in it.
            let draft = match self.gmail.draft_raw(&id).await {
                Ok(draft) => draft,
                Err(error) if error.kind == GmailErrorKind::NotFound => continue,
                Err(error) => return Err(error),
            };
            if !same_mail(&draft.raw, &row.raw) {
                changed.push(Changed::new(draft.reference, &draft.raw, &row.raw));
                continue;
            }
            unchanged = Some((draft.reference.draft_id, draft.reference.message_id));
            // Copies that were changed must not stay behind once it was decided against them.
            if !row.again {
                break;
            }
        }
        match (unchanged, changed.is_empty(), row.again) {
            (_, false, true) => return Ok(Draft::Overruled(changed)),
            (Some(found), ..) => return Ok(Draft::Found(found)),
            (None, false, false) => return Ok(Draft::Edited),
            (None, true, _) => {}
        }
        // A draft that was sent between the two looks was in neither of them.
        Ok(match self.seen(row).await? {
            Seen::Sent(sent) => Draft::Sent(sent),
            Seen::Draft(_) | Seen::Nowhere => Draft::None,
        })
    }

    /// Whether the draft is still what was approved.
    pub(super) async fn check_draft(&self, row: &DeliveryRow) -> Result<Ticket, ServiceError> {
        let Some(id) = &row.gmail_draft_id else {
            return Ok(Ticket::Gone);
        };
        Ok(match self.gmail.get_draft(id).await {
            Ok(draft) if Some(&draft.reference.message_id) == row.draft_message_id.as_ref() => {
                Ticket::Good
            }
            Ok(_) => Ticket::Edited,
            Err(error) if error.kind == GmailErrorKind::NotFound => Ticket::Gone,
            Err(error) => Ticket::Unclear(error),
        })
    }

    /// A draft that we did not send is gone: somebody sent or deleted it in Gmail.
    pub(super) async fn gone(&self, row: &DeliveryRow) -> Result<(), ServiceError> {
        match self.seen(row).await {
            Ok(Seen::Sent(sent)) => self.accept(row, sent).await,
            Ok(_) => {
                self.ask(row, "its draft was deleted in Gmail before it was sent, and it is not among the sent mail")
                    .await
            }
            Err(error) => self.try_later(row, &error).await,
        }
    }

    /// One look for a send whose answer was lost.
    pub(super) async fn look_up(&self, row: &DeliveryRow) -> Result<(), ServiceError> {
        match self.seen(row).await {
            Ok(Seen::Sent(sent)) => return self.accept(row, sent).await,
            Ok(_) => {}
            Err(error) => return self.try_later(row, &error).await,
        }
        let now = self.services.now();
        let since = row.unknown_since.unwrap_or(row.delivery.created_at);
        let passed = now.duration_since(since);
        if passed < QUIET {
            let next = later(since, QUIET).min(later(now, SignedDuration::from_secs(20)));
            return self
                .look_again(row, next.max(later(now, SignedDuration::from_secs(1))))
                .await;
        }
        match self.check_draft(row).await? {
            // The ticket was not used, and a send of ours would have ended long ago.
            Ticket::Good => {
                let patch = OutboxPatch {
                    next_at: Some(now),
                    ..OutboxPatch::default()
                };
                self.step(row, DeliveryStep::NotDone, patch)
                    .await
                    .map(|_| ())
            }
            Ticket::Edited => self.ask(row, EDITED).await,
            Ticket::Unclear(error) => self.try_later(row, &error).await,
            Ticket::Gone => {
                let look = usize::try_from(row.looks).unwrap_or(usize::MAX);
                match LOOKS.get(look) {
                    Some(minutes) => {
                        self.look_again(row, later(now, SignedDuration::from_mins(*minutes)))
                            .await
                    }
                    None => {
                        let minutes = passed.as_mins();
                        let why = format!(
                            "its draft is gone, it is not among the sent mail, and {minutes} minutes have passed"
                        );
                        self.ask(row, &why).await
                    }
                }
            }
        }
    }

    async fn look_again(&self, row: &DeliveryRow, at: jiff::Timestamp) -> Result<(), ServiceError> {
        let quiet = row
            .unknown_since
            .is_some_and(|since| self.services.now().duration_since(since) < QUIET);
        let patch = OutboxPatch {
            next_at: Some(at),
            looked: !quiet,
            ..OutboxPatch::default()
        };
        self.note(row, patch).await
    }

    async fn seen(&self, row: &DeliveryRow) -> Result<Seen, GmailError> {
        match self.seen_in_thread(row).await? {
            Seen::Sent(sent) => Ok(Seen::Sent(sent)),
            other => Ok(self.seen_in_sent(row).await?.map_or(other, Seen::Sent)),
        }
    }

    async fn seen_in_thread(&self, row: &DeliveryRow) -> Result<Seen, GmailError> {
        let Some(thread) = &row.gmail_thread_id else {
            return Ok(Seen::Nowhere);
        };
        let messages = match self.gmail.thread_headers(thread, &[MARK]).await {
            Ok(messages) => messages,
            Err(error) if error.kind == GmailErrorKind::NotFound => return Ok(Seen::Nowhere),
            Err(error) => return Err(error),
        };
        let mut seen = Seen::Nowhere;
        for message in messages.into_iter().filter(|m| carries(m, row)) {
            if has(&message, "SENT") {
                return Ok(Seen::Sent(sent_ref(message)));
            }
            if has(&message, "DRAFT") {
                seen = Seen::Draft(message.id);
            }
        }
        Ok(seen)
    }

    /// The newest sent mails: a label listing shows them at once, a search would lag.
    async fn seen_in_sent(&self, row: &DeliveryRow) -> Result<Option<SentRef>, GmailError> {
        let label_ids = vec!["SENT".to_owned()];
        let listing = Listing {
            label_ids,
            max: NEWEST,
            ..Listing::default()
        };
        let page = self.gmail.list_messages(&listing).await?;
        for listed in page.messages {
            let message = match self.gmail.message_headers(&listed.id, &[MARK]).await {
                Ok(message) => message,
                Err(error) if error.kind == GmailErrorKind::NotFound => continue,
                Err(error) => return Err(error),
            };
            if carries(&message, row) && has(&message, "SENT") {
                return Ok(Some(sent_ref(message)));
            }
        }
        Ok(None)
    }
}

/// Whether two mails say the same to the same people, whatever Gmail made of the one's
/// headers and encoding.
pub(super) fn same_mail(one: &[u8], other: &[u8]) -> bool {
    let (Ok(one), Ok(other)) = (parse(one), parse(other)) else {
        return false;
    };
    let words = |text: &str| {
        text.split_whitespace()
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    let keys = |people: &[crate::domain::Address]| {
        people
            .iter()
            .map(crate::domain::Address::key)
            .collect::<Vec<_>>()
    };
    words(&one.text) == words(&other.text)
        && words(&one.subject) == words(&other.subject)
        && keys(&one.to) == keys(&other.to)
        && keys(&one.cc) == keys(&other.cc)
        && one.attachments == other.attachments
}

fn carries(message: &MessageHeaders, row: &DeliveryRow) -> bool {
    message
        .header(MARK)
        .is_some_and(|mark| mark.trim() == row.mark)
}

fn has(message: &MessageHeaders, label: &str) -> bool {
    message.label_ids.iter().any(|own| own == label)
}

fn sent_ref(message: MessageHeaders) -> SentRef {
    SentRef {
        id: message.id,
        thread_id: message.thread_id,
    }
}
