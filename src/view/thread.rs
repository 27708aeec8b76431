//! The mails of the open conversation.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::theme::Theme;
use super::{Edges, edges, has_focus, put, row};
use crate::app::conversation::LineKind;
use crate::app::layout::Layout;
use crate::app::model::{Focus, Model};
use crate::app::wrap::width;

pub fn draw(model: &Model, theme: &Theme, area: Rect, layout: &Layout, buffer: &mut Buffer) {
    let inside = layout.thread_inside();
    let (title, right) = title(model, usize::from(inside.height));
    let focused = has_focus(model, Focus::Thread);
    edges(
        buffer,
        theme,
        &Edges {
            area,
            title: &title,
            right: &right,
            boxed: layout.boxed,
            bottom: false,
            joins: false,
            focused,
        },
    );
    let Some(open) = &model.open else {
        put(
            buffer,
            row(inside, 1),
            "  Enter opens a conversation.",
            theme.dim(),
        );
        return;
    };
    let visible = open
        .thread
        .lines
        .iter()
        .skip(open.thread.top)
        .take(usize::from(inside.height));
    for (n, line) in visible.enumerate() {
        let style = match line.kind {
            LineKind::OwnHead => theme.ours(),
            LineKind::TheirHead => theme.theirs(),
            LineKind::Body | LineKind::Blank => theme.plain(),
            LineKind::Quote | LineKind::Note => theme.dim(),
            LineKind::Warning => theme.warning(),
        };
        let at = row(inside, n);
        put(buffer, at, &theme.text(&line.text), style);
        let note = theme.text(&line.right);
        let cells = u16::try_from(width(&note)).unwrap_or(0);
        if cells > 0 && usize::from(cells) + width(&line.text) + 2 <= usize::from(inside.width) {
            let x = at.x + at.width - cells - 1;
            put(
                buffer,
                Rect {
                    x,
                    width: cells,
                    ..at
                },
                &note,
                theme.dim(),
            );
        }
    }
}

fn title(model: &Model, height: usize) -> (String, String) {
    let Some(open) = &model.open else {
        return ("Conversation".to_owned(), String::new());
    };
    let Some(view) = &open.view else {
        return ("loading ...".to_owned(), String::new());
    };
    let lead = &view.row.lead;
    let who = match &lead.title {
        Some(title) if !title.is_empty() => format!("{} ({title})", lead.name),
        _ => lead.name.clone(),
    };
    let total = open.thread.lines.len();
    let right = if total > height {
        let last = (open.thread.top + height).min(total);
        format!("{}%", last * 100 / total.max(1))
    } else {
        String::new()
    };
    (format!("{who} · {}", view.row.subject), right)
}
