//! Whatever is done to mails of ordinary shape, every reader of them keeps its promises:
//! cut, doubled, overwritten and mixed at any byte.
//!
//! `PROPTEST_CASES=200000 cargo test --release --test mail properties` is the long run.

use proptest::prelude::*;
use rejoinder::domain::{MailKind, character};
use rejoinder::mail::parse::{Mail, attachment, charset, parse};
use rejoinder::mail::reply::{SegmentKind, split};
use rejoinder::mail::{inspect, sanitise};

#[path = "../../benches/mail/corpus.rs"]
mod made;

/// One thing done to a mail; places are parts of its length.
#[derive(Clone, Debug)]
enum Harm {
    Cut(f64, f64),
    Double(f64, f64),
    Write(f64, Vec<u8>),
    Move(f64, f64, f64),
}

fn harms() -> impl Strategy<Value = Vec<Harm>> {
    let hostile = prop::sample::select(vec![
        "\n\n",
        "\r\n--b1\r\n",
        "--b1--\n",
        "Content-Type: message/rfc822\n\n",
        "charset=utf-16",
        "charset=utf-7",
        "charset=iso-2022-jp",
        "\u{1b}$B",
        "=?utf-8?B?",
        "?=",
        "> ",
        "\n> ",
        "wrote:\n",
        "\nFrom: a@b.de\nSent: 1\nTo: c\nSubject: d\n",
        "-----Original Message-----\n",
        "\n-- \n",
        "<blockquote>",
        "</div>",
        "<div hidden>",
        "<style>",
        "&#27;",
        "&#x202e;",
        "\u{202e}",
        "\u{1b}]0;x\u{7}",
        "\0",
        "Content-Transfer-Encoding: base64\n",
        "Status: 5.1.1\n",
        "Auto-Submitted: auto-replied\n",
        "format=flowed; delsp=yes",
        "| a\n| b\n",
        "I am out of the office until Monday. ",
        "filename*=utf-8''%1b%5b",
        "<a href='https://evil.example/'>https://b&#27;]0;x&#7;&#x202e;k.com</a>",
        "<a href=https://evil.example/>www.b&#x9b;31mk.com</a>",
        "<img width=1 height=1 src='https://t&#27;.example/'>",
        "a@xn--80ak6aa92e.com ",
        "https://\u{430}pple.com/",
        "\u{1161}",
        "=??Q?=1B[31m?=",
    ]);
    let bytes = prop_oneof![
        hostile.prop_map(|text: &str| text.as_bytes().to_vec()),
        prop::collection::vec(any::<u8>(), 1..9),
    ];
    let place = || 0.0..1.0f64;
    prop::collection::vec(
        prop_oneof![
            (place(), 0.0..0.2f64).prop_map(|(at, part)| Harm::Cut(at, part)),
            (place(), 0.0..0.1f64).prop_map(|(at, part)| Harm::Double(at, part)),
            (place(), bytes).prop_map(|(at, bytes)| Harm::Write(at, bytes)),
            (place(), 0.0..0.1f64, place()).prop_map(|(at, part, to)| Harm::Move(at, part, to)),
        ],
        0..8,
    )
}

#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss
)]
fn harmed(mail: &[u8], harms: &[Harm]) -> Vec<u8> {
    let mut raw = mail.to_vec();
    for harm in harms {
        let place = |part: f64| ((raw.len() as f64) * part) as usize;
        let stretch = |at: f64, part: f64| {
            let from = place(at);
            from..(from + place(part)).min(raw.len())
        };
        match harm {
            Harm::Cut(at, part) => {
                let range = stretch(*at, *part);
                raw.drain(range);
            }
            Harm::Double(at, part) => {
                let range = stretch(*at, *part);
                let (end, piece) = (range.end, raw[range].to_vec());
                raw.splice(end..end, piece);
            }
            Harm::Write(at, bytes) => {
                let at = place(*at);
                raw.splice(at..at, bytes.iter().copied());
            }
            Harm::Move(at, part, to) => {
                let range = stretch(*at, *part);
                let to = place(*to);
                let piece: Vec<u8> = raw[range].to_vec();
                raw.splice(to..to, piece);
            }
        }
    }
    raw
}

/// Nothing in it acts on a terminal or hides in it.
fn is_inert(text: &str) -> bool {
    text.chars().all(|c| c == '\n' || character::is_inert(c))
}

/// Everything of a mail that stands on one line.
pub fn strings_of(mail: &Mail) -> Vec<String> {
    let mut lines = vec![mail.subject.clone(), mail.from.address.clone()];
    lines.extend(mail.from.name.clone());
    lines.extend(mail.message_id.clone());
    lines.extend(mail.references.iter().chain(&mail.in_reply_to).cloned());
    let people = mail.to.iter().chain(&mail.cc).chain(&mail.reply_to);
    lines.extend(people.map(|one| one.to_string().trim().to_owned()));
    lines.extend(mail.warnings.iter().map(ToString::to_string));
    let files = mail.attachments.iter();
    lines.extend(files.flat_map(|file| [file.name.clone(), file.content_type.clone()]));
    lines.extend(mail.list_id.iter().chain(&mail.mark).cloned());
    lines.extend(mail.gmail_labels.iter().chain(&mail.delivered_to).cloned());
    lines.extend(mail.gmail_thread_id.clone());
    if let Some(bounce) = &mail.bounce {
        lines.extend(bounce.failed_address.clone());
        lines.extend(bounce.status.clone());
        lines.extend(bounce.reason.clone());
        lines.extend(bounce.original_message_id.clone());
    }
    lines
}

/// The texts of a mail.
pub fn texts_of(mail: &Mail) -> [&String; 4] {
    [&mail.text, &mail.reply, &mail.quoted, &mail.signature]
}

pub fn config() -> ProptestConfig {
    ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn a_harmed_mail_is_read_and_everything_of_it_is_inert(seed in 0..64usize, harms in harms()) {
        let mails = made::mails(64);
        let raw = harmed(&mails[seed], &harms);
        let Ok(mail) = parse(&raw) else { return Ok(()) };
        for line in strings_of(&mail) {
            prop_assert!(is_inert(&line) && !line.contains('\n'), "{line:?}");
            prop_assert_eq!(&sanitise::line(&line), &line);
        }
        for text in texts_of(&mail) {
            prop_assert!(is_inert(text), "{text:?}");
        }
        let mut at = 0;
        for segment in &mail.segments {
            prop_assert_eq!(segment.range.start, at);
            at = segment.range.end;
            if segment.kind == SegmentKind::New {
                for line in mail.text.get(segment.range.clone()).unwrap_or("").lines() {
                    prop_assert!(mail.reply.contains(line.trim_end()), "lost: {line:?}");
                }
            }
        }
        prop_assert_eq!(at, mail.text.len());
        prop_assert_eq!(mail.bounce.is_some(), mail.kind == MailKind::Bounce);
        for index in 0..mail.attachments.len() {
            let file = attachment(&raw, index).unwrap();
            prop_assert_eq!(sanitise::file_name(&file.name), file.name);
        }
        let line = serde_json::to_string(&inspect::Inspection::of("x", &raw)).unwrap();
        prop_assert!(!line.contains('\n'));
    }

    #[test]
    fn any_bytes_have_a_text_in_any_charset(
        bytes in prop::collection::vec(any::<u8>(), 0..200),
        label in prop::sample::select(vec![
            "utf-8", "utf-7", "utf-16", "utf-16be", "utf-32", "iso-2022-jp", "iso-2022-kr", "iso-2022-cn", "hz-gb-2312", "gb18030", "gbk", "big5",
            "euc-jp", "euc-kr", "shift_jis", "koi8-r", "koi8-u", "windows-1251", "windows-874", "macintosh", "ibm866", "x-unknown", "", "us-ascii",
        ]),
    ) {
        let decoded = charset::decode(&bytes, Some(label));
        prop_assert!(decoded.text.len() <= bytes.len() * 4 + 4);
        prop_assert!(is_inert(&sanitise::text(&decoded.text)));
    }

    #[test]
    fn a_reply_without_a_sign_of_a_quote_is_kept_whole(
        text in "([A-Z][a-z]{1,9}( [a-z]{1,9}){2,12}[.,;]\n){1,6}(\n([A-Z][a-z]{1,9}( [a-z0-9]{1,9}){2,12}[.!]\n){1,6}){0,4}",
    ) {
        prop_assert_eq!(split(&text).reply, text.trim_end());
    }
}
