//! Folders and mbox files with anything in them: each mail is found once, by its place as
//! well as in its turn, and a file that is none says so.

use std::fs;

use proptest::prelude::*;
use proptest::sample::select;
use rejoinder::mail::archive::{Archive, ArchiveError, Entry, entry_at};

use crate::properties::config;

/// Pieces of a file: envelopes, fields, quoting, lengths true and false, and noise.
fn files() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        3 => select(vec![
            "From a@b Tue Nov  3 14:01:05 2026\n", "\nFrom c@d Tue Nov  3 14:01:05 2026\r\n", "Subject: x\n", "Message-ID: <1@b>\n", "\n", "\r\n", "\n\n", ">From x\n", ">>From x\n", "From \n",
            "Content-Length: 5\n", "content-length: 18446744073709551615\n", "Content-Length: -1\n", "hello\n", "\nFrom here on it is text.\n", "\r", "\0",
        ]).prop_map(|text| text.as_bytes().to_vec()),
        1 => prop::collection::vec(any::<u8>(), 0..12),
    ];
    let start = select(vec![
        "",
        "From a@b Tue Nov  3 14:01:05 2026\n",
        "Subject: x\n",
        "\n\n",
        "\u{1}\0\u{2}\0",
    ]);
    (start, prop::collection::vec(piece, 0..24))
        .prop_map(|(start, pieces)| [start.as_bytes().to_vec(), pieces.concat()].concat())
}

fn entries(archive: Archive) -> (Vec<Entry>, usize) {
    let (mut found, mut failed) = (Vec::new(), 0);
    for entry in archive {
        match entry {
            Ok(entry) => found.push(entry),
            Err(ArchiveError::NotMail { .. }) => failed += 1,
            Err(error) => panic!("{error}"),
        }
    }
    (found, failed)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: config().cases.div_ceil(4), ..config() })]

    #[test]
    fn every_mail_of_a_folder_is_found_in_its_turn_and_by_its_place(
        files in prop::collection::vec(files(), 1..5),
        maildir in any::<bool>(),
    ) {
        let dir = tempfile::tempdir().unwrap();
        for folder in ["cur", "new", "tmp"].iter().filter(|_| maildir) {
            fs::create_dir(dir.path().join(folder)).unwrap();
        }
        let folder = if maildir { dir.path().join("cur") } else { dir.path().to_owned() };
        for (number, bytes) in files.iter().enumerate() {
            fs::write(folder.join(format!("{number}")), bytes).unwrap();
        }
        let (found, failed) = entries(Archive::open(dir.path()).unwrap());
        let (heads, _) = entries(Archive::heads(dir.path()).unwrap());
        prop_assert_eq!(heads.len(), found.len());
        for (number, bytes) in files.iter().enumerate() {
            let path = folder.join(format!("{number}"));
            let mine: Vec<&Entry> = found.iter().filter(|entry| entry.path == path).collect();
            let mut end = 0;
            for (nth, entry) in mine.iter().enumerate() {
                prop_assert!(entry.offset >= end);
                end = entry.offset + entry.length;
                let in_mbox = entry.envelope.is_some() || mine.len() > 1 || bytes.starts_with(b"From ");
                if in_mbox {
                    let (rest, _) = entries(Archive::resume(&path, entry.offset).unwrap());
                    prop_assert_eq!(rest.iter().collect::<Vec<_>>(), mine[nth..].to_vec());
                }
                let file = fs::File::open(&path).unwrap();
                let again = entry_at(&file, &path, entry.offset, entry.length, in_mbox).unwrap();
                // The empty line before the next envelope belongs to the file.
                prop_assert_eq!(again.trim_ascii_end(), entry.raw.trim_ascii_end());
            }
            prop_assert!(end <= bytes.len() as u64);
            if !bytes.starts_with(b"From ") {
                prop_assert!(mine.len() <= 1);
            }
        }
        for (head, whole) in heads.iter().zip(&found) {
            prop_assert_eq!((&head.path, head.offset), (&whole.path, whole.offset));
            prop_assert!(whole.raw.starts_with(&head.raw));
        }
        prop_assert!(found.len() + failed >= 1 || files.iter().all(|bytes| bytes.starts_with(b"From ")));
    }
}
