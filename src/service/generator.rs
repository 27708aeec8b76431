//! The generator: grants the wishes for drafts, with a model if there is one, else with a
//! template that says so.

mod money;

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures_util::{StreamExt as _, stream};
use tokio::sync::broadcast::error::RecvError;
use tokio_util::sync::CancellationToken;

use super::checks::{self, Text};
use super::{ServiceError, Services, context};
use crate::domain::score;
use crate::domain::{Confidence, Notice, Sources, SuggestionId, SuggestionStatus};
use crate::llm::{Completion, DraftContext, LlmError, prompt, template};
use crate::store::{DraftTask, EventKind, NewEvent, StoreError, SuggestionDraft};

pub use money::spending;
use money::{note_stopped, over_cap, paid_for};

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
    let stopped = cancel.child_token();
    let drafted = tokio::select! {
        drafted = draft(services, task, &context, &stopped) => drafted?,
        // What nobody wants any more is not paid for to its end.
        () = withdrawn(services, suggestion) => {
            stopped.cancel();
            note_stopped(services, suggestion).await?;
            services.previews().forget(suggestion);
            services.post(Notice::SuggestionReady { suggestion, conversation });
            return Ok(false);
        }
    };
    // Stopped with the program: the wish stays and is granted by the next run.
    let Some(draft) = drafted else {
        return Ok(false);
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

/// Waits until the wish is withdrawn: stopped by the person, here or in another process,
/// or replaced by a newer one.
async fn withdrawn(services: &Services, id: SuggestionId) {
    let mut notices = services.subscribe();
    loop {
        let status = services
            .store()
            .read(move |r| Ok(r.get_suggestion(id)?.map(|s| s.status)))
            .await;
        if !matches!(status, Ok(Some(SuggestionStatus::Generating)) | Err(_)) {
            return;
        }
        loop {
            match notices.recv().await {
                // Its own progress says nothing about it.
                Ok(Notice::SuggestionStreamed { .. }) => {}
                Ok(_) | Err(RecvError::Lagged(_)) => break,
                Err(RecvError::Closed) => std::future::pending().await,
            }
        }
    }
}

/// A model's guess about a text that the lead's mail may have dictated, or that leads
/// somewhere we never spoke of, is worth little.
fn cap_confidence(draft: &mut SuggestionDraft) {
    let most = if draft.checks.iter().any(score::is_grave) {
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
    // Another version of the same one is another wish.
    let versions = context.rejected.as_ref().map_or(0, |last| last.versions);
    let hash = format!(
        "{}:{versions}:{}",
        model.unwrap_or_default(),
        prompt::fingerprint(context, &drafter.limits())
    );
    if let Some(paid) = paid_for(services, &hash).await? {
        return Ok(Some(paid));
    }
    if let Some(problem) = over_cap(services, task).await? {
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
    let asked = money::begin(services, task, &hash).await?;
    match drafter
        .draft_with_shortening(context, cancel.clone(), &mut on_body)
        .await
    {
        Ok((completion, prompt)) => {
            asked.written(services, &completion).await?;
            let sources = prompt.sources;
            let problem = completion
                .failed
                .last()
                .map(|failed| failed.problem.clone());
            let draft = of_completion(completion, prompt.version, sources, problem);
            Ok(Some(draft))
        }
        Err(failure) if failure.error == LlmError::Cancelled => {
            // What providers before it cost is known.
            asked.stopped(services, &failure.failed).await?;
            note_stopped(services, suggestion).await?;
            Ok(None)
        }
        Err(failure) => {
            asked.failed(services, &failure.failed).await?;
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
        sources,
        problem,
    }
}
