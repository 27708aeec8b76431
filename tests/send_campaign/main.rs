//! The campaign behind the promise "never twice, never lost": replies are approved,
//! edited, undone, scheduled and decided about by two processes that are killed at every
//! step, against a simulated Gmail that fails before and after its work, whose listings
//! lag, and in whose drafts somebody edits, deletes and sends by hand.
//!
//! Time is virtual. Some hundreds of runs belong to the gate; `REJOINDER_CAMPAIGN=full`
//! makes 10,000 of them, `REJOINDER_CAMPAIGN=<number>` so many, `REJOINDER_CAMPAIGN_FIRST`
//! is the first seed, and `REJOINDER_CAMPAIGN_SEED=<seed>` repeats one.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::expect_used,
    clippy::print_stderr
)]

mod cases;
mod crash;
mod run;
mod sweep;
mod verdict;
mod world;

use std::sync::atomic::{AtomicU64, Ordering};

use rejoinder::service::sender::Policy;

use verdict::Verdict;

/// Runs of the gate.
const GATE: u64 = 200;

fn seeds() -> std::ops::Range<u64> {
    let runs = match std::env::var("REJOINDER_CAMPAIGN").ok().as_deref() {
        None | Some("") => GATE,
        Some("full") => 10_000,
        Some(number) => number.parse().unwrap(),
    };
    let first = std::env::var("REJOINDER_CAMPAIGN_FIRST").map_or(0, |n| n.parse().unwrap());
    first..first + runs
}

/// Runs seeds on all cores and sums up what came of them.
fn campaign(seeds: std::ops::Range<u64>, policy: Policy) -> Verdict {
    let next = AtomicU64::new(seeds.start);
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let verdicts: Vec<Verdict> = std::thread::scope(|scope| {
        let work = || {
            let mut sum = Verdict::default();
            loop {
                let seed = next.fetch_add(1, Ordering::Relaxed);
                if seed >= seeds.end {
                    return sum;
                }
                let verdict = run::run(seed, policy);
                if policy == Policy::LookUp && !verdict.is_clean() {
                    // At once: a long campaign may be ended before it can sum up.
                    eprintln!("seed {seed}: {verdict}");
                }
                sum.add(verdict);
            }
        };
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        workers.into_iter().map(|w| w.join().unwrap()).collect()
    });
    let mut sum = Verdict::default();
    verdicts.into_iter().for_each(|verdict| sum.add(verdict));
    sum
}

#[test]
fn whatever_fails_and_whoever_is_killed_nothing_is_sent_twice_and_nothing_is_lost() {
    if let Ok(seed) = std::env::var("REJOINDER_CAMPAIGN_SEED") {
        let verdict = run::run(seed.parse().unwrap(), Policy::LookUp);
        eprintln!("seed {seed}: {verdict}");
        assert!(verdict.is_clean(), "{verdict}");
        return;
    }
    let verdict = campaign(seeds(), Policy::LookUp);
    eprintln!("{verdict}");
    assert!(verdict.is_clean(), "{verdict}");
    // A campaign in which nothing happens would be clean, too.
    assert!(verdict.sent * 2 > verdict.approved, "{verdict}");
    for (what, count) in [
        ("undone", verdict.undone),
        ("asked", verdict.asked),
        ("held", verdict.held),
        ("crashes", verdict.crashes),
        ("lost answers", verdict.lost_answers),
        ("by hand", verdict.by_hand),
    ] {
        assert!(count > 0, "{what} never happened: {verdict}");
    }
}

#[test]
fn the_campaign_bites_without_the_look_up_it_reports_doubles() {
    let verdict = campaign(0..60, Policy::RepeatBlindly);
    eprintln!("without the look-up: {verdict}");
    assert!(verdict.doubled.len() >= 3, "{verdict}");
}
