//! The file itself: encrypted, private, versioned, drained.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use rejoinder::store::{Store, StoreError, StoreKey};

use crate::fixture::{fixture, key, mail, minute};

#[tokio::test]
async fn nothing_in_the_data_folder_can_be_read_without_the_key() {
    let f = fixture();
    let lead = f.lead("Maria Lopez", "maria@example.com").await;
    let conversation = f.conversation(lead, "Website").await;
    f.store
        .write(move |w| {
            w.insert_message(conversation, &mail("m1", minute(1)), None, true, minute(1))
        })
        .await
        .unwrap();
    for entry in fs::read_dir(f.dir.path()).unwrap() {
        let path = entry.unwrap().path();
        let bytes = fs::read(&path).unwrap();
        for secret in [
            "SQLite format",
            "maria",
            "Lopez",
            "What does it cost",
            "CREATE TABLE",
        ] {
            let found = bytes
                .windows(secret.len())
                .any(|w| w.eq_ignore_ascii_case(secret.as_bytes()));
            assert!(!found, "{} holds {secret:?} in the clear", path.display());
        }
        let mode = fs::metadata(&path).unwrap().permissions().mode() & 0o077;
        assert_eq!(mode, 0, "{} is readable by others", path.display());
    }
}

#[tokio::test]
async fn a_wrong_key_is_told_and_changes_nothing() {
    let f = fixture();
    f.lead("Maria", "maria@example.com").await;
    let path = f.store.path().to_owned();
    f.store.clone().close();
    let before = fs::read(&path).unwrap();
    let wrong = StoreKey::from_text(&"00".repeat(32)).unwrap();
    let error = Store::open(&path, &wrong).err().unwrap();
    assert!(matches!(error, StoreError::WrongKey(_)), "{error}");
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[tokio::test]
async fn a_passphrase_opens_what_it_closed() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("rejoinder.db");
    let passphrase = StoreKey::from_text("correct horse; don't \"quote\" me").unwrap();
    let store = Store::open(&path, &passphrase).unwrap();
    store
        .write(|w| w.set_text("facts", "x", minute(0)))
        .await
        .unwrap();
    store.close();
    let store = Store::open(&path, &passphrase).unwrap();
    assert_eq!(
        store
            .read(|r| r.get_text("facts"))
            .await
            .unwrap()
            .as_deref(),
        Some("x")
    );
    assert!(matches!(
        Store::open(&path, &key()).err().unwrap(),
        StoreError::WrongKey(_)
    ));
}

#[test]
fn a_newer_file_is_refused_untouched() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("rejoinder.db");
    Store::open(&path, &key()).unwrap().close();
    {
        let connection = rusqlite::Connection::open(&path).unwrap();
        connection
            .pragma_update(None, "key", format!("x'{}'", "5a".repeat(32)))
            .unwrap();
        connection.pragma_update(None, "user_version", 999).unwrap();
    }
    let before = fs::read(&path).unwrap();
    let error = Store::open(&path, &key()).err().unwrap();
    assert!(
        matches!(error, StoreError::Newer { found: 999, .. }),
        "{error}"
    );
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[tokio::test]
async fn closing_waits_for_every_accepted_job() {
    let f = fixture();
    let path = f.store.path().to_owned();
    for n in 0..50 {
        let store = f.store.clone();
        let mut job = Box::pin(async move {
            store
                .write_durably(move |w| w.set_text(&format!("t{n}"), "kept", minute(0)))
                .await
        });
        // Polled once and dropped: the job was accepted, nobody waits for it.
        drop(futures_util::poll!(&mut job));
    }
    f.store.clone().close();
    let store = Store::open(&path, &key()).unwrap();
    for n in 0..50 {
        let text = store
            .read(move |r| r.get_text(&format!("t{n}")))
            .await
            .unwrap();
        assert_eq!(text.as_deref(), Some("kept"), "t{n}");
    }
}

#[tokio::test]
async fn a_failed_job_leaves_nothing_behind_and_the_store_goes_on() {
    let f = fixture();
    let failed: Result<(), _> = f
        .store
        .write(|w| {
            w.set_text("facts", "half", minute(0))?;
            Err(StoreError::conflict("no"))
        })
        .await;
    assert!(failed.is_err());
    assert_eq!(f.store.read(|r| r.get_text("facts")).await.unwrap(), None);
}

#[tokio::test]
async fn the_version_changes_with_another_process_and_not_with_ones_own_commits() {
    let f = fixture();
    let other = Store::open(f.store.path(), &key()).unwrap();
    let before = f.store.data_version().await.unwrap();
    f.store
        .write(|w| w.set_text("facts", "mine", minute(0)))
        .await
        .unwrap();
    assert_eq!(f.store.data_version().await.unwrap(), before);
    other
        .write(|w| w.set_text("facts", "theirs", minute(0)))
        .await
        .unwrap();
    assert_ne!(f.store.data_version().await.unwrap(), before);
}
