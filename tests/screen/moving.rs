//! Where a mail goes: a stranger's is adopted, a lead's is moved, and the picker asks.

use rejoinder::app::overlay::Overlay;
use rejoinder::app::{Effect, Event, Loaded, Model};
use rejoinder::domain::listing::{Destination, MoveTarget};
use rejoinder::domain::{ConversationId, LeadId, MessageId, UnmatchedId};

use crate::fixture::{give, look, opened, press, write};
use crate::looks::see;
use crate::pages::{page, strangers};

const NARROW: (u16, u16) = (80, 24);
const WIDE: (u16, u16) = (140, 40);

fn targets() -> Vec<MoveTarget> {
    let to = |lead: i64, name: &str, conversation: Option<i64>| MoveTarget {
        lead: LeadId(lead),
        name: name.into(),
        email: format!("{}@example.com", name.to_lowercase().replace(' ', ".")),
        conversation: conversation.map(ConversationId),
        subject: conversation.map(|_| "Website redesign project".into()),
    };
    vec![
        to(1, "Maria Lopez", Some(1)),
        to(1, "Maria Lopez", None),
        to(3, "Zoe Quiet", None),
    ]
}

/// Answers the question for where a mail can go.
fn offer(model: &mut Model) {
    let Some(Overlay::Picker(picker)) = &model.overlay else {
        panic!("no picker:\n{}", look(model));
    };
    let request = picker.request;
    give(
        model,
        Event::Loaded(request, Ok(Loaded::Targets(targets()))),
    );
}

#[test]
fn pickers_look() {
    see("picker_adopt", |size| {
        let mut model = page(size, "gu", strangers());
        press(&mut model, "a");
        offer(&mut model);
        model
    });
    see("picker_move", |size| {
        let mut model = opened(size);
        press(&mut model, "M");
        offer(&mut model);
        press(&mut model, "Down");
        model
    });
}

#[test]
fn an_unmatched_mail_is_adopted_into_what_was_picked() {
    let mut model = page(NARROW, "gu", strangers());
    press(&mut model, "a");
    offer(&mut model);
    assert_eq!(
        press(&mut model, "Down Down Enter"),
        [Effect::Adopt {
            mail: UnmatchedId(1),
            to: Destination::Lead(LeadId(3))
        }]
    );
}

#[test]
fn typing_in_the_picker_searches_and_a_late_answer_is_dropped() {
    let mut model = page(NARROW, "gu", strangers());
    press(&mut model, "a");
    let Some(Overlay::Picker(picker)) = &model.overlay else {
        panic!()
    };
    let old = picker.request;
    let effects = write(&mut model, "zo");
    assert!(matches!(&effects[1], Effect::LoadTargets { search, .. } if search == "zo"));
    give(
        &mut model,
        Event::Loaded(old, Ok(Loaded::Targets(targets()))),
    );
    assert_eq!(press(&mut model, "Enter"), []);
}

#[test]
fn the_newest_mail_of_the_lead_is_moved_where_it_was_picked_to_go() {
    let mut model = opened(WIDE);
    press(&mut model, "M");
    offer(&mut model);
    assert_eq!(
        press(&mut model, "Down Down Down Enter"),
        [Effect::Move {
            message: MessageId(102),
            to: Destination::Unmatched
        }]
    );
}
