//! Bytes to text: labelled charsets, mislabelled ones and none at all.
//!
//! The tables are mail-parser's (with encoding_rs). Here stand the decisions: what to do
//! when the label is missing, unknown or wrong, and the two shift encodings that the
//! WHATWG tables dropped but old Asian mail still has (RFC 1557, RFC 1843).

use mail_parser::decoders::charsets::map::charset_decoder;

/// Text, and whether some of it could not be read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Decoded {
    /// The text, with U+FFFD where a byte means nothing.
    pub text: String,
    /// Whether the bytes did not fit the label.
    pub broken: bool,
}

/// Whether a decoder is there for the label.
#[must_use]
pub fn is_known(label: &str) -> bool {
    let label = label.trim();
    is_utf8(label)
        || is_hz(label)
        || is_2022_kr(label)
        || charset_decoder(label.as_bytes()).is_some()
}

/// Decodes by label.
#[must_use]
pub fn decode(bytes: &[u8], label: Option<&str>) -> Decoded {
    let label = label
        .map(|label| label.trim_matches(['"', '\'', ' ', '\t', ';']))
        .filter(|label| !label.is_empty());
    match label {
        Some(label) if is_hz(label) => whole(shifted_hz(bytes)),
        Some(label) if is_2022_kr(label) => whole(shifted_kr(bytes)),
        Some(label) if !is_utf8(label) && !is_ascii_label(label) => {
            match charset_decoder(label.as_bytes()) {
                Some(decoder) => {
                    let text = decoder(bytes);
                    let broken = text.contains('\u{fffd}');
                    Decoded { text, broken }
                }
                None => Decoded {
                    text: decode_unlabelled(bytes, None),
                    broken: true,
                },
            }
        }
        label => match std::str::from_utf8(bytes) {
            Ok(text) if !has_shift(bytes) => whole(text.to_owned()),
            _ => Decoded {
                text: decode_unlabelled(bytes, None),
                broken: label.is_some() && !bytes.is_ascii(),
            },
        },
    }
}

/// Decodes bytes that carry no label: UTF-8 if they are, a byte order mark, ISO-2022-JP by
/// its escapes, the fallback, and else the charset that most unlabelled mail is in.
#[must_use]
pub fn decode_unlabelled(bytes: &[u8], fallback: Option<&str>) -> String {
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        return by(b"utf-16", bytes);
    }
    if has_shift(bytes) {
        return by(b"iso-2022-jp", bytes);
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => {
            let fallback = fallback.filter(|label| !is_utf8(label) && !is_ascii_label(label));
            match fallback.and_then(|label| charset_decoder(label.as_bytes())) {
                Some(decoder) => decoder(bytes),
                None if mostly_utf8(bytes) => String::from_utf8_lossy(bytes).into_owned(),
                None => by(b"windows-1252", bytes),
            }
        }
    }
}

fn whole(text: String) -> Decoded {
    let broken = text.contains('\u{fffd}');
    Decoded { text, broken }
}

fn by(label: &[u8], bytes: &[u8]) -> String {
    charset_decoder(label).map_or_else(
        || String::from_utf8_lossy(bytes).into_owned(),
        |decoder| decoder(bytes),
    )
}

fn is_utf8(label: &str) -> bool {
    ["utf-8", "utf8", "utf_8", "utf8mb4", "unicode-1-1-utf-8"]
        .iter()
        .any(|known| label.eq_ignore_ascii_case(known))
}

/// Labels that say nothing about bytes above 127.
fn is_ascii_label(label: &str) -> bool {
    [
        "us-ascii",
        "ascii",
        "ansi_x3.4-1968",
        "unknown-8bit",
        "x-unknown",
        "8bit",
        "7bit",
        "unknown",
        "binary",
    ]
    .iter()
    .any(|known| label.eq_ignore_ascii_case(known))
}

fn is_hz(label: &str) -> bool {
    label.eq_ignore_ascii_case("hz-gb-2312") || label.eq_ignore_ascii_case("hz")
}

fn is_2022_kr(label: &str) -> bool {
    label.eq_ignore_ascii_case("iso-2022-kr") || label.eq_ignore_ascii_case("csiso2022kr")
}

/// The escape that begins Japanese text in ISO-2022-JP (RFC 1468), with its end.
fn has_shift(bytes: &[u8]) -> bool {
    let found = |pattern: &[u8]| bytes.windows(pattern.len()).any(|w| w == pattern);
    bytes.contains(&0x1b)
        && (found(b"\x1b$B") || found(b"\x1b$@"))
        && (found(b"\x1b(B") || found(b"\x1b(J"))
}

/// Whether bytes above 127 form more whole UTF-8 characters than broken ones: a cut or
/// damaged UTF-8 text, and not one in another charset.
fn mostly_utf8(bytes: &[u8]) -> bool {
    let (mut good, mut bad) = (0usize, 0usize);
    for chunk in bytes.utf8_chunks() {
        good += chunk.valid().chars().filter(|c| !c.is_ascii()).count();
        bad += usize::from(!chunk.invalid().is_empty());
    }
    good > bad
}

/// HZ (RFC 1843): `~{` and `~}` around GB 2312 without its high bits.
fn shifted_hz(bytes: &[u8]) -> String {
    let mut plain = Vec::with_capacity(bytes.len());
    let mut shifted = false;
    let mut iter = bytes.iter().copied().peekable();
    while let Some(byte) = iter.next() {
        match (byte, iter.peek().copied()) {
            (b'~', Some(b'{')) if !shifted => shifted = iter.next().is_some(),
            (b'~', Some(b'}')) if shifted => shifted = iter.next().is_none(),
            (b'~', Some(b'~')) if !shifted => plain.extend(iter.next()),
            (b'~', Some(b'\n')) => {
                iter.next();
            }
            (b'\n', _) => {
                shifted = false;
                plain.push(byte);
            }
            (byte, _) if shifted && (0x21..0x7f).contains(&byte) => plain.push(byte | 0x80),
            (byte, _) => plain.push(byte),
        }
    }
    by(b"gb18030", &plain)
}

/// ISO-2022-KR (RFC 1557): SO and SI around KS X 1001 without its high bits.
fn shifted_kr(bytes: &[u8]) -> String {
    let mut plain = Vec::with_capacity(bytes.len());
    let mut shifted = false;
    let mut rest = bytes;
    while let Some((&byte, tail)) = rest.split_first() {
        rest = tail;
        match byte {
            0x1b if tail.starts_with(b"$)C") => rest = tail.get(3..).unwrap_or_default(),
            0x0e => shifted = true,
            0x0f => shifted = false,
            byte if shifted && (0x21..0x7f).contains(&byte) => plain.push(byte | 0x80),
            byte => plain.push(byte),
        }
    }
    by(b"euc-kr", &plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_charsets_of_real_mail_are_read() {
        for (label, bytes, text) in [
            ("utf-7", &b"Hi +ZYeB9FH6ckg-"[..], "Hi 文致出版"),
            ("UTF-16LE", b"h\0\xe9\0", "hé"),
            ("iso-2022-jp", b"\x1b$B%O%m!<\x1b(B", "ハロー"),
            ("gb18030", b"\xc4\xe3\xba\xc3", "你好"),
            ("big5", b"\xa7A\xa6n", "你好"),
            ("koi8-r", b"\xf0\xd2\xc9\xd7\xc5\xd4", "Привет"),
            ("windows-1251", b"\xcf\xf0\xe8\xe2\xe5\xf2", "Привет"),
            ("shift_jis", b"\x83n\x83\x8D\x81[", "ハロー"),
            ("hz-gb-2312", b"ok ~{<:Ky2;~} ~~", "ok 己所不 ~"),
            ("iso-2022-kr", b"\x1b$)C\x0e>H3g\x0f ok", "안녕 ok"),
            ("\"ISO-8859-1\"", b"caf\xe9", "café"),
        ] {
            let decoded = decode(bytes, Some(label));
            assert_eq!(
                (decoded.text.as_str(), decoded.broken),
                (text, false),
                "{label}"
            );
        }
    }

    #[test]
    fn a_wrong_or_missing_label_is_seen_through() {
        assert_eq!(decode(b"caf\xe9", None).text, "café");
        assert_eq!(decode(b"caf\xe9", Some("utf-8")).text, "café");
        assert!(decode(b"caf\xe9", Some("utf-8")).broken);
        assert_eq!(decode("café".as_bytes(), Some("x-nonsense")).text, "café");
        assert_eq!(decode(b"\x1b$B%O%m!<\x1b(B", None).text, "ハロー");
        assert_eq!(
            decode(
                "日本語、\u{e9}".as_bytes().get(..13).unwrap(),
                Some("utf-8")
            )
            .text
            .chars()
            .next(),
            Some('日')
        );
        assert_eq!(decode(b"\xff\xfeh\0i\0", None).text, "hi");
    }
}
