//! `doctor`: each part is looked at, and each fault comes with its mend.

use serde_json::Value;

use crate::house::House;

fn checks(house: &House, arguments: &[&str]) -> (i32, Vec<Value>) {
    let mut all = vec!["doctor", "--json"];
    all.extend(arguments);
    let ran = house.run(&all);
    let report: Value = serde_json::from_str(&ran.out).unwrap_or_else(|e| panic!("{e}: {ran:?}"));
    (ran.code, report["checks"].as_array().unwrap().clone())
}

fn of<'c>(checks: &'c [Value], name: &str) -> &'c Value {
    let found = checks.iter().find(|check| check["name"] == name);
    found.unwrap_or_else(|| panic!("{name} is not in {checks:?}"))
}

fn private(house: &House) {
    use std::os::unix::fs::PermissionsExt as _;
    for name in ["credentials.json", "config.toml"] {
        let path = house.path("config").join(name);
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).unwrap();
    }
}

#[test]
fn a_house_in_order_is_found_in_order() {
    let house = House::signed_in();
    private(&house);
    let (code, checks) = checks(&house, &[]);
    assert_eq!(code, 0, "{checks:?}");
    for name in [
        "configuration",
        "permissions",
        "disk",
        "store",
        "sign-in",
        "gmail",
        "clock",
        "model",
        "mails",
        "terminal",
        "characters",
    ] {
        let check = of(&checks, name);
        assert_eq!(check["status"], "ok", "{check}");
        assert_eq!(check["mend"], Value::Null, "{check}");
        assert!(check["detail"].is_string(), "{check}");
    }
    assert_eq!(of(&checks, "size")["status"], "skipped");
}

#[test]
fn each_fault_comes_with_its_mend() {
    use std::os::unix::fs::PermissionsExt as _;
    let house = House::with_stage();
    private(&house);
    let client = house.path("config").join("credentials.json");
    std::fs::set_permissions(&client, std::fs::Permissions::from_mode(0o644)).unwrap();
    let file = house.path("config").join("config.toml");
    let settings = std::fs::read_to_string(&file).unwrap();
    std::fs::write(
        &file,
        settings.replace("[gmail]\n", "[gmail]\npol_interval = 3\n"),
    )
    .unwrap();
    let (code, found) = checks(&house, &[]);
    assert_eq!(code, 1);
    assert!(
        of(&found, "permissions")["mend"]
            .as_str()
            .unwrap()
            .starts_with("chmod 600 '"),
        "{found:?}"
    );
    let configuration = of(&found, "configuration");
    assert_eq!(configuration["status"], "warning");
    assert!(
        configuration["detail"]
            .as_str()
            .unwrap()
            .contains("pol_interval")
    );
    assert_eq!(of(&found, "sign-in")["mend"], "run: rejoinder login");
    assert_eq!(of(&found, "gmail")["status"], "skipped");

    std::fs::write(&file, "[gmail]\npoll_interval = 0\n").unwrap();
    let (code, found) = checks(&house, &[]);
    assert_eq!(code, 1);
    let configuration = of(&found, "configuration");
    assert_eq!(configuration["status"], "failed");
    assert!(
        configuration["detail"]
            .as_str()
            .unwrap()
            .contains("gmail.poll_interval")
    );
    assert_eq!(of(&found, "store")["status"], "skipped");
}

#[test]
fn a_revoked_sign_in_an_unreachable_gmail_and_a_damaged_store_are_told_apart() {
    let house = House::signed_in();
    house.gmail().set_offline(true);
    let (code, found) = checks(&house, &[]);
    assert_eq!(code, 1);
    assert_eq!(of(&found, "gmail")["status"], "failed", "{found:?}");
    house.gmail().set_offline(false);
    house.gmail().revoke_access();
    house.gmail().expire_access_tokens();
    let (_, found) = checks(&house, &[]);
    assert_eq!(of(&found, "sign-in")["status"], "failed", "{found:?}");

    std::fs::write(house.path("config").join("store.key"), "ab".repeat(32)).unwrap();
    let (code, found) = checks(&house, &[]);
    assert_eq!(code, 1);
    assert_eq!(of(&found, "store")["status"], "failed", "{found:?}");
    assert!(of(&found, "store")["mend"].is_string());
}

#[test]
fn the_send_test_checks_what_sending_rests_on() {
    let house = House::signed_in();
    private(&house);
    let (code, found) = checks(&house, &["--send-test"]);
    assert_eq!(code, 0, "{found:?}");
    for name in [
        "send-test",
        "send-test: a draft is sent once",
        "send-test: SENT lists it at once",
        "send-test: the mark survives",
        "send-test: the Message-ID",
    ] {
        assert_eq!(of(&found, name)["status"], "ok", "{found:?}");
    }
    assert_eq!(house.gmail().sent().len(), 1);
    assert!(
        of(&found, "send-test: the Message-ID")["detail"]
            .as_str()
            .unwrap()
            .contains("mail.gmail.com")
    );
}

#[test]
fn for_people_each_fault_is_followed_by_its_mend() {
    let house = House::empty();
    let ran = house.run(&["doctor"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.out.contains("failed   sign-in"), "{ran:?}");
    assert!(ran.out.contains("-> run: rejoinder login"), "{ran:?}");
}
