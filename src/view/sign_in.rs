//! The page on which the person signs in, over the whole screen. The address has no frame
//! beside it, so that it can be selected whole.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::widgets::Clear;

use super::theme::Theme;
use super::{Edges, edges, put, row};
use crate::app::model::{Grade, Model};
use crate::app::sign_in::{SignInLine, SignInPage};
use crate::app::wrap::width;

pub fn draw(model: &Model, page: &SignInPage, theme: &Theme, frame: &mut Frame<'_>) {
    let area = crate::app::layout::sign_in(model.width, model.height);
    frame.render_widget(Clear, area.whole);
    let (wide, high) = (usize::from(area.text.width), usize::from(area.text.height));
    let all = Edges {
        area: Rect {
            height: 1,
            ..area.whole
        },
        title: "Sign in to Gmail",
        right: if page.lines(wide, high, model.now).len() > high {
            "PgUp more, Esc leaves"
        } else {
            "Esc leaves"
        },
        boxed: false,
        bottom: false,
        joins: false,
        focused: true,
    };
    edges(frame.buffer_mut(), theme, &all);
    let lines = page.visible(wide, high, model.now);
    for (n, (kind, line)) in lines.iter().enumerate() {
        let style = match kind {
            SignInLine::Plain | SignInLine::Code => theme.plain(),
            SignInLine::Remark => theme.dim(),
            SignInLine::Address => theme.key(),
            SignInLine::Said(Grade::Info) => theme.message(Grade::Info),
            SignInLine::Said(grade) => theme.message(*grade),
        };
        put(frame.buffer_mut(), row(area.text, n), line, style);
    }
    let Some(field) = page.field() else { return };
    put(frame.buffer_mut(), area.field, field, theme.bold());
    let used = u16::try_from(width(field)).unwrap_or(0);
    let at = Rect {
        x: area.field.x + used.min(area.field.width),
        width: area.field.width.saturating_sub(used),
        ..area.field
    };
    if page.hides() {
        let dots = "*".repeat(page.text.text().chars().count());
        put(frame.buffer_mut(), at, &dots, theme.plain());
    } else {
        frame.render_widget(page.text.area(), at);
    }
}
