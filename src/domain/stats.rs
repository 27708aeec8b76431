//! Numbers about the work: outcomes, times, money. Counted from events, which hold no text.

use serde::Serialize;

use super::listing::{Counts, Spending};
use super::sync::UnitsUsed;

/// How many of each happened since a point in time.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize)]
pub struct OutcomeCounts {
    /// Mails of leads.
    pub received: u64,
    /// Drafts made.
    pub drafted: u64,
    /// Sent as drafted.
    pub approved_unchanged: u64,
    /// Sent after editing.
    pub approved_edited: u64,
    /// Rejected.
    pub rejected: u64,
    /// Other versions asked for.
    pub regenerated: u64,
    /// Own replies.
    pub own_replies: u64,
    /// Replies that left.
    pub sent: u64,
    /// Replies taken back.
    pub undone: u64,
    /// Replies that Gmail refused.
    pub refused: u64,
    /// Failures at model providers.
    pub provider_failures: u64,
}

/// The data of `rejoinder stats --json`.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Stats {
    /// Conversations by group.
    pub conversations: Counts,
    /// What happened in the last `days` days.
    pub days: u32,
    /// Outcomes in that time.
    pub outcomes: OutcomeCounts,
    /// Of the approved suggestions, how many were sent unchanged, 0 to 1.
    pub sent_unchanged: Option<f64>,
    /// Median time of writing a draft, in milliseconds.
    pub median_draft_ms: Option<u64>,
    /// Median time from approval to having left, in milliseconds.
    pub median_delivery_ms: Option<u64>,
    /// What drafts cost.
    pub spending: Spending,
    /// Gmail's quota units, as the polling process counts them.
    pub gmail_units: UnitsUsed,
}
