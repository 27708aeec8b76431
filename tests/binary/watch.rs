//! `rejoinder watch`: what it prints, how it ends, and two of them side by side.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, ChildStderr, ChildStdout, Stdio};
use std::time::Duration;

use rejoinder::demo::gmail::{Fault, FaultRule, Incoming};
use serde_json::Value;

use crate::house::House;

struct Watch {
    child: Child,
    out: BufReader<ChildStdout>,
    err: BufReader<ChildStderr>,
}

impl Watch {
    fn start(house: &House) -> Self {
        let mut child = house
            .command()
            .args(["watch", "--json"])
            .env("GMAIL_POLL_INTERVAL", "1")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let out = BufReader::new(child.stdout.take().unwrap());
        let err = BufReader::new(child.stderr.take().unwrap());
        Self { child, out, err }
    }

    fn next(&mut self) -> Value {
        let mut line = String::new();
        self.out.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line:?}"))
    }

    /// The next event of that name; those before it are passed over.
    fn until(&mut self, event: &str) -> Value {
        loop {
            let next = self.next();
            assert!(next["at"].as_str().unwrap().ends_with('Z'), "{next}");
            if next["event"] == event {
                return next;
            }
        }
    }

    fn complaint(&mut self) -> String {
        let mut line = String::new();
        self.err.read_line(&mut line).unwrap();
        line
    }

    fn signal(&self, signal: &str) {
        let pid = self.child.id().to_string();
        let sent = std::process::Command::new("kill")
            .args([signal, &pid])
            .status();
        assert!(sent.unwrap().success());
    }

    /// Its exit code and what it still printed.
    fn end(mut self) -> (Option<i32>, String) {
        let mut rest = String::new();
        self.out.read_to_string(&mut rest).unwrap();
        (self.child.wait().unwrap().code(), rest)
    }
}

fn answer(number: usize) -> Incoming {
    let raw = format!(
        "From: Maria Lopez <maria@lopezbakery.example>\r\nTo: sam@example.com\r\nSubject: One more thing {number}\r\nMessage-ID: <w{number}@lopezbakery.example>\r\nDate: Mon, 02 Nov 2026 10:00:00 +0000\r\n\r\nCould you start in May?\r\n"
    );
    Incoming::new(raw.into_bytes())
}

#[test]
fn it_prints_what_happens_and_stops_in_good_order() {
    for signal in ["-TERM", "-INT"] {
        let house = House::signed_in();
        let mut watch = Watch::start(&house);
        let started = watch.next();
        assert_eq!(
            (started["event"].as_str(), started["account"].as_str()),
            (Some("started"), Some("sam@example.com"))
        );
        assert_eq!(watch.until("worker")["holds"], true);
        let reply = watch.until("new_reply");
        assert!(reply["lead"]["name"].as_str().is_some(), "{reply}");
        assert!(
            reply["subject"].as_str().is_some() && reply["message"].is_i64(),
            "{reply}"
        );
        let ready = watch.until("suggestion_ready");
        assert_eq!(ready["status"], "pending");
        loop {
            let sync = watch.until("sync");
            assert_eq!(sync["ok"], true, "{sync}");
            assert!(sync["units"]["per_minute"] == 6_000, "{sync}");
            if sync["progress"].is_null() {
                break;
            }
        }
        let id = house.conversation("Maria Lopez")["suggestion"]["id"].to_string();
        assert_eq!(house.run(&["approve", &id, "--now"]).code, 0);
        let sent = watch.until("sent");
        assert_eq!(sent["lead"]["name"], "Maria Lopez", "{sent}");
        watch.signal(signal);
        let (code, rest) = watch.end();
        assert_eq!(code, Some(0), "{signal}");
        assert!(
            rest.trim_end().ends_with('}') && rest.contains("\"stopped\""),
            "{rest}"
        );
    }
}

#[test]
fn a_second_one_shows_what_the_first_does_and_takes_over_when_it_dies() {
    let house = House::signed_in();
    let mut first = Watch::start(&house);
    assert_eq!(first.until("worker")["holds"], true);
    let mut second = Watch::start(&house);
    let worker = second.until("worker");
    assert_eq!(worker["holds"], false);
    assert_eq!(worker["holder"], first.child.id());
    let said = second.complaint();
    assert!(
        said.contains("takes over") && said.contains(&first.child.id().to_string()),
        "{said}"
    );
    first.until("sync");
    assert!(!house.gmail().deliver(answer(1)).is_empty());
    let mut found = Vec::new();
    for watch in [&mut first, &mut second] {
        found.push(loop {
            let seen = watch.until("new_reply");
            if seen["lead"]["name"] == "Maria Lopez" {
                break seen["message"].clone();
            }
        });
    }
    assert!(found.iter().all(Value::is_i64), "{found:?}");
    first.child.kill().unwrap();
    first.child.wait().unwrap();
    assert_eq!(second.until("worker")["holds"], true);
    let said = second.complaint();
    assert!(said.contains("this process polls"), "{said}");
    house.gmail().expire_access_tokens();
    second.until("sync");
    second.signal("-TERM");
    assert_eq!(second.end().0, Some(0));
}

#[test]
fn nobody_reading_ends_it_without_a_word() {
    let house = House::signed_in();
    let mut watch = Watch::start(&house);
    watch.next();
    drop(watch.out);
    assert_eq!(watch.child.wait().unwrap().code(), Some(0));
    let mut said = String::new();
    watch.err.read_to_string(&mut said).unwrap();
    assert!(!said.to_lowercase().contains("pipe"), "{said}");
}

#[test]
fn a_sign_in_that_is_gone_is_told_and_a_new_one_is_taken_up() {
    let house = House::signed_in();
    house.gmail().revoke_access();
    let mut watch = Watch::start(&house);
    let sync = watch.until("sync");
    assert_eq!(
        (sync["ok"].as_bool(), sync["problem"]["cause"].as_str()),
        (Some(false), Some("sign_in"))
    );
    assert_eq!(
        house.run(&["sync"]).code,
        4,
        "asked through the one that works"
    );
    assert_eq!(house.sign_in().code, 0);
    loop {
        if watch.until("sync")["ok"] == true {
            break;
        }
    }
    watch.signal("-TERM");
    assert_eq!(watch.end().0, Some(0));
}

/// The campaign with the real thing: killed with SIGKILL while calls fail.
#[test]
fn killed_again_and_again_it_misses_nothing_and_doubles_nothing() {
    let house = House::signed_in();
    house.run(&["sync", "--all"]);
    let gmail = house.gmail();
    gmail.fault(FaultRule::on("*", Fault::Any { retry_after: 0 }).with_probability(0.05));
    let mut number = 0;
    for round in 0..4 {
        for _ in 0..10 {
            number += 1;
            assert!(!gmail.deliver(answer(number)).is_empty());
        }
        let mut watch = Watch::start(&house);
        watch.until("worker");
        let calls = gmail.look(|journal| journal.calls.len());
        let wanted = 3 + round * 6;
        house.runtime.block_on(async {
            let enough = gmail.until(|journal| journal.calls.len() >= calls + wanted);
            tokio::time::timeout(Duration::from_secs(60), enough)
                .await
                .unwrap();
        });
        watch.child.kill().unwrap();
        watch.child.wait().unwrap();
    }
    gmail.clear_faults();
    for _ in 0..3 {
        house.run(&["sync", "--all"]);
    }
    let mut subjects = Vec::new();
    let list = house.run(&["list", "--limit", "100", "--json"]).json();
    for conversation in list["conversations"].as_array().unwrap() {
        for message in house.show(&conversation["id"])["messages"]
            .as_array()
            .unwrap()
        {
            let subject = message["subject"].as_str().unwrap();
            if subject.starts_with("One more thing") {
                subjects.push(subject.to_owned());
            }
        }
    }
    subjects.sort();
    let mut wanted: Vec<String> = (1..=number)
        .map(|n| format!("One more thing {n}"))
        .collect();
    wanted.sort();
    assert_eq!(subjects, wanted);
}
