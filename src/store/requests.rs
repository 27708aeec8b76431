//! What a process without the lease asks of the one that holds it.

use jiff::Timestamp;
use rusqlite::named_params;

use super::error::StoreError;
use super::row::{Columns as _, ms, optional};
use super::threads::{Read, Write};
use crate::domain::states::text_enum;

text_enum! {
    /// What can be asked.
    RequestKind {
        /// Look at the mailbox now.
        Sync = "sync",
    }
}

/// An open request.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Request {
    /// Row number.
    pub id: i64,
    /// What is asked.
    pub kind: RequestKind,
}

impl Read<'_> {
    /// Requests without an answer, oldest first.
    pub fn list_open_requests(&self) -> Result<Vec<Request>, StoreError> {
        let mut statement = self
            .0
            .prepare_cached("SELECT id, kind FROM requests WHERE done_at IS NULL ORDER BY id")?;
        Ok(statement
            .query_map([], |row| {
                Ok(Request {
                    id: row.get("id")?,
                    kind: row.word("kind")?,
                })
            })?
            .collect::<Result<_, _>>()?)
    }

    /// The answer to a request as JSON, once there is one.
    pub fn get_request_result(&self, id: i64) -> Result<Option<String>, StoreError> {
        let found: Option<Option<String>> = optional(
            self.0
                .prepare_cached(
                    "SELECT result_json FROM requests WHERE id = :id AND done_at IS NOT NULL",
                )?
                .query_row(named_params! { ":id": id }, |row| row.get(0)),
        )?;
        Ok(found.flatten())
    }
}

impl Write<'_> {
    /// Asks for something.
    pub fn insert_request(&self, kind: RequestKind, now: Timestamp) -> Result<i64, StoreError> {
        self.0
            .prepare_cached("INSERT INTO requests (kind, created_at) VALUES (:kind, :now)")?
            .execute(named_params! { ":kind": kind.as_str(), ":now": ms(now) })?;
        Ok(self.0.last_insert_rowid())
    }

    /// Answers a request.
    pub fn finish_request(&self, id: i64, result: &str, now: Timestamp) -> Result<(), StoreError> {
        self.0
            .prepare_cached(
                "UPDATE requests SET result_json = :result, done_at = :now
                 WHERE id = :id AND done_at IS NULL",
            )?
            .execute(named_params! { ":id": id, ":result": result, ":now": ms(now) })?;
        Ok(())
    }
}
