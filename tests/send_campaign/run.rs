//! One seeded run: what people, processes and the network do, in an order by chance.

use std::time::Duration;

use jiff::SignedDuration;
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use rejoinder::demo::gmail::{Control, Fault, FaultRule, Lag};
use rejoinder::domain::delivery::{Delivery, DeliveryState};
use rejoinder::domain::{ConversationId, SuggestionStatus};
use rejoinder::service::compose::{self, Dispatch};
use rejoinder::service::outbox::{self, Decision};
use rejoinder::service::review::{self, Seen};
use rejoinder::service::sender::Policy;

use crate::verdict::Verdict;
use crate::world::World;

/// What the fault that edits writes, and who edits while a send is being done.
const AT_THAT_MOMENT: &[u8] = b"PS: edited by hand.\r\n";

/// Makes the run of a seed; always the same one.
pub fn run(seed: u64, policy: Policy) -> Verdict {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build()
        .unwrap();
    runtime.block_on(play(seed, policy))
}

/// Faults of calls that change something.
fn write_fault(chance: &mut StdRng) -> Fault {
    let status = |code, html, work_done| Fault::Status {
        code,
        reason: None,
        message: None,
        retry_after: None,
        retry_text: None,
        html,
        work_done,
    };
    match chance.random_range(0..17) {
        0 => Fault::DROP_BEFORE,
        1 | 2 => Fault::DROP_AFTER,
        3 => Fault::Drop {
            work_done: chance.random(),
            reset: true,
        },
        4 => Fault::Cut {
            clean: chance.random(),
        },
        5 => Fault::Garble,
        6 => Fault::Hang {
            work_done: chance.random(),
        },
        7 => status(500, false, chance.random()),
        8 => status(503, true, chance.random()),
        9 => status(429, false, false),
        10 => status(401, false, false),
        11 => status(404, false, false),
        12 => Fault::EditDraft,
        13 => Fault::DeleteDraft,
        14 => Fault::Delay {
            millis: chance.random_range(1_000..60_000),
        },
        15 => Fault::reason(403, "rateLimitExceeded"),
        _ => Fault::ExpireAccess,
    }
}

fn read_fault(chance: &mut StdRng) -> Fault {
    match chance.random_range(0..8) {
        0 => Fault::DROP_BEFORE,
        1 => Fault::DROP_AFTER,
        2 => Fault::status(500),
        3 => Fault::status(503),
        4 => Fault::status(404),
        5 => Fault::Garble,
        6 => Fault::Cut { clean: true },
        _ => Fault::Hang { work_done: false },
    }
}

fn plan_faults(world: &World, chance: &mut StdRng) {
    let writes = chance.random_range(0.0..0.7);
    for n in 0..40 {
        for method in ["drafts.create", "drafts.send", "drafts.delete"] {
            if chance.random_bool(writes) {
                let fault = write_fault(chance);
                world
                    .control
                    .fault(FaultRule::on(method, fault).after(n).once());
            }
        }
    }
    let reads = chance.random_range(0.0..0.25);
    for n in 0..120 {
        if chance.random_bool(reads) {
            // A thread or a draft that is "not found" although it is there would be a lie
            // that Gmail does not tell: 404 only where a mail can vanish by itself.
            let fault = read_fault(chance);
            let method = if fault == Fault::status(404) {
                "history.list"
            } else {
                "@reads"
            };
            world
                .control
                .fault(FaultRule::on(method, fault).after(n).once());
        }
    }
}

struct Run {
    world: World,
    chance: StdRng,
    verdict: Verdict,
    texts: u32,
}

async fn play(seed: u64, policy: Policy) -> Verdict {
    let mut chance = StdRng::seed_from_u64(seed);
    let lag = Lag {
        search_seconds: chance.random_range(0..600),
        search_requests: chance.random_range(0..5),
        label_seconds: if chance.random_bool(0.3) {
            chance.random_range(0..60)
        } else {
            0
        },
    };
    let leads = chance.random_range(1..=2);
    let per_minute = if chance.random_bool(0.2) { 1 } else { 20 };
    let world = World::new(leads, policy, lag, per_minute).await;
    let mut run = Run {
        world,
        chance,
        verdict: Verdict::default(),
        texts: 0,
    };
    plan_faults(&run.world, &mut run.chance);
    run.approve().await;
    for _ in 0..run.chance.random_range(10..50) {
        run.one_thing().await;
    }
    run.world.calm().await;
    run.judge(seed).await
}

impl Run {
    /// At which poll the process dies, if it does.
    fn crash(&mut self) -> Option<usize> {
        self.chance
            .random_bool(0.5)
            .then(|| self.chance.random_range(1..24))
    }

    async fn one_thing(&mut self) {
        match self.chance.random_range(0..100) {
            0..36 => {
                let crash = self.crash();
                self.world.send(crash).await;
            }
            36..44 => self.send_while_by_hand().await,
            44..58 => {
                let seconds = match self.chance.random_range(0..4) {
                    0 => self.chance.random_range(1..12),
                    1 => self.chance.random_range(10..90),
                    2 => self.chance.random_range(60..600),
                    _ => self.chance.random_range(600..7_200),
                };
                self.world.wait(Duration::from_secs(seconds)).await;
            }
            58..68 => self.approve().await,
            68..72 => self.edit().await,
            72..76 => self.undo().await,
            76..82 => {
                let crash = self.crash();
                self.world.poll(crash).await;
            }
            82..85 => {
                let lead = self.chance.random_range(0..self.world.conversations.len());
                self.world
                    .lead_writes(lead, "One more thing: can you start in May?");
                self.world.poll(None).await;
            }
            85..92 => {
                let what = self.chance.random();
                self.verdict.by_hand += u64::from(by_hand(&self.world.control, what, false));
            }
            92..98 => self.decide().await,
            _ => self.world.kill(),
        }
    }

    fn conversation(&mut self) -> usize {
        self.chance.random_range(0..self.world.conversations.len())
    }

    /// Approves the draft, or sends an own reply where there is none to approve: in this
    /// process or in a second one, at once, after the undo window, or at a time.
    async fn approve(&mut self) {
        let at = self.conversation();
        let (conversation, suggestion) = self.world.conversations[at];
        self.texts += 1;
        let body = format!("Hi,\n\nreply number {} from 2,400 EUR.\n\nSam", self.texts);
        let now = self.world.now();
        let dispatch = Dispatch {
            now: self.chance.random_bool(0.4),
            archive: self.chance.random_bool(0.2),
            at: self
                .chance
                .random_bool(0.2)
                .then(|| now + SignedDuration::from_secs(self.chance.random_range(30..4_000))),
            ..Dispatch::default()
        };
        let second = self.chance.random_bool(0.4);
        let crash = self.crash();
        let work = async move |process: rejoinder::service::Services| {
            let found = review::get(&process, suggestion).await?;
            if found.status == SuggestionStatus::Pending && !found.stale {
                let seen = Seen {
                    suggestion,
                    revision: found.revision,
                    body,
                    confirmed: false,
                };
                review::approve(&process, seen, dispatch).await
            } else {
                compose::reply(&process, conversation, &body, dispatch).await
            }
        };
        // That another reply is on its way is a good answer.
        if second {
            let other = self.world.open();
            drop(crate::crash::within(crash.unwrap_or(usize::MAX), work(other)).await);
            self.world.settle().await;
        } else {
            drop(self.world.act(crash, work).await);
        }
    }

    async fn edit(&mut self) {
        let at = self.conversation();
        let (conversation, suggestion) = self.world.conversations[at];
        self.texts += 1;
        let body = format!("Hi,\n\nan edit number {}.\n\nSam", self.texts);
        let crash = self.crash();
        drop(
            self.world
                .act(
                    crash,
                    async move |process: rejoinder::service::Services| match review::edit(
                        &process, suggestion, &body,
                    )
                    .await
                    {
                        Ok(_) => Ok(()),
                        Err(_) => compose::save(&process, conversation, &body, None)
                            .await
                            .map(drop),
                    },
                )
                .await,
        );
    }

    async fn pick(&mut self, wanted: impl Fn(&Delivery) -> bool) -> Option<Delivery> {
        let all: Vec<Delivery> = self
            .world
            .deliveries()
            .await
            .into_iter()
            .filter(wanted)
            .collect();
        (!all.is_empty()).then(|| all[self.chance.random_range(0..all.len())].clone())
    }

    async fn undo(&mut self) {
        let Some(delivery) = self.pick(|d| !d.state.is_final()).await else {
            return;
        };
        let second = self.chance.random_bool(0.4);
        let crash = self.crash();
        let work = async move |process| outbox::undo(&process, delivery.id).await;
        if second {
            let other = self.world.open();
            drop(crate::crash::within(crash.unwrap_or(usize::MAX), work(other)).await);
            self.world.settle().await;
        } else {
            drop(self.world.act(crash, work).await);
        }
    }

    async fn decide(&mut self) {
        let Some(delivery) = self.pick(|d| d.state.needs_person()).await else {
            return;
        };
        let otherwise = match (delivery.state, self.chance.random_range(0..3)) {
            (DeliveryState::Ask, 0) => Decision::KeepLooking,
            (_, 1) => Decision::TakeBack,
            _ => Decision::Send,
        };
        self.world.decide(&delivery, otherwise).await;
    }

    /// Somebody is at the drafts in the middle of a pass.
    async fn send_while_by_hand(&mut self) {
        let (what, at) = (self.chance.random(), self.chance.random_range(1..40));
        let control = self.world.control.clone();
        let done = std::cell::Cell::new(false);
        let act = || done.set(by_hand(&control, what, true));
        self.world.send_while(at, act).await;
        self.verdict.by_hand += u64::from(done.get());
    }

    async fn judge(mut self, seed: u64) -> Verdict {
        let journal = self.world.control.journal();
        let all = self.world.deliveries().await;
        let mut verdict = std::mem::take(&mut self.verdict);
        verdict.runs = 1;
        verdict.crashes = self.world.crashes;
        verdict.lost_answers = journal
            .calls
            .iter()
            .filter(|c| {
                c.work_done
                    && c.fault.is_some()
                    && (c.method == "drafts.send" || c.method == "drafts.create")
            })
            .count() as u64;
        verdict.asked = self.world.asked;
        verdict.held = self.world.held;
        for delivery in all {
            verdict.approved += 1;
            let mark = self.world.mark(&delivery).await;
            let left: Vec<_> = journal
                .sent
                .iter()
                .filter(|s| s.mark.as_deref() == Some(&mark))
                .collect();
            let by_us = left.iter().filter(|s| s.by != "by_hand").count();
            let what = format!(
                "seed {seed}: reply {} ({}, {:?})",
                delivery.id, delivery.state, delivery.error
            );
            if left.len() > 1 {
                let by: Vec<&str> = left.iter().map(|s| s.by.as_str()).collect();
                verdict
                    .doubled
                    .push(format!("{what} left {} times: {by:?}", left.len()));
            }
            match delivery.state {
                DeliveryState::Sent => {
                    verdict.sent += 1;
                    if left.is_empty() {
                        verdict
                            .lost
                            .push(format!("{what} counts as sent and never left"));
                    }
                }
                DeliveryState::Cancelled | DeliveryState::Refused => {
                    if delivery.state == DeliveryState::Cancelled {
                        verdict.undone += 1;
                    } else {
                        verdict.refused += 1;
                    }
                    if by_us > 0 {
                        verdict.wrong.push(format!(
                            "{what} left although it counts as {}",
                            delivery.state
                        ));
                    }
                    if !self.text_is_back(&delivery).await {
                        verdict
                            .lost
                            .push(format!("{what}: its text did not come back"));
                    }
                }
                state => verdict
                    .lost
                    .push(format!("{what} is still {state} after the calm")),
            }
            for sent in left.iter().filter(|s| s.by == "drafts.send") {
                // The fault edits at the very moment of the sending, too; an edit before
                // that must have been seen.
                let at_that_moment = sent.text.contains("PS: edited by hand.");
                if words(&sent.text) != words(&delivery.body) && !at_that_moment {
                    verdict.wrong.push(format!(
                        "{what}: sent by us, but not what was approved: {:?}",
                        sent.text
                    ));
                }
            }
        }
        verdict
    }

    /// The text of a reply that did not leave can be edited, or a newer one took its place.
    async fn text_is_back(&mut self, delivery: &Delivery) -> bool {
        let (conversation, suggestion): (ConversationId, _) =
            (delivery.conversation_id, delivery.suggestion_id);
        let process = self.world.process();
        let kept = process.store().read(move |r| {
            let composition = r.get_composition(conversation)?.unwrap_or_default();
            let pending = suggestion.map(|id| r.require_suggestion(id)).transpose()?;
            let later = r.list_deliveries(conversation)?;
            Ok((composition, pending, later))
        });
        let (composition, pending, later) = kept.await.unwrap();
        let newer = later.iter().any(|d| d.id > delivery.id);
        // An edit after it came back is the person's doing.
        let text =
            |body: &str| words(body) == words(&delivery.body) || body.contains("an edit number");
        let unsent = words(&composition).join(" ");
        let kept = unsent.contains(&words(&delivery.body).join(" "));
        kept || unsent.contains("an edit number")
            || newer
            || pending.is_some_and(|s| text(s.final_body()))
    }
}

/// Somebody changes, deletes or sends a draft in Gmail's own page; false where there is none.
fn by_hand(control: &Control, what: u32, in_a_pass: bool) -> bool {
    let drafts = control.drafts();
    let Some(found) = drafts.get(what as usize / 3 % drafts.len().max(1)) else {
        return false;
    };
    let id = found.draft.clone().unwrap();
    match what % 3 {
        0 => {
            let mut raw = control.raw(&found.id).unwrap();
            // What is changed between the last look and the send, or while Gmail has the
            // send already, nobody can see before it any more.
            let unseen = in_a_pass || control.sends_held_up() > 0;
            raw.extend_from_slice(if unseen {
                AT_THAT_MOMENT
            } else {
                b"PS: by hand.\r\n"
            });
            control.edit_draft(&id, &raw).unwrap();
        }
        1 => control.delete_draft(&id).unwrap(),
        _ => control.send_draft(&id).unwrap(),
    }
    true
}

fn words(text: &str) -> Vec<&str> {
    text.split_whitespace().collect()
}
