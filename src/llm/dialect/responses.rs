//! OpenAI's Responses API (<https://platform.openai.com/docs/api-reference/responses>).
//! Nothing is stored at the vendor, and no sampling parameter is sent: newer models
//! refuse them.

use serde::{Deserialize, Serialize};

use super::{Answer, Dialect, EventFault, Finish, Request, Usage, VendorError, bearer};
use crate::llm::schema::{self, Schema};

/// See the module.
#[derive(Clone, Copy, Debug, Default)]
pub struct Responses;

#[derive(Serialize)]
struct Body<'a> {
    model: &'a str,
    instructions: &'a str,
    input: Vec<Message<'a>>,
    max_output_tokens: u32,
    store: bool,
    stream: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    reasoning: Option<Reasoning>,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<Text>,
}

#[derive(Serialize)]
struct Message<'a> {
    role: &'static str,
    content: &'a str,
}

#[derive(Serialize)]
struct Reasoning {
    effort: &'static str,
}

#[derive(Serialize)]
struct Text {
    format: Format,
}

#[derive(Serialize)]
struct Format {
    r#type: &'static str,
    name: &'static str,
    strict: bool,
    schema: Schema,
}

#[derive(Deserialize)]
struct Event {
    r#type: String,
    delta: Option<serde_json::Value>,
    response: Option<Response>,
    error: Option<serde_json::Value>,
    code: Option<String>,
    message: Option<String>,
}

#[derive(Deserialize)]
struct Response {
    model: Option<String>,
    status: Option<String>,
    usage: Option<ResponseUsage>,
    incomplete_details: Option<Incomplete>,
    error: Option<serde_json::Value>,
    #[serde(default)]
    output: Option<Vec<serde_json::Value>>,
}

#[derive(Deserialize)]
struct Incomplete {
    reason: Option<String>,
}

#[derive(Deserialize)]
struct ResponseUsage {
    #[serde(default)]
    input_tokens: u64,
    #[serde(default)]
    output_tokens: u64,
    input_tokens_details: Option<InputDetails>,
}

#[derive(Deserialize)]
struct InputDetails {
    cached_tokens: Option<u64>,
    cache_write_tokens: Option<u64>,
}

/// Whether a model thinks before it writes and takes `reasoning.effort`: the o series and
/// gpt-5 and later, but not their chat variants.
fn reasons(model: &str) -> bool {
    let name = model.rsplit('/').next().unwrap_or(model);
    let generation = |prefix: &str| {
        name.strip_prefix(prefix)
            .and_then(|rest| rest.split(|c: char| !c.is_ascii_digit()).next())
            .and_then(|digits| digits.parse::<u32>().ok())
    };
    let thinks = generation("gpt-").is_some_and(|n| (5..100).contains(&n))
        || generation("o").is_some_and(|n| n > 0);
    thinks && !name.contains("chat")
}

impl Dialect for Responses {
    fn path(&self) -> &'static str {
        "/responses"
    }

    fn body(&self, request: &Request<'_>) -> serde_json::Result<Vec<u8>> {
        let quirks = request.quirks;
        let message = |role, content| Message { role, content };
        let mut input = vec![message("user", request.user)];
        if let Some((broken, ask)) = request.repair {
            input.extend([message("assistant", broken), message("user", ask)]);
        }
        serde_json::to_vec(&Body {
            model: request.model,
            instructions: request.system,
            input,
            max_output_tokens: request.max_output_tokens,
            store: false,
            stream: true,
            // A reply to a mail needs little thought; what is thought is paid for.
            reasoning: (!quirks.no_reasoning && reasons(request.model))
                .then_some(Reasoning { effort: "low" }),
            text: (!quirks.no_schema).then_some(Text {
                format: Format {
                    r#type: "json_schema",
                    name: schema::NAME,
                    strict: true,
                    schema: schema::record(schema::Dialect::Strict),
                },
            }),
        })
    }

    fn headers(&self, key: Option<&str>) -> Vec<(&'static str, String)> {
        bearer(key)
    }

    fn event(&self, data: &str, answer: &mut Answer) -> Result<bool, EventFault> {
        if data.trim() == "[DONE]" {
            // Not part of this protocol; compatible servers add it.
            return Ok(answer.finish.is_some());
        }
        let event: Event = serde_json::from_str(data)
            .map_err(|_| EventFault::Bad("it is not the JSON of a response event"))?;
        let delta = || {
            event
                .delta
                .as_ref()
                .and_then(serde_json::Value::as_str)
                .ok_or(EventFault::Bad("a delta without text"))
        };
        match event.r#type.as_str() {
            "response.output_text.delta" => answer.text.push_str(delta()?),
            "response.refusal.delta" => answer.refusal.push_str(delta()?),
            "response.completed" | "response.incomplete" | "response.failed" => {
                let response = event
                    .response
                    .ok_or(EventFault::Bad("a last event without its response"))?;
                return ended(&event.r#type, response, answer);
            }
            "error" => {
                let nested = event.error.as_ref().and_then(VendorError::read);
                return Err(EventFault::Vendor(nested.unwrap_or_else(|| VendorError {
                    kinds: event.code.into_iter().collect(),
                    message: event.message.unwrap_or_default(),
                })));
            }
            _ => {}
        }
        Ok(false)
    }
}

fn ended(kind: &str, response: Response, answer: &mut Answer) -> Result<bool, EventFault> {
    answer.model = response.model.filter(|model| !model.is_empty());
    answer.usage = response.usage.map(|usage| {
        let details = usage.input_tokens_details;
        let detail = |of: fn(&InputDetails) -> Option<u64>| {
            details.as_ref().and_then(of).unwrap_or_default()
        };
        Usage {
            input: usage.input_tokens,
            cached: detail(|details| details.cached_tokens),
            cache_write: detail(|details| details.cache_write_tokens),
            output: usage.output_tokens,
        }
    });
    if kind == "response.failed" {
        let error = response.error.as_ref().and_then(VendorError::read);
        return Err(EventFault::Vendor(error.unwrap_or_default()));
    }
    if answer.text.is_empty() && answer.refusal.is_empty() {
        // A server that sends no deltas has the whole text in the last event.
        for content in contents(response.output.as_deref().unwrap_or_default()) {
            let text = |key: &str| content.get(key).and_then(serde_json::Value::as_str);
            answer.text.push_str(text("text").unwrap_or_default());
            answer.refusal.push_str(text("refusal").unwrap_or_default());
        }
    }
    let reason = response.incomplete_details.and_then(|d| d.reason);
    // Some servers end with `response.completed` and say in it that it is not.
    let completed =
        kind == "response.completed" && response.status.as_deref() != Some("incomplete");
    answer.finish = Some(match (completed, reason.as_deref()) {
        (true, _) if answer.refusal.is_empty() => Finish::Stop,
        (true, _) | (_, Some("content_filter")) => Finish::Refused(answer.refusal.clone()),
        (_, Some("max_output_tokens") | None) => Finish::Length,
        (_, Some(other)) => Finish::Other(other.to_owned()),
    });
    Ok(true)
}

fn contents(output: &[serde_json::Value]) -> impl Iterator<Item = &serde_json::Value> {
    output
        .iter()
        .filter_map(|item| item.get("content").and_then(serde_json::Value::as_array))
        .flatten()
}

#[cfg(test)]
mod tests {
    use super::reasons;

    #[test]
    fn effort_is_set_for_models_that_think() {
        for model in [
            "gpt-6-luna",
            "gpt-5.4-mini-2026-03-17",
            "o3",
            "openai/o4-mini",
            "gpt-10",
        ] {
            assert!(reasons(model), "{model}");
        }
        for model in [
            "gpt-4o",
            "gpt-4.1-mini",
            "gpt-5-chat-latest",
            "opus",
            "olmo-7b",
            "qwen2.5",
            "",
        ] {
            assert!(!reasons(model), "{model}");
        }
    }
}
