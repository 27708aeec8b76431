//! The pages beside the inbox, and long texts in the editor.

use super::commands::open_selected;
use super::{close_editor, open_conversation};
use crate::app::editor::{Editor, Target, TextBox};
use crate::app::effect::{Effect, RequestId};
use crate::app::model::{Focus, Grade, Model};
use crate::app::overlay::{Answer, Asked, Choice, Overlay, Picked, Picker, Prompt};
use crate::app::page::{PAGE, Page, PageData, PageKind};
use crate::app::words::when;
use crate::domain::listing::{MessageView, MoveTarget};
use crate::domain::text::KeptText;
use crate::domain::{Direction, LeadId};

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
        PageKind::Unmatched | PageKind::Numbers | PageKind::Memory => None,
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

/// Asks for the lead or the conversation that the selected mail belongs to.
pub(super) fn adopt(model: &mut Model) -> Vec<Effect> {
    let selected = model.page.as_ref().and_then(Page::unmatched);
    let Some((mail, from)) = selected.map(|mail| (mail.id, mail.from.label().to_owned())) else {
        return Vec::new();
    };
    pick(
        model,
        Picked::Adopt(mail),
        format!("Where does the mail of {from} belong?"),
    )
}

/// Asks where the guessed mail of the open conversation belongs, else its newest one.
pub(super) fn move_mail(model: &mut Model) -> Vec<Effect> {
    let view = model.open.as_ref().and_then(|open| open.view.as_ref());
    let theirs = |m: &&MessageView| m.direction == Direction::Inbound;
    let found = view.and_then(|view| {
        let mails = || view.messages.iter().rev();
        let guessed = mails().filter(theirs).find(|mail| !mail.certain);
        guessed.or_else(|| mails().find(theirs))
    });
    let Some((id, from, sent_at)) =
        found.map(|mail| (mail.id, mail.from.label().to_owned(), mail.sent_at))
    else {
        model.say(Grade::Info, "There is no mail of the lead to move here.");
        return Vec::new();
    };
    let at = when(sent_at, model.now, &model.zone);
    pick(
        model,
        Picked::Move(id),
        format!("Move the mail of {from}, {at}, where?"),
    )
}

fn pick(model: &mut Model, picked: Picked, title: String) -> Vec<Effect> {
    let request = model.ask();
    model.overlay = Some(Overlay::Picker(Picker {
        picked,
        title,
        text: TextBox::one_line(""),
        targets: Vec::new(),
        selected: 0,
        request,
    }));
    vec![Effect::LoadTargets {
        request,
        search: String::new(),
    }]
}

pub(super) fn targets_loaded(model: &mut Model, request: RequestId, targets: Vec<MoveTarget>) {
    if let Some(Overlay::Picker(picker)) = &mut model.overlay
        && picker.request == request
    {
        picker.targets = targets;
    }
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
    super::answers::say_not_saved(model, &why);
    effects
}
