//! One provider: which protocol it speaks, its key and model, what was learned of it, and
//! how often it is asked. [`Drafter`](super::Drafter) goes through them in order.

use std::sync::{Mutex, PoisonError};

use secrecy::{ExposeSecret, SecretString};
use tokio::time::Instant;

use super::dialect::chat::Chat;
use super::dialect::messages::Messages;
use super::dialect::responses::Responses;
use super::dialect::{Answer, Dialect, Finish, Quirks, Request, Usage};
use super::error::{LlmError, redacted};
use super::exchange::{Endpoint, Fault};
use super::key::KeySource;
use super::preview::BodyPreview;
use super::prompt::{Prompt, repair_request};
use super::record;
use super::retry::RetryPolicy;
use crate::config::{Ai, ProviderName, is_loopback_url};
use crate::domain::DraftRecord;

/// Characters of a broken answer that are sent back to be mended.
const MOST_BROKEN: usize = 8_000;

const OPENAI_URL: &str = "https://api.openai.com/v1";
const ANTHROPIC_URL: &str = "https://api.anthropic.com";
/// Where Ollama listens unless it is told otherwise.
const LOCAL_URL: &str = "http://127.0.0.1:11434/v1";
/// The cheapest sensible models (November 2026).
const OPENAI_MODEL: &str = "gpt-6-luna";
const ANTHROPIC_MODEL: &str = "claude-haiku-5-5";

/// A provider, ready to be asked.
#[derive(Debug)]
pub struct Provider {
    endpoint: Endpoint,
    dialect: Box<dyn Dialect>,
    /// The protocol for a server that does not know the first one.
    second: Option<Box<dyn Dialect>>,
    key: KeySource,
    model: String,
    max_output_tokens: u32,
    /// Whether the server is on this machine and asks for no money.
    free: bool,
    learned: Mutex<Learned>,
}

#[derive(Clone, Debug, Default)]
struct Learned {
    model: Option<String>,
    quirks: Quirks,
    second: bool,
}

/// What a provider wrote.
#[derive(Debug)]
pub struct Written {
    /// The record, valid.
    pub record: DraftRecord,
    /// The model that answered.
    pub model: String,
    /// All tokens of this draft, those of a mended answer included.
    pub usage: Option<Usage>,
    /// When the first text came.
    pub first_text_at: Option<Instant>,
    /// Whether the answer had to be asked for again.
    pub repaired: bool,
}

/// Why a provider wrote nothing, and what it costs all the same.
#[derive(Debug)]
pub struct NotWritten {
    /// Why.
    pub error: LlmError,
    /// The model that was asked, as far as it is known.
    pub model: String,
    /// Tokens that were told before it failed.
    pub usage: Option<Usage>,
}

/// One answer that is asked for, and what comes of it besides.
struct Ask<'a> {
    prompt: &'a Prompt,
    broken: Option<&'a str>,
    usage: &'a mut Option<Usage>,
    first_text_at: &'a mut Option<Instant>,
    on_body: &'a mut (dyn FnMut(&str) + Send),
}

impl Provider {
    /// A provider as the settings describe it; none for the templates.
    ///
    /// # Errors
    /// [`LlmError::Setup`] for an address that would carry mail in the clear.
    pub fn from_config(
        name: ProviderName,
        ai: &Ai,
        http: reqwest::Client,
    ) -> Result<Option<Self>, LlmError> {
        let primary = ai.effective_provider() == name;
        let chosen = |configured: &str, default: &str| {
            let url = if configured.is_empty() {
                default
            } else {
                configured
            };
            url.trim_end_matches('/').to_owned()
        };
        // The model's name belongs to the first provider; a fallback has its own default.
        let model = |default: &str| {
            if primary && !ai.model.is_empty() {
                ai.model.clone()
            } else {
                default.to_owned()
            }
        };
        let command = || {
            if primary {
                ai.key_command.clone()
            } else {
                Vec::new()
            }
        };
        let custom = !ai.openai_base_url.is_empty();
        let (base, dialect, second, key, model): (
            _,
            Box<dyn Dialect>,
            Option<Box<dyn Dialect>>,
            _,
            _,
        ) = match name {
            ProviderName::Template => return Ok(None),
            ProviderName::OpenAi => (
                chosen(&ai.openai_base_url, OPENAI_URL),
                Box::new(Responses),
                custom.then(|| -> Box<dyn Dialect> { Box::new(Chat) }),
                ai.openai_api_key.clone(),
                model(OPENAI_MODEL),
            ),
            ProviderName::OpenAiCompatible => (
                chosen(&ai.openai_base_url, LOCAL_URL),
                Box::new(Chat),
                None,
                ai.openai_api_key.clone(),
                model(""),
            ),
            ProviderName::Anthropic => (
                chosen(&ai.anthropic_base_url, ANTHROPIC_URL),
                Box::new(Messages {
                    version: ai.anthropic_version.clone(),
                }),
                None,
                ai.anthropic_api_key.clone(),
                model(ANTHROPIC_MODEL),
            ),
        };
        let local = is_loopback_url(&base);
        let optional = name == ProviderName::OpenAiCompatible || local;
        Ok(Some(Self {
            endpoint: Endpoint {
                http,
                provider: name,
                host: checked_host(&base)?,
                base,
                first_byte: std::time::Duration::from_secs(ai.first_byte_timeout),
                idle: std::time::Duration::from_secs(ai.idle_timeout),
            },
            dialect,
            second,
            key: KeySource::new(name, key, command(), optional),
            model,
            max_output_tokens: ai.max_output_tokens,
            free: local && name == ProviderName::OpenAiCompatible,
            learned: Mutex::default(),
        }))
    }

    /// Its name.
    #[must_use]
    pub const fn name(&self) -> ProviderName {
        self.endpoint.provider
    }

    /// The model that is asked; empty while it is not known yet.
    #[must_use]
    pub fn model(&self) -> String {
        if self.model.is_empty() {
            self.learned().model.unwrap_or_default()
        } else {
            self.model.clone()
        }
    }

    /// Whether it costs nothing.
    #[must_use]
    pub const fn is_free(&self) -> bool {
        self.free
    }

    fn learned(&self) -> Learned {
        self.learned
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn learn(&self, lesson: impl FnOnce(&mut Learned)) {
        lesson(&mut self.learned.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// Asks for a draft until there is one, or until asking again makes no sense.
    /// `on_body` gets the whole body so far each time it grows; it may start over.
    ///
    /// # Errors
    /// [`NotWritten`].
    pub async fn draft(
        &self,
        prompt: &Prompt,
        retry: &RetryPolicy,
        on_body: &mut (dyn FnMut(&str) + Send),
    ) -> Result<Written, NotWritten> {
        let mut usage = None;
        let result = self.attempt(prompt, retry, &mut usage, on_body).await;
        result.map_err(|error| NotWritten {
            error: match error {
                LlmError::NotFound { provider, .. } => LlmError::NotFound {
                    provider,
                    model: self.model(),
                },
                error => error,
            },
            model: self.model(),
            usage,
        })
    }

    async fn attempt(
        &self,
        prompt: &Prompt,
        retry: &RetryPolicy,
        usage: &mut Option<Usage>,
        on_body: &mut (dyn FnMut(&str) + Send),
    ) -> Result<Written, LlmError> {
        let mut first_text_at = None;
        let mut broken: Option<String> = None;
        loop {
            let mut ask = Ask {
                prompt,
                broken: broken.as_deref(),
                usage: &mut *usage,
                first_text_at: &mut first_text_at,
                on_body: &mut *on_body,
            };
            let answer = self.ask(&mut ask, retry).await?;
            let model = answer.model.clone().unwrap_or_else(|| self.model());
            match record_of(answer) {
                Ok(mut record) => {
                    if record.subject.is_empty() {
                        record.subject.clone_from(&prompt.subject);
                    }
                    return Ok(Written {
                        record,
                        model,
                        usage: *usage,
                        first_text_at,
                        repaired: broken.is_some(),
                    });
                }
                Err((LlmError::BrokenRecord(error), text))
                    if broken.is_none() && self.may_repair() =>
                {
                    tracing::info!(provider = %self.name(), fault = "broken_record", "asking for the answer again: {error}");
                    broken = Some(text);
                }
                Err((error, _)) => return Err(error),
            }
        }
    }

    /// Vendors enforce the schema; what they break once they would break again.
    fn may_repair(&self) -> bool {
        self.name() == ProviderName::OpenAiCompatible || self.second.is_some()
    }

    /// One answer, with the retries that the rules allow.
    async fn ask(&self, ask: &mut Ask<'_>, retry: &RetryPolicy) -> Result<Answer, LlmError> {
        let broken = ask
            .broken
            .map(|text| text.chars().take(MOST_BROKEN).collect::<String>());
        let mut tried = 0;
        let mut rekeyed = false;
        loop {
            tried += 1;
            let key = self.key.get().await?;
            let model = self.model_name(key.as_ref()).await?;
            let learned = self.learned();
            let dialect = self.dialect(&learned);
            let request = Request {
                model: &model,
                system: &ask.prompt.system,
                user: &ask.prompt.user,
                max_output_tokens: self.max_output_tokens,
                repair: broken.as_deref().map(|text| (text, repair_request())),
                quirks: learned.quirks,
            };
            let body = dialect.body(&request).map_err(|error| LlmError::Setup {
                why: error.to_string(),
            })?;
            let mut preview = BodyPreview::default();
            let mut shown = String::new();
            let mut on_text = |piece: &str| {
                ask.first_text_at.get_or_insert_with(Instant::now);
                if preview.push(piece, &mut shown) {
                    (ask.on_body)(&shown);
                }
            };
            let fault = match self
                .endpoint
                .exchange(dialect, body, key.as_ref(), &mut on_text)
                .await
            {
                Ok(answer) => {
                    add(ask.usage, answer.usage);
                    return Ok(answer);
                }
                Err(fault) => fault,
            };
            add(ask.usage, fault.answer.usage);
            if self.learned_from(&fault, &learned, &mut rekeyed).await {
                // Another request, not the same one again: it does not count as a retry.
                tried -= 1;
                continue;
            }
            // What the person has begun to read is written anew under their eyes once: the
            // other end would be a template.
            let may_again = shown.is_empty() || tried == 1;
            let wait = may_again
                .then(|| retry.wait(tried, fault.passing, fault.advice))
                .flatten();
            let Some(wait) = wait else {
                return Err(fault.error);
            };
            tracing::info!(
                provider = %self.name(), fault = fault.error.code(), tried,
                wait_ms = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX), "asking again"
            );
            tokio::time::sleep(wait).await;
        }
    }

    fn dialect(&self, learned: &Learned) -> &dyn Dialect {
        match &self.second {
            Some(second) if learned.second => second.as_ref(),
            _ => self.dialect.as_ref(),
        }
    }

    /// Whether a refusal taught something that makes a different request worth sending.
    /// Each lesson is learned once, so this ends.
    async fn learned_from(&self, fault: &Fault, learned: &Learned, rekeyed: &mut bool) -> bool {
        match &fault.error {
            LlmError::NotFound { .. } | LlmError::BadRequest { status: 405, .. } => {
                let first = self.second.is_some() && !learned.second;
                if first && !fault.words.contains("model") {
                    tracing::info!(provider = %self.name(), "no Responses route here; using chat");
                    self.learn(|learned| learned.second = true);
                    return true;
                }
                false
            }
            LlmError::BadRequest {
                status: 400 | 422, ..
            } => match learned.quirks.learned(&fault.words) {
                Some(quirks) => {
                    tracing::info!(provider = %self.name(), ?quirks, "leaving a refused parameter out");
                    self.learn(|learned| learned.quirks = quirks);
                    true
                }
                None => false,
            },
            // The key may have been changed since the command was run.
            LlmError::Unauthorized { .. } if !*rekeyed => {
                *rekeyed = true;
                self.key.forget().await
            }
            _ => false,
        }
    }

    /// The configured model, or the first one that the server offers.
    async fn model_name(&self, key: Option<&SecretString>) -> Result<String, LlmError> {
        let known = self.model();
        if !known.is_empty() {
            return Ok(known);
        }
        let name = self.first_model(key).await?;
        self.learn(|learned| learned.model = Some(name.clone()));
        Ok(name)
    }

    /// Asks for the list of models, which costs nothing: that the provider is there and
    /// takes the key. Returns the first one's name, if it tells.
    ///
    /// # Errors
    /// Why it cannot be asked.
    pub async fn probe(&self) -> Result<String, LlmError> {
        let key = self.key.get().await?;
        match self.first_model(key.as_ref()).await {
            Err(LlmError::NoModel { .. }) => Ok("it tells no models".to_owned()),
            other => other,
        }
    }

    async fn first_model(&self, key: Option<&SecretString>) -> Result<String, LlmError> {
        let endpoint = &self.endpoint;
        // Beside the path that drafts go to: not every vendor has its version in the base.
        let version = self
            .dialect
            .path()
            .strip_prefix("/v1/")
            .map_or("", |_| "/v1");
        let mut request = endpoint
            .http
            .get(format!("{}{version}/models", endpoint.base));
        for (name, value) in self.dialect.headers(key.map(ExposeSecret::expose_secret)) {
            request = request.header(name, value);
        }
        let unreachable = |error: reqwest::Error| LlmError::Connect {
            host: endpoint.host.clone(),
            why: redacted(&error.without_url().to_string(), None),
        };
        let answer = tokio::time::timeout(endpoint.first_byte, request.send())
            .await
            .map_err(|_| LlmError::FirstByteTimeout {
                host: endpoint.host.clone(),
                waited: endpoint.first_byte,
            })?
            .map_err(unreachable)?;
        if matches!(answer.status().as_u16(), 401 | 403) {
            return Err(LlmError::Unauthorized {
                provider: endpoint.provider,
                status: answer.status().as_u16(),
            });
        }
        let list: serde_json::Value = answer.json().await.unwrap_or_default();
        list.pointer("/data/0/id")
            .or_else(|| list.pointer("/models/0/name"))
            .and_then(serde_json::Value::as_str)
            .filter(|name| !name.is_empty() && name.len() < 200)
            .map(record::clean_line)
            .ok_or_else(|| LlmError::NoModel {
                host: endpoint.host.clone(),
            })
    }
}

fn add(sum: &mut Option<Usage>, more: Option<Usage>) {
    if let Some(more) = more {
        *sum = Some(sum.unwrap_or_default() + more);
    }
}

/// The record in an answer that ended; with the text when the record is broken.
fn record_of(answer: Answer) -> Result<DraftRecord, (LlmError, String)> {
    let parsed = record::parse(&answer.text);
    let error = match (answer.finish, parsed) {
        (Some(Finish::Refused(said)), _) => LlmError::Refused {
            message: if said.is_empty() {
                String::new()
            } else {
                redacted(&said, None)
            },
        },
        (Some(Finish::ContextFull), _) => LlmError::ContextOverflow,
        // A record that is whole is whole, even if the model babbled on behind it.
        (Some(Finish::Stop | Finish::Length), Ok(record)) => return Ok(record),
        (Some(Finish::Stop), Err(error)) => LlmError::BrokenRecord(error),
        (Some(Finish::Length), Err(_)) => LlmError::TooLong,
        (Some(Finish::Other(reason)), _) => LlmError::NoText {
            reason: redacted(&reason, None),
        },
        (None, _) => LlmError::EndedEarly,
    };
    Err((error, answer.text))
}

/// Host and port of a base address that mail may be sent to.
fn checked_host(base: &str) -> Result<String, LlmError> {
    let wrong = |why: String| LlmError::Setup { why };
    let url = url::Url::parse(base)
        .map_err(|error| wrong(format!("\"{base}\" is not a web address ({error})")))?;
    if url.scheme() != "https" && !is_loopback_url(base) {
        return Err(wrong(format!(
            "\"{base}\" would carry mail in the clear; use https (plain http is allowed for 127.0.0.1 only)"
        )));
    }
    let host = url.host_str().unwrap_or_default();
    Ok(match url.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    })
}
