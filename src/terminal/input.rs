//! The input thread: reads the terminal, blocking, and hands keys on.
//!
//! A thread of its own, because an event stream would wake the loop for every key; this
//! way a burst is drained and drawn once.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use crossterm::event::{
    self, Event as Raw, KeyCode as RawCode, KeyEvent, KeyEventKind, KeyModifiers,
};
use tokio::sync::mpsc::Sender;
use tokio_util::sync::CancellationToken;

use crate::app::{Event, Key, KeyCode};

/// How long a read blocks before the flags are looked at.
const LOOK: Duration = Duration::from_millis(100);

/// Lets another program read the terminal for a while.
#[derive(Clone, Default)]
pub struct Pause(Arc<AtomicBool>);

impl Pause {
    /// Stops reading, within a tenth of a second.
    pub fn pause(&self) {
        self.0.store(true, Ordering::SeqCst);
        // A read that has begun must have ended before somebody else reads.
        thread::sleep(LOOK + LOOK / 2);
    }

    /// Goes on reading.
    pub fn resume(&self) {
        self.0.store(false, Ordering::SeqCst);
    }
}

/// The thread.
pub struct Input {
    stop: Arc<AtomicBool>,
}

impl Input {
    /// Starts reading; `gone` is cancelled when there is no terminal any more.
    ///
    /// # Errors
    /// When no thread can be had.
    pub fn start(events: Sender<Event>, pause: Pause, gone: CancellationToken) -> io::Result<Self> {
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        thread::Builder::new()
            .name("input".to_owned())
            .spawn(move || {
                while !stopped.load(Ordering::SeqCst) {
                    if pause.0.load(Ordering::SeqCst) {
                        thread::sleep(LOOK);
                        continue;
                    }
                    match next() {
                        Ok(Some(event)) => {
                            if events.blocking_send(event).is_err() {
                                return;
                            }
                        }
                        Ok(None) => {}
                        Err(error) => {
                            tracing::info!(%error, "the terminal cannot be read any more");
                            gone.cancel();
                            return;
                        }
                    }
                }
            })?;
        Ok(Self { stop })
    }

    /// Ends the thread with its next look.
    pub fn stop(&self) {
        self.stop.store(true, Ordering::SeqCst);
    }
}

fn next() -> io::Result<Option<Event>> {
    if !event::poll(LOOK)? {
        return Ok(None);
    }
    Ok(match event::read()? {
        Raw::Key(key) if key.kind != KeyEventKind::Release => translate(key).map(Event::Pressed),
        Raw::Paste(text) => Some(Event::Pasted(text)),
        Raw::Resize(width, height) => Some(Event::Resized { width, height }),
        _ => None,
    })
}

fn translate(key: KeyEvent) -> Option<Key> {
    let ctrl = key.modifiers.contains(KeyModifiers::CONTROL);
    let alt = key.modifiers.contains(KeyModifiers::ALT);
    let code = match key.code {
        RawCode::Char(c) if ctrl => KeyCode::Char(c.to_ascii_lowercase()),
        RawCode::Char(c) => KeyCode::Char(c),
        RawCode::Enter => KeyCode::Enter,
        RawCode::Esc => KeyCode::Esc,
        RawCode::Tab => KeyCode::Tab,
        RawCode::BackTab => KeyCode::BackTab,
        RawCode::Backspace => KeyCode::Backspace,
        RawCode::Delete => KeyCode::Delete,
        RawCode::Up => KeyCode::Up,
        RawCode::Down => KeyCode::Down,
        RawCode::Left => KeyCode::Left,
        RawCode::Right => KeyCode::Right,
        RawCode::Home => KeyCode::Home,
        RawCode::End => KeyCode::End,
        RawCode::PageUp => KeyCode::PageUp,
        RawCode::PageDown => KeyCode::PageDown,
        RawCode::F(n) => KeyCode::F(n),
        _ => return None,
    };
    Some(Key { code, ctrl, alt })
}
