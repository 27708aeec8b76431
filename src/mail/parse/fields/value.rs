//! Values of header fields: text decoded, addresses and ids read.
//!
//! The grammar of a value (encoded words, mailboxes) is mail-parser's work; what
//! stands here is what it does not do: raw 8-bit values in another charset, encoded words
//! that cut a character in two, ids in every state in which they are found in the wild.

use std::borrow::Cow;

use base64::Engine;
use mail_parser::HeaderValue;
use mail_parser::parsers::MessageStream;

use crate::domain::Address;
use crate::mail::parse::{charset, transfer};
use crate::mail::sanitise;

/// Most ids that are read of one field.
pub(super) const IDS: usize = 1024;

/// Longest id (RFC 5322 section 2.1.1: a line has at most 998 characters).
const ID_BYTES: usize = 998;

/// The value as text: UTF-8 where it is, else in `fallback` or the charset it seems to
/// be in; folded lines joined.
pub(super) fn unfolded(value: &[u8], fallback: Option<&str>) -> String {
    let text = if value.is_ascii() && !value.contains(&0x1b) {
        String::from_utf8_lossy(value).into_owned()
    } else {
        charset::decode_unlabelled(value, fallback)
    };
    let mut line: String = text
        .chars()
        .map(|c| {
            if matches!(c, '\r' | '\n' | '\0') {
                ' '
            } else {
                c
            }
        })
        .collect();
    line.truncate(line.trim_end().len());
    line
}

pub(super) fn unstructured(value: &[u8], fallback: Option<&str>) -> String {
    let text = joined_words(&unfolded(value, fallback)).into_owned();
    if !text.contains("=?") {
        return text;
    }
    let fed = format!("{text}\n");
    match MessageStream::new(fed.as_bytes()).parse_unstructured() {
        HeaderValue::Text(decoded) => decoded.into_owned(),
        HeaderValue::TextList(list) => list.join(" "),
        _ => text,
    }
}

/// Decodes what may hold encoded words, such as a file name.
#[must_use]
pub(in crate::mail::parse) fn decoded_words(text: &str) -> String {
    if text.contains("=?") {
        unstructured(text.as_bytes(), None)
    } else {
        text.to_owned()
    }
}

/// Neighbouring encoded words of one charset become one: many programs cut a character
/// in two between them, although RFC 2047 section 5 (3) forbids it.
fn joined_words(text: &str) -> Cow<'_, str> {
    if !text.contains("?=") {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    let mut open: Option<(String, Vec<u8>)> = None;
    while let Some(start) = rest.find("=?") {
        let (before, from) = rest.split_at(start);
        let Some((charset, bytes, after)) = encoded_word(from) else {
            flush_word(&mut out, &mut open);
            out.push_str(before);
            out.push_str("=?");
            rest = from.get(2..).unwrap_or("");
            continue;
        };
        let continues = before.chars().all(|c| matches!(c, ' ' | '\t'));
        match &mut open {
            Some((same, joined)) if continues && same.eq_ignore_ascii_case(&charset) => {
                joined.extend_from_slice(&bytes);
            }
            _ => {
                flush_word(&mut out, &mut open);
                out.push_str(before);
                open = Some((charset, bytes));
            }
        }
        rest = after;
    }
    flush_word(&mut out, &mut open);
    out.push_str(rest);
    Cow::Owned(out)
}

fn flush_word(out: &mut String, open: &mut Option<(String, Vec<u8>)>) {
    if let Some((charset, bytes)) = open.take() {
        let encoded = base64::engine::general_purpose::STANDARD.encode(bytes);
        out.push_str(&format!("=?{charset}?B?{encoded}?="));
    }
}

/// `=?charset*language?encoding?text?=` taken apart: charset, bytes and what follows.
/// Without a charset, or with letters that should have been encoded, it is read as far
/// as it can be, in UTF-8.
fn encoded_word(text: &str) -> Option<(String, Vec<u8>, &str)> {
    let mut pieces = text.strip_prefix("=?")?.splitn(3, '?');
    let (charset, encoding, rest) = (pieces.next()?, pieces.next()?, pieces.next()?);
    let charset = charset.split('*').next().unwrap_or(charset);
    let known = charset.is_empty() || charset::is_known(charset) && charset.len() <= 40;
    let (body, after) = rest.split_once("?=")?;
    if !known || body.contains('?') && !encoding.eq_ignore_ascii_case("q") {
        return None;
    }
    let utf8 = || "utf-8".to_owned();
    let bytes = match encoding {
        "b" | "B" => transfer::base64(body.as_bytes()).0,
        "q" | "Q" if !body.is_ascii() => return Some((utf8(), half_encoded(body, charset), after)),
        "q" | "Q" => transfer::q_word(body),
        _ => return None,
    };
    if charset.is_empty() {
        let text = charset::decode_unlabelled(&bytes, None);
        return Some((utf8(), text.into_bytes(), after));
    }
    Some((charset.to_owned(), bytes, after))
}

/// A word whose letters stand there as they are: only what is encoded is in its charset.
fn half_encoded(body: &str, charset: &str) -> Vec<u8> {
    let label = Some(charset).filter(|charset| !charset.is_empty());
    let mut text = String::with_capacity(body.len());
    let mut rest = body;
    while !rest.is_empty() {
        let ascii = rest.bytes().position(|b| !b.is_ascii());
        let (encoded, after) = rest.split_at(ascii.unwrap_or(rest.len()));
        text.push_str(&charset::decode(&transfer::q_word(encoded), label).text);
        let plain = after.bytes().position(|b| b.is_ascii());
        let (letters, after) = after.split_at(plain.unwrap_or(after.len()));
        text.push_str(letters);
        rest = after;
    }
    text.into_bytes()
}

/// The mailboxes of an address field (RFC 5322 section 3.4), groups flattened.
#[must_use]
pub(super) fn mailboxes(value: &[u8], fallback: Option<&str>) -> Vec<Address> {
    let text = joined_words(&unfolded(value, fallback)).into_owned();
    let text = plain_at(text);
    let fed = format!("{text}\n");
    let HeaderValue::Address(list) = MessageStream::new(fed.as_bytes()).parse_address() else {
        return Vec::new();
    };
    let found: Vec<Address> = list
        .iter()
        .flat_map(|mailbox| {
            let name = mailbox.name().map(sanitise::line).unwrap_or_default();
            let address = mailbox.address().map(sanitise::line).unwrap_or_default();
            if let Some(several) = without_commas(&address) {
                return several;
            }
            let address = clean_address(&address);
            mailbox_of(&name, &address).into_iter().collect()
        })
        .collect();
    if found.iter().any(|one| one.address.contains('@')) {
        return found;
    }
    rescued(&text).map_or(found, |one| vec![one])
}

/// The address in brackets of a value that the grammar loses it in: behind a comment
/// that is never closed, say.
fn rescued(text: &str) -> Option<Address> {
    let (name, rest) = text.rsplit_once('<')?;
    let address = clean_address(&sanitise::line(rest.split('>').next()?));
    let name = unquoted(&sanitise::line(name));
    crate::domain::address::is_plain_address(&address).then(|| Address::named(&name, &address))
}

/// Addresses with nothing but white space between them, as some programs write them.
fn without_commas(line: &str) -> Option<Vec<Address>> {
    let words = line.split(' ');
    let several = line.contains(' ') && words.clone().all(crate::domain::address::is_plain_address);
    several.then(|| words.map(Address::bare).collect())
}

/// `maria at example.org (Maria)`, as archives of lists hide addresses, with its `@`.
fn plain_at(text: String) -> String {
    if text.contains('@') {
        return text;
    }
    let mut words = text.split_whitespace();
    let (Some(local), Some("at"), Some(host)) = (words.next(), words.next(), words.next()) else {
        return text;
    };
    let rest = words.collect::<Vec<_>>().join(" ");
    let address = format!("{local}@{host}");
    let fits = host.contains('.') && (rest.is_empty() || rest.starts_with('('));
    if fits && crate::domain::address::is_plain_address(&address) {
        format!("{address} {rest}")
    } else {
        text
    }
}

/// An address without white space, quotes around it and a scheme in front of it.
fn clean_address(address: &str) -> String {
    let line: String = address.split(' ').collect();
    let line = line.trim_matches(['<', '>', '\'', '"', ',', ';']);
    let line = line
        .get(..7)
        .filter(|start| start.eq_ignore_ascii_case("mailto:"))
        .map_or(line, |start| line.strip_prefix(start).unwrap_or(line));
    sanitise::line(line)
}

/// A name without quotes around it. A mark that stood on one stands on nothing then, so
/// it is made inert anew.
fn unquoted(name: &str) -> String {
    sanitise::line(name.trim_matches(['"', '\'', ' ']))
}

fn mailbox_of(name: &str, address: &str) -> Option<Address> {
    let name = &*unquoted(name);
    if address.contains('@') {
        let same = name.eq_ignore_ascii_case(address);
        return Some(Address::named(if same { "" } else { name }, address));
    }
    // `Maria Lopez` alone, or the local part where the name stands.
    let name_is_address = crate::domain::address::is_plain_address(name);
    match (name_is_address, address.is_empty()) {
        (true, _) => Some(Address::bare(name)),
        (false, false) => Some(Address::named(name, address)),
        (false, true) => (!name.is_empty()).then(|| Address::named(name, "")),
    }
}

/// Message ids in the states in which mail has them: `<id@host>`, several, folded in the
/// middle, bare `id@host`, within prose, in encoded words.
#[must_use]
pub fn ids(value: &[u8]) -> Vec<String> {
    let text = unfolded(value, None);
    let text = if text.contains("=?") {
        unstructured(text.as_bytes(), None)
    } else {
        text
    };
    let mut found = Ids::default();
    let mut rest = text.as_str();
    loop {
        let Some((before, after)) = rest.split_once('<') else {
            found.outside(rest);
            break;
        };
        found.outside(before);
        let Some((inside, next)) = after.split_once('>') else {
            // `<id@host` whose end was cut off.
            found.bracketed(after);
            break;
        };
        // `<a@b <c@d>`: the last opening bracket counts.
        found.bracketed(inside.rsplit('<').next().unwrap_or(inside));
        rest = next;
        if found.all.len() >= IDS {
            break;
        }
    }
    found.told()
}

/// Ids in order, each with whether it stood in brackets.
#[derive(Default)]
struct Ids {
    all: Vec<(String, bool)>,
    prose: bool,
}

impl Ids {
    fn bracketed(&mut self, text: &str) {
        self.all.extend(id_of(text).map(|id| (id, true)));
    }

    fn outside(&mut self, text: &str) {
        self.all.extend(bare_ids(text).map(|id| (id, false)));
        self.prose |= text
            .split(SEPARATORS)
            .any(|word| !word.contains('@') && word.contains(char::is_alphanumeric));
    }

    /// Prose around a bracketed id names people: `Message from a@b of Monday <id@host>`.
    fn told(self) -> Vec<String> {
        let only = self.prose && self.all.iter().any(|(_, bracketed)| *bracketed);
        let wanted = self.all.into_iter().filter(|(_, b)| *b || !only);
        wanted.map(|(id, _)| id).collect()
    }
}

/// What stands between ids without brackets.
const SEPARATORS: [char; 4] = [' ', '\t', ',', ';'];

fn id_of(text: &str) -> Option<String> {
    let id: String = sanitise::line(text).split(' ').collect();
    let id = id.trim_matches(['<', '>', '"', '\'', ',', ';']);
    (!id.is_empty() && id.len() <= ID_BYTES).then(|| sanitise::line(id))
}

fn bare_ids(text: &str) -> impl Iterator<Item = String> + '_ {
    text.split(SEPARATORS)
        .filter(|word| word.contains('@') && word.len() > 2)
        .take(IDS)
        .filter_map(id_of)
}

#[cfg(test)]
mod tests {
    use super::super::Fields;
    use super::*;
    use proptest::strategy::Strategy as _;

    fn fields(text: &str) -> Fields<'_> {
        Fields::read(text.as_bytes()).0
    }

    #[test]
    fn ids_are_found_bracketed_bare_several_folded_and_in_prose() {
        let of = |text: &str| ids(text.as_bytes());
        assert_eq!(of("<a@b>"), ["a@b"]);
        assert_eq!(of("a@b"), ["a@b"]);
        assert_eq!(of("<a@b><c@d>\r\n\t<e@f>"), ["a@b", "c@d", "e@f"]);
        assert_eq!(of("a@b c@d,e@f"), ["a@b", "c@d", "e@f"]);
        assert_eq!(of("<very-long-\r\n id@host>"), ["very-long-id@host"]);
        assert_eq!(of("Your message of Mon from x@y <a@b>"), ["a@b"]);
        assert_eq!(of("Your message <a@b> of x@y"), ["a@b"]);
        assert_eq!(of("<a@b> c@d <e@f>"), ["a@b", "c@d", "e@f"]);
        assert_eq!(of("c@d\r\n <e@f>,"), ["c@d", "e@f"]);
        assert_eq!(of("<a@b"), ["a@b"]);
        assert_eq!(of("<a@b <c@d>"), ["c@d"]);
        assert_eq!(of("=?utf-8?q?=3Ca=40b=3E?="), ["a@b"]);
        assert_eq!(of(""), Vec::<String>::new());
        assert_eq!(of("<a\x1b[31m@b\u{202e}>"), ["a@b"]);
    }

    #[test]
    fn a_character_cut_between_two_encoded_words_is_whole_again() {
        // "é" is C3 A9; the cut is between its bytes.
        let block = fields("Subject: =?utf-8?q?caf=C3?=\r\n =?UTF-8?Q?=A9_noir?= ok\r\n\r\n");
        assert_eq!(block.line("subject", None).as_deref(), Some("café noir ok"));
        let block = fields("Subject: =?utf-8?B?Y2Fmww==?= =?utf-8?B?qQ==?=\n\n");
        assert_eq!(block.line("subject", None).as_deref(), Some("café"));
    }

    #[test]
    fn words_that_are_half_encoded_or_have_no_charset_are_read() {
        for (raw, read) in [
            (
                &b"Subject: =?iso-8859-1?Q?Fr\xf6sche_=E4?= ok\n\n"[..],
                "Frösche ä ok",
            ),
            (
                "Subject: =?utf-8?Q?Frö=C3=A4_sche?=\n\n".as_bytes(),
                "Fröä sche",
            ),
            (b"Subject: =??Q?Re=3A_Bras=EDlia?=\n\n", "Re: Brasília"),
            (b"Subject: =??B?Y2Fmw6k=?=\n\n", "café"),
        ] {
            let (block, _) = Fields::read(raw);
            assert_eq!(block.line("subject", None).as_deref(), Some(read));
        }
    }

    #[test]
    fn raw_eight_bit_subjects_are_read_in_the_charset_they_seem_to_be_in() {
        let (latin, _) = Fields::read(b"Subject: caf\xe9\n\n");
        assert_eq!(latin.line("subject", None).as_deref(), Some("café"));
        let (koi, _) = Fields::read(b"Subject: \xf0\xd2\xc9\xd7\xc5\xd4\n\n");
        assert_eq!(
            koi.line("subject", Some("koi8-r")).as_deref(),
            Some("Привет")
        );
        let (utf8, _) = Fields::read("Subject: café\n\n".as_bytes());
        assert_eq!(
            utf8.line("subject", Some("koi8-r")).as_deref(),
            Some("café")
        );
    }

    #[test]
    fn names_are_decoded_and_inert_and_addresses_hold_no_white_space() {
        let block = fields(
            "To: =?utf-8?q?J=C3=B6rg_=1B[31m?= <j@x.de>, \"Doe, Jane\" <jane@x.de>,\r\n Team: a@b, <c@d>;, e@f (Eve)\r\n\r\n",
        );
        let to = block.addresses("to", None);
        let shown: Vec<String> = to.iter().map(ToString::to_string).collect();
        assert_eq!(
            shown,
            [
                "Jörg <j@x.de>",
                "Doe, Jane <jane@x.de>",
                "a@b",
                "c@d",
                "Eve <e@f>"
            ]
        );
        assert_eq!(
            mailboxes(b"'x@y.z' <x@y.z>", None),
            [Address::bare("x@y.z")]
        );
        assert_eq!(
            mailboxes(b"maria at x.example (Maria Lopez)", None),
            [Address::named("Maria Lopez", "maria@x.example")]
        );
        assert_eq!(
            mailboxes(b"maria@x.example jo@x.example", None),
            [
                Address::bare("maria@x.example"),
                Address::bare("jo@x.example")
            ]
        );
        assert_eq!(
            mailboxes(b"Maria :( Lopez <maria@x.example>", None),
            [Address::named("Maria :( Lopez", "maria@x.example")]
        );
        assert_eq!(
            mailboxes("\"'\u{301}a\" <b@c>".as_bytes(), None),
            [Address::named("\u{25cc}\u{301}a", "b@c")]
        );
        assert_eq!(
            mailboxes(b"Maria Lopez", None),
            [Address::named("Maria Lopez", "")]
        );
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig { failure_persistence: None, ..Default::default() })]

        #[test]
        fn any_value_is_read_as_any_sort_of_field(pieces in proptest::collection::vec(proptest::prop_oneof![
            "[ -~é\u{1b}\u{202e}\r\n]{0,8}",
            proptest::sample::select(vec![
                "<", ">", "@", ",", ";", ":", "(", ")", "\"", "\\", "a@b.de", "c@d", "Team:", "=?utf-8?Q?", "=?utf-8?B?", "=?iso-2022-jp?B?", "=??Q?", "?=",
                "=1B[31m", "G1szMW0=", "=C3", "=A9", "\u{f6}", "Tue, 3 Nov 2026 ", "14:01:05 ", "+0100", "-9999", "(CET)", "2026-11-03T14:01:05Z", "mailto:",
            ]).prop_map(str::to_owned),
        ], 0..16)) {
            let value = pieces.concat().into_bytes();
            for address in mailboxes(&value, None) {
                let shown = address.to_string();
                proptest::prop_assert_eq!(sanitise::line(&shown), shown.trim());
                proptest::prop_assert!(!address.address.contains(char::is_whitespace));
            }
            for id in ids(&value) {
                proptest::prop_assert_eq!(sanitise::line(&id), id);
            }
            proptest::prop_assert!(unstructured(&value, None).len() <= value.len() * 4 + 64);
        }

        /// Names and addresses in every way that RFC 5322 has for a mailbox.
        #[test]
        fn mailboxes_are_found_in_order_however_they_are_written(people in proptest::collection::vec((
            "[A-Z][a-zé]{1,8}( [A-Z][a-z]{1,8}){0,2}", "[a-z][a-z0-9+'_=-]{0,10}[a-z0-9]@[a-z]{2,9}\\.example", 0..7usize,
        ), 1..5), separator in proptest::sample::select(vec![", ", ",", ",\r\n ", ",,", " , \t"])) {
            let written: Vec<String> = people.iter().map(|(name, address, way)| match way {
                0 => address.clone(),
                1 => format!("<{address}>"),
                2 => format!("{name} <{address}>"),
                3 => format!("\"{name}, x\" <{address}>"),
                4 => format!("=?utf-8?Q?{}?= <{address}>", name.bytes().map(|b| format!("={b:02X}")).collect::<String>()),
                5 => format!("{name} (work, not home) <{address}>"),
                _ => format!("\"{name} \\\"Jo\\\"\"\r\n <{address}>"),
            }).collect();
            let found = mailboxes(written.join(separator).as_bytes(), None);
            let addresses: Vec<&str> = found.iter().map(|one| one.address.as_str()).collect();
            let wanted: Vec<&str> = people.iter().map(|(_, address, _)| address.as_str()).collect();
            proptest::prop_assert_eq!(addresses, wanted);
            for (one, (name, _, way)) in found.iter().zip(&people) {
                if *way >= 2 {
                    proptest::prop_assert!(one.name.as_deref().is_some_and(|found| found.starts_with(name.as_str())), "{one:?}");
                }
            }
        }
    }
}
