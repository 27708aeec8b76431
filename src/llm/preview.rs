//! The body of a draft while its JSON is still being written: a state machine that takes
//! the model's text in pieces and gives out the decoded characters of the top-level
//! `"body"` string as soon as they are certain.
//!
//! It is a preview and no parser: it never decides that a record is valid (that is
//! [`record`](super::record)), and on anything unexpected it falls silent.

use super::record::Shown;

/// Characters shown at most; the record's own cap is the same size.
const MOST_SHOWN: usize = 20_000;
/// The longest key that is looked at.
const MOST_KEY: usize = 32;
const KEY: &str = "body";

/// See the module. Feed it with [`BodyPreview::push`].
#[derive(Clone, Debug, Default)]
pub struct BodyPreview {
    state: State,
    /// Open objects and arrays.
    depth: u32,
    /// At depth 1: whether the next string is a key.
    expect_key: bool,
    /// The key of the value that comes next, at depth 1.
    key: String,
    escape: Escape,
    shown: usize,
    may_show: Shown,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
enum State {
    /// Before the object.
    #[default]
    Before,
    /// Between strings.
    Structure,
    /// In a key at depth 1.
    Key,
    /// In a string that is not shown.
    Skipped,
    /// In the string that is shown.
    Body,
    /// The body is complete.
    Done,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
enum Escape {
    #[default]
    None,
    /// After a backslash.
    Begun,
    /// In `\uXXXX`: digits seen, value so far, and the high surrogate before it.
    Unicode {
        seen: u8,
        value: u32,
        high: Option<u32>,
    },
    /// After a high surrogate: a second `\u` must follow.
    High(u32),
    /// After a high surrogate and a backslash.
    HighBegun(u32),
}

impl BodyPreview {
    /// Takes the next piece of the model's text and appends what it adds to the body to
    /// `out`. Controls other than line feed and tab, and characters that hide or reorder
    /// text, are left out. Returns whether anything was added.
    pub fn push(&mut self, piece: &str, out: &mut String) -> bool {
        let before = out.len();
        for c in piece.chars() {
            match self.state {
                State::Before => {
                    if c == '{' {
                        self.state = State::Structure;
                        self.depth = 1;
                        self.expect_key = true;
                    }
                }
                State::Structure => self.structure(c),
                State::Key | State::Skipped | State::Body => self.in_string(c, out),
                State::Done => break,
            }
        }
        out.len() > before
    }

    /// Whether the whole body was given out.
    #[must_use]
    pub const fn is_done(&self) -> bool {
        matches!(self.state, State::Done)
    }

    fn structure(&mut self, c: char) {
        match c {
            '{' | '[' => {
                // Not JSON: the brace before was prose. Start over with this one.
                if c == '{' && self.depth == 1 && self.expect_key {
                    self.key.clear();
                    return;
                }
                self.depth = self.depth.saturating_add(1);
            }
            '}' | ']' => {
                self.depth = self.depth.saturating_sub(1);
                if self.depth == 0 {
                    self.state = State::Before;
                }
            }
            ',' if self.depth == 1 => {
                self.expect_key = true;
                self.key.clear();
            }
            ':' if self.depth == 1 => self.expect_key = false,
            '"' => {
                self.escape = Escape::None;
                self.state = if self.depth != 1 {
                    State::Skipped
                } else if self.expect_key {
                    self.key.clear();
                    State::Key
                } else if self.key == KEY {
                    State::Body
                } else {
                    State::Skipped
                };
            }
            _ => {}
        }
    }

    fn in_string(&mut self, c: char, out: &mut String) {
        match (self.escape, c) {
            (Escape::None, '"') => {
                self.state = if self.state == State::Body {
                    State::Done
                } else {
                    State::Structure
                };
            }
            (Escape::None, '\\') => self.escape = Escape::Begun,
            (Escape::None, c) => self.give(c, out),
            (Escape::Begun, 'u') => self.escape = unicode(None),
            (Escape::Begun, c) => {
                self.escape = Escape::None;
                match c {
                    'n' => self.give('\n', out),
                    't' => self.give('\t', out),
                    '"' | '\\' | '/' => self.give(c, out),
                    _ => {}
                }
            }
            (Escape::High(high), '\\') => self.escape = Escape::HighBegun(high),
            (Escape::HighBegun(high), 'u') => self.escape = unicode(Some(high)),
            (Escape::High(_), c) => {
                // Half a pair: what it was meant to be cannot be known.
                self.give(char::REPLACEMENT_CHARACTER, out);
                self.escape = Escape::None;
                self.in_string(c, out);
            }
            (Escape::HighBegun(_), c) => {
                self.give(char::REPLACEMENT_CHARACTER, out);
                self.escape = Escape::Begun;
                self.in_string(c, out);
            }
            (Escape::Unicode { seen, value, high }, c) => match c.to_digit(16) {
                Some(digit) => self.unicode_digit(seen, value * 16 + digit, high, out),
                None => self.escape = Escape::None,
            },
        }
    }

    fn unicode_digit(&mut self, seen: u8, value: u32, high: Option<u32>, out: &mut String) {
        if seen < 3 {
            let seen = seen + 1;
            self.escape = Escape::Unicode { seen, value, high };
            return;
        }
        self.escape = Escape::None;
        match (high, value) {
            (Some(high), 0xdc00..=0xdfff) => {
                let code = 0x1_0000 + ((high - 0xd800) << 10) + (value - 0xdc00);
                self.give(
                    char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER),
                    out,
                );
            }
            (before, 0xd800..=0xdbff) => {
                if before.is_some() {
                    self.give(char::REPLACEMENT_CHARACTER, out);
                }
                self.escape = Escape::High(value);
            }
            (before, code) => {
                if before.is_some() {
                    self.give(char::REPLACEMENT_CHARACTER, out);
                }
                self.give(
                    char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER),
                    out,
                );
            }
        }
    }

    fn give(&mut self, c: char, out: &mut String) {
        match self.state {
            State::Key if self.key.len() < MOST_KEY => self.key.push(c),
            State::Body if self.shown < MOST_SHOWN && self.may_show.takes(c) => {
                self.shown += 1;
                out.push(c);
            }
            _ => {}
        }
    }
}

const fn unicode(high: Option<u32>) -> Escape {
    Escape::Unicode {
        seen: 0,
        value: 0,
        high,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn whole(text: &str) -> String {
        let mut out = String::new();
        BodyPreview::default().push(text, &mut out);
        out
    }

    fn in_two(text: &str, at: usize) -> String {
        let (a, b) = text.split_at(at);
        let mut preview = BodyPreview::default();
        let mut out = String::new();
        preview.push(a, &mut out);
        preview.push(b, &mut out);
        out
    }

    const TRICKY: &str = "Sure {here}:\n```json\n{ \"subject\" : \"a \\\"body\\\": \\\\\", \
        \"meta\": {\"body\": \"inner\", \"list\": [\"body\", {\"body\":\"x\"}]}, \"n\": -1.5e3, \
        \"body\" : \"Hi \\u0044ana \\ud83d\\ude00,\\n\\n\\\"quoted\\\" \\\\ \\/ \\t ü 日本 \\u00e9 end\", \
        \"reasoning\": \"body\"}\n```";
    const DECODED: &str = "Hi Dana 😀,\n\n\"quoted\" \\ / \t ü 日本 é end";

    #[test]
    fn the_body_is_the_same_for_every_split() {
        assert_eq!(whole(TRICKY), DECODED);
        for at in (0..=TRICKY.len()).filter(|at| TRICKY.is_char_boundary(*at)) {
            assert_eq!(in_two(TRICKY, at), DECODED, "split at {at}");
        }
        let mut preview = BodyPreview::default();
        let mut out = String::new();
        for c in TRICKY.chars() {
            preview.push(c.encode_utf8(&mut [0; 4]), &mut out);
        }
        assert_eq!(out, DECODED);
        assert!(preview.is_done());
    }

    #[test]
    fn every_letter_is_given_out_as_soon_as_it_is_certain() {
        let mut preview = BodyPreview::default();
        let mut out = String::new();
        preview.push("{\"body\": \"Hi", &mut out);
        assert_eq!(out, "Hi");
        preview.push("\\", &mut out);
        assert_eq!(out, "Hi");
        preview.push("n", &mut out);
        assert_eq!(out, "Hi\n");
        preview.push("\\ud83d\\ude", &mut out);
        assert_eq!(out, "Hi\n");
        preview.push("00", &mut out);
        assert_eq!(out, "Hi\n😀");
    }

    #[test]
    fn only_the_body_of_the_object_itself_is_shown() {
        assert_eq!(whole(r#"{"x":{"body":"no"},"y":["body","no"]}"#), "");
        assert_eq!(whole(r#"{"x":"body","body":"yes"}"#), "yes");
        assert_eq!(whole(r#"{"body":null,"x":"no"}"#), "");
        assert_eq!(whole(r#"{"b\u006fdy":"yes"}"#), "yes");
    }

    #[test]
    fn broken_escapes_do_no_harm() {
        assert_eq!(whole(r#"{"body":"a\ud83db"}"#), "a\u{fffd}b");
        assert_eq!(whole(r#"{"body":"a\ud83d\n"}"#), "a\u{fffd}\n");
        assert_eq!(whole(r#"{"body":"a\ud83d\ud83d\ude00"}"#), "a\u{fffd}😀");
        assert_eq!(whole(r#"{"body":"a\ude00"}"#), "a\u{fffd}");
        assert_eq!(whole(r#"{"body":"a\uZ b"}"#), "a b");
    }

    #[test]
    fn marks_are_not_stacked_without_end() {
        let marks = "\u{301}".repeat(50);
        let shown = whole(&format!("{{\"body\":\"a{marks}b{marks}\"}}"));
        assert_eq!(shown.chars().count(), 10, "{shown}");
    }

    #[test]
    fn nothing_that_steers_a_terminal_is_shown() {
        assert_eq!(
            whole("{\"body\":\"a\u{1b}[2J\\u001b[0m\\u202eb\\u200b\\u0007\"}"),
            "a[2J[0mb"
        );
    }

    #[test]
    fn an_endless_body_stops_growing() {
        let text = format!("{{\"body\":\"{}\"}}", "x".repeat(MOST_SHOWN * 2));
        assert_eq!(whole(&text).len(), MOST_SHOWN);
    }

    #[test]
    fn a_mark_without_width_of_its_own_is_left_out() {
        // A variation selector: no control, no format character, and never seen.
        assert_eq!(whole("{\"body\":\"a\u{e0100}b\"}"), "ab");
        assert_eq!(whole(r#"{"body":"a\udb40\udd00b"}"#), "ab");
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn any_body_comes_through_whole(
            body in "[^\\p{C}\\u{2028}\\u{2029}]{0,60}", cut in 0_usize..200, ascii in any::<bool>()
        ) {
            let json = serde_json::json!({"subject": "s", "body": body}).to_string();
            let json = if ascii { escaped(&json) } else { json };
            let mut at = cut.min(json.len());
            while !json.is_char_boundary(at) {
                at -= 1;
            }
            let mut may_show = Shown::default();
            let shown: String = body.chars().filter(|c| may_show.takes(*c)).collect();
            prop_assert_eq!(in_two(&json, at), shown);
        }

        #[test]
        fn any_text_at_all_is_survived(text in ".{0,200}") {
            whole(&text);
        }
    }

    /// All that is not ASCII as `\uXXXX`, as many servers write it.
    fn escaped(json: &str) -> String {
        let mut out = String::new();
        for unit in json.encode_utf16() {
            match u8::try_from(unit) {
                Ok(byte) if byte.is_ascii() => out.push(char::from(byte)),
                _ => out.push_str(&format!("\\u{unit:04x}")),
            }
        }
        out
    }
}
