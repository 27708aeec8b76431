//! Commands about what is sent: approve, edit, reject, write, take back, decide.

use super::{target, with_open};
use crate::app::card::current_delivery;
use crate::app::conversation::Shown;
use crate::app::editor::{Editor, Target};
use crate::app::effect::{Decision, Effect, How};
use crate::app::model::{Focus, Grade, Model, Undoable};
use crate::app::overlay::{Answer, Asked, Choice, Overlay, Prompt};
use crate::app::update::outcomes::mark_findings;
use crate::app::update::save;
use crate::domain::delivery::{Delivery, DeliveryState, DeliveryStep};
use crate::domain::{ConversationId, Severity, SuggestionId, SuggestionStatus};

const STALE: &str = "A newer mail is in this conversation: read it; Ctrl-r drafts anew.";

/// Shows the text in the place of a comparison, which is for reading, and says what the key
/// does next. What is sent is what was read: the text itself has to be on the screen.
pub(super) fn leave_comparison(model: &mut Model, next: &str) -> bool {
    let compared = model
        .open
        .as_mut()
        .is_some_and(|open| open.stop_comparing());
    if compared {
        let text = format!("This is the text that would be sent; {next}.");
        model.say(Grade::Info, text);
    }
    compared
}

pub(super) fn approve(model: &mut Model, archive: bool) -> Vec<Effect> {
    with_open(model, |model, id| {
        if leave_comparison(model, "y sends it") {
            return Vec::new();
        }
        let mut effects = save(model);
        model.editor = None;
        if let Some(choice) = second_look(model, archive) {
            model.overlay = Some(Overlay::Choice(choice));
            return effects;
        }
        let how = How {
            archive,
            ..How::default()
        };
        match approval(model, id, how, false) {
            Ok(Effect::Restore(id)) => effects.push(Effect::Restore(id)),
            Ok(_) if super::sending::needs_confirmation(model) => {
                let asked = Asked::Confirm(id, archive);
                model.overlay = Some(Overlay::Prompt(Prompt::new(asked, "")));
            }
            Ok(effect) => effects.push(effect),
            Err(why) => model.say(Grade::Warning, why),
        }
        effects
    })
}

/// Sends what the person was asked about once more, if it is still what is shown.
pub(in crate::app) fn confirmed(
    model: &mut Model,
    suggestion: SuggestionId,
    revision: u32,
    archive: bool,
) -> Vec<Effect> {
    with_open(model, |model, id| {
        let how = How {
            archive,
            ..How::default()
        };
        match approval(model, id, how, true) {
            Ok(
                effect @ Effect::Approve {
                    suggestion: now,
                    revision: seen,
                    ..
                },
            ) if (now, seen) == (suggestion, revision) => {
                return vec![effect];
            }
            Ok(_) => model.say(
                Grade::Warning,
                "The text has changed meanwhile; look at it again.",
            ),
            Err(why) => model.say(Grade::Warning, why),
        }
        Vec::new()
    })
}

/// What is asked before a draft is sent that the lead's mail may have dictated.
fn second_look(model: &Model, archive: bool) -> Option<Choice> {
    let open = model.open.as_ref()?;
    let suggestion = open.suggestion()?;
    let check = suggestion.to_confirm()?;
    let ready = suggestion.status == SuggestionStatus::Pending
        && !suggestion.stale
        && !suggestion.is_blocked();
    ready.then(|| Choice {
        title: "Send a draft to a mail that speaks to a model?".to_owned(),
        lines: vec![format!("{}.", check.message)],
        answers: vec![
            (
                's',
                "send it, I have read all of it",
                Answer::Approve(suggestion.id, suggestion.revision, archive),
            ),
            ('n', "do not send it", Answer::Nothing),
        ],
    })
}

/// The effect that sends what is on the screen, or why it cannot be sent.
pub(super) fn approval(
    model: &Model,
    id: ConversationId,
    how: How,
    confirmed: bool,
) -> Result<Effect, String> {
    let nothing = || "There is nothing to send here; r writes your own reply.".to_owned();
    let open = model.open.as_ref().ok_or_else(nothing)?;
    let view = open.view.as_ref().ok_or_else(nothing)?;
    if let Some(delivery) = current_delivery(open)
        && !delivery.state.is_final()
    {
        return Err(match delivery.state {
            DeliveryState::Held | DeliveryState::Ask => {
                "A reply of this conversation stopped on its way; ! decides about it.".to_owned()
            }
            _ => "A reply of this conversation is already on its way.".to_owned(),
        });
    }
    if open.shown == Shown::Own {
        let body = view
            .composition
            .clone()
            .filter(|text| !text.trim().is_empty());
        let body = body.ok_or("Your reply is empty; e writes it.")?;
        return Ok(Effect::SendOwn {
            conversation: id,
            body,
            how,
        });
    }
    let suggestion = open.suggestion().ok_or_else(nothing)?;
    if suggestion.stale {
        return Err(STALE.to_owned());
    }
    match suggestion.status {
        SuggestionStatus::Pending => {}
        SuggestionStatus::Generating => {
            return Err(
                "The draft is still being written; it can be sent once it is complete.".to_owned(),
            );
        }
        SuggestionStatus::Superseded | SuggestionStatus::Rejected => {
            return Ok(Effect::Restore(suggestion.id));
        }
        SuggestionStatus::Approved => return Err("This text was sent already.".to_owned()),
        SuggestionStatus::Failed => {
            return Err(
                "There is no draft to send: Ctrl-r tries again, r writes your own.".to_owned(),
            );
        }
    }
    if let Some(check) = suggestion
        .checks
        .iter()
        .find(|check| check.severity == Severity::Block)
    {
        return Err(format!("Not sent: {}. e edits the text.", check.message));
    }
    Ok(Effect::Approve {
        suggestion: suggestion.id,
        revision: suggestion.revision,
        body: suggestion.final_body().to_owned(),
        how,
        confirmed,
    })
}

pub(super) fn edit(model: &mut Model) -> Vec<Effect> {
    with_open(model, |model, id| {
        if model.editor.is_some() {
            return Vec::new();
        }
        let Some(open) = &model.open else {
            return Vec::new();
        };
        let busy = current_delivery(open).is_some_and(|d| !d.state.is_final());
        if busy {
            model.say(
                Grade::Warning,
                "This text is on its way; u takes it back first.",
            );
            return Vec::new();
        }
        let editable = match (open.shown, open.suggestion()) {
            (Shown::Own, _) => {
                let text = open.view.as_ref().and_then(|view| view.composition.clone());
                Some((Target::Own(id), text.unwrap_or_default(), None))
            }
            (Shown::Suggestion(_), Some(suggestion)) => {
                let text = suggestion.final_body().to_owned();
                match suggestion.status {
                    SuggestionStatus::Pending => {
                        Some((Target::Suggestion(suggestion.id), text, None))
                    }
                    SuggestionStatus::Superseded | SuggestionStatus::Rejected
                        if suggestion.stale =>
                    {
                        model.say(Grade::Warning, STALE);
                        return Vec::new();
                    }
                    SuggestionStatus::Superseded | SuggestionStatus::Rejected => {
                        let restore = Effect::Restore(suggestion.id);
                        Some((Target::Suggestion(suggestion.id), text, Some(restore)))
                    }
                    _ => None,
                }
            }
            _ => None,
        };
        let Some((target, text, first)) = editable else {
            model.say(
                Grade::Warning,
                "There is no text to edit; r writes your own reply.",
            );
            return Vec::new();
        };
        if let Some(open) = &mut model.open {
            open.stop_comparing();
        }
        model.editor = Some(Editor::new(target, &text));
        model.focus = Focus::Card;
        mark_findings(model);
        let mut effects = vec![Effect::MarkRead(id)];
        effects.extend(first);
        effects
    })
}

pub(super) fn externally(model: &mut Model) -> Vec<Effect> {
    let Some(editor) = &model.editor else {
        return Vec::new();
    };
    let text = editor.text.text();
    let mut effects = save(model);
    effects.push(Effect::EditExternally(text));
    effects
}

pub(super) fn reject(model: &mut Model) -> Vec<Effect> {
    with_open(model, |model, _| {
        let pending = model
            .open
            .as_ref()
            .and_then(|open| open.suggestion())
            .filter(|s| s.status == SuggestionStatus::Pending)
            .map(|s| s.id);
        match pending {
            Some(id) => model.overlay = Some(Overlay::Prompt(Prompt::new(Asked::Reason(id), ""))),
            None => model.say(Grade::Warning, "There is no suggestion to reject here."),
        }
        Vec::new()
    })
}

/// Stops the draft that is being written for the conversation on the screen.
pub(super) fn stop(model: &mut Model) -> Vec<Effect> {
    with_open(model, |model, _| {
        let writing = model
            .open
            .as_ref()
            .and_then(|open| open.suggestion())
            .filter(|s| s.status == SuggestionStatus::Generating)
            .map(|s| s.id);
        match writing {
            Some(id) => return vec![Effect::StopDraft(id)],
            None => model.say(Grade::Info, "No draft is being written here."),
        }
        Vec::new()
    })
}

pub(super) fn version(model: &mut Model, forward: bool) -> Vec<Effect> {
    with_open(model, |model, _| {
        let moved = model
            .open
            .as_mut()
            .is_some_and(|open| open.show_version(forward));
        if !moved {
            model.say(
                Grade::Info,
                if forward {
                    "This is the latest version."
                } else {
                    "This is the first version."
                },
            );
        }
        Vec::new()
    })
}

pub(super) fn compare(model: &mut Model) -> Vec<Effect> {
    with_open(model, |model, _| {
        let compared = model.open.as_mut().is_some_and(|open| open.compare_next());
        if !compared {
            model.say(
                Grade::Info,
                "There is nothing to compare this with: no edit, no version before.",
            );
        }
        Vec::new()
    })
}

/// Whether a reply of the open conversation is on its way; says so then.
pub(in crate::app::update) fn refuse_under_way(model: &mut Model) -> bool {
    let delivery = model.open.as_ref().and_then(current_delivery);
    let under_way = delivery.is_some_and(|d| !d.state.is_final());
    if under_way {
        model.say(
            Grade::Warning,
            "A reply is on its way; u takes it back, or wait until it has left.",
        );
    }
    under_way
}

pub(in crate::app::update) fn own_reply(model: &mut Model) -> Vec<Effect> {
    with_open(model, |model, id| {
        let Some(open) = &mut model.open else {
            return Vec::new();
        };
        open.shown = Shown::Own;
        let text = open.view.as_ref().and_then(|view| view.composition.clone());
        if refuse_under_way(model) {
            return Vec::new();
        }
        model.editor = Some(Editor::new(
            Target::Own(id),
            text.as_deref().unwrap_or_default(),
        ));
        model.focus = Focus::Card;
        mark_findings(model);
        vec![Effect::MarkRead(id)]
    })
}

pub(super) fn discard(model: &mut Model) -> Vec<Effect> {
    with_open(model, |model, id| {
        let open = model.open.as_ref();
        let own = open.is_some_and(|open| open.shown == Shown::Own)
            && open
                .and_then(|o| o.view.as_ref())
                .is_some_and(|v| v.composition.is_some());
        if !own {
            model.say(
                Grade::Warning,
                "There is no unsent reply of yours here; x rejects a suggestion.",
            );
            return Vec::new();
        }
        model.overlay = Some(Overlay::Choice(Choice {
            title: "Throw your unsent reply away?".to_owned(),
            lines: Vec::new(),
            answers: vec![
                ('y', "throw it away", Answer::Discard(id)),
                ('n', "keep it", Answer::Nothing),
            ],
        }));
        Vec::new()
    })
}

pub(super) fn undo(model: &mut Model) -> Vec<Effect> {
    if let Some(page) = &model.page {
        let selected = page.delivery().cloned();
        return match selected {
            Some(delivery) if delivery.state.after(DeliveryStep::Undo).is_ok() => {
                vec![Effect::Undo(delivery.id)]
            }
            Some(_) => {
                model.say(Grade::Info, "This reply cannot be taken back any more.");
                Vec::new()
            }
            None => Vec::new(),
        };
    }
    if let Some(delivery) = model.undoable_delivery() {
        return vec![Effect::Undo(delivery.id)];
    }
    match model.undo.pop() {
        Some(Undoable::Archive { conversation, away }) => {
            vec![Effect::Archive {
                conversation,
                away: !away,
            }]
        }
        Some(Undoable::Reject(id)) => vec![Effect::Restore(id)],
        None => {
            model.say(
                Grade::Info,
                "There is nothing to take back; what has left cannot be.",
            );
            Vec::new()
        }
    }
}

pub(super) fn decide(model: &mut Model) -> Vec<Effect> {
    if let Some(page) = &model.page {
        let selected = page.delivery().filter(|d| d.state.needs_person()).cloned();
        match selected {
            Some(delivery) => ask_decision(model, &delivery),
            None => model.say(Grade::Info, "This reply waits for no decision."),
        }
        return Vec::new();
    }
    let here = target(model);
    let waiting = |d: &&Delivery| d.state.needs_person();
    let delivery = model
        .deliveries
        .iter()
        .filter(waiting)
        .find(|d| Some(d.conversation_id) == here)
        .or_else(|| model.deliveries.iter().find(waiting));
    let Some(delivery) = delivery.cloned() else {
        model.say(Grade::Info, "No reply waits for a decision.");
        return Vec::new();
    };
    ask_decision(model, &delivery);
    Vec::new()
}

fn ask_decision(model: &mut Model, delivery: &Delivery) {
    let answer = |decision| Answer::Decide(delivery.id, decision);
    let mut lines = vec![format!("To {}: {}", delivery.to, delivery.subject)];
    lines.extend(delivery.error.clone());
    let (title, answers) = if delivery.state == DeliveryState::Held {
        (
            "The lead wrote again before this reply left.",
            vec![
                ('s', "send it all the same", answer(Decision::Send)),
                ('t', "take it back and edit it", answer(Decision::TakeBack)),
                ('n', "decide later", Answer::Nothing),
            ],
        )
    } else {
        (
            "Did this reply leave? Look into Gmail's Sent folder.",
            vec![
                ('m', "it left: mark as sent", answer(Decision::MarkSent)),
                (
                    's',
                    "it did not leave: send it again",
                    answer(Decision::Send),
                ),
                ('k', "keep looking", answer(Decision::KeepLooking)),
                (
                    't',
                    "it did not leave: take it back",
                    answer(Decision::TakeBack),
                ),
                ('n', "decide later", Answer::Nothing),
            ],
        )
    };
    model.overlay = Some(Overlay::Choice(Choice {
        title: title.to_owned(),
        lines,
        answers,
    }));
}
