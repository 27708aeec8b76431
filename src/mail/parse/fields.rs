//! Header fields: the block taken apart, and the fields of a name found in it.
//!
//! A field may occur twice, or be no field at all. No value is longer than
//! [`VALUE_BYTES`] when it is read (in `value` and `date`), so no grammar can be made to work for long.

mod date;
mod value;

use std::collections::HashSet;

use jiff::Timestamp;
use jiff::tz::Offset;

use crate::domain::Address;
use crate::mail::sanitise;
use value::{IDS, mailboxes, unstructured};

pub use date::date;
pub(super) use value::decoded_words;
pub use value::ids;

/// Longest value that is read, in bytes; the rest of it is ignored.
const VALUE_BYTES: usize = 128 * 1024;

/// Most fields that are read of one block.
const FIELDS: usize = 4096;

/// Most mailboxes that are read of the fields of a name.
const MAILBOXES: usize = 20_000;

/// A header block, as it stands in the mail.
#[derive(Clone, Debug, Default)]
pub struct Fields<'a> {
    fields: Vec<(&'a [u8], &'a [u8])>,
}

impl<'a> Fields<'a> {
    /// Reads the block at the start of `bytes` and gives the place where the body starts.
    /// The block ends with an empty line or, as in real mail, with a line that can be
    /// neither a field nor its continuation.
    #[must_use]
    pub fn read(bytes: &'a [u8]) -> (Self, usize) {
        let mut fields: Vec<(&[u8], &[u8])> = Vec::new();
        let mut at = 0;
        let mut open: Option<(&[u8], usize)> = None;
        while let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty()) {
            let (line, next) = split_line(rest);
            let blank = line.is_empty();
            if !blank && line.first().is_some_and(|b| matches!(b, b' ' | b'\t')) && open.is_some() {
                at += next;
                continue;
            }
            if let Some((name, start)) = open.take() {
                fields.push((name, bytes.get(start..at).unwrap_or_default()));
            }
            if blank {
                return (Self { fields }, at + next);
            }
            match field_name(line) {
                Some((name, value)) if fields.len() < FIELDS => open = Some((name, at + value)),
                Some(_) => {}
                // The envelope line of an mbox, also in its quoted form.
                None if line.starts_with(b"From ") || line.starts_with(b">From ") => {}
                // A line that lost its leading space, with the block going on after it.
                None if goes_on(rest.get(next..).unwrap_or_default()) => {}
                None => return (Self { fields }, at),
            }
            at += next;
        }
        if let Some((name, start)) = open {
            fields.push((name, bytes.get(start..).unwrap_or_default()));
        }
        (Self { fields }, bytes.len())
    }

    /// Whether there is no field.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }

    /// Names and raw values, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&'a [u8], &'a [u8])> + '_ {
        self.fields.iter().copied()
    }

    /// The raw value of the first field of that name that is not blank.
    #[must_use]
    pub fn raw(&self, name: &str) -> Option<&'a [u8]> {
        self.all_raw(name)
            .find(|value| !value.iter().all(u8::is_ascii_whitespace))
    }

    /// The raw values of every field of that name.
    pub fn all_raw<'s>(&'s self, name: &'s str) -> impl Iterator<Item = &'a [u8]> + 's {
        self.fields
            .iter()
            .filter(move |(field, _)| field.eq_ignore_ascii_case(name.as_bytes()))
            .map(|(_, value)| value.get(..VALUE_BYTES).unwrap_or(value))
    }

    /// Whether the field is there, with or without a value.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.all_raw(name).next().is_some()
    }

    /// The decoded value as one sanitised line.
    #[must_use]
    pub fn line(&self, name: &str, fallback: Option<&str>) -> Option<String> {
        let value = self.raw(name)?;
        let line = sanitise::line(&unstructured(value, fallback));
        (!line.is_empty()).then_some(line)
    }

    /// The value as it stands, unfolded, lower case: for fields of fixed words.
    #[must_use]
    pub fn word(&self, name: &str) -> Option<String> {
        let value = self.raw(name)?;
        Some(sanitise::line(&String::from_utf8_lossy(value)).to_ascii_lowercase())
    }

    /// The mailboxes of every field of that name.
    #[must_use]
    pub fn addresses(&self, name: &str, fallback: Option<&str>) -> Vec<Address> {
        self.all_raw(name)
            .flat_map(|value| mailboxes(value, fallback))
            .take(MAILBOXES)
            .collect()
    }

    /// The ids of every field of that name, without brackets, each once, in order.
    #[must_use]
    pub fn ids(&self, name: &str) -> Vec<String> {
        let mut known: HashSet<String> = HashSet::new();
        // The same ones again are looked at for a while.
        let all = self.all_raw(name).flat_map(ids).take(4 * IDS);
        all.filter(|id| known.insert(id.clone()))
            .take(IDS)
            .collect()
    }

    /// The date of a field, with the zone it was written in.
    #[must_use]
    pub fn date(&self, name: &str) -> Option<(Timestamp, Offset)> {
        self.all_raw(name).find_map(date)
    }
}

/// The line at the start without its end, and where the next one starts.
pub(super) fn split_line(bytes: &[u8]) -> (&[u8], usize) {
    let end = bytes.iter().position(|b| matches!(b, b'\n' | b'\r'));
    let Some(end) = end else {
        return (bytes, bytes.len());
    };
    let line = bytes.get(..end).unwrap_or_default();
    let two = bytes.get(end..end + 2) == Some(b"\r\n");
    (line, end + if two { 2 } else { 1 })
}

/// Whether the next line is a field that only a header block has.
fn goes_on(bytes: &[u8]) -> bool {
    const SURE: &[&str] = &[
        "from",
        "to",
        "cc",
        "date",
        "subject",
        "message-id",
        "mime-version",
        "content-type",
        "content-transfer-encoding",
        "received",
        "references",
        "in-reply-to",
        "reply-to",
    ];
    let (line, _) = split_line(bytes);
    field_name(line).is_some_and(|(name, _)| {
        SURE.iter()
            .any(|sure| name.eq_ignore_ascii_case(sure.as_bytes()))
    })
}

/// The name in front of the colon and the place after it. A name is printable ASCII
/// without spaces (RFC 5322 section 2.2); spaces before the colon are forgiven.
fn field_name(line: &[u8]) -> Option<(&[u8], usize)> {
    let colon = line.iter().take(256).position(|b| *b == b':')?;
    let name = line.get(..colon)?.trim_ascii();
    let fine = !name.is_empty() && name.iter().all(|b| (0x21..0x7f).contains(b));
    fine.then_some((name, colon + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_ends_with_an_empty_line_or_with_what_is_no_field() {
        let (fields, body) = Fields::read(b"A: 1\r\nB:\r\n two\r\n\r\nbody");
        assert_eq!(fields.iter().count(), 2);
        assert_eq!(body, 18);
        let (fields, body) = Fields::read(b"From x@y Mon\nA : 1\nHello there\n");
        assert_eq!(fields.line("a", None).as_deref(), Some("1"));
        assert_eq!(body, 19);
    }
}
