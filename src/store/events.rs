//! Metrics and audit: what happened, as ids and numbers. Never a body, never an address.

use jiff::Timestamp;
use rusqlite::named_params;

use super::error::StoreError;
use super::row::{count, ms, stored};
use super::threads::{Read, Write};
use crate::domain::states::text_enum;
use crate::domain::stats::OutcomeCounts;
use crate::domain::{ConversationId, DeliveryId, SuggestionId};

text_enum! {
    /// What can happen.
    EventKind {
        /// A lead's mail was stored.
        Received = "received",
        /// A draft was finished; `word` is the provider, `amount` its milliseconds.
        Drafted = "drafted",
        /// A draft failed at a provider; `word` says which kind of failure.
        ProviderFailed = "provider_failed",
        /// Sent as drafted.
        ApprovedUnchanged = "approved_unchanged",
        /// Sent after editing; `amount` is the share of the text that changed, in percent.
        ApprovedEdited = "approved_edited",
        /// The person said no.
        Rejected = "rejected",
        /// Another version was asked for.
        Regenerated = "regenerated",
        /// The person wrote an answer of their own.
        OwnReply = "own_reply",
        /// A reply left; `amount` is the time from approval in milliseconds.
        Sent = "sent",
        /// A reply was taken back in time.
        Undone = "undone",
        /// Gmail refused a reply.
        Refused = "refused",
        /// A conversation was put away.
        Archived = "archived",
    }
}

/// One event.
#[derive(Clone, Copy, Debug)]
pub struct NewEvent<'a> {
    /// What.
    pub kind: EventKind,
    /// Where.
    pub conversation: Option<ConversationId>,
    /// Which suggestion.
    pub suggestion: Option<SuggestionId>,
    /// Which delivery.
    pub delivery: Option<DeliveryId>,
    /// A number; see the kind.
    pub amount: Option<u64>,
    /// A fixed word; see the kind.
    pub word: Option<&'a str>,
}

impl NewEvent<'_> {
    /// An event about a conversation.
    #[must_use]
    pub const fn about(kind: EventKind, conversation: ConversationId) -> Self {
        Self {
            kind,
            conversation: Some(conversation),
            suggestion: None,
            delivery: None,
            amount: None,
            word: None,
        }
    }
}

impl Read<'_> {
    /// Counts of what happened since `from`.
    pub fn count_events(&self, from: Timestamp) -> Result<OutcomeCounts, StoreError> {
        let mut counts = OutcomeCounts::default();
        let mut statement = self
            .0
            .prepare_cached("SELECT kind, count(*) FROM events WHERE at >= :from GROUP BY kind")?;
        let mut rows = statement.query(named_params! { ":from": ms(from) })?;
        while let Some(row) = rows.next()? {
            let number = count(row.get(1)?);
            match row.get::<_, String>(0)?.parse() {
                Ok(EventKind::Received) => counts.received = number,
                Ok(EventKind::Drafted) => counts.drafted = number,
                Ok(EventKind::ProviderFailed) => counts.provider_failures = number,
                Ok(EventKind::ApprovedUnchanged) => counts.approved_unchanged = number,
                Ok(EventKind::ApprovedEdited) => counts.approved_edited = number,
                Ok(EventKind::Rejected) => counts.rejected = number,
                Ok(EventKind::Regenerated) => counts.regenerated = number,
                Ok(EventKind::OwnReply) => counts.own_replies = number,
                Ok(EventKind::Sent) => counts.sent = number,
                Ok(EventKind::Undone) => counts.undone = number,
                Ok(EventKind::Refused) => counts.refused = number,
                Ok(EventKind::Archived) | Err(_) => {}
            }
        }
        Ok(counts)
    }

    /// The median of an event's number since `from`; none when there is none.
    pub fn median_event(
        &self,
        kind: EventKind,
        from: Timestamp,
    ) -> Result<Option<u64>, StoreError> {
        let found = super::row::optional(
            self.0
                .prepare_cached(
                    "SELECT amount FROM events
                     WHERE kind = :kind AND at >= :from AND amount IS NOT NULL
                     ORDER BY amount
                     LIMIT 1 OFFSET (
                         SELECT (count(*) - 1) / 2 FROM events
                         WHERE kind = :kind AND at >= :from AND amount IS NOT NULL)",
                )?
                .query_row(
                    named_params! { ":kind": kind.as_str(), ":from": ms(from) },
                    |row| row.get(0),
                ),
        )?;
        Ok(found.map(count))
    }
}

impl Write<'_> {
    /// Notes an event.
    pub fn insert_event(&self, event: NewEvent<'_>, now: Timestamp) -> Result<(), StoreError> {
        self.0
            .prepare_cached(
                "INSERT INTO events (at, kind, conversation_id, suggestion_id, delivery_id, amount, word)
                 VALUES (:at, :kind, :conversation, :suggestion, :delivery, :amount, :word)",
            )?
            .execute(named_params! {
                ":at": ms(now),
                ":kind": event.kind.as_str(),
                ":conversation": event.conversation.map(|id| id.0),
                ":suggestion": event.suggestion.map(|id| id.0),
                ":delivery": event.delivery.map(|id| id.0),
                ":amount": event.amount.map(stored),
                ":word": event.word,
            })?;
        Ok(())
    }
}
