//! A mailbox, a data folder, and processes that work on it and can be killed.

use std::path::PathBuf;
use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use rejoinder::config::{Config, Loaded, Paths, ProviderName};
use rejoinder::demo::clock::Clock as Hands;
use rejoinder::demo::gmail::{Control, Lag, Sim, SimOptions};
use rejoinder::domain::delivery::{Delivery, DeliveryState};
use rejoinder::domain::lead::NewLead;
use rejoinder::domain::{ConversationId, SuggestionId};
use rejoinder::service::inbox::{self, Query};
use rejoinder::service::outbox::{self, Decision};
use rejoinder::service::sender::{self, Policy};
use rejoinder::service::{Clock, ServiceError, Services, generator, leads, poller};
use rejoinder::store::Lease;
use serde_json::json;
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

use crate::crash;

const LEADS: [(&str, &str); 2] = [
    ("Maria Lopez", "maria@bakery.example"),
    ("Jon Park", "jon@park.example"),
];

pub struct World {
    pub control: Control,
    pub conversations: Vec<(ConversationId, SuggestionId)>,
    pub policy: Policy,
    pub crashes: u64,
    pub asked: u64,
    pub held: u64,
    hands: Hands,
    process: Option<Services>,
    dir: TempDir,
    config: Config,
    letters: u32,
    _sim: Sim,
}

fn folder() -> TempDir {
    // A disk in memory where there is one: a campaign commits a great deal.
    let memory = PathBuf::from("/dev/shm");
    tempfile::tempdir_in(&memory)
        .or_else(|_| tempfile::tempdir())
        .unwrap()
}

fn letter(number: u32, lead: usize, text: &str, about: Option<&str>) -> Vec<u8> {
    let (name, address) = LEADS[lead];
    let about = about.map_or(String::new(), |id| {
        format!("In-Reply-To: <{id}>\r\nReferences: <{id}>\r\n")
    });
    format!(
        "From: {name} <{address}>\r\nTo: Sam Doe <sam@example.com>\r\nSubject: Website {lead}\r\nMessage-ID: <l{number}@lead.example>\r\n{about}\r\n{text}\r\n"
    )
    .into_bytes()
}

impl World {
    /// Leads have written, and a draft for each waits for approval.
    pub async fn new(leads_number: usize, policy: Policy, lag: Lag, per_minute: u32) -> Self {
        let hands = Hands::fixed();
        let sim = Sim::start(SimOptions {
            clock: hands.clone(),
            ..SimOptions::default()
        })
        .await
        .unwrap();
        let control = sim.control();
        let dir = folder();
        let mut config = Config::default();
        config.gmail.base_url = sim.base_url();
        config.user.name = "Sam Doe".to_owned();
        config.ai.provider = Some(ProviderName::Template);
        config.sending.per_minute = per_minute;
        std::fs::create_dir_all(dir.path().join("config")).unwrap();
        std::fs::write(
            dir.path().join("config/credentials.json"),
            sim.client_file().to_string(),
        )
        .unwrap();
        let mut world = Self {
            control,
            conversations: Vec::new(),
            policy,
            crashes: 0,
            asked: 0,
            held: 0,
            hands,
            process: None,
            dir,
            config,
            letters: 0,
            _sim: sim,
        };
        world.sign_in().await;
        for (name, email) in LEADS.iter().take(leads_number) {
            let new = NewLead {
                name: (*name).to_owned(),
                email: (*email).to_owned(),
                ..NewLead::default()
            };
            leads::add(&world.process(), new).await.unwrap();
        }
        for lead in 0..leads_number {
            world.lead_writes(lead, "What would it cost?");
        }
        poller::poll(&world.process()).await.unwrap();
        generator::run_all(&world.process(), &CancellationToken::new())
            .await
            .unwrap();
        let page = inbox::list(
            &world.process(),
            Query {
                limit: 10,
                ..Query::default()
            },
        )
        .await
        .unwrap();
        world.conversations = page
            .conversations
            .iter()
            .map(|row| (row.id, row.suggestion.as_ref().unwrap().id))
            .collect();
        world.conversations.sort_by_key(|(id, _)| id.0);
        assert_eq!(world.conversations.len(), leads_number);
        world.control.set_lag(lag);
        world
    }

    async fn sign_in(&mut self) {
        let tokens = self.control.sign_in();
        let set = json!({
            "access_token": tokens.access_token,
            "refresh_token": tokens.refresh_token,
            "expires_at": self.now() + jiff::SignedDuration::from_secs(3_500),
            "scope": "https://www.googleapis.com/auth/gmail.modify",
        });
        let now = self.now();
        let process = self.process();
        process
            .store()
            .write(move |w| w.set_secret("gmail.tokens", Some(&set.to_string()), now))
            .await
            .unwrap();
    }

    pub fn now(&self) -> Timestamp {
        self.hands.now()
    }

    /// Another process on the same folder.
    pub fn open(&self) -> Services {
        let loaded = Loaded {
            config: self.config.clone(),
            paths: Paths {
                config_dir: self.dir.path().join("config"),
                data_dir: self.dir.path().join("data"),
            },
            warnings: Vec::new(),
        };
        let hands = self.hands.clone();
        Services::open(loaded, Clock::from_fn(move || hands.now()), TimeZone::UTC).unwrap()
    }

    /// The process that runs, started if none does.
    pub fn process(&mut self) -> Services {
        if self.process.is_none() {
            self.process = Some(self.open());
        }
        self.process.clone().unwrap()
    }

    /// Kills the process that runs.
    pub fn kill(&mut self) {
        self.process = None;
    }

    /// Time goes by, for the simulation, for us, and for what waits in the network.
    pub async fn wait(&self, by: Duration) {
        self.control.advance(by);
        tokio::time::advance(by).await;
        for _ in 0..10 {
            tokio::task::yield_now().await;
        }
    }

    /// The process does something and is killed after so many polls, if not earlier done.
    pub async fn act<T, F>(
        &mut self,
        polls: Option<usize>,
        work: impl FnOnce(Services) -> F,
    ) -> Option<Result<T, ServiceError>>
    where
        F: Future<Output = Result<T, ServiceError>>,
    {
        let done = crash::within(polls.unwrap_or(usize::MAX), work(self.process())).await;
        if done.is_none() {
            self.crashes += 1;
            self.kill();
            self.settle().await;
        }
        done
    }

    /// What a process had said before it was killed is on its way and arrives.
    pub async fn settle(&self) {
        for _ in 0..10 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    /// The process sends what is due, if it gets the lease; true when it was not killed.
    pub async fn send(&mut self, polls: Option<usize>) -> bool {
        let policy = self.policy;
        self.act(polls, |process| async move {
            let lease = Lease::take(&process.paths().worker_lock()).unwrap();
            if lease.is_some() {
                sender::run_due_by(&process, policy).await?;
            }
            Ok(())
        })
        .await
        .is_some()
    }

    /// The same to its end, while somebody else does something at its n-th poll.
    pub async fn send_while(&mut self, polls: usize, act: impl FnOnce()) {
        let (process, policy) = (self.process(), self.policy);
        let lease = Lease::take(&process.paths().worker_lock()).unwrap();
        let work = async {
            if lease.is_some() {
                sender::run_due_by(&process, policy).await?;
            }
            Ok::<_, ServiceError>(())
        };
        // What fails now is done the next time.
        drop(crash::meanwhile(polls, act, work).await);
    }

    pub async fn poll(&mut self, polls: Option<usize>) {
        // What a poll cannot do now it does the next time.
        drop(
            self.act(polls, |process| async move {
                poller::poll(&process).await.map(|_| ())
            })
            .await,
        );
    }

    pub fn lead_writes(&mut self, lead: usize, text: &str) {
        self.letters += 1;
        let about = self.control.look(|journal| {
            journal
                .sent
                .iter()
                .rev()
                .find(|s| s.to.iter().any(|to| to == LEADS[lead].1))
                .and_then(|s| s.message_id.clone())
        });
        let raw = letter(self.letters, lead, text, about.as_deref());
        drop(
            self.control
                .deliver(rejoinder::demo::gmail::Incoming::new(raw)),
        );
    }

    /// Every reply that was ever approved.
    pub async fn deliveries(&mut self) -> Vec<Delivery> {
        let ids: Vec<ConversationId> = self.conversations.iter().map(|(id, _)| *id).collect();
        let process = self.process();
        let all = process
            .store()
            .read(move |r| {
                let mut all = Vec::new();
                for id in ids {
                    all.extend(r.list_deliveries(id)?);
                }
                Ok(all)
            })
            .await;
        all.unwrap()
    }

    pub async fn mark(&mut self, delivery: &Delivery) -> String {
        let id = delivery.id;
        self.process()
            .store()
            .read(move |r| Ok(r.require_delivery(id)?.mark))
            .await
            .unwrap()
    }

    /// How often a mail with the mark of a reply has left.
    pub async fn left(&mut self, delivery: &Delivery) -> usize {
        let mark = self.mark(delivery).await;
        self.control
            .look(|journal| journal.sends_by_mark().get(&mark).copied().unwrap_or(0))
    }

    /// The person decides as somebody does who looks into Gmail's Sent folder.
    pub async fn decide(&mut self, delivery: &Delivery, otherwise: Decision) {
        let decision = match delivery.state {
            DeliveryState::Ask if self.left(delivery).await > 0 => Decision::MarkSent,
            _ => otherwise,
        };
        match delivery.state {
            DeliveryState::Ask => self.asked += 1,
            _ => self.held += 1,
        }
        let id = delivery.id;
        drop(
            self.act(None, |process| async move {
                outbox::decide(&process, id, decision).await
            })
            .await,
        );
    }

    /// Nothing fails any more; everything comes to its end.
    pub async fn calm(&mut self) {
        self.control.clear_faults();
        self.control.set_lag(Lag::default());
        for round in 0..400 {
            let open: Vec<Delivery> = self
                .deliveries()
                .await
                .into_iter()
                .filter(|d| !d.state.is_final())
                .collect();
            if open.is_empty() {
                self.send(None).await;
                return;
            }
            for delivery in open.iter().filter(|d| d.state.needs_person()) {
                let otherwise = if round % 2 == 0 {
                    Decision::Send
                } else {
                    Decision::TakeBack
                };
                self.decide(delivery, otherwise).await;
            }
            self.send(None).await;
            self.wait(Duration::from_secs(if round < 30 { 20 } else { 600 }))
                .await;
        }
    }
}
