//! Templates: replies that the person keeps for sending again, by name.

use jiff::Timestamp;
use rusqlite::{Row, named_params};

use super::error::StoreError;
use super::row::{Columns as _, ms, optional};
use super::threads::{Read, Write};
use crate::domain::template::Template;

fn from_row(row: &Row<'_>) -> rusqlite::Result<Template> {
    Ok(Template {
        name: row.get("name")?,
        body: row.get("body")?,
        created_at: row.at("created_at")?,
    })
}

impl Read<'_> {
    /// All of them, by name.
    pub fn list_templates(&self) -> Result<Vec<Template>, StoreError> {
        let mut statement = self.0.prepare_cached(
            "SELECT name, body, created_at FROM templates ORDER BY name COLLATE NOCASE, name",
        )?;
        Ok(statement
            .query_map([], from_row)?
            .collect::<Result<_, _>>()?)
    }

    /// The one of this name.
    pub fn get_template(&self, name: &str) -> Result<Option<Template>, StoreError> {
        optional(
            self.0
                .prepare_cached("SELECT name, body, created_at FROM templates WHERE name = :name")?
                .query_row(named_params! { ":name": name }, from_row),
        )
    }

    /// The one of this name, which has to be there.
    pub fn require_template(&self, name: &str) -> Result<Template, StoreError> {
        self.get_template(name)?.ok_or_else(|| missing(name))
    }
}

impl Write<'_> {
    /// Keeps a template; one of the same name gets the new text.
    pub fn set_template(&self, name: &str, body: &str, now: Timestamp) -> Result<(), StoreError> {
        self.0
            .prepare_cached(
                "INSERT INTO templates (name, body, created_at) VALUES (:name, :body, :now)
                 ON CONFLICT (name) DO UPDATE SET body = excluded.body",
            )?
            .execute(named_params! { ":name": name, ":body": body, ":now": ms(now) })?;
        Ok(())
    }

    /// Erases a template, which has to be there.
    pub fn delete_template(&self, name: &str) -> Result<(), StoreError> {
        let erased = self
            .0
            .prepare_cached("DELETE FROM templates WHERE name = :name")?
            .execute(named_params! { ":name": name })?;
        if erased == 0 {
            return Err(missing(name));
        }
        Ok(())
    }
}

fn missing(name: &str) -> StoreError {
    StoreError::NotNamed {
        what: "template",
        name: name.to_owned(),
    }
}
