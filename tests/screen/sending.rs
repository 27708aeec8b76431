//! What sends and what never does.

use rejoinder::app::effect::{Decision, How};
use rejoinder::app::model::Focus;
use rejoinder::app::{Effect, Event, Loaded, Outcome};
use rejoinder::domain::delivery::DeliveryState;
use rejoinder::domain::{
    Check, ConversationId, DeliveryId, Notice, Severity, SuggestionId, SuggestionStatus,
};

use crate::fixture::{
    DRAFT, answer, delivery, give, listed, look, maria, maria_sending, opened, opened_with, press,
    rows, snapshot, suggestion, write,
};

const WIDE: (u16, u16) = (140, 40);
const NARROW: (u16, u16) = (80, 24);

fn sends(effects: &[Effect]) -> bool {
    effects
        .iter()
        .any(|effect| matches!(effect, Effect::Approve { .. } | Effect::SendOwn { .. }))
}

#[test]
fn y_approves_the_text_and_the_revision_on_the_screen() {
    let mut model = opened(NARROW);
    assert_eq!(
        press(&mut model, "y"),
        [Effect::Approve {
            suggestion: SuggestionId(12),
            revision: 3,
            body: DRAFT.into(),
            how: How::default(),
            confirmed: false
        }]
    );
}

#[test]
fn an_edited_text_is_saved_and_then_approved_as_it_is_seen() {
    let mut model = opened(NARROW);
    press(&mut model, "e");
    write(&mut model, "Dear ");
    let saved = press(&mut model, "Esc");
    assert!(
        matches!(&saved[..], [Effect::SaveEdit { body, .. }] if body.starts_with("Dear Hi Maria"))
    );
    let effects = press(&mut model, "y");
    let [Effect::Approve { body, .. }] = &effects[..] else {
        panic!("{effects:?}")
    };
    assert!(body.starts_with("Dear Hi Maria"));
}

#[test]
fn letters_in_the_editor_are_text_and_never_send() {
    let mut model = opened(NARROW);
    press(&mut model, "e");
    let effects = write(&mut model, "yYxaRqu!");
    assert_eq!(effects, []);
    assert!(look(&model).contains("yYxaRqu!Hi Maria"));
}

#[test]
fn where_no_text_is_seen_y_only_opens() {
    let mut model = listed(NARROW);
    assert_eq!(model.focus, Focus::Inbox);
    let effects = press(&mut model, "y");
    assert!(!sends(&effects), "{effects:?}");
    assert_eq!(model.focus, Focus::Thread);
}

#[test]
fn with_another_conversation_selected_than_shown_y_only_opens_it() {
    let mut model = listed(WIDE);
    press(&mut model, "j");
    let effects = press(&mut model, "y");
    assert!(!sends(&effects), "{effects:?}");
    assert_eq!(model.open.as_ref().unwrap().id, ConversationId(2));
}

#[test]
fn on_a_wide_screen_y_in_the_list_sends_what_is_shown_beside_it() {
    let mut model = listed(WIDE);
    assert!(sends(&press(&mut model, "y")));
}

#[test]
fn nothing_but_a_complete_fresh_unblocked_draft_is_sent() {
    let refuse = |change: fn(&mut rejoinder::domain::Suggestion), words: &str| {
        let mut view = maria();
        change(&mut view.suggestions[0]);
        let mut model = opened_with(NARROW, rows(), Vec::new(), &view);
        let effects = press(&mut model, "y");
        assert!(!sends(&effects), "{words}: {effects:?}");
        assert!(look(&model).contains(words), "{words}\n{}", look(&model));
    };
    refuse(
        |s| s.status = SuggestionStatus::Generating,
        "still being written",
    );
    refuse(|s| s.status = SuggestionStatus::Failed, "no draft to send");
    refuse(|s| s.stale = true, "A newer mail is in this conversation");
    refuse(
        |s| {
            s.checks.push(Check {
                code: "placeholder".into(),
                severity: Severity::Block,
                message: "[date] still has to be filled in".into(),
                excerpt: String::new(),
            });
        },
        "Not sent: [date] still has to be filled in",
    );
}

#[test]
fn an_earlier_version_is_restored_before_it_can_be_sent() {
    let mut view = maria();
    view.suggestions[0].status = SuggestionStatus::Superseded;
    view.suggestions
        .push(suggestion(13, 2, SuggestionStatus::Pending));
    let mut model = opened_with(NARROW, rows(), Vec::new(), &view);
    press(&mut model, "[");
    assert!(look(&model).contains("Suggestion 1 of 2"));
    assert_eq!(press(&mut model, "y"), [Effect::Restore(SuggestionId(12))]);
}

#[test]
fn u_takes_back_what_is_queued_and_says_when_there_is_nothing() {
    let (view, queued) = maria_sending(DeliveryState::Queued, None);
    let mut model = opened_with(NARROW, rows(), vec![queued], &view);
    assert_eq!(press(&mut model, "u"), [Effect::Undo(DeliveryId(9))]);
    let mut model = opened(NARROW);
    assert_eq!(press(&mut model, "u"), []);
    assert!(look(&model).contains("nothing to take back"));
}

#[test]
fn taken_back_is_said_when_the_next_y_sends_again() {
    let (queued, delivery) = maria_sending(DeliveryState::Queued, None);
    let mut model = opened_with(NARROW, rows(), vec![delivery], &queued);
    // An answer that was asked for before is under way.
    give(
        &mut model,
        Event::Noticed(Notice::ConversationChanged {
            conversation: ConversationId(1),
        }),
    );
    press(&mut model, "u");
    let undone = Outcome::Undone(ConversationId(1));
    give(&mut model, Event::Finished(Ok(undone)));
    let request = model.inbox.request.unwrap();
    let inbox = Box::new(snapshot(rows(), Vec::new()));
    give(&mut model, Event::Loaded(request, Ok(Loaded::Inbox(inbox))));
    let request = model.open.as_ref().unwrap().request.unwrap();
    let loaded = Loaded::Conversation(Some(Box::new(queued)));
    give(&mut model, Event::Loaded(request, Ok(loaded)));
    assert!(!look(&model).contains("Taken back"), "{}", look(&model));
    answer(&mut model, &snapshot(rows(), Vec::new()), &maria());
    assert!(look(&model).contains("Taken back"), "{}", look(&model));
    assert!(sends(&press(&mut model, "y")));
}

#[test]
fn taken_back_is_said_at_once_of_another_conversation() {
    let mut model = opened(NARROW);
    let undone = Outcome::Undone(ConversationId(2));
    give(&mut model, Event::Finished(Ok(undone)));
    assert!(look(&model).contains("Taken back"), "{}", look(&model));
}

#[test]
fn u_brings_back_what_was_archived_or_rejected_last() {
    let mut model = opened(NARROW);
    let away = press(&mut model, "a");
    assert_eq!(
        away,
        [Effect::Archive {
            conversation: ConversationId(1),
            away: true
        }]
    );
    assert_eq!(
        press(&mut model, "u"),
        [Effect::Archive {
            conversation: ConversationId(1),
            away: false
        }]
    );
    give(
        &mut model,
        Event::Finished(Ok(Outcome::Rejected(SuggestionId(12)))),
    );
    assert_eq!(press(&mut model, "u"), [Effect::Restore(SuggestionId(12))]);
}

#[test]
fn the_countdown_is_said_and_the_screen_wakes_with_each_second() {
    let (view, queued) = maria_sending(DeliveryState::Queued, None);
    let model = opened_with(NARROW, rows(), vec![queued], &view);
    let text = look(&model);
    assert!(
        text.contains("To Maria Lopez: leaves in 8 s. u takes it back."),
        "{text}"
    );
    assert!(model.next_tick().as_millis() <= 1_000);
}

#[test]
fn while_a_reply_is_on_its_way_the_conversation_sends_nothing_else() {
    for state in [
        DeliveryState::Queued,
        DeliveryState::Sending,
        DeliveryState::Unknown,
        DeliveryState::Ask,
    ] {
        let (view, delivery) = maria_sending(state, None);
        let mut model = opened_with(NARROW, rows(), vec![delivery], &view);
        let effects = press(&mut model, "y");
        assert!(!sends(&effects), "{state}: {effects:?}");
    }
}

#[test]
fn a_stopped_reply_is_decided_with_the_evidence_on_the_screen() {
    let why = "its draft is gone, it is not among the sent mail, and 40 minutes have passed";
    let (view, stopped) = maria_sending(DeliveryState::Ask, Some(why));
    let mut model = opened_with((140, 40), rows(), vec![stopped], &view);
    press(&mut model, "!");
    assert!(look(&model).contains("minutes have passed"));
    assert_eq!(
        press(&mut model, "y"),
        [],
        "only the keys that are named answer"
    );
    let sent = press(&mut model, "m");
    assert_eq!(
        sent,
        [Effect::Decide {
            delivery: DeliveryId(9),
            decision: Decision::MarkSent
        }]
    );
}

#[test]
fn a_rejection_carries_its_reason_and_escape_rejects_nothing() {
    let mut model = opened(NARROW);
    press(&mut model, "x");
    write(&mut model, "too pushy");
    assert_eq!(press(&mut model, "Esc"), []);
    press(&mut model, "x");
    write(&mut model, "too pushy");
    let reason = Some("too pushy".to_owned());
    assert_eq!(
        press(&mut model, "Enter"),
        [Effect::Reject {
            suggestion: SuggestionId(12),
            reason
        }]
    );
}

#[test]
fn another_version_is_asked_for_with_the_hint() {
    let mut model = opened(NARROW);
    press(&mut model, "R");
    write(&mut model, "shorter");
    let hint = Some("shorter".to_owned());
    let conversation = ConversationId(1);
    let instead_of = Some(SuggestionId(12));
    assert_eq!(
        press(&mut model, "Enter"),
        [Effect::Regenerate {
            conversation,
            hint,
            instead_of
        }]
    );
    let plain = Effect::Regenerate {
        conversation,
        hint: None,
        instead_of,
    };
    assert_eq!(press(&mut model, "Ctrl-r"), [plain]);
}

#[test]
fn an_own_reply_is_written_kept_and_sent_as_it_stands() {
    let mut model = opened(NARROW);
    press(&mut model, "r");
    write(&mut model, "Let me call you.");
    let kept = press(&mut model, "Esc");
    let body = "Let me call you.".to_owned();
    let conversation = ConversationId(1);
    assert_eq!(
        kept,
        [Effect::SaveOwn {
            conversation,
            before: Some(String::new()),
            body: body.clone()
        }]
    );
    assert!(look(&model).contains("Your reply, not sent yet"));
    assert_eq!(
        press(&mut model, "y"),
        [Effect::SendOwn {
            conversation,
            body,
            how: How::default()
        }]
    );
}

#[test]
fn quitting_asks_only_while_something_has_not_left() {
    let mut model = opened(NARROW);
    assert_eq!(press(&mut model, "Esc q"), [Effect::Quit]);
    let (view, queued) = maria_sending(DeliveryState::Queued, None);
    let mut model = opened_with(NARROW, rows(), vec![queued], &view);
    assert_eq!(press(&mut model, "Esc q"), []);
    assert!(look(&model).contains("stay queued"));
    assert_eq!(press(&mut model, "n"), []);
    assert!(!model.quitting);
    assert_eq!(press(&mut model, "q q"), [Effect::Quit]);
}

#[test]
fn what_an_earlier_run_left_queued_is_said_at_the_start() {
    let mut model = crate::fixture::empty(NARROW);
    answer(
        &mut model,
        &snapshot(rows(), vec![delivery(DeliveryState::Staged)]),
        &maria(),
    );
    assert!(
        look(&model).contains("1 reply from an earlier run"),
        "{}",
        look(&model)
    );
}

#[test]
fn a_sent_reply_leaves_the_card() {
    let (view, queued) = maria_sending(DeliveryState::Queued, None);
    let mut model = opened_with(NARROW, rows(), vec![queued], &view);
    let mut sent = view;
    sent.row.delivery = None;
    sent.row.status = rejoinder::domain::ConversationStatus::Waiting;
    give(
        &mut model,
        Event::Noticed(rejoinder::domain::Notice::Sent {
            delivery: DeliveryId(9),
            conversation: ConversationId(1),
        }),
    );
    answer(&mut model, &snapshot(rows(), Vec::new()), &sent);
    let text = look(&model);
    assert!(text.contains("Sent to Maria Lopez."), "{text}");
    assert!(text.contains("You wrote last"), "{text}");
}

#[test]
fn a_draft_for_a_mail_that_speaks_to_a_model_is_sent_with_a_second_key_only() {
    let mut view = maria();
    view.suggestions[0].checks.push(Check {
        code: "injection".into(),
        severity: Severity::Confirm,
        message: "the mail speaks to an assistant, not to you".into(),
        excerpt: String::new(),
    });
    let mut model = opened_with(NARROW, rows(), Vec::new(), &view);
    assert!(look(&model).contains("CAREFUL: the mail speaks to an assistant"));
    let effects = press(&mut model, "y");
    assert!(!sends(&effects), "{effects:?}");
    assert!(look(&model).contains("Send a draft to a mail that speaks to a model?"));
    // The same key again is no answer.
    assert!(!sends(&press(&mut model, "y")));
    assert!(!sends(&press(&mut model, "n")));
    press(&mut model, "y");
    let effects = press(&mut model, "s");
    assert!(
        matches!(
            &effects[..],
            [Effect::Approve {
                confirmed: true,
                revision: 3,
                ..
            }]
        ),
        "{effects:?}"
    );
}

#[test]
fn findings_in_the_persons_own_reply_stand_under_it_and_in_the_editor() {
    let mut view = maria();
    view.composition = Some("Hi Maria,\n\nit is 2,900 EUR.".into());
    view.composition_checks = vec![Check {
        code: "price".into(),
        severity: Severity::Warn,
        message: "\"2,900 EUR\" is in neither the thread nor your facts".into(),
        excerpt: "2,900 EUR".into(),
    }];
    let mut model = opened_with(NARROW, rows(), Vec::new(), &view);
    assert!(look(&model).contains("is in neither the thread nor your facts"));
    press(&mut model, "e");
    assert!(
        look(&model).contains("1 finding, saved"),
        "{}",
        look(&model)
    );
    let editor = model.editor.as_ref().unwrap();
    let pattern = editor.text.area().search_pattern().unwrap();
    assert!(pattern.is_match("it is 2,900 EUR.") && !pattern.is_match("2.900 EUR"));
    press(&mut model, "Esc");
    assert!(sends(&press(&mut model, "y")), "a warning forbids nothing");
}
