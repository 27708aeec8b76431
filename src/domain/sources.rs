//! What a draft was made from, counted, for the card: `thread 3, facts 2, examples 2`.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What went into a prompt.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Sources {
    /// Mails of the thread that are in it.
    pub thread: usize,
    /// Mails of the thread there are.
    pub thread_total: usize,
    /// Lines of what the person offers.
    pub facts: usize,
    /// Things known of the lead, the website analysis included.
    pub profile: usize,
    /// Lines of how the person writes, the accepted rules included.
    pub style: usize,
    /// Earlier replies of the person.
    pub examples: usize,
    /// The draft before this one is in it, as something to do better.
    pub earlier_draft: bool,
    /// Some text was cut to fit.
    pub shortened: bool,
}

impl Sources {
    /// Whether there was anything at all; a template has no sources.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl fmt::Display for Sources {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "thread {}", self.thread)?;
        if self.thread < self.thread_total {
            write!(f, " of {}", self.thread_total)?;
        }
        if self.profile > 0 {
            write!(f, ", profile {}", self.profile)?;
        }
        write!(f, ", facts {}", self.facts)?;
        if self.style > 0 {
            write!(f, ", style {}", self.style)?;
        }
        write!(f, ", examples {}", self.examples)?;
        if self.earlier_draft {
            f.write_str(", draft before")?;
        }
        if self.shortened {
            f.write_str(", shortened")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_left_out_is_said() {
        let sources = Sources {
            thread: 3,
            thread_total: 5,
            facts: 2,
            examples: 2,
            shortened: true,
            ..Sources::default()
        };
        assert_eq!(
            sources.to_string(),
            "thread 3 of 5, facts 2, examples 2, shortened"
        );
    }
}
