//! Values between columns and our types.

use std::fmt::Display;
use std::str::FromStr;

use jiff::Timestamp;
use rusqlite::Row;
use rusqlite::types::Type;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::error::StoreError;

/// A time as it is stored.
pub(super) fn ms(at: Timestamp) -> i64 {
    at.as_millisecond()
}

/// A stored time; out of range is the epoch.
pub(super) fn from_ms(ms: i64) -> Timestamp {
    Timestamp::from_millisecond(ms).unwrap_or(Timestamp::UNIX_EPOCH)
}

/// A list as it is stored.
pub(super) fn json<T: Serialize + ?Sized>(value: &T) -> Result<String, StoreError> {
    Ok(serde_json::to_string(value)?)
}

/// Typed reading of a column by name.
pub(super) trait Columns {
    fn at(&self, column: &str) -> rusqlite::Result<Timestamp>;
    fn at_opt(&self, column: &str) -> rusqlite::Result<Option<Timestamp>>;
    fn word<T: FromStr<Err: Display>>(&self, column: &str) -> rusqlite::Result<T>;
    fn word_opt<T: FromStr<Err: Display>>(&self, column: &str) -> rusqlite::Result<Option<T>>;
    fn json<T: DeserializeOwned>(&self, column: &str) -> rusqlite::Result<T>;
}

impl Columns for Row<'_> {
    fn at(&self, column: &str) -> rusqlite::Result<Timestamp> {
        self.get(column).map(from_ms)
    }

    fn at_opt(&self, column: &str) -> rusqlite::Result<Option<Timestamp>> {
        Ok(self.get::<_, Option<i64>>(column)?.map(from_ms))
    }

    fn word<T: FromStr<Err: Display>>(&self, column: &str) -> rusqlite::Result<T> {
        let text: String = self.get(column)?;
        text.parse()
            .map_err(|error: T::Err| conversion(error.to_string()))
    }

    fn word_opt<T: FromStr<Err: Display>>(&self, column: &str) -> rusqlite::Result<Option<T>> {
        self.get::<_, Option<String>>(column)?
            .map(|text| {
                text.parse()
                    .map_err(|error: T::Err| conversion(error.to_string()))
            })
            .transpose()
    }

    fn json<T: DeserializeOwned>(&self, column: &str) -> rusqlite::Result<T> {
        let text: String = self.get(column)?;
        serde_json::from_str(&text).map_err(|error| conversion(error.to_string()))
    }
}

fn conversion(why: String) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(0, Type::Text, why.into())
}

/// Turns "no row" into none.
pub(super) fn optional<T>(result: rusqlite::Result<T>) -> Result<Option<T>, StoreError> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(rusqlite::Error::QueryReturnedNoRows) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// A count of rows; never negative.
pub(super) fn count(value: i64) -> u64 {
    u64::try_from(value).unwrap_or(0)
}

/// A number as it is stored; what does not fit is the largest that does.
pub(super) fn stored(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}
