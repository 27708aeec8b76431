//! What happens, one thing after the other, for those who are not looking at the screen:
//! `rejoinder watch` prints it. Read from the store and not from memory, so that it is
//! the same in the process that works and in one that looks on.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;

use super::worker::Role;
use super::{ServiceError, Services, inbox};
use crate::domain::delivery::DeliveryState;
use crate::domain::listing::LeadSummary;
use crate::domain::sync::{Freshness, SyncProblem, SyncProgress, UnitsUsed};
use crate::domain::{
    Confidence, ConversationId, DeliveryId, MailKind, MatchedBy, MessageId, SuggestionId,
    SuggestionStatus,
};
use crate::store::{EventKind, FeedMarks, Read, StoreError};

/// The conversation that something is about.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct About {
    /// Row number.
    pub conversation: ConversationId,
    /// With whom.
    pub lead: LeadSummary,
    /// What about.
    pub subject: String,
}

/// Something that happened.
#[derive(Clone, PartialEq, Debug, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Occurrence {
    /// The watch began.
    Started {
        /// When.
        at: Timestamp,
        /// Whose mailbox it is.
        account: Option<String>,
    },
    /// This process began to work, or found that another one does.
    Worker {
        /// When.
        at: Timestamp,
        /// It polls, drafts and sends.
        holds: bool,
        /// The process that does, if it is another one and known.
        #[serde(skip_serializing_if = "Option::is_none")]
        holder: Option<u32>,
    },
    /// A person's mail came that nobody has answered yet.
    NewReply {
        /// When it came.
        at: Timestamp,
        /// Which mail.
        message: MessageId,
        /// How it was matched.
        matched_by: Option<MatchedBy>,
        /// Proof or guess.
        certain: bool,
        /// Where.
        #[serde(flatten)]
        about: About,
    },
    /// A machine answered: out of office and the like.
    AutoReply {
        /// When it came.
        at: Timestamp,
        /// Which mail.
        message: MessageId,
        /// Where.
        #[serde(flatten)]
        about: About,
    },
    /// A mail of ours came back.
    Bounce {
        /// When it came.
        at: Timestamp,
        /// Which mail says so.
        message: MessageId,
        /// Who could not be reached.
        failed_address: Option<String>,
        /// Where.
        #[serde(flatten)]
        about: About,
    },
    /// A draft is there to be read.
    SuggestionReady {
        /// When.
        at: Timestamp,
        /// Which.
        suggestion: SuggestionId,
        /// Its state now.
        status: SuggestionStatus,
        /// How sure its writer is, 0 to 1.
        confidence: Confidence,
        /// Where.
        #[serde(flatten)]
        about: About,
    },
    /// A reply left.
    Sent {
        /// When.
        at: Timestamp,
        /// Which.
        delivery: DeliveryId,
        /// Where.
        #[serde(flatten)]
        about: About,
    },
    /// A reply was written elsewhere, in Gmail's own page or on a telephone.
    AnsweredElsewhere {
        /// When it left.
        at: Timestamp,
        /// Which mail.
        message: MessageId,
        /// Where.
        #[serde(flatten)]
        about: About,
    },
    /// A reply waits for a decision of the person's, or was refused.
    NeedsYou {
        /// When.
        at: Timestamp,
        /// Which.
        delivery: DeliveryId,
        /// `held`, `ask` or `refused`.
        state: DeliveryState,
        /// Why.
        reason: Option<String>,
        /// Where.
        #[serde(flatten)]
        about: About,
    },
    /// The mailbox was looked at, or could not be.
    Sync {
        /// When.
        at: Timestamp,
        /// Whether it worked.
        ok: bool,
        /// Why not.
        problem: Option<SyncProblem>,
        /// The last look that worked.
        synced_at: Option<Timestamp>,
        /// When the next one is due.
        next_at: Option<Timestamp>,
        /// Mails stored since the last of these.
        stored: u64,
        /// Mails of no conversation since then.
        unmatched: u64,
        /// How far a first or full sync has come.
        progress: Option<SyncProgress>,
        /// Gmail's quota units.
        units: UnitsUsed,
    },
    /// The watch ended.
    Stopped {
        /// When.
        at: Timestamp,
    },
}

/// Follows the store from one moment on.
pub struct Feed {
    marks: FeedMarks,
    /// The marks at the last `sync`.
    synced: FeedMarks,
    needing: BTreeMap<DeliveryId, DeliveryState>,
    fresh: (Option<Timestamp>, Option<SyncProblem>, Option<SyncProgress>),
    role: Role,
}

impl Feed {
    /// What happens from now on, and the first of it: that the watch began.
    ///
    /// # Errors
    /// Failures of the store.
    pub async fn begin(services: &Services) -> Result<(Self, Occurrence), ServiceError> {
        let (marks, needing, account) = services
            .store()
            .read(|r| {
                Ok((
                    r.get_feed_marks()?,
                    needing(r)?,
                    r.get_sync_state()?.account,
                ))
            })
            .await?;
        let fresh = inbox::freshness(services).await?;
        let started = Occurrence::Started {
            at: services.now(),
            account,
        };
        let feed = Self {
            marks,
            synced: marks,
            needing,
            fresh: (fresh.synced_at, fresh.problem, fresh.progress),
            role: Role::Begins,
        };
        Ok((feed, started))
    }

    /// What has happened since the last time, in order.
    ///
    /// # Errors
    /// Failures of the store.
    pub async fn next(&mut self, services: &Services) -> Result<Vec<Occurrence>, ServiceError> {
        let mut found = Vec::new();
        let role = *services.role().borrow();
        if role != self.role {
            self.role = role;
            let holds = role == Role::Holds;
            found.push(Occurrence::Worker {
                at: services.now(),
                holds,
                holder: super::worker::holder(services).filter(|_| !holds),
            });
        }
        let (from, known, now) = (self.marks, self.needing.clone(), services.now());
        let (happened, marks, needing) = services
            .store()
            .read(move |r| {
                let needing = needing(r)?;
                let happened = happened(r, from, &known, &needing, now)?;
                Ok((happened, r.get_feed_marks()?, needing))
            })
            .await?;
        found.extend(happened);
        self.marks = FeedMarks {
            message: marks.message.max(from.message),
            event: marks.event.max(from.event),
            unmatched: marks.unmatched.max(from.unmatched),
        };
        self.needing = needing;
        let fresh = inbox::freshness(services).await?;
        if let Some(sync) = self.sync(services, fresh).await? {
            found.push(sync);
        }
        Ok(found)
    }

    async fn sync(
        &mut self,
        services: &Services,
        fresh: Freshness,
    ) -> Result<Option<Occurrence>, ServiceError> {
        let Freshness {
            synced_at,
            next_at,
            problem,
            progress,
            units,
            ..
        } = fresh;
        let state = (synced_at, problem, progress);
        // A poll notes when it ended before it notes when the next one is due.
        let over = next_at.is_none_or(|next| synced_at.is_none_or(|at| next >= at));
        if self.fresh == state || !over {
            return Ok(None);
        }
        let (from, to) = (self.synced, self.marks);
        let (stored, unmatched) = services
            .store()
            .read(move |r| r.count_between(from, to))
            .await?;
        self.synced = self.marks;
        let problem = state.1.clone();
        self.fresh = state;
        Ok(Some(Occurrence::Sync {
            at: services.now(),
            ok: problem.is_none(),
            problem,
            synced_at,
            next_at,
            stored,
            unmatched,
            progress,
            units,
        }))
    }
}

/// Replies that wait for the person.
fn needing(r: Read<'_>) -> Result<BTreeMap<DeliveryId, DeliveryState>, StoreError> {
    let open = r.list_open_deliveries()?;
    let needing = open.into_iter().filter(|d| d.state.needs_person());
    Ok(needing.map(|d| (d.id, d.state)).collect())
}

fn happened(
    r: Read<'_>,
    from: FeedMarks,
    known: &BTreeMap<DeliveryId, DeliveryState>,
    needing: &BTreeMap<DeliveryId, DeliveryState>,
    now: Timestamp,
) -> Result<Vec<Occurrence>, StoreError> {
    let mut found = Vec::new();
    for mail in r.list_arrivals_after(from.message)? {
        let Some(about) = about(r, mail.conversation)? else {
            continue;
        };
        let (at, message) = (mail.received_at, mail.id);
        found.push(match mail.kind {
            MailKind::Person if mail.waits => Occurrence::NewReply {
                at,
                message,
                matched_by: mail.matched_by,
                certain: mail.certain,
                about,
            },
            MailKind::AutoReply => Occurrence::AutoReply { at, message, about },
            MailKind::Bounce => Occurrence::Bounce {
                at,
                message,
                failed_address: mail.failed_address,
                about,
            },
            _ => continue,
        });
    }
    for mail in r.list_elsewhere_after(from.message)? {
        if let Some(about) = about(r, mail.conversation)? {
            found.push(Occurrence::AnsweredElsewhere {
                at: mail.at,
                message: mail.id,
                about,
            });
        }
    }
    for logged in r.list_events_after(from.event)? {
        let Some(about) = logged
            .conversation
            .map(|id| about(r, id))
            .transpose()?
            .flatten()
        else {
            continue;
        };
        let at = logged.at;
        match (logged.kind, logged.suggestion, logged.delivery) {
            (EventKind::Drafted, Some(id), _) => {
                if let Some(suggestion) = r.get_suggestion(id)? {
                    found.push(Occurrence::SuggestionReady {
                        at,
                        suggestion: id,
                        status: suggestion.status,
                        confidence: suggestion.confidence,
                        about,
                    });
                }
            }
            (EventKind::Sent, _, Some(delivery)) => found.push(Occurrence::Sent {
                at,
                delivery,
                about,
            }),
            (EventKind::Refused, _, Some(delivery)) => found.push(Occurrence::NeedsYou {
                at,
                delivery,
                state: DeliveryState::Refused,
                reason: r.get_delivery(delivery)?.and_then(|row| row.delivery.error),
                about,
            }),
            _ => {}
        }
    }
    for (delivery, state) in needing {
        if known.get(delivery) == Some(state) {
            continue;
        }
        let Some(row) = r.get_delivery(*delivery)? else {
            continue;
        };
        if let Some(about) = about(r, row.delivery.conversation_id)? {
            found.push(Occurrence::NeedsYou {
                at: now,
                delivery: *delivery,
                state: *state,
                reason: row.delivery.error,
                about,
            });
        }
    }
    Ok(found)
}

fn about(r: Read<'_>, id: ConversationId) -> Result<Option<About>, StoreError> {
    Ok(r.get_inbox_row(id)?.map(|row| About {
        conversation: row.id,
        lead: row.lead,
        subject: row.subject,
    }))
}
