//! A drafted reply to one message, in versions, and what was found when checking it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::ids::{ConversationId, MessageId, SuggestionId};
use super::money::MicroDollars;
use super::score::Score;
use super::sources::Sources;
use super::states::text_enum;

text_enum! {
    /// Where a suggestion stands.
    SuggestionStatus {
        /// Being written.
        Generating = "generating",
        /// Complete, valid, waiting for the person.
        Pending = "pending",
        /// Sent, or on its way.
        Approved = "approved",
        /// The person said no.
        Rejected = "rejected",
        /// A newer version or a newer message took its place.
        Superseded = "superseded",
        /// No drafter could write it.
        Failed = "failed",
    }
}

impl SuggestionStatus {
    /// The steps a suggestion can take. `Approved` goes back to `Pending` when its
    /// sending is undone or refused; `Superseded` and `Rejected` when the person
    /// restores an earlier version.
    #[must_use]
    pub fn may_become(self, next: Self) -> bool {
        use SuggestionStatus::{Approved, Failed, Generating, Pending, Rejected, Superseded};
        matches!(
            (self, next),
            (Generating, Pending | Failed | Superseded)
                | (Pending, Approved | Rejected | Superseded)
                | (Approved | Rejected | Superseded, Pending)
                | (Failed, Superseded)
        )
    }
}

text_enum! {
    /// Mood of the lead's mail.
    Sentiment {
        /// Interested, friendly.
        Positive = "positive",
        /// Neither.
        Neutral = "neutral",
        /// Annoyed or declining.
        Negative = "negative",
        /// Both at once.
        Mixed = "mixed",
        /// The drafter did not say, or said something else.
        Unknown = "unknown",
    }
}

text_enum! {
    /// How soon the lead expects an answer.
    Urgency {
        /// Whenever.
        Low = "low",
        /// In a day or two.
        Medium = "medium",
        /// Today.
        High = "high",
        /// The drafter did not say, or said something else.
        Unknown = "unknown",
    }
}

/// A number from 0 to 1, or unknown. Out of range means unknown, never "sure".
#[derive(Clone, Copy, PartialEq, PartialOrd, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Confidence(Option<f64>);

impl Confidence {
    /// Not known.
    pub const UNKNOWN: Self = Self(None);

    /// The number if it is from 0 to 1, else unknown.
    #[must_use]
    pub fn new(value: f64) -> Self {
        Self((0.0..=1.0).contains(&value).then_some(value))
    }

    /// From 0 to 1.
    #[must_use]
    pub const fn value(self) -> Option<f64> {
        self.0
    }

    /// From 0 to 100, rounded.
    #[must_use]
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // 0.0..=100.0
    pub fn percent(self) -> Option<u8> {
        self.0.map(|value| (value * 100.0).round() as u8)
    }
}

text_enum! {
    /// What a finding does to approval.
    Severity {
        /// Shown and highlighted.
        Warn = "warn",
        /// Cannot be sent with one key: the person is asked once more.
        Confirm = "confirm",
        /// Cannot be sent until it is mended.
        Block = "block",
    }
}

/// Something a deterministic check found in the text that would be sent.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Check {
    /// Which check, a fixed word such as `placeholder` or `price`.
    pub code: String,
    /// What it means for approval.
    pub severity: Severity,
    /// The finding in words for the person.
    pub message: String,
    /// The piece of the text it is about, as it stands there; empty when it is about the whole.
    pub excerpt: String,
}

/// One version of a drafted reply.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Suggestion {
    /// Row number.
    pub id: SuggestionId,
    /// Where it belongs.
    #[serde(skip)]
    pub conversation_id: ConversationId,
    /// The message it answers.
    #[serde(skip)]
    pub reply_to: MessageId,
    /// 1 for the first draft of an answer to that message.
    pub version: u32,
    /// Where it stands.
    pub status: SuggestionStatus,
    /// Grows with every change of the text: what is approved is what was read.
    pub revision: u32,
    /// Subject of the answer.
    pub subject: String,
    /// As drafted.
    pub body: String,
    /// As edited by the person, if they did.
    pub edited_body: Option<String>,
    /// The drafter's own guess.
    pub confidence: Confidence,
    /// Our own measure, and what it rests on.
    #[serde(flatten)]
    pub score: Score,
    /// Why it answered so.
    pub reasoning: String,
    /// Mood of the lead's mail.
    pub sentiment: Sentiment,
    /// What the lead wants.
    pub intent: String,
    /// How soon.
    pub urgency: Urgency,
    /// What the drafter would have needed to know.
    pub missing_facts: Vec<String>,
    /// Findings in the text that would be sent.
    pub checks: Vec<Check>,
    /// Who wrote it: `openai`, `anthropic`, `openai-compatible` or `template`.
    pub provider: String,
    /// The model's name; the template's name for templates.
    pub model: String,
    /// Tokens read by the model, if it said.
    pub input_tokens: Option<u64>,
    /// Tokens written by the model, if it said.
    pub output_tokens: Option<u64>,
    /// What it cost; none when the price is not known.
    #[serde(rename = "cost_usd")]
    pub cost: Option<MicroDollars>,
    /// What it was made from.
    pub sources: Sources,
    /// What the person wanted to be different in this version.
    pub hint: Option<String>,
    /// Why the person turned it down, if they said.
    pub feedback: Option<String>,
    /// Why a provider failed before this text came about, or why the draft failed.
    pub problem: Option<String>,
    /// A newer message is in the conversation: approval is refused.
    pub stale: bool,
    /// When it was begun.
    pub created_at: Timestamp,
}

impl Suggestion {
    /// The text that would be sent.
    #[must_use]
    pub fn final_body(&self) -> &str {
        self.edited_body.as_deref().unwrap_or(&self.body)
    }

    /// Whether a template wrote it.
    #[must_use]
    pub fn is_template(&self) -> bool {
        self.provider == TEMPLATE_PROVIDER
    }

    /// Whether a check forbids sending.
    #[must_use]
    pub fn is_blocked(&self) -> bool {
        self.has(Severity::Block)
    }

    /// The finding for which the person is asked once more before it is sent.
    #[must_use]
    pub fn to_confirm(&self) -> Option<&Check> {
        self.checks
            .iter()
            .find(|check| check.severity == Severity::Confirm)
    }

    fn has(&self, severity: Severity) -> bool {
        self.checks.iter().any(|check| check.severity == severity)
    }
}

/// The `provider` of drafts that no model wrote.
pub const TEMPLATE_PROVIDER: &str = "template";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn confidence_out_of_range_is_unknown_and_never_certain() {
        assert_eq!(Confidence::new(0.86).percent(), Some(86));
        for wrong in [100.0, 4.0, -0.1, f64::NAN, f64::INFINITY] {
            assert_eq!(Confidence::new(wrong), Confidence::UNKNOWN, "{wrong}");
        }
    }

    #[test]
    fn nothing_that_is_not_pending_can_be_approved() {
        for status in SuggestionStatus::ALL {
            let may = status.may_become(SuggestionStatus::Approved);
            assert_eq!(may, *status == SuggestionStatus::Pending, "{status}");
        }
    }
}
