//! Why a call failed, in words for a person and in kinds for the program.

use jiff::Timestamp;

use crate::domain::sync::SyncCause;

/// What sort of failure it is: decides who can mend it, and how.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum GmailErrorKind {
    /// Nobody is signed in, or Google no longer accepts the sign-in.
    SignIn,
    /// Google cannot be reached, or the connection was lost.
    Offline,
    /// No answer in time.
    Timeout,
    /// This machine's clock is so wrong that Google's certificate is not valid by it.
    Clock,
    /// Too many calls for now; see [`GmailError::retry_at`].
    RateLimited,
    /// Gmail takes no more mail from this account for now, perhaps for hours.
    SendingLimit,
    /// The project's calls for today are used up.
    DailyLimit,
    /// Not allowed, and waiting will not change it.
    Forbidden,
    /// What was asked for is not there (any more).
    NotFound,
    /// The history cursor is too old: a bounded full sync is due.
    HistoryExpired,
    /// Gmail will never take this request as it is.
    BadRequest,
    /// The mail is too large.
    TooLarge,
    /// Google has trouble; it may work again soon.
    Server,
    /// The answer was cut off or makes no sense.
    Garbled,
    /// This machine has no certificates to recognise Google by.
    NoCertificates,
    /// The stored sign-in cannot be read or written.
    Keeper,
    /// A setting cannot work, such as an address with plain http.
    Settings,
}

impl GmailErrorKind {
    /// What the status line should say about it.
    #[must_use]
    pub const fn cause(self) -> SyncCause {
        match self {
            Self::SignIn => SyncCause::SignIn,
            Self::Offline | Self::Timeout => SyncCause::Offline,
            Self::RateLimited | Self::SendingLimit | Self::DailyLimit => SyncCause::RateLimited,
            Self::Server | Self::Garbled => SyncCause::Trouble,
            Self::Forbidden | Self::BadRequest => SyncCause::Refused,
            Self::Clock => SyncCause::Clock,
            _ => SyncCause::Other,
        }
    }

    /// Whether the same call may succeed later without anyone doing anything.
    #[must_use]
    pub const fn passes(self) -> bool {
        matches!(
            self,
            Self::Offline
                | Self::Timeout
                | Self::Clock
                | Self::RateLimited
                | Self::SendingLimit
                | Self::DailyLimit
                | Self::Server
                | Self::Garbled
        )
    }
}

/// Whether a call that changes something may have changed it although it failed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Outcome {
    /// Provably not done.
    NotDone,
    /// Perhaps done: look it up before anything is repeated.
    Unknown,
}

/// A call that failed. Its text says what failed, why, and what to do next.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{message}")]
pub struct GmailError {
    /// What sort of failure.
    pub kind: GmailErrorKind,
    /// In words.
    pub message: String,
    /// HTTP status, if there was an answer.
    pub status: Option<u16>,
    /// Not before this time, if Gmail said so.
    pub retry_at: Option<Timestamp>,
    /// Google's word for the cause, such as `userRateLimitExceeded`.
    pub reason: Option<String>,
    pub(super) outcome: Outcome,
    pub(super) probably_done: bool,
}

impl GmailError {
    /// A failure before anything was sent.
    pub(super) fn new(kind: GmailErrorKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            status: None,
            retry_at: None,
            reason: None,
            outcome: Outcome::NotDone,
            probably_done: false,
        }
    }

    /// The same failure with the work perhaps done.
    pub(super) fn unknown(mut self) -> Self {
        self.outcome = Outcome::Unknown;
        self
    }

    /// For a call that changes something: whether it may have happened. By the send
    /// protocol only a connection that never was, a missing token, and Gmail's own
    /// 400, 401, 403, 413 and 429 prove that nothing happened.
    #[must_use]
    pub const fn outcome(&self) -> Outcome {
        self.outcome
    }

    /// Gmail said 200 but the rest of its answer was lost: the work was most likely done.
    #[must_use]
    pub const fn probably_done(&self) -> bool {
        self.probably_done
    }

    /// Whether the same call may succeed later by itself.
    #[must_use]
    pub const fn passes(&self) -> bool {
        self.kind.passes()
    }
}
