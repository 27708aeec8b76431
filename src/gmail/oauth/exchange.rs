//! The token endpoint: a code or a refresh token goes in, an access token comes out, in
//! one POST that is not repeated here.

use http::{Method, Request, header};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use url::{Url, form_urlencoded};

use super::ClientFile;
use super::error::{OauthError, OauthErrorKind};
use super::mend;
use crate::gmail::patience::Patience;
use crate::gmail::problem;
use crate::gmail::text::one_line;
use crate::gmail::transport::{self, Answer, Limits, Lost, LostKind, Transport};

/// A token lives for an hour when Google does not say.
const LIFETIME: u32 = 3_600;

/// What an access token is asked for.
pub(in crate::gmail) enum Grant<'a> {
    /// The code from the redirect, with the proof that it is ours.
    Code {
        code: &'a str,
        verifier: &'a SecretString,
        redirect_uri: &'a str,
    },
    /// The long-lived token.
    Refresh { refresh_token: &'a SecretString },
}

/// What Google granted.
pub(in crate::gmail) struct Granted {
    pub(in crate::gmail) access_token: SecretString,
    pub(in crate::gmail) refresh_token: Option<SecretString>,
    /// Seconds.
    pub(in crate::gmail) expires_in: u32,
    /// Permissions with spaces between; none when Google did not say.
    pub(in crate::gmail) scope: Option<String>,
}

/// Asks the client's token endpoint.
pub(in crate::gmail) async fn ask(
    transport: &Transport,
    patience: &Patience,
    client: &ClientFile,
    grant: &Grant<'_>,
) -> Result<Granted, OauthError> {
    let form = form(client, grant);
    let answer = post(transport, patience, client.token_uri(), form).await?;
    if !answer.is_success() {
        return Err(refused(&answer));
    }
    granted(&answer)
}

/// The form of RFC 6749 sections 4.1.3 and 6, with the verifier of RFC 7636.
fn form(client: &ClientFile, grant: &Grant<'_>) -> String {
    let mut form = form_urlencoded::Serializer::new(String::new());
    form.append_pair("client_id", client.id());
    form.append_pair("client_secret", client.secret().expose_secret());
    match grant {
        Grant::Code {
            code,
            verifier,
            redirect_uri,
        } => {
            form.append_pair("grant_type", "authorization_code");
            form.append_pair("code", code);
            form.append_pair("code_verifier", verifier.expose_secret());
            form.append_pair("redirect_uri", redirect_uri);
        }
        Grant::Refresh { refresh_token } => {
            form.append_pair("grant_type", "refresh_token");
            form.append_pair("refresh_token", refresh_token.expose_secret());
        }
    }
    form.finish()
}

/// Posts a form; any answer is fine.
pub(super) async fn post(
    transport: &Transport,
    patience: &Patience,
    to: &Url,
    form: String,
) -> Result<Answer, OauthError> {
    let request = Request::builder()
        .method(Method::POST)
        .uri(to.as_str())
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header(header::ACCEPT, "application/json")
        .body(transport::body(form))
        .map_err(|error| unanswered(&Lost::request(&error)))?;
    let limits = Limits {
        answer: patience.answer,
        silence: patience.silence,
        whole: patience.whole_write,
    };
    transport
        .exchange(&transport.single, request, limits)
        .await
        .map_err(|lost| unanswered(&lost))
}

fn unanswered(lost: &Lost) -> OauthError {
    let detail = one_line(&lost.detail);
    let (kind, message) = match lost.kind {
        LostKind::NoCertificates => (
            OauthErrorKind::NoCertificates,
            problem::no_certificates(&detail),
        ),
        LostKind::Certificate => (
            OauthErrorKind::Offline,
            format!(
                "Google's sign-in answered with a certificate that is not trusted ({detail}); check this machine's clock, and whether a proxy or firewall stands between"
            ),
        ),
        LostKind::Clock => (OauthErrorKind::Clock, problem::wrong_clock(&detail)),
        LostKind::Timeout => (
            OauthErrorKind::TimedOut,
            format!("Google's sign-in did not answer in time ({detail}); try again"),
        ),
        LostKind::Request => (
            OauthErrorKind::Address,
            format!("Google's sign-in cannot be asked ({detail})"),
        ),
        LostKind::Connect | LostKind::Lost => (
            OauthErrorKind::Offline,
            format!(
                "Google's sign-in cannot be reached ({detail}); try again once the network is back"
            ),
        ),
    };
    OauthError::new(kind, message)
}

fn granted(answer: &Answer) -> Result<Granted, OauthError> {
    let garbled = |why: &str| {
        let mut error = OauthError::new(
            OauthErrorKind::Garbled,
            format!(
                "Google's sign-in answered with something that makes no sense ({why}); try again"
            ),
        );
        error.status = Some(answer.status);
        error
    };
    if let Some(why) = &answer.cut {
        return Err(garbled(&one_line(why)));
    }
    let json: Value =
        serde_json::from_slice(&answer.body).map_err(|error| garbled(&error.to_string()))?;
    let text = |name: &str| {
        json.get(name)
            .and_then(Value::as_str)
            .filter(|text| !text.is_empty())
    };
    let expires_in = match json.get("expires_in") {
        Some(Value::Number(number)) => number.as_u64().and_then(|n| u32::try_from(n).ok()),
        Some(Value::String(text)) => text.parse().ok(),
        _ => None,
    };
    Ok(Granted {
        access_token: text("access_token")
            .ok_or_else(|| garbled("no access token"))?
            .into(),
        refresh_token: text("refresh_token").map(SecretString::from),
        expires_in: expires_in.unwrap_or(LIFETIME),
        scope: text("scope").map(str::to_owned),
    })
}

/// Google's refusal (RFC 6749 section 5.2) with its mend.
pub(super) fn refused(answer: &Answer) -> OauthError {
    let status = answer.status;
    let json: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let text = |pointer: &str| json.pointer(pointer).and_then(Value::as_str);
    let word = text("/error")
        .or_else(|| text("/error/status"))
        .map(one_line);
    let said = text("/error_description")
        .or_else(|| text("/error/message"))
        .map(one_line)
        .unwrap_or_default();
    let told = if said.is_empty() {
        format!("{status} {}", word.as_deref().unwrap_or("without a reason"))
    } else {
        format!("{status} {}: {said}", word.as_deref().unwrap_or(""))
    };
    let known = word.as_deref().and_then(|word| mend::of(word, &said));
    let (kind, mend) = known.unwrap_or_else(|| match status {
        429 => (
            OauthErrorKind::RateLimited,
            "Google asks for patience: try again in a few minutes".to_owned(),
        ),
        500.. => (
            OauthErrorKind::Server,
            "Google has trouble: try again in a few minutes".to_owned(),
        ),
        _ if word.is_none() => (
            OauthErrorKind::Garbled,
            "the answer is not Google's: check token_uri in the client file, and whether a proxy stands between".to_owned(),
        ),
        _ => (
            OauthErrorKind::Refused,
            "Google refused the sign-in".to_owned(),
        ),
    });
    let mut error = OauthError::new(kind, format!("{mend} ({told})"));
    error.status = Some(status);
    error.reason = word;
    error
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;

    fn answer(status: u16, body: &str) -> Answer {
        Answer {
            status,
            headers: http::HeaderMap::new(),
            body: Bytes::copy_from_slice(body.as_bytes()),
            cut: None,
        }
    }

    #[test]
    fn each_refusal_has_its_mend() {
        use OauthErrorKind as K;
        for (status, body, kind, words) in [
            (
                401,
                r#"{"error":"invalid_client","error_description":"The OAuth client was not found."}"#,
                K::InvalidClient,
                "download the client file again",
            ),
            (
                400,
                r#"{"error":"invalid_grant","error_description":"Malformed auth code."}"#,
                K::InvalidGrant,
                "no longer valid",
            ),
            (
                400,
                r#"{"error":"redirect_uri_mismatch","error_description":"Bad Request"}"#,
                K::RedirectMismatch,
                "Desktop app",
            ),
            (
                400,
                r#"{"error":"invalid_request","error_description":"client_secret is missing."}"#,
                K::InvalidClient,
                "secret is missing",
            ),
            (403, r#"{"error":"org_internal"}"#, K::Policy, "External"),
            (
                400,
                r#"{"error":"admin_policy_enforced"}"#,
                K::Policy,
                "administrator",
            ),
            (
                403,
                r#"{"error":"access_denied","error_description":"App has not completed the Google verification process"}"#,
                K::Denied,
                "Test users",
            ),
            (
                403,
                r#"{"error":{"code":403,"message":"Gmail API has not been used","status":"SERVICE_DISABLED"}}"#,
                K::Policy,
                "not enabled",
            ),
            (429, "{}", K::RateLimited, "patience"),
            (503, "<html>", K::Server, "trouble"),
            (404, "<html>", K::Garbled, "token_uri"),
            (
                400,
                r#"{"error":"something_new","error_description":"Odd"}"#,
                K::Refused,
                "something_new: Odd",
            ),
        ] {
            let error = refused(&answer(status, body));
            assert_eq!(error.kind, kind, "{body}");
            assert!(error.message.contains(words), "{}", error.message);
            assert_eq!(error.status, Some(status));
        }
    }

    #[test]
    fn an_answer_without_a_token_makes_no_sense() {
        for body in [
            "{}",
            r#"{"access_token":""}"#,
            "<html>",
            r#"{"access_token":"x"#,
        ] {
            let error = granted(&answer(200, body)).err().unwrap();
            assert_eq!(error.kind, OauthErrorKind::Garbled, "{body}");
        }
        let granted = granted(&answer(200, r#"{"access_token":"a","expires_in":"60"}"#)).ok();
        assert_eq!(granted.unwrap().expires_in, 60);
    }
}
