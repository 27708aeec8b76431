//! Several providers in order, and contexts that overflow.

use rejoinder::config::{Ai, ProviderName};
use rejoinder::domain::Direction;
use rejoinder::llm::{
    DraftContext, Drafter, LeadFacts, LlmError, Turn, UserFacts, http_client, template,
};
use serde_json::json;
use tokio_util::sync::CancellationToken;

use crate::answers::{BODY, RECORD, chat, messages};
use crate::ask::{ask, ask_of, drafter, impatient, settings};
use crate::server::{Server, plain, stream};

fn context() -> DraftContext {
    let turn = |direction, text: String| Turn {
        direction,
        from_name: "Maria Lopez".to_owned(),
        sent_at: "2026-11-20T10:00:00Z".parse().unwrap(),
        text,
    };
    DraftContext {
        user: UserFacts {
            name: "Sam Doe".to_owned(),
            ..UserFacts::default()
        },
        lead: LeadFacts::default(),
        subject: "Pricing".to_owned(),
        thread: (0..12)
            .map(|n| {
                turn(
                    if n % 2 == 0 {
                        Direction::Outbound
                    } else {
                        Direction::Inbound
                    },
                    format!("mail {n}: {}", "words ".repeat(500)),
                )
            })
            .collect(),
        examples: Vec::new(),
        rejected: None,
        hint: None,
        now: "2026-11-20T12:00:00[UTC]".parse().unwrap(),
    }
}

#[tokio::test]
async fn when_the_first_provider_fails_the_next_one_writes_and_both_are_accounted_for() {
    let first = Server::start(vec![plain(401, &[], r#"{"error":{"message":"bad key"}}"#)]).await;
    let second = Server::start(vec![stream(
        &[messages(RECORD, "end_turn").as_bytes()],
        true,
    )])
    .await;
    let ai = Ai {
        fallbacks: vec![ProviderName::Anthropic, ProviderName::Template],
        anthropic_base_url: second.base.clone(),
        ..settings(ProviderName::OpenAi, &first)
    };
    let completion = ask(&ai).await.draft();
    assert_eq!(completion.provider, ProviderName::Anthropic);
    assert_eq!(completion.failed.len(), 1);
    assert_eq!(completion.failed[0].provider, ProviderName::OpenAi);
    assert_eq!(completion.failed[0].code, "unauthorized");
    assert_eq!(
        second.seen()[0].json()["model"],
        "claude-haiku-5-5",
        "not the first one's model"
    );
}

#[tokio::test]
async fn a_preview_starts_over_with_the_next_provider() {
    let answer = chat(RECORD, "stop");
    let half = &answer.as_bytes()[..answer.len() / 2];
    let first = Server::start(vec![stream(&[half], false)]).await;
    let second = Server::start(vec![stream(
        &[messages(RECORD, "end_turn").as_bytes()],
        true,
    )])
    .await;
    let ai = Ai {
        fallbacks: vec![ProviderName::Anthropic],
        anthropic_base_url: second.base.clone(),
        ..settings(ProviderName::OpenAiCompatible, &first)
    };
    let asked = ask(&ai).await;
    assert!(
        asked
            .shown
            .windows(2)
            .any(|pair| pair[1].len() < pair[0].len())
    );
    assert_eq!(asked.shown.last().map(String::as_str), Some(BODY));
    assert_eq!(asked.draft().failed[0].code, "cut");
}

#[tokio::test]
async fn when_all_fail_each_is_named_and_the_template_remains() {
    let server = Server::start(vec![plain(400, &[], r#"{"error":{"message":"no"}}"#)]).await;
    let ai = Ai {
        fallbacks: vec![ProviderName::Anthropic],
        anthropic_api_key: None,
        anthropic_base_url: String::new(),
        ..settings(ProviderName::OpenAiCompatible, &server)
    };
    let failure = ask_of(&impatient(&ai)).await.failure();
    let codes: Vec<&str> = failure.failed.iter().map(|failed| failed.code).collect();
    assert_eq!(codes, ["bad_request", "no_key"]);
    let draft = template::draft(&context());
    assert_eq!(draft.provider, ProviderName::Template);
}

#[tokio::test]
async fn without_a_model_nothing_is_asked() {
    let ai = Ai {
        provider: Some(ProviderName::Template),
        fallbacks: vec![ProviderName::OpenAi],
        ..Ai::default()
    };
    let drafter = drafter(&ai);
    assert!(!drafter.has_model());
    assert_eq!(ask_of(&drafter).await.failure().error, LlmError::NoProvider);
}

#[tokio::test]
async fn an_overflow_shortens_the_prompt_and_asks_once_more() {
    let overflow = json!({"error": {"code": 400, "type": "exceed_context_size_error", "n_ctx": 4096,
        "message": "the request exceeds the available context size, try increasing it"}});
    let server = Server::start(vec![
        plain(400, &[], &overflow.to_string()),
        stream(&[chat(RECORD, "stop").as_bytes()], true),
    ])
    .await;
    let drafter = drafter(&settings(ProviderName::OpenAiCompatible, &server));
    let (completion, prompt) = drafter
        .draft_with_shortening(&context(), CancellationToken::new(), &mut |_: &str| {})
        .await
        .unwrap();
    assert_eq!(completion.failed[0].code, "context_overflow");
    let sizes: Vec<usize> = server.seen().iter().map(|seen| seen.raw.len()).collect();
    assert!(sizes[1] < sizes[0] * 2 / 3, "{sizes:?}");
    assert!(
        prompt.sources.to_string().contains(" of 12"),
        "{}",
        prompt.sources
    );
    let last = server.seen()[1].json()["messages"][1]["content"]
        .as_str()
        .unwrap()
        .to_owned();
    assert!(last.contains("mail 11:"), "the newest mail stays");

    let server = Server::start(vec![plain(400, &[], &overflow.to_string())]).await;
    let drafter = crate::ask::drafter(&settings(ProviderName::OpenAiCompatible, &server));
    let failure = drafter
        .draft_with_shortening(&context(), CancellationToken::new(), &mut |_: &str| {})
        .await
        .unwrap_err();
    assert_eq!(failure.error, LlmError::ContextOverflow);
    assert_eq!(server.seen().len(), 2, "once and no more");
}

#[tokio::test]
async fn a_fixed_prompt_that_overflows_is_left_to_the_caller() {
    let overflow = r#"{"error":{"code":"context_length_exceeded","message":"too long"}}"#;
    let server = Server::start(vec![plain(400, &[], overflow)]).await;
    let ai = Ai {
        fallbacks: vec![ProviderName::Anthropic],
        ..settings(ProviderName::OpenAiCompatible, &server)
    };
    assert_eq!(ask(&ai).await.failure().error, LlmError::ContextOverflow);
    assert_eq!(server.seen().len(), 1);
}

#[tokio::test]
async fn mail_is_not_sent_in_the_clear() {
    let ai = Ai {
        provider: Some(ProviderName::OpenAiCompatible),
        openai_base_url: "http://models.example.com/v1".to_owned(),
        ..Ai::default()
    };
    let error = Drafter::from_config(&ai, &http_client().unwrap()).unwrap_err();
    assert!(error.to_string().contains("in the clear"), "{error}");
}

#[tokio::test]
async fn a_redirect_is_not_followed_with_the_key() {
    let other = Server::start(vec![plain(200, &[], "{}")]).await;
    let location = format!("{}/v1/chat/completions", other.base);
    let server = Server::start(vec![plain(307, &[("location", &location)], "")]).await;
    let code = ask_of(&impatient(&settings(
        ProviderName::OpenAiCompatible,
        &server,
    )))
    .await
    .code();
    assert_eq!((code, other.seen().len()), ("bad_request", 0));
}

#[tokio::test]
async fn a_key_that_the_command_prints_anew_is_tried_once() {
    let server = Server::start(vec![
        plain(401, &[], "{}"),
        stream(&[chat(RECORD, "stop").as_bytes()], true),
    ])
    .await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("key");
    std::fs::write(&file, "first").unwrap();
    let script = format!("cat {0}; printf second > {0}", file.display());
    let ai = Ai {
        openai_api_key: None,
        key_command: vec!["sh".to_owned(), "-c".to_owned(), script],
        ..settings(ProviderName::OpenAiCompatible, &server)
    };
    ask(&ai).await.draft();
    let keys: Vec<String> = server
        .seen()
        .iter()
        .map(|seen| seen.header("authorization").unwrap().to_owned())
        .collect();
    assert_eq!(keys, ["Bearer first", "Bearer second"]);
}
