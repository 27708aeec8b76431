//! The verbs about replies on their way: undo, times, files, recipients, decisions.

use rejoinder::demo::gmail::{Fault, FaultRule, Incoming};
use serde_json::Value;

use crate::house::House;

fn suggestion(house: &House) -> (Value, String) {
    house.run(&["sync"]);
    let maria = house.conversation("Maria Lopez");
    let id = maria["suggestion"]["id"].to_string();
    (maria["id"].clone(), id)
}

#[test]
fn a_queued_reply_is_listed_given_another_time_and_taken_back() {
    let house = House::signed_in();
    let (conversation, id) = suggestion(&house);
    let queued = house.run(&["approve", &id, "--at", "3h", "--json"]).json();
    assert_eq!(
        (queued["state"].as_str(), queued["scheduled"].as_bool()),
        (Some("queued"), Some(true))
    );
    let number = queued["id"].to_string();
    let words = house.run(&["outbox"]);
    assert!(
        words.out.contains("leaves for") && words.out.contains("(UTC)"),
        "{words:?}"
    );
    let moved = house
        .run(&["outbox", "reschedule", &number, "--at", "2 days", "--json"])
        .json();
    assert_ne!(moved["not_before"], queued["not_before"]);
    let listed = house.run(&["outbox", "--json"]).json();
    assert_eq!(listed["deliveries"][0]["not_before"], moved["not_before"]);
    assert_eq!(listed["sending"]["per_day"], 500);
    let undone = house.run(&["undo", &number, "--json"]).json();
    assert_eq!(undone["state"], "cancelled");
    assert_eq!(house.run(&["undo", &number]).code, 1);
    assert_eq!(
        house.show(&conversation)["suggestions"][0]["status"],
        "pending"
    );
    assert_eq!(house.run(&["approve", &id, "--at", "soonish"]).code, 2);
    assert_eq!(house.run(&["undo", "999"]).code, 3);
    assert_eq!(house.gmail().sent().len(), 0);
}

#[test]
fn files_are_frozen_at_the_approval_and_arrive_whole() {
    let house = House::signed_in();
    let (_, id) = suggestion(&house);
    let file = house.path("Angebot für Größe.pdf");
    let bytes: Vec<u8> = b"%PDF-1.7\n"
        .iter()
        .copied()
        .chain((0..=255).cycle().take(70_000))
        .collect();
    std::fs::write(&file, &bytes).unwrap();
    let path = file.to_str().unwrap();
    let missing = house.run(&["approve", &id, "--attach", "/no/such/file"]);
    assert_eq!(missing.code, 1);
    assert!(missing.err.contains("/no/such/file"), "{missing:?}");
    let queued = house
        .run(&["approve", &id, "--now", "--attach", path, "--json"])
        .json();
    assert_eq!(
        queued["files"][0]["bytes"].as_u64(),
        Some(bytes.len() as u64)
    );
    std::fs::remove_file(&file).unwrap();
    house.run(&["sync"]);
    let sent = house.gmail().sent();
    let found = rejoinder::mail::parse::attachment(&sent[0].raw, 0).unwrap();
    assert_eq!(found.name, "Angebot für Größe.pdf");
    assert_eq!(found.bytes, bytes);
}

#[test]
fn an_answer_to_a_stranger_needs_the_address_typed() {
    let house = House::signed_in();
    let (conversation, _) = suggestion(&house);
    let raw = b"From: Maria Lopez <maria@lopezbakery.example>\r\nReply-To: eve@evil.example\r\nTo: sam@example.com\r\nSubject: Re: Website\r\nMessage-ID: <new@lopezbakery.example>\r\n\r\nPlease answer soon.\r\n";
    drop(house.gmail().deliver(Incoming::new(raw.to_vec())));
    house.run(&["sync"]);
    let found = house.run(&["list", "--json"]).json();
    let found = found["conversations"].as_array().unwrap().iter().find(|c| {
        house.show(&c["id"])["unconfirmed"]
            .as_array()
            .is_some_and(|list| !list.is_empty())
    });
    let id = found.map_or(conversation, |c| c["id"].clone()).to_string();
    let refused = house.run(&["reply", &id, "--body", "Yes.", "--now", "--wait"]);
    assert_eq!(refused.code, 1, "{refused:?}");
    assert!(
        refused.err.contains("eve@evil.example") && refused.err.contains("--to"),
        "{refused:?}"
    );
    assert_eq!(house.gmail().sent().len(), 0);
    let wrong = house.run(&["reply", &id, "--body", "Yes.", "--to", "other@evil.example"]);
    assert_ne!(wrong.code, 0, "{wrong:?}");
    let sent = house
        .run(&[
            "reply",
            &id,
            "--body",
            "Yes.",
            "--to",
            "maria@lopezbakery.example",
            "--now",
            "--wait",
            "--json",
        ])
        .json();
    assert_eq!(sent["state"], "sent");
    assert_eq!(house.gmail().sent()[0].to, ["maria@lopezbakery.example"]);
}

#[test]
fn a_reply_whose_draft_was_deleted_asks_and_is_sent_again_on_the_persons_word() {
    let house = House::signed_in();
    let (conversation, id) = suggestion(&house);
    house
        .gmail()
        .fault(FaultRule::on("drafts.send", Fault::status(429)).once());
    let queued = house.run(&["approve", &id, "--now", "--json"]).json();
    let number = queued["id"].to_string();
    house.run(&["sync"]);
    let draft = house.gmail().drafts()[0].draft.clone().unwrap();
    house.gmail().delete_draft(&draft).unwrap();
    let state = || house.show(&conversation)["outbox"][0].clone();
    while state()["state"] == "staged" {
        house.run(&["sync"]);
    }
    assert_eq!(state()["state"], "ask", "{}", state());
    assert!(
        state()["error"]
            .as_str()
            .unwrap()
            .contains("deleted in Gmail")
    );
    assert_eq!(house.gmail().sent().len(), 0);
    assert_eq!(house.run(&["outbox", "decide", &number]).code, 2);
    let decided = house
        .run(&["outbox", "decide", &number, "--send-again", "--json"])
        .json();
    assert_eq!(decided["state"], "queued");
    house.run(&["sync"]);
    assert_eq!(state()["state"], "sent");
    assert_eq!(house.gmail().sent().len(), 1);
}

#[test]
fn a_bounce_is_shown_against_the_reply_that_came_back() {
    let house = House::signed_in();
    let (conversation, id) = suggestion(&house);
    house.run(&["approve", &id, "--now", "--wait"]);
    let sent = house.gmail().sent().pop().unwrap();
    let raw = format!(
        "From: Mail Delivery Subsystem <mailer-daemon@googlemail.com>\r\nTo: sam@example.com\r\nSubject: Delivery Status Notification (Failure)\r\nX-Failed-Recipients: {to}\r\nAuto-Submitted: auto-replied\r\nIn-Reply-To: <{about}>\r\nReferences: <{about}>\r\nMessage-ID: <bounce1@googlemail.com>\r\nContent-Type: multipart/report; boundary=b; report-type=delivery-status\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nAddress not found\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; googlemail.com\r\n\r\nFinal-Recipient: rfc822; {to}\r\nAction: failed\r\nStatus: 5.1.1\r\nDiagnostic-Code: smtp; 550 5.1.1 no such user\r\n\r\n--b--\r\n",
        to = sent.to[0],
        about = sent.message_id.unwrap(),
    );
    drop(house.gmail().deliver(Incoming::new(raw.into_bytes())));
    house.run(&["sync"]);
    let shown = house.show(&conversation);
    let why = shown["outbox"][0]["bounced"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    assert!(why.contains("no such user"), "{shown}");
    assert_eq!(shown["status"], "needs_reply");
    let words = house.run(&["outbox"]);
    assert!(words.out.contains("could not be delivered: "), "{words:?}");
}

#[test]
fn a_sent_mails_real_id_is_asked_for_again_when_the_first_question_fails() {
    let house = House::signed_in();
    let (conversation, id) = suggestion(&house);
    house
        .gmail()
        .fault(FaultRule::on("messages.get", Fault::status(403)).once());
    house.run(&["approve", &id, "--now", "--wait"]);
    house.run(&["sync"]);
    let sent = house.gmail().sent().pop().unwrap();
    let shown = house.show(&conversation);
    let ours = shown["messages"]
        .as_array()
        .unwrap()
        .last()
        .unwrap()
        .clone();
    assert_eq!(
        ours["message_id"].as_str(),
        sent.message_id.as_deref(),
        "{ours}"
    );
}
