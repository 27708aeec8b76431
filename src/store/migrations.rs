//! The schema, in append-only steps.

use std::sync::LazyLock;

use rusqlite_migration::{M, Migrations};

/// The files of `migrations/`, in order.
const STEPS: &[&str] = &[
    include_str!("../../migrations/0001_initial.sql"),
    include_str!("../../migrations/0002_outbox.sql"),
    include_str!("../../migrations/0003_drafting.sql"),
    include_str!("../../migrations/0004_sync.sql"),
    include_str!("../../migrations/0005_import.sql"),
    include_str!("../../migrations/0006_learning.sql"),
    include_str!("../../migrations/0007_adopt.sql"),
    include_str!("../../migrations/0008_labels.sql"),
    include_str!("../../migrations/0009_versions.sql"),
];

pub(super) static MIGRATIONS: LazyLock<Migrations<'static>> =
    LazyLock::new(|| Migrations::new(STEPS.iter().map(|sql| M::up(sql)).collect()));

/// The newest schema this program knows.
#[allow(clippy::cast_possible_wrap)] // a handful of files
pub(super) const NEWEST: i64 = STEPS.len() as i64;

#[cfg(test)]
mod tests {
    use super::*;
    use rusqlite::Connection;

    fn schema(connection: &Connection) -> Vec<String> {
        let mut statement = connection
            .prepare("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY name")
            .unwrap();
        statement
            .query_map([], |row| row.get(0))
            .unwrap()
            .map(Result::unwrap)
            .collect()
    }

    #[test]
    fn every_file_of_the_folder_is_a_step() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/migrations");
        assert_eq!(std::fs::read_dir(folder).unwrap().count(), STEPS.len());
    }

    #[test]
    fn the_stepped_schema_equals_the_fresh_one() {
        let mut fresh = Connection::open_in_memory().unwrap();
        MIGRATIONS.to_latest(&mut fresh).unwrap();
        let mut stepped = Connection::open_in_memory().unwrap();
        for version in 1..=STEPS.len() {
            MIGRATIONS.to_version(&mut stepped, version).unwrap();
        }
        assert_eq!(schema(&fresh), schema(&stepped));
    }

    #[test]
    fn every_table_is_strict() {
        let mut connection = Connection::open_in_memory().unwrap();
        MIGRATIONS.to_latest(&mut connection).unwrap();
        let mut statement = connection
            .prepare("SELECT name FROM pragma_table_list WHERE type = 'table' AND strict = 0 AND name NOT LIKE 'sqlite_%'")
            .unwrap();
        let loose: Vec<String> = statement
            .query_map([], |row| row.get(0))
            .unwrap()
            .map(Result::unwrap)
            .collect();
        assert_eq!(loose, Vec::<String>::new());
    }
}
