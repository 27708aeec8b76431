//! What keys do: moving, opening, searching, popups.

use rejoinder::app::model::Focus;
use rejoinder::app::{Effect, Event, Key, Loaded, Outcome};
use rejoinder::domain::{ConversationId, Notice};

use crate::fixture::{
    answer, give, listed, look, maria, opened, press, row, rows, snapshot, write,
};

const WIDE: (u16, u16) = (140, 40);
const NARROW: (u16, u16) = (80, 24);

#[test]
fn the_selection_moves_by_rows_and_stops_at_the_ends() {
    let mut model = listed(NARROW);
    press(&mut model, "j j");
    assert_eq!(model.inbox.selected, Some(ConversationId(3)));
    press(&mut model, "G");
    assert_eq!(model.inbox.selected, Some(ConversationId(7)));
    press(&mut model, "j");
    assert_eq!(model.inbox.selected, Some(ConversationId(7)));
    press(&mut model, "gg k");
    assert_eq!(model.inbox.selected, Some(ConversationId(1)));
}

#[test]
fn moving_the_selection_loads_nothing() {
    let mut model = listed(WIDE);
    assert_eq!(press(&mut model, "j j k"), []);
}

#[test]
fn opening_loads_the_conversation_and_marks_it_read() {
    let mut model = listed(NARROW);
    press(&mut model, "j");
    let effects = press(&mut model, "Enter");
    let id = ConversationId(2);
    assert!(matches!(
        effects[0],
        Effect::LoadConversation {
            id: ConversationId(2),
            ..
        }
    ));
    assert_eq!(effects[1], Effect::MarkRead(id));
    assert_eq!(model.focus, Focus::Thread);
}

#[test]
fn a_wide_screen_opens_the_first_conversation_by_itself_without_marking_it_read() {
    let model = listed(WIDE);
    assert_eq!(model.open.as_ref().unwrap().id, ConversationId(1));
    assert_eq!(model.focus, Focus::Inbox);
    assert!(look(&model).contains("Sounds good."));
}

#[test]
fn n_goes_round_those_who_wait_for_the_person() {
    let mut model = opened(WIDE);
    let inbox = snapshot(rows(), Vec::new());
    let mut seen = Vec::new();
    for _ in 0..4 {
        press(&mut model, "n");
        answer(&mut model, &inbox, &maria());
        seen.push(model.open.as_ref().unwrap().id.0);
    }
    assert_eq!(seen, [2, 3, 4, 1]);
    press(&mut model, "N");
    assert_eq!(model.open.as_ref().unwrap().id.0, 4);
}

#[test]
fn a_reload_keeps_the_selection_on_its_conversation() {
    let mut model = listed(NARROW);
    press(&mut model, "j j");
    let mut more = rows();
    more.insert(
        0,
        row(
            90,
            "New Person",
            rejoinder::domain::ConversationStatus::NeedsReply,
            0,
        ),
    );
    give(
        &mut model,
        Event::Noticed(Notice::NewReply {
            conversation: ConversationId(90),
        }),
    );
    answer(&mut model, &snapshot(more, Vec::new()), &maria());
    assert_eq!(model.inbox.selected, Some(ConversationId(3)));
}

#[test]
fn when_the_selected_conversation_is_gone_its_neighbour_is_selected() {
    let mut model = listed(NARROW);
    press(&mut model, "j");
    let mut fewer = rows();
    fewer.remove(1);
    give(&mut model, Event::Noticed(Notice::StoreChanged));
    answer(&mut model, &snapshot(fewer, Vec::new()), &maria());
    assert_eq!(model.inbox.selected, Some(ConversationId(3)));
}

#[test]
fn an_answer_to_a_superseded_request_is_dropped() {
    let mut model = opened(NARROW);
    press(&mut model, "Esc j");
    let effects = press(&mut model, "Enter");
    let Effect::LoadConversation { request: old, .. } = effects[0] else {
        panic!("{effects:?}")
    };
    press(&mut model, "Esc j");
    press(&mut model, "Enter");
    let mut late = maria();
    late.row.id = ConversationId(2);
    give(
        &mut model,
        Event::Loaded(old, Ok(Loaded::Conversation(Some(Box::new(late))))),
    );
    let open = model.open.as_ref().unwrap();
    assert_eq!((open.id, open.view.is_none()), (ConversationId(3), true));
}

#[test]
fn notices_in_a_burst_ask_once_and_then_once_more() {
    let mut model = opened(NARROW);
    let notice = || {
        Event::Noticed(Notice::ConversationChanged {
            conversation: ConversationId(1),
        })
    };
    let first = give(&mut model, notice());
    assert_eq!(first.len(), 2, "the inbox and the open conversation");
    for _ in 0..20 {
        assert_eq!(give(&mut model, notice()), []);
    }
    let request = model.inbox.request.unwrap();
    let inbox = Loaded::Inbox(Box::new(snapshot(rows(), Vec::new())));
    let again = give(&mut model, Event::Loaded(request, Ok(inbox)));
    assert!(matches!(again[..], [Effect::LoadInbox { .. }]), "{again:?}");
}

#[test]
fn a_search_asks_for_what_was_typed_and_escape_shows_all_again() {
    let mut model = listed(NARROW);
    press(&mut model, "/");
    write(&mut model, "lop");
    let effects = press(&mut model, "Enter");
    let [Effect::LoadInbox { query, .. }] = &effects[..] else {
        panic!("{effects:?}")
    };
    assert_eq!(query.search, "lop");
    answer(
        &mut model,
        &snapshot(vec![rows().remove(0)], Vec::new()),
        &maria(),
    );
    let effects = press(&mut model, "Esc");
    let [Effect::LoadInbox { query, .. }] = &effects[..] else {
        panic!("{effects:?}")
    };
    assert_eq!(query.search, "");
}

#[test]
fn enter_before_the_found_rows_have_come_opens_the_first_of_them() {
    let mut model = listed(NARROW);
    press(&mut model, "j j /");
    write(&mut model, "lop");
    press(&mut model, "Enter");
    assert_eq!(
        press(&mut model, "Enter"),
        [],
        "not one of the rows of before"
    );
    answer(
        &mut model,
        &snapshot(vec![rows().remove(0)], Vec::new()),
        &maria(),
    );
    assert_eq!(model.open.as_ref().unwrap().id, ConversationId(1));
    assert_eq!(model.focus, Focus::Thread);
}

#[test]
fn escape_and_a_key_in_one_read_are_both_pressed() {
    let mut model = opened(NARROW);
    let alt_j = Key {
        alt: true,
        ..Key::char('j')
    };
    give(&mut model, Event::Pressed(alt_j));
    assert_eq!(model.focus, Focus::Inbox);
    assert_eq!(model.inbox.selected, Some(ConversationId(2)));
}

#[test]
fn escape_leaves_the_editor_and_the_key_in_the_same_read_is_a_command() {
    let mut model = opened(NARROW);
    press(&mut model, "e");
    write(&mut model, "Dear ");
    let alt_y = Key {
        alt: true,
        ..Key::char('y')
    };
    let effects = give(&mut model, Event::Pressed(alt_y));
    assert!(matches!(effects[0], Effect::SaveEdit { .. }), "{effects:?}");
    assert!(matches!(effects[1], Effect::Approve { .. }), "{effects:?}");
}

#[test]
fn the_palette_runs_what_it_found() {
    let mut model = opened(NARROW);
    press(&mut model, ":");
    write(&mut model, "sync");
    assert_eq!(press(&mut model, "Enter"), [Effect::Sync]);
    assert!(model.overlay.is_none());
}

#[test]
fn a_paste_outside_of_a_text_does_nothing_but_say_so() {
    let mut model = opened(NARROW);
    let effects = give(&mut model, Event::Pasted("yyyy\rq".into()));
    assert_eq!(effects, []);
    assert!(look(&model).contains("nothing to paste into"));
}

#[test]
fn an_unknown_sequence_is_told_and_forgotten() {
    let mut model = opened(NARROW);
    press(&mut model, "g w");
    assert!(look(&model).contains("g w means nothing here"));
    press(&mut model, "Esc");
    assert!(model.pending.is_empty());
}

#[test]
fn idle_there_is_nothing_to_do_for_the_rest_of_the_minute() {
    let mut model = listed(NARROW);
    model
        .inbox
        .rows
        .retain(|row| !rejoinder::app::inbox::is_moving(row));
    assert_eq!(model.next_tick().as_secs(), 60);
    let moving = listed(NARROW);
    assert_eq!(
        moving.next_tick().as_millis(),
        250,
        "a draft is being written"
    );
}

#[test]
fn the_readme_has_the_table_of_keys() {
    let readme =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")).unwrap();
    let table = rejoinder::app::Keymap::markdown();
    assert!(
        readme.contains(&table),
        "put the output of `rejoinder config --keys` into README.md"
    );
}

#[test]
fn the_filter_says_every_group_there_is() {
    use rejoinder::app::command::Command;
    use rejoinder::app::effect::Group;
    let about = Command::Filter.spec().unwrap().about;
    let mut group = Group::default().next();
    while group != Group::default() {
        let name = group.name().to_lowercase();
        assert!(about.contains(&name), "{name} is not in: {about}");
        group = group.next();
    }
}

#[test]
fn a_key_stands_in_the_table_as_it_is_pressed() {
    let table = rejoinder::app::Keymap::markdown();
    assert!(table.contains("| `\\` | filter |"), "{table}");
}

#[test]
fn what_is_not_on_the_screen_is_not_wrapped_for_it() {
    let mut model = opened(NARROW);
    let lines = model.open.as_ref().unwrap().thread.lines.clone();
    press(&mut model, "Esc");
    assert_eq!(model.open.as_ref().unwrap().thread.lines, lines);
}

#[test]
fn w_asks_where_to_save_the_files_that_came() {
    let mut model = opened(WIDE);
    press(&mut model, "w");
    assert!(look(&model).contains("Save the files in which folder?"));
    let effects = press(&mut model, "Enter");
    assert_eq!(
        effects,
        [Effect::SaveAttachments {
            conversation: ConversationId(1),
            folder: None,
        }]
    );
    press(&mut model, "w");
    write(&mut model, "/tmp/x");
    let effects = press(&mut model, "Enter");
    assert!(
        matches!(&effects[0], Effect::SaveAttachments { folder: Some(f), .. } if f == "/tmp/x")
    );
    give(
        &mut model,
        Event::Finished(Ok(Outcome::FilesSaved {
            names: vec!["plan.pdf".into()],
            folder: "/tmp/x".into(),
        })),
    );
    assert!(look(&model).contains("Saved plan.pdf in /tmp/x."));
}

#[test]
fn the_first_sync_is_stopped_and_resumed_by_a_key_and_without_one_there_is_nothing_to_stop() {
    use rejoinder::domain::sync::{Freshness, SyncProgress};
    let mut model = listed(NARROW);
    assert_eq!(press(&mut model, "gs"), []);
    assert!(look(&model).contains("No first sync is under way"));
    for stopped in [false, true] {
        model.freshness = Freshness {
            progress: Some(SyncProgress {
                done: 120,
                total: 500,
                stopped,
            }),
            ..Freshness::default()
        };
        let wanted = Effect::PauseSync { resume: stopped };
        assert_eq!(press(&mut model, "gs"), [wanted]);
    }
    for (resumed, found, words) in [
        (
            false,
            true,
            "The first sync is stopped; new mail is followed",
        ),
        (true, true, "The first sync goes on."),
        (false, false, "No first sync is under way."),
        (true, false, "No first sync is stopped."),
    ] {
        let outcome = Outcome::SyncPaused { resumed, found };
        give(&mut model, Event::Finished(Ok(outcome)));
        assert!(look(&model).contains(words), "{words}\n{}", look(&model));
    }
}
