//! The page of what was learned: accept, change, erase.

use crate::app::effect::{Effect, Learned};
use crate::app::model::{Grade, Model};
use crate::app::overlay::{Answer, Asked, Choice, Overlay, Prompt};
use crate::app::page::memory::Row;
use crate::domain::memory::RuleState;

const NO_RULE: &str = "This is a reply; x erases it.";

pub(super) fn accept(model: &mut Model) -> Vec<Effect> {
    match model.page.as_ref().and_then(|page| page.learned()) {
        Some(Row::Rule(rule)) if rule.state == RuleState::Proposed => {
            vec![Effect::ChangeMemory(Learned::Accept(rule.id))]
        }
        Some(Row::Rule(_)) => {
            model.say(Grade::Info, "This rule is accepted already; e changes it.");
            Vec::new()
        }
        Some(Row::Example(_)) => {
            model.say(Grade::Info, NO_RULE);
            Vec::new()
        }
        None => Vec::new(),
    }
}

pub(super) fn edit(model: &mut Model) -> Vec<Effect> {
    match model.page.as_ref().and_then(|page| page.learned()) {
        Some(Row::Rule(rule)) => {
            let prompt = Prompt::new(Asked::Rule(rule.id), &rule.text);
            model.overlay = Some(Overlay::Prompt(prompt));
        }
        Some(Row::Example(_)) => model.say(Grade::Info, NO_RULE),
        None => {}
    }
    Vec::new()
}

pub(super) fn erase(model: &mut Model) -> Vec<Effect> {
    let (title, line, answer) = match model.page.as_ref().and_then(|page| page.learned()) {
        Some(Row::Rule(rule)) => (
            "Erase this rule? It is not proposed again.",
            rule.text.clone(),
            Answer::DeleteRule(rule.id),
        ),
        Some(Row::Example(example)) => (
            "Erase this reply? It is not learned from any more.",
            format!("{}: {}", example.lead, example.subject),
            Answer::ForgetExample(example.id),
        ),
        None => return Vec::new(),
    };
    ask(model, title, vec![line], answer)
}

pub(super) fn erase_all(model: &mut Model) -> Vec<Effect> {
    let lines = vec![
        "All rules, replies and counts of decisions.".to_owned(),
        "Mail, drafts and facts stay.".to_owned(),
    ];
    ask(
        model,
        "Erase everything that was learned?",
        lines,
        Answer::ForgetAll,
    )
}

fn ask(model: &mut Model, title: &str, lines: Vec<String>, answer: Answer) -> Vec<Effect> {
    model.overlay = Some(Overlay::Choice(Choice {
        title: title.to_owned(),
        lines,
        answers: vec![('e', "erase", answer), ('n', "keep", Answer::Nothing)],
    }));
    Vec::new()
}
