//! Why a model gave no draft, each cause told apart and in words that say what to do.
//!
//! No text here carries a key or a mail: what a vendor says is redacted and cut before it
//! becomes part of an error, and logs carry [`LlmError::code`] only.

use std::time::Duration;

use crate::config::ProviderName;

use super::record::{RecordError, clean_line};

/// A model's failure. The texts are for people.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum LlmError {
    /// There is no key.
    #[error(
        "there is no key for {provider}; set {variable} or ai.key_command, or run: rejoinder key set {provider}"
    )]
    NoKey {
        /// Which provider.
        provider: ProviderName,
        /// The variable that would help.
        variable: &'static str,
    },
    /// The command that should print the key did not.
    #[error("the key_command gave no key ({why}); run it by hand to see what is wrong")]
    KeyCommand {
        /// Without anything the command printed.
        why: String,
    },
    /// The settings cannot work.
    #[error("the model cannot be reached as configured: {why}")]
    Setup {
        /// What is wrong and what would be right.
        why: String,
    },
    /// No connection.
    #[error(
        "cannot connect to {host} ({why}); check the address and the network, or start the server"
    )]
    Connect {
        /// Host and port.
        host: String,
        /// Refused, name not found, certificate.
        why: String,
    },
    /// Nothing came.
    #[error("{host} sent nothing for {} s; try again, or raise ai.first_byte_timeout for a slow model", waited.as_secs())]
    FirstByteTimeout {
        /// Host and port.
        host: String,
        /// How long was waited.
        waited: Duration,
    },
    /// The stream stopped flowing.
    #[error("the answer stopped coming for {} s; try again, or raise ai.idle_timeout for a slow model", waited.as_secs())]
    IdleTimeout {
        /// How long was waited.
        waited: Duration,
    },
    /// The key was refused.
    #[error("{provider} refused the key ({status}); check the key and what it may do")]
    Unauthorized {
        /// Which provider.
        provider: ProviderName,
        /// 401 or 403.
        status: u16,
    },
    /// The account has no money left.
    #[error("the {provider} account has no quota left; add credit or choose another provider")]
    QuotaExhausted {
        /// Which provider.
        provider: ProviderName,
    },
    /// Too many requests.
    #[error("{provider} limits requests for now{}; the draft can be regenerated then", wait(*retry_after))]
    RateLimited {
        /// Which provider.
        provider: ProviderName,
        /// How long it asks to wait.
        retry_after: Option<Duration>,
    },
    /// The vendor has no room.
    #[error("{provider} is overloaded ({status}); try again in a while")]
    Overloaded {
        /// Which provider.
        provider: ProviderName,
        /// 503 or 529; 0 when it was said inside the stream.
        status: u16,
    },
    /// There is no such model, or no such address.
    #[error(
        "{provider} knows no model \"{model}\" at this address (404); set ai.model (AI_MODEL) and check the base address"
    )]
    NotFound {
        /// Which provider.
        provider: ProviderName,
        /// The model that was asked for.
        model: String,
    },
    /// The server offers no model, and none is set.
    #[error("{host} names no model; set ai.model (AI_MODEL)")]
    NoModel {
        /// Host and port.
        host: String,
    },
    /// The request was refused.
    #[error("{provider} refused the request ({status}): {message}")]
    BadRequest {
        /// Which provider.
        provider: ProviderName,
        /// The status.
        status: u16,
        /// What it said, redacted and cut.
        message: String,
    },
    /// The vendor failed.
    #[error("{provider} failed ({status}): {message}; try again in a while")]
    Server {
        /// Which provider.
        provider: ProviderName,
        /// The status.
        status: u16,
        /// What it said, redacted and cut.
        message: String,
    },
    /// The prompt is too long for the model.
    #[error(
        "the conversation is too long for the model; lower ai.max_prompt_tokens or choose a model with a larger context"
    )]
    ContextOverflow,
    /// The answer is not an event stream.
    #[error(
        "{host} answered with \"{content_type}\" and not with an event stream; check the base address (it usually ends with /v1)"
    )]
    NotAStream {
        /// Host and port.
        host: String,
        /// What it said it sent.
        content_type: String,
    },
    /// The vendor broke the answer off with an error event.
    #[error("{provider} broke the answer off: {message}; try again")]
    StreamError {
        /// Which provider.
        provider: ProviderName,
        /// What it said, redacted and cut.
        message: String,
        /// Whether the kind of error passes by itself.
        passing: bool,
    },
    /// The connection broke within the answer.
    #[error("the connection broke in the middle of the answer; try again")]
    Cut,
    /// The answer ended properly, but before its last event.
    #[error("the answer ended before it was complete; try again")]
    EndedEarly,
    /// An event could not be read.
    #[error(
        "an event of the answer could not be read ({why}); the server may not speak this protocol"
    )]
    BadEvent {
        /// What is wrong with it.
        why: &'static str,
    },
    /// The answer ran into its length limit.
    #[error("the answer was cut at its length limit; raise ai.max_output_tokens or try again")]
    TooLong,
    /// The answer is larger than anything sensible.
    #[error("the answer is larger than {} MB and was dropped; try another model", most / 1_000_000)]
    TooLarge {
        /// The cap in bytes.
        most: usize,
    },
    /// The model, or the vendor's filter, refused.
    #[error(
        "the model declined to answer{}; write the reply yourself or regenerate with a hint",
        said(message)
    )]
    Refused {
        /// What it said, redacted and cut; may be empty.
        message: String,
    },
    /// It ended for a reason that gives no text.
    #[error("the model ended with \"{reason}\" and no draft; try again or choose another model")]
    NoText {
        /// The vendor's word.
        reason: String,
    },
    /// The model's JSON is broken.
    #[error(
        "the model's answer is not the record that was asked for: {0}; try again or choose a larger model"
    )]
    BrokenRecord(RecordError),
    /// The person stopped it.
    #[error("drafting was stopped")]
    Cancelled,
    /// Only templates are configured.
    #[error("no model is configured; set ai.provider and a key, or a base address")]
    NoProvider,
}

impl LlmError {
    /// A fixed word for logs and statistics.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NoKey { .. } => "no_key",
            Self::KeyCommand { .. } => "key_command",
            Self::Setup { .. } => "setup",
            Self::Connect { .. } => "connect",
            Self::FirstByteTimeout { .. } => "first_byte_timeout",
            Self::IdleTimeout { .. } => "idle_timeout",
            Self::Unauthorized { .. } => "unauthorized",
            Self::QuotaExhausted { .. } => "quota_exhausted",
            Self::RateLimited { .. } => "rate_limited",
            Self::Overloaded { .. } => "overloaded",
            Self::NotFound { .. } => "not_found",
            Self::NoModel { .. } => "no_model",
            Self::BadRequest { .. } => "bad_request",
            Self::Server { .. } => "server_error",
            Self::ContextOverflow => "context_overflow",
            Self::NotAStream { .. } => "not_a_stream",
            Self::StreamError { .. } => "stream_error",
            Self::Cut => "cut",
            Self::EndedEarly => "ended_early",
            Self::BadEvent { .. } => "bad_event",
            Self::TooLong => "too_long",
            Self::TooLarge { .. } => "too_large",
            Self::Refused { .. } => "refused",
            Self::NoText { .. } => "no_text",
            Self::BrokenRecord(_) => "broken_record",
            Self::Cancelled => "cancelled",
            Self::NoProvider => "no_provider",
        }
    }
}

fn wait(time: Option<Duration>) -> String {
    time.map_or_else(String::new, |time| {
        format!(" (wait {} s)", time.as_secs_f64().ceil())
    })
}

fn said(message: &str) -> String {
    if message.is_empty() {
        String::new()
    } else {
        format!(" (\"{message}\")")
    }
}

/// Characters of a vendor's message that are kept.
const MOST_MESSAGE: usize = 240;

/// What a vendor said, fit for an error: one line, cut, and without anything that could
/// be a key (vendors repeat the beginning of a wrong one).
pub(crate) fn redacted(message: &str, key: Option<&str>) -> String {
    let mut message = clean_line(message);
    if let Some(key) = key.filter(|key| !key.is_empty()) {
        message = message.replace(key, "[key]");
    }
    let words: Vec<String> = message
        .split(' ')
        .map(|word| {
            let looks_like_key = ["sk-", "sk_", "key-"].iter().any(|p| word.contains(p));
            if looks_like_key {
                "[key]".to_owned()
            } else {
                word.to_owned()
            }
        })
        .collect();
    let message = words.join(" ");
    match message.char_indices().nth(MOST_MESSAGE) {
        Some((end, _)) => format!("{}...", message.get(..end).unwrap_or_default()),
        None if message.is_empty() => "no reason given".to_owned(),
        None => message,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_key_comes_through_in_a_vendors_words() {
        let said = redacted(
            "Incorrect API key provided: sk-proj-ab**yz.\r\nYours: hunter2-secret \u{1b}[2J",
            Some("hunter2-secret"),
        );
        assert_eq!(said, "Incorrect API key provided: [key] Yours: [key] [2J");
        assert_eq!(redacted("", None), "no reason given");
        assert!(redacted(&"x".repeat(9_000), None).len() < 300);
    }

    #[test]
    fn an_error_says_what_to_do() {
        let error = LlmError::RateLimited {
            provider: ProviderName::OpenAi,
            retry_after: Some(Duration::from_millis(1_200)),
        };
        assert_eq!(
            error.to_string(),
            "openai limits requests for now (wait 2 s); the draft can be regenerated then"
        );
    }
}
