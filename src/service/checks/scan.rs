//! A text as words, numbers and marks with their places: what the checks that look for
//! values have in common.

use std::ops::Range;

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

/// What sort of piece it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// Letters, with digits among them perhaps: `B2B`.
    Word,
    /// Digits with separators between them: `2.400,00`, `04.05.2026`.
    Number,
    /// Any other character but blanks; a line end is one.
    Mark(char),
}

/// A piece of a text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Token<'t> {
    /// What it is.
    pub kind: Kind,
    /// As it stands there.
    pub text: &'t str,
    /// In lower case without accents; of numbers the same as `text`.
    pub folded: String,
    /// Where, in bytes.
    pub range: Range<usize>,
    /// Whether a blank stands before it.
    pub gap: bool,
}

impl Token<'_> {
    /// Whether it is this mark.
    #[must_use]
    pub fn is(&self, mark: char) -> bool {
        self.kind == Kind::Mark(mark)
    }

    /// Whether it is a number.
    #[must_use]
    pub fn is_number(&self) -> bool {
        self.kind == Kind::Number
    }

    /// Whether it is a word.
    #[must_use]
    pub fn is_word(&self) -> bool {
        self.kind == Kind::Word
    }

    /// Whether it begins with a capital.
    #[must_use]
    pub fn is_capital(&self) -> bool {
        self.text.chars().next().is_some_and(char::is_uppercase)
    }
}

/// In lower case, without accents: `Março` is `marco`.
#[must_use]
pub fn fold(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.nfkd().flat_map(char::to_lowercase) {
        match c {
            'ß' => out.push_str("ss"),
            'ø' => out.push('o'),
            'æ' => out.push_str("ae"),
            'œ' => out.push_str("oe"),
            'ł' => out.push('l'),
            c if is_combining_mark(c) => {}
            c => out.push(c),
        }
    }
    out
}

/// The pieces of a text in order.
#[must_use]
pub fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut found = Vec::new();
    let mut gap = true;
    let mut at = 0;
    while let Some(c) = rest(text, at).chars().next() {
        let end = if c.is_ascii_digit() {
            number_end(text, at)
        } else if c.is_alphanumeric() {
            word_end(text, at)
        } else {
            at + c.len_utf8()
        };
        if c != '\n' && (c.is_whitespace() || c.is_control()) {
            gap = true;
            at = end;
            continue;
        }
        let piece = text.get(at..end).unwrap_or_default();
        let (kind, folded) = if c.is_ascii_digit() {
            (Kind::Number, piece.to_owned())
        } else if c.is_alphanumeric() {
            (Kind::Word, fold(piece))
        } else {
            (Kind::Mark(c), piece.to_owned())
        };
        found.push(Token {
            kind,
            text: piece,
            folded,
            range: at..end,
            gap,
        });
        gap = c == '\n';
        at = end;
    }
    found
}

fn rest(text: &str, at: usize) -> &str {
    text.get(at..).unwrap_or_default()
}

fn word_end(text: &str, at: usize) -> usize {
    let part = rest(text, at);
    let long = part
        .char_indices()
        .find(|(_, c)| !c.is_alphanumeric() && !is_combining_mark(*c))
        .map_or(part.len(), |(end, _)| end);
    at + long
}

/// Blanks that stand between groups of three digits.
const THIN: &[char] = &['\u{a0}', '\u{202f}', '\u{2009}', ' '];

fn number_end(text: &str, at: usize) -> usize {
    let digits = |from: usize| {
        rest(text, from)
            .bytes()
            .take_while(u8::is_ascii_digit)
            .count()
    };
    let first = digits(at);
    let mut end = at + first;
    let mut grouped = first <= 3;
    loop {
        let mut following = rest(text, end).chars();
        let Some(separator) = following.next() else {
            return end;
        };
        let next = end + separator.len_utf8();
        let count = digits(next);
        let joins = match separator {
            '.' | ',' | '\'' | '’' => count > 0,
            c if THIN.contains(&c) => grouped && count == 3 && !rest(text, at).starts_with('0'),
            _ => false,
        };
        if !joins {
            return end;
        }
        grouped = grouped && count == 3;
        end = next + count;
    }
}

/// The text with some places blanked out, so that what was read there is not read twice.
/// Places keep their numbers.
#[must_use]
pub fn without(text: &str, places: &[Range<usize>]) -> String {
    let mut out = String::with_capacity(text.len());
    for (at, c) in text.char_indices() {
        if places.iter().any(|place| place.contains(&at)) {
            out.extend(std::iter::repeat_n(' ', c.len_utf8()));
        } else {
            out.push(c);
        }
    }
    out
}

/// What a number may mean, in thousandths: `2.400` is two thousand four hundred or two
/// point four, `2.400,00` only the first. Empty for what is no number, such as `1.2.3`.
#[must_use]
pub fn amounts(raw: &str) -> Vec<u64> {
    let separators: Vec<char> = raw.chars().filter(|c| !c.is_ascii_digit()).collect();
    let Some(last) = separators.last().copied() else {
        return milli(raw, "").into_iter().collect();
    };
    let (head, tail) = raw.rsplit_once(last).unwrap_or((raw, ""));
    let plain = |text: &str| -> String { text.chars().filter(char::is_ascii_digit).collect() };
    let same = separators.iter().all(|c| *c == last);
    let mut found = Vec::new();
    if separators.len() == 1 && matches!(last, '.' | ',') {
        // One separator: a decimal mark, or one of groups where three digits follow.
        found.extend(milli(head, tail));
        if tail.len() == 3 && head.len() <= 3 && head != "0" {
            found.extend(milli(&plain(raw), ""));
        }
    } else if same {
        let groups: Vec<&str> = raw.split(last).collect();
        if groups.iter().skip(1).all(|group| group.len() == 3) {
            found.extend(milli(&plain(raw), ""));
        }
    } else if matches!(last, '.' | ',') {
        found.extend(milli(&plain(head), tail));
    } else {
        found.extend(milli(&plain(raw), ""));
    }
    found
}

fn milli(whole: &str, part: &str) -> Option<u64> {
    let whole: u64 = whole.parse().ok()?;
    let part: String = part.chars().chain("000".chars()).take(3).collect();
    let part: u64 = part.parse().ok()?;
    whole.checked_mul(1_000)?.checked_add(part)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str) -> Vec<&str> {
        tokens(text).into_iter().map(|t| t.text).collect()
    }

    #[test]
    fn numbers_keep_their_separators_and_leave_the_full_stop() {
        assert_eq!(
            texts("It's 2.400,00 €."),
            ["It", "'", "s", "2.400,00", "€", "."]
        );
        assert_eq!(
            texts("14h30 am 4. Mai"),
            ["14", "h30", "am", "4", ".", "Mai"]
        );
        assert_eq!(texts("1 200 or 12 34"), ["1 200", "or", "12", "34"]);
        assert_eq!(texts("B2B\nx"), ["B2B", "\n", "x"]);
    }

    #[test]
    fn a_number_is_the_same_however_it_is_written() {
        for raw in [
            "2400", "2,400", "2.400", "2'400", "2.400,00", "2,400.00", "2 400",
        ] {
            assert!(amounts(raw).contains(&2_400_000), "{raw}");
        }
        assert_eq!(amounts("2.5"), [2_500]);
        assert_eq!(amounts("1.2.3"), Vec::<u64>::new());
        assert_eq!(amounts("04.05.2026"), Vec::<u64>::new());
        assert_eq!(amounts("1.234.567"), [1_234_567_000]);
        assert_eq!(amounts("99999999999999999999999"), Vec::<u64>::new());
    }

    #[test]
    fn accents_and_case_do_not_matter() {
        assert_eq!(fold("MARÇO Größe Søren"), "marco grosse soren");
    }

    #[test]
    fn places_stay_where_they_are_when_something_is_blanked_out() {
        let text = "a ü@x b";
        let blank = without(text, std::slice::from_ref(&(2..6)));
        assert_eq!(blank.len(), text.len());
        assert_eq!(blank.trim_end(), "a      b".trim_end());
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig { failure_persistence: None, ..Default::default() })]

        #[test]
        fn any_text_is_taken_apart_in_order(text in ".{0,200}") {
            let mut end = 0;
            for token in tokens(&text) {
                proptest::prop_assert!(token.range.start >= end);
                proptest::prop_assert_eq!(text.get(token.range.clone()), Some(token.text));
                end = token.range.end;
                drop(amounts(token.text));
            }
        }
    }
}
