//! A simulated Gmail: the REST API v1 and Google's OAuth for one account, on a loopback
//! port, with everything that can go wrong on the way.
//!
//! [`Sim::start`] serves on the caller's runtime until the [`Sim`] is dropped;
//! [`Control`] looks into it and changes it from the same process, `/sim/...` does the
//! same over HTTP for tests of the built binary. State is in memory. Ids and chance
//! follow from a seed and the time from a [`Clock`], so that a run can be repeated.
//!
//! What it keeps to: labels, history with gaps and an end, threads by reference and
//! subject, drafts as single-use tickets, a new `Message-ID` on every send, a search
//! index that lags, quota units, sending limits, Google's error bodies. What it leaves
//! out: push notifications, filters, settings beside `sendAs`, resumable uploads.

use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use tokio::sync::{Notify, watch};
use tokio_util::sync::{CancellationToken, DropGuard};

use super::clock::Clock;
use super::http::{Answer, Asked, Outcome, Server, Site};
use crate::domain::Address;

mod api;
mod call;
mod control;
mod control_http;
mod faults;
mod journal;
mod mailbox;
mod mime;
mod oauth;
mod quota;
mod routes;
mod search;
mod sending;
mod wire;

pub use control::{Control, Incoming, StoredMail};
pub use faults::{Fault, FaultRule};
pub use journal::{CallEntry, End, Journal, SentEntry};
pub use mailbox::SendQuirks;
pub use mime::MARK_HEADER;
pub use oauth::{Consent, GMAIL_MODIFY, Tokens};
pub use quota::{Limits, OverQuota};
pub use search::Lag;

/// How the simulation is set up.
pub struct SimOptions {
    /// Ids, tokens and chance follow from it.
    pub seed: u64,
    /// Where the time comes from.
    pub clock: Clock,
    /// The port on 127.0.0.1; 0 for any free one.
    pub port: u16,
    /// The account.
    pub owner: Address,
    /// Other addresses it may send as.
    pub aliases: Vec<Address>,
    /// What happens at the consent page.
    pub consent: Consent,
    /// How long access tokens live, in seconds.
    pub token_seconds: u64,
    /// Quota and sending limits; none by default. Gmail's are 6,000 units a minute and
    /// 500 mails a day.
    pub limits: Limits,
    /// How late searches and listings see new mail.
    pub lag: Lag,
    /// Deviations from what is documented about sending.
    pub quirks: SendQuirks,
    /// Serve `/sim/...`. Only for tests: whoever reaches the port rules the mailbox.
    pub control_over_http: bool,
    /// The people outside.
    pub world: Option<Box<dyn World>>,
}

impl Default for SimOptions {
    fn default() -> Self {
        Self {
            seed: 1,
            clock: Clock::Real,
            port: 0,
            owner: Address::named("Sam Doe", "sam@example.com"),
            aliases: Vec::new(),
            consent: Consent::default(),
            token_seconds: 3_599,
            limits: Limits::default(),
            lag: Lag::default(),
            quirks: SendQuirks::default(),
            control_over_http: true,
            world: None,
        }
    }
}

/// The people outside the mailbox: what they do with mail that reaches them, and what
/// they write by themselves.
pub trait World: Send {
    /// A mail left the mailbox.
    fn received(&mut self, mail: &SentEntry, now: Timestamp);
    /// Mail that is due to arrive by now, in order.
    fn due(&mut self, now: Timestamp) -> Vec<Incoming>;
    /// When the next mail is due, if any is.
    fn next_due(&self) -> Option<Timestamp>;
}

/// A running simulation; stops when dropped.
#[must_use = "the simulation stops when it is dropped"]
pub struct Sim {
    server: Server,
    control: Control,
    _pump: DropGuard,
}

impl Sim {
    /// Starts serving on the caller's runtime.
    ///
    /// # Errors
    /// When the port cannot be had.
    pub async fn start(options: SimOptions) -> io::Result<Self> {
        let real = options.clock.is_real();
        let port = options.port;
        let shared = Arc::new(Shared::new(options));
        let server = Server::start(port, Arc::clone(&shared)).await?;
        shared.base.send_replace(server.base_url());
        let control = Control::new(Arc::clone(&shared), server.offline_switch());
        shared.lock().offline = Some(server.offline_switch());
        let stop = CancellationToken::new();
        if real {
            tokio::spawn(stop.clone().run_until_cancelled_owned(pump(shared)));
        }
        Ok(Self {
            server,
            control,
            _pump: stop.drop_guard(),
        })
    }

    /// `http://127.0.0.1:PORT/`: the value of `gmail.base_url`.
    #[must_use]
    pub fn base_url(&self) -> String {
        self.server.base_url()
    }

    /// The handle that looks into it and changes it.
    #[must_use]
    pub fn control(&self) -> Control {
        self.control.clone()
    }

    /// The client file of an installed program, with this server's addresses.
    #[must_use]
    pub fn client_file(&self) -> serde_json::Value {
        self.control.client_file()
    }

    /// Moves a manual clock and lets arrive what is due by then.
    pub fn advance(&self, by: Duration) {
        self.control.advance(by);
    }
}

/// Lets the mail of the world arrive in real time.
async fn pump(shared: Arc<Shared>) {
    loop {
        let woken = shared.changed.notified();
        let next = shared.lock().next_due();
        let now = shared.clock.now();
        match next {
            None => woken.await,
            Some(at) if at > now => {
                let wait = Duration::try_from(at.duration_since(now)).unwrap_or_default();
                tokio::select! {
                    () = woken => {}
                    () = tokio::time::sleep(wait) => {}
                }
            }
            Some(_) => {
                shared.lock().let_arrive(now);
                shared.changed.notify_waiters();
            }
        }
    }
}

/// What the server, the handles and the pump share.
pub(crate) struct Shared {
    state: Mutex<State>,
    clock: Clock,
    changed: Notify,
    base: watch::Sender<String>,
    control_over_http: bool,
    /// `drafts.send` calls that wait for the end of a [`Fault::Delay`].
    sends_held_up: AtomicUsize,
}

/// All that can change.
struct State {
    mailbox: mailbox::Mailbox,
    oauth: oauth::OAuth,
    faults: faults::Faults,
    quota: quota::Quota,
    journal: Journal,
    lag: Lag,
    quirks: SendQuirks,
    world: Option<Box<dyn World>>,
    offline: Option<watch::Sender<bool>>,
    chance: StdRng,
}

impl Shared {
    fn new(options: SimOptions) -> Self {
        let seed = options.seed;
        let state = State {
            mailbox: mailbox::Mailbox::new(options.owner, options.aliases, seed),
            oauth: oauth::OAuth::new(options.consent, options.token_seconds, seed),
            faults: faults::Faults::default(),
            quota: quota::Quota::with(options.limits),
            journal: Journal::default(),
            lag: options.lag,
            quirks: options.quirks,
            world: options.world,
            offline: None,
            chance: StdRng::seed_from_u64(seed),
        };
        Self {
            state: Mutex::new(state),
            clock: options.clock,
            changed: Notify::new(),
            base: watch::channel(String::new()).0,
            control_over_http: options.control_over_http,
            sends_held_up: AtomicUsize::new(0),
        }
    }

    /// A panic of another holder leaves a state that is still good to look at.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn base(&self) -> String {
        self.base.borrow().clone()
    }
}

/// Counts a call as arrived and not yet worked on, as long as it lives.
struct HeldUp<'s>(&'s AtomicUsize);

impl<'s> HeldUp<'s> {
    fn begin(number: &'s AtomicUsize) -> Self {
        number.fetch_add(1, Ordering::Relaxed);
        Self(number)
    }
}

impl Drop for HeldUp<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Site for Shared {
    async fn answer(self: Arc<Self>, asked: Asked) -> Outcome {
        if self.control_over_http && asked.path.starts_with("/sim/") {
            return control_http::answer(&self, &asked).into();
        }
        let Some(call) = routes::find(&asked.method, &asked.path) else {
            let path = &asked.path;
            let text = format!("The requested URL {path} was not found on this server.");
            return Answer::html(404, text).into();
        };
        let plan = {
            let mut state = self.lock();
            let State { faults, chance, .. } = &mut *state;
            faults.plan(&call.route, chance)
        };
        if !plan.delay.is_zero() {
            let sends = call.route.name == "drafts.send";
            let _held_up = sends.then(|| HeldUp::begin(&self.sends_held_up));
            tokio::time::sleep(plan.delay).await;
        }
        let outcome = self
            .lock()
            .take(&call, &asked, plan.fault.as_ref(), self.clock.now());
        self.changed.notify_waiters();
        outcome
    }
}

impl State {
    fn next_due(&self) -> Option<Timestamp> {
        self.world.as_ref()?.next_due()
    }

    /// Delivers what the world has ready by `now`.
    fn let_arrive(&mut self, now: Timestamp) {
        let due = self.world.as_mut().map(|world| world.due(now));
        for mail in due.into_iter().flatten() {
            control::deliver(&mut self.mailbox, &mail, now);
        }
    }
}
