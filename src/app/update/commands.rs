//! What each command does.

use super::{load_inbox, load_open, open_conversation, page, save};
use crate::app::command::{Command, Place};
use crate::app::conversation::Shown;
use crate::app::editor::{Editor, Target, TextBox};
use crate::app::effect::{Decision, Effect};
use crate::app::inbox::Section;
use crate::app::model::{Focus, Grade, Model, Undoable};
use crate::app::overlay::{Answer, Asked, Choice, Help, Overlay, Prompt};
use crate::app::palette::Palette;
use crate::domain::delivery::DeliveryState;
use crate::domain::{ConversationId, Severity, SuggestionStatus};

#[allow(clippy::too_many_lines)] // one line a command: the table's other half
pub(super) fn run(model: &mut Model, command: Command) -> Vec<Effect> {
    match command {
        Command::Down => move_by(model, 1),
        Command::Up => move_by(model, -1),
        Command::First => move_by(model, isize::MIN),
        Command::Last => move_by(model, isize::MAX),
        Command::HalfPageDown => move_by(model, rows(model, 2)),
        Command::HalfPageUp => move_by(model, -rows(model, 2)),
        Command::PageDown => move_by(model, rows(model, 1)),
        Command::PageUp => move_by(model, -rows(model, 1)),
        Command::ThreadDown => scroll_thread(model, 3),
        Command::ThreadUp => scroll_thread(model, -3),
        Command::Open => open(model),
        Command::Back => back(model),
        Command::NextRegion => next_region(model),
        Command::NextNeedingReply => next_needing_reply(model),
        Command::Approve => approve(model, false),
        Command::ApproveAndArchive => approve(model, true),
        Command::Edit => edit(model),
        Command::EditExternally => {
            let mut effects = edit(model);
            effects.extend(externally(model));
            effects
        }
        Command::Reject => reject(model),
        Command::RegenerateWithHint => with_open(model, |model, id| {
            model.overlay = Some(Overlay::Prompt(Prompt::new(Asked::Hint(id), "")));
            Vec::new()
        }),
        Command::Regenerate => with_open(model, |_, id| {
            vec![Effect::Regenerate {
                conversation: id,
                hint: None,
            }]
        }),
        Command::PreviousVersion => version(model, false),
        Command::NextVersion => version(model, true),
        Command::OwnReply => own_reply(model),
        Command::Discard => discard(model),
        Command::Undo => undo(model),
        Command::Decide => decide(model),
        Command::Archive => archive(model),
        Command::Snooze => with_target(model, |model, id| {
            model.overlay = Some(Overlay::Prompt(Prompt::new(Asked::SnoozeUntil(id), "")));
            Vec::new()
        }),
        Command::Star => with_target(model, |model, id| {
            let starred = model.inbox.row(id).is_some_and(|row| row.starred);
            vec![Effect::Star {
                conversation: id,
                starred: !starred,
            }]
        }),
        Command::ConfirmMatch => with_open(model, |_, id| vec![Effect::ConfirmMatch(id)]),
        Command::ToggleQuotes => {
            if let Some(open) = &mut model.open {
                open.thread.quotes = !open.thread.quotes;
            }
            Vec::new()
        }
        Command::Search => {
            let text = model.inbox.query.search.clone();
            model.overlay = Some(Overlay::Prompt(Prompt::new(Asked::Search, &text)));
            Vec::new()
        }
        Command::ClearSearch => search(model, String::new()),
        Command::Filter => {
            model.inbox.query.group = model.inbox.query.group.next();
            requery(model)
        }
        Command::Sync => {
            model.say(Grade::Info, "Checking the mailbox ...");
            vec![Effect::Sync]
        }
        Command::Palette => {
            model.overlay = Some(Overlay::Palette(Palette::new(model.place())));
            Vec::new()
        }
        Command::Help => {
            let place = model.place();
            let help = Help {
                place,
                top: 0,
                filter: TextBox::one_line(""),
            };
            model.overlay = Some(Overlay::Help(help));
            Vec::new()
        }
        Command::Redraw => vec![Effect::Redraw],
        Command::Quit => quit(model),
        Command::EditorExternal => externally(model),
        Command::LeaveEditor => super::close_editor(model),
        Command::EditorUndo
        | Command::EditorRedo
        | Command::EditorLineStart
        | Command::EditorLineEnd
        | Command::EditorDeleteToEnd
        | Command::EditorDeleteToStart
        | Command::EditorDeleteWord
        | Command::EditorWordLeft
        | Command::EditorWordRight => Vec::new(),
    }
}

fn rows(model: &Model, part: usize) -> isize {
    isize::try_from(page(model, model.focus) / part)
        .unwrap_or(1)
        .max(1)
}

fn move_by(model: &mut Model, by: isize) -> Vec<Effect> {
    let height = page(model, model.focus);
    match model.focus {
        Focus::Inbox => model.inbox.move_by(by, height),
        Focus::Thread => {
            if let Some(open) = &mut model.open {
                open.thread.scroll(by, height);
            }
        }
        Focus::Card => {
            if let Some(open) = &mut model.open {
                open.card_top = open.card_top.saturating_add_signed(by);
            }
        }
    }
    Vec::new()
}

fn scroll_thread(model: &mut Model, by: isize) -> Vec<Effect> {
    let height = page(model, Focus::Thread);
    if let Some(open) = &mut model.open {
        open.thread.scroll(by, height);
    }
    Vec::new()
}

fn open(model: &mut Model) -> Vec<Effect> {
    if model.focus != Focus::Inbox {
        model.focus = Focus::Card;
        return Vec::new();
    }
    let Some(id) = model.inbox.selected else {
        return Vec::new();
    };
    let mut effects = open_conversation(model, id);
    model.focus = Focus::Thread;
    effects.push(Effect::MarkRead(id));
    effects
}

fn back(model: &mut Model) -> Vec<Effect> {
    if model.focus == Focus::Inbox && !model.inbox.query.search.is_empty() {
        return search(model, String::new());
    }
    model.focus = Focus::Inbox;
    Vec::new()
}

fn next_region(model: &mut Model) -> Vec<Effect> {
    model.focus = match (model.focus, model.open.is_some()) {
        (Focus::Inbox, true) => Focus::Thread,
        (Focus::Thread, _) => Focus::Card,
        (Focus::Card, _) | (Focus::Inbox, false) => Focus::Inbox,
    };
    Vec::new()
}

fn next_needing_reply(model: &mut Model) -> Vec<Effect> {
    let Some(id) = model.inbox.next_needing_reply(true) else {
        model.say(Grade::Info, "Nothing else needs a reply.");
        return Vec::new();
    };
    let mut effects = open_conversation(model, id);
    if model.focus == Focus::Inbox && model.layout().thread.is_none() {
        model.focus = Focus::Thread;
    }
    effects.push(Effect::MarkRead(id));
    effects
}

/// The conversation that a command about a row is for: the selected one in the list,
/// else the open one.
fn target(model: &Model) -> Option<ConversationId> {
    match model.focus {
        Focus::Inbox => model.inbox.selected,
        Focus::Thread | Focus::Card => model.open.as_ref().map(|open| open.id),
    }
}

fn with_target(
    model: &mut Model,
    act: impl FnOnce(&mut Model, ConversationId) -> Vec<Effect>,
) -> Vec<Effect> {
    match target(model) {
        Some(id) => act(model, id),
        None => {
            model.say(Grade::Warning, "There is no conversation here.");
            Vec::new()
        }
    }
}

/// Acts on the conversation whose text is on the screen. Where another one is selected,
/// or nothing of it can be seen, it is opened instead, and nothing else happens.
fn with_open(
    model: &mut Model,
    act: impl FnOnce(&mut Model, ConversationId) -> Vec<Effect>,
) -> Vec<Effect> {
    let Some(id) = target(model) else {
        model.say(Grade::Warning, "There is no conversation here.");
        return Vec::new();
    };
    let shown = model
        .open
        .as_ref()
        .is_some_and(|open| open.id == id && open.view.is_some());
    if shown && model.layout().card.is_some() {
        return act(model, id);
    }
    let mut effects = open_conversation(model, id);
    if model.layout().card.is_none() {
        model.focus = Focus::Thread;
    }
    effects.push(Effect::MarkRead(id));
    model.say(Grade::Info, "Opened. Read it, then press the key again.");
    effects
}

fn approve(model: &mut Model, archive: bool) -> Vec<Effect> {
    with_open(model, |model, id| {
        let mut effects = save(model);
        model.editor = None;
        match approval(model, id, archive) {
            Ok(effect) => effects.push(effect),
            Err(why) => model.say(Grade::Warning, why),
        }
        effects
    })
}

/// The effect that sends what is on the screen, or why it cannot be sent.
fn approval(model: &Model, id: ConversationId, archive: bool) -> Result<Effect, String> {
    let nothing = || "There is nothing to send here; r writes your own reply.".to_owned();
    let open = model.open.as_ref().ok_or_else(nothing)?;
    let view = open.view.as_ref().ok_or_else(nothing)?;
    if let Some(delivery) = crate::app::card::current_delivery(open)
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
            archive,
        });
    }
    let suggestion = open.suggestion().ok_or_else(nothing)?;
    if suggestion.stale {
        return Err(
            "A newer mail is in this conversation: read it; Ctrl-r drafts anew.".to_owned(),
        );
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
        archive,
    })
}

fn edit(model: &mut Model) -> Vec<Effect> {
    with_open(model, |model, id| {
        if model.editor.is_some() {
            return Vec::new();
        }
        let Some(open) = &model.open else {
            return Vec::new();
        };
        let busy = crate::app::card::current_delivery(open).is_some_and(|d| !d.state.is_final());
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
        model.editor = Some(Editor::new(target, &text));
        model.focus = Focus::Card;
        let mut effects = vec![Effect::MarkRead(id)];
        effects.extend(first);
        effects
    })
}

fn externally(model: &mut Model) -> Vec<Effect> {
    let Some(editor) = &model.editor else {
        return Vec::new();
    };
    let text = editor.text.text();
    let mut effects = save(model);
    effects.push(Effect::EditExternally(text));
    effects
}

fn reject(model: &mut Model) -> Vec<Effect> {
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

fn version(model: &mut Model, forward: bool) -> Vec<Effect> {
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

fn own_reply(model: &mut Model) -> Vec<Effect> {
    with_open(model, |model, id| {
        let Some(open) = &mut model.open else {
            return Vec::new();
        };
        open.shown = Shown::Own;
        let text = open.view.as_ref().and_then(|view| view.composition.clone());
        let busy = crate::app::card::current_delivery(open).is_some_and(|d| !d.state.is_final());
        if busy {
            model.say(
                Grade::Warning,
                "A reply is on its way; u takes it back, or wait until it has left.",
            );
            return Vec::new();
        }
        model.editor = Some(Editor::new(
            Target::Own(id),
            text.as_deref().unwrap_or_default(),
        ));
        model.focus = Focus::Card;
        vec![Effect::MarkRead(id)]
    })
}

fn discard(model: &mut Model) -> Vec<Effect> {
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

fn undo(model: &mut Model) -> Vec<Effect> {
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

fn decide(model: &mut Model) -> Vec<Effect> {
    let here = target(model);
    let waiting = |d: &&crate::domain::delivery::Delivery| d.state.needs_person();
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
                ('n', "decide later", Answer::Nothing),
            ],
        )
    };
    model.overlay = Some(Overlay::Choice(Choice {
        title: title.to_owned(),
        lines,
        answers,
    }));
    Vec::new()
}

fn archive(model: &mut Model) -> Vec<Effect> {
    with_target(model, |model, id| {
        let on_its_way = model
            .inbox
            .row(id)
            .is_some_and(|row| Section::of(row) == Section::Sending);
        if on_its_way {
            model.say(Grade::Info, "A reply is on its way; it still leaves.");
        }
        let away = !model.is_archived(id);
        model.undo.push(Undoable::Archive {
            conversation: id,
            away,
        });
        if away && model.layout().inbox.is_none() {
            model.focus = Focus::Inbox;
        }
        vec![Effect::Archive {
            conversation: id,
            away,
        }]
    })
}

/// Shows what a search finds.
pub(super) fn search(model: &mut Model, text: String) -> Vec<Effect> {
    model.inbox.query.search = text;
    requery(model)
}

fn requery(model: &mut Model) -> Vec<Effect> {
    model.inbox.query.limit = crate::app::inbox::PAGE;
    model.focus = Focus::Inbox;
    // An answer to the earlier question would show the wrong rows.
    model.inbox.request = None;
    load_inbox(model).into_iter().collect()
}

fn quit(model: &mut Model) -> Vec<Effect> {
    if model.focus != Focus::Inbox {
        return back(model);
    }
    let unsent = model.unsent();
    if unsent == 0 {
        model.quitting = true;
        return vec![Effect::Quit];
    }
    let title = if unsent == 1 {
        "A reply has not left yet.".to_owned()
    } else {
        format!("{unsent} replies have not left yet.")
    };
    model.overlay = Some(Overlay::Choice(Choice {
        title,
        lines: vec!["They stay queued and leave when rejoinder runs again.".to_owned()],
        answers: vec![
            ('q', "quit all the same", Answer::Quit),
            ('n', "stay", Answer::Nothing),
        ],
    }));
    Vec::new()
}

/// Runs a command that was chosen from the palette.
pub(super) fn from_palette(model: &mut Model, command: Command, place: Place) -> Vec<Effect> {
    if command
        .spec()
        .is_some_and(|spec| spec.places.contains(&place))
    {
        return run(model, command);
    }
    Vec::new()
}

/// Loads everything that is on the screen anew.
pub(super) fn reload(model: &mut Model) -> Vec<Effect> {
    load_inbox(model)
        .into_iter()
        .chain(load_open(model))
        .collect()
}
