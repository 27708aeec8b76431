//! The generator: grants the wishes for drafts, with a model if there is one, else with a
//! template that says so.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures_util::{StreamExt as _, stream};
use jiff::{Timestamp, ToSpan as _};
use tokio_util::sync::CancellationToken;

use super::checks::{self, Text};
use super::{ServiceError, Services, context};
use crate::domain::{Check, Confidence, MicroDollars, Notice, Severity, Sources};
use crate::llm::{Completion, DraftContext, FailedAttempt, LlmError, prompt, template};
use crate::store::{DraftTask, EventKind, NewEvent, StoreError, SuggestionDraft};

/// How often a text that is being written is shown, at most.
const SHOW_EVERY: Duration = Duration::from_millis(40);

/// The most confidence that a draft with a grave finding may show.
const DOUBTFUL: f64 = 0.3;

/// Grants every wish there is. Returns how many drafts were made.
///
/// # Errors
/// Failures of the store; failures of models are kept with the suggestion.
pub async fn run_all(services: &Services, cancel: &CancellationToken) -> Result<u64, ServiceError> {
    let made = AtomicU64::new(0);
    loop {
        let tasks = services.store().read(|r| r.list_draft_tasks()).await?;
        if tasks.is_empty() || cancel.is_cancelled() {
            return Ok(made.load(Ordering::Relaxed));
        }
        let results: Vec<Result<bool, StoreError>> = stream::iter(tasks)
            .map(|task| async move { grant(services, &task, cancel).await })
            .buffer_unordered(services.drafter().at_once())
            .collect()
            .await;
        for result in results {
            if result? {
                made.fetch_add(1, Ordering::Relaxed);
            }
        }
    }
}

/// Writes one draft. False when it was given up or came to nothing.
async fn grant(
    services: &Services,
    task: &DraftTask,
    cancel: &CancellationToken,
) -> Result<bool, StoreError> {
    let (suggestion, conversation) = (task.suggestion, task.conversation);
    services.post(Notice::SuggestionStarted {
        suggestion,
        conversation,
    });
    let Some(context) = context::gather(services, task).await? else {
        let now = services.now();
        services
            .store()
            .write(move |w| w.fail_suggestion(suggestion, "its conversation is gone", now))
            .await?;
        return Ok(false);
    };
    let draft = match draft(services, task, &context, cancel).await? {
        Some(draft) => draft,
        // Stopped: the wish stays and is granted by the next run.
        None => return Ok(false),
    };
    let now = services.now();
    let (provider, milliseconds) = (draft.provider.clone(), draft.total_ms);
    let inner = services.clone();
    let finished = services
        .store()
        .write(move |w| {
            let mut draft = draft;
            let text = Text::drafted_by(&draft.record.body, &draft.provider);
            draft.checks = checks::of_reply(*w, &inner, conversation, &text)?;
            cap_confidence(&mut draft);
            if !w.finish_suggestion(suggestion, &draft, now)? {
                return Ok(false);
            }
            w.insert_event(
                NewEvent {
                    suggestion: Some(suggestion),
                    amount: Some(milliseconds),
                    word: Some(&provider),
                    ..NewEvent::about(EventKind::Drafted, conversation)
                },
                now,
            )?;
            Ok(true)
        })
        .await?;
    services.previews().forget(suggestion);
    services.post(Notice::SuggestionReady {
        suggestion,
        conversation,
    });
    Ok(finished)
}

/// A model's guess about a text that the lead's mail may have dictated, or that leads
/// somewhere we never spoke of, is worth little.
fn cap_confidence(draft: &mut SuggestionDraft) {
    let doubtful = |check: &Check| {
        check.severity != Severity::Warn
            || matches!(check.code.as_str(), "link" | "email_address" | "phone")
    };
    let most = if draft.checks.iter().any(doubtful) {
        DOUBTFUL
    } else {
        1.0
    };
    let guess = draft.record.confidence.value().map(|value| value.min(most));
    draft.record.confidence = guess.map_or(Confidence::UNKNOWN, Confidence::new);
}

async fn draft(
    services: &Services,
    task: &DraftTask,
    context: &DraftContext,
    cancel: &CancellationToken,
) -> Result<Option<SuggestionDraft>, StoreError> {
    let drafter = services.drafter();
    if !drafter.has_model() {
        return Ok(Some(of_completion(
            template::draft(context),
            "",
            Sources::default(),
            None,
        )));
    }
    let model = drafter
        .first()
        .map(|(provider, model)| format!("{provider}/{model}"));
    let hash = format!(
        "{}:{}",
        model.unwrap_or_default(),
        prompt::fingerprint(context, &drafter.limits())
    );
    if let Some(paid) = paid_for(services, &hash).await? {
        return Ok(Some(paid));
    }
    if let Some(problem) = over_cap(services).await? {
        return Ok(Some(of_completion(
            template::draft(context),
            "",
            Sources::default(),
            Some(problem),
        )));
    }
    let mut shown = tokio::time::Instant::now() - SHOW_EVERY;
    let (suggestion, conversation) = (task.suggestion, task.conversation);
    let mut on_body = |body: &str| {
        services.previews().set(suggestion, body);
        let now = tokio::time::Instant::now();
        if now.duration_since(shown) >= SHOW_EVERY {
            shown = now;
            services.post(Notice::SuggestionStreamed {
                suggestion,
                conversation,
            });
        }
    };
    match drafter
        .draft_with_shortening(context, cancel.clone(), &mut on_body)
        .await
    {
        Ok((completion, prompt)) => {
            note_failures(services, task, &completion.failed).await?;
            let sources = prompt.sources;
            let problem = completion
                .failed
                .last()
                .map(|failed| failed.problem.clone());
            let mut draft = of_completion(completion, prompt.version, sources, problem);
            draft.context_hash = hash;
            Ok(Some(draft))
        }
        Err(failure) if failure.error == LlmError::Cancelled => Ok(None),
        Err(failure) => {
            note_failures(services, task, &failure.failed).await?;
            let problem = Some(failure.error.to_string());
            Ok(Some(of_completion(
                template::draft(context),
                "",
                Sources::default(),
                problem,
            )))
        }
    }
}

/// The same mail, context, prompt and model is not paid for twice.
async fn paid_for(services: &Services, hash: &str) -> Result<Option<SuggestionDraft>, StoreError> {
    let hash = hash.to_owned();
    let found = services
        .store()
        .read(move |r| r.get_suggestion_by_context(&hash))
        .await?;
    Ok(found.map(|earlier| SuggestionDraft {
        checks: Vec::new(),
        record: crate::domain::DraftRecord {
            subject: earlier.subject,
            body: earlier.body,
            confidence: earlier.confidence,
            reasoning: earlier.reasoning,
            sentiment: earlier.sentiment,
            intent: earlier.intent,
            urgency: earlier.urgency,
            missing_facts: earlier.missing_facts,
            language: None,
        },
        provider: earlier.provider,
        model: earlier.model,
        input_tokens: None,
        output_tokens: None,
        cost: Some(MicroDollars::ZERO),
        first_token_ms: None,
        total_ms: 0,
        prompt_version: prompt::version().to_owned(),
        context_hash: String::new(),
        sources: earlier.sources,
        problem: Some(
            "the same as before: nothing has changed since, so it was not paid for again"
                .to_owned(),
        ),
    }))
}

/// Why no more money may be spent today, if so.
async fn over_cap(services: &Services) -> Result<Option<String>, StoreError> {
    let cap = services.config().ai.daily_cap_usd;
    if cap <= 0.0 {
        return Ok(None);
    }
    let spent = spending(services).await?.today;
    Ok((spent.dollars() >= cap).then(|| {
        format!("drafts have cost {spent} today and the cap is ${cap:.2} (ai.daily_cap_usd), so this is a template")
    }))
}

/// What drafts have cost.
///
/// # Errors
/// Failures of the store.
pub async fn spending(services: &Services) -> Result<crate::domain::listing::Spending, StoreError> {
    let now = services.now().to_zoned(services.zone().clone());
    let day = now
        .start_of_day()
        .map_or(services.now(), |day| day.timestamp());
    let month = now
        .first_of_month()
        .and_then(|first| first.start_of_day())
        .map_or_else(|_| month_ago(services.now()), |first| first.timestamp());
    services
        .store()
        .read(move |r| r.sum_spending(day, month))
        .await
}

fn month_ago(now: Timestamp) -> Timestamp {
    now.checked_sub((24 * 31).hours()).unwrap_or(now)
}

async fn note_failures(
    services: &Services,
    task: &DraftTask,
    failed: &[FailedAttempt],
) -> Result<(), StoreError> {
    if failed.is_empty() {
        return Ok(());
    }
    let codes: Vec<&'static str> = failed.iter().map(|attempt| attempt.code).collect();
    let (suggestion, conversation, now) = (task.suggestion, task.conversation, services.now());
    services
        .store()
        .write(move |w| {
            for code in codes {
                w.insert_event(
                    NewEvent {
                        suggestion: Some(suggestion),
                        word: Some(code),
                        ..NewEvent::about(EventKind::ProviderFailed, conversation)
                    },
                    now,
                )?;
            }
            Ok(())
        })
        .await
}

fn of_completion(
    completion: Completion,
    prompt_version: &str,
    sources: Sources,
    problem: Option<String>,
) -> SuggestionDraft {
    let Completion {
        record,
        provider,
        model,
        usage,
        cost,
        first_token_ms,
        total_ms,
        ..
    } = completion;
    SuggestionDraft {
        checks: Vec::new(),
        record,
        provider: provider.to_string(),
        model,
        input_tokens: usage.map(|usage| usage.input),
        output_tokens: usage.map(|usage| usage.output),
        cost,
        first_token_ms: Some(first_token_ms),
        total_ms,
        prompt_version: prompt_version.to_owned(),
        context_hash: String::new(),
        sources,
        problem,
    }
}
