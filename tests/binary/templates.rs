//! By verbs: templates are kept, shown, erased, and sent filled in.

use serde_json::json;

use crate::house::House;

#[test]
fn templates_are_kept_by_name_and_only_with_placeholders_that_mean_something() {
    let house = House::with_stage();
    let none = house.run(&["templates", "--json"]).json();
    assert_eq!(none, json!({ "templates": [] }));
    let set = |name: &str, body: &str| house.run(&["templates", "set", name, "--body", body]);
    let terms = "Hi {first_name},\n\nhalf of it first: {{ }.\n";
    assert_eq!(set(" terms\tof payment ", terms).code, 0);
    let listed = house.run(&["templates", "list"]);
    assert_eq!(
        listed.out,
        "terms of payment  Hi {first_name}, half of it first: {{ }.\n"
    );
    assert_eq!(
        house.run(&["templates", "show", "terms of payment"]).out,
        terms
    );
    let shown = house
        .run(&["templates", "show", "terms of payment", "--json"])
        .json();
    assert_eq!(
        (&shown["name"], &shown["body"]),
        (&json!("terms of payment"), &json!(terms.trim_end()))
    );

    let unknown = set("terms of payment", "Hi {vorname},");
    assert_eq!(unknown.code, 2, "{unknown:?}");
    for word in ["{vorname}", "{name}", "{first_name}", "{my_name}"] {
        assert!(unknown.err.contains(word), "{unknown:?}");
    }
    let doubled = set("terms of payment", "Hi {{first_name}},");
    assert_eq!(doubled.code, 2, "{doubled:?}");
    assert!(doubled.err.contains("write {first_name}"), "{doubled:?}");
    assert_eq!(set("  ", "Hi").code, 2);
    assert_eq!(set("terms", " \n ").code, 2);
    assert_eq!(set(&"x".repeat(61), "Hi").code, 2);
    assert_eq!(set("long", &"x".repeat(20_001)).code, 2);
    assert_eq!(house.run(&["templates", "set", "terms"]).code, 2, "no text");
    // Nothing of that took the place of what was kept.
    let still = house.run(&["templates", "show", "terms of payment"]);
    assert_eq!(still.out, terms);

    let exported = house.run(&["export"]);
    assert!(exported.out.contains("\"template\":{"), "{exported:?}");

    let erased = house.run(&["templates", "delete", "terms of payment", "--json"]);
    assert_eq!(erased.json(), json!({ "erased": "terms of payment" }));
    for verb in ["show", "delete"] {
        let ran = house.run(&["templates", verb, "terms of payment"]);
        assert_eq!(ran.code, 3, "{ran:?}");
        assert!(ran.err.contains("\"terms of payment\""), "{ran:?}");
    }
}

#[test]
fn a_template_leaves_filled_in_and_not_before_it_is() {
    let house = House::signed_in();
    house.run(&["sync"]);
    let maria = house.conversation("Maria Lopez");
    let (id, lead) = (maria["id"].to_string(), maria["lead"]["id"].to_string());
    let body = "Hi {first_name},\n\nI have an idea for {company}.\n\nBest,\n{my_name}";
    house.run(&["templates", "set", "idea", "--body", body]);
    let reply = |name: &str| {
        house.run(&[
            "reply",
            &id,
            "--template",
            name,
            "--now",
            "--wait",
            "--json",
        ])
    };

    assert_eq!(reply("thought").code, 3);
    let before = house.show(&maria["id"])["outbox"].clone();
    let refused = reply("idea");
    assert_eq!(refused.code, 1, "{refused:?}");
    assert!(
        refused.err.contains("[company] still has to be filled in"),
        "{refused:?}"
    );
    assert_eq!(house.show(&maria["id"])["outbox"], before);

    house.run(&["leads", "set", &lead, "--company", "Lopez Bakery"]);
    let sent = reply("idea").json();
    assert_eq!(sent["state"], "sent");
    assert_eq!(
        sent["body"],
        "Hi Maria,\n\nI have an idea for Lopez Bakery.\n\nBest,\nSam"
    );
    let both = house.run(&["reply", &id, "--template", "idea", "--body", "Hi"]);
    assert_eq!(both.code, 2, "{both:?}");
    assert_eq!(house.run(&["reply", "999", "--template", "idea"]).code, 3);
}
