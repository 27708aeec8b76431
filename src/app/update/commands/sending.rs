//! When a reply leaves, what goes with it, and where it goes: the questions about that.

use super::replies::{approval, leave_comparison};
use super::with_open;
use crate::app::card::current_delivery;
use crate::app::effect::{Effect, How};
use crate::app::model::{Grade, Model};
use crate::app::overlay::{Asked, Overlay, Prompt};
use crate::app::update::save;
use crate::domain::delivery::DeliveryState;
use crate::domain::listing::ReplyFile;
use crate::domain::{ConversationId, DeliveryId};

fn ask(model: &mut Model, asked: Asked) -> Vec<Effect> {
    model.overlay = Some(Overlay::Prompt(Prompt::new(asked, "")));
    Vec::new()
}

/// Whether only a `Reply-To` names where the answer on the screen would go.
pub(super) fn needs_confirmation(model: &Model) -> bool {
    let view = model.open.as_ref().and_then(|open| open.view.as_ref());
    view.is_some_and(|view| !view.unconfirmed.is_empty())
}

/// Asks for a time: for the text on the screen, or another one for a queued reply.
pub(super) fn schedule(model: &mut Model) -> Vec<Effect> {
    if let Some(page) = &model.page {
        let queued = page.delivery().filter(|d| d.state == DeliveryState::Queued);
        return match queued.map(|delivery| delivery.id) {
            Some(id) => ask(model, Asked::Reschedule(id)),
            None => {
                model.say(
                    Grade::Info,
                    "Only a queued reply can be given another time.",
                );
                Vec::new()
            }
        };
    }
    with_open(model, |model, id| {
        if leave_comparison(model, "S gives it a time") {
            return Vec::new();
        }
        let queued = model.open.as_ref().and_then(current_delivery);
        if let Some(delivery) = queued.filter(|d| d.state == DeliveryState::Queued) {
            let id = delivery.id;
            return ask(model, Asked::Reschedule(id));
        }
        let mut effects = save(model);
        model.editor = None;
        match approval(model, id, How::default(), false) {
            Ok(Effect::Restore(id)) => effects.push(Effect::Restore(id)),
            Ok(_) if needs_confirmation(model) => model.say(
                Grade::Warning,
                "Reply-To names a stranger: y asks where it goes, then S gives it another time.",
            ),
            Ok(_) => effects.extend(ask(model, Asked::LeaveAt(id))),
            Err(why) => model.say(Grade::Warning, why),
        }
        effects
    })
}

/// The text on the screen leaves in this way, after the person's answer to a question.
pub(in crate::app::update) fn leave(
    model: &mut Model,
    id: ConversationId,
    how: How,
) -> Vec<Effect> {
    if model.open.as_ref().map(|open| open.id) != Some(id) {
        return Vec::new();
    }
    match approval(model, id, how, false) {
        Ok(effect) => vec![effect],
        Err(why) => {
            model.say(Grade::Warning, why);
            Vec::new()
        }
    }
}

/// A queued reply leaves at another time.
pub(in crate::app::update) fn move_to(delivery: DeliveryId, at: String) -> Vec<Effect> {
    vec![Effect::Reschedule { delivery, at }]
}

pub(super) fn attach(model: &mut Model) -> Vec<Effect> {
    with_open(model, |model, id| ask(model, Asked::Attach(id)))
}

/// Lets the one file stay here, or asks which of several.
pub(super) fn detach(model: &mut Model) -> Vec<Effect> {
    with_open(model, |model, id| match files(model).len() {
        0 | 1 => vec![Effect::Detach(id, None)],
        _ => ask(model, Asked::Detach(id)),
    })
}

fn files(model: &Model) -> &[ReplyFile] {
    let view = model.open.as_ref().and_then(|open| open.view.as_ref());
    view.map_or(&[], |view| &view.files)
}

/// The file of this name, or all without one, stay here.
pub(in crate::app::update) fn detach_named(
    model: &mut Model,
    id: ConversationId,
    name: Option<String>,
) -> Vec<Effect> {
    let Some(name) = name else {
        return vec![Effect::Detach(id, None)];
    };
    let named = |file: &&ReplyFile| file.path == name || file.name() == name;
    match files(model).iter().find(named) {
        Some(file) => vec![Effect::Detach(id, Some(file.path.clone()))],
        None => {
            model.say(Grade::Warning, format!("No file {name} goes along."));
            Vec::new()
        }
    }
}

pub(super) fn write_to(model: &mut Model) -> Vec<Effect> {
    ask(model, Asked::WriteTo)
}
