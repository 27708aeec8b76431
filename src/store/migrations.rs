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
    include_str!("../../migrations/0010_ledger.sql"),
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
    fn what_was_spent_outlives_the_mail_and_what_was_written_does_not() {
        let mut connection = Connection::open_in_memory().unwrap();
        MIGRATIONS.to_latest(&mut connection).unwrap();
        connection
            .execute_batch(
                "PRAGMA foreign_keys = ON;
                 INSERT INTO leads (id, name, email, created_at, updated_at)
                     VALUES (1, 'M', 'm@x.example', 1, 1);
                 INSERT INTO conversations (id, lead_id, subject, subject_key, status,
                                            last_message_at, created_at, updated_at)
                     VALUES (1, 1, 's', 's', 'needs_reply', 1, 1, 1);
                 INSERT INTO messages (id, conversation_id, direction, from_address, subject, sent_at,
                                       received_at, text, reply, kind, certain, created_at)
                     VALUES (1, 1, 'inbound', 'm@x.example', 's', 1, 1, 't', 't', 'person', 1, 1);
                 INSERT INTO suggestions (id, conversation_id, reply_to, basis, version, status,
                                          created_at, updated_at)
                     VALUES (1, 1, 1, 1, 1, 'pending', 1, 1);
                 INSERT INTO model_calls (at, suggestion_id, conversation_id, context_hash, provider,
                                          outcome, cost, answer_json)
                     VALUES (1, 1, 1, 'h', 'openai', 'written', 500, '{}');
                 DELETE FROM messages;
                 DELETE FROM conversations;",
            )
            .unwrap();
        let left: (i64, Option<i64>, Option<String>) = connection
            .query_row(
                "SELECT cost, conversation_id, answer_json FROM model_calls",
                [],
                |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
            )
            .unwrap();
        assert_eq!(left, (500, None, None));
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
