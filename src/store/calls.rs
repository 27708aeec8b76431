//! What models were asked for and what it cost: one row for each draft that was asked of
//! a provider, written before it is asked.

use jiff::Timestamp;
use rusqlite::{Row, named_params};

use super::error::StoreError;
use super::row::{count, json, ms, optional, stored};
use super::threads::{Read, Write};
use crate::domain::draft::DraftRecord;
use crate::domain::listing::Spending;
use crate::domain::states::text_enum;
use crate::domain::{ConversationId, MicroDollars, SuggestionId};

text_enum! {
    /// How asking a model ended.
    CallOutcome {
        /// Not yet, or the program ended meanwhile.
        Asked = "asked",
        /// With a draft.
        Written = "written",
        /// With a fault.
        Failed = "failed",
        /// The person stopped it.
        Stopped = "stopped",
    }
}

/// A draft that is about to be asked for.
#[derive(Clone, Debug)]
pub struct NewCall {
    /// For which wish.
    pub suggestion: SuggestionId,
    /// Where.
    pub conversation: ConversationId,
    /// Of message, context, prompt and model.
    pub context_hash: String,
    /// Of whom.
    pub provider: String,
    /// Which model, if it is known.
    pub model: String,
}

/// How it went.
#[derive(Clone, Debug)]
pub struct CallEnd {
    /// How.
    pub outcome: CallOutcome,
    /// Who answered.
    pub provider: String,
    /// With which model.
    pub model: String,
    /// The kind of fault, a fixed word.
    pub fault: Option<&'static str>,
    /// Tokens read and written, if told.
    pub tokens: Option<(u64, u64)>,
    /// What it cost, if that is known.
    pub cost: Option<MicroDollars>,
    /// To the first text, in milliseconds.
    pub first_token_ms: Option<u64>,
    /// To the end.
    pub total_ms: u64,
    /// The draft.
    pub answer: Option<DraftRecord>,
}

/// A draft that was paid for.
#[derive(Clone, Debug)]
pub struct PaidAnswer {
    /// The draft.
    pub record: DraftRecord,
    /// Who wrote it.
    pub provider: String,
    /// With which model.
    pub model: String,
}

fn answer(row: &Row<'_>) -> rusqlite::Result<(String, String, String)> {
    Ok((
        row.get("answer_json")?,
        row.get("provider")?,
        row.get("model")?,
    ))
}

impl Read<'_> {
    /// The draft that was paid for with just this context, if one was.
    pub fn get_paid_answer(&self, hash: &str) -> Result<Option<PaidAnswer>, StoreError> {
        let found = optional(
            self.0
                .prepare_cached(
                    "SELECT answer_json, provider, model FROM model_calls
                     WHERE context_hash = :hash AND answer_json IS NOT NULL
                     ORDER BY id DESC
                     LIMIT 1",
                )?
                .query_row(named_params! { ":hash": hash }, answer),
        )?;
        Ok(found.and_then(|(text, provider, model)| {
            // A form that an older version wrote is asked for again.
            let record = serde_json::from_str(&text).ok()?;
            Some(PaidAnswer {
                record,
                provider,
                model,
            })
        }))
    }

    /// How often a wish was asked for without coming to any end: the program was killed.
    pub fn count_interrupted(&self, id: SuggestionId) -> Result<u64, StoreError> {
        let found = self
            .0
            .prepare_cached(
                "SELECT count(*) FROM model_calls
                 WHERE suggestion_id = :id AND outcome = 'asked'",
            )?
            .query_row(named_params! { ":id": id.0 }, |row| row.get(0))?;
        Ok(count(found))
    }

    /// What drafts for one lead cost since a point in time, and how many were asked for.
    pub fn sum_lead_spending(
        &self,
        conversation: ConversationId,
        from: Timestamp,
    ) -> Result<(MicroDollars, u64), StoreError> {
        Ok(self
            .0
            .prepare_cached(
                "SELECT coalesce(sum(m.cost), 0), count(DISTINCT m.suggestion_id)
                 FROM model_calls m
                 JOIN conversations c ON c.id = m.conversation_id
                 WHERE c.lead_id = (SELECT lead_id FROM conversations WHERE id = :id) AND m.at >= :from",
            )?
            .query_row(
                named_params! { ":id": conversation.0, ":from": ms(from) },
                |row| Ok((MicroDollars(row.get(0)?), count(row.get(1)?))),
            )?)
    }

    /// What drafts cost since two points in time (local midnight, first of the month).
    pub fn sum_spending(&self, day: Timestamp, month: Timestamp) -> Result<Spending, StoreError> {
        Ok(self
            .0
            .prepare_cached(
                "SELECT coalesce(sum(cost) FILTER (WHERE at >= :day), 0),
                        coalesce(sum(cost), 0),
                        count(*) FILTER (
                            WHERE cost IS NULL AND (outcome <> 'failed' OR input_tokens IS NOT NULL)
                              -- What is being written has no price yet.
                              AND NOT (outcome = 'asked' AND suggestion_id IN (
                                  SELECT id FROM suggestions WHERE status = 'generating'))),
                        coalesce(sum(input_tokens) FILTER (WHERE at >= :day), 0),
                        coalesce(sum(output_tokens) FILTER (WHERE at >= :day), 0),
                        coalesce(sum(input_tokens), 0),
                        coalesce(sum(output_tokens), 0)
                 FROM model_calls
                 WHERE at >= :month",
            )?
            .query_row(
                named_params! { ":day": ms(day), ":month": ms(month) },
                |row| {
                    Ok(Spending {
                        today: MicroDollars(row.get(0)?),
                        month: MicroDollars(row.get(1)?),
                        unknown: count(row.get(2)?),
                        input_tokens_today: count(row.get(3)?),
                        output_tokens_today: count(row.get(4)?),
                        input_tokens_month: count(row.get(5)?),
                        output_tokens_month: count(row.get(6)?),
                    })
                },
            )?)
    }

    /// The median of the times to the first text since `from`, in milliseconds.
    pub fn median_first_token(&self, from: Timestamp) -> Result<Option<u64>, StoreError> {
        let found = optional(
            self.0
                .prepare_cached(
                    "SELECT first_token_ms FROM model_calls
                     WHERE at >= :from AND first_token_ms IS NOT NULL AND outcome = 'written'
                     ORDER BY first_token_ms
                     LIMIT 1 OFFSET (
                         SELECT (count(*) - 1) / 2 FROM model_calls
                         WHERE at >= :from AND first_token_ms IS NOT NULL AND outcome = 'written')",
                )?
                .query_row(named_params! { ":from": ms(from) }, |row| row.get(0)),
        )?;
        Ok(found.map(count))
    }

    /// The mean of the models' guesses about their drafts since `from`.
    pub fn mean_confidence(&self, from: Timestamp) -> Result<Option<f64>, StoreError> {
        Ok(self
            .0
            .prepare_cached(
                "SELECT avg(confidence) FROM suggestions
                 WHERE created_at >= :from AND confidence IS NOT NULL",
            )?
            .query_row(named_params! { ":from": ms(from) }, |row| row.get(0))?)
    }

    /// Faults of providers since `from`, by provider and kind, the most frequent first.
    pub fn count_faults(&self, from: Timestamp) -> Result<Vec<(String, String, u64)>, StoreError> {
        let mut statement = self.0.prepare_cached(
            "SELECT provider, fault, count(*) FROM model_calls
             WHERE at >= :from AND fault IS NOT NULL
             GROUP BY provider, fault
             ORDER BY count(*) DESC, provider, fault",
        )?;
        Ok(statement
            .query_map(named_params! { ":from": ms(from) }, |row| {
                Ok((row.get(0)?, row.get(1)?, count(row.get(2)?)))
            })?
            .collect::<Result<_, _>>()?)
    }

    /// How many rejections since `from` had a reason.
    pub fn count_reasons(&self, from: Timestamp) -> Result<u64, StoreError> {
        let found = self
            .0
            .prepare_cached(
                "SELECT count(*) FROM suggestions
                 WHERE feedback IS NOT NULL AND feedback <> '' AND updated_at >= :from",
            )?
            .query_row(named_params! { ":from": ms(from) }, |row| row.get(0))?;
        Ok(count(found))
    }
}

impl Write<'_> {
    /// Notes that a model is about to be asked. Returns the row to be finished.
    pub fn insert_call(&self, call: &NewCall, now: Timestamp) -> Result<i64, StoreError> {
        self.0
            .prepare_cached(
                "INSERT INTO model_calls
                     (at, suggestion_id, conversation_id, context_hash, provider, model, outcome)
                 VALUES (:at, :suggestion, :conversation, :hash, :provider, :model, 'asked')",
            )?
            .execute(named_params! {
                ":at": ms(now),
                ":suggestion": call.suggestion.0,
                ":conversation": call.conversation.0,
                ":hash": call.context_hash,
                ":provider": call.provider,
                ":model": call.model,
            })?;
        Ok(self.0.last_insert_rowid())
    }

    /// Notes how it went, and keeps the answer.
    pub fn finish_call(&self, id: i64, end: &CallEnd) -> Result<(), StoreError> {
        let answer = end.answer.as_ref().map(json).transpose()?;
        self.0
            .prepare_cached(
                "UPDATE model_calls
                 SET outcome = :outcome, provider = :provider, model = :model, fault = :fault,
                     input_tokens = :input, output_tokens = :output, cost = :cost,
                     first_token_ms = :first, total_ms = :total, answer_json = :answer
                 WHERE id = :id AND outcome = 'asked'",
            )?
            .execute(named_params! {
                ":id": id,
                ":outcome": end.outcome.as_str(),
                ":provider": end.provider,
                ":model": end.model,
                ":fault": end.fault,
                ":input": end.tokens.map(|t| stored(t.0)),
                ":output": end.tokens.map(|t| stored(t.1)),
                ":cost": end.cost.map(|cost| cost.0),
                ":first": end.first_token_ms.map(stored),
                ":total": stored(end.total_ms),
                ":answer": answer,
            })?;
        Ok(())
    }

    /// Notes that asking for a wish was given up.
    pub fn stop_calls(
        &self,
        id: SuggestionId,
        cost: Option<MicroDollars>,
    ) -> Result<(), StoreError> {
        self.0
            .prepare_cached(
                "UPDATE model_calls SET outcome = 'stopped', cost = :cost
                 WHERE suggestion_id = :id AND outcome = 'asked'",
            )?
            .execute(named_params! { ":id": id.0, ":cost": cost.map(|cost| cost.0) })?;
        Ok(())
    }
}
