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
    (sentence.contains('@') || has_telephone(sentence))
        && sentence.split_whitespace().filter(is_word).count() >= 2
}

/// Whether a sentence tells from when to when: two times.
#[must_use]
pub fn names_span(sentence: &str) -> bool {
    sentence.split_whitespace().map(times_in).sum::<usize>() >= 2
}

/// Whether a sentence tells hours: from when to when, or figures beside a day of the week.
#[must_use]
pub fn names_hours(sentence: &str) -> bool {
    let of_days = || count(sentence) >= 2 && stems::WEEKDAY.is_in(sentence);
    names_span(sentence) || of_days()
}

/// Whether a line is made of dates, times and numbers.
#[must_use]
pub fn is_of_figures(text: &str) -> bool {
    let figures = count(text);
    figures >= 3 && figures * 2 >= text.chars().filter(|sign| sign.is_alphabetic()).count()
}

/// Whether a stretch of figures with nothing but signs between them is long, and no year is
/// among them, with which it would be a date.
fn has_telephone(text: &str) -> bool {
    let is_year = |run: &str| run.len() == 4 && (run.starts_with("20") || run.starts_with("19"));
    text.split(|sign: char| !sign.is_ascii_digit() && !" +-()/.".contains(sign))
        .filter(|stretch| count(stretch) >= TELEPHONE)
        .any(|stretch| {
            !stretch
                .split(|sign: char| !sign.is_ascii_digit())
                .any(is_year)
        })
}

fn count(text: &str) -> usize {
    text.bytes().filter(u8::is_ascii_digit).count()
}

/// How many times a word names: one in `9:00`, `8.30`, `16h30` and `8-12`, two in
/// `8:00-12:00`.
fn times_in(word: &str) -> usize {
    let word = word.trim_matches(|sign: char| !sign.is_ascii_digit());
    let parts: Vec<&str> = word.split([':', '.', 'h', '-', '–']).collect();
    let is_part = |part: &&str| {
        (1..=2).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit())
    };
    if parts.iter().all(is_part) {
        parts.len() / 2
    } else {
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_told_apart() {
        assert!(names_contact("please write to jo@example.org."));
        assert!(names_contact("call the office at 555 0143 22."));
        assert!(names_contact("in urgent cases 0431 555 220."));
        assert!(!names_contact("jo@example.org"));
        assert!(!names_contact("we begin on 12.11.2026."));
        assert!(!names_contact("we are 120 people and have 8000 a year."));
        assert!(names_hours("mo-fr 8:30-12 und 13-17 uhr"));
        assert!(names_hours("monday to friday, 9 to 17"));
        assert!(!names_hours("we take 40 of them"));
        assert!(is_of_figures("12月28日(土)~1月5日(日)"));
        assert!(!is_of_figures("we take 120 of the small ones"));
        assert!(!is_of_figures("2,400 is fine with us."));
    }
}
