//! What is read of mail files, for scripts and for doubts.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use crate::mail::archive::{Archive, Entry};
pub use crate::mail::inspect::Inspection;

/// Reads every mail of a path: a file, a Maildir or other folder, an mbox of any size,
/// mail by mail. What cannot be read is an inspection with its error, and the rest go on.
/// Stops when `each` does not want more.
pub fn each(path: &Path, mut each: impl FnMut(Inspection) -> bool) {
    if !path.is_dir() && !is_mbox(path) {
        each(file(path));
        return;
    }
    let archive = match Archive::open(path) {
        Ok(archive) => archive,
        Err(error) => {
            each(Inspection::broken(&path.to_string_lossy(), &error));
            return;
        }
    };
    for entry in archive {
        let inspection = match entry {
            Ok(Entry {
                path, offset, raw, ..
            }) => Inspection::of(&path.to_string_lossy(), &raw).at(offset),
            Err(error) => Inspection::broken(&error.path().to_string_lossy(), &error),
        };
        if !each(inspection) {
            return;
        }
    }
}

/// Whether a file holds mails one after the other. A single mail may begin with an
/// envelope line, too; its name says that it is one.
fn is_mbox(path: &Path) -> bool {
    let single = path
        .extension()
        .is_some_and(|end| end.eq_ignore_ascii_case("eml"));
    let mut start = [0; 5];
    !single
        && File::open(path)
            .and_then(|mut file| file.read_exact(&mut start))
            .is_ok()
        && &start == b"From "
}

/// Reads one mail file. A file that cannot be read is an inspection with its error.
#[must_use]
pub fn file(path: &Path) -> Inspection {
    let name = path.to_string_lossy();
    match std::fs::read(path) {
        Ok(raw) => Inspection::of(&name, &raw),
        Err(error) => Inspection::broken(&name, &format!("it cannot be read: {error}")),
    }
}
