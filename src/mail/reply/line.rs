//! One line of a text, and what can be told of it without its neighbours.

use std::ops::Range;

use crate::mail::html::LineMark;

/// What a line is taken for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Role {
    /// Nothing on it.
    Blank,
    /// Newly written.
    New,
    /// Quoted.
    Quote,
    /// Says who wrote the quote that follows.
    Attribution,
    /// Signature, device footer, signed-message armour.
    Signature,
    /// Legal notice.
    Disclaimer,
    /// What a list or a provider adds.
    Footer,
    /// A forwarded mail.
    Forward,
    /// The address of a link above.
    Link,
}

/// A line with its place.
#[derive(Clone, Debug)]
pub struct Line<'a> {
    /// Without its line end and the white space before that.
    pub text: &'a str,
    /// Bytes of the whole text, line end included.
    pub range: Range<usize>,
    /// What it is taken for.
    pub role: Role,
    /// `>` marks in front, or 1 for another quote prefix.
    pub depth: usize,
    /// What markup told.
    pub mark: LineMark,
    /// Whether it is `-- ` with its space, which only programs write.
    pub is_delimiter: bool,
}

impl Line<'_> {
    /// Whether it counts as newly written so far.
    #[must_use]
    pub fn is_new(&self) -> bool {
        self.role == Role::New
    }

    /// Whether it is quoted by its prefix.
    #[must_use]
    pub const fn is_prefixed(&self) -> bool {
        self.depth > 0
    }
}

/// The lines of a text with the roles that each shows by itself.
#[must_use]
pub fn lines<'a>(text: &'a str, marks: &[LineMark]) -> Vec<Line<'a>> {
    let mut at = 0;
    text.split_inclusive('\n')
        .enumerate()
        .map(|(index, whole)| {
            let range = at..at + whole.len();
            at += whole.len();
            let text = whole.trim_end();
            let mark = marks.get(index).copied().unwrap_or_default();
            let depth = depth(text);
            let role = match (text.is_empty(), depth, mark) {
                (_, _, LineMark::Link) => Role::Link,
                (true, _, _) => Role::Blank,
                (_, 1.., _) => Role::Quote,
                _ => Role::New,
            };
            Line {
                text,
                range,
                role,
                depth,
                mark,
                is_delimiter: whole.trim_end_matches(['\n', '\r']) == "-- ",
            }
        })
        .collect()
}

/// The text of a line; nothing beyond the last.
#[must_use]
pub fn text_at<'a>(lines: &[Line<'a>], index: usize) -> &'a str {
    lines.get(index).map_or("", |line| line.text)
}

/// What a line is taken for; nothing beyond the last.
#[must_use]
pub fn role_at(lines: &[Line<'_>], index: usize) -> Option<Role> {
    lines.get(index).map(|line| line.role)
}

/// Gives lines a role, but for those that are blank or a link's address.
pub fn set(lines: &mut [Line<'_>], range: std::ops::Range<usize>, role: Role) {
    for line in lines.get_mut(range).unwrap_or_default() {
        if !matches!(line.role, Role::Blank | Role::Link) {
            line.role = role;
        }
    }
}

/// How deep a line is quoted by `>`: `>> a`, `> > a`, `>a`. A space may stand in front.
#[must_use]
pub fn depth(text: &str) -> usize {
    let text = text.strip_prefix(' ').unwrap_or(text);
    if !text.starts_with('>') {
        return 0;
    }
    // The body's `From ` lines are written `>From ` in archives (RFC 4155).
    if text.starts_with(">From ") && !text.contains(':') {
        return 0;
    }
    // `>>> look here <<<`
    if text.ends_with("<<") && text.starts_with(">>") {
        return 0;
    }
    let mut depth = 0;
    let mut spaces = 0;
    for c in text.chars() {
        match c {
            '>' => {
                depth += 1;
                spaces = 0;
            }
            ' ' if spaces == 0 => spaces += 1,
            _ => break,
        }
    }
    depth
}

/// The text of a quoted line without its prefix.
#[must_use]
pub fn unquoted(text: &str) -> &str {
    text.trim_start_matches(['>', ' '])
}

/// A line of one repeated sign: `____`, `----`, `* * *`.
#[must_use]
pub fn is_rule(text: &str) -> bool {
    let text = text.trim();
    // `*------*`: bold in plain text.
    let bare = text.trim_matches('*');
    let text = if bare.trim().len() < 3 { text } else { bare };
    let mut signs = text.chars().filter(|c| !c.is_whitespace());
    let Some(first) = signs.next() else {
        return false;
    };
    matches!(
        first,
        '-' | '_' | '=' | '~' | '+' | '#' | '*' | '—' | '–' | '─' | '━' | '‐'
    ) && text.chars().filter(|c| !c.is_whitespace()).count() >= 3
        && signs.all(|c| c == first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_are_counted_and_look_alikes_are_not() {
        for (text, wanted) in [
            ("> a", 1),
            (">a", 1),
            ("> > > a", 3),
            (">>> a", 3),
            (" > a", 1),
            (">", 1),
            ("a > b", 0),
            ("  > indented", 0),
            (">>> look here <<<", 0),
            (">> ends within an address (see <", 2),
            (">From here on it is fine", 0),
            (">>> >>>  http://www.domain.com <<<", 0),
        ] {
            assert_eq!(depth(text), wanted, "{text}");
        }
        assert!(is_rule("_____") && is_rule(" --- ") && is_rule("* * *"));
        assert!(!is_rule("--") && !is_rule("a---") && !is_rule(""));
    }
}
