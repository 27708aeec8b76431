//! Whether anything happens: somebody presses keys, mail comes. Where nothing does for
//! long, the mailbox is looked at less often.

use std::sync::atomic::{AtomicI64, Ordering};

use jiff::{SignedDuration, Timestamp};

use super::Services;
use crate::store::RequestKind;

/// How often a process without the lease tells the holder that somebody is here, in
/// milliseconds.
const TELL_EVERY: i64 = 600_000;

/// When something happened last, in milliseconds since 1970.
pub struct Presence {
    stirred: AtomicI64,
    told: AtomicI64,
}

impl Presence {
    pub(super) fn since(now: Timestamp) -> Self {
        Self {
            stirred: AtomicI64::new(now.as_millisecond()),
            told: AtomicI64::new(0),
        }
    }

    pub(super) fn stir(&self, now: Timestamp) {
        self.stirred.store(now.as_millisecond(), Ordering::Relaxed);
    }

    /// Whether nothing has happened for so long. A clock that was set back counts as
    /// something.
    pub(super) fn is_quiet(&self, now: Timestamp, after: SignedDuration) -> bool {
        let last = Timestamp::from_millisecond(self.stirred.load(Ordering::Relaxed));
        last.is_ok_and(|last| now.duration_since(last) >= after)
    }
}

impl Services {
    /// Somebody is at the keyboard: the mailbox is looked at as often as is set. Cheap
    /// enough for every key.
    pub fn person_is_here(&self) {
        let now = self.now();
        let was_quiet = self.is_quiet();
        self.presence().stir(now);
        if self.holds_lease() {
            if was_quiet {
                self.wake_poller().notify_one();
            }
            return;
        }
        let told = self.presence().told.load(Ordering::Relaxed);
        if now.as_millisecond().saturating_sub(told) < TELL_EVERY {
            return;
        }
        self.presence()
            .told
            .store(now.as_millisecond(), Ordering::Relaxed);
        let services = self.clone();
        tokio::spawn(async move {
            let asked = services
                .store()
                .write(move |w| w.insert_request(RequestKind::Sync, now))
                .await;
            if let Err(error) = asked {
                tracing::warn!(%error, "the polling process could not be told that somebody is here");
            }
        });
    }

    /// Whether nothing has happened for long.
    #[must_use]
    pub fn is_quiet(&self) -> bool {
        let minutes = i64::try_from(self.config().gmail.idle_after_minutes).unwrap_or(i64::MAX);
        let after = SignedDuration::from_secs(minutes.saturating_mul(60));
        self.presence().is_quiet(self.now(), after)
    }
}
