//! Why a use case could not be carried out.

use crate::gmail::{GmailError, GmailErrorKind};
use crate::mail::compose::ComposeError;
use crate::store::{KeyError, StoreError};

/// What sort of failure it is: decides the exit code of a verb.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ErrorKind {
    /// There is no such thing.
    Missing,
    /// Somebody has to sign in.
    SignIn,
    /// What was given makes no sense.
    Usage,
    /// Anything else.
    Failed,
}

/// A failure of a use case. Its text says what failed, why, and what to do next.
#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    /// The store failed, or has no such row.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// There is no key for the store.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// Gmail failed.
    #[error(transparent)]
    Gmail(#[from] GmailError),
    /// The mail cannot be written.
    #[error(transparent)]
    Compose(#[from] ComposeError),
    /// It is not allowed as things are.
    #[error("{0}")]
    Refused(String),
    /// What was given makes no sense.
    #[error("{0}")]
    Usage(String),
    /// A setting cannot work.
    #[error("{0}")]
    Settings(String),
    /// Nobody is signed in.
    #[error("{0}")]
    SignIn(String),
}

impl ServiceError {
    /// It is not allowed as things are.
    pub fn refused(why: impl Into<String>) -> Self {
        Self::Refused(why.into())
    }

    /// A setting cannot work.
    pub fn settings(why: impl Into<String>) -> Self {
        Self::Settings(why.into())
    }

    /// What sort it is.
    #[must_use]
    pub const fn kind(&self) -> ErrorKind {
        match self {
            Self::Store(StoreError::Missing { .. } | StoreError::NotNamed { .. }) => {
                ErrorKind::Missing
            }
            Self::SignIn(_) => ErrorKind::SignIn,
            Self::Gmail(error) if matches!(error.kind, GmailErrorKind::SignIn) => ErrorKind::SignIn,
            Self::Usage(_) => ErrorKind::Usage,
            _ => ErrorKind::Failed,
        }
    }
}
