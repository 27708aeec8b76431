//! The sign-in of the screen: one at a time, with a way to hand it what was pasted.

use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use jiff::SignedDuration;
use secrecy::SecretString;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::app::Event;
use crate::app::sign_in::{GivenClient, SignInNews, SignInStep};
use crate::service::account::{self, ClientChoice, SignInOptions};
use crate::service::{ServiceError, Services};

/// The sign-in under way, if there is one.
#[derive(Default)]
pub struct SignIns(Mutex<Option<Active>>);

struct Active {
    paste: mpsc::Sender<String>,
    cancel: CancellationToken,
}

impl SignIns {
    fn replace(&self, active: Option<Active>) {
        let mut slot = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(old) = slot.take() {
            old.cancel.cancel();
        }
        *slot = active;
    }

    fn paste(&self, text: String) {
        let slot = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(active) = slot.as_ref()
            && active.paste.try_send(text).is_err()
        {
            tracing::debug!("what was pasted came too fast or too late");
        }
    }

    /// Stops what is under way, at the end of the program.
    pub fn stop(&self) {
        self.replace(None);
    }

    /// Carries out a step; what comes of it goes to `events`.
    pub async fn step(&self, services: &Services, step: SignInStep, events: &mpsc::Sender<Event>) {
        let client = match step {
            SignInStep::Begin(client) => client,
            SignInStep::Paste(text) => return self.paste(text.0),
            SignInStep::Cancel => return self.replace(None),
            // The loop carries it out itself.
            SignInStep::Copy(_) => return,
        };
        if client.is_none() && !account::has_client(services).await {
            let steps = account::setup_steps().collect();
            tell(events, SignInNews::NoClient(steps)).await;
            return;
        }
        let given = client.is_some();
        if let Err(error) = self.wait(services, client, events).await {
            tell(events, SignInNews::Failed(error.to_string())).await;
            if given {
                // A client that was typed wrongly can be typed again.
                let steps = account::setup_steps().collect();
                if !account::has_client(services).await {
                    tell(events, SignInNews::NoClient(steps)).await;
                }
            }
        }
    }

    async fn wait(
        &self,
        services: &Services,
        client: Option<GivenClient>,
        events: &mpsc::Sender<Event>,
    ) -> Result<(), ServiceError> {
        let (paste, pasted) = mpsc::channel(4);
        let cancel = CancellationToken::new();
        // An earlier one gives its port free first.
        self.replace(Some(Active {
            paste,
            cancel: cancel.clone(),
        }));
        let options = SignInOptions {
            client: client.map_or(ClientChoice::Known, chosen),
            ..SignInOptions::default()
        };
        let mut pending = account::begin_sign_in(services, options).await?;
        let left = SignedDuration::try_from(pending.time_left()).unwrap_or(SignedDuration::ZERO);
        let until = services.now().checked_add(left);
        tell(
            events,
            SignInNews::Waiting {
                url: pending.consent_url().to_owned(),
                port: pending.port().unwrap_or(0),
                until: until.unwrap_or_else(|_| services.now()),
            },
        )
        .await;
        if let Some(problem) = pending.exposed.clone() {
            tell(events, SignInNews::Remark(problem)).await;
        }
        if let Some(mut remarks) = pending.remarks() {
            let events = events.clone();
            tokio::spawn(async move {
                while let Some(remark) = remarks.recv().await {
                    tell(&events, SignInNews::Remark(remark.0)).await;
                }
            });
        }
        match account::finish_sign_in(services, pending, cancel.clone(), pasted).await {
            Ok(account) => tell(events, SignInNews::Done(account)).await,
            // The person stopped it, and knows.
            Err(_) if cancel.is_cancelled() => {}
            Err(error) => return Err(error),
        }
        Ok(())
    }
}

fn chosen(client: GivenClient) -> ClientChoice {
    match client {
        GivenClient::File(path) => ClientChoice::File(home(&path)),
        GivenClient::IdAndSecret { id, secret } => ClientChoice::IdAndSecret {
            id,
            secret: SecretString::from(secret.0),
        },
    }
}

/// A path as a person types or drags it: with `~`, in quotes.
fn home(path: &str) -> PathBuf {
    let path = path.trim().trim_matches(['"', '\'']);
    match (path.strip_prefix("~/"), std::env::var_os("HOME")) {
        (Some(rest), Some(home)) => PathBuf::from(home).join(rest),
        _ => PathBuf::from(path),
    }
}

async fn tell(events: &mpsc::Sender<Event>, news: SignInNews) {
    if events.send(Event::SignIn(news)).await.is_err() {
        tracing::debug!("nobody waits for the sign-in any more");
    }
}
