//! A page in the place of inbox and conversation: rows in columns, and below them what
//! there is to know of the selected one. Or a long text in the editor.

use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::theme::Theme;
use super::{Edges, card, edges, put, row};
use crate::app::layout::Layout;
use crate::app::model::{Grade, Model};
use crate::app::page::{Page, PageData, PageLine};
use crate::app::wrap::{cut, width, wrap_text};

pub fn draw(model: &Model, theme: &Theme, area: Rect, layout: &Layout, frame: &mut Frame<'_>) {
    let blank = Edges {
        area,
        title: "",
        right: "",
        boxed: layout.boxed,
        bottom: true,
        joins: false,
        focused: model.overlay.is_none(),
    };
    if model.edits_text() {
        card::draw_editor(model, theme, &blank, layout.page_inside(), frame);
        return;
    }
    let Some(page) = &model.page else { return };
    let buffer = frame.buffer_mut();
    let total = match &page.data {
        Some(PageData::Numbers(_)) | None => String::new(),
        Some(_) if page.len() >= page.limit => format!("{}+", page.len()),
        Some(data) => data.len().to_string(),
    };
    let all = Edges {
        title: page.kind.title(),
        right: &total,
        ..blank
    };
    edges(buffer, theme, &all);
    let rows = model.page_rows();
    let Some(data) = &page.data else {
        put(buffer, row(rows, 1), "  loading ...", theme.dim());
        return;
    };
    if data.is_empty() {
        let text = format!("  {}", page.kind.nothing());
        put(buffer, row(rows, 1), &text, theme.dim());
        return;
    }
    let selectable = page.selects();
    for n in 0..usize::from(rows.height) {
        let index = page.top + n;
        let Some(line) = data.line(index, model.now) else {
            break;
        };
        let selected = selectable && index == page.selected;
        draw_line(theme, &line, selected, row(rows, n), buffer);
    }
    if selectable {
        draw_detail(model, theme, page, layout, buffer);
    }
}

/// Cells for the columns: who, state, age; what lies between has the rest.
const fn columns(width: u16) -> (usize, usize, usize) {
    if width >= 98 {
        (30, 14, 5)
    } else {
        (20, 12, 4)
    }
}

fn draw_line(theme: &Theme, line: &PageLine, selected: bool, area: Rect, buffer: &mut Buffer) {
    let (who, state, age) = columns(area.width);
    if selected {
        put(buffer, area, theme.marker(), theme.selected());
    }
    let style = if selected {
        theme.selected()
    } else {
        theme.plain()
    };
    let at = |x: usize, cells: usize| Rect {
        x: area.x + u16::try_from(x).unwrap_or(u16::MAX).min(area.width),
        width: u16::try_from(cells).unwrap_or(0),
        ..area
    };
    let room = usize::from(area.width);
    let fit = |text: &str, cells: usize| cut(&theme.text(text), cells, theme.ellipsis());
    put(buffer, at(2, who), &fit(&line.who, who), style);
    let what = room.saturating_sub(who + state + age + 6);
    let plain = theme.plain();
    put(buffer, at(who + 3, what), &fit(&line.what, what), plain);
    if let Some((grade, text)) = &line.state {
        let style = match grade {
            Grade::Info => theme.dim(),
            grade => theme.message(*grade),
        };
        let x = room.saturating_sub(state + age + 2);
        put(buffer, at(x, state), &fit(text, state), style);
    }
    let x = room.saturating_sub(width(&line.age) + 1);
    put(buffer, at(x, age), &line.age, theme.dim());
}

fn draw_detail(model: &Model, theme: &Theme, page: &Page, layout: &Layout, buffer: &mut Buffer) {
    let (inside, rows) = (layout.page_inside(), layout.page_rows());
    let area = Rect {
        y: rows.y + rows.height,
        height: inside.height - rows.height,
        ..inside
    };
    if area.height == 0 {
        return;
    }
    let fill = theme.lines().horizontal.repeat(usize::from(area.width));
    put(buffer, row(area, 0), &fill, theme.edge());
    let room = usize::from(area.width).saturating_sub(3);
    let lines = page
        .data
        .as_ref()
        .map(|data| data.detail(page.selected, model.now, &model.zone))
        .unwrap_or_default();
    let wrapped = lines.iter().flat_map(|line| wrap_text(line, room));
    for (n, line) in wrapped.take(usize::from(area.height) - 1).enumerate() {
        let style = if n == 0 { theme.bold() } else { theme.plain() };
        put(
            buffer,
            row(area, n + 1),
            &format!("  {}", theme.text(&line)),
            style,
        );
    }
}
