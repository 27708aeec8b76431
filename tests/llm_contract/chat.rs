//! Chat Completions.

use rejoinder::config::ProviderName;
use rejoinder::domain::{Confidence, MicroDollars, Sentiment, Urgency};
use rejoinder::llm::Usage;

use crate::answers::{BODY, RECORD, chat};
use crate::ask::{KEY, ask, settings};
use crate::server::{Server, plain, stream};

#[tokio::test]
async fn the_request_is_what_compatible_servers_share() {
    let answer = chat(RECORD, "stop");
    let server = Server::start(vec![stream(&[answer.as_bytes()], true)]).await;
    let completion = ask(&settings(ProviderName::OpenAiCompatible, &server))
        .await
        .draft();
    let seen = server.seen().remove(0);
    assert_eq!(seen.line, "POST /v1/chat/completions");
    assert_eq!(
        seen.header("authorization"),
        Some(&*format!("Bearer {KEY}"))
    );
    assert_eq!(seen.header("content-type"), Some("application/json"));
    let body = seen.json();
    let keys: Vec<&str> = body
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    assert_eq!(
        keys,
        [
            "max_tokens",
            "messages",
            "model",
            "response_format",
            "stream",
            "stream_options"
        ]
    );
    assert_eq!(body["model"], "test-model");
    assert_eq!(body["stream"], true);
    assert_eq!(body["stream_options"]["include_usage"], true);
    assert_eq!(body["max_tokens"], 4096);
    assert_eq!(body["messages"][0]["role"], "system");
    assert_eq!(body["messages"][0]["content"], "the rules");
    assert_eq!(body["messages"][1]["role"], "user");
    assert_eq!(body["messages"][1]["content"], "the mail");
    let format = &body["response_format"];
    assert_eq!(format["type"], "json_schema");
    assert_eq!(format["json_schema"]["strict"], true);
    assert_eq!(
        format["json_schema"]["schema"]["properties"]["body"]["maxLength"],
        3000
    );
    let order = [
        "\"subject\":{",
        "\"body\":{",
        "\"reasoning\":{",
        "\"sentiment_analysis\":{",
    ];
    let places: Vec<usize> = order
        .iter()
        .map(|key| seen.raw.find(key).unwrap())
        .collect();
    assert!(places.is_sorted(), "{}", seen.raw);

    assert_eq!(completion.record.subject, "Re: Pricing");
    assert_eq!(completion.record.body, BODY);
    assert_eq!(completion.record.confidence, Confidence::new(0.82));
    assert_eq!(completion.record.sentiment, Sentiment::Positive);
    assert_eq!(completion.record.urgency, Urgency::High);
    assert_eq!(completion.provider, ProviderName::OpenAiCompatible);
    assert_eq!(completion.model, "test-model-2026-10-01");
    assert_eq!(
        completion.usage,
        Some(Usage {
            input: 321,
            cached: 256,
            cache_write: 0,
            output: 87
        })
    );
    assert_eq!(
        completion.cost,
        Some(MicroDollars::ZERO),
        "a local model is free"
    );
}

#[tokio::test]
async fn the_body_grows_on_the_screen_while_it_is_written() {
    let answer = chat(RECORD, "stop");
    let server = Server::start(vec![stream(&[answer.as_bytes()], true)]).await;
    let asked = ask(&settings(ProviderName::OpenAiCompatible, &server)).await;
    assert!(asked.shown.len() > 4, "{:?}", asked.shown);
    for pair in asked.shown.windows(2) {
        assert!(pair[1].starts_with(&pair[0]) && pair[1].len() > pair[0].len());
    }
    assert_eq!(asked.shown.last().map(String::as_str), Some(BODY));
}

#[tokio::test]
async fn a_server_without_a_key_gets_none_and_without_a_model_is_asked_for_one() {
    let answer = chat(RECORD, "stop");
    let models = r#"{"object":"list","data":[{"id":"qwen-first"},{"id":"second"}]}"#;
    let server = Server::start(vec![
        plain(200, &[], models),
        stream(&[answer.as_bytes()], true),
    ])
    .await;
    let mut ai = settings(ProviderName::OpenAiCompatible, &server);
    ai.model.clear();
    ai.openai_api_key = None;
    ask(&ai).await.draft();
    let seen = server.seen();
    assert_eq!(seen[0].line, "GET /v1/models");
    assert_eq!(seen[1].json()["model"], "qwen-first");
    assert!(
        seen.iter()
            .all(|seen| seen.header("authorization").is_none())
    );
}

#[tokio::test]
async fn a_server_that_names_no_model_is_named() {
    let server = Server::start(vec![plain(200, &[], r#"{"data":[]}"#)]).await;
    let mut ai = settings(ProviderName::OpenAiCompatible, &server);
    ai.model.clear();
    let failure = ask(&ai).await.failure();
    assert_eq!(failure.error.code(), "no_model");
    assert!(failure.to_string().contains("AI_MODEL"), "{failure}");
}

#[tokio::test]
async fn broken_json_is_asked_for_again_once() {
    let broken = chat("{\"subject\": \"Re: x\", \"body\": \"never closed", "stop");
    let whole = chat(RECORD, "stop");
    let server = Server::start(vec![
        stream(&[broken.as_bytes()], true),
        stream(&[whole.as_bytes()], true),
    ])
    .await;
    let asked = ask(&settings(ProviderName::OpenAiCompatible, &server)).await;
    assert!(
        asked.shown[0].starts_with('n'),
        "the broken one was shown first"
    );
    assert_eq!(asked.shown.last().map(String::as_str), Some(BODY));
    let completion = asked.draft();
    assert!(completion.repaired);
    assert_eq!(
        completion.usage.map(|usage| usage.output),
        Some(2 * 87),
        "both are paid for"
    );
    let messages = &server.seen()[1].json()["messages"];
    assert_eq!(messages[2]["role"], "assistant");
    assert!(
        messages[2]["content"]
            .as_str()
            .unwrap()
            .contains("never closed")
    );
    assert_eq!(messages[3]["role"], "user");
    assert!(messages[3]["content"].as_str().unwrap().contains("JSON"));

    let server = Server::start(vec![stream(&[broken.as_bytes()], true)]).await;
    let code = ask(&settings(ProviderName::OpenAiCompatible, &server))
        .await
        .code();
    assert_eq!((code, server.seen().len()), ("broken_record", 2));
}

#[tokio::test]
async fn parameters_that_a_server_refuses_by_name_are_left_out_and_it_is_remembered() {
    let answer = chat(RECORD, "stop");
    let refused = |message: &str| {
        plain(
            400,
            &[],
            &format!(r#"{{"error":{{"message":"{message}"}}}}"#),
        )
    };
    let server = Server::start(vec![
        refused("Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead."),
        refused("unknown field stream_options"),
        refused("response_format.type json_schema is not supported"),
        stream(&[answer.as_bytes()], true),
        stream(&[answer.as_bytes()], true),
    ])
    .await;
    let drafter = crate::ask::drafter(&settings(ProviderName::OpenAiCompatible, &server));
    crate::ask::ask_of(&drafter).await.draft();
    crate::ask::ask_of(&drafter).await.draft();
    let seen = server.seen();
    assert_eq!(seen.len(), 5);
    for seen in &seen[3..] {
        let body = seen.json();
        let keys: Vec<&str> = body
            .as_object()
            .unwrap()
            .keys()
            .map(String::as_str)
            .collect();
        assert_eq!(
            keys,
            ["max_completion_tokens", "messages", "model", "stream"]
        );
    }
}
