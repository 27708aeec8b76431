//! What characters do on a terminal besides being seen: those that act, that reorder
//! what stands around them, and that show nothing.
//!
//! Text of mails and models loses them before it is kept (`mail::sanitise`); what is
//! printed is looked at once more, because paths and words of other programs stand
//! in it as well.

use std::borrow::Cow;
use std::fmt::Write as _;

/// The explicit formatting characters and the marks of the Unicode Bidirectional
/// Algorithm (UAX 9).
#[must_use]
pub const fn is_bidi_control(c: char) -> bool {
    matches!(
        c,
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
    )
}

/// Characters that take no room and show nothing: `Default_Ignorable_Code_Point` of the
/// Unicode Character Database, with the annotation, object and shorthand controls.
#[must_use]
pub const fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{ad}'
            | '\u{34f}'
            | '\u{115f}'
            | '\u{1160}'
            | '\u{17b4}'
            | '\u{17b5}'
            | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200d}'
            | '\u{2060}'..='\u{2065}'
            | '\u{206a}'..='\u{206f}'
            | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}'
            | '\u{ffa0}'
            | '\u{fff0}'..='\u{fffc}'
            | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}'
    ) || is_noncharacter(c)
}

const fn is_noncharacter(c: char) -> bool {
    let code = c as u32;
    code & 0xfffe == 0xfffe || (code >= 0xfdd0 && code <= 0xfdef)
}

/// Whether nothing comes of it but what is seen. Line ends are not inert.
#[must_use]
pub fn is_inert(c: char) -> bool {
    !c.is_control()
        && !is_bidi_control(c)
        && !is_invisible(c)
        && !matches!(c, '\u{2028}' | '\u{2029}')
}

/// A text as it may be printed: what acts or reorders is seen as U+FFFD, what shows
/// nothing is left out. Line feeds and tabs stay.
#[must_use]
pub fn printable(text: &str) -> Cow<'_, str> {
    let stays = |c: char| matches!(c, '\n' | '\t') || is_inert(c);
    if text.chars().all(stays) {
        return Cow::Borrowed(text);
    }
    let shown = text.chars().filter_map(|c| match c {
        c if stays(c) => Some(c),
        c if is_invisible(c) => None,
        _ => Some('\u{fffd}'),
    });
    Cow::Owned(shown.collect())
}

/// A JSON document that says the same with nothing but inert characters in it: the
/// others can only stand within its strings, where each has an escape (RFC 8259
/// section 7).
#[must_use]
pub fn printable_json(json: &str) -> Cow<'_, str> {
    if json.chars().all(|c| c == '\n' || is_inert(c)) {
        return Cow::Borrowed(json);
    }
    let mut out = String::with_capacity(json.len() + 64);
    for c in json.chars() {
        if c == '\n' || is_inert(c) {
            out.push(c);
            continue;
        }
        for unit in c.encode_utf16(&mut [0; 2]) {
            // Writing to a string cannot fail.
            write!(out, "\\u{unit:04x}").ok();
        }
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_acts_is_seen_and_what_shows_nothing_is_left_out() {
        assert_eq!(printable("plain\n\ttext é日"), "plain\n\ttext é日");
        assert_eq!(
            printable("a\u{1b}[31m\u{9b}b\u{202e}c\u{200b}\u{e0041}d\r\u{2028}"),
            "a\u{fffd}[31m\u{fffd}b\u{fffd}cd\u{fffd}\u{fffd}"
        );
    }

    #[test]
    fn json_says_the_same_in_inert_characters() {
        let text = "é\u{7f}\u{9b}\u{202e}\u{200b}\u{e0041}\u{1b}\"\\\n";
        let json = serde_json::to_string(text).unwrap();
        let safe = printable_json(&json);
        assert!(safe.chars().all(is_inert), "{safe:?}");
        assert_eq!(serde_json::from_str::<String>(&safe).unwrap(), text);
        assert_eq!(printable_json("{\"a\":\"é\"}"), "{\"a\":\"é\"}");
    }
}
