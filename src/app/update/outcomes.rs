//! What was done for the person, as the effects report it: what is said of it, and what
//! has to be loaded anew.

use super::commands::{NO_FIRST_SYNC, reload};
use super::{load_inbox, load_open, pages};
use crate::app::conversation::{OpenConversation, Shown};
use crate::app::effect::Effect;
use crate::app::event::Outcome;
use crate::app::model::{Grade, Model, Undoable};
use crate::app::words::{leaves_at, seconds_left};
use crate::domain::ConversationId;
use crate::domain::delivery::Delivery;
use crate::domain::sync::SyncReport;

pub(super) fn finished(model: &mut Model, outcome: Outcome) -> Vec<Effect> {
    let changed = match outcome {
        Outcome::Queued(delivery) => {
            say_when(model, &delivery);
            let id = delivery.conversation_id;
            model.deliveries.push(delivery);
            id
        }
        Outcome::Rejected(id) => {
            model.undo.push(Undoable::Reject(id));
            model.say(
                Grade::Info,
                "Rejected; u takes that back, Ctrl-r asks for another version.",
            );
            return reload(model);
        }
        Outcome::Restored(id) => {
            let has_it = |open: &OpenConversation| {
                let view = open.view.as_ref();
                view.is_some_and(|view| view.suggestions.iter().any(|one| one.id == id))
            };
            let text = "This version is the current one again.";
            match model.open.as_mut().filter(|open| has_it(open)) {
                Some(open) => {
                    open.shown = Shown::Suggestion(id);
                    open.news = Some(text);
                }
                None => model.say(Grade::Info, text),
            }
            return reload(model);
        }
        Outcome::Asked {
            suggestion,
            conversation,
        } => {
            if let Some(open) = &mut model.open
                && open.id == conversation
            {
                open.shown = Shown::Suggestion(suggestion);
                open.card_top = 0;
            }
            conversation
        }
        Outcome::EditSaved {
            suggestion,
            revision,
            checks,
        } => {
            saved_again(model);
            let view = model.open.as_mut().and_then(|open| open.view.as_mut());
            let shown = view.and_then(|v| v.suggestions.iter_mut().find(|s| s.id == suggestion));
            if let Some(shown) = shown {
                shown.revision = revision;
                shown.checks = checks;
            }
            mark_findings(model);
            return Vec::new();
        }
        Outcome::OwnSaved {
            conversation,
            checks,
        } => {
            saved_again(model);
            let open = model.open.as_mut().filter(|open| open.id == conversation);
            if let Some(view) = open.and_then(|open| open.view.as_mut()) {
                view.composition_checks = checks;
            }
            mark_findings(model);
            return Vec::new();
        }
        Outcome::Undone(id) => {
            let text = "Taken back: it has not left.";
            match model.open.as_mut().filter(|open| open.id == id) {
                Some(open) => open.news = Some(text),
                None => model.say(Grade::Info, text),
            }
            id
        }
        Outcome::Archived { conversation, away } => {
            let text = if away {
                "Archived; u fetches it back."
            } else {
                "Fetched back."
            };
            model.say(Grade::Info, text);
            conversation
        }
        Outcome::Snoozed {
            conversation,
            until,
        } => {
            model.say(Grade::Info, format!("Snoozed until {until}."));
            conversation
        }
        Outcome::FilesSaved { names, folder } => {
            let text = match names.as_slice() {
                [one] => format!("Saved {one} in {folder}."),
                all => format!("Saved {} files in {folder}.", all.len()),
            };
            model.say(Grade::Info, text);
            return Vec::new();
        }
        Outcome::Rescheduled(delivery) => {
            say_when(model, &delivery);
            delivery.conversation_id
        }
        Outcome::Written(path) => {
            model.say(Grade::Info, format!("Written to {path}."));
            return Vec::new();
        }
        Outcome::Decided(id) | Outcome::Done(id) => id,
        Outcome::TextSaved(_) => {
            saved_again(model);
            return pages::reload(model).into_iter().collect();
        }
        Outcome::TemplateKept(name) => {
            let text = format!("Kept as the template \"{name}\"; t brings it into a reply.");
            model.say(Grade::Info, text);
            return Vec::new();
        }
        Outcome::Adopted(count) => {
            let text = match count {
                0 | 1 => "Adopted; the mail is fetched with the next check.".to_owned(),
                n => format!(
                    "Adopted with the sender's other mail ({n}); fetched with the next check."
                ),
            };
            model.say(Grade::Info, text);
            return reload(model);
        }
        Outcome::Moved(to) => {
            let text = match to {
                Some(_) => "Moved; what was drafted for it is withdrawn.",
                None => "The mail is unmatched again (g u).",
            };
            model.say(Grade::Info, text);
            return reload(model);
        }
        Outcome::LeadAdded(name) => {
            model.say(
                Grade::Info,
                format!("{name} is a lead now; their mails show up in the inbox."),
            );
            return reload(model);
        }
        Outcome::LeadMade(name) => {
            model.say(
                Grade::Info,
                format!("{name} is a lead now; the mails are fetched with the next check."),
            );
            return reload(model);
        }
        Outcome::SenderIgnored(address) => {
            model.say(
                Grade::Info,
                format!("Mail from {address} is not listed any more."),
            );
            return reload(model);
        }
        Outcome::SyncPaused { resumed, found } => {
            let text = match (found, resumed) {
                (true, true) => "The first sync goes on.",
                (true, false) => {
                    "The first sync is stopped; new mail is followed. gs goes on with it."
                }
                (false, true) => "No first sync is stopped.",
                (false, false) => NO_FIRST_SYNC,
            };
            model.say(Grade::Info, text);
            return load_inbox(model).into_iter().collect();
        }
        Outcome::MemoryChanged(words) => {
            model.say(Grade::Info, words);
            return reload(model);
        }
        Outcome::Synced(report) => {
            model.say(Grade::Info, synced(&report));
            return load_inbox(model).into_iter().collect();
        }
    };
    refresh(model, changed)
}

/// Underlines in the editor what the checks point at.
pub(super) fn mark_findings(model: &mut Model) {
    let pieces = model
        .findings()
        .iter()
        .map(|check| check.excerpt.clone())
        .collect();
    if let Some(editor) = &mut model.editor {
        editor.text.mark(pieces);
    }
}

fn say_when(model: &mut Model, delivery: &Delivery) {
    let left = seconds_left(delivery.not_before, model.now);
    if left > 120 {
        let time = leaves_at(delivery.not_before, &model.zone);
        let text = format!("Leaves {time}; u takes it back, S changes the time.");
        model.say(Grade::Info, text);
    } else if left > 0 {
        model.say(Grade::Info, format!("Leaves in {left} s; u takes it back."));
    }
}

fn refresh(model: &mut Model, changed: ConversationId) -> Vec<Effect> {
    let open = model.open.as_ref().map(|open| open.id) == Some(changed);
    let mut effects: Vec<Effect> = load_inbox(model).into_iter().collect();
    effects.extend(pages::reload(model));
    if open {
        effects.extend(load_open(model));
    }
    effects
}

fn synced(report: &SyncReport) -> String {
    let found = report.matched.total();
    match (found, report.unmatched) {
        (0, 0) => "Nothing new.".to_owned(),
        (found, 0) => format!("{found} new."),
        (found, unmatched) => format!("{found} new, {unmatched} of no conversation."),
    }
}

/// A saving worked: what was said about earlier ones that did not is over.
fn saved_again(model: &mut Model) {
    let failed = model
        .editor
        .as_mut()
        .and_then(|editor| editor.problem.take());
    if failed.is_some() {
        model.say(Grade::Info, "Saved.");
    }
}
