//! `import` and `inspect` of archives through the built binary: killed and run again,
//! with something broken among the mails.

use std::collections::HashMap;
use std::io::{BufRead as _, BufReader};
use std::process::Stdio;

use serde_json::Value;

use crate::house::House;
use crate::lists::{self, Posted};

fn lines(text: &str) -> Vec<Value> {
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[test]
fn an_import_that_was_killed_goes_on_and_doubles_nothing() {
    let house = House::empty();
    let all = lists::post(1_500, 3);
    let here: Vec<&Posted> = all.iter().filter(|mail| !mail.gone).collect();
    let path = house.path("lists.mbox");
    std::fs::write(&path, lists::mbox(&here, true)).unwrap();
    let mbox = path.to_str().unwrap();

    // Killed as soon as a batch is stored: progress is told after it.
    let mut child = house
        .command()
        .args(["import", "--all", mbox])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let told = BufReader::new(child.stderr.take().unwrap())
        .lines()
        .find(|line| line.as_ref().unwrap().contains('%'));
    assert!(told.is_some(), "no progress was told");
    child.kill().unwrap();
    child.wait().unwrap();

    let report = house.path("report.jsonl");
    let again = [
        "import",
        "--all",
        mbox,
        "--json",
        "--report",
        report.to_str().unwrap(),
    ];
    let second = house.run(&again).json();
    assert!(second["known"].as_u64().unwrap() > 0, "{second}");
    let third = house.run(&again).json();
    assert_eq!(third["imported"], 0, "{third}");
    assert_eq!(third["mails"], third["known"], "{third}");

    let mut conversation: HashMap<String, Value> = HashMap::new();
    for line in lines(&std::fs::read_to_string(&report).unwrap()) {
        for key in [
            "file",
            "message_id",
            "conversation",
            "direction",
            "matched_by",
            "certain",
        ] {
            assert!(line.get(key).is_some(), "{key} is missing in {line}");
        }
        conversation.insert(
            line["message_id"].as_str().unwrap().to_owned(),
            line["conversation"].clone(),
        );
    }
    assert_eq!(conversation.len(), here.len());
    for mail in here.iter().filter(|mail| mail.has_known_parent(&all)) {
        let parent = &all[mail.parent.unwrap()];
        assert_eq!(conversation[&mail.id], conversation[&parent.id]);
    }
    // Old mail asks for nothing.
    let list = house
        .run(&["list", "--json", "--status", "needs_reply"])
        .json();
    assert_eq!(list["total"], 0);
    let list = house
        .run(&["list", "--json", "--status", "archived", "--limit", "1000"])
        .json();
    let stored: u64 = list["conversations"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["message_count"].as_u64().unwrap())
        .sum();
    assert_eq!(usize::try_from(stored).unwrap(), here.len());
}

#[test]
fn a_broken_mail_is_told_and_the_rest_go_on() {
    let house = House::empty();
    let folder = house.path("Mail");
    for part in ["cur", "new", "tmp"] {
        std::fs::create_dir_all(folder.join(part)).unwrap();
    }
    let mail = "From: Maria <m@x.example>\nTo: sam@y.example\nSubject: Offer\nMessage-ID: <1@x>\nDate: Tue, 3 Nov 2015 14:01:05 +0100\n\nYes?\n";
    std::fs::write(folder.join("cur/1:2,S"), mail).unwrap();
    std::fs::write(folder.join("cur/2:2,S"), "no header here\n").unwrap();
    std::fs::write(folder.join("cur/3:2,DS"), mail.replace("<1@x>", "<3@x>")).unwrap();
    std::fs::write(folder.join("tmp/4"), mail.replace("<1@x>", "<4@x>")).unwrap();
    let report = house.path("report.jsonl");
    let arguments = [
        "import",
        folder.to_str().unwrap(),
        "--json",
        "--report",
        report.to_str().unwrap(),
    ];
    let ran = house.run(&arguments);
    assert_eq!(ran.code, 3, "without leads nothing is taken: {ran:?}");
    house
        .run(&[
            "leads",
            "add",
            "--name",
            "Maria",
            "--email",
            "M@x.example",
            "--json",
        ])
        .json();
    let ran = house.run(&[&arguments[..], &["--me", "Sam@y.example"]].concat());
    let summary = ran.json();
    assert_eq!(summary["imported"], 1, "{summary}");
    assert_eq!(
        (&summary["broken"], &summary["skipped"]),
        (&1.into(), &1.into())
    );
    assert!(ran.err.contains("cur/2:2,S"), "{}", ran.err);
    let told = lines(&std::fs::read_to_string(&report).unwrap());
    let broken = told.iter().find(|line| line["error"].is_string()).unwrap();
    assert!(broken["file"].as_str().unwrap().ends_with("2:2,S"));
    let ran = house.run(&["import", "/nowhere/at/all"]);
    assert_eq!(ran.code, 2, "{ran:?}");

    let inspected = house.run(&["inspect", "--json", folder.to_str().unwrap()]);
    let inspected = lines(&inspected.out);
    assert_eq!(inspected.len(), 3);
    assert_eq!(
        inspected
            .iter()
            .filter(|line| line["error"].is_string())
            .count(),
        1
    );
}

#[test]
fn a_mail_that_was_imported_and_comes_from_gmail_too_is_one_mail() {
    let house = House::signed_in();
    let gmail = house.gmail();
    let raw = gmail
        .messages()
        .iter()
        .filter_map(|mail| gmail.raw(&mail.id))
        .map(|raw| String::from_utf8_lossy(&raw).replace("\r\n", "\n"))
        .find(|raw| raw.contains("From: \"Maria Lopez\"") || raw.contains("From: Maria Lopez"))
        .unwrap();
    let path = house.path("takeout.mbox");
    std::fs::write(&path, format!("From - x\n{raw}\n")).unwrap();
    let imported = house
        .run(&["import", path.to_str().unwrap(), "--json"])
        .json();
    assert_eq!(imported["imported"], 1, "{imported}");
    house.run(&["sync", "--json"]).json();
    let maria = house.conversation("Maria Lopez");
    // What is new at Gmail is news, whatever an archive held of it.
    assert_eq!(maria["status"], "needs_reply");
    let list = house
        .run(&["list", "--json", "--search", "Maria Lopez"])
        .json();
    assert_eq!(list["total"], 1, "{list}");
    let shown = house.show(&maria["id"]);
    let mut ids: Vec<String> = shown["messages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|mail| {
            assert!(mail["gmail_id"].is_string(), "{mail}");
            mail["message_id"].to_string()
        })
        .collect();
    let number = ids.len();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), number, "a mail is there twice");
    let again = house
        .run(&["import", path.to_str().unwrap(), "--json"])
        .json();
    assert_eq!(
        (&again["imported"], &again["known"]),
        (&0.into(), &1.into())
    );
}
