//! The simulation's time: the machine's for the demo, one that moves only when it is
//! told to for the tests. Everything that has a date in the simulation asks here.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use jiff::Timestamp;

/// Where the time comes from.
#[derive(Clone, Debug, Default)]
pub enum Clock {
    /// The machine's clock.
    #[default]
    Real,
    /// Milliseconds since 1970, moved by [`Clock::advance`] only.
    Manual(Arc<AtomicI64>),
}

impl Clock {
    /// A clock that stands at `start` until it is moved.
    #[must_use]
    pub fn manual(start: Timestamp) -> Self {
        Self::Manual(Arc::new(AtomicI64::new(start.as_millisecond())))
    }

    /// A clock that stands at 2026-11-02 09:00 UTC, a Monday: the same in every test.
    #[must_use]
    pub fn fixed() -> Self {
        Self::Manual(Arc::new(AtomicI64::new(1_793_610_000_000)))
    }

    /// The time, to the millisecond (Gmail's `internalDate` knows no finer one).
    #[must_use]
    pub fn now(&self) -> Timestamp {
        let millis = match self {
            Self::Real => Timestamp::now().as_millisecond(),
            Self::Manual(millis) => millis.load(Ordering::SeqCst),
        };
        Timestamp::from_millisecond(millis).unwrap_or(Timestamp::UNIX_EPOCH)
    }

    /// Moves a manual clock; a real one stays as it is.
    pub fn advance(&self, by: Duration) {
        if let Self::Manual(millis) = self {
            let by = i64::try_from(by.as_millis()).unwrap_or(i64::MAX / 4);
            millis.fetch_add(by, Ordering::SeqCst);
        }
    }

    /// Whether it moves by itself.
    #[must_use]
    pub const fn is_real(&self) -> bool {
        matches!(self, Self::Real)
    }
}

/// `at` and so many seconds; the end of time when that is too many.
#[must_use]
pub fn later(at: Timestamp, by: Duration) -> Timestamp {
    at.checked_add(by).unwrap_or(Timestamp::MAX)
}

/// Whole seconds from `earlier` to `at`; negative when `at` is the earlier one.
#[must_use]
pub fn seconds_between(earlier: Timestamp, at: Timestamp) -> i64 {
    at.as_second().saturating_sub(earlier.as_second())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manual_clock_stands_until_it_is_moved() {
        let clock = Clock::fixed();
        assert_eq!(clock.now().to_string(), "2026-11-02T09:00:00Z");
        let same = clock.clone();
        same.advance(Duration::from_millis(1_500));
        assert_eq!(clock.now().to_string(), "2026-11-02T09:00:01.5Z");
    }
}
