//! Archives: single files, Maildir and other folders, mbox files of any size, mail by
//! mail.
//!
//! An mbox is read through a buffer and never whole; what one entry may take in memory is
//! capped. Nothing is written, and nothing is judged: bytes come out as they were sent,
//! with the `From ` quoting of the mbox undone. Each entry names its file and the place in
//! it, so that an interrupted import can go on there.

mod mbox;

use std::fs::{self, File};
use std::io::{Cursor, Read};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

use mbox::{Mbox, looks_like_field};

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
    #[error("{path} cannot be read: {reason}; check the path and its permissions")]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        reason: std::io::Error,
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
        fs::metadata(path).map_err(|reason| ArchiveError::Io {
            path: path.to_owned(),
            reason,
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
        let io = |reason| ArchiveError::Io {
            path: path.to_owned(),
            reason,
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
        let io = |reason| ArchiveError::Io {
            path: path.to_owned(),
            reason,
        };
        let mut file = match File::open(path) {
            Ok(file) => file,
            Err(reason) => return Some(Err(io(reason))),
        };
        let mut head = Vec::with_capacity(PEEK);
        let limit = u64::try_from(PEEK).unwrap_or(u64::MAX);
        if let Err(reason) = file.by_ref().take(limit).read_to_end(&mut head) {
            return Some(Err(io(reason)));
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
        if !enough && let Err(reason) = file.take(limit).read_to_end(&mut head) {
            return Some(Err(io(reason)));
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
    let io = |reason| ArchiveError::Io {
        path: path.to_owned(),
        reason,
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
            Err(reason) => return Err(io(reason)),
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

fn has_header_end(head: &[u8]) -> bool {
    head.windows(2).any(|two| two == b"\n\n") || head.windows(3).any(|three| three == b"\n\r\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    pub(super) fn bodies(path: &Path) -> Vec<String> {
        Archive::open(path)
            .unwrap()
            .map(|entry| String::from_utf8_lossy(&entry.unwrap().raw).into_owned())
            .collect()
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
}
