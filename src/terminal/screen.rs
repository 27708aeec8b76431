//! Drawing with as few bytes as possible: only what differs from the last frame is
//! written, in one write; a frame that differs in nothing writes nothing.

use std::io;

use ratatui::Terminal;
use ratatui::backend::Backend as _;
use ratatui::layout::Rect;

use super::backend::OneWrite;
use crate::app::Model;

/// The terminal as it was drawn last.
pub struct Screen {
    terminal: Option<Terminal<OneWrite>>,
    size: (u16, u16),
}

impl Screen {
    /// A screen of which nothing is drawn yet.
    #[must_use]
    pub const fn new(size: (u16, u16)) -> Self {
        Self {
            terminal: None,
            size,
        }
    }

    /// Forgets what was drawn, so that the next frame is drawn whole.
    pub fn forget(&mut self) {
        self.terminal = None;
    }

    /// Draws the model.
    ///
    /// # Errors
    /// When the terminal takes no more bytes.
    pub fn draw(&mut self, model: &Model) -> io::Result<()> {
        let size = (model.width, model.height);
        if self.size != size {
            self.size = size;
            self.terminal = None;
        }
        if self.terminal.is_none() {
            let mut terminal = Terminal::with_options(
                OneWrite::stdout(size),
                ratatui::TerminalOptions {
                    viewport: ratatui::Viewport::Fixed(Rect::new(0, 0, size.0, size.1)),
                },
            )?;
            terminal.clear()?;
            terminal.hide_cursor()?;
            self.terminal = Some(terminal);
        }
        let Some(terminal) = &mut self.terminal else {
            return Ok(());
        };
        let mut frame = terminal.get_frame();
        crate::view::draw(model, &mut frame);
        terminal.flush()?;
        terminal.swap_buffers();
        terminal.backend_mut().flush()
    }
}
