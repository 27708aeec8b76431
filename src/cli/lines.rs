//! Lines of stdin as they come, some of them without being shown.

use std::io::{self, BufRead as _, IsTerminal as _};
use std::thread;

use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
use tokio::sync::mpsc;

use super::output;

/// Lines read by a thread that nobody waits for.
pub struct Lines(mpsc::Receiver<String>);

impl Lines {
    /// Those of stdin.
    #[must_use]
    pub fn of_stdin() -> Self {
        let (lines, receiver) = mpsc::channel(4);
        thread::spawn(move || {
            for line in io::stdin().lock().lines() {
                let Ok(line) = line else { return };
                if lines.blocking_send(line).is_err() {
                    return;
                }
            }
        });
        Self(receiver)
    }

    /// The next one; none at the end.
    pub async fn next(&mut self) -> Option<String> {
        self.0.recv().await
    }

    /// Asks for the next one, which the terminal does not show: it is silent before the
    /// question is there, for those who paste at once.
    pub async fn ask_hidden(&mut self, question: &str) -> Option<String> {
        let _echo = Silence::begin();
        output::say(question);
        self.0.recv().await
    }

    /// The rest.
    #[must_use]
    pub fn into_inner(self) -> mpsc::Receiver<String> {
        self.0
    }
}

/// No echo until it is dropped, however that comes.
struct Silence(Option<Termios>);

impl Silence {
    fn begin() -> Self {
        let stdin = io::stdin();
        if !stdin.is_terminal() {
            return Self(None);
        }
        let Ok(before) = tcgetattr(&stdin) else {
            return Self(None);
        };
        let mut silent = before.clone();
        silent.local_modes.remove(LocalModes::ECHO);
        silent.local_modes.insert(LocalModes::ECHONL);
        let set = tcsetattr(&stdin, OptionalActions::Now, &silent);
        Self(set.is_ok().then_some(before))
    }
}

impl Drop for Silence {
    fn drop(&mut self) {
        if let Some(before) = &self.0
            && tcsetattr(io::stdin(), OptionalActions::Now, before).is_err()
        {
            tracing::warn!("the terminal's echo could not be switched on again; run: stty echo");
        }
    }
}
