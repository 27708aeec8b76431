//! What has been added since a point, for those who print what happens: mails and events
//! by their row numbers, which only grow.

use jiff::Timestamp;
use rusqlite::named_params;

use super::error::StoreError;
use super::events::EventKind;
use super::row::{Columns as _, count};
use super::threads::Read;
use crate::domain::{ConversationId, DeliveryId, MailKind, MatchedBy, MessageId, SuggestionId};

/// The newest rows at one moment.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct FeedMarks {
    /// Of mails.
    pub message: i64,
    /// Of events.
    pub event: i64,
    /// Of mail of no conversation.
    pub unmatched: i64,
}

/// A mail that came.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Arrival {
    /// Row number.
    pub id: MessageId,
    /// Where.
    pub conversation: ConversationId,
    /// Person or machine.
    pub kind: MailKind,
    /// How it was matched.
    pub matched_by: Option<MatchedBy>,
    /// Proof or guess.
    pub certain: bool,
    /// Who could not be reached, of a bounce.
    pub failed_address: Option<String>,
    /// When it came.
    pub received_at: Timestamp,
    /// Nobody has answered it yet.
    pub waits: bool,
}

/// A mail of ours that was written elsewhere.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Elsewhere {
    /// Row number.
    pub id: MessageId,
    /// Where.
    pub conversation: ConversationId,
    /// When it left.
    pub at: Timestamp,
}

/// An event as it was noted.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Logged {
    /// Row number.
    pub id: i64,
    /// When.
    pub at: Timestamp,
    /// What.
    pub kind: EventKind,
    /// Where.
    pub conversation: Option<ConversationId>,
    /// Which suggestion.
    pub suggestion: Option<SuggestionId>,
    /// Which delivery.
    pub delivery: Option<DeliveryId>,
}

impl Read<'_> {
    /// The newest rows now.
    pub fn get_feed_marks(&self) -> Result<FeedMarks, StoreError> {
        Ok(self
            .0
            .prepare_cached(
                "SELECT coalesce((SELECT max(id) FROM messages), 0),
                        coalesce((SELECT max(id) FROM events), 0),
                        coalesce((SELECT max(id) FROM unmatched), 0)",
            )?
            .query_row([], |row| {
                Ok(FeedMarks {
                    message: row.get(0)?,
                    event: row.get(1)?,
                    unmatched: row.get(2)?,
                })
            })?)
    }

    /// Mails of others that were stored after a mark, in the order of their storing.
    pub fn list_arrivals_after(&self, mark: i64) -> Result<Vec<Arrival>, StoreError> {
        let mut statement = self.0.prepare_cached(
            "SELECT m.id, m.conversation_id, m.kind, m.matched_by, m.certain, m.received_at,
                    m.bounce_json ->> '$.failed_address' AS failed,
                    NOT EXISTS (
                        SELECT 1 FROM messages o
                        WHERE o.conversation_id = m.conversation_id AND o.direction = 'outbound'
                          AND o.received_at >= m.received_at) AS waits
             FROM messages m
             WHERE m.id > :mark AND m.direction = 'inbound'
             ORDER BY m.id",
        )?;
        Ok(statement
            .query_map(named_params! { ":mark": mark }, |row| {
                Ok(Arrival {
                    id: MessageId(row.get("id")?),
                    conversation: ConversationId(row.get("conversation_id")?),
                    kind: row.word("kind")?,
                    matched_by: row.word_opt("matched_by")?,
                    certain: row.get("certain")?,
                    failed_address: row.get("failed")?,
                    received_at: row.at("received_at")?,
                    waits: row.get("waits")?,
                })
            })?
            .collect::<Result<_, _>>()?)
    }

    /// Our own mails that came from Gmail after a mark, left within a day before that but
    /// not from here, and answer the last that a person wrote.
    pub fn list_elsewhere_after(&self, mark: i64) -> Result<Vec<Elsewhere>, StoreError> {
        let mut statement = self.0.prepare_cached(
            "SELECT m.id, m.conversation_id, m.received_at
             FROM messages m
             WHERE m.id > :mark AND m.direction = 'outbound' AND m.gmail_id IS NOT NULL
               AND m.created_at - m.received_at < 86400000
               AND NOT EXISTS (SELECT 1 FROM outbox o WHERE o.mark = m.mark AND o.state = 'sent')
               AND EXISTS (
                   SELECT 1 FROM messages q
                   WHERE q.conversation_id = m.conversation_id AND q.direction = 'inbound'
                     AND q.kind = 'person' AND q.received_at <= m.received_at)
               AND NOT EXISTS (
                   SELECT 1 FROM messages q
                   WHERE q.conversation_id = m.conversation_id AND q.id <> m.id
                     AND q.received_at > m.received_at
                     AND (q.direction = 'outbound' OR q.kind = 'person'))
             ORDER BY m.id",
        )?;
        Ok(statement
            .query_map(named_params! { ":mark": mark }, |row| {
                Ok(Elsewhere {
                    id: MessageId(row.get("id")?),
                    conversation: ConversationId(row.get("conversation_id")?),
                    at: row.at("received_at")?,
                })
            })?
            .collect::<Result<_, _>>()?)
    }

    /// Events that were noted after a mark; kinds that are not known here are left out.
    pub fn list_events_after(&self, mark: i64) -> Result<Vec<Logged>, StoreError> {
        let mut statement = self.0.prepare_cached(
            "SELECT id, at, kind, conversation_id, suggestion_id, delivery_id FROM events
             WHERE id > :mark
             ORDER BY id",
        )?;
        let rows = statement.query_map(named_params! { ":mark": mark }, |row| {
            let Ok(kind) = row.get::<_, String>("kind")?.parse() else {
                return Ok(None);
            };
            Ok(Some(Logged {
                id: row.get("id")?,
                at: row.at("at")?,
                kind,
                conversation: row
                    .get::<_, Option<i64>>("conversation_id")?
                    .map(ConversationId),
                suggestion: row
                    .get::<_, Option<i64>>("suggestion_id")?
                    .map(SuggestionId),
                delivery: row.get::<_, Option<i64>>("delivery_id")?.map(DeliveryId),
            }))
        })?;
        rows.filter_map(Result::transpose)
            .map(|row| row.map_err(StoreError::from))
            .collect()
    }

    /// Mails that were stored between two marks, and those of no conversation.
    pub fn count_between(&self, from: FeedMarks, to: FeedMarks) -> Result<(u64, u64), StoreError> {
        Ok(self
            .0
            .prepare_cached(
                "SELECT (SELECT count(*) FROM messages
                         WHERE id > :message AND id <= :to_message),
                        (SELECT count(*) FROM unmatched
                         WHERE id > :unmatched AND id <= :to_unmatched)",
            )?
            .query_row(
                named_params! {
                    ":message": from.message,
                    ":to_message": to.message,
                    ":unmatched": from.unmatched,
                    ":to_unmatched": to.unmatched,
                },
                |row| Ok((count(row.get(0)?), count(row.get(1)?))),
            )?)
    }
}
