//! What was learned from the person, as they see it: rules of style and examples.

use jiff::Timestamp;
use serde::Serialize;

use super::ids::{ExampleId, LeadId, RuleId, SuggestionId};
use super::states::text_enum;

text_enum! {
    /// Where a rule of style stands.
    RuleState {
        /// Derived from what the person did; does nothing until they accept it.
        Proposed = "proposed",
        /// Goes into every prompt.
        Accepted = "accepted",
        /// The person said no: it is not proposed again.
        Deleted = "deleted",
    }
}

/// A rule of how the person writes.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct StyleRule {
    /// Row number.
    pub id: RuleId,
    /// The rule in words.
    pub text: String,
    /// Where it stands.
    pub state: RuleState,
    /// How many replies or rejections it was derived from; 0 for one the person wrote.
    pub evidence: u32,
    /// When it was first proposed.
    pub created_at: Timestamp,
}

/// A reply that was learned from: the person's own words of what they sent.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Example {
    /// Row number.
    pub id: ExampleId,
    /// To whom it went.
    pub lead_id: LeadId,
    /// The lead's name.
    pub lead: String,
    /// Subject of the conversation.
    pub subject: String,
    /// What the lead wanted.
    pub intent: String,
    /// Language of the reply.
    pub language: Option<String>,
    /// The suggestion it was made from; none for an own reply.
    pub suggestion_id: Option<SuggestionId>,
    /// As drafted; none for an own reply.
    pub draft: Option<String>,
    /// As sent, without what others wrote.
    pub reply: String,
    /// How much of the draft was changed, in percent of its words.
    pub changed: u8,
    /// When it was sent.
    pub created_at: Timestamp,
}

/// Everything that was learned.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
pub struct Memory {
    /// Rules, the proposed ones first; deleted ones are not listed.
    pub rules: Vec<StyleRule>,
    /// Replies, newest first.
    pub examples: Vec<Example>,
    /// How many replies there are in all.
    pub examples_total: u64,
    /// How many decisions about drafts are counted for the scores.
    pub outcomes: u64,
}
