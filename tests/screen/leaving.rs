//! When a reply leaves, what goes with it, and where it goes.

use jiff::SignedDuration;
use rejoinder::app::effect::How;
use rejoinder::app::{Effect, Event, Outcome};
use rejoinder::domain::delivery::{DeliveryState, SendingUse, SentFile};
use rejoinder::domain::listing::ReplyFile;
use rejoinder::domain::{Address, ConversationId, DeliveryId};

use crate::fixture::{
    SIZES, answer, delivery, empty, give, look, maria, maria_sending, now, opened, opened_with,
    press, rows, snapshot, write,
};

const NARROW: (u16, u16) = (80, 24);

fn how_of(effects: &[Effect]) -> Option<&How> {
    effects.iter().find_map(|effect| match effect {
        Effect::Approve { how, .. } | Effect::SendOwn { how, .. } => Some(how),
        _ => None,
    })
}

#[test]
fn s_asks_when_and_the_text_on_the_screen_leaves_then() {
    let mut model = opened(NARROW);
    assert_eq!(press(&mut model, "S"), []);
    assert!(look(&model).contains("Send when?"), "{}", look(&model));
    write(&mut model, "tue 9:00");
    let effects = press(&mut model, "Enter");
    let how = how_of(&effects).unwrap();
    assert_eq!(how.at.as_deref(), Some("tue 9:00"));
    assert!(matches!(
        &effects[..],
        [Effect::Approve { revision: 3, .. }]
    ));
}

#[test]
fn a_scheduled_reply_names_its_time_and_zone_and_can_be_given_another() {
    let (mut view, mut queued) = maria_sending(DeliveryState::Queued, None);
    queued.not_before = now() + SignedDuration::from_hours(43);
    queued.scheduled = true;
    view.outbox = vec![queued.clone()];
    let mut model = opened_with(NARROW, rows(), vec![queued.clone()], &view);
    assert!(
        look(&model).contains("Leaves Tue 24 Nov 09:03 (UTC)."),
        "{}",
        look(&model)
    );
    press(&mut model, "S");
    write(&mut model, "3h");
    let delivery = DeliveryId(9);
    let at = "3h".to_owned();
    assert_eq!(
        press(&mut model, "Enter"),
        [Effect::Reschedule { delivery, at }]
    );
    give(
        &mut model,
        Event::Finished(Ok(Outcome::Rescheduled(queued))),
    );
    assert!(look(&model).contains("u takes it back, S changes the time"));
    assert_eq!(press(&mut model, "u"), [Effect::Undo(DeliveryId(9))]);
}

#[test]
fn an_address_that_only_a_reply_to_names_has_to_be_typed() {
    let mut view = maria();
    view.answer_to = vec![Address::bare("eve@evil.example")];
    view.unconfirmed = view.answer_to.clone();
    let mut model = opened_with((140, 40), rows(), Vec::new(), &view);
    press(&mut model, "J");
    assert_eq!(
        how_of(&press(&mut model, "y")),
        None,
        "nothing is sent by the key alone"
    );
    assert!(
        look(&model).contains("Type the address"),
        "{}",
        look(&model)
    );
    assert_eq!(
        press(&mut model, "Enter"),
        [],
        "an empty answer confirms nothing"
    );
    press(&mut model, "y");
    write(&mut model, "eve@evil.example");
    let effects = press(&mut model, "Enter");
    let how = how_of(&effects).unwrap();
    assert_eq!(how.to.as_deref(), Some("eve@evil.example"));
    let mut model = opened_with((140, 40), rows(), Vec::new(), &view);
    assert_eq!(press(&mut model, "S"), []);
    assert!(!look(&model).contains("Send when?"));
}

#[test]
fn a_file_is_asked_for_shown_and_left_here_again() {
    let mut model = opened(NARROW);
    press(&mut model, "A");
    write(&mut model, "~/offer.pdf");
    let conversation = ConversationId(1);
    let path = "~/offer.pdf".to_owned();
    assert_eq!(
        press(&mut model, "Enter"),
        [Effect::Attach { conversation, path }]
    );
    press(&mut model, ":");
    write(&mut model, "detach");
    assert_eq!(
        press(&mut model, "Enter"),
        [Effect::Detach(conversation, None)]
    );
}

#[test]
fn of_several_files_the_named_one_stays_here() {
    let mut view = maria();
    for name in ["offer.pdf", "logo.png"] {
        view.files.push(ReplyFile {
            path: format!("/home/sam/{name}"),
            bytes: 1_000,
        });
    }
    let mut model = opened_with(NARROW, rows(), Vec::new(), &view);
    let mut detach = |name: &str| {
        press(&mut model, ":");
        write(&mut model, "detach");
        assert_eq!(press(&mut model, "Enter"), []);
        write(&mut model, name);
        let effects = press(&mut model, "Enter");
        (effects, look(&model))
    };
    let id = ConversationId(1);
    let (effects, screen) = detach("nothing.pdf");
    assert!(effects.is_empty() && screen.contains("No file nothing.pdf goes along."));
    let path = Some("/home/sam/logo.png".to_owned());
    assert_eq!(detach("logo.png").0, [Effect::Detach(id, path)]);
    assert_eq!(detach("").0, [Effect::Detach(id, None)]);
}

#[test]
fn the_text_in_the_editor_can_be_written_to_a_file() {
    let mut model = opened(NARROW);
    press(&mut model, "e");
    give(&mut model, Event::SavingFailed("the disk is full".into()));
    assert!(look(&model).contains("NOT SAVED"));
    press(&mut model, "Ctrl-o");
    write(&mut model, "/tmp/x");
    let effects = press(&mut model, "Enter");
    let [Effect::WriteFile { path, text }] = &effects[..] else {
        panic!("{effects:?}")
    };
    assert!(path == "/tmp/x" && text.starts_with("Hi Maria"));
    give(
        &mut model,
        Event::Finished(Ok(Outcome::Written("/tmp/x".into()))),
    );
    assert!(look(&model).contains("Written to /tmp/x."));
}

#[test]
fn limits_that_are_near_are_told() {
    let mut model = empty((140, 40));
    let mut inbox = snapshot(rows(), Vec::new());
    inbox.sending = SendingUse {
        day: 480,
        per_day: 500,
        minute: 1,
        per_minute: 20,
        paused_until: None,
    };
    answer(&mut model, &inbox, &maria());
    assert!(
        look(&model).contains("480 of 500 sent today"),
        "{}",
        look(&model)
    );
    let mut model = empty((140, 40));
    inbox.sending.paused_until = Some(now() + SignedDuration::from_hours(2));
    answer(&mut model, &inbox, &maria());
    assert!(
        look(&model).contains("sending paused until 16:03"),
        "{}",
        look(&model)
    );
}

#[test]
fn two_replies_of_an_earlier_run_are_said_to_be_queued() {
    let mut model = empty(NARROW);
    let mut other = delivery(DeliveryState::Queued);
    other.id = DeliveryId(10);
    let inbox = snapshot(rows(), vec![delivery(DeliveryState::Staged), other]);
    answer(&mut model, &inbox, &maria());
    assert!(
        look(&model).contains("2 replies from an earlier run are still queued"),
        "{}",
        look(&model)
    );
}

#[test]
fn what_goes_along_is_on_the_card() {
    for size in SIZES {
        let mut view = maria();
        view.answer_to = vec![Address::bare("office@example.com")];
        view.files = vec![ReplyFile {
            path: "/home/sam/offer.pdf".into(),
            bytes: 48_200,
        }];
        let mut model = opened_with(size, rows(), Vec::new(), &view);
        model.around.signature = "Sam Doe\nHarbour Web Studio".into();
        press(&mut model, "Tab G");
        let suffix = format!("{}x{}", size.0, size.1);
        insta::with_settings!({ snapshot_suffix => suffix, omit_expression => true }, {
            insta::assert_snapshot!("card_goes_along", look(&model));
        });
        let (mut view, mut queued) = maria_sending(DeliveryState::Queued, None);
        queued.not_before = now() + SignedDuration::from_hours(43);
        queued.files = vec![SentFile {
            name: "offer.pdf".into(),
            bytes: 48_200,
        }];
        view.outbox = vec![queued.clone()];
        let model = opened_with(size, rows(), vec![queued], &view);
        let suffix = format!("{}x{}", size.0, size.1);
        insta::with_settings!({ snapshot_suffix => suffix, omit_expression => true }, {
            insta::assert_snapshot!("card_scheduled", look(&model));
        });
    }
}
