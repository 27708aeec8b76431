//! yup-oauth2, and nothing else of ours names it: its types for the client file that
//! Google Cloud gives out and for the token cache that it writes.
//!
//! Its flows are not used: they have neither PKCE nor `state`, and a refresh that fails
//! for whatever reason starts the interactive one in the middle of the screen.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use yup_oauth2::storage::TokenInfo;
use yup_oauth2::{ApplicationSecret, ConsoleApplicationSecret};

/// The two sorts of client that Google's file can hold.
pub(super) enum Client {
    /// "Desktop app": what is needed here.
    Installed(Box<ApplicationSecret>),
    /// "Web application": its redirect addresses are fixed in the console.
    Web,
    /// Neither.
    None,
}

/// Reads Google's client file. Fields that are not needed may be missing.
pub(super) fn client(json: &Value) -> Result<Client, serde_json::Error> {
    let mut json = json.clone();
    for kind in ["installed", "web"] {
        if let Some(Value::Object(fields)) = json.get_mut(kind) {
            fields.retain(|_, value| !value.is_null());
            defaults(fields);
        }
    }
    let read = ConsoleApplicationSecret::deserialize(json)?;
    Ok(match (read.installed, read.web) {
        (Some(secret), _) => Client::Installed(Box::new(secret)),
        (None, Some(_)) => Client::Web,
        (None, None) => Client::None,
    })
}

fn defaults(fields: &mut Map<String, Value>) {
    for (name, value) in [
        ("client_secret", json!("")),
        ("auth_uri", json!(super::client_file::AUTH_URI)),
        ("token_uri", json!(super::client_file::TOKEN_URI)),
        ("redirect_uris", json!([])),
    ] {
        fields.entry(name).or_insert(value);
    }
}

/// An entry of yup-oauth2's token cache.
#[derive(Deserialize)]
pub(super) struct Cached {
    pub(super) scopes: Vec<String>,
    token: TokenInfo,
}

impl Cached {
    pub(super) fn refresh_token(&self) -> Option<&str> {
        self.token.refresh_token.as_deref()
    }

    pub(super) fn access_token(&self) -> Option<&str> {
        self.token.access_token.as_deref()
    }

    pub(super) fn expires_at(&self) -> Option<Timestamp> {
        Timestamp::from_second(self.token.expires_at?.unix_timestamp()).ok()
    }
}

/// Reads a token cache; none if it is something else.
pub(super) fn cache(json: &Value) -> Option<Vec<Cached>> {
    Vec::<Cached>::deserialize(json).ok()
}
