//! Boundaries above a mail that is quoted whole, without prefixes: separators such as
//! `-----Original Message-----`, and the block of `From:`, `Sent:`, `To:`, `Subject:`
//! lines that Outlook and many others put there.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::attribution;
use super::line::{Line, is_rule};
use super::words::field::{CC, DATE, FROM, OTHER, SUBJECT, TO};
use super::words::folded;
use super::words::separator::{ABOVE_THIS_LINE, FORWARDED, ORIGINAL};
use crate::mail::search::Phrases;

/// What a boundary begins.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Boundary {
    /// An earlier mail of the thread.
    Original,
    /// A mail from elsewhere, passed on.
    Forwarded,
}

/// A separator line that says what follows.
#[must_use]
pub fn separator(text: &str) -> Option<Boundary> {
    // Most lines are sentences: they begin with a letter and end without a colon.
    let first = text.trim_start().chars().next()?;
    if first.is_alphanumeric() && !text.ends_with([':', '：']) && !text.contains('®') {
        return None;
    }
    let trimmed = text.trim_matches([' ', '*', '_', '>', '\u{200e}']);
    let dashes = |c: char| {
        matches!(
            c,
            '-' | '=' | '_' | '—' | '–' | '─' | '‐' | '*' | '+' | ' ' | '~' | '|'
        )
    };
    let inner = trimmed.trim_matches(dashes);
    if let Some(found) = begun(trimmed, inner) {
        return Some(found);
    }
    // `[Original Message processed by david®](https://david.example.org)`
    if let Some((made, _)) = trimmed.split_once('®')
        && ORIGINAL.contains(&folded(made.trim_start_matches('[')).as_str())
    {
        return Some(Boundary::Original);
    }
    if is_desk_line(trimmed) {
        return Some(Boundary::Original);
    }
    if inner.is_empty() || inner.chars().count() > 60 {
        return None;
    }
    let lower = folded(inner);
    let lower = lower.trim_end_matches([':', '：']).trim_end();
    let led = trimmed.starts_with(['-', '=', '_', '—', '–', '─', '‐', '*', '+', '~', '|']);
    // `-- original message` is an item of somebody's list.
    let listed = trimmed.starts_with("-- ");
    let framed = led && trimmed.ends_with(['-', '=', '_', '—', '–', '─', '‐', '*', '+', '~', '|']);
    let matches = |words: &[&str]| {
        words.iter().any(|word| {
            lower == *word
                || framed
                    && lower.starts_with(word)
                    && lower.chars().count() <= word.chars().count() + 24
        })
    };
    let alone = inner.ends_with([':', '：']) || trimmed == inner && is_capitalised(inner);
    if matches(FORWARDED) && (framed || led && !listed || alone) {
        return Some(Boundary::Forwarded);
    }
    if matches(ORIGINAL) && (framed || led && !listed || inner.ends_with(':')) {
        return Some(Boundary::Original);
    }
    // Lotus Notes: `----- Forwarded by Maria Lopez/ACME on 11/03/2026 02:01 PM -----`
    if led && lower.starts_with("forwarded by ") {
        return Some(Boundary::Forwarded);
    }
    // GroupWise: `>>> Maria Lopez <maria@example.org> 11/3/2026 2:01 PM >>>`
    let groupwise = text.starts_with(">>> ") && text.ends_with(">>>") && text.len() > 12;
    let body = text.trim_matches(['>', ' ']);
    (groupwise && (attribution::has_date(body) || attribution::has_address(body)))
        .then_some(Boundary::Original)
}

/// `##- Please type your reply above this line -##`: what a help desk sent stands below.
fn is_desk_line(trimmed: &str) -> bool {
    let signs = ['#', '-', '=', '~', '—', '‑'];
    trimmed.len() <= 160
        && trimmed.starts_with(signs)
        && trimmed.ends_with(signs)
        && ABOVE_THIS_LINE.is_in(&folded(trimmed))
}

/// `----- Original Message ----- From: "Maria" <maria@example.org> To: ...`: a converter
/// put the whole block on one line.
fn begun(trimmed: &str, inner: &str) -> Option<Boundary> {
    if !trimmed.starts_with("--") || trimmed.len() > 2000 {
        return None;
    }
    let (words, rest) = inner.split_once("--")?;
    let lower = folded(words.trim());
    let (name, _) = rest.trim_matches(['-', ' ', '*']).split_once(':')?;
    if !FROM.contains(&name.trim().to_lowercase().as_str()) {
        return None;
    }
    if ORIGINAL.contains(&lower.as_str()) {
        Some(Boundary::Original)
    } else {
        FORWARDED
            .contains(&lower.as_str())
            .then_some(Boundary::Forwarded)
    }
}

/// Where a separator begins that a converter put behind the text above it:
/// `That works.-------- Original message --------From: Maria`.
#[must_use]
pub fn glued_at(text: &str) -> Option<usize> {
    if text.len() > 4000 || !text.contains("-----") || text.starts_with('-') {
        return None;
    }
    let at = text.find("-----")?;
    let below = text.get(at..)?.trim_start_matches(['-', ' ']);
    let (words, rest) = below.split_once("-----")?;
    let known = ORIGINAL.contains(&folded(words.trim_end_matches(['-', ' '])).as_str());
    let above = text.get(..at)?;
    let ends = rest.trim_matches('-').is_empty() || begun(text.get(at..)?, below).is_some();
    (known && ends && above.chars().any(char::is_alphabetic)).then(|| above.trim_end().len())
}

fn is_capitalised(text: &str) -> bool {
    text.chars().next().is_some_and(|c| !c.is_lowercase())
}

/// What a field of a header block is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Field {
    From,
    Date,
    To,
    Cc,
    Subject,
    Other,
}

impl Field {
    /// Whether a block may begin with it.
    const fn begins_block(self) -> bool {
        !matches!(self, Self::Cc | Self::Other)
    }

    /// How often a block may have it: `Sent:` and `Date:` are of one sort.
    const fn times(self) -> usize {
        match self {
            Self::Date => 3,
            Self::Other => 8,
            _ => 1,
        }
    }
}

/// The field that a line is, with its value.
fn field(text: &str) -> Option<(Field, &str)> {
    let text = text.trim_start_matches([' ', '*', '_', '>', '\u{200e}', '\u{feff}']);
    let (name, value) = text.split_once([':', '：'])?;
    let name = name.trim_matches([' ', '*', '_']);
    if name.is_empty() || name.chars().count() > 24 {
        return None;
    }
    let value = value.trim_matches([' ', '*', '_']);
    Some((named(&folded(name))?, value))
}

/// The field of a name.
fn named(name: &str) -> Option<Field> {
    static NAMES: LazyLock<HashMap<&str, Field>> = LazyLock::new(|| {
        let mut names = HashMap::new();
        for (list, field) in [
            (FROM, Field::From),
            (DATE, Field::Date),
            (SUBJECT, Field::Subject),
            (TO, Field::To),
            (CC, Field::Cc),
            (OTHER, Field::Other),
        ] {
            for name in list {
                // A name that stands in two lists is what the first says.
                names.entry(*name).or_insert(field);
            }
        }
        names
    });
    NAMES.get(name).copied()
}

/// Whether a line is `From: Maria <maria@example.org>` and nothing else: right above a
/// prefixed quote it says whose that is.
#[must_use]
pub fn is_author_line(text: &str) -> bool {
    field(text).is_some_and(|(kind, value)| {
        kind == Field::From && attribution::has_address(value) && value.split(' ').count() <= 6
    })
}

/// Fields that only a whole header has: somebody shows one, and does not quote a mail.
fn is_raw_field(text: &str) -> bool {
    let text = text.trim_start_matches([' ', '>']);
    let begins_with = |name: &&str| {
        let start = text.get(..name.len());
        start.is_some_and(|start| start.eq_ignore_ascii_case(name))
    };
    [
        "received:",
        "message-id:",
        "mime-version:",
        "return-path:",
        "content-type:",
        "dkim-signature:",
        "x-mailer:",
        "x-spam",
        "delivered-to:",
        "authentication-results:",
        "user-agent:",
        "in-reply-to:",
        "references:",
        "list-id:",
        "content-transfer-encoding:",
        "x-originating",
    ]
    .iter()
    .any(begins_with)
}

/// The number of lines of the header block that begins at `at`; 0 when none does.
#[must_use]
pub fn header_block(lines: &[Line<'_>], at: usize) -> usize {
    let Some(first) = lines.get(at) else {
        return 0;
    };
    let begins = |text| field(text).is_some_and(|(kind, _)| kind.begins_block());
    if first.text.is_empty()
        || is_indented(lines, at)
        || !begins(first.text)
        || goes_on_from_raw(lines, at)
    {
        return 0;
    }
    let mut seen: Vec<Field> = Vec::new();
    let (mut end, mut gap, mut wrapped) = (at, 0, 0);
    // The field that is being read has no value yet.
    let mut open = false;
    let mut evidence = Evidence::default();
    for (index, line) in lines.iter().enumerate().skip(at).take(24) {
        if line.text.is_empty() {
            // Html leaves an empty line between the fields now and then, and may put the
            // value of a field below its name.
            gap += 1;
            if gap > if open { 2 } else { 1 } {
                break;
            }
            continue;
        }
        if is_raw_field(line.text) {
            return 0;
        }
        match field(line.text) {
            Some((kind, value)) => {
                if seen.iter().filter(|known| **known == kind).count() >= kind.times() {
                    break;
                }
                evidence.take(kind, value);
                seen.push(kind);
                (end, gap, wrapped) = (index, 0, 0);
                open = value.is_empty() || value.ends_with('[');
            }
            None if open => {
                evidence.value(line.text);
                (end, gap, open) = (index, 0, false);
            }
            // The value of the field above goes on: long recipient lists, broken lines.
            None if gap == 0 && wrapped < 4 && goes_on(line.text, lines, index) => {
                wrapped += 1;
                evidence.address = evidence.address || attribution::has_address(line.text);
            }
            None => break,
        }
    }
    let above = at.checked_sub(1).and_then(|above| lines.get(above));
    let alone = evidence.lone && seen.len() == 1 && above.is_some_and(|line| line.text.is_empty());
    if evidence.is_enough(&seen) || alone {
        end + 1 - at
    } else {
        0
    }
}

/// Code and configuration are indented; a block is so only within bold marks, or, with
/// Yahoo, in its first line.
fn is_indented(lines: &[Line<'_>], at: usize) -> bool {
    let deep = |at: usize| {
        lines
            .get(at)
            .is_some_and(|line| line.text.starts_with("    "))
    };
    let first = lines.get(at).map_or("", |line| line.text);
    let alone = || !deep(at + 1) && attribution::has_address(first);
    deep(at) && !first.trim_start().starts_with('*') && !alone()
}

/// Whether the lines right above are a whole header's, which somebody shows.
fn goes_on_from_raw(lines: &[Line<'_>], at: usize) -> bool {
    lines
        .iter()
        .take(at)
        .rev()
        .take(24)
        .take_while(|line| !line.text.is_empty())
        .any(|line| is_raw_field(line.text))
}

/// Whether a line within a block belongs to the field above: the block goes on below it.
fn goes_on(text: &str, lines: &[Line<'_>], index: usize) -> bool {
    let followed = lines
        .iter()
        .skip(index + 1)
        .take(4)
        .take_while(|line| !line.text.is_empty())
        .any(|line| field(line.text).is_some());
    followed || (attribution::has_address(text) && text.len() < 200)
}

/// Fields behind the first one on its line.
static INLINE: Phrases = Phrases::of(&["date:", "sent:", "to:", "subject:"]);

#[derive(Default)]
struct Evidence {
    address: bool,
    dated: bool,
    inline: bool,
    /// `From:` with an address and nothing else.
    lone: bool,
}

impl Evidence {
    fn take(&mut self, kind: Field, value: &str) {
        match kind {
            Field::From | Field::To | Field::Cc => {
                self.address = self.address || attribution::has_address(value);
                // `From: bob@example.com Date: Thu, 24 Mar 2016` on one line.
                self.lone |= kind == Field::From
                    && crate::domain::address::is_plain_address(value.trim_matches(['<', '>']));
                self.inline |= kind == Field::From
                    && attribution::has_address(value)
                    && INLINE.is_in(&value.to_lowercase());
            }
            Field::Date => self.dated = self.dated || attribution::has_date(value),
            _ => {}
        }
    }

    /// A value that stands below its name.
    fn value(&mut self, value: &str) {
        self.address = self.address || attribution::has_address(value);
        self.dated = self.dated || attribution::has_date(value);
    }

    /// Four sorts of fields are needed for sureness, fewer with an address or a date:
    /// `From: London`, `To: Paris`, `Date: 5 May` is somebody's journey.
    fn is_enough(&self, seen: &[Field]) -> bool {
        let has = |kind| seen.contains(&kind);
        let sorts = [Field::From, Field::Date, Field::To, Field::Subject]
            .into_iter()
            .filter(|kind| has(*kind))
            .count();
        let first = seen.first().is_some_and(|first| first.begins_block());
        first
            && (self.inline
                || sorts >= 3 && self.dated && matches!(seen, [Field::From, Field::Date, ..])
                || sorts >= 3 && has(Field::Subject)
                || sorts >= 2 && self.address && self.dated
                || sorts >= 2
                    && has(Field::Subject)
                    && has(Field::From)
                    && (self.address || self.dated)
                || sorts >= 2
                    && self.address
                    && has(Field::From)
                    && has(Field::To)
                    && has(Field::Cc)
                || sorts >= 3 && self.address)
    }
}

/// Whether the line above a boundary belongs to it: `________________________________`.
#[must_use]
pub fn is_lead(text: &str) -> bool {
    is_rule(text)
}

#[cfg(test)]
mod tests {
    use super::super::line::lines;
    use super::*;

    fn block(text: &str) -> usize {
        header_block(&lines(text, &[]), 0)
    }

    #[test]
    fn separators_are_known_in_many_languages() {
        for text in [
            "-----Original Message-----",
            "----- Original Message -----",
            "*-------- Original Message --------*",
            "-----Ursprüngliche Nachricht-----",
            "-------- Message d'origine --------",
            "-----Mensaje original-----",
            "------------------ 原始邮件 ------------------",
            ">>> Maria <maria@example.org> 11/3/2026 2:01 PM >>>",
            "----- Original Message ----- From: \"Maria\" <maria@example.org> To: <jo@example.org>",
        ] {
            assert_eq!(separator(text), Some(Boundary::Original), "{text}");
        }
        for text in [
            "---------- Forwarded message ---------",
            "Begin forwarded message:",
            "---------- Weitergeleitete Nachricht ----------",
            "Anfang der weitergeleiteten Nachricht:",
            "----- Forwarded by Maria/ACME on 11/03/2026 02:01 PM -----",
        ] {
            assert_eq!(separator(text), Some(Boundary::Forwarded), "{text}");
        }
        for text in [
            "------------------- Enter Feedback Below -------------------",
            "The original message was lost.",
            "original message",
            "----------",
            "-- ",
        ] {
            assert_eq!(separator(text), None, "{text}");
        }
    }

    #[test]
    fn header_blocks_are_known_in_many_languages() {
        for text in [
            "From: Maria\nSent: Tuesday, 3 November 2026 14:01\nTo: Jo\nSubject: Offer",
            "*From:* bob@example.com [mailto:\nbob@example.com]\n*Sent:* Wednesday, June 27, 2012\n*To:* t@example.com\n*Subject:* Hello",
            "Von: maria@example.org\nGesendet: Dienstag, 3. November 2026 14:01\nAn: Jo\nBetreff: Angebot",
            "De : Maria [mailto:m@example.org]\nEnvoyé : mardi 3 novembre 2026 14:01\nÀ : Jo\nObjet : Offre",
            "Da: Sally\nRisposta: Testy\nData: giovedì 8 ottobre 2015 15:26\nA: Testy\nOggetto: Test",
            "发件人: Maria\n发送时间: 2026年11月3日 14:01\n收件人: Jo\n主题: 报价",
            "差出人: Maria\n送信日時: 2026年11月3日 14:01\n宛先: Jo\n件名: 見積",
            "От: Maria\nОтправлено: 3 ноября 2026 г. 14:01\nКому: Jo\nТема: Offer",
            "Date: Wed, 16 May 2012 00:15:02 -0600\nTo: klizhentas@example.com",
            "From: bob@example.com Date: Thu, 24 Mar 2016 08:07:12 -0700",
        ] {
            assert!(block(text) > 0, "{text}");
        }
    }

    #[test]
    fn appointments_journeys_and_whole_headers_are_no_blocks() {
        for text in [
            "Date: Wednesday 3, October 2011\nTime: 7 : 00am\nAddress: 130 Fox St",
            "From: London\nTo: Paris\nDate: 5 May",
            "From: a@b.de\nReceived: from x by y\nTo: c@d.de\nSubject: x",
            "    From: a@b.de\n    To: c@d.de\n    Subject: x",
            "To: do",
        ] {
            assert_eq!(block(text), 0, "{text}");
        }
    }
}
