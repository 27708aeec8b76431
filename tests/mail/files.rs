//! Files of a mail made from the grammar up: names in every way in which a field can say
//! them, winmail and calendar parts, in whole and in broken encodings. Each is listed, has
//! a name that is safe in any folder, and comes out byte by byte as it was put in.

use base64::Engine as _;
use proptest::prelude::*;
use proptest::sample::select;
use rejoinder::mail::parse::{attachment, parse};
use rejoinder::mail::sanitise;

use crate::properties::{config, strings_of};

fn base64(bytes: &[u8]) -> String {
    // Of 57 bytes come 76 letters (RFC 2045 section 6.8).
    bytes
        .chunks(57)
        .map(|line| base64::engine::general_purpose::STANDARD.encode(line) + "\r\n")
        .collect()
}

fn percent(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

/// A parameter in one of the ways in which programs write it: quoted, bare, as an encoded
/// word (RFC 2047), by RFC 2231 whole and in numbered pieces, raw, and half of each.
fn parameter(way: usize, key: &str, name: &str) -> String {
    let quoted = name.replace(['"', '\\', '\r', '\n'], "_");
    match way {
        0 => format!("{key}=\"{quoted}\""),
        1 => format!("{key}={}", quoted.replace([' ', ';', ','], "_")),
        2 => format!(
            "{key}=\"=?utf-8?B?{}?=\"",
            base64::engine::general_purpose::STANDARD.encode(name)
        ),
        3 => format!("{key}*=utf-8''{}", percent(name)),
        4 => {
            let whole = percent(name);
            let (first, second) = whole.split_at(whole.len() / 6 * 3);
            format!("{key}*0*=utf-8''{first};\r\n {key}*1*={second}")
        }
        5 => format!("{key}*1*={};\r\n {key}*0*=utf-8''x", percent(name)),
        6 => format!("{key}*=x-nonsense'en'{}", percent(name)),
        7 => format!("{key}*0=\"{quoted}\";\r\n {key}*2=\"{quoted}\""),
        8 => format!("{key}=\"{quoted}"),
        9 => format!("{key}=; {key}=\"{quoted}\"; {key}=\"other\""),
        _ => format!("{key}=\"=?utf-8?Q?{}?=", percent(name).replace('%', "=")),
    }
}

/// Ways that say a name of ordinary characters as it is.
const FAITHFUL: &[usize] = &[0, 2, 3, 4];

fn names() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        3 => "[ -~]{0,12}",
        1 => "[a-zäöü日本語אב]{1,90}",
        1 => select(vec!["../", "..\\", "/etc/passwd", "C:\\x", "\u{202e}fdp.exe", "\u{1b}]0;x\u{7}", "\0", "\n", "con", ".", "..", " ", "-rf", "~", "\u{2044}", "\u{ff0f}", ".pdf", ".tar.gz", "\u{301}", "\u{1f4c4}", "=?utf-8?Q?x?="]).prop_map(str::to_owned),
    ];
    prop::collection::vec(piece, 0..5).prop_map(|pieces| pieces.concat())
}

/// What a file is, with how it begins: TNEF (MS-OXTNEF), iCalendar (RFC 5545), others.
fn contents() -> impl Strategy<Value = (&'static str, Vec<u8>)> {
    let attributes = prop::collection::vec(
        prop_oneof![
            // Level, id, length (true, short, or beyond the end), data, checksum.
            (
                select(vec![1u8, 2]),
                select(vec![
                    0x0001_8005u32,
                    0x0002_9007,
                    0x0001_8010,
                    0x0006_9003,
                    0xffff_ffff
                ]),
                select(vec![0u32, 4, 0x7fff_ffff, 0xffff_ffff]),
                prop::collection::vec(any::<u8>(), 0..9)
            )
                .prop_map(|(level, id, length, data)| [
                    vec![level],
                    id.to_le_bytes().to_vec(),
                    length.to_le_bytes().to_vec(),
                    data
                ]
                .concat()),
            prop::collection::vec(any::<u8>(), 0..9),
        ],
        0..6,
    );
    let winmail =
        attributes.prop_map(|all| [vec![0x78, 0x9f, 0x3e, 0x22, 1, 0], all.concat()].concat());
    let lines = prop::collection::vec(
        prop_oneof![
            select(vec![
                "BEGIN:VEVENT",
                "END:VEVENT",
                "END:VCALENDAR",
                "METHOD:REQUEST",
                "DTSTART;TZID=\"x\u{1b}[2J\":20261103T140105",
                "SUMMARY:\u{202e}Call",
                " folded",
                "\tfolded",
                "ATTENDEE;CN=\"\u{1b}]0;x\u{7}\":mailto:a@b.example",
                "RRULE:FREQ=SECONDLY;COUNT=999999999",
                "DESCRIPTION:\\n\\,\\;",
                ":",
                ";",
                "",
                "BEGIN:VALARM"
            ])
            .prop_map(str::to_owned),
            "[ -~é\u{202e}\u{1b}]{0,20}",
        ],
        0..12,
    );
    let calendar = lines
        .prop_map(|lines| format!("BEGIN:VCALENDAR\r\n{}\r\n", lines.join("\r\n")).into_bytes());
    prop_oneof![
        (
            select(vec![
                "application/ms-tnef",
                "application/vnd.ms-tnef",
                "application/octet-stream"
            ]),
            winmail
        ),
        (
            select(vec![
                "text/calendar; method=REQUEST",
                "text/calendar; method=\"\u{1b}[2J\"; charset=utf-16",
                "application/ics"
            ]),
            calendar
        ),
        (
            select(vec![
                "application/pdf",
                "image/png",
                "x/\u{1b}[2J",
                "text/csv; charset=x"
            ]),
            prop::collection::vec(any::<u8>(), 0..120)
        ),
    ]
}

#[derive(Clone, Debug)]
struct File {
    kind: &'static str,
    bytes: Vec<u8>,
    way: usize,
    in_type: bool,
    name: String,
}

fn files() -> impl Strategy<Value = Vec<File>> {
    let file = (contents(), 0..11usize, any::<bool>(), names()).prop_map(
        |((kind, bytes), way, in_type, name)| File {
            kind,
            bytes,
            way,
            in_type,
            name,
        },
    );
    prop::collection::vec(file, 1..5)
}

fn mail_of(files: &[File], shape: &str) -> Vec<u8> {
    let mut raw = format!(
        "From: a@b.example\r\nSubject: Files\r\nContent-Type: multipart/{shape}; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nHere they are.\r\n"
    );
    for file in files {
        let named = |key| parameter(file.way, key, &file.name);
        let kind = if file.in_type {
            format!("{};\r\n {}", file.kind, named("name"))
        } else {
            file.kind.to_owned()
        };
        let disposition = if file.in_type {
            "attachment".to_owned()
        } else {
            format!("attachment;\r\n {}", named("filename"))
        };
        raw.push_str(&format!(
            "--b\r\nContent-Type: {kind}\r\nContent-Disposition: {disposition}\r\nContent-Transfer-Encoding: base64\r\n\r\n{}\r\n",
            base64(&file.bytes)
        ));
    }
    raw.push_str("--b--\r\n");
    raw.into_bytes()
}

/// Whether a file can have that name in any folder of any common system.
fn is_safe(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= 255
        && !name.starts_with(['.', '-', ' '])
        && !name.ends_with(['.', ' '])
        && !name.contains(['/', '\\', ':', '"', '<', '>', '|', '?', '*'])
        && !name.chars().any(char::is_control)
        && sanitise::file_name(name) == name
        && sanitise::line(name) == name
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn files_are_listed_under_safe_names_and_come_out_as_they_were_put_in(
        files in files(),
        shape in select(vec!["mixed", "related", "alternative", "x-unknown"]),
    ) {
        let raw = mail_of(&files, shape);
        let mail = parse(&raw).unwrap();
        prop_assert_eq!(mail.attachments.len(), files.len());
        prop_assert_eq!(mail.text.as_str(), "Here they are.");
        for line in strings_of(&mail) {
            prop_assert_eq!(&sanitise::line(&line), &line);
        }
        for (index, (listed, file)) in mail.attachments.iter().zip(&files).enumerate() {
            let found = attachment(&raw, index).unwrap();
            prop_assert!(is_safe(&found.name), "{:?}", found.name);
            prop_assert_eq!(&found.bytes, &file.bytes);
            prop_assert_eq!(listed.bytes, file.bytes.len() as u64);
        }
    }

    #[test]
    fn a_name_is_read_as_it_was_written_in_every_way_that_holds_it(
        name in "[A-Za-z0-9äéß日本]{1,20}( [A-Za-z0-9é_+,()'-]{1,12}[a-z]){0,2}\\.(pdf|docx|tar\\.gz)",
        way in select(FAITHFUL),
        in_type in any::<bool>(),
    ) {
        let file = File { kind: "application/pdf", bytes: b"x".to_vec(), way, in_type, name };
        let raw = mail_of(std::slice::from_ref(&file), "mixed");
        let listed = parse(&raw).unwrap().attachments;
        let name = sanitise::file_name(&file.name);
        prop_assert_eq!(listed[0].name.as_str(), name.as_str());
    }

    /// A body in an encoding that is broken anywhere is still bounded by its mail.
    #[test]
    fn broken_encodings_give_no_more_than_they_hold(
        body in "[A-Za-z0-9+/=%\\r\\n \u{e9}-]{0,200}",
        encoding in select(vec!["base64", "quoted-printable", "x-uuencode", "8bit", "BASE64 ", "\"base64\"", ""]),
        kind in select(vec!["application/ms-tnef; name=winmail.dat", "text/calendar; method=REQUEST", "image/png"]),
    ) {
        let raw = format!("From: a@b.example\r\nContent-Type: {kind}\r\nContent-Disposition: attachment\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n{body}").into_bytes();
        let mail = parse(&raw).unwrap();
        let file = attachment(&raw, 0).unwrap();
        // The last group of a line may be filled up.
        prop_assert!(file.bytes.len() <= body.len() + 3);
        prop_assert_eq!(mail.attachments[0].bytes, file.bytes.len() as u64);
        prop_assert!(attachment(&raw, 1).is_none());
    }
}
