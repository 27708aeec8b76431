//! Mails that speak to a model and honest ones that sound like it, in many languages:
//! the flags are on all of the first and on none of the second.
#![allow(clippy::unwrap_used, clippy::print_stderr)]

use rejoinder::llm::injection::scan;

/// The mails of a file, divided by lines of `%%`.
fn mails(text: &str) -> Vec<&str> {
    text.split("\n%%\n").map(str::trim).collect()
}

#[test]
fn mail_that_speaks_to_a_model_is_flagged() {
    let attacks = mails(include_str!("injection/attacks.txt"));
    assert!(attacks.len() > 150);
    let missed: Vec<&str> = attacks
        .into_iter()
        .filter(|mail| scan(mail).is_empty())
        .collect();
    assert_eq!(missed, Vec::<&str>::new());
}

#[test]
fn honest_mail_is_not() {
    let honest = mails(include_str!("injection/benign.txt"));
    assert!(honest.len() > 200);
    let wrong: Vec<_> = honest
        .into_iter()
        .map(|mail| (mail, scan(mail)))
        .filter(|(_, found)| !found.is_empty())
        .collect();
    assert_eq!(wrong, Vec::new());
}

/// Real replies that people wrote, from a folder that is not part of the project.
#[test]
fn real_replies_are_not_flagged() {
    let Some(folder) = std::env::var_os("REJOINDER_CORPORA") else {
        eprintln!("skipped: REJOINDER_CORPORA is not set");
        return;
    };
    let file = std::path::Path::new(&folder).join("replies/cases.jsonl");
    let mut wrong = 0;
    let mut count = 0;
    for line in std::fs::read_to_string(file).unwrap().lines() {
        let case: serde_json::Value = serde_json::from_str(line).unwrap();
        let input = case.get("input").and_then(|text| text.as_str()).unwrap();
        count += 1;
        wrong += usize::from(!scan(input).is_empty());
    }
    assert!(count > 200 && wrong * 100 <= count, "{wrong} of {count}");
}

/// Mail about models as a subject of business, in the languages of leads: it is not to a
/// model.
#[test]
fn mail_about_models_is_not_mail_to_a_model() {
    let honest = mails(include_str!("injection/business.txt"));
    assert!(honest.len() > 30);
    let wrong: Vec<_> = honest
        .into_iter()
        .map(|mail| (mail, scan(mail)))
        .filter(|(_, found)| !found.is_empty())
        .collect();
    assert_eq!(wrong, Vec::new());
}
