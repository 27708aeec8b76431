//! A record as it goes over the wire: whole, or as server-sent events in small pieces,
//! and the ways in which that breaks.

use std::time::Duration;

use bytes::Bytes;
use serde_json::{Value, json};

use super::draft::Record;
use super::faults::ModelFault;
use super::{error, pause, tokens};
use crate::demo::http::{Answer, Outcome, Step};

/// What is to be answered.
pub(super) struct Reply {
    pub number: usize,
    pub model: String,
    pub record: Record,
    pub prompt_tokens: usize,
    pub usage: bool,
    pub think: Duration,
    pub pace: Duration,
}

const REFUSAL: &str = "I'm sorry, but I can't help with that.";

impl Reply {
    /// The answer, with the fault that was drawn for it.
    pub fn outcome(mut self, stream: bool, fault: Option<&ModelFault>) -> Outcome {
        match fault {
            Some(ModelFault::Drop) => return Outcome::Drop { reset: false },
            Some(ModelFault::Hang) => return Outcome::Hang,
            Some(ModelFault::NotAStream) => {
                return Answer::html(
                    200,
                    "<html><body><h1>Welcome to the wifi of the hotel</h1></body></html>",
                )
                .into();
            }
            Some(ModelFault::Status {
                status,
                code,
                retry_after,
            }) => {
                let answer = error(*status, kind(*status), code, "The simulated model failed.");
                return match retry_after {
                    Some(seconds) => answer.with_header("retry-after", &seconds.to_string()),
                    None => answer,
                }
                .into();
            }
            Some(ModelFault::Slow { millis }) => self.pace = Duration::from_millis(*millis),
            _ => {}
        }
        if stream {
            self.streamed(fault).into()
        } else {
            self.whole(fault).into()
        }
    }

    /// The text of the answer and how it is said to have ended.
    fn text(&self, fault: Option<&ModelFault>) -> (String, &'static str) {
        let record = serde_json::to_string(&self.record).unwrap_or_default();
        let half: String = record.chars().take(record.chars().count() / 2).collect();
        match fault {
            Some(ModelFault::Length) => (half, "length"),
            Some(ModelFault::BadRecord) => (half + "\" oops, not JSON", "stop"),
            Some(ModelFault::Fenced) => (
                format!("Sure, here is the draft:\n```json\n{record}\n```\nLet me know!"),
                "stop",
            ),
            Some(ModelFault::Refusal) => (String::new(), "stop"),
            _ => (record, "stop"),
        }
    }

    fn usage_of(&self, text: &str) -> Value {
        let written = tokens(text);
        json!({
            "prompt_tokens": self.prompt_tokens,
            "completion_tokens": written,
            "total_tokens": self.prompt_tokens + written,
            "prompt_tokens_details": { "cached_tokens": 0 },
        })
    }

    fn whole(&self, fault: Option<&ModelFault>) -> Answer {
        let (text, finish) = self.text(fault);
        let refusal = matches!(fault, Some(ModelFault::Refusal)).then_some(REFUSAL);
        let content = refusal.is_none().then_some(&text);
        let mut answer = Answer::json(
            200,
            &json!({
                "id": self.id(),
                "object": "chat.completion",
                "created": 1_793_610_000,
                "model": self.model,
                "choices": [{
                    "index": 0,
                    "message": { "role": "assistant", "content": content, "refusal": refusal },
                    "finish_reason": finish,
                }],
                "usage": self.usage_of(&text),
            }),
        );
        if let Some(think) = pause(self.think) {
            answer.steps.insert(0, think);
        }
        match fault {
            Some(ModelFault::Cut { .. } | ModelFault::Stall { .. }) => answer.cut(false),
            Some(ModelFault::EndEarly { .. } | ModelFault::BadEvent { .. }) => answer.cut(true),
            _ => answer,
        }
    }

    fn id(&self) -> String {
        format!("chatcmpl-demo{:06}", self.number)
    }

    fn event(&self, delta: &Value, finish: Option<&str>) -> Step {
        let choice = json!({ "index": 0, "delta": delta, "finish_reason": finish });
        self.chunk(&json!([choice]), &Value::Null)
    }

    fn chunk(&self, choices: &Value, usage: &Value) -> Step {
        let chunk = json!({
            "id": self.id(),
            "object": "chat.completion.chunk",
            "created": 1_793_610_000,
            "model": self.model,
            "choices": choices,
            "usage": usage,
        });
        data(&chunk.to_string())
    }

    fn streamed(&self, fault: Option<&ModelFault>) -> Answer {
        let (text, finish) = self.text(fault);
        let mut steps: Vec<Step> = pause(self.think).into_iter().collect();
        steps.push(self.event(&json!({ "role": "assistant", "content": "" }), None));
        let mut last = vec![self.event(&json!({}), Some(finish))];
        if self.usage {
            last.push(self.chunk(&json!([]), &self.usage_of(&text)));
        }
        last.push(data("[DONE]"));
        let mut texts: Vec<Step> = Vec::new();
        for piece in pieces(&text) {
            texts.extend(pause(self.pace));
            texts.push(self.event(&json!({ "content": piece }), None));
        }
        let (after, broken) = match fault {
            Some(ModelFault::Cut { after }) => (*after, vec![Step::Break]),
            Some(ModelFault::EndEarly { after }) => (*after, Vec::new()),
            Some(ModelFault::Stall { after }) => (*after, vec![Step::Hang]),
            Some(ModelFault::BadEvent { after }) => {
                let mut broken = vec![data("{\"choices\":[{\"delta\":")];
                broken.append(&mut last);
                (*after, broken)
            }
            Some(ModelFault::ErrorEvent { after }) => {
                let event = json!({ "error": { "message": "The server had an error", "type": "server_error", "code": null } });
                (*after, vec![data(&event.to_string())])
            }
            Some(ModelFault::Refusal) => {
                texts = vec![self.event(&json!({ "refusal": REFUSAL }), None)];
                (usize::MAX, last)
            }
            _ => (usize::MAX, last),
        };
        let is_text = |step: &Step| matches!(step, Step::Bytes(_));
        let mut seen = 0;
        steps.extend(texts.into_iter().take_while(|step| {
            seen += usize::from(is_text(step));
            seen <= after
        }));
        steps.extend(broken);
        Answer {
            status: 200,
            headers: vec![
                (
                    "content-type".to_owned(),
                    "text/event-stream; charset=utf-8".to_owned(),
                ),
                ("cache-control".to_owned(), "no-cache".to_owned()),
            ],
            steps,
            length: None,
        }
    }
}

fn data(text: &str) -> Step {
    Step::Bytes(Bytes::from(format!("data: {text}\n\n")))
}

/// Pieces as models give them: a few letters each, of changing length, cut anywhere.
fn pieces(text: &str) -> Vec<String> {
    let mut sizes = [5, 9, 3, 12, 7, 4].into_iter().cycle();
    let mut letters = text.chars().peekable();
    let mut pieces = Vec::new();
    while letters.peek().is_some() {
        let size = sizes.next().unwrap_or(5);
        pieces.push(letters.by_ref().take(size).collect());
    }
    pieces
}

const fn kind(status: u16) -> &'static str {
    match status {
        400 | 404 | 422 => "invalid_request_error",
        401 => "authentication_error",
        403 => "permission_error",
        429 => "rate_limit_error",
        _ => "server_error",
    }
}
