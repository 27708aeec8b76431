//! Token counts without a tokenizer: an estimate that is rather too high than too low,
//! as it decides what fits. What a vendor counts and charges comes from its answer.

/// Estimated tokens of a text. Latin prose is about four letters a token with today's
/// vocabularies; accented and Cyrillic letters about two, ideographs about one.
#[must_use]
pub fn estimate(text: &str) -> u32 {
    let quarters: u64 = text.chars().map(quarters).sum();
    u32::try_from(quarters.div_ceil(4)).unwrap_or(u32::MAX)
}

/// What one character costs, in quarters of a token.
fn quarters(c: char) -> u64 {
    match u32::from(c) {
        0x20 | 0x61..=0x7a | 0x41..=0x5a => 1,
        // Digits, punctuation and line ends are split finely.
        0..=0x7f => 2,
        0x80..=0x5ff => 2,
        _ => 4,
    }
}

/// The longest beginning of `text` that is estimated at `most` tokens or less, cut
/// between words where there is one near, with whether something was cut off.
#[must_use]
pub fn head(text: &str, most: u32) -> (&str, bool) {
    let budget = u64::from(most) * 4;
    let mut spent = 0;
    let mut word_end = 0;
    for (at, c) in text.char_indices() {
        if c.is_whitespace() {
            word_end = at;
        }
        spent += quarters(c);
        if spent > budget {
            // A text without spaces (or one endless word) is cut where it is.
            let near = at.saturating_sub(word_end) < 64 && word_end > 0;
            let end = if near { word_end } else { at };
            return (text.get(..end).unwrap_or_default(), true);
        }
    }
    (text, false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_within_the_budget_is_kept_whole() {
        assert_eq!(head("one two", 10), ("one two", false));
        assert_eq!(head("", 0), ("", false));
    }

    #[test]
    fn a_long_text_is_cut_between_words_and_never_inside_a_character() {
        assert_eq!(head("one two three four", 2), ("one two", true));
        assert_eq!(head("日本語テキスト", 3), ("日本語", true));
        let endless = "x".repeat(1_000);
        assert_eq!(head(&endless, 10).0.len(), 40);
    }

    #[test]
    fn the_estimate_grows_with_the_script() {
        assert_eq!(estimate(""), 0);
        assert!(estimate("hello world, this is English prose") < 12);
        assert_eq!(estimate("日本語"), 3);
    }
}
