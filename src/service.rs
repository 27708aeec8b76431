//! Layer 3: the use cases. The key `y` and the verb `approve` call the same function
//! here; the workers poll, draft and send.
//!
//! [`Services`] is what a front end holds. Functions that change something do it in one
//! transaction and post notices afterwards; nothing here prints, draws or exits.

pub mod account;
pub mod attach;
pub mod attachments;
pub mod checks;
pub mod compose;
pub mod context;
pub mod doctor;
mod error;
pub mod feed;
pub mod forget;
pub mod generator;
pub mod import;
pub mod inbox;
pub mod ingest;
pub mod inspect;
pub mod janitor;
pub mod keys;
pub mod leads;
pub mod learning;
pub mod mailbox;
pub mod moving;
pub mod outbox;
pub mod pages;
pub mod poller;
pub mod presence;
pub mod previews;
pub mod review;
pub mod sender;
pub mod stats;
pub mod templates;
pub mod texts;
pub mod triage;
pub mod when;
pub mod worker;

use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use tokio::sync::{Notify, broadcast, watch};

use crate::config::{Config, Loaded, Paths};
use crate::domain::Notice;
use crate::llm::{Drafter, Prices};
use crate::store::{Store, StoreError, StoreKey, Write};

pub use crate::gmail::{Clock, Jitter, Patience};
pub use error::{ErrorKind, ServiceError};
use mailbox::Mailbox;
use presence::Presence;
use previews::Previews;
use worker::Role;

/// Notices that a slow listener may be behind; then it loads everything anew.
const NOTICES: usize = 1_024;

/// What the use cases work with. Clones are cheap and share everything.
#[derive(Clone)]
pub struct Services(Arc<Inner>);

struct Inner {
    store: Store,
    config: Config,
    paths: Paths,
    clock: Clock,
    zone: TimeZone,
    patience: Patience,
    drafter: Drafter,
    mailbox: Mailbox,
    previews: Previews,
    /// Whether the environment or the settings gave a key: OpenAI's, Anthropic's.
    given_keys: (bool, bool),
    notices: broadcast::Sender<Notice>,
    wake_sender: Notify,
    wake_generator: Notify,
    wake_poller: Notify,
    presence: Presence,
    role: watch::Sender<Role>,
}

impl Services {
    /// Opens the store and gets everything ready; nothing is fetched or sent yet.
    ///
    /// # Errors
    /// When there is no key, the store does not open, or the model's settings are wrong.
    pub fn open(loaded: Loaded, clock: Clock, zone: TimeZone) -> Result<Self, ServiceError> {
        Self::open_with(loaded, clock, zone, Patience::default())
    }

    /// The same with other limits of time for calls of Gmail.
    ///
    /// # Errors
    /// As [`Services::open`].
    pub fn open_with(
        loaded: Loaded,
        clock: Clock,
        zone: TimeZone,
        patience: Patience,
    ) -> Result<Self, ServiceError> {
        let Loaded {
            mut config, paths, ..
        } = loaded;
        let key = store_key(&config, &paths)?;
        let store = Store::open(&paths.store_file(), &key)?;
        let ai = &mut config.ai;
        let given_keys = (ai.openai_api_key.is_some(), ai.anthropic_api_key.is_some());
        keys::fill_in(ai, &store)?;
        let http = crate::llm::http_client().map_err(|e| ServiceError::settings(e.to_string()))?;
        let drafter = Drafter::from_config(&config.ai, &http)
            .map_err(|error| ServiceError::settings(error.to_string()))?
            .with_prices(prices(&paths)?);
        let (notices, _) = broadcast::channel(NOTICES);
        Ok(Self(Arc::new(Inner {
            presence: Presence::since(clock.now()),
            role: watch::Sender::new(Role::Begins),
            mailbox: Mailbox::default(),
            store,
            config,
            paths,
            clock,
            zone,
            patience,
            drafter,
            previews: Previews::default(),
            given_keys,
            notices,
            wake_sender: Notify::new(),
            wake_generator: Notify::new(),
            wake_poller: Notify::new(),
        })))
    }

    /// The store.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.0.store
    }

    /// The settings.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.0.config
    }

    /// The folders.
    #[must_use]
    pub fn paths(&self) -> &Paths {
        &self.0.paths
    }

    /// The time now.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.0.clock.now()
    }

    /// The clock, for adapters.
    #[must_use]
    pub fn clock(&self) -> &Clock {
        &self.0.clock
    }

    pub(crate) fn patience(&self) -> &Patience {
        &self.0.patience
    }

    /// The person's time zone.
    #[must_use]
    pub fn zone(&self) -> &TimeZone {
        &self.0.zone
    }

    /// Who drafts, in a word or two for the first line of the screen.
    #[must_use]
    pub fn drafter_name(&self) -> String {
        match self.0.drafter.first() {
            Some((_, model)) if !model.is_empty() => model,
            Some((provider, _)) => provider.to_string(),
            None => "template".to_owned(),
        }
    }

    pub(crate) fn given_keys(&self) -> (bool, bool) {
        self.0.given_keys
    }

    pub(crate) fn drafter(&self) -> &Drafter {
        &self.0.drafter
    }

    pub(crate) fn mailbox(&self) -> &Mailbox {
        &self.0.mailbox
    }

    /// Drafts while they are being written.
    #[must_use]
    pub fn previews(&self) -> &Previews {
        &self.0.previews
    }

    /// What happens from now on.
    #[must_use]
    pub fn subscribe(&self) -> broadcast::Receiver<Notice> {
        self.0.notices.subscribe()
    }

    /// Tells everyone who listens.
    pub fn post(&self, notice: Notice) {
        // Nobody listening is no failure.
        let listeners = self.0.notices.send(notice).unwrap_or(0);
        tracing::trace!(listeners, "notice");
    }

    pub(crate) fn wake_sender(&self) -> &Notify {
        &self.0.wake_sender
    }

    pub(crate) fn wake_generator(&self) -> &Notify {
        &self.0.wake_generator
    }

    pub(crate) fn presence(&self) -> &Presence {
        &self.0.presence
    }

    /// What this process does about the mailbox, now and from now on.
    #[must_use]
    pub fn role(&self) -> watch::Receiver<Role> {
        self.0.role.subscribe()
    }

    pub(crate) fn set_role(&self, role: Role) {
        self.0.role.send_if_modified(|old| {
            let changed = *old != role;
            *old = role;
            changed
        });
    }

    /// Whether this is the process that polls, drafts and sends.
    #[must_use]
    pub fn holds_lease(&self) -> bool {
        *self.0.role.borrow() == Role::Holds
    }

    pub(crate) fn wake_poller(&self) -> &Notify {
        &self.0.wake_poller
    }
}

/// The embedded prices, with the person's own table over them if there is one.
fn prices(paths: &Paths) -> Result<Prices, ServiceError> {
    let file = paths.prices_file();
    match std::fs::read_to_string(&file) {
        Ok(text) => Prices::with_overrides(&text),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Prices::default()),
        Err(error) => {
            return Err(ServiceError::settings(format!(
                "the prices in {} cannot be read: {error}",
                file.display()
            )));
        }
    }
    .map_err(|error| {
        ServiceError::settings(format!(
            "the prices in {} cannot be used: {error}",
            file.display()
        ))
    })
}

/// The store's key: from the configured command, else from the key file.
fn store_key(config: &Config, paths: &Paths) -> Result<StoreKey, ServiceError> {
    let Some((program, arguments)) = config.store.key_command.split_first() else {
        return Ok(StoreKey::from_file(&paths.key_file(), &paths.store_file())?);
    };
    let failed = |why: String| {
        ServiceError::settings(format!("store.key_command ({program}) gave no key: {why}"))
    };
    let output = std::process::Command::new(program)
        .args(arguments)
        .stdin(std::process::Stdio::inherit())
        .stderr(std::process::Stdio::inherit())
        .output()
        .map_err(|error| failed(error.to_string()))?;
    if !output.status.success() {
        return Err(failed(format!("it ended with {}", output.status)));
    }
    let text = String::from_utf8(output.stdout).map_err(|_| failed("not text".to_owned()))?;
    StoreKey::from_text(&text).ok_or_else(|| failed("it printed nothing".to_owned()))
}

/// One use case, one transaction, on the disk when it is answered; a failure of the use
/// case itself rolls it back just as one of the store does.
pub(crate) async fn transact<T, F>(services: &Services, job: F) -> Result<T, ServiceError>
where
    T: Send + 'static,
    F: FnOnce(Write<'_>) -> Result<T, ServiceError> + Send + 'static,
{
    let mut failure = None;
    let (report, reported) = tokio::sync::oneshot::channel();
    let done = services
        .store()
        .write_durably(move |w| {
            job(w).map_err(|error| match error {
                ServiceError::Store(error) => error,
                other => {
                    let text = other.to_string();
                    // Fails only when nobody waits for the answer any more.
                    drop(report.send(other));
                    StoreError::Conflict(text)
                }
            })
        })
        .await;
    if done.is_err() {
        failure = reported.await.ok();
    }
    match (done, failure) {
        (Ok(value), _) => Ok(value),
        (Err(_), Some(failure)) => Err(failure),
        (Err(error), None) => Err(error.into()),
    }
}
