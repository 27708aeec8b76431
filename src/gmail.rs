//! Layer 2: Gmail over HTTP, the only place that knows Google's crates.
//!
//! [`oauth`] signs a person in, [`token`] keeps the access token fresh, [`quota`] spends
//! Google's units, and [`Gmail`] makes the calls. Our types go in, our types come out; an
//! error says in words what to do, and for a call that changes something whether it may
//! have happened ([`GmailError::outcome`]).
//!
//! The adapter knows neither the store nor what mail means: tokens are kept through
//! [`TokenKeeper`], and mails are handed on as bytes.

mod address;
mod api;
mod client;
mod clock;
mod error;
mod hub;
pub mod oauth;
mod patience;
mod problem;
pub mod quota;
mod text;
pub mod token;
mod transport;
mod types;
mod wire;

pub use client::{Gmail, Tally};
pub use clock::Clock;
pub use error::{GmailError, GmailErrorKind, Outcome};
pub use patience::{Jitter, Patience};
pub use quota::{Governor, Priority, Usage};
pub use token::{KeeperError, Refresher, TokenKeeper, TokenSet};
pub use types::{
    Alias, Draft, DraftPage, DraftRef, HistoryPage, HistoryRecord, Label, LabelChange, Listing,
    MessageHeaders, MessagePage, MessageRef, MessageStub, Profile, RawDraft, RawMessage, SentRef,
};

/// The one permission asked for: read, label, draft and send, but never delete for good.
/// <https://developers.google.com/workspace/gmail/api/auth/scopes>
pub const SCOPE: &str = "https://www.googleapis.com/auth/gmail.modify";
