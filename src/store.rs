//! Layer 2: the encrypted SQLite file, and the only place that knows SQL.
//!
//! [`Store`] owns two threads: one with the writing connection, which runs jobs in
//! order and is drained at exit, and one with a read-only connection, so that a first
//! sync never delays a keystroke. Jobs are closures over [`Read`] and [`Write`], whose
//! methods are the statements; a use case is one closure, and so one transaction.

mod backlog;
mod calls;
mod candidates;
mod connection;
mod conversations;
mod error;
mod events;
mod feed;
mod forget;
mod health;
mod inbox;
mod key;
mod leads;
mod learning;
mod lease;
mod matching;
mod messages;
mod migrations;
mod moving;
mod outbox;
mod requests;
mod row;
mod sending;
mod suggestions;
mod sync;
mod templates;
mod texts;
mod threading;
mod threads;
mod unmatched;

pub use backlog::Unknown;
pub use calls::{CallEnd, CallOutcome, NewCall, PaidAnswer};
pub use conversations::NewConversation;
pub use error::StoreError;
pub use events::{EventKind, NewEvent};
pub use feed::{Arrival, FeedMarks, Logged};
pub use inbox::{InboxCursor, InboxFilter, InboxOrder};
pub use key::{KeyError, StoreKey};
pub use learning::{Candidate, NewExample, NewRule};
pub use lease::Lease;
pub use matching::{Match, MatchKeys, Quoted};
pub use messages::ThreadEnds;
pub use outbox::{DeliveryRow, NewDelivery, OutboxPatch};
pub use requests::{Request, RequestKind};
pub use sending::SendingPause;
pub use suggestions::{DraftTask, NewSuggestion, SuggestionDraft};
pub use sync::{SyncState, UnitsSpent};
pub use threading::Known;
pub use threads::{Read, Store, Write};
pub use unmatched::{NewUnmatched, Wanted};
