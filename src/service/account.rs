//! Signing in and out, and whose mailbox it is.

use std::path::PathBuf;
use std::time::Duration;

use secrecy::SecretString;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::mailbox::{CLIENT, TOKENS};
use super::{ServiceError, Services};
use crate::domain::{Address, Notice};
use crate::gmail::oauth::{self, ClientFile, OauthError, SignIn};
use crate::gmail::{Alias, Gmail, TokenSet};
use crate::store::SyncState;

/// A sign-in that waits for the person.
pub struct PendingSignIn {
    /// Who else can read the client file, with the command that mends it.
    pub exposed: Option<String>,
    client: ClientFile,
    sign_in: SignIn,
}

impl PendingSignIn {
    /// The address to open in a browser.
    #[must_use]
    pub fn consent_url(&self) -> &str {
        self.sign_in.consent_url()
    }

    /// The loopback port that is listened on.
    #[must_use]
    pub fn port(&self) -> Option<u16> {
        self.sign_in.port()
    }

    /// How much longer it waits.
    #[must_use]
    pub fn time_left(&self) -> Duration {
        self.sign_in.time_left()
    }

    /// What to tell the person while it waits.
    pub fn remarks(&mut self) -> Option<mpsc::Receiver<oauth::Remark>> {
        self.sign_in.remarks()
    }
}

/// The client file: the one named by the settings, else the one in the configuration folder.
pub(super) fn client_file(services: &Services) -> Result<ClientFile, OauthError> {
    let default = services.paths().credentials_file();
    let path = services
        .config()
        .gmail
        .credentials_path
        .as_ref()
        .unwrap_or(&default);
    ClientFile::read(path)
}

/// Where the OAuth client comes from.
#[derive(Clone, Debug, Default)]
pub enum ClientChoice {
    /// From the settings or the configuration folder, else the one of an earlier sign-in.
    #[default]
    Known,
    /// From this file, as Google Cloud gives it out.
    File(PathBuf),
    /// Typed in.
    IdAndSecret {
        /// The client's id.
        id: String,
        /// Its secret.
        secret: SecretString,
    },
}

/// How to sign in.
#[derive(Clone, Debug, Default)]
pub struct SignInOptions {
    /// The client.
    pub client: ClientChoice,
    /// The loopback port; any free one if none is given.
    pub port: Option<u16>,
    /// How long the person may take; ten minutes if none is given.
    pub time_limit: Option<Duration>,
}

/// How a person gets a client from Google Cloud: what to do, and where.
pub fn setup_steps() -> impl Iterator<Item = (&'static str, &'static str)> {
    oauth::SETUP_STEPS.iter().map(|step| (step.text, step.link))
}

/// Whether there is a client to sign in with. One that is there but wrong counts: what is
/// wrong is said when it is used.
pub async fn has_client(services: &Services) -> bool {
    let named = services.config().gmail.credentials_path.is_some();
    named || services.paths().credentials_file().exists() || known_client(services).await.is_some()
}

async fn known_client(services: &Services) -> Option<String> {
    let stored = services.store().read(|r| r.get_secret(CLIENT)).await;
    stored.ok().flatten()
}

async fn chosen_client(
    services: &Services,
    choice: ClientChoice,
) -> Result<ClientFile, OauthError> {
    match choice {
        ClientChoice::File(path) => ClientFile::read(&path),
        ClientChoice::IdAndSecret { id, secret } => ClientFile::from_id_and_secret(&id, secret),
        ClientChoice::Known => {
            let named = services.config().gmail.credentials_path.is_some();
            let there = named || services.paths().credentials_file().exists();
            match known_client(services).await {
                Some(json) if !there => ClientFile::from_json(&json),
                _ => client_file(services),
            }
        }
    }
}

/// Begins a sign-in: listens on a loopback port and makes the consent address.
///
/// # Errors
/// No client or a wrong one, or a port that cannot be had.
pub async fn begin_sign_in(
    services: &Services,
    options: SignInOptions,
) -> Result<PendingSignIn, ServiceError> {
    let failed = |error: OauthError| ServiceError::SignIn(error.to_string());
    let exposed = match &options.client {
        ClientChoice::File(path) => oauth::permission_problem(path),
        _ => super::doctor::exposed(services.config(), services.paths())
            .into_iter()
            .next(),
    };
    let client = chosen_client(services, options.client)
        .await
        .map_err(failed)?;
    let mut sign_in = SignIn::begin(client.clone(), options.port)
        .await
        .map_err(failed)?;
    if let Some(limit) = options.time_limit {
        sign_in = sign_in.with_time_limit(limit);
    }
    let state = services.store().read(|r| r.get_sync_state()).await?;
    if let Some(account) = &state.account {
        sign_in = sign_in.for_account(account);
    }
    Ok(PendingSignIn {
        exposed,
        client,
        sign_in,
    })
}

/// Waits for the person's answer, by redirect or pasted, and keeps the tokens. Returns
/// the account's address.
///
/// # Errors
/// What Google or the person said no to, in words.
pub async fn finish_sign_in(
    services: &Services,
    pending: PendingSignIn,
    cancel: CancellationToken,
    pasted: mpsc::Receiver<String>,
) -> Result<String, ServiceError> {
    let tokens = pending
        .sign_in
        .finish(cancel, pasted)
        .await
        .map_err(|error| ServiceError::SignIn(error.to_string()))?;
    keep(services, &tokens, Some(&pending.client)).await?;
    let gmail = services.gmail().await?;
    let account = identify(services, &gmail.as_person()).await?;
    services.post(Notice::SyncChanged);
    services.wake_poller().notify_one();
    Ok(account)
}

async fn keep(
    services: &Services,
    tokens: &TokenSet,
    client: Option<&ClientFile>,
) -> Result<(), ServiceError> {
    use secrecy::ExposeSecret as _;
    let json = serde_json::to_string(tokens)
        .map_err(|error| ServiceError::refused(format!("the tokens cannot be kept: {error}")))?;
    let client = client.map(|client| client.to_json().expose_secret().to_owned());
    let now = services.now();
    services
        .store()
        .write_durably(move |w| {
            w.set_secret(TOKENS, Some(&json), now)?;
            if let Some(client) = client {
                w.set_secret(CLIENT, Some(&client), now)?;
            }
            Ok(())
        })
        .await?;
    services.disconnect().await;
    Ok(())
}

/// Takes over a token file from a sign-in elsewhere, if one is named and nobody is
/// signed in here.
pub(super) async fn take_over_token(services: &Services) -> Result<(), ServiceError> {
    let Some(path) = services.config().gmail.token_path.clone() else {
        return Ok(());
    };
    if services
        .store()
        .read(|r| r.get_secret(TOKENS))
        .await?
        .is_some()
    {
        return Ok(());
    }
    let imported =
        oauth::import_token_file(&path).map_err(|error| ServiceError::SignIn(error.to_string()))?;
    use secrecy::ExposeSecret as _;
    let json = serde_json::to_string(&imported.tokens)
        .map_err(|error| ServiceError::refused(format!("the tokens cannot be kept: {error}")))?;
    // A token works only with the client that it was given to; the file may name it.
    let client = match imported.client {
        Some(client) => client,
        None => client_file(services).map_err(|error| ServiceError::SignIn(error.to_string()))?,
    };
    let client = client.to_json().expose_secret().to_owned();
    let now = services.now();
    services
        .store()
        .write_durably(move |w| {
            w.set_secret(TOKENS, Some(&json), now)?;
            w.set_secret(CLIENT, Some(&client), now)
        })
        .await?;
    Ok(())
}

/// Asks Gmail whose mailbox it is and which addresses it sends as, and keeps that. A
/// mailbox of another account than before starts its sync anew.
///
/// # Errors
/// Failures of Gmail and of the store.
pub async fn identify(services: &Services, gmail: &Gmail) -> Result<String, ServiceError> {
    let profile = gmail.profile().await?;
    let own = own_addresses(gmail, &profile.email).await;
    let (account, now) = (profile.email.clone(), services.now());
    services
        .store()
        .write(move |w| {
            w.set_own_addresses(&own)?;
            let mut state = w.get_sync_state()?;
            if state.account.as_deref() != Some(profile.email.as_str()) {
                state = SyncState {
                    account: Some(profile.email),
                    ..SyncState::default()
                };
                w.clear_backlog()?;
            }
            state.aliases_at = Some(now);
            w.set_sync_state(&state)
        })
        .await?;
    Ok(account)
}

/// Asks Gmail again which addresses the account sends as.
///
/// # Errors
/// Failures of the store; what Gmail does not tell stays as it was known.
pub(super) async fn refresh_aliases(
    services: &Services,
    gmail: &Gmail,
    account: &str,
) -> Result<(), ServiceError> {
    let own = match gmail.send_as().await {
        Ok(aliases) => in_order(&aliases, account),
        Err(error) => {
            tracing::warn!(kind = ?error.kind, "the account's aliases are not known");
            return Ok(());
        }
    };
    let (account, now) = (account.to_owned(), services.now());
    services
        .store()
        .write(move |w| {
            let mut state = w.get_sync_state()?;
            if state.account.as_deref() != Some(account.as_str()) {
                return Ok(());
            }
            w.set_own_addresses(&own)?;
            state.aliases_at = Some(now);
            w.set_sync_state(&state)
        })
        .await?;
    Ok(())
}

async fn own_addresses(gmail: &Gmail, account: &str) -> Vec<Address> {
    match gmail.send_as().await {
        Ok(aliases) => in_order(&aliases, account),
        Err(error) => {
            tracing::warn!(kind = ?error.kind, "the account's aliases are not known");
            vec![Address::bare(account)]
        }
    }
}

/// The default address first, the account's own in any case.
fn in_order(aliases: &[Alias], account: &str) -> Vec<Address> {
    let mut own: Vec<Address> = Vec::new();
    let mut add = |address: Address| {
        if !own.iter().any(|known| known.key() == address.key()) {
            own.push(address);
        }
    };
    for alias in aliases.iter().filter(|a| a.is_default).chain(aliases) {
        add(Address::named(&alias.name, &alias.address));
    }
    add(Address::bare(account));
    own
}

/// Revokes the sign-in at Google and erases it here.
///
/// # Errors
/// When nobody is signed in. A revocation that fails is told, but the tokens are erased.
pub async fn sign_out(services: &Services) -> Result<Option<String>, ServiceError> {
    let (tokens, client) = services
        .store()
        .read(|r| Ok((r.get_secret(TOKENS)?, r.get_secret(CLIENT)?)))
        .await?;
    let Some(tokens) = tokens else {
        return Err(ServiceError::SignIn("nobody is signed in".to_owned()));
    };
    let tokens: Option<TokenSet> = serde_json::from_str(&tokens).ok();
    let client = match client {
        Some(json) => ClientFile::from_json(&json),
        None => client_file(services),
    };
    let problem = match (tokens, client) {
        (Some(tokens), Ok(client)) => oauth::revoke(&client, &tokens)
            .await
            .err()
            .map(|error| error.to_string()),
        (None, _) => Some("the stored sign-in could not be read".to_owned()),
        (_, Err(error)) => Some(error.to_string()),
    };
    let now = services.now();
    services
        .store()
        .write_durably(move |w| {
            w.set_secret(TOKENS, None, now)?;
            w.set_secret(CLIENT, None, now)
        })
        .await?;
    services.disconnect().await;
    services.post(Notice::SyncChanged);
    Ok(problem)
}
