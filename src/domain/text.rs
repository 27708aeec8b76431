//! Long texts that the person keeps: what drafts rest on.

use std::fmt;

use super::ids::LeadId;

/// A text that is kept and can be edited.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum KeptText {
    /// What the person knows: prices, dates, terms.
    Facts,
    /// How the person writes.
    Style,
    /// Notes about a lead.
    Notes(LeadId),
    /// What an analysis of a lead's web site found.
    Analysis(LeadId),
}

impl fmt::Display for KeptText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Facts => "facts",
            Self::Style => "style",
            Self::Notes(_) => "notes",
            Self::Analysis(_) => "web site analysis",
        })
    }
}
