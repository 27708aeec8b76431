//! Texts the person writes: facts and style, and unsent replies of their own.

use jiff::Timestamp;
use rusqlite::named_params;

use super::error::StoreError;
use super::row::{ms, optional};
use super::threads::{Read, Write};
use crate::domain::ConversationId;

impl Read<'_> {
    /// A text by its name, such as `facts` or `style`.
    pub fn get_text(&self, name: &str) -> Result<Option<String>, StoreError> {
        optional(
            self.0
                .prepare_cached("SELECT value FROM texts WHERE name = :name")?
                .query_row(named_params! { ":name": name }, |row| row.get(0)),
        )
    }

    /// The person's unsent reply in a conversation.
    pub fn get_composition(&self, id: ConversationId) -> Result<Option<String>, StoreError> {
        optional(
            self.0
                .prepare_cached("SELECT body FROM compositions WHERE conversation_id = :id")?
                .query_row(named_params! { ":id": id.0 }, |row| row.get(0)),
        )
    }
}

impl Write<'_> {
    /// Keeps a text.
    pub fn set_text(&self, name: &str, value: &str, now: Timestamp) -> Result<(), StoreError> {
        self.0
            .prepare_cached(
                "INSERT INTO texts (name, value, updated_at) VALUES (:name, :value, :now)
                 ON CONFLICT (name) DO UPDATE SET value = excluded.value, updated_at = excluded.updated_at",
            )?
            .execute(named_params! { ":name": name, ":value": value, ":now": ms(now) })?;
        Ok(())
    }

    /// Keeps the person's unsent reply; an empty one is forgotten.
    pub fn set_composition(
        &self,
        id: ConversationId,
        body: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        if body.trim().is_empty() {
            return self.delete_composition(id);
        }
        self.0
            .prepare_cached(
                "INSERT INTO compositions (conversation_id, body, updated_at)
                 VALUES (:id, :body, :now)
                 ON CONFLICT (conversation_id)
                 DO UPDATE SET body = excluded.body, updated_at = excluded.updated_at",
            )?
            .execute(named_params! { ":id": id.0, ":body": body, ":now": ms(now) })?;
        Ok(())
    }

    /// Forgets the person's unsent reply.
    pub fn delete_composition(&self, id: ConversationId) -> Result<(), StoreError> {
        self.0
            .prepare_cached("DELETE FROM compositions WHERE conversation_id = :id")?
            .execute(named_params! { ":id": id.0 })?;
        Ok(())
    }
}
