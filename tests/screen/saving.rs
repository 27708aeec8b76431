//! What is typed is never lost.

use jiff::SignedDuration;
use rejoinder::app::effect::RequestId;
use rejoinder::app::{Effect, Event, Loaded, Model, Outcome, update};
use rejoinder::domain::{ConversationId, Notice, SuggestionId};

use crate::fixture::{answer, give, look, maria, opened, press, rows, snapshot, write};

const SIZE: (u16, u16) = (80, 24);

#[test]
fn a_changed_text_is_saved_within_a_second_of_the_last_key_and_only_once() {
    let mut model = opened(SIZE);
    press(&mut model, "e");
    write(&mut model, "x");
    let typed = model.now;
    let mut effects = Vec::new();
    while effects.is_empty() {
        let later = model.now + model.next_tick();
        effects = update(&mut model, Event::Ticked, later);
    }
    assert!(model.now.duration_since(typed) <= SignedDuration::from_secs(1));
    assert!(
        matches!(&effects[..], [Effect::SaveEdit { body, .. }] if body.starts_with("xHi Maria"))
    );
    let later = model.now;
    let later = later + SignedDuration::from_secs(5);
    assert_eq!(update(&mut model, Event::Ticked, later), []);
}

#[test]
fn a_key_that_changes_nothing_saves_nothing() {
    let mut model = opened(SIZE);
    press(&mut model, "e Down Down Left");
    let later = model.now + SignedDuration::from_secs(5);
    assert_eq!(update(&mut model, Event::Ticked, later), []);
    assert_eq!(press(&mut model, "Esc"), []);
}

#[test]
fn a_failed_saving_is_said_and_tried_again() {
    let mut model = opened(SIZE);
    press(&mut model, "e");
    write(&mut model, "x");
    let later = model.now + SignedDuration::from_secs(1);
    update(&mut model, Event::Ticked, later);
    give(&mut model, Event::SavingFailed("the disk is full".into()));
    let text = look(&model);
    assert!(text.contains("NOT SAVED: the disk is full"), "{text}");
    let again = update(
        &mut model,
        Event::Ticked,
        later + SignedDuration::from_secs(2),
    );
    assert!(matches!(&again[..], [Effect::SaveEdit { .. }]), "{again:?}");
    give(&mut model, edit_saved());
    assert!(!look(&model).contains("NOT SAVED"));
}

fn edit_saved() -> Event {
    Event::Finished(Ok(Outcome::EditSaved {
        suggestion: SuggestionId(12),
        revision: 4,
        checks: Vec::new(),
    }))
}

/// The upper edge of the editor, with what it says about the saving.
fn edge(model: &Model) -> String {
    let screen = look(model);
    let edge = screen
        .lines()
        .find(|line| line.contains("Edit the suggestion"));
    edge.unwrap_or_else(|| panic!("{screen}")).to_owned()
}

fn type_and_wait(model: &mut Model, text: &str) -> Vec<Effect> {
    write(model, text);
    let later = model.now + SignedDuration::from_secs(1);
    update(model, Event::Ticked, later)
}

#[test]
fn a_text_is_called_saved_only_once_the_store_has_said_so() {
    let mut model = opened(SIZE);
    press(&mut model, "e");
    assert!(edge(&model).contains("saved"));
    let effects = type_and_wait(&mut model, "x");
    assert!(
        matches!(&effects[..], [Effect::SaveEdit { .. }]),
        "{effects:?}"
    );
    assert!(edge(&model).contains("..."), "{}", edge(&model));
    give(&mut model, edit_saved());
    assert!(edge(&model).contains("saved"), "{}", edge(&model));
}

#[test]
fn the_answer_to_an_earlier_saving_says_nothing_about_a_later_one() {
    let mut model = opened(SIZE);
    press(&mut model, "e");
    type_and_wait(&mut model, "x");
    type_and_wait(&mut model, "y");
    give(&mut model, edit_saved());
    assert!(edge(&model).contains("..."), "{}", edge(&model));
    give(&mut model, edit_saved());
    assert!(edge(&model).contains("saved"), "{}", edge(&model));
}

#[test]
fn an_editor_opened_again_waits_for_the_saving_of_the_one_before() {
    let mut model = opened(SIZE);
    press(&mut model, "e");
    write(&mut model, "x");
    press(&mut model, "Esc e");
    assert!(edge(&model).contains("..."), "{}", edge(&model));
    give(&mut model, edit_saved());
    assert!(edge(&model).contains("saved"), "{}", edge(&model));
}

#[test]
fn a_saving_that_failed_is_answered_too() {
    let mut model = opened(SIZE);
    press(&mut model, "e");
    type_and_wait(&mut model, "x");
    give(&mut model, Event::SavingFailed("the disk is full".into()));
    type_and_wait(&mut model, "y");
    give(&mut model, edit_saved());
    assert!(edge(&model).contains("saved"), "{}", edge(&model));
}

#[test]
fn a_text_whose_saving_failed_after_the_editor_was_closed_is_shown_again() {
    let mut model = opened(SIZE);
    press(&mut model, "e");
    write(&mut model, "Dear ");
    press(&mut model, "Esc");
    give(&mut model, Event::SavingFailed("the disk is full".into()));
    assert!(model.editor.is_some());
    assert!(look(&model).contains("Dear Hi Maria"));
}

#[test]
fn a_mail_that_arrives_while_typing_takes_nothing_away() {
    let mut model = opened(SIZE);
    press(&mut model, "e");
    write(&mut model, "Dear ");
    give(
        &mut model,
        Event::Noticed(Notice::NewReply {
            conversation: ConversationId(1),
        }),
    );
    let mut newer = maria();
    newer.suggestions[0].stale = true;
    answer(&mut model, &snapshot(rows(), Vec::new()), &newer);
    assert!(look(&model).contains("Dear Hi Maria"), "{}", look(&model));
    write(&mut model, "dear ");
    assert!(look(&model).contains("Dear dear Hi Maria"));
}

/// A question about the open conversation, whose answer a test gives later.
fn ask_about_the_open_one(model: &mut Model) -> RequestId {
    give(
        model,
        Event::Noticed(Notice::ConversationChanged {
            conversation: ConversationId(1),
        }),
    );
    model.open.as_ref().unwrap().request.unwrap()
}

/// What the store held before the text was saved.
fn older_answer(request: RequestId) -> Event {
    Event::Loaded(request, Ok(Loaded::Conversation(Some(Box::new(maria())))))
}

fn approved_text(effects: &[Effect]) -> &str {
    match effects {
        [Effect::Approve { body, .. }] => body,
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_answer_read_before_a_saving_does_not_bring_the_older_text_back() {
    for saved_first in [false, true] {
        let mut model = opened(SIZE);
        let request = ask_about_the_open_one(&mut model);
        press(&mut model, "e");
        write(&mut model, "Dear ");
        press(&mut model, "Esc");
        if saved_first {
            give(&mut model, edit_saved());
        }
        let effects = give(&mut model, older_answer(request));
        // Before the store has answered, asking again would read the older text again.
        let asked = |effects: &[Effect]| {
            let load = |e: &Effect| matches!(e, Effect::LoadConversation { .. });
            effects.iter().any(load)
        };
        assert_eq!(asked(&effects), saved_first, "{effects:?}");
        assert!(look(&model).contains("Dear Hi Maria"), "{}", look(&model));
        let sent = press(&mut model, "y");
        assert!(
            approved_text(&sent).starts_with("Dear Hi Maria"),
            "{sent:?}"
        );
        if !saved_first {
            let effects = give(&mut model, edit_saved());
            assert!(asked(&effects), "the store is asked again: {effects:?}");
        }
    }
}

#[test]
fn an_answer_asked_for_during_a_saving_does_not_bring_the_older_text_back() {
    let mut model = opened(SIZE);
    press(&mut model, "e");
    write(&mut model, "Dear ");
    press(&mut model, "Esc");
    let request = ask_about_the_open_one(&mut model);
    give(&mut model, edit_saved());
    give(&mut model, older_answer(request));
    let sent = press(&mut model, "y");
    assert!(
        approved_text(&sent).starts_with("Dear Hi Maria"),
        "{sent:?}"
    );
}

#[test]
fn a_saving_that_fails_after_an_older_answer_shows_the_typed_text_again() {
    let mut model = opened(SIZE);
    let request = ask_about_the_open_one(&mut model);
    press(&mut model, "e");
    write(&mut model, "Dear ");
    press(&mut model, "Esc");
    give(&mut model, older_answer(request));
    give(&mut model, Event::SavingFailed("the disk is full".into()));
    assert!(model.editor.is_some());
    assert!(look(&model).contains("Dear Hi Maria"), "{}", look(&model));
}

#[test]
fn an_own_reply_stays_over_an_answer_read_before_its_saving() {
    let mut model = opened(SIZE);
    let request = ask_about_the_open_one(&mut model);
    press(&mut model, "r");
    write(&mut model, "Let me");
    press(&mut model, "Esc");
    give(&mut model, older_answer(request));
    assert!(look(&model).contains("Let me"), "{}", look(&model));
    let sent = press(&mut model, "y");
    assert!(
        matches!(&sent[..], [Effect::SendOwn { body, .. }] if body == "Let me"),
        "{sent:?}"
    );
}

#[test]
fn opening_another_conversation_saves_first() {
    let mut model = opened((140, 40));
    press(&mut model, "e");
    write(&mut model, "Dear ");
    press(&mut model, "Esc");
    press(&mut model, "e");
    write(&mut model, "oh ");
    let id = ConversationId(2);
    // As a click of the palette would: straight from the editor.
    model.focus = rejoinder::app::model::Focus::Inbox;
    model.inbox.selected = Some(id);
    let effects = press(&mut model, "Enter");
    assert!(
        matches!(&effects[0], Effect::SaveEdit { body, .. } if body.contains("oh ")),
        "{effects:?}"
    );
}

#[test]
fn what_is_unsaved_at_the_end_is_handed_over() {
    let mut model = opened(SIZE);
    press(&mut model, "r");
    write(&mut model, "Let me");
    let unsaved = model.unsaved();
    let conversation = ConversationId(1);
    assert_eq!(
        unsaved,
        Some(Effect::SaveOwn {
            conversation,
            before: Some(String::new()),
            body: "Let me".into()
        })
    );
    assert_eq!(model.unsaved(), None);
}

#[test]
fn the_text_of_the_external_editor_takes_the_place_of_the_one_here() {
    let mut model = opened(SIZE);
    let effects = press(&mut model, "E");
    assert!(
        matches!(&effects[..], [.., Effect::EditExternally(text)] if text.starts_with("Hi Maria"))
    );
    let effects = give(&mut model, Event::EditedExternally(Ok("Rewritten.".into())));
    assert!(matches!(&effects[..], [Effect::SaveEdit { body, .. }] if body == "Rewritten."));
    assert!(look(&model).contains("Rewritten."));
    press(&mut model, "Ctrl-z");
    assert!(look(&model).contains("Hi Maria"), "that can be undone");
}

#[test]
fn a_conversation_that_vanished_is_closed() {
    let mut model = opened(SIZE);
    give(
        &mut model,
        Event::Noticed(Notice::ConversationChanged {
            conversation: ConversationId(1),
        }),
    );
    let request = model.open.as_ref().unwrap().request.unwrap();
    give(
        &mut model,
        Event::Loaded(request, Ok(Loaded::Conversation(None))),
    );
    assert!(model.open.is_none());
}
