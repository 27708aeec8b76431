//! Faults that the simulation can be told to have: by method, by count or by seeded
//! chance, before or after the work is done.

use std::time::Duration;

use jiff::Timestamp;
use rand::Rng as _;
use rand::rngs::StdRng;
use serde::{Deserialize, Serialize};

use super::quota::mail_limit;
use super::routes::Route;
use super::wire::{ApiError, error_page};
use crate::demo::clock::later;
use crate::demo::http::Answer;

/// Something that goes wrong with a call.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Fault {
    /// An error answer instead of the real one.
    Status {
        /// HTTP status.
        code: u16,
        /// The `reason`; the usual one of the code when not given.
        #[serde(default)]
        reason: Option<String>,
        /// The message; a usual one when not given.
        #[serde(default)]
        message: Option<String>,
        /// `Retry-After` in seconds.
        #[serde(default)]
        retry_after: Option<u64>,
        /// Seconds until the time that "Retry after" in the text names.
        #[serde(default)]
        retry_text: Option<u64>,
        /// An html page instead of JSON.
        #[serde(default)]
        html: bool,
        /// The work was done all the same.
        #[serde(default)]
        work_done: bool,
    },
    /// The connection is lost.
    Drop {
        /// After the work, not before.
        #[serde(default)]
        work_done: bool,
        /// With a TCP reset.
        #[serde(default)]
        reset: bool,
    },
    /// The work is done; of the answer the first half comes.
    Cut {
        /// Ended properly, so that only the JSON is broken, and not the connection.
        #[serde(default)]
        clean: bool,
    },
    /// The work is done and answered with 200, but the body is no JSON.
    Garble,
    /// The answer comes late; later faults in the list apply too.
    Delay {
        /// Milliseconds, before the work.
        millis: u64,
    },
    /// No answer comes at all.
    Hang {
        /// The work is done all the same.
        #[serde(default)]
        work_done: bool,
    },
    /// `history.list` does not know the start id any more.
    HistoryExpired,
    /// The message or thread that is asked for is deleted at this moment: 404.
    Vanish,
    /// Somebody edits the draft that is asked for, or sent, at this moment.
    EditDraft,
    /// Somebody throws it away at this moment.
    DeleteDraft,
    /// The user takes the access away at this moment.
    RevokeAccess,
    /// The access token is too old at this moment.
    ExpireAccess,
    /// One of the faults that may pass by themselves, by chance: rate limits in all
    /// their forms, 5xx as JSON and as a page, with and without the work done, lost
    /// connections, cut and garbled answers.
    Any {
        /// `Retry-After` of those that have one, in seconds.
        #[serde(default)]
        retry_after: u64,
    },
}

impl Fault {
    /// An error status with its usual reason.
    #[must_use]
    pub const fn status(code: u16) -> Self {
        Self::Status {
            code,
            reason: None,
            message: None,
            retry_after: None,
            retry_text: None,
            html: false,
            work_done: false,
        }
    }

    /// An error status with this reason.
    #[must_use]
    pub fn reason(code: u16, reason: &str) -> Self {
        Self::Status {
            code,
            reason: Some(reason.to_owned()),
            message: None,
            retry_after: None,
            retry_text: None,
            html: false,
            work_done: false,
        }
    }

    /// The connection is lost before the work.
    pub const DROP_BEFORE: Self = Self::Drop {
        work_done: false,
        reset: false,
    };
    /// The connection is lost after the work.
    pub const DROP_AFTER: Self = Self::Drop {
        work_done: true,
        reset: false,
    };
}

/// When a fault strikes.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct FaultRule {
    /// Methods, separated by commas: `drafts.send`, `messages.*`, `*`, `@reads`,
    /// `@writes` (calls of the API that change something).
    pub method: String,
    /// What goes wrong.
    pub fault: Fault,
    /// How often it may strike; without it, always.
    #[serde(default)]
    pub times: Option<u32>,
    /// How many calls it lets pass first.
    #[serde(default)]
    pub skip: u32,
    /// How likely it strikes a call, 0 to 1.
    #[serde(default = "certain")]
    pub probability: f64,
}

const fn certain() -> f64 {
    1.0
}

impl FaultRule {
    /// A fault that strikes every call of `method`.
    #[must_use]
    pub fn on(method: &str, fault: Fault) -> Self {
        Self {
            method: method.to_owned(),
            fault,
            times: None,
            skip: 0,
            probability: 1.0,
        }
    }

    /// At most so many times.
    #[must_use]
    pub const fn times(mut self, times: u32) -> Self {
        self.times = Some(times);
        self
    }

    /// Once.
    #[must_use]
    pub const fn once(self) -> Self {
        self.times(1)
    }

    /// Not before so many calls have passed.
    #[must_use]
    pub const fn after(mut self, skip: u32) -> Self {
        self.skip = skip;
        self
    }

    /// By chance.
    #[must_use]
    pub const fn with_probability(mut self, probability: f64) -> Self {
        self.probability = probability;
        self
    }

    fn concerns(&self, route: &Route) -> bool {
        self.method
            .split(',')
            .map(str::trim)
            .any(|pattern| match pattern {
                "@writes" => route.writes && route.units > 0,
                "@reads" => !route.writes && route.units > 0,
                _ => pattern
                    .split_once('*')
                    .map_or(pattern == route.name, |(head, tail)| {
                        route.name.len() >= head.len() + tail.len()
                            && route.name.starts_with(head)
                            && route.name.ends_with(tail)
                    }),
            })
    }
}

/// What is to be done to one call.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Plan {
    /// Wait so long before the work.
    pub delay: Duration,
    /// Then this.
    pub fault: Option<Fault>,
}

/// The faults that are set.
#[derive(Debug, Default)]
pub struct Faults {
    rules: Vec<FaultRule>,
}

impl Faults {
    /// One more; the earlier ones come first.
    pub fn add(&mut self, rule: FaultRule) {
        self.rules.push(rule);
    }

    /// None any more.
    pub fn clear(&mut self) {
        self.rules.clear();
    }

    /// What happens to this call; counts it.
    pub fn plan(&mut self, route: &Route, rng: &mut StdRng) -> Plan {
        let mut plan = Plan::default();
        for rule in &mut self.rules {
            if !rule.concerns(route) || rule.times == Some(0) {
                continue;
            }
            if rule.skip > 0 {
                rule.skip -= 1;
                continue;
            }
            if rule.probability < 1.0 && !rng.random_bool(rule.probability.clamp(0.0, 1.0)) {
                continue;
            }
            if let Some(times) = rule.times.as_mut() {
                *times -= 1;
            }
            match &rule.fault {
                Fault::Delay { millis } => plan.delay += Duration::from_millis(*millis),
                Fault::Any { retry_after } => {
                    plan.fault = Some(any(*retry_after, rng));
                    break;
                }
                other => {
                    plan.fault = Some(other.clone());
                    break;
                }
            }
        }
        self.rules.retain(|rule| rule.times != Some(0));
        plan
    }
}

fn any(wait: u64, rng: &mut StdRng) -> Fault {
    let status = |code: u16, html: bool, work_done: bool| Fault::Status {
        code,
        reason: None,
        message: None,
        retry_after: None,
        retry_text: None,
        html,
        work_done,
    };
    match rng.random_range(0..16_u8) {
        0 => Fault::reason(403, "rateLimitExceeded"),
        1 => Fault::reason(403, "userRateLimitExceeded"),
        2 => Fault::Status {
            code: 429,
            reason: Some("rateLimitExceeded".to_owned()),
            message: None,
            retry_after: Some(wait),
            retry_text: None,
            html: false,
            work_done: false,
        },
        3 => Fault::Status {
            code: 429,
            reason: Some("rateLimitExceeded".to_owned()),
            message: None,
            retry_after: None,
            retry_text: Some(wait),
            html: false,
            work_done: false,
        },
        4 => status(500, false, false),
        5 => status(500, false, true),
        6 => status(502, true, false),
        7 => status(503, false, true),
        8 => status(503, true, false),
        9 => status(504, true, true),
        10 => Fault::DROP_BEFORE,
        11 => Fault::DROP_AFTER,
        12 => Fault::Drop {
            work_done: rng.random_bool(0.5),
            reset: true,
        },
        13 => Fault::Cut { clean: false },
        14 => Fault::Cut { clean: true },
        _ => Fault::Garble,
    }
}

/// The answer of [`Fault::Status`].
#[must_use]
pub fn error_answer(fault: &Fault, now: Timestamp) -> Option<Answer> {
    let Fault::Status {
        code,
        reason,
        message,
        retry_after,
        retry_text,
        html,
        ..
    } = fault
    else {
        return None;
    };
    if *html {
        let page = error_page(*code);
        return Some(match retry_after {
            Some(seconds) => page.with_header("retry-after", &seconds.to_string()),
            None => page,
        });
    }
    let (usual_reason, usual_message) = usual(*code);
    let mut error = ApiError::new(
        *code,
        reason.as_deref().unwrap_or(usual_reason),
        message.as_deref().unwrap_or(usual_message),
    );
    if let Some(seconds) = retry_text {
        error.message = mail_limit(later(now, Duration::from_secs(*seconds))).message;
    }
    error.retry_after = *retry_after;
    Some(error.answer())
}

const fn usual(code: u16) -> (&'static str, &'static str) {
    match code {
        400 => ("invalidArgument", "Request contains an invalid argument."),
        401 => ("authError", "Invalid Credentials"),
        403 => ("rateLimitExceeded", "Rate Limit Exceeded"),
        404 => ("notFound", "Requested entity was not found."),
        413 => ("uploadTooLarge", "Request Too Large"),
        429 => ("rateLimitExceeded", "Too many concurrent requests for user"),
        503 => ("backendError", "The service is currently unavailable."),
        504 => ("backendError", "Deadline exceeded"),
        _ => ("backendError", "Internal error encountered."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::gmail::routes::find;
    use http::Method;
    use rand::SeedableRng as _;

    fn route(verb: &Method, path: &str) -> Route {
        find(verb, path).unwrap().route
    }

    fn send() -> Route {
        route(&Method::POST, "/gmail/v1/users/me/drafts/send")
    }

    fn list() -> Route {
        route(&Method::GET, "/gmail/v1/users/me/drafts")
    }

    #[test]
    fn rules_name_methods_by_pattern_and_by_sort() {
        for (pattern, hits_send, hits_list) in [
            ("*", true, true),
            ("drafts.*", true, true),
            ("drafts.send", true, false),
            ("messages.get, drafts.list", false, true),
            ("@writes", true, false),
            ("@reads", false, true),
            ("*.send", true, false),
        ] {
            let rule = FaultRule::on(pattern, Fault::Garble);
            assert_eq!(rule.concerns(&send()), hits_send, "{pattern}");
            assert_eq!(rule.concerns(&list()), hits_list, "{pattern}");
        }
        let token = route(&Method::POST, "/token");
        assert!(!FaultRule::on("@writes", Fault::Garble).concerns(&token));
    }

    #[test]
    fn a_rule_lets_calls_pass_and_strikes_so_many_times() {
        let mut faults = Faults::default();
        let mut rng = StdRng::seed_from_u64(1);
        faults.add(
            FaultRule::on("drafts.send", Fault::Garble)
                .after(1)
                .times(2),
        );
        let hits: Vec<bool> = (0..5)
            .map(|_| faults.plan(&send(), &mut rng).fault.is_some())
            .collect();
        assert_eq!(hits, [false, true, true, false, false]);
    }

    #[test]
    fn chance_is_repeatable_and_a_delay_does_not_hide_what_follows() {
        let hits = |seed| {
            let mut faults = Faults::default();
            let mut rng = StdRng::seed_from_u64(seed);
            faults.add(FaultRule::on("*", Fault::Delay { millis: 7 }));
            faults.add(FaultRule::on("*", Fault::Any { retry_after: 1 }).with_probability(0.3));
            (0..200)
                .map(|_| faults.plan(&send(), &mut rng))
                .collect::<Vec<_>>()
        };
        assert_eq!(hits(1), hits(1));
        assert_ne!(hits(1), hits(2));
        assert!(hits(1).iter().all(|plan| plan.delay.as_millis() == 7));
        let struck = hits(1).iter().filter(|plan| plan.fault.is_some()).count();
        assert!((30..90).contains(&struck), "{struck}");
    }
}
