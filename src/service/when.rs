//! Times in a person's words: "tue 9:00", "tomorrow", "2 days", "2026-12-01 14:30".

use jiff::civil::{Date, DateTime, Time, Weekday};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp, ToSpan as _};

/// When a day is named without a time.
const MORNING: Time = Time::constant(8, 0, 0, 0);

/// The time that the words mean, in the person's time zone, in the future.
///
/// # Errors
/// In words, with examples of what is understood.
pub fn parse(words: &str, now: Timestamp, zone: &TimeZone) -> Result<Timestamp, String> {
    let text = words.trim().to_lowercase();
    let not_understood = || {
        format!(
            "\"{}\" is no time that is understood; write it like tue 9:00, tomorrow, 2 days, 3h, or 2026-12-01 14:30",
            words.trim()
        )
    };
    if let Some(span) = duration(&text) {
        let then = now
            .to_zoned(zone.clone())
            .checked_add(span)
            .map_err(|_| not_understood())?;
        return Ok(then.timestamp());
    }
    let local = now.to_zoned(zone.clone()).datetime();
    let (day, time) = split(&text);
    let time = match time {
        Some(time) => Some(clock(time).ok_or_else(not_understood)?),
        None => None,
    };
    let then = match day {
        None => {
            let time = time.ok_or_else(not_understood)?;
            let today = local.date().to_datetime(time);
            if today > local {
                today
            } else {
                next_day(local.date(), 1)?.to_datetime(time)
            }
        }
        Some(day) => {
            let date = date(day, local).ok_or_else(not_understood)?;
            let then = date.to_datetime(time.unwrap_or(MORNING));
            if weekday(day).is_some() && then <= local {
                next_day(date, 7)?.to_datetime(time.unwrap_or(MORNING))
            } else {
                then
            }
        }
    };
    let then = then
        .to_zoned(zone.clone())
        .map_err(|_| not_understood())?
        .timestamp();
    if then <= now {
        return Err(format!("\"{}\" has passed already", words.trim()));
    }
    Ok(then)
}

fn next_day(date: Date, days: i64) -> Result<Date, String> {
    date.checked_add(days.days())
        .map_err(|error| error.to_string())
}

/// `2 days`, `3h`, `in 1 week`.
fn duration(text: &str) -> Option<Span> {
    let text = text.strip_prefix("in ").unwrap_or(text);
    let digits = text.chars().take_while(char::is_ascii_digit).count();
    let number: i64 = text.get(..digits)?.parse().ok().filter(|n| *n <= 10_000)?;
    match text.get(digits..)?.trim() {
        "m" | "min" | "minute" | "minutes" => Some(number.minutes()),
        "h" | "hour" | "hours" => Some(number.hours()),
        "d" | "day" | "days" => Some(number.days()),
        "w" | "week" | "weeks" => Some(number.weeks()),
        "month" | "months" => Some(number.months()),
        _ => None,
    }
}

/// A day and a time, either of which may be missing.
fn split(text: &str) -> (Option<&str>, Option<&str>) {
    match text.rsplit_once(' ') {
        Some((day, time)) => (Some(day.trim_end_matches(" at").trim()), Some(time)),
        None if clock(text).is_some() => (None, Some(text)),
        None => (Some(text), None),
    }
}

/// `9`, `9:30`, `14.30`, `9am`, `2pm`.
fn clock(text: &str) -> Option<Time> {
    let (text, shift) = match (text.strip_suffix("am"), text.strip_suffix("pm")) {
        (Some(rest), _) => (rest, Some(0)),
        (_, Some(rest)) => (rest, Some(12)),
        _ => (text, None),
    };
    let (hour, minute) = text.split_once([':', '.']).unwrap_or((text, "0"));
    let (hour, minute): (i8, i8) = (hour.parse().ok()?, minute.parse().ok()?);
    let hour = match shift {
        Some(shift) if (1..=12).contains(&hour) => hour % 12 + shift,
        Some(_) => return None,
        None => hour,
    };
    Time::new(hour, minute, 0, 0).ok()
}

fn date(text: &str, local: DateTime) -> Option<Date> {
    match text {
        "today" => Some(local.date()),
        "tomorrow" => local.date().tomorrow().ok(),
        "next week" => local.date().nth_weekday(1, Weekday::Monday).ok(),
        _ => match weekday(text) {
            Some(day) if local.date().weekday() == day => Some(local.date()),
            Some(day) => local.date().nth_weekday(1, day).ok(),
            None => text.parse().ok(),
        },
    }
}

fn weekday(text: &str) -> Option<Weekday> {
    let text = text.strip_prefix("next ").unwrap_or(text);
    Some(match text {
        "mon" | "monday" => Weekday::Monday,
        "tue" | "tuesday" => Weekday::Tuesday,
        "wed" | "wednesday" => Weekday::Wednesday,
        "thu" | "thursday" => Weekday::Thursday,
        "fri" | "friday" => Weekday::Friday,
        "sat" | "saturday" => Weekday::Saturday,
        "sun" | "sunday" => Weekday::Sunday,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(words: &str) -> Result<String, String> {
        // A Sunday.
        let now: Timestamp = "2026-11-22T10:00:00Z".parse().unwrap();
        parse(words, now, &TimeZone::UTC).map(|then| then.to_string())
    }

    #[test]
    fn days_times_and_spans_are_understood() {
        for (words, then) in [
            ("tue 9:00", "2026-11-24T09:00:00Z"),
            ("Tuesday", "2026-11-24T08:00:00Z"),
            ("sun 9", "2026-11-29T09:00:00Z"),
            ("sun 11:30", "2026-11-22T11:30:00Z"),
            ("tomorrow", "2026-11-23T08:00:00Z"),
            ("tomorrow 2pm", "2026-11-23T14:00:00Z"),
            ("9:00", "2026-11-23T09:00:00Z"),
            ("12:30", "2026-11-22T12:30:00Z"),
            ("2 days", "2026-11-24T10:00:00Z"),
            ("in 3h", "2026-11-22T13:00:00Z"),
            ("2026-12-01", "2026-12-01T08:00:00Z"),
            ("2026-12-01 14:30", "2026-12-01T14:30:00Z"),
        ] {
            assert_eq!(at(words), Ok(then.to_owned()), "{words}");
        }
    }

    #[test]
    fn nonsense_and_the_past_are_told() {
        assert!(at("soonish").unwrap_err().contains("tue 9:00"));
        assert!(at("").is_err());
        assert!(at("25:99").is_err());
        assert!(at("2026-11-01").unwrap_err().contains("has passed"));
    }

    #[test]
    fn the_zone_is_the_persons() {
        let now: Timestamp = "2026-11-22T10:00:00Z".parse().unwrap();
        let zone = TimeZone::fixed(jiff::tz::offset(2));
        let then = parse("tue 9:00", now, &zone).unwrap();
        assert_eq!(then.to_string(), "2026-11-24T07:00:00Z");
    }

    #[test]
    fn an_hour_that_the_clocks_skip_or_repeat_is_a_time_all_the_same() {
        let zone = TimeZone::get("Europe/Berlin").unwrap();
        let at = |words: &str, now: &str| {
            let now: Timestamp = now.parse().unwrap();
            parse(words, now, &zone).unwrap().to_string()
        };
        // 02:30 does not exist on that Sunday: an hour later by the clock.
        assert_eq!(
            at("sun 2:30", "2026-03-27T10:00:00Z"),
            "2026-03-29T01:30:00Z"
        );
        // 02:30 comes twice: the first of the two.
        assert_eq!(
            at("sun 2:30", "2026-10-23T10:00:00Z"),
            "2026-10-25T00:30:00Z"
        );
        // Nine in the morning stays nine in the morning across the change.
        assert_eq!(
            at("mon 9:00", "2026-10-24T10:00:00Z"),
            "2026-10-26T08:00:00Z"
        );
    }
}
