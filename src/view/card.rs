//! The card: the text that would be sent, with why and what to be careful about; or the
//! editor in its place.

use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::theme::Theme;
use super::{Edges, edges, has_focus, put, row};
use crate::app::card::{CardLine, CardLineKind, LABEL};
use crate::app::editor::{Editor, Target};
use crate::app::layout::Layout;
use crate::app::model::{Focus, Model};
use crate::app::wrap::width;
use crate::domain::text::KeptText;

pub fn draw(model: &Model, theme: &Theme, area: Rect, layout: &Layout, frame: &mut Frame<'_>) {
    let inside = layout.card_inside();
    let focused = has_focus(model, Focus::Card);
    if let Some(editor) = &model.editor {
        let frame_of = Edges {
            area,
            title: "",
            right: "",
            boxed: layout.boxed,
            bottom: true,
            joins: true,
            focused,
        };
        draw_editor(editor, theme, &frame_of, inside, frame);
        return;
    }
    let buffer = frame.buffer_mut();
    let Some(card) = model.card() else {
        let all = Edges {
            area,
            title: "",
            right: "",
            boxed: layout.boxed,
            bottom: true,
            joins: true,
            focused,
        };
        edges(buffer, theme, &all);
        return;
    };
    let height = usize::from(inside.height);
    let top = model.open.as_ref().map_or(0, |open| open.card_top);
    let right = if card.lines.len() > height {
        let last = (top + height).min(card.lines.len());
        format!("{}%", last * 100 / card.lines.len().max(1))
    } else {
        String::new()
    };
    let all = Edges {
        area,
        title: &card.title,
        right: &right,
        boxed: layout.boxed,
        bottom: true,
        joins: true,
        focused,
    };
    edges(buffer, theme, &all);
    let excerpts: Vec<&str> = model
        .open
        .as_ref()
        .and_then(|open| open.suggestion())
        .map(|s| {
            s.checks
                .iter()
                .map(|check| check.excerpt.as_str())
                .collect()
        })
        .unwrap_or_default();
    for (n, line) in card.lines.iter().skip(top).take(height).enumerate() {
        draw_line(theme, line, &excerpts, row(inside, n), buffer);
    }
}

/// The editor in its frame, which says what is edited and whether it is saved.
pub fn draw_editor(
    editor: &Editor,
    theme: &Theme,
    frame_of: &Edges<'_>,
    inside: Rect,
    frame: &mut Frame<'_>,
) {
    let (title, right) = match (&editor.problem, editor.target) {
        (Some(problem), _) => (format!("NOT SAVED: {problem}"), ""),
        (None, target) => {
            let title = match target {
                Target::Suggestion(_) => "Edit the suggestion",
                Target::Own(_) => "Write your own reply",
                Target::Text(KeptText::Facts) => "Facts: all that drafts may state",
                Target::Text(KeptText::Style) => "Style: how drafts are written",
                Target::Text(KeptText::Notes(_)) => "Notes about the lead",
                Target::Text(KeptText::Analysis(_)) => "Web site analysis of the lead",
            };
            let right = if editor.is_unsaved() { "..." } else { "saved" };
            (title.to_owned(), right)
        }
    };
    let all = Edges {
        title: &title,
        right,
        ..*frame_of
    };
    edges(frame.buffer_mut(), theme, &all);
    frame.render_widget(editor.text.area(), inside);
}

fn draw_line(theme: &Theme, line: &CardLine, excerpts: &[&str], at: Rect, buffer: &mut Buffer) {
    let style = match line.kind {
        CardLineKind::Body | CardLineKind::Blank => theme.plain(),
        CardLineKind::Remark => theme.dim(),
        CardLineKind::Warning => theme.warning(),
        CardLineKind::Problem => theme.problem(),
        CardLineKind::State => theme.state(),
    };
    let indent = if line.label.is_empty() {
        0
    } else {
        u16::try_from(LABEL).unwrap_or(0)
    };
    put(buffer, at, line.label, style);
    let text_at = Rect {
        x: at.x + indent.min(at.width),
        width: at.width.saturating_sub(indent),
        ..at
    };
    put(buffer, text_at, &theme.text(&line.text), style);
    if line.kind == CardLineKind::Body {
        for excerpt in excerpts.iter().filter(|excerpt| !excerpt.is_empty()) {
            for (start, found) in line.text.match_indices(excerpt) {
                let before = width(line.text.get(..start).unwrap_or_default());
                let x = text_at.x + u16::try_from(before).unwrap_or(u16::MAX);
                let room = text_at.right().saturating_sub(x);
                put(
                    buffer,
                    Rect {
                        x,
                        width: room,
                        ..text_at
                    },
                    found,
                    theme.found(),
                );
            }
        }
    }
}
