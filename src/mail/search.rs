//! Many phrases looked for in a text at once: each place of the text is looked at once,
//! however many phrases there are; and words looked up in a list. The lists themselves are
//! plain tables elsewhere.

use std::collections::HashSet;
use std::sync::OnceLock;

use aho_corasick::AhoCorasick;

/// A list of phrases, made ready for the search when it is first asked.
#[derive(Debug)]
pub struct Phrases {
    list: &'static [&'static str],
    finder: OnceLock<Option<AhoCorasick>>,
}

/// A list of words, made ready for looking them up when it is first asked.
#[derive(Debug)]
pub struct Words {
    list: &'static [&'static str],
    known: OnceLock<HashSet<&'static str>>,
}

impl Words {
    /// Of a list.
    #[must_use]
    pub const fn of(list: &'static [&'static str]) -> Self {
        Self {
            list,
            known: OnceLock::new(),
        }
    }

    /// Whether a word is in the list.
    #[must_use]
    pub fn contains(&self, word: &str) -> bool {
        let known = self
            .known
            .get_or_init(|| self.list.iter().copied().collect());
        known.contains(word)
    }
}

impl Phrases {
    /// Of a list in which no phrase is empty.
    #[must_use]
    pub const fn of(list: &'static [&'static str]) -> Self {
        Self {
            list,
            finder: OnceLock::new(),
        }
    }

    /// Whether one of them stands in a text.
    #[must_use]
    pub fn is_in(&self, text: &str) -> bool {
        self.finder().is_some_and(|finder| finder.is_match(text))
    }

    /// The different ones that stand in a text.
    #[must_use]
    pub fn all_in(&self, text: &str) -> Vec<&'static str> {
        let mut found = Vec::new();
        self.find_in(text, &mut found);
        found
    }

    /// Adds those that stand in a text, and are not there yet.
    pub fn find_in(&self, text: &str, found: &mut Vec<&'static str>) {
        let phrases = self.hits(text).map(|(rank, _)| self.list.get(rank));
        for phrase in phrases.flatten() {
            if !found.contains(phrase) {
                found.push(phrase);
            }
        }
    }

    /// Where the first of the list stands that is in a text.
    #[must_use]
    pub fn first_in(&self, text: &str) -> Option<std::ops::Range<usize>> {
        let first = self.hits(text).min_by_key(|(rank, at)| (*rank, at.start));
        first.map(|(_, at)| at)
    }

    /// Ranks in the list of what stands in a text, with the places.
    fn hits<'s>(
        &'s self,
        text: &'s str,
    ) -> impl Iterator<Item = (usize, std::ops::Range<usize>)> + 's {
        self.finder()
            .into_iter()
            .flat_map(move |finder| finder.find_overlapping_iter(text))
            .map(|found| (found.pattern().as_usize(), found.range()))
    }

    /// None only for a list of more phrases than memory has room for.
    fn finder(&self) -> Option<&AhoCorasick> {
        self.finder
            .get_or_init(|| AhoCorasick::new(self.list).ok())
            .as_ref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    static PHRASES: Phrases = Phrases::of(&["on leave", "on le", "bis ", "至", "weg", "on leave"]);

    #[test]
    fn the_first_of_the_list_counts_wherever_it_stands() {
        let first = |text| PHRASES.first_in(text);
        assert_eq!(first("bis morgen on leave, on leave"), Some(11..19));
        assert_eq!(first("weg bis"), Some(0..3));
        assert_eq!(first("on l"), None);
        let mut found = PHRASES.all_in("on leave bis 至 bis ");
        found.sort_unstable();
        assert_eq!(found, ["bis ", "on le", "on leave", "至"]);
        assert!(!PHRASES.is_in("") && PHRASES.is_in("至"));
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn what_a_plain_search_finds_is_found(pieces in prop::collection::vec(prop_oneof![
            "[a-z 至é]{0,4}",
            prop::sample::select(vec!["on leave", "on le", "bis ", "weg", "至", " "]).prop_map(str::to_owned),
        ], 0..12)) {
            let text = pieces.concat();
            let list = PHRASES.list;
            prop_assert_eq!(PHRASES.is_in(&text), list.iter().any(|phrase| text.contains(phrase)));
            prop_assert_eq!(PHRASES.all_in(&text).len(), list.iter().filter(|phrase| text.contains(**phrase)).collect::<std::collections::BTreeSet<_>>().len());
            let found = list.iter().find_map(|phrase| text.find(phrase).map(|at| at..at + phrase.len()));
            prop_assert_eq!(PHRASES.first_in(&text), found);
        }
    }
}
