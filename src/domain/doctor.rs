//! What `rejoinder doctor` finds: each part with how it is and what mends it.

use serde::Serialize;

use super::states::text_enum;

text_enum! {
    /// How a part is.
    Health {
        /// As it should be.
        Ok = "ok",
        /// It works, but something is to be seen to.
        Warning = "warning",
        /// It does not work.
        Failed = "failed",
        /// It was not looked at.
        Skipped = "skipped",
    }
}

/// One part that was looked at.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Finding {
    /// Which part; stable.
    pub name: &'static str,
    /// How it is.
    pub status: Health,
    /// What was seen.
    pub detail: String,
    /// What to do about it.
    pub mend: Option<String>,
}

impl Finding {
    /// All is well.
    #[must_use]
    pub fn ok(name: &'static str, detail: impl Into<String>) -> Self {
        Self {
            name,
            status: Health::Ok,
            detail: detail.into(),
            mend: None,
        }
    }

    /// Not looked at, and why.
    #[must_use]
    pub fn skipped(name: &'static str, detail: impl Into<String>) -> Self {
        Self {
            status: Health::Skipped,
            ..Self::ok(name, detail)
        }
    }

    /// It works, but something is to be seen to.
    #[must_use]
    pub fn warning(name: &'static str, detail: impl Into<String>, mend: impl Into<String>) -> Self {
        Self {
            status: Health::Warning,
            mend: Some(mend.into()),
            ..Self::ok(name, detail)
        }
    }

    /// It does not work.
    #[must_use]
    pub fn failed(name: &'static str, detail: impl Into<String>, mend: impl Into<String>) -> Self {
        Self {
            status: Health::Failed,
            mend: Some(mend.into()),
            ..Self::ok(name, detail)
        }
    }
}
