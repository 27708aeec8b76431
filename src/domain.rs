//! Layer 0: the words of the product as types, with their ids and state machines.
//!
//! Pure and dependency-light: nothing here knows of SQL, of a network, of a
//! terminal or of another layer of ours. What the screen lists and what the verbs
//! print are the read models in [`listing`], so that both front ends show the same.

pub mod address;
pub mod character;
pub mod conversation;
pub mod delivery;
pub mod difference;
pub mod doctor;
pub mod draft;
pub mod ids;
pub mod lead;
pub mod listing;
pub mod memory;
pub mod message;
pub mod money;
pub mod notice;
pub mod score;
pub mod sources;
pub mod states;
pub mod stats;
pub mod subject;
pub mod suggestion;
pub mod sync;
pub mod template;
pub mod text;

pub use address::Address;
pub use conversation::ConversationStatus;
pub use delivery::DeliveryState;
pub use draft::DraftRecord;
pub use ids::{
    ConversationId, DeliveryId, ExampleId, GmailDraftId, GmailId, GmailThreadId, HistoryId, LeadId,
    MessageId, RuleId, SuggestionId, UnmatchedId,
};
pub use lead::Lead;
pub use message::{Attachment, Direction, MailKind, MatchedBy, Message};
pub use money::MicroDollars;
pub use notice::Notice;
pub use score::Score;
pub use sources::Sources;
pub use suggestion::{
    Check, Confidence, Sentiment, Severity, Suggestion, SuggestionStatus, TEMPLATE_PROVIDER,
    Urgency,
};
