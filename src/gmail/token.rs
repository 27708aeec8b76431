//! Keeps one access token fresh for all calls: one refresh at a time, ahead of expiry,
//! with "sign in again" told apart from "try later".
//!
//! Tokens are kept by a [`TokenKeeper`], which the service implements over the encrypted
//! store; another process may refresh or sign in meanwhile, so the keeper is asked before
//! Google is. A token is never logged, and one with odd characters never reaches a header.

use std::fmt;
use std::sync::Arc;

use futures_util::future::BoxFuture;
use jiff::{SignedDuration, Timestamp};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize, Serializer};
use tokio::sync::{Mutex, OwnedMutexGuard};

use super::clock::Clock;
use super::error::{GmailError, GmailErrorKind};
use super::oauth::exchange::{self, Grant, Granted};
use super::oauth::{ClientFile, OauthError, OauthErrorKind};
use super::patience::Patience;
use super::transport::Transport;

/// A token is not used in the last two minutes of its life.
const AHEAD: SignedDuration = SignedDuration::from_secs(120);
/// A sign-in that Google refused is not tried again for this long.
const REFUSED_FOR: SignedDuration = SignedDuration::from_mins(15);

/// What a sign-in leaves behind. Serialised, it is to be kept encrypted.
#[derive(Clone, Serialize, Deserialize)]
pub struct TokenSet {
    /// Opens the API until it expires. Empty when it has to be fetched first.
    #[serde(serialize_with = "exposed")]
    pub access_token: SecretString,
    /// Fetches new access tokens until it is revoked.
    #[serde(serialize_with = "exposed")]
    pub refresh_token: SecretString,
    /// When the access token expires.
    pub expires_at: Timestamp,
    /// The permissions granted, with spaces between; empty when not known.
    #[serde(default)]
    pub scope: String,
    /// The account's address, once somebody has asked for it.
    #[serde(default)]
    pub account: Option<String>,
}

fn exposed<S: Serializer>(secret: &SecretString, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(secret.expose_secret())
}

impl fmt::Debug for TokenSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenSet")
            .field("expires_at", &self.expires_at)
            .field("scope", &self.scope)
            .field("account", &self.account)
            .finish_non_exhaustive()
    }
}

impl TokenSet {
    /// From an answer of the token endpoint.
    pub(super) fn from_granted(
        granted: Granted,
        refresh_token: SecretString,
        now: Timestamp,
    ) -> Self {
        Self {
            access_token: granted.access_token,
            refresh_token,
            expires_at: now
                .checked_add(SignedDuration::from_secs(i64::from(granted.expires_in)))
                .unwrap_or(now),
            scope: granted.scope.unwrap_or_default(),
            account: None,
        }
    }
}

/// Why tokens could not be kept or found.
pub type KeeperError = Box<dyn std::error::Error + Send + Sync>;

/// Where tokens live between runs.
pub trait TokenKeeper: Send + Sync {
    /// The tokens kept; none when nobody is signed in.
    fn load(&self) -> BoxFuture<'_, Result<Option<TokenSet>, KeeperError>>;

    /// Keeps `tokens` in place of what was kept.
    fn save(&self, tokens: TokenSet) -> BoxFuture<'_, Result<(), KeeperError>>;
}

/// Hands out access tokens. Clones share one token and one refresh.
#[derive(Clone)]
pub struct Refresher {
    shared: Arc<Shared>,
    state: Arc<Mutex<State>>,
}

struct Shared {
    client: ClientFile,
    keeper: Arc<dyn TokenKeeper>,
    transport: Transport,
    patience: Patience,
    clock: Clock,
}

#[derive(Default)]
struct State {
    current: Option<Current>,
    refused: Option<Refused>,
}

#[derive(Clone)]
struct Current {
    access_token: SecretString,
    use_until: Timestamp,
}

struct Refused {
    refresh_token: SecretString,
    error: GmailError,
    at: Timestamp,
}

impl fmt::Debug for Refresher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Refresher")
    }
}

fn same(one: &SecretString, other: &SecretString) -> bool {
    one.expose_secret() == other.expose_secret()
}

impl Refresher {
    pub(super) fn new(
        client: ClientFile,
        keeper: Arc<dyn TokenKeeper>,
        transport: Transport,
        patience: Patience,
        clock: Clock,
    ) -> Self {
        Self {
            shared: Arc::new(Shared {
                client,
                keeper,
                transport,
                patience,
                clock,
            }),
            state: Arc::default(),
        }
    }

    /// An access token that is good for another two minutes, refreshed if need be.
    ///
    /// # Errors
    /// Kind `SignIn` when nobody is signed in or Google refuses the sign-in, and the
    /// kind of the network's failure otherwise.
    pub async fn token(&self) -> Result<SecretString, GmailError> {
        self.other_than(None).await
    }

    /// A token that is not `rejected`, because the API answered 401 to that one.
    ///
    /// # Errors
    /// As [`Refresher::token`].
    pub async fn renewed(&self, rejected: &SecretString) -> Result<SecretString, GmailError> {
        self.other_than(Some(rejected.clone())).await
    }

    async fn other_than(&self, rejected: Option<SecretString>) -> Result<SecretString, GmailError> {
        let state = Arc::clone(&self.state).lock_owned().await;
        let now = self.shared.clock.now();
        if let Some(current) = &state.current
            && current.use_until > now
            && rejected
                .as_ref()
                .is_none_or(|rejected| !same(rejected, &current.access_token))
        {
            return Ok(current.access_token.clone());
        }
        // A task of its own: a caller that stops waiting must not lose what Google
        // grants, nor leave the others to ask for it again.
        let shared = Arc::clone(&self.shared);
        tokio::spawn(async move { shared.fetch(state, rejected).await })
            .await
            .map_err(|error| {
                GmailError::new(
                    GmailErrorKind::Keeper,
                    format!("fetching an access token was interrupted ({error})"),
                )
            })?
    }
}

impl Shared {
    async fn fetch(
        &self,
        mut state: OwnedMutexGuard<State>,
        rejected: Option<SecretString>,
    ) -> Result<SecretString, GmailError> {
        state.current = None;
        let kept = self.keeper.load().await.map_err(|error| unkept(&error))?;
        let kept = kept.ok_or_else(not_signed_in)?;
        let now = self.clock.now();
        let use_until = before(kept.expires_at, AHEAD);
        if use_until > now
            && !kept.access_token.expose_secret().is_empty()
            && rejected.is_none_or(|rejected| !same(&rejected, &kept.access_token))
        {
            return state.take(kept.access_token, use_until);
        }
        if let Some(refused) = &state.refused
            && same(&refused.refresh_token, &kept.refresh_token)
            && now.duration_since(refused.at) < REFUSED_FOR
        {
            return Err(refused.error.clone());
        }
        let granted = exchange::ask(
            &self.transport,
            &self.patience,
            &self.client,
            &Grant::Refresh {
                refresh_token: &kept.refresh_token,
            },
        )
        .await;
        let granted = match granted {
            Ok(granted) => granted,
            Err(error) => {
                let error = refused(&error);
                if error.kind == GmailErrorKind::SignIn {
                    state.refused = Some(Refused {
                        refresh_token: kept.refresh_token,
                        error: error.clone(),
                        at: now,
                    });
                }
                return Err(error);
            }
        };
        let lifetime = SignedDuration::from_secs(i64::from(granted.expires_in));
        let use_until = now
            .checked_add((lifetime - AHEAD).max(lifetime / 2))
            .unwrap_or(now);
        let refresh_token = granted
            .refresh_token
            .clone()
            .unwrap_or_else(|| kept.refresh_token.clone());
        let mut fresh = TokenSet::from_granted(granted, refresh_token, now);
        if fresh.scope.is_empty() {
            fresh.scope = kept.scope;
        }
        fresh.account = kept.account;
        let access_token = fresh.access_token.clone();
        if let Err(error) = self.keeper.save(fresh).await {
            // The token works all the same, and the next process fetches its own.
            tracing::warn!(%error, "the refreshed access token could not be kept");
        }
        state.take(access_token, use_until)
    }
}

impl State {
    fn take(
        &mut self,
        access_token: SecretString,
        use_until: Timestamp,
    ) -> Result<SecretString, GmailError> {
        if !is_plain(access_token.expose_secret()) {
            return Err(GmailError::new(
                GmailErrorKind::SignIn,
                "the access token has characters that no token of Google's has; sign in again (rejoinder login)",
            ));
        }
        self.refused = None;
        self.current = Some(Current {
            access_token: access_token.clone(),
            use_until,
        });
        Ok(access_token)
    }
}

/// Only what may stand in an `Authorization` header (RFC 6750 section 2.1, and a little
/// more): google-gmail1 panics at a control character.
fn is_plain(token: &str) -> bool {
    !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_graphic())
}

fn before(time: Timestamp, span: SignedDuration) -> Timestamp {
    time.checked_sub(span).unwrap_or(Timestamp::MIN)
}

fn not_signed_in() -> GmailError {
    GmailError::new(
        GmailErrorKind::SignIn,
        "nobody is signed in to Gmail; run `rejoinder login`",
    )
}

fn unkept(error: &KeeperError) -> GmailError {
    GmailError::new(
        GmailErrorKind::Keeper,
        format!("the stored sign-in cannot be read: {error}"),
    )
}

/// A refresh that failed, as the error of the call that needed it. Nothing was sent, so
/// nothing was done.
fn refused(error: &OauthError) -> GmailError {
    let kind = match error.kind {
        OauthErrorKind::InvalidGrant => {
            let mut again = GmailError::new(GmailErrorKind::SignIn, SIGN_IN_AGAIN);
            again.reason = Some("invalid_grant".to_owned());
            again.status = error.status;
            return again;
        }
        OauthErrorKind::Offline => GmailErrorKind::Offline,
        OauthErrorKind::Clock => GmailErrorKind::Clock,
        OauthErrorKind::TimedOut => GmailErrorKind::Timeout,
        OauthErrorKind::Server => GmailErrorKind::Server,
        OauthErrorKind::RateLimited => GmailErrorKind::RateLimited,
        OauthErrorKind::Garbled => GmailErrorKind::Garbled,
        OauthErrorKind::NoCertificates => GmailErrorKind::NoCertificates,
        OauthErrorKind::Address => GmailErrorKind::Settings,
        _ => GmailErrorKind::SignIn,
    };
    let mut told = GmailError::new(kind, format!("no access token: {}", error.message));
    told.status = error.status;
    told.reason.clone_from(&error.reason);
    told
}

/// What `invalid_grant` at a refresh means and what to do.
const SIGN_IN_AGAIN: &str = "Google no longer accepts the sign-in (invalid_grant): sign in again with `rejoinder login`. \
     If this comes back every seven days, the Google Cloud project is in status \"Testing\": publish it under Google Auth Platform > Audience > Publish app. \
     A changed password, a removed permission or six unused months end a sign-in as well";
