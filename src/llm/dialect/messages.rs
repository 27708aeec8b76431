//! Anthropic's Messages API (<https://docs.anthropic.com/en/api/messages>). No sampling
//! parameter, no prefill and no forced tool: newer models refuse them. Limits in the
//! schema are refused as well.

use serde::{Deserialize, Serialize};

use super::{Answer, Dialect, EventFault, Finish, Request, VendorError};
use crate::llm::schema::{self, Schema};

/// See the module.
#[derive(Clone, Debug)]
pub struct Messages {
    /// The `anthropic-version` header.
    pub version: String,
}

/// Thinking counts in `max_tokens`: with less than this it can eat the whole answer.
const LEAST_TOKENS: u32 = 4_096;

#[derive(Serialize)]
struct Body<'a> {
    model: &'a str,
    max_tokens: u32,
    system: [Block<'a>; 1],
    messages: Vec<Message<'a>>,
    stream: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    output_config: Option<OutputConfig>,
}

#[derive(Serialize)]
struct Block<'a> {
    r#type: &'static str,
    text: &'a str,
    cache_control: CacheControl,
}

#[derive(Serialize)]
struct CacheControl {
    r#type: &'static str,
}

#[derive(Serialize)]
struct Message<'a> {
    role: &'static str,
    content: &'a str,
}

#[derive(Serialize)]
struct OutputConfig {
    format: Format,
}

#[derive(Serialize)]
struct Format {
    r#type: &'static str,
    schema: Schema,
}

#[derive(Deserialize)]
struct Event {
    r#type: String,
    message: Option<StartedMessage>,
    delta: Option<Delta>,
    usage: Option<EventUsage>,
    error: Option<serde_json::Value>,
}

#[derive(Deserialize)]
struct StartedMessage {
    model: Option<String>,
    usage: Option<EventUsage>,
}

#[derive(Deserialize)]
struct Delta {
    r#type: Option<String>,
    text: Option<String>,
    stop_reason: Option<String>,
}

#[derive(Deserialize)]
struct EventUsage {
    input_tokens: Option<u64>,
    cache_creation_input_tokens: Option<u64>,
    cache_read_input_tokens: Option<u64>,
    output_tokens: Option<u64>,
}

impl Dialect for Messages {
    fn path(&self) -> &'static str {
        "/v1/messages"
    }

    fn body(&self, request: &Request<'_>) -> serde_json::Result<Vec<u8>> {
        let message = |role, content| Message { role, content };
        let mut messages = vec![message("user", request.user)];
        if let Some((broken, ask)) = request.repair {
            messages.extend([message("assistant", broken), message("user", ask)]);
        }
        serde_json::to_vec(&Body {
            model: request.model,
            max_tokens: request.max_output_tokens.max(LEAST_TOKENS),
            system: [Block {
                r#type: "text",
                text: request.system,
                cache_control: CacheControl {
                    r#type: "ephemeral",
                },
            }],
            messages,
            stream: true,
            output_config: (!request.quirks.no_schema).then_some(OutputConfig {
                format: Format {
                    r#type: "json_schema",
                    schema: schema::record(schema::Dialect::Strict),
                },
            }),
        })
    }

    fn headers(&self, key: Option<&str>) -> Vec<(&'static str, String)> {
        let mut headers = vec![("anthropic-version", self.version.clone())];
        headers.extend(key.map(|key| ("x-api-key", key.to_owned())));
        headers
    }

    fn event(&self, data: &str, answer: &mut Answer) -> Result<bool, EventFault> {
        let event: Event = serde_json::from_str(data)
            .map_err(|_| EventFault::Bad("it is not the JSON of a message event"))?;
        match event.r#type.as_str() {
            "message_start" => {
                if let Some(message) = event.message {
                    answer.model = message.model.filter(|model| !model.is_empty());
                    take_usage(message.usage, answer);
                }
            }
            "content_block_delta" => {
                let delta = event
                    .delta
                    .ok_or(EventFault::Bad("a delta event without its delta"))?;
                // Thinking and signatures are not for the person.
                if delta.r#type.as_deref() == Some("text_delta") {
                    answer.text.push_str(&delta.text.unwrap_or_default());
                }
            }
            "message_delta" => {
                take_usage(event.usage, answer);
                if let Some(reason) = event.delta.and_then(|delta| delta.stop_reason) {
                    answer.finish = Some(match reason.as_str() {
                        "end_turn" | "stop_sequence" => Finish::Stop,
                        "max_tokens" => Finish::Length,
                        "refusal" => Finish::Refused(String::new()),
                        "model_context_window_exceeded" => Finish::ContextFull,
                        _ => Finish::Other(reason),
                    });
                }
            }
            "message_stop" => {
                answer.finish.get_or_insert(Finish::Stop);
                return Ok(true);
            }
            "error" => {
                let error = event.error.as_ref().and_then(VendorError::read);
                return Err(EventFault::Vendor(error.unwrap_or_default()));
            }
            _ => {}
        }
        Ok(false)
    }
}

/// Usage is cumulative; each event may leave out what did not change. The vendor's
/// `input_tokens` excludes what was read from or written to the cache.
fn take_usage(told: Option<EventUsage>, answer: &mut Answer) {
    let Some(told) = told else { return };
    let mut usage = answer.usage.unwrap_or_default();
    let plain = told
        .input_tokens
        .unwrap_or_else(|| usage.input.saturating_sub(usage.cached + usage.cache_write));
    usage.cached = told.cache_read_input_tokens.unwrap_or(usage.cached);
    usage.cache_write = told
        .cache_creation_input_tokens
        .unwrap_or(usage.cache_write);
    usage.output = told.output_tokens.unwrap_or(usage.output);
    usage.input = plain
        .saturating_add(usage.cached)
        .saturating_add(usage.cache_write);
    answer.usage = Some(usage);
}
