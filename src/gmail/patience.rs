//! How long calls may take and how often they are repeated: one value that a caller or a
//! test can change.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};

/// Limits of time and number for calls. A send that got no answer is looked up after 90
/// seconds at the earliest, so the sum for a write stays well below that.
#[derive(Clone, Debug)]
pub struct Patience {
    /// Until a connection is there.
    pub connect: Duration,
    /// Until the head of an answer is there, connecting included. Uploads get time for
    /// their bytes on top.
    pub answer: Duration,
    /// Between two pieces of an answer's body.
    pub silence: Duration,
    /// For a whole write, from the first byte to the last.
    pub whole_write: Duration,
    /// For a whole read; large mails over slow lines take their time.
    pub whole_read: Duration,
    /// Tries of a read, the first one included.
    pub tries: u32,
    /// First wait before a read is repeated; doubled each time, with jitter.
    pub first_wait: Duration,
    /// First wait after Gmail asked for patience; Google asks for a second at least.
    pub first_rate_limit_wait: Duration,
    /// A wait longer than this is not waited out but reported.
    pub longest_wait: Duration,
    /// Chance in the waits.
    pub jitter: Jitter,
}

/// Lengthens waits by chance, so that programs that failed together do not come back
/// together. Clones share the chance; with a seed it can be repeated.
#[derive(Clone, Debug)]
pub struct Jitter(Arc<Mutex<StdRng>>);

impl Jitter {
    /// Chance that follows from a seed.
    #[must_use]
    pub fn seeded(seed: u64) -> Self {
        Self(Arc::new(Mutex::new(StdRng::seed_from_u64(seed))))
    }

    /// The wait and up to half of it more.
    #[must_use]
    pub fn lengthen(&self, wait: Duration) -> Duration {
        let mut chance = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        wait + wait.mul_f64(chance.random_range(0.0..0.5))
    }
}

impl Default for Jitter {
    fn default() -> Self {
        Self(Arc::new(Mutex::new(StdRng::from_os_rng())))
    }
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            answer: Duration::from_secs(30),
            silence: Duration::from_secs(20),
            whole_write: Duration::from_secs(60),
            whole_read: Duration::from_secs(300),
            tries: 4,
            first_wait: Duration::from_millis(500),
            first_rate_limit_wait: Duration::from_secs(1),
            longest_wait: Duration::from_secs(30),
            jitter: Jitter::default(),
        }
    }
}

/// A slow line's upload in bytes for each second, to allow time for a large mail.
const SLOW_UPLOAD: u64 = 32 * 1024;

impl Patience {
    /// Time that sending `bytes` may take on a slow line.
    pub(super) fn upload(&self, bytes: usize) -> Duration {
        let seconds = u64::try_from(bytes).unwrap_or(u64::MAX) / SLOW_UPLOAD;
        Duration::from_secs(seconds)
    }

    /// The wait before try number `tried` + 1, without jitter.
    pub(super) fn wait_after(&self, tried: u32, rate_limited: bool) -> Duration {
        let first = if rate_limited {
            self.first_rate_limit_wait
        } else {
            self.first_wait
        };
        first.saturating_mul(
            1_u32
                .checked_shl(tried.saturating_sub(1))
                .unwrap_or(u32::MAX),
        )
    }
}
