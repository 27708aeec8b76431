//! What a drafter makes of a thread: one record, whichever model or template wrote it.

use serde::{Deserialize, Serialize};

use super::suggestion::{Confidence, Sentiment, Urgency};

/// A drafted answer, validated: texts are sanitised, numbers in range, words known.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct DraftRecord {
    /// Subject of the answer.
    pub subject: String,
    /// Text of the answer, LF line ends.
    pub body: String,
    /// The drafter's own guess of how good it is; none when it did not say, or when what
    /// it said was out of range.
    pub confidence: Confidence,
    /// Why it answered so, for the person.
    pub reasoning: String,
    /// Mood of the lead's mail.
    pub sentiment: Sentiment,
    /// What the lead wants, a short word such as `pricing`; empty when not known.
    pub intent: String,
    /// How soon the lead expects an answer.
    pub urgency: Urgency,
    /// What the drafter would have needed to know.
    pub missing_facts: Vec<String>,
    /// Language of the body (BCP 47), if the drafter said.
    pub language: Option<String>,
}
