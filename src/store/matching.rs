//! Which conversation a mail belongs to: four steps, the best proof first. The poller
//! and the import ask the same questions.

use jiff::{SignedDuration, Timestamp};
use rusqlite::named_params;

use super::candidates::{Candidate, livelier, same_talk};
use super::error::StoreError;
use super::row::{Columns as _, ms, optional};
use super::threads::Read;
use crate::domain::subject::is_answer;
use crate::domain::{ConversationId, GmailThreadId, LeadId, MatchedBy};

/// How long the same subject with the same lead means the same conversation.
const SUBJECT_DAYS: i64 = 90;

/// How much earlier than what it answers a mail may be dated.
const WRONG_CLOCK: SignedDuration = SignedDuration::from_hours(48);

/// What of a mail decides where it belongs.
#[derive(Clone, Copy, Debug, Default)]
pub struct MatchKeys<'a> {
    /// The mail's own id: mails that were here before it may name it.
    pub message_id: Option<&'a str>,
    /// `In-Reply-To` ids.
    pub in_reply_to: &'a [String],
    /// `References` ids, oldest first.
    pub references: &'a [String],
    /// Gmail's thread.
    pub gmail_thread_id: Option<&'a GmailThreadId>,
    /// See [`crate::domain::subject::normalise_subject`].
    pub subject_key: &'a str,
    /// See [`crate::domain::subject::former_subject`]; empty when there is none.
    pub former_key: &'a str,
    /// Whether the mail says of itself that it answers another one.
    pub answers: bool,
    /// The lead on the other side, if it is a known one.
    pub lead: Option<LeadId>,
    /// Further known leads among its people.
    pub also: &'a [LeadId],
    /// Everybody but us by their address keys, the author first, then whom it is to.
    pub people: &'a [String],
    /// We wrote it.
    pub is_ours: bool,
    /// It came by a mailing list, whose address then is in copy of everything.
    pub is_listed: bool,
    /// The mail names no recipients.
    pub to_nobody: bool,
    /// What it says of who wrote what it quotes, lower case.
    pub attribution: &'a str,
    /// The conversation that it quotes from, as far as that is known.
    pub quotes: Option<Quoted>,
    /// Where the other parts of its series are.
    pub series: Option<ConversationId>,
    /// When the mail came.
    pub at: Timestamp,
    /// Read from an archive, so that the conversations open today say nothing of it.
    pub history: bool,
}

/// What the quoted words of a mail say.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Quoted {
    /// The conversation in which they were written.
    pub conversation: ConversationId,
    /// Enough of them to be believed though the subject says nothing.
    pub proves: bool,
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
        match self.match_ids(keys)? {
            Some(found) => Ok(Some(found)),
            None => self.match_unnamed(keys),
        }
    }

    /// The same for a mail whose ids lead nowhere.
    pub fn match_unnamed(&self, keys: &MatchKeys<'_>) -> Result<Option<Match>, StoreError> {
        if let Some(thread) = keys.gmail_thread_id
            && let Some(conversation) = self.conversation_of_thread(thread)?
        {
            return Ok(Some(Match {
                conversation,
                by: MatchedBy::Thread,
                certain: true,
            }));
        }
        if let Some(conversation) = keys.series {
            return Ok(Some(Match {
                conversation,
                by: MatchedBy::Subject,
                certain: false,
            }));
        }
        for key in [keys.subject_key, keys.former_key] {
            if !key.is_empty()
                && let Some(found) = self.match_subject(keys, key)?
            {
                return Ok(Some(found));
            }
        }
        let guess = match keys.lead {
            _ if keys.history => match keys.quotes {
                // A few words are enough when they are said to be by somebody there.
                Some(quoted)
                    if quoted.proves
                        || self.candidate(quoted.conversation, None, keys)?.has_quoted =>
                {
                    Some(quoted.conversation)
                }
                _ => None,
            },
            Some(lead) => self.newest_open_conversation(lead)?,
            None => None,
        };
        Ok(guess.map(|conversation| Match {
            conversation,
            by: MatchedBy::Sender,
            certain: false,
        }))
    }

    /// Every conversation that the ids of a mail lead to, the best proof first.
    pub fn list_named_conversations(&self, keys: &MatchKeys<'_>) -> Result<Vec<Match>, StoreError> {
        let mut found: Vec<Match> = Vec::new();
        let mut add = |conversation: Option<ConversationId>, by| {
            if let Some(conversation) = conversation
                && !found.iter().any(|one| one.conversation == conversation)
            {
                found.push(Match {
                    conversation,
                    by,
                    certain: true,
                });
            }
            conversation.is_some()
        };
        let answered = keys.in_reply_to.iter().map(|id| (id, MatchedBy::InReplyTo));
        let before = keys
            .references
            .iter()
            .rev()
            .map(|id| (id, MatchedBy::References));
        let mut absent = Vec::new();
        for (id, by) in answered.chain(before) {
            if !add(self.conversation_of_message_id(id)?, by) {
                absent.push((id, by));
            }
        }
        // A parent that is not here is still the parent of all who name it.
        for (id, by) in absent {
            add(self.conversation_awaiting(id)?, by);
        }
        if let Some(id) = keys.message_id {
            add(self.conversation_awaiting(id)?, MatchedBy::References);
            add(self.conversation_of_message_id(id)?, MatchedBy::References);
        }
        Ok(found)
    }

    /// By what the mail names, and by what names the mail.
    fn match_ids(&self, keys: &MatchKeys<'_>) -> Result<Option<Match>, StoreError> {
        let proof = |conversation, by| {
            Ok(Some(Match {
                conversation,
                by,
                certain: true,
            }))
        };
        for id in keys.in_reply_to {
            if let Some(found) = self.conversation_of_message_id(id)? {
                return proof(found, MatchedBy::InReplyTo);
            }
        }
        // The newest ancestor first: it is the last one named.
        for id in keys.references.iter().rev() {
            if let Some(found) = self.conversation_of_message_id(id)? {
                return proof(found, MatchedBy::References);
            }
        }
        // A parent that is not here is still the parent of all who name it.
        for id in keys.in_reply_to {
            if let Some(found) = self.conversation_awaiting(id)? {
                return proof(found, MatchedBy::InReplyTo);
            }
        }
        for id in keys.references.iter().rev() {
            if let Some(found) = self.conversation_awaiting(id)? {
                return proof(found, MatchedBy::References);
            }
        }
        if let Some(id) = keys.message_id
            && let Some(found) = self.conversation_awaiting(id)?
        {
            return proof(found, MatchedBy::References);
        }
        Ok(None)
    }

    fn match_subject(&self, keys: &MatchKeys<'_>, key: &str) -> Result<Option<Match>, StoreError> {
        let found = |conversation, certain| {
            Ok(Some(Match {
                conversation,
                by: MatchedBy::Subject,
                certain,
            }))
        };
        let candidates = if keys.history {
            self.list_candidates(keys, key)?
        } else {
            Vec::new()
        };
        // What it quotes says more than who begins threads of that subject.
        let quoted = keys.quotes.map(|quoted| quoted.conversation);
        let quoted = candidates
            .iter()
            .find(|one| Some(one.conversation) == quoted);
        if let Some(quoted) = quoted {
            return found(quoted.conversation, quoted.has_author);
        }
        if candidates.len() > 1 {
            let named = || candidates.iter().filter(|one| one.has_quoted);
            let best = named()
                .find(|one| one.has_author)
                .or_else(|| named().next());
            if let Some(best) = best {
                return found(best.conversation, best.has_author);
            }
        }
        if let Some(lead) = keys.lead
            && let Some(conversation) = self.conversation_of_subject(lead, key, keys.at)?
        {
            return match livelier(keys, &candidates, conversation) {
                Some(other) => found(other.conversation, false),
                None => found(conversation, true),
            };
        }
        if !keys.answers {
            let orphan = self.early_answer(keys, &candidates)?;
            let same = || same_talk(keys, key, &candidates);
            return match orphan.or_else(same) {
                Some(conversation) => found(conversation, false),
                None => Ok(None),
            };
        }
        for lead in keys.also {
            if let Some(conversation) = self.conversation_of_subject(*lead, key, keys.at)? {
                let other = livelier(keys, &candidates, conversation);
                return found(other.map_or(conversation, |one| one.conversation), false);
            }
        }
        // Of several with the same number of people in common, the one that was active
        // last before the mail; it comes first.
        let most = candidates.iter().map(|one| one.in_common).max();
        let shared = candidates
            .iter()
            .find(|one| one.in_common > 0 && Some(one.in_common) == most);
        if let Some(best) = shared {
            return match livelier(keys, &candidates, best.conversation) {
                Some(other) => found(other.conversation, false),
                None => found(best.conversation, best.has_author),
            };
        }
        // Archives of lists may name no recipients at all.
        if keys.to_nobody
            && let Some(nearest) = candidates.first()
        {
            return found(nearest.conversation, false);
        }
        // Someone we do not know answers something that we wrote: if it can be but one.
        let mut ours = candidates.iter().filter(|one| one.has_ours);
        match (ours.next(), ours.next()) {
            (Some(only), None) => found(only.conversation, false),
            _ => Ok(None),
        }
    }

    /// The conversation that an answer to this very mail seems to have begun, because a
    /// clock was wrong or its archive came first.
    pub fn find_early_answer(
        &self,
        keys: &MatchKeys<'_>,
    ) -> Result<Option<ConversationId>, StoreError> {
        let mut candidates = self.list_candidates(keys, keys.subject_key)?;
        candidates.retain(|one| Some(one.conversation) != keys.series);
        self.early_answer(keys, &candidates)
    }

    fn early_answer(
        &self,
        keys: &MatchKeys<'_>,
        candidates: &[Candidate],
    ) -> Result<Option<ConversationId>, StoreError> {
        let mut statement = self.0.prepare_cached(
            "SELECT subject, received_at FROM messages
             WHERE conversation_id = :id AND in_reply_to_json = '[]' AND references_json = '[]'
               AND id = (SELECT id FROM messages WHERE conversation_id = :id
                         ORDER BY received_at, id LIMIT 1)",
        )?;
        let candidates = candidates.iter();
        for one in candidates.filter(|one| one.may_be(keys)) {
            let first = statement.query_row(named_params! { ":id": one.conversation.0 }, |row| {
                Ok((row.get::<_, String>("subject")?, row.at("received_at")?))
            });
            let Some((subject, at)) = optional(first)? else {
                continue;
            };
            let late = keys.at.duration_since(at);
            if late <= WRONG_CLOCK && is_answer(&subject) {
                return Ok(Some(one.conversation));
            }
        }
        Ok(None)
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

    /// The conversation of mails that name this id, while no mail has it.
    fn conversation_awaiting(&self, id: &str) -> Result<Option<ConversationId>, StoreError> {
        optional(
            self.0
                .prepare_cached("SELECT conversation_id FROM awaited_ids WHERE header_id = :id")?
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

    /// The lead's conversation of that subject with a mail near enough in time; of
    /// several, the one that was active last before the mail.
    fn conversation_of_subject(
        &self,
        lead: LeadId,
        key: &str,
        at: Timestamp,
    ) -> Result<Option<ConversationId>, StoreError> {
        let (from, until) = window(at);
        optional(
            self.0
                .prepare_cached(
                    "SELECT c.id
                     FROM conversations c
                     CROSS JOIN conversation_subjects s
                     WHERE c.lead_id = :lead AND c.last_message_at >= :from
                       AND s.subject_key = :key AND s.conversation_id = c.id
                       AND (c.last_message_at <= :until OR EXISTS (
                           SELECT 1 FROM messages m
                           WHERE m.conversation_id = c.id
                             AND m.received_at BETWEEN :from AND :until))
                     ORDER BY c.subject_key = :key DESC, c.last_message_at <= :at DESC,
                              abs(c.last_message_at - :at)
                     LIMIT 1",
                )?
                .query_row(
                    named_params! {
                        ":lead": lead.0,
                        ":key": key,
                        ":at": ms(at),
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

pub(super) fn window(at: Timestamp) -> (Timestamp, Timestamp) {
    let span = SignedDuration::from_hours(24 * SUBJECT_DAYS);
    (
        at.checked_sub(span).unwrap_or(Timestamp::MIN),
        at.checked_add(span).unwrap_or(Timestamp::MAX),
    )
}
