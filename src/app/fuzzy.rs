//! Finding entries by a few of their letters.

use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};

/// What fits the typed letters, best first; everything in its order as long as nothing is
/// typed. An entry is looked for in its texts, each with its weight.
pub fn ranked<'t, T, const N: usize>(
    typed: &str,
    entries: impl Iterator<Item = &'t T>,
    texts: impl Fn(&'t T) -> [(&'t str, u32); N],
) -> Vec<&'t T> {
    if typed.trim().is_empty() {
        return entries.collect();
    }
    let pattern = Pattern::parse(typed, CaseMatching::Ignore, Normalization::Smart);
    let mut matcher = Matcher::new(Config::DEFAULT);
    let mut buffer = Vec::new();
    let mut score = |entry| {
        let scores = texts(entry).map(|(text, weight)| {
            let text = Utf32Str::new(text, &mut buffer);
            let score = pattern.score(text, &mut matcher);
            score.map(|score| score * weight)
        });
        scores.into_iter().flatten().max()
    };
    let mut scored: Vec<(u32, &T)> = entries
        .filter_map(|entry| score(entry).map(|score| (score, entry)))
        .collect();
    scored.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
    scored.into_iter().map(|(_, entry)| entry).collect()
}
