//! Whether the file is whole.

use super::error::StoreError;
use super::threads::Read;

impl Read<'_> {
    /// What is damaged; none when the file is whole. Reads all of it.
    pub fn quick_check(&self) -> Result<Option<String>, StoreError> {
        let found: String = self
            .0
            .query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
        Ok((found != "ok").then_some(found))
    }

    /// The schema's version.
    pub fn schema_version(&self) -> Result<i64, StoreError> {
        Ok(self
            .0
            .query_row("PRAGMA user_version", [], |row| row.get(0))?)
    }
}
