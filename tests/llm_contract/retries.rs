//! When a request is made again, and after how long, seen from the server.

use rejoinder::config::ProviderName;
use serde_json::json;

use crate::answers::{RECORD, chat};
use crate::ask::{KEY, ask, settings};
use crate::server::{Server, Step, plain, stream};

/// An answer after which the clock stands still, so that the wait can be read off it.
fn then_wait(mut steps: Vec<Step>) -> Vec<Step> {
    steps.push(Step::Pause);
    steps
}

fn error(status: u16, headers: &[(&str, &str)], code: &str) -> Vec<Step> {
    let body = json!({"error": {"message": format!("no for {KEY}"), "type": "x", "code": code}});
    then_wait(plain(status, headers, &body.to_string()))
}

fn good() -> Vec<Step> {
    stream(&[chat(RECORD, "stop").as_bytes()], true)
}

async fn waits(scripts: Vec<Vec<Step>>) -> (Result<(), &'static str>, Vec<u128>) {
    let server = Server::start(scripts).await;
    let asked = ask(&settings(ProviderName::OpenAiCompatible, &server)).await;
    let result = match asked.result {
        Ok(_) => Ok(()),
        Err(_) => Err(asked.code()),
    };
    let waits = server
        .seen()
        .iter()
        .skip(1)
        .map(|seen| seen.waited_ms)
        .collect();
    (result, waits)
}

#[tokio::test]
async fn what_may_pass_is_tried_twice_more_with_doubling_waits() {
    for status in [408, 409, 429, 500, 502, 503, 529] {
        let scripts = vec![
            error(status, &[], "busy"),
            error(status, &[], "busy"),
            good(),
        ];
        assert_eq!(waits(scripts).await, (Ok(()), vec![500, 1_000]), "{status}");
    }
    let (result, waits) = waits(vec![error(500, &[], "boom")]).await;
    assert_eq!((result, waits), (Err("server_error"), vec![500, 1_000]));
}

#[tokio::test]
async fn what_will_not_pass_is_not_tried_again() {
    for (status, code) in [
        (400, "bad_request"),
        (401, "unauthorized"),
        (403, "unauthorized"),
        (404, "not_found"),
        (422, "bad_request"),
    ] {
        assert_eq!(
            waits(vec![error(status, &[], "no")]).await,
            (Err(code), vec![]),
            "{status}"
        );
    }
}

#[tokio::test]
async fn an_empty_account_is_not_asked_again_whatever_the_headers_say() {
    for headers in [
        &[][..],
        &[("retry-after", "1")],
        &[("x-should-retry", "true")],
    ] {
        let (result, waits) = waits(vec![error(429, headers, "insufficient_quota")]).await;
        assert_eq!(
            (result, waits),
            (Err("quota_exhausted"), vec![]),
            "{headers:?}"
        );
    }
}

#[tokio::test]
async fn the_vendors_wait_is_obeyed_and_a_long_one_means_no() {
    for (headers, expected) in [
        (&[("retry-after", "3")][..], vec![3_000]),
        (&[("retry-after-ms", "70"), ("retry-after", "3")], vec![70]),
        (&[("retry-after", "120")], vec![120_000]),
    ] {
        let scripts = vec![error(429, headers, "busy"), good()];
        assert_eq!(waits(scripts).await, (Ok(()), expected), "{headers:?}");
    }
    let (result, waits) = waits(vec![error(429, &[("retry-after", "3600")], "busy")]).await;
    assert_eq!((result, waits), (Err("rate_limited"), vec![]));
}

#[tokio::test]
async fn the_vendors_decision_is_above_the_rules() {
    let (result, none) = waits(vec![error(500, &[("x-should-retry", "false")], "x")]).await;
    assert_eq!((result, none), (Err("server_error"), vec![]));
    let scripts = vec![error(400, &[("x-should-retry", "true")], "x"), good()];
    assert_eq!(waits(scripts).await, (Ok(()), vec![500]));
}

#[tokio::test]
async fn a_stream_that_broke_before_anything_was_shown_is_tried_again() {
    let answer = chat(RECORD, "stop");
    let nothing_shown = &answer.as_bytes()[..200];
    for steps in [
        stream(&[nothing_shown], false),
        stream(&[nothing_shown], true),
        stream(
            &[b"data: {\"error\":{\"message\":\"x\",\"type\":\"overloaded_error\"}}\n\n"],
            true,
        ),
        stream(&[b"data: {broken\n\n"], true),
        Vec::new(), // accepted, read, closed without a word
    ] {
        let scripts = vec![then_wait(steps.clone()), good()];
        assert_eq!(waits(scripts).await, (Ok(()), vec![500]), "{steps:?}");
    }
}

#[tokio::test]
async fn a_stream_that_broke_after_text_was_shown_is_tried_again_once() {
    let answer = chat(RECORD, "stop");
    let half = &answer.as_bytes()[..answer.len() / 2];
    for whole in [false, true] {
        let broken = || then_wait(stream(&[half], whole));
        let first = waits(vec![broken(), good()]).await;
        assert_eq!(first, (Ok(()), vec![500]));
        let (result, waits) = waits(vec![broken(), broken(), good()]).await;
        assert!(result.is_err());
        assert_eq!(waits, [500]);
    }
}

#[tokio::test]
async fn an_error_never_carries_the_key_or_the_whole_of_what_was_said() {
    let long = json!({"error": {"message": format!("{KEY} {}", "x".repeat(9_000))}});
    let server = Server::start(vec![plain(400, &[], &long.to_string())]).await;
    let failure = ask(&settings(ProviderName::OpenAiCompatible, &server))
        .await
        .failure();
    let text = failure.to_string();
    assert!(text.contains("[key]") && text.len() < 400, "{text}");
}
