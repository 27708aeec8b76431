//! What later mails are matched by: ids that are named but not here yet, subjects, and
//! the union of conversations that turn out to be one.

use jiff::Timestamp;
use rusqlite::named_params;

use super::error::StoreError;
use super::row::{Columns as _, from_ms, optional};
use super::threads::{Read, Write};
use crate::domain::message::NewMessage;
use crate::domain::subject::{former_subject, normalise_subject};
use crate::domain::{
    Address, ConversationId, Direction, GmailId, GmailThreadId, MatchedBy, MessageId,
};

/// A stored mail as another copy of it is compared with.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Known {
    /// Row number.
    pub message: MessageId,
    /// Where it is.
    pub conversation: ConversationId,
    /// Who wrote it.
    pub direction: Direction,
    /// How it was matched.
    pub matched_by: Option<MatchedBy>,
    /// Proof or guess.
    pub certain: bool,
    /// Its subject.
    pub subject: String,
    /// Its `Date`.
    pub sent_at: Timestamp,
    /// Gmail's id; none for imported mail.
    pub gmail_id: Option<GmailId>,
}

const KNOWN: &str = "m.id, m.conversation_id, m.direction, m.matched_by, m.certain, m.subject,
    m.sent_at, m.gmail_id";

fn known(row: &rusqlite::Row<'_>) -> rusqlite::Result<Known> {
    Ok(Known {
        message: MessageId(row.get("id")?),
        conversation: ConversationId(row.get("conversation_id")?),
        direction: row.word("direction")?,
        matched_by: row.word_opt("matched_by")?,
        certain: row.get("certain")?,
        subject: row.get("subject")?,
        sent_at: row.at("sent_at")?,
        gmail_id: row.get::<_, Option<String>>("gmail_id")?.map(GmailId),
    })
}

impl Read<'_> {
    /// Stored mails with this `Message-ID`, oldest row first.
    pub fn list_known(&self, message_id: &str) -> Result<Vec<Known>, StoreError> {
        let sql = format!(
            "SELECT {KNOWN} FROM messages m
             WHERE m.message_id = :id
             ORDER BY m.id
             LIMIT 20"
        );
        let mut statement = self.0.prepare_cached(&sql)?;
        Ok(statement
            .query_map(named_params! { ":id": message_id }, known)?
            .collect::<Result<_, _>>()?)
    }

    /// The imported mail with this digest of its header fields.
    pub fn get_known_by_digest(&self, digest: &[u8]) -> Result<Option<Known>, StoreError> {
        let sql = format!(
            "SELECT {KNOWN} FROM imported_digests d
             JOIN messages m ON m.id = d.message_id
             WHERE d.digest = :digest"
        );
        optional(
            self.0
                .prepare_cached(&sql)?
                .query_row(named_params! { ":digest": digest }, known),
        )
    }

    /// Whether nothing hangs on a conversation but imported mails.
    fn is_bare(&self, id: ConversationId) -> Result<bool, StoreError> {
        Ok(self
            .0
            .prepare_cached(
                "SELECT NOT EXISTS (SELECT 1 FROM suggestions WHERE conversation_id = :id)
                    AND NOT EXISTS (SELECT 1 FROM outbox WHERE conversation_id = :id)
                    AND NOT EXISTS (SELECT 1 FROM compositions WHERE conversation_id = :id)
                    AND NOT EXISTS (SELECT 1 FROM reply_files WHERE conversation_id = :id)
                    AND NOT EXISTS (SELECT 1 FROM messages
                                    WHERE conversation_id = :id AND gmail_id IS NOT NULL)
                    AND EXISTS (SELECT 1 FROM conversations
                                WHERE id = :id AND starred = 0 AND snoozed_until IS NULL)",
            )?
            .query_row(named_params! { ":id": id.0 }, |row| row.get(0))?)
    }

    /// Whether a conversation holds imported mails only, and when and by whom its newest
    /// was written.
    pub fn get_history_end(
        &self,
        id: ConversationId,
    ) -> Result<Option<(Timestamp, Direction)>, StoreError> {
        if !self.is_bare(id)? {
            return Ok(None);
        }
        optional(
            self.0
                .prepare_cached(
                    "SELECT received_at, direction FROM messages
                     WHERE conversation_id = :id
                     ORDER BY received_at DESC, id DESC
                     LIMIT 1",
                )?
                .query_row(named_params! { ":id": id.0 }, |row| {
                    Ok((from_ms(row.get("received_at")?), row.word("direction")?))
                }),
        )
    }
}

impl Write<'_> {
    /// Lets a subject lead to a conversation, and the one that it says it had before.
    pub(super) fn insert_subject(
        &self,
        id: ConversationId,
        subject: &str,
    ) -> Result<(), StoreError> {
        let mut statement = self.0.prepare_cached(
            "INSERT INTO conversation_subjects (subject_key, conversation_id)
             VALUES (:key, :id)
             ON CONFLICT DO NOTHING",
        )?;
        let keys = [Some(normalise_subject(subject)), former_subject(subject)];
        for key in keys.into_iter().flatten().filter(|key| !key.is_empty()) {
            statement.execute(named_params! { ":key": key, ":id": id.0 })?;
        }
        Ok(())
    }

    /// Notes what a mail's relatives are known by. An id that is an address of one of the
    /// mail's people is no id: old programs write `In-Reply-To: Message from a@b`.
    pub(super) fn insert_thread_keys(
        &self,
        id: ConversationId,
        new: &NewMessage,
    ) -> Result<(), StoreError> {
        self.insert_subject(id, &new.subject)?;
        if let Some(own) = &new.message_id {
            self.0
                .prepare_cached("DELETE FROM awaited_ids WHERE header_id = :id")?
                .execute(named_params! { ":id": own })?;
        }
        let mut statement = self.0.prepare_cached(
            "INSERT INTO awaited_ids (header_id, conversation_id)
             SELECT :named, :id
             WHERE NOT EXISTS (SELECT 1 FROM messages WHERE message_id = :named)
             ON CONFLICT DO NOTHING",
        )?;
        for named in new.in_reply_to.iter().chain(&new.references) {
            let people = || [&new.from].into_iter().chain(&new.to).chain(&new.cc);
            if !people().any(|one: &Address| one.address.eq_ignore_ascii_case(named)) {
                statement.execute(named_params! { ":named": named, ":id": id.0 })?;
            }
        }
        Ok(())
    }

    /// Remembers an imported mail by the digest of its header fields.
    pub fn insert_digest(&self, digest: &[u8], message: MessageId) -> Result<(), StoreError> {
        self.0
            .prepare_cached(
                "INSERT INTO imported_digests (digest, message_id) VALUES (:digest, :id)
                 ON CONFLICT DO NOTHING",
            )?
            .execute(named_params! { ":digest": digest, ":id": message.0 })?;
        Ok(())
    }

    /// Gives an imported mail the ids it has at Gmail, now that Gmail shows it too.
    pub fn link_to_gmail(
        &self,
        message: MessageId,
        id: &GmailId,
        thread: Option<&GmailThreadId>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let conversation: i64 = self
            .0
            .prepare_cached(
                "UPDATE messages SET gmail_id = :gmail, gmail_thread_id = coalesce(:thread, gmail_thread_id)
                 WHERE id = :id AND gmail_id IS NULL
                 RETURNING conversation_id",
            )?
            .query_row(
                named_params! {
                    ":gmail": id.as_str(),
                    ":thread": thread.map(GmailThreadId::as_str),
                    ":id": message.0,
                },
                |row| row.get(0),
            )?;
        self.refresh_conversation_messages(ConversationId(conversation), now)
    }

    /// Makes one conversation of two, and says which of them stays: the one that more than
    /// imported mails hang on. None when that is true of both, which leaves them alone.
    pub fn unite_conversations(
        &self,
        one: ConversationId,
        other: ConversationId,
        now: Timestamp,
    ) -> Result<Option<(ConversationId, ConversationId)>, StoreError> {
        let (older, newer) = (one.min(other), one.max(other));
        let (stays, goes) = if self.is_bare(newer)? {
            (older, newer)
        } else if self.is_bare(older)? {
            (newer, older)
        } else {
            return Ok(None);
        };
        for sql in [
            "UPDATE messages SET conversation_id = :stays WHERE conversation_id = :goes",
            "UPDATE awaited_ids SET conversation_id = :stays WHERE conversation_id = :goes",
            "UPDATE OR IGNORE conversation_subjects SET conversation_id = :stays
             WHERE conversation_id = :goes",
        ] {
            self.0
                .prepare_cached(sql)?
                .execute(named_params! { ":stays": stays.0, ":goes": goes.0 })?;
        }
        self.0
            .prepare_cached("DELETE FROM conversations WHERE id = :goes")?
            .execute(named_params! { ":goes": goes.0 })?;
        self.refresh_conversation_messages(stays, now)?;
        Ok(Some((stays, goes)))
    }
}
