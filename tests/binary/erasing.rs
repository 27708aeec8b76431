//! `export` and `forget`: what is kept of people goes out whole, and goes for good.

use serde_json::Value;

use crate::house::House;

fn exported(house: &House, arguments: &[&str]) -> Vec<Value> {
    let ran = house.run(&[&["export"], arguments].concat());
    assert_eq!(ran.code, 0, "{ran:?}");
    ran.out
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[test]
fn all_that_is_kept_goes_out_as_json_archived_conversations_too() {
    let house = House::signed_in();
    house.run(&["sync", "--json"]).json();
    let maria = house.conversation("Maria Lopez");
    house.run(&["archive", &maria["id"].to_string()]);
    let lines = exported(&house, &[]);
    let count = |what: &str| lines.iter().filter(|line| line.get(what).is_some()).count();
    let leads = house.run(&["leads", "list", "--json"]).json();
    assert_eq!(count("lead"), leads["leads"].as_array().unwrap().len());
    assert_eq!((count("facts"), count("style")), (1, 1));
    let hers = lines
        .iter()
        .filter_map(|line| line.get("conversation"))
        .find(|c| c["id"] == maria["id"])
        .unwrap();
    assert_eq!(*hers, house.show(&maria["id"]));
    // One person's alone.
    let lead = maria["lead"]["id"].to_string();
    let lines = exported(&house, &["--lead", &lead]);
    assert_eq!(lines.len(), 2, "{lines:?}");
    assert_eq!(lines[0]["lead"]["name"], "Maria Lopez");
    assert_eq!(house.run(&["export", "--lead", "999"]).code, 3);
}

#[test]
fn a_lead_that_is_forgotten_leaves_nothing_behind() {
    let house = House::signed_in();
    house.run(&["sync", "--json"]).json();
    let maria = house.conversation("Maria Lopez");
    let (id, lead) = (maria["id"].to_string(), maria["lead"]["id"].to_string());
    let others = exported(&house, &[]).len() - 2;

    // Not without a word, and not while a reply is on its way.
    let asked = house.run(&["forget", &lead]);
    assert_eq!(asked.code, 2, "{asked:?}");
    assert!(asked.err.contains("Maria Lopez"), "{asked:?}");
    assert!(asked.err.contains("1 conversation"), "{asked:?}");
    assert!(asked.err.contains("--yes"), "{asked:?}");
    let queued = house
        .run(&["reply", &id, "--body", "One moment.", "--json"])
        .json();
    let refused = house.run(&["forget", &lead, "--yes"]);
    assert_eq!(refused.code, 1, "{refused:?}");
    assert!(refused.err.contains("on its way"), "{refused:?}");
    house
        .run(&["undo", &queued["id"].to_string(), "--json"])
        .json();

    let erased = house.run(&["forget", &lead, "--yes", "--json"]).json();
    assert_eq!(erased["conversations"], 1);
    assert!(erased["mails"].as_u64().unwrap() >= 1, "{erased}");
    let left = exported(&house, &[]);
    assert_eq!(left.len(), others);
    assert!(
        !left
            .iter()
            .any(|line| line.to_string().contains("Maria Lopez"))
    );
    assert_eq!(house.run(&["show", &id]).code, 3);
    assert_eq!(house.run(&["forget", &lead, "--yes"]).code, 3);
    // What comes later is a stranger's.
    let again = house.run(&["sync", "--json"]).json();
    assert_eq!(again["drafts"], 0, "{again}");
}
