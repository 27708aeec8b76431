//! Finding words and phrases in a text, for the simple rules of [`template`](super::template)
//! and [`gate`](super::gate), and for what is learned.

/// A text as words between single spaces, with one at each end, in lower case.
pub fn words(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push(' ');
    for c in text.chars().flat_map(char::to_lowercase) {
        if c.is_alphanumeric() {
            out.push(c);
        } else if !out.ends_with(' ') {
            out.push(' ');
        }
    }
    if !out.ends_with(' ') {
        out.push(' ');
    }
    out
}

/// Whether one of the phrases is in the words; `*` at an end stands for any ending.
pub fn has(words: &str, phrases: &[impl AsRef<str>]) -> bool {
    phrases
        .iter()
        .any(|phrase| match phrase.as_ref().strip_suffix('*') {
            Some(stem) => words.contains(&format!(" {stem}")),
            None => words.contains(&format!(" {} ", phrase.as_ref())),
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_whole_or_by_their_stem() {
        let text = words("What's the PRICE-list? Cost!");
        assert_eq!(text, " what s the price list cost ");
        assert!(has(&text, &["price".to_owned()]));
        assert!(has(&text, &["pric*".to_owned()]));
        assert!(!has(&text, &["pric".to_owned()]));
        assert!(has(&text, &["what s the".to_owned()]));
    }
}
