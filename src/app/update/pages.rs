//! The pages beside the inbox, and long texts in the editor.

use super::commands::open_selected;
use super::{close_editor, open_conversation};
use crate::app::editor::{Editor, Target};
use crate::app::effect::{Effect, RequestId};
use crate::app::model::{Focus, Grade, Model};
use crate::app::overlay::{Answer, Asked, Choice, Overlay, Prompt};
use crate::app::page::{PAGE, Page, PageData, PageKind};
use crate::domain::LeadId;
use crate::domain::text::KeptText;

/// Rows of the page that are visible, for paging.
pub(super) fn height(model: &Model) -> usize {
    usize::from(model.page_rows().height).max(1)
}

/// Opens a page; a text that is being edited is saved first.
pub(super) fn open(model: &mut Model, kind: PageKind) -> Vec<Effect> {
    let mut effects = close_editor(model);
    if model.page.as_ref().is_none_or(|page| page.kind != kind) {
        model.page = Some(Page::new(kind));
    }
    effects.extend(reload(model));
    effects
}

/// Back to the inbox.
pub(super) fn close(model: &mut Model) -> Vec<Effect> {
    let mut effects = close_editor(model);
    model.page = None;
    model.focus = Focus::Inbox;
    // A wide screen is never half empty.
    if model.open.is_none()
        && model.layout().thread.is_some()
        && let Some(id) = model.inbox.selected
    {
        effects.extend(open_conversation(model, id));
    }
    effects
}

/// Asks for the open page anew, unless an answer is awaited already.
pub(super) fn reload(model: &mut Model) -> Option<Effect> {
    let page = model.page.as_mut()?;
    if page.request.is_some() {
        page.outdated = true;
        return None;
    }
    page.outdated = false;
    let (kind, limit) = (page.kind, page.limit);
    let request = model.ask();
    if let Some(page) = &mut model.page {
        page.request = Some(request);
    }
    Some(Effect::LoadPage {
        request,
        kind,
        limit,
    })
}

/// Asks for more rows than there were.
pub(super) fn more(model: &mut Model) -> Option<Effect> {
    if let Some(page) = &mut model.page {
        page.limit += PAGE;
    }
    reload(model)
}

pub(super) fn loaded(model: &mut Model, request: RequestId, data: PageData) -> Vec<Effect> {
    let Some(page) = &mut model.page else {
        return Vec::new();
    };
    if page.request != Some(request) {
        return Vec::new();
    }
    page.request = None;
    page.take(data);
    if page.outdated {
        reload(model).into_iter().collect()
    } else {
        Vec::new()
    }
}

/// A question failed: nobody waits for its answer any more.
pub(super) fn failed(model: &mut Model, request: RequestId) {
    if let Some(page) = &mut model.page
        && page.request == Some(request)
    {
        page.request = None;
    }
    if model.text_request == Some(request) {
        model.text_request = None;
    }
}

/// Goes to the conversation of the selected row.
pub(super) fn open_row(model: &mut Model) -> Vec<Effect> {
    let Some(page) = &model.page else {
        return Vec::new();
    };
    let conversation = match page.kind {
        PageKind::Outbox => page.delivery().map(|delivery| delivery.conversation_id),
        PageKind::Leads => page.lead().and_then(|row| row.conversation_id),
        PageKind::Unmatched | PageKind::Numbers => None,
    };
    let Some(id) = conversation else {
        if page.kind == PageKind::Leads && !page.is_empty() {
            model.say(
                Grade::Info,
                "No mail with this lead yet; rejoinder new --lead N sends a first one.",
            );
        }
        return Vec::new();
    };
    model.page = None;
    open_selected(model, id)
}

pub(super) fn make_lead(model: &mut Model) -> Vec<Effect> {
    let selected = model.page.as_ref().and_then(Page::unmatched);
    if let Some(mail) = selected {
        let prompt = Prompt::new(Asked::LeadName(mail.id), mail.from.label());
        model.overlay = Some(Overlay::Prompt(prompt));
    }
    Vec::new()
}

pub(super) fn ignore_sender(model: &mut Model) -> Vec<Effect> {
    let selected = model.page.as_ref().and_then(Page::unmatched);
    if let Some(mail) = selected {
        model.overlay = Some(Overlay::Choice(Choice {
            title: "List no mail of this sender any more?".to_owned(),
            lines: vec![
                mail.from.address.clone(),
                "Nothing changes in Gmail.".to_owned(),
            ],
            answers: vec![
                ('i', "ignore the sender", Answer::IgnoreSender(mail.id)),
                ('n', "go on listing it", Answer::Nothing),
            ],
        }));
    }
    Vec::new()
}

/// Asks for a text, to edit it when it comes.
pub(super) fn edit(model: &mut Model, text: KeptText) -> Vec<Effect> {
    let mut effects = close_editor(model);
    let request = model.ask();
    model.text_request = Some(request);
    effects.push(Effect::LoadText { request, text });
    effects
}

pub(super) fn edit_of_lead(model: &mut Model, text: fn(LeadId) -> KeptText) -> Vec<Effect> {
    let selected = model.page.as_ref().and_then(Page::lead);
    match selected.map(|row| row.lead.id) {
        Some(id) => edit(model, text(id)),
        None => Vec::new(),
    }
}

pub(super) fn text_loaded(
    model: &mut Model,
    request: RequestId,
    text: KeptText,
    body: &str,
) -> Vec<Effect> {
    if model.text_request != Some(request) {
        return Vec::new();
    }
    model.text_request = None;
    let effects = close_editor(model);
    model.editor = Some(Editor::new(Target::Text(text), body));
    effects
}

/// A text that could not be saved is on the screen again, with its editor.
pub(super) fn not_saved(model: &mut Model, text: KeptText, body: &str, why: String) -> Vec<Effect> {
    let now = model.now;
    let mut effects = Vec::new();
    if model.editor.as_ref().map(|editor| editor.target) != Some(Target::Text(text)) {
        effects = close_editor(model);
        model.editor = Some(Editor::new(Target::Text(text), body));
    }
    if let Some(editor) = &mut model.editor {
        editor.saving_failed(why.clone(), now);
    }
    model.say(
        Grade::Error,
        format!("Not saved: {why}. The text is kept here; Ctrl-x hands it to $EDITOR."),
    );
    effects
}
