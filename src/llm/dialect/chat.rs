//! Chat Completions, as OpenAI defined it and as Ollama, llama.cpp, LM Studio, vLLM and
//! others serve it (<https://platform.openai.com/docs/api-reference/chat>).

use serde::{Deserialize, Serialize};

use super::{Answer, Dialect, EventFault, Finish, Request, Usage, VendorError, bearer};
use crate::llm::schema::{self, Schema};

/// See the module.
#[derive(Clone, Copy, Debug, Default)]
pub struct Chat;

#[derive(Serialize)]
struct Body<'a> {
    model: &'a str,
    messages: Vec<Message<'a>>,
    stream: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    stream_options: Option<StreamOptions>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_tokens: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_completion_tokens: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    response_format: Option<ResponseFormat>,
}

#[derive(Serialize)]
struct Message<'a> {
    role: &'static str,
    content: &'a str,
}

#[derive(Serialize)]
struct StreamOptions {
    include_usage: bool,
}

#[derive(Serialize)]
struct ResponseFormat {
    r#type: &'static str,
    json_schema: JsonSchema,
}

#[derive(Serialize)]
struct JsonSchema {
    name: &'static str,
    strict: bool,
    schema: Schema,
}

#[derive(Deserialize)]
struct Chunk {
    model: Option<String>,
    #[serde(default)]
    choices: Vec<Choice>,
    usage: Option<ChunkUsage>,
    error: Option<serde_json::Value>,
}

#[derive(Deserialize)]
struct Choice {
    #[serde(default)]
    index: u32,
    #[serde(default)]
    delta: Option<Delta>,
    finish_reason: Option<String>,
}

#[derive(Deserialize)]
struct Delta {
    content: Option<String>,
    refusal: Option<String>,
}

#[derive(Deserialize)]
struct ChunkUsage {
    #[serde(default)]
    prompt_tokens: u64,
    #[serde(default)]
    completion_tokens: u64,
    prompt_tokens_details: Option<PromptDetails>,
}

#[derive(Deserialize)]
struct PromptDetails {
    cached_tokens: Option<u64>,
    cache_write_tokens: Option<u64>,
}

impl Dialect for Chat {
    fn path(&self) -> &'static str {
        "/chat/completions"
    }

    fn body(&self, request: &Request<'_>) -> serde_json::Result<Vec<u8>> {
        let quirks = request.quirks;
        let message = |role, content| Message { role, content };
        let mut messages = vec![
            message("system", request.system),
            message("user", request.user),
        ];
        if let Some((broken, ask)) = request.repair {
            messages.extend([message("assistant", broken), message("user", ask)]);
        }
        let most = request.max_output_tokens;
        serde_json::to_vec(&Body {
            model: request.model,
            messages,
            stream: true,
            stream_options: (!quirks.no_stream_options).then_some(StreamOptions {
                include_usage: true,
            }),
            max_tokens: (!quirks.completion_tokens).then_some(most),
            max_completion_tokens: quirks.completion_tokens.then_some(most),
            response_format: (!quirks.no_schema).then_some(ResponseFormat {
                r#type: "json_schema",
                json_schema: JsonSchema {
                    name: schema::NAME,
                    strict: true,
                    schema: schema::record(schema::Dialect::Limited),
                },
            }),
        })
    }

    fn headers(&self, key: Option<&str>) -> Vec<(&'static str, String)> {
        bearer(key)
    }

    fn event(&self, data: &str, answer: &mut Answer) -> Result<bool, EventFault> {
        if data.trim() == "[DONE]" {
            // Some servers send no finish reason; the record is validated anyhow.
            answer.finish.get_or_insert(Finish::Stop);
            return Ok(true);
        }
        let chunk: Chunk = serde_json::from_str(data)
            .map_err(|_| EventFault::Bad("it is not the JSON of a chat chunk"))?;
        if let Some(error) = chunk.error.filter(|error| !error.is_null()) {
            return Err(EventFault::Vendor(
                VendorError::read(&error).unwrap_or_default(),
            ));
        }
        if let Some(model) = chunk.model.filter(|model| !model.is_empty()) {
            answer.model.get_or_insert(model);
        }
        if let Some(usage) = chunk.usage {
            let details = usage.prompt_tokens_details;
            let detail = |of: fn(&PromptDetails) -> Option<u64>| {
                details.as_ref().and_then(of).unwrap_or_default()
            };
            answer.usage = Some(Usage {
                input: usage.prompt_tokens,
                cached: detail(|details| details.cached_tokens),
                cache_write: detail(|details| details.cache_write_tokens),
                output: usage.completion_tokens,
            });
        }
        for choice in chunk.choices.into_iter().filter(|choice| choice.index == 0) {
            if let Some(delta) = choice.delta {
                answer.text.push_str(&delta.content.unwrap_or_default());
                answer.refusal.push_str(&delta.refusal.unwrap_or_default());
            }
            if let Some(reason) = choice.finish_reason.filter(|reason| !reason.is_empty()) {
                answer.finish = Some(match reason.as_str() {
                    "stop" | "eos" | "end_turn" if answer.refusal.is_empty() => Finish::Stop,
                    "stop" | "content_filter" | "refusal" => {
                        Finish::Refused(answer.refusal.clone())
                    }
                    "length" | "max_tokens" => Finish::Length,
                    _ => Finish::Other(reason),
                });
            }
        }
        // The usage and `[DONE]` follow the finish reason.
        Ok(false)
    }
}
