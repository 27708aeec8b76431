//! The card: the text that would be sent, with why and what to be careful about; or the
//! editor in its place.

use std::ops::Range;

use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::theme::Theme;
use super::{Edges, edges, has_focus, put, row};
use crate::app::card::{CardLine, CardLineKind, LABEL};
use crate::app::editor::Target;
use crate::app::layout::Layout;
use crate::app::model::{Focus, Model};
use crate::app::wrap::width;
use crate::domain::difference::Change;
use crate::domain::text::KeptText;

pub fn draw(model: &Model, theme: &Theme, area: Rect, layout: &Layout, frame: &mut Frame<'_>) {
    let inside = layout.card_inside();
    let focused = has_focus(model, Focus::Card);
    if model.editor.is_some() {
        let frame_of = Edges {
            area,
            title: "",
            right: "",
            boxed: layout.boxed,
            bottom: true,
            joins: true,
            focused,
        };
        draw_editor(model, theme, &frame_of, inside, frame);
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
        .findings()
        .iter()
        .map(|check| check.excerpt.as_str())
        .collect();
    for (n, line) in card.lines.iter().skip(top).take(height).enumerate() {
        let beside = |at: Option<usize>| {
            let line = at.and_then(|at| card.lines.get(at));
            line.map_or("", |line| line.text.as_str())
        };
        let at = top + n;
        let around = [beside(at.checked_sub(1)), &line.text, beside(Some(at + 1))];
        draw_line(theme, line, around, &excerpts, row(inside, n), buffer);
    }
}

/// The editor in its frame, which says what is edited and whether it is saved.
pub fn draw_editor(
    model: &Model,
    theme: &Theme,
    frame_of: &Edges<'_>,
    inside: Rect,
    frame: &mut Frame<'_>,
) {
    let Some(editor) = &model.editor else { return };
    let (title, right) = match (&editor.problem, editor.target) {
        (Some(problem), _) => (format!("NOT SAVED: {problem}"), String::new()),
        (None, target) => {
            let title = match target {
                Target::Suggestion(_) => "Edit the suggestion",
                Target::Own(_) => "Write your own reply",
                Target::Text(KeptText::Facts) => "Facts: all that drafts may state",
                Target::Text(KeptText::Style) => "Style: how drafts are written",
                Target::Text(KeptText::Notes(_)) => "Notes about the lead",
                Target::Text(KeptText::Analysis(_)) => "Web site analysis of the lead",
            };
            let saved = if model.is_saved() { "saved" } else { "..." };
            let right = match editor.text.marks() {
                0 => saved.to_owned(),
                1 => format!("1 finding, {saved}"),
                n => format!("{n} findings, {saved}"),
            };
            (title.to_owned(), right)
        }
    };
    let all = Edges {
        title: &title,
        right: &right,
        ..*frame_of
    };
    edges(frame.buffer_mut(), theme, &all);
    frame.render_widget(editor.text.area(), inside);
}

fn draw_line(
    theme: &Theme,
    line: &CardLine,
    around: [&str; 3],
    excerpts: &[&str],
    at: Rect,
    buffer: &mut Buffer,
) {
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
    for span in &line.spans {
        let style = match span.change {
            Change::Removed => theme.removed(),
            Change::Added => theme.added(),
            Change::Kept => continue,
        };
        let before = width(line.text.get(..span.start).unwrap_or_default());
        let x = text_at.x + u16::try_from(before).unwrap_or(u16::MAX);
        let part = Rect {
            x,
            width: text_at.right().saturating_sub(x),
            ..text_at
        };
        let text = line.text.get(span.start..span.end).unwrap_or_default();
        put(buffer, part, &theme.text(text), style);
    }
    if line.kind != CardLineKind::Body || !line.spans.is_empty() {
        return;
    }
    for place in excerpts.iter().flat_map(|excerpt| places(around, excerpt)) {
        let before = width(line.text.get(..place.start).unwrap_or_default());
        let x = text_at.x + u16::try_from(before).unwrap_or(u16::MAX);
        let found = line.text.get(place).unwrap_or_default();
        let room = text_at.right().saturating_sub(x);
        let at = Rect {
            x,
            width: room,
            ..text_at
        };
        put(buffer, at, found, theme.found());
    }
}

/// Where an excerpt stands in a line, also with its beginning on the line before or its
/// end on the next one. Not within a word: `4` is not part of `14`.
fn places([before, line, after]: [&str; 3], excerpt: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    if excerpt.is_empty() {
        return found;
    }
    let joins = |edge: Option<char>, beside: Option<char>| {
        edge.is_some_and(char::is_alphanumeric) && beside.is_some_and(char::is_alphanumeric)
    };
    let (first, last) = (excerpt.chars().next(), excerpt.chars().next_back());
    for (start, text) in line.match_indices(excerpt) {
        let end = start + text.len();
        let left = line.get(..start).and_then(|t| t.chars().next_back());
        let right = line.get(end..).and_then(|t| t.chars().next());
        if !joins(first, left) && !joins(last, right) {
            found.push(start..end);
        }
    }
    for (at, _) in excerpt.match_indices(' ') {
        let (head, tail) = excerpt.split_at(at);
        let tail = tail.trim_start();
        if line.ends_with(head) && after.starts_with(tail) {
            found.push(line.len() - head.len()..line.len());
        }
        if before.ends_with(head) && line.starts_with(tail) {
            found.push(0..tail.len());
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::places;

    #[test]
    fn an_excerpt_is_found_whole_and_over_the_end_of_a_line() {
        for (around, excerpt, found) in [
            (["", "14 or 4 weeks", ""], "4", 6..7),
            (["", "we start on May", "4 then"], "May 4", 12..15),
            (["we start on May", "4 then", ""], "May 4", 0..1),
        ] {
            assert_eq!(places(around, excerpt), std::slice::from_ref(&found));
        }
        assert!(places(["", "nothing", ""], "").is_empty());
    }
}
