//! Suggestions in their versions. A row in the state `generating` is the wish for a
//! draft: it is written with the mail that wants an answer, or by whoever asks for
//! another version, and taken up by the process that holds the lease.

use jiff::Timestamp;
use rusqlite::{Row, named_params};

use super::error::StoreError;
use super::learning::Scores;
use super::row::{Columns as _, count, json, ms, optional, stored};
use super::threads::{Read, Write};
use crate::domain::draft::DraftRecord;
use crate::domain::{
    Check, Confidence, ConversationId, MessageId, MicroDollars, Score, Sources, Suggestion,
    SuggestionId, SuggestionStatus,
};

/// The wish for a draft.
#[derive(Clone, Debug)]
pub struct NewSuggestion {
    /// Where.
    pub conversation: ConversationId,
    /// The mail to answer.
    pub reply_to: MessageId,
    /// What the person wants to be different.
    pub hint: Option<String>,
    /// The version that it is to be better than; the newest one if none is named.
    pub instead_of: Option<SuggestionId>,
    /// When it was asked for.
    pub now: Timestamp,
}

/// A wish that has not been granted yet.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DraftTask {
    /// The row to fill.
    pub suggestion: SuggestionId,
    /// Where.
    pub conversation: ConversationId,
    /// The mail to answer.
    pub reply_to: MessageId,
    /// What the person wants to be different.
    pub hint: Option<String>,
    /// The version that they were looking at.
    pub instead_of: Option<SuggestionId>,
}

/// A finished draft with how it came about.
#[derive(Clone, Debug)]
pub struct SuggestionDraft {
    /// What was written.
    pub record: DraftRecord,
    /// Findings in it.
    pub checks: Vec<Check>,
    /// Who wrote it.
    pub provider: String,
    /// With which model.
    pub model: String,
    /// Tokens read.
    pub input_tokens: Option<u64>,
    /// Tokens written.
    pub output_tokens: Option<u64>,
    /// What it cost, if that is known.
    pub cost: Option<MicroDollars>,
    /// From the request to the first byte of the body, in milliseconds.
    pub first_token_ms: Option<u64>,
    /// From the request to the end, in milliseconds.
    pub total_ms: u64,
    /// Which prompt.
    pub prompt_version: String,
    /// What the prompt was made from.
    pub sources: Sources,
    /// What went wrong on the way here.
    pub problem: Option<String>,
}

const COLUMNS: &str = "
    id, conversation_id, reply_to, version, status, revision, stale, subject, body, edited_body,
    confidence, reasoning, sentiment, intent, urgency, missing_json, checks_json, provider, model,
    input_tokens, output_tokens, cost, problem, created_at, sources_json, hint, feedback,
    (SELECT m.no_draft IS NOT NULL FROM messages m WHERE m.id = suggestions.reply_to) AS flagged";

/// A suggestion as stored; its score is filled in from [`Scores`].
struct Stored {
    suggestion: Suggestion,
    /// The mail that it answers is one that gets no draft by itself.
    flagged: bool,
}

impl Stored {
    fn scored(self, scores: &Scores<'_>) -> Result<Suggestion, StoreError> {
        let Self {
            mut suggestion,
            flagged,
        } = self;
        suggestion.score = scores.of(&suggestion, flagged)?;
        Ok(suggestion)
    }
}

fn from_row(row: &Row<'_>) -> rusqlite::Result<Stored> {
    let flagged = row.get::<_, Option<bool>>("flagged")?.unwrap_or(false);
    Ok(Stored {
        suggestion: suggestion_from_row(row)?,
        flagged,
    })
}

fn suggestion_from_row(row: &Row<'_>) -> rusqlite::Result<Suggestion> {
    let tokens = |column| Ok::<_, rusqlite::Error>(row.get::<_, Option<i64>>(column)?.map(count));
    Ok(Suggestion {
        id: SuggestionId(row.get("id")?),
        conversation_id: ConversationId(row.get("conversation_id")?),
        reply_to: MessageId(row.get("reply_to")?),
        version: row.get("version")?,
        status: row.word("status")?,
        revision: row.get("revision")?,
        subject: row.get("subject")?,
        body: row.get("body")?,
        edited_body: row.get("edited_body")?,
        confidence: row
            .get::<_, Option<f64>>("confidence")?
            .map_or(Confidence::UNKNOWN, Confidence::new),
        score: Score::default(),
        reasoning: row.get("reasoning")?,
        sentiment: row.word("sentiment")?,
        intent: row.get("intent")?,
        urgency: row.word("urgency")?,
        missing_facts: row.json("missing_json")?,
        checks: row.json("checks_json")?,
        provider: row.get("provider")?,
        model: row.get("model")?,
        input_tokens: tokens("input_tokens")?,
        output_tokens: tokens("output_tokens")?,
        cost: row.get::<_, Option<i64>>("cost")?.map(MicroDollars),
        sources: row.json("sources_json").unwrap_or_default(),
        hint: row.get("hint")?,
        feedback: row.get("feedback")?,
        problem: row.get("problem")?,
        stale: row.get("stale")?,
        created_at: row.at("created_at")?,
    })
}

impl Read<'_> {
    /// The suggestion with this number.
    pub fn get_suggestion(&self, id: SuggestionId) -> Result<Option<Suggestion>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM suggestions WHERE id = :id");
        let found = optional(
            self.0
                .prepare_cached(&sql)?
                .query_row(named_params! { ":id": id.0 }, from_row),
        )?;
        let scores = Scores::new(*self);
        found.map(|stored| stored.scored(&scores)).transpose()
    }

    /// The suggestion with this number, or [`StoreError::Missing`].
    pub fn require_suggestion(&self, id: SuggestionId) -> Result<Suggestion, StoreError> {
        self.get_suggestion(id)?.ok_or(StoreError::Missing {
            what: "suggestion",
            id: id.0,
        })
    }

    /// All suggestions of a conversation, oldest first.
    pub fn list_suggestions(&self, id: ConversationId) -> Result<Vec<Suggestion>, StoreError> {
        let sql =
            format!("SELECT {COLUMNS} FROM suggestions WHERE conversation_id = :id ORDER BY id");
        let mut statement = self.0.prepare_cached(&sql)?;
        let found: Vec<Stored> = statement
            .query_map(named_params! { ":id": id.0 }, from_row)?
            .collect::<Result<_, _>>()?;
        let scores = Scores::new(*self);
        found
            .into_iter()
            .map(|stored| stored.scored(&scores))
            .collect()
    }

    /// Wishes that have not been granted, oldest first.
    pub fn list_draft_tasks(&self) -> Result<Vec<DraftTask>, StoreError> {
        let mut statement = self.0.prepare_cached(
            "SELECT id, conversation_id, reply_to, hint, instead_of FROM suggestions
             WHERE status = 'generating'
             ORDER BY id",
        )?;
        Ok(statement
            .query_map([], |row| {
                Ok(DraftTask {
                    suggestion: SuggestionId(row.get("id")?),
                    conversation: ConversationId(row.get("conversation_id")?),
                    reply_to: MessageId(row.get("reply_to")?),
                    hint: row.get("hint")?,
                    instead_of: row.get::<_, Option<i64>>("instead_of")?.map(SuggestionId),
                })
            })?
            .collect::<Result<_, _>>()?)
    }

    /// Conversations that wait for an answer to a mail nobody has drafted one for, oldest
    /// first, with that mail.
    pub fn list_wanting_draft(
        &self,
        limit: usize,
    ) -> Result<Vec<(ConversationId, MessageId)>, StoreError> {
        let mut statement = self.0.prepare_cached(
            "SELECT c.id, c.last_inbound_id
             FROM conversations c
             JOIN messages m ON m.id = c.last_inbound_id
             WHERE c.status = 'needs_reply' AND m.no_draft IS NULL
               AND NOT EXISTS (SELECT 1 FROM suggestions s WHERE s.reply_to = c.last_inbound_id)
             ORDER BY c.last_message_at
             LIMIT :limit",
        )?;
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        Ok(statement
            .query_map(named_params! { ":limit": limit }, |row| {
                Ok((ConversationId(row.get(0)?), MessageId(row.get(1)?)))
            })?
            .collect::<Result<_, _>>()?)
    }
}

impl Write<'_> {
    /// Asks for a draft; returns the row that will be filled. A wish for the same
    /// conversation that has not been granted yet is taken over, hint and all.
    pub fn insert_suggestion(&self, new: &NewSuggestion) -> Result<SuggestionId, StoreError> {
        self.0
            .prepare_cached(
                "UPDATE suggestions SET status = 'superseded', updated_at = :now
                 WHERE conversation_id = :conversation AND status = 'generating'",
            )?
            .execute(named_params! {
                ":conversation": new.conversation.0,
                ":now": ms(new.now),
            })?;
        self.0
            .prepare_cached(
                "INSERT INTO suggestions
                     (conversation_id, reply_to, basis, version, status, hint, instead_of, created_at, updated_at)
                 VALUES
                     (:conversation, :reply_to,
                      (SELECT max(id) FROM messages WHERE conversation_id = :conversation),
                      1 + (SELECT coalesce(max(version), 0) FROM suggestions WHERE reply_to = :reply_to),
                      'generating', :hint, :instead_of, :now, :now)",
            )?
            .execute(named_params! {
                ":conversation": new.conversation.0,
                ":reply_to": new.reply_to.0,
                ":hint": new.hint,
                ":instead_of": new.instead_of.map(|id| id.0),
                ":now": ms(new.now),
            })?;
        let id = SuggestionId(self.0.last_insert_rowid());
        self.set_conversation_suggestion(new.conversation, Some(id))?;
        Ok(id)
    }

    /// Fills a wish: the draft becomes approvable and takes the place of earlier ones.
    /// False when the wish was withdrawn in the meantime; the draft is dropped then.
    pub fn finish_suggestion(
        &self,
        id: SuggestionId,
        draft: &SuggestionDraft,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let changed = self
            .0
            .prepare_cached(
                "UPDATE suggestions
                 SET status = 'pending', subject = :subject, body = :body, edited_body = NULL,
                     confidence = :confidence, reasoning = :reasoning, sentiment = :sentiment,
                     intent = :intent, urgency = :urgency, missing_json = :missing,
                     checks_json = :checks, sources_json = :sources, language = :language,
                     provider = :provider, model = :model, input_tokens = :input,
                     output_tokens = :output, cost = :cost, first_token_ms = :first,
                     total_ms = :total, prompt_version = :prompt,
                     problem = :problem, revision = revision + 1, updated_at = :now
                 WHERE id = :id AND status = 'generating'",
            )?
            .execute(named_params! {
                ":id": id.0,
                ":subject": draft.record.subject,
                ":body": draft.record.body,
                ":confidence": draft.record.confidence.value(),
                ":reasoning": draft.record.reasoning,
                ":sentiment": draft.record.sentiment.as_str(),
                ":intent": draft.record.intent,
                ":urgency": draft.record.urgency.as_str(),
                ":missing": json(&draft.record.missing_facts)?,
                ":checks": json(&draft.checks)?,
                ":sources": json(&draft.sources)?,
                ":language": draft.record.language,
                ":provider": draft.provider,
                ":model": draft.model,
                ":input": draft.input_tokens.map(stored),
                ":output": draft.output_tokens.map(stored),
                ":cost": draft.cost.map(|cost| cost.0),
                ":first": draft.first_token_ms.map(stored),
                ":total": stored(draft.total_ms),
                ":prompt": draft.prompt_version,
                ":problem": draft.problem,
                ":now": ms(now),
            })?;
        if changed == 0 {
            return Ok(false);
        }
        self.0
            .prepare_cached(
                "UPDATE suggestions SET status = 'superseded', updated_at = :now
                 WHERE status = 'pending' AND id <> :id
                   AND conversation_id = (SELECT conversation_id FROM suggestions WHERE id = :id)",
            )?
            .execute(named_params! { ":id": id.0, ":now": ms(now) })?;
        Ok(true)
    }

    /// Gives a wish up, with the reason in words.
    pub fn fail_suggestion(
        &self,
        id: SuggestionId,
        problem: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.0
            .prepare_cached(
                "UPDATE suggestions SET status = 'failed', problem = :problem, updated_at = :now
                 WHERE id = :id AND status = 'generating'",
            )?
            .execute(named_params! { ":id": id.0, ":problem": problem, ":now": ms(now) })?;
        Ok(())
    }

    /// Takes a step from one state to another. One that comes back to be approved is stale
    /// when something was written meanwhile.
    ///
    /// # Errors
    /// A conflict when it is no longer in the state `from`, or when there is no such step.
    pub fn set_suggestion_status(
        &self,
        id: SuggestionId,
        from: SuggestionStatus,
        to: SuggestionStatus,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        if !from.may_become(to) {
            return Err(StoreError::conflict(format!(
                "a suggestion that is {from} cannot become {to}"
            )));
        }
        let changed = self
            .0
            .prepare_cached(
                "UPDATE suggestions
                 SET status = :to, updated_at = :now,
                     stale = stale OR (:to = 'pending' AND EXISTS (
                         SELECT 1 FROM messages m
                         WHERE m.conversation_id = suggestions.conversation_id
                           AND m.id > suggestions.basis))
                 WHERE id = :id AND status = :from",
            )?
            .execute(named_params! {
                ":id": id.0,
                ":from": from.as_str(),
                ":to": to.as_str(),
                ":now": ms(now),
            })?;
        if changed == 0 {
            let now = self.require_suggestion(id)?.status;
            return Err(StoreError::conflict(format!(
                "suggestion {id} is {now}, not {from}"
            )));
        }
        Ok(())
    }

    /// Keeps what the person made of the text, with the findings in it. Returns the new
    /// revision.
    ///
    /// # Errors
    /// A conflict when the suggestion is not pending.
    pub fn save_edit(
        &self,
        id: SuggestionId,
        body: &str,
        checks: &[Check],
        now: Timestamp,
    ) -> Result<u32, StoreError> {
        let changed = self
            .0
            .prepare_cached(
                "UPDATE suggestions
                 SET edited_body = nullif(:body, body), checks_json = :checks,
                     revision = revision + (coalesce(edited_body, body) <> :body), updated_at = :now
                 WHERE id = :id AND status = 'pending'",
            )?
            .execute(named_params! {
                ":id": id.0,
                ":body": body,
                ":checks": json(checks)?,
                ":now": ms(now),
            })?;
        let suggestion = self.require_suggestion(id)?;
        if changed == 0 {
            return Err(StoreError::conflict(format!(
                "suggestion {id} is {}, so its text cannot be changed",
                suggestion.status
            )));
        }
        Ok(suggestion.revision)
    }

    /// Keeps why the person said no.
    pub fn set_feedback(&self, id: SuggestionId, reason: &str) -> Result<(), StoreError> {
        self.0
            .prepare_cached("UPDATE suggestions SET feedback = :reason WHERE id = :id")?
            .execute(named_params! { ":id": id.0, ":reason": reason })?;
        Ok(())
    }
}
