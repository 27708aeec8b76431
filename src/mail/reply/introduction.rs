//! Where an attribution stands among the lines of a mail: on one line or broken over
//! several, with its quote below or without. Its shape is judged by [`attribution`].

use super::attribution;
use super::line::{Line, Role, role_at, text_at};
use super::prefix::{follows_bars, follows_prefixed};

/// Most lines of one attribution.
const WINDOW: usize = 5;

/// `Maria Lopez` alone above `<maria@example.org> wrote:`.
pub fn with_name(lines: &[Line<'_>], index: usize) -> usize {
    if !text_at(lines, index).starts_with('<') || index == 0 {
        return index;
    }
    let above = text_at(lines, index - 1);
    let name = lines.get(index - 1).is_some_and(Line::is_new)
        && above.split_whitespace().count() <= 5
        && above
            .trim_start_matches(['"', '\'', '-', '*', ' '])
            .chars()
            .next()
            .is_some_and(char::is_uppercase)
        && !above.ends_with(['.', '!', '?', ','])
        && (index == 1 || role_at(lines, index - 2) == Some(Role::Blank));
    if name { index - 1 } else { index }
}

/// The attribution that begins at a line: its height, and whether it stands for itself
/// where no prefixed quote follows.
pub fn attribution_at(lines: &[Line<'_>], index: usize) -> Option<(usize, bool)> {
    if !may_end_soon(lines, index) {
        return None;
    }
    let first = text_at(lines, index);
    let mut joined = String::new();
    let mut best = None;
    let mut end = index;
    let mut filled = 0;
    while filled < WINDOW && end < lines.len() {
        let text = text_at(lines, end);
        let continues_quoted = filled > 0 && is_verb_line(text);
        match role_at(lines, end) {
            Some(Role::New) => {}
            Some(Role::Quote) if continues_quoted => {}
            // `On ... NAME`, an empty line, `<address> wrote:`.
            Some(Role::Blank) if filled > 0 && text_at(lines, end + 1).starts_with('<') => {
                end += 1;
                continue;
            }
            _ => break,
        }
        if !joined.is_empty() {
            joined.push(' ');
        }
        joined.push_str(text.trim());
        if joined.len() > 1200 {
            break;
        }
        filled += 1;
        end += 1;
        let ends = text
            .trim_end_matches(['*', '_', ' '])
            .ends_with([':', '：', '-', '—']);
        let quoted_next = follows_prefixed(lines, end) || follows_bars(lines, end);
        let free = !ends && stands_free(lines, index, end);
        if !ends && !quoted_next && !free && !is_gmail_date(&joined) {
            continue;
        }
        let Some(shape) = attribution::shape(&joined) else {
            break;
        };
        let whole = filled == 1 || shape.dated_start || begins_attribution(first);
        let sure = shape.is_sure() || is_gmail_date(&joined) || free && shape.lacks_its_colon();
        let fits = sure || shape.is_before_quote() && (quoted_next || filled == 1 && ends);
        if whole && fits && !has_sure_suffix(lines, index, end) {
            best = Some((end - index, sure));
            if ends || free {
                break;
            }
        }
    }
    best
}

/// Whether lines have an empty one, or nothing, above and below.
fn stands_free(lines: &[Line<'_>], index: usize, end: usize) -> bool {
    let empty = |at: usize| role_at(lines, at).is_none_or(|role| role == Role::Blank);
    index.checked_sub(1).is_none_or(empty) && empty(end)
}

/// Whether a line near below has the end of an attribution, or a quote follows it. Most
/// lines of a mail have none, and are spared the closer look.
fn may_end_soon(lines: &[Line<'_>], index: usize) -> bool {
    lines.iter().skip(index).take(WINDOW + 2).any(|line| {
        line.is_prefixed()
            || line.text.ends_with([':', '：', '-', '—', '*', '_'])
            || line.text.trim_start().starts_with(['|', '>'])
            || line.text.contains(" GMT")
            || line.text.ends_with(" wrote")
    })
}

/// `Maria Lopez wrote:` on a line of its own, in a mail in which no line is prefixed: a
/// converter took the prefixes away.
pub fn stands_alone(lines: &[Line<'_>], index: usize, height: usize, prefixed: bool) -> bool {
    if prefixed {
        return false;
    }
    let text = text_at(lines, index);
    let words = text.split_whitespace().count();
    let capitals = text
        .split_whitespace()
        .filter(|word| word.chars().next().is_some_and(char::is_uppercase))
        .count();
    height == 1
        && (2..=5).contains(&words)
        && capitals + 1 >= words
        && text.chars().next().is_some_and(char::is_uppercase)
        && attribution::shape(text).is_some_and(|shape| shape.verb && shape.colon)
        && index
            .checked_sub(1)
            .is_none_or(|above| role_at(lines, above) == Some(Role::Blank))
        && !is_of_a_talk(lines, text)
}

/// Whether others speak in the same way further down: `Maria says:`, `Jo says:` are the
/// parts of a talk that somebody wrote down.
fn is_of_a_talk(lines: &[Line<'_>], text: &str) -> bool {
    /// Lines of a mail that are looked at.
    const TALK: usize = 1000;
    let speaks = |line: &str| {
        let speaker = line
            .strip_suffix(" says:")
            .or_else(|| line.strip_suffix(" said:"));
        speaker
            .filter(|name| name.split(' ').count() <= 4)
            .map(str::to_owned)
    };
    speaks(text).is_some_and(|one| {
        let mut others = lines.iter().take(TALK).filter_map(|line| speaks(line.text));
        others.any(|other| other != one)
    })
}

/// `> wrote:` is the end of an attribution that a converter tore apart.
fn is_verb_line(text: &str) -> bool {
    let bare = text.trim_start_matches(['>', ' ']);
    text.starts_with('>')
        && bare.ends_with(':')
        && bare.split_whitespace().count() <= 2
        && attribution::shape(bare).is_some_and(|shape| shape.verb)
}

/// `2016-03-03 17:21 GMT+01:00 Maria Lopez`: only Gmail writes that.
fn is_gmail_date(text: &str) -> bool {
    text.len() < 200
        && text.contains(" GMT")
        && text.starts_with("20")
        && attribution::shape(text).is_some_and(|shape| shape.dated_start && shape.date)
}

/// Whether the first line of several has more than a name.
fn begins_attribution(first: &str) -> bool {
    attribution::has_address(first)
        || first.ends_with('<')
        || attribution::shape(first)
            .is_some_and(|shape| shape.verb && shape.words <= 14 && (shape.date || shape.address))
}

/// Whether the attribution is complete without the first line, which then is new text.
fn has_sure_suffix(lines: &[Line<'_>], index: usize, end: usize) -> bool {
    (index + 1..end).any(|from| {
        let joined = (from..end)
            .map(|at| text_at(lines, at).trim())
            .collect::<Vec<_>>()
            .join(" ");
        attribution::shape(&joined).is_some_and(|shape| shape.dated_start && shape.is_sure())
    })
}
