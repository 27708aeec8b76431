//! When and after how long a request is made again: the rules of the vendors' own
//! clients (openai-python and anthropic-python, `_base_client.py`), as a pure function.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::HeaderMap;
use jiff::Timestamp;

/// How often, how fast.
#[derive(Clone)]
pub struct RetryPolicy {
    /// Further tries after the first one.
    pub most: u32,
    /// The first wait; doubles each time.
    pub first: Duration,
    /// The longest wait of our own choosing.
    pub longest: Duration,
    /// A wait that a vendor asks for and that is longer than this means: give up.
    pub patience: Duration,
    /// A number from 0 to 1 that spreads the waits; random, or fixed in tests.
    pub jitter: Arc<dyn Fn() -> f64 + Send + Sync>,
}

impl fmt::Debug for RetryPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RetryPolicy")
            .field("most", &self.most)
            .field("first", &self.first)
            .finish_non_exhaustive()
    }
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            most: 2,
            first: Duration::from_millis(500),
            longest: Duration::from_secs(8),
            patience: Duration::from_secs(120),
            jitter: Arc::new(rand::random::<f64>),
        }
    }
}

/// What an answer's headers say about trying again.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Advice {
    /// `retry-after-ms`, else `retry-after` in seconds or as a date (RFC 9110 section
    /// 10.2.3).
    pub after: Option<Duration>,
    /// `x-should-retry`: the vendor's own decision, above all rules.
    pub should: Option<bool>,
}

impl Advice {
    /// Reads the headers at a moment (dates are relative to it).
    #[must_use]
    pub fn read(headers: &HeaderMap, now: Timestamp) -> Self {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let millis = text("retry-after-ms").and_then(|text| seconds(text, 1_000.0));
        let after = text("retry-after");
        let whole = after.and_then(|text| seconds(text, 1.0));
        let date = || after.and_then(|text| until(text, now));
        Self {
            after: millis.or(whole).or_else(date),
            should: text("x-should-retry").and_then(|text| match text.trim() {
                "true" => Some(true),
                "false" => Some(false),
                _ => None,
            }),
        }
    }
}

/// A decimal number of units, of which `per_second` make a second.
fn seconds(text: &str, per_second: f64) -> Option<Duration> {
    let number: f64 = text.trim().parse().ok()?;
    Duration::try_from_secs_f64(number / per_second).ok()
}

fn until(date: &str, now: Timestamp) -> Option<Duration> {
    let at = jiff::fmt::rfc2822::parse(date.trim()).ok()?.timestamp();
    // A date that has passed means: now.
    Some(Duration::try_from(at.duration_since(now)).unwrap_or(Duration::ZERO))
}

/// Whether an answer with this status may be asked for again (408, 409, 429, >= 500).
#[must_use]
pub const fn is_passing(status: u16) -> bool {
    matches!(status, 408 | 409 | 429) || status >= 500
}

impl RetryPolicy {
    /// How long to wait before the next try, or none to give up. `tried` is the number of
    /// tries so far, at least 1; `passing` says whether the fault may pass by itself.
    #[must_use]
    pub fn wait(&self, tried: u32, passing: bool, advice: Advice) -> Option<Duration> {
        if tried > self.most || !advice.should.unwrap_or(passing) {
            return None;
        }
        match advice.after {
            Some(after) if after > self.patience => None,
            Some(after) if !after.is_zero() => Some(after),
            _ => {
                let doubled = self.first * 2_u32.saturating_pow(tried.saturating_sub(1).min(16));
                let spread = 1.0 - 0.25 * (self.jitter)().clamp(0.0, 1.0);
                Some(doubled.min(self.longest).mul_f64(spread))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy() -> RetryPolicy {
        RetryPolicy {
            most: 10,
            jitter: Arc::new(|| 0.0),
            ..RetryPolicy::default()
        }
    }

    fn advice(headers: &[(&'static str, &'static str)]) -> Advice {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.insert(*name, value.parse().unwrap());
        }
        Advice::read(&map, "2026-11-20T12:00:00Z".parse().unwrap())
    }

    #[test]
    fn waits_double_up_to_eight_seconds() {
        let waits: Vec<u128> = (1..=7)
            .map(|tried| {
                policy()
                    .wait(tried, true, Advice::default())
                    .unwrap()
                    .as_millis()
            })
            .collect();
        assert_eq!(waits, [500, 1_000, 2_000, 4_000, 8_000, 8_000, 8_000]);
    }

    #[test]
    fn jitter_takes_up_to_a_quarter_off() {
        let policy = RetryPolicy {
            jitter: Arc::new(|| 1.0),
            ..RetryPolicy::default()
        };
        let wait = policy.wait(1, true, Advice::default()).unwrap();
        assert_eq!(wait.as_millis(), 375);
    }

    #[test]
    fn the_default_tries_three_times_in_all() {
        let policy = RetryPolicy::default();
        assert!(policy.wait(2, true, Advice::default()).is_some());
        assert_eq!(policy.wait(3, true, Advice::default()), None);
    }

    #[test]
    fn the_vendors_wait_is_obeyed() {
        for (headers, millis) in [
            (vec![("retry-after", "3")], Some(3_000)),
            (vec![("retry-after", "0.25")], Some(250)),
            (
                vec![("retry-after-ms", "40"), ("retry-after", "3")],
                Some(40),
            ),
            (
                vec![("retry-after", "Fri, 20 Nov 2026 12:00:07 GMT")],
                Some(7_000),
            ),
            (
                vec![("retry-after", "Fri, 20 Nov 2026 11:00:00 GMT")],
                Some(500),
            ),
            (vec![("retry-after", "0")], Some(500)),
            (vec![("retry-after", "soon")], Some(500)),
            (vec![("retry-after", "-5")], Some(500)),
            (vec![("retry-after", "1e300")], Some(500)),
            (vec![("retry-after", "120")], Some(120_000)),
            (vec![("retry-after", "121")], None),
        ] {
            let wait = policy().wait(1, true, advice(&headers));
            assert_eq!(wait.map(|w| w.as_millis()), millis, "{headers:?}");
        }
    }

    #[test]
    fn the_vendors_own_decision_is_above_the_rules() {
        assert_eq!(
            policy().wait(1, true, advice(&[("x-should-retry", "false")])),
            None
        );
        assert!(
            policy()
                .wait(1, false, advice(&[("x-should-retry", "true")]))
                .is_some()
        );
        assert_eq!(policy().wait(1, false, Advice::default()), None);
    }

    #[test]
    fn only_what_may_pass_is_tried_again() {
        for status in [408, 409, 429, 500, 502, 503, 504, 529] {
            assert!(is_passing(status), "{status}");
        }
        for status in [200, 400, 401, 402, 403, 404, 413, 422] {
            assert!(!is_passing(status), "{status}");
        }
    }
}
