//! Google's OAuth for installed programs: the consent page, codes with PKCE (RFC 7636),
//! tokens that expire, refresh and revocation.
//!
//! <https://developers.google.com/identity/protocols/oauth2/native-app>

use std::collections::HashMap;
use std::fmt::Write as _;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::wire::ApiError;
use crate::demo::clock::later;
use crate::demo::http::{Answer, Asked};

/// The one scope that the product asks for.
pub const GMAIL_MODIFY: &str = "https://www.googleapis.com/auth/gmail.modify";

/// Scopes that let a client read and change mail.
const MAIL_SCOPES: &[&str] = &[GMAIL_MODIFY, "https://mail.google.com/"];

/// What the person at the consent page does.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Consent {
    /// A page with links is shown; `&auto=1` in the address takes the first one.
    #[default]
    Ask,
    /// Allows at once.
    Allow,
    /// Says no: the program gets `error=access_denied`.
    Deny,
    /// Allows, but unticks the mailbox: the scope is missing in the token.
    Untick,
    /// Allows again what was allowed before, as Google sees it: no refresh token comes.
    Again,
    /// Is no test user of the unpublished client: an error page, and nothing comes back.
    NotTester,
}

/// A pair of tokens as the program would have got them by signing in.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Tokens {
    /// For the `Authorization: Bearer` header.
    pub access_token: String,
    /// For new access tokens.
    pub refresh_token: String,
}

#[derive(Clone, Debug)]
struct Code {
    challenge: Option<String>,
    redirect: String,
    scope: String,
    offline: bool,
    until: Timestamp,
}

#[derive(Clone, Debug)]
struct Access {
    scope: String,
    grant: u64,
    until: Timestamp,
}

#[derive(Clone, Debug)]
struct Grant {
    id: u64,
    scope: String,
}

/// The state of Google's accounts as far as one user and one client go.
#[derive(Debug)]
pub struct OAuth {
    client_id: String,
    client_secret: String,
    /// What the person does.
    pub consent: Consent,
    /// How long access tokens live, in seconds.
    pub expires_in: u64,
    codes: HashMap<String, Code>,
    access: HashMap<String, Access>,
    refresh: HashMap<String, Grant>,
    grants: u64,
    rng: StdRng,
}

/// How long a code may wait to be redeemed.
const CODE_LIFE: Duration = Duration::from_secs(600);

impl OAuth {
    /// One client, nobody signed in.
    #[must_use]
    pub fn new(consent: Consent, expires_in: u64, seed: u64) -> Self {
        Self {
            client_id: "407408718192-demo.apps.googleusercontent.com".to_owned(),
            client_secret: "GOCSPX-demo-secret".to_owned(),
            consent,
            expires_in,
            codes: HashMap::new(),
            access: HashMap::new(),
            refresh: HashMap::new(),
            grants: 0,
            rng: StdRng::seed_from_u64(seed ^ 0x6f61_7574),
        }
    }

    /// The client file as it is downloaded from Google Cloud, with the simulation's
    /// addresses in it.
    #[must_use]
    pub fn client_file(&self, base: &str) -> Value {
        json!({
            "installed": {
                "client_id": self.client_id,
                "project_id": "rejoinder-demo",
                "auth_uri": format!("{base}o/oauth2/auth"),
                "token_uri": format!("{base}token"),
                "auth_provider_x509_cert_url": format!("{base}oauth2/v1/certs"),
                "client_secret": self.client_secret,
                "redirect_uris": ["http://localhost"],
            }
        })
    }

    /// `GET /o/oauth2/auth`.
    pub fn authorise(&mut self, asked: &Asked, now: Timestamp) -> Answer {
        let get = |name: &str| asked.param(name).unwrap_or_default();
        let redirect = get("redirect_uri");
        if get("client_id") != self.client_id {
            return refusal(401, "invalid_client", "The OAuth client was not found.");
        }
        if !is_loopback(&redirect) {
            let why = format!(
                "The redirect URI in the request, {redirect}, does not match the ones authorized for the OAuth client."
            );
            return refusal(400, "redirect_uri_mismatch", &why);
        }
        if get("response_type") != "code" {
            return refusal(
                400,
                "unsupported_response_type",
                "response_type must be code",
            );
        }
        let scope = get("scope");
        if scope.is_empty() {
            return refusal(400, "invalid_request", "Missing required parameter: scope");
        }
        let challenge = asked.param("code_challenge");
        let method = asked.param("code_challenge_method");
        if challenge.is_some() && method.as_deref() != Some("S256") {
            return refusal(400, "invalid_request", "code_challenge_method must be S256");
        }
        let said = match (get("sim_consent").as_str(), asked.flag("auto")) {
            ("allow", _) | ("", true) => Consent::Allow,
            ("deny", _) => Consent::Deny,
            ("untick", _) => Consent::Untick,
            _ => self.consent,
        };
        let scope = match said {
            Consent::Ask => return consent_page(asked, &scope),
            Consent::NotTester => {
                return refusal(
                    403,
                    "access_denied",
                    "rejoinder has not completed the Google verification process. The app is currently being tested, and can only be accessed by developer-approved testers.",
                );
            }
            Consent::Deny => {
                return redirected(&redirect, &[("error", "access_denied")], &get("state"));
            }
            Consent::Allow | Consent::Again => scope,
            Consent::Untick => "openid".to_owned(),
        };
        let code = format!("4/0A{}", self.random(36));
        self.codes.insert(
            code.clone(),
            Code {
                challenge,
                redirect: redirect.clone(),
                scope: scope.clone(),
                // Google gives a refresh token for offline access, and after the first
                // time only when consent is asked for anew.
                offline: said != Consent::Again
                    && get("access_type") == "offline"
                    && (self.grants == 0 || get("prompt").contains("consent")),
                until: later(now, CODE_LIFE),
            },
        );
        redirected(
            &redirect,
            &[("code", &code), ("scope", &scope)],
            &get("state"),
        )
    }

    /// `POST /token`.
    pub fn token(&mut self, asked: &Asked, now: Timestamp) -> Answer {
        let get = |name: &str| asked.field(name).unwrap_or_default();
        if get("client_id") != self.client_id {
            return token_error(401, "invalid_client", "The OAuth client was not found.");
        }
        match get("grant_type").as_str() {
            "authorization_code" => self.redeem(asked, now),
            "refresh_token" => {
                if get("client_secret") != self.client_secret {
                    return token_error(401, "invalid_client", "Unauthorized");
                }
                let Some(grant) = self.refresh.get(&get("refresh_token")).cloned() else {
                    return token_error(400, "invalid_grant", "Token has been expired or revoked.");
                };
                let access = self.issue(&grant.scope, grant.id, now);
                self.token_answer(&access, None, &grant.scope)
            }
            _ => token_error(400, "unsupported_grant_type", "Invalid grant_type"),
        }
    }

    fn redeem(&mut self, asked: &Asked, now: Timestamp) -> Answer {
        let get = |name: &str| asked.field(name).unwrap_or_default();
        if get("client_secret").is_empty() {
            return token_error(400, "invalid_request", "client_secret is missing.");
        }
        if get("client_secret") != self.client_secret {
            return token_error(401, "invalid_client", "Unauthorized");
        }
        // A code is used up by the first try, whatever comes of it.
        let Some(code) = self
            .codes
            .remove(&get("code"))
            .filter(|code| code.until > now)
        else {
            return token_error(400, "invalid_grant", "Malformed auth code.");
        };
        if get("redirect_uri") != code.redirect {
            return token_error(400, "redirect_uri_mismatch", "Bad Request");
        }
        let verifier = asked.field("code_verifier");
        match (&code.challenge, &verifier) {
            (None, _) => {}
            (Some(_), None) => {
                return token_error(400, "invalid_grant", "Missing code verifier.");
            }
            (Some(challenge), Some(verifier)) => {
                if URL_SAFE_NO_PAD.encode(Sha256::digest(verifier)) != *challenge {
                    return token_error(400, "invalid_grant", "Invalid code verifier.");
                }
            }
        }
        self.grants += 1;
        let access = self.issue(&code.scope, self.grants, now);
        let refresh = code.offline.then(|| self.grant(&code.scope));
        self.token_answer(&access, refresh.as_deref(), &code.scope)
    }

    fn grant(&mut self, scope: &str) -> String {
        let token = format!("1//0{}", self.random(60));
        let grant = Grant {
            id: self.grants,
            scope: scope.to_owned(),
        };
        self.refresh.insert(token.clone(), grant);
        token
    }

    fn issue(&mut self, scope: &str, grant: u64, now: Timestamp) -> String {
        let token = format!("ya29.{}", self.random(80));
        self.access.insert(
            token.clone(),
            Access {
                scope: scope.to_owned(),
                grant,
                until: later(now, Duration::from_secs(self.expires_in)),
            },
        );
        token
    }

    fn token_answer(&self, access: &str, refresh: Option<&str>, scope: &str) -> Answer {
        let mut body = json!({
            "access_token": access,
            "expires_in": self.expires_in,
            "scope": scope,
            "token_type": "Bearer",
        });
        if let (Some(object), Some(refresh)) = (body.as_object_mut(), refresh) {
            object.insert("refresh_token".to_owned(), refresh.into());
        }
        Answer::json(200, &body).with_header("cache-control", "no-store")
    }

    /// `POST /revoke` with either token.
    pub fn revoke(&mut self, asked: &Asked) -> Answer {
        let token = asked.field("token").unwrap_or_default();
        let grant = self
            .refresh
            .get(&token)
            .map(|grant| grant.id)
            .or_else(|| self.access.get(&token).map(|access| access.grant));
        let Some(grant) = grant else {
            return token_error(400, "invalid_token", "Token expired or revoked");
        };
        self.refresh.retain(|_, one| one.id != grant);
        self.access.retain(|_, one| one.grant != grant);
        Answer::json(200, &json!({}))
    }

    /// Lets a request in by its `Authorization` header.
    ///
    /// # Errors
    /// 401 without a living token, 403 when its scope does not do.
    pub fn check(&self, asked: &Asked, now: Timestamp) -> Result<(), ApiError> {
        let token = asked
            .header("authorization")
            .and_then(|value| value.strip_prefix("Bearer "))
            .and_then(|token| self.access.get(token.trim()))
            .filter(|access| access.until > now)
            .ok_or_else(ApiError::unauthenticated)?;
        let fits = |scope: &str| MAIL_SCOPES.contains(&scope);
        if token.scope.split_whitespace().any(fits) {
            Ok(())
        } else {
            Err(ApiError::insufficient_scope())
        }
    }

    /// Tokens as after a sign-in, without one.
    pub fn sign_in(&mut self, now: Timestamp) -> Tokens {
        self.grants += 1;
        Tokens {
            access_token: self.issue(GMAIL_MODIFY, self.grants, now),
            refresh_token: self.grant(GMAIL_MODIFY),
        }
    }

    /// The user takes all access away (or changes the password).
    pub fn revoke_all(&mut self) {
        self.refresh.clear();
        self.access.clear();
    }

    /// Every access token is too old from now on; refresh tokens still work.
    pub fn expire_access(&mut self) {
        self.access.clear();
    }

    fn random(&mut self, letters: usize) -> String {
        const ALPHABET: &[u8] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
        (0..letters)
            .filter_map(|_| ALPHABET.get(self.rng.random_range(0..ALPHABET.len())))
            .map(|letter| char::from(*letter))
            .collect()
    }
}

fn is_loopback(uri: &str) -> bool {
    url::Url::parse(uri).is_ok_and(|uri| {
        uri.scheme() == "http"
            && uri
                .host_str()
                .is_some_and(|host| matches!(host, "127.0.0.1" | "localhost" | "[::1]"))
    })
}

fn token_error(code: u16, error: &str, why: &str) -> Answer {
    Answer::json(code, &json!({ "error": error, "error_description": why }))
}

fn refusal(code: u16, error: &str, why: &str) -> Answer {
    Answer::html(
        code,
        page(&format!(
            "<h1>Access blocked</h1><p>{}</p><p>Error {code}: {error}</p>",
            escaped(why)
        )),
    )
}

fn redirected(to: &str, params: &[(&str, &str)], state: &str) -> Answer {
    let Ok(mut url) = url::Url::parse(to) else {
        return refusal(400, "invalid_request", "redirect_uri");
    };
    for (name, value) in params {
        url.query_pairs_mut().append_pair(name, value);
    }
    if !state.is_empty() {
        url.query_pairs_mut().append_pair("state", state);
    }
    Answer::empty(302).with_header("location", url.as_str())
}

fn consent_page(asked: &Asked, scope: &str) -> Answer {
    let link = |said: &str| {
        let query = format!("?{}&sim_consent={said}", asked.query);
        escaped(&query)
    };
    let mut text = String::from(
        "<h1>Simulated Google sign-in</h1><p>This page belongs to rejoinder's demo; no real account is involved.</p><p>rejoinder wants access to the mailbox of the demo:</p><ul>",
    );
    for one in scope.split_whitespace() {
        // Writing to a String cannot fail.
        write!(text, "<li>{}</li>", escaped(one)).ok();
    }
    write!(
        text,
        "</ul><p><a id=\"allow\" href=\"{}\">Allow</a> · <a id=\"untick\" href=\"{}\">Allow without the mailbox</a> · <a id=\"deny\" href=\"{}\">Deny</a></p>",
        link("allow"),
        link("untick"),
        link("deny"),
    )
    .ok();
    Answer::html(200, page(&text))
}

fn page(body: &str) -> String {
    format!(
        "<!DOCTYPE html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\"><title>Sign in</title><body style=\"font-family:sans-serif;max-width:40em;margin:3em auto\">{body}</body></html>"
    )
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}
