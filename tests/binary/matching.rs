//! Unmatched mail and mail that was matched wrongly, by verbs.

use rejoinder::demo::gmail::Incoming;
use serde_json::Value;

use crate::house::House;

fn unmatched(house: &House) -> Vec<Value> {
    let listed = house.run(&["unmatched", "--json"]).json();
    listed["unmatched"].as_array().unwrap().clone()
}

fn mail(from: &str, subject: &str, id: &str) -> Vec<u8> {
    format!(
        "From: {from}\r\nTo: sam@example.com\r\nSubject: {subject}\r\nMessage-ID: <{id}@x.example>\r\n\
         Date: Sun, 22 Nov 2026 14:00:00 +0000\r\n\r\nCould you call me about {subject}?\r\n"
    )
    .into_bytes()
}

fn deliver(house: &House, from: &str, subject: &str, id: &str) {
    let delivered = house
        .gmail()
        .deliver(Incoming::new(mail(from, subject, id)));
    assert!(!delivered.is_empty());
}

/// Signed in, the demo's mail fetched, and two mails of a stranger.
fn with_stranger() -> House {
    let house = House::signed_in();
    house.run(&["sync", "--json"]).json();
    deliver(&house, "Olga New <olga@new.example>", "a shop", "o1");
    deliver(&house, "Olga New <olga@new.example>", "a blog", "o2");
    house.run(&["sync", "--json"]).json();
    house
}

fn of_olga(house: &House, subject: &str) -> Value {
    let all = unmatched(house);
    let found = all
        .iter()
        .find(|m| m["from"]["address"] == "olga@new.example" && m["subject"] == subject);
    found.unwrap_or_else(|| panic!("{subject} in {all:?}"))["id"].clone()
}

#[test]
fn an_unmatched_mail_is_adopted_into_a_conversation_with_the_rest_of_its_sender() {
    let house = with_stranger();
    let maria = house.conversation("Maria Lopez");
    let before = house.show(&maria["id"])["messages"]
        .as_array()
        .unwrap()
        .len();
    let id = of_olga(&house, "a shop").to_string();
    let conversation = maria["id"].to_string();
    let adopted = house
        .run(&[
            "adopt",
            &id,
            "--conversation",
            &conversation,
            "--wait",
            "--json",
        ])
        .json();
    assert_eq!(adopted["adopted"], 2);
    let shown = house.show(&maria["id"]);
    let messages = shown["messages"].as_array().unwrap();
    let ours: Vec<&Value> = messages
        .iter()
        .filter(|m| m["from"]["address"] == "olga@new.example")
        .collect();
    assert_eq!(messages.len(), before + ours.len());
    assert!(ours.iter().any(|m| m["subject"] == "a shop"
        && m["matched_by"] == "manual"
        && m["certain"] == true
        && m["text"].as_str().unwrap().contains("call me")));
    assert!(
        unmatched(&house)
            .iter()
            .all(|m| m["from"]["address"] != "olga@new.example")
    );
    // The address is the lead's from now on.
    deliver(&house, "olga@new.example", "one more thing", "o3");
    let report = house.run(&["sync", "--json"]).json();
    assert_eq!(report["unmatched"], 0, "{report}");
}

#[test]
fn a_sender_becomes_a_lead_and_a_sender_is_ignored() {
    let house = with_stranger();
    let id = of_olga(&house, "a blog").to_string();
    let lead = house
        .run(&["leads", "add", "--from-unmatched", &id, "--json"])
        .json();
    assert_eq!(
        (lead["name"].as_str(), lead["email"].as_str()),
        (Some("Olga New"), Some("olga@new.example"))
    );
    house.run(&["sync", "--json"]).json();
    assert_eq!(house.conversation("Olga New")["status"], "needs_reply");

    deliver(&house, "Loud <loud@ads.example>", "Buy", "l1");
    house.run(&["sync", "--json"]).json();
    let all = unmatched(&house);
    let loud = all.iter().find(|m| m["subject"] == "Buy").unwrap()["id"].to_string();
    let ignored = house
        .run(&["unmatched", "--ignore", &loud, "--json"])
        .json();
    assert_eq!(ignored["ignored"], "loud@ads.example");
    deliver(&house, "Loud <loud@ads.example>", "Buy more", "l2");
    house.run(&["sync", "--json"]).json();
    assert!(
        unmatched(&house)
            .iter()
            .all(|m| m["from"]["address"] != "loud@ads.example")
    );
    assert_eq!(house.run(&["unmatched", "--ignore", "9999"]).code, 3);
}

#[test]
fn a_mail_matched_wrongly_is_moved_and_its_draft_cannot_be_sent_any_more() {
    let house = with_stranger();
    let maria = house.conversation("Maria Lopez");
    let shown = house.show(&maria["id"]);
    let suggestion = shown["suggestions"][0].clone();
    assert_eq!(suggestion["status"], "pending");
    let message = shown["messages"]
        .as_array()
        .unwrap()
        .iter()
        .rev()
        .find(|m| m["direction"] == "inbound")
        .unwrap()["id"]
        .to_string();
    let leads = house.run(&["leads", "list", "--json"]).json();
    let jon = leads["leads"]
        .as_array()
        .unwrap()
        .iter()
        .find(|l| l["name"] == "Jon Park")
        .unwrap()["id"]
        .to_string();
    let moved = house
        .run(&["move", &message, "--lead", &jon, "--json"])
        .json();
    let there = house.show(&moved["conversation"]);
    assert_eq!(there["lead"]["name"], "Jon Park");
    assert_eq!(there["messages"][0]["matched_by"], "manual");
    assert_eq!(there["status"], "needs_reply");
    assert_eq!(house.show(&maria["id"])["status"], "waiting");
    let refused = house.run(&["approve", &suggestion["id"].to_string(), "--now"]);
    assert_eq!(refused.code, 1, "{refused:?}");

    let back = house
        .run(&["move", &message, "--unmatched", "--json"])
        .json();
    assert_eq!(back["conversation"], Value::Null);
    let id = unmatched(&house)
        .iter()
        .find(|m| m["from"]["address"] == "maria@lopezbakery.example")
        .unwrap()["id"]
        .to_string();
    let conversation = maria["id"].to_string();
    house
        .run(&[
            "adopt",
            &id,
            "--conversation",
            &conversation,
            "--wait",
            "--json",
        ])
        .json();
    assert_eq!(house.show(&maria["id"])["status"], "needs_reply");
    assert_eq!(house.run(&["move", "99999", "--unmatched"]).code, 3);
    assert_eq!(house.run(&["move", &message]).code, 2);
}

#[test]
fn facts_and_style_are_shown_and_replaced() {
    let house = House::with_stage();
    let facts = house.run(&["facts", "--json"]).json();
    let text = facts["text"].as_str().unwrap();
    assert!(text.contains("2,400 EUR"), "{text}");
    let set = house.run_with_stdin(&["facts", "--set-file", "-"], "Now 2,900 EUR.\n");
    assert_eq!((set.code, set.out.as_str()), (0, "Now 2,900 EUR.\n"));
    assert_eq!(house.run(&["facts"]).out, "Now 2,900 EUR.\n");
    house.run(&["style", "--set", "Short."]);
    assert_eq!(house.run(&["style", "--json"]).json()["text"], "Short.");
}
