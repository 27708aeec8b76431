//! Anthropic's Messages.

use rejoinder::config::ProviderName;
use rejoinder::domain::MicroDollars;
use rejoinder::llm::Usage;
use serde_json::json;

use crate::answers::{BODY, RECORD, messages};
use crate::ask::{KEY, ask, ask_of, impatient, settings};
use crate::server::{Server, plain, stream};

#[tokio::test]
async fn the_request_has_no_limits_no_prefill_and_a_cached_beginning() {
    let answer = messages(RECORD, "end_turn");
    let server = Server::start(vec![stream(&[answer.as_bytes()], true)]).await;
    let mut ai = settings(ProviderName::Anthropic, &server);
    ai.model = "claude-haiku-5-5".to_owned();
    ai.max_output_tokens = 1_000;
    let asked = ask(&ai).await;
    assert_eq!(asked.shown.last().map(String::as_str), Some(BODY));
    let completion = asked.draft();
    let seen = server.seen().remove(0);
    assert_eq!(seen.line, "POST /v1/messages");
    assert_eq!(seen.header("x-api-key"), Some(KEY));
    assert_eq!(seen.header("authorization"), None);
    assert_eq!(seen.header("anthropic-version"), Some("2026-10-21"));
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
            "output_config",
            "stream",
            "system"
        ]
    );
    assert_eq!(body["max_tokens"], 4096, "thinking counts in it");
    assert_eq!(
        body["system"],
        json!([{"type": "text", "text": "the rules", "cache_control": {"type": "ephemeral"}}])
    );
    assert_eq!(
        body["messages"],
        json!([{"role": "user", "content": "the mail"}])
    );
    assert_eq!(body["output_config"]["format"]["type"], "json_schema");
    for word in [
        "maxLength",
        "minLength",
        "minimum",
        "maximum",
        "maxItems",
        "temperature",
    ] {
        assert!(!seen.raw.contains(word), "{word}");
    }
    assert_eq!(
        completion.usage,
        Some(Usage {
            input: 40 + 25 + 256,
            cached: 256,
            cache_write: 25,
            output: 87
        })
    );
    // 40 x 0.10 + 256 x 0.01 + 25 x 0.125 + 87 x 0.50
    assert_eq!(completion.cost, Some(MicroDollars(53)));
}

#[tokio::test]
async fn each_way_to_end_is_told_apart() {
    for (text, stop, code) in [
        ("{\"body\":\"cut", "max_tokens", "too_long"),
        ("", "refusal", "refused"),
        (
            "{\"body\":\"cut",
            "model_context_window_exceeded",
            "context_overflow",
        ),
        ("", "pause_turn", "no_text"),
        ("no json", "end_turn", "broken_record"),
    ] {
        let answer = messages(text, stop);
        let server = Server::start(vec![stream(&[answer.as_bytes()], true)]).await;
        let asked = ask(&settings(ProviderName::Anthropic, &server)).await;
        assert_eq!(asked.code(), code, "{stop}");
        assert_eq!(server.seen().len(), 1, "{stop}");
    }
}

#[tokio::test]
async fn errors_inside_the_stream_are_told_apart() {
    for (kind, code) in [
        ("overloaded_error", "overloaded"),
        ("rate_limit_error", "rate_limited"),
        ("api_error", "stream_error"),
        ("invalid_request_error", "stream_error"),
    ] {
        let error = json!({"type": "error", "error": {"type": kind, "message": "no"}});
        let answer = format!("event: error\ndata: {error}\n\n");
        let server = Server::start(vec![stream(&[answer.as_bytes()], true)]).await;
        let asked = ask_of(&impatient(&settings(ProviderName::Anthropic, &server))).await;
        assert_eq!(asked.code(), code, "{kind}");
    }
}

#[tokio::test]
async fn an_overlong_prompt_and_an_overload_are_told_apart_from_other_refusals() {
    for (status, kind, message, code) in [
        (
            400,
            "invalid_request_error",
            "prompt is too long: 210000 tokens > 200000 maximum",
            "context_overflow",
        ),
        (
            413,
            "request_too_large",
            "Request exceeds the maximum size",
            "context_overflow",
        ),
        (529, "overloaded_error", "Overloaded", "overloaded"),
        (
            400,
            "invalid_request_error",
            "messages: at least one message is required",
            "bad_request",
        ),
        (
            401,
            "authentication_error",
            "invalid x-api-key",
            "unauthorized",
        ),
        (403, "permission_error", "no", "unauthorized"),
        (
            400,
            "invalid_request_error",
            "Your credit balance is too low to access the API",
            "quota_exhausted",
        ),
    ] {
        let error =
            json!({"type": "error", "error": {"type": kind, "message": message}}).to_string();
        let server = Server::start(vec![plain(status, &[], &error)]).await;
        let asked = ask_of(&impatient(&settings(ProviderName::Anthropic, &server))).await;
        assert_eq!(asked.code(), code, "{message}");
    }
}
