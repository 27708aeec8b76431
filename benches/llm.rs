//! What drafting costs on our side: a streamed piece of text from its event to the body on
//! the screen, a prompt of a thread of ten mails, and the checks of a draft.
//!
//! `cargo bench --bench llm`
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::expect_used,
    clippy::print_stdout,
    clippy::cast_precision_loss
)]

use std::hint::black_box;
use std::time::{Duration, Instant};

use rejoinder::config::Ai;
use rejoinder::domain::Direction;
use rejoinder::llm::dialect::chat::Chat;
use rejoinder::llm::dialect::{Answer, Dialect};
use rejoinder::llm::preview::BodyPreview;
use rejoinder::llm::{DraftContext, LeadFacts, PromptLimits, Turn, UserFacts, injection, prompt};
use rejoinder::service::checks::{Text, check};

/// Half an A4 page, as people write.
const MAIL: &str = "Hi Sam,\n\nthank you for the quick answer, that helps. We talked it over in the team: \
the new site should have eight pages, a form to order cakes for a certain day and a second language. \
What would that cost, and could you begin in May? Our busiest time is Easter, so it should not be too close \
to that. I also wonder who writes the texts, and whether we can change opening hours ourselves later on.\n\nBest,\nMaria\n";

fn main() {
    let whole = serde_json::json!({ "subject": "Re: Site", "body": MAIL.repeat(3) }).to_string();
    let events: Vec<String> = whole
        .as_bytes()
        .chunks(4)
        .map(|piece| {
            let text = String::from_utf8_lossy(piece);
            serde_json::json!({ "choices": [{ "delta": { "content": text } }] }).to_string()
        })
        .collect();
    let tokens = events.len();
    let each = best(20, || {
        let (mut answer, mut preview, mut shown) =
            (Answer::default(), BodyPreview::default(), String::new());
        for event in &events {
            let before = answer.text.len();
            drop(black_box(Chat.event(event, &mut answer)));
            preview.push(answer.text.get(before..).unwrap(), &mut shown);
        }
        black_box(shown);
    });
    println!(
        "{tokens} streamed pieces: {:.2} us each",
        micros(each) / tokens as f64
    );

    let context = thread(10);
    let limits = PromptLimits::from_config(&Ai::default());
    let built = best(50, || {
        black_box(prompt::build(&context, &limits, "fence"));
    });
    println!(
        "prompt of 10 mails: {:.3} ms (budget 2 ms)",
        micros(built) / 1e3
    );
    let keyed = best(50, || {
        black_box(prompt::fingerprint(&context, &limits));
    });
    println!("its fingerprint: {:.3} ms", micros(keyed) / 1e3);
    let scanned = best(50, || {
        black_box(injection::scan(MAIL));
    });
    println!("injection flags of a mail: {:.3} ms", micros(scanned) / 1e3);
    let checked = best(50, || {
        black_box(check(&Text::own(MAIL), None));
    });
    println!(
        "checks of a text by itself: {:.3} ms",
        micros(checked) / 1e3
    );
}

fn thread(mails: usize) -> DraftContext {
    let turn = |n: usize| Turn {
        direction: if n.is_multiple_of(2) {
            Direction::Outbound
        } else {
            Direction::Inbound
        },
        from_name: "Maria Lopez".into(),
        sent_at: "2026-11-22T14:03:00Z".parse().unwrap(),
        text: format!("{n}\n{MAIL}"),
    };
    DraftContext {
        user: UserFacts {
            name: "Sam Doe".into(),
            email: "sam@example.com".into(),
            style: "Short sentences.".into(),
            rules: vec!["Greet with \"Hi\".".into()],
            knowledge: MAIL.repeat(4),
        },
        lead: LeadFacts {
            name: "Maria Lopez".into(),
            email: "maria@lopezbakery.example".into(),
            analysis: Some(MAIL.into()),
            ..LeadFacts::default()
        },
        subject: "Website".into(),
        thread: (0..mails).map(turn).collect(),
        examples: Vec::new(),
        rejected: None,
        hint: None,
        now: "2026-11-22T15:00:00+00:00[UTC]".parse().unwrap(),
    }
}

/// The best of some runs: what the machine does besides is left out.
fn best(runs: usize, mut work: impl FnMut()) -> Duration {
    (0..runs)
        .map(|_| {
            let begun = Instant::now();
            work();
            begun.elapsed()
        })
        .min()
        .unwrap()
}

fn micros(time: Duration) -> f64 {
    time.as_nanos() as f64 / 1e3
}
