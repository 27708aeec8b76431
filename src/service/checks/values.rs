//! Numbers, prices, percentages, times of day and lengths of time in a text.

use std::ops::Range;

use super::scan::{Token, amounts};
use super::terms;

/// What a value counts.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Unit {
    /// Anything.
    Plain,
    /// Hundredths.
    Percent,
    /// Money; the currency if it is told.
    Money(&'static str),
    /// A length of time, in minutes.
    Minutes,
    /// In days.
    Days,
    /// In months.
    Months,
    /// A time of day, in minutes from midnight.
    Clock,
    /// `14 h` in French and Portuguese: a time of day or a number of hours, in minutes.
    ClockOrHours,
}

impl Unit {
    /// The code of a finding about such a value.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Plain => "number",
            Self::Percent => "percent",
            Self::Money(_) => "price",
            Self::Minutes | Self::Days | Self::Months => "duration",
            Self::Clock | Self::ClockOrHours => "time",
        }
    }
}

/// A value with what it may mean.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Value {
    /// What it counts.
    pub unit: Unit,
    /// Readings in thousandths of the unit.
    pub amounts: Vec<u64>,
    /// Where, with its unit.
    pub place: Range<usize>,
    /// Where the next one stands if the two are the ends of a range.
    pub to_next: bool,
    /// A list's number, a part of a name, a word such as "a": counts nothing by itself.
    pub idle: bool,
}

/// Reads the values of a text.
#[must_use]
pub fn read(tokens: &[Token<'_>]) -> Vec<Value> {
    let mut found: Vec<Value> = Vec::new();
    let mut at = 0;
    let mut last_end = 0;
    while at < tokens.len() {
        let Some((value, end)) = value_at(tokens, at) else {
            at += 1;
            continue;
        };
        let between = tokens.get(last_end..at).unwrap_or_default();
        if let Some(earlier) = found.last_mut()
            && is_range(between)
        {
            earlier.to_next = true;
            // "10 to 12 Uhr", "900-1,200 EUR": the unit is that of both.
            if earlier.unit == Unit::Plain && value.unit != Unit::Plain {
                *earlier = with_unit_of(earlier, &value, tokens, end);
            }
        }
        found.push(value);
        last_end = end;
        at = end;
    }
    found
}

fn is_range(between: &[Token<'_>]) -> bool {
    match between {
        [one] => terms::is_one_of(&one.folded, terms::RANGE) && !one.is(',') && !one.is('/'),
        [one, other] => {
            let pair = (one.folded.as_str(), other.folded.as_str());
            matches!(
                pair,
                ("a", "las") | ("und", "um") | ("a", "la") | ("y", "las")
            ) || (one.is('.') && terms::is_one_of(&other.folded, &["–", "-", "bis"]))
        }
        _ => false,
    }
}

/// A number that shares the unit of the one behind it.
fn with_unit_of(earlier: &Value, value: &Value, tokens: &[Token<'_>], end: usize) -> Value {
    let last = end.checked_sub(1).and_then(|last| tokens.get(last));
    let factor = last
        .and_then(|token| terms::span(&token.folded))
        .filter(|(unit, _)| *unit == value.unit)
        .map_or(1, |(_, factor)| factor);
    let factor = match value.unit {
        Unit::Clock | Unit::ClockOrHours => 60,
        _ => factor,
    };
    Value {
        unit: value.unit,
        amounts: scaled(&earlier.amounts, factor),
        idle: false,
        ..earlier.clone()
    }
}

fn scaled(amounts: &[u64], factor: u64) -> Vec<u64> {
    amounts.iter().map(|a| a.saturating_mul(factor)).collect()
}

/// The value that begins with this token, and the token behind it.
fn value_at(tokens: &[Token<'_>], at: usize) -> Option<(Value, usize)> {
    let token = tokens.get(at)?;
    if let Some(code) = currency_before(tokens, at) {
        // "EUR 2.400", "€ 2,400", "R$ 500"
        let number = tokens.get(at + 1).filter(|t| t.is_number())?;
        let (amounts, end) = multiplied(tokens, at + 2, amounts(number.text));
        return Some((value(tokens, at..end, Unit::Money(code), amounts)?, end));
    }
    if token.is_word() {
        return in_words(tokens, at);
    }
    if !token.is_number() {
        return None;
    }
    if let Some(found) = clock(tokens, at) {
        return Some(found);
    }
    let (amounts, end) = multiplied(tokens, at + 1, amounts(token.text));
    let (unit, factor, end) = unit_at(tokens, end);
    let mut found = value(tokens, at..end, unit, scaled(&amounts, factor))?;
    found.idle = unit == Unit::Plain && is_idle(tokens, at);
    Some((found, end))
}

fn value(tokens: &[Token<'_>], span: Range<usize>, unit: Unit, amounts: Vec<u64>) -> Option<Value> {
    let first = tokens.get(span.start)?.range.start;
    let last = tokens.get(span.end.checked_sub(1)?)?.range.end;
    Some(Value {
        unit,
        amounts,
        place: first..last,
        to_next: false,
        idle: false,
    })
}

fn currency_before(tokens: &[Token<'_>], at: usize) -> Option<&'static str> {
    let token = tokens.get(at)?;
    let number = tokens.get(at + 1)?;
    if !number.is_number() || (token.is_word() && !token.text.chars().all(char::is_uppercase)) {
        return None;
    }
    terms::currency(&token.folded)
}

/// `2k`, `3 Mio`, `2 mil`.
fn multiplied(tokens: &[Token<'_>], at: usize, amounts: Vec<u64>) -> (Vec<u64>, usize) {
    match tokens.get(at) {
        Some(word) if word.is_word() && (word.folded != "k" || !word.gap) => {
            match terms::multiplier(&word.folded) {
                Some(factor) => (scaled(&amounts, factor), at + 1),
                None => (amounts, at),
            }
        }
        _ => (amounts, at),
    }
}

/// The unit behind a number, how much of it one is, and where it ends.
fn unit_at(tokens: &[Token<'_>], at: usize) -> (Unit, u64, usize) {
    let mut next = at;
    // "1.200,- €", "15-minute", "10-minütig", "two full weeks", "3 business days"
    while let Some(token) = tokens.get(next)
        && next < at + 2
        && ((!token.gap && (token.is(',') || token.is('-') || token.is('–')))
            || matches!(
                token.folded.as_str(),
                "business" | "working" | "full" | "volle" | "calendar" | "ganze"
            ))
    {
        next += 1;
    }
    let Some(token) = tokens.get(next) else {
        return (Unit::Plain, 1, at);
    };
    let word = token.folded.as_str();
    if token.is('%') || matches!(word, "percent" | "prozent" | "procent") {
        return (Unit::Percent, 1, next + 1);
    }
    if matches!(word, "por" | "pour" | "per")
        && tokens
            .get(next + 1)
            .is_some_and(|t| matches!(t.folded.as_str(), "ciento" | "cent" | "cento"))
    {
        return (Unit::Percent, 1, next + 2);
    }
    if let Some(code) = terms::currency(word) {
        return (Unit::Money(code), 1, next + 1);
    }
    if let Some((unit, factor)) = terms::span(word).filter(|_| token.is_word()) {
        return (unit, factor, next + 1);
    }
    (Unit::Plain, 1, at)
}

/// A number as a word before a unit: `two weeks`, `fünf Prozent`, `dos mil euros`.
fn in_words(tokens: &[Token<'_>], at: usize) -> Option<(Value, usize)> {
    let number = terms::number(&tokens.get(at)?.folded)?;
    let (amounts, end) = multiplied(tokens, at + 1, vec![number * 1_000]);
    let (unit, factor, end) = unit_at(tokens, end);
    let mut found = value(tokens, at..end, unit, scaled(&amounts, factor))?;
    // "a week", "one of them": an article more than a number.
    found.idle = unit == Unit::Plain || number == 1;
    Some((found, end))
}

/// A time of day: `10:30`, `14h30`, `10 Uhr`, `3 pm`, `at 10`.
fn clock(tokens: &[Token<'_>], at: usize) -> Option<(Value, usize)> {
    let token = tokens.get(at)?;
    let (hour, dotted) = match token.text.split_once('.') {
        Some((hour, minute)) if minute.len() == 2 => (hour, minute.parse().ok()),
        Some(_) => return None,
        None => (token.text, None),
    };
    let hour: u64 = hour.parse().ok().filter(|hour| *hour <= 24)?;
    let mut minute: Option<u64> = None;
    let mut next = at + 1;
    if tokens.get(next).is_some_and(|t| t.is(':') && !t.gap)
        && let Some(part) = tokens.get(next + 1)
        && part.is_number()
        && !part.gap
        && part.text.len() == 2
    {
        minute = part.text.parse().ok();
        next += 2;
    }
    let following = tokens.get(next);
    let word = following.map_or("", |t| t.folded.as_str());
    let close = following.is_some_and(|t| !t.gap);
    let mut unit = Unit::Clock;
    let mut said = minute.is_some();
    let mut hour = hour;
    if let Some(part) = word.strip_prefix('h').filter(|_| close && dotted.is_none())
        && (part.is_empty() || (part.len() == 2 && part.parse::<u64>().is_ok()))
    {
        // "14h" and "14h30" are one word behind the number.
        minute = minute.or(part.parse().ok());
        said = true;
        if part.is_empty() {
            unit = Unit::ClockOrHours;
        }
        next += 1;
    } else if word == "h" && dotted.is_none() {
        said = true;
        next += 1;
        match tokens
            .get(next)
            .filter(|t| t.is_number() && t.text.len() == 2)
        {
            Some(part) => {
                minute = minute.or(part.text.parse().ok());
                next += 1;
            }
            None => unit = Unit::ClockOrHours,
        }
    } else if matches!(word, "uhr" | "o") && dotted.is_none_or(|minute: u64| minute < 60) {
        let oclock = word == "o"
            && tokens
                .get(next + 1)
                .is_some_and(|t| t.is('\'') || t.is('’'))
            && tokens.get(next + 2).is_some_and(|t| t.folded == "clock");
        if word == "uhr" || oclock {
            minute = minute.or(dotted);
            said = true;
            next += if oclock { 3 } else { 1 };
        }
    }
    let (shift, behind) = half_of_day(tokens, next);
    if let Some(shift) = shift {
        minute = minute.or(dotted);
        hour = hour % 12 + shift;
        said = true;
        unit = Unit::Clock;
        next = behind;
    }
    let introduced = at
        .checked_sub(1)
        .and_then(|prior| tokens.get(prior))
        .is_some_and(|t| t.is_word() && terms::is_one_of(&t.folded, terms::BEFORE_TIME));
    let counts = unit_at(tokens, next).0 != Unit::Plain
        || terms::multiplier(word).is_some()
        || following.is_some_and(|t| t.is('/') && !t.gap);
    if !said && (!introduced || counts || dotted.is_some() || token.text.len() > 2) {
        return None;
    }
    let minute = minute.unwrap_or(0);
    if minute > 59 || (dotted.is_some() && !said) {
        return None;
    }
    let found = value(tokens, at..next, unit, vec![(hour * 60 + minute) * 1_000])?;
    // "at 10" alone may count something else.
    Some((
        Value {
            idle: !said,
            ..found
        },
        next,
    ))
}

/// `am`, `p.m.`: what is added to the hour, and where it ends.
fn half_of_day(tokens: &[Token<'_>], at: usize) -> (Option<u64>, usize) {
    let folded = |n: usize| tokens.get(at + n).map_or("", |t| t.folded.as_str());
    match (folded(0), folded(1), folded(2)) {
        ("am", ..)
            if tokens
                .get(at)
                .is_some_and(|t| !t.gap || is_end_of_phrase(tokens, at + 1)) =>
        {
            (Some(0), at + 1)
        }
        ("pm", ..) => (Some(12), at + 1),
        ("a", ".", "m") => (Some(0), at + 3),
        ("p", ".", "m") => (Some(12), at + 3),
        _ => (None, at),
    }
}

/// "10 am." but not "10 am Montag".
fn is_end_of_phrase(tokens: &[Token<'_>], at: usize) -> bool {
    tokens.get(at).is_none_or(|t| {
        !t.is_number()
            && (!t.is_word() || !t.is_capital() || t.text.chars().all(char::is_uppercase))
    })
}

/// Whether a bare number counts nothing: a list's number, a name, an idiom.
fn is_idle(tokens: &[Token<'_>], at: usize) -> bool {
    let prior = at.checked_sub(1).and_then(|prior| tokens.get(prior));
    let next = tokens.get(at + 1);
    let line_start = prior.is_none_or(|t| t.is('\n') || t.is('(') || t.is('['));
    let list = line_start && next.is_some_and(|t| !t.gap && (t.is('.') || t.is(')') || t.is(']')));
    let compound = prior.is_some_and(|t| t.is('-') && !t.gap)
        && tokens.get(at).is_some_and(|t| !t.gap)
        && at
            .checked_sub(2)
            .and_then(|b| tokens.get(b))
            .is_some_and(Token::is_word);
    let named = next.is_some_and(|t| t.is_word() && !t.gap);
    let text = tokens.get(at).map_or("", |t| t.text);
    let around = |mark: char| next.is_some_and(|t| t.is(mark)) || prior.is_some_and(|t| t.is(mark));
    let idiom = (matches!(text, "24" | "7" | "50") && around('/'))
        || matches!(text, "360" | "365")
        || text.starts_with('0') && text.len() > 1;
    list || compound || named || idiom
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::checks::scan::tokens;

    fn first(text: &str) -> Option<(Unit, u64)> {
        let found = read(&tokens(text));
        found
            .into_iter()
            .find(|value| !value.idle)
            .and_then(|value| Some((value.unit, *value.amounts.last()?)))
    }

    #[test]
    fn prices_in_many_forms() {
        for text in [
            "2,400 EUR",
            "€2.400",
            "€ 2,400.00",
            "2.400,00 €",
            "2 400 €",
            "EUR 2'400",
            "2400 euros",
            "2.4k €",
            "1.200,- €, 2.400,- €",
        ] {
            let all = read(&tokens(text));
            let fits = all
                .iter()
                .any(|v| v.unit == Unit::Money("EUR") && v.amounts.contains(&2_400_000));
            assert!(fits, "{text}: {all:?}");
        }
        assert_eq!(
            first("dos mil euros"),
            Some((Unit::Money("EUR"), 2_000_000))
        );
        assert_eq!(first("$50"), Some((Unit::Money("USD"), 50_000)));
    }

    #[test]
    fn times_of_day_in_many_forms() {
        for text in [
            "at 14:30",
            "14h30",
            "14.30 Uhr",
            "2:30 pm",
            "2.30pm",
            "2:30 p.m.",
        ] {
            assert_eq!(first(text), Some((Unit::Clock, 870_000)), "{text}");
        }
        assert_eq!(first("um 10 Uhr"), Some((Unit::Clock, 600_000)));
        assert_eq!(first("3pm"), Some((Unit::Clock, 900_000)));
        assert_eq!(first("14h"), Some((Unit::ClockOrHours, 840_000)));
        assert_eq!(first("10 am Montag"), Some((Unit::Plain, 10_000)));
    }

    #[test]
    fn lengths_of_time_in_many_forms() {
        for text in [
            "two weeks",
            "14 days",
            "zwei Wochen",
            "dos semanas",
            "deux semaines",
            "due settimane",
            "duas semanas",
            "twee weken",
            "14 business days",
        ] {
            assert_eq!(first(text), Some((Unit::Days, 14_000)), "{text}");
        }
        assert_eq!(first("a 20-minute call"), Some((Unit::Minutes, 20_000)));
        assert_eq!(first("1,5 Stunden"), Some((Unit::Minutes, 90_000)));
        assert_eq!(first("40 %"), Some((Unit::Percent, 40_000)));
        assert_eq!(first("diez por ciento"), Some((Unit::Percent, 10_000)));
    }

    #[test]
    fn both_ends_of_a_range_have_its_unit() {
        for (text, unit, low, high) in [
            ("10 to 12 Uhr", Unit::Clock, 600_000, 720_000),
            ("6–8 weeks", Unit::Days, 42_000, 56_000),
            ("900-1,200 EUR", Unit::Money("EUR"), 900_000, 1_200_000),
            ("10:00 to 16:00", Unit::Clock, 600_000, 960_000),
        ] {
            let found = read(&tokens(text));
            let ends: Vec<_> = found
                .iter()
                .map(|v| (v.unit, *v.amounts.last().unwrap()))
                .collect();
            assert_eq!(ends, [(unit, low), (unit, high)], "{text}");
            assert!(found.first().unwrap().to_next, "{text}");
        }
    }

    #[test]
    fn what_counts_nothing_is_idle() {
        for text in [
            "1. First\n2) Second",
            "GPT-4",
            "24/7",
            "3D",
            "see [1]",
            "a week",
            "one of you",
            "360",
        ] {
            assert_eq!(first(text), None, "{text}");
        }
    }
}
