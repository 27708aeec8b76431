//! Text that comes from a server, made safe to show in an error, and base64 as Gmail
//! writes it. Mail texts are not its business: they go through the mail layer.

use base64::Engine;
use base64::alphabet::URL_SAFE;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use crate::domain::character::is_inert;

/// Most characters of a server's text that are shown.
const MOST_CHARS: usize = 400;

/// Gmail pads its base64url; others leave the padding out.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &URL_SAFE,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// One line without control, bidirectional or invisible characters, of bounded length.
pub(super) fn one_line(text: &str) -> String {
    let mut line = String::new();
    let mut gap = false;
    for c in text.chars() {
        if c.is_whitespace() || c.is_control() {
            gap = !line.is_empty();
            continue;
        }
        if !is_inert(c) {
            continue;
        }
        if gap {
            line.push(' ');
            gap = false;
        }
        line.push(c);
        if line.chars().count() >= MOST_CHARS {
            line.push('…');
            break;
        }
    }
    line
}

/// base64url as Gmail wants it.
pub(super) fn encode(bytes: &[u8]) -> String {
    BASE64.encode(bytes)
}

/// base64url with or without padding; the standard alphabet and line ends are taken too.
pub(super) fn decode(text: &str) -> Option<Vec<u8>> {
    if let Ok(bytes) = BASE64.decode(text) {
        return Some(bytes);
    }
    let plain: String = text
        .chars()
        .filter(|c| !c.is_ascii_whitespace())
        .map(|c| match c {
            '+' => '-',
            '/' => '_',
            c => c,
        })
        .collect();
    BASE64.decode(plain).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_servers_text_cannot_steer_the_terminal() {
        assert_eq!(
            one_line("  a\u{1b}[31m b\r\n\u{202e}c\u{9b}d\u{200b} "),
            "a [31m b c d"
        );
        assert_eq!(one_line(&"x".repeat(1_000)).chars().count(), MOST_CHARS + 1);
    }

    #[test]
    fn base64url_is_read_padded_or_not_and_in_either_alphabet() {
        let bytes = [0xfb, 0xff, 0xfe, 0x01];
        for text in ["-__-AQ==", "-__-AQ", "+//+AQ==", "-__\n-AQ==\r\n"] {
            assert_eq!(decode(text).as_deref(), Some(&bytes[..]), "{text}");
        }
        assert_eq!(encode(&bytes), "-__-AQ==");
        assert_eq!(decode("not base64!"), None);
    }
}
