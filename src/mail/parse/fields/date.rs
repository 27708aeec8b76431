//! Dates of header fields, with their zone. What mail-parser does not read, or takes for
//! another day, is read in the forms in which programs write it.

use jiff::Timestamp;
use jiff::fmt::temporal::Pieces;
use jiff::fmt::{rfc2822, strtime};
use jiff::tz::Offset;
use mail_parser::HeaderValue;
use mail_parser::parsers::MessageStream;

use super::value::unfolded;

/// The first year that a mail can be of (RFC 5322 section 3.3).
const FIRST_YEAR: i16 = 1900;

/// A date of RFC 5322 section 3.3 or one of its look-alikes.
#[must_use]
pub fn date(value: &[u8]) -> Option<(Timestamp, Offset)> {
    let text = unfolded(value.get(..256).unwrap_or(value), None);
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let found = any_date(&text);
    found.filter(|(at, offset)| offset.to_datetime(*at).year() >= FIRST_YEAR)
}

fn any_date(text: &str) -> Option<(Timestamp, Offset)> {
    // `Wed Apr 7 01:00:00 1993 +0100`: the crate takes every such day for one of January.
    let is_c = text
        .split(' ')
        .take(2)
        .all(|word| word.chars().all(char::is_alphabetic));
    if is_c && let Some(found) = odd_date(text) {
        return Some(found);
    }
    let fed = format!("{text}\n");
    let HeaderValue::DateTime(parsed) = MessageStream::new(fed.as_bytes()).parse_date() else {
        return odd_date(text);
    };
    if !parsed.is_valid() {
        return odd_date(text);
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
        let offset = Pieces::parse(text)
            .ok()
            .and_then(|read| read.to_numeric_offset());
        return Some((at, offset.unwrap_or(Offset::UTC)));
    }
    const FORMS: &[&str] = &[
        "%a %b %d %H:%M:%S %Y %z",
        "%a %b %d %H:%M:%S %Y",
        "%Y-%m-%d %H:%M:%S %z",
        "%Y-%m-%d %H:%M:%S",
        "%A, %d %B %Y %H:%M:%S %z",
        "%A, %d %B %Y %H:%M:%S",
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
    use super::*;

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
        assert_eq!(date(b"3 Nov 3 14:01:05"), None);
        assert_eq!(date(b"1026-11-03T14:01:05Z"), None);
        assert_eq!(date(b"Tue, 99 Nov 2026 14:01:05 +0000"), None);
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig { failure_persistence: None, ..Default::default() })]
        /// The instant and its zone, in the forms of RFC 5322 section 3.3, of its obsolete
        /// syntax, and of programs that write their own.
        #[test]
        fn dates_are_read_in_every_form_with_their_zone(
            seconds in 631_152_000i64..2_500_000_000, quarters in -48..=56i32, way in 0..8usize,
        ) {
            let offset = Offset::from_seconds(quarters * 900).unwrap();
            let at = Timestamp::from_second(seconds).unwrap().to_zoned(jiff::tz::TimeZone::fixed(offset));
            let written = at.strftime(match way {
                0 => "%a, %d %b %Y %H:%M:%S %z",
                1 => "%d %b %Y %H:%M:%S %z",
                2 => "%a, %-d %b %Y %H:%M:%S %z (x (y) z)",
                3 => "%A, %d %B %Y %H:%M:%S %z",
                4 => "  %a,%d %b %Y\r\n %H:%M:%S\t%z  ",
                5 => "%Y-%m-%dT%H:%M:%S%:z",
                6 => "%a, %d %b %Y %H:%M:%S%z",
                _ => "%a %b %-d %H:%M:%S %Y %z",
            }).to_string();
            proptest::prop_assert_eq!(date(written.as_bytes()), Some((at.timestamp(), offset)), "{}", written);
        }

        #[test]
        fn what_is_read_is_read_again_as_the_standard_writes_it(pieces in proptest::collection::vec(proptest::sample::select(vec![
            "Tue, ", "3 ", "Nov ", "2026 ", "14:01:05 ", "+0100", "-9959", "99", "T", "Z", "24:00:60", "(", ")", "\r\n ", "\u{fc}",
        ]), 0..12)) {
            if let Some((at, zone)) = date(pieces.concat().as_bytes()) {
                let told = at.to_zoned(jiff::tz::TimeZone::fixed(zone));
                let written = told.strftime("%a, %d %b %Y %H:%M:%S %z").to_string();
                proptest::prop_assert_eq!(date(written.as_bytes()), Some((at, zone)), "{}", written);
            }
        }
    }
}
