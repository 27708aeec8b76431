//! The built binary killed with `kill -9` at random moments of its sending. Some in the
//! gate; `REJOINDER_CAMPAIGN=full` makes 200 of them and waits until all is calm.

use std::process::Stdio;
use std::time::{Duration, Instant};

use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use rejoinder::demo::gmail::{Fault, FaultRule, Limits};
use serde_json::Value;

use crate::house::House;

fn settings(house: &House) {
    let path = house.path("config/config.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(
        &path,
        format!("{text}[sending]\nper_minute = 10000\nper_day = 10000\n"),
    )
    .unwrap();
}

#[test]
fn killed_at_any_moment_the_binary_sends_no_reply_twice_and_loses_none() {
    let full = std::env::var("REJOINDER_CAMPAIGN").is_ok_and(|value| value == "full");
    let seed: u64 = std::env::var("REJOINDER_CAMPAIGN_SEED").map_or(1, |s| s.parse().unwrap());
    let kills = if full { 200 } else { 10 };
    eprintln!("seed {seed}, {kills} kills");
    let mut chance = StdRng::seed_from_u64(seed);
    let house = House::signed_in();
    settings(&house);
    // The simulation's clock stands, so that a minute's units would never come back.
    house.gmail().set_limits(Limits::default());
    let lead = house.run(&["leads", "list", "--json"]).json()["leads"][0]["id"].to_string();
    let send = |n: u32| {
        let (subject, body) = (format!("Kill {n}"), format!("Mail number {n}."));
        let mut command = house.command();
        command.args([
            "new",
            "--lead",
            &lead,
            "--subject",
            &subject,
            "--body",
            &body,
            "--now",
            "--wait",
        ]);
        command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        command.spawn().unwrap()
    };
    // How long it takes when nobody kills it.
    let begun = Instant::now();
    assert!(send(0).wait().unwrap().success());
    let whole = begun.elapsed();
    if full {
        house
            .gmail()
            .fault(FaultRule::on("drafts.send", Fault::DROP_AFTER).with_probability(0.1));
        house
            .gmail()
            .fault(FaultRule::on("drafts.create", Fault::DROP_AFTER).with_probability(0.1));
    }
    let (mut struck, mut too_late) = (0, 0);
    for n in 1..=kills {
        let mut child = send(n);
        // The moment is what is by chance here; nothing waits for anything.
        std::thread::sleep(whole.mul_f64(chance.random_range(0.1..1.1)));
        match child.try_wait().unwrap() {
            Some(_) => too_late += 1,
            None => struck += 1,
        }
        child.kill().unwrap();
        child.wait().unwrap();
    }
    house.gmail().clear_faults();
    let outbox =
        || house.run(&["outbox", "--limit", "1000", "--json"]).json()["deliveries"].clone();
    let is_final =
        |d: &Value| ["sent", "refused", "cancelled", "ask"].contains(&d["state"].as_str().unwrap());
    // A send that was under way is not tried again before the quiet time is over.
    let patience = if full {
        Duration::from_secs(1_200)
    } else {
        Duration::ZERO
    };
    let deadline = Instant::now() + patience;
    loop {
        house.run(&["sync"]);
        let open = outbox()
            .as_array()
            .unwrap()
            .iter()
            .filter(|d| !is_final(d))
            .count();
        if open == 0 || Instant::now() >= deadline {
            break;
        }
    }
    let sent = house.gmail().sent();
    let doubled = house.gmail().look(|journal| journal.doubled());
    assert_eq!(doubled, Vec::<String>::new(), "seed {seed}");
    let all = outbox();
    let all = all.as_array().unwrap();
    let mut lost = Vec::new();
    for delivery in all {
        let left = sent
            .iter()
            .filter(|mail| mail.subject == delivery["subject"].as_str().unwrap())
            .count();
        let looked_up = !full && !is_final(delivery);
        let fine = match delivery["state"].as_str().unwrap() {
            "sent" => left == 1,
            "ask" => left <= 1,
            _ => looked_up && left <= 1,
        };
        if !fine {
            lost.push(format!("{delivery} left {left} times"));
        }
    }
    // What left was approved: a kill before the commit sends nothing.
    assert!(
        sent.len() <= all.len(),
        "{} sent, {} approved",
        sent.len(),
        all.len()
    );
    eprintln!(
        "{kills} kills ({struck} struck, {too_late} too late), {} approved, {} sent: 0 doubled, {} lost",
        all.len(),
        sent.len(),
        lost.len()
    );
    assert_eq!(lost, Vec::<String>::new(), "seed {seed}");
    assert!(struck > 0, "not one kill struck");
}
