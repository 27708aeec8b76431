//! One thing that vacation texts say, in many words.

use super::sentence::{Sentence, sentences};
use crate::mail::search::Phrases;

/// How many characters of a text are its beginning.
const EARLY: usize = 260;

/// One thing that vacation texts say.
pub struct Said {
    /// What it counts for.
    pub points: i32,
    /// Whether it must stand near the beginning.
    pub early: bool,
    /// Words that say it in one sentence together.
    pub pairs: &'static [Pair],
    /// The phrases for it.
    pub phrases: Phrases,
}

/// Two kinds of words; one of each in a sentence, in whatever order, says it.
pub struct Pair(pub &'static Phrases, pub &'static Phrases);

impl Pair {
    fn is_in(&self, sentence: &str) -> bool {
        self.0.is_in(sentence) && self.1.is_in(sentence)
    }
}

impl Said {
    /// Whether a sentence or a clause says it.
    #[must_use]
    pub fn is_in(&self, sentence: &str) -> bool {
        self.phrases.is_in(sentence) || self.is_in_words_of(sentence)
    }

    /// Whether a sentence says it without one of the phrases.
    #[must_use]
    pub fn is_in_words_of(&self, sentence: &str) -> bool {
        self.pairs.iter().any(|pair| pair.is_in(sentence))
    }

    /// Where a text says it: at the first of its phrases, or in the sentence of its words.
    #[must_use]
    pub fn place_in(&self, text: &str) -> Option<std::ops::Range<usize>> {
        let words = || {
            sentences(text)
                .into_iter()
                .find(|sentence| self.is_in_words_of(&sentence.text))
                .and_then(|sentence| {
                    let words = sentence.text.trim();
                    let at = text.find(words)?;
                    Some(at..at + words.len())
                })
        };
        self.phrases.first_in(text).or_else(words)
    }
}

/// A text taken apart for listening. All lower case.
pub struct Heard {
    text: String,
    /// How much of it is its beginning, in bytes.
    early: usize,
    /// Its sentences.
    pub sentences: Vec<Sentence>,
    /// How many of them begin in its beginning.
    first: usize,
}

impl Heard {
    /// Of a text as it was written.
    #[must_use]
    pub fn of(written: &str) -> Self {
        let written = written.replace('\u{2019}', "'");
        let lower = written.to_lowercase();
        let text = lower.split_whitespace().collect::<Vec<_>>().join(" ");
        let early = text
            .char_indices()
            .nth(EARLY)
            .map_or(text.len(), |(at, _)| at);
        let sentences = sentences(&written);
        let mut at = 0;
        let first = sentences
            .iter()
            .take_while(|sentence| {
                let begins = at < early;
                at += sentence.text.len() - 1;
                begins
            })
            .count();
        Self {
            text,
            early,
            sentences,
            first,
        }
    }

    /// The whole text, on one line.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Its beginning.
    #[must_use]
    pub fn early(&self) -> &str {
        self.text.get(..self.early).unwrap_or("")
    }

    /// Its sentences.
    pub fn sentences(&self) -> impl Iterator<Item = &str> {
        self.sentences.iter().map(|sentence| sentence.text.as_str())
    }

    /// The first of its sentences.
    pub fn opening(&self) -> impl Iterator<Item = &str> {
        self.sentences().take(self.first)
    }

    /// Whether it says a thing, where that has to stand.
    #[must_use]
    pub fn says(&self, said: &Said) -> bool {
        let place = if said.early {
            self.early()
        } else {
            self.text()
        };
        let many = if said.early {
            self.first
        } else {
            self.sentences.len()
        };
        said.phrases.is_in(place)
            || self
                .sentences()
                .take(many)
                .any(|sentence| said.is_in_words_of(sentence))
    }
}
