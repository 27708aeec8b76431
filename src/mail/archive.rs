//! Archives: single files, Maildir and other folders, mbox files of any size, mail by
//! mail.
//!
//! An mbox is read through a buffer and never whole; what one entry may take in memory is
//! capped. Nothing is written, and nothing is judged: bytes come out as they were sent,
//! with the `From ` quoting of the mbox undone. Each entry names its file and the place in
//! it, so that an interrupted import can go on there.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Cursor, Read, Seek, SeekFrom};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

/// Largest entry that is read, in bytes; Gmail takes 50 MB.
const ENTRY_BYTES: usize = 160 * 1024 * 1024;

/// Bytes at the beginning of a file by which its form is told.
const PEEK: usize = 8192;

/// Bytes of a mail in which its header fields are looked for.
const HEAD_BYTES: usize = 128 * 1024;

/// Why an archive, or an entry of it, cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// The file system said no.
    #[error("{path} cannot be read: {source}; check the path and its permissions")]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// It is neither a mail nor an mbox.
    #[error("{path} is neither a mail nor an mbox; leave it out")]
    NotMail {
        /// The file.
        path: PathBuf,
    },
    /// One mail is beyond every provider's limit.
    #[error("the mail at byte {offset} of {path} is larger than 160 MB and was left out")]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// Where it begins.
        offset: u64,
    },
}

impl ArchiveError {
    /// The file or folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        match self {
            Self::Io { path, .. } | Self::NotMail { path } | Self::TooLarge { path, .. } => path,
        }
    }

    /// Where in the file; 0 for the file as a whole.
    #[must_use]
    pub fn offset(&self) -> u64 {
        match self {
            Self::TooLarge { offset, .. } => *offset,
            Self::Io { .. } | Self::NotMail { .. } => 0,
        }
    }
}

/// One mail of an archive.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Entry {
    /// The file it is in.
    pub path: PathBuf,
    /// Where it begins in that file, in bytes; 0 unless the file is an mbox.
    pub offset: u64,
    /// How many bytes of the file it takes, quoting and envelope included.
    pub length: u64,
    /// The `From ` line in front of it.
    pub envelope: Option<Vec<u8>>,
    /// The mail, or its first bytes ([`Archive::heads`]).
    pub raw: Vec<u8>,
}

/// The mails of a path, in the order of file names and, within an mbox, of the file.
#[derive(Debug)]
pub struct Archive {
    /// Files and folders still to be read; the next one is last.
    todo: Vec<PathBuf>,
    mbox: Option<Mbox<File>>,
    most: usize,
}

impl Archive {
    /// Opens a file or a folder. Nothing is read yet.
    ///
    /// # Errors
    /// When the path is not there or may not be read.
    pub fn open(path: &Path) -> Result<Self, ArchiveError> {
        fs::metadata(path).map_err(|source| ArchiveError::Io {
            path: path.to_owned(),
            source,
        })?;
        Ok(Self {
            todo: vec![path.to_owned()],
            mbox: None,
            most: usize::MAX,
        })
    }

    /// The same, with the first bytes of each mail only: its header fields, in an honest
    /// mail.
    ///
    /// # Errors
    /// As [`Archive::open`].
    pub fn heads(path: &Path) -> Result<Self, ArchiveError> {
        Ok(Self {
            most: HEAD_BYTES,
            ..Self::open(path)?
        })
    }

    /// Goes on in an mbox at the offset of an [`Entry`]; the entry itself comes first.
    ///
    /// # Errors
    /// When the file is not there or may not be read.
    pub fn resume(path: &Path, offset: u64) -> Result<Self, ArchiveError> {
        Ok(Self {
            todo: Vec::new(),
            mbox: Some(Mbox::open(path, offset, usize::MAX)?),
            most: usize::MAX,
        })
    }

    fn folder(&mut self, path: &Path) -> Result<(), ArchiveError> {
        let io = |source| ArchiveError::Io {
            path: path.to_owned(),
            source,
        };
        let mut inside: Vec<PathBuf> = Vec::new();
        for entry in fs::read_dir(path).map_err(io)? {
            inside.push(entry.map_err(io)?.path());
        }
        // A Maildir's `tmp` holds mails that are still being delivered.
        let maildir = ["cur", "new"].iter().all(|name| path.join(name).is_dir());
        inside.retain(|path| {
            let name = path.file_name().map(|name| name.to_string_lossy());
            let name = name.as_deref().unwrap_or("");
            let unfinished = maildir && name == "tmp";
            // Maildir++ folders are hidden; other hidden files are indices and locks.
            let hidden = name.starts_with('.') && !(maildir && path.is_dir());
            let linked = path.is_dir() && path.is_symlink();
            !(unfinished || hidden || linked)
        });
        inside.sort();
        self.todo.extend(inside.into_iter().rev());
        Ok(())
    }

    fn file(&mut self, path: &Path) -> Option<Result<Entry, ArchiveError>> {
        let io = |source| ArchiveError::Io {
            path: path.to_owned(),
            source,
        };
        let mut file = match File::open(path) {
            Ok(file) => file,
            Err(source) => return Some(Err(io(source))),
        };
        let mut head = Vec::with_capacity(PEEK);
        let limit = u64::try_from(PEEK).unwrap_or(u64::MAX);
        if let Err(source) = file.by_ref().take(limit).read_to_end(&mut head) {
            return Some(Err(io(source)));
        }
        if head.starts_with(b"From ") {
            return match Mbox::open(path, 0, self.most) {
                Ok(mbox) => {
                    self.mbox = Some(mbox);
                    None
                }
                Err(error) => Some(Err(error)),
            };
        }
        if head.contains(&0) && !looks_like_field(head.trim_ascii_start()) {
            return Some(Err(ArchiveError::NotMail {
                path: path.to_owned(),
            }));
        }
        let length = file.metadata().map_or(0, |data| data.len());
        // Of a mail whose fields are there nothing more is wanted than they.
        let enough = self.most < ENTRY_BYTES && has_header_end(&head);
        let limit = u64::try_from(ENTRY_BYTES.min(self.most)).unwrap_or(u64::MAX);
        if !enough && let Err(source) = file.take(limit).read_to_end(&mut head) {
            return Some(Err(io(source)));
        }
        if head.len() >= ENTRY_BYTES {
            return Some(Err(ArchiveError::TooLarge {
                path: path.to_owned(),
                offset: 0,
            }));
        }
        Some(Ok(Entry {
            path: path.to_owned(),
            offset: 0,
            length,
            envelope: None,
            raw: head,
        }))
    }
}

impl Iterator for Archive {
    type Item = Result<Entry, ArchiveError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(mbox) = &mut self.mbox {
                if let Some(entry) = mbox.next() {
                    return Some(entry);
                }
                self.mbox = None;
            }
            let path = self.todo.pop()?;
            if path.is_dir() {
                if let Err(error) = self.folder(&path) {
                    return Some(Err(error));
                }
            } else if let Some(entry) = self.file(&path) {
                return Some(entry);
            }
        }
    }
}

/// A mail by its place, as an [`Entry`] told it.
///
/// # Errors
/// When the file is not there any more, or may not be read.
pub fn entry_at(
    file: &File,
    path: &Path,
    offset: u64,
    length: u64,
    in_mbox: bool,
) -> Result<Vec<u8>, ArchiveError> {
    let io = |source| ArchiveError::Io {
        path: path.to_owned(),
        source,
    };
    let mut bytes = vec![
        0;
        usize::try_from(length)
            .unwrap_or(usize::MAX)
            .min(ENTRY_BYTES)
    ];
    let mut filled = 0;
    while let Some(room) = bytes.get_mut(filled..).filter(|room| !room.is_empty()) {
        let place = offset + u64::try_from(filled).unwrap_or(0);
        match file.read_at(room, place) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(source) => return Err(io(source)),
        }
    }
    bytes.truncate(filled);
    if !in_mbox {
        return Ok(bytes);
    }
    let mut mbox = Mbox::of(path, Cursor::new(bytes), 0, usize::MAX);
    mbox.next()
        .map_or(Ok(Vec::new()), |entry| entry.map(|entry| entry.raw))
}

/// What an mbox is read from.
trait Source: Read {
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
struct Mbox<S: Read> {
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
    fn open(path: &Path, offset: u64, most: usize) -> Result<Self, ArchiveError> {
        let io = |source| ArchiveError::Io {
            path: path.to_owned(),
            source,
        };
        let mut file = File::open(path).map_err(io)?;
        file.seek(SeekFrom::Start(offset)).map_err(io)?;
        Ok(Self::of(path, file, offset, most))
    }
}

impl<S: Source> Mbox<S> {
    fn of(path: &Path, source: S, at: u64, most: usize) -> Self {
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
            Err(source) => {
                self.failed = true;
                Some(Err(ArchiveError::Io {
                    path: self.path.clone(),
                    source,
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

fn has_header_end(head: &[u8]) -> bool {
    head.windows(2).any(|two| two == b"\n\n") || head.windows(3).any(|three| three == b"\n\r\n")
}

fn looks_like_field(line: &[u8]) -> bool {
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
    use super::*;
    use std::io::Write;

    fn bodies(path: &Path) -> Vec<String> {
        Archive::open(path)
            .unwrap()
            .map(|entry| String::from_utf8_lossy(&entry.unwrap().raw).into_owned())
            .collect()
    }

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

    #[test]
    fn folders_are_walked_in_order_without_what_is_no_mail() {
        let dir = tempfile::tempdir().unwrap();
        for folder in [
            "box/cur",
            "box/new",
            "box/tmp",
            "box/.Sent/cur",
            "box/.Sent/new",
        ] {
            fs::create_dir_all(dir.path().join(folder)).unwrap();
        }
        for (file, text) in [
            ("box/cur/2:2,S", "Subject: b\n\n"),
            ("box/cur/1:2,", "Subject: a\n\n"),
            ("box/new/3", "Subject: c\n\n"),
            ("box/tmp/4", "Subject: unfinished\n\n"),
            ("box/.Sent/cur/5", "Subject: s\n\n"),
            ("box/.hidden", "Subject: index\n\n"),
        ] {
            fs::write(dir.path().join(file), text).unwrap();
        }
        assert_eq!(
            bodies(&dir.path().join("box")),
            [
                "Subject: s\n\n",
                "Subject: a\n\n",
                "Subject: b\n\n",
                "Subject: c\n\n"
            ]
        );
        let junk = dir.path().join("junk.db");
        File::create(&junk)
            .unwrap()
            .write_all(&[1, 0, 2, 0])
            .unwrap();
        assert!(matches!(
            Archive::open(&junk).unwrap().next(),
            Some(Err(ArchiveError::NotMail { .. }))
        ));
        assert!(matches!(
            Archive::open(&dir.path().join("absent")),
            Err(ArchiveError::Io { .. })
        ));
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig { failure_persistence: None, cases: 64, ..Default::default() })]

        #[test]
        fn what_was_quoted_into_an_mbox_comes_out_the_same(
            bodies in proptest::collection::vec("([>]{0,2}(From |to )?[ -~]{0,20}\n){0,6}", 1..5)
        ) {
            let mails: Vec<String> = bodies.iter().map(|body| format!("Subject: x\n\n{body}end\n")).collect();
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
            proptest::prop_assert_eq!(super::tests::bodies(&path), mails);
        }
    }
}
