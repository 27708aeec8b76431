//! By verbs: what was sent is learned from, shown, and erased; versions are restored.

use serde_json::{Value, json};

use crate::house::House;

const ENGLISH: &[&str] = &[
    "Maria Lopez",
    "Jon Park",
    "Kim Lee",
    "Hannah Brooks",
    "Robert Hale",
    "Grace Okoro",
    "Priya Nair",
    "Ole Hansen",
    "Nora Lind",
];

/// Approves the draft for a lead, edited, and sends it. False when there is none.
fn send(house: &House, conversation: &Value, edit: impl Fn(&str) -> String) -> bool {
    let shown = house.show(&conversation["id"]);
    let pending = shown["suggestions"]
        .as_array()
        .unwrap()
        .iter()
        .rfind(|s| s["status"] == "pending" && s["stale"] == false);
    let Some(suggestion) = pending else {
        return false;
    };
    let id = suggestion["id"].to_string();
    let body = edit(suggestion["body"].as_str().unwrap());
    let sent = house.run(&["approve", &id, "--body", &body, "--now", "--wait", "--json"]);
    sent.code == 0
}

fn conversations(house: &House) -> Vec<Value> {
    let list = house.run(&["list", "--limit", "100", "--json"]).json();
    list["conversations"].as_array().unwrap().clone()
}

fn memory(house: &House) -> Value {
    house.run(&["memory", "--json"]).json()
}

#[test]
fn what_was_sent_is_learned_from_shown_and_erased() {
    let house = House::signed_in();
    house.stage().advance(std::time::Duration::from_secs(900));
    house.run(&["sync"]);
    house.run(&["sync"]);
    assert_eq!(memory(&house)["examples_total"], 0);

    // Each reply gets the same closing, which is not what the drafts have.
    let mut sent = 0;
    for conversation in conversations(&house) {
        let lead = conversation["lead"]["name"].as_str().unwrap();
        if !ENGLISH.contains(&lead) {
            continue;
        }
        if sent < 4
            && send(&house, &conversation, |body| {
                let (text, _closing) = body.rsplit_once("\n\n").unwrap();
                format!("{text}\n\nWishes from the sea,\nSam")
            })
        {
            sent += 1;
        }
    }
    assert_eq!(sent, 4);
    let learned = memory(&house);
    assert_eq!(learned["examples_total"], 4, "{learned}");
    assert_eq!(learned["outcomes"], 4);
    let newest = &learned["examples"][0];
    assert!(newest["reply"].as_str().unwrap().contains("from the sea"));
    assert!(newest["changed"].as_u64().unwrap() > 0);

    let rule = learned["rules"]
        .as_array()
        .unwrap()
        .iter()
        .find(|rule| rule["text"].as_str().unwrap().contains("Close with"))
        .unwrap_or_else(|| panic!("{learned}"));
    assert_eq!(rule["state"], "proposed");

    // A proposal is in no prompt; an accepted rule is, and so are earlier replies.
    let waiting = conversations(&house)
        .into_iter()
        .find(|c| {
            let english = ENGLISH.contains(&c["lead"]["name"].as_str().unwrap());
            english && c["status"] == "needs_reply" && c["suggestion"]["status"] == "pending"
        })
        .unwrap();
    let regenerate = |house: &House| {
        let id = waiting["id"].to_string();
        let made = house.run(&["regenerate", &id, "--wait", "--json"]).json();
        let asked = house.stage().model.calls();
        (made, asked.last().unwrap().request.to_string())
    };
    let (_, prompt) = regenerate(&house);
    assert!(!prompt.contains("Close with"), "{prompt}");
    let id = rule["id"].to_string();
    let accepted = house.run(&["memory", "accept", &id, "--json"]).json();
    assert_eq!(accepted["state"], "accepted");
    let (made, prompt) = regenerate(&house);
    assert!(prompt.contains("Close with"), "{prompt}");
    assert_eq!(made["sources"]["examples"], 3, "{made}");
    assert!(prompt.matches("from the sea").count() >= 3, "{prompt}");

    let edited = house
        .run(&[
            "memory",
            "edit",
            &id,
            "--text",
            "Close as you like.",
            "--json",
        ])
        .json();
    assert_eq!(edited["text"], "Close as you like.");
    assert_eq!(house.run(&["memory", "delete", &id]).code, 0);
    assert_eq!(house.run(&["memory", "accept", &id]).code, 3);
    let example = newest["id"].to_string();
    assert_eq!(
        house.run(&["memory", "forget", "--example", &example]).code,
        0
    );
    assert_eq!(
        house.run(&["memory", "forget", "--example", &example]).code,
        3
    );
    assert_eq!(memory(&house)["examples_total"], 3);
    assert_eq!(
        house.run(&["memory", "forget"]).code,
        2,
        "nothing is erased by accident"
    );
    assert_eq!(house.run(&["memory", "forget", "--all"]).code, 0);
    let nothing = memory(&house);
    assert_eq!(
        nothing,
        json!({ "rules": [], "examples": [], "examples_total": 0, "outcomes": 0 })
    );
}

#[test]
fn an_undone_reply_teaches_nothing() {
    let house = House::signed_in();
    house.run(&["sync"]);
    let maria = house.conversation("Maria Lopez");
    let id = maria["suggestion"]["id"].to_string();
    assert_eq!(house.run(&["approve", &id, "--json"]).code, 0);
    let learned = memory(&house);
    assert_eq!(
        (&learned["examples_total"], &learned["outcomes"]),
        (&json!(0), &json!(0))
    );
}

#[test]
fn an_earlier_version_is_restored_with_its_revision_and_sent() {
    let house = House::signed_in();
    house.run(&["sync"]);
    let maria = house.conversation("Maria Lopez");
    let first = maria["suggestion"]["id"].to_string();
    house
        .run(&["reject", &first, "--reason", "too long", "--json"])
        .json();
    let conversation = maria["id"].to_string();
    let second = house
        .run(&[
            "regenerate",
            &conversation,
            "--hint",
            "shorter",
            "--wait",
            "--json",
        ])
        .json();
    assert_eq!(second["hint"], "shorter");
    assert!(second["score"].as_f64().unwrap() > 0.0, "{second}");
    assert_eq!(second["score_basis"], json!({ "kind": "checks" }));

    let refused = house.run(&["approve", &first]);
    assert_eq!(refused.code, 1, "{refused:?}");
    let restored = house.run(&["restore", &first, "--json"]).json();
    assert_eq!(restored["status"], "pending");
    let shown = house.show(&maria["id"]);
    let states: Vec<(u64, &str)> = shown["suggestions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|s| {
            (
                s["version"].as_u64().unwrap(),
                s["status"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(states, [(1, "pending"), (2, "superseded")]);
    assert_eq!(shown["suggestion"]["id"].to_string(), first);
    let sent = house
        .run(&["approve", &first, "--now", "--wait", "--json"])
        .json();
    assert_eq!(sent["state"], "sent");
    assert_eq!(house.run(&["restore", &first]).code, 1, "it was sent");
    // Sent as drafted in the end: the rejection was taken back.
    let learned = memory(&house);
    assert_eq!(learned["outcomes"], 1, "{learned}");
    assert_eq!(learned["examples"][0]["changed"], 0);
}
