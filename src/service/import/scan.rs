//! The first pass: which mails there are, and when each was written.

use std::path::{Path, PathBuf};

use jiff::{SignedDuration, Timestamp};

use crate::mail::archive::{Archive, ArchiveError, Entry};
use crate::mail::parse::fields::{self, Fields};

/// How long before its delivery a mail may say that it was written.
const LONGEST_WAY: SignedDuration = SignedDuration::from_hours(24 * 14);
/// How much later than its delivery, by clocks that are wrong.
const FAST_CLOCK: SignedDuration = SignedDuration::from_hours(24);
/// Mails between two reports of progress.
const STEP: u64 = 1_000;

/// Where a mail is, and when it came.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Item {
    /// When it came, as well as it can be told.
    pub at: Timestamp,
    /// Index of its file.
    pub file: usize,
    /// Where it begins.
    pub offset: u64,
    /// How many bytes it takes there.
    pub length: u64,
    /// Its file is an mbox.
    pub in_mbox: bool,
}

/// A mail, or a file, that cannot be read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Broken {
    /// The file.
    pub file: String,
    /// Where in it.
    pub offset: u64,
    /// Why.
    pub error: String,
}

/// What the first pass found: the mails in the order of their time.
#[derive(Debug, Default)]
pub(super) struct Scanned {
    pub files: Vec<PathBuf>,
    pub items: Vec<Item>,
    pub broken: Vec<Broken>,
}

/// Reads the header fields of all mails of all paths.
///
/// # Errors
/// When a path is not there.
pub(super) fn scan(paths: &[PathBuf], found: &mut dyn FnMut(u64)) -> Result<Scanned, ArchiveError> {
    let mut scanned = Scanned::default();
    let archives: Vec<Archive> = paths
        .iter()
        .map(|path| Archive::heads(path))
        .collect::<Result<_, _>>()?;
    // A mail without any date stands behind the one before it.
    let mut before = Timestamp::UNIX_EPOCH;
    let mut mails = 0;
    for entry in archives.into_iter().flatten() {
        match entry {
            Ok(entry) => {
                if scanned.files.last() != Some(&entry.path) {
                    scanned.files.push(entry.path.clone());
                }
                let at = written_at(&entry).unwrap_or(before);
                before = at;
                scanned.items.push(Item {
                    at,
                    file: scanned.files.len() - 1,
                    offset: entry.offset,
                    length: entry.length,
                    in_mbox: entry.envelope.is_some(),
                });
            }
            Err(error) => scanned.broken.push(Broken {
                file: error.path().to_string_lossy().into_owned(),
                offset: error.offset(),
                error: error.to_string(),
            }),
        }
        mails += 1;
        if mails % STEP == 0 {
            found(mails);
        }
    }
    found(mails);
    scanned.items.sort();
    Ok(scanned)
}

/// When a mail came: by its `Date`, unless that cannot be true beside the time of its
/// delivery; else by its delivery, its envelope, its file.
fn written_at(entry: &Entry) -> Option<Timestamp> {
    let (head, _) = Fields::read(&entry.raw);
    let date = head.date("date").map(|(at, _)| at);
    let delivered = head.raw("received").and_then(received_at);
    match (date, delivered) {
        (Some(date), Some(delivered)) => {
            let way = delivered.duration_since(date);
            Some(if way > LONGEST_WAY || way < -FAST_CLOCK {
                delivered
            } else {
                date
            })
        }
        (Some(date), None) => Some(date),
        (None, Some(delivered)) => Some(delivered),
        (None, None) => entry
            .envelope
            .as_deref()
            .and_then(envelope_at)
            .or_else(|| file_at(&entry.path, entry.envelope.is_some())),
    }
}

/// The time behind the last semicolon of a `Received` field (RFC 5321 section 4.4).
fn received_at(value: &[u8]) -> Option<Timestamp> {
    let place = value.iter().rposition(|byte| *byte == b';')?;
    fields::date(value.get(place + 1..)?).map(|(at, _)| at)
}

/// The time in `From a@b Tue Nov  3 14:01:05 2026`, which names no zone.
fn envelope_at(line: &[u8]) -> Option<Timestamp> {
    let line = String::from_utf8_lossy(line);
    // Google Takeout writes a zone, which is always the same, before the year.
    let words: Vec<&str> = line
        .split_whitespace()
        .filter(|word| *word != "+0000")
        .collect();
    (2..words.len()).find_map(|start| {
        let rest = words.get(start..)?.join(" ");
        fields::date(rest.as_bytes()).map(|(at, _)| at)
    })
}

/// When a file of a single mail was written; an mbox has many.
fn file_at(path: &Path, in_mbox: bool) -> Option<Timestamp> {
    if in_mbox {
        return None;
    }
    let written = std::fs::metadata(path).ok()?.modified().ok()?;
    Timestamp::try_from(written).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(raw: &str, envelope: Option<&str>) -> Option<String> {
        let entry = Entry {
            path: PathBuf::from("/nowhere"),
            offset: 0,
            length: 0,
            envelope: envelope.map(|line| line.as_bytes().to_vec()),
            raw: raw.as_bytes().to_vec(),
        };
        written_at(&entry).map(|at| at.to_string())
    }

    #[test]
    fn a_mail_came_when_it_says_so_unless_its_delivery_says_otherwise() {
        let mail = |date: &str| {
            format!("Received: from a; by b;\n\tTue, 3 Nov 2026 10:00:00 +0000\nDate: {date}\n\nx")
        };
        let noon = "2026-11-03T10:00:00Z";
        for (date, wanted) in [
            ("Tue, 3 Nov 2026 10:59:00 +0100", "2026-11-03T09:59:00Z"),
            ("Thu, 1 Jan 1970 00:00:00 +0000", noon),
            ("Sat, 3 Nov 2035 10:00:00 +0000", noon),
            ("yesterday", noon),
        ] {
            assert_eq!(at(&mail(date), None).as_deref(), Some(wanted), "{date}");
        }
    }

    #[test]
    fn without_fields_the_envelope_tells_the_time() {
        for line in [
            "From a@b Tue Nov  3 14:01:05 2026\n",
            "From maria at example.org  Tue Nov  3 14:01:05 2026\n",
            "From 1590@xxx Tue Nov 03 14:01:05 +0000 2026\n",
        ] {
            let found = at("Subject: x\n\n", Some(line));
            assert_eq!(found.as_deref(), Some("2026-11-03T14:01:05Z"), "{line}");
        }
        assert_eq!(at("Subject: x\n\n", Some("From me\n")), None);
    }
}
