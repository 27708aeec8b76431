//! Values of header fields: text decoded, addresses, ids and dates read.
//!
//! The grammar of a value (encoded words, mailboxes, dates) is mail-parser's work; what
//! stands here is what it does not do: raw 8-bit values in another charset, encoded words
//! that cut a character in two, ids in every state in which they are found in the wild.

use std::borrow::Cow;

use base64::Engine;
use jiff::Timestamp;
use jiff::fmt::{rfc2822, strtime};
use jiff::tz::Offset;
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
fn unfolded(value: &[u8], fallback: Option<&str>) -> String {
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
fn encoded_word(text: &str) -> Option<(String, Vec<u8>, &str)> {
    let mut pieces = text.strip_prefix("=?")?.splitn(3, '?');
    let (charset, encoding, rest) = (pieces.next()?, pieces.next()?, pieces.next()?);
    let charset = charset.split('*').next().unwrap_or(charset);
    let known = charset::is_known(charset) && charset.len() <= 40;
    let (body, after) = rest.split_once("?=")?;
    if !known || body.contains('?') && !encoding.eq_ignore_ascii_case("q") {
        return None;
    }
    let bytes = match encoding {
        "b" | "B" => transfer::base64(body.as_bytes()).0,
        "q" | "Q" => transfer::q_word(body),
        _ => return None,
    };
    Some((charset.to_owned(), bytes, after))
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
    list.iter()
        .filter_map(|mailbox| {
            let name = mailbox.name().map(sanitise::line).unwrap_or_default();
            let address = mailbox.address().map(clean_address).unwrap_or_default();
            mailbox_of(&name, &address)
        })
        .collect()
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
    let line: String = sanitise::line(address).split(' ').collect();
    let line = line.trim_matches(['<', '>', '\'', '"', ',', ';']);
    let line = line
        .get(..7)
        .filter(|start| start.eq_ignore_ascii_case("mailto:"))
        .map_or(line, |start| line.strip_prefix(start).unwrap_or(line));
    line.to_owned()
}

fn mailbox_of(name: &str, address: &str) -> Option<Address> {
    let name = name.trim_matches(['"', '\'', ' ']);
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
    (!id.is_empty() && id.len() <= ID_BYTES).then(|| id.to_owned())
}

fn bare_ids(text: &str) -> impl Iterator<Item = String> + '_ {
    text.split(SEPARATORS)
        .filter(|word| word.contains('@') && word.len() > 2)
        .take(IDS)
        .filter_map(id_of)
}

/// A date of RFC 5322 section 3.3 or one of its look-alikes.
#[must_use]
pub fn date(value: &[u8]) -> Option<(Timestamp, Offset)> {
    let text = unfolded(value.get(..256).unwrap_or(value), None);
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let fed = format!("{text}\n");
    let HeaderValue::DateTime(parsed) = MessageStream::new(fed.as_bytes()).parse_date() else {
        return odd_date(&text);
    };
    if !parsed.is_valid() {
        return odd_date(&text);
    }
    let at = Timestamp::from_second(parsed.to_timestamp()).ok()?;
    let seconds = (i32::from(parsed.tz_hour) * 60 + i32::from(parsed.tz_minute)) * 60;
    let seconds = if parsed.tz_before_gmt {
        -seconds
    } else {
        seconds
    };
    Some((at, Offset::from_seconds(seconds).unwrap_or(Offset::UTC)))
}

/// Dates without seconds, of the C library, of ISO 8601 and of old web mailers.
fn odd_date(text: &str) -> Option<(Timestamp, Offset)> {
    let standard = rfc2822::DateTimeParser::new().relaxed_weekday(true);
    if let Ok(at) = standard.parse_zoned(text) {
        return Some((at.timestamp(), at.offset()));
    }
    if let Ok(at) = text.parse::<Timestamp>() {
        return Some((at, Offset::UTC));
    }
    const FORMS: &[&str] = &[
        "%a %b %d %H:%M:%S %Y %z",
        "%a %b %d %H:%M:%S %Y",
        "%Y-%m-%d %H:%M:%S %z",
        "%Y-%m-%d %H:%M:%S",
        "%a, %d %b %Y %H.%M.%S %z",
        "%a, %d %b %Y %H:%M:%S",
        "%d %b %Y %H:%M:%S",
        "%m/%d/%Y %H:%M:%S",
    ];
    FORMS.iter().find_map(|form| {
        let read = strtime::parse(form, text).ok()?;
        let offset = read.offset().unwrap_or(Offset::UTC);
        let at = offset.to_timestamp(read.to_datetime().ok()?).ok()?;
        Some((at, offset))
    })
}

#[cfg(test)]
mod tests {
    use super::super::Fields;
    use super::*;

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
            mailboxes(b"Maria Lopez", None),
            [Address::named("Maria Lopez", "")]
        );
    }

    #[test]
    fn dates_keep_their_zone() {
        let (at, zone) = date(b"Tue, 03 Nov 2026 14:01:05 -0430 (VET)").unwrap();
        assert_eq!(at.to_string(), "2026-11-03T18:31:05Z");
        assert_eq!(zone.seconds(), -(4 * 3600 + 30 * 60));
        let (at, _) = date(b"3 Nov 26 14:01 EST").unwrap();
        assert_eq!(at.to_string(), "2026-11-03T19:01:00Z");
        let (at, _) = date(b"2026-11-03T14:01:05Z").unwrap();
        assert_eq!(at.to_string(), "2026-11-03T14:01:05Z");
        let (at, _) = date(b"Tue Nov  3 14:01:05 2026").unwrap();
        assert_eq!(at.to_string(), "2026-11-03T14:01:05Z");
        assert_eq!(date(b"yesterday"), None);
        assert_eq!(date(b"Tue, 99 Nov 2026 14:01:05 +0000"), None);
    }
}
