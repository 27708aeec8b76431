//! Mail that was matched wrongly: what goes with it when it is moved, and taking it out.

use jiff::Timestamp;
use rusqlite::named_params;

use super::error::StoreError;
use super::row::ms;
use super::threads::{Read, Write};
use crate::domain::listing::MoveTarget;
use crate::domain::{ConversationId, LeadId, MessageId};

impl Read<'_> {
    /// Leads by a part of their name or address, each with its newest conversations and
    /// once without: where a mail can be moved to.
    pub fn list_move_targets(
        &self,
        search: &str,
        limit: usize,
    ) -> Result<Vec<MoveTarget>, StoreError> {
        let mut statement = self.0.prepare_cached(
            "SELECT leads.id, leads.name, leads.email, c.id, c.subject
             FROM leads
             LEFT JOIN conversations AS c ON c.id IN (
                 SELECT id FROM conversations
                 WHERE lead_id = leads.id
                 ORDER BY last_message_at DESC, id DESC
                 LIMIT 3)
             WHERE instr(lower(leads.name), :search) > 0 OR instr(lower(leads.email), :search) > 0
             ORDER BY leads.name COLLATE NOCASE, leads.id, c.last_message_at DESC
             LIMIT :limit",
        )?;
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let search = search.trim().to_lowercase();
        let rows = statement
            .query_map(
                named_params! { ":search": search, ":limit": limit },
                |row| {
                    Ok(MoveTarget {
                        lead: LeadId(row.get(0)?),
                        name: row.get(1)?,
                        email: row.get(2)?,
                        conversation: row.get::<_, Option<i64>>(3)?.map(ConversationId),
                        subject: row.get::<_, Option<String>>(4)?,
                    })
                },
            )?
            .collect::<Result<Vec<_>, _>>()?;
        let mut targets: Vec<MoveTarget> = Vec::with_capacity(rows.len() * 2);
        for (index, row) in rows.iter().enumerate() {
            targets.push(row.clone());
            let last = rows.get(index + 1).is_none_or(|next| next.lead != row.lead);
            if last && row.conversation.is_some() {
                targets.push(MoveTarget {
                    conversation: None,
                    subject: None,
                    ..row.clone()
                });
            }
        }
        Ok(targets)
    }
}

impl Write<'_> {
    /// Takes the drafts that answer a mail out of use: it goes elsewhere, and what was
    /// written for the wrong person must not be sendable. The conversation's other drafts
    /// were written with that mail in sight and are stale.
    pub fn withdraw_drafts(
        &self,
        message: MessageId,
        conversation: ConversationId,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.0
            .prepare_cached(
                "UPDATE conversations SET suggestion_id = NULL
                 WHERE id = :conversation AND suggestion_id IN (
                     SELECT id FROM suggestions WHERE reply_to = :message)",
            )?
            .execute(named_params! { ":conversation": conversation.0, ":message": message.0 })?;
        self.0
            .prepare_cached(
                "UPDATE suggestions SET status = 'superseded', updated_at = :now
                 WHERE reply_to = :message AND status IN ('generating', 'pending')",
            )?
            .execute(named_params! { ":message": message.0, ":now": ms(now) })?;
        self.make_drafts_stale(conversation, now)
    }

    /// The conversation has other mails than its drafts know of.
    pub fn make_drafts_stale(
        &self,
        conversation: ConversationId,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.0
            .prepare_cached(
                "UPDATE suggestions SET stale = 1, updated_at = :now
                 WHERE conversation_id = :conversation
                   AND status IN ('generating', 'pending', 'rejected', 'superseded')",
            )?
            .execute(named_params! { ":conversation": conversation.0, ":now": ms(now) })?;
        Ok(())
    }

    /// Takes a mail out of its conversation and out of the store.
    pub fn delete_message(
        &self,
        id: MessageId,
        conversation: ConversationId,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.0
            .prepare_cached("DELETE FROM message_words WHERE rowid = :id")?
            .execute(named_params! { ":id": id.0 })?;
        self.0
            .prepare_cached("DELETE FROM messages WHERE id = :id")?
            .execute(named_params! { ":id": id.0 })?;
        self.refresh_conversation_messages(conversation, now)
    }
}
