//! What surrounds the outbox: limits and pauses, drafts left behind at Gmail, mails whose
//! `Message-ID` is not known yet, bounces, and files that wait for a reply.

use jiff::Timestamp;
use rusqlite::named_params;

use super::error::StoreError;
use super::outbox::{COLUMNS, DeliveryRow, from_row};
use super::row::{count, from_ms, ms, optional, stored};
use super::threads::{Read, Write};
use crate::domain::listing::ReplyFile;
use crate::domain::{ConversationId, DeliveryId, GmailId};

/// Until when nothing leaves, and why.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SendingPause {
    /// Not before.
    pub until: Timestamp,
    /// In words.
    pub reason: String,
}

impl Read<'_> {
    /// How many mails left since `from`.
    pub fn count_sent_since(&self, from: Timestamp) -> Result<u64, StoreError> {
        let found = self
            .0
            .prepare_cached(
                "SELECT count(*) FROM outbox WHERE state = 'sent' AND sent_at >= :from",
            )?
            .query_row(named_params! { ":from": ms(from) }, |row| row.get(0))?;
        Ok(count(found))
    }

    /// When the `n`th newest mail left; none when fewer have.
    pub fn get_nth_newest_sent(&self, n: u64) -> Result<Option<Timestamp>, StoreError> {
        let found: Option<i64> = optional(
            self.0
                .prepare_cached(
                    "SELECT sent_at FROM outbox
                     WHERE state = 'sent' AND sent_at IS NOT NULL
                     ORDER BY sent_at DESC
                     LIMIT 1 OFFSET :skip",
                )?
                .query_row(
                    named_params! { ":skip": stored(n.saturating_sub(1)) },
                    |row| row.get(0),
                ),
        )?;
        Ok(found.map(from_ms))
    }

    /// The pause that Gmail asked for.
    pub fn get_sending_pause(&self) -> Result<Option<SendingPause>, StoreError> {
        Ok(self
            .0
            .prepare_cached("SELECT paused_until, reason FROM sending_state WHERE id = 1")?
            .query_row([], |row| {
                let until: Option<i64> = row.get(0)?;
                let reason: Option<String> = row.get(1)?;
                Ok(until.map(|until| SendingPause {
                    until: from_ms(until),
                    reason: reason.unwrap_or_default(),
                }))
            })?)
    }

    /// Ended deliveries of which a draft is or may be left at Gmail.
    pub fn list_leftover_drafts(&self) -> Result<Vec<DeliveryRow>, StoreError> {
        self.list_rows(
            "WHERE state IN ('cancelled', 'refused', 'sent')
               AND (leftover = 1 OR (gmail_draft_id IS NOT NULL AND state <> 'sent'))",
        )
    }

    /// Replies that left and whose real `Message-ID` is still to be asked for.
    pub fn list_unnamed_sent(&self) -> Result<Vec<DeliveryRow>, StoreError> {
        self.list_rows("WHERE state = 'sent' AND message_id IS NULL AND gmail_id IS NOT NULL")
    }

    fn list_rows(&self, filter: &str) -> Result<Vec<DeliveryRow>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM outbox {filter} ORDER BY id LIMIT 20");
        let mut statement = self.0.prepare_cached(&sql)?;
        Ok(statement
            .query_map([], from_row)?
            .collect::<Result<_, _>>()?)
    }

    /// The delivery that a bounce is about: by the `Message-ID` it quotes, else the newest
    /// one of the conversation that had left.
    pub fn get_bounced_delivery(
        &self,
        message_id: Option<&str>,
        conversation: ConversationId,
    ) -> Result<Option<DeliveryId>, StoreError> {
        let found = optional(
            self.0
                .prepare_cached(
                    "SELECT id FROM outbox
                     WHERE state = 'sent'
                       AND (conversation_id = :conversation OR message_id = :message_id)
                     ORDER BY coalesce(message_id = :message_id, 0) DESC, sent_at DESC, id DESC
                     LIMIT 1",
                )?
                .query_row(
                    named_params! { ":conversation": conversation.0, ":message_id": message_id },
                    |row| row.get(0),
                ),
        )?;
        Ok(found.map(DeliveryId))
    }

    /// The files that are to go with a conversation's next reply.
    pub fn list_reply_files(&self, id: ConversationId) -> Result<Vec<ReplyFile>, StoreError> {
        let mut statement = self.0.prepare_cached(
            "SELECT path, bytes FROM reply_files WHERE conversation_id = :id ORDER BY id",
        )?;
        Ok(statement
            .query_map(named_params! { ":id": id.0 }, |row| {
                Ok(ReplyFile {
                    path: row.get(0)?,
                    bytes: count(row.get(1)?),
                })
            })?
            .collect::<Result<_, _>>()?)
    }
}

impl Write<'_> {
    /// Nothing leaves until then; an earlier pause that lasts longer stays.
    pub fn pause_sending(&self, until: Timestamp, reason: &str) -> Result<(), StoreError> {
        self.0
            .prepare_cached(
                "UPDATE sending_state
                 SET paused_until = max(:until, coalesce(paused_until, 0)), reason = :reason
                 WHERE id = 1",
            )?
            .execute(named_params! { ":until": ms(until), ":reason": reason })?;
        Ok(())
    }

    /// Gmail has the sent mail no more: its `Message-ID` is not asked for again.
    pub fn give_up_naming(&self, id: DeliveryId) -> Result<(), StoreError> {
        self.0
            .prepare_cached("UPDATE outbox SET message_id = '' WHERE id = :id AND state = 'sent'")?
            .execute(named_params! { ":id": id.0 })?;
        Ok(())
    }

    /// A mail that the conversation already has is the one of this delivery.
    pub fn set_message_mark(&self, gmail_id: &GmailId, mark: &str) -> Result<(), StoreError> {
        self.0
            .prepare_cached("UPDATE messages SET mark = :mark WHERE gmail_id = :gmail_id")?
            .execute(named_params! { ":mark": mark, ":gmail_id": gmail_id.as_str() })?;
        Ok(())
    }

    /// Notes that a reply came back.
    pub fn set_delivery_bounced(&self, id: DeliveryId, why: &str) -> Result<(), StoreError> {
        self.0
            .prepare_cached("UPDATE outbox SET bounced = :why WHERE id = :id")?
            .execute(named_params! { ":id": id.0, ":why": why })?;
        Ok(())
    }

    /// A file is to go with a conversation's next reply.
    pub fn insert_reply_file(
        &self,
        id: ConversationId,
        path: &str,
        bytes: u64,
    ) -> Result<(), StoreError> {
        self.0
            .prepare_cached(
                "INSERT INTO reply_files (conversation_id, path, bytes)
                 VALUES (:id, :path, :bytes)
                 ON CONFLICT (conversation_id, path) DO UPDATE SET bytes = excluded.bytes",
            )?
            .execute(named_params! { ":id": id.0, ":path": path, ":bytes": stored(bytes) })?;
        Ok(())
    }

    /// The files do not go along after all, or have gone: one, or all without a path.
    pub fn delete_reply_files(
        &self,
        id: ConversationId,
        path: Option<&str>,
    ) -> Result<usize, StoreError> {
        Ok(self
            .0
            .prepare_cached(
                "DELETE FROM reply_files
                 WHERE conversation_id = :id AND (:path IS NULL OR path = :path)",
            )?
            .execute(named_params! { ":id": id.0, ":path": path })?)
    }
}
