//! What a background task tells the front ends: that something changed, by id. The
//! receiver reads the store again; a notice never carries the data.

use serde::Serialize;

use super::ids::{ConversationId, DeliveryId, SuggestionId};

/// Something that happened behind the screen.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Notice {
    /// A lead's mail was stored.
    NewReply {
        /// Where.
        conversation: ConversationId,
    },
    /// Something else about a conversation changed (status, messages, unread).
    ConversationChanged {
        /// Which.
        conversation: ConversationId,
    },
    /// A draft was begun.
    SuggestionStarted {
        /// Which.
        suggestion: SuggestionId,
        /// Where.
        conversation: ConversationId,
    },
    /// More of a draft's text is there to be previewed.
    SuggestionStreamed {
        /// Which.
        suggestion: SuggestionId,
        /// Where.
        conversation: ConversationId,
    },
    /// A draft is complete, or failed.
    SuggestionReady {
        /// Which.
        suggestion: SuggestionId,
        /// Where.
        conversation: ConversationId,
    },
    /// A delivery took a step.
    DeliveryChanged {
        /// Which.
        delivery: DeliveryId,
        /// Where.
        conversation: ConversationId,
    },
    /// A reply left.
    Sent {
        /// Which.
        delivery: DeliveryId,
        /// Where.
        conversation: ConversationId,
    },
    /// A delivery waits for the person's decision, or came back refused.
    NeedsYou {
        /// Which.
        delivery: DeliveryId,
        /// Where.
        conversation: ConversationId,
    },
    /// A poll began, ended or failed: read the freshness again.
    SyncChanged,
    /// Mail came that belongs to no conversation.
    UnmatchedChanged,
    /// Another process wrote to the store.
    StoreChanged,
}
