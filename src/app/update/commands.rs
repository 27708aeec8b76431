//! What each command does.

pub(super) mod replies;
pub(super) mod sending;

pub(super) use replies::confirmed;

use super::{load_inbox, load_open, memory, open_conversation, page, pages, sign_in, templates};
use crate::app::command::{Command, Place};
use crate::app::editor::TextBox;
use crate::app::effect::Effect;
use crate::app::inbox::Section;
use crate::app::model::{Focus, Grade, Model, Undoable};
use crate::app::overlay::{Answer, Asked, Choice, Help, Overlay, Prompt};
use crate::app::page::PageKind;
use crate::app::palette::Palette;
use crate::domain::text::KeptText;
use crate::domain::{ConversationId, Direction};

/// What is said where there is no first sync to stop.
pub(super) const NO_FIRST_SYNC: &str = "No first sync is under way.";

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
        Command::NextNeedingReply => next_needing_reply(model, true),
        Command::PreviousNeedingReply => next_needing_reply(model, false),
        Command::Approve => replies::approve(model, false),
        Command::ApproveAndArchive => replies::approve(model, true),
        Command::Schedule => sending::schedule(model),
        Command::Attach => sending::attach(model),
        Command::Detach => sending::detach(model),
        Command::Edit => replies::edit(model),
        Command::EditExternally => {
            let mut effects = replies::edit(model);
            effects.extend(replies::externally(model));
            effects
        }
        Command::Reject => replies::reject(model),
        Command::RegenerateWithHint => with_open(model, |model, id| {
            model.overlay = Some(Overlay::Prompt(Prompt::new(Asked::Hint(id), "")));
            Vec::new()
        }),
        Command::Regenerate => with_open(model, |model, id| {
            vec![Effect::Regenerate {
                conversation: id,
                hint: None,
                instead_of: model.shown_suggestion(),
            }]
        }),
        Command::StopDraft => replies::stop(model),
        Command::PreviousVersion => replies::version(model, false),
        Command::NextVersion => replies::version(model, true),
        Command::Compare => replies::compare(model),
        Command::OwnReply => replies::own_reply(model),
        Command::Discard => replies::discard(model),
        Command::Template => templates::pick(model),
        Command::SaveTemplate => templates::save_shown(model),
        Command::Undo => replies::undo(model),
        Command::Decide => replies::decide(model),
        Command::Archive => archive(model),
        Command::Snooze => with_target(model, |model, id| {
            model.overlay = Some(Overlay::Prompt(Prompt::new(Asked::SnoozeUntil(id), "")));
            Vec::new()
        }),
        Command::SaveAttachments => with_open(model, |model, id| {
            let view = model.open.as_ref().and_then(|open| open.view.as_ref());
            let came = view.is_some_and(|view| {
                let mut mails = view.messages.iter();
                mails.any(|mail| {
                    mail.direction == Direction::Inbound && !mail.attachments.is_empty()
                })
            });
            if came {
                model.overlay = Some(Overlay::Prompt(Prompt::new(Asked::SaveIn(id), "")));
            } else {
                model.say(Grade::Info, "No files came with this conversation.");
            }
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
        Command::MoveMail => with_open(model, |model, _| pages::move_mail(model)),
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
        Command::PauseSync => match model.freshness.progress {
            Some(progress) => vec![Effect::PauseSync {
                resume: progress.stopped,
            }],
            None => {
                model.say(Grade::Info, NO_FIRST_SYNC);
                Vec::new()
            }
        },
        Command::GoInbox => pages::close(model),
        Command::GoUnmatched => pages::open(model, PageKind::Unmatched),
        Command::GoOutbox => pages::open(model, PageKind::Outbox),
        Command::GoLeads => pages::open(model, PageKind::Leads),
        Command::GoNumbers => pages::open(model, PageKind::Numbers),
        Command::GoMemory => pages::open(model, PageKind::Memory),
        Command::AcceptRule => memory::accept(model),
        Command::EditRule => memory::edit(model),
        Command::EraseLearned => memory::erase(model),
        Command::EraseMemory => memory::erase_all(model),
        Command::SignIn => sign_in::open(model),
        Command::EditFacts => pages::edit(model, KeptText::Facts),
        Command::EditStyle => pages::edit(model, KeptText::Style),
        Command::Adopt => pages::adopt(model),
        Command::MakeLead => pages::make_lead(model),
        Command::AddLead => {
            model.overlay = Some(Overlay::Prompt(Prompt::new(Asked::NewLead, "")));
            Vec::new()
        }
        Command::IgnoreSender => pages::ignore_sender(model),
        Command::EditNotes => pages::edit_of_lead(model, KeptText::Notes),
        Command::EditAnalysis => pages::edit_of_lead(model, KeptText::Analysis),
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
        Command::EditorExternal => replies::externally(model),
        Command::EditorWrite => sending::write_to(model),
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
    let height = match &model.page {
        Some(_) => pages::height(model),
        None => page(model, model.focus),
    };
    isize::try_from(height / part).unwrap_or(1).max(1)
}

fn move_by(model: &mut Model, by: isize) -> Vec<Effect> {
    let height = pages::height(model);
    if let Some(page) = &mut model.page {
        page.move_by(by, height);
        return Vec::new();
    }
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
    if model.page.is_some() {
        return pages::open_row(model);
    }
    if model.focus != Focus::Inbox {
        model.focus = Focus::Card;
        return Vec::new();
    }
    if model.inbox.awaited {
        model.inbox.open_first = true;
        return Vec::new();
    }
    let Some(id) = model.inbox.selected else {
        return Vec::new();
    };
    open_selected(model, id)
}

/// Opens a conversation and goes there.
pub(super) fn open_selected(model: &mut Model, id: ConversationId) -> Vec<Effect> {
    let mut effects = open_conversation(model, id);
    model.focus = Focus::Thread;
    effects.push(Effect::MarkRead(id));
    effects
}

fn back(model: &mut Model) -> Vec<Effect> {
    if model.page.is_some() {
        return pages::close(model);
    }
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

fn next_needing_reply(model: &mut Model, forward: bool) -> Vec<Effect> {
    let Some(id) = model.inbox.next_needing_reply(forward) else {
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
pub(super) fn with_open(
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
    model.inbox.awaited = true;
    model.inbox.open_first = false;
    load_inbox(model).into_iter().collect()
}

fn quit(model: &mut Model) -> Vec<Effect> {
    if model.page.is_some() || model.focus != Focus::Inbox {
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
        .chain(pages::reload(model))
        .collect()
}
