//! Google's errors, read and told in words with the mend
//! (<https://developers.google.com/workspace/gmail/api/guides/handle-errors>). The kind
//! and the outcome of a failed call are decided here and nowhere else.

use http::HeaderMap;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::error::{GmailError, GmailErrorKind, Outcome};
use super::text::one_line;
use super::transport::{Answer, Lost, LostKind};

/// What was asked for, for the message and for the few answers that depend on it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Asked {
    /// The method, such as `messages.get`.
    pub(super) method: &'static str,
    /// In words, such as "read a mail".
    pub(super) what: &'static str,
}

/// An error body of Google's, as far as it can be read.
#[derive(Debug, Default)]
struct Body {
    message: String,
    reasons: Vec<String>,
    /// Where the missing API can be switched on.
    link: Option<String>,
    /// It was a JSON object, or there was none at all; not some web page.
    from_api: bool,
}

/// Why there was no answer.
pub(super) fn of_lost(asked: Asked, lost: &Lost) -> GmailError {
    let what = asked.what;
    let detail = one_line(&lost.detail);
    let (kind, message) = match lost.kind {
        LostKind::Connect => (
            GmailErrorKind::Offline,
            format!(
                "could not {what}: Google cannot be reached ({detail}); it is tried again once the network is back"
            ),
        ),
        LostKind::Certificate => (
            GmailErrorKind::Offline,
            format!(
                "could not {what}: the other side's certificate is not trusted ({detail}); check this machine's clock, and whether a proxy or firewall stands between it and Google"
            ),
        ),
        LostKind::Clock => (GmailErrorKind::Clock, wrong_clock(&detail)),
        LostKind::NoCertificates => (GmailErrorKind::NoCertificates, no_certificates(&detail)),
        LostKind::Lost => (
            GmailErrorKind::Offline,
            format!("could not {what}: the connection was lost ({detail})"),
        ),
        LostKind::Timeout => (
            GmailErrorKind::Timeout,
            format!("could not {what}: {detail}; the network or Google is slow"),
        ),
        LostKind::Request => (
            GmailErrorKind::Settings,
            format!("could not {what}: the request cannot be made ({detail})"),
        ),
    };
    let error = GmailError::new(kind, message);
    if lost.sent { error.unknown() } else { error }
}

/// What to say when a certificate is valid at another time only.
pub(super) fn wrong_clock(detail: &str) -> String {
    format!(
        "Google's certificate is not valid at the time that this machine's clock shows ({}); set the clock right, for example with: sudo timedatectl set-ntp true",
        one_line(detail)
    )
}

/// What to say when https cannot work on this machine.
pub(super) fn no_certificates(detail: &str) -> String {
    format!(
        "this machine has no root certificates to recognise Google by ({}); install the package ca-certificates, or point SSL_CERT_FILE to a bundle",
        one_line(detail)
    )
}

/// A 200 answer that cannot be read.
pub(super) fn of_nonsense(asked: Asked, answer: &Answer, why: &str) -> GmailError {
    let why = answer.cut.as_deref().unwrap_or(why);
    let mut error = GmailError::new(
        GmailErrorKind::Garbled,
        format!(
            "could not {}: Gmail said yes, but its answer was cut off or makes no sense ({})",
            asked.what,
            one_line(why)
        ),
    )
    .unknown();
    error.status = Some(answer.status);
    error.probably_done = true;
    error
}

/// An answer that is not a success.
pub(super) fn of_answer(asked: Asked, answer: &Answer, now: Timestamp) -> GmailError {
    let body = read(&answer.body);
    let kind = kind(asked, answer.status, &body);
    let retry_at = retry_at(&answer.headers, &body.message, now);
    let mut error = GmailError::new(kind, message(asked, kind, answer.status, &body, retry_at));
    error.status = Some(answer.status);
    error.retry_at = retry_at;
    error.reason = body.reasons.first().cloned();
    // A web page in place of Gmail's JSON proves nothing about what Gmail did; only a
    // complaint about the size comes from Google's front end in that form.
    let proof = match answer.status {
        413 => true,
        400 | 401 | 403 | 429 => body.from_api && answer.cut.is_none(),
        _ => false,
    };
    error.outcome = if proof {
        Outcome::NotDone
    } else {
        Outcome::Unknown
    };
    error
}

fn read(bytes: &[u8]) -> Body {
    let text = String::from_utf8_lossy(bytes);
    let Ok(json @ Value::Object(_)) = serde_json::from_str::<Value>(&text) else {
        return Body {
            from_api: text.trim().is_empty(),
            ..Body::default()
        };
    };
    let error = json.get("error").unwrap_or(&json);
    let string = |value: Option<&Value>| value.and_then(Value::as_str).map(str::to_owned);
    let each = |name: &str| {
        error
            .get(name)
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
    };
    let mut reasons: Vec<String> = each("errors")
        .chain(each("details"))
        .filter_map(|entry| string(entry.get("reason")))
        .collect();
    reasons.extend(string(error.get("status")));
    reasons.extend(error.as_str().map(str::to_owned));
    let link = each("details")
        .find_map(|entry| {
            string(entry.pointer("/metadata/activationUrl"))
                .or_else(|| string(entry.pointer("/links/0/url")))
        })
        .or_else(|| each("errors").find_map(|entry| string(entry.get("extendedHelp"))))
        .map(|link| one_line(&link))
        .filter(|link| link.starts_with("https://"));
    let message = string(error.get("message"))
        .or_else(|| string(json.get("error_description")))
        .or_else(|| string(json.get("detail")))
        .unwrap_or_default();
    Body {
        message: one_line(&message),
        reasons: reasons.iter().map(|reason| one_line(reason)).collect(),
        link,
        from_api: true,
    }
}

impl Body {
    fn names(&self, wanted: &[&str]) -> bool {
        self.reasons
            .iter()
            .any(|reason| wanted.iter().any(|word| reason.eq_ignore_ascii_case(word)))
    }

    fn says(&self, words: &[&str]) -> bool {
        let message = self.message.to_lowercase();
        words.iter().any(|word| message.contains(word))
    }
}

fn kind(asked: Asked, status: u16, body: &Body) -> GmailErrorKind {
    use GmailErrorKind as Kind;
    match status {
        401 => Kind::SignIn,
        403 | 429 => limit(asked, status, body).unwrap_or(Kind::Forbidden),
        404 if asked.method == "history.list" => Kind::HistoryExpired,
        // Otherwise a cursor that Gmail does not like would stop the sync for ever.
        400 if asked.method == "history.list" && body.says(&["starthistoryid"]) => {
            Kind::HistoryExpired
        }
        404 | 410 => Kind::NotFound,
        413 => Kind::TooLarge,
        400 if body.names(&["uploadTooLarge"])
            || body.says(&["payload size exceeds", "too large", "exceeds the maximum"]) =>
        {
            Kind::TooLarge
        }
        400 if body.says(&["mail service not enabled"]) => Kind::Forbidden,
        400 if body.says(&["sending limit", "sending quota"]) => Kind::SendingLimit,
        400 if body.names(&["invalid_grant", "unauthorized_client"]) => Kind::SignIn,
        408 | 409 | 425 | 500.. => Kind::Server,
        400..=499 => Kind::BadRequest,
        _ => Kind::Garbled,
    }
}

/// Which of the limits an answer speaks of, if it speaks of one.
fn limit(asked: Asked, status: u16, body: &Body) -> Option<GmailErrorKind> {
    // The mailbox's own limits are spelled with a hyphen, the project's quota is not; at
    // a send it is the limit for sending, even where the text does not name it.
    let of_mailbox = asked.method == "drafts.send" && body.says(&["user-rate limit exceeded"]);
    if of_mailbox || body.says(&["mail sending", "sending limit", "sending quota"]) {
        return Some(GmailErrorKind::SendingLimit);
    }
    if body.names(&["dailyLimitExceeded", "dailyLimitExceededUnreg"]) || body.says(&["per day"]) {
        return Some(GmailErrorKind::DailyLimit);
    }
    let rate = body.names(&[
        "rateLimitExceeded",
        "userRateLimitExceeded",
        "RATE_LIMIT_EXCEEDED",
        "quotaExceeded",
        "concurrentLimitExceeded",
        "RESOURCE_EXHAUSTED",
    ]) || body.says(&[
        "rate limit",
        "rate-limit",
        "quota exceeded",
        "too many concurrent",
    ]);
    (status == 429 || rate).then_some(GmailErrorKind::RateLimited)
}

/// The later one of the `Retry-After` header (seconds or a date, RFC 9110 section
/// 10.2.3) and the text `Retry after <RFC 3339>`.
fn retry_at(headers: &HeaderMap, message: &str, now: Timestamp) -> Option<Timestamp> {
    let header = headers
        .get(http::header::RETRY_AFTER)
        .and_then(|value| value.to_str().ok())
        .map(str::trim);
    let header = header.and_then(|value| match value.parse::<u32>() {
        Ok(seconds) => now
            .checked_add(SignedDuration::from_secs(i64::from(seconds)))
            .ok(),
        Err(_) => jiff::fmt::rfc2822::parse(value)
            .ok()
            .map(|date| date.timestamp()),
    });
    let lower = message.to_lowercase();
    let text = lower
        .split_once("retry after ")
        .and_then(|(_, rest)| rest.split_whitespace().next())
        .and_then(|word| {
            word.trim_end_matches(['.', ',', ';', ')'])
                .to_uppercase()
                .parse::<Timestamp>()
                .ok()
        });
    header.max(text)
}

fn message(
    asked: Asked,
    kind: GmailErrorKind,
    status: u16,
    body: &Body,
    retry_at: Option<Timestamp>,
) -> String {
    use GmailErrorKind as Kind;
    let what = asked.what;
    let said = if !body.message.is_empty() {
        format!("{status}: {}", body.message)
    } else if let Some(reason) = body.reasons.first() {
        format!("{status}: {reason}")
    } else if body.from_api {
        format!("status {status}")
    } else {
        format!("status {status} with a web page in place of an answer")
    };
    let when = retry_at.map_or_else(
        || "it is tried again by itself, more slowly".to_owned(),
        |at| format!("it is tried again after {at:.0}"),
    );
    let mend = match kind {
        Kind::SignIn => "sign in again (rejoinder login)".to_owned(),
        Kind::RateLimited => format!("too many calls for now; {when}"),
        Kind::SendingLimit => format!(
            "the account's limit for sent mail is reached (500 a day, 2,000 with Workspace; it may last hours); {when}"
        ),
        Kind::DailyLimit => "the Google Cloud project's calls for today are used up; it works again tomorrow, or raise the quota of the Gmail API in the project".to_owned(),
        Kind::Forbidden => forbidden(body),
        Kind::NotFound => "it is not there any more".to_owned(),
        Kind::HistoryExpired => "the cursor is too old; the mailbox is read again in full, within the bounds set".to_owned(),
        Kind::BadRequest => "Gmail will not take it as it is".to_owned(),
        Kind::TooLarge => "the mail is too large; leave out attachments".to_owned(),
        Kind::Server if asked.method == "drafts.create" || asked.method == "drafts.send" => {
            "Google has trouble; whether it was done is looked up before anything else".to_owned()
        }
        Kind::Server => "Google has trouble; it is tried again later".to_owned(),
        _ => "the answer makes no sense; check gmail.base_url and whether a proxy stands between".to_owned(),
    };
    format!("could not {what}: {mend} ({said})")
}

fn forbidden(body: &Body) -> String {
    if body.names(&["accessNotConfigured", "SERVICE_DISABLED"]) {
        let link = body
            .link
            .as_deref()
            .unwrap_or("https://console.cloud.google.com/apis/library/gmail.googleapis.com");
        return format!(
            "the Gmail API is not enabled in your Google Cloud project; enable it at {link} and wait a few minutes"
        );
    }
    if body.names(&[
        "insufficientPermissions",
        "ACCESS_TOKEN_SCOPE_INSUFFICIENT",
        "insufficientAuthenticationScopes",
    ]) || body.says(&[
        "insufficient permission",
        "insufficient authentication scopes",
    ]) {
        return "the sign-in does not cover reading and sending mail; sign in again (rejoinder login) and leave the box for Gmail ticked".to_owned();
    }
    if body.names(&["domainPolicy"]) {
        return "the administrator of your domain does not allow this program to use Gmail; ask them to allow it under Security > API controls".to_owned();
    }
    if body.says(&["mail service not enabled"]) {
        return "this Google account has no Gmail; sign in with one that has".to_owned();
    }
    if body.says(&["delegation denied"]) {
        return "the sign-in is for another account; sign in again (rejoinder login)".to_owned();
    }
    "Google does not allow it, and waiting will not change that".to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;

    const READ: Asked = Asked {
        method: "messages.get",
        what: "read a mail",
    };
    const SEND: Asked = Asked {
        method: "drafts.send",
        what: "send the mail",
    };
    const HISTORY: Asked = Asked {
        method: "history.list",
        what: "read what is new",
    };

    fn answer(status: u16, body: &str) -> Answer {
        Answer {
            status,
            headers: HeaderMap::new(),
            body: Bytes::copy_from_slice(body.as_bytes()),
            cut: None,
        }
    }

    fn google(code: u16, reason: &str, message: &str) -> String {
        format!(
            r#"{{"error":{{"code":{code},"message":"{message}","errors":[{{"domain":"usageLimits","reason":"{reason}","message":"{message}"}}]}}}}"#
        )
    }

    fn now() -> Timestamp {
        "2026-11-04T12:00:00Z".parse().unwrap()
    }

    #[test]
    fn each_answer_of_googles_has_its_kind_its_outcome_and_its_mend() {
        use GmailErrorKind as K;
        use Outcome::{NotDone, Unknown};
        let g = google;
        for (asked, status, body, kind, outcome, words) in [
            (
                READ,
                401,
                g(401, "authError", "Invalid Credentials"),
                K::SignIn,
                NotDone,
                "sign in again",
            ),
            (
                READ,
                403,
                g(403, "rateLimitExceeded", "Rate Limit Exceeded"),
                K::RateLimited,
                NotDone,
                "too many calls",
            ),
            (
                READ,
                403,
                g(403, "userRateLimitExceeded", "User Rate Limit Exceeded"),
                K::RateLimited,
                NotDone,
                "",
            ),
            (
                READ,
                403,
                g(
                    403,
                    "rateLimitExceeded",
                    "Quota exceeded for quota metric 'Queries' and limit 'Queries per minute per user'",
                ),
                K::RateLimited,
                NotDone,
                "",
            ),
            (
                READ,
                403,
                g(
                    403,
                    "rateLimitExceeded",
                    "Quota exceeded for quota metric 'Queries' and limit 'Queries per day'",
                ),
                K::DailyLimit,
                NotDone,
                "tomorrow",
            ),
            (
                READ,
                403,
                g(403, "dailyLimitExceeded", "Daily Limit Exceeded"),
                K::DailyLimit,
                NotDone,
                "tomorrow",
            ),
            (
                READ,
                403,
                g(
                    403,
                    "domainPolicy",
                    "The domain administrators have disabled Gmail apps.",
                ),
                K::Forbidden,
                NotDone,
                "administrator",
            ),
            (
                READ,
                403,
                g(403, "insufficientPermissions", "Insufficient Permission"),
                K::Forbidden,
                NotDone,
                "ticked",
            ),
            (
                READ,
                403,
                g(
                    403,
                    "accessNotConfigured",
                    "Gmail API has not been used in project 1 before",
                ),
                K::Forbidden,
                NotDone,
                "enable it at https://console.cloud.google.com/",
            ),
            (
                READ,
                403,
                g(403, "forbidden", "No"),
                K::Forbidden,
                NotDone,
                "waiting will not change",
            ),
            (
                READ,
                429,
                g(429, "rateLimitExceeded", "Resource has been exhausted"),
                K::RateLimited,
                NotDone,
                "",
            ),
            (READ, 429, "{}".into(), K::RateLimited, NotDone, ""),
            (READ, 429, String::new(), K::RateLimited, NotDone, ""),
            (
                SEND,
                429,
                g(
                    429,
                    "rateLimitExceeded",
                    "User-rate limit exceeded.  Retry after 2026-11-04T15:00:00.123Z (Mail sending)",
                ),
                K::SendingLimit,
                NotDone,
                "2026-11-04T15:00:00Z",
            ),
            (
                SEND,
                429,
                g(
                    429,
                    "rateLimitExceeded",
                    "User-rate limit exceeded.  Retry after 2026-11-04T15:00:00.000Z",
                ),
                K::SendingLimit,
                NotDone,
                "may last hours",
            ),
            (
                READ,
                429,
                g(
                    429,
                    "rateLimitExceeded",
                    "User-rate limit exceeded.  Retry after 2026-11-04T15:00:00.000Z",
                ),
                K::RateLimited,
                NotDone,
                "2026-11-04T15:00:00Z",
            ),
            (
                READ,
                404,
                g(404, "notFound", "Requested entity was not found."),
                K::NotFound,
                Unknown,
                "not there",
            ),
            (
                HISTORY,
                404,
                g(404, "notFound", "Requested entity was not found."),
                K::HistoryExpired,
                Unknown,
                "too old",
            ),
            (
                HISTORY,
                400,
                g(400, "invalidArgument", "Invalid startHistoryId"),
                K::HistoryExpired,
                NotDone,
                "",
            ),
            (
                SEND,
                400,
                g(400, "invalidArgument", "Invalid To header"),
                K::BadRequest,
                NotDone,
                "Invalid To header",
            ),
            (
                SEND,
                400,
                g(400, "failedPrecondition", "Mail service not enabled"),
                K::Forbidden,
                NotDone,
                "has no Gmail",
            ),
            (
                SEND,
                413,
                "<html>413. That's an error.</html>".into(),
                K::TooLarge,
                NotDone,
                "too large",
            ),
            (
                SEND,
                400,
                g(
                    400,
                    "badRequest",
                    "Request payload size exceeds the limit: 10485760 bytes.",
                ),
                K::TooLarge,
                NotDone,
                "",
            ),
            (
                SEND,
                500,
                g(500, "backendError", "Backend Error"),
                K::Server,
                Unknown,
                "looked up before",
            ),
            (SEND, 503, "<html>".into(), K::Server, Unknown, "a web page"),
            (
                SEND,
                403,
                "<html>portal</html>".into(),
                K::Forbidden,
                Unknown,
                "a web page",
            ),
            (
                SEND,
                302,
                String::new(),
                K::Garbled,
                Unknown,
                "makes no sense",
            ),
            (
                SEND,
                409,
                g(409, "aborted", "Conflict"),
                K::Server,
                Unknown,
                "",
            ),
        ] {
            let error = of_answer(asked, &answer(status, &body), now());
            assert_eq!(error.kind, kind, "{status} {body}");
            assert_eq!(error.outcome(), outcome, "{status} {body}");
            assert_eq!(error.status, Some(status));
            assert!(error.message.contains(words), "{}", error.message);
            assert!(error.message.starts_with("could not "), "{}", error.message);
        }
    }

    #[test]
    fn a_new_style_error_names_the_place_to_enable_the_api() {
        let body = r#"{"error":{"code":403,"message":"Gmail API has not been used","status":"PERMISSION_DENIED",
            "details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"SERVICE_DISABLED",
            "metadata":{"activationUrl":"https://console.developers.google.com/apis/api/gmail.googleapis.com/overview?project=1"}}]}}"#;
        let error = of_answer(READ, &answer(403, body), now());
        assert!(error.message.contains("overview?project=1"), "{error}");
        assert_eq!(error.reason.as_deref(), Some("SERVICE_DISABLED"));
    }

    #[test]
    fn a_refusal_whose_body_broke_off_proves_nothing() {
        let mut cut = answer(400, "");
        cut.cut = Some("connection closed".into());
        assert_eq!(of_answer(SEND, &cut, now()).outcome(), Outcome::Unknown);
    }

    #[test]
    fn the_later_one_of_both_retry_times_counts() {
        let with = |value: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert("retry-after", http::HeaderValue::from_static(value));
            headers
        };
        let at = |text: &str| Some(text.parse::<Timestamp>().unwrap());
        let text = "User-rate limit exceeded.  Retry after 2026-11-04T12:10:00.5Z";
        assert_eq!(retry_at(&with("30"), "", now()), at("2026-11-04T12:00:30Z"));
        assert_eq!(
            retry_at(&with("30"), text, now()),
            at("2026-11-04T12:10:00.5Z")
        );
        assert_eq!(
            retry_at(&with("Wed, 04 Nov 2026 13:00:00 GMT"), text, now()),
            at("2026-11-04T13:00:00Z")
        );
        assert_eq!(retry_at(&with("soon"), "Retry after lunch", now()), None);
    }

    #[test]
    fn a_200_that_broke_off_was_probably_done() {
        let mut cut = answer(200, r#"{"id":"#);
        cut.cut = Some("end of file".into());
        let error = of_nonsense(SEND, &cut, "unused");
        assert_eq!(error.outcome(), Outcome::Unknown);
        assert!(error.probably_done());
        assert_eq!(error.kind, GmailErrorKind::Garbled);
    }

    #[test]
    fn what_never_reached_gmail_is_not_done() {
        let lost = |kind, sent| Lost {
            kind,
            detail: "x".into(),
            sent,
        };
        for (kind, sent, outcome) in [
            (LostKind::Connect, false, Outcome::NotDone),
            (LostKind::Timeout, false, Outcome::NotDone),
            (LostKind::Timeout, true, Outcome::Unknown),
            (LostKind::Lost, true, Outcome::Unknown),
            (LostKind::NoCertificates, false, Outcome::NotDone),
        ] {
            assert_eq!(of_lost(SEND, &lost(kind, sent)).outcome(), outcome);
        }
    }
}
