//! What goes wrong with a model: errors before the answer, streams that break or end
//! too early, and answers that are not what was asked for.

use serde::{Deserialize, Serialize};

/// Something that goes wrong with a request.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ModelFault {
    /// An error answer: 401, 429 `rate_limit_exceeded` or `insufficient_quota`, 400
    /// `exceed_context_size_error`, 500, 503 ...
    Status {
        /// HTTP status.
        status: u16,
        /// `error.code`.
        #[serde(default)]
        code: String,
        /// `Retry-After` in seconds.
        #[serde(default)]
        retry_after: Option<u64>,
    },
    /// The connection is lost without an answer.
    Drop,
    /// No answer comes at all.
    Hang,
    /// The connection breaks after so many pieces.
    Cut {
        /// Pieces that come before.
        after: usize,
    },
    /// The stream ends properly after so many pieces, but without a last event.
    EndEarly {
        /// Pieces that come before.
        after: usize,
    },
    /// Nothing comes any more after so many pieces.
    Stall {
        /// Pieces that come before.
        after: usize,
    },
    /// An event that is no JSON, after so many pieces.
    BadEvent {
        /// Pieces that come before.
        after: usize,
    },
    /// An error event inside the stream, after so many pieces.
    ErrorEvent {
        /// Pieces that come before.
        after: usize,
    },
    /// The whole stream comes, but the record in it is no JSON.
    BadRecord,
    /// The record stands in a code fence, behind some chatter.
    Fenced,
    /// The record ends in the middle, with `finish_reason: length`.
    Length,
    /// The model refuses.
    Refusal,
    /// 200 with a page instead of a stream.
    NotAStream,
    /// So many milliseconds between two pieces.
    Slow {
        /// Milliseconds.
        millis: u64,
    },
}

/// When a fault strikes.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ModelFaultRule {
    /// What goes wrong.
    pub fault: ModelFault,
    /// How often; without it, always.
    #[serde(default)]
    pub times: Option<u32>,
    /// How many requests it lets pass first.
    #[serde(default)]
    pub skip: u32,
}

impl ModelFaultRule {
    /// A fault that strikes every request.
    #[must_use]
    pub const fn always(fault: ModelFault) -> Self {
        Self {
            fault,
            times: None,
            skip: 0,
        }
    }

    /// A fault that strikes the next request.
    #[must_use]
    pub const fn once(fault: ModelFault) -> Self {
        Self {
            fault,
            times: Some(1),
            skip: 0,
        }
    }
}

/// The fault for a request, if one strikes; counts it.
pub(super) fn draw(rules: &mut Vec<ModelFaultRule>) -> Option<ModelFault> {
    let mut drawn = None;
    for rule in rules.iter_mut().filter(|rule| rule.times != Some(0)) {
        if rule.skip > 0 {
            rule.skip -= 1;
            continue;
        }
        if let Some(times) = rule.times.as_mut() {
            *times -= 1;
        }
        drawn = Some(rule.fault.clone());
        break;
    }
    rules.retain(|rule| rule.times != Some(0));
    drawn
}
