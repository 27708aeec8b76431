//! Mails, their attachments and their words.

use jiff::Timestamp;
use rusqlite::{Row, named_params};

use super::error::StoreError;
use super::row::{Columns as _, count, json, ms, optional};
use super::threads::{Read, Write};
use crate::domain::message::NewMessage;
use crate::domain::{
    Address, Attachment, ConversationId, GmailId, GmailThreadId, MatchedBy, Message, MessageId,
};

/// What the headers of an answer are made from: the mail that is answered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ThreadEnds {
    /// `Message-ID` of the newest mail, without brackets.
    pub message_id: Option<String>,
    /// Its `References`.
    pub references: Vec<String>,
    /// Gmail's thread.
    pub gmail_thread_id: Option<GmailThreadId>,
}

/// Cache of the writing connection while many mails are stored, in KiB as SQLite has it.
const BULK_CACHE: i64 = -48_000;

const COLUMNS: &str = "
    m.id, m.conversation_id, m.gmail_id, m.gmail_thread_id, m.direction, m.message_id,
    m.in_reply_to_json, m.references_json, m.from_name, m.from_address, m.to_json, m.cc_json,
    m.reply_to_json, m.subject, m.sent_at, m.received_at, m.text, m.reply, m.kind,
    m.matched_by, m.certain, m.bounce_json, m.warnings_json, m.mark, m.no_draft";

fn from_row(row: &Row<'_>) -> rusqlite::Result<Message> {
    let gmail_id: Option<GmailId> = row.get::<_, Option<String>>("gmail_id")?.map(GmailId);
    let bounce = match row.get::<_, Option<String>>("bounce_json")? {
        Some(_) => Some(row.json("bounce_json")?),
        None => None,
    };
    Ok(Message {
        id: MessageId(row.get("id")?),
        conversation_id: ConversationId(row.get("conversation_id")?),
        gmail_id: gmail_id.clone(),
        content: NewMessage {
            gmail_id,
            gmail_thread_id: row
                .get::<_, Option<String>>("gmail_thread_id")?
                .map(GmailThreadId),
            direction: row.word("direction")?,
            message_id: row.get("message_id")?,
            in_reply_to: row.json("in_reply_to_json")?,
            references: row.json("references_json")?,
            from: Address {
                name: row.get("from_name")?,
                address: row.get("from_address")?,
            },
            to: row.json("to_json")?,
            cc: row.json("cc_json")?,
            reply_to: row.json("reply_to_json")?,
            subject: row.get("subject")?,
            sent_at: row.at("sent_at")?,
            received_at: row.at("received_at")?,
            text: row.get("text")?,
            reply: row.get("reply")?,
            kind: row.word("kind")?,
            attachments: Vec::new(),
            bounce,
            warnings: row.json("warnings_json")?,
            mark: row.get("mark")?,
            no_draft: row.get("no_draft")?,
        },
        matched_by: row.word_opt("matched_by")?,
        certain: row.get("certain")?,
    })
}

impl Read<'_> {
    /// The mail with this number, with its attachments' names.
    pub fn get_message(&self, id: MessageId) -> Result<Option<Message>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM messages m WHERE m.id = :id");
        let found = optional(
            self.0
                .prepare_cached(&sql)?
                .query_row(named_params! { ":id": id.0 }, from_row),
        )?;
        found
            .map(|message| self.with_attachments(message))
            .transpose()
    }

    /// The mails of a conversation, oldest first, with their attachments' names.
    pub fn list_messages(&self, id: ConversationId) -> Result<Vec<Message>, StoreError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM messages m
             WHERE m.conversation_id = :id
             ORDER BY m.received_at, m.id"
        );
        let mut statement = self.0.prepare_cached(&sql)?;
        let messages: Vec<Message> = statement
            .query_map(named_params! { ":id": id.0 }, from_row)?
            .collect::<Result<_, _>>()?;
        messages
            .into_iter()
            .map(|message| self.with_attachments(message))
            .collect()
    }

    fn with_attachments(&self, mut message: Message) -> Result<Message, StoreError> {
        let mut statement = self.0.prepare_cached(
            "SELECT name, content_type, bytes FROM attachments
             WHERE message_id = :id
             ORDER BY position",
        )?;
        message.content.attachments = statement
            .query_map(named_params! { ":id": message.id.0 }, |row| {
                Ok(Attachment {
                    name: row.get("name")?,
                    content_type: row.get("content_type")?,
                    bytes: count(row.get("bytes")?),
                })
            })?
            .collect::<Result<_, _>>()?;
        Ok(message)
    }

    /// Whether a mail of Gmail's was looked at already: it is in a conversation, listed as
    /// unmatched, or not wanted.
    pub fn knows_gmail_id(&self, id: &GmailId) -> Result<bool, StoreError> {
        Ok(self
            .0
            .prepare_cached(
                "SELECT EXISTS (SELECT 1 FROM messages WHERE gmail_id = :id)
                     OR EXISTS (SELECT 1 FROM unmatched WHERE gmail_id = :id)
                     OR EXISTS (SELECT 1 FROM skipped_mail WHERE gmail_id = :id)",
            )?
            .query_row(named_params! { ":id": id.as_str() }, |row| row.get(0))?)
    }

    /// The number of the mail with Gmail's id.
    pub fn get_message_by_gmail_id(
        &self,
        id: &GmailId,
    ) -> Result<Option<(MessageId, ConversationId)>, StoreError> {
        optional(
            self.0
                .prepare_cached("SELECT id, conversation_id FROM messages WHERE gmail_id = :id")?
                .query_row(named_params! { ":id": id.as_str() }, |row| {
                    Ok((MessageId(row.get(0)?), ConversationId(row.get(1)?)))
                }),
        )
    }

    /// What an answer to the conversation's newest mail refers to.
    pub fn get_thread_ends(&self, id: ConversationId) -> Result<ThreadEnds, StoreError> {
        let newest = optional(
            self.0
                .prepare_cached(
                    "SELECT message_id, in_reply_to_json, references_json FROM messages
                     WHERE conversation_id = :id AND message_id IS NOT NULL AND message_id <> ''
                     ORDER BY kind = 'person' DESC, received_at DESC, id DESC
                     LIMIT 1",
                )?
                .query_row(named_params! { ":id": id.0 }, |row| {
                    let references: Vec<String> = row.json("references_json")?;
                    let parent: Vec<String> = row.json("in_reply_to_json")?;
                    // RFC 5322 section 3.6.4: a parent without References but with one
                    // In-Reply-To passes that on.
                    let references = match (references.is_empty(), parent.as_slice()) {
                        (true, [_]) => parent,
                        _ => references,
                    };
                    Ok((row.get("message_id")?, references))
                }),
        )?;
        let thread: Option<Option<String>> = optional(
            self.0
                .prepare_cached("SELECT gmail_thread_id FROM conversations WHERE id = :id")?
                .query_row(named_params! { ":id": id.0 }, |row| row.get(0)),
        )?;
        let (message_id, references) = newest.unwrap_or_default();
        Ok(ThreadEnds {
            message_id,
            references,
            gmail_thread_id: thread.flatten().map(GmailThreadId),
        })
    }

    /// Mails that Gmail still has to be told were read here.
    pub fn list_read_pending(&self, limit: usize) -> Result<Vec<(MessageId, GmailId)>, StoreError> {
        let mut statement = self.0.prepare_cached(
            "SELECT id, gmail_id FROM messages
             WHERE read_pending = 1 AND gmail_id IS NOT NULL
             ORDER BY id
             LIMIT :limit",
        )?;
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        Ok(statement
            .query_map(named_params! { ":limit": limit }, |row| {
                Ok((MessageId(row.get(0)?), GmailId(row.get(1)?)))
            })?
            .collect::<Result<_, _>>()?)
    }
}

impl Write<'_> {
    /// Stores a mail in a conversation and brings the conversation's columns up to it.
    /// Suggestions that do not know of it become stale.
    ///
    /// # Errors
    /// A conflict when Gmail's id is stored already.
    pub fn insert_message(
        &self,
        conversation: ConversationId,
        new: &NewMessage,
        matched_by: Option<MatchedBy>,
        certain: bool,
        now: Timestamp,
    ) -> Result<MessageId, StoreError> {
        if let Some(gmail_id) = &new.gmail_id
            && self.get_message_by_gmail_id(gmail_id)?.is_some()
        {
            return Err(StoreError::conflict(format!(
                "the mail {gmail_id} is stored already"
            )));
        }
        let id = self.insert_row(conversation, new, matched_by, certain, now)?;
        if let Some(header) = &new.message_id {
            self.prove_guesses(conversation, header)?;
        }
        self.0
            .prepare_cached(
                "UPDATE suggestions SET stale = 1, updated_at = :now
                 WHERE conversation_id = :conversation AND basis < :id
                   AND status IN ('generating', 'pending', 'rejected', 'superseded')",
            )?
            .execute(named_params! {
                ":conversation": conversation.0,
                ":id": id.0,
                ":now": ms(now),
            })?;
        self.refresh_conversation_messages(conversation, now)?;
        Ok(id)
    }

    /// Stores a mail of the past: nothing of today becomes stale by it, and the
    /// conversation's columns follow with [`Write::refresh_conversation_messages`] when
    /// the batch is done; until then they are less than a day behind.
    ///
    /// # Errors
    /// Failures of SQLite.
    pub fn insert_history(
        &self,
        conversation: ConversationId,
        new: &NewMessage,
        matched_by: Option<MatchedBy>,
        certain: bool,
        now: Timestamp,
    ) -> Result<MessageId, StoreError> {
        let id = self.insert_row(conversation, new, matched_by, certain, now)?;
        self.0
            .prepare_cached(
                "UPDATE conversations SET last_message_at = :at
                 WHERE id = :id AND last_message_at < :at - 86400000",
            )?
            .execute(named_params! { ":id": conversation.0, ":at": ms(new.received_at) })?;
        Ok(id)
    }

    fn insert_row(
        &self,
        conversation: ConversationId,
        new: &NewMessage,
        matched_by: Option<MatchedBy>,
        certain: bool,
        now: Timestamp,
    ) -> Result<MessageId, StoreError> {
        let bounce = new.bounce.as_ref().map(json).transpose()?;
        self.0
            .prepare_cached(
                "INSERT INTO messages
                     (conversation_id, gmail_id, gmail_thread_id, direction, message_id,
                      in_reply_to_json, references_json, from_name, from_address, to_json, cc_json,
                      reply_to_json, subject, sent_at, received_at, text, reply, kind, matched_by,
                      certain, bounce_json, warnings_json, mark, no_draft, created_at)
                 VALUES
                     (:conversation, :gmail_id, :thread, :direction, :message_id,
                      :in_reply_to, :references, :from_name, :from_address, :to, :cc,
                      :reply_to, :subject, :sent_at, :received_at, :text, :reply, :kind, :matched_by,
                      :certain, :bounce, :warnings, :mark, :no_draft, :now)",
            )?
            .execute(named_params! {
                ":conversation": conversation.0,
                ":gmail_id": new.gmail_id.as_ref().map(GmailId::as_str),
                ":thread": new.gmail_thread_id.as_ref().map(GmailThreadId::as_str),
                ":direction": new.direction.as_str(),
                ":message_id": new.message_id,
                ":in_reply_to": json(&new.in_reply_to)?,
                ":references": json(&new.references)?,
                ":from_name": new.from.name,
                ":from_address": new.from.address,
                ":to": json(&new.to)?,
                ":cc": json(&new.cc)?,
                ":reply_to": json(&new.reply_to)?,
                ":subject": new.subject,
                ":sent_at": ms(new.sent_at),
                ":received_at": ms(new.received_at),
                ":text": new.text,
                ":reply": new.reply,
                ":kind": new.kind.as_str(),
                ":matched_by": matched_by.map(MatchedBy::as_str),
                ":certain": certain,
                ":bounce": bounce,
                ":warnings": json(&new.warnings)?,
                ":mark": new.mark,
                ":no_draft": new.no_draft,
                ":now": ms(now),
            })?;
        let id = MessageId(self.0.last_insert_rowid());
        self.insert_attachments(id, &new.attachments)?;
        self.insert_words(id, new)?;
        self.insert_thread_keys(conversation, new)?;
        Ok(id)
    }

    /// Mails of the conversation that were put there by a guess, and that name this one as
    /// what they answer, are right there: the question came after its answer.
    fn prove_guesses(&self, conversation: ConversationId, header: &str) -> Result<(), StoreError> {
        for (column, way) in [
            ("in_reply_to_json", MatchedBy::InReplyTo),
            ("references_json", MatchedBy::References),
        ] {
            let sql = format!(
                "UPDATE messages SET matched_by = :way, certain = 1
                 WHERE conversation_id = :conversation AND certain = 0
                   AND EXISTS (SELECT 1 FROM json_each({column}) WHERE value = :header)"
            );
            self.0.prepare_cached(&sql)?.execute(named_params! {
                ":way": way.as_str(),
                ":conversation": conversation.0,
                ":header": header,
            })?;
        }
        Ok(())
    }

    fn insert_attachments(&self, id: MessageId, files: &[Attachment]) -> Result<(), StoreError> {
        let mut statement = self.0.prepare_cached(
            "INSERT INTO attachments (message_id, position, name, content_type, bytes)
             VALUES (:id, :position, :name, :content_type, :bytes)",
        )?;
        for (position, file) in (0_i64..).zip(files) {
            statement.execute(named_params! {
                ":id": id.0,
                ":position": position,
                ":name": file.name,
                ":content_type": file.content_type,
                ":bytes": super::row::stored(file.bytes),
            })?;
        }
        Ok(())
    }

    /// Within a transaction that stores many mails: their words are written as they come
    /// and merged by later ones, which costs less than merging each time. Belongs at the
    /// beginning, and undone at the end, of the same transaction.
    pub fn set_bulk(&self, bulk: bool) -> Result<(), StoreError> {
        // FTS5's own default is 4 (<https://sqlite.org/fts5.html#the_automerge_configuration_option>).
        let merge_at = if bulk { 0 } else { 4 };
        self.0
            .prepare_cached(
                "INSERT INTO message_words (message_words, rank) VALUES ('automerge', :n)",
            )?
            .execute(named_params! { ":n": merge_at })?;
        if bulk {
            self.0.pragma_update(None, "cache_size", BULK_CACHE)?;
        }
        Ok(())
    }

    fn insert_words(&self, id: MessageId, new: &NewMessage) -> Result<(), StoreError> {
        let mut people = String::new();
        for person in [&new.from].into_iter().chain(&new.to).chain(&new.cc) {
            people.push_str(person.name.as_deref().unwrap_or_default());
            people.push(' ');
            people.push_str(&person.address);
            people.push('\n');
        }
        self.0
            .prepare_cached(
                "INSERT INTO message_words (rowid, subject, people, body)
                 VALUES (:id, :subject, :people, :body)",
            )?
            .execute(named_params! {
                ":id": id.0,
                ":subject": new.subject,
                ":people": people,
                ":body": new.text,
            })?;
        Ok(())
    }

    /// Notes that Gmail has to be told of the reading of a mail.
    pub fn set_read_pending(&self, id: MessageId) -> Result<(), StoreError> {
        self.0
            .prepare_cached("UPDATE messages SET read_pending = 1 WHERE id = :id")?
            .execute(named_params! { ":id": id.0 })?;
        Ok(())
    }

    /// Notes that Gmail was told; its history will report that as a change.
    pub fn set_read_told(&self, id: MessageId) -> Result<(), StoreError> {
        self.0
            .prepare_cached("UPDATE messages SET read_pending = 2 WHERE id = :id")?
            .execute(named_params! { ":id": id.0 })?;
        Ok(())
    }

    /// Takes Gmail's report of a reading in. True when it was we who had told it.
    pub fn forget_read_told(&self, id: MessageId) -> Result<bool, StoreError> {
        let told = self
            .0
            .prepare_cached(
                "UPDATE messages SET read_pending = 0 WHERE id = :id AND read_pending = 2",
            )?
            .execute(named_params! { ":id": id.0 })?;
        Ok(told > 0)
    }

    /// Remembers that a mail of Gmail's is not wanted.
    pub fn insert_skipped(&self, id: &GmailId, now: Timestamp) -> Result<(), StoreError> {
        self.0
            .prepare_cached(
                "INSERT INTO skipped_mail (gmail_id, created_at) VALUES (:id, :now)
                 ON CONFLICT (gmail_id) DO NOTHING",
            )?
            .execute(named_params! { ":id": id.as_str(), ":now": ms(now) })?;
        Ok(())
    }

    /// Looks at an unwanted mail again.
    pub fn delete_one_skipped(&self, id: &GmailId) -> Result<(), StoreError> {
        self.0
            .prepare_cached("DELETE FROM skipped_mail WHERE gmail_id = :id")?
            .execute(named_params! { ":id": id.as_str() })?;
        Ok(())
    }

    /// Forgets unwanted mails that were looked at before `until`; history is long past them.
    pub fn delete_skipped(&self, until: Timestamp) -> Result<(), StoreError> {
        self.0
            .prepare_cached("DELETE FROM skipped_mail WHERE created_at < :until")?
            .execute(named_params! { ":until": ms(until) })?;
        Ok(())
    }

    /// Takes the guessed matches of a conversation as right, by the person's word.
    pub fn confirm_match(&self, id: ConversationId, now: Timestamp) -> Result<(), StoreError> {
        self.0
            .prepare_cached(
                "UPDATE messages SET matched_by = 'manual', certain = 1
                 WHERE conversation_id = :id AND certain = 0",
            )?
            .execute(named_params! { ":id": id.0 })?;
        self.refresh_conversation_messages(id, now)
    }

    /// Moves a mail to another conversation, by the person's word.
    ///
    /// # Errors
    /// [`StoreError::Missing`].
    pub fn move_message(
        &self,
        id: MessageId,
        to: ConversationId,
        now: Timestamp,
    ) -> Result<ConversationId, StoreError> {
        let message = self.get_message(id)?.ok_or(StoreError::Missing {
            what: "message",
            id: id.0,
        })?;
        self.0
            .prepare_cached(
                "UPDATE messages
                 SET conversation_id = :to, matched_by = 'manual', certain = 1
                 WHERE id = :id",
            )?
            .execute(named_params! { ":id": id.0, ":to": to.0 })?;
        self.refresh_conversation_messages(message.conversation_id, now)?;
        self.refresh_conversation_messages(to, now)?;
        Ok(message.conversation_id)
    }
}
