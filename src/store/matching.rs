//! Which conversation a mail belongs to: four steps, the best proof first. The poller
//! and the import ask the same questions.

use jiff::{SignedDuration, Timestamp};
use rusqlite::named_params;

use super::error::StoreError;
use super::row::{ms, optional};
use super::threads::Read;
use crate::domain::{ConversationId, GmailThreadId, LeadId, MatchedBy};

/// How long the same subject with the same lead means the same conversation.
const SUBJECT_DAYS: i64 = 90;

/// What of a mail decides where it belongs.
#[derive(Clone, Debug)]
pub struct MatchKeys<'a> {
    /// `In-Reply-To` ids.
    pub in_reply_to: &'a [String],
    /// `References` ids, oldest first.
    pub references: &'a [String],
    /// Gmail's thread.
    pub gmail_thread_id: Option<&'a GmailThreadId>,
    /// See [`crate::domain::subject::normalise_subject`].
    pub subject_key: &'a str,
    /// The lead on the other side, if it is a known one.
    pub lead: Option<LeadId>,
    /// When the mail came.
    pub at: Timestamp,
}

/// Where a mail belongs and how that is known.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Match {
    /// Where.
    pub conversation: ConversationId,
    /// By which step.
    pub by: MatchedBy,
    /// Proof rather than a guess.
    pub certain: bool,
}

impl Read<'_> {
    /// The conversation of a mail, or none.
    pub fn match_conversation(&self, keys: &MatchKeys<'_>) -> Result<Option<Match>, StoreError> {
        let proof = |conversation, by| Match {
            conversation,
            by,
            certain: true,
        };
        for id in keys.in_reply_to {
            if let Some(found) = self.conversation_of_message_id(id)? {
                return Ok(Some(proof(found, MatchedBy::InReplyTo)));
            }
        }
        // The newest ancestor first: it is the last one named.
        for id in keys.references.iter().rev() {
            if let Some(found) = self.conversation_of_message_id(id)? {
                return Ok(Some(proof(found, MatchedBy::References)));
            }
        }
        if let Some(thread) = keys.gmail_thread_id
            && let Some(found) = self.conversation_of_thread(thread)?
        {
            return Ok(Some(proof(found, MatchedBy::Thread)));
        }
        let Some(lead) = keys.lead else {
            return Ok(None);
        };
        if !keys.subject_key.is_empty()
            && let Some(found) = self.conversation_of_subject(lead, keys.subject_key, keys.at)?
        {
            return Ok(Some(proof(found, MatchedBy::Subject)));
        }
        let newest = self.newest_open_conversation(lead)?;
        Ok(newest.map(|conversation| Match {
            conversation,
            by: MatchedBy::Sender,
            certain: false,
        }))
    }

    fn conversation_of_message_id(&self, id: &str) -> Result<Option<ConversationId>, StoreError> {
        optional(
            self.0
                .prepare_cached(
                    "SELECT conversation_id FROM messages
                     WHERE message_id = :id
                     ORDER BY id DESC
                     LIMIT 1",
                )?
                .query_row(named_params! { ":id": id }, |row| {
                    row.get(0).map(ConversationId)
                }),
        )
    }

    fn conversation_of_thread(
        &self,
        thread: &GmailThreadId,
    ) -> Result<Option<ConversationId>, StoreError> {
        optional(
            self.0
                .prepare_cached(
                    "SELECT conversation_id FROM messages
                     WHERE gmail_thread_id = :thread
                     ORDER BY id DESC
                     LIMIT 1",
                )?
                .query_row(named_params! { ":thread": thread.as_str() }, |row| {
                    row.get(0).map(ConversationId)
                }),
        )
    }

    fn conversation_of_subject(
        &self,
        lead: LeadId,
        key: &str,
        at: Timestamp,
    ) -> Result<Option<ConversationId>, StoreError> {
        let span = SignedDuration::from_hours(24 * SUBJECT_DAYS);
        let from = at.checked_sub(span).unwrap_or(Timestamp::MIN);
        let until = at.checked_add(span).unwrap_or(Timestamp::MAX);
        optional(
            self.0
                .prepare_cached(
                    "SELECT id FROM conversations
                     WHERE lead_id = :lead AND subject_key = :key
                       AND last_message_at BETWEEN :from AND :until
                     ORDER BY last_message_at DESC
                     LIMIT 1",
                )?
                .query_row(
                    named_params! {
                        ":lead": lead.0,
                        ":key": key,
                        ":from": ms(from),
                        ":until": ms(until),
                    },
                    |row| row.get(0).map(ConversationId),
                ),
        )
    }

    fn newest_open_conversation(&self, lead: LeadId) -> Result<Option<ConversationId>, StoreError> {
        optional(
            self.0
                .prepare_cached(
                    "SELECT id FROM conversations
                     WHERE lead_id = :lead AND status <> 'archived'
                     ORDER BY last_message_at DESC
                     LIMIT 1",
                )?
                .query_row(named_params! { ":lead": lead.0 }, |row| {
                    row.get(0).map(ConversationId)
                }),
        )
    }
}
