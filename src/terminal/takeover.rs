//! Taking the terminal over, and giving it back whatever happens.

use std::io::{self, Write as _};
use std::panic;
use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context as _, Result};
use crossterm::cursor::Show;
use crossterm::event::{DisableBracketedPaste, EnableBracketedPaste};
use crossterm::execute;
use crossterm::terminal::{self, EnterAlternateScreen, LeaveAlternateScreen};

/// Whether the terminal is in our hands: the panic hook and the ordinary end both give it
/// back, and only the first of them does.
static TAKEN: AtomicBool = AtomicBool::new(false);

/// The terminal in our hands; given back when dropped.
pub struct Takeover(());

impl Takeover {
    /// Raw mode, the alternate screen, bracketed paste.
    ///
    /// # Errors
    /// When stdin or stdout is no terminal.
    pub fn begin() -> Result<Self> {
        hook_panics();
        enter().context(
            "rejoinder needs a terminal for its screen; the verbs (rejoinder list, rejoinder show ...) work without one",
        )?;
        Ok(Self(()))
    }

    /// Gives the terminal to another program for a while.
    ///
    /// # Errors
    /// When the terminal does not obey.
    pub fn suspend(&self) -> Result<()> {
        leave();
        Ok(())
    }

    /// Takes it back.
    ///
    /// # Errors
    /// When the terminal does not obey.
    pub fn resume(&self) -> Result<()> {
        enter().context("the terminal could not be taken back after the editor")
    }

    /// Gives it back for good.
    pub fn end(&self) {
        leave();
    }
}

impl Drop for Takeover {
    fn drop(&mut self) {
        leave();
    }
}

fn enter() -> io::Result<()> {
    terminal::enable_raw_mode()?;
    TAKEN.store(true, Ordering::SeqCst);
    let entered = execute!(io::stdout(), EnterAlternateScreen, EnableBracketedPaste);
    if entered.is_err() {
        leave();
    }
    entered
}

fn leave() {
    if !TAKEN.swap(false, Ordering::SeqCst) {
        return;
    }
    // A terminal that is gone cannot be restored, and there is nobody to tell.
    let left = execute!(
        io::stdout(),
        DisableBracketedPaste,
        LeaveAlternateScreen,
        Show
    )
    .and_then(|()| io::stdout().flush());
    let cooked = terminal::disable_raw_mode();
    if let Err(error) = left.and(cooked) {
        tracing::warn!(%error, "the terminal could not be restored");
    }
}

/// A panic gives the terminal back first, so that its message can be read.
fn hook_panics() {
    static HOOKED: Once = Once::new();
    HOOKED.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            leave();
            tracing::error!("{info}");
            before(info);
        }));
    });
}

/// Puts a text on the clipboard of the terminal's machine (OSC 52), over SSH too.
///
/// # Errors
/// When the terminal takes no more bytes.
pub fn copy(text: &str) -> io::Result<()> {
    execute!(
        io::stdout(),
        crossterm::clipboard::CopyToClipboard::to_clipboard_from(text)
    )
}

/// Columns and rows.
#[must_use]
pub fn size() -> (u16, u16) {
    terminal::size().unwrap_or((80, 24))
}

/// Whether the locale says that the terminal takes UTF-8.
#[must_use]
pub fn speaks_utf8() -> bool {
    let says = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let locale = says("LC_ALL")
        .or_else(|| says("LC_CTYPE"))
        .or_else(|| says("LANG"));
    // No locale at all is a bare container or a service: today's terminals take UTF-8.
    locale.is_none_or(|locale| {
        let locale = locale.to_lowercase();
        locale.contains("utf-8") || locale.contains("utf8")
    })
}
