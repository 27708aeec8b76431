//! Content-Transfer-Encodings (RFC 2045 section 6), read as far as they can be read.
//!
//! Broken input never loses what stands around the break: a byte that cannot belong to
//! the encoding is skipped or kept as it is, and the caller is told.

use std::borrow::Cow;

/// How a body is encoded.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Encoding {
    /// `7bit`, `8bit`, `binary`, none or an unknown one.
    Plain,
    /// `base64`.
    Base64,
    /// `quoted-printable`.
    QuotedPrintable,
    /// `x-uuencode` and its other names.
    Uuencode,
}

impl Encoding {
    /// By the value of the field, comments and case forgiven.
    #[must_use]
    pub fn named(value: &str) -> Self {
        let word = value
            .split(['(', ';', ' ', ','])
            .find(|word| !word.is_empty())
            .unwrap_or("");
        match word.trim_matches('"') {
            "base64" | "base-64" => Self::Base64,
            "quoted-printable" | "quoted_printable" | "qp" => Self::QuotedPrintable,
            "x-uuencode" | "uuencode" | "x-uue" | "uue" => Self::Uuencode,
            _ => Self::Plain,
        }
    }
}

/// Decodes, and tells whether it was broken.
#[must_use]
pub fn decode(bytes: &[u8], encoding: Encoding) -> (Cow<'_, [u8]>, bool) {
    let (decoded, broken) = match encoding {
        Encoding::Plain => return (Cow::Borrowed(bytes), false),
        Encoding::Base64 => base64(bytes),
        Encoding::QuotedPrintable => quoted_printable(bytes),
        Encoding::Uuencode => uuencode(bytes),
    };
    (Cow::Owned(decoded), broken)
}

/// The size once decoded, without decoding where that can be told from the length.
#[must_use]
pub fn decoded_len(bytes: &[u8], encoding: Encoding) -> usize {
    match encoding {
        Encoding::Plain => bytes.len(),
        Encoding::Base64 => {
            let bytes = bytes.get(..encoded_end(bytes)).unwrap_or(bytes);
            let mut whole = 0;
            // Padding is rare: what stands between is counted in one go.
            for run in bytes.split(|byte| *byte == b'=') {
                let letters = run.iter().filter(|byte| is_letter(**byte)).count();
                whole += bytes_of(letters);
            }
            whole
        }
        other => decode(bytes, other).0.len(),
    }
}

/// Bytes in a run of base64 letters.
const fn bytes_of(sextets: usize) -> usize {
    sextets / 4 * 3 + (sextets % 4).saturating_sub(1)
}

/// Whether a byte is a letter of base64.
const fn is_letter(byte: u8) -> bool {
    // Without branches, so that many bytes are looked at together.
    ((byte | 0x20).wrapping_sub(b'a') < 26)
        | (byte.wrapping_sub(b'0') < 10)
        | (byte == b'+')
        | (byte == b'-')
        | (byte == b'/')
        | (byte == b'_')
}

fn sextet(byte: u8) -> Option<u32> {
    let value = match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' | b'-' => 62,
        b'/' | b'_' => 63,
        _ => return None,
    };
    Some(u32::from(value))
}

/// Base64 with anything between its letters; padding in the middle starts anew, as two
/// encoded texts glued together have it. The lines that lists put below every mail are
/// none.
pub(super) fn base64(bytes: &[u8]) -> (Vec<u8>, bool) {
    let end = encoded_end(bytes);
    let (read, broken) = sextets(bytes.get(..end).unwrap_or(bytes));
    (read, broken || end < bytes.len())
}

/// Where base64 ends: at the first line of words, or rule above them, if the lines before
/// it hold no blanks.
fn encoded_end(bytes: &[u8]) -> usize {
    let mut end = 0;
    let mut begun = false;
    for whole in bytes.split_inclusive(|byte| *byte == b'\n') {
        let line = whole.trim_ascii();
        let words = line.contains(&b' ') || line.contains(&b'\t');
        let rule = line.len() > 1 && line.iter().all(|byte| matches!(byte, b'-' | b'_'));
        match (begun, words || rule) {
            (true, true) => return end,
            (false, true) => break,
            _ => begun |= !line.is_empty(),
        }
        end += whole.len();
    }
    bytes.len()
}

fn sextets(bytes: &[u8]) -> (Vec<u8>, bool) {
    let mut out = Vec::with_capacity(bytes.len() / 4 * 3 + 3);
    let mut broken = false;
    let (mut word, mut count) = (0u32, 0u32);
    for &byte in bytes {
        match sextet(byte) {
            Some(value) => {
                word = (word << 6) | value;
                count += 1;
                if count == 4 {
                    let [_, a, b, c] = word.to_be_bytes();
                    out.extend_from_slice(&[a, b, c]);
                    (word, count) = (0, 0);
                }
            }
            None if byte == b'=' => {
                flush(&mut out, word, count);
                (word, count) = (0, 0);
            }
            None => broken |= !byte.is_ascii_whitespace(),
        }
    }
    broken |= count != 0;
    flush(&mut out, word, count);
    (out, broken)
}

fn flush(out: &mut Vec<u8>, word: u32, count: u32) {
    match count {
        2 => out.extend((word >> 4).to_be_bytes().get(3)),
        3 => out.extend((word >> 2).to_be_bytes().iter().skip(2)),
        _ => {}
    }
}

fn quoted_printable(bytes: &[u8]) -> (Vec<u8>, bool) {
    let mut out = Vec::with_capacity(bytes.len());
    let mut broken = false;
    for line in bytes.split_inclusive(|b| *b == b'\n') {
        let (content, end) = match line {
            [content @ .., b'\r', b'\n'] => (content, &b"\r\n"[..]),
            [content @ .., b'\n'] => (content, &b"\n"[..]),
            content => (content, &b""[..]),
        };
        // White space at the end of a line is transport damage (RFC 2045 6.7 rule 3).
        let content = content.trim_ascii_end();
        let (content, soft) = match content {
            [content @ .., b'='] => (content, true),
            content => (content, false),
        };
        let mut rest = content;
        while let Some((&byte, tail)) = rest.split_first() {
            rest = tail;
            match (byte, tail) {
                (b'=', [high, low, after @ ..]) => match (hex(*high), hex(*low)) {
                    (Some(high), Some(low)) => {
                        out.push(high << 4 | low);
                        rest = after;
                    }
                    _ => {
                        broken = true;
                        out.push(b'=');
                    }
                },
                (byte, _) => {
                    broken |= byte == b'=';
                    out.push(byte);
                }
            }
        }
        if !soft {
            out.extend_from_slice(end);
        }
    }
    (out, broken)
}

/// The Q encoding of encoded words (RFC 2047 section 4.2).
pub(super) fn q_word(text: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, tail)) = rest.split_first() {
        rest = tail;
        match (byte, tail) {
            (b'_', _) => out.push(b' '),
            (b'=', [high, low, after @ ..]) => match (hex(*high), hex(*low)) {
                (Some(high), Some(low)) => {
                    out.push(high << 4 | low);
                    rest = after;
                }
                _ => out.push(b'='),
            },
            (byte, _) => out.push(byte),
        }
    }
    out
}

fn hex(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        b'A'..=b'F' => Some(byte - b'A' + 10),
        _ => None,
    }
}

/// `begin 644 name`, lines of a length and groups of four, `end` (POSIX uuencode).
pub(super) fn uuencode(bytes: &[u8]) -> (Vec<u8>, bool) {
    let mut out = Vec::with_capacity(bytes.len() / 4 * 3);
    let mut ended = false;
    for line in bytes.split(|b| *b == b'\n') {
        let line = line.trim_ascii_end();
        if line.starts_with(b"begin ") || line.is_empty() || line == b"`" {
            continue;
        }
        if line == b"end" {
            ended = true;
            break;
        }
        let Some((&count, data)) = line.split_first() else {
            continue;
        };
        let wanted = usize::from(count.wrapping_sub(0x20) & 0x3f);
        let mut decoded: Vec<u8> = Vec::with_capacity(wanted + 3);
        for group in data.chunks(4) {
            let word = (0..4).fold(0u32, |word, i| {
                let byte = group.get(i).copied().unwrap_or(b' ');
                word << 6 | u32::from(byte.wrapping_sub(0x20) & 0x3f)
            });
            decoded.extend(word.to_be_bytes().iter().skip(1));
        }
        decoded.truncate(wanted);
        out.append(&mut decoded);
    }
    (out, !ended)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn broken_base64_gives_what_can_be_read() {
        assert_eq!(base64(b"aGVs bG8=\r\n"), (b"hello".to_vec(), false));
        assert_eq!(base64(b"aGVsbG8"), (b"hello".to_vec(), true));
        assert_eq!(base64(b"aGVs!bG8="), (b"hello".to_vec(), true));
        assert_eq!(base64(b"aGk=aGk="), (b"hihi".to_vec(), false));
        assert_eq!(base64(b"aGk=\naGVs\n"), (b"hihel".to_vec(), false));
        for below in [
            "-- \r\nUsers mailing list\r\n",
            "_______\nUsers mailing list\nusers@lists.example?a=b\n",
        ] {
            let body = format!("aGVsbG8h\n{below}");
            assert_eq!(base64(body.as_bytes()), (b"hello!".to_vec(), true));
        }
        assert_eq!(base64(b"aGVs bG8h\naGVs bG8h\n").0, b"hello!hello!");
    }

    #[test]
    fn broken_quoted_printable_keeps_its_text() {
        let decode = |text: &str| {
            let (bytes, broken) = quoted_printable(text.as_bytes());
            (String::from_utf8_lossy(&bytes).into_owned(), broken)
        };
        assert_eq!(
            decode("caf=C3=A9 =\r\nnoir \t\r\nb"),
            ("café noir\r\nb".to_owned(), false)
        );
        assert_eq!(decode("a=ZZ 100% =3"), ("a=ZZ 100% =3".to_owned(), true));
        assert_eq!(decode("=e9"), ("\u{fffd}".to_owned(), false));
    }

    #[test]
    fn uuencoded_bodies_are_read() {
        let (bytes, broken) = uuencode(b"begin 644 cat.txt\n#0V%T\n`\nend\n");
        assert_eq!((bytes.as_slice(), broken), (&b"Cat"[..], false));
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn any_bytes_are_decoded_within_their_size(bytes in prop::collection::vec(any::<u8>(), 0..512)) {
            for encoding in [Encoding::Base64, Encoding::QuotedPrintable, Encoding::Uuencode] {
                let (decoded, _) = decode(&bytes, encoding);
                prop_assert!(decoded.len() <= bytes.len() + 3);
                prop_assert_eq!(decoded.len(), decoded_len(&bytes, encoding));
            }
        }
    }
}
