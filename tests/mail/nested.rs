//! Mails made from the grammar up: parts in parts in attached mails, with what is hostile
//! in every encoding that a part or a field can have. Whatever their shape, what is read of
//! them is inert, whole and within bounds.

use base64::Engine as _;
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use rejoinder::mail::parse::{attachment, parse, parts};

use crate::properties::{config, strings_of, texts_of};

/// A part of a mail, or a mail in it.
#[derive(Clone, Debug)]
enum Tree {
    Leaf {
        content_type: &'static str,
        encoding: usize,
        name: Option<(usize, String)>,
        text: String,
    },
    Multi(&'static str, Vec<Tree>),
    Message(bool, Box<Tree>),
}

fn base64(text: &str) -> String {
    base64::engine::general_purpose::STANDARD.encode(text)
}

fn quoted(text: &str) -> String {
    text.bytes().map(|byte| format!("={byte:02X}")).collect()
}

/// A text by one of the ways in which a field says it.
fn in_field(way: usize, text: &str) -> String {
    match way % 4 {
        0 => format!("=?utf-8?B?{}?=", base64(text)),
        1 => format!("=?utf-8?Q?{}?=", quoted(text)),
        2 => format!(
            "=?utf-8?B?{}?=",
            base64(&format!("=?utf-8?Q?{}?=", quoted(text)))
        ),
        _ => text.replace(['\r', '\n', '"', '\\'], " "),
    }
}

fn fields(way: usize, text: &str) -> String {
    let said = in_field(way, text);
    format!(
        "From: \"{said}\" <a@b.example>\r\nTo: {said} <c@d.example>\r\nSubject: {said}\r\nMessage-ID: <{said}@b.example>\r\n\
         References: <1{said}@b.example>\r\nReply-To: {said} <r@xn--80ak6aa92e.com>\r\n"
    )
}

impl Tree {
    /// The part with its header; `number` makes each boundary another one.
    fn written(&self, number: &mut usize) -> String {
        match self {
            Self::Leaf {
                content_type,
                encoding,
                name,
                text,
            } => {
                let (label, body) = match encoding % 5 {
                    0 => ("base64", base64(text)),
                    1 => ("quoted-printable", quoted(text)),
                    2 => ("8bit", text.clone()),
                    // References of html are text in every other part.
                    3 => (
                        "8bit",
                        text.chars()
                            .map(|c| format!("&#{};", u32::from(c)))
                            .collect(),
                    ),
                    _ => ("x-nonsense", text.clone()),
                };
                let named = name
                    .as_ref()
                    .map_or_else(String::new, |(way, name)| match way % 2 {
                        0 => format!(
                            "Content-Disposition: attachment; filename*=utf-8''..%2F{}\r\n",
                            quoted(name).replace('=', "%")
                        ),
                        _ => format!(
                            "Content-Disposition: inline; filename=\"../{}\"\r\n",
                            in_field(way / 2, name)
                        ),
                    });
                format!(
                    "Content-Type: {content_type}\r\nContent-Transfer-Encoding: {label}\r\n{named}\r\n{body}"
                )
            }
            Self::Multi(kind, children) => {
                *number += 1;
                let boundary = format!("b{number}");
                let parts: String = children
                    .iter()
                    .map(|child| format!("--{boundary}\r\n{}\r\n", child.written(number)))
                    .collect();
                format!(
                    "Content-Type: multipart/{kind}; boundary={boundary}\r\n\r\n{parts}--{boundary}--\r\n"
                )
            }
            Self::Message(encoded, inside) => {
                let inside = format!(
                    "{}{}",
                    fields(*number, "in\u{1b}[2Jner"),
                    inside.written(number)
                );
                if *encoded {
                    format!(
                        "Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\n{}",
                        base64(&inside)
                    )
                } else {
                    format!("Content-Type: message/rfc822\r\n\r\n{inside}")
                }
            }
        }
    }

    fn mail(&self, way: usize, text: &str) -> Vec<u8> {
        format!(
            "{}MIME-Version: 1.0\r\n{}",
            fields(way, text),
            self.written(&mut 0)
        )
        .into_bytes()
    }
}

fn hostile() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        2 => "[ -~]{0,9}",
        1 => prop::sample::select(vec![
            "\u{1b}]0;x\u{7}", "\u{1b}[2J", "\u{9b}31m", "\u{90}q\u{9c}", "\u{202e}", "\u{2066}", "\u{200b}", "\u{e0041}", "\u{301}\u{301}\u{301}\u{301}\u{301}",
            "\u{1161}", "\u{2028}", "\r", "\n", "\t", "\0", "é", "日", "\u{1f469}\u{200d}\u{1f4bb}", "\n> quoted\n", "\nOn Tue, Nov 3, 2026 at 2:01 PM Jo wrote:\n",
            "\n-- \n", "<a href='https://evil.example/'>https://b\u{1b}]0;x\u{7}k.com</a>", "<div hidden>", "</div>", "<blockquote>", "<table><tr><td>",
            "https://\u{430}pple.com/", "550 5.1.1 unknown\n", "Status: 5.1.1\n", "Final-Recipient: rfc822; a@b.de\n", "--b1\r\n", "--b2--\r\n",
        ]).prop_map(str::to_owned),
    ];
    prop::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat())
}

fn leaves() -> BoxedStrategy<Tree> {
    let types = prop::sample::select(vec![
        "text/plain; charset=utf-8",
        "text/plain; charset=utf-8; format=flowed; delsp=yes",
        "text/html; charset=utf-8",
        "text/html",
        "text/plain; charset=utf-16le",
        "text/plain; charset=utf-7",
        "text/plain; charset=iso-2022-jp",
        "text/enriched",
        "text/calendar; method=REQUEST",
        "message/delivery-status",
        "message/feedback-report",
        "application/ms-tnef",
        "application/octet-stream",
        "image/png",
        "text/rfc822-headers",
    ]);
    (
        types,
        any::<usize>(),
        prop::option::of((any::<usize>(), hostile())),
        hostile(),
    )
        .prop_map(|(content_type, encoding, name, text)| Tree::Leaf {
            content_type,
            encoding,
            name,
            text,
        })
        .boxed()
}

/// Trees of at most so many levels below their root.
fn trees(levels: usize) -> BoxedStrategy<Tree> {
    if levels == 0 {
        return leaves();
    }
    let kinds = prop::sample::select(vec![
        "mixed",
        "alternative",
        "related",
        "report; report-type=delivery-status",
        "digest",
        "signed",
        "encrypted",
        "x-unknown",
    ]);
    let several = prop::collection::vec(trees(levels - 1), 1..4);
    prop_oneof![
        2 => leaves(),
        4 => (kinds, several).prop_map(|(kind, children)| Tree::Multi(kind, children)),
        1 => (any::<bool>(), trees(levels - 1)).prop_map(|(encoded, inside)| Tree::Message(encoded, Box::new(inside))),
    ]
    .boxed()
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn a_mail_of_any_shape_is_read_inert_and_whole(tree in trees(5), way in 0..4usize, text in hostile()) {
        let raw = tree.mail(way, &text);
        let mail = parse(&raw).unwrap();
        for line in strings_of(&mail) {
            prop_assert_eq!(&rejoinder::mail::sanitise::line(&line), &line);
        }
        for text in texts_of(&mail) {
            prop_assert_eq!(&rejoinder::mail::sanitise::text(text), text);
        }
        prop_assert!(mail.text.len() <= raw.len() * 4 + 500);
        prop_assert_eq!(mail.segments.last().map_or(0, |last| last.range.end), mail.text.len());
        for (index, listed) in mail.attachments.iter().enumerate() {
            let file = attachment(&raw, index).unwrap();
            prop_assert_eq!(file.bytes.len() as u64, listed.bytes);
            prop_assert!(!file.name.is_empty() && !file.name.contains(['/', '\\']));
        }
        prop_assert!(attachment(&raw, mail.attachments.len()).is_none());
    }
}

/// A strategy that only ever made flat mails would prove nothing.
#[test]
fn the_shapes_that_are_tried_are_deep_and_of_many_sorts() {
    let mut runner = TestRunner::deterministic();
    let (mut deep, mut files, mut bounces, mut texts) = (0, 0, 0, 0);
    for _ in 0..200 {
        let raw = trees(5)
            .new_tree(&mut runner)
            .unwrap()
            .current()
            .mail(0, "x");
        let parts = parts::walk(&raw);
        let depth = |mut index: usize| {
            let mut depth = 0;
            while let Some(parent) = parts[index].parent {
                (index, depth) = (parent, depth + 1);
            }
            depth
        };
        deep += usize::from((0..parts.len()).any(|part| depth(part) >= 3));
        let mail = parse(&raw).unwrap();
        files += usize::from(mail.attachments.len() >= 2);
        bounces += usize::from(mail.bounce.is_some());
        texts += usize::from(!mail.text.is_empty());
    }
    assert!(
        deep >= 60 && files >= 40 && bounces >= 5 && texts >= 60,
        "of 200: {deep} deep, {files} with files, {bounces} bounces, {texts} with text"
    );
}
