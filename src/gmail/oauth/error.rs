//! Why nobody could be signed in, in words for a person and in kinds for the program.

/// What sort of failure it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum OauthErrorKind {
    /// The client file cannot be read or is something else.
    ClientFile,
    /// The client is of another type than "Desktop app".
    WrongClientType,
    /// Google does not know the client, or its secret is wrong.
    InvalidClient,
    /// Google does not allow the redirect to this machine.
    RedirectMismatch,
    /// The person said no, or Google said no for them.
    Denied,
    /// The account's domain or the project's settings forbid it.
    Policy,
    /// The person did not tick the permission.
    ScopeMissing,
    /// Google gave no refresh token.
    NoRefreshToken,
    /// The code or the refresh token is not valid (any more).
    InvalidGrant,
    /// The loopback port cannot be had.
    Port,
    /// An address that would carry secrets in the clear.
    Address,
    /// The person stopped it.
    Cancelled,
    /// Nobody finished it in time, or Google did not answer in time.
    TimedOut,
    /// Google cannot be reached.
    Offline,
    /// Google's certificate has run out or is not valid yet: by this machine's clock.
    Clock,
    /// Google has trouble.
    Server,
    /// Google asks for patience.
    RateLimited,
    /// The answer makes no sense.
    Garbled,
    /// This machine has no certificates to recognise Google by.
    NoCertificates,
    /// A token file cannot be taken over.
    TokenFile,
    /// Google refused for another reason.
    Refused,
}

/// A sign-in that failed. Its text says what failed, why, and what to do next.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{message}")]
pub struct OauthError {
    /// What sort of failure.
    pub kind: OauthErrorKind,
    /// In words.
    pub message: String,
    /// HTTP status, if Google answered.
    pub status: Option<u16>,
    /// Google's word for the cause, such as `invalid_client`.
    pub reason: Option<String>,
}

impl OauthError {
    pub(crate) fn new(kind: OauthErrorKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            status: None,
            reason: None,
        }
    }
}
