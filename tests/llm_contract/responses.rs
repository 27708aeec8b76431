//! OpenAI's Responses.

use rejoinder::config::ProviderName;
use rejoinder::domain::MicroDollars;
use rejoinder::llm::Usage;
use serde_json::json;

use crate::answers::{BODY, RECORD, responses};
use crate::ask::{KEY, ask, ask_of, drafter, settings};
use crate::server::{Server, plain, stream};

#[tokio::test]
async fn the_request_keeps_nothing_at_the_vendor_and_sets_no_temperature() {
    let answer = responses(RECORD, "response.completed", &json!({}));
    let server = Server::start(vec![stream(&[answer.as_bytes()], true)]).await;
    let mut ai = settings(ProviderName::OpenAi, &server);
    ai.model = "gpt-6-luna".to_owned();
    let asked = ask(&ai).await;
    assert_eq!(asked.shown.last().map(String::as_str), Some(BODY));
    let completion = asked.draft();
    let seen = server.seen().remove(0);
    assert_eq!(seen.line, "POST /v1/responses");
    assert_eq!(
        seen.header("authorization"),
        Some(&*format!("Bearer {KEY}"))
    );
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
            "input",
            "instructions",
            "max_output_tokens",
            "model",
            "reasoning",
            "store",
            "stream",
            "text"
        ]
    );
    assert_eq!(body["store"], false);
    assert_eq!(body["stream"], true);
    assert_eq!(body["instructions"], "the rules");
    assert_eq!(
        body["input"],
        json!([{"role": "user", "content": "the mail"}])
    );
    assert_eq!(body["reasoning"], json!({"effort": "low"}));
    let format = &body["text"]["format"];
    assert_eq!(format["type"], "json_schema");
    assert_eq!(format["name"], "reply_draft");
    assert_eq!(format["strict"], true);
    assert!(!seen.raw.contains("maxLength") && !seen.raw.contains("minimum"));
    assert_eq!(
        completion.usage,
        Some(Usage {
            input: 321,
            cached: 256,
            cache_write: 0,
            output: 87
        })
    );
    // 65 x 0.10 + 256 x 0.01 + 87 x 0.50, under the name that was asked for.
    assert_eq!(completion.cost, Some(MicroDollars(53)));
    assert_eq!(completion.model, "test-model-2026-10-01");
}

#[tokio::test]
async fn a_text_that_comes_only_with_the_last_event_is_read() {
    let output = json!({"output": [{"type": "reasoning"}, {"type": "message", "content": [{"type": "output_text", "text": RECORD}]}]});
    let answer = responses("", "response.completed", &output);
    let server = Server::start(vec![stream(&[answer.as_bytes()], true)]).await;
    let completion = ask(&settings(ProviderName::OpenAi, &server)).await.draft();
    assert_eq!(completion.record.body, BODY);
}

#[tokio::test]
async fn each_way_to_end_is_told_apart() {
    let cut = "{\"subject\":\"Re: x\",\"body\":\"cut by max tok";
    for (text, last, extra, code) in [
        (
            cut,
            "response.incomplete",
            json!({"incomplete_details": {"reason": "max_output_tokens"}}),
            "too_long",
        ),
        (
            cut,
            "response.incomplete",
            json!({"incomplete_details": {"reason": "content_filter"}}),
            "refused",
        ),
        (cut, "response.completed", json!({}), "broken_record"),
        (
            "",
            "response.failed",
            json!({"error": {"code": "server_error", "message": "boom"}}),
            "stream_error",
        ),
        (
            "",
            "response.failed",
            json!({"error": {"code": "rate_limit_exceeded", "message": "slow"}}),
            "rate_limited",
        ),
        (
            "",
            "response.failed",
            json!({"error": {"code": "insufficient_quota", "message": "pay"}}),
            "quota_exhausted",
        ),
        (
            "",
            "response.failed",
            json!({"error": {"code": "context_length_exceeded", "message": "long"}}),
            "context_overflow",
        ),
    ] {
        let answer = responses(text, last, &extra);
        let server = Server::start(vec![stream(&[answer.as_bytes()], true)]).await;
        let mut ai = settings(ProviderName::OpenAi, &server);
        ai.openai_base_url = format!("{}/v1", server.base);
        let asked = ask_of(&crate::ask::impatient(&ai)).await;
        assert_eq!(asked.code(), code, "{last} {extra}");
    }
}

#[tokio::test]
async fn a_refusal_is_named_with_what_was_said() {
    let mut answer = String::new();
    for delta in ["I can't ", "help with that."] {
        let event = json!({"type": "response.refusal.delta", "delta": delta});
        answer.push_str(&format!("event: response.refusal.delta\ndata: {event}\n\n"));
    }
    answer.push_str(&responses("", "response.completed", &json!({})));
    let server = Server::start(vec![stream(&[answer.as_bytes()], true)]).await;
    let failure = ask(&settings(ProviderName::OpenAi, &server))
        .await
        .failure();
    assert_eq!(failure.error.code(), "refused");
    assert!(
        failure.to_string().contains("I can't help with that."),
        "{failure}"
    );
    assert_eq!(server.seen().len(), 1, "a refusal is not asked again");
}

#[tokio::test]
async fn a_compatible_server_without_the_route_is_spoken_to_in_chat_from_then_on() {
    for status in [404, 405] {
        let answer = crate::answers::chat(RECORD, "stop");
        let server = Server::start(vec![
            plain(status, &[], r#"{"detail":"Not Found"}"#),
            stream(&[answer.as_bytes()], true),
        ])
        .await;
        let drafter = drafter(&settings(ProviderName::OpenAi, &server));
        ask_of(&drafter).await.draft();
        ask_of(&drafter).await.draft();
        let lines: Vec<String> = server.seen().into_iter().map(|seen| seen.line).collect();
        assert_eq!(
            lines,
            [
                "POST /v1/responses",
                "POST /v1/chat/completions",
                "POST /v1/chat/completions"
            ]
        );
    }
}

#[tokio::test]
async fn a_model_that_is_not_known_is_said_to_be_and_no_other_route_is_tried() {
    let error = r#"{"error":{"message":"The model `test-model` does not exist","type":"invalid_request_error","code":"model_not_found"}}"#;
    let server = Server::start(vec![plain(404, &[], error)]).await;
    let failure = ask(&settings(ProviderName::OpenAi, &server))
        .await
        .failure();
    assert_eq!(failure.error.code(), "not_found");
    assert!(failure.to_string().contains("\"test-model\""), "{failure}");
    assert_eq!(server.seen().len(), 1);
}
