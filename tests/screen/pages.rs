//! The pages beside the inbox: what they show and what keys do there.

use jiff::SignedDuration;
use rejoinder::app::page::{PageData, PageKind};
use rejoinder::app::{Effect, Event, Loaded, Model, Outcome};
use rejoinder::domain::delivery::{Delivery, DeliveryState};
use rejoinder::domain::listing::{LeadRow, Spending, Unmatched};
use rejoinder::domain::stats::{FaultCount, OutcomeCounts, Stats};
use rejoinder::domain::text::KeptText;
use rejoinder::domain::{
    Address, ConversationId, DeliveryId, GmailId, Lead, LeadId, MailKind, MicroDollars, Notice,
    UnmatchedId,
};

use crate::fixture::{
    SIZES, counts, delivery, give, listed, look, minutes_ago, now, opened, press, write,
};
use crate::looks::see;
use crate::memory::memory;

const NARROW: (u16, u16) = (80, 24);
const WIDE: (u16, u16) = (140, 40);

fn unmatched(id: i64, from: &str, subject: &str, kind: MailKind, minutes: i64) -> Unmatched {
    Unmatched {
        id: UnmatchedId(id),
        gmail_id: GmailId(format!("g{id}")),
        from: Address::named(from, &format!("{}@example.net", from.to_lowercase())),
        to: vec![Address::bare("sam@example.org")],
        subject: subject.into(),
        kind,
        sent_at: minutes_ago(minutes),
        wanted: false,
    }
}

pub fn strangers() -> PageData {
    let mut fetching = unmatched(3, "Olga", "Offer", MailKind::Person, 300);
    fetching.wanted = true;
    PageData::Unmatched(vec![
        unmatched(
            1,
            "Stranger",
            "Do you build shops as well? We have about four hundred articles and two languages",
            MailKind::Person,
            3,
        ),
        unmatched(2, "Newsletter", "", MailKind::List, 90),
        fetching,
    ])
}

fn deliveries() -> Vec<Delivery> {
    let with = |id: i64, state, error: Option<&str>| Delivery {
        id: DeliveryId(id),
        conversation_id: ConversationId(id),
        error: error.map(Into::into),
        ..delivery(state)
    };
    vec![
        with(1, DeliveryState::Queued, None),
        with(
            2,
            DeliveryState::Held,
            Some("stopped because the lead wrote again before it left"),
        ),
        with(
            3,
            DeliveryState::Ask,
            Some("the connection broke while it was sent, and it was not found"),
        ),
        Delivery {
            not_before: now() + SignedDuration::from_hours(30),
            ..with(4, DeliveryState::Queued, None)
        },
        with(5, DeliveryState::Sent, None),
    ]
}

fn lead(id: i64, name: &str) -> LeadRow {
    LeadRow {
        lead: Lead {
            id: LeadId(id),
            name: name.into(),
            email: format!("{}@example.com", name.to_lowercase().replace(' ', ".")),
            title: Some("Owner".into()),
            company: Some("Lopez Ceramics".into()),
            website: Some("https://lopez.example".into()),
            analysis: Some("The shop has no prices.\nThe contact form is broken.".into()),
            notes: None,
            bounced_at: None,
            created_at: minutes_ago(9_000),
        },
        last_contact_at: Some(minutes_ago(60 * id)),
        conversation_id: Some(ConversationId(id)),
    }
}

fn leads() -> PageData {
    let mut bounced = lead(2, "Jon Park");
    bounced.lead.bounced_at = Some(minutes_ago(30));
    let mut fresh = lead(3, "Zoe Quiet");
    fresh.last_contact_at = None;
    fresh.conversation_id = None;
    fresh.lead.title = None;
    fresh.lead.company = None;
    fresh.lead.analysis = None;
    PageData::Leads(vec![lead(1, "Maria Lopez"), bounced, fresh])
}

fn numbers() -> PageData {
    PageData::Numbers(Box::new(Stats {
        gmail_units: rejoinder::domain::sync::UnitsUsed::default(),
        conversations: counts(),
        days: 30,
        outcomes: OutcomeCounts {
            received: 41,
            drafted: 38,
            approved_unchanged: 21,
            approved_edited: 9,
            rejected: 4,
            regenerated: 3,
            own_replies: 2,
            sent: 31,
            undone: 1,
            refused: 0,
            provider_failures: 2,
        },
        sent_unchanged: Some(0.7),
        median_draft_ms: Some(2_340),
        median_delivery_ms: Some(11_000),
        median_first_token_ms: Some(410),
        mean_confidence: Some(0.74),
        rejected_with_reason: 3,
        provider_faults: vec![FaultCount {
            provider: "openai".into(),
            fault: "rate_limited".into(),
            count: 2,
        }],
        spending: Spending {
            today: MicroDollars(41_000),
            month: MicroDollars(312_000),
            input_tokens_today: 48_200,
            output_tokens_today: 9_310,
            ..Spending::default()
        },
    }))
}

fn learned() -> PageData {
    PageData::Memory(Box::new(memory()))
}

/// Answers the question for the page that is open.
fn fill(model: &mut Model, data: PageData) -> Vec<Effect> {
    let request = model.page.as_ref().unwrap().request.unwrap();
    give(model, Event::Loaded(request, Ok(Loaded::Page(data))))
}

pub fn page(size: (u16, u16), keys: &str, data: PageData) -> Model {
    let mut model = listed(size);
    press(&mut model, keys);
    fill(&mut model, data);
    model
}

/// Answers the question for a text.
fn hand(model: &mut Model, text: KeptText, body: &str) {
    let request = model.text_request.unwrap();
    give(
        model,
        Event::Loaded(request, Ok(Loaded::Text(text, body.into()))),
    );
}

#[test]
fn pages_look() {
    see("page_unmatched", |size| page(size, "gu", strangers()));
    see("page_unmatched_empty", |size| {
        page(size, "gu", PageData::Unmatched(Vec::new()))
    });
    see("page_outbox", |size| {
        let mut model = page(size, "go", PageData::Outbox(deliveries()));
        press(&mut model, "j j");
        model
    });
    see("page_leads", |size| page(size, "gl", leads()));
    see("page_analytics", |size| page(size, "ga", numbers()));
    see("page_loading", |size| {
        let mut model = listed(size);
        press(&mut model, "gl");
        model
    });
    see("page_ignore_sender", |size| {
        let mut model = page(size, "gu", strangers());
        press(&mut model, "i");
        model
    });
    see("text_facts", |size| {
        let mut model = listed(size);
        press(&mut model, ":");
        write(&mut model, "facts");
        press(&mut model, "Enter");
        hand(
            &mut model,
            KeptText::Facts,
            "A redesign costs from 2,400 EUR.\nWe start within two weeks.",
        );
        model
    });
}

#[test]
fn each_page_has_its_help() {
    for (keys, data, word) in [
        ("gu", strangers(), "make the sender a lead"),
        ("go", PageData::Outbox(deliveries()), "take back a reply"),
        ("gl", leads(), "edit your notes"),
        ("ga", numbers(), "the inbox"),
        ("gm", learned(), "erase everything that was learned"),
    ] {
        let mut model = page(WIDE, keys, data);
        press(&mut model, "?");
        assert!(look(&model).contains(word), "{keys}:\n{}", look(&model));
    }
}

#[test]
fn g_and_a_letter_go_to_a_page_and_back_and_from_one_to_another() {
    let mut model = opened(WIDE);
    let effects = press(&mut model, "gu");
    assert!(matches!(
        effects[..],
        [Effect::LoadPage {
            kind: PageKind::Unmatched,
            limit: 200,
            ..
        }]
    ));
    press(&mut model, "go");
    assert_eq!(model.page.as_ref().unwrap().kind, PageKind::Outbox);
    press(&mut model, "gi");
    assert!(model.page.is_none());
    press(&mut model, "gl Esc");
    assert!(model.page.is_none());
    press(&mut model, "ga q");
    assert!(model.page.is_none() && !model.quitting);
}

#[test]
fn an_answer_for_a_page_that_was_left_is_dropped() {
    let mut model = listed(NARROW);
    press(&mut model, "gu");
    let old = model.page.as_ref().unwrap().request.unwrap();
    press(&mut model, "gl");
    give(
        &mut model,
        Event::Loaded(old, Ok(Loaded::Page(strangers()))),
    );
    assert!(model.page.as_ref().unwrap().data.is_none());
}

#[test]
fn the_selection_of_a_page_stays_on_its_row_when_others_come() {
    let mut model = page(NARROW, "gu", strangers());
    press(&mut model, "j");
    let effects = give(&mut model, Event::Noticed(Notice::UnmatchedChanged));
    assert!(effects.iter().any(|e| matches!(e, Effect::LoadPage { .. })));
    let PageData::Unmatched(mut rows) = strangers() else {
        unreachable!()
    };
    rows.insert(0, unmatched(9, "New", "Hello", MailKind::Person, 0));
    fill(&mut model, PageData::Unmatched(rows));
    assert_eq!(
        model.page.as_ref().unwrap().unmatched().unwrap().id,
        UnmatchedId(2)
    );
}

#[test]
fn more_rows_are_asked_for_when_the_end_comes_near() {
    let rows = |n: i64| PageData::Leads((0..n).map(|id| lead(id, "Maria Lopez")).collect());
    let mut model = page(NARROW, "gl", rows(200));
    let effects = press(&mut model, "G");
    assert!(matches!(effects[..], [Effect::LoadPage { limit: 400, .. }]));
    fill(&mut model, rows(230));
    assert_eq!(press(&mut model, "G"), []);
    assert_eq!(model.page.as_ref().unwrap().selected, 229);
}

#[test]
fn a_sender_is_made_a_lead_under_a_name_that_can_be_changed() {
    let mut model = page(NARROW, "gu", strangers());
    press(&mut model, "m");
    write(&mut model, " Danger");
    assert_eq!(
        press(&mut model, "Enter"),
        [Effect::MakeLead {
            mail: UnmatchedId(1),
            name: "Stranger Danger".into()
        }]
    );
    let effects = give(
        &mut model,
        Event::Finished(Ok(Outcome::LeadMade("Stranger Danger".into()))),
    );
    assert!(effects.iter().any(|e| matches!(e, Effect::LoadPage { .. })));
}

#[test]
fn a_sender_is_ignored_only_after_a_question() {
    let mut model = page(NARROW, "gu", strangers());
    assert_eq!(press(&mut model, "i n"), []);
    assert_eq!(
        press(&mut model, "i i"),
        [Effect::IgnoreSender(UnmatchedId(1))]
    );
}

#[test]
fn the_outbox_takes_back_and_decides_about_the_selected_reply_only() {
    let mut model = page(NARROW, "go", PageData::Outbox(deliveries()));
    assert_eq!(press(&mut model, "u"), [Effect::Undo(DeliveryId(1))]);
    press(&mut model, "!");
    assert!(model.overlay.is_none());
    press(&mut model, "j !");
    let effects = press(&mut model, "s");
    assert!(matches!(
        effects[..],
        [Effect::Decide {
            delivery: DeliveryId(2),
            ..
        }]
    ));
    press(&mut model, "G");
    assert_eq!(press(&mut model, "u"), []);
}

#[test]
fn enter_on_a_row_opens_its_conversation() {
    let mut model = page(NARROW, "gl", leads());
    let effects = press(&mut model, "j Enter");
    assert!(model.page.is_none());
    assert!(effects.contains(&Effect::MarkRead(ConversationId(2))));
    let mut model = page(NARROW, "gl", leads());
    assert_eq!(press(&mut model, "G Enter"), []);
    assert!(look(&model).contains("No mail with this lead yet"));
}

#[test]
fn notes_about_a_lead_are_edited_and_saved() {
    let mut model = page(NARROW, "gl", leads());
    let effects = press(&mut model, "e");
    let notes = KeptText::Notes(LeadId(1));
    assert!(matches!(effects[..], [Effect::LoadText { text, .. }] if text == notes));
    hand(&mut model, notes, "");
    write(&mut model, "Prefers calls");
    let saved = Effect::SaveText {
        text: notes,
        body: "Prefers calls".into(),
    };
    assert_eq!(press(&mut model, "Esc"), [saved]);
    assert_eq!(model.page.as_ref().unwrap().kind, PageKind::Leads);
    assert!(matches!(
        press(&mut model, "w")[..],
        [Effect::LoadText {
            text: KeptText::Analysis(LeadId(1)),
            ..
        }]
    ));
}

#[test]
fn a_text_that_could_not_be_saved_comes_back_into_its_editor() {
    let mut model = page(NARROW, "gl", leads());
    give(
        &mut model,
        Event::TextNotSaved {
            text: KeptText::Facts,
            body: "From 2,400 EUR".into(),
            why: "the disk is full".into(),
        },
    );
    let shown = look(&model);
    assert!(shown.contains("NOT SAVED: the disk is full"), "{shown}");
    assert!(shown.contains("From 2,400 EUR"), "{shown}");
    assert_eq!(
        press(&mut model, "Esc"),
        [Effect::SaveText {
            text: KeptText::Facts,
            body: "From 2,400 EUR".into()
        }]
    );
}

#[test]
fn what_happens_meanwhile_leaves_a_text_in_its_editor_alone() {
    let mut model = opened(WIDE);
    press(&mut model, ":");
    write(&mut model, "style");
    press(&mut model, "Enter");
    hand(&mut model, KeptText::Style, "Short.");
    write(&mut model, "Warm. ");
    let request = model.open.as_mut().map(|open| {
        open.request = Some(rejoinder::app::RequestId(999));
        rejoinder::app::RequestId(999)
    });
    give(
        &mut model,
        Event::Loaded(request.unwrap(), Ok(Loaded::Conversation(None))),
    );
    assert!(look(&model).contains("Warm. Short."), "{}", look(&model));
}

#[test]
fn numbers_scroll_as_there_is_nothing_to_select() {
    let mut model = page((60, 20), "ga", numbers());
    press(&mut model, "j");
    assert_eq!(model.page.as_ref().unwrap().top, 1);
    press(&mut model, "G");
    assert!(look(&model).contains("cost today"), "{}", look(&model));
}

#[test]
fn every_page_draws_at_every_size() {
    for width in [40, 41, 60, 99, 100, 200] {
        for height in [10, 11, 20, 50] {
            for (keys, data, title) in [
                ("gu", strangers(), "Unmatched mail"),
                ("go", PageData::Outbox(deliveries()), "Outbox"),
                ("gl", leads(), "Leads"),
                ("ga", numbers(), "Analytics"),
                ("gm", learned(), "What was learned from you"),
            ] {
                let shown = look(&page((width, height), keys, data));
                let line = shown.lines().nth(1).unwrap();
                assert!(line.contains(title), "{width}x{height} {keys}:\n{shown}");
            }
        }
    }
}

#[test]
fn plus_adds_a_lead_from_anywhere() {
    let mut model = opened(SIZES[1]);
    press(&mut model, "+");
    assert!(look(&model).contains("Whom do you write to?"));
    write(&mut model, "Ada King <ada@king.example>");
    let written = "Ada King <ada@king.example>".to_owned();
    assert_eq!(press(&mut model, "Enter"), [Effect::AddLead(written)]);
    give(
        &mut model,
        Event::Finished(Ok(Outcome::LeadAdded("Ada King".into()))),
    );
    assert!(look(&model).contains("Ada King is a lead now"));
}
