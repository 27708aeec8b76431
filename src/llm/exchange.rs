//! One HTTP exchange with a model: sends the request, reads the event stream under its
//! time-outs and its size cap, and tells apart everything that can go wrong with it.
//! It does not try again; that is the provider's business.

use std::time::Duration;

use bytes::Bytes;
use futures_util::{Stream, StreamExt, pin_mut};
use jiff::Timestamp;
use reqwest::header::CONTENT_TYPE;
use secrecy::{ExposeSecret, SecretString};
use sse_stream::SseByteStream;
use tokio::time::{Instant, timeout, timeout_at};

use super::dialect::{Answer, Dialect, EventFault, VendorError};
use super::error::{LlmError, redacted};
use super::retry::{Advice, is_passing};
use crate::config::ProviderName;

/// Bytes of an answer, after decompression. A draft has some 10 kB.
pub const MOST_BYTES: usize = 2_000_000;
/// Bytes of an error's body that are read, and how long that may take.
const MOST_ERROR_BYTES: usize = 64 * 1024;
const ERROR_PATIENCE: Duration = Duration::from_secs(10);
/// For what follows the finish reason, and for the end of the stream after its last event.
const LAST_PATIENCE: Duration = Duration::from_secs(5);
const END_PATIENCE: Duration = Duration::from_millis(250);

/// Where to send, and how long to wait.
#[derive(Clone, Debug)]
pub struct Endpoint {
    /// The client; follows no redirects, as they could carry a key elsewhere.
    pub http: reqwest::Client,
    /// For error texts.
    pub provider: ProviderName,
    /// Base address without a slash at its end.
    pub base: String,
    /// Host and port, for error texts.
    pub host: String,
    /// To the first byte of the answer's body.
    pub first_byte: Duration,
    /// Between two bytes.
    pub idle: Duration,
}

/// An exchange that failed.
#[derive(Debug)]
pub struct Fault {
    /// Why.
    pub error: LlmError,
    /// Whether the same request may succeed a little later.
    pub passing: bool,
    /// What the headers said about that.
    pub advice: Advice,
    /// What had come by then: its usage is paid for.
    pub answer: Answer,
    /// The vendor's own words of a refused request, to learn from; never shown or logged.
    pub words: String,
}

impl Fault {
    fn new(error: LlmError, passing: bool) -> Self {
        Self {
            error,
            passing,
            advice: Advice::default(),
            answer: Answer::default(),
            words: String::new(),
        }
    }
}

impl Endpoint {
    /// Sends a request and reads the answer to its end. `on_text` gets the pieces of the
    /// model's text as they come.
    ///
    /// # Errors
    /// [`Fault`] with the cause and whether it may pass.
    pub async fn exchange(
        &self,
        dialect: &dyn Dialect,
        body: Vec<u8>,
        key: Option<&SecretString>,
        on_text: &mut (dyn FnMut(&str) + Send),
    ) -> Result<Answer, Fault> {
        let deadline = Instant::now() + self.first_byte;
        let response = self.send(dialect, body, key, deadline).await?;
        let status = response.status().as_u16();
        if !response.status().is_success() {
            return Err(self.refused(response, key).await);
        }
        let content_type = response
            .headers()
            .get(CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .unwrap_or("no content type")
            .to_owned();
        if !content_type
            .to_ascii_lowercase()
            .starts_with("text/event-stream")
        {
            return Err(self.not_a_stream(response, status, content_type, key).await);
        }
        self.read(dialect, response.bytes_stream(), key, deadline, on_text)
            .await
    }

    async fn send(
        &self,
        dialect: &dyn Dialect,
        body: Vec<u8>,
        key: Option<&SecretString>,
        deadline: Instant,
    ) -> Result<reqwest::Response, Fault> {
        let mut request = self
            .http
            .post(format!("{}{}", self.base, dialect.path()))
            .header(CONTENT_TYPE, "application/json")
            .header("accept", "text/event-stream")
            .body(body);
        for (name, value) in dialect.headers(key.map(ExposeSecret::expose_secret)) {
            let mut value = http::HeaderValue::from_str(&value).map_err(|_| {
                Fault::new(
                    LlmError::Setup {
                        why: format!("the {name} header would hold characters that no header may"),
                    },
                    false,
                )
            })?;
            value.set_sensitive(true);
            request = request.header(name, value);
        }
        match timeout_at(deadline, request.send()).await {
            Ok(Ok(response)) => Ok(response),
            Ok(Err(error)) => Err(Fault::new(self.connection(error), true)),
            Err(_) => Err(Fault::new(self.first_byte_timeout(), false)),
        }
    }

    fn first_byte_timeout(&self) -> LlmError {
        LlmError::FirstByteTimeout {
            host: self.host.clone(),
            waited: self.first_byte,
        }
    }

    /// The innermost cause says most; the address is left out, as it may hold a secret.
    fn connection(&self, error: reqwest::Error) -> LlmError {
        let error = error.without_url();
        let mut source: &dyn std::error::Error = &error;
        while let Some(inner) = source.source() {
            source = inner;
        }
        LlmError::Connect {
            host: self.host.clone(),
            why: redacted(&source.to_string(), None),
        }
    }

    async fn refused(&self, response: reqwest::Response, key: Option<&SecretString>) -> Fault {
        let status = response.status().as_u16();
        let advice = Advice::read(response.headers(), Timestamp::now());
        let error = vendor_error(&error_body(response).await);
        let passing = is_passing(status) && !is_quota(&error);
        let mut fault = Fault::new(self.told(status, &error, advice.after, key), passing);
        fault.words = error.message;
        fault.advice = advice;
        if is_quota_error(&fault.error) {
            // Whatever the headers say: money does not come back by waiting.
            fault.advice.should = None;
        }
        fault
    }

    async fn not_a_stream(
        &self,
        response: reqwest::Response,
        status: u16,
        content_type: String,
        key: Option<&SecretString>,
    ) -> Fault {
        let json = content_type.to_ascii_lowercase().contains("json");
        let error = if json {
            vendor_error(&error_body(response).await)
        } else {
            VendorError::default()
        };
        if error == VendorError::default() {
            let host = self.host.clone();
            let content_type = redacted(&content_type, None);
            return Fault::new(LlmError::NotAStream { host, content_type }, false);
        }
        Fault::new(self.told(status, &error, None, key), false)
    }

    /// What a vendor's error means, from its status and its words.
    fn told(
        &self,
        status: u16,
        error: &VendorError,
        retry_after: Option<Duration>,
        key: Option<&SecretString>,
    ) -> LlmError {
        let provider = self.provider;
        let message = redacted(&error.message, key.map(ExposeSecret::expose_secret));
        if is_quota(error) {
            return LlmError::QuotaExhausted { provider };
        }
        if is_overflow(status, error) {
            return LlmError::ContextOverflow;
        }
        match status {
            401 | 403 => LlmError::Unauthorized { provider, status },
            404 => LlmError::NotFound {
                provider,
                model: String::new(),
            },
            429 => LlmError::RateLimited {
                provider,
                retry_after,
            },
            503 | 529 => LlmError::Overloaded { provider, status },
            500.. => LlmError::Server {
                provider,
                status,
                message,
            },
            _ => LlmError::BadRequest {
                provider,
                status,
                message,
            },
        }
    }

    /// The same for an error inside a stream, which has no status.
    fn told_inside(&self, error: &VendorError, key: Option<&SecretString>) -> (LlmError, bool) {
        let provider = self.provider;
        if is_quota(error) {
            return (LlmError::QuotaExhausted { provider }, false);
        }
        if is_overflow(0, error) {
            return (LlmError::ContextOverflow, false);
        }
        if error.is(&["overloaded_error", "server_is_overloaded", "slow_down"]) {
            let status = 0;
            return (LlmError::Overloaded { provider, status }, true);
        }
        if error.is(&["rate_limit_error", "rate_limit_exceeded"]) {
            let retry_after = None;
            return (
                LlmError::RateLimited {
                    provider,
                    retry_after,
                },
                true,
            );
        }
        let passing = error.is(&[
            "server_error",
            "api_error",
            "internal_error",
            "internal_server_error",
            "timeout_error",
            "unavailable_error",
        ]);
        let message = redacted(&error.message, key.map(ExposeSecret::expose_secret));
        let error = LlmError::StreamError {
            provider,
            message,
            passing,
        };
        (error, passing)
    }

    async fn read(
        &self,
        dialect: &dyn Dialect,
        bytes: impl Stream<Item = reqwest::Result<Bytes>> + Send,
        key: Option<&SecretString>,
        deadline: Instant,
        on_text: &mut (dyn FnMut(&str) + Send),
    ) -> Result<Answer, Fault> {
        let events = SseByteStream::new(self.watched(bytes, deadline));
        pin_mut!(events);
        let mut answer = Answer::default();
        loop {
            let next = if answer.finish.is_some() {
                // What follows the finish reason (usage) is welcome and not needed.
                match timeout(LAST_PATIENCE, events.next()).await {
                    Ok(Some(Ok(event))) => Some(Ok(event)),
                    _ => return Ok(answer),
                }
            } else {
                events.next().await
            };
            let event = match next {
                Some(Ok(event)) => event,
                Some(Err(error)) => return Err(self.broken(error, answer)),
                None => return Err(with(answer, LlmError::EndedEarly, true)),
            };
            let Some(data) = event.data.filter(|data| !data.trim().is_empty()) else {
                continue;
            };
            let before = answer.text.len();
            let step = dialect.event(&data, &mut answer);
            if let Some(new) = answer.text.get(before..).filter(|new| !new.is_empty()) {
                on_text(new);
            }
            match step {
                Ok(true) => {
                    // Reading to the end lets the connection be used again.
                    while let Ok(Some(Ok(_))) = timeout(END_PATIENCE, events.next()).await {}
                    return Ok(answer);
                }
                Ok(false) => {}
                Err(EventFault::Vendor(error)) => {
                    let (error, passing) = self.told_inside(&error, key);
                    return Err(with(answer, error, passing));
                }
                Err(EventFault::Bad(why)) => {
                    return Err(with(answer, LlmError::BadEvent { why }, true));
                }
            }
        }
    }

    fn broken(&self, error: sse_stream::Error, answer: Answer) -> Fault {
        match error {
            sse_stream::Error::Body(inner) => match inner.downcast::<ReadFault>() {
                Ok(fault) => match *fault {
                    ReadFault::FirstByte => with(answer, self.first_byte_timeout(), false),
                    ReadFault::Idle => {
                        let waited = self.idle;
                        with(answer, LlmError::IdleTimeout { waited }, false)
                    }
                    ReadFault::TooLarge => {
                        let most = MOST_BYTES;
                        with(answer, LlmError::TooLarge { most }, false)
                    }
                    ReadFault::Cut => with(answer, LlmError::Cut, true),
                },
                Err(_) => with(answer, LlmError::Cut, true),
            },
            _ => {
                let why = "it is not UTF-8";
                with(answer, LlmError::BadEvent { why }, true)
            }
        }
    }

    /// The bytes, counted and under time-outs: bytes that form no event yet (comments,
    /// a long line) are a sign of life as well.
    fn watched(
        &self,
        bytes: impl Stream<Item = reqwest::Result<Bytes>> + Send,
        deadline: Instant,
    ) -> impl Stream<Item = Result<Bytes, ReadFault>> + Send {
        struct Watch<S> {
            bytes: std::pin::Pin<Box<S>>,
            deadline: Instant,
            total: usize,
        }
        let watch = Watch {
            bytes: Box::pin(bytes),
            deadline,
            total: 0,
        };
        let idle = self.idle;
        futures_util::stream::unfold(Some(watch), move |watch| async move {
            let mut watch = watch?;
            let fault = match timeout_at(watch.deadline, watch.bytes.next()).await {
                Ok(None) => return None,
                Ok(Some(Ok(bytes))) => {
                    watch.total = watch.total.saturating_add(bytes.len());
                    if watch.total <= MOST_BYTES {
                        watch.deadline = Instant::now() + idle;
                        return Some((Ok(bytes), Some(watch)));
                    }
                    ReadFault::TooLarge
                }
                Ok(Some(Err(_))) => ReadFault::Cut,
                Err(_) if watch.total == 0 => ReadFault::FirstByte,
                Err(_) => ReadFault::Idle,
            };
            Some((Err(fault), None))
        })
    }
}

#[derive(Clone, Copy, Debug, thiserror::Error)]
enum ReadFault {
    #[error("nothing came")]
    FirstByte,
    #[error("nothing more came")]
    Idle,
    #[error("too much came")]
    TooLarge,
    #[error("the connection broke")]
    Cut,
}

fn with(answer: Answer, error: LlmError, passing: bool) -> Fault {
    Fault {
        answer,
        ..Fault::new(error, passing)
    }
}

async fn error_body(response: reqwest::Response) -> Vec<u8> {
    let mut body = Vec::new();
    let mut chunks = response.bytes_stream();
    let deadline = Instant::now() + ERROR_PATIENCE;
    // A body that breaks off is still the best explanation there is.
    while let Ok(Some(Ok(chunk))) = timeout_at(deadline, chunks.next()).await {
        body.extend_from_slice(&chunk);
        if body.len() > MOST_ERROR_BYTES {
            break;
        }
    }
    body
}

fn vendor_error(body: &[u8]) -> VendorError {
    serde_json::from_slice(body)
        .ok()
        .and_then(|value| VendorError::read(&value))
        .unwrap_or_default()
}

fn is_quota(error: &VendorError) -> bool {
    error.is(&["insufficient_quota", "billing_error", "billing_not_active"])
        || error.message.contains("credit balance is too low")
}

const fn is_quota_error(error: &LlmError) -> bool {
    matches!(error, LlmError::QuotaExhausted { .. })
}

/// Context overflow, as OpenAI, llama.cpp, Anthropic and vLLM say it.
fn is_overflow(status: u16, error: &VendorError) -> bool {
    let message = error.message.to_lowercase();
    error.is(&["context_length_exceeded", "exceed_context_size_error"])
        || (matches!(status, 400 | 413)
            && [
                "maximum context length",
                "prompt is too long",
                "context size",
                "context window",
                "context length",
                "input length",
                "request_too_large",
            ]
            .iter()
            .any(|words| message.contains(words)))
        || error.is(&["request_too_large"])
}
