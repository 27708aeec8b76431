//! Answers and notices: what was loaded, how saving went, what changed behind the screen.

use super::commands::reload;
use super::{load_inbox, load_open, open_conversation, outcomes, page, pages, sign_in, templates};
use crate::app::conversation::{OpenConversation, Shown};
use crate::app::editor::Target;
use crate::app::effect::{Effect, RequestId};
use crate::app::event::{Event, InboxSnapshot, Loaded, Outcome};
use crate::app::model::{Focus, Grade, Model};
use crate::domain::listing::ConversationView;
use crate::domain::{Notice, SuggestionId};

pub(super) fn taken(model: &mut Model, event: Event) -> Vec<Effect> {
    if !is_about_saving(&event) {
        return answered(model, event);
    }
    model.saving = model.saving.saturating_sub(1);
    let mut effects = answered(model, event);
    let waits = |open: &OpenConversation| open.outdated && open.request.is_none();
    if model.saving == 0 && model.open.as_ref().is_some_and(waits) {
        effects.extend(load_open(model));
    }
    effects
}

fn answered(model: &mut Model, event: Event) -> Vec<Effect> {
    match event {
        Event::Noticed(notice) => noticed(model, &notice),
        Event::Streamed { suggestion, body } => streamed(model, suggestion, body),
        Event::Loaded(request, Ok(Loaded::Inbox(snapshot))) => inbox(model, request, *snapshot),
        Event::Loaded(request, Ok(Loaded::Conversation(view))) => {
            conversation(model, request, view.map(|view| *view))
        }
        Event::Loaded(request, Ok(Loaded::Page(data))) => pages::loaded(model, request, data),
        Event::Loaded(request, Ok(Loaded::Targets(targets))) => {
            pages::targets_loaded(model, request, targets);
            Vec::new()
        }
        Event::Loaded(request, Ok(Loaded::Templates(all))) => {
            templates::loaded(model, request, all);
            Vec::new()
        }
        Event::Loaded(request, Ok(Loaded::Text(text, body))) => {
            pages::text_loaded(model, request, text, &body)
        }
        Event::SignIn(news) => sign_in::news(model, news),
        Event::TextNotSaved { text, body, why } => pages::not_saved(model, text, &body, why),
        Event::Loaded(request, Err(why)) => failed(model, request, why),
        Event::Finished(Ok(outcome)) => outcomes::finished(model, outcome),
        Event::Finished(Err(why)) => {
            model.say(Grade::Error, why);
            reload(model)
        }
        Event::SavingFailed(why) => {
            let now = model.now;
            // A long text in the editor is another one: its failure names it.
            let effects = if model.edits_text() {
                super::close_editor(model)
            } else {
                Vec::new()
            };
            match &mut model.editor {
                Some(editor) => editor.saving_failed(why.clone(), now),
                None => reopen_unsaved(model),
            }
            say_not_saved(model, &why);
            effects
        }
        Event::EditedExternally(Ok(text)) => {
            let now = model.now;
            if let Some(editor) = &mut model.editor {
                editor.replace(&text);
                editor.touched(now);
            }
            super::save(model)
        }
        Event::EditedExternally(Err(why)) => {
            model.say(Grade::Error, why);
            Vec::new()
        }
        Event::Pressed(_) | Event::Pasted(_) | Event::Resized { .. } | Event::Ticked => Vec::new(),
    }
}

/// Whether it says how the saving of a text went.
const fn is_about_saving(event: &Event) -> bool {
    use Outcome::{EditSaved, OwnSaved, TextSaved};
    matches!(
        event,
        Event::SavingFailed(_)
            | Event::TextNotSaved { .. }
            | Event::Finished(Ok(EditSaved { .. } | OwnSaved { .. } | TextSaved(_)))
    )
}

/// The ways out come first: a narrow screen cuts the reason, which the editor's title has.
pub(super) fn say_not_saved(model: &mut Model, why: &str) {
    let text = format!(
        "Not saved: Ctrl-o writes a file, Ctrl-x opens $EDITOR; the text stays here: {why}"
    );
    model.say(Grade::Error, text);
}

/// A text whose saving failed after its editor was closed goes back into an editor, so
/// that it is on the screen and not only in a store that does not have it.
fn reopen_unsaved(model: &mut Model) {
    use crate::app::editor::Editor;
    let now = model.now;
    let Some(open) = &model.open else { return };
    let text = match (open.shown, open.suggestion()) {
        (Shown::Suggestion(id), Some(suggestion)) => {
            Some((Target::Suggestion(id), suggestion.final_body().to_owned()))
        }
        (Shown::Own, _) => open
            .view
            .as_ref()
            .and_then(|view| view.composition.clone())
            .map(|text| (Target::Own(open.id), text)),
        _ => None,
    };
    if let Some((target, text)) = text {
        let mut editor = Editor::new(target, &text);
        editor.saving_failed("the last saving failed".to_owned(), now);
        model.editor = Some(editor);
        model.page = None;
        model.focus = Focus::Card;
    }
}

fn noticed(model: &mut Model, notice: &Notice) -> Vec<Effect> {
    let about = match notice {
        Notice::NewReply { conversation } => {
            let name = model.name_of(*conversation).to_owned();
            if model.editor.is_none() && model.message.is_none() {
                let who = if name.is_empty() { "A lead" } else { &name };
                model.say(Grade::Info, format!("{who} has written."));
            }
            Some(*conversation)
        }
        Notice::NeedsYou { conversation, .. } => {
            let name = model.name_of(*conversation).to_owned();
            model.say(Grade::Error, format!("A reply to {name} needs you."));
            Some(*conversation)
        }
        Notice::Sent { conversation, .. } => {
            let name = model.name_of(*conversation).to_owned();
            if model.editor.is_none() {
                model.say(Grade::Info, format!("Sent to {name}."));
            }
            Some(*conversation)
        }
        Notice::ConversationChanged { conversation }
        | Notice::SuggestionStarted { conversation, .. }
        | Notice::SuggestionReady { conversation, .. }
        | Notice::DeliveryChanged { conversation, .. } => Some(*conversation),
        // The terminal layer turns it into `Streamed`.
        Notice::SuggestionStreamed { .. } => return Vec::new(),
        Notice::SyncChanged | Notice::UnmatchedChanged => None,
        Notice::StoreChanged => return reload(model),
    };
    let open = model.open.as_ref().map(|open| open.id);
    let mut effects: Vec<Effect> = load_inbox(model).into_iter().collect();
    effects.extend(pages::reload(model));
    if about.is_some() && about == open {
        effects.extend(load_open(model));
    }
    effects
}

fn streamed(model: &mut Model, suggestion: SuggestionId, body: String) -> Vec<Effect> {
    if let Some(open) = &mut model.open
        && open.shown == Shown::Suggestion(suggestion)
    {
        open.preview = Some((suggestion, body));
        // Follows the text that is being written.
        open.card_top = usize::MAX;
    }
    Vec::new()
}

fn inbox(model: &mut Model, request: RequestId, snapshot: InboxSnapshot) -> Vec<Effect> {
    if model.inbox.request != Some(request) {
        return Vec::new();
    }
    model.inbox.request = None;
    let first = !model.inbox.loaded;
    let height = page(model, Focus::Inbox);
    model.inbox.set_page(snapshot.page, height);
    model.counts = snapshot.counts;
    model.deliveries = snapshot.deliveries;
    model.freshness = snapshot.freshness;
    model.spending = snapshot.spending;
    model.sending = snapshot.sending;
    let mut effects = Vec::new();
    if first {
        welcome(model);
    }
    let wanted = std::mem::take(&mut model.inbox.open_first);
    if wanted && let Some(id) = model.inbox.selected {
        effects.extend(super::commands::open_selected(model, id));
    }
    // A wide screen is never half empty.
    if model.open.is_none()
        && model.layout().thread.is_some()
        && let Some(id) = model.inbox.selected
    {
        effects.extend(open_conversation(model, id));
    }
    effects.extend(sign_in::offer(model));
    if model.inbox.outdated {
        effects.extend(load_inbox(model));
    }
    effects
}

/// What an earlier run left behind is said at the first sight.
fn welcome(model: &mut Model) {
    let decisions = model
        .deliveries
        .iter()
        .filter(|d| d.state.needs_person())
        .count();
    let unsent = model.unsent();
    if decisions > 0 {
        model.say(
            Grade::Error,
            "A reply of an earlier run needs your decision: press !",
        );
    } else if unsent > 0 {
        let replies = if unsent == 1 {
            "1 reply"
        } else {
            &format!("{unsent} replies")
        };
        let are = if unsent == 1 { "is" } else { "are" };
        model.say(
            Grade::Warning,
            format!(
                "{replies} from an earlier run {are} still queued; u takes back what has not left."
            ),
        );
    }
}

fn conversation(
    model: &mut Model,
    request: RequestId,
    view: Option<ConversationView>,
) -> Vec<Effect> {
    let editing = match model.editor.as_ref().map(|editor| editor.target) {
        Some(Target::Suggestion(id)) => Some(Shown::Suggestion(id)),
        Some(Target::Own(_)) => Some(Shown::Own),
        Some(Target::Text(_)) | None => None,
    };
    let unsaved = model.editor.as_ref().map(|editor| editor.text.text());
    let height = page(model, Focus::Thread);
    let Some(open) = &mut model.open else {
        return Vec::new();
    };
    if open.request != Some(request) {
        return Vec::new();
    }
    open.request = None;
    let overtaken = std::mem::take(&mut open.overtaken);
    let Some(mut view) = view else {
        let about_text = model.edits_text();
        model.open = None;
        model.focus = Focus::Inbox;
        return if about_text {
            Vec::new()
        } else {
            super::close_editor(model)
        };
    };
    let newest = |view: &ConversationView| view.messages.last().map(|m| m.id);
    let grew = open.view.as_ref().map(newest) != Some(newest(&view));
    if overtaken {
        open.keep_texts(&mut view);
        open.outdated = true;
    }
    open.set_view(view);
    if let (Some(shown), Some(text)) = (editing, unsaved) {
        // The text under the cursor stays what it is, whatever was loaded.
        open.shown = shown;
        if let Some(view) = &mut open.view {
            match shown {
                Shown::Suggestion(id) => {
                    if let Some(s) = view.suggestions.iter_mut().find(|s| s.id == id) {
                        s.edited_body = (text != s.body).then_some(text);
                    }
                }
                Shown::Own | Shown::Nothing => view.composition = Some(text),
            }
        }
    }
    // Asked again while a text is being saved, the answer would be overtaken as well.
    let ask_again = open.outdated && model.saving == 0;
    let news = if open.outdated {
        None
    } else {
        open.news.take()
    };
    if let Some(text) = news {
        model.say(Grade::Info, text);
    }
    super::arrange(model);
    if grew && let Some(open) = &mut model.open {
        open.thread.show_newest(height);
    }
    if ask_again {
        load_open(model).into_iter().collect()
    } else {
        Vec::new()
    }
}

fn failed(model: &mut Model, request: RequestId, why: String) -> Vec<Effect> {
    if model.inbox.request == Some(request) {
        model.inbox.request = None;
    }
    if let Some(open) = &mut model.open
        && open.request == Some(request)
    {
        open.request = None;
    }
    pages::failed(model, request);
    templates::failed(model, request);
    model.say(Grade::Error, why);
    Vec::new()
}
