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
use serde::Serialize;

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
    /// The person takes it back.
    Undo,
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
            (S::Queued | S::Held | S::Staged, D::Undo) => S::Cancelled,
            (S::Queued | S::Staged, D::LeadWrote) => S::Held,
            (S::Held, D::Release) => S::Queued,
            (S::Queued, D::Due) => S::Staging,
            (S::Staging, D::DraftMade) => S::Staged,
            (S::Staging | S::Staged | S::Sending, D::Refuse) => S::Refused,
            (S::Staged, D::Start) => S::Sending,
            (S::Staging | S::Staged | S::Sending | S::Unknown | S::Ask, D::Accept) => S::Sent,
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
}

#[cfg(test)]
mod tests {
    use super::*;
    use DeliveryState as S;
    use DeliveryStep as D;

    const STEPS: &[DeliveryStep] = &[
        D::Undo,
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

    #[test]
    fn nothing_leaves_a_final_state() {
        for state in S::ALL.iter().filter(|state| state.is_final()) {
            for step in STEPS {
                assert!(state.after(*step).is_err(), "{state} {step:?}");
            }
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
        for state in [S::Staging, S::Sending, S::Unknown, S::Ask, S::Sent] {
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
}
