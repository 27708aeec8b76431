//! Exit codes, JSON keys, errors for people.

use serde_json::Value;

use crate::house::House;

fn keys(value: &Value) -> Vec<&str> {
    value
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect()
}

fn has_keys(value: &Value, wanted: &[&str]) {
    let keys = keys(value);
    for key in wanted {
        assert!(keys.contains(key), "{key} is missing in {value}");
    }
}

#[test]
fn the_json_has_the_keys_of_the_contract() {
    let house = House::signed_in();
    has_keys(
        &house.run(&["sync", "--json"]).json(),
        &["fetched", "matched", "unmatched", "drafts"],
    );
    let list = house.run(&["list", "--json"]).json();
    has_keys(&list, &["conversations", "next", "total"]);
    let maria = house.conversation("Maria Lopez");
    has_keys(
        &maria,
        &[
            "id",
            "lead",
            "subject",
            "status",
            "last_message_at",
            "unread",
            "message_count",
            "suggestion",
        ],
    );
    has_keys(&maria["lead"], &["id", "name", "email", "title"]);
    has_keys(
        &maria["suggestion"],
        &["id", "status", "confidence", "stale"],
    );
    let shown = house.show(&maria["id"]);
    has_keys(&shown, &["id", "lead", "messages", "suggestions", "outbox"]);
    has_keys(
        &shown["messages"][0],
        &[
            "id",
            "gmail_id",
            "direction",
            "from",
            "to",
            "subject",
            "sent_at",
            "message_id",
            "text",
            "reply",
            "matched_by",
            "certain",
            "kind",
            "attachments",
        ],
    );
    has_keys(
        &shown["suggestions"][0],
        &[
            "id",
            "version",
            "status",
            "subject",
            "body",
            "edited_body",
            "confidence",
            "reasoning",
            "sentiment",
            "intent",
            "urgency",
            "missing_facts",
            "checks",
            "provider",
            "model",
            "input_tokens",
            "output_tokens",
            "cost_usd",
            "stale",
            "created_at",
        ],
    );
    let queued = house
        .run(&[
            "approve",
            &shown["suggestions"][0]["id"].to_string(),
            "--json",
        ])
        .json();
    has_keys(&queued, &["id", "state", "not_before", "attempts", "error"]);
    let sent_at = shown["messages"][0]["sent_at"].as_str().unwrap();
    assert!(
        sent_at.ends_with('Z') && sent_at.contains('T'),
        "RFC 3339 UTC: {sent_at}"
    );
    has_keys(
        &house.run(&["stats", "--json"]).json(),
        &["conversations", "outcomes", "spending"],
    );
}

#[test]
fn the_list_shows_the_score_as_the_inbox_does_and_not_the_models_guess() {
    let house = House::signed_in();
    house.run(&["sync", "--all"]);
    let printed = house.run(&["list"]).out;
    let percent = |value: &Value| format!("{}%", (value.as_f64().unwrap() * 100.0).round());
    let list = house.run(&["list", "--json"]).json();
    let mut differ = 0;
    for row in list["conversations"].as_array().unwrap() {
        let (suggestion, id) = (&row["suggestion"], &row["id"]);
        if suggestion["status"] != "pending" {
            continue;
        }
        let line = printed
            .lines()
            .find(|line| line.split_whitespace().next() == Some(&id.to_string()));
        let score = percent(&suggestion["score"]);
        assert!(
            line.unwrap().contains(&format!("pending {score} ")),
            "{score} is wanted in {line:?}"
        );
        differ += usize::from(percent(&suggestion["confidence"]) != score);
    }
    assert!(differ > 0, "no guess differs from its score: {list}");
}

#[test]
fn leads_are_added_listed_and_refused_twice() {
    let house = House::empty();
    let lead = house
        .run(&[
            "leads",
            "add",
            "--name",
            "Maria",
            "--email",
            "Maria@Example.com",
            "--title",
            "Owner",
            "--json",
        ])
        .json();
    has_keys(&lead, &["id", "name", "email", "title"]);
    let all = house.run(&["leads", "list", "--json"]).json();
    assert_eq!(all["leads"][0]["id"], lead["id"]);
    let again = house.run(&[
        "leads",
        "add",
        "--name",
        "M",
        "--email",
        "maria@example.COM",
    ]);
    assert_eq!(again.code, 1, "{again:?}");
    assert!(
        again.err.contains("already the address of lead"),
        "{again:?}"
    );
    let wrong = house.run(&["leads", "add", "--name", "M", "--email", "a@b\nBcc: c@d"]);
    assert_eq!(wrong.code, 2, "{wrong:?}");
    let set = house
        .run(&[
            "leads",
            "set",
            &lead["id"].to_string(),
            "--notes",
            "likes rye",
            "--title",
            "",
            "--json",
        ])
        .json();
    assert_eq!(
        (set["notes"].as_str(), set["title"].as_str()),
        (Some("likes rye"), None)
    );
}

#[test]
fn exit_codes_say_what_happened() {
    let house = House::with_stage();
    assert_eq!(house.run(&["show", "999"]).code, 3);
    assert_eq!(house.run(&["approve", "999"]).code, 3);
    assert_eq!(house.run(&["archive", "999"]).code, 3);
    assert_eq!(house.run(&["list", "--search", "nobody"]).code, 3);
    assert_eq!(house.run(&["list"]).code, 0);
    assert_eq!(house.run(&["list", "--after", "nonsense"]).code, 2);
    assert_eq!(house.run(&["no-such-verb"]).code, 2);
    assert_eq!(house.run(&["snooze", "1", "soonish"]).code, 2);
    let sync = house.run(&["sync", "--json"]);
    assert_eq!(sync.code, 4, "{sync:?}");
    assert!(sync.err.contains("rejoinder login"), "{sync:?}");
    assert_eq!(sync.out, "");
}

#[test]
fn a_blocked_text_is_not_queued() {
    let house = House::signed_in();
    house.run(&["sync"]);
    let maria = house.conversation("Maria Lopez");
    let id = maria["suggestion"]["id"].to_string();
    let refused = house.run(&[
        "approve",
        &id,
        "--body",
        "It costs [CONFIRM: price].",
        "--now",
    ]);
    assert_eq!(refused.code, 1, "{refused:?}");
    assert!(refused.err.contains("[CONFIRM: price]"), "{refused:?}");
    assert_eq!(house.show(&maria["id"])["outbox"], Value::Array(Vec::new()));
    let again = house.run(&["approve", &id]);
    assert_eq!(again.code, 0, "{again:?}");
    let twice = house.run(&["approve", &id]);
    assert_eq!(twice.code, 1, "{twice:?}");
    assert!(twice.err.contains("approved already"), "{twice:?}");
}

#[test]
fn settings_that_are_not_right_are_told_with_their_place() {
    let house = House::empty();
    std::fs::create_dir_all(house.path("config")).unwrap();
    std::fs::write(
        house.path("config/config.toml"),
        "[gmail]\nbase_url = \"http://example.com\"\n",
    )
    .unwrap();
    let ran = house.run(&["list"]);
    assert_eq!(ran.code, 1);
    assert!(
        ran.err.contains("gmail.base_url") && ran.err.contains("https"),
        "{ran:?}"
    );
    std::fs::write(
        house.path("config/config.toml"),
        "[gmail]\npoll_interval = \"often\"\n",
    )
    .unwrap();
    let ran = house.run(&["list"]);
    assert!(
        ran.err.contains("config.toml") && ran.err.contains("poll_interval"),
        "{ran:?}"
    );
    let other = house.path("other.toml");
    std::fs::write(&other, "[user]\nname = \"Sam\"\n").unwrap();
    assert_eq!(
        house
            .run(&["list", "--config", other.to_str().unwrap()])
            .code,
        0
    );
    assert_eq!(house.run(&["list", "--config", "/no/such/file"]).code, 1);
}

#[test]
fn a_settings_file_to_begin_with_is_written_once_and_works() {
    let house = House::empty();
    assert_eq!(house.run(&["config", "--init"]).code, 0);
    assert_eq!(house.run(&["config", "--init"]).code, 1);
    assert_eq!(house.run(&["list"]).code, 0);
    let keys = house.run(&["config", "--keys"]);
    assert!(
        keys.out.contains("approve the text on the screen"),
        "{keys:?}"
    );
}

#[test]
fn inspect_prints_a_line_for_each_file_and_goes_on_after_a_broken_one() {
    let house = House::empty();
    let good = house.path("good.eml");
    std::fs::write(
        &good,
        "From: Maria <m@x.example>\r\nTo: sam@y.example\r\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\nMessage-ID: <1@x.example>\r\nIn-Reply-To: 2@y.example\r\n\r\nYes.\r\n\r\nOn Mon, Sam wrote:\r\n> No?\r\n",
    )
    .unwrap();
    let missing = house.path("missing.eml");
    let ran = house.run(&[
        "inspect",
        "--json",
        missing.to_str().unwrap(),
        good.to_str().unwrap(),
    ]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let lines: Vec<Value> = ran
        .out
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    has_keys(&lines[0], &["file", "error"]);
    has_keys(
        &lines[1],
        &[
            "file",
            "message_id",
            "in_reply_to",
            "references",
            "from",
            "to",
            "cc",
            "subject",
            "date",
            "kind",
            "text",
            "reply",
            "quoted",
            "signature",
            "attachments",
            "warnings",
        ],
    );
    assert_eq!(lines[1]["subject"], "Grüße");
    assert_eq!(lines[1]["reply"].as_str().unwrap().trim(), "Yes.");
    assert_eq!(lines[1]["in_reply_to"][0], "2@y.example");
}

#[test]
fn stdout_that_is_closed_early_is_no_failure() {
    let house = House::empty();
    let mut child = house
        .command()
        .args(["config", "--keys"])
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
}

#[test]
fn nothing_of_a_mail_is_in_the_clear_in_the_data_folder() {
    let house = House::signed_in();
    house.run(&["sync"]);
    for entry in std::fs::read_dir(house.path("data")).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            continue;
        }
        let bytes = std::fs::read(&path).unwrap();
        for secret in ["lopezbakery", "SQLite format", "refresh"] {
            assert!(
                !bytes.windows(secret.len()).any(|w| w == secret.as_bytes()),
                "{secret} in {}",
                path.display()
            );
        }
    }
}

#[test]
fn shells_and_man_are_told_every_verb_without_a_store() {
    let house = House::empty();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let ran = house.run(&["completions", shell]);
        assert_eq!(ran.code, 0, "{ran:?}");
        assert!(ran.out.contains("regenerate"), "{shell}: {}", ran.out);
    }
    let page = house.run(&["man"]).out;
    assert!(page.contains(".TH rejoinder 1"), "{page}");
    let folder = house.path("man");
    let written = house.run(&["man", "--to", folder.to_str().unwrap()]);
    assert_eq!((written.code, written.out.as_str()), (0, ""), "{written:?}");
    for name in [
        "rejoinder.1",
        "rejoinder-approve.1",
        "rejoinder-leads-add.1",
    ] {
        assert!(folder.join(name).is_file(), "{name}");
    }
    assert!(!house.path("data").exists(), "nothing was opened");
}
