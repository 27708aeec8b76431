//! The forms in which Google's services answer: base64url, and errors with their codes,
//! statuses and reasons (<https://developers.google.com/workspace/gmail/api/guides/handle-errors>).

use base64::Engine as _;
use base64::alphabet::URL_SAFE;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde_json::{Value, json};

use crate::demo::http::Answer;

/// Padded when written, as Gmail does; either way when read.
const BASE64URL: GeneralPurpose = GeneralPurpose::new(
    &URL_SAFE,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Bytes as the API writes them.
#[must_use]
pub fn base64url(bytes: &[u8]) -> String {
    BASE64URL.encode(bytes)
}

/// Bytes as the API reads them.
#[must_use]
pub fn from_base64url(text: &str) -> Option<Vec<u8>> {
    BASE64URL.decode(text).ok()
}

/// An error of the API.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ApiError {
    /// HTTP status.
    pub code: u16,
    /// The `reason` word, such as `notFound`.
    pub reason: String,
    /// The message for people.
    pub message: String,
    /// `Retry-After`, in seconds.
    pub retry_after: Option<u64>,
}

impl ApiError {
    /// An error with its reason and message.
    #[must_use]
    pub fn new(code: u16, reason: &str, message: &str) -> Self {
        Self {
            code,
            reason: reason.to_owned(),
            message: message.to_owned(),
            retry_after: None,
        }
    }

    /// 404.
    #[must_use]
    pub fn not_found() -> Self {
        Self::new(404, "notFound", "Requested entity was not found.")
    }

    /// 400.
    #[must_use]
    pub fn invalid(message: &str) -> Self {
        Self::new(400, "invalidArgument", message)
    }

    /// 401.
    #[must_use]
    pub fn unauthenticated() -> Self {
        Self::new(
            401,
            "authError",
            "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid authentication credential. See https://developers.google.com/identity/sign-in/web/devconsole-project.",
        )
    }

    /// 403 for a token whose scope does not do.
    #[must_use]
    pub fn insufficient_scope() -> Self {
        Self::new(
            403,
            "insufficientPermissions",
            "Request had insufficient authentication scopes.",
        )
    }

    /// The canonical status word of the code (google.rpc.Code).
    fn status(&self) -> &'static str {
        match self.code {
            400 if self.reason == "failedPrecondition" => "FAILED_PRECONDITION",
            400 | 413 => "INVALID_ARGUMENT",
            401 => "UNAUTHENTICATED",
            403 => "PERMISSION_DENIED",
            404 => "NOT_FOUND",
            409 => "ABORTED",
            429 => "RESOURCE_EXHAUSTED",
            501 => "UNIMPLEMENTED",
            503 => "UNAVAILABLE",
            504 => "DEADLINE_EXCEEDED",
            _ => "INTERNAL",
        }
    }

    /// `usageLimits` for quota matters, else `global`.
    fn domain(&self) -> &'static str {
        let reason = self.reason.as_str();
        if reason.ends_with("LimitExceeded") || reason == "accessNotConfigured" {
            "usageLimits"
        } else {
            "global"
        }
    }

    /// The body.
    #[must_use]
    pub fn body(&self) -> Value {
        json!({
            "error": {
                "code": self.code,
                "message": self.message,
                "errors": [{
                    "message": self.message,
                    "domain": self.domain(),
                    "reason": self.reason,
                }],
                "status": self.status(),
            }
        })
    }

    /// The answer, with its `Retry-After` when there is one.
    #[must_use]
    pub fn answer(&self) -> Answer {
        let answer = Answer::json(self.code, &self.body());
        let answer = match self.retry_after {
            Some(seconds) => answer.with_header("retry-after", &seconds.to_string()),
            None => answer,
        };
        if self.code == 401 {
            answer.with_header(
                "www-authenticate",
                "Bearer realm=\"https://accounts.google.com/\", error=\"invalid_token\"",
            )
        } else {
            answer
        }
    }
}

/// An html error page, as the machines before the API send it.
#[must_use]
pub fn error_page(code: u16) -> Answer {
    Answer::html(
        code,
        format!(
            "<!DOCTYPE html>\n<html lang=en>\n  <title>Error {code} (Server Error)!!1</title>\n  <p><b>{code}.</b> <ins>That’s an error.</ins>\n  <p>The server encountered a temporary error and could not complete your request. Please try again in 30 seconds. <ins>That’s all we know.</ins>\n"
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_padded_and_read_with_and_without() {
        assert_eq!(base64url(b"\xff\xfe"), "__4=");
        assert_eq!(from_base64url("__4").unwrap(), b"\xff\xfe");
        assert_eq!(from_base64url("__4=").unwrap(), b"\xff\xfe");
        assert_eq!(from_base64url("//4="), None);
    }

    #[test]
    fn errors_have_googles_shape() {
        let body = ApiError::new(403, "userRateLimitExceeded", "slow down").body();
        assert_eq!(body["error"]["code"], 403);
        assert_eq!(body["error"]["status"], "PERMISSION_DENIED");
        assert_eq!(
            body["error"]["errors"][0]["reason"],
            "userRateLimitExceeded"
        );
        assert_eq!(body["error"]["errors"][0]["domain"], "usageLimits");
    }
}
