//! Answers of the three vendors' protocols as bytes, after their documentation and after
//! what real servers sent.

use serde_json::json;

/// A valid record as a model writes it.
pub const RECORD: &str = "{\"subject\":\"Re: Pricing\",\"body\":\"Hi Dana,\\n\\nthanks \\ud83d\\ude00 für 40 seats.\\n\\nSam\",\
    \"language\":\"en\",\"missing_facts\":[],\"confidence\":0.82,\"reasoning\":\"Asks for a price.\",\
    \"sentiment_analysis\":{\"sentiment\":\"positive\",\"intent\":\"pricing\",\"urgency\":\"high\"}}";
/// Its body.
pub const BODY: &str = "Hi Dana,\n\nthanks 😀 für 40 seats.\n\nSam";

/// A text in pieces of so many characters.
pub fn pieces(text: &str, size: usize) -> Vec<String> {
    let chars: Vec<char> = text.chars().collect();
    chars
        .chunks(size)
        .map(|chunk| chunk.iter().collect())
        .collect()
}

fn event(data: &serde_json::Value) -> String {
    format!("data: {data}\n\n")
}

fn named(name: &str, data: &serde_json::Value) -> String {
    format!("event: {name}\ndata: {data}\n\n")
}

/// Chat Completions: deltas, a finish reason, usage, `[DONE]`.
pub fn chat(text: &str, finish: &str) -> String {
    let chunk = |delta: serde_json::Value, finish: Option<&str>| {
        event(&json!({
            "id": "c-1", "object": "chat.completion.chunk", "created": 1, "model": "test-model-2026-10-01",
            "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]
        }))
    };
    let mut out = chunk(json!({"role": "assistant", "content": null}), None);
    for piece in pieces(text, 7) {
        out.push_str(&chunk(json!({ "content": piece }), None));
    }
    out.push_str(&chunk(json!({}), Some(finish)));
    out.push_str(&event(&json!({
        "id": "c-1", "object": "chat.completion.chunk", "model": "test-model-2026-10-01", "choices": [],
        "usage": {"prompt_tokens": 321, "completion_tokens": 87, "total_tokens": 408,
                  "prompt_tokens_details": {"cached_tokens": 256}}
    })));
    out.push_str("data: [DONE]\n\n");
    out
}

/// OpenAI's Responses: many events, of which few matter.
pub fn responses(text: &str, last: &str, extra: &serde_json::Value) -> String {
    let mut out = named(
        "response.created",
        &json!({"type": "response.created", "sequence_number": 0, "response": {"id": "r-1", "status": "in_progress"}}),
    );
    out.push_str(&named(
        "response.output_item.added",
        &json!({"type": "response.output_item.added", "output_index": 0, "item": {"type": "reasoning", "id": "rs-1", "summary": []}}),
    ));
    out.push_str(&named(
        "response.future_event",
        &json!({"type": "response.future_event", "novelty": {"delta": 7}}),
    ));
    for piece in pieces(text, 7) {
        out.push_str(&named(
            "response.output_text.delta",
            &json!({"type": "response.output_text.delta", "item_id": "m-1", "output_index": 1, "content_index": 0, "delta": piece}),
        ));
    }
    let mut response = json!({
        "id": "r-1", "model": "test-model-2026-10-01", "output": [],
        "usage": {"input_tokens": 321, "input_tokens_details": {"cached_tokens": 256}, "output_tokens": 87,
                  "output_tokens_details": {"reasoning_tokens": 12}, "total_tokens": 408}
    });
    for (key, value) in extra.as_object().unwrap() {
        response[key] = value.clone();
    }
    out.push_str(&named(last, &json!({"type": last, "response": response})));
    out
}

/// Anthropic's Messages: start, a thinking block, a text block, delta, stop.
pub fn messages(text: &str, stop: &str) -> String {
    let mut out = named(
        "message_start",
        &json!({"type": "message_start", "message": {"id": "msg-1", "type": "message", "role": "assistant",
            "model": "test-model-2026-10-01", "content": [], "stop_reason": null,
            "usage": {"input_tokens": 40, "cache_creation_input_tokens": 25, "cache_read_input_tokens": 256, "output_tokens": 1}}}),
    );
    out.push_str(&named(
        "content_block_start",
        &json!({"type": "content_block_start", "index": 0, "content_block": {"type": "thinking", "thinking": ""}}),
    ));
    out.push_str(&named("ping", &json!({"type": "ping"})));
    out.push_str(&named(
        "content_block_delta",
        &json!({"type": "content_block_delta", "index": 0, "delta": {"type": "thinking_delta", "thinking": "{\"body\":\"no\"}"}}),
    ));
    out.push_str(&named(
        "content_block_stop",
        &json!({"type": "content_block_stop", "index": 0}),
    ));
    for piece in pieces(text, 7) {
        out.push_str(&named(
            "content_block_delta",
            &json!({"type": "content_block_delta", "index": 1, "delta": {"type": "text_delta", "text": piece}}),
        ));
    }
    out.push_str(&named(
        "content_block_stop",
        &json!({"type": "content_block_stop", "index": 1}),
    ));
    out.push_str(&named(
        "message_delta",
        &json!({"type": "message_delta", "delta": {"stop_reason": stop, "stop_sequence": null}, "usage": {"output_tokens": 87}}),
    ));
    out.push_str(&named("message_stop", &json!({"type": "message_stop"})));
    out
}
