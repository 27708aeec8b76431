//! Templates: picked into the person's own reply, and kept from the text on the card.

use rejoinder::app::overlay::Overlay;
use rejoinder::app::{Effect, Event, Loaded, Model, Outcome};
use rejoinder::domain::delivery::DeliveryState;
use rejoinder::domain::template::FilledTemplate;
use rejoinder::domain::{ConversationId, SuggestionStatus};

use crate::fixture::{
    DRAFT, give, look, maria, maria_sending, opened, opened_with, press, rows, write,
};
use crate::looks::see;

const NARROW: (u16, u16) = (80, 24);
const HERE: ConversationId = ConversationId(1);

fn templates() -> Vec<FilledTemplate> {
    let one = |name: &str, text: &str| FilledTemplate {
        name: name.into(),
        text: text.into(),
    };
    vec![
        one(
            "prices of a redesign and of everything that can come on top of it, translated",
            "Hi Maria,\n\na redesign costs from 2,400 EUR.\n\nBest,\nSam",
        ),
        one(
            "times for a call",
            "Hi Maria,\n\na call is a good idea: twenty minutes, by phone or video, on a Tuesday or a Thursday between ten and four. Which day suits you and the others at [company]?\n\nBest,\nSam",
        ),
        one("work we have done", "Here it is."),
    ]
}

/// Presses `t` and hands over what there is.
fn offered(model: &mut Model, all: Vec<FilledTemplate>) {
    let effects = press(model, "t");
    let [
        Effect::LoadTemplates {
            request,
            conversation: HERE,
        },
    ] = effects[..]
    else {
        panic!("{effects:?}\n{}", look(model));
    };
    give(model, Event::Loaded(request, Ok(Loaded::Templates(all))));
}

#[test]
fn the_list_of_templates_looks() {
    see("templates", |size| {
        let mut model = opened(size);
        offered(&mut model, templates());
        press(&mut model, "Down");
        model
    });
    see("templates_that_fit_nothing", |size| {
        let mut model = opened(size);
        offered(&mut model, templates());
        write(&mut model, "xyz");
        model
    });
    see("template_in_the_editor", |size| {
        let mut model = opened(size);
        offered(&mut model, templates());
        press(&mut model, "Down Enter");
        model
    });
    see("template_behind_a_text", |size| {
        let mut view = maria();
        view.composition = Some("Hi Maria,\n\none thing first.\n\nSam".into());
        let mut model = opened_with(size, rows(), Vec::new(), &view);
        offered(&mut model, templates());
        press(&mut model, "Down Enter");
        model
    });
    see("template_to_be_named", |size| {
        let mut model = opened(size);
        press(&mut model, ":");
        write(&mut model, "save-template");
        press(&mut model, "Enter");
        model
    });
}

#[test]
fn a_template_found_by_a_few_letters_is_edited_as_the_own_reply() {
    let mut model = opened(NARROW);
    offered(&mut model, templates());
    write(&mut model, "wrk");
    let effects = press(&mut model, "Enter");
    assert!(effects.contains(&Effect::SaveOwn {
        conversation: HERE,
        before: Some(String::new()),
        body: "Here it is.".into(),
    }));
    write(&mut model, "So, ");
    let saved = Effect::SaveOwn {
        conversation: HERE,
        before: Some("Here it is.".into()),
        body: "So, Here it is.".into(),
    };
    assert_eq!(press(&mut model, "Esc"), [saved]);
    let view = model.open.as_ref().unwrap().view.as_ref().unwrap();
    assert_eq!(view.composition.as_deref(), Some("So, Here it is."));
}

#[test]
fn the_marker_goes_by_arrows_and_by_the_palettes_keys_and_stops_at_the_ends() {
    let selected = |model: &Model| match &model.overlay {
        Some(Overlay::Templates(picker)) => picker.selected,
        _ => panic!("{}", look(model)),
    };
    let mut model = opened(NARROW);
    offered(&mut model, templates());
    for (keys, at) in [
        ("Down", 1),
        ("Ctrl-n", 2),
        ("Down", 2),
        ("Ctrl-p", 1),
        ("Up Up", 0),
        ("Down w", 0),
    ] {
        press(&mut model, keys);
        assert_eq!(selected(&model), at, "{keys}");
    }
    assert_eq!(press(&mut model, "Esc"), []);
    assert!(model.overlay.is_none() && model.editor.is_none());
}

#[test]
fn a_template_goes_behind_what_was_written_already_and_is_taken_away_by_one_key() {
    let mut view = maria();
    view.composition = Some("Hi Maria, one thing first.\n".into());
    let mut model = opened_with(NARROW, rows(), Vec::new(), &view);
    offered(&mut model, templates());
    let effects = press(&mut model, "Down Down Enter");
    assert!(
        effects.contains(&Effect::SaveOwn {
            conversation: HERE,
            before: Some("Hi Maria, one thing first.\n".into()),
            body: "Hi Maria, one thing first.\n\nHere it is.".into(),
        }),
        "{effects:?}"
    );
    press(&mut model, "Ctrl-z");
    let editor = model.editor.as_ref().unwrap();
    assert_eq!(editor.text.text(), "Hi Maria, one thing first.\n");
}

#[test]
fn without_templates_it_says_how_one_is_made() {
    let mut model = opened((140, 40));
    offered(&mut model, Vec::new());
    assert!(model.overlay.is_none());
    let text = look(&model);
    assert!(text.contains("No templates yet") && text.contains(":save-template"));
}

#[test]
fn a_list_that_cannot_be_loaded_closes_with_the_reason_and_a_late_one_stays_away() {
    let mut model = opened(NARROW);
    let effects = press(&mut model, "t");
    let [Effect::LoadTemplates { request, .. }] = effects[..] else {
        panic!("{effects:?}");
    };
    // Nothing is there to be taken yet.
    assert_eq!(press(&mut model, "Enter"), []);
    give(&mut model, Event::Loaded(request, Err("no disk".into())));
    assert!(model.overlay.is_none());
    assert!(look(&model).contains("no disk"));
    give(
        &mut model,
        Event::Loaded(request, Ok(Loaded::Templates(templates()))),
    );
    assert!(model.overlay.is_none());
}

#[test]
fn a_reply_that_is_on_its_way_gets_no_template() {
    let (view, delivery) = maria_sending(DeliveryState::Queued, None);
    let mut model = opened_with(NARROW, rows(), vec![delivery], &view);
    assert_eq!(press(&mut model, "t"), []);
    assert!(model.overlay.is_none());
    assert!(look(&model).contains("A reply is on its way"));

    // Also when it went on its way while the list was open.
    let mut model = opened(NARROW);
    offered(&mut model, templates());
    model.open.as_mut().unwrap().view = Some(view);
    let effects = press(&mut model, "Enter");
    assert_eq!(effects, []);
    assert!(model.editor.is_none());
    assert!(look(&model).contains("A reply is on its way"));
}

#[test]
fn the_text_on_the_card_is_kept_as_a_template() {
    let save = |model: &mut Model, name: &str| {
        press(model, ":");
        write(model, "save-template");
        press(model, "Enter");
        write(model, name);
        press(model, "Enter")
    };
    let kept = |text: &str| {
        [Effect::SaveTemplate {
            conversation: HERE,
            name: "prices".into(),
            text: text.into(),
        }]
    };
    let mut model = opened(NARROW);
    assert_eq!(save(&mut model, " prices "), kept(DRAFT));
    give(
        &mut model,
        Event::Finished(Ok(Outcome::TemplateKept("prices".into()))),
    );
    assert!(look(&model).contains("Kept as the template \"prices\""));
    assert_eq!(save(&mut model, ""), [], "no name, nothing kept");

    let mut view = maria();
    view.composition = Some("My own.".into());
    view.suggestions.clear();
    let mut model = opened_with(NARROW, rows(), Vec::new(), &view);
    assert_eq!(save(&mut model, "prices"), kept("My own."));
}

#[test]
fn a_draft_that_is_still_written_is_not_kept() {
    let mut view = maria();
    view.suggestions[0].status = SuggestionStatus::Generating;
    let mut model = opened_with(NARROW, rows(), Vec::new(), &view);
    press(&mut model, ":");
    write(&mut model, "save-template");
    assert_eq!(press(&mut model, "Enter"), []);
    assert!(model.overlay.is_none());
    assert!(look(&model).contains("no text here to keep"));
}
