//! A terminal for the tests: a real pty, read into a screen that can be looked at.

use std::io::{Read as _, Write};
use std::num::NonZeroU16;
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

use crate::house::{House, binary};

/// How long a text may take to appear. Only a failing test waits that long.
const PATIENCE: Duration = Duration::from_secs(60);

struct Seen {
    parser: vt100::Parser,
    raw: Vec<u8>,
    ended: bool,
}

pub struct Pty {
    seen: Arc<(Mutex<Seen>, Condvar)>,
    writer: Box<dyn Write + Send>,
    master: Box<dyn MasterPty + Send>,
    pub child: Box<dyn Child + Send + Sync>,
}

fn cells(n: u16) -> NonZeroU16 {
    NonZeroU16::new(n).unwrap()
}

impl Drop for Pty {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

impl Pty {
    pub fn start(house: &House, arguments: &[&str], size: (u16, u16)) -> Self {
        Self::start_other(house, &binary().display().to_string(), arguments, size)
    }

    /// Another program than ours.
    pub fn start_other(
        house: &House,
        program: &str,
        arguments: &[&str],
        (columns, rows): (u16, u16),
    ) -> Self {
        let size = PtySize {
            rows,
            cols: columns,
            pixel_width: 0,
            pixel_height: 0,
        };
        let pair = native_pty_system().openpty(size).unwrap();
        let mut command = CommandBuilder::new(program);
        command.args(arguments);
        command.env_clear();
        for (name, value) in house.command().get_envs() {
            if let Some(value) = value {
                command.env(name, value);
            }
        }
        let child = pair.slave.spawn_command(command).unwrap();
        drop(pair.slave);
        let mut reader = pair.master.try_clone_reader().unwrap();
        let seen = Seen {
            parser: vt100::Parser::new(cells(rows), cells(columns), 0),
            raw: Vec::new(),
            ended: false,
        };
        let seen = Arc::new((Mutex::new(seen), Condvar::new()));
        let shared = Arc::clone(&seen);
        thread::spawn(move || {
            let mut buffer = [0; 65_536];
            loop {
                let read = reader.read(&mut buffer).unwrap_or(0);
                let mut seen = shared.0.lock().unwrap();
                if read == 0 {
                    seen.ended = true;
                    shared.1.notify_all();
                    return;
                }
                seen.parser.process(&buffer[..read]);
                seen.raw.extend_from_slice(&buffer[..read]);
                shared.1.notify_all();
            }
        });
        let writer = pair.master.take_writer().unwrap();
        Self {
            seen,
            writer,
            master: pair.master,
            child,
        }
    }

    pub fn press(&mut self, keys: &str) {
        // A program that has ended takes no more keys.
        self.writer.write_all(keys.as_bytes()).ok();
        self.writer.flush().ok();
    }

    pub fn text(&self) -> String {
        self.seen.0.lock().unwrap().parser.screen().contents()
    }

    pub fn raw(&self) -> Vec<u8> {
        self.seen.0.lock().unwrap().raw.clone()
    }

    /// Waits until the screen is as wanted; a screen that never is ends the test.
    pub fn until(&self, what: &str, wanted: impl Fn(&str) -> bool) -> String {
        let deadline = Instant::now() + PATIENCE;
        let (lock, changed) = &*self.seen;
        let mut seen = lock.lock().unwrap();
        loop {
            let text = seen.parser.screen().contents();
            if wanted(&text) {
                return text;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            assert!(!left.is_zero() && !seen.ended, "never saw {what}:\n{text}");
            seen = changed.wait_timeout(seen, left).unwrap().0;
        }
    }

    pub fn until_shown(&self, words: &str) -> String {
        self.until(words, |text| text.contains(words))
    }

    pub fn until_gone(&self, words: &str) -> String {
        self.until(&format!("the end of {words}"), |text| !text.contains(words))
    }

    pub fn resize(&self, columns: u16, rows: u16) {
        let size = PtySize {
            rows,
            cols: columns,
            pixel_width: 0,
            pixel_height: 0,
        };
        self.seen
            .0
            .lock()
            .unwrap()
            .parser
            .screen_mut()
            .set_size(cells(rows), cells(columns));
        self.master.resize(size).unwrap();
    }

    pub fn pid(&self) -> u32 {
        self.child.process_id().unwrap()
    }

    /// Waits until a question is asked, or the program has ended.
    pub fn until_gone_or_ended(&mut self) {
        let deadline = Instant::now() + PATIENCE;
        while self.child.try_wait().unwrap().is_none() && !self.text().contains("quit all the same")
        {
            assert!(
                Instant::now() < deadline,
                "neither asked nor ended:\n{}",
                self.text()
            );
            thread::yield_now();
        }
    }

    /// Waits for the end of the program; its exit code.
    pub fn ended(&mut self) -> u32 {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.exit_code();
            }
            assert!(
                Instant::now() < deadline,
                "the program does not end:\n{}",
                self.text()
            );
            thread::yield_now();
        }
    }
}
