//! Templates on the screen: one is picked into the person's own reply, and the text on the
//! card is kept as one.

use super::commands::replies;
use super::commands::with_open;
use super::overlays::edit_line;
use super::{close_editor, save};
use crate::app::conversation::Shown;
use crate::app::editor::TextBox;
use crate::app::effect::{Effect, RequestId};
use crate::app::key::{Key, KeyCode};
use crate::app::model::{Grade, Model};
use crate::app::overlay::{Asked, Overlay, Prompt, TemplatePicker};
use crate::domain::template::FilledTemplate;
use crate::domain::{ConversationId, SuggestionStatus};

const NONE_YET: &str =
    "No templates yet: rejoinder templates set NAME --body-file FILE, or :save-template here.";

/// Opens the list of templates over the conversation.
pub(super) fn pick(model: &mut Model) -> Vec<Effect> {
    with_open(model, |model, conversation| {
        if replies::refuse_under_way(model) {
            return Vec::new();
        }
        let request = model.ask();
        model.overlay = Some(Overlay::Templates(TemplatePicker {
            conversation,
            text: TextBox::one_line(""),
            templates: None,
            selected: 0,
            request,
        }));
        vec![Effect::LoadTemplates {
            request,
            conversation,
        }]
    })
}

pub(super) fn loaded(model: &mut Model, request: RequestId, templates: Vec<FilledTemplate>) {
    let Some(Overlay::Templates(picker)) = &mut model.overlay else {
        return;
    };
    if picker.request != request {
        return;
    }
    if templates.is_empty() {
        model.overlay = None;
        model.say(Grade::Info, NONE_YET);
    } else {
        picker.templates = Some(templates);
    }
}

/// They could not be loaded: nobody waits for them any more.
pub(super) fn failed(model: &mut Model, request: RequestId) {
    if let Some(Overlay::Templates(picker)) = &model.overlay
        && picker.request == request
    {
        model.overlay = None;
    }
}

pub(super) fn pressed(model: &mut Model, mut picker: TemplatePicker, key: Key) -> Vec<Effect> {
    match key.code {
        KeyCode::Enter => {
            if let Some(text) = picker.chosen().map(|chosen| chosen.text.clone()) {
                return write(model, picker.conversation, &text);
            }
        }
        KeyCode::Down => picker.move_by(1),
        KeyCode::Up => picker.move_by(-1),
        KeyCode::Char('n') if key.ctrl => picker.move_by(1),
        KeyCode::Char('p') if key.ctrl => picker.move_by(-1),
        _ => {
            let before = picker.text.text();
            edit_line(&mut picker.text, key);
            if picker.text.text() != before {
                picker.selected = 0;
            }
        }
    }
    model.overlay = Some(Overlay::Templates(picker));
    Vec::new()
}

/// Puts the text behind what there is of the person's own reply, and opens that.
fn write(model: &mut Model, conversation: ConversationId, text: &str) -> Vec<Effect> {
    if model.open.as_ref().map(|open| open.id) != Some(conversation) {
        return Vec::new();
    }
    let mut effects = close_editor(model);
    effects.extend(replies::own_reply(model));
    let now = model.now;
    if let Some(editor) = &mut model.editor {
        editor.text.append(text);
        editor.touched(now);
    }
    effects.extend(save(model));
    effects
}

/// Asks what the text on the card is to be called.
pub(super) fn save_shown(model: &mut Model) -> Vec<Effect> {
    with_open(model, |model, id| {
        match shown_text(model) {
            Some(_) => {
                let prompt = Prompt::new(Asked::TemplateName(id), "");
                model.overlay = Some(Overlay::Prompt(prompt));
            }
            None => model.say(Grade::Warning, "There is no text here to keep yet."),
        }
        Vec::new()
    })
}

/// Keeps the text on the card under a name.
pub(super) fn keep(model: &Model, conversation: ConversationId, name: String) -> Option<Effect> {
    let here = model.open.as_ref().map(|open| open.id) == Some(conversation);
    let text = shown_text(model).filter(|_| here)?;
    Some(Effect::SaveTemplate {
        conversation,
        name,
        text,
    })
}

/// The text that the card shows, unless it is still being written.
fn shown_text(model: &Model) -> Option<String> {
    let open = model.open.as_ref()?;
    let text = match (&model.editor, open.shown, open.suggestion()) {
        (Some(editor), ..) => editor.text.text(),
        (None, Shown::Own, _) => open.view.as_ref()?.composition.clone()?,
        (None, Shown::Suggestion(_), Some(suggestion)) => {
            if suggestion.status == SuggestionStatus::Generating {
                return None;
            }
            suggestion.final_body().to_owned()
        }
        _ => return None,
    };
    (!text.trim().is_empty()).then_some(text)
}
