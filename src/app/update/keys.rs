//! Keys and pasted text: to the popup, to the editor, or through the keymap.

use super::{close_editor, commands, overlays};
use crate::app::command::{Command, Place};
use crate::app::effect::Effect;
use crate::app::key::{Key, KeyCode, show_sequence};
use crate::app::keymap::Lookup;
use crate::app::model::{Grade, Model};

pub(super) fn pressed(model: &mut Model, key: Key) -> Vec<Effect> {
    if model.overlay.is_some() {
        return overlays::pressed(model, key);
    }
    match model.place() {
        Place::Editor => in_editor(model, key),
        place => {
            model.message = None;
            in_place(model, place, key)
        }
    }
}

pub(super) fn pasted(model: &mut Model, text: &str) -> Vec<Effect> {
    let now = model.now;
    if overlays::pasted(model, text) {
        return Vec::new();
    }
    match &mut model.editor {
        Some(editor) => {
            editor.text.paste(text);
            editor.touched(now);
        }
        None => model.say(
            Grade::Warning,
            "There is nothing to paste into here; e edits the draft.",
        ),
    }
    Vec::new()
}

fn in_place(model: &mut Model, place: Place, key: Key) -> Vec<Effect> {
    model.pending.push(key);
    match model.keymap.lookup(place, &model.pending) {
        Lookup::Found(command) => {
            model.pending.clear();
            commands::run(model, command)
        }
        Lookup::Prefix => Vec::new(),
        Lookup::Nothing => {
            let keys = std::mem::take(&mut model.pending);
            if key.alt {
                // Escape and a key that arrived in one read.
                let mut effects = in_place(model, place, Key::plain(KeyCode::Esc));
                effects.extend(pressed(model, Key { alt: false, ..key }));
                return effects;
            }
            if keys.len() > 1 && key.code != KeyCode::Esc {
                model.say(
                    Grade::Warning,
                    format!(
                        "{} means nothing here; ? shows what does",
                        show_sequence(&keys)
                    ),
                );
            }
            Vec::new()
        }
    }
}

fn in_editor(model: &mut Model, key: Key) -> Vec<Effect> {
    let now = model.now;
    match model.keymap.lookup(Place::Editor, &[key]) {
        Lookup::Found(Command::LeaveEditor) => close_editor(model),
        Lookup::Found(command) => {
            let ran = model.editor.as_mut().is_some_and(|editor| {
                let ran = editor.text.run(command);
                editor.touched(now);
                ran
            });
            if ran {
                Vec::new()
            } else {
                commands::run(model, command)
            }
        }
        Lookup::Prefix | Lookup::Nothing => {
            if key.alt {
                let mut effects = close_editor(model);
                effects.extend(pressed(model, Key { alt: false, ..key }));
                return effects;
            }
            if let Some(editor) = &mut model.editor {
                editor.text.press(key);
                editor.touched(now);
            }
            Vec::new()
        }
    }
}
