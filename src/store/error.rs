//! Why the store could not do something, told apart by what a person can do about it.

use std::io;
use std::path::PathBuf;

use rusqlite::ErrorCode;

/// A failure of the store.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The disk is full; nothing was changed.
    #[error("the disk is full: nothing was saved; free some space and try again")]
    Full,
    /// The file or its folder cannot be written.
    #[error("the store cannot be written: {0}; check the permissions of the data folder")]
    ReadOnly(String),
    /// Another process held the file for too long.
    #[error("another process is writing to the store and did not finish in time; try again")]
    Busy,
    /// The key does not open the file.
    #[error(
        "the key does not open the store {0}: it belongs to another store, or the file is damaged; put the right store.key back, or move the store away to begin anew"
    )]
    WrongKey(PathBuf),
    /// A newer program made the file.
    #[error(
        "the store {path} was written by a newer version (schema {found}, this one knows {known}); it was left untouched; update rejoinder to open it"
    )]
    Newer {
        /// Which file.
        path: PathBuf,
        /// Its schema.
        found: i64,
        /// The newest schema this program knows.
        known: i64,
    },
    /// The file or folder cannot be opened.
    #[error("cannot open the store {path}: {reason}")]
    Open {
        /// Which file.
        path: PathBuf,
        /// Why.
        reason: io::Error,
    },
    /// There is no such row.
    #[error("there is no {what} {id}")]
    Missing {
        /// What was looked for, a word such as `conversation`.
        what: &'static str,
        /// Its number.
        id: i64,
    },
    /// There is nothing of this name.
    #[error("there is no {what} \"{name}\"")]
    NotNamed {
        /// What was looked for, a word such as `template`.
        what: &'static str,
        /// Its name.
        name: String,
    },
    /// The row is not in the state the change needs; somebody was faster.
    #[error("{0}")]
    Conflict(String),
    /// The store is shutting down.
    #[error("the store is closed")]
    Closed,
    /// A stored value is not what it should be.
    #[error("the store holds something unexpected: {0}")]
    Corrupt(String),
    /// Any other failure of SQLite.
    #[error("the store failed: {0}")]
    Other(rusqlite::Error),
}

impl StoreError {
    /// A conflict in words.
    pub fn conflict(why: impl Into<String>) -> Self {
        Self::Conflict(why.into())
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::Full,
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Busy,
            Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied | ErrorCode::CannotOpen) => {
                Self::ReadOnly(error.to_string())
            }
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
                Self::Corrupt(error.to_string())
            }
            _ => Self::Other(error),
        }
    }
}

impl From<serde_json::Error> for StoreError {
    fn from(error: serde_json::Error) -> Self {
        Self::Corrupt(error.to_string())
    }
}
