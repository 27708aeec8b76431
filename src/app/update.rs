//! The one function in which the state of the screen changes.

mod answers;
mod commands;
mod keys;
mod memory;
pub(in crate::app) mod outcomes;
mod overlays;
mod pages;
mod sign_in;
mod templates;

use jiff::Timestamp;

use super::conversation::OpenConversation;
use super::editor::Target;
use super::effect::Effect;
use super::event::Event;
use super::model::{AUTOSAVE, Focus, Grade, Model};
use crate::domain::ConversationId;

/// Takes an event in and says what has to be done. Does no work itself.
pub fn update(model: &mut Model, event: Event, now: Timestamp) -> Vec<Effect> {
    model.now = now;
    let mut effects = match event {
        Event::Pressed(key) => keys::pressed(model, key),
        Event::Pasted(text) => keys::pasted(model, &text),
        Event::Resized { width, height } => {
            model.width = width;
            model.height = height;
            Vec::new()
        }
        Event::Ticked => {
            model.frame = model.frame.wrapping_add(1);
            autosave(model)
        }
        other => answers::taken(model, other),
    };
    if model.inbox.wants_more() {
        model.inbox.query.limit += super::inbox::PAGE;
        effects.extend(load_inbox(model));
    }
    if model
        .page
        .as_ref()
        .is_some_and(super::page::Page::wants_more)
    {
        effects.extend(pages::more(model));
    }
    arrange(model);
    effects
}

/// Brings wrapped lines and scroll positions up to the sizes that are drawn.
fn arrange(model: &mut Model) {
    let layout = model.layout();
    let list_height = usize::from(layout.inbox_inside().height);
    if layout.inbox.is_some() {
        model.inbox.show_selected(list_height);
    }
    let rows = usize::from(model.page_rows().height);
    if let Some(page) = &mut model.page {
        page.settle(rows);
    }
    // What is not drawn has no width to be wrapped to.
    if layout.card.is_some() {
        let height = usize::from(layout.card_inside().height);
        let lines = model.card().map_or(0, |card| card.lines.len());
        if let Some(open) = &mut model.open {
            open.card_top = open.card_top.min(lines.saturating_sub(height));
        }
    }
    let (now, zone) = (model.now, model.zone.clone());
    if layout.thread.is_some()
        && let Some(open) = &mut model.open
        && let Some(view) = &open.view
    {
        let inside = layout.thread_inside();
        let (width, height) = (usize::from(inside.width), usize::from(inside.height));
        let mails = (view.messages.as_slice(), open.generation);
        open.thread
            .fill(mails, &view.row.lead.name, width, now, &zone);
        open.thread.settle(height);
    }
}

/// Rows of the region that scrolls, for paging.
fn page(model: &Model, focus: Focus) -> usize {
    let layout = model.layout();
    let area = match focus {
        Focus::Inbox => layout.inbox_inside(),
        Focus::Thread => layout.thread_inside(),
        Focus::Card => layout.card_inside(),
    };
    usize::from(area.height).max(1)
}

/// Asks for the inbox, unless an answer is awaited already; then once more after it.
fn load_inbox(model: &mut Model) -> Option<Effect> {
    if model.inbox.request.is_some() {
        model.inbox.outdated = true;
        return None;
    }
    let request = model.ask();
    model.inbox.request = Some(request);
    model.inbox.outdated = false;
    Some(Effect::LoadInbox {
        request,
        query: model.inbox.query.clone(),
    })
}

/// Asks for the open conversation anew, unless an answer is awaited already.
fn load_open(model: &mut Model) -> Option<Effect> {
    let request = model.ask();
    let saving = model.saving > 0;
    let open = model.open.as_mut()?;
    if open.request.is_some() {
        open.outdated = true;
        return None;
    }
    open.request = Some(request);
    open.outdated = false;
    open.overtaken = saving;
    Some(Effect::LoadConversation {
        request,
        id: open.id,
    })
}

/// Opens a conversation; what was being edited is saved first.
fn open_conversation(model: &mut Model, id: ConversationId) -> Vec<Effect> {
    let mut effects = close_editor(model);
    if model.open.as_ref().is_none_or(|open| open.id != id) {
        let before = model.open.replace(OpenConversation::new(id));
        if let Some(text) = before.and_then(|open| open.news) {
            model.say(Grade::Info, text);
        }
    }
    let height = page(model, Focus::Inbox);
    model.inbox.select(id, height);
    effects.extend(load_open(model));
    effects
}

/// Saves the edited text if it changed, and leaves the editor.
fn close_editor(model: &mut Model) -> Vec<Effect> {
    let effects = save(model);
    model.editor = None;
    effects
}

/// Saves the edited text if it changed.
fn save(model: &mut Model) -> Vec<Effect> {
    let Some(editor) = &mut model.editor else {
        return Vec::new();
    };
    let target = editor.target;
    let Some(unsaved) = editor.take_unsaved() else {
        return Vec::new();
    };
    let body = &unsaved.body;
    model.saving += 1;
    let Some(open) = &mut model.open else {
        return vec![Effect::saving(target, unsaved)];
    };
    open.overtaken = open.request.is_some();
    // What the card shows until the store has answered.
    if let Some(view) = &mut open.view {
        match target {
            Target::Suggestion(id) => {
                if let Some(shown) = view.suggestions.iter_mut().find(|s| s.id == id) {
                    shown.edited_body = (*body != shown.body).then(|| body.clone());
                }
            }
            Target::Own(_) => {
                view.composition = Some(body.clone()).filter(|text| !text.trim().is_empty());
            }
            Target::Text(_) => {}
        }
    }
    vec![Effect::saving(target, unsaved)]
}

fn autosave(model: &mut Model) -> Vec<Effect> {
    let due = model
        .editor
        .as_ref()
        .and_then(|editor| editor.changed_at)
        .is_some_and(|changed| model.now.duration_since(changed) >= AUTOSAVE);
    if due { save(model) } else { Vec::new() }
}
