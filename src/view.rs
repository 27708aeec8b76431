//! Layer 5: draws a `&Model`. Nothing here can change anything; what is drawn where is
//! decided in [`crate::app::layout`], and each region has a small file of its own.

mod card;
mod footer;
mod header;
mod inbox;
mod overlay;
mod page;
mod sign_in;
mod theme;
mod thread;

use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::app::layout::LEAST;
use crate::app::model::{Focus, Model};
use theme::Theme;

/// Draws the whole screen.
pub fn draw(model: &Model, frame: &mut Frame<'_>) {
    let area = frame.area();
    let theme = Theme::new(&model.around);
    if area.width < LEAST.0 || area.height < LEAST.1 {
        let text = format!("rejoinder needs {}x{} or more", LEAST.0, LEAST.1);
        put(
            frame.buffer_mut(),
            Rect {
                height: area.height.min(1),
                ..area
            },
            &text,
            Style::default(),
        );
        return;
    }
    let layout = model.layout();
    header::draw(model, &theme, layout.header, frame.buffer_mut());
    if let Some(inbox) = layout.inbox {
        inbox::draw(model, &theme, inbox, &layout, frame.buffer_mut());
    }
    if let (Some(thread), Some(card)) = (layout.thread, layout.card) {
        thread::draw(model, &theme, thread, &layout, frame.buffer_mut());
        card::draw(model, &theme, card, &layout, frame);
    }
    if let Some(area) = layout.page {
        page::draw(model, &theme, area, &layout, frame);
    }
    footer::draw(model, &theme, layout.footer, frame.buffer_mut());
    if let Some(overlay) = &model.overlay {
        overlay::draw(model, overlay, &theme, frame);
    }
}

/// Writes one line of text, cut to its area.
fn put(buffer: &mut Buffer, area: Rect, text: &str, style: Style) {
    if area.height > 0 && area.width > 0 {
        buffer.set_stringn(area.x, area.y, text, usize::from(area.width), style);
    }
}

/// Row `n` of an area; empty below its end.
fn row(area: Rect, n: usize) -> Rect {
    let n = u16::try_from(n).unwrap_or(u16::MAX);
    if n >= area.height {
        return Rect { height: 0, ..area };
    }
    Rect {
        y: area.y + n,
        height: 1,
        ..area
    }
}

/// The edges of a region: a box in a wide terminal, a title line in a narrow one.
struct Edges<'a> {
    area: Rect,
    title: &'a str,
    right: &'a str,
    boxed: bool,
    bottom: bool,
    /// Joins the region above instead of beginning one.
    joins: bool,
    focused: bool,
}

fn edges(buffer: &mut Buffer, theme: &Theme, edges: &Edges<'_>) {
    let Edges { area, boxed, .. } = *edges;
    if area.height == 0 || area.width < 4 {
        return;
    }
    let style = if edges.focused {
        theme.edge_focused()
    } else {
        theme.edge()
    };
    let lines = theme.lines();
    let right = area.x + area.width - 1;
    let fill: String = lines.horizontal.repeat(usize::from(area.width));
    put(buffer, Rect { height: 1, ..area }, &fill, style);
    if boxed {
        let (left_corner, right_corner) = if edges.joins {
            (lines.left_join, lines.right_join)
        } else {
            (lines.top_left, lines.top_right)
        };
        buffer.set_string(area.x, area.y, left_corner, style);
        buffer.set_string(right, area.y, right_corner, style);
        for y in area.y + 1..area.y + area.height {
            buffer.set_string(area.x, y, lines.vertical, style);
            buffer.set_string(right, y, lines.vertical, style);
        }
        if edges.bottom {
            let y = area.y + area.height - 1;
            put(
                buffer,
                Rect {
                    y,
                    height: 1,
                    ..area
                },
                &fill,
                style,
            );
            buffer.set_string(area.x, y, lines.bottom_left, style);
            buffer.set_string(right, y, lines.bottom_right, style);
        }
    }
    let room = usize::from(area.width.saturating_sub(4));
    let title = crate::app::wrap::cut(&theme.text(edges.title), room, theme.ellipsis());
    let used = crate::app::wrap::width(&title);
    let title_style = if edges.focused {
        theme.title_focused()
    } else {
        theme.title()
    };
    put(
        buffer,
        Rect {
            x: area.x + 1,
            width: area.width - 2,
            height: 1,
            ..area
        },
        &format!(" {title} "),
        title_style,
    );
    let note = theme.text(edges.right);
    let note_width = crate::app::wrap::width(&note);
    if !note.is_empty() && used + note_width + 6 <= usize::from(area.width) {
        let width = u16::try_from(note_width + 2).unwrap_or(0);
        let x = right.saturating_sub(width);
        put(
            buffer,
            Rect {
                x,
                width,
                height: 1,
                ..area
            },
            &format!(" {note} "),
            theme.dim(),
        );
    }
}

/// Whether a region is the one that keys go to.
fn has_focus(model: &Model, focus: Focus) -> bool {
    model.focus == focus && model.overlay.is_none()
}
