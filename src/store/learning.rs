//! What is learned from the person: examples, rules of style, outcomes. Erasing erases
//! the rows, and the store overwrites what they held (`secure_delete`).

use std::cell::OnceCell;

use jiff::Timestamp;
use rusqlite::{Row, named_params};

use super::error::StoreError;
use super::row::{Columns as _, count, ms, optional};
use super::threads::{Read, Write};
use crate::domain::memory::{Example, RuleState, StyleRule};
use crate::domain::score::{DraftOutcome, History, OutcomeKind, REMEMBERED, Signs};
use crate::domain::{
    ConversationId, ExampleId, LeadId, MessageId, RuleId, Score, Suggestion, SuggestionId,
    SuggestionStatus,
};

/// A reply to learn from.
#[derive(Clone, Debug)]
pub struct NewExample {
    /// Where it was sent.
    pub conversation: ConversationId,
    /// To whom.
    pub lead: LeadId,
    /// The mail it answers.
    pub reply_to: Option<MessageId>,
    /// The suggestion it was made from.
    pub suggestion: Option<SuggestionId>,
    /// What the lead wanted.
    pub intent: String,
    /// Language of the reply.
    pub language: Option<String>,
    /// As drafted.
    pub draft: Option<String>,
    /// The person's own words of what was sent.
    pub reply: String,
    /// How much of the draft was changed, in percent.
    pub changed: u8,
    /// When.
    pub now: Timestamp,
}

/// An example with what its likeness to a new mail is measured by.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Candidate {
    /// Which.
    pub id: ExampleId,
    /// What the lead wanted then.
    pub intent: String,
    /// Language of the reply.
    pub language: Option<String>,
    /// Subject of the conversation.
    pub subject: String,
    /// What the lead had written: measured, never shown or learned.
    pub answered: String,
    /// What the person sent.
    pub reply: String,
}

/// The scores of drafts: what the person did with drafts so far is read once, when a draft
/// first needs it.
pub(super) struct Scores<'c> {
    read: Read<'c>,
    history: OnceCell<History>,
}

impl<'c> Scores<'c> {
    pub(super) const fn new(read: Read<'c>) -> Self {
        Self {
            read,
            history: OnceCell::new(),
        }
    }

    fn history(&self) -> Result<&History, StoreError> {
        if let Some(history) = self.history.get() {
            return Ok(history);
        }
        let outcomes = self.read.list_outcomes(REMEMBERED)?;
        Ok(self.history.get_or_init(|| History::new(&outcomes)))
    }

    /// The score of a suggestion; `flagged` when the mail it answers gets no draft by
    /// itself. Templates, and what is not drafted yet, have none.
    pub(super) fn of(&self, suggestion: &Suggestion, flagged: bool) -> Result<Score, StoreError> {
        if suggestion.is_template() {
            return Ok(Score::default());
        }
        self.by_parts(
            suggestion.status,
            (&suggestion.model, &suggestion.intent),
            Signs::of(&suggestion.checks, suggestion.missing_facts.len(), flagged),
        )
    }

    /// The same from what a row of the inbox has of it.
    pub(super) fn by_parts(
        &self,
        status: SuggestionStatus,
        (model, intent): (&str, &str),
        signs: Signs,
    ) -> Result<Score, StoreError> {
        use SuggestionStatus::{Failed, Generating};
        if matches!(status, Generating | Failed) {
            return Ok(Score::default());
        }
        Ok(self.history()?.score(model, intent, signs))
    }
}

/// A rule that was derived, or that the person wrote.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NewRule {
    /// The rule in words.
    pub text: String,
    /// A hash of what it was derived from; none for the person's own.
    pub origin: Option<String>,
    /// How many replies or rejections speak for it.
    pub evidence: u32,
}

fn rule_from_row(row: &Row<'_>) -> rusqlite::Result<StyleRule> {
    Ok(StyleRule {
        id: RuleId(row.get("id")?),
        text: row.get("text")?,
        state: row.word("state")?,
        evidence: row.get("evidence")?,
        created_at: row.at("created_at")?,
    })
}

fn example_from_row(row: &Row<'_>) -> rusqlite::Result<Example> {
    Ok(Example {
        id: ExampleId(row.get("id")?),
        lead_id: LeadId(row.get("lead_id")?),
        lead: row.get("lead")?,
        subject: row.get("subject")?,
        intent: row.get("intent")?,
        language: row.get("language")?,
        suggestion_id: row
            .get::<_, Option<i64>>("suggestion_id")?
            .map(SuggestionId),
        draft: row.get("draft")?,
        reply: row.get("reply")?,
        changed: row.get("changed")?,
        created_at: row.at("created_at")?,
    })
}

fn limited(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

impl Read<'_> {
    /// The newest replies that were learned from.
    pub fn list_examples(&self, limit: usize) -> Result<Vec<Example>, StoreError> {
        let mut statement = self.0.prepare_cached(
            "SELECT e.id, e.lead_id, l.name AS lead, c.subject, e.intent, e.language,
                    e.suggestion_id, e.draft, e.reply, e.changed, e.created_at
             FROM examples e
             JOIN leads l ON l.id = e.lead_id
             JOIN conversations c ON c.id = e.conversation_id
             ORDER BY e.created_at DESC, e.id DESC
             LIMIT :limit",
        )?;
        Ok(statement
            .query_map(named_params! { ":limit": limited(limit) }, example_from_row)?
            .collect::<Result<_, _>>()?)
    }

    /// How many replies were learned from.
    pub fn count_examples(&self) -> Result<u64, StoreError> {
        let found = self
            .0
            .prepare_cached("SELECT count(*) FROM examples")?
            .query_row([], |row| row.get(0))?;
        Ok(count(found))
    }

    /// The newest examples of other conversations, with what likeness is measured by.
    /// Texts are cut at `chars` characters.
    pub fn list_example_candidates(
        &self,
        other_than: ConversationId,
        limit: usize,
        chars: usize,
    ) -> Result<Vec<Candidate>, StoreError> {
        let mut statement = self.0.prepare_cached(
            "SELECT e.id, e.intent, e.language, c.subject, e.reply,
                    coalesce(substr(m.reply, 1, :chars), '') AS answered
             FROM examples e
             JOIN conversations c ON c.id = e.conversation_id
             LEFT JOIN messages m ON m.id = e.reply_to
             WHERE e.conversation_id <> :other
             ORDER BY e.created_at DESC, e.id DESC
             LIMIT :limit",
        )?;
        Ok(statement
            .query_map(
                named_params! {
                    ":other": other_than.0,
                    ":limit": limited(limit),
                    ":chars": limited(chars),
                },
                |row| {
                    Ok(Candidate {
                        id: ExampleId(row.get("id")?),
                        intent: row.get("intent")?,
                        language: row.get("language")?,
                        subject: row.get("subject")?,
                        answered: row.get("answered")?,
                        reply: row.get("reply")?,
                    })
                },
            )?
            .collect::<Result<_, _>>()?)
    }

    /// Rules of style: the proposed ones with most evidence first, then the accepted ones;
    /// deleted ones are left out.
    pub fn list_style_rules(&self) -> Result<Vec<StyleRule>, StoreError> {
        let mut statement = self.0.prepare_cached(
            "SELECT id, text, state, evidence, created_at
             FROM style_rules
             WHERE state <> 'deleted'
             ORDER BY state DESC, evidence DESC, id",
        )?;
        Ok(statement
            .query_map([], rule_from_row)?
            .collect::<Result<_, _>>()?)
    }

    /// One rule, or [`StoreError::Missing`]; a deleted one is missing.
    pub fn require_style_rule(&self, id: RuleId) -> Result<StyleRule, StoreError> {
        let found = optional(
            self.0
                .prepare_cached(
                    "SELECT id, text, state, evidence, created_at
                     FROM style_rules
                     WHERE id = :id AND state <> 'deleted'",
                )?
                .query_row(named_params! { ":id": id.0 }, rule_from_row),
        )?;
        found.ok_or(StoreError::Missing {
            what: "rule",
            id: id.0,
        })
    }

    /// Why drafts were rejected, newest first.
    pub fn list_rejection_reasons(&self, limit: usize) -> Result<Vec<String>, StoreError> {
        let mut statement = self.0.prepare_cached(
            "SELECT s.feedback FROM outcomes o
             JOIN suggestions s ON s.id = o.suggestion_id
             WHERE o.kind = 'rejected' AND s.feedback IS NOT NULL
             ORDER BY o.at DESC, o.suggestion_id DESC
             LIMIT :limit",
        )?;
        Ok(statement
            .query_map(named_params! { ":limit": limited(limit) }, |row| row.get(0))?
            .collect::<Result<_, _>>()?)
    }

    /// What became of the newest drafts.
    pub fn list_outcomes(&self, limit: usize) -> Result<Vec<DraftOutcome>, StoreError> {
        let mut statement = self.0.prepare_cached(
            "SELECT model, intent, kind, changed FROM outcomes
             ORDER BY at DESC, suggestion_id DESC
             LIMIT :limit",
        )?;
        Ok(statement
            .query_map(named_params! { ":limit": limited(limit) }, |row| {
                Ok(DraftOutcome {
                    model: row.get("model")?,
                    intent: row.get("intent")?,
                    kind: row.word("kind")?,
                    changed: row.get("changed")?,
                })
            })?
            .collect::<Result<_, _>>()?)
    }

    /// How many decisions about drafts are known.
    pub fn count_outcomes(&self) -> Result<u64, StoreError> {
        let found = self
            .0
            .prepare_cached("SELECT count(*) FROM outcomes")?
            .query_row([], |row| row.get(0))?;
        Ok(count(found))
    }

    /// The language that the drafter said a suggestion is in.
    pub fn get_suggestion_language(&self, id: SuggestionId) -> Result<Option<String>, StoreError> {
        let found: Option<Option<String>> = optional(
            self.0
                .prepare_cached("SELECT language FROM suggestions WHERE id = :id")?
                .query_row(named_params! { ":id": id.0 }, |row| row.get(0)),
        )?;
        Ok(found.flatten())
    }
}

impl Write<'_> {
    /// Keeps a reply to learn from.
    pub fn insert_example(&self, new: &NewExample) -> Result<ExampleId, StoreError> {
        self.0
            .prepare_cached(
                "INSERT INTO examples
                     (conversation_id, lead_id, reply_to, suggestion_id, intent, language, draft,
                      reply, changed, created_at)
                 VALUES
                     (:conversation, :lead, :reply_to, :suggestion, :intent, :language, :draft,
                      :reply, :changed, :now)",
            )?
            .execute(named_params! {
                ":conversation": new.conversation.0,
                ":lead": new.lead.0,
                ":reply_to": new.reply_to.map(|id| id.0),
                ":suggestion": new.suggestion.map(|id| id.0),
                ":intent": new.intent,
                ":language": new.language,
                ":draft": new.draft,
                ":reply": new.reply,
                ":changed": new.changed,
                ":now": ms(new.now),
            })?;
        Ok(ExampleId(self.0.last_insert_rowid()))
    }

    /// Erases an example. False when there is none.
    pub fn delete_example(&self, id: ExampleId) -> Result<bool, StoreError> {
        let deleted = self
            .0
            .prepare_cached("DELETE FROM examples WHERE id = :id")?
            .execute(named_params! { ":id": id.0 })?;
        Ok(deleted > 0)
    }

    /// Erases everything that was learned, what the person said no to included.
    pub fn delete_memory(&self) -> Result<(), StoreError> {
        for sql in [
            "DELETE FROM examples",
            "DELETE FROM style_rules",
            "DELETE FROM outcomes",
        ] {
            self.0.prepare_cached(sql)?.execute([])?;
        }
        Ok(())
    }

    /// Keeps a rule. One that was derived from the same before is not added again: while
    /// it is only proposed its evidence is brought up to date, and what the person decided
    /// stays. None when nothing was added.
    pub fn insert_style_rule(
        &self,
        rule: &NewRule,
        state: RuleState,
        now: Timestamp,
    ) -> Result<Option<RuleId>, StoreError> {
        let id: Option<i64> = optional(
            self.0
                .prepare_cached(
                    "INSERT INTO style_rules (text, state, origin, evidence, created_at)
                     VALUES (:text, :state, :origin, :evidence, :now)
                     ON CONFLICT (origin) WHERE origin IS NOT NULL DO NOTHING
                     RETURNING id",
                )?
                .query_row(
                    named_params! {
                        ":text": rule.text,
                        ":state": state.as_str(),
                        ":origin": rule.origin,
                        ":evidence": rule.evidence,
                        ":now": ms(now),
                    },
                    |row| row.get(0),
                ),
        )?;
        if id.is_none() {
            self.0
                .prepare_cached(
                    "UPDATE style_rules SET text = :text, evidence = :evidence
                     WHERE origin = :origin AND state = 'proposed'",
                )?
                .execute(named_params! {
                    ":text": rule.text,
                    ":evidence": rule.evidence,
                    ":origin": rule.origin,
                })?;
        }
        Ok(id.map(RuleId))
    }

    /// Takes back proposals that nothing speaks for any more.
    pub fn delete_proposals_but(&self, origins: &[String]) -> Result<(), StoreError> {
        let kept = super::row::json(origins)?;
        self.0
            .prepare_cached(
                "DELETE FROM style_rules
                 WHERE state = 'proposed' AND origin IS NOT NULL
                   AND origin NOT IN (SELECT value FROM json_each(:kept))",
            )?
            .execute(named_params! { ":kept": kept })?;
        Ok(())
    }

    /// Changes a rule's words and where it stands.
    pub fn update_style_rule(
        &self,
        id: RuleId,
        text: &str,
        state: RuleState,
    ) -> Result<(), StoreError> {
        self.0
            .prepare_cached("UPDATE style_rules SET text = :text, state = :state WHERE id = :id")?
            .execute(named_params! { ":id": id.0, ":text": text, ":state": state.as_str() })?;
        Ok(())
    }

    /// Erases a rule. Of a derived one stays the hash of its origin, without its words, so
    /// that it is not proposed again.
    pub fn delete_style_rule(&self, id: RuleId) -> Result<(), StoreError> {
        self.0
            .prepare_cached("DELETE FROM style_rules WHERE id = :id AND origin IS NULL")?
            .execute(named_params! { ":id": id.0 })?;
        self.update_style_rule(id, "", RuleState::Deleted)
    }

    /// Notes what became of a draft; the last word about it counts.
    pub fn set_outcome(
        &self,
        id: SuggestionId,
        outcome: &DraftOutcome,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.0
            .prepare_cached(
                "INSERT OR REPLACE INTO outcomes (suggestion_id, model, intent, kind, changed, at)
                 VALUES (:id, :model, :intent, :kind, :changed, :now)",
            )?
            .execute(named_params! {
                ":id": id.0,
                ":model": outcome.model,
                ":intent": outcome.intent,
                ":kind": outcome.kind.as_str(),
                ":changed": outcome.changed,
                ":now": ms(now),
            })?;
        Ok(())
    }

    /// Takes back what was noted of a draft, if it is of this kind.
    pub fn delete_outcome(&self, id: SuggestionId, kind: OutcomeKind) -> Result<(), StoreError> {
        self.0
            .prepare_cached("DELETE FROM outcomes WHERE suggestion_id = :id AND kind = :kind")?
            .execute(named_params! { ":id": id.0, ":kind": kind.as_str() })?;
        Ok(())
    }
}
