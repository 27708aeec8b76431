//! How a call is made: a token, room in the quota, one exchange, and for calls that may
//! be repeated another try. What the calls are is in `api`.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request, header};
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::address::Base;
use super::clock::Clock;
use super::error::{GmailError, GmailErrorKind};
use super::hub::Hub;
use super::oauth::ClientFile;
use super::patience::Patience;
use super::problem::{self, Asked};
use super::quota::{Governor, Priority};
use super::token::{Refresher, TokenKeeper};
use super::transport::{self, Answer, Limits, Lost, Transport};
use super::wire::Nonsense;
use crate::config;

/// Named in every request.
const USER_AGENT: &str = concat!("rejoinder/", env!("CARGO_PKG_VERSION"));

/// A mailbox at Gmail. Clones are cheap and share connections, token and quota.
#[derive(Clone)]
pub struct Gmail {
    shared: Arc<Shared>,
    priority: Priority,
    tally: Option<Tally>,
}

/// Counts the quota units of the calls that are made through one handle and its clones.
#[derive(Clone, Debug, Default)]
pub struct Tally(Arc<AtomicU64>);

impl Tally {
    /// Units so far.
    #[must_use]
    pub fn units(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

struct Shared {
    hub: Hub,
    transport: Transport,
    refresher: Refresher,
    governor: Governor,
    base: Base,
    quota: config::Quota,
    patience: Patience,
    clock: Clock,
    /// Seconds that this machine is ahead of Google, by the last answer.
    skew: Mutex<Option<i64>>,
}

impl fmt::Debug for Gmail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gmail")
            .field("base", &self.shared.base.as_str())
            .field("priority", &self.priority)
            .finish_non_exhaustive()
    }
}

/// Whether a call may be made again when its outcome is not known.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Repeat {
    /// It reads, or doing it twice is the same as doing it once.
    Freely,
    /// Only when it provably was not done, and then by the caller.
    Never,
}

/// One call, before it is made.
pub(super) struct Call {
    pub(super) asked: Asked,
    pub(super) method: Method,
    pub(super) url: Url,
    /// Content type and bytes.
    pub(super) body: Option<(String, Bytes)>,
    pub(super) repeat: Repeat,
}

impl Gmail {
    /// A mailbox that answers at `config.base_url`. Nothing is sent yet.
    ///
    /// # Errors
    /// Kind `Settings` for an address that would carry mail in the clear, and
    /// `NoCertificates` when this machine cannot recognise Google.
    pub fn connect(
        config: &config::Gmail,
        keeper: Arc<dyn TokenKeeper>,
        client: ClientFile,
        clock: Clock,
    ) -> Result<Self, GmailError> {
        Self::connect_with(config, keeper, client, clock, Patience::default())
    }

    /// The same with other limits of time.
    ///
    /// # Errors
    /// As [`Gmail::connect`].
    pub fn connect_with(
        config: &config::Gmail,
        keeper: Arc<dyn TokenKeeper>,
        client: ClientFile,
        clock: Clock,
        patience: Patience,
    ) -> Result<Self, GmailError> {
        let base = Base::new(&config.base_url)?;
        let transport = Transport::new(&patience).map_err(|lost| {
            problem::of_lost(
                Asked {
                    method: "",
                    what: "set up TLS",
                },
                &lost,
            )
        })?;
        if base.is_https()
            && let Some(why) = transport.missing_certificates()
        {
            return Err(GmailError::new(
                GmailErrorKind::NoCertificates,
                problem::no_certificates(why),
            ));
        }
        let refresher = Refresher::new(
            client,
            keeper,
            transport.clone(),
            patience.clone(),
            clock.clone(),
        );
        Ok(Self {
            shared: Arc::new(Shared {
                hub: Hub::new(&transport, &refresher, &base),
                transport,
                refresher,
                governor: Governor::new(
                    config.quota.units_per_minute,
                    config.rate_limit_per_minute,
                ),
                base,
                quota: config.quota.clone(),
                patience,
                clock,
                skew: Mutex::default(),
            }),
            priority: Priority::Background,
            tally: None,
        })
    }

    /// The same mailbox with a tally of what it costs from here on.
    #[must_use]
    pub fn counted(&self) -> (Self, Tally) {
        let tally = Tally::default();
        let counted = Self {
            tally: Some(tally.clone()),
            ..self.clone()
        };
        (counted, tally)
    }

    /// The same mailbox for what a person waits for: goes before background work.
    #[must_use]
    pub fn as_person(&self) -> Self {
        Self {
            shared: Arc::clone(&self.shared),
            priority: Priority::Person,
            tally: self.tally.clone(),
        }
    }

    /// What spends the quota, to show what has been used.
    #[must_use]
    pub fn governor(&self) -> &Governor {
        &self.shared.governor
    }

    /// What keeps the token fresh, to check a sign-in without a call.
    #[must_use]
    pub fn refresher(&self) -> &Refresher {
        &self.shared.refresher
    }

    /// Seconds that this machine's clock is ahead of Google's, by the last answer; none
    /// when no answer said.
    #[must_use]
    pub fn clock_skew(&self) -> Option<i64> {
        *self
            .shared
            .skew
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn note_date(&self, answer: &Answer) {
        let date = answer.headers.get(header::DATE);
        let date = date
            .and_then(|date| date.to_str().ok())
            .and_then(|date| jiff::fmt::rfc2822::parse(date).ok());
        if let Some(date) = date {
            let skew = self.now().as_second() - date.timestamp().as_second();
            *self
                .shared
                .skew
                .lock()
                .unwrap_or_else(PoisonError::into_inner) = Some(skew);
        }
    }

    pub(super) fn now(&self) -> Timestamp {
        self.shared.clock.now()
    }

    pub(super) fn url(&self, path: &[&str], query: &[(&str, &str)]) -> Url {
        self.shared.base.url(&[], path, query)
    }

    /// The address for mails too large for a JSON body.
    pub(super) fn upload_url(&self, path: &[&str], query: &[(&str, &str)]) -> Url {
        self.shared.base.url(&["upload"], path, query)
    }

    /// Makes a call and reads its answer with `parse`.
    pub(super) async fn make<T>(
        &self,
        call: Call,
        parse: impl Fn(&[u8]) -> Result<T, Nonsense>,
    ) -> Result<T, GmailError> {
        let mut tried = 0;
        loop {
            tried += 1;
            let error = match self.attempt(&call, &parse).await {
                Ok(value) => return Ok(value),
                Err(error) => error,
            };
            if error.kind == GmailErrorKind::RateLimited && error.status.is_some() {
                self.shared.governor.slow_down(self.wait(tried, &error));
            }
            let again = call.repeat == Repeat::Freely
                && tried < self.shared.patience.tries
                && is_worth_repeating(&error);
            let wait = self.wait(tried, &error);
            if !again || wait > self.shared.patience.longest_wait {
                return Err(error);
            }
            tracing::debug!(
                method = call.asked.method,
                tried,
                kind = ?error.kind,
                status = ?error.status,
                "a call is tried again"
            );
            tokio::time::sleep(wait).await;
        }
    }

    /// One try, and a second one with a new token when Gmail rejects the first's: a 401
    /// of its own proves that nothing was done.
    async fn attempt<T>(
        &self,
        call: &Call,
        parse: &impl Fn(&[u8]) -> Result<T, Nonsense>,
    ) -> Result<T, GmailError> {
        let shared = &self.shared;
        let token = shared.hub.token().await?;
        let mut answer = self.exchange(call, &token).await?;
        let told = |answer: &Answer| problem::of_answer(call.asked, answer, self.now());
        if answer.status == 401 {
            let error = told(&answer);
            if call.repeat == Repeat::Never && error.outcome() == super::Outcome::Unknown {
                return Err(error);
            }
            let token = shared.refresher.renewed(&token).await?;
            answer = self.exchange(call, &token).await?;
        }
        if !answer.is_success() {
            return Err(told(&answer));
        }
        if answer.cut.is_some() {
            return Err(problem::of_nonsense(call.asked, &answer, ""));
        }
        parse(&answer.body).map_err(|why| problem::of_nonsense(call.asked, &answer, &why))
    }

    async fn exchange(&self, call: &Call, token: &SecretString) -> Result<Answer, GmailError> {
        let shared = &self.shared;
        let lost = |lost: Lost| problem::of_lost(call.asked, &lost);
        let request = request(call, token).map_err(|error| lost(Lost::request(&error)))?;
        let size = call.body.as_ref().map_or(0, |(_, bytes)| bytes.len());
        let upload = shared.patience.upload(size);
        let repeatable = call.repeat == Repeat::Freely;
        let whole = if repeatable {
            shared.patience.whole_read
        } else {
            shared.patience.whole_write
        };
        let limits = Limits {
            answer: shared.patience.answer + upload,
            silence: shared.patience.silence,
            whole: whole + upload,
        };
        let units = shared.quota.cost(call.asked.method);
        let permit = shared
            .governor
            .admit(units, self.priority, shared.patience.longest_wait)
            .await
            .map_err(|paused| self.held_back(call.asked, paused.0))?;
        if let Some(Tally(tally)) = &self.tally {
            tally.fetch_add(u64::from(units), Ordering::Relaxed);
        }
        let client = shared.hub.client(repeatable);
        let answer = shared.transport.exchange(client, request, limits).await;
        drop(permit);
        let answer = answer.map_err(lost)?;
        self.note_date(&answer);
        Ok(answer)
    }

    /// The wait before the next try, with jitter; Gmail's own word goes before it.
    fn wait(&self, tried: u32, error: &GmailError) -> Duration {
        let limited = error.kind == GmailErrorKind::RateLimited;
        let base = self.shared.patience.wait_after(tried, limited);
        let asked_for = error
            .retry_at
            .map(|at| at.duration_since(self.now()))
            .and_then(|span| Duration::try_from(span).ok())
            .unwrap_or_default();
        self.shared.patience.jitter.lengthen(base).max(asked_for)
    }

    fn held_back(&self, asked: Asked, time: Duration) -> GmailError {
        let mut error = GmailError::new(
            GmailErrorKind::RateLimited,
            format!(
                "could not {}: Gmail asked for {} s of quiet; it is tried again by itself",
                asked.what,
                time.as_secs()
            ),
        );
        error.retry_at = jiff::SignedDuration::try_from(time)
            .ok()
            .and_then(|span| self.now().checked_add(span).ok());
        error
    }
}

/// What another try within seconds may mend. Daily limits and a sign-in that is gone are
/// not among it.
fn is_worth_repeating(error: &GmailError) -> bool {
    matches!(
        error.kind,
        GmailErrorKind::Offline
            | GmailErrorKind::Timeout
            | GmailErrorKind::RateLimited
            | GmailErrorKind::Server
            | GmailErrorKind::Garbled
    )
}

fn request(call: &Call, token: &SecretString) -> Result<Request<transport::Body>, http::Error> {
    let mut bearer = header::HeaderValue::from_str(&format!("Bearer {}", token.expose_secret()))?;
    bearer.set_sensitive(true);
    let mut request = Request::builder()
        .method(call.method.clone())
        .uri(call.url.as_str())
        .header(header::USER_AGENT, USER_AGENT)
        .header(header::ACCEPT, "application/json")
        .header(header::AUTHORIZATION, bearer);
    let bytes = match &call.body {
        Some((content_type, bytes)) => {
            request = request.header(header::CONTENT_TYPE, content_type);
            bytes.clone()
        }
        None => {
            if call.method != Method::GET {
                request = request.header(header::CONTENT_LENGTH, 0);
            }
            Bytes::new()
        }
    };
    request.body(transport::body(bytes))
}
