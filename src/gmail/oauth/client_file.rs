//! The OAuth client: the file that Google Cloud gives out, or an id and a secret typed
//! in. Says what is wrong with a file that is not one, and who else can read it.

use std::fmt;
use std::path::Path;

use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use url::Url;

use super::error::{OauthError, OauthErrorKind};
use super::file_formats::{self, Client};
use crate::gmail::address;

/// Google's consent page, for a client without its own.
pub(super) const AUTH_URI: &str = "https://accounts.google.com/o/oauth2/auth";
/// Google's token endpoint, for a client without its own.
pub(super) const TOKEN_URI: &str = "https://oauth2.googleapis.com/token";
/// <https://developers.google.com/identity/protocols/oauth2/native-app#tokenrevoke>
const REVOKE_URI: &str = "https://oauth2.googleapis.com/revoke";
/// No client file is longer.
const MOST_BYTES: u64 = 64 * 1024;

/// How to get the right file, in one breath.
const HOW: &str = "in the Google Cloud console open Google Auth Platform > Clients, create a client of the type \"Desktop app\" and download its JSON file";

/// The client that this program is to Google.
#[derive(Clone)]
pub struct ClientFile {
    id: String,
    secret: SecretString,
    auth_uri: Url,
    token_uri: Url,
    revoke_uri: Url,
}

impl fmt::Debug for ClientFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientFile")
            .field("id", &self.id)
            .field("auth_uri", &self.auth_uri.as_str())
            .finish_non_exhaustive()
    }
}

impl ClientFile {
    /// Reads the file downloaded from Google Cloud.
    ///
    /// # Errors
    /// Kind `ClientFile` when there is none or it is something else, `WrongClientType`
    /// for another type of client, `Address` for endpoints with plain http.
    pub fn read(path: &Path) -> Result<Self, OauthError> {
        let shown = path.display();
        let unreadable = |why: String| {
            OauthError::new(
                OauthErrorKind::ClientFile,
                format!(
                    "cannot read the client file {shown}: {why}; {HOW}, and name it in GMAIL_CREDENTIALS_PATH or gmail.credentials_path"
                ),
            )
        };
        let length = std::fs::metadata(path)
            .map_err(|error| unreadable(error.to_string()))?
            .len();
        if length > MOST_BYTES {
            return Err(unreadable("it is far too long for one".to_owned()));
        }
        let text = std::fs::read_to_string(path).map_err(|error| unreadable(error.to_string()))?;
        Self::from_json(&text).map_err(|mut error| {
            error.message = format!("{shown}: {}", error.message);
            error
        })
    }

    /// Reads the text of such a file.
    ///
    /// # Errors
    /// As [`ClientFile::read`].
    pub fn from_json(text: &str) -> Result<Self, OauthError> {
        let wrong =
            |why: &str| OauthError::new(OauthErrorKind::ClientFile, format!("{why}; {HOW}"));
        let json: Value = serde_json::from_str(text.trim_start_matches('\u{feff}'))
            .map_err(|error| wrong(&format!("this is not a client file ({error})")))?;
        let secret = match file_formats::client(&json) {
            Ok(Client::Installed(secret)) => secret,
            Ok(Client::Web) => {
                return Err(OauthError::new(
                    OauthErrorKind::WrongClientType,
                    format!(
                        "this client is of the type \"Web application\", which cannot sign in from a terminal; {HOW}"
                    ),
                ));
            }
            Ok(Client::None) => return Err(wrong(&something_else(&json))),
            Err(error) => return Err(wrong(&format!("the client file is not whole ({error})"))),
        };
        let revoke = json
            .pointer("/installed/revoke_uri")
            .and_then(Value::as_str);
        Self::checked(
            secret.client_id,
            secret.client_secret.into(),
            &secret.auth_uri,
            &secret.token_uri,
            revoke,
        )
    }

    /// A client of Google's from its id and secret alone.
    ///
    /// # Errors
    /// Kind `ClientFile` when the id is not one.
    pub fn from_id_and_secret(id: &str, secret: SecretString) -> Result<Self, OauthError> {
        Self::checked(id.trim().to_owned(), secret, AUTH_URI, TOKEN_URI, None)
    }

    fn checked(
        id: String,
        secret: SecretString,
        auth_uri: &str,
        token_uri: &str,
        revoke_uri: Option<&str>,
    ) -> Result<Self, OauthError> {
        if id.is_empty() || !id.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(OauthError::new(
                OauthErrorKind::ClientFile,
                format!("the client has no usable id; {HOW}"),
            ));
        }
        let url = |what: &str, text: &str| {
            address::checked(text).map_err(|why| {
                OauthError::new(
                    OauthErrorKind::Address,
                    format!("the client's {what}: {why}"),
                )
            })
        };
        let token_uri = url("token_uri", token_uri)?;
        let revoke_uri = match revoke_uri {
            Some(text) => url("revoke_uri", text)?,
            None => revoke_address(&token_uri),
        };
        Ok(Self {
            id,
            secret,
            auth_uri: url("auth_uri", auth_uri)?,
            token_uri,
            revoke_uri,
        })
    }

    /// The client's id, which is no secret.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The client as the text of a client file, to keep it encrypted in the store.
    #[must_use]
    pub fn to_json(&self) -> SecretString {
        json!({ "installed": {
            "client_id": self.id,
            "client_secret": self.secret.expose_secret(),
            "auth_uri": self.auth_uri.as_str(),
            "token_uri": self.token_uri.as_str(),
            "revoke_uri": self.revoke_uri.as_str(),
            "redirect_uris": ["http://localhost"],
        }})
        .to_string()
        .into()
    }

    pub(super) fn secret(&self) -> &SecretString {
        &self.secret
    }

    pub(super) fn auth_uri(&self) -> &Url {
        &self.auth_uri
    }

    pub(super) fn token_uri(&self) -> &Url {
        &self.token_uri
    }

    pub(super) fn revoke_uri(&self) -> &Url {
        &self.revoke_uri
    }
}

/// Google's own, or `revoke` beside the token endpoint of a server that is not Google's.
fn revoke_address(token_uri: &Url) -> Url {
    let google = token_uri
        .host_str()
        .is_none_or(|host| host.ends_with(".googleapis.com") || host.ends_with(".google.com"));
    let beside = if google {
        Url::parse(REVOKE_URI).ok()
    } else {
        token_uri.join("revoke").ok()
    };
    beside.unwrap_or_else(|| token_uri.clone())
}

/// What a JSON file is that holds no client.
fn something_else(json: &Value) -> String {
    match json.get("type").and_then(Value::as_str) {
        Some("service_account") => {
            return "this is the key of a service account, which has no mailbox".to_owned();
        }
        Some("authorized_user") => {
            return "this is a token of gcloud and no client file; it can be taken over with GMAIL_TOKEN_PATH".to_owned();
        }
        _ => {}
    }
    if json.get("refresh_token").is_some() || json.is_array() {
        return "this is a token file and no client file; it can be taken over with GMAIL_TOKEN_PATH".to_owned();
    }
    "this JSON file holds no OAuth client".to_owned()
}

/// Who else can read a file with secrets, with the command that mends it. None when it is
/// the owner's alone, is not there, or the platform has no such permissions.
#[must_use]
pub fn permission_problem(path: &Path) -> Option<String> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(path).ok()?.permissions().mode();
        if mode & 0o077 == 0 {
            return None;
        }
        let quoted = path.display().to_string().replace('\'', r"'\''");
        Some(format!(
            "{} can be read by others (mode {:03o}); run: chmod 600 '{quoted}'",
            path.display(),
            mode & 0o777
        ))
    }
    #[cfg(not(unix))]
    {
        let _unused = path;
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DESKTOP: &str = r#"{"installed":{"client_id":"1-a.apps.googleusercontent.com","project_id":"p",
        "auth_uri":"https://accounts.google.com/o/oauth2/auth","token_uri":"https://oauth2.googleapis.com/token",
        "auth_provider_x509_cert_url":"https://www.googleapis.com/oauth2/v1/certs",
        "client_secret":"GOCSPX-x","redirect_uris":["http://localhost"]}}"#;

    #[test]
    fn googles_own_file_is_read_and_survives_the_store() {
        let client = ClientFile::from_json(DESKTOP).unwrap();
        let again = ClientFile::from_json(client.to_json().expose_secret()).unwrap();
        for client in [client, again] {
            assert_eq!(client.id(), "1-a.apps.googleusercontent.com");
            assert_eq!(client.secret().expose_secret(), "GOCSPX-x");
            assert_eq!(client.token_uri().as_str(), TOKEN_URI);
            assert_eq!(client.revoke_uri().as_str(), REVOKE_URI);
            assert!(!format!("{client:?}").contains("GOCSPX"));
        }
    }

    #[test]
    fn what_is_not_needed_may_be_missing() {
        let client = ClientFile::from_json(
            r#"{"installed":{"client_id":"x","client_secret":"y","token_uri":"http://127.0.0.1:5/o/token","project_id":null}}"#,
        )
        .unwrap();
        assert_eq!(client.auth_uri().as_str(), AUTH_URI);
        assert_eq!(client.revoke_uri().as_str(), "http://127.0.0.1:5/o/revoke");
    }

    #[test]
    fn another_file_is_named_for_what_it_is() {
        use OauthErrorKind as K;
        for (text, kind, words) in [
            (
                r#"{"web":{"client_id":"x","client_secret":"y"}}"#,
                K::WrongClientType,
                "Desktop app",
            ),
            (r#"{"type":"service_account"}"#, K::ClientFile, "no mailbox"),
            (
                r#"{"type":"authorized_user","refresh_token":"r"}"#,
                K::ClientFile,
                "GMAIL_TOKEN_PATH",
            ),
            (
                r#"{"refresh_token":"r"}"#,
                K::ClientFile,
                "GMAIL_TOKEN_PATH",
            ),
            ("[]", K::ClientFile, "client"),
            ("<html>", K::ClientFile, "not a client file"),
            (r#"{"installed":{}}"#, K::ClientFile, "not whole"),
            (
                r#"{"installed":{"client_id":""}}"#,
                K::ClientFile,
                "no usable id",
            ),
            (
                r#"{"installed":{"client_id":"x","token_uri":"http://evil.example/"}}"#,
                K::Address,
                "in the clear",
            ),
        ] {
            let error = ClientFile::from_json(text).unwrap_err();
            assert_eq!(error.kind, kind, "{text}");
            assert!(error.message.contains(words), "{}", error.message);
        }
    }

    #[test]
    fn a_missing_file_says_where_to_get_one() {
        let error = ClientFile::read(Path::new("/no/such/file.json")).unwrap_err();
        assert!(error.message.contains("GMAIL_CREDENTIALS_PATH"), "{error}");
        assert!(error.message.contains("Desktop app"), "{error}");
    }

    #[cfg(unix)]
    #[test]
    fn a_file_that_others_can_read_comes_with_its_mend() {
        use std::os::unix::fs::PermissionsExt as _;
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("it's.json");
        std::fs::write(&path, DESKTOP).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
        let problem = permission_problem(&path).unwrap();
        assert!(problem.contains("mode 644"), "{problem}");
        assert!(problem.ends_with(r"it'\''s.json'"), "{problem}");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        assert_eq!(permission_problem(&path), None);
        assert_eq!(permission_problem(Path::new("/no/such")), None);
    }
}
