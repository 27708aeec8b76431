//! Opening the file: key first, then a look at its version, and only then anything
//! that could change it.

use std::fs;
use std::io;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::thread;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};
use secrecy::ExposeSecret as _;

use super::error::StoreError;
use super::key::{StoreKey, make_private_folder};
use super::migrations::{MIGRATIONS, NEWEST};

/// How long a statement waits for another process.
const BUSY: Duration = Duration::from_secs(10);
/// How often a connection that did not take its key is opened anew, and after how long.
const KEY_TRIES: u32 = 5;
const KEY_PAUSE: Duration = Duration::from_millis(20);

/// The writing connection, with the schema brought up to date.
pub(super) fn open_writer(path: &Path, key: &StoreKey) -> Result<Connection, StoreError> {
    create_private_file(path).map_err(|reason| StoreError::Open {
        path: path.to_owned(),
        reason,
    })?;
    let mut connection = open(path, key, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    let found: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    if found > NEWEST {
        return Err(StoreError::Newer {
            path: path.to_owned(),
            found,
            known: NEWEST,
        });
    }
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    // What is erased is overwritten.
    connection.pragma_update(None, "secure_delete", true)?;
    connection.pragma_update(None, "synchronous", "NORMAL")?;
    if found < NEWEST {
        MIGRATIONS
            .to_latest(&mut connection)
            .map_err(|error| match error {
                rusqlite_migration::Error::RusqliteError { err, .. } => StoreError::from(err),
                other => StoreError::Corrupt(other.to_string()),
            })?;
    }
    Ok(connection)
}

/// A connection that cannot write.
pub(super) fn open_reader(path: &Path, key: &StoreKey) -> Result<Connection, StoreError> {
    let connection = open(path, key, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    connection.pragma_update(None, "query_only", true)?;
    Ok(connection)
}

/// A connection that has taken its key. Taking it says nothing about the key being right:
/// it fails only when the machine is short of something, seen under heavy load, and then
/// a new connection takes it.
fn keyed(path: &Path, key: &StoreKey, flags: OpenFlags) -> Result<Connection, StoreError> {
    let mut tried = 0;
    loop {
        let connection =
            Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
        // Before the key: a wrong one would otherwise be reported into the screen.
        connection.pragma_update(None, "cipher_log_level", "NONE")?;
        match connection.pragma_update(None, "key", key.pragma().expose_secret()) {
            Ok(()) => return Ok(connection),
            Err(error) if tried == KEY_TRIES => return Err(error.into()),
            Err(_) => tried += 1,
        }
        thread::sleep(KEY_PAUSE);
    }
}

fn open(path: &Path, key: &StoreKey, flags: OpenFlags) -> Result<Connection, StoreError> {
    let connection = keyed(path, key, flags)?;
    connection
        .query_row("SELECT count(*) FROM sqlite_master", [], |row| {
            row.get::<_, i64>(0)
        })
        .map_err(|error| match error.sqlite_error_code() {
            Some(rusqlite::ErrorCode::NotADatabase) => StoreError::WrongKey(path.to_owned()),
            _ => StoreError::from(error),
        })?;
    connection.busy_timeout(BUSY)?;
    // Spilled sorts would be written in the clear.
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    connection.pragma_update(None, "cache_size", -16_000)?;
    connection.set_prepared_statement_cache_capacity(128);
    Ok(connection)
}

/// Makes the file, empty and readable by its owner only, where there is none.
fn create_private_file(path: &Path) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        make_private_folder(folder)?;
    }
    fs::OpenOptions::new()
        .append(true)
        .create(true)
        .mode(0o600)
        .open(path)?;
    Ok(())
}
