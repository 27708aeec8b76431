//! The states of a conversation.

use super::states::text_enum;

text_enum! {
    /// Whose move it is.
    ConversationStatus {
        /// The lead wrote last: an answer is due.
        NeedsReply = "needs_reply",
        /// We wrote last.
        Waiting = "waiting",
        /// Put off until a time; comes back by itself, or when the lead writes.
        Snoozed = "snoozed",
        /// Put away; comes back when the lead writes.
        Archived = "archived",
    }
}
