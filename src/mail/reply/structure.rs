//! The order of decisions: what each line is, given its neighbours.
//!
//! 1. Prefixes, bars and markup speak for single lines; armour of signed mail is set aside.
//! 2. Quoted lines that a mail program broke are joined to their quote again.
//! 3. From the top down: attributions, separators and header blocks. Where a prefixed
//!    quote follows, only the line itself is taken, and what stands below the quote is
//!    new. Where none follows, the rest of the mail is the quote, if something new stands
//!    above it.
//! 4. The ends of what is left new lose signature and footers.
//! 5. A mail in which nothing new was found was judged wrongly, and is kept.

use super::attribution::{self, Shape};
use super::author;
use super::boundary::{self, Boundary};
use super::introduction::{attribution_at, stands_alone, with_name};
use super::line::{self, Line, Role, role_at, set, text_at};
use super::notes;
use super::prefix::{self, Indents, adopt_prefix, follows_prefixed, next_filled};
use super::signature::{self, Place};
use super::words::folded;
use super::words::separator::QUOTE_HIDDEN;
use super::wrap;
use crate::mail::html::LineMark;

/// The lines of a text; a line that new text shares with an attribution or a separator is
/// two.
#[must_use]
pub fn parted<'a>(text: &'a str, marks: &[LineMark]) -> Vec<Line<'a>> {
    let lines = line::lines(text, marks);
    let mut out: Vec<Line<'a>> = Vec::with_capacity(lines.len());
    for (index, line) in lines.iter().enumerate() {
        let next_is_quoted = || {
            lines
                .iter()
                .skip(index + 1)
                .find(|line| line.role != Role::Blank)
                .is_some_and(Line::is_prefixed)
        };
        let shared = (line.is_new() && line.text.ends_with(':') && line.text.len() <= 400)
            .then(|| shared_at(line.text))
            .flatten()
            .filter(|_| next_is_quoted())
            .map(|at| (at, Role::Attribution));
        let shared = shared.or_else(|| {
            let at = line.is_new().then(|| boundary::glued_at(line.text))?;
            Some((at?, Role::New))
        });
        let halves = |(at, role)| Some((line.text.get(..at)?, line.text.get(at..)?, at, role));
        match shared.and_then(halves) {
            Some((new, below, at, role)) => {
                let middle = line.range.start + at;
                out.push(Line {
                    text: new.trim_end(),
                    range: line.range.start..middle,
                    ..line.clone()
                });
                out.push(Line {
                    text: below,
                    range: middle..line.range.end,
                    role,
                    ..line.clone()
                });
            }
            None => out.push(line.clone()),
        }
    }
    out
}

/// Where an attribution begins in a line that begins with something else:
/// `reply On Wed, Apr 4, 2012 at 3:59 PM, bob@example.com wrote:`.
fn shared_at(text: &str) -> Option<usize> {
    ["On ", "Le ", "Am ", "El ", "Em ", "Il ", "Op "]
        .iter()
        .filter_map(|start| {
            text.match_indices(start)
                .map(|(at, _)| at)
                .find(|at| *at > 0 && text.get(..*at).is_some_and(|b| b.ends_with([' ', '-'])))
        })
        .find(|at| {
            text.get(*at..)
                .and_then(attribution::shape)
                .is_some_and(|shape| shape.is_sure() && shape.dated_start)
        })
        .map(|at| {
            text.get(..at)
                .map_or(at, |new| new.trim_end_matches(['-', ' ']).len())
        })
        .filter(|at| *at > 0)
}

/// Gives every line its role.
pub fn judge(lines: &mut [Line<'_>]) {
    signature::take_armour(lines);
    signature::take_scrubbed(lines);
    obey_markup(lines);
    keep_prompts(lines);
    take_hidden(lines);
    prefix::adopt_bars(lines);
    prefix::adopt_initials(lines);
    wrap::mend_wraps(lines);
    wrap::adopt_first_lines(lines);
    let cut = find_quotes(lines);
    take_tails(lines);
    keep_something(lines, cut);
}

/// What html told of its lines.
fn obey_markup(lines: &mut [Line<'_>]) {
    let mut rest_is_quoted = false;
    for line in lines.iter_mut() {
        rest_is_quoted |= line.mark == LineMark::QuoteFromHere;
        let role = match line.mark {
            _ if rest_is_quoted => Role::Quote,
            LineMark::Quote => Role::Quote,
            LineMark::Attribution => Role::Attribution,
            LineMark::Signature => Role::Signature,
            _ => continue,
        };
        if line.is_new() {
            line.role = role;
        }
    }
}

/// `[Quoted text hidden]` stands for a quote.
fn take_hidden(lines: &mut [Line<'_>]) {
    for line in lines.iter_mut().filter(|line| line.is_new()) {
        let inner = line.text.trim().strip_prefix('[');
        let inner = inner.and_then(|text| text.strip_suffix(']'));
        if inner.is_some_and(|text| QUOTE_HIDDEN.contains(&folded(text).as_str())) {
            line.role = Role::Quote;
        }
    }
}

/// `>>> ` of an interactive Python session is no quote of the third depth: no shallower
/// line stands beside it, and output follows it at once.
fn keep_prompts(lines: &mut [Line<'_>]) {
    let mut at = 0;
    while at < lines.len() {
        let end = (at..lines.len())
            .find(|index| !lines.get(*index).is_some_and(Line::is_prefixed))
            .unwrap_or(lines.len());
        if end == at {
            at += 1;
            continue;
        }
        let prompts = (at..end).all(|index| {
            let text = text_at(lines, index);
            text == ">>>" || text.starts_with(">>> ")
        });
        let output = role_at(lines, end) == Some(Role::New) && !text_at(lines, end).is_empty();
        let led = at > 0
            && text_at(lines, at - 1).ends_with(':')
            && attribution::shape(text_at(lines, at - 1)).is_some_and(Shape::is_before_quote);
        if prompts && output && !led {
            for line in lines.get_mut(at..end).unwrap_or_default() {
                line.depth = 0;
                line.role = Role::New;
            }
        }
        at = end;
    }
}

/// Where the rest of the mail was taken for a quote, and for which sort.
#[derive(Clone, Copy, Debug)]
struct Cut {
    at: usize,
    below: usize,
    role: Role,
}

/// Step 3.
fn find_quotes(lines: &mut [Line<'_>]) -> Option<Cut> {
    let mut index = 0;
    let mut new_above = false;
    let mut prefixed_above = false;
    let mut prefixed = lines.iter().any(Line::is_prefixed);
    let mut indents = None;
    let dates = notes::dates(lines);
    while index < lines.len() {
        match role_at(lines, index) {
            Some(Role::New) => {}
            Some(Role::Quote) => {
                prefixed_above |= lines.get(index).is_some_and(Line::is_prefixed);
                if attribution::is_supercited(text_at(lines, index)) {
                    adopt_prefix(lines, index + 1, index);
                }
                index += 1;
                continue;
            }
            _ => {
                index += 1;
                continue;
            }
        }
        if let Some((height, boundary)) = boundary_at(lines, index, dates.as_deref()) {
            let below = index + height;
            let role = match boundary {
                Boundary::Original => Role::Quote,
                Boundary::Forwarded => Role::Forward,
            };
            let from = with_lead(lines, index);
            if follows_prefixed(lines, below) && !author::signs_below(lines, from..below) {
                set(lines, from..below, Role::Attribution);
                index = below;
                continue;
            }
            set(lines, from..lines.len(), role);
            return Some(Cut {
                at: from,
                below,
                role,
            });
        }
        if boundary::is_author_line(text_at(lines, index)) && follows_prefixed(lines, index + 1) {
            set(lines, index..index + 1, Role::Attribution);
            index += 1;
            continue;
        }
        if let Some((height, sure)) = attribution_at(lines, index) {
            let below = index + height;
            let from = with_name(lines, index);
            if adopt_prefix(lines, below, index) {
                prefixed = true;
                set(lines, from..below, Role::Attribution);
                if author::signs_below(lines, from..below) {
                    set(lines, below..lines.len(), Role::Quote);
                    return Some(Cut {
                        at: from,
                        below,
                        role: Role::Quote,
                    });
                }
                index = below;
                continue;
            }
            if sure || new_above && stands_alone(lines, index, height, prefixed) {
                set(lines, from..below, Role::Attribution);
                let indents = indents.get_or_insert_with(|| Indents::of(lines));
                if let Some(end) = indents.end_below(lines, below, new_above && !prefixed_above) {
                    set(lines, below..end, Role::Quote);
                    prefixed_above = true;
                    index = end;
                    continue;
                }
                if new_above && !prefixed_above {
                    let above = with_lead(lines, from);
                    set(lines, above..from, Role::Attribution);
                    set(lines, below..lines.len(), Role::Quote);
                    return Some(Cut {
                        at: above,
                        below,
                        role: Role::Quote,
                    });
                }
                index = below;
                continue;
            }
        }
        new_above |=
            !text_at(lines, index).trim().is_empty() && !line::is_rule(text_at(lines, index));
        index += 1;
    }
    None
}

/// The boundary that begins at a line, and its height in lines.
fn boundary_at(
    lines: &[Line<'_>],
    index: usize,
    dates: Option<&[bool]>,
) -> Option<(usize, Boundary)> {
    let text = text_at(lines, index);
    if let Some(found) = boundary::separator(text) {
        let next = next_filled(lines, index + 1);
        let block = next.map_or(0, |next| boundary::header_block(lines, next));
        let height = next
            .filter(|_| block > 0)
            .map_or(1, |next| next + block - index);
        return Some((height, found));
    }
    let block = boundary::header_block(lines, index);
    if block > 0 {
        return Some((block, Boundary::Original));
    }
    let height = notes::block(lines, dates?, index);
    (height > 0).then_some((height, Boundary::Original))
}

/// The rule that stands above a boundary belongs to it.
fn with_lead(lines: &[Line<'_>], index: usize) -> usize {
    let above = (0..index)
        .rev()
        .take(2)
        .find(|above| role_at(lines, *above) != Some(Role::Blank));
    match above {
        Some(above) if boundary::is_lead(text_at(lines, above)) => above,
        _ => index,
    }
}

/// Step 4.
fn take_tails(lines: &mut [Line<'_>]) {
    let mut stretches: Vec<std::ops::Range<usize>> = Vec::new();
    let mut start = None;
    for index in 0..=lines.len() {
        match role_at(lines, index) {
            Some(Role::New) if start.is_none() => start = Some(index),
            Some(Role::New | Role::Blank) => {}
            _ => {
                if let Some(from) = start.take() {
                    stretches.push(from..index);
                }
            }
        }
    }
    let mut last = true;
    while let Some(stretch) = stretches.pop() {
        let place = Place {
            last,
            follows: !stretches.is_empty(),
        };
        signature::take_tail(lines, stretch.clone(), place);
        let kept = stretch
            .clone()
            .any(|index| role_at(lines, index) == Some(Role::New));
        last &= !kept;
    }
}

/// The header was the mail's own: what stands below it is judged as a mail is.
fn keep_below(lines: &mut [Line<'_>]) {
    for line in lines.iter_mut().filter(|line| line.is_prefixed()) {
        line.role = Role::Quote;
    }
    find_quotes(lines);
    if !lines.iter().any(Line::is_new) {
        set(lines, 0..lines.len(), Role::New);
    }
}

/// Step 5: a reply without a word in it is more likely a mistake of ours, unless it
/// plainly is a quote with nothing added.
fn keep_something(lines: &mut [Line<'_>], cut: Option<Cut>) {
    if lines.iter().any(Line::is_new) {
        return;
    }
    if let Some(cut) = cut {
        // Passed on without a word: what was passed on is what there is to read.
        let from = if cut.role == Role::Forward {
            cut.at
        } else {
            cut.below
        };
        set(lines, from..lines.len(), Role::New);
        if cut.role == Role::Quote {
            keep_below(lines.get_mut(from..).unwrap_or_default());
        }
        take_tails(lines);
        return;
    }
    let attributed = lines.iter().any(|line| {
        line.role == Role::Attribution
            || line.is_prefixed()
                && line.text.ends_with(':')
                && attribution::shape(line::unquoted(line.text)).is_some_and(Shape::is_sure)
    });
    let quoted = lines.iter().any(Line::is_prefixed);
    if quoted && !attributed {
        for line in lines.iter_mut().filter(|line| line.is_prefixed()) {
            line.role = Role::New;
        }
    }
}
