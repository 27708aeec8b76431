//! A reply on its way out, as a pure state machine.
//!
//! The protocol behind it: the raw mail is frozen with a random mark when it is
//! queued; a Gmail draft made of it is a ticket that can be used once; every call that
//! changes something at Gmail is preceded by a committed state, so that a crash at any
//! point leaves a row which says what may have happened. What is not known is looked
//! up by the mark, and in the end asked of the person. No step leads from an unknown
//! outcome to a second send without proof that the first one did not happen, or the
//! person's word.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::ids::{ConversationId, DeliveryId, SuggestionId};
use super::states::text_enum;

text_enum! {
    /// Where a reply is on its way.
    DeliveryState {
        /// Waits for its time; can be undone.
        Queued = "queued",
        /// Stopped because the lead wrote again; the person decides.
        Held = "held",
        /// A Gmail draft is about to be made, or may have been made.
        Staging = "staging",
        /// The Gmail draft is there and has not been sent.
        Staged = "staged",
        /// `drafts.send` is about to be called, or may have been called.
        Sending = "sending",
        /// Proven to have left.
        Sent = "sent",
        /// Gmail refused the mail for good; the text is editable again.
        Refused = "refused",
        /// Whether it left is not known; being looked up.
        Unknown = "unknown",
        /// Whether it left could not be found out; the person decides.
        Ask = "ask",
        /// Undone before it left.
        Cancelled = "cancelled",
    }
}

/// What happens to a delivery.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum DeliveryStep {
    /// The person takes it back; no call that sends was made yet.
    Undo,
    /// The person, having seen the evidence: it did not leave, and is not to.
    TakeBack,
    /// The lead wrote again before it left.
    LeadWrote,
    /// The person sends a held reply all the same.
    Release,
    /// Its time has come.
    Due,
    /// The draft exists at Gmail.
    DraftMade,
    /// Gmail will never take this mail.
    Refuse,
    /// `drafts.send` is about to be called.
    Start,
    /// Gmail took it, or it was found among the sent mail.
    Accept,
    /// The send provably did not happen; the draft is untouched.
    NotDone,
    /// The answer was lost or makes no sense.
    LoseSight,
    /// It cannot be found out by looking.
    GiveUp,
    /// The person: look again.
    KeepLooking,
    /// The person, having seen the evidence: send it once more.
    SendAgain,
}

/// A step that the state does not allow.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("a reply that is {state} cannot take the step {step:?}")]
pub struct IllegalStep {
    /// Where it is.
    pub state: DeliveryState,
    /// What was tried.
    pub step: DeliveryStep,
}

impl DeliveryState {
    /// The next state, or why there is none.
    ///
    /// # Errors
    /// [`IllegalStep`] for every pair that is not in the table.
    pub fn after(self, step: DeliveryStep) -> Result<Self, IllegalStep> {
        use DeliveryState as S;
        use DeliveryStep as D;
        let next = match (self, step) {
            (S::Queued | S::Held | S::Staging | S::Staged, D::Undo) => S::Cancelled,
            (S::Ask, D::TakeBack) => S::Cancelled,
            (S::Queued | S::Staging | S::Staged, D::LeadWrote) => S::Held,
            (S::Held, D::Release) => S::Queued,
            (S::Queued, D::Due) => S::Staging,
            (S::Staging, D::DraftMade) => S::Staged,
            (S::Staging | S::Staged | S::Sending, D::Refuse) => S::Refused,
            (S::Staged, D::Start) => S::Sending,
            // The mark among the sent mail is proof, wherever the row stands: a reply that
            // was to be sent again, or was sent by hand from Gmail's drafts, has left.
            (state, D::Accept) if !state.is_final() => S::Sent,
            (S::Sending | S::Unknown, D::NotDone) => S::Staged,
            (S::Sending, D::LoseSight) => S::Unknown,
            (S::Staging | S::Staged | S::Unknown, D::GiveUp) => S::Ask,
            (S::Ask, D::KeepLooking) => S::Unknown,
            (S::Ask, D::SendAgain) => S::Queued,
            (state, step) => return Err(IllegalStep { state, step }),
        };
        Ok(next)
    }

    /// Nothing more will happen.
    #[must_use]
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Sent | Self::Refused | Self::Cancelled)
    }

    /// The sender moves it on without the person.
    #[must_use]
    pub const fn is_under_way(self) -> bool {
        matches!(
            self,
            Self::Queued | Self::Staging | Self::Staged | Self::Sending | Self::Unknown
        )
    }

    /// The person has to decide.
    #[must_use]
    pub const fn needs_person(self) -> bool {
        matches!(self, Self::Held | Self::Ask)
    }
}

/// A delivery as the screen and the verbs show it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Delivery {
    /// Row number.
    pub id: DeliveryId,
    /// Where it belongs.
    pub conversation_id: ConversationId,
    /// The suggestion it came from; none for the person's own reply.
    pub suggestion_id: Option<SuggestionId>,
    /// Where it is on its way.
    pub state: DeliveryState,
    /// Not before this time.
    pub not_before: Timestamp,
    /// How often a draft or a send was tried.
    pub attempts: u32,
    /// Why it is not further, in words.
    pub error: Option<String>,
    /// Whom it goes to.
    pub to: String,
    /// Its subject.
    pub subject: String,
    /// Its text.
    pub body: String,
    /// When it was approved.
    pub created_at: Timestamp,
    /// Its time was chosen by the person (`S`, `--at`).
    pub scheduled: bool,
    /// Files that go with it: name and size.
    pub files: Vec<SentFile>,
    /// Why it came back after it had left: what the bounce says.
    pub bounced: Option<String>,
}

/// A file of a reply on its way, frozen with it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct SentFile {
    /// Its name as the lead sees it.
    pub name: String,
    /// Bytes.
    pub bytes: u64,
}

/// How much of the sending limits is used.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
pub struct SendingUse {
    /// Mails that left within the last 24 hours.
    pub day: u64,
    /// The most of a day.
    pub per_day: u64,
    /// Mails that left within the last minute.
    pub minute: u64,
    /// The most of a minute.
    pub per_minute: u64,
    /// Nothing leaves before this time: Gmail said so, or a limit is reached.
    pub paused_until: Option<Timestamp>,
}

impl SendingUse {
    /// Whether the person should be told: four fifths of a day, or nothing leaves.
    #[must_use]
    pub fn is_near(&self, now: Timestamp) -> bool {
        self.paused_until.is_some_and(|until| until > now)
            || (self.per_day > 0 && self.day * 5 >= self.per_day * 4)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use DeliveryState as S;
    use DeliveryStep as D;

    const STEPS: &[DeliveryStep] = &[
        D::Undo,
        D::TakeBack,
        D::LeadWrote,
        D::Release,
        D::Due,
        D::DraftMade,
        D::Refuse,
        D::Start,
        D::Accept,
        D::NotDone,
        D::LoseSight,
        D::GiveUp,
        D::KeepLooking,
        D::SendAgain,
    ];

    /// The whole table, written down a second time: what is not here is illegal.
    const LEGAL: &[(S, D, S)] = &[
        (S::Queued, D::Undo, S::Cancelled),
        (S::Queued, D::LeadWrote, S::Held),
        (S::Queued, D::Due, S::Staging),
        (S::Queued, D::Accept, S::Sent),
        (S::Held, D::Undo, S::Cancelled),
        (S::Held, D::Release, S::Queued),
        (S::Held, D::Accept, S::Sent),
        (S::Staging, D::Undo, S::Cancelled),
        (S::Staging, D::LeadWrote, S::Held),
        (S::Staging, D::DraftMade, S::Staged),
        (S::Staging, D::Refuse, S::Refused),
        (S::Staging, D::Accept, S::Sent),
        (S::Staging, D::GiveUp, S::Ask),
        (S::Staged, D::Undo, S::Cancelled),
        (S::Staged, D::LeadWrote, S::Held),
        (S::Staged, D::Refuse, S::Refused),
        (S::Staged, D::Start, S::Sending),
        (S::Staged, D::Accept, S::Sent),
        (S::Staged, D::GiveUp, S::Ask),
        (S::Sending, D::Refuse, S::Refused),
        (S::Sending, D::Accept, S::Sent),
        (S::Sending, D::NotDone, S::Staged),
        (S::Sending, D::LoseSight, S::Unknown),
        (S::Unknown, D::Accept, S::Sent),
        (S::Unknown, D::NotDone, S::Staged),
        (S::Unknown, D::GiveUp, S::Ask),
        (S::Ask, D::Accept, S::Sent),
        (S::Ask, D::TakeBack, S::Cancelled),
        (S::Ask, D::KeepLooking, S::Unknown),
        (S::Ask, D::SendAgain, S::Queued),
    ];

    #[test]
    fn every_pair_of_state_and_step_is_in_the_table_or_refused() {
        let mut legal = 0;
        for state in S::ALL {
            for step in STEPS {
                let wanted = LEGAL.iter().find(|(s, d, _)| s == state && d == step);
                match (state.after(*step), wanted) {
                    (Ok(next), Some((_, _, end))) => {
                        assert_eq!(next, *end, "{state} {step:?}");
                        legal += 1;
                    }
                    (Err(refused), None) => assert_eq!(
                        refused,
                        IllegalStep {
                            state: *state,
                            step: *step
                        }
                    ),
                    (got, wanted) => panic!("{state} {step:?}: {got:?}, not {wanted:?}"),
                }
            }
        }
        assert_eq!(legal, LEGAL.len());
        assert_eq!(STEPS.len() * S::ALL.len(), 140, "all pairs were looked at");
    }

    #[test]
    fn every_state_is_reached_and_every_open_one_has_a_way_to_an_end() {
        let mut reached = vec![S::Queued];
        let mut at = 0;
        while let Some(state) = reached.get(at).copied() {
            for (_, _, next) in LEGAL.iter().filter(|(from, ..)| *from == state) {
                if !reached.contains(next) {
                    reached.push(*next);
                }
            }
            at += 1;
        }
        assert_eq!(reached.len(), S::ALL.len(), "{reached:?}");
        for state in S::ALL {
            let ways = LEGAL.iter().filter(|(from, ..)| from == state).count();
            assert_eq!(ways == 0, state.is_final(), "{state}");
            let sorts = [state.is_final(), state.is_under_way(), state.needs_person()];
            assert_eq!(sorts.iter().filter(|is| **is).count(), 1, "{state}");
        }
    }

    #[test]
    fn an_unknown_outcome_is_sent_again_only_on_proof_or_on_the_persons_word() {
        for step in STEPS {
            let after = S::Unknown.after(*step);
            let proof = matches!(step, D::Accept | D::NotDone | D::GiveUp);
            assert_eq!(after.is_ok(), proof, "{step:?}");
        }
        assert_eq!(S::Ask.after(D::SendAgain), Ok(S::Queued));
    }

    #[test]
    fn undo_is_refused_once_the_send_may_have_begun() {
        for state in [S::Sending, S::Unknown, S::Ask, S::Sent] {
            assert!(state.after(D::Undo).is_err(), "{state}");
        }
        assert_eq!(S::Queued.after(D::Undo), Ok(S::Cancelled));
    }

    #[test]
    fn the_plain_way_leads_from_queued_to_sent() {
        let way = [D::Due, D::DraftMade, D::Start, D::Accept];
        let end = way
            .iter()
            .try_fold(S::Queued, |state, step| state.after(*step));
        assert_eq!(end, Ok(S::Sent));
    }

    #[test]
    fn the_limits_are_told_when_they_are_near() {
        let now = Timestamp::UNIX_EPOCH;
        let mut used = SendingUse {
            day: 399,
            per_day: 500,
            ..SendingUse::default()
        };
        assert!(!used.is_near(now));
        used.day = 400;
        assert!(used.is_near(now));
        used.day = 0;
        used.paused_until = Some(Timestamp::MAX);
        assert!(used.is_near(now));
    }
}
