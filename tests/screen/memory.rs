//! The page of what was learned: seen, accepted, changed, erased.

use rejoinder::app::effect::Learned;
use rejoinder::app::event::Outcome;
use rejoinder::app::page::PageData;
use rejoinder::app::{Effect, Event, Loaded, Model};
use rejoinder::domain::memory::{Example, Memory, RuleState, StyleRule};
use rejoinder::domain::{ExampleId, LeadId, RuleId, SuggestionId};

use crate::fixture::{DRAFT, give, listed, look, minutes_ago, press, write};
use crate::looks::see;

const NARROW: (u16, u16) = (80, 24);

fn rule(id: i64, text: &str, state: RuleState, evidence: u32) -> StyleRule {
    StyleRule {
        id: RuleId(id),
        text: text.into(),
        state,
        evidence,
        created_at: minutes_ago(60 * id),
    }
}

fn example(id: i64, lead: &str, draft: Option<&str>, changed: u8) -> Example {
    Example {
        id: ExampleId(id),
        lead_id: LeadId(id),
        lead: lead.into(),
        subject: "Website redesign project".into(),
        intent: "asks_price".into(),
        language: Some("en".into()),
        suggestion_id: Some(SuggestionId(id)),
        draft: draft.map(Into::into),
        reply: DRAFT.into(),
        changed,
        created_at: minutes_ago(60 * 24 * id),
    }
}

pub fn memory() -> Memory {
    Memory {
        rules: vec![
            rule(3, "Close with \"Cheers,\"", RuleState::Proposed, 4),
            rule(1, "Use no exclamation marks.", RuleState::Accepted, 6),
        ],
        examples: vec![
            example(9, "Maria Lopez", Some(DRAFT), 0),
            example(8, "Jon Park", Some("Hi Jon"), 12),
            example(7, "Kim Lee", None, 100),
        ],
        examples_total: 3,
        outcomes: 5,
    }
}

fn opened(size: (u16, u16), memory: Memory) -> Model {
    let mut model = listed(size);
    press(&mut model, "g m");
    let request = model.page.as_ref().unwrap().request.unwrap();
    let data = PageData::Memory(Box::new(memory));
    give(&mut model, Event::Loaded(request, Ok(Loaded::Page(data))));
    model
}

#[test]
fn how_it_looks() {
    see("page_memory", |size| opened(size, memory()));
    see("page_memory_reply", |size| {
        let mut model = opened(size, memory());
        press(&mut model, "j j j");
        model
    });
    see("page_memory_empty", |size| opened(size, Memory::default()));
    see("page_memory_erase_all", |size| {
        let mut model = opened(size, memory());
        press(&mut model, "X");
        model
    });
}

#[test]
fn a_proposal_is_accepted_and_an_accepted_rule_is_not_accepted_again() {
    let mut model = opened(NARROW, memory());
    let accept = Effect::ChangeMemory(Learned::Accept(RuleId(3)));
    assert_eq!(press(&mut model, "a"), [accept]);
    assert_eq!(press(&mut model, "j a"), []);
    assert!(look(&model).contains("accepted already"));
    assert_eq!(press(&mut model, "j a"), [], "a reply is no rule");
}

#[test]
fn a_rule_is_changed_in_the_persons_words() {
    let mut model = opened(NARROW, memory());
    press(&mut model, "e Ctrl-u");
    write(&mut model, "Close warmly.");
    let edit = Learned::Edit(RuleId(3), "Close warmly.".into());
    assert_eq!(press(&mut model, "Enter"), [Effect::ChangeMemory(edit)]);
    press(&mut model, "e Ctrl-u");
    assert_eq!(
        press(&mut model, "Enter"),
        [],
        "without words nothing changes"
    );
}

#[test]
fn what_is_erased_is_asked_for_first() {
    let mut model = opened(NARROW, memory());
    assert_eq!(press(&mut model, "x n"), []);
    let rule = Effect::ChangeMemory(Learned::DeleteRule(RuleId(3)));
    assert_eq!(press(&mut model, "x e"), [rule]);
    let reply = Effect::ChangeMemory(Learned::ForgetExample(ExampleId(9)));
    assert_eq!(press(&mut model, "j j x e"), [reply]);
    let all = Effect::ChangeMemory(Learned::ForgetAll);
    assert_eq!(press(&mut model, "X e"), [all]);
}

#[test]
fn after_a_change_the_page_is_loaded_anew_and_the_selection_stays() {
    let mut model = opened(NARROW, memory());
    press(&mut model, "j j");
    let done = Event::Finished(Ok(Outcome::MemoryChanged("Erased.")));
    let effects = give(&mut model, done);
    let asked = |effect: &Effect| matches!(effect, Effect::LoadPage { .. });
    assert!(effects.iter().any(asked), "{effects:?}");
    let request = model.page.as_ref().unwrap().request.unwrap();
    let mut fewer = memory();
    fewer.rules.remove(0);
    let data = PageData::Memory(Box::new(fewer));
    give(&mut model, Event::Loaded(request, Ok(Loaded::Page(data))));
    assert_eq!(
        model.page.as_ref().unwrap().selected,
        1,
        "still Maria's reply"
    );
}

#[test]
fn no_key_of_the_page_sends_anything() {
    for key in ["a", "e Esc", "x n", "X n", "y", "Y", "Enter", "D"] {
        let mut model = opened(NARROW, memory());
        for effect in press(&mut model, key) {
            assert!(
                !matches!(effect, Effect::Approve { .. } | Effect::SendOwn { .. }),
                "{key}: {effect:?}"
            );
        }
    }
}
