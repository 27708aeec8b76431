//! The second pass: mails read whole, on every core, and handed on in order.
//!
//! The mails are dealt out in chunks, one thread after the other, and collected in the
//! same order. A thread that is far ahead waits, so that what is read and not yet stored
//! stays within bounds.

use std::fs::File;
use std::hash::{DefaultHasher, Hasher as _};
use std::sync::Arc;

use jiff::Timestamp;
use sha2::{Digest as _, Sha256};
use tokio::sync::mpsc;

use super::quotes::Prints;
use super::scan::{Item, Scanned};
use crate::mail::archive;
use crate::mail::parse::{self, Mail};

/// Mails of a chunk.
const CHUNK: usize = 32;
/// Chunks that a thread may be ahead.
const AHEAD: usize = 4;
/// Most threads.
const THREADS: usize = 8;

/// A mail that was read, or why it was not.
pub(super) struct Ready {
    pub file: String,
    pub offset: u64,
    pub at: Timestamp,
    pub content: Content,
}

pub(super) enum Content {
    /// Read whole. The digest stands for a mail that has no `Message-ID`.
    Mail {
        mail: Box<Mail>,
        prints: Prints,
        digest: Option<Vec<u8>>,
        /// By its file's name it is a draft, or thrown away.
        unwanted: bool,
    },
    /// It cannot be read.
    Broken(String),
}

impl Ready {
    /// About how many bytes it takes.
    pub(super) fn weight(&self) -> usize {
        match &self.content {
            Content::Mail { mail, .. } => 1_000 + 2 * mail.text.len(),
            Content::Broken(_) => 1_000,
        }
    }
}

/// A short hash, for telling words apart at a glance.
pub(super) fn glance(bytes: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    hasher.write(bytes);
    hasher.finish()
}

/// The threads that read.
pub(super) struct Reader {
    lanes: Vec<mpsc::Receiver<Vec<Ready>>>,
    next: usize,
}

impl Reader {
    /// Starts reading.
    pub(super) fn start(scanned: Arc<Scanned>) -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let threads = cores.min(THREADS);
        let lanes = (0..threads)
            .map(|lane| {
                let (send, receive) = mpsc::channel(AHEAD);
                let scanned = Arc::clone(&scanned);
                // A thread that cannot be had leaves its lane empty, which would lose
                // mails; the closure then runs nowhere and the channel closes at once.
                let job = move || read_lane(&scanned, lane, threads, &send);
                tokio::task::spawn_blocking(job);
                receive
            })
            .collect();
        Self { lanes, next: 0 }
    }

    /// The next chunk, in the order of the mails; none at the end.
    pub(super) async fn next(&mut self) -> Option<Vec<Ready>> {
        let lanes = self.lanes.len();
        let lane = self.lanes.get_mut(self.next % lanes.max(1))?;
        self.next += 1;
        lane.recv().await
    }
}

fn read_lane(scanned: &Scanned, lane: usize, lanes: usize, send: &mpsc::Sender<Vec<Ready>>) {
    let mut open: Option<(usize, File)> = None;
    for chunk in scanned.items.chunks(CHUNK).skip(lane).step_by(lanes) {
        let ready = chunk
            .iter()
            .map(|item| read_one(scanned, item, &mut open))
            .collect();
        if send.blocking_send(ready).is_err() {
            // Nobody waits for the rest any more.
            return;
        }
    }
}

fn read_one(scanned: &Scanned, item: &Item, open: &mut Option<(usize, File)>) -> Ready {
    let path = scanned.files.get(item.file);
    let file = path.map(|path| path.to_string_lossy().into_owned());
    let file = file.unwrap_or_default();
    let content = match read_raw(scanned, item, open) {
        Ok(raw) => read_content(&raw, is_unwanted(&file)),
        Err(error) => Content::Broken(error),
    };
    Ready {
        file,
        offset: item.offset,
        at: item.at,
        content,
    }
}

fn read_raw(
    scanned: &Scanned,
    item: &Item,
    open: &mut Option<(usize, File)>,
) -> Result<Vec<u8>, String> {
    let Some(path) = scanned.files.get(item.file) else {
        return Err("its file is not known".to_owned());
    };
    if open.as_ref().is_none_or(|(index, _)| *index != item.file) {
        let file = File::open(path).map_err(|error| format!("it cannot be read: {error}"))?;
        *open = Some((item.file, file));
    }
    let Some((_, file)) = open else {
        return Err("its file is not open".to_owned());
    };
    archive::entry_at(file, path, item.offset, item.length, item.in_mbox)
        .map_err(|error| error.to_string())
}

fn read_content(raw: &[u8], unwanted: bool) -> Content {
    match parse::parse(raw) {
        Ok(mail) => {
            let digest = mail.message_id.is_none().then(|| digest(&mail));
            Content::Mail {
                prints: Prints::of(&mail),
                mail: Box::new(mail),
                digest,
                unwanted,
            }
        }
        Err(error) => Content::Broken(error.to_string()),
    }
}

/// What tells a mail without `Message-ID` from others.
fn digest(mail: &Mail) -> Vec<u8> {
    let mut hasher = Sha256::new();
    let date = mail.date.as_ref().map(ToString::to_string);
    let people = [&mail.from].into_iter().chain(&mail.to).chain(&mail.cc);
    let mut add = |text: &str| {
        hasher.update(text.as_bytes());
        hasher.update([0]);
    };
    people.for_each(|one| add(&one.address));
    add(date.as_deref().unwrap_or_default());
    add(&mail.subject);
    add(&mail.text);
    hasher.finalize().to_vec()
}

/// Maildir flags in a file's name: `D` for drafts and `T` for what was thrown away.
fn is_unwanted(file: &str) -> bool {
    let name = file.rsplit('/').next().unwrap_or(file);
    name.rsplit_once(":2,")
        .is_some_and(|(_, flags)| flags.len() <= 26 && flags.contains(['D', 'T']))
}
