//! The list of conversations. Only the visible rows are looked at.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::theme::Theme;
use super::{Edges, edges, has_focus, put, row};
use crate::app::effect::Group;
use crate::app::inbox::ListLine;
use crate::app::layout::Layout;
use crate::app::model::{Focus, Model};
use crate::app::words::{age, seconds_left, time_left};
use crate::app::wrap::{cut, width};
use crate::domain::SuggestionStatus;
use crate::domain::delivery::DeliveryState;
use crate::domain::listing::ConversationRow;

/// Cells for the badge and for the age.
const BADGE: usize = 10;
const AGE: usize = 4;

pub fn draw(model: &Model, theme: &Theme, area: Rect, layout: &Layout, buffer: &mut Buffer) {
    let inbox = &model.inbox;
    let title = if inbox.query.search.is_empty() {
        inbox.query.group.name().to_owned()
    } else {
        format!(
            "{}: \"{}\" (Esc shows all)",
            inbox.query.group.name(),
            inbox.query.search
        )
    };
    let right = if inbox.query.group == Group::All && inbox.query.search.is_empty() {
        String::new()
    } else {
        format!("{}", inbox.total)
    };
    let focused = has_focus(model, Focus::Inbox);
    edges(
        buffer,
        theme,
        &Edges {
            area,
            title: &title,
            right: &right,
            boxed: layout.boxed,
            bottom: true,
            joins: false,
            focused,
        },
    );
    let inside = layout.inbox_inside();
    if inbox.rows.is_empty() {
        for (n, line) in empty(model).iter().enumerate() {
            put(
                buffer,
                row(inside, n + 1),
                &format!("  {line}"),
                theme.dim(),
            );
        }
        return;
    }
    let height = usize::from(inside.height);
    for (n, line) in inbox.lines().skip(inbox.top).take(height).enumerate() {
        let line_area = row(inside, n);
        match line {
            ListLine::Head(section) => put(
                buffer,
                line_area,
                &format!(" {}", section.title()),
                theme.section(),
            ),
            ListLine::Row(conversation) => draw_row(model, theme, conversation, line_area, buffer),
        }
    }
}

fn empty(model: &Model) -> &'static [&'static str] {
    if !model.inbox.loaded {
        return &["loading ..."];
    }
    if !model.inbox.query.search.is_empty() {
        return &["Nothing found.", "", "\\ looks in the next group."];
    }
    match model.inbox.query.group {
        Group::All if model.counts.archived > 0 => &[
            "Nothing to do: every conversation",
            "is archived.",
            "",
            "\\ shows the next group.",
        ],
        Group::All => &[
            "No conversations yet.",
            "",
            "Add the people you write to:",
            "+ here, or rejoinder leads add.",
            "Their mails show up here.",
        ],
        _ => &["None here. \\ shows the next group."],
    }
}

fn draw_row(model: &Model, theme: &Theme, of: &ConversationRow, area: Rect, buffer: &mut Buffer) {
    let selected = model.inbox.selected == Some(of.id);
    let opened = model.open.as_ref().is_some_and(|open| open.id == of.id);
    if selected {
        let style = if has_focus(model, Focus::Inbox) {
            theme.selected()
        } else {
            theme.dim()
        };
        put(buffer, area, theme.marker(), style);
    }
    let unread = if of.unread {
        theme.unread()
    } else if of.starred {
        theme.star()
    } else {
        " "
    };
    let mark = Rect {
        x: area.x + 1,
        width: 1,
        ..area
    };
    put(
        buffer,
        mark,
        unread,
        if of.unread {
            theme.new_mail()
        } else {
            theme.warning()
        },
    );
    let total = usize::from(area.width);
    let room = total.saturating_sub(BADGE + AGE + 5);
    let name_style = match (opened, of.unread) {
        (true, _) => theme.selected(),
        (false, true) => theme.bold(),
        (false, false) => theme.plain(),
    };
    let name_room = if room > 34 {
        (room * 2 / 5).clamp(14, 24)
    } else {
        room
    };
    let name = cut(&of.lead.name, name_room, theme.ellipsis());
    let text = Rect {
        x: area.x + 3,
        width: area.width.saturating_sub(3),
        ..area
    };
    put(buffer, text, &name, name_style);
    if name_room < room {
        let x = text.x + u16::try_from(name_room + 1).unwrap_or(0);
        let subject = cut(&of.subject, room - name_room - 1, theme.ellipsis());
        put(
            buffer,
            Rect {
                x,
                width: area.width.saturating_sub(x - area.x),
                ..area
            },
            &subject,
            theme.dim(),
        );
    }
    let (badge, style) = badge(model, theme, of);
    let age = age(of.last_message_at, model.now);
    let tail = format!("{age:>AGE$} ");
    let badge_text = cut(&badge, BADGE, theme.ellipsis());
    let badge_x = total.saturating_sub(width(&tail) + width(&badge_text) + 1);
    let at = |cells: usize| {
        let x = area.x + u16::try_from(cells).unwrap_or(0);
        Rect {
            x,
            width: area.width.saturating_sub(x - area.x),
            ..area
        }
    };
    put(buffer, at(badge_x), &badge_text, style);
    put(
        buffer,
        at(total.saturating_sub(width(&tail))),
        &tail,
        theme.dim(),
    );
}

/// What is going on in a conversation, in ten cells.
fn badge(model: &Model, theme: &Theme, of: &ConversationRow) -> (String, Style) {
    if let Some(delivery) = &of.delivery {
        let text = match delivery.state {
            DeliveryState::Queued => match seconds_left(delivery.not_before, model.now) {
                0 => "leaving".to_owned(),
                _ => format!("in {}", time_left(delivery.not_before, model.now)),
            },
            DeliveryState::Held => "stopped !".to_owned(),
            DeliveryState::Staging | DeliveryState::Staged | DeliveryState::Sending => {
                "sending".to_owned()
            }
            DeliveryState::Unknown => "checking".to_owned(),
            DeliveryState::Ask => "decide !".to_owned(),
            DeliveryState::Refused => "refused".to_owned(),
            DeliveryState::Sent | DeliveryState::Cancelled => String::new(),
        };
        let style = match delivery.state {
            DeliveryState::Held | DeliveryState::Ask | DeliveryState::Refused => theme.problem(),
            _ => theme.state(),
        };
        return (text, style);
    }
    let guess = if of.guessed { "? " } else { "" };
    let Some(suggestion) = &of.suggestion else {
        return (guess.to_owned(), theme.warning());
    };
    match suggestion.status {
        SuggestionStatus::Generating => (
            format!("{} drafting", theme.spinner(model.frame)),
            theme.state(),
        ),
        SuggestionStatus::Failed => ("no draft".to_owned(), theme.problem()),
        SuggestionStatus::Pending if suggestion.stale => (format!("{guess}stale"), theme.warning()),
        SuggestionStatus::Pending if suggestion.template => {
            (format!("{guess}template"), theme.dim())
        }
        SuggestionStatus::Pending => match suggestion.score.value.percent() {
            Some(percent) => (format!("{guess}{percent}%"), theme.confidence(percent)),
            None => (format!("{guess}draft"), theme.plain()),
        },
        SuggestionStatus::Rejected => (format!("{guess}rejected"), theme.dim()),
        SuggestionStatus::Approved | SuggestionStatus::Superseded => {
            (guess.to_owned(), theme.warning())
        }
    }
}
