//! Files that came with a mail: listed, fetched again from Gmail, saved without harm.

use std::os::unix::fs::PermissionsExt as _;

use serde_json::json;

use crate::house::House;

const MAIL: &str = "From: Maria Lopez <maria@lopezbakery.example>\r\nTo: sam@example.com\r\nSubject: Re: plans\r\n\
    Message-ID: <files@lopezbakery.example>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n\
    --b\r\nContent-Type: text/plain\r\n\r\nHere they are.\r\n\
    --b\r\nContent-Type: application/pdf; name=\"../../plan.pdf\"\r\nContent-Disposition: attachment; filename=\"../../plan.pdf\"\r\nContent-Transfer-Encoding: base64\r\n\r\nJVBERi0xLjcK\r\n\
    --b\r\nContent-Type: application/pdf; name=\"plan.pdf\"\r\nContent-Disposition: attachment; filename=\"plan.pdf\"\r\nContent-Transfer-Encoding: base64\r\n\r\nJVBERi0yLjAK\r\n\
    --b--\r\n";

#[test]
fn files_are_listed_fetched_again_and_saved_beside_what_is_there() {
    let house = House::signed_in();
    house.run(&["sync", "--json"]).json();
    let gmail = house.gmail();
    let mail = gmail.deliver(rejoinder::demo::gmail::Incoming::new(MAIL.into()));
    house.run(&["sync", "--json"]).json();
    let maria = house.conversation("Maria Lopez");
    let id = maria["id"].to_string();

    let listed = house.run(&["attachments", &id, "--json"]).json();
    let files = listed["attachments"].as_array().unwrap();
    assert_eq!(files.len(), 2, "{listed}");
    assert_eq!(files[0]["name"], "plan.pdf");
    assert_eq!(files[0]["content_type"], "application/pdf");
    assert_eq!(
        (&files[0]["bytes"], &files[0]["number"]),
        (&json!(9), &json!(1))
    );
    let shown = house.show(&maria["id"]);
    let last = shown["messages"]
        .as_array()
        .unwrap()
        .last()
        .unwrap()
        .clone();
    assert_eq!(last["attachments"][1]["name"], "plan.pdf");

    let folder = house.path("in/here");
    let to = folder.to_str().unwrap();
    let saved = house
        .run(&["attachments", &id, "--all", "--to", to, "--json"])
        .json();
    let path = |n: usize| saved["attachments"][n]["saved"].as_str().unwrap();
    assert_eq!(path(0), folder.join("plan.pdf").to_str().unwrap());
    assert_eq!(path(1), folder.join("plan (2).pdf").to_str().unwrap());
    assert_eq!(std::fs::read(path(0)).unwrap(), b"%PDF-1.7\n");
    assert_eq!(std::fs::read(path(1)).unwrap(), b"%PDF-2.0\n");
    let mode = std::fs::metadata(path(0)).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);

    let none = house.run(&["attachments", &id, "--name", "other.pdf", "--json"]);
    assert_eq!(none.code, 3, "{none:?}");
    let missing = house.run(&["attachments", "999", "--json"]);
    assert_eq!(missing.code, 3, "{missing:?}");

    gmail.delete(&mail).unwrap();
    let gone = house.run(&["attachments", &id, "--all", "--to", to]);
    assert_eq!(gone.code, 1);
    assert!(gone.err.contains("not at Gmail any more"), "{}", gone.err);
}
