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

/// Draws cells, and places anew what stands behind a symbol that terminals disagree on.
fn draw_placed<'a, W: Write>(
    backend: &mut CrosstermBackend<W>,
    content: impl Iterator<Item = (u16, u16, &'a Cell)>,
) -> io::Result<()> {
    let mut content = content.peekable();
    while content.peek().is_some() {
        let mut over = false;
        let run = std::iter::from_fn(|| {
            let cell = content.next_if(|_| !over)?;
            over = is_disputed(cell.2.symbol());
            Some(cell)
        });
        backend.draw(run)?;
    }
    Ok(())
}

/// Whether terminals give a symbol different numbers of cells, by the age of their tables:
/// several characters in one, and pictures.
fn is_disputed(symbol: &str) -> bool {
    let mut chars = symbol.chars();
    let pictured =
        |c| matches!(c, '\u{2600}'..='\u{27bf}' | '\u{2b00}'..='\u{2bff}' | '\u{1f000}'..);
    chars.next().is_some_and(pictured) || chars.next().is_some()
}

impl Backend for OneWrite {
    type Error = io::Error;

    fn draw<'a, I>(&mut self, content: I) -> io::Result<()>
    where
        I: Iterator<Item = (u16, u16, &'a Cell)>,
    {
        draw_placed(&mut self.inner, content)
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

#[cfg(test)]
mod tests {
    use super::*;
    use ratatui::buffer::Buffer;
    use ratatui::layout::Rect;
    use ratatui::style::Style;

    fn drawn(text: &str) -> String {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 20, 1));
        let (end, _) = buffer.set_stringn(0, 0, text, 20, Style::default());
        let mut bytes = Vec::new();
        let cells = (0..end).filter_map(|x| Some((x, 0, buffer.cell((x, 0))?)));
        draw_placed(&mut CrosstermBackend::new(&mut bytes), cells).unwrap();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn what_follows_a_symbol_of_disputed_width_is_placed_anew() {
        let placed = |text: &str, column: u16| drawn(text).contains(&format!("\x1b[1;{column}H"));
        assert!(placed("\u{ba8}\u{bbe}x", 2), "a syllable of Tamil");
        assert!(placed("\u{2764}x", 2), "a heart");
        assert!(placed("e\u{301}x", 2), "a letter with its accent");
        assert!(!placed("\u{e9}x", 2), "a letter");
        assert_eq!(drawn("plain text").matches('H').count(), 1);
    }
}
