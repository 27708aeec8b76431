//! What independent servers really sent: a scripting mock of the three dialects
//! (`@copilotkit/aimock` 1.43.0) with texts of ours, and llama.cpp with a real model of half
//! a billion parameters. Recorded byte by byte behind the built binary.

use rejoinder::config::ProviderName;

use crate::ask::{ask, ask_of, impatient, settings};
use crate::server::{Server, stream};

const BODY: &str = "Hi Maria,\n\nTuesday at ten is fine; shall I call you? Grüße\n\nSam";

async fn replay(recording: &[u8], size: usize) -> Server {
    let pieces: Vec<&[u8]> = recording.chunks(size).collect();
    Server::start(vec![stream(&pieces, true)]).await
}

#[tokio::test]
async fn the_drafts_of_all_dialects_are_read_however_they_are_split() {
    let recordings: [(ProviderName, &[u8], &str); 3] = [
        (
            ProviderName::OpenAiCompatible,
            include_bytes!("recordings/chat-draft.sse"),
            "gpt-4o-mini",
        ),
        (
            ProviderName::OpenAi,
            include_bytes!("recordings/responses-draft.sse"),
            "gpt-6-luna",
        ),
        (
            ProviderName::Anthropic,
            include_bytes!("recordings/messages-draft.sse"),
            "claude-haiku-5-5",
        ),
    ];
    for (provider, recording, model) in recordings {
        for size in [1, 7, 4_096] {
            let server = replay(recording, size).await;
            let asked = ask(&settings(provider, &server)).await;
            let last = asked.shown.last().cloned();
            let draft = asked.draft();
            assert_eq!(draft.record.body, BODY, "{provider}");
            assert_eq!(
                last.as_deref(),
                Some(BODY),
                "{provider}: shown while it came"
            );
            assert_eq!(draft.record.confidence.value(), Some(0.82));
            assert_eq!(draft.model, model);
        }
    }
}

#[tokio::test]
async fn a_real_models_draft_is_read_with_its_tokens() {
    let recording = include_bytes!("recordings/llama-draft.sse");
    let server = replay(recording, 1_000).await;
    let asked = ask(&settings(ProviderName::OpenAiCompatible, &server)).await;
    let draft = asked.draft();
    assert!(!draft.record.body.is_empty());
    let usage = draft.usage.unwrap();
    assert_eq!((usage.input, usage.output), (916, 103));
}

#[tokio::test]
async fn cut_answers_and_refusals_are_told_apart() {
    let recordings: [(ProviderName, &[u8], &str); 5] = [
        (
            ProviderName::OpenAiCompatible,
            include_bytes!("recordings/chat-length.sse"),
            "too_long",
        ),
        (
            ProviderName::OpenAi,
            include_bytes!("recordings/responses-length.sse"),
            "too_long",
        ),
        (
            ProviderName::Anthropic,
            include_bytes!("recordings/messages-length.sse"),
            "too_long",
        ),
        (
            ProviderName::OpenAiCompatible,
            include_bytes!("recordings/chat-refusal.sse"),
            "refused",
        ),
        (
            ProviderName::Anthropic,
            include_bytes!("recordings/messages-refusal.sse"),
            "refused",
        ),
    ];
    for (provider, recording, code) in recordings {
        let server = replay(recording, 64).await;
        let asked = ask_of(&impatient(&settings(provider, &server))).await;
        assert_eq!(asked.code(), code, "{provider}");
    }
}
