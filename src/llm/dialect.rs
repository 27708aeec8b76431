//! What the three vendor protocols have in common: a request goes out, events come in.
//! The files below this one each know one protocol; nothing here does I/O.

pub mod chat;
pub mod messages;
pub mod responses;

use serde::{Deserialize, Serialize};

/// One request for a draft, before a vendor's protocol gives it its shape.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// The model's name.
    pub model: &'a str,
    /// Rules, style, facts.
    pub system: &'a str,
    /// Examples, lead, thread, task.
    pub user: &'a str,
    /// Tokens the answer may have.
    pub max_output_tokens: u32,
    /// An answer that was no JSON, and the request to mend it.
    pub repair: Option<(&'a str, &'a str)>,
    /// What the server turned out not to understand.
    pub quirks: Quirks,
}

/// Parts of the protocol that a server refused by name and that are therefore left out.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Quirks {
    /// No `response_format` or `text.format`.
    pub no_schema: bool,
    /// No `stream_options`.
    pub no_stream_options: bool,
    /// `max_completion_tokens` instead of `max_tokens`.
    pub completion_tokens: bool,
    /// No `reasoning`.
    pub no_reasoning: bool,
}

impl Quirks {
    /// What a 400 or 422 says about a part that we sent; none when it says nothing new.
    #[must_use]
    pub fn learned(self, message: &str) -> Option<Self> {
        let mut next = self;
        if message.contains("max_completion_tokens") && message.contains("max_tokens") {
            next.completion_tokens = true;
        } else if message.contains("stream_options") {
            next.no_stream_options = true;
        } else if message.contains("reasoning") {
            next.no_reasoning = true;
        } else if [
            "response_format",
            "json_schema",
            "text.format",
            "output_config",
        ]
        .iter()
        .any(|word| message.contains(word))
        {
            next.no_schema = true;
        }
        (next != self).then_some(next)
    }
}

/// Tokens as a vendor counted them, in one meaning for all vendors.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Usage {
    /// The whole prompt, with what was read from or written to a cache.
    pub input: u64,
    /// Of these, read from a cache.
    pub cached: u64,
    /// Of these, written to a cache.
    pub cache_write: u64,
    /// Written by the model, its hidden reasoning included.
    pub output: u64,
}

impl std::ops::Add for Usage {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self {
            input: self.input.saturating_add(other.input),
            cached: self.cached.saturating_add(other.cached),
            cache_write: self.cache_write.saturating_add(other.cache_write),
            output: self.output.saturating_add(other.output),
        }
    }
}

/// How an answer ended.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Finish {
    /// As it should.
    Stop,
    /// At its length limit.
    Length,
    /// Refused, by the model or by a filter, with what was said.
    Refused(String),
    /// The context was full.
    ContextFull,
    /// In another way; the vendor's word.
    Other(String),
}

/// What has come of an answer so far.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Answer {
    /// The model's text.
    pub text: String,
    /// How it ended; none until its last event came.
    pub finish: Option<Finish>,
    /// Tokens, if they were told.
    pub usage: Option<Usage>,
    /// The model that really answered, if it was told.
    pub model: Option<String>,
    /// What was said while refusing.
    pub refusal: String,
}

/// Why an event stops the reading.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum EventFault {
    /// The vendor says that something went wrong.
    Vendor(VendorError),
    /// It is not what the protocol says.
    Bad(&'static str),
}

/// An error as vendors write it: `{"error": {"type", "code", "message"}}`.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct VendorError {
    /// `type` and `code`, whichever there are, for telling kinds apart.
    pub kinds: Vec<String>,
    /// For people.
    pub message: String,
}

impl VendorError {
    /// Reads an error object, or a whole body that holds one.
    #[must_use]
    pub fn read(value: &serde_json::Value) -> Option<Self> {
        let error = value.get("error").unwrap_or(value);
        if let Some(message) = error.as_str() {
            return Some(Self {
                kinds: Vec::new(),
                message: message.to_owned(),
            });
        }
        let error = error.as_object()?;
        let text = |key: &str| error.get(key).and_then(serde_json::Value::as_str);
        let message = text("message").or_else(|| text("detail"));
        let kinds: Vec<String> = ["type", "code"]
            .into_iter()
            .filter_map(text)
            .map(str::to_owned)
            .collect();
        (message.is_some() || !kinds.is_empty()).then(|| Self {
            message: message.unwrap_or_default().to_owned(),
            kinds,
        })
    }

    /// Whether it is of one of these kinds.
    #[must_use]
    pub fn is(&self, kinds: &[&str]) -> bool {
        self.kinds.iter().any(|kind| kinds.contains(&kind.as_str()))
    }
}

/// A vendor's protocol: the shape of the request and the meaning of the events.
pub trait Dialect: Send + Sync + std::fmt::Debug {
    /// Path behind the base address, with its leading slash.
    fn path(&self) -> &'static str;

    /// The body of the request, JSON.
    ///
    /// # Errors
    /// When it cannot be serialised, which no text can cause.
    fn body(&self, request: &Request<'_>) -> serde_json::Result<Vec<u8>>;

    /// Header names and values beside the content type: the key and the version.
    fn headers(&self, key: Option<&str>) -> Vec<(&'static str, String)>;

    /// Takes one event into the answer. True when no more events are needed.
    ///
    /// # Errors
    /// [`EventFault`]: the vendor reports an error, or the event is not readable.
    fn event(&self, data: &str, answer: &mut Answer) -> Result<bool, EventFault>;
}

/// `Authorization: Bearer`, when there is a key.
fn bearer(key: Option<&str>) -> Vec<(&'static str, String)> {
    key.map(|key| ("authorization", format!("Bearer {key}")))
        .into_iter()
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_part_is_left_out_once() {
        let quirks = Quirks::default();
        let next = quirks
            .learned("Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead.")
            .unwrap();
        assert!(next.completion_tokens);
        assert_eq!(next.learned("max_tokens max_completion_tokens"), None);
        assert!(
            quirks
                .learned("stream_options: extra fields")
                .unwrap()
                .no_stream_options
        );
        assert!(
            quirks
                .learned("response_format is not supported")
                .unwrap()
                .no_schema
        );
        assert_eq!(quirks.learned("the weather is bad"), None);
    }

    #[test]
    fn vendor_errors_are_read_in_their_many_shapes() {
        for text in [
            r#"{"error":{"message":"m","type":"t","code":"c"}}"#,
            r#"{"type":"error","error":{"type":"t","message":"m"}}"#,
            r#"{"error":{"message":"m","code":400,"type":"t"}}"#,
        ] {
            let error = VendorError::read(&serde_json::from_str(text).unwrap()).unwrap();
            assert_eq!(error.message, "m");
            assert!(error.is(&["t"]), "{text}");
        }
        let error = VendorError::read(&serde_json::json!({"error": "m"})).unwrap();
        assert_eq!(error.message, "m");
        assert_eq!(VendorError::read(&serde_json::json!({"x": 1})), None);
        assert_eq!(VendorError::read(&serde_json::json!([])), None);
    }
}
