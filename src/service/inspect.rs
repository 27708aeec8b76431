//! What is read of a mail file, for scripts and for doubts.

use std::path::Path;

pub use crate::mail::inspect::Inspection;

/// Reads one mail file. A file that cannot be read is an inspection with its error.
#[must_use]
pub fn file(path: &Path) -> Inspection {
    let name = path.to_string_lossy();
    match std::fs::read(path) {
        Ok(raw) => Inspection::of(&name, &raw),
        Err(error) => Inspection::broken(&name, &format!("it cannot be read: {error}")),
    }
}
