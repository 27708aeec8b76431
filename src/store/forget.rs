//! Erasing a person: the lead, and everything that hangs on it. The rows go by their foreign
//! keys, and `secure_delete` overwrites what they held.

use rusqlite::named_params;

use super::StoreError;
use super::row::count;
use super::threads::{Read, Write};
use crate::domain::LeadId;
use crate::domain::lead::Holdings;

impl Read<'_> {
    /// What is held of a lead.
    pub fn get_holdings(&self, id: LeadId) -> Result<Holdings, StoreError> {
        let found = self
            .0
            .prepare_cached(
                "WITH own AS (SELECT id FROM conversations WHERE lead_id = :id)
                 SELECT (SELECT count(*) FROM own),
                        (SELECT count(*) FROM messages WHERE conversation_id IN own),
                        (SELECT count(*) FROM suggestions WHERE conversation_id IN own),
                        (SELECT count(*) FROM examples WHERE lead_id = :id),
                        (SELECT count(*) FROM unmatched WHERE from_address IN
                            (SELECT address FROM lead_addresses WHERE lead_id = :id)),
                        (SELECT count(*) FROM outbox WHERE conversation_id IN own
                            AND state NOT IN ('sent', 'refused', 'cancelled'))",
            )?
            .query_row(named_params! { ":id": id.0 }, |row| {
                Ok(Holdings {
                    conversations: count(row.get(0)?),
                    mails: count(row.get(1)?),
                    suggestions: count(row.get(2)?),
                    examples: count(row.get(3)?),
                    unmatched: count(row.get(4)?),
                    leaving: count(row.get(5)?),
                })
            })?;
        Ok(found)
    }
}

impl Write<'_> {
    /// Erases a lead with all that is held of it, the words of the full-text index
    /// included.
    pub fn delete_lead(&self, id: LeadId) -> Result<(), StoreError> {
        for erase in [
            "DELETE FROM message_words WHERE rowid IN (
                 SELECT messages.id FROM messages
                 JOIN conversations ON conversations.id = messages.conversation_id
                 WHERE lead_id = :id)",
            "DELETE FROM unmatched WHERE from_address IN
                 (SELECT address FROM lead_addresses WHERE lead_id = :id)",
            "DELETE FROM leads WHERE id = :id",
        ] {
            self.0
                .prepare_cached(erase)?
                .execute(named_params! { ":id": id.0 })?;
        }
        // A deleted entry is only marked; its words go when the index is written anew.
        self.0
            .prepare_cached("INSERT INTO message_words (message_words) VALUES ('optimize')")?
            .execute([])?;
        Ok(())
    }
}
