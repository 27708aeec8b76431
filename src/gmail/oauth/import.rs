//! Takes a sign-in over from another machine or program: yup-oauth2's token cache,
//! google-auth-python's `token.json`, gcloud's `authorized_user`, or a plain answer of the
//! token endpoint.

use std::fmt;
use std::path::Path;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use secrecy::SecretString;
use serde_json::{Value, json};

use super::ClientFile;
use super::error::{OauthError, OauthErrorKind};
use super::file_formats;
use super::sign_in::covers;
use crate::gmail::token::TokenSet;

/// No token file is longer.
const MOST_BYTES: u64 = 1024 * 1024;

/// A sign-in found in a file.
#[derive(Clone)]
pub struct ImportedSignIn {
    /// The tokens. The access token is used only if the file says how long it lives.
    pub tokens: TokenSet,
    /// The client they belong to, if the file names it: a refresh token works with no
    /// other.
    pub client: Option<ClientFile>,
}

impl fmt::Debug for ImportedSignIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ImportedSignIn")
            .field("tokens", &self.tokens)
            .field("client", &self.client)
            .finish()
    }
}

/// Reads a token file, as `GMAIL_TOKEN_PATH` names it.
///
/// # Errors
/// Kind `TokenFile` when it cannot be read or holds no refresh token, `ScopeMissing` when
/// its permissions are known and too narrow.
pub fn import_token_file(path: &Path) -> Result<ImportedSignIn, OauthError> {
    let shown = path.display();
    let unreadable = |why: String| wrong(&format!("cannot read the token file {shown}: {why}"));
    let length = std::fs::metadata(path)
        .map_err(|error| unreadable(error.to_string()))?
        .len();
    if length > MOST_BYTES {
        return Err(unreadable("it is far too long for one".to_owned()));
    }
    let text = std::fs::read_to_string(path).map_err(|error| unreadable(error.to_string()))?;
    import_token_text(&text).map_err(|mut error| {
        error.message = format!("{shown}: {}", error.message);
        error
    })
}

/// Reads the text of such a file.
///
/// # Errors
/// As [`import_token_file`].
pub fn import_token_text(text: &str) -> Result<ImportedSignIn, OauthError> {
    let json: Value = serde_json::from_str(text.trim_start_matches('\u{feff}'))
        .map_err(|error| wrong(&format!("this is not a token file ({error})")))?;
    if json.get("installed").is_some() || json.get("web").is_some() {
        return Err(wrong(
            "this is a client file and no token file; name it in GMAIL_CREDENTIALS_PATH",
        ));
    }
    match file_formats::cache(&json) {
        Some(entries) => from_cache(&entries),
        None => from_object(&json),
    }
}

fn wrong(why: &str) -> OauthError {
    OauthError::new(
        OauthErrorKind::TokenFile,
        format!("{why}; sign in here instead with `rejoinder login --no-browser`"),
    )
}

fn too_narrow(scope: &str) -> OauthError {
    OauthError::new(
        OauthErrorKind::ScopeMissing,
        format!(
            "the token allows only {scope}, but reading and sending mail needs gmail.modify; sign in with `rejoinder login`"
        ),
    )
}

fn from_cache(entries: &[file_formats::Cached]) -> Result<ImportedSignIn, OauthError> {
    let usable = || {
        entries
            .iter()
            .filter(|entry| entry.refresh_token().is_some())
    };
    let entry = match usable().find(|entry| covers(&entry.scopes.join(" "))) {
        Some(entry) => entry,
        None => {
            return Err(usable().next().map_or_else(
                || wrong("there is no refresh token in it"),
                |entry| too_narrow(&entry.scopes.join(" ")),
            ));
        }
    };
    Ok(ImportedSignIn {
        tokens: tokens(
            entry.refresh_token().unwrap_or_default(),
            entry.access_token(),
            entry.expires_at(),
            entry.scopes.join(" "),
        ),
        client: None,
    })
}

fn from_object(json: &Value) -> Result<ImportedSignIn, OauthError> {
    // Some programs put the answer inside an object of their own.
    let inner = ["token", "tokens", "credentials"]
        .iter()
        .filter_map(|name| json.get(name))
        .find(|value| value.get("refresh_token").is_some());
    let json = inner.unwrap_or(json);
    let text = |name: &str| {
        json.get(name)
            .and_then(Value::as_str)
            .filter(|text| !text.is_empty())
    };
    let refresh_token =
        text("refresh_token").ok_or_else(|| wrong("there is no refresh token in it"))?;
    let scope = match json.get("scopes").or_else(|| json.get("scope")) {
        Some(Value::Array(scopes)) => scopes
            .iter()
            .filter_map(Value::as_str)
            .collect::<Vec<_>>()
            .join(" "),
        Some(Value::String(scope)) => scope.clone(),
        _ => String::new(),
    };
    if !scope.is_empty() && !covers(&scope) {
        return Err(too_narrow(&scope));
    }
    let expires_at = ["expiry", "expires_at", "token_expiry"]
        .iter()
        .find_map(|name| json.get(name))
        .or_else(|| json.get("expiry_date"))
        .and_then(time);
    Ok(ImportedSignIn {
        tokens: tokens(
            refresh_token,
            text("token").or_else(|| text("access_token")),
            expires_at,
            scope,
        ),
        client: client(json, &text)?,
    })
}

fn client<'a>(
    json: &Value,
    text: &dyn Fn(&str) -> Option<&'a str>,
) -> Result<Option<ClientFile>, OauthError> {
    let Some(id) = text("client_id") else {
        return Ok(None);
    };
    let installed = json!({ "installed": {
        "client_id": id,
        "client_secret": text("client_secret").unwrap_or_default(),
        "token_uri": json.get("token_uri").cloned().unwrap_or_default(),
        "auth_uri": json.get("auth_uri").cloned().unwrap_or_default(),
    }});
    ClientFile::from_json(&installed.to_string()).map(Some)
}

fn tokens(
    refresh_token: &str,
    access_token: Option<&str>,
    expires_at: Option<Timestamp>,
    scope: String,
) -> TokenSet {
    // Without a time of expiry the access token is as good as none.
    let known = access_token.zip(expires_at);
    TokenSet {
        access_token: SecretString::from(known.map_or("", |(token, _)| token)),
        refresh_token: refresh_token.into(),
        expires_at: known.map_or(Timestamp::UNIX_EPOCH, |(_, at)| at),
        scope,
        account: None,
    }
}

/// RFC 3339 (without a zone it is UTC, as google-auth-python writes it), or seconds or
/// milliseconds since 1970.
fn time(value: &Value) -> Option<Timestamp> {
    match value {
        Value::String(text) => text.parse().ok().or_else(|| {
            let civil: DateTime = text.parse().ok()?;
            civil
                .to_zoned(TimeZone::UTC)
                .ok()
                .map(|zoned| zoned.timestamp())
        }),
        Value::Number(number) => {
            let number = number.as_i64()?;
            if number > 100_000_000_000 {
                Timestamp::from_millisecond(number).ok()
            } else {
                Timestamp::from_second(number).ok()
            }
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use secrecy::ExposeSecret;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn a_cache_of_yup_oauth2_is_taken_over() {
        let sign_in = import_token_text(
            r#"[{"scopes":["https://www.googleapis.com/auth/gmail.readonly"],
                 "token":{"access_token":"no","refresh_token":"no","expires_at":null,"id_token":null}},
                {"scopes":["https://www.googleapis.com/auth/gmail.modify"],
                 "token":{"access_token":"a","refresh_token":"r","expires_at":[2026,308,12,30,0,0,0,0,0],"id_token":null}}]"#,
        )
        .unwrap();
        assert_eq!(sign_in.tokens.refresh_token.expose_secret(), "r");
        assert_eq!(sign_in.tokens.access_token.expose_secret(), "a");
        assert_eq!(sign_in.tokens.expires_at, at("2026-11-04T12:30:00Z"));
        assert!(sign_in.client.is_none());
    }

    #[test]
    fn a_token_json_of_google_auth_python_brings_its_client() {
        let sign_in = import_token_text(
            r#"{"token":"a","refresh_token":"r","token_uri":"https://oauth2.googleapis.com/token",
                "client_id":"id","client_secret":"s","scopes":["https://mail.google.com/"],
                "universe_domain":"googleapis.com","account":"","expiry":"2026-11-04T12:30:00.5Z"}"#,
        )
        .unwrap();
        assert_eq!(sign_in.tokens.access_token.expose_secret(), "a");
        assert_eq!(sign_in.tokens.expires_at, at("2026-11-04T12:30:00.5Z"));
        assert_eq!(sign_in.client.unwrap().id(), "id");
    }

    #[test]
    fn a_plain_answer_or_a_bare_refresh_token_will_do() {
        for text in [
            r#"{"refresh_token":"r"}"#,
            r#"{"access_token":"a","expires_in":3599,"refresh_token":"r","scope":"x https://www.googleapis.com/auth/gmail.modify","token_type":"Bearer"}"#,
            r#"{"type":"authorized_user","client_id":"i","client_secret":"s","refresh_token":"r"}"#,
            r#"{"tokens":{"refresh_token":"r"}}"#,
        ] {
            let tokens = import_token_text(text).unwrap().tokens;
            assert_eq!(tokens.refresh_token.expose_secret(), "r", "{text}");
            assert_eq!(tokens.expires_at, Timestamp::UNIX_EPOCH, "{text}");
        }
        let tokens = import_token_text(
            r#"{"access_token":"a","refresh_token":"r","expiry_date":1793795400000}"#,
        )
        .unwrap()
        .tokens;
        assert_eq!(tokens.expires_at, at("2026-11-04T12:30:00Z"));
    }

    #[test]
    fn what_cannot_be_used_says_why() {
        use OauthErrorKind as K;
        for (text, kind, words) in [
            ("no", K::TokenFile, "not a token file"),
            (r#"{"access_token":"a"}"#, K::TokenFile, "no refresh token"),
            ("[]", K::TokenFile, "no refresh token"),
            (
                r#"{"installed":{}}"#,
                K::TokenFile,
                "GMAIL_CREDENTIALS_PATH",
            ),
            (
                r#"{"refresh_token":"r","scopes":["https://www.googleapis.com/auth/gmail.readonly"]}"#,
                K::ScopeMissing,
                "gmail.modify",
            ),
            (
                r#"{"refresh_token":"r","client_id":"i","token_uri":"http://evil.example/"}"#,
                K::Address,
                "in the clear",
            ),
        ] {
            let error = import_token_text(text).unwrap_err();
            assert_eq!(error.kind, kind, "{text}");
            assert!(error.message.contains(words), "{}", error.message);
        }
    }

    #[test]
    fn no_secret_is_in_what_is_printed_for_debugging() {
        let sign_in = import_token_text(
            r#"{"refresh_token":"sesame","client_id":"i","client_secret":"open"}"#,
        )
        .unwrap();
        let shown = format!("{sign_in:?}");
        assert!(
            !shown.contains("sesame") && !shown.contains("open"),
            "{shown}"
        );
    }
}
