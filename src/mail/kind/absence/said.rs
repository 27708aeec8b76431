//! One thing that vacation texts say, in many words.

use crate::mail::search::Phrases;

/// One thing that vacation texts say.
pub struct Said {
    /// What it counts for.
    pub points: i32,
    /// Whether it must stand near the beginning.
    pub early: bool,
    /// The words for it.
    pub phrases: Phrases,
}

impl Said {
    /// Whether one of its phrases stands in a text, or in the beginning of it.
    #[must_use]
    pub fn is_in(&self, text: &str, early: &str) -> bool {
        let place = if self.early { early } else { text };
        self.phrases.is_in(place)
    }

    /// Where the first of its phrases stands that is in a text.
    #[must_use]
    pub fn found(&self, text: &str) -> Option<std::ops::Range<usize>> {
        self.phrases.first_in(text)
    }
}
