//! A scripted language model behind the shape that every compatible server shares:
//! `POST /v1/chat/completions`, whole or streamed, and `GET /v1/models`.
//!
//! It reads the prompt as a model would: which lead, which mail came last, what the user
//! hints at, which draft was turned down. For the mails of the demo's leads it has drafts
//! (`assets/demo`), for all others it makes a polite general one. It obeys nothing that
//! stands in a mail. And it can fail in the ways that servers do.
//!
//! Format: <https://platform.openai.com/docs/api-reference/chat>.

use std::collections::HashMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use http::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::http::{Answer, Asked, Outcome, Server, Site, Step};
use super::leads::Cast;

mod draft;
mod faults;
mod prompt;
mod stream;
mod vary;

pub use faults::{ModelFault, ModelFaultRule};

/// The name it goes by.
pub const MODEL: &str = "demo-writer-1";

/// How the model is set up.
#[derive(Clone, Debug)]
pub struct ModelOptions {
    /// The port on 127.0.0.1; 0 for any free one.
    pub port: u16,
    /// How long it seems to think before the first word.
    pub think: Duration,
    /// The pause between two pieces of text.
    pub pace: Duration,
    /// Serve `/sim/...`: faults and journal over HTTP.
    pub control_over_http: bool,
}

impl Default for ModelOptions {
    /// At once, for tests.
    fn default() -> Self {
        Self {
            port: 0,
            think: Duration::ZERO,
            pace: Duration::ZERO,
            control_over_http: true,
        }
    }
}

impl ModelOptions {
    /// As a person likes to watch it.
    #[must_use]
    pub fn visible() -> Self {
        Self {
            think: Duration::from_millis(700),
            pace: Duration::from_millis(28),
            control_over_http: false,
            ..Self::default()
        }
    }
}

/// A request that it got and what it made of it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ModelCall {
    /// Counts requests from 1.
    pub number: usize,
    /// The address of the lead that it recognised.
    pub lead: Option<String>,
    /// Which version of the draft it gave, from 0.
    pub version: usize,
    /// The hint that it found.
    pub hint: Option<String>,
    /// Whether a stream was asked for.
    pub stream: bool,
    /// The fault that was put in the way, in words.
    pub fault: Option<String>,
    /// The request's body.
    pub request: Value,
}

/// A running model; stops when dropped.
#[must_use = "the model stops when it is dropped"]
pub struct Model {
    server: Server,
    shared: Arc<Shared>,
}

struct Shared {
    cast: Option<Cast>,
    options: ModelOptions,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    rules: Vec<ModelFaultRule>,
    calls: Vec<ModelCall>,
    /// How many drafts were given for each mail.
    given: HashMap<String, usize>,
}

impl Model {
    /// Starts serving on the caller's runtime. Without a cast it knows nobody.
    ///
    /// # Errors
    /// When the port cannot be had.
    pub async fn start(cast: Option<Cast>, options: ModelOptions) -> io::Result<Self> {
        let port = options.port;
        let shared = Arc::new(Shared {
            cast,
            options,
            state: Mutex::new(State::default()),
        });
        let server = Server::start(port, Arc::clone(&shared)).await?;
        Ok(Self { server, shared })
    }

    /// `http://127.0.0.1:PORT/v1`: the value of `ai.openai_base_url`.
    #[must_use]
    pub fn base_url(&self) -> String {
        format!("{}v1", self.server.base_url())
    }

    /// From now on this goes wrong, too.
    pub fn fault(&self, rule: ModelFaultRule) {
        self.shared.lock().rules.push(rule);
    }

    /// Nothing goes wrong any more.
    pub fn clear_faults(&self) {
        self.shared.lock().rules.clear();
    }

    /// The requests it got.
    #[must_use]
    pub fn calls(&self) -> Vec<ModelCall> {
        self.shared.lock().calls.clone()
    }
}

impl Site for Shared {
    async fn answer(self: Arc<Self>, asked: Asked) -> Outcome {
        let path = asked.path.trim_end_matches('/');
        match (&asked.method, path) {
            (&Method::GET, "/v1/models") => models().into(),
            (&Method::POST, "/v1/chat/completions") => self.complete(&asked),
            (_, path) if self.options.control_over_http && path.starts_with("/sim/") => {
                self.control(&asked).into()
            }
            _ => error(
                404,
                "invalid_request_error",
                "unknown_url",
                "Unknown request URL",
            )
            .into(),
        }
    }
}

fn models() -> Answer {
    let model = json!({ "id": MODEL, "object": "model", "created": 1_793_610_000, "owned_by": "rejoinder" });
    Answer::json(200, &json!({ "object": "list", "data": [model] }))
}

/// An error as OpenAI and its kin write it.
fn error(status: u16, kind: &str, code: &str, message: &str) -> Answer {
    let body =
        json!({ "error": { "message": message, "type": kind, "param": null, "code": code } });
    Answer::json(status, &body)
}

#[derive(Deserialize)]
struct Request {
    #[serde(default)]
    messages: Vec<Message>,
    #[serde(default)]
    stream: bool,
    stream_options: Option<StreamOptions>,
    model: Option<String>,
}

#[derive(Deserialize)]
struct StreamOptions {
    #[serde(default)]
    include_usage: bool,
}

#[derive(Deserialize)]
struct Message {
    role: String,
    #[serde(default)]
    content: Value,
}

impl Message {
    /// The text, given whole or in parts.
    fn text(&self) -> String {
        match &self.content {
            Value::String(text) => text.clone(),
            Value::Array(parts) => parts
                .iter()
                .filter_map(|part| part.get("text")?.as_str())
                .collect::<Vec<_>>()
                .join("\n"),
            _ => String::new(),
        }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn complete(&self, asked: &Asked) -> Outcome {
        let bad = |why: &str| error(400, "invalid_request_error", "invalid_json", why).into();
        let Ok(json) = serde_json::from_slice::<Value>(&asked.body) else {
            return bad("We could not parse the JSON body of your request.");
        };
        let request: Request = match serde_json::from_value(json.clone()) {
            Ok(request) => request,
            Err(error) => return bad(&error.to_string()),
        };
        if request.messages.is_empty() {
            return bad("Missing required parameter: 'messages'.");
        }
        let texts = |role: &str| -> String {
            let of = request
                .messages
                .iter()
                .filter(|message| message.role == role);
            of.map(Message::text).collect::<Vec<_>>().join("\n\n")
        };
        let system = texts("system") + &texts("developer");
        let prompt = prompt::read(self.cast.as_ref(), &texts("user"));
        let mut state = self.lock();
        let fault = faults::draw(&mut state.rules);
        let version = state.given.get(&prompt.key).copied().unwrap_or_default();
        if fault.is_none() {
            // A draft that did not arrive was not given.
            state.given.insert(prompt.key.clone(), version + 1);
        }
        let number = state.calls.len() + 1;
        state.calls.push(ModelCall {
            number,
            lead: prompt.lead(self.cast.as_ref()),
            version,
            hint: prompt.hint.clone(),
            stream: request.stream,
            fault: fault.as_ref().map(|fault| format!("{fault:?}")),
            request: json,
        });
        drop(state);
        let record = draft::record(self.cast.as_ref(), &prompt, version);
        let reply = stream::Reply {
            number,
            model: request.model.unwrap_or_else(|| MODEL.to_owned()),
            record,
            prompt_tokens: tokens(&system) + tokens(&prompt.whole),
            usage: request
                .stream_options
                .is_some_and(|options| options.include_usage),
            think: self.options.think,
            pace: self.options.pace,
        };
        reply.outcome(request.stream, fault.as_ref())
    }

    fn control(&self, asked: &Asked) -> Answer {
        match (&asked.method, asked.path.as_str()) {
            (&Method::GET, "/sim/journal") => {
                let calls = self.lock().calls.clone();
                Answer::json(200, &json!({ "calls": calls }))
            }
            (&Method::POST, "/sim/fault") => match serde_json::from_slice(&asked.body) {
                Ok(rule) => {
                    self.lock().rules.push(rule);
                    Answer::json(200, &json!({}))
                }
                Err(why) => Answer::json(400, &json!({ "error": why.to_string() })),
            },
            (&Method::POST, "/sim/faults/clear") => {
                self.lock().rules.clear();
                Answer::json(200, &json!({}))
            }
            _ => Answer::empty(404),
        }
    }
}

/// About four letters are a token.
fn tokens(text: &str) -> usize {
    text.chars().count().div_ceil(4)
}

/// A pause, if it is one.
fn pause(of: Duration) -> Option<Step> {
    (!of.is_zero()).then_some(Step::Pause(of))
}
