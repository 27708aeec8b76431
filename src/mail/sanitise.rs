//! Making text from outside inert: what a mail, an archive or a model wrote passes
//! here before it reaches a screen, a log, a file name or a prompt.
//!
//! Decode first, then come here: entities, encoded words, charsets and transfer
//! encodings are somebody else's work, and whatever they uncover is neutralised by
//! these functions. All of them are idempotent. Nothing here judges what a text means;
//! whether a domain imitates another one is told by [`domain`].

use unicode_normalization::char::is_combining_mark;
use unicode_width::UnicodeWidthChar;

use crate::domain::character::{is_bidi_control, is_invisible};

pub mod domain;

/// Combining marks kept on one base character. Written languages need at most four
/// (pointed Hebrew, Tibetan stacks); more is decoration that smears over other lines.
pub const MARKS_KEPT: u32 = 4;

/// Terminal columns between tab stops.
const TAB: usize = 8;

/// Bytes kept of a file name; every common file system takes 255.
const FILE_NAME_BYTES: usize = 120;

/// What was taken out of a text, by sort.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Removed {
    /// C0, C1 and DEL, terminal escape sequences counted once each.
    pub controls: u32,
    /// Characters that reorder text (Unicode Bidirectional Algorithm, UAX 9), but for those
    /// that belong to text from right to left.
    pub bidi: u32,
    /// Zero-width, filler, tag and other characters that show nothing, but for those that
    /// letters and pictures are written with.
    pub invisible: u32,
    /// Combining marks beyond the cap.
    pub marks: u32,
}

impl Removed {
    /// Adds up two counts.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self {
            controls: self.controls.saturating_add(other.controls),
            bidi: self.bidi.saturating_add(other.bidi),
            invisible: self.invisible.saturating_add(other.invisible),
            marks: self.marks.saturating_add(other.marks),
        }
    }
}

/// One line: for headers, names, subjects and everything else that stands in a row.
/// Line breaks and runs of white space become one space, the ends are trimmed.
#[must_use]
pub fn line(input: &str) -> String {
    if is_plain_line(input) {
        return input.to_owned();
    }
    let (clean, _) = text_counted(input);
    let mut out = String::with_capacity(clean.len());
    for word in clean.split_whitespace() {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(word);
    }
    out
}

/// Several lines: line feeds stay, every other line end becomes one, tabs are expanded.
#[must_use]
pub fn text(input: &str) -> String {
    text_counted(input).0
}

/// [`text`], and what it took out.
#[must_use]
pub fn text_counted(input: &str) -> (String, Removed) {
    if is_plain_text(input) {
        return (input.to_owned(), Removed::default());
    }
    let mut out = Inert::with_capacity(input.len());
    let mut rest = input;
    while !rest.is_empty() {
        let plain = rest
            .bytes()
            .position(|b| !(0x20..0x7f).contains(&b))
            .unwrap_or(rest.len());
        // What is not plain ASCII begins at the start of a character.
        let (run, after) = rest.split_at(plain);
        out.plain(run);
        let mut chars = after.chars();
        if let Some(c) = chars.next() {
            out.take(c, &mut chars);
        }
        rest = chars.as_str();
    }
    if out.directions > 0 && !out.text.chars().any(is_right_to_left) {
        out.removed.bidi += out.directions;
    }
    (out.text, out.removed)
}

/// A name that a file can be saved by in any folder of any common system: no path, no
/// controls, no hidden file, no device name, no option; short, with its extension kept.
#[must_use]
pub fn file_name(input: &str) -> String {
    let clean = line(input);
    let last = clean
        .rsplit(['/', '\\'])
        .find(|part| !part.trim_matches(['.', ' ']).is_empty())
        .unwrap_or("");
    let safe: String = last
        .chars()
        .map(|c| match c {
            '<' | '>' | ':' | '"' | '|' | '?' | '*' | '\u{2044}' | '\u{2215}' | '\u{29f8}'
            | '\u{ff0f}' | '\u{ff3c}' => '_',
            c => c,
        })
        .collect();
    let safe = safe.trim_start_matches(|c| matches!(c, '.' | ' ') || is_mark(c));
    let safe = shortened(safe.trim_end_matches(['.', ' ']));
    let safe = safe.trim_end_matches(['.', ' ']);
    if safe.is_empty() {
        return "attachment".to_owned();
    }
    let stem = safe.split('.').next().unwrap_or(safe).trim_end();
    if safe.starts_with('-') || is_device_name(stem) {
        format!("_{safe}")
    } else {
        safe.to_owned()
    }
}

/// Windows' device names, which are no files whatever their extension.
/// <https://learn.microsoft.com/windows/win32/fileio/naming-a-file>
fn is_device_name(stem: &str) -> bool {
    let upper = stem.to_ascii_uppercase();
    matches!(
        upper.as_str(),
        "CON" | "PRN" | "AUX" | "NUL" | "CONIN$" | "CONOUT$"
    ) || ["COM", "LPT"].iter().any(|port| {
        upper
            .strip_prefix(port)
            .is_some_and(|n| n.chars().count() == 1 && n.chars().all(char::is_numeric))
    })
}

/// At most [`FILE_NAME_BYTES`] with the extension kept, and room for a `_` before it.
fn shortened(name: &str) -> String {
    let room = FILE_NAME_BYTES - usize::from(!name.starts_with('_'));
    if name.len() <= room {
        return name.to_owned();
    }
    let (stem, extension) = match name.rsplit_once('.') {
        Some((stem, extension)) if extension.len() <= 16 => (stem, format!(".{extension}")),
        _ => (name, String::new()),
    };
    let mut short = String::new();
    for c in stem.chars() {
        if short.len() + c.len_utf8() + extension.len() > room {
            break;
        }
        short.push(c);
    }
    let short = short.trim_end_matches(['.', ' ']);
    format!("{short}{extension}")
}

/// The text being built, with what the next character depends on.
struct Inert {
    text: String,
    removed: Removed,
    /// Terminal column, for tab stops.
    column: usize,
    /// Marks on the last base character; none at the start of a line.
    marks: Option<u32>,
    /// Controls of direction that text from right to left has.
    directions: u32,
}

impl Inert {
    fn with_capacity(bytes: usize) -> Self {
        Self {
            text: String::with_capacity(bytes),
            removed: Removed::default(),
            column: 0,
            marks: None,
            directions: 0,
        }
    }

    /// A run of printable ASCII.
    fn plain(&mut self, run: &str) {
        self.text.push_str(run);
        self.column += run.len();
        match run.bytes().last() {
            Some(b' ') => self.marks = None,
            Some(_) => self.marks = Some(0),
            None => {}
        }
    }

    /// One character that is not printable ASCII, with what belongs to it.
    fn take(&mut self, c: char, chars: &mut std::str::Chars<'_>) {
        match c {
            '\r' => {
                if chars.as_str().starts_with('\n') {
                    chars.next();
                }
                self.line_end();
            }
            '\n' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}' => self.line_end(),
            '\t' => self.tab(),
            '\u{1b}' if chars.as_str().starts_with('[') => {
                chars.next();
                skip_control_sequence(chars);
                self.removed.controls += 1;
            }
            '\u{9b}' => {
                skip_control_sequence(chars);
                self.removed.controls += 1;
            }
            // Made visible: what follows may be text, and must not vanish with it.
            '\u{1b}' => {
                self.removed.controls += 1;
                self.visible('\u{241b}');
            }
            // Letters of western Europe: one column, nothing special but the soft hyphen.
            '\u{a1}'..='\u{ac}' | '\u{ae}'..='\u{2ff}' => {
                self.text.push(c);
                self.column += 1;
                self.marks = Some(0);
            }
            c if c.is_control() => self.removed.controls += 1,
            // A hint where a word may be broken.
            '\u{ad}' => {}
            c if is_override(c) => self.removed.bidi += 1,
            c if is_bidi_control(c) => self.directions += 1,
            c if is_invisible(c) => {
                let (before, after) = (self.text.chars().next_back(), chars.clone().next());
                self.removed.invisible += u32::from(!is_ordinary(c, before, after));
            }
            c if is_blank(c) => self.visible(' '),
            c if is_mark(c) => self.mark(c),
            // A skin colour is part of the picture before it, and as wide as two.
            '\u{1f3fb}'..='\u{1f3ff}' if self.marks.is_some() => self.mark(c),
            c => self.visible(c),
        }
    }

    fn visible(&mut self, c: char) {
        self.text.push(c);
        self.column += c.width().unwrap_or(0);
        self.marks = if c.is_whitespace() { None } else { Some(0) };
    }

    fn line_end(&mut self) {
        self.text.push('\n');
        self.column = 0;
        self.marks = None;
    }

    fn tab(&mut self) {
        loop {
            self.visible(' ');
            if self.column.is_multiple_of(TAB) {
                break;
            }
        }
    }

    /// A mark with nothing before it would sit on whatever the screen draws to its
    /// left; it gets the dotted circle that Unicode shows marks on.
    fn mark(&mut self, c: char) {
        let marks = match self.marks {
            Some(marks) => marks,
            None => {
                self.visible('\u{25cc}');
                0
            }
        };
        if marks < MARKS_KEPT {
            self.text.push(c);
            self.column += c.width().unwrap_or(0);
        } else {
            self.removed.marks += 1;
        }
        self.marks = Some(marks.saturating_add(1));
    }
}

/// Drops what follows a CSI: parameters, intermediates and one final byte (ECMA-48
/// section 5.4). It stops at the first character that cannot belong to the sequence.
fn skip_control_sequence(chars: &mut std::str::Chars<'_>) {
    for _ in 0..64 {
        match chars.as_str().bytes().next() {
            Some(0x20..=0x3f) => {
                chars.next();
            }
            Some(0x40..=0x7e) => {
                chars.next();
                return;
            }
            _ => return,
        }
    }
}

fn is_plain_line(input: &str) -> bool {
    input.bytes().all(|b| (0x20..0x7f).contains(&b))
        && !input.contains("  ")
        && !input.starts_with(' ')
        && !input.ends_with(' ')
}

fn is_plain_text(input: &str) -> bool {
    input
        .bytes()
        .all(|b| b == b'\n' || (0x20..0x7f).contains(&b))
}

/// Whether a character stands on the one before it. Vowels of Hangul and a few signs are
/// no marks by name, but have no width of their own.
#[must_use]
pub fn is_mark(c: char) -> bool {
    is_combining_mark(c) || c.width() == Some(0)
}

/// Whether a character that shows nothing is there for the text's own sake: a picture's
/// style, a joiner of letters or of pictures, the mark at the start of a file. What is
/// left hides something.
fn is_ordinary(c: char, before: Option<char>, after: Option<char>) -> bool {
    let pictured = |c: Option<char>| {
        c.is_some_and(|c| matches!(c, '\u{2000}'..|'#'| '*' | '0'..='9' | '©' | '®'))
    };
    // Arabic and its neighbours, the scripts of India and south-east Asia, Mongolian.
    let joined = |c: Option<char>| {
        c.is_some_and(|c| matches!(c, '\u{600}'..='\u{109f}' | '\u{1780}'..='\u{18af}'))
    };
    match c {
        '\u{feff}' => before.is_none(),
        '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}' => pictured(before),
        '\u{200d}' => pictured(before) && pictured(after) || joined(before),
        '\u{200c}' => joined(before),
        _ => false,
    }
}

/// Overrides turn text around whatever it is; the other controls of direction belong to
/// text that runs from right to left.
const fn is_override(c: char) -> bool {
    matches!(c, '\u{202d}' | '\u{202e}')
}

/// Letters that run from right to left, by their blocks.
const fn is_right_to_left(c: char) -> bool {
    matches!(
        c,
        '\u{590}'..='\u{8ff}'
            | '\u{fb1d}'..='\u{fdcf}'
            | '\u{fdf0}'..='\u{fdff}'
            | '\u{fe70}'..='\u{fefe}'
            | '\u{10800}'..='\u{10fff}'
            | '\u{1e800}'..='\u{1efff}'
    )
}

/// Spaces that look like the plain one, and the braille cell without dots. The wide
/// space of East Asian text stays.
const fn is_blank(c: char) -> bool {
    matches!(
        c,
        '\u{a0}' | '\u{1680}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{2800}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn is_inert(text: &str) -> bool {
        text.chars()
            .all(|c| (c == '\n' || !c.is_control()) && !is_bidi_control(c) && !is_invisible(c))
    }

    #[test]
    fn escape_sequences_in_every_form_lose_their_power() {
        for (hostile, shown) in [
            ("a\x1b[31mred\x1b[0m", "ared"),
            ("a\u{9b}31mred", "ared"),
            ("a\x1b]0;title\x07b", "a␛]0;titleb"),
            ("a\u{9d}0;title\u{9c}b", "a0;titleb"),
            ("a\x1bP$q\x1b\\b", "a␛P$q␛\\b"),
            ("a\x1bcb", "a␛cb"),
            ("a\x1b\x1b[[2Jb", "a␛2Jb"),
            ("a\x08\x7f\x00\x0eb", "ab"),
        ] {
            assert_eq!(text(hostile), shown, "{hostile:?}");
            assert!(is_inert(&line(hostile)));
        }
    }

    #[test]
    fn a_control_sequence_without_an_end_takes_no_text_with_it() {
        assert_eq!(text("\x1b[12\nthe text"), "\nthe text");
        let long = format!("\x1b[{}tail", "1;".repeat(200));
        assert!(text(&long).ends_with("tail"));
    }

    #[test]
    fn bidi_controls_and_invisible_characters_are_gone() {
        assert_eq!(line("invoice\u{202e}fdp.exe"), "invoicefdp.exe");
        assert_eq!(
            line("a\u{200b}b\u{feff}c\u{e0041}d\u{ad}e\u{3164}f"),
            "abcdef"
        );
        let (_, removed) = text_counted("\u{202e}\u{200b}\u{200b}\x07");
        assert_eq!(
            (removed.bidi, removed.invisible, removed.controls),
            (1, 2, 1)
        );
    }

    #[test]
    fn stacked_marks_are_capped_and_never_sit_on_the_frame() {
        let zalgo = format!("e{}", "\u{301}".repeat(50));
        assert_eq!(text(&zalgo).chars().count(), 5);
        assert_eq!(text("\u{301}a"), "\u{25cc}\u{301}a");
        assert_eq!(line("a \u{301}"), "a \u{25cc}\u{301}");
        assert_eq!(text("cafe\u{301}"), "cafe\u{301}");
    }

    #[test]
    fn nothing_without_a_width_of_its_own_stands_at_the_start_of_a_line_or_piles_up() {
        for c in [
            '\u{1161}', '\u{11a8}', '\u{d7b0}', '\u{605}', '\u{70f}', '\u{d4e}',
        ] {
            assert_eq!(text(&format!("{c}a")), format!("\u{25cc}{c}a"));
            assert_eq!(
                text(&format!("a{}", c.to_string().repeat(50)))
                    .chars()
                    .count(),
                5
            );
        }
        assert_eq!(text("\u{1100}\u{1161}\u{11a8}"), "\u{1100}\u{1161}\u{11a8}");
    }

    #[test]
    fn what_letters_and_pictures_are_written_with_is_not_told() {
        for (written, shown) in [
            (
                "\u{2764}\u{fe0f} 1\u{fe0f}\u{20e3} \u{1f469}\u{200d}\u{1f4bb}",
                "\u{2764} 1\u{20e3} \u{1f469}\u{1f4bb}",
            ),
            (
                "\u{645}\u{6cc}\u{200c}\u{62e}\u{648}",
                "\u{645}\u{6cc}\u{62e}\u{648}",
            ),
            (
                "\u{5d0}\u{200f}\u{202b}\u{5d1}\u{202c} a",
                "\u{5d0}\u{5d1} a",
            ),
            ("\u{feff}Donau\u{ad}dampf", "Donaudampf"),
        ] {
            assert_eq!(
                text_counted(written),
                (shown.to_owned(), Removed::default())
            );
        }
        for hidden in [
            "a\u{fe0f}b",
            "a\u{200d}b",
            "a\u{feff}b",
            "\u{1f600}\u{e0041}",
            "a\u{200e}b",
        ] {
            let removed = text_counted(hidden).1;
            assert_eq!(removed.invisible + removed.bidi, 1, "{hidden:?}");
        }
        assert_eq!(text_counted("\u{5d0}\u{202e}\u{5d1}").1.bidi, 1);
    }

    #[test]
    fn every_line_end_is_one_line_feed_and_tabs_are_columns() {
        assert_eq!(text("a\r\nb\rc\u{2028}d\u{85}e\x0cf"), "a\nb\nc\nd\ne\nf");
        assert_eq!(text("ab\tc\n\td"), "ab      c\n        d");
        assert_eq!(text("日本\tc"), "日本    c");
        assert_eq!(line("Subject\r\nBcc: x@y"), "Subject Bcc: x@y");
    }

    #[test]
    fn no_space_is_special_but_the_wide_one() {
        assert_eq!(text("a\u{a0}b\u{2003}c\u{3000}d"), "a b c\u{3000}d");
    }

    #[test]
    fn file_names_stay_in_their_folder() {
        for (name, safe) in [
            ("../../etc/passwd", "passwd"),
            ("C:\\Windows\\system.ini", "system.ini"),
            (".bashrc", "bashrc"),
            ("-rf", "_-rf"),
            ("con.txt", "_con.txt"),
            ("COM1", "_COM1"),
            ("offer\u{202e}fdp.exe", "offerfdp.exe"),
            ("a:b?.pdf", "a_b_.pdf"),
            ("report.pdf. . ", "report.pdf"),
            ("..", "attachment"),
            ("", "attachment"),
            ("a/", "a"),
            ("x\ny.pdf", "x y.pdf"),
            ("../\u{1161}", "attachment"),
            ("/\u{301}a", "a"),
            ("conout$.txt", "_conout$.txt"),
        ] {
            assert_eq!(file_name(name), safe, "{name:?}");
        }
        let long = format!("{}.pdf", "é".repeat(300));
        let short = file_name(&long);
        assert!(short.len() <= FILE_NAME_BYTES && short.ends_with(".pdf"));
        // With the `_` before it as well, and so shortened once only.
        let option = file_name(&format!("-{} .purchase", "a".repeat(110)));
        assert!(option.len() <= FILE_NAME_BYTES && option.ends_with("a.purchase"));
        assert_eq!(file_name(&option), option);
    }

    fn hostile() -> impl Strategy<Value = String> {
        let piece = prop_oneof![
            any::<char>().prop_map(String::from),
            "[ -~]{0,6}",
            prop::sample::select(vec![
                "\x1b[",
                "\x1b]",
                "\u{9b}",
                "\u{9d}",
                "\r\n",
                "\t",
                "\u{202e}",
                "\u{200d}",
                "\u{1161}",
                "\u{1f469}",
                "\u{fe0f}",
                "\u{1f3fd}",
                "\u{5d0}",
                "\u{301}",
                "\u{e0041}",
                "31m",
                "..",
                "/",
                "\\",
                " ",
                "CON",
                "\u{a0}",
                "\u{2028}",
            ])
            .prop_map(str::to_owned),
        ];
        prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn nothing_live_comes_out_and_twice_is_the_same_as_once(input in hostile()) {
            let once = text(&input);
            prop_assert!(is_inert(&once));
            prop_assert_eq!(text(&once), once);

            let row = line(&input);
            prop_assert!(is_inert(&row) && !row.contains('\n'));
            prop_assert_eq!(line(&row), row);

            let name = file_name(&input);
            prop_assert!(is_inert(&name) && !name.contains(['/', '\\', '\n']));
            prop_assert!(!name.is_empty() && !name.starts_with('.') && name.len() <= FILE_NAME_BYTES);
            prop_assert_eq!(file_name(&name), name);
        }
    }
}
