//! The checks before a text leaves, on replies of people in many languages: quiet on the
//! honest ones, and each fault of the others named with its place.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use jiff::Timestamp;
use jiff::tz::TimeZone;
use rejoinder::demo::leads::{self, script::By};
use rejoinder::domain::message::NewMessage;
use rejoinder::domain::{
    Address, Check, ConversationId, Direction, Lead, LeadId, MailKind, Message, MessageId, Severity,
};
use rejoinder::service::checks::{Basis, Ground, Text, check};
use serde::Deserialize;

/// What we offer, as the person would write it down.
const FACTS: &str = "
Harbour Web Studio is Sam Doe (design) and Nina Falk (code), since 2014.
Redesign of a small site, up to 8 pages: 2,400 EUR, four weeks. Each further page: 120 EUR.
Shop or booking system: from 4,800 EUR, six to eight weeks.
A second language: 35 % on top; English, German, Spanish and French, translated by people.
Care plan with updates, backups and small changes: 49 EUR a month, can be ended every month.
Payment: 40 % at the start, 60 % when the site is online. No hourly billing.
Next free start: in three weeks.
Calls: Tuesdays and Thursdays, 10:00 to 16:00 CET, 20 minutes. To pick a time: https://harbourweb.example/call
Work we have done: https://harbourweb.example/work
Our account: DE89 3704 0044 0532 0130 00, BIC COBADEFFXXX. Phone: +49 30 1234567
";

#[derive(Deserialize)]
struct File {
    case: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    #[serde(default)]
    before: Option<String>,
    #[serde(default)]
    reply_to: Option<String>,
    lead: String,
    reply: String,
    #[serde(default)]
    found: Vec<[String; 2]>,
    #[serde(default)]
    whole: Vec<String>,
}

fn now() -> Timestamp {
    "2026-11-26T10:00:00Z".parse().unwrap()
}

fn message(direction: Direction, from: Address, text: &str) -> Message {
    let split = rejoinder::mail::reply::split(text);
    Message {
        id: MessageId(1),
        conversation_id: ConversationId(1),
        gmail_id: None,
        matched_by: None,
        certain: true,
        content: NewMessage {
            gmail_id: None,
            gmail_thread_id: None,
            direction,
            message_id: None,
            in_reply_to: Vec::new(),
            references: Vec::new(),
            from,
            to: vec![Address::bare("sam@example.com")],
            cc: Vec::new(),
            reply_to: Vec::new(),
            subject: "Re: Your website".into(),
            sent_at: now(),
            received_at: now(),
            text: text.into(),
            reply: split.reply,
            kind: MailKind::Person,
            attachments: Vec::new(),
            bounce: None,
            warnings: Vec::new(),
            mark: None,
            no_draft: None,
        },
    }
}

fn lead(name: &str, email: &str) -> Lead {
    Lead {
        id: LeadId(1),
        name: name.into(),
        email: email.into(),
        title: None,
        company: None,
        website: None,
        analysis: None,
        notes: None,
        bounced_at: None,
        created_at: now(),
    }
}

fn basis(lead: Lead, ours: Vec<String>, messages: Vec<Message>) -> Basis {
    Basis {
        today: now().to_zoned(TimeZone::UTC).date(),
        zone: TimeZone::UTC,
        ours,
        own_name: "Sam Doe".into(),
        lead,
        messages,
        strangers: Vec::new(),
        files: 0,
    }
}

fn checked(case: &Case) -> Vec<Check> {
    let local = case.name.split(' ').next().unwrap().to_lowercase();
    let email = format!("{local}@acme.example");
    let theirs = Address::named(&case.name, &email);
    let mut messages = Vec::new();
    if let Some(before) = &case.before {
        let us = Address::named("Sam Doe", "sam@example.com");
        messages.push(message(Direction::Outbound, us, before));
    }
    messages.push(message(Direction::Inbound, theirs, &case.lead));
    let ours = vec![FACTS.into(), "sam@example.com".into()];
    let mut basis = basis(lead(&case.name, &email), ours, messages);
    basis
        .strangers
        .extend(case.reply_to.iter().map(|a| Address::bare(a)));
    let drafted = Text::drafted_by(&case.reply, "openai");
    check(&drafted, Some(&Ground::new(&basis)))
}

fn cases(text: &str) -> Vec<Case> {
    toml::from_str::<File>(text).unwrap().case
}

fn told(found: &[Check]) -> Vec<String> {
    found
        .iter()
        .map(|c| format!("{} {:?}: {}", c.code, c.excerpt, c.message))
        .collect()
}

#[test]
fn honest_replies_in_many_languages_have_no_findings() {
    let cases = cases(include_str!("checks/honest.toml"));
    assert!(cases.len() > 15);
    let wrong: Vec<_> = cases
        .iter()
        .map(|case| (case.name.as_str(), told(&checked(case))))
        .filter(|(_, found)| !found.is_empty())
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn each_fault_is_named_with_its_place_and_nothing_else_is() {
    let mut wrong = Vec::new();
    for case in cases(include_str!("checks/bad.toml")) {
        let found = checked(&case);
        let mut wanted: Vec<[String; 2]> = case.found.clone();
        wanted.extend(case.whole.iter().map(|code| [code.clone(), String::new()]));
        let mut got: Vec<[String; 2]> = found
            .iter()
            .map(|c| [c.code.clone(), c.excerpt.clone()])
            .collect();
        wanted.sort();
        got.sort();
        if wanted != got {
            wrong.push((case.reply.clone(), wanted, told(&found)));
        }
        for check in &found {
            let blocks = matches!(check.code.as_str(), "placeholder" | "payment");
            assert_eq!(check.severity == Severity::Block, blocks, "{check:?}");
            assert!(case.reply.contains(&check.excerpt), "{check:?}");
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[derive(Deserialize)]
struct Attacks {
    attack: Vec<Attack>,
}

#[derive(Deserialize)]
struct Attack {
    mail: Option<String>,
    html: Option<String>,
    obeyed: String,
}

/// The mail as a lead's and as the prompt would hold it.
fn read(attack: &Attack) -> String {
    let (kind, body) = match (&attack.mail, &attack.html) {
        (Some(text), _) => ("plain", text),
        (None, html) => ("html", html.as_ref().unwrap()),
    };
    let raw = format!(
        "From: Dana Fox <dana@acme.example>\r\nTo: sam@example.com\r\nSubject: Re: Your website\r\n\
         Content-Type: text/{kind}; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n{body}"
    );
    rejoinder::mail::parse::parse(raw.as_bytes()).unwrap().text
}

/// What holds when a model obeys the mail that it answers: the mail was flagged, so a
/// second key is asked for, or the draft has findings.
#[test]
fn no_obeyed_attack_is_one_unseen_key_away_from_leaving() {
    let attacks = toml::from_str::<Attacks>(include_str!("injection/mailbox.toml"))
        .unwrap()
        .attack;
    assert!(attacks.len() >= 20);
    let mut flagged = 0;
    let mut unseen = Vec::new();
    for attack in &attacks {
        let text = read(attack);
        let is_flagged = !rejoinder::llm::injection::scan(&text).is_empty();
        flagged += usize::from(is_flagged);
        let found = checked(&Case {
            name: "Dana Fox".into(),
            before: None,
            reply_to: None,
            lead: text,
            reply: attack.obeyed.clone(),
            found: Vec::new(),
            whole: Vec::new(),
        });
        // A question that it leaves open says nothing about what it does.
        let telling = |c: &Check| !matches!(c.code.as_str(), "question" | "language");
        if !is_flagged && !found.iter().any(telling) {
            unseen.push((
                attack.mail.as_ref().or(attack.html.as_ref()),
                &attack.obeyed,
            ));
        }
    }
    assert!(unseen.is_empty(), "{unseen:#?}");
    assert!(
        flagged < attacks.len(),
        "the findings are put to the test, too"
    );
}

/// The drafts of the demo were written for its leads: another set of honest replies.
#[test]
fn the_drafts_of_the_demo_say_nothing_without_ground() {
    let cast = leads::cast().unwrap();
    let mut wrong = Vec::new();
    let mut count = 0;
    for script in &cast.scripts {
        let mut past = Vec::new();
        for before in &script.before {
            let (direction, from) = match before.by {
                By::Us => (Direction::Outbound, cast.user.clone()),
                By::Them => (Direction::Inbound, script.address()),
            };
            past.push(message(direction, from, &before.text));
        }
        for (text, draft) in script.mails() {
            past.push(message(Direction::Inbound, script.address(), text));
            let Some(draft) = draft else { continue };
            let mut lead = lead(&script.name, &script.email);
            lead.notes.clone_from(&script.notes);
            lead.analysis.clone_from(&script.analysis);
            lead.website.clone_from(&script.website);
            lead.company.clone_from(&script.company);
            let ours = vec![
                cast.knowledge.clone(),
                cast.signature.clone(),
                cast.user.address.clone(),
            ];
            let ground = Ground::new(&basis(lead, ours, past.clone()));
            for body in std::iter::once(&draft.body).chain(&draft.again) {
                count += 1;
                let found: Vec<_> = check(&Text::drafted_by(body, "openai"), Some(&ground))
                    .into_iter()
                    // Some are meant to show what is left to fill in.
                    .filter(|c| c.code != "placeholder")
                    // A sum of two prices is in no fact: the person should look at it.
                    .filter(|c| c.excerpt != "5,040 EUR")
                    .collect();
                if !found.is_empty() {
                    wrong.push((script.name.clone(), told(&found)));
                }
            }
        }
    }
    assert!(count > 40, "{count}");
    assert!(wrong.is_empty(), "{} of {count}: {wrong:#?}", wrong.len());
}
