//! A backend that collects a frame and writes it at once, inside a synchronized update.

use std::io::{self, Write};

use ratatui::backend::{Backend, ClearType, CrosstermBackend, WindowSize};
use ratatui::buffer::Cell;
use ratatui::layout::{Position, Size};

/// Begin and end of a synchronized update: terminals that know it show the frame whole.
const BEGIN: &[u8] = b"\x1b[?2026h";
const END: &[u8] = b"\x1b[?2026l";

/// Bytes on their way; written when the frame is complete.
#[derive(Default)]
pub struct Collected(Vec<u8>);

impl Write for Collected {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    /// The frame is complete: on its way with it. An empty one writes nothing.
    fn flush(&mut self) -> io::Result<()> {
        if self.0.is_empty() {
            return Ok(());
        }
        let frame = std::mem::take(&mut self.0);
        let mut whole = Vec::with_capacity(frame.len() + BEGIN.len() + END.len());
        whole.extend_from_slice(BEGIN);
        whole.extend_from_slice(&frame);
        whole.extend_from_slice(END);
        let mut stdout = io::stdout().lock();
        stdout.write_all(&whole)?;
        stdout.flush()
    }
}

/// Writes a frame with one call.
pub struct OneWrite {
    inner: CrosstermBackend<Collected>,
    size: (u16, u16),
}

impl OneWrite {
    /// To stdout, for a terminal of this size.
    #[must_use]
    pub fn stdout(size: (u16, u16)) -> Self {
        Self {
            inner: CrosstermBackend::new(Collected::default()),
            size,
        }
    }
}

impl OneWrite {
    /// Writes words as a link (OSC 8) where they stand.
    ///
    /// # Errors
    /// None: the bytes are collected.
    pub fn link(&mut self, (x, y): (u16, u16), url: &str, text: &str) -> io::Result<()> {
        let (row, column) = (y + 1, x + 1);
        write!(
            self.inner,
            "\x1b[{row};{column}H\x1b[4m\x1b]8;id=sign-in;{url}\x1b\\{text}\x1b]8;;\x1b\\\x1b[24m"
        )
    }
}

impl Backend for OneWrite {
    type Error = io::Error;

    fn draw<'a, I>(&mut self, content: I) -> io::Result<()>
    where
        I: Iterator<Item = (u16, u16, &'a Cell)>,
    {
        let mut content = content.peekable();
        if content.peek().is_none() {
            return Ok(());
        }
        self.inner.draw(content)
    }

    fn hide_cursor(&mut self) -> io::Result<()> {
        self.inner.hide_cursor()
    }

    fn show_cursor(&mut self) -> io::Result<()> {
        self.inner.show_cursor()
    }

    fn get_cursor_position(&mut self) -> io::Result<Position> {
        Ok(Position::ORIGIN)
    }

    fn set_cursor_position<P: Into<Position>>(&mut self, position: P) -> io::Result<()> {
        self.inner.set_cursor_position(position)
    }

    fn clear(&mut self) -> io::Result<()> {
        self.inner.clear()
    }

    fn clear_region(&mut self, clear_type: ClearType) -> io::Result<()> {
        self.inner.clear_region(clear_type)
    }

    fn size(&self) -> io::Result<Size> {
        Ok(Size::new(self.size.0, self.size.1))
    }

    fn window_size(&mut self) -> io::Result<WindowSize> {
        Ok(WindowSize {
            columns_rows: Backend::size(self)?,
            pixels: Size::ZERO,
        })
    }

    fn flush(&mut self) -> io::Result<()> {
        Backend::flush(&mut self.inner)
    }
}
