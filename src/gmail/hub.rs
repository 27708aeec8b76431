//! google-gmail1, and nothing else of ours names it: its hub holds the HTTP client and
//! the source of tokens that our calls go through.
//!
//! Its generated calls are not used: they ask for the wrong scopes, upload where a plain
//! POST does, hide the status of an error, and lose a page for one odd field.

use std::future::Future;
use std::pin::Pin;

use google_gmail1::Gmail;
use google_gmail1::common::GetToken;
use secrecy::{ExposeSecret, SecretString};

use super::address::Base;
use super::error::{GmailError, GmailErrorKind};
use super::token::Refresher;
use super::transport::{Client, Connector, Transport};

/// Two hubs on one source of tokens, for calls that may be repeated and for those that
/// must not.
pub(super) struct Hub {
    pooled: Gmail<Connector>,
    single: Gmail<Connector>,
}

/// Whatever scopes are asked for, the one token there is.
#[derive(Clone)]
struct OneToken(Refresher);

type TokenFuture<'a> = Pin<
    Box<
        dyn Future<Output = Result<Option<String>, Box<dyn std::error::Error + Send + Sync>>>
            + Send
            + 'a,
    >,
>;

impl GetToken for OneToken {
    fn get_token<'a>(&'a self, _scopes: &'a [&str]) -> TokenFuture<'a> {
        Box::pin(async move {
            let token = self.0.token().await?;
            Ok(Some(token.expose_secret().to_owned()))
        })
    }
}

impl Hub {
    pub(super) fn new(transport: &Transport, refresher: &Refresher, base: &Base) -> Self {
        let hub = |client: &Client| {
            let mut hub = Gmail::new(client.clone(), OneToken(refresher.clone()));
            hub.base_url(base.as_str().to_owned());
            hub.root_url(base.as_str().to_owned());
            hub
        };
        Self {
            pooled: hub(&transport.pooled),
            single: hub(&transport.single),
        }
    }

    /// The client for a call.
    pub(super) fn client(&self, repeatable: bool) -> &Client {
        if repeatable {
            &self.pooled.client
        } else {
            &self.single.client
        }
    }

    /// A token for the next call.
    pub(super) async fn token(&self) -> Result<SecretString, GmailError> {
        match self.pooled.auth.get_token(&[super::SCOPE]).await {
            Ok(Some(token)) => Ok(token.into()),
            Ok(None) => Err(GmailError::new(
                GmailErrorKind::SignIn,
                "nobody is signed in to Gmail; run `rejoinder login`",
            )),
            Err(error) => Err(match error.downcast::<GmailError>() {
                Ok(error) => *error,
                Err(error) => GmailError::new(GmailErrorKind::SignIn, error.to_string()),
            }),
        }
    }
}
