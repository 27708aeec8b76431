//! The mbox format (RFC 4155 and its variants): mails one after another in a file, told
//! apart by their envelope lines, with quoting or with lengths.

use std::fs::File;
use std::io::{BufRead, BufReader, Cursor, Read, Seek, SeekFrom};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

use super::{ArchiveError, ENTRY_BYTES, Entry};

/// What an mbox is read from.
pub(super) trait Source: Read {
    /// Some bytes at a place ahead, without moving; fewer at the end.
    fn peek(&self, at: u64, bytes: &mut [u8]) -> std::io::Result<usize>;
}

impl Source for File {
    fn peek(&self, at: u64, bytes: &mut [u8]) -> std::io::Result<usize> {
        self.read_at(bytes, at)
    }
}

impl Source for Cursor<Vec<u8>> {
    fn peek(&self, at: u64, bytes: &mut [u8]) -> std::io::Result<usize> {
        let rest = usize::try_from(at)
            .ok()
            .and_then(|at| self.get_ref().get(at..));
        rest.unwrap_or_default().read(bytes)
    }
}

/// An mbox (RFC 4155 and its variants), read mail by mail.
#[derive(Debug)]
pub(super) struct Mbox<S: Read> {
    path: PathBuf,
    from: BufReader<S>,
    /// Place of the next unread byte.
    at: u64,
    /// The line that was read last.
    line: Vec<u8>,
    /// The first lines of the next mail, which were read to find its beginning.
    held: Option<Held>,
    /// Bytes of a mail that are kept.
    most: usize,
    failed: bool,
}

#[derive(Debug)]
struct Held {
    offset: u64,
    envelope: Vec<u8>,
    line: Vec<u8>,
}

impl Mbox<File> {
    pub(super) fn open(path: &Path, offset: u64, most: usize) -> Result<Self, ArchiveError> {
        let io = |reason| ArchiveError::Io {
            path: path.to_owned(),
            reason,
        };
        let mut file = File::open(path).map_err(io)?;
        file.seek(SeekFrom::Start(offset)).map_err(io)?;
        Ok(Self::of(path, file, offset, most))
    }
}

impl<S: Source> Mbox<S> {
    pub(super) fn of(path: &Path, source: S, at: u64, most: usize) -> Self {
        Self {
            path: path.to_owned(),
            from: BufReader::with_capacity(256 * 1024, source),
            at,
            line: Vec::new(),
            held: None,
            most,
            failed: false,
        }
    }

    /// Reads one line with its end; false at the end of the file.
    fn read_line(&mut self) -> std::io::Result<bool> {
        self.line.clear();
        let limit = u64::try_from(ENTRY_BYTES).unwrap_or(u64::MAX);
        let read = self
            .from
            .by_ref()
            .take(limit)
            .read_until(b'\n', &mut self.line)?;
        self.at += u64::try_from(read).unwrap_or(0);
        Ok(read > 0)
    }

    fn entry(&mut self) -> std::io::Result<Option<Result<Entry, ArchiveError>>> {
        let mut mail = Collected::new(self.most);
        let mut envelope = None;
        let offset = match self.held.take() {
            Some(held) => {
                mail.take(&held.line);
                envelope = Some(held.envelope);
                held.offset
            }
            None => {
                // The envelope of the first mail, after empty lines at most.
                loop {
                    let begins = self.at;
                    if !self.read_line()? {
                        return Ok(None);
                    }
                    if self.line.starts_with(b"From ") {
                        envelope = Some(self.line.clone());
                        break begins;
                    }
                    if !self.line.trim_ascii().is_empty() {
                        mail.take(&self.line);
                        break begins;
                    }
                }
            }
        };
        let mut blank = false;
        let ends = loop {
            let begins = self.at;
            if !self.read_line()? {
                break self.at;
            }
            if blank && self.line.starts_with(b"From ") {
                // A body may hold such a line unquoted; a mail's fields follow the real one.
                let line = std::mem::take(&mut self.line);
                let more = self.read_line()?;
                if !more || looks_like_field(&self.line) {
                    self.held = Some(Held {
                        offset: begins,
                        envelope: line,
                        line: std::mem::take(&mut self.line),
                    });
                    break begins;
                }
                mail.take(&line);
                mail.take(&self.line);
                blank = self.line.trim_ascii().is_empty();
                continue;
            }
            blank = self.line.trim_ascii().is_empty();
            let announced = mail.take(&self.line);
            if let Some(length) = announced.filter(|length| self.is_true(*length)) {
                let stop = self.at + length;
                while self.at < stop && self.read_line()? {
                    mail.take(&self.line);
                }
                // An empty line or none comes before the next envelope.
                blank = true;
            }
        };
        if mail.size > ENTRY_BYTES {
            let path = self.path.clone();
            return Ok(Some(Err(ArchiveError::TooLarge { path, offset })));
        }
        // The empty line before the next envelope belongs to the file.
        let mut raw = mail.raw;
        if self.held.is_some() && mail.size <= self.most {
            for end in [&b"\n"[..], b"\r"] {
                if raw.ends_with(end) {
                    raw.pop();
                }
            }
        }
        Ok(Some(Ok(Entry {
            path: self.path.clone(),
            offset,
            length: ends - offset,
            envelope,
            raw,
        })))
    }

    /// Whether a `Content-Length` that was found ends where the mail ends: then lines of
    /// the body that look like envelopes are none (mboxcl2).
    fn is_true(&self, length: u64) -> bool {
        // From the body's last byte on, so that a length beyond the file is seen.
        let mut last = [0; 16];
        let place = self.at.saturating_add(length - 1);
        let Ok(read) = self.from.get_ref().peek(place, &mut last) else {
            return false;
        };
        let Some((_, ahead)) = last.get(..read).and_then(<[u8]>::split_first) else {
            return false;
        };
        let next = ahead.trim_ascii_start();
        next.starts_with(b"From ") || (ahead.len() < 4 && next.is_empty())
    }
}

/// The lines of a mail as they come.
struct Collected {
    raw: Vec<u8>,
    size: usize,
    most: usize,
    in_header: bool,
    length: Option<u64>,
}

impl Collected {
    fn new(most: usize) -> Self {
        Self {
            raw: Vec::new(),
            size: 0,
            most,
            in_header: true,
            length: None,
        }
    }

    /// Adds a line. At the end of the header fields it says how long the body is to be,
    /// where they tell.
    fn take(&mut self, line: &[u8]) -> Option<u64> {
        let line = unquoted(line);
        self.size = self.size.saturating_add(line.len());
        if self.size <= self.most.min(ENTRY_BYTES) {
            self.raw.extend_from_slice(line);
        } else if self.size > ENTRY_BYTES {
            self.raw = Vec::new();
        }
        if !self.in_header {
            return None;
        }
        if line.trim_ascii().is_empty() {
            self.in_header = false;
            return self.length;
        }
        const NAME: &[u8] = b"content-length:";
        if let Some((name, value)) = line.split_at_checked(NAME.len())
            && name.eq_ignore_ascii_case(NAME)
        {
            let digits = std::str::from_utf8(value.trim_ascii()).unwrap_or("");
            self.length = digits.parse().ok().filter(|length| *length > 0_u64);
        }
        None
    }
}

impl<S: Source> Iterator for Mbox<S> {
    type Item = Result<Entry, ArchiveError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.failed {
            return None;
        }
        match self.entry() {
            Ok(entry) => entry,
            Err(reason) => {
                self.failed = true;
                Some(Err(ArchiveError::Io {
                    path: self.path.clone(),
                    reason,
                }))
            }
        }
    }
}

/// `>From ` was `From `, `>>From ` was `>From ` (mboxrd, which mboxo files read as well).
fn unquoted(line: &[u8]) -> &[u8] {
    let quotes = line.iter().take_while(|byte| **byte == b'>').count();
    match line.get(quotes..) {
        Some(rest) if quotes > 0 && rest.starts_with(b"From ") => line.get(1..).unwrap_or(line),
        _ => line,
    }
}

pub(super) fn looks_like_field(line: &[u8]) -> bool {
    let name = line
        .iter()
        .take(80)
        .take_while(|byte| (0x21..0x7f).contains(*byte) && **byte != b':')
        .count();
    name > 0 && line.get(name) == Some(&b':')
        || line.starts_with(b">From ")
        || line.starts_with(b"From ")
}

#[cfg(test)]
mod tests {
    use std::fs;

    use proptest::strategy::Strategy as _;

    use super::super::tests::bodies;
    use super::super::{Archive, entry_at};
    use super::*;

    const MBOX: &str = "From a@b Tue Nov  3 14:01:05 2026\nSubject: one\n\nhello\n>From here on\n>>From there\n\nFrom now on it is fine.\n\n\
        From c@d Tue Nov  3 14:01:06 2026\r\nSubject: two\r\n\r\nhi\r\n\r\nFrom e@f Tue Nov  3 14:01:07 2026\nSubject: three\n\nend\n";

    #[test]
    fn an_mbox_is_read_mail_by_mail_with_its_quoting_undone() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("all.mbox");
        fs::write(&path, MBOX).unwrap();
        assert_eq!(
            bodies(&path),
            [
                "Subject: one\n\nhello\nFrom here on\n>From there\n\nFrom now on it is fine.\n",
                "Subject: two\r\n\r\nhi\r\n",
                "Subject: three\n\nend\n",
            ]
        );
    }

    #[test]
    fn an_import_goes_on_where_it_was_interrupted() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("all.mbox");
        fs::write(&path, MBOX).unwrap();
        let entries: Vec<Entry> = Archive::open(&path).unwrap().map(Result::unwrap).collect();
        for (index, entry) in entries.iter().enumerate() {
            let rest: Vec<Entry> = Archive::resume(&path, entry.offset)
                .unwrap()
                .map(Result::unwrap)
                .collect();
            assert_eq!(rest, entries[index..]);
        }
    }

    #[test]
    fn a_length_that_is_true_keeps_what_looks_like_an_envelope_and_a_wrong_one_is_ignored() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("all.mbox");
        let forwarded = "see below\n\nFrom x@y Tue Nov  3 14:01:05 2026\nSubject: old\n\ntext\n";
        let mbox = format!(
            "From a@b Tue\nSubject: one\nContent-Length: {}\n\n{forwarded}\nFrom c@d Tue\nContent-Length: 9999\nSubject: two\n\nhi\n\nFrom e@f Tue\nSubject: three\n\nend\n",
            forwarded.len()
        );
        fs::write(&path, mbox).unwrap();
        let found = bodies(&path);
        assert_eq!(found.len(), 3, "{found:#?}");
        assert!(found[0].ends_with(forwarded));
        assert_eq!(found[1], "Content-Length: 9999\nSubject: two\n\nhi\n");
        let file = File::open(&path).unwrap();
        for (entry, whole) in Archive::heads(&path).unwrap().zip(&found) {
            let entry = entry.unwrap();
            let raw = entry_at(&file, &path, entry.offset, entry.length, true).unwrap();
            assert_eq!(String::from_utf8(raw).unwrap().trim_end(), whole.trim_end());
        }
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig { failure_persistence: None, cases: 64, ..Default::default() })]

        #[test]
        fn what_was_quoted_into_an_mbox_comes_out_the_same(
            texts in proptest::collection::vec("([>]{0,2}(From |to )?[ -~]{0,20}\n){0,6}", 1..5)
        ) {
            let mails: Vec<String> = texts.iter().map(|text| format!("Subject: x\n\n{text}end\n")).collect();
            let mut mbox = String::new();
            for mail in &mails {
                mbox.push_str("From a@b Tue Nov  3 14:01:05 2026\n");
                for line in mail.lines() {
                    if line.trim_start_matches('>').starts_with("From ") {
                        mbox.push('>');
                    }
                    mbox.push_str(line);
                    mbox.push('\n');
                }
                mbox.push('\n');
            }
            let dir = tempfile::tempdir().unwrap();
            let path = dir.path().join("x.mbox");
            fs::write(&path, mbox.strip_suffix('\n').unwrap()).unwrap();
            proptest::prop_assert_eq!(bodies(&path), mails);
        }

        #[test]
        fn any_bytes_after_an_envelope_are_mails_within_them(
            pieces in proptest::collection::vec(proptest::prop_oneof![
                proptest::collection::vec(proptest::prelude::any::<u8>(), 0..6),
                proptest::sample::select(vec![
                    "\n", "\r\n", "\n\n", "From a@b Tue Nov  3 14:01:05 2026\n", ">From x\n", "From ", "Subject: x\n", "\0",
                    "Content-Length: 9\n", "Content-Length: 99999999999\n", "\nFrom MAILER-DAEMON Tue Nov  3 14:01:05 2026\nSubject: y\n\n",
                ]).prop_map(|text| text.as_bytes().to_vec()),
            ], 0..30)
        ) {
            let bytes = [b"From a@b Tue Nov  3 14:01:05 2026\n".to_vec(), pieces.concat()].concat();
            let mbox = Mbox::of(Path::new("x"), std::io::Cursor::new(bytes.clone()), 0, usize::MAX);
            let entries: Vec<Entry> = mbox.map(Result::unwrap).collect();
            let mut end = 0;
            for entry in &entries {
                proptest::prop_assert!(entry.offset >= end && entry.raw.len() <= bytes.len());
                end = entry.offset + entry.length;
            }
            proptest::prop_assert!(end <= bytes.len() as u64);
        }
    }
}
