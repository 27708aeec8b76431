//! Everything that can go wrong with a stream, each told apart and none taken for a draft.

use std::time::Duration;

use rejoinder::config::ProviderName;
use rejoinder::llm::exchange::MOST_BYTES;
use tokio_util::sync::CancellationToken;

use crate::answers::{BODY, RECORD, chat, messages, responses};
use crate::ask::{ask, ask_of, impatient, prompt, settings};
use crate::server::{HEAD, Server, Step, chunk, plain, stream};

const ALL: [ProviderName; 3] = [
    ProviderName::OpenAiCompatible,
    ProviderName::OpenAi,
    ProviderName::Anthropic,
];

/// The same whole answer in a provider's protocol.
fn whole(provider: ProviderName) -> String {
    match provider {
        ProviderName::Anthropic => messages(RECORD, "end_turn"),
        ProviderName::OpenAi => responses(RECORD, "response.completed", &serde_json::json!({})),
        _ => chat(RECORD, "stop"),
    }
}

#[tokio::test]
async fn an_answer_reads_the_same_however_it_is_split() {
    for provider in ALL {
        let answer = whole(provider);
        for size in [1, 2, 3, 5, 64, 1_000] {
            let pieces: Vec<&[u8]> = answer.as_bytes().chunks(size).collect();
            let server = Server::start(vec![stream(&pieces, true)]).await;
            let asked = ask(&settings(provider, &server)).await;
            assert_eq!(asked.shown.last().map(String::as_str), Some(BODY));
            assert_eq!(asked.draft().record.body, BODY, "{provider} by {size}");
        }
    }
}

#[tokio::test]
async fn byte_order_marks_line_ends_comments_and_unknown_events_do_no_harm() {
    for provider in ALL {
        let answer = whole(provider);
        let strange = format!(
            "\u{feff}: a comment\n\nretry: 3000\n\nid: 7\nevent: novelty\ndata: {{\"type\":\"novelty\"}}\n\n{answer}"
        )
        .replace('\n', "\r\n")
        .replace("\r\n\r\ndata", "\r\n\r\n: ping\r\n\r\ndata");
        let pieces: Vec<&[u8]> = strange.as_bytes().chunks(11).collect();
        let server = Server::start(vec![stream(&pieces, true)]).await;
        let asked = ask(&settings(provider, &server)).await;
        assert_eq!(asked.draft().record.body, BODY, "{provider}");
    }
}

#[tokio::test]
async fn a_cut_connection_is_no_draft() {
    for provider in ALL {
        let answer = whole(provider);
        let half = &answer.as_bytes()[..answer.len() / 2];
        let server = Server::start(vec![stream(&[half], false)]).await;
        let asked = ask_of(&impatient(&settings(provider, &server))).await;
        assert!(!asked.shown.is_empty());
        assert_eq!(asked.code(), "cut", "{provider}");
    }
}

#[tokio::test]
async fn a_clean_end_without_the_last_event_is_no_draft() {
    for provider in ALL {
        let answer = whole(provider);
        // All of the text, but not the terminal event.
        let end = match provider {
            ProviderName::OpenAiCompatible => answer.find(",\"finish_reason\":\"stop\"").unwrap(),
            ProviderName::OpenAi => answer.find("event: response.completed").unwrap(),
            _ => answer.find("event: message_delta").unwrap(),
        };
        let end = answer[..end].rfind("\n\n").unwrap() + 2;
        let server = Server::start(vec![stream(&[&answer.as_bytes()[..end]], true)]).await;
        let asked = ask_of(&impatient(&settings(provider, &server))).await;
        assert_eq!(asked.code(), "ended_early", "{provider}");
    }
}

#[tokio::test]
async fn a_length_limit_is_named_as_one() {
    let answer = chat("{\"subject\":\"Re: x\",\"body\":\"cut by max tok", "length");
    let server = Server::start(vec![stream(&[answer.as_bytes()], true)]).await;
    let failure = ask(&settings(ProviderName::OpenAiCompatible, &server))
        .await
        .failure();
    assert_eq!(failure.error.code(), "too_long");
    assert!(
        failure.to_string().contains("ai.max_output_tokens"),
        "{failure}"
    );
    assert_eq!(
        failure.failed[0].usage.map(|usage| usage.output),
        Some(87),
        "it is paid for"
    );
    assert_eq!(server.seen().len(), 1);
}

#[tokio::test]
async fn a_whole_record_behind_which_the_model_babbled_on_is_a_draft() {
    let answer = chat(&format!("{RECORD}\n\n\n{{\"body\":\"more"), "length");
    let server = Server::start(vec![stream(&[answer.as_bytes()], true)]).await;
    let completion = ask(&settings(ProviderName::OpenAiCompatible, &server))
        .await
        .draft();
    assert_eq!(completion.record.body, BODY);
}

#[tokio::test]
async fn a_refusal_and_a_filter_are_named() {
    for finish in ["content_filter", "refusal"] {
        let answer = chat("I can't help with that.", finish);
        let server = Server::start(vec![stream(&[answer.as_bytes()], true)]).await;
        let code = ask(&settings(ProviderName::OpenAiCompatible, &server))
            .await
            .code();
        assert_eq!((code, server.seen().len()), ("refused", 1), "{finish}");
    }
    let answer = chat(RECORD, "tool_calls");
    let server = Server::start(vec![stream(&[answer.as_bytes()], true)]).await;
    assert_eq!(
        ask(&settings(ProviderName::OpenAiCompatible, &server))
            .await
            .code(),
        "no_text"
    );
}

#[tokio::test]
async fn an_error_event_in_a_chat_stream_is_one() {
    let answer = "data: {\"error\":{\"message\":\"the slot was stolen\",\"type\":\"server_error\",\"code\":500}}\n\n";
    let server = Server::start(vec![stream(&[answer.as_bytes()], true)]).await;
    let asked = ask_of(&impatient(&settings(
        ProviderName::OpenAiCompatible,
        &server,
    )))
    .await;
    let failure = asked.failure();
    assert_eq!(failure.error.code(), "stream_error");
    assert!(
        failure.to_string().contains("the slot was stolen"),
        "{failure}"
    );
}

#[tokio::test]
async fn an_event_that_is_no_json_or_no_utf8_is_named() {
    for bytes in [
        &b"data: {broken\n\n"[..],
        b"data: \xff\xfe\n\n",
        b"data: []\n\n",
    ] {
        for provider in ALL {
            let server = Server::start(vec![stream(&[bytes], true)]).await;
            let asked = ask_of(&impatient(&settings(provider, &server))).await;
            assert_eq!(asked.code(), "bad_event", "{provider} {bytes:?}");
        }
    }
}

#[tokio::test]
async fn what_is_not_a_stream_is_said_not_to_be() {
    let html = plain(200, &[("content-type", "text/html")], "<h1>Welcome</h1>");
    let server = Server::start(vec![html]).await;
    let failure = ask(&settings(ProviderName::OpenAiCompatible, &server))
        .await
        .failure();
    assert_eq!(failure.error.code(), "not_a_stream");
    assert!(failure.to_string().contains("text/html"), "{failure}");
    let json = plain(200, &[], r#"{"error":"model is loading"}"#);
    let server = Server::start(vec![json]).await;
    let failure = ask(&settings(ProviderName::OpenAiCompatible, &server))
        .await
        .failure();
    assert!(
        failure.to_string().contains("model is loading"),
        "{failure}"
    );
}

#[tokio::test]
async fn an_endless_answer_is_dropped_at_its_cap() {
    let piece = vec![b'x'; 100_000];
    let mut steps = vec![Step::Send(HEAD.to_vec()), chunk(b"data: ")];
    steps.extend((0..=MOST_BYTES / piece.len()).map(|_| chunk(&piece)));
    steps.push(Step::Hang);
    let server = Server::start(vec![steps]).await;
    let code = ask(&settings(ProviderName::OpenAiCompatible, &server))
        .await
        .code();
    assert_eq!((code, server.seen().len()), ("too_large", 1));
}

#[tokio::test]
async fn silence_before_and_within_an_answer_is_told_apart() {
    let answer = chat(RECORD, "stop");
    for (steps, code) in [
        (vec![Step::Hang], "first_byte_timeout"),
        (
            vec![Step::Send(HEAD.to_vec()), Step::Hang],
            "first_byte_timeout",
        ),
        (
            vec![
                Step::Send(HEAD.to_vec()),
                chunk(&answer.as_bytes()[..900]),
                Step::Hang,
            ],
            "idle_timeout",
        ),
    ] {
        let server = Server::start(vec![steps]).await;
        let failure = ask(&settings(ProviderName::OpenAiCompatible, &server))
            .await
            .failure();
        assert_eq!(failure.error.code(), code);
        assert!(
            failure.to_string().contains("_timeout for a slow model"),
            "{failure}"
        );
        assert_eq!(server.seen().len(), 1);
    }
}

#[tokio::test]
async fn a_slow_model_may_take_hours_while_bytes_flow() {
    let answer = chat(RECORD, "stop");
    let mut steps = vec![
        Step::Send(HEAD.to_vec()),
        Step::Wait(Duration::from_secs(170)),
    ];
    for piece in answer.as_bytes().chunks(answer.len() / 60) {
        steps.extend([chunk(piece), Step::Wait(Duration::from_secs(110))]);
        // Comments are a sign of life as well.
        steps.extend([chunk(b""), Step::Wait(Duration::ZERO)].into_iter().skip(1));
    }
    steps.push(Step::Send(b"0\r\n\r\n".to_vec()));
    let server = Server::start(vec![steps]).await;
    let completion = ask(&settings(ProviderName::OpenAiCompatible, &server))
        .await
        .draft();
    assert_eq!(completion.record.body, BODY);
    assert!(completion.total_ms > 3_600_000, "{}", completion.total_ms);
    assert!(completion.first_token_ms < completion.total_ms);
}

#[tokio::test]
async fn a_finished_text_does_not_wait_for_what_should_follow() {
    let answer = chat(RECORD, "stop");
    let end = answer.find("data: [DONE]").unwrap();
    let steps = vec![
        Step::Send(HEAD.to_vec()),
        chunk(&answer.as_bytes()[..end]),
        Step::Hang,
    ];
    let server = Server::start(vec![steps]).await;
    let completion = ask(&settings(ProviderName::OpenAiCompatible, &server))
        .await
        .draft();
    assert!(completion.usage.is_some());
}

#[tokio::test]
async fn a_server_that_is_not_there_is_named_with_its_address() {
    let server = Server::start(Vec::new()).await;
    let mut ai = settings(ProviderName::OpenAiCompatible, &server);
    // Port 1 is the TCP port service multiplexer, which nobody runs.
    ai.openai_base_url = "http://127.0.0.1:1/v1".to_owned();
    let failure = ask_of(&impatient(&ai)).await.failure();
    assert_eq!(failure.error.code(), "connect");
    assert!(failure.to_string().contains("127.0.0.1:1"), "{failure}");
}

#[tokio::test]
async fn a_person_can_stop_it_at_any_time() {
    let answer = chat(RECORD, "stop");
    let steps = vec![
        Step::Send(HEAD.to_vec()),
        chunk(&answer.as_bytes()[..1_500]),
        // The clock runs: a time-out would take minutes and the test would not end.
        Step::Wait(Duration::ZERO),
        chunk(&answer.as_bytes()[1_500..1_900]),
        Step::Hang,
    ];
    let server = Server::start(vec![steps]).await;
    let drafter = crate::ask::drafter(&settings(ProviderName::OpenAiCompatible, &server));
    let cancel = CancellationToken::new();
    let stop = cancel.clone();
    let result = drafter
        .draft(&prompt(), cancel, &mut |_: &str| stop.cancel())
        .await;
    assert_eq!(result.unwrap_err().error.code(), "cancelled");
}
