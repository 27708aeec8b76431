//! Who wrote it: reports of mail systems, automatic answers without a header that says
//! so, and people who speak of the same things.

use rejoinder::domain::MailKind;
use rejoinder::mail::parse::{Mail, parse};

use crate::table;

const BOUNCES: &str = include_str!("bounces.txt");
const SYSTEMS: &str = include_str!("systems.txt");
const AUTOMATIC: &str = include_str!("autoreplies.txt");
const PEOPLE: &str = include_str!("people.txt");

fn letter(line: &str) -> Mail {
    let (subject, text) = line.split_once('|').expect("a subject and a text");
    let raw = format!(
        "From: Maria Lopez <maria@example.org>\r\nTo: me@example.com\r\nSubject: {subject}\r\nIn-Reply-To: <ours@example.com>\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{}\r\n",
        text.replace(" / ", "\r\n")
    );
    parse(raw.as_bytes()).expect("a mail")
}

fn not_of_kind(lines: &'static str, kind: MailKind) -> Vec<(MailKind, &'static str)> {
    table(lines)
        .map(|line| (letter(line).kind, line))
        .filter(|(found, _)| *found != kind)
        .collect()
}

#[test]
fn automatic_answers_are_known_by_what_they_say() {
    assert_eq!(not_of_kind(AUTOMATIC, MailKind::AutoReply), Vec::new());
}

#[test]
fn people_who_speak_of_absence_and_failure_are_people() {
    assert_eq!(not_of_kind(PEOPLE, MailKind::Person), Vec::new());
}

#[test]
fn reports_of_many_systems_tell_who_failed_and_why() {
    let mut wrong = Vec::new();
    for report in BOUNCES.split("\n===== ").skip(1) {
        let (told, raw) = report.split_once('\n').expect("a first line");
        let told: Vec<&str> = told.split(' ').collect();
        let mail = parse(raw.as_bytes()).expect("a mail");
        let bounce = mail.bounce.clone().unwrap_or_default();
        let found = [
            bounce.failed_address.as_deref().unwrap_or("-"),
            bounce.status.as_deref().unwrap_or("-"),
            if bounce.permanent { "yes" } else { "no" },
        ];
        let reason = bounce.reason.as_deref().unwrap_or("");
        if mail.kind != MailKind::Bounce || found[..] != told[..] || reason.is_empty() {
            wrong.push(format!(
                "{:?} {found:?} {reason:?} <- {told:?} {}",
                mail.kind, mail.subject
            ));
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn whatever_system_reports_it_is_a_bounce_of_the_address_that_failed() {
    let mut wrong = Vec::new();
    for report in SYSTEMS.split("\n===== ").skip(1) {
        let (told, raw) = report.split_once('\n').expect("a first line");
        let (failed, system) = told.split_once(' ').expect("an address and a system");
        let mail = parse(raw.as_bytes()).expect("a mail");
        let found = mail.bounce.and_then(|bounce| bounce.failed_address);
        if found.as_deref() != Some(failed) {
            wrong.push(format!("{system}: {:?} {found:?}", mail.kind));
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}
