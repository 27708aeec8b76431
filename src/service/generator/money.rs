//! What drafts cost: caps by day and by lead, what was paid for already, and a row for
//! each draft that is asked of a model, written before it is asked.

use jiff::{Timestamp, ToSpan as _};

use super::super::Services;
use crate::domain::listing::Spending;
use crate::domain::{MicroDollars, SuggestionId};
use crate::llm::{Completion, FailedAttempt, prompt};
use crate::store::{
    CallEnd, CallOutcome, DraftTask, EventKind, NewCall, NewEvent, StoreError, SuggestionDraft,
};

/// How often a draft that came to no end (the program was killed) is paid for.
const MOST_INTERRUPTED: u64 = 2;

/// The same mail, context, prompt and model is not paid for twice.
pub(super) async fn paid_for(
    services: &Services,
    hash: &str,
) -> Result<Option<SuggestionDraft>, StoreError> {
    let hash = hash.to_owned();
    let found = services
        .store()
        .read(move |r| r.get_paid_answer(&hash))
        .await?;
    Ok(found.map(|paid| SuggestionDraft {
        checks: Vec::new(),
        record: paid.record,
        provider: paid.provider,
        model: paid.model,
        input_tokens: None,
        output_tokens: None,
        cost: Some(MicroDollars::ZERO),
        first_token_ms: None,
        total_ms: 0,
        prompt_version: prompt::version().to_owned(),
        sources: Default::default(),
        problem: Some(
            "the same as before: nothing has changed since, so it was not paid for again"
                .to_owned(),
        ),
    }))
}

/// Why no model may be asked for this draft now, if so.
pub(super) async fn over_cap(
    services: &Services,
    task: &DraftTask,
) -> Result<Option<String>, StoreError> {
    let ai = &services.config().ai;
    let suggestion = task.suggestion;
    let interrupted = services
        .store()
        .read(move |r| r.count_interrupted(suggestion))
        .await?;
    if interrupted >= MOST_INTERRUPTED && !services.drafter().is_free() {
        return Ok(Some(
            "this draft was begun twice and the program ended each time, so it is not paid for again by itself; Ctrl-r asks anew".to_owned(),
        ));
    }
    let over = |spent: MicroDollars, cap: f64| cap > 0.0 && spent.dollars() >= cap;
    let today = spending(services).await?.today;
    let cap = ai.daily_cap_usd;
    if over(today, cap) {
        return Ok(Some(format!(
            "drafts have cost {today} today and the cap is ${cap:.2} (ai.daily_cap_usd), so this is a template"
        )));
    }
    let (conversation, day) = (task.conversation, day_begin(services));
    let (spent, drafts) = services
        .store()
        .read(move |r| r.sum_lead_spending(conversation, day))
        .await?;
    let cap = ai.lead_daily_cap_usd;
    if over(spent, cap) {
        return Ok(Some(format!(
            "drafts for this lead have cost {spent} today and the cap is ${cap:.2} (ai.lead_daily_cap_usd), so this is a template"
        )));
    }
    let most = u64::from(ai.lead_daily_drafts);
    Ok((most > 0 && drafts >= most).then(|| {
        format!("a model has drafted for this lead {drafts} times today and the cap is {most} (ai.lead_daily_drafts), so this is a template")
    }))
}

/// A draft was given up while it was written. What it cost until then is not told, but
/// for a free one.
pub(super) async fn note_stopped(services: &Services, id: SuggestionId) -> Result<(), StoreError> {
    let cost = services.drafter().is_free().then_some(MicroDollars::ZERO);
    services
        .store()
        .write(move |w| w.stop_calls(id, cost))
        .await
}

/// What drafts have cost.
///
/// # Errors
/// Failures of the store.
pub async fn spending(services: &Services) -> Result<Spending, StoreError> {
    let now = services.now().to_zoned(services.zone().clone());
    let day = day_begin(services);
    let month = now
        .first_of_month()
        .and_then(|first| first.start_of_day())
        .map_or_else(|_| month_ago(services.now()), |first| first.timestamp());
    services
        .store()
        .read(move |r| r.sum_spending(day, month))
        .await
}

fn day_begin(services: &Services) -> Timestamp {
    let now = services.now().to_zoned(services.zone().clone());
    now.start_of_day()
        .map_or(services.now(), |day| day.timestamp())
}

fn month_ago(now: Timestamp) -> Timestamp {
    now.checked_sub((24 * 31).hours()).unwrap_or(now)
}

/// A draft that is being asked for.
pub(super) struct Asked {
    row: i64,
    call: NewCall,
}

/// Notes that a model is about to be asked.
pub(super) async fn begin(
    services: &Services,
    task: &DraftTask,
    hash: &str,
) -> Result<Asked, StoreError> {
    let first = services.drafter().first();
    let call = NewCall {
        suggestion: task.suggestion,
        conversation: task.conversation,
        context_hash: hash.to_owned(),
        provider: first
            .as_ref()
            .map(|(name, _)| name.to_string())
            .unwrap_or_default(),
        model: first.map(|(_, model)| model).unwrap_or_default(),
    };
    let now = services.now();
    let noted = call.clone();
    let row = services
        .store()
        .write(move |w| w.insert_call(&noted, now))
        .await?;
    Ok(Asked { row, call })
}

impl Asked {
    /// It was written, perhaps after providers that failed.
    pub(super) async fn written(
        self,
        services: &Services,
        completion: &Completion,
    ) -> Result<(), StoreError> {
        let end = CallEnd {
            outcome: CallOutcome::Written,
            provider: completion.provider.to_string(),
            model: completion.model.clone(),
            fault: None,
            tokens: completion.usage.map(|usage| (usage.input, usage.output)),
            cost: completion.cost,
            first_token_ms: Some(completion.first_token_ms),
            total_ms: completion.total_ms,
            answer: Some(completion.record.clone()),
        };
        self.end(services, &completion.failed, Some(end)).await
    }

    /// It was given up while one was writing it, perhaps after others that failed.
    pub(super) async fn stopped(
        self,
        services: &Services,
        failed: &[FailedAttempt],
    ) -> Result<(), StoreError> {
        if failed.is_empty() {
            return Ok(());
        }
        let (call, now) = (self.call.clone(), services.now());
        self.end(services, failed, None).await?;
        // The row of the one that was writing.
        services
            .store()
            .write(move |w| w.insert_call(&call, now))
            .await?;
        Ok(())
    }

    /// No provider wrote it.
    pub(super) async fn failed(
        self,
        services: &Services,
        failed: &[FailedAttempt],
    ) -> Result<(), StoreError> {
        self.end(services, failed, None).await
    }

    /// One row for each provider that was asked: the first takes the row that was begun.
    async fn end(
        self,
        services: &Services,
        failed: &[FailedAttempt],
        last: Option<CallEnd>,
    ) -> Result<(), StoreError> {
        let mut ends: Vec<CallEnd> = failed.iter().map(fault).collect();
        ends.extend(last);
        let now = services.now();
        services
            .store()
            .write(move |w| {
                for (at, end) in ends.iter().enumerate() {
                    let row = if at == 0 {
                        self.row
                    } else {
                        w.insert_call(&self.call, now)?
                    };
                    w.finish_call(row, end)?;
                    if let Some(fault) = end.fault {
                        w.insert_event(
                            NewEvent {
                                suggestion: Some(self.call.suggestion),
                                word: Some(fault),
                                ..NewEvent::about(EventKind::ProviderFailed, self.call.conversation)
                            },
                            now,
                        )?;
                    }
                }
                Ok(())
            })
            .await
    }
}

fn fault(attempt: &FailedAttempt) -> CallEnd {
    CallEnd {
        outcome: CallOutcome::Failed,
        provider: attempt.provider.to_string(),
        model: attempt.model.clone(),
        fault: Some(attempt.code),
        tokens: attempt.usage.map(|usage| (usage.input, usage.output)),
        cost: attempt.cost,
        first_token_ms: None,
        total_ms: 0,
        answer: None,
    }
}
