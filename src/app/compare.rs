//! The difference between the text that is shown and what it came from: the draft that the
//! person edited, or the version before. It is for reading; what is sent is the text.

use super::wrap::wrap_text;
use crate::domain::Suggestion;
use crate::domain::difference::{Change, Piece, difference};

/// What the shown version is compared with.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Against {
    /// The same version as it was drafted.
    Draft,
    /// The version before.
    Before,
}

/// Two texts compared.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Comparison {
    /// With what.
    pub against: Against,
    /// Which texts, in words.
    pub title: String,
    /// The person's words that led from one to the other, if there were any.
    pub why: Option<String>,
    /// The stretches.
    pub pieces: Vec<Piece>,
}

/// What the version at `at` can be compared with, in the order that the key goes through.
#[must_use]
pub fn possible(versions: &[&Suggestion], at: usize) -> Vec<Against> {
    let edited = versions.get(at).is_some_and(|s| s.edited_body.is_some());
    let mut found = Vec::new();
    if edited {
        found.push(Against::Draft);
    }
    if before(versions, at).is_some() {
        found.push(Against::Before);
    }
    found
}

fn before<'s>(versions: &[&'s Suggestion], at: usize) -> Option<&'s Suggestion> {
    let earlier = versions.get(..at)?;
    earlier
        .iter()
        .rfind(|s| !s.final_body().is_empty())
        .copied()
}

/// Compares the version at `at`; none when there is nothing to compare it with.
#[must_use]
pub fn compare(versions: &[&Suggestion], at: usize, against: Against) -> Option<Comparison> {
    let shown = versions.get(at).copied()?;
    if shown.final_body().is_empty() {
        return None;
    }
    let (title, earlier, why) = match against {
        Against::Draft => {
            shown.edited_body.as_ref()?;
            (
                "Your changes to the draft".to_owned(),
                shown.body.as_str(),
                None,
            )
        }
        Against::Before => {
            let before = before(versions, at)?;
            let title = format!(
                "Version {} against version {}",
                shown.version, before.version
            );
            let said = [
                ("turned down", &before.feedback),
                ("asked for", &shown.hint),
            ];
            let why: Vec<String> = said
                .iter()
                .filter_map(|(what, words)| Some(format!("{what}: {}", words.as_ref()?)))
                .collect();
            let why = (!why.is_empty()).then(|| why.join("; "));
            (title, before.final_body(), why)
        }
    };
    Some(Comparison {
        against,
        title,
        why,
        pieces: difference(earlier, shown.final_body()),
    })
}

/// A stretch of a line that was taken out or put in, in bytes of the line.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Span {
    /// Where it begins.
    pub start: usize,
    /// Where it ends.
    pub end: usize,
    /// Taken out or put in.
    pub change: Change,
}

/// The pieces as wrapped lines. What was taken out stands in `[-` and `-]`, what was put in
/// in `{+` and `+}`, so that it can be read without colours.
#[must_use]
pub fn lines(pieces: &[Piece], width: usize) -> Vec<(String, Vec<Span>)> {
    let mut text = String::new();
    // What each visible character is, in order; wrapping moves nothing but blanks.
    let mut changes: Vec<Change> = Vec::new();
    for piece in pieces {
        let inner = piece.text.trim();
        let (open, close) = match piece.change {
            Change::Kept => ("", ""),
            Change::Removed => ("[-", "-]"),
            Change::Added => ("{+", "+}"),
        };
        if inner.is_empty() {
            if piece.change != Change::Removed {
                text.push_str(&piece.text);
            }
            continue;
        }
        let lead = piece.text.len() - piece.text.trim_start().len();
        let marked = format!(
            "{}{open}{inner}{close}{}",
            piece.text.get(..lead).unwrap_or_default(),
            piece.text.get(lead + inner.len()..).unwrap_or_default()
        );
        let visible = marked.chars().filter(|c| !c.is_whitespace()).count();
        changes.extend(std::iter::repeat_n(piece.change, visible));
        text.push_str(&marked);
    }
    let mut next = changes.into_iter();
    wrap_text(&text, width)
        .into_iter()
        .map(|line| {
            let spans = spans(&line, &mut next);
            (line, spans)
        })
        .collect()
}

fn spans(line: &str, next: &mut impl Iterator<Item = Change>) -> Vec<Span> {
    let mut spans: Vec<Span> = Vec::new();
    let visible = line.char_indices().filter(|(_, c)| !c.is_whitespace());
    for (start, c) in visible {
        let end = start + c.len_utf8();
        let change = next.next().unwrap_or(Change::Kept);
        let only_blanks = |last: &Span| {
            let between = line.get(last.end..start).unwrap_or_default();
            between.chars().all(char::is_whitespace)
        };
        match spans.last_mut() {
            Some(last) if last.change == change && only_blanks(last) => last.end = end,
            _ => spans.push(Span { start, end, change }),
        }
    }
    spans.retain(|span| span.change != Change::Kept);
    spans
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(earlier: &str, later: &str, width: usize) -> Vec<String> {
        let lines = lines(&difference(earlier, later), width);
        lines.into_iter().map(|(text, _)| text).collect()
    }

    #[test]
    fn changes_can_be_read_without_colours() {
        assert_eq!(
            drawn("It costs 10 EUR.", "It costs 12 EUR.", 60),
            ["It costs [-10-]{+12+} EUR."]
        );
        assert_eq!(
            drawn("Hi,\n\nfine.\n\nSam", "Hi,\n\nfine.\n\nMore.\n\nSam", 60),
            ["Hi,", "", "fine.", "", "{+More.+}", "", "Sam"]
        );
    }

    #[test]
    fn a_change_that_is_wrapped_is_marked_on_each_line() {
        let pieces = difference("one", "one and a longer addition behind it");
        let lines = lines(&pieces, 16);
        assert!(lines.len() > 2, "{lines:?}");
        for (line, spans) in lines.iter().skip(1) {
            assert_eq!(spans.len(), 1, "{line}");
            assert_eq!((spans[0].start, spans[0].end), (0, line.len()), "{line}");
            assert_eq!(spans[0].change, Change::Added);
        }
    }

    #[test]
    fn marks_in_the_text_itself_deceive_nobody() {
        let lines = lines(&difference("a {+b+} c", "a {+b+} d"), 60);
        let (line, spans) = &lines[0];
        let marked: Vec<&str> = spans
            .iter()
            .map(|span| &line[span.start..span.end])
            .collect();
        assert_eq!(marked, ["[-c-]", "{+d+}"]);
    }
}
