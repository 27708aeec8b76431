//! What lies over the screen.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::widgets::Clear;

use super::theme::Theme;
use super::{Edges, edges, put, row};
use crate::app::command::COMMANDS;
use crate::app::editor::TextBox;
use crate::app::layout::popup;
use crate::app::model::Model;
use crate::app::overlay::{Choice, Help, Overlay, Picker, Prompt, TemplatePicker};
use crate::app::palette::Palette;
use crate::app::wrap::{cut, wrap_text};

pub fn draw(model: &Model, overlay: &Overlay, theme: &Theme, frame: &mut Frame<'_>) {
    match overlay {
        Overlay::Help(help) => draw_help(model, help, theme, frame),
        Overlay::Palette(palette) => draw_palette(model, palette, theme, frame),
        Overlay::Prompt(prompt) => draw_prompt(model, prompt, theme, frame),
        Overlay::SignIn(page) => super::sign_in::draw(model, page, theme, frame),
        Overlay::Picker(picker) => draw_picker(model, picker, theme, frame),
        Overlay::Templates(picker) => draw_templates(model, picker, theme, frame),
        Overlay::Choice(choice) => draw_choice(model, choice, theme, frame),
    }
}

/// A cleared box with a title; returns its inside.
fn window(
    model: &Model,
    theme: &Theme,
    frame: &mut Frame<'_>,
    size: (u16, u16),
    title: &str,
) -> Rect {
    let area = popup(model.width, model.height, size);
    frame.render_widget(Clear, area);
    let all = Edges {
        area,
        title,
        right: "Esc closes",
        boxed: true,
        bottom: true,
        joins: false,
        focused: true,
    };
    edges(frame.buffer_mut(), theme, &all);
    Rect {
        x: area.x + 2,
        y: area.y + 1,
        width: area.width.saturating_sub(4),
        height: area.height.saturating_sub(2),
    }
}

fn draw_help(model: &Model, help: &Help, theme: &Theme, frame: &mut Frame<'_>) {
    let title = format!("Keys in the {} (type to search)", help.place.name());
    let inside = window(
        model,
        theme,
        frame,
        (76, model.height.saturating_sub(2)),
        &title,
    );
    let filter = help.filter.text().to_lowercase();
    let lines: Vec<(String, &str)> = COMMANDS
        .iter()
        .filter(|spec| spec.places.contains(&help.place))
        .map(|spec| (model.keymap.keys_of(spec.command, help.place), spec.about))
        .filter(|(keys, about)| {
            filter.is_empty() || about.contains(&filter) || keys.to_lowercase().contains(&filter)
        })
        .collect();
    let buffer = frame.buffer_mut();
    let mut first = 0;
    if !filter.is_empty() {
        put(buffer, row(inside, 0), &format!("/{filter}"), theme.key());
        first = 1;
    }
    let room = usize::from(inside.height).saturating_sub(first);
    let top = help.top.min(lines.len().saturating_sub(room));
    for (n, (keys, about)) in lines.iter().skip(top).take(room).enumerate() {
        let at = row(inside, n + first);
        put(buffer, at, &format!("{keys:>14}"), theme.key());
        let text = Rect {
            x: at.x + 16,
            width: at.width.saturating_sub(16),
            ..at
        };
        put(
            buffer,
            text,
            &cut(about, usize::from(text.width), theme.ellipsis()),
            theme.plain(),
        );
    }
}

/// The line that is typed in the first row of a window.
fn draw_typed(text: &TextBox, mark: &str, inside: Rect, theme: &Theme, frame: &mut Frame<'_>) {
    let line = row(inside, 0);
    put(frame.buffer_mut(), line, mark, theme.key());
    let rest = Rect {
        x: line.x + 1,
        width: line.width.saturating_sub(1),
        ..line
    };
    frame.render_widget(text.area(), rest);
}

/// Entries below that line, as many as there is room for, with the selected one in sight.
fn draw_entries(
    entries: impl Iterator<Item = String>,
    (selected, room): (usize, usize),
    inside: Rect,
    theme: &Theme,
    frame: &mut Frame<'_>,
) {
    let top = (selected + 1).saturating_sub(room);
    let width = usize::from(inside.width);
    for (n, words) in entries.enumerate().skip(top).take(room) {
        let style = if n == selected {
            theme.bar()
        } else {
            theme.plain()
        };
        let text = cut(&words, width, theme.ellipsis());
        let at = row(inside, n - top + 1);
        put(frame.buffer_mut(), at, &format!("{text:<width$}"), style);
    }
}

fn draw_palette(model: &Model, palette: &Palette, theme: &Theme, frame: &mut Frame<'_>) {
    let inside = window(model, theme, frame, (72, 16), "Commands");
    draw_typed(&palette.text, ":", inside, theme, frame);
    let entries = palette.entries();
    let words = entries.iter().map(|spec| {
        let keys = model.keymap.keys_of(spec.command, palette.place);
        format!("{:<22} {:>12}  {}", spec.name, keys, spec.about)
    });
    let room = usize::from(inside.height).saturating_sub(1);
    draw_entries(words, (palette.selected, room), inside, theme, frame);
}

fn draw_picker(model: &Model, picker: &Picker, theme: &Theme, frame: &mut Frame<'_>) {
    let inside = window(model, theme, frame, (72, 16), &picker.title);
    draw_typed(&picker.text, "/", inside, theme, frame);
    let entries = picker.entries();
    let words = entries.iter().map(|(words, _)| theme.text(words).into());
    let room = usize::from(inside.height).saturating_sub(1);
    draw_entries(words, (picker.selected, room), inside, theme, frame);
}

/// The names above, the selected one's text as it would be sent below.
fn draw_templates(model: &Model, picker: &TemplatePicker, theme: &Theme, frame: &mut Frame<'_>) {
    let inside = window(model, theme, frame, (76, 22), "Templates");
    draw_typed(&picker.text, "/", inside, theme, frame);
    let entries = picker.entries();
    if entries.is_empty() {
        let words = match picker.templates {
            Some(_) => "No template is called so.",
            None => "Looking for your templates ...",
        };
        put(frame.buffer_mut(), row(inside, 2), words, theme.dim());
        return;
    }
    // A third of the room for names, the rest shows what the selected one says.
    let room = entries.len().min(usize::from(inside.height) / 3).max(1);
    let names = entries.iter().map(|one| theme.text(&one.name).into());
    draw_entries(names, (picker.selected, room), inside, theme, frame);
    let Some(chosen) = picker.chosen() else {
        return;
    };
    let first = room + 2;
    let left = usize::from(inside.height).saturating_sub(first);
    let lines = wrap_text(&theme.text(&chosen.text), usize::from(inside.width));
    for (n, line) in lines.into_iter().take(left).enumerate() {
        put(
            frame.buffer_mut(),
            row(inside, first + n),
            &line,
            theme.dim(),
        );
    }
}

fn draw_prompt(model: &Model, prompt: &Prompt, theme: &Theme, frame: &mut Frame<'_>) {
    let inside = window(model, theme, frame, (70, 3), prompt.title());
    frame.render_widget(prompt.text.area(), inside);
}

fn draw_choice(model: &Model, choice: &Choice, theme: &Theme, frame: &mut Frame<'_>) {
    let width = 66_u16;
    let wrapped: Vec<String> = choice
        .lines
        .iter()
        .flat_map(|line| wrap_text(line, usize::from(width.min(model.width)).saturating_sub(6)))
        .collect();
    let gap = usize::from(!wrapped.is_empty());
    let lines = wrapped.len() + gap + choice.answers.len();
    let height = u16::try_from(lines + 2).unwrap_or(u16::MAX);
    let inside = window(model, theme, frame, (width, height), &choice.title);
    let buffer = frame.buffer_mut();
    for (n, line) in wrapped.iter().enumerate() {
        put(buffer, row(inside, n), line, theme.plain());
    }
    for (n, (key, words, _)) in choice.answers.iter().enumerate() {
        let at = row(inside, wrapped.len() + gap + n);
        put(buffer, at, &key.to_string(), theme.key());
        put(
            buffer,
            Rect {
                x: at.x + 3,
                width: at.width.saturating_sub(3),
                ..at
            },
            words,
            theme.plain(),
        );
    }
}
