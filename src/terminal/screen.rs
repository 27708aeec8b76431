//! Drawing with as few bytes as possible: only what differs from the last frame is
//! written, in one write; a frame that differs in nothing writes nothing.

use std::io;

use ratatui::Terminal;
use ratatui::backend::Backend as _;
use ratatui::layout::Rect;

use super::backend::OneWrite;
use crate::app::overlay::Overlay;
use crate::app::sign_in::SignInLine;
use crate::app::{Model, layout};

/// The terminal as it was drawn last.
pub struct Screen {
    terminal: Option<Terminal<OneWrite>>,
    size: (u16, u16),
    /// What was made a link since the terminal was cleared.
    linked: Vec<Link>,
}

/// Where, to which address, and the words that are a link to it.
type Link = (u16, u16, String, String);

/// The lines of the consent address: what is drawn there is written once more as a link,
/// as the cells of a frame cannot carry one.
fn links(model: &Model) -> Vec<Link> {
    let Some(Overlay::SignIn(page)) = &model.overlay else {
        return Vec::new();
    };
    let Some(url) = page.url() else {
        return Vec::new();
    };
    let area = layout::sign_in(model.width, model.height).text;
    let (wide, high) = (usize::from(area.width), usize::from(area.height));
    (area.y..area.bottom())
        .zip(page.visible(wide, high, model.now))
        .filter(|(_, (kind, _))| *kind == SignInLine::Address)
        .map(|(y, (_, text))| (area.x, y, url.to_owned(), text))
        .collect()
}

impl Screen {
    /// A screen of which nothing is drawn yet.
    #[must_use]
    pub const fn new(size: (u16, u16)) -> Self {
        Self {
            terminal: None,
            size,
            linked: Vec::new(),
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
        let fresh = self.terminal.is_none();
        if fresh {
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
        let linked = links(model);
        if linked != self.linked || fresh {
            for (x, y, url, text) in &linked {
                terminal.backend_mut().link((*x, *y), url, text)?;
            }
            self.linked = linked;
        }
        terminal.backend_mut().flush()
    }
}
