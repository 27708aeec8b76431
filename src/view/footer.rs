//! The last line: a message if there is one, a countdown while a reply can be taken
//! back, else the keys that mean something here.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::put;
use super::theme::Theme;
use crate::app::command::{COMMANDS, Command, Place};
use crate::app::key::show_sequence;
use crate::app::model::{Grade, Model};
use crate::app::words::seconds_left;
use crate::app::wrap::{cut, width};
use crate::domain::delivery::DeliveryState;

pub fn draw(model: &Model, theme: &Theme, area: Rect, buffer: &mut Buffer) {
    if !model.pending.is_empty() {
        let text = format!(" {} ...", show_sequence(&model.pending));
        put(buffer, area, &text, theme.key());
        return;
    }
    let room = usize::from(area.width).saturating_sub(1);
    if let Some((grade, text)) = said(model) {
        let text = cut(&format!(" {}", theme.text(&text)), room, theme.ellipsis());
        put(buffer, area, &text, theme.message(grade));
        return;
    }
    hints(model, theme, area, buffer);
}

/// The countdown goes before a message that only repeats it.
fn said(model: &Model) -> Option<(Grade, String)> {
    let counting = model
        .undoable_delivery()
        .filter(|d| d.state == DeliveryState::Queued);
    let left = counting.map(|d| (seconds_left(d.not_before, model.now), d));
    match (&model.message, left) {
        (Some(message), None) => Some((message.grade, message.text.clone())),
        (Some(message), _) if message.grade != Grade::Info => {
            Some((message.grade, message.text.clone()))
        }
        (_, Some((left @ 1..=120, delivery))) => {
            let name = model.name_of(delivery.conversation_id);
            let to = if name.is_empty() { &delivery.to } else { name };
            Some((
                Grade::Info,
                format!("To {to}: leaves in {left} s. u takes it back."),
            ))
        }
        (Some(message), _) => Some((message.grade, message.text.clone())),
        (None, _) => None,
    }
}

/// Words for commands that go without them elsewhere.
const ON_PAGES: &[(Place, Command, &str)] = &[
    (Place::Outbox, Command::Open, "open"),
    (Place::Outbox, Command::Undo, "take back"),
    (Place::Outbox, Command::Decide, "decide"),
    (Place::Outbox, Command::Schedule, "time"),
    (Place::Leads, Command::Open, "open"),
    (Place::Leads, Command::AddLead, "add a lead"),
];

fn hints(model: &Model, theme: &Theme, area: Rect, buffer: &mut Buffer) {
    let place = model.place();
    let hidden_text = place == Place::Inbox && model.layout().card.is_none();
    let shown = |command: Command| {
        let about_text = matches!(
            command,
            Command::Approve
                | Command::Edit
                | Command::Reject
                | Command::RegenerateWithHint
                | Command::OwnReply
        );
        !(hidden_text && about_text)
    };
    let mut hints: Vec<(String, &str)> = Vec::new();
    if hidden_text && let Some(key) = model.keymap.key_of(Command::Open, place) {
        hints.push((key, "open"));
    }
    for (_, command, hint) in ON_PAGES.iter().filter(|(on, ..)| *on == place) {
        if let Some(key) = model.keymap.key_of(*command, place) {
            hints.push((key, hint));
        }
    }
    let mut last = None;
    for spec in COMMANDS
        .iter()
        .filter(|spec| spec.places.contains(&place) && shown(spec.command))
    {
        let (Some(hint), Some(key)) = (spec.hint, model.keymap.key_of(spec.command, place)) else {
            continue;
        };
        if spec.command == Command::Help {
            last = Some((key, hint));
        } else {
            hints.push((key, hint));
        }
    }
    let cells = |(key, hint): &(String, &str)| width(key) + width(hint) + 3;
    let mut room = usize::from(area.width).saturating_sub(1 + last.as_ref().map_or(0, cells));
    let mut fitting = Vec::new();
    for hint in hints {
        if cells(&hint) > room {
            break;
        }
        room -= cells(&hint);
        fitting.push(hint);
    }
    let mut x = area.x + 1;
    for (key, hint) in fitting.iter().chain(&last) {
        let rest = |x: u16| Rect {
            x,
            width: area.right().saturating_sub(x),
            ..area
        };
        put(buffer, rest(x), key, theme.key());
        x += u16::try_from(width(key) + 1).unwrap_or(0);
        put(buffer, rest(x), hint, theme.dim());
        x += u16::try_from(width(hint) + 2).unwrap_or(0);
    }
}
