//! What a sentence says by its figures: an address, a telephone number, hours, dates.

use super::stems;

/// From how many figures on a sentence has a telephone number in it.
const TELEPHONE: usize = 6;

/// Whether a sentence names an address or a telephone number and says something of it.
#[must_use]
pub fn names_contact(sentence: &str) -> bool {
    let is_word = |word: &&str| {
        word.chars()
            .all(|sign| sign.is_alphabetic() || matches!(sign, ',' | ':' | '.' | '\''))
    };
    // `2026` and a day are a date.
    let has_number = || count(sentence) >= TELEPHONE && !sentence.contains("20");
    (sentence.contains('@') || has_number())
        && sentence.split_whitespace().filter(is_word).count() >= 2
}

/// Whether a sentence tells hours: two times, or figures beside a day of the week.
#[must_use]
pub fn names_hours(sentence: &str) -> bool {
    let times = || {
        sentence
            .split_whitespace()
            .filter(|word| is_time(word))
            .count()
    };
    let figures = count(sentence);
    figures >= 2 && (times() >= 2 || stems::WEEKDAY.is_in(sentence))
}

/// Whether a line is made of dates, times and numbers.
#[must_use]
pub fn is_of_figures(text: &str) -> bool {
    let figures = count(text);
    figures >= 3 && figures * 3 >= text.chars().filter(|sign| sign.is_alphabetic()).count()
}

fn count(text: &str) -> usize {
    text.bytes().filter(u8::is_ascii_digit).count()
}

/// `9:00`, `8.30`, `16h30`, `8-12`.
fn is_time(word: &str) -> bool {
    let word = word.trim_matches(|sign: char| !sign.is_ascii_digit());
    let parts: Vec<&str> = word.split([':', '.', 'h', '-', '–']).collect();
    let is_part = |part: &&str| {
        (1..=2).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit())
    };
    parts.len() >= 2 && parts.iter().all(is_part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_told_apart() {
        assert!(names_contact("please write to jo@example.org."));
        assert!(names_contact("call the office at 555 0143 22."));
        assert!(!names_contact("jo@example.org"));
        assert!(!names_contact("we begin on 12.11.2026."));
        assert!(names_hours("mo-fr 8:30-12 und 13-17 uhr"));
        assert!(names_hours("monday to friday, 9 to 17"));
        assert!(!names_hours("we take 40 of them"));
        assert!(is_of_figures("12月28日(土)~1月5日(日)"));
        assert!(!is_of_figures("we take 120 of the small ones"));
    }
}
