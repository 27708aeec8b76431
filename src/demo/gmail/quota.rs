//! Google's limits: quota units in a minute and mails sent in a day, counted over the
//! time before, and the answers when they are exceeded.

use std::collections::VecDeque;
use std::time::Duration;

use jiff::Timestamp;

use super::wire::ApiError;
use crate::demo::clock::{later, seconds_between};

/// How Gmail says that the units of the minute are used up.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OverQuota {
    /// 403 `userRateLimitExceeded`.
    #[default]
    Forbidden,
    /// 429 with `Retry-After`.
    TooMany,
}

/// The ceilings; none means no limit.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct Limits {
    /// Quota units in any minute.
    pub units_per_minute: Option<u32>,
    /// What exceeding that is answered with.
    pub over_quota: OverQuota,
    /// Mails in any 24 hours.
    pub sends_per_day: Option<u32>,
    /// The largest mail taken, in bytes.
    pub largest_mail: Option<usize>,
}

/// What was used lately.
#[derive(Debug, Default)]
pub struct Quota {
    /// The ceilings.
    pub limits: Limits,
    spent: VecDeque<(Timestamp, u32)>,
    sum: u32,
    sent: VecDeque<Timestamp>,
}

const MINUTE: i64 = 60;
const DAY: i64 = 86_400;

impl Quota {
    /// Nothing used yet.
    #[must_use]
    pub fn with(limits: Limits) -> Self {
        Self {
            limits,
            ..Self::default()
        }
    }

    /// Units used in the minute before `now`.
    pub fn used(&mut self, now: Timestamp) -> u32 {
        while let Some((at, units)) = self.spent.front().copied()
            && seconds_between(at, now) >= MINUTE
        {
            self.spent.pop_front();
            self.sum = self.sum.saturating_sub(units);
        }
        self.sum
    }

    /// Takes units for a call.
    ///
    /// # Errors
    /// The answer to give when they would be too many; nothing is taken then.
    pub fn spend(&mut self, units: u32, now: Timestamp) -> Result<(), ApiError> {
        let used = self.used(now);
        if let Some(most) = self.limits.units_per_minute
            && used.saturating_add(units) > most
        {
            let first = self.spent.front().map_or(now, |(at, _)| *at);
            let wait = (MINUTE - seconds_between(first, now)).max(1);
            return Err(match self.limits.over_quota {
                OverQuota::Forbidden => ApiError::new(
                    403,
                    "userRateLimitExceeded",
                    "User Rate Limit Exceeded. Rate of requests for user exceed configured project quota, you may consider re-evaluating expected per-user traffic to the API and adjust project quota limits accordingly.",
                ),
                OverQuota::TooMany => ApiError {
                    retry_after: u64::try_from(wait).ok(),
                    ..ApiError::new(
                        429,
                        "rateLimitExceeded",
                        "Quota exceeded for quota metric 'Queries' and limit 'Queries per minute per user' of service 'gmail.googleapis.com' for consumer 'project_number:407408718192'.",
                    )
                },
            });
        }
        self.spent.push_back((now, units));
        self.sum = self.sum.saturating_add(units);
        Ok(())
    }

    /// Whether one more mail may leave today.
    ///
    /// # Errors
    /// 429 with the time in its text when the day's mails are used up.
    pub fn may_send(&mut self, now: Timestamp) -> Result<(), ApiError> {
        while self
            .sent
            .front()
            .is_some_and(|at| seconds_between(*at, now) >= DAY)
        {
            self.sent.pop_front();
        }
        let count = u32::try_from(self.sent.len()).unwrap_or(u32::MAX);
        if self.limits.sends_per_day.is_some_and(|most| count >= most) {
            let first = self.sent.front().copied().unwrap_or(now);
            return Err(mail_limit(later(first, Duration::from_secs(86_400))));
        }
        Ok(())
    }

    /// Counts a mail that left.
    pub fn sent(&mut self, now: Timestamp) {
        self.sent.push_back(now);
    }
}

/// The answer of the mail-sending limit: the time is in the text, not in a header.
#[must_use]
pub fn mail_limit(until: Timestamp) -> ApiError {
    ApiError::new(
        429,
        "rateLimitExceeded",
        &format!(
            "User-rate limit exceeded.  Retry after {}",
            until.strftime("%Y-%m-%dT%H:%M:%S.%3fZ")
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::clock::Clock;

    #[test]
    fn units_come_back_after_a_minute() {
        let clock = Clock::fixed();
        let mut quota = Quota::with(Limits {
            units_per_minute: Some(100),
            over_quota: OverQuota::TooMany,
            ..Limits::default()
        });
        quota.spend(80, clock.now()).unwrap();
        clock.advance(Duration::from_secs(20));
        let refused = quota.spend(40, clock.now()).unwrap_err();
        assert_eq!((refused.code, refused.retry_after), (429, Some(40)));
        clock.advance(Duration::from_secs(40));
        quota.spend(40, clock.now()).unwrap();
        assert_eq!(quota.used(clock.now()), 40);
    }

    #[test]
    fn the_days_mails_are_limited_and_the_answer_says_until_when() {
        let clock = Clock::fixed();
        let mut quota = Quota::default();
        quota.limits.sends_per_day = Some(1);
        quota.may_send(clock.now()).unwrap();
        quota.sent(clock.now());
        let refused = quota.may_send(clock.now()).unwrap_err();
        assert!(
            refused
                .message
                .ends_with("Retry after 2026-11-03T09:00:00.000Z"),
            "{refused:?}"
        );
        clock.advance(Duration::from_secs(86_400));
        quota.may_send(clock.now()).unwrap();
    }
}
