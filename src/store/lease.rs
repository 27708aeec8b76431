//! The lease: which process polls, drafts and sends. A file lock, which the system
//! takes back from a process that dies; a row would be left behind by a crash.

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use rustix::fs::{FlockOperation, flock};

/// Held as long as the value lives.
#[derive(Debug)]
pub struct Lease(#[allow(dead_code)] File);

impl Lease {
    /// Takes the lease if nobody has it.
    ///
    /// # Errors
    /// When the lock file cannot be made.
    pub fn take(path: &Path) -> io::Result<Option<Self>> {
        if let Some(folder) = path.parent() {
            super::key::make_private_folder(folder)?;
        }
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(path)?;
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => {
                file.set_len(0)?;
                writeln!(file, "{}", std::process::id())?;
                Ok(Some(Self(file)))
            }
            Err(error) if error == rustix::io::Errno::WOULDBLOCK => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// The process that has the lease, or had it last.
    #[must_use]
    pub fn holder(path: &Path) -> Option<u32> {
        std::fs::read_to_string(path).ok()?.trim().parse().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_one_holds_the_lease_and_it_is_free_again_when_dropped() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("data/worker.lock");
        let first = Lease::take(&path).unwrap();
        assert!(first.is_some());
        assert_eq!(Lease::holder(&path), Some(std::process::id()));
        assert!(Lease::take(&path).unwrap().is_none());
        drop(first);
        assert!(Lease::take(&path).unwrap().is_some());
    }
}
