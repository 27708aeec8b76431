//! The first pass: which mails there are, and when each was written.

use std::path::PathBuf;

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
    let mut envelopes = Envelopes::default();
    for entry in archives.into_iter().flatten() {
        match entry {
            Ok(entry) => {
                if scanned.files.last() != Some(&entry.path) {
                    std::mem::take(&mut envelopes).correct(&mut scanned.items);
                    scanned.files.push(entry.path.clone());
                }
                let times = Times::of(&entry);
                envelopes.compare(&times, scanned.items.len());
                let at = times.best().or_else(|| file_at(&entry)).unwrap_or(before);
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
    envelopes.correct(&mut scanned.items);
    scanned.items.sort();
    Ok(scanned)
}

/// What a mail says of its time.
#[derive(Clone, Copy, Default)]
struct Times {
    /// Its `Date`.
    date: Option<Timestamp>,
    /// Its first `Received`, which its last server wrote.
    delivered: Option<Timestamp>,
    /// Its line in an mbox, which is looked at when there is no `Received`.
    envelope: Option<Timestamp>,
}

impl Times {
    fn of(entry: &Entry) -> Self {
        let (head, _) = Fields::read(&entry.raw);
        let delivered = head.raw("received").and_then(received_at);
        let envelope = match delivered {
            Some(_) => None,
            None => entry.envelope.as_deref().and_then(envelope_at),
        };
        Self {
            date: head.date("date").map(|(at, _)| at),
            delivered,
            envelope,
        }
    }

    /// When it came: by its `Date`, unless that cannot be true beside the time of its
    /// delivery; else by its delivery, its envelope.
    fn best(&self) -> Option<Timestamp> {
        match (self.date, self.delivered) {
            (Some(date), Some(delivered)) if !agree(date, delivered) => Some(delivered),
            (date, delivered) => date.or(delivered).or(self.envelope),
        }
    }
}

/// Whether a mail of that `Date` can have been delivered then.
fn agree(date: Timestamp, delivered: Timestamp) -> bool {
    let way = delivered.duration_since(date);
    (-FAST_CLOCK..=LONGEST_WAY).contains(&way)
}

/// The envelopes of a file: some programs write the time of delivery there, and some the
/// time of the export, so that they are believed when most of them agree with the mails.
#[derive(Default)]
struct Envelopes {
    agreeing: usize,
    /// The items whose `Date` is another, with the time of the envelope.
    others: Vec<(usize, Timestamp)>,
}

impl Envelopes {
    fn compare(&mut self, times: &Times, item: usize) {
        match (times.date, times.envelope) {
            (Some(date), Some(envelope)) if agree(date, envelope) => self.agreeing += 1,
            (Some(_), Some(envelope)) => self.others.push((item, envelope)),
            _ => {}
        }
    }

    fn correct(self, items: &mut [Item]) {
        if self.agreeing <= self.others.len() {
            return;
        }
        for (item, envelope) in self.others {
            if let Some(item) = items.get_mut(item) {
                item.at = envelope;
            }
        }
    }
}

/// The time behind the last semicolon of a `Received` field (RFC 5321 section 4.4).
fn received_at(value: &[u8]) -> Option<Timestamp> {
    let place = value.iter().rposition(|byte| *byte == b';')?;
    fields::date(value.get(place + 1..)?).map(|(at, _)| at)
}

/// The time in `From a@b Tue Nov  3 14:01:05 2026`, which names no zone.
fn envelope_at(line: &[u8]) -> Option<Timestamp> {
    const WEEKDAYS: &[&str] = &["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
    let line = String::from_utf8_lossy(line);
    // Google Takeout writes a zone, which is always the same, before the year.
    let words: Vec<&str> = line
        .split_whitespace()
        .filter(|word| *word != "+0000")
        .collect();
    let start = words.iter().rposition(|word| WEEKDAYS.contains(word))?;
    let time = words.get(start..)?.join(" ");
    fields::date(time.as_bytes()).map(|(at, _)| at)
}

/// When a file of a single mail was written; an mbox has many.
fn file_at(entry: &Entry) -> Option<Timestamp> {
    if entry.envelope.is_some() {
        return None;
    }
    let written = std::fs::metadata(&entry.path).ok()?.modified().ok()?;
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
        Times::of(&entry).best().map(|at| at.to_string())
    }

    fn mbox(dates: &[(&str, &str)]) -> Vec<String> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("all.mbox");
        let mails = dates.iter().map(|(envelope, date)| {
            format!("From maria at x.example  {envelope}\nDate: {date}\nSubject: x\n\nHello.\n\n")
        });
        std::fs::write(&path, mails.collect::<String>()).unwrap();
        let mut items = scan(&[path], &mut |_| {}).unwrap().items;
        items.sort_by_key(|item| item.offset);
        items.iter().map(|item| item.at.to_string()).collect()
    }

    #[test]
    fn envelopes_correct_a_date_where_most_of_them_agree_with_the_mails() {
        let first = ("Tue Nov  3 14:01:05 2026", "Tue, 3 Nov 2026 15:01:05 +0100");
        let wrong = ("Tue Nov  3 15:00:00 2026", "Thu, 1 Jan 1970 00:00:00 +0000");
        let last = ("Wed Nov  4 09:00:00 2026", "Wed, 4 Nov 2026 08:59:00 +0000");
        let [one, two, three] = [
            "2026-11-03T14:01:05Z",
            "2026-11-03T15:00:00Z",
            "2026-11-04T08:59:00Z",
        ];
        assert_eq!(mbox(&[first, wrong, last]), [one, two, three]);
        let export = "Mon Feb  1 10:00:00 2027";
        let exported = [first, wrong, last].map(|(_, date)| (export, date));
        assert_eq!(mbox(&exported), [one, "1970-01-01T00:00:00Z", three]);
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
            "From maria at cs7.example.org  Tue Nov  3 14:01:05 2026\n",
            "From maria19 at 5.example  Tue Nov  3 14:01:05 2026\n",
            "From 1590@xxx Tue Nov 03 14:01:05 +0000 2026\n",
        ] {
            let found = at("Subject: x\n\n", Some(line));
            assert_eq!(found.as_deref(), Some("2026-11-03T14:01:05Z"), "{line}");
        }
        assert_eq!(at("Subject: x\n\n", Some("From me\n")), None);
    }
}
