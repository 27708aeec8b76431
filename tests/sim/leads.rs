//! The demo's people: what lies in the mailbox at the beginning, what arrives, and who
//! answers what.

use std::collections::BTreeSet;
use std::time::Duration;

use rejoinder::demo::leads::script::{By, Language, Mailer, Sort};
use rejoinder::demo::leads::{Cast, cast};
use rejoinder::demo::stage::{Stage, StageOptions};
use rejoinder::domain::Direction;
use serde_json::{Value, json};

use crate::caller::http;

async fn stage() -> Stage {
    Stage::start(StageOptions::for_tests()).await.unwrap()
}

fn digits(text: &str) -> BTreeSet<String> {
    let text = text.replace([',', '.', '\u{a0}', '\u{202f}'], "");
    // French writes 2 400.
    let joined = text
        .replace("2 400", "2400")
        .replace("4 800", "4800")
        .replace("1 500", "1500");
    joined
        .split(|letter: char| !letter.is_ascii_digit())
        .filter(|number| number.len() > 1)
        .map(ToOwned::to_owned)
        .collect()
}

#[test]
fn the_cast_has_everybody_that_is_needed_and_no_real_address() {
    let Cast { scripts, .. } = cast().unwrap();
    assert!(scripts.len() >= 14, "{}", scripts.len());
    let of = |language| {
        scripts
            .iter()
            .filter(|one| one.language == language)
            .count()
    };
    for language in [Language::En, Language::De, Language::Es, Language::Fr] {
        assert!(of(language) >= 2, "{language:?}");
    }
    let arrives = |sort| {
        let mails = scripts.iter().flat_map(|one| &one.arrives);
        mails.filter(|mail| mail.sort == sort).count()
    };
    for sort in [Sort::Bounce, Sort::AutoReply, Sort::List, Sort::Fresh] {
        assert!(arrives(sort) >= 1, "{sort:?}");
    }
    for mailer in [Mailer::Gmail, Mailer::Outlook, Mailer::Apple, Mailer::Bare] {
        assert!(scripts.iter().any(|one| one.mailer == mailer), "{mailer:?}");
    }
    let mut addresses = BTreeSet::new();
    for script in &scripts {
        assert!(script.email.ends_with(".example"), "{}", script.email);
        assert!(
            addresses.insert(script.email.clone()),
            "{} twice",
            script.email
        );
        assert_eq!(script.known, !script.before.is_empty(), "{}", script.name);
        if let Some(first) = script.before.first() {
            assert_eq!(first.by, By::Us, "{}", script.name);
        }
    }
    assert!(scripts.iter().any(|one| !one.known));
    let mut mails = scripts.iter().flat_map(|one| &one.arrives);
    assert!(mails.any(|mail| {
        mail.html
            .as_ref()
            .is_some_and(|html| html.contains("Ignore all"))
    }));
}

#[test]
fn scripted_drafts_state_only_what_the_user_or_the_thread_says() {
    let cast = cast().unwrap();
    // Sums that a person would make, and that the product is to point at.
    let sums = ["5040"];
    for script in &cast.scripts {
        let mut known = digits(&cast.knowledge);
        known.extend(script.before.iter().flat_map(|mail| digits(&mail.text)));
        for (mail, draft) in script.mails() {
            known.extend(digits(mail));
            let Some(draft) = draft else { continue };
            for body in std::iter::once(&draft.body).chain(&draft.again) {
                for number in digits(body) {
                    let fine = known.contains(&number) || sums.contains(&&*number);
                    assert!(fine, "{}: {number} in\n{body}", script.name);
                }
                known.extend(sums.map(ToOwned::to_owned));
            }
            assert!((0.0..=1.0).contains(&draft.confidence));
            draft
                .sentiment
                .parse::<rejoinder::domain::Sentiment>()
                .unwrap();
            draft.urgency.parse::<rejoinder::domain::Urgency>().unwrap();
        }
    }
}

#[tokio::test]
async fn openings_are_in_the_mailbox_as_they_are_given_to_the_store() {
    let stage = stage().await;
    assert_eq!(stage.openings.len(), stage.cast.leads().len());
    let control = stage.sim.control();
    for opening in &stage.openings {
        for message in &opening.messages {
            let stored = control
                .message(message.gmail_id.as_ref().unwrap().as_str())
                .unwrap();
            assert_eq!(
                stored.message_id, message.message_id,
                "{}",
                opening.lead.email
            );
            assert_eq!(stored.thread, message.gmail_thread_id.as_ref().unwrap().0);
            assert_eq!(stored.subject, message.subject);
            assert_eq!(stored.dated, message.received_at);
            assert_eq!(stored.has("SENT"), message.direction == Direction::Outbound);
            assert!(!stored.has("UNREAD"));
        }
        let threads: BTreeSet<_> = opening
            .messages
            .iter()
            .map(|m| &m.gmail_thread_id)
            .collect();
        assert_eq!(threads.len(), 1, "{}", opening.lead.email);
    }
    let unread = control
        .messages()
        .into_iter()
        .filter(|mail| mail.has("UNREAD"))
        .count();
    assert!(
        (3..=6).contains(&unread),
        "{unread} lie unread at the beginning"
    );
}

#[tokio::test]
async fn what_arrives_belongs_to_its_conversation_by_header_or_by_nothing() {
    let stage = stage().await;
    let control = stage.sim.control();
    let before = control.messages().len();
    stage.advance(Duration::from_secs(30));
    let soon = control.messages().len();
    assert!(soon > before, "something arrives in the first half minute");
    stage.advance(Duration::from_secs(270));
    let mails = control.messages();
    let thread_of = |email: &str| {
        let opening = stage
            .openings
            .iter()
            .find(|one| one.lead.email == email)
            .unwrap();
        opening.messages[0].gmail_thread_id.clone().unwrap().0
    };
    let newest = |email: &str| mails.iter().find(|mail| mail.from == email).unwrap();
    for script in stage.cast.known() {
        let Some(arrival) = script.arrives.last() else {
            continue;
        };
        let stored = match arrival.sort {
            Sort::Bounce => newest("mailer-daemon@googlemail.com"),
            _ => newest(&script.email),
        };
        let joined = stored.thread == thread_of(&script.email);
        let expected = match arrival.sort {
            Sort::Reply | Sort::Bounce => true,
            Sort::Fresh | Sort::List => false,
            Sort::AutoReply => true,
        };
        assert_eq!(joined, expected, "{}", script.name);
    }
    let raw = |email: &str| String::from_utf8(control.raw(&newest(email).id).unwrap()).unwrap();
    let katrin = raw("katrin@vogel-keramik.example");
    assert!(
        !katrin.contains("References:") && !katrin.contains("In-Reply-To:"),
        "{katrin}"
    );
    assert!(!raw("hello@stillpoint-yoga.example").contains("text/plain"));
    assert!(raw("victor@malone-interiors.example").contains("display:none"));
    assert!(raw("emile.girard@girard-velos.example").contains("besoins-location.txt"));
    let auto = mails
        .iter()
        .find(|mail| mail.subject.starts_with("Automatic reply"))
        .unwrap();
    let auto = String::from_utf8(control.raw(&auto.id).unwrap()).unwrap();
    assert!(auto.contains("Auto-Submitted: auto-replied"));
    assert_eq!(
        control.messages().len(),
        mails.len(),
        "nothing more comes by itself"
    );
}

/// Sends an answer to the newest mail of that address; gives the sent message's
/// `Message-ID`.
async fn send(stage: &Stage, to: &str, text: &str) -> String {
    let newest = stage
        .sim
        .control()
        .messages()
        .into_iter()
        .find(|mail| mail.from == to);
    let (thread, refers, subject) = match newest {
        Some(mail) => (Some(mail.thread), mail.message_id.unwrap(), mail.subject),
        None => (None, String::new(), "Website".to_owned()),
    };
    let raw = format!(
        "From: Sam Doe <sam@example.com>\r\nTo: {to}\r\nSubject: Re: {subject}\r\nIn-Reply-To: <{refers}>\r\nReferences: <{refers}>\r\nX-Rejoinder-Id: m1\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{text}\r\n\r\n> What they wrote, with 4,800 EUR in it\r\n"
    );
    use base64::Engine as _;
    let raw = base64::engine::general_purpose::URL_SAFE.encode(raw);
    let body = json!({ "raw": raw, "threadId": thread });
    let url = format!("{}gmail/v1/users/me/messages/send", stage.sim.base_url());
    let token = stage.sim.control().sign_in().access_token;
    let sent = http().post(url).bearer_auth(token).json(&body).send();
    let sent: Value = sent.await.unwrap().json().await.unwrap();
    let id = sent["id"].as_str().unwrap_or_else(|| panic!("{sent}"));
    stage.sim.control().message(id).unwrap().message_id.unwrap()
}

/// The newest mail of that address, its headers and its readable text.
fn newest(stage: &Stage, from: &str) -> (rejoinder::demo::gmail::StoredMail, String, String) {
    let control = stage.sim.control();
    let found = control
        .messages()
        .into_iter()
        .find(|mail| mail.from == from);
    let mail = found.unwrap_or_else(|| panic!("{from} has not written"));
    let raw = control.raw(&mail.id).unwrap();
    let parsed = mail_parser::MessageParser::default().parse(&raw).unwrap();
    let headers = parsed
        .headers_raw()
        .map(|(name, value)| format!("{name}:{value}"))
        .collect();
    let text = parsed.body_text(0).unwrap_or_default().into_owned();
    (mail, headers, text)
}

const MARIA: &str = "maria@lopezbakery.example";

#[tokio::test]
async fn a_lead_answers_what_is_sent_quotes_it_and_refers_to_its_real_message_id() {
    let stage = stage().await;
    let sent = send(&stage, MARIA, "Hi Maria, it starts at 4,800 EUR. Sam").await;
    stage.advance(Duration::from_secs(5));
    assert!(
        !newest(&stage, MARIA).2.contains("my husband"),
        "she needs a moment"
    );
    stage.advance(Duration::from_secs(15));
    let (mail, headers, text) = newest(&stage, MARIA);
    assert!(mail.has("UNREAD") && mail.has("INBOX"));
    assert!(
        headers.contains(&format!("In-Reply-To: <{sent}>")),
        "{headers}"
    );
    assert!(text.contains("I showed it to my husband"), "{text}");
    assert!(
        text.contains("> Hi Maria, it starts at 4,800 EUR"),
        "{text}"
    );
    let opening = stage
        .openings
        .iter()
        .find(|one| one.lead.email == MARIA)
        .unwrap();
    assert_eq!(
        mail.thread,
        opening.messages[0].gmail_thread_id.clone().unwrap().0
    );

    send(&stage, MARIA, "Tuesday it is.").await;
    stage.advance(Duration::from_secs(30));
    assert!(newest(&stage, MARIA).2.contains("order book"));
    let last = newest(&stage, MARIA).0;
    send(&stage, MARIA, "See you!").await;
    stage.advance(Duration::from_secs(300));
    assert_eq!(newest(&stage, MARIA).0, last, "it ends politely");
}

#[tokio::test]
async fn the_answer_depends_on_what_the_user_newly_wrote() {
    for (text, expected) in [
        ("Unfortunately we have no time this year.", "that is a pity"),
        ("I will think about it.", "roughly what it would cost"),
        ("It is 2,400 EUR.", "I showed it to my husband"),
    ] {
        let stage = stage().await;
        send(&stage, MARIA, text).await;
        stage.advance(Duration::from_secs(20));
        let said = newest(&stage, MARIA).2;
        assert!(said.contains(expected), "{text}: {said}");
    }
}

#[tokio::test]
async fn everybody_takes_a_refusal_politely() {
    let stage = stage().await;
    let ana = "ana@casaruiz.example";
    send(&stage, ana, "Lamentablemente no podemos.").await;
    stage.advance(Duration::from_secs(20));
    assert!(newest(&stage, ana).2.contains("Qué pena"));
    let last = newest(&stage, ana).0;
    send(&stage, ana, "Un saludo").await;
    stage.advance(Duration::from_secs(60));
    assert_eq!(newest(&stage, ana).0, last);
}

#[tokio::test]
async fn mail_to_nobody_and_to_a_dead_address_comes_back() {
    let stage = stage().await;
    stage.advance(Duration::from_secs(300));
    for to in ["nobody@nowhere.example", "tom@becker-roofing.example"] {
        let sent = send(&stage, to, "Hello?").await;
        stage.advance(Duration::from_secs(5));
        let (_, headers, text) = newest(&stage, "mailer-daemon@googlemail.com");
        assert!(
            headers.contains(&format!("X-Failed-Recipients: {to}")),
            "{headers}"
        );
        assert!(headers.contains(&sent), "{headers}");
        assert!(text.contains("Address not found"), "{text}");
    }
    let before = stage.sim.control().messages().len();
    send(&stage, "sam@example.com", "To myself").await;
    stage.advance(Duration::from_secs(5));
    assert_eq!(stage.sim.control().messages().len(), before + 1);
}

#[tokio::test]
async fn everybody_who_answers_says_something_and_comes_to_an_end() {
    let stage = stage().await;
    stage.advance(Duration::from_secs(300));
    for script in stage.cast.scripts.clone() {
        let mut rounds = 0;
        for _ in 0..4 {
            send(&stage, &script.email, "Thank you, that is fine.").await;
            let before = stage.sim.control().messages().len();
            stage.advance(Duration::from_secs(60));
            rounds += stage.sim.control().messages().len() - before;
        }
        let dead = script.arrives.iter().any(|mail| mail.sort == Sort::Bounce);
        let answers = script.answers.iter().any(|answer| answer.to.is_empty());
        let expected = if dead {
            4..=4
        } else {
            usize::from(answers)..=3
        };
        assert!(expected.contains(&rounds), "{}: {rounds}", script.name);
    }
}

#[tokio::test]
async fn twice_the_speed_is_half_of_the_time() {
    let fast = Stage::start(StageOptions {
        speed: 10.0,
        ..StageOptions::for_tests()
    });
    let (fast, slow) = (fast.await.unwrap(), stage().await);
    fast.advance(Duration::from_secs(30));
    slow.advance(Duration::from_secs(300));
    let count = |stage: &Stage| stage.sim.control().messages().len();
    assert_eq!(count(&fast), count(&slow));
}

#[tokio::test]
async fn in_real_time_mail_arrives_by_itself() {
    let stage = Stage::start(StageOptions {
        clock: rejoinder::demo::clock::Clock::Real,
        speed: 2_000.0,
        ..StageOptions::for_tests()
    });
    let stage = stage.await.unwrap();
    let arrivals: usize = stage.cast.scripts.iter().map(|one| one.arrives.len()).sum();
    let past: usize = stage.openings.iter().map(|one| one.messages.len()).sum();
    stage.sim.control().until_messages(arrivals + past).await;
}
