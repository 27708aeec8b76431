//! Times, sizes and states in the few words the screen has room for.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

/// How long ago: `now`, `5m`, `3h`, `2d`, `6w`, `3y`.
#[must_use]
pub fn age(at: Timestamp, now: Timestamp) -> String {
    let seconds = now.duration_since(at).as_secs().max(0);
    match seconds {
        0..60 => "now".to_owned(),
        60..3_600 => format!("{}m", seconds / 60),
        3_600..86_400 => format!("{}h", seconds / 3_600),
        86_400..1_209_600 => format!("{}d", seconds / 86_400),
        1_209_600..31_536_000 => format!("{}w", seconds / 604_800),
        _ => format!("{}y", seconds / 31_536_000),
    }
}

/// How long it is until then: seconds within two minutes, then as [`age`] counts.
#[must_use]
pub fn time_left(until: Timestamp, now: Timestamp) -> String {
    match seconds_left(until, now) {
        left @ ..=120 => format!("{left} s"),
        _ => age(now, until),
    }
}

/// How long ago in whole minutes, for the status line: it changes once a minute at most.
#[must_use]
pub fn ago(at: Timestamp, now: Timestamp) -> String {
    let seconds = now.duration_since(at).as_secs().max(0);
    match seconds {
        0..60 => "just now".to_owned(),
        60..3_600 => format!("{} min ago", seconds / 60),
        3_600..86_400 => format!("{} h ago", seconds / 3_600),
        _ => format!("{} days ago", seconds / 86_400),
    }
}

/// Seconds that are left, rounded up; 0 when the time has come.
#[must_use]
pub fn seconds_left(until: Timestamp, now: Timestamp) -> i64 {
    let left = until.duration_since(now);
    if left <= SignedDuration::ZERO {
        return 0;
    }
    left.as_secs() + i64::from(left.subsec_nanos() > 0)
}

/// When, as a mail's header says it: weekday and time in the last week, else the date.
#[must_use]
pub fn when(at: Timestamp, now: Timestamp, zone: &TimeZone) -> String {
    let local = at.to_zoned(zone.clone());
    let today = now.to_zoned(zone.clone());
    if local.date() == today.date() {
        return local.strftime("%H:%M").to_string();
    }
    let days = now.duration_since(at).as_hours() / 24;
    if (0..7).contains(&days) {
        return local.strftime("%a %H:%M").to_string();
    }
    if local.year() == today.year() {
        return local.strftime("%-d %b %H:%M").to_string();
    }
    local.strftime("%-d %b %Y").to_string()
}

/// When a reply leaves, with the time zone named: `Tue 24 Nov 09:00 (Europe/Berlin)`.
#[must_use]
pub fn leaves_at(at: Timestamp, zone: &TimeZone) -> String {
    let local = at.to_zoned(zone.clone());
    let name = zone
        .iana_name()
        .map_or_else(|| local.strftime("%:z").to_string(), str::to_owned);
    format!("{} ({name})", local.strftime("%a %-d %b %H:%M"))
}

/// A size: `812 B`, `14 kB`, `2.3 MB`.
#[must_use]
pub fn size(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} B"),
        1_000..1_000_000 => format!("{} kB", bytes / 1_000),
        _ => format!("{}.{} MB", bytes / 1_000_000, bytes % 1_000_000 / 100_000),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn ages_are_short() {
        let now = at("2026-11-22T12:00:00Z");
        for (then, text) in [
            ("2026-11-22T12:00:30Z", "now"),
            ("2026-11-22T11:58:00Z", "2m"),
            ("2026-11-22T09:00:00Z", "3h"),
            ("2026-11-20T12:00:00Z", "2d"),
            ("2026-10-01T12:00:00Z", "7w"),
            ("2023-11-22T12:00:00Z", "3y"),
        ] {
            assert_eq!(age(at(then), now), text);
        }
    }

    #[test]
    fn a_countdown_never_says_zero_early() {
        let now = at("2026-11-22T12:00:00Z");
        assert_eq!(seconds_left(at("2026-11-22T12:00:09.2Z"), now), 10);
        assert_eq!(seconds_left(at("2026-11-22T12:00:00.1Z"), now), 1);
        assert_eq!(seconds_left(now, now), 0);
    }

    #[test]
    fn mails_of_the_week_carry_their_weekday() {
        let now = at("2026-11-22T12:00:00Z");
        assert_eq!(
            when(at("2026-11-22T09:05:00Z"), now, &TimeZone::UTC),
            "09:05"
        );
        assert_eq!(
            when(at("2026-11-17T14:01:00Z"), now, &TimeZone::UTC),
            "Tue 14:01"
        );
        assert_eq!(
            when(at("2026-10-02T14:01:00Z"), now, &TimeZone::UTC),
            "2 Oct 14:01"
        );
        assert_eq!(
            when(at("2025-10-02T14:01:00Z"), now, &TimeZone::UTC),
            "2 Oct 2025"
        );
    }

    #[test]
    fn sizes_have_one_unit() {
        assert_eq!(size(812), "812 B");
        assert_eq!(size(14_200), "14 kB");
        assert_eq!(size(2_345_678), "2.3 MB");
    }
}
