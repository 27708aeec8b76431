//! Dates, months and days of the week in a text, in several languages and forms.

use std::ops::Range;

use jiff::civil::Date;

use super::scan::Token;
use super::terms;

/// A date as far as it is told.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FoundDate {
    /// Readings: `4/5` is the fifth of April or the fourth of May.
    pub readings: Vec<(Option<i16>, u8, u8)>,
    /// The day of the week beside it, 0 for Monday.
    pub weekday: Option<u8>,
    /// Where, with that day.
    pub place: Range<usize>,
}

/// What a text says about days.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Days {
    /// Dates.
    pub dates: Vec<FoundDate>,
    /// Months that stand alone, with the year if it is told.
    pub months: Vec<(u8, Option<i16>, Range<usize>)>,
    /// Days of the week that stand alone, 0 for Monday.
    pub weekdays: Vec<(u8, Range<usize>)>,
    /// Days counted from when it was written: tomorrow is 1.
    pub relative: Vec<i64>,
    /// All places that are taken.
    pub places: Vec<Range<usize>>,
}

/// Reads the days of a text.
#[must_use]
pub fn read(tokens: &[Token<'_>]) -> Days {
    let mut days = Days::default();
    let mut taken = vec![false; tokens.len()];
    for at in 0..tokens.len() {
        if taken.get(at) == Some(&true) {
            continue;
        }
        let Some((readings, span)) = date_at(tokens, at) else {
            continue;
        };
        earlier_ends(tokens, &readings, span.start, &mut taken, &mut days);
        let (weekday, span) = with_weekday(tokens, span);
        take(&mut taken, &span);
        if let Some(place) = place(tokens, &span) {
            days.places.push(place.clone());
            days.dates.push(FoundDate {
                readings,
                weekday,
                place,
            });
        }
    }
    for (at, token) in tokens.iter().enumerate() {
        if taken.get(at) == Some(&true) || !token.is_word() {
            continue;
        }
        alone(tokens, at, token, &mut days);
    }
    days
}

fn take(taken: &mut [bool], span: &Range<usize>) {
    for slot in taken.iter_mut().take(span.end).skip(span.start) {
        *slot = true;
    }
}

fn place(tokens: &[Token<'_>], span: &Range<usize>) -> Option<Range<usize>> {
    let first = tokens.get(span.start)?.range.start;
    let last = tokens.get(span.end.checked_sub(1)?)?.range.end;
    Some(first..last)
}

type Reading = (Option<i16>, u8, u8);

/// A date that begins with this token, and the tokens it takes.
fn date_at(tokens: &[Token<'_>], at: usize) -> Option<(Vec<Reading>, Range<usize>)> {
    let token = tokens.get(at)?;
    if token.is_number() {
        return in_digits(tokens, at).or_else(|| day_first(tokens, at));
    }
    month_first(tokens, at)
}

/// `4 May`, `4th of May 2026`, `4. Mai`, `1er mars`, `4 de mayo de 2026`.
fn day_first(tokens: &[Token<'_>], at: usize) -> Option<(Vec<Reading>, Range<usize>)> {
    let day = day(tokens.get(at)?)?;
    let mut next = at + 1;
    if let Some(token) = tokens.get(next)
        && !token.gap
        && (matches!(
            token.folded.as_str(),
            "st" | "nd" | "rd" | "th" | "er" | "re" | "o" | "a"
        ) || token.is('.')
            || token.is('º')
            || token.is('ª'))
    {
        next += 1;
    }
    while tokens.get(next).is_some_and(|t| {
        matches!(
            t.folded.as_str(),
            "of" | "de" | "d" | "’" | "'" | "di" | "-"
        )
    }) {
        next += 1;
    }
    let name = tokens.get(next).filter(|token| token.is_word())?;
    let month = terms::month_beside_day(&name.folded)?;
    // "4 mar" may be a shop with 4 seas; English names are written with a capital.
    if matches!(name.folded.as_str(), "may" | "march") && !name.is_capital() {
        return None;
    }
    next += 1;
    let (year, end) = year_after(tokens, next);
    Some((vec![(year, month, day)], at..end))
}

/// `May 4`, `May 4th, 2026`.
fn month_first(tokens: &[Token<'_>], at: usize) -> Option<(Vec<Reading>, Range<usize>)> {
    let name = tokens.get(at).filter(|token| token.is_capital())?;
    let month = terms::month_beside_day(&name.folded)?;
    let mut next = at + 1;
    if tokens
        .get(next)
        .is_some_and(|token| token.is('.') && !token.gap)
    {
        next += 1;
    }
    if tokens.get(next).is_some_and(|token| token.folded == "the") {
        next += 1;
    }
    let number = tokens.get(next)?;
    let day = day(number)?;
    next += 1;
    // "May 10:00", "Mai 5 %", "Mar 3 weeks" are none.
    let after = tokens.get(next);
    if after.is_some_and(|t| {
        t.is(':') || t.is('%') || (t.is_word() && terms::span(&t.folded).is_some())
    }) {
        return None;
    }
    if after.is_some_and(|t| !t.gap && matches!(t.folded.as_str(), "st" | "nd" | "rd" | "th")) {
        next += 1;
    }
    let (year, end) = year_after(tokens, next);
    Some((vec![(year, month, day)], at..end))
}

/// A year behind a date, `2026`, `, 2026`, `de 2026`, and where the date ends.
fn year_after(tokens: &[Token<'_>], at: usize) -> (Option<i16>, usize) {
    let mut next = at;
    while tokens.get(next).is_some_and(|t| {
        (!t.gap && (t.is('.') || t.is(','))) || matches!(t.folded.as_str(), "de" | "del" | "-")
    }) && next < at + 2
    {
        next += 1;
    }
    match tokens.get(next).and_then(year) {
        // A clock behind the date is no year: "4 May, 2026" but not "4 May, 20:26".
        Some(year) if !tokens.get(next + 1).is_some_and(|t| t.is(':')) => (Some(year), next + 1),
        _ => (None, at),
    }
}

fn day(token: &Token<'_>) -> Option<u8> {
    let day: u8 = token.is_number().then(|| token.text.parse().ok())??;
    (1..=31).contains(&day).then_some(day)
}

fn year(token: &Token<'_>) -> Option<i16> {
    let four = token.is_number() && token.text.len() == 4;
    let year: i16 = four.then(|| token.text.parse().ok())??;
    (1950..=2100).contains(&year).then_some(year)
}

/// `2026-05-04`, `04.05.2026`, `4.5.`, `04/05/2026`, `4-5-26`.
fn in_digits(tokens: &[Token<'_>], at: usize) -> Option<(Vec<Reading>, Range<usize>)> {
    let first = tokens.get(at)?;
    let prior = at.checked_sub(1).and_then(|prior| tokens.get(prior));
    let prior_says = prior.is_some_and(|t| {
        terms::is_one_of(&t.folded, terms::BEFORE_DATE)
            || terms::weekday_beside_date(&t.folded).is_some()
            || t.is(',')
    });
    let dotted: Vec<&str> = first.text.split('.').collect();
    match dotted.as_slice() {
        [day, month, year] => {
            return Some((readings(day, month, Some(year), false)?, at..at + 1));
        }
        [day, month] if !first.text.contains(',') => {
            let dot = tokens.get(at + 1).is_some_and(|t| t.is('.') && !t.gap);
            // "am 4.5." and "04.05." are dates, "4.5" is a number.
            let padded = day.len() == 2 && month.len() == 2 && dot;
            let follows = tokens.get(at + 2).is_some_and(|t| !t.is('\n'));
            if padded || (prior_says && dot && follows && month.len() <= 2) {
                return Some((readings(day, month, None, false)?, at..at + 2));
            }
            return None;
        }
        _ => {}
    }
    let mark = tokens.get(at + 1).filter(|t| !t.gap)?;
    let second = tokens.get(at + 2).filter(|t| t.is_number() && !t.gap)?;
    let separator = ['/', '-'].into_iter().find(|c| mark.is(*c))?;
    let third = tokens
        .get(at + 3)
        .filter(|t| t.is(separator) && !t.gap)
        .and_then(|_| tokens.get(at + 4))
        .filter(|t| t.is_number() && !t.gap);
    if let Some(third) = third {
        let found = if first.text.len() == 4 {
            readings(third.text, second.text, Some(first.text), false)?
        } else {
            readings(first.text, second.text, Some(third.text), true)?
        };
        return Some((found, at..at + 5));
    }
    (separator == '/' && prior_says && first.text != "24")
        .then(|| readings(first.text, second.text, None, true))?
        .map(|found| (found, at..at + 3))
}

fn readings(day: &str, month: &str, year: Option<&str>, either: bool) -> Option<Vec<Reading>> {
    let year = match year {
        None | Some("") => None,
        Some(text) if text.len() == 4 => Some(text.parse().ok()?),
        Some(text) if text.len() == 2 => Some(2_000 + text.parse::<i16>().ok()?),
        Some(_) => return None,
    };
    if day.len() > 2 || month.len() > 2 {
        return None;
    }
    let (day, month): (u8, u8) = (day.parse().ok()?, month.parse().ok()?);
    let mut found = Vec::new();
    for (day, month) in [(day, month), (month, day)] {
        let fits = (1..=31).contains(&day) && (1..=12).contains(&month);
        if fits && !found.contains(&(year, month, day)) && (either || found.is_empty()) {
            found.push((year, month, day));
        }
        if !either {
            break;
        }
    }
    (!found.is_empty()).then_some(found)
}

/// The first ends of ranges and lists: `4. bis 6. Mai`, `4, 5 and 6 May`.
fn earlier_ends(
    tokens: &[Token<'_>],
    readings: &[Reading],
    start: usize,
    taken: &mut [bool],
    days: &mut Days,
) {
    let mut at = start;
    for _ in 0..3 {
        let Some(link) = at.checked_sub(1) else {
            return;
        };
        let links = tokens
            .get(link)
            .is_some_and(|t| terms::is_one_of(&t.folded, terms::RANGE));
        let mut before = link.checked_sub(1);
        if let Some(token) = before.and_then(|b| tokens.get(b))
            && ((token.is('.') && !token.gap)
                || matches!(token.folded.as_str(), "th" | "st" | "nd" | "rd"))
        {
            before = before.and_then(|b| b.checked_sub(1));
        }
        let (true, Some(before)) = (links, before) else {
            return;
        };
        let Some(day) = tokens.get(before).and_then(day) else {
            return;
        };
        let span = before..link;
        if let Some(place) = place(tokens, &span) {
            days.places.push(place.clone());
            days.dates.push(FoundDate {
                readings: readings.iter().map(|(y, m, _)| (*y, *m, day)).collect(),
                weekday: None,
                place,
            });
        }
        take(taken, &span);
        at = before;
    }
}

/// The day of the week right before a date, or in brackets behind it.
fn with_weekday(tokens: &[Token<'_>], span: Range<usize>) -> (Option<u8>, Range<usize>) {
    let mut start = span.start;
    for _ in 0..3 {
        let Some(before) = start.checked_sub(1).and_then(|b| tokens.get(b)) else {
            break;
        };
        if let Some(day) = terms::weekday_beside_date(&before.folded).filter(|_| before.is_word()) {
            return (Some(day), start - 1..span.end);
        }
        let between = before.is(',')
            || before.is('.')
            || before.is('-')
            || matches!(
                before.folded.as_str(),
                "the" | "den" | "dem" | "le" | "el" | "dia" | "feira" | "il"
            );
        if !between {
            break;
        }
        start -= 1;
    }
    if tokens.get(span.end).is_some_and(|t| t.is('('))
        && let Some(token) = tokens.get(span.end + 1)
        && let Some(day) = terms::weekday_beside_date(&token.folded)
    {
        return (Some(day), span.start..span.end + 2);
    }
    (None, span)
}

/// A day of the week, a month or a word such as "tomorrow" by itself.
fn alone(tokens: &[Token<'_>], at: usize, token: &Token<'_>, days: &mut Days) {
    let word = token.folded.as_str();
    let prior = at.checked_sub(1).and_then(|prior| tokens.get(prior));
    let feira = tokens.get(at + 1).is_some_and(|t| t.is('-'))
        && tokens
            .get(at + 2)
            .is_some_and(|t| t.folded.starts_with("feira"));
    let weekday = if feira {
        terms::weekday_beside_date(word)
    } else {
        terms::weekday(word)
    };
    if let Some(day) = weekday {
        let wished = prior.is_some_and(|t| terms::is_one_of(&t.folded, terms::BEFORE_WISHED_DAY));
        if !wished {
            days.weekdays.push((day, token.range.clone()));
        }
        return;
    }
    if let Some(month) = terms::month(word) {
        let (year, end) = year_after(tokens, at + 1);
        let introduced = prior.is_some_and(|t| {
            terms::is_one_of(&t.folded, terms::BEFORE_MONTH)
                || (t.is('-') && !t.gap)
                || t.is('\'')
                || t.is('’')
        });
        let english = matches!(word, "may" | "march" | "august" | "june" | "april");
        if (introduced || year.is_some()) && (token.is_capital() || !english) {
            let place = place(tokens, &(at..end)).unwrap_or_else(|| token.range.clone());
            if year.is_some() {
                days.places.push(place.clone());
            }
            days.months.push((month, year, place));
        }
        return;
    }
    let relative = match word {
        "today" | "heute" | "hoy" | "oggi" | "hoje" | "vandaag" => 0,
        "tomorrow" | "morgen" | "manana" | "demain" | "domani" | "amanha" => 1,
        "ubermorgen" | "overmorgen" | "dopodomani" => 2,
        _ => return,
    };
    days.relative.push(relative);
}

/// The calendar day of a reading, in the year that is nearest to `today` when none is told.
#[must_use]
pub fn calendar(reading: Reading, today: Date) -> Option<Date> {
    let month = i8::try_from(reading.1).ok()?;
    let day = i8::try_from(reading.2).ok()?;
    if let Some(year) = reading.0 {
        return Date::new(year, month, day).ok();
    }
    // A day of the past month is more likely this year's than next year's.
    let from = today.checked_sub(jiff::Span::new().days(45)).ok()?;
    (today.year() - 1..=today.year() + 1)
        .filter_map(|year| Date::new(year, month, day).ok())
        .find(|date| *date >= from)
}

/// The day of the week of a date, 0 for Monday.
#[must_use]
pub fn weekday_of(date: Date) -> u8 {
    u8::try_from(date.weekday().to_monday_zero_offset()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::checks::scan::tokens;

    fn dates(text: &str) -> Vec<Reading> {
        let days = read(&tokens(text));
        days.dates.into_iter().flat_map(|d| d.readings).collect()
    }

    #[test]
    fn one_date_in_many_forms() {
        for text in [
            "on 4 May",
            "the 4th of May",
            "May 4",
            "May 4th",
            "am 4. Mai",
            "el 4 de mayo",
            "le 4 mai",
            "il 4 maggio",
            "em 4 de maio",
            "op 4 mei",
            "4 May.",
            "Mai 4",
            "04.05.",
            "am 4.5. um zehn",
            "Tuesday, May 4",
        ] {
            assert_eq!(dates(text), [(None, 5, 4)], "{text}");
        }
        for text in [
            "2026-05-04",
            "04.05.2026",
            "4.5.26",
            "May 4, 2026",
            "4 de mayo de 2026",
            "4. Mai 2026",
            "4 May, 2026",
            "4th of May 2026",
        ] {
            assert_eq!(dates(text), [(Some(2026), 5, 4)], "{text}");
        }
        assert_eq!(
            dates("04/05/2026"),
            [(Some(2026), 5, 4), (Some(2026), 4, 5)]
        );
        assert_eq!(dates("1er mars"), [(None, 3, 1)]);
    }

    #[test]
    fn ranges_and_lists_are_dates_each() {
        for text in [
            "vom 4. bis 6. Mai",
            "4–6 May",
            "4 and 6 May",
            "del 4 al 6 de mayo",
        ] {
            let mut found = dates(text);
            found.sort_unstable();
            assert_eq!(found, [(None, 5, 4), (None, 5, 6)], "{text}");
        }
    }

    #[test]
    fn numbers_that_are_no_dates_are_left_alone() {
        for text in [
            "4.5 hours",
            "version 1.2.3",
            "24/7",
            "4/5 of them",
            "you may 4 times",
            "in May 2026",
            "we may march on",
            "May 10:00",
            "1.200",
            "It rose by 4.5.",
        ] {
            assert_eq!(dates(text), [], "{text}");
        }
    }

    #[test]
    fn days_of_the_week_and_months_alone() {
        let days = read(&tokens(
            "Tuesdays or freitagnachmittag, in May; na terça-feira. Happy Friday!",
        ));
        let found: Vec<u8> = days.weekdays.iter().map(|(day, _)| *day).collect();
        assert_eq!(found, [1, 4, 1]);
        assert_eq!(days.months.first().map(|m| (m.0, m.1)), Some((5, None)));
        assert_eq!(read(&tokens("I may, Hi April, we march")).months, []);
        assert_eq!(read(&tokens("morgen")).relative, [1]);
    }

    #[test]
    fn the_day_of_the_week_beside_a_date_is_kept() {
        for text in [
            "Tuesday, 4 May",
            "Dienstag, den 4. Mai",
            "martes 4 de mayo",
            "4 May (Tuesday)",
            "Di, 04.05.",
        ] {
            let days = read(&tokens(text));
            assert_eq!(
                days.dates.first().map(|d| d.weekday),
                Some(Some(1)),
                "{text}"
            );
            assert_eq!(days.weekdays, [], "{text}");
        }
    }

    #[test]
    fn a_date_without_a_year_is_the_nearest_one_to_come() {
        let today = jiff::civil::date(2026, 11, 26);
        let found = |m, d| calendar((None, m, d), today);
        assert_eq!(found(12, 1), Some(jiff::civil::date(2026, 12, 1)));
        assert_eq!(found(1, 5), Some(jiff::civil::date(2027, 1, 5)));
        assert_eq!(found(11, 20), Some(jiff::civil::date(2026, 11, 20)));
        assert_eq!(found(2, 30), None);
        assert_eq!(weekday_of(jiff::civil::date(2026, 11, 26)), 3);
    }
}
