//! What sets a quote off below its attribution: `>`, another sign, the initials of the
//! quoted, or an indent.

use super::line::{Line, Role, role_at, text_at};

/// Empty lines between an attribution and its quote.
pub const APART: usize = 3;

/// How far below its beginning a quote may go on with its initials, in lines.
const GOES_ON: usize = 1000;

/// Whether a prefixed quote follows below, after a few empty lines at most.
pub fn follows_prefixed(lines: &[Line<'_>], below: usize) -> bool {
    next_filled(lines, below).is_some_and(|next| lines.get(next).is_some_and(Line::is_prefixed))
}

/// Whether two lines that begin with `|` follow: the bar is drawn by old web mailers.
pub fn follows_bars(lines: &[Line<'_>], below: usize) -> bool {
    next_filled(lines, below).is_some_and(|next| {
        text_at(lines, next).starts_with('|') && text_at(lines, next + 1).starts_with('|')
    })
}

/// The next line with something on it, not far below.
pub fn next_filled(lines: &[Line<'_>], from: usize) -> Option<usize> {
    (from..lines.len().min(from + APART + 1))
        .find(|index| role_at(lines, *index) != Some(Role::Blank))
}

/// Which lines of a mail are indented, and how many have something on them. It is found out
/// once, whatever the number of attributions.
#[derive(Debug)]
pub struct Indents {
    /// For each line: how many with something on them stand above it, and the next one at
    /// the margin.
    lines: Vec<(usize, Option<usize>)>,
    /// How many have something on them above the signature.
    filled: usize,
}

impl Indents {
    /// Of all lines.
    pub fn of(lines: &[Line<'_>]) -> Self {
        let filled = |line: &&Line<'_>| line.role != Role::Blank;
        let mut above = lines.iter().filter(filled).count();
        let signed = lines.iter().rposition(|line| line.text.trim_end() == "--");
        let body = lines.get(..signed.unwrap_or(lines.len())).unwrap_or(lines);
        let mut found = Self {
            lines: vec![(0, None); lines.len()],
            filled: body.iter().filter(filled).count(),
        };
        let mut margin = None;
        for (index, (line, slot)) in lines.iter().zip(&mut found.lines).enumerate().rev() {
            if filled(&line) {
                above -= 1;
                if !line.text.starts_with("  ") {
                    margin = Some(index);
                }
            }
            *slot = (above, margin);
        }
        found
    }

    /// Where a quote ends that is set off by an indent: the lines below the attribution have
    /// it, at least three of them, and what is new stands at the margin again; where nothing
    /// is new above, they must be most of what there is.
    pub fn end_below(&self, lines: &[Line<'_>], below: usize, new_above: bool) -> Option<usize> {
        let (above, margin) = *self.lines.get(below)?;
        let end = margin?;
        let (before, _) = *self.lines.get(end)?;
        let (quoted, rest) = (before - above, self.filled.saturating_sub(before));
        let share = if new_above { 4 } else { 2 };
        (quoted >= 3 && quoted * share >= rest && role_at(lines, end - 1) == Some(Role::Blank))
            .then_some(end)
    }
}

/// Whether a quote with a prefix begins below an attribution, at once or below the sign
/// that its beginning was left out.
pub fn adopt_prefix(lines: &mut [Line<'_>], below: usize, attribution: usize) -> bool {
    if adopt_at(lines, below, (attribution, below)) {
        return true;
    }
    let omission = next_filled(lines, below).filter(|at| is_omission(text_at(lines, *at)));
    let Some(omission) = omission else {
        return false;
    };
    let quoted = adopt_at(lines, omission + 1, (attribution, below));
    if quoted && let Some(line) = lines.get_mut(omission) {
        line.role = Role::Quote;
    }
    quoted
}

/// Whether a quote with a prefix begins at a line; prefixes other than `>` are made known
/// on the way: a sign that begins every line, or the initials of the quoted, whom the
/// attribution names between the lines that are given.
fn adopt_at(lines: &mut [Line<'_>], at: usize, (from, to): (usize, usize)) -> bool {
    if follows_prefixed(lines, at) {
        return true;
    }
    let Some(first) = next_filled(lines, at) else {
        return false;
    };
    let text = text_at(lines, first);
    let prefix = signs_prefix(text).or_else(|| sign_prefix(text));
    let of_name = || initials_prefix(text, &said(lines, from, to));
    let (prefix, guessed) = match prefix.map(|prefix| (prefix, false)).or_else(of_name) {
        Some(found) => found,
        None => return false,
    };
    // Below the answer it goes on with the same prefix, if nobody begins a line of their
    // own with that.
    let prefixed = |line: &Line<'_>| line.text.trim_start().starts_with(&prefix);
    let below = || lines.iter().skip(first);
    let run = below()
        .take_while(|line| prefixed(line) || line.role == Role::Blank)
        .count();
    let end = first + run;
    let free = end >= lines.len() || role_at(lines, end - 1) == Some(Role::Blank);
    if guessed && !free {
        return false;
    }
    let room = if prefix.ends_with('>') && !guessed {
        run + GOES_ON
    } else {
        run
    };
    let quoted = below().take(room).filter(|line| prefixed(line)).count();
    if quoted < 2 && !matches!(prefix.as_str(), "|" | ">") {
        return false;
    }
    for (index, line) in lines.iter_mut().enumerate().skip(first).take(room) {
        let quoted = index < end || line.text.trim_start().starts_with(&prefix);
        if quoted && line.role != Role::Blank {
            line.role = Role::Quote;
            line.depth = 1;
        }
    }
    true
}

/// Bars in front of lines are a quote's, if they are no table's: those have bars within.
pub fn adopt_bars(lines: &mut [Line<'_>]) {
    let barred = |line: &Line<'_>| {
        let text = line.text;
        line.is_new() && (text == "|" || text.starts_with("| ") || text.starts_with("|>"))
    };
    let (mut bars, mut columns, mut others) = (0usize, 0usize, 0usize);
    for line in lines.iter() {
        if barred(line) {
            bars += 1;
            columns += usize::from(line.text.matches('|').count() > 1);
        } else {
            others += usize::from(line.is_new());
        }
    }
    if bars < 3 || columns * 5 > bars || others == 0 {
        return;
    }
    for line in lines.iter_mut().filter(|line| barred(line)) {
        line.role = Role::Quote;
        line.depth = 1;
    }
}

/// Whether a line says that something of the quote was left out: `[...]`, `<snip>`.
pub fn is_omission(text: &str) -> bool {
    let text = text.trim();
    let dots = |text: &str| text.len() >= 2 && text.chars().all(|c| matches!(c, '.' | '…' | ' '));
    let inner = [('[', ']'), ('<', '>'), ('(', ')'), ('{', '}')]
        .iter()
        .find_map(|(open, close)| text.strip_prefix(*open)?.strip_suffix(*close));
    let words = |inner: &str| {
        inner.split_whitespace().count() <= 4
            && inner
                .chars()
                .all(|c| c.is_alphabetic() || matches!(c, ' ' | '.' | '-'))
    };
    dots(text)
        || inner.is_some_and(|inner| dots(inner) || text.starts_with(['[', '<']) && words(inner))
}

fn said(lines: &[Line<'_>], from: usize, to: usize) -> String {
    (from..to)
        .map(|index| text_at(lines, index))
        .collect::<Vec<_>>()
        .join(" ")
}

/// Quotes with initials or a name in front, `ML> text`, above which no attribution stands,
/// as The Bat writes them. They are prose that was broken at the margin, with something else
/// below than the output of a program. Where one speaks right below another it is a talk.
pub fn adopt_initials(lines: &mut [Line<'_>]) {
    let labels = lines.iter().map(|line| label(line.text));
    let next = labels.clone().skip(1);
    if labels
        .zip(next)
        .any(|pair| matches!(pair, (Some(one), Some(other)) if one != other))
    {
        return;
    }
    let mut judged: Vec<String> = Vec::new();
    for at in 0..lines.len() {
        let Some(prefix) = label(text_at(lines, at)) else {
            continue;
        };
        if judged.iter().any(|one| one == prefix) || judged.len() >= MANY {
            continue;
        }
        let prefix = prefix.to_owned();
        if is_wrapped_prose(lines, &prefix) {
            for line in lines.iter_mut().filter(|line| line.is_new()) {
                if label(line.text) == Some(&prefix) {
                    line.role = Role::Quote;
                    line.depth = 1;
                }
            }
        }
        judged.push(prefix);
    }
}

/// Sorts of initials that are looked at in one mail.
const MANY: usize = 8;

/// The initials or the name in front of `ML> text`, `Maria> text`.
fn label(text: &str) -> Option<&str> {
    let (label, _) = text.trim_start().split_once('>')?;
    let prompt = matches!(
        label,
        "SQL" | "PS" | "CMD" | "GDB" | "RMAN" | "MariaDB" | "Router"
    );
    let named = label.len() <= 12
        && label.starts_with(|c: char| c.is_ascii_uppercase())
        && label.chars().all(|c| c.is_ascii_alphanumeric());
    (named && !prompt).then_some(label)
}

fn is_wrapped_prose(lines: &[Line<'_>], prefix: &str) -> bool {
    let has = |index: usize| label(text_at(lines, index)) == Some(prefix);
    let bare = |index: usize| {
        let text = text_at(lines, index).trim_start();
        text.get(prefix.len() + 1..).unwrap_or("").trim_start()
    };
    let (mut count, mut broken, mut led) = (0, 0, 0);
    for index in (0..lines.len()).filter(|index| has(*index)) {
        count += 1;
        if has(index + 1) {
            let full = text_at(lines, index).len() >= 50
                && !text_at(lines, index).ends_with(['.', ';', ':', '!', '?']);
            broken += usize::from(full && bare(index + 1).starts_with(|c: char| c.is_lowercase()));
        } else {
            led += usize::from(role_at(lines, index + 1) == Some(Role::New));
        }
    }
    broken >= 1 && (count >= 3 && led <= 1 || count == 2 && led == 0)
}

/// Several signs that begin a line, `--]text` or `|> text`, but no rule and no list.
fn signs_prefix(text: &str) -> Option<String> {
    let signs: String = text
        .chars()
        .take_while(|c| c.is_ascii_punctuation())
        .take(5)
        .collect();
    let first = signs.chars().next()?;
    let many = (2..=4).contains(&signs.len()) && signs.chars().any(|c| c != first);
    let opens = signs.ends_with(['(', '"', '\'', '[', '{', '<', '*', '_', '`', '/', '.', '$']);
    (many && !opens).then_some(signs)
}

fn sign_prefix(text: &str) -> Option<String> {
    let first = text.trim_start().chars().next()?;
    matches!(
        first,
        '|' | '>' | ':' | '}' | '%' | '#' | '!' | '»' | '›' | ']' | '~' | '='
    )
    .then(|| first.to_string())
}

/// `ML> text`, where the attribution names Maria Lopez; `Maria> text` likewise. Whether it
/// is but a guess by an address stands beside it.
fn initials_prefix(text: &str, attribution: &str) -> Option<(String, bool)> {
    let (prefix, _) = text.trim_start().split_once('>')?;
    if prefix.is_empty()
        || prefix.chars().count() > 12
        || !prefix
            .chars()
            .all(|c| c.is_alphanumeric() || matches!(c, '.' | '-' | '_'))
    {
        return None;
    }
    let lower = prefix.to_lowercase();
    let words: Vec<String> = attribution
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect();
    let named = words.contains(&lower);
    // `..., you wrote:` names nobody; letters alone are then initials if they are capitals.
    let unnamed =
        words.iter().any(|word| word == "you") && prefix.chars().all(|c| c.is_ascii_uppercase());
    let initials: String = words
        .iter()
        .filter_map(|word| word.chars().next())
        .collect();
    // `... when lars@example.org did gyre and gimble:` tells the first name at most.
    let addressed = (2..=4).contains(&prefix.len())
        && label(text).is_some()
        && prefix.chars().all(|c| c.is_ascii_uppercase())
        && attribution.split_whitespace().any(|word| {
            let word = word.trim_start_matches(|c: char| !c.is_alphanumeric());
            word.contains('@') && word.to_lowercase().chars().next() == lower.chars().next()
        });
    let told = named || prefix.chars().count() <= 4 && (unnamed || initials.contains(&lower));
    (told || addressed).then(|| (format!("{prefix}>"), !told))
}
