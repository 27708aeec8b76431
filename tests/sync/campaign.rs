//! The campaign: mail in bursts while a fifth of the calls fail, the cursor expires and
//! the program is killed again and again. In the end each mail is here once, where it
//! belongs, and the cursor is right.
//!
//! `REJOINDER_CAMPAIGN=full` plays it with 10,000 mails and 50 kills, and prints what
//! came of it; `REJOINDER_SEED` plays another one.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use rejoinder::demo::gmail::{Fault, FaultRule, Lag, SimOptions};
use rejoinder::domain::{Address, ConversationId, Direction, GmailId, LeadId, MatchedBy};
use rejoinder::service::{Services, poller};

use crate::house::{House, Killed, cursor, lead, mail, state};

struct Size {
    mails: usize,
    kills: usize,
    leads: usize,
    seed: u64,
}

/// Where a mail has to be in the end.
#[derive(Clone, PartialEq, Eq, Debug)]
enum Belongs {
    /// With this lead, found by one of these.
    Lead(usize, Direction, &'static [MatchedBy]),
    Unmatched,
    /// Looked at and not wanted.
    Nowhere,
}

/// A lead's side of the conversation as it stands in the mailbox.
struct Lead {
    address: String,
    subject: String,
    /// Message-ID and thread of our newest mail.
    ours: String,
    thread: String,
}

struct Campaign {
    house: House,
    chance: StdRng,
    leads: Vec<Lead>,
    ids: Vec<LeadId>,
    expected: BTreeMap<GmailId, Belongs>,
    sent: usize,
    polls: usize,
    failed: usize,
    killed: usize,
}

fn header(name: &str, id: &str) -> String {
    format!("{name}: <{id}>\r\n")
}

impl Campaign {
    async fn begin(size: &Size) -> (Self, Services) {
        let mut house = House::with(SimOptions {
            seed: size.seed,
            aliases: vec![Address::bare("sam@studio.example")],
            lag: Lag {
                search_seconds: 120,
                search_requests: 2,
                label_seconds: 0,
            },
            ..SimOptions::default()
        })
        .await;
        house.config.gmail.first_sync_count = 1_000;
        // Few tries, so that many looks fail halfway.
        house.patience.tries = 2;
        // Each answer that never comes takes so long in real time.
        house.patience.answer = Duration::from_secs(1);
        let services = house.signed_in().await;
        let mut campaign = Self {
            house,
            chance: StdRng::seed_from_u64(size.seed),
            leads: Vec::new(),
            ids: Vec::new(),
            expected: BTreeMap::new(),
            sent: 0,
            polls: 0,
            failed: 0,
            killed: 0,
        };
        for number in 0..size.leads {
            let address = format!("lead{number}@firm{number}.example");
            let id = lead(&services, &format!("Lead {number}"), &address).await;
            campaign.ids.push(id);
            let subject = format!("Website of firm {number}");
            let raw = mail("sam@example.com", &address, &subject, "x@local", "");
            let sent = campaign
                .house
                .gmail
                .send_by_hand(raw.as_bytes(), None)
                .unwrap();
            let stored = campaign.house.gmail.message(&sent).unwrap();
            campaign.leads.push(Lead {
                address,
                subject,
                ours: stored.message_id.unwrap(),
                thread: stored.thread,
            });
            let belongs = Belongs::Lead(number, Direction::Outbound, &[]);
            campaign.expected.insert(GmailId(sent), belongs);
        }
        (campaign, services)
    }

    /// One mail comes, of one sort or another.
    fn one_mail(&mut self) {
        use Direction::{Inbound, Outbound};
        use MatchedBy::{InReplyTo, References, Sender, Subject, Thread};
        self.sent += 1;
        let number = self.sent;
        let who = self.chance.random_range(0..self.leads.len());
        let Lead {
            address,
            subject,
            ours,
            thread,
        } = &self.leads[who];
        let re = format!("Re: {subject}");
        let own_id = format!("m{number}@outside.example");
        let from = format!("Lead {who} <{address}>");
        let reply = |headers: &str| mail(&from, "sam@example.com", &re, &own_id, headers);
        let gmail = &self.house.gmail;
        let (id, belongs) = match self.chance.random_range(0..100) {
            0..35 => {
                let raw = reply(&header("In-Reply-To", ours));
                let belongs = Belongs::Lead(who, Inbound, &[InReplyTo]);
                (self.house.deliver(&raw), belongs)
            }
            35..45 => {
                let raw = reply(&header("References", ours));
                let belongs = Belongs::Lead(who, Inbound, &[References]);
                (self.house.deliver(&raw), belongs)
            }
            // A filter archives it at once: no label at all.
            45..52 => {
                let raw = reply(&header("In-Reply-To", ours));
                let belongs = Belongs::Lead(who, Inbound, &[InReplyTo]);
                (self.house.deliver_as(&raw, &[]), belongs)
            }
            52..60 => {
                let belongs = Belongs::Lead(who, Inbound, &[Thread, Subject]);
                (self.house.deliver(&reply("")), belongs)
            }
            60..65 => {
                let subject = format!("Something else {number}");
                let raw = mail(&from, "sam@example.com", &subject, &own_id, "");
                let belongs = Belongs::Lead(who, Inbound, &[Sender]);
                (self.house.deliver(&raw), belongs)
            }
            // Written in Gmail's own page, sometimes under an alias.
            65..73 => {
                let me = ["sam@example.com", "sam@studio.example"][number % 2];
                let raw = mail(me, address, &re, "x@local", &header("In-Reply-To", ours));
                let sent = gmail.send_by_hand(raw.as_bytes(), Some(thread));
                // Its thread has vanished: a new one.
                let id = sent
                    .or_else(|_| gmail.send_by_hand(raw.as_bytes(), None))
                    .unwrap();
                let left = gmail.message(&id).unwrap().message_id.unwrap();
                self.leads[who].ours = left;
                let belongs = Belongs::Lead(who, Outbound, &[InReplyTo, References, Thread]);
                (GmailId(id), belongs)
            }
            73..88 => {
                let from = format!("Stranger <s{number}@elsewhere.example>");
                let raw = mail(&from, "sam@example.com", "Offer", &own_id, "");
                (self.house.deliver(&raw), Belongs::Unmatched)
            }
            88..92 => {
                let raw = mail("sam@example.com", "sam@example.com", "Note", &own_id, "");
                let labels = ["INBOX", "SENT", "UNREAD"];
                (self.house.deliver_as(&raw, &labels), Belongs::Nowhere)
            }
            92..96 => {
                let raw = mail("sam@example.com", address, &re, &own_id, "");
                let raw = raw.into_bytes();
                let draft = rejoinder::demo::gmail::Incoming::labelled(raw, &["DRAFT"]);
                (GmailId(gmail.deliver(draft)), Belongs::Nowhere)
            }
            _ => {
                let id = self.house.deliver(&reply(&header("In-Reply-To", ours)));
                gmail.delete(id.as_str()).unwrap();
                let belongs = Belongs::Lead(who, Inbound, &[InReplyTo]);
                (id, belongs)
            }
        };
        self.expected.insert(id, belongs);
    }

    /// One look at the mailbox; the program dies in it when `kill` says after how many
    /// steps.
    async fn look(&mut self, services: Services, kill: Option<usize>) -> Services {
        self.house.advance(30);
        self.polls += 1;
        let work = poller::poll(&services);
        let outcome = match kill {
            Some(steps) => Killed::after(steps, work).await,
            None => Some(work.await),
        };
        if let Some(outcome) = outcome {
            self.failed += usize::from(outcome.is_err());
            return services;
        }
        self.killed += 1;
        drop(services);
        self.house.open()
    }

    /// Looks until everything that came is here.
    async fn settle(&mut self, mut services: Services) -> Services {
        for _ in 0..2_000 {
            services = self.look(services, None).await;
            let state = state(&services).await;
            let waits = services
                .store()
                .read(|r| Ok(r.list_retry_due(jiff::Timestamp::MAX, 1)?.len()))
                .await
                .unwrap();
            let cursor = state.history_id.map(|id| id.0);
            if cursor == Some(self.house.gmail.history_id()) && waits == 0 {
                return services;
            }
            if waits > 0 {
                self.house.advance(600);
            }
        }
        panic!("it never came to rest: {:?}", state(&services).await);
    }

    async fn play(mut self, services: Services, size: &Size) -> (Self, Services) {
        let faults = &self.house.gmail;
        faults.fault(FaultRule::on("*", Fault::Delay { millis: 1 }).with_probability(0.05));
        faults.fault(FaultRule::on("messages.get", Fault::Vanish).with_probability(0.005));
        for (n, work_done) in [(40, false), (90, true), (140, false)] {
            let hang = FaultRule::on("*", Fault::Hang { work_done });
            faults.fault(hang.after(n).once());
        }
        faults.fault(FaultRule::on("*", Fault::Any { retry_after: 0 }).with_probability(0.2));
        let bursts = (size.mails / 40).max(8);
        let mut services = services;
        let mut expiries = vec![bursts / 3, bursts * 2 / 3];
        let mut burst = 0;
        while self.sent < size.mails {
            burst += 1;
            let most = (size.mails - self.sent).min(80);
            for _ in 0..self.chance.random_range(1..=most) {
                self.one_mail();
            }
            if expiries.first().is_some_and(|at| burst >= *at) {
                expiries.remove(0);
                self.house.gmail.expire_history();
            }
            for _ in 0..self.chance.random_range(1..=3) {
                let due = size.kills * self.sent / size.mails;
                let kill = (self.killed < due).then(|| self.chance.random_range(1..120));
                services = self.look(services, kill).await;
            }
        }
        while self.killed < size.kills {
            self.one_mail();
            let kill = self.chance.random_range(1..40);
            services = self.look(services, Some(kill)).await;
        }
        assert!(expiries.is_empty(), "the cursor expired twice");
        services = self.settle(services).await;
        (self, services)
    }

    fn vanished(&self) -> BTreeSet<GmailId> {
        let gone = |id: &&GmailId| self.house.gmail.message(id.as_str()).is_none();
        self.expected.keys().filter(gone).cloned().collect()
    }

    async fn check(&self, services: &Services) -> BTreeMap<&'static str, usize> {
        let rows = everything(services).await;
        let mut wrong = Vec::new();
        let mut counts: BTreeMap<&'static str, usize> = BTreeMap::new();
        let mut count = |what| *counts.entry(what).or_default() += 1;
        // With a mail of ours that vanished goes the proof that its answers had.
        let vanished = self.vanished();
        let shaken: BTreeSet<usize> = vanished
            .iter()
            .filter_map(|id| match self.expected.get(id) {
                Some(Belongs::Lead(who, Direction::Outbound, _)) => Some(*who),
                _ => None,
            })
            .collect();
        for (id, belongs) in &self.expected {
            let found = rows.get(id).map_or(&[][..], Vec::as_slice);
            if found.is_empty() && vanished.contains(id) {
                count("vanished");
                continue;
            }
            let right = match (belongs, found) {
                (Belongs::Lead(who, direction, ways), [Row::Message(lead, way, by, certain)]) => {
                    count(by.map_or("own", MatchedBy::as_str));
                    let as_told = by.is_none_or(|by| ways.contains(&by));
                    // What it answers could not be read until later: by a lesser proof.
                    let proven = *certain && !ways.contains(&MatchedBy::Sender);
                    if !as_told && proven {
                        count("by a lesser proof");
                    }
                    // The same where no header names the question: a guess, shown as one.
                    let guessed = !*certain && *by == Some(MatchedBy::Sender) && !names_it(ways);
                    if !as_told && guessed {
                        count("by a guess");
                    }
                    *lead == self.ids[*who]
                        && way == direction
                        && (ways.is_empty() || shaken.contains(who) || as_told || proven || guessed)
                }
                (Belongs::Unmatched, [Row::Unmatched]) => {
                    count("unmatched");
                    true
                }
                (Belongs::Nowhere, []) => {
                    count("not wanted");
                    true
                }
                _ => false,
            };
            if !right {
                wrong.push(format!("{id}: {belongs:?}, but {found:?}"));
            }
        }
        for (id, found) in &rows {
            if !self.expected.contains_key(id) || found.len() > 1 {
                wrong.push(format!("{id} is here as {found:?}"));
            }
        }
        assert!(wrong.is_empty(), "{} wrong: {wrong:#?}", wrong.len());
        counts
    }
}

/// Whether a header of the mail says what it answers.
fn names_it(ways: &[MatchedBy]) -> bool {
    ways.iter()
        .any(|way| matches!(way, MatchedBy::InReplyTo | MatchedBy::References))
}

#[derive(Debug)]
enum Row {
    /// With whom, by whom, how it was matched, and whether that is a proof.
    Message(LeadId, Direction, Option<MatchedBy>, bool),
    Unmatched,
}

/// Every mail that is kept, by Gmail's id.
async fn everything(services: &Services) -> BTreeMap<GmailId, Vec<Row>> {
    services
        .store()
        .read(|r| {
            let mut rows: BTreeMap<GmailId, Vec<Row>> = BTreeMap::new();
            for number in 1.. {
                let conversation = ConversationId(number);
                let Some(lead) = r.get_conversation_lead(conversation)? else {
                    break;
                };
                for message in r.list_messages(conversation)? {
                    let direction = message.content.direction;
                    let row = Row::Message(lead, direction, message.matched_by, message.certain);
                    rows.entry(message.gmail_id.unwrap()).or_default().push(row);
                }
            }
            for listed in r.list_unmatched(1_000_000)? {
                rows.entry(listed.gmail_id)
                    .or_default()
                    .push(Row::Unmatched);
            }
            Ok(rows)
        })
        .await
        .unwrap()
}

fn size() -> Size {
    let env = |name: &str| std::env::var(name).ok();
    let full = env("REJOINDER_CAMPAIGN").as_deref() == Some("full");
    Size {
        mails: if full { 10_000 } else { 300 },
        kills: if full { 50 } else { 12 },
        leads: if full { 60 } else { 12 },
        seed: env("REJOINDER_SEED").map_or(11, |seed| seed.parse().unwrap()),
    }
}

#[tokio::test]
async fn whatever_fails_and_wherever_it_dies_each_mail_is_here_once_and_where_it_belongs() {
    let size = size();
    let (campaign, services) = Campaign::begin(&size).await;
    let (campaign, services) = campaign.play(services, &size).await;
    let counts = campaign.check(&services).await;
    assert_eq!(
        cursor(&services).await,
        Some(campaign.house.gmail.history_id())
    );
    let lesser = counts.get("by a lesser proof").copied().unwrap_or(0);
    assert!(lesser * 50 <= campaign.sent, "{counts:?}");
    let guesses = counts.get("by a guess").copied().unwrap_or(0);
    assert!(guesses * 500 <= campaign.sent, "{counts:?}");
    let journal = campaign.house.gmail.journal();
    let hung = |fault: &String| fault.starts_with("Hang");
    let hung = journal
        .calls
        .iter()
        .filter_map(|call| call.fault.as_ref())
        .filter(|f| hung(f));
    assert_eq!(hung.count(), 3, "answers that never came");
    let struck = journal.calls.iter().filter(|call| call.fault.is_some());
    let (struck, calls) = (struck.count(), journal.calls.len());
    assert!(struck * 6 > calls, "{struck} of {calls} calls failed");
    println!(
        "seed {}: {} mails in {} polls ({} failed), {} killed, {struck} of {calls} calls failed, {} units; {counts:?}",
        size.seed,
        campaign.sent,
        campaign.polls,
        campaign.failed,
        campaign.killed,
        journal.units(),
    );
}
