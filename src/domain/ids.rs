//! Identifiers as newtypes, so that a suggestion's number cannot be passed where a
//! conversation's is meant. Ours are row numbers; Gmail's are opaque strings.

use std::fmt;
use std::num::ParseIntError;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

macro_rules! row_id {
    ($($(#[$doc:meta])* $name:ident)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub i64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = ParseIntError;
            fn from_str(text: &str) -> Result<Self, ParseIntError> {
                text.parse().map(Self)
            }
        }
    )*};
}

macro_rules! gmail_id {
    ($($(#[$doc:meta])* $name:ident)*) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub String);

        impl $name {
            /// The text as Gmail gave it.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(text.to_owned())
            }
        }
    )*};
}

row_id! {
    /// A person we write to.
    LeadId
    /// One exchange with a lead.
    ConversationId
    /// A stored mail (not its `Message-ID` header, which is text).
    MessageId
    /// One version of a drafted reply.
    SuggestionId
    /// A reply on its way out (a row of the outbox).
    DeliveryId
    /// A mail that belongs to no conversation.
    UnmatchedId
    /// A rule of style.
    RuleId
    /// A reply that was learned from.
    ExampleId
}

gmail_id! {
    /// `users.messages` id: stable for a message, unique in a mailbox.
    GmailId
    /// `users.threads` id.
    GmailThreadId
    /// `users.drafts` id: stays while the draft is edited, is gone once it is sent.
    GmailDraftId
}

/// A point in a mailbox's history (`users.history`): grows, is not contiguous.
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct HistoryId(pub u64);

impl fmt::Display for HistoryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
