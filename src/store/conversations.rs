//! Conversations as rows, and the columns that follow from other tables.

use jiff::Timestamp;
use rusqlite::named_params;

use super::error::StoreError;
use super::row::{ms, optional};
use super::threads::{Read, Write};
use crate::domain::subject::normalise_subject;
use crate::domain::{
    ConversationId, ConversationStatus, DeliveryId, GmailId, LeadId, MessageId, SuggestionId,
};

/// What a conversation begins with.
#[derive(Clone, Debug)]
pub struct NewConversation {
    /// With whom.
    pub lead_id: LeadId,
    /// The first mail's subject.
    pub subject: String,
    /// Whose move it is.
    pub status: ConversationStatus,
    /// When it begins.
    pub now: Timestamp,
}

impl Read<'_> {
    /// With whom a conversation is.
    pub fn get_conversation_lead(&self, id: ConversationId) -> Result<Option<LeadId>, StoreError> {
        optional(
            self.0
                .prepare_cached("SELECT lead_id FROM conversations WHERE id = :id")?
                .query_row(named_params! { ":id": id.0 }, |row| row.get(0).map(LeadId)),
        )
    }

    /// Whose move it is.
    pub fn get_conversation_status(
        &self,
        id: ConversationId,
    ) -> Result<Option<ConversationStatus>, StoreError> {
        use super::row::Columns as _;
        optional(
            self.0
                .prepare_cached("SELECT status FROM conversations WHERE id = :id")?
                .query_row(named_params! { ":id": id.0 }, |row| row.word("status")),
        )
    }

    /// The newest mail of a person in it, which an answer would answer.
    pub fn get_last_inbound(&self, id: ConversationId) -> Result<Option<MessageId>, StoreError> {
        let found: Option<Option<i64>> = optional(
            self.0
                .prepare_cached("SELECT last_inbound_id FROM conversations WHERE id = :id")?
                .query_row(named_params! { ":id": id.0 }, |row| row.get(0)),
        )?;
        Ok(found.flatten().map(MessageId))
    }

    /// The mails that waiting conversations wait for and archived ones end with, newest
    /// first, and whether each was in Gmail's inbox when that was last heard of.
    pub fn list_inbox_marks(&self) -> Result<Vec<(GmailId, bool)>, StoreError> {
        let mut statement = self.0.prepare_cached(
            "SELECT m.gmail_id, m.in_inbox
             FROM conversations AS c JOIN messages AS m ON m.id = c.last_inbound_id
             WHERE m.gmail_id IS NOT NULL
               AND ((c.status = 'needs_reply' AND m.in_inbox = 1)
                    OR (c.status = 'archived' AND m.in_inbox = 0))
             ORDER BY m.received_at DESC, m.id DESC
             LIMIT 2000",
        )?;
        let rows = statement.query_map([], |row| Ok((GmailId(row.get(0)?), row.get(1)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The newest mail in it.
    pub fn get_last_message(&self, id: ConversationId) -> Result<Option<MessageId>, StoreError> {
        let found: Option<Option<i64>> = optional(
            self.0
                .prepare_cached("SELECT last_message_id FROM conversations WHERE id = :id")?
                .query_row(named_params! { ":id": id.0 }, |row| row.get(0)),
        )?;
        Ok(found.flatten().map(MessageId))
    }

    /// The time at which a mail that has just come or gone stands in its conversation:
    /// its own, but behind everything that was there before.
    pub fn after_newest(&self, id: ConversationId, at: Timestamp) -> Result<Timestamp, StoreError> {
        let newest: Option<i64> = self
            .0
            .prepare_cached("SELECT max(received_at) FROM messages WHERE conversation_id = :id")?
            .query_row(named_params! { ":id": id.0 }, |row| row.get(0))?;
        Ok(newest.map_or(at, |newest| {
            super::row::from_ms(newest.saturating_add(1)).max(at)
        }))
    }

    /// Snoozed conversations whose time has come.
    pub fn list_snoozed_due(&self, now: Timestamp) -> Result<Vec<ConversationId>, StoreError> {
        let mut statement = self.0.prepare_cached(
            "SELECT id FROM conversations
             WHERE status = 'snoozed' AND snoozed_until <= :now
             ORDER BY snoozed_until",
        )?;
        Ok(statement
            .query_map(named_params! { ":now": ms(now) }, |row| {
                row.get(0).map(ConversationId)
            })?
            .collect::<Result<_, _>>()?)
    }
}

impl Write<'_> {
    /// Notes whether a mail is in Gmail's inbox.
    pub fn set_in_inbox(&self, message: MessageId, inside: bool) -> Result<(), StoreError> {
        self.0
            .prepare_cached("UPDATE messages SET in_inbox = :inside WHERE id = :id")?
            .execute(named_params! { ":inside": inside, ":id": message.0 })?;
        Ok(())
    }

    /// Opens a conversation without mails.
    pub fn insert_conversation(&self, new: &NewConversation) -> Result<ConversationId, StoreError> {
        self.0
            .prepare_cached(
                "INSERT INTO conversations
                     (lead_id, subject, subject_key, status, last_message_at, created_at, updated_at)
                 VALUES (:lead, :subject, :key, :status, :now, :now, :now)",
            )?
            .execute(named_params! {
                ":lead": new.lead_id.0,
                ":subject": new.subject,
                ":key": normalise_subject(&new.subject),
                ":status": new.status.as_str(),
                ":now": ms(new.now),
            })?;
        let id = ConversationId(self.0.last_insert_rowid());
        self.insert_subject(id, &new.subject)?;
        Ok(id)
    }

    /// Sets whose move it is.
    ///
    /// # Errors
    /// [`StoreError::Missing`].
    pub fn set_conversation_status(
        &self,
        id: ConversationId,
        status: ConversationStatus,
        snoozed_until: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let changed = self
            .0
            .prepare_cached(
                "UPDATE conversations
                 SET status = :status, snoozed_until = :until, updated_at = :now
                 WHERE id = :id",
            )?
            .execute(named_params! {
                ":id": id.0,
                ":status": status.as_str(),
                ":until": snoozed_until.map(ms),
                ":now": ms(now),
            })?;
        found(changed, id)
    }

    /// Marks whether there is mail that nobody looked at. True when that changed it.
    pub fn set_conversation_unread(
        &self,
        id: ConversationId,
        unread: bool,
    ) -> Result<bool, StoreError> {
        let changed = self
            .0
            .prepare_cached(
                "UPDATE conversations SET unread = :unread WHERE id = :id AND unread <> :unread",
            )?
            .execute(named_params! { ":id": id.0, ":unread": unread })?;
        Ok(changed > 0)
    }

    /// Sets or takes the person's star.
    pub fn set_conversation_starred(
        &self,
        id: ConversationId,
        starred: bool,
    ) -> Result<(), StoreError> {
        let changed = self
            .0
            .prepare_cached("UPDATE conversations SET starred = :starred WHERE id = :id")?
            .execute(named_params! { ":id": id.0, ":starred": starred })?;
        found(changed, id)
    }

    /// Names the suggestion that the inbox shows.
    pub fn set_conversation_suggestion(
        &self,
        id: ConversationId,
        suggestion: Option<SuggestionId>,
    ) -> Result<(), StoreError> {
        let changed = self
            .0
            .prepare_cached("UPDATE conversations SET suggestion_id = :suggestion WHERE id = :id")?
            .execute(named_params! { ":id": id.0, ":suggestion": suggestion.map(|s| s.0) })?;
        found(changed, id)
    }

    /// Copies a delivery's state into its conversation's row: the newest open one, or
    /// the one named if none is open.
    pub fn refresh_conversation_delivery(
        &self,
        id: ConversationId,
        named: DeliveryId,
    ) -> Result<(), StoreError> {
        self.0
            .prepare_cached(
                "UPDATE conversations
                 SET (delivery_id, delivery_state) = (
                     SELECT id, state FROM outbox
                     WHERE conversation_id = :id AND (id = :named OR state NOT IN ('sent', 'refused', 'cancelled'))
                     ORDER BY state IN ('sent', 'refused', 'cancelled'), id DESC
                     LIMIT 1)
                 WHERE id = :id",
            )?
            .execute(named_params! { ":id": id.0, ":named": named.0 })?;
        Ok(())
    }

    /// Brings count, newest mail and thread of a conversation up to its mails.
    pub fn refresh_conversation_messages(
        &self,
        id: ConversationId,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.0
            .prepare_cached(
                "UPDATE conversations
                 SET message_count = (SELECT count(*) FROM messages WHERE conversation_id = :id),
                     (last_message_id, last_message_at, guessed) = (
                         SELECT coalesce(max(id), 0), coalesce(max(received_at), created_at), 0
                         FROM (SELECT id, received_at FROM messages WHERE conversation_id = :id
                               ORDER BY received_at DESC, id DESC LIMIT 1)),
                     last_inbound_id = (
                         SELECT id FROM messages
                         WHERE conversation_id = :id AND direction = 'inbound' AND kind = 'person'
                         ORDER BY received_at DESC, id DESC LIMIT 1),
                     gmail_thread_id = coalesce((
                         SELECT gmail_thread_id FROM messages
                         WHERE conversation_id = :id AND gmail_thread_id IS NOT NULL
                         ORDER BY received_at DESC, id DESC LIMIT 1), gmail_thread_id),
                     updated_at = :now
                 WHERE id = :id",
            )?
            .execute(named_params! { ":id": id.0, ":now": ms(now) })?;
        self.0
            .prepare_cached(
                "UPDATE conversations
                 SET guessed = coalesce((
                     SELECT certain = 0 FROM messages WHERE messages.id = conversations.last_inbound_id), 0)
                 WHERE id = :id",
            )?
            .execute(named_params! { ":id": id.0 })?;
        Ok(())
    }

    /// Removes a conversation that has neither mails nor anything on its way.
    pub fn delete_empty_conversation(&self, id: ConversationId) -> Result<bool, StoreError> {
        let changed = self
            .0
            .prepare_cached(
                "DELETE FROM conversations
                 WHERE id = :id AND message_count = 0
                   AND NOT EXISTS (
                       SELECT 1 FROM outbox
                       WHERE conversation_id = :id AND state NOT IN ('cancelled', 'refused'))",
            )?
            .execute(named_params! { ":id": id.0 })?;
        Ok(changed > 0)
    }
}

fn found(changed: usize, id: ConversationId) -> Result<(), StoreError> {
    if changed == 0 {
        return Err(StoreError::Missing {
            what: "conversation",
            id: id.0,
        });
    }
    Ok(())
}
