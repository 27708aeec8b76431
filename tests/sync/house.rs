//! A mailbox whose clock stands, a data folder, and the services over both; they can be
//! dropped at any moment and opened anew, as after a crash.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use jiff::tz::TimeZone;
use rejoinder::config::{Config, Loaded, Paths, ProviderName};
use rejoinder::demo::clock::Clock as SimClock;
use rejoinder::demo::gmail::{Control, Incoming, Sim, SimOptions};
use rejoinder::domain::lead::NewLead;
use rejoinder::domain::sync::SyncReport;
use rejoinder::domain::{ConversationId, Direction, GmailId, HistoryId, LeadId, MatchedBy};
use rejoinder::gmail::TokenSet;
use rejoinder::service::{Clock, Jitter, Patience, ServiceError, Services, leads, poller};
use rejoinder::store::SyncState;
use tempfile::TempDir;

/// Ends a future after so many polls of it, wherever it is then.
pub struct Killed<F> {
    work: Pin<Box<F>>,
    steps: usize,
}

impl<F> Killed<F> {
    pub fn after(steps: usize, work: F) -> Self {
        let work = Box::pin(work);
        Self { work, steps }
    }
}

impl<F: Future> Future for Killed<F> {
    type Output = Option<F::Output>;
    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        if self.steps == 0 {
            return Poll::Ready(None);
        }
        self.steps -= 1;
        self.work.as_mut().poll(context).map(Some)
    }
}

pub struct House {
    dir: TempDir,
    pub sim: Sim,
    pub gmail: Control,
    pub clock: SimClock,
    pub config: Config,
    pub patience: Patience,
}

/// Waits in milliseconds, so that trying again costs a test no time.
pub fn brisk(seed: u64) -> Patience {
    Patience {
        answer: Duration::from_secs(5),
        first_wait: Duration::from_millis(1),
        first_rate_limit_wait: Duration::from_millis(1),
        jitter: Jitter::seeded(seed),
        ..Patience::default()
    }
}

impl House {
    pub async fn new() -> Self {
        Self::with(SimOptions::default()).await
    }

    /// With quota in plenty: what it costs is another test's business.
    pub async fn with(options: SimOptions) -> Self {
        let clock = SimClock::fixed();
        let seed = options.seed;
        let sim = Sim::start(SimOptions {
            clock: clock.clone(),
            ..options
        })
        .await
        .unwrap();
        let mut config = Config::default();
        config.gmail.base_url = sim.base_url();
        config.gmail.rate_limit_per_minute = 10_000_000;
        config.gmail.quota.units_per_minute = 100_000_000;
        config.ai.provider = Some(ProviderName::Template);
        Self {
            dir: tempfile::tempdir().unwrap(),
            gmail: sim.control(),
            sim,
            clock,
            config,
            patience: brisk(seed),
        }
    }

    /// The program starts.
    pub fn open(&self) -> Services {
        let loaded = Loaded {
            config: self.config.clone(),
            paths: Paths {
                config_dir: self.dir.path().join("config"),
                data_dir: self.dir.path().join("data"),
            },
            warnings: Vec::new(),
        };
        let clock = self.clock.clone();
        let clock = Clock::from_fn(move || clock.now());
        Services::open_with(loaded, clock, TimeZone::UTC, self.patience.clone()).unwrap()
    }

    /// The program starts with somebody signed in.
    pub async fn signed_in(&self) -> Services {
        let services = self.open();
        let granted = self.gmail.sign_in();
        let tokens = TokenSet {
            access_token: granted.access_token.into(),
            refresh_token: granted.refresh_token.into(),
            expires_at: services.now() + jiff::SignedDuration::from_mins(50),
            scope: rejoinder::gmail::SCOPE.to_owned(),
            account: None,
        };
        let tokens = serde_json::to_string(&tokens).unwrap();
        let client = self.gmail.client_file().to_string();
        let now = services.now();
        services
            .store()
            .write(move |w| {
                w.set_secret("gmail.tokens", Some(&tokens), now)?;
                w.set_secret("gmail.client", Some(&client), now)
            })
            .await
            .unwrap();
        services
    }

    pub fn advance(&self, seconds: u64) {
        self.sim.advance(Duration::from_secs(seconds));
    }

    /// A mail into the inbox; its id.
    pub fn deliver(&self, raw: &str) -> GmailId {
        self.deliver_as(raw, &["INBOX", "UNREAD"])
    }

    pub fn deliver_as(&self, raw: &str, labels: &[&str]) -> GmailId {
        let mail = Incoming::labelled(raw.as_bytes().to_vec(), labels);
        GmailId(self.gmail.deliver(mail))
    }
}

/// A mail as people write it.
pub fn mail(from: &str, to: &str, subject: &str, id: &str, headers: &str) -> String {
    format!(
        "From: {from}\r\nTo: {to}\r\nSubject: {subject}\r\nMessage-ID: <{id}>\r\n{headers}\
         Date: Mon, 02 Nov 2026 09:00:00 +0000\r\n\r\nHello, this is {id}. What would it cost?\r\n"
    )
}

/// A mail of Maria's.
pub fn maria(id: &str, headers: &str) -> String {
    mail(
        "Maria Lopez <maria@bakery.example>",
        "sam@example.com",
        "Website",
        id,
        headers,
    )
}

pub async fn lead(services: &Services, name: &str, email: &str) -> LeadId {
    let new = NewLead {
        name: name.into(),
        email: email.into(),
        ..NewLead::default()
    };
    leads::add(services, new).await.unwrap().id
}

pub async fn sync(services: &Services) -> SyncReport {
    poller::poll(services).await.unwrap()
}

pub async fn try_sync(services: &Services) -> Result<SyncReport, ServiceError> {
    poller::poll(services).await
}

pub async fn state(services: &Services) -> SyncState {
    services.store().read(|r| r.get_sync_state()).await.unwrap()
}

pub async fn cursor(services: &Services) -> Option<u64> {
    state(services).await.history_id.map(|HistoryId(id)| id)
}

/// Where a mail is kept.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Kept {
    In {
        conversation: ConversationId,
        lead: LeadId,
        direction: Direction,
        by: Option<MatchedBy>,
    },
    Unmatched,
    /// Looked at and not wanted, or never seen.
    Nowhere,
}

pub async fn kept(services: &Services, id: &GmailId) -> Kept {
    let id = id.clone();
    services
        .store()
        .read(move |r| {
            if let Some((message, conversation)) = r.get_message_by_gmail_id(&id)? {
                let message = r.get_message(message)?.unwrap();
                return Ok(Kept::In {
                    conversation,
                    lead: r.get_conversation_lead(conversation)?.unwrap(),
                    direction: message.content.direction,
                    by: message.matched_by,
                });
            }
            let listed = r.list_unmatched(100_000)?;
            Ok(if listed.iter().any(|one| one.gmail_id == id) {
                Kept::Unmatched
            } else {
                Kept::Nowhere
            })
        })
        .await
        .unwrap()
}

/// Calls of a method in the simulation's journal.
pub fn calls(gmail: &Control, method: &str) -> u64 {
    gmail.look(|journal| {
        journal
            .units_by_method()
            .get(method)
            .map_or(0, |(_, calls)| *calls)
    })
}
