//! The mailbox of the person who is signed in, connected when it is first needed.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use tokio::sync::Mutex;

use super::{ServiceError, Services};
use crate::gmail::oauth::ClientFile;
use crate::gmail::{Gmail, KeeperError, TokenKeeper, TokenSet};
use crate::store::Store;

/// Names of the secrets.
pub(super) const TOKENS: &str = "gmail.tokens";
pub(super) const CLIENT: &str = "gmail.client";

/// The connection, once there is one.
#[derive(Default)]
pub struct Mailbox(Mutex<Option<Gmail>>);

impl Services {
    /// The mailbox.
    ///
    /// # Errors
    /// [`ServiceError::SignIn`] when nobody is signed in; settings that cannot work.
    pub async fn gmail(&self) -> Result<Gmail, ServiceError> {
        let mut connected = self.mailbox().0.lock().await;
        if let Some(gmail) = connected.as_ref() {
            return Ok(gmail.clone());
        }
        if !self.config().gmail.enabled {
            return Err(ServiceError::refused(
                "Gmail is switched off (gmail.enabled, GMAIL_ENABLED); switch it on to sync and send",
            ));
        }
        super::account::take_over_token(self).await?;
        let (tokens, client) = self
            .store()
            .read(|r| Ok((r.get_secret(TOKENS)?, r.get_secret(CLIENT)?)))
            .await?;
        if tokens.is_none() {
            return Err(ServiceError::SignIn(
                "nobody is signed in to Gmail; run: rejoinder login".to_owned(),
            ));
        }
        let client = match client {
            Some(json) => ClientFile::from_json(&json),
            None => super::account::client_file(self),
        }
        .map_err(|error| ServiceError::SignIn(error.to_string()))?;
        let keeper = Arc::new(Keeper {
            store: self.store().clone(),
        });
        let (clock, patience) = (self.clock().clone(), self.patience().clone());
        let gmail = Gmail::connect_with(&self.config().gmail, keeper, client, clock, patience)?;
        *connected = Some(gmail.clone());
        Ok(gmail)
    }

    /// Forgets the connection, so that the next use takes what is stored by then.
    pub(super) async fn disconnect(&self) {
        *self.mailbox().0.lock().await = None;
    }
}

/// The sign-in as it is kept here, to see whether another one took its place.
pub(super) async fn kept_tokens(services: &Services) -> Option<String> {
    let stored = services.store().read(|r| r.get_secret(TOKENS)).await;
    stored.ok().flatten()
}

/// Tokens in the encrypted store.
struct Keeper {
    store: Store,
}

impl TokenKeeper for Keeper {
    fn load(&self) -> BoxFuture<'_, Result<Option<TokenSet>, KeeperError>> {
        Box::pin(async move {
            let json = self.store.read(|r| r.get_secret(TOKENS)).await?;
            Ok(json.map(|json| serde_json::from_str(&json)).transpose()?)
        })
    }

    fn save(&self, tokens: TokenSet) -> BoxFuture<'_, Result<(), KeeperError>> {
        Box::pin(async move {
            let json = serde_json::to_string(&tokens)?;
            let now = jiff::Timestamp::now();
            self.store
                .write_durably(move |w| w.set_secret(TOKENS, Some(&json), now))
                .await?;
            Ok(())
        })
    }
}
