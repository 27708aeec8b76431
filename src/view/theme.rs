//! Colours and symbols. Only the terminal's own sixteen colours, so that it looks like
//! the person's other programs; none at all with `NO_COLOR`; ASCII when asked for.

use std::borrow::Cow;

use ratatui::style::{Color, Modifier, Style};

use crate::app::model::{Grade, Surroundings};

/// Box drawing.
pub struct Lines {
    pub horizontal: &'static str,
    pub vertical: &'static str,
    pub top_left: &'static str,
    pub top_right: &'static str,
    pub bottom_left: &'static str,
    pub bottom_right: &'static str,
    pub left_join: &'static str,
    pub right_join: &'static str,
}

const BOX: Lines = Lines {
    horizontal: "─",
    vertical: "│",
    top_left: "┌",
    top_right: "┐",
    bottom_left: "└",
    bottom_right: "┘",
    left_join: "├",
    right_join: "┤",
};

const ASCII: Lines = Lines {
    horizontal: "-",
    vertical: "|",
    top_left: "+",
    top_right: "+",
    bottom_left: "+",
    bottom_right: "+",
    left_join: "+",
    right_join: "+",
};

const SPINNER: [&str; 8] = ["⣾", "⣽", "⣻", "⢿", "⡿", "⣟", "⣯", "⣷"];
const ASCII_SPINNER: [&str; 4] = ["|", "/", "-", "\\"];

/// Looks for one frame.
pub struct Theme {
    ascii: bool,
    color: bool,
}

impl Theme {
    pub const fn new(around: &Surroundings) -> Self {
        Self {
            ascii: around.ascii,
            color: !around.no_color,
        }
    }

    pub const fn lines(&self) -> &'static Lines {
        if self.ascii { &ASCII } else { &BOX }
    }

    pub fn spinner(&self, frame: usize) -> &'static str {
        let frames: &[&'static str] = if self.ascii { &ASCII_SPINNER } else { &SPINNER };
        frames.get(frame % frames.len()).copied().unwrap_or("*")
    }

    /// Our own symbols in a text, as far as the terminal has them.
    pub fn text<'t>(&self, text: &'t str) -> Cow<'t, str> {
        if !self.ascii || text.is_ascii() {
            return Cow::Borrowed(text);
        }
        Cow::Owned(text.replace('·', "-").replace('✓', "ok").replace('…', "~"))
    }

    pub const fn ellipsis(&self) -> &'static str {
        if self.ascii { "~" } else { "…" }
    }

    pub const fn unread(&self) -> &'static str {
        if self.ascii { "*" } else { "●" }
    }

    pub const fn marker(&self) -> &'static str {
        if self.ascii { ">" } else { "▌" }
    }

    pub const fn star(&self) -> &'static str {
        if self.ascii { "+" } else { "★" }
    }

    const fn fg(&self, color: Color) -> Style {
        if self.color {
            Style::new().fg(color)
        } else {
            Style::new()
        }
    }

    pub const fn plain(&self) -> Style {
        Style::new()
    }

    pub const fn bold(&self) -> Style {
        Style::new().add_modifier(Modifier::BOLD)
    }

    pub const fn dim(&self) -> Style {
        Style::new().add_modifier(Modifier::DIM)
    }

    pub const fn edge(&self) -> Style {
        self.dim()
    }

    pub const fn edge_focused(&self) -> Style {
        self.fg(Color::Cyan)
    }

    pub const fn title(&self) -> Style {
        Style::new()
    }

    pub const fn title_focused(&self) -> Style {
        self.fg(Color::Cyan).add_modifier(Modifier::BOLD)
    }

    pub const fn bar(&self) -> Style {
        Style::new().add_modifier(Modifier::REVERSED)
    }

    pub const fn demo(&self) -> Style {
        self.fg(Color::Yellow)
            .add_modifier(Modifier::REVERSED)
            .add_modifier(Modifier::BOLD)
    }

    pub const fn section(&self) -> Style {
        self.dim().add_modifier(Modifier::BOLD)
    }

    pub const fn selected(&self) -> Style {
        self.fg(Color::Cyan).add_modifier(Modifier::BOLD)
    }

    pub const fn new_mail(&self) -> Style {
        self.fg(Color::Green).add_modifier(Modifier::BOLD)
    }

    pub const fn ours(&self) -> Style {
        self.fg(Color::Blue).add_modifier(Modifier::BOLD)
    }

    pub const fn theirs(&self) -> Style {
        self.fg(Color::Green).add_modifier(Modifier::BOLD)
    }

    pub const fn warning(&self) -> Style {
        self.fg(Color::Yellow)
    }

    pub const fn problem(&self) -> Style {
        self.fg(Color::Red).add_modifier(Modifier::BOLD)
    }

    pub const fn state(&self) -> Style {
        self.fg(Color::Magenta).add_modifier(Modifier::BOLD)
    }

    /// A piece of text that a check points at.
    pub const fn found(&self) -> Style {
        self.fg(Color::Yellow).add_modifier(Modifier::UNDERLINED)
    }

    /// Text that an earlier version had.
    pub const fn removed(&self) -> Style {
        self.fg(Color::Red).add_modifier(Modifier::DIM)
    }

    /// Text that a later version has.
    pub const fn added(&self) -> Style {
        self.fg(Color::Green).add_modifier(Modifier::BOLD)
    }

    pub const fn key(&self) -> Style {
        self.fg(Color::Cyan).add_modifier(Modifier::BOLD)
    }

    pub const fn message(&self, grade: Grade) -> Style {
        match grade {
            Grade::Info => self.fg(Color::Green),
            Grade::Warning => self.warning(),
            Grade::Error => self.problem(),
        }
    }

    /// A draft's confidence in traffic lights.
    pub const fn confidence(&self, percent: u8) -> Style {
        match percent {
            75.. => self.fg(Color::Green),
            50..75 => self.fg(Color::Yellow),
            _ => self.fg(Color::Red),
        }
    }
}
