//! Keys while something lies over the screen.

use super::{commands, sign_in, templates};
use crate::app::Command;
use crate::app::effect::{Effect, How, Learned};
use crate::app::key::{Key, KeyCode};
use crate::app::model::{Grade, Model};
use crate::app::overlay::{Answer, Asked, Choice, Help, Overlay, Picked, Picker, Prompt};
use crate::app::palette::Palette;

pub(super) fn pressed(model: &mut Model, key: Key) -> Vec<Effect> {
    let Some(overlay) = model.overlay.take() else {
        return Vec::new();
    };
    let leaves = key.code == KeyCode::Esc || key == Key::ctrl('c') || key == Key::ctrl('g');
    if leaves {
        return match overlay {
            Overlay::SignIn(_) => sign_in::cancelled(model),
            _ => Vec::new(),
        };
    }
    match overlay {
        Overlay::Help(help) => in_help(model, help, key),
        Overlay::Palette(palette) => in_palette(model, palette, key),
        Overlay::Prompt(prompt) => in_prompt(model, prompt, key),
        Overlay::SignIn(page) => sign_in::pressed(model, page, key),
        Overlay::Picker(picker) => in_picker(model, picker, key),
        Overlay::Templates(picker) => templates::pressed(model, picker, key),
        Overlay::Choice(choice) => in_choice(model, choice, key),
    }
}

/// Takes pasted text in. False when nothing lies over the screen.
pub(super) fn pasted(model: &mut Model, text: &str) -> bool {
    match &mut model.overlay {
        Some(Overlay::Prompt(prompt)) => prompt.text.paste(text),
        Some(Overlay::Palette(palette)) => palette.text.paste(text),
        Some(Overlay::Help(help)) => help.filter.paste(text),
        Some(Overlay::SignIn(page)) => page.text.paste(text.trim()),
        Some(Overlay::Picker(picker)) => picker.text.paste(text),
        Some(Overlay::Templates(picker)) => {
            picker.text.paste(text);
            picker.selected = 0;
        }
        Some(Overlay::Choice(_)) => {}
        None => return false,
    }
    true
}

fn in_help(model: &mut Model, mut help: Help, key: Key) -> Vec<Effect> {
    let page = usize::from(model.height / 2).max(1);
    match key.code {
        KeyCode::Enter => return Vec::new(),
        KeyCode::Down => help.top = help.top.saturating_add(1),
        KeyCode::Up => help.top = help.top.saturating_sub(1),
        KeyCode::PageDown => help.top = help.top.saturating_add(page),
        KeyCode::PageUp => help.top = help.top.saturating_sub(page),
        _ => {
            edit_line(&mut help.filter, key);
            help.top = 0;
        }
    }
    model.overlay = Some(Overlay::Help(help));
    Vec::new()
}

fn in_palette(model: &mut Model, mut palette: Palette, key: Key) -> Vec<Effect> {
    match key.code {
        KeyCode::Enter => {
            return match palette.chosen() {
                Some(command) => commands::from_palette(model, command, palette.place),
                None => Vec::new(),
            };
        }
        KeyCode::Down => palette.selected = palette.selected.saturating_add(1),
        KeyCode::Up => palette.selected = palette.selected.saturating_sub(1),
        KeyCode::Char('n') if key.ctrl => palette.selected = palette.selected.saturating_add(1),
        KeyCode::Char('p') if key.ctrl => palette.selected = palette.selected.saturating_sub(1),
        _ => {
            edit_line(&mut palette.text, key);
            palette.selected = 0;
        }
    }
    palette.selected = palette
        .selected
        .min(palette.entries().len().saturating_sub(1));
    model.overlay = Some(Overlay::Palette(palette));
    Vec::new()
}

fn in_picker(model: &mut Model, mut picker: Picker, key: Key) -> Vec<Effect> {
    let last = picker.entries().len().saturating_sub(1);
    let mut effects = Vec::new();
    match key.code {
        KeyCode::Enter => {
            let chosen = picker.entries().into_iter().nth(picker.selected);
            return match (chosen, picker.picked) {
                (Some((_, to)), Picked::Adopt(mail)) => vec![Effect::Adopt { mail, to }],
                (Some((_, to)), Picked::Move(message)) => vec![Effect::Move { message, to }],
                (None, _) => Vec::new(),
            };
        }
        KeyCode::Down => picker.selected = picker.selected.saturating_add(1).min(last),
        KeyCode::Up => picker.selected = picker.selected.saturating_sub(1),
        _ => {
            let before = picker.text.text();
            edit_line(&mut picker.text, key);
            let search = picker.text.text();
            if search != before {
                picker.selected = 0;
                let request = model.ask();
                picker.request = request;
                effects.push(Effect::LoadTargets { request, search });
            }
        }
    }
    model.overlay = Some(Overlay::Picker(picker));
    effects
}

fn in_prompt(model: &mut Model, mut prompt: Prompt, key: Key) -> Vec<Effect> {
    if key.code != KeyCode::Enter {
        edit_line(&mut prompt.text, key);
        model.overlay = Some(Overlay::Prompt(prompt));
        return Vec::new();
    }
    let text = prompt.text.text().trim().to_owned();
    let given = (!text.is_empty()).then(|| text.clone());
    match prompt.asked {
        Asked::Reason(suggestion) => vec![Effect::Reject {
            suggestion,
            reason: given,
        }],
        Asked::Hint(conversation) => vec![Effect::Regenerate {
            conversation,
            hint: given,
            instead_of: model.shown_suggestion(),
        }],
        Asked::LeaveAt(id) => match given {
            Some(at) => {
                let how = How {
                    at: Some(at),
                    ..How::default()
                };
                commands::sending::leave(model, id, how)
            }
            None => Vec::new(),
        },
        Asked::Reschedule(id) => match given {
            Some(at) => commands::sending::move_to(id, at),
            None => Vec::new(),
        },
        Asked::Confirm(id, archive) => match given {
            Some(typed) => {
                let how = How {
                    archive,
                    at: None,
                    to: Some(typed),
                };
                commands::sending::leave(model, id, how)
            }
            None => Vec::new(),
        },
        Asked::Attach(conversation) => match given {
            Some(path) => vec![Effect::Attach { conversation, path }],
            None => Vec::new(),
        },
        Asked::Detach(conversation) => commands::sending::detach_named(model, conversation, given),
        Asked::TemplateName(id) => given
            .and_then(|name| templates::keep(model, id, name))
            .into_iter()
            .collect(),
        Asked::WriteTo => match (given, &model.editor) {
            (Some(path), Some(editor)) => {
                let text = editor.text.text();
                vec![Effect::WriteFile { path, text }]
            }
            _ => Vec::new(),
        },
        Asked::Search => commands::search(model, text),
        Asked::Rule(id) => match given {
            Some(text) => vec![Effect::ChangeMemory(Learned::Edit(id, text))],
            None => Vec::new(),
        },
        Asked::NewLead => given.map(Effect::AddLead).into_iter().collect(),
        Asked::LeadName(mail) => match given {
            Some(name) => vec![Effect::MakeLead { mail, name }],
            None => Vec::new(),
        },
        Asked::SaveIn(conversation) => {
            model.say(Grade::Info, "Fetching the files ...");
            vec![Effect::SaveAttachments {
                conversation,
                folder: given,
            }]
        }
        Asked::SnoozeUntil(conversation) => match given {
            Some(until) => vec![Effect::Snooze {
                conversation,
                until,
            }],
            None => Vec::new(),
        },
    }
}

fn in_choice(model: &mut Model, choice: Choice, key: Key) -> Vec<Effect> {
    let chosen = choice
        .answers
        .iter()
        .find(|(c, ..)| key == Key::char(*c))
        .map(|(.., a)| *a);
    match chosen {
        Some(Answer::Quit) => {
            model.quitting = true;
            vec![Effect::Quit]
        }
        Some(Answer::Approve(suggestion, revision, archive)) => {
            commands::confirmed(model, suggestion, revision, archive)
        }
        Some(Answer::Decide(delivery, decision)) => vec![Effect::Decide { delivery, decision }],
        Some(Answer::Discard(conversation)) => {
            let view = model.open.as_mut().and_then(|open| open.view.as_mut());
            vec![Effect::SaveOwn {
                conversation,
                before: view.and_then(|view| view.composition.take()),
                body: String::new(),
            }]
        }
        Some(Answer::IgnoreSender(mail)) => vec![Effect::IgnoreSender(mail)],
        Some(Answer::DeleteRule(id)) => vec![Effect::ChangeMemory(Learned::DeleteRule(id))],
        Some(Answer::ForgetExample(id)) => vec![Effect::ChangeMemory(Learned::ForgetExample(id))],
        Some(Answer::ForgetAll) => vec![Effect::ChangeMemory(Learned::ForgetAll)],
        Some(Answer::Nothing) => Vec::new(),
        None => {
            model.overlay = Some(Overlay::Choice(choice));
            Vec::new()
        }
    }
}

/// A key in a line of text, with the editor's keys for lines.
pub(super) fn edit_line(line: &mut crate::app::editor::TextBox, key: Key) {
    let command = match (key.ctrl, key.code) {
        (true, KeyCode::Char('a')) => Some(Command::EditorLineStart),
        (true, KeyCode::Char('e')) => Some(Command::EditorLineEnd),
        (true, KeyCode::Char('u')) => Some(Command::EditorDeleteToStart),
        (true, KeyCode::Char('k')) => Some(Command::EditorDeleteToEnd),
        (true, KeyCode::Char('w')) => Some(Command::EditorDeleteWord),
        _ => None,
    };
    match command {
        Some(command) => line.run(command),
        None => line.press(key),
    };
}
