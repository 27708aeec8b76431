//! The main job by verbs alone: a lead's mail comes, a draft is made, edited, approved,
//! sent once, and the lead answers.

use std::time::Duration;

use serde_json::{Value, json};

use crate::house::House;

#[test]
fn from_a_leads_reply_to_a_sent_answer_and_back() {
    let house = House::signed_in();
    let report = house.run(&["sync", "--json"]).json();
    assert!(report["fetched"].as_u64().unwrap() > 10, "{report}");
    assert!(
        report["matched"]["in_reply_to"].as_u64().unwrap() >= 1,
        "{report}"
    );
    assert!(report["drafts"].as_u64().unwrap() >= 1, "{report}");

    let maria = house.conversation("Maria Lopez");
    assert_eq!(maria["status"], "needs_reply");
    assert_eq!(maria["suggestion"]["status"], "pending");
    assert_eq!(maria["suggestion"]["stale"], false);
    let shown = house.show(&maria["id"]);
    let suggestion = shown["suggestions"][0].clone();
    assert!(
        suggestion["confidence"].as_f64().unwrap() > 0.5,
        "{suggestion}"
    );
    assert_eq!(suggestion["provider"], "openai-compatible");

    let id = suggestion["id"].to_string();
    let edited = house
        .run(&[
            "edit",
            &id,
            "--body",
            "Hi Maria,\n\n2,400 EUR.\n\nSam",
            "--json",
        ])
        .json();
    assert_eq!(edited["edited_body"], "Hi Maria,\n\n2,400 EUR.\n\nSam");
    let sent = house
        .run(&["approve", &id, "--now", "--wait", "--json"])
        .json();
    assert_eq!(sent["state"], "sent", "{sent}");

    let letters = house.gmail().sent();
    assert_eq!(letters.len(), 1);
    assert_eq!(letters[0].to, ["maria@lopezbakery.example"]);
    assert!(
        letters[0].text.contains("2,400 EUR."),
        "{}",
        letters[0].text
    );
    let shown = house.show(&maria["id"]);
    assert_eq!(shown["status"], "waiting");
    let ours = shown["messages"]
        .as_array()
        .unwrap()
        .last()
        .unwrap()
        .clone();
    assert_eq!(ours["direction"], "outbound");
    assert_eq!(
        ours["message_id"].as_str(),
        letters[0].message_id.as_deref(),
        "the one that Gmail gave"
    );
    assert_eq!(shown["outbox"][0]["state"], "sent");

    // She answers what she was sent, and it is matched by header.
    house.stage().advance(Duration::from_secs(600));
    house.run(&["sync", "--json"]).json();
    let shown = house.show(&maria["id"]);
    assert_eq!(shown["status"], "needs_reply", "{shown}");
    let newest = shown["messages"]
        .as_array()
        .unwrap()
        .last()
        .unwrap()
        .clone();
    assert_eq!(
        (newest["direction"].as_str(), newest["matched_by"].as_str()),
        (Some("inbound"), Some("in_reply_to"))
    );
    assert_eq!(newest["certain"], true);
}

#[test]
fn regenerate_reject_archive_and_an_own_reply() {
    let house = House::signed_in();
    house.run(&["sync"]);
    let maria = house.conversation("Maria Lopez");
    let id = maria["id"].to_string();
    let first = house.show(&maria["id"])["suggestions"][0].clone();
    let rejected = house
        .run(&[
            "reject",
            &first["id"].to_string(),
            "--reason",
            "too long",
            "--json",
        ])
        .json();
    assert_eq!(rejected["status"], "rejected");
    let second = house
        .run(&["regenerate", &id, "--hint", "shorter", "--wait", "--json"])
        .json();
    assert_eq!(
        (second["status"].as_str(), second["version"].as_u64()),
        (Some("pending"), Some(2))
    );
    assert_ne!(second["body"], first["body"]);
    let asked = house.stage().model.calls();
    let last = asked.last().unwrap();
    assert_eq!(last.hint.as_deref(), Some("shorter"));
    let prompt = last.request.to_string();
    assert!(prompt.contains("too long"), "the reason goes along");

    let sent = house
        .run_with_stdin(
            &["reply", &id, "--now", "--wait", "--json"],
            "Hi Maria, I call you.\n",
        )
        .json();
    assert_eq!(sent["state"], "sent");
    let archived = house.run(&["archive", &id, "--json"]).json();
    assert_eq!(archived, json!({ "id": maria["id"], "status": "archived" }));
    let list = house
        .run(&["list", "--status", "archived", "--json"])
        .json();
    assert_eq!(list["conversations"][0]["id"], maria["id"]);
    let again = house.run(&["archive", &id, "--undo", "--json"]).json();
    assert_eq!(again["status"], "waiting");
}

#[test]
fn a_first_mail_opens_its_conversation_as_waiting_and_the_answer_finds_it() {
    let house = House::signed_in();
    let lead = house
        .run(&[
            "leads",
            "add",
            "--name",
            "Zoe Quinn",
            "--email",
            "zoe@quinn.example",
            "--json",
        ])
        .json();
    let sent = house
        .run(&[
            "new",
            "--lead",
            &lead["id"].to_string(),
            "--subject",
            "Your shop",
            "--body",
            "Hi Zoe, may I?",
            "--now",
            "--wait",
            "--json",
        ])
        .json();
    assert_eq!(sent["state"], "sent");
    let zoe = house.conversation("Zoe Quinn");
    assert_eq!(
        (zoe["status"].as_str(), zoe["subject"].as_str()),
        (Some("waiting"), Some("Your shop"))
    );
    let id = house.gmail().sent()[0].message_id.clone().unwrap();
    let answer = format!(
        "From: Zoe Quinn <zoe@quinn.example>\r\nTo: sam@example.com\r\nSubject: Re: Your shop\r\nMessage-ID: <z1@quinn.example>\r\nIn-Reply-To: <{id}>\r\nDate: Sun, 22 Nov 2026 10:00:00 +0000\r\n\r\nYes please. What would it cost?\r\n"
    );
    let mail = rejoinder::demo::gmail::Incoming::new(answer.into_bytes());
    assert!(!house.gmail().deliver(mail).is_empty());
    house.run(&["sync"]);
    let zoe = house.conversation("Zoe Quinn");
    assert_eq!(zoe["status"], "needs_reply");
    assert_eq!(zoe["message_count"], 2);
}

#[test]
fn machines_get_no_draft_and_strangers_no_conversation() {
    let house = House::signed_in();
    house.stage().advance(Duration::from_secs(900));
    let mut unmatched = 0;
    for _ in 0..3 {
        unmatched += house.run(&["sync", "--json"]).json()["unmatched"]
            .as_u64()
            .unwrap();
    }
    assert!(unmatched >= 1, "the stranger");
    let list = house.run(&["list", "--limit", "100", "--json"]).json();
    let mut kinds = std::collections::BTreeMap::<String, u32>::new();
    for conversation in list["conversations"].as_array().unwrap() {
        let shown = house.show(&conversation["id"]);
        for message in shown["messages"].as_array().unwrap() {
            *kinds
                .entry(message["kind"].as_str().unwrap().to_owned())
                .or_default() += 1;
        }
        // A draft answers a person's mail, never a machine's.
        let newest_person = shown["messages"]
            .as_array()
            .unwrap()
            .iter()
            .rev()
            .find(|m| m["kind"] == "person");
        if newest_person.is_some_and(|m| m["direction"] == "outbound") {
            assert_eq!(shown["suggestions"], Value::Array(Vec::new()), "{shown}");
        }
    }
    assert!(
        kinds.contains_key("bounce") && kinds.contains_key("auto_reply"),
        "{kinds:?}"
    );
}

#[test]
fn mail_that_speaks_to_a_model_gets_no_draft_by_itself() {
    let house = House::signed_in();
    house.stage().advance(Duration::from_secs(900));
    house.run(&["sync"]);
    house.run(&["sync"]);
    let list = house.run(&["list", "--limit", "100", "--json"]).json();
    let flagged: Vec<&Value> = list["conversations"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|c| c["status"] == "needs_reply" && c["suggestion"].is_null())
        .collect();
    assert_eq!(flagged.len(), 1, "{flagged:?}");
    let shown = house.show(&flagged[0]["id"]);
    let newest = shown["messages"]
        .as_array()
        .unwrap()
        .last()
        .unwrap()
        .clone();
    assert!(newest["no_draft"].as_str().is_some(), "{newest}");
}
