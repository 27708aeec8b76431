//! When the mailbox is looked at: at an even pace while something happens, less often when
//! nothing does, with patience when it fails, and at once after the machine has slept.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::later;
use crate::domain::Notice;
use crate::domain::sync::{SyncCause, SyncReport};
use crate::service::{ServiceError, Services, inbox, mailbox, poller};
use crate::store::Request;

/// How often the wall clock is compared with the one that stands still while the machine
/// sleeps.
const GLANCE: Duration = Duration::from_secs(2);
/// So far apart they are only after a sleep, or when the clock was set.
const JUMP: SignedDuration = SignedDuration::from_secs(5);
/// The first wait after a failure of the network.
const FIRST_OFFLINE: SignedDuration = SignedDuration::from_secs(5);
/// The longest wait after failures, unless Gmail asks for more.
const LONGEST: SignedDuration = SignedDuration::from_mins(5);

/// When the next look is due.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Due {
    Now,
    /// At the pace that is set, counted from this moment.
    Paced(Timestamp),
    At(Timestamp),
    /// Only when somebody asks, or signs in.
    Asked,
}

pub(super) async fn run(services: &Services, cancel: &CancellationToken) {
    if !services.config().gmail.enabled {
        return refuse(services, cancel).await;
    }
    let mut failures = 0_u32;
    loop {
        let asked = requests(services).await;
        if !asked.is_empty() {
            services.presence().stir(services.now());
        }
        // Before the look: who signs in during it has another one.
        let tokens = mailbox::kept_tokens(services).await;
        let result = poller::poll(services).await;
        let due = match &result {
            Ok(report) => {
                failures = 0;
                if report.fetched > 0 {
                    services.presence().stir(services.now());
                }
                if report.more {
                    Due::Now
                } else {
                    Due::Paced(services.now())
                }
            }
            Err(error) => {
                tracing::warn!(%error, "the mailbox could not be read");
                failures = failures.saturating_add(1);
                after_failure(services, error, failures)
            }
        };
        answer(services, &asked, &result).await;
        note_next(services, due.at(services)).await;
        services.post(Notice::SyncChanged);
        match wait(services, cancel, due, tokens).await {
            Woken::Ended => return,
            Woken::Slept => failures = 0,
            Woken::Due => {}
        }
    }
}

/// Who waits for a look; nobody as long as the store does not say.
async fn requests(services: &Services) -> Vec<Request> {
    services
        .store()
        .read(|r| r.list_open_requests())
        .await
        .unwrap_or_default()
}

/// Where the mailbox is switched off nobody who asks for a look waits for ever.
async fn refuse(services: &Services, cancel: &CancellationToken) {
    loop {
        let asked = requests(services).await;
        if !asked.is_empty() {
            let off = services.gmail().await.map(|_| SyncReport::default());
            answer(services, &asked, &off).await;
        }
        tokio::select! {
            () = cancel.cancelled() => return,
            () = services.wake_poller().notified() => {}
        }
    }
}

fn seconds(number: u64) -> SignedDuration {
    SignedDuration::from_secs(i64::try_from(number).unwrap_or(i64::MAX / 4))
}

/// The pace now.
fn pace(services: &Services) -> SignedDuration {
    let gmail = &services.config().gmail;
    let set = seconds(gmail.poll_interval);
    if services.is_quiet() {
        set.max(seconds(gmail.idle_poll_interval))
    } else {
        set
    }
}

impl Due {
    fn at(self, services: &Services) -> Option<Timestamp> {
        match self {
            Self::Now => Some(services.now()),
            Self::Paced(from) => Some(later(from, pace(services))),
            Self::At(at) => Some(at),
            Self::Asked => None,
        }
    }
}

/// Each failure doubles the wait, with jitter; Gmail's own word goes before it; a lost
/// sign-in waits for a new one.
fn after_failure(services: &Services, error: &ServiceError, failures: u32) -> Due {
    let cause = poller::problem_of(error).cause;
    let (retry_at, passes_soon) = match error {
        ServiceError::Gmail(error) => (error.retry_at, error.passes()),
        _ => (None, false),
    };
    let set = seconds(services.config().gmail.poll_interval);
    let first = match cause {
        SyncCause::SignIn => return Due::Asked,
        SyncCause::RateLimited => set,
        _ if passes_soon => set.min(FIRST_OFFLINE),
        _ => set,
    };
    let factor = 1_i32
        .checked_shl(failures.saturating_sub(1).min(10))
        .unwrap_or(1_024);
    let wait = first.saturating_mul(factor).min(LONGEST.max(set));
    let jittered = services.patience().jitter.lengthen(wait.unsigned_abs());
    let wait = SignedDuration::try_from(jittered).unwrap_or(wait);
    let backoff = later(services.now(), wait);
    Due::At(retry_at.map_or(backoff, |at| at.max(backoff)))
}

enum Woken {
    Due,
    /// The machine slept meanwhile, or its clock was set.
    Slept,
    Ended,
}

async fn wait(
    services: &Services,
    cancel: &CancellationToken,
    due: Due,
    tokens: Option<String>,
) -> Woken {
    loop {
        // The pace may have changed: somebody is back.
        let left = due
            .at(services)
            .map(|at| at.duration_since(services.now()).max(SignedDuration::ZERO));
        if left.is_some_and(|left| left.is_zero()) {
            return if cancel.is_cancelled() {
                Woken::Ended
            } else {
                Woken::Due
            };
        }
        let left = left.map_or(GLANCE, SignedDuration::unsigned_abs);
        let before = (Instant::now(), services.now());
        tokio::select! {
            () = cancel.cancelled() => return Woken::Ended,
            () = services.wake_poller().notified() => {
                if is_asked(services, due, tokens.as_deref()).await {
                    return Woken::Due;
                }
            }
            () = tokio::time::sleep(left.min(GLANCE)) => {}
        }
        let ticked = SignedDuration::try_from(before.0.elapsed()).unwrap_or(SignedDuration::ZERO);
        let jump = services.now().duration_since(before.1) - ticked;
        if jump.abs() >= JUMP && due != Due::Asked {
            tracing::info!("the machine has slept, or its clock was set: looking at the mailbox");
            return Woken::Slept;
        }
    }
}

/// A wake-up may be only about a commit of another process.
async fn is_asked(services: &Services, due: Due, tokens: Option<&str>) -> bool {
    let (asked, wanted) = services
        .store()
        .read(|r| {
            Ok((
                !r.list_open_requests()?.is_empty(),
                !r.list_wanted(1)?.is_empty(),
            ))
        })
        .await
        .unwrap_or_default();
    if asked {
        return true;
    }
    let kept = mailbox::kept_tokens(services).await;
    match due {
        // Only another sign-in than the one that is no good any more.
        Due::Asked => kept.is_some() && kept.as_deref() != tokens,
        // A failure is waited out.
        Due::At(_) => false,
        Due::Now | Due::Paced(_) => {
            let fresh = inbox::freshness(services).await.unwrap_or_default();
            // Somebody wants a mail; the person resumed the first sync; or another account
            // than before has signed in, of which nothing is known yet.
            let begins = fresh.synced_at.is_none() && fresh.problem.is_none();
            wanted || fresh.syncing || begins
        }
    }
}

async fn answer(services: &Services, asked: &[Request], result: &Result<SyncReport, ServiceError>) {
    if asked.is_empty() {
        return;
    }
    let text = match result {
        Ok(report) => serde_json::to_string(report).unwrap_or_default(),
        Err(error) => {
            let sign_in = poller::problem_of(error).cause == SyncCause::SignIn;
            serde_json::json!({ "error": error.to_string(), "sign_in": sign_in }).to_string()
        }
    };
    let now = services.now();
    let asked = asked.to_vec();
    let done = services
        .store()
        .write(move |w| {
            asked
                .iter()
                .try_for_each(|request| w.finish_request(request.id, &text, now))
        })
        .await;
    if let Err(error) = done {
        tracing::warn!(%error, "a request could not be answered");
    }
}

async fn note_next(services: &Services, next: Option<Timestamp>) {
    let noted = services
        .store()
        .write(move |w| {
            let mut state = w.get_sync_state()?;
            state.next_at = next;
            w.set_sync_state(&state)
        })
        .await;
    if let Err(error) = noted {
        tracing::warn!(%error, "the time of the next poll could not be noted");
    }
}
