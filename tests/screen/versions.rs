//! Versions of a draft: walked, compared, restored; and what their score rests on.

use rejoinder::app::{Effect, Model};
use rejoinder::domain::listing::ConversationView;
use rejoinder::domain::score::{Scope, ScoreBasis};
use rejoinder::domain::{Confidence, Score, SuggestionId, SuggestionStatus};

use crate::fixture::{look, maria, opened_with, press, rows, suggestion, write};
use crate::looks::see;

const NARROW: (u16, u16) = (80, 24);

/// Two versions; the second one was asked for with a hint, and edited by the person.
fn two_versions() -> ConversationView {
    let mut view = maria();
    view.suggestions[0].status = SuggestionStatus::Rejected;
    view.suggestions[0].feedback = Some("too long".into());
    let mut second = suggestion(13, 2, SuggestionStatus::Pending);
    second.body = "Hi Maria,\n\nthanks for the quick answer. A redesign costs from 2,400 EUR and takes four weeks.\n\nWould a call on Thursday suit you?\n\nBest,\nSam".into();
    second.edited_body = Some(second.body.replace("four weeks", "a month"));
    second.hint = Some("shorter, no start date".into());
    view.suggestions.push(second);
    view
}

fn shown(size: (u16, u16)) -> Model {
    opened_with(size, rows(), Vec::new(), &two_versions())
}

#[test]
fn how_comparisons_look() {
    see("compared_with_the_draft", |size| {
        let mut model = shown(size);
        press(&mut model, "Tab D");
        model
    });
    see("compared_with_the_version_before", |size| {
        let mut model = shown(size);
        press(&mut model, "Tab D D");
        model
    });
    see("score_from_history", |size| {
        let mut view = maria();
        view.suggestions[0].score = Score {
            value: Confidence::new(0.83),
            basis: ScoreBasis::History {
                scope: Scope::IntentAndModel,
                unchanged: 14,
                of: 16,
            },
        };
        let mut model = opened_with(size, rows(), Vec::new(), &view);
        press(&mut model, "Tab G");
        model
    });
}

#[test]
fn the_key_goes_from_the_edits_to_the_version_before_and_back_to_the_text() {
    let mut model = shown(NARROW);
    press(&mut model, "D");
    let text = look(&model);
    assert!(
        text.contains("[-four") && text.contains("{+a month.+}"),
        "{text}"
    );
    press(&mut model, "D");
    let text = look(&model);
    assert!(text.contains("Version 2 against version 1"), "{text}");
    assert!(text.contains("turned down: too long"), "{text}");
    press(&mut model, "D");
    let text = look(&model);
    assert!(
        !text.contains("[-") && text.contains("takes a month."),
        "{text}"
    );
}

#[test]
fn a_comparison_is_never_sent_only_the_text_is() {
    let mut model = shown(NARROW);
    press(&mut model, "D");
    assert_eq!(press(&mut model, "y"), [], "the first press shows the text");
    assert!(look(&model).contains("y sends it"));
    let effects = press(&mut model, "y");
    let [
        Effect::Approve {
            suggestion, body, ..
        },
    ] = &effects[..]
    else {
        panic!("{effects:?}")
    };
    assert_eq!(*suggestion, SuggestionId(13));
    assert!(body.contains("a month") && !body.contains("{+"), "{body}");
}

#[test]
fn a_comparison_is_given_no_time_only_the_text_is() {
    let mut model = shown(NARROW);
    press(&mut model, "D");
    assert_eq!(press(&mut model, "S"), [], "the first press shows the text");
    assert!(model.overlay.is_none());
    let text = look(&model);
    assert!(
        !text.contains("[-") && text.contains("takes a month."),
        "{text}"
    );
    assert!(text.contains("S gives it a time"), "{text}");
    press(&mut model, "S");
    write(&mut model, "tue 9:00");
    let effects = press(&mut model, "Enter");
    let [Effect::Approve { body, how, .. }] = &effects[..] else {
        panic!("{effects:?}")
    };
    assert!(body.contains("a month") && !body.contains("{+"), "{body}");
    assert_eq!(how.at.as_deref(), Some("tue 9:00"));
}

#[test]
fn walking_with_the_comparison_on_compares_each_version_with_its_own() {
    let mut model = shown(NARROW);
    press(&mut model, "D D [");
    let text = look(&model);
    assert!(
        text.contains("Rejected (too long)"),
        "the first has none before: {text}"
    );
    press(&mut model, "]");
    assert!(look(&model).contains("Version 2 against version 1"));
}

#[test]
fn with_nothing_to_compare_it_says_so() {
    let mut model = opened_with(NARROW, rows(), Vec::new(), &maria());
    assert_eq!(press(&mut model, "D"), []);
    assert!(
        look(&model).contains("nothing to compare"),
        "{}",
        look(&model)
    );
}

#[test]
fn an_earlier_version_is_restored_by_y_and_only_then_sent() {
    let mut model = shown(NARROW);
    press(&mut model, "[");
    assert_eq!(press(&mut model, "y"), [Effect::Restore(SuggestionId(12))]);
}

#[test]
fn a_stale_version_is_neither_sent_nor_restored_from_the_walk() {
    let mut view = two_versions();
    for suggestion in &mut view.suggestions {
        suggestion.stale = true;
    }
    let mut model = opened_with(NARROW, rows(), Vec::new(), &view);
    assert_eq!(press(&mut model, "y"), []);
    press(&mut model, "[");
    assert_eq!(press(&mut model, "y"), []);
}

#[test]
fn a_stale_version_of_before_is_not_edited() {
    let mut view = two_versions();
    for suggestion in &mut view.suggestions {
        suggestion.stale = true;
    }
    let mut model = opened_with(NARROW, rows(), Vec::new(), &view);
    press(&mut model, "[");
    assert_eq!(press(&mut model, "e"), []);
    assert!(
        look(&model).contains("Ctrl-r drafts anew"),
        "{}",
        look(&model)
    );
}

#[test]
fn the_inbox_and_the_card_show_our_score_and_the_guess_as_a_guess() {
    let model = opened_with((140, 40), rows(), Vec::new(), &maria());
    let text = look(&model);
    assert!(text.contains("Suggestion · 86%"), "{text}");
    assert!(text.contains("the model's guess is 75%"), "{text}");
    assert!(
        text.contains("thread 2, profile 3, facts 2, style 1, examples 2"),
        "{text}"
    );
}
