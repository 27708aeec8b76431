//! Mails that are known to be at Gmail but not here yet: the backlog of a full sync, and
//! those that could not be read and are asked for again.

use jiff::Timestamp;
use rusqlite::named_params;

use super::error::StoreError;
use super::row::{count, ms};
use super::threads::{Read, Write};
use crate::domain::GmailId;

/// Which mails count as unknown.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Unknown {
    /// Those that nobody has looked at.
    NeverSeen,
    /// The same without the backlog, which comes by itself.
    NotEvenListed,
    /// Those that are in no conversation and not listed as unmatched: unwanted ones too.
    NotStored,
}

impl Read<'_> {
    /// Of these mails the unknown ones, in the same order.
    pub fn list_unknown(
        &self,
        ids: &[GmailId],
        which: Unknown,
    ) -> Result<Vec<GmailId>, StoreError> {
        let sql = match which {
            Unknown::NeverSeen => {
                "SELECT EXISTS (SELECT 1 FROM messages WHERE gmail_id = :id)
                     OR EXISTS (SELECT 1 FROM unmatched WHERE gmail_id = :id)
                     OR EXISTS (SELECT 1 FROM skipped_mail WHERE gmail_id = :id)
                     OR EXISTS (SELECT 1 FROM retry_mail WHERE gmail_id = :id)"
            }
            Unknown::NotEvenListed => {
                "SELECT EXISTS (SELECT 1 FROM messages WHERE gmail_id = :id)
                     OR EXISTS (SELECT 1 FROM unmatched WHERE gmail_id = :id)
                     OR EXISTS (SELECT 1 FROM skipped_mail WHERE gmail_id = :id)
                     OR EXISTS (SELECT 1 FROM retry_mail WHERE gmail_id = :id)
                     OR EXISTS (SELECT 1 FROM backlog WHERE gmail_id = :id)"
            }
            Unknown::NotStored => {
                "SELECT EXISTS (SELECT 1 FROM messages WHERE gmail_id = :id)
                     OR EXISTS (SELECT 1 FROM unmatched WHERE gmail_id = :id)"
            }
        };
        let mut statement = self.0.prepare_cached(sql)?;
        let mut unknown = Vec::new();
        for id in ids {
            if !statement.query_row(named_params! { ":id": id.as_str() }, |row| row.get(0))? {
                unknown.push(id.clone());
            }
        }
        Ok(unknown)
    }

    /// The next mails of the backlog.
    pub fn list_backlog(&self, limit: usize) -> Result<Vec<GmailId>, StoreError> {
        let mut statement = self
            .0
            .prepare_cached("SELECT gmail_id FROM backlog ORDER BY position LIMIT :limit")?;
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        Ok(statement
            .query_map(named_params! { ":limit": limit }, |row| {
                row.get(0).map(GmailId)
            })?
            .collect::<Result<_, _>>()?)
    }

    /// How many mails a full sync still has to look at.
    pub fn count_backlog(&self) -> Result<u64, StoreError> {
        Ok(self
            .0
            .prepare_cached("SELECT count(*) FROM backlog")?
            .query_row([], |row| row.get(0).map(count))?)
    }

    /// Mails to be asked for again by now.
    pub fn list_retry_due(&self, now: Timestamp, limit: usize) -> Result<Vec<GmailId>, StoreError> {
        let mut statement = self.0.prepare_cached(
            "SELECT gmail_id FROM retry_mail WHERE next_at <= :now ORDER BY next_at LIMIT :limit",
        )?;
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        Ok(statement
            .query_map(named_params! { ":now": ms(now), ":limit": limit }, |row| {
                row.get(0).map(GmailId)
            })?
            .collect::<Result<_, _>>()?)
    }

    /// Mails that could not be read yet, the most stubborn first, each with the reason.
    pub fn list_unreadable(&self) -> Result<Vec<(GmailId, String)>, StoreError> {
        let mut statement = self.0.prepare_cached(
            "SELECT gmail_id, why FROM retry_mail ORDER BY tries DESC, gmail_id LIMIT 1000",
        )?;
        Ok(statement
            .query_map([], |row| Ok((GmailId(row.get(0)?), row.get(1)?)))?
            .collect::<Result<_, _>>()?)
    }

    /// How often a mail was asked for in vain.
    pub fn count_tries(&self, id: &GmailId) -> Result<u64, StoreError> {
        let found = super::row::optional(
            self.0
                .prepare_cached("SELECT tries FROM retry_mail WHERE gmail_id = :id")?
                .query_row(named_params! { ":id": id.as_str() }, |row| {
                    row.get(0).map(count)
                }),
        )?;
        Ok(found.unwrap_or(0))
    }
}

impl Write<'_> {
    /// Puts mails behind the backlog, in this order; what is there already stays.
    pub fn append_backlog(&self, ids: &[GmailId]) -> Result<(), StoreError> {
        let mut statement = self.0.prepare_cached(
            "INSERT INTO backlog (gmail_id) VALUES (:id) ON CONFLICT (gmail_id) DO NOTHING",
        )?;
        for id in ids {
            statement.execute(named_params! { ":id": id.as_str() })?;
        }
        Ok(())
    }

    /// Takes a mail off the backlog. True when it was on it.
    pub fn delete_backlog(&self, id: &GmailId) -> Result<bool, StoreError> {
        let changed = self
            .0
            .prepare_cached("DELETE FROM backlog WHERE gmail_id = :id")?
            .execute(named_params! { ":id": id.as_str() })?;
        Ok(changed > 0)
    }

    /// Forgets the backlog.
    pub fn clear_backlog(&self) -> Result<(), StoreError> {
        self.0.execute("DELETE FROM backlog", [])?;
        self.0.execute("DELETE FROM retry_mail", [])?;
        Ok(())
    }

    /// Notes that a mail could not be read and when to ask for it again.
    pub fn set_retry(&self, id: &GmailId, why: &str, next_at: Timestamp) -> Result<(), StoreError> {
        self.0
            .prepare_cached(
                "INSERT INTO retry_mail (gmail_id, tries, next_at, why)
                 VALUES (:id, 1, :next, :why)
                 ON CONFLICT (gmail_id) DO UPDATE
                 SET tries = tries + 1, next_at = excluded.next_at, why = excluded.why",
            )?
            .execute(named_params! { ":id": id.as_str(), ":next": ms(next_at), ":why": why })?;
        Ok(())
    }

    /// A mail need not be asked for again.
    pub fn delete_retry(&self, id: &GmailId) -> Result<(), StoreError> {
        self.0
            .prepare_cached("DELETE FROM retry_mail WHERE gmail_id = :id")?
            .execute(named_params! { ":id": id.as_str() })?;
        Ok(())
    }
}
