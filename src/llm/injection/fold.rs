//! A mail as the words a model would read, whatever was done to hide them from a filter:
//! full-width and accented letters, letters of another alphabet that look the same,
//! invisible characters, digits for letters, s p a c e d letters.

use unicode_normalization::UnicodeNormalization;

/// A word with its place in the text it was found in.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Token {
    /// Folded.
    pub word: String,
    /// The same with digits and signs read as letters, if that makes a difference.
    pub other: Option<String>,
    /// Where it begins, in bytes of the original.
    pub start: usize,
    /// Where it ends.
    pub end: usize,
}

impl Token {
    fn new(raw: &str, start: usize, end: usize) -> Self {
        let word = word(raw);
        let other = unleet(&word);
        Self {
            word,
            other,
            start,
            end,
        }
    }
}

/// The words of a text. Ideographs and kana are a word each.
pub fn tokens(text: &str) -> Vec<Token> {
    let mut found = Vec::new();
    let mut raw = String::new();
    let mut start = 0;
    for (at, c) in text.char_indices() {
        if is_invisible(c) {
            continue;
        }
        if is_ideograph(c) {
            push(&mut found, &mut raw, start, at);
            found.push(Token::new(
                c.encode_utf8(&mut [0; 4]),
                at,
                at + c.len_utf8(),
            ));
            continue;
        }
        let sign = !raw.is_empty() && matches!(c, '@' | '$');
        if c.is_alphanumeric() || is_mark(c) || sign {
            if raw.is_empty() {
                start = at;
            }
            raw.push(c);
        } else if raw.is_empty() || !matches!(c, '\'' | '’') || !is_contraction(text, at) {
            // "don't" is one word, "l'assistant" are two.
            push(&mut found, &mut raw, start, at);
        }
    }
    push(&mut found, &mut raw, start, text.len());
    join_spaced(found)
}

/// Whether an English ending follows an apostrophe.
fn is_contraction(text: &str, apostrophe: usize) -> bool {
    let rest = text.get(apostrophe..).unwrap_or_default();
    let ending: String = rest
        .chars()
        .skip(1)
        .take_while(|c| c.is_alphanumeric())
        .take(3)
        .flat_map(char::to_lowercase)
        .collect();
    matches!(ending.as_str(), "t" | "s" | "re" | "ve" | "ll" | "d" | "m")
}

fn push(found: &mut Vec<Token>, raw: &mut String, start: usize, end: usize) {
    if !raw.is_empty() {
        found.push(Token::new(raw, start, end));
        raw.clear();
    }
}

/// Six single letters or more in a row are one word that was spaced out.
fn join_spaced(tokens: Vec<Token>) -> Vec<Token> {
    let mut out: Vec<Token> = Vec::with_capacity(tokens.len());
    let mut run: Vec<Token> = Vec::new();
    let is_letter = |token: &Token| {
        let mut chars = token.word.chars();
        chars
            .next()
            .is_some_and(|c| c.is_alphabetic() && !is_ideograph(c))
            && chars.next().is_none()
    };
    for token in tokens {
        if is_letter(&token) {
            run.push(token);
        } else {
            flush(&mut out, &mut run);
            out.push(token);
        }
    }
    flush(&mut out, &mut run);
    out
}

fn flush(out: &mut Vec<Token>, run: &mut Vec<Token>) {
    match (run.first(), run.last()) {
        (Some(first), Some(last)) if run.len() >= 6 => {
            let word: String = run.iter().map(|token| token.word.as_str()).collect();
            out.push(Token {
                word,
                other: None,
                start: first.start,
                end: last.end,
            });
            run.clear();
        }
        _ => out.append(run),
    }
}

/// Lower case, compatibility forms resolved, accents dropped, look-alikes read as Latin
/// where the word has Latin letters as well.
pub fn word(raw: &str) -> String {
    let mut plain = String::with_capacity(raw.len());
    for c in raw.nfkd().flat_map(char::to_lowercase) {
        match c {
            'ß' => plain.push_str("ss"),
            'ı' => plain.push('i'),
            'ł' => plain.push('l'),
            'ø' => plain.push('o'),
            c if is_mark(c) || is_invisible(c) => {}
            c => plain.push(c),
        }
    }
    if plain.chars().any(|c| c.is_ascii_alphabetic()) {
        plain.chars().map(|c| look_alike(c).unwrap_or(c)).collect()
    } else {
        plain
    }
}

/// Digits and signs inside a word as the letters they look like; none if there are none.
fn unleet(word: &str) -> Option<String> {
    let letters = word.chars().filter(char::is_ascii_lowercase).count();
    let others = word.chars().filter(|c| !c.is_ascii_lowercase()).count();
    // A word that is mostly digits is a number.
    if letters == 0 || others == 0 || others > letters * 4 || letters + others < 3 {
        return None;
    }
    let read: String = word
        .chars()
        .map(|c| match c {
            '0' => 'o',
            '1' | '!' => 'i',
            '3' => 'e',
            '4' | '@' => 'a',
            '9' => 'g',
            '5' | '$' => 's',
            '7' => 't',
            c => c,
        })
        .collect();
    (read != word).then_some(read)
}

/// Letters of other alphabets that look like Latin ones (from Unicode's confusables).
fn look_alike(c: char) -> Option<char> {
    Some(match c {
        'а' | 'α' => 'a',
        'в' | 'β' => 'b',
        'с' | 'ϲ' => 'c',
        'ԁ' => 'd',
        'е' | 'ε' => 'e',
        'ɡ' => 'g',
        'һ' => 'h',
        'і' | 'ι' | 'ӏ' => 'i',
        'ј' => 'j',
        'к' | 'κ' => 'k',
        'м' => 'm',
        'н' => 'h',
        'о' | 'ο' | 'σ' => 'o',
        'р' | 'ρ' => 'p',
        'ѕ' => 's',
        'т' | 'τ' => 't',
        'υ' | 'ц' => 'u',
        'ν' => 'v',
        'ѡ' | 'ω' => 'w',
        'х' | 'χ' => 'x',
        'у' | 'γ' => 'y',
        _ => return None,
    })
}

/// Accents of Latin, Greek and Cyrillic, and the vowel points of Arabic and Hebrew.
const fn is_mark(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\u{591}'..='\u{5bd}' | '\u{64b}'..='\u{652}')
}

/// Characters without width that can stand inside a word unseen.
pub const fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{ad}'
            | '\u{34f}'
            | '\u{61c}'
            | '\u{180b}'..='\u{180e}'
            | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}'
            | '\u{e0000}'..='\u{e0fff}'
    )
}

/// Scripts that write no spaces between words.
const fn is_ideograph(c: char) -> bool {
    matches!(c,
        '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}'
        | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

/// ASCII text that was written in tag characters (U+E0020 to U+E007E), which no screen
/// shows and models read. Flags of regions use them as well and are left out.
pub fn from_tags(text: &str) -> String {
    let mut hidden = String::new();
    let mut in_flag = false;
    for c in text.chars() {
        match c {
            '\u{1f3f4}' => in_flag = true,
            '\u{e0020}'..='\u{e007e}' if !in_flag => {
                hidden.extend(char::from_u32(u32::from(c) - 0xe_0000));
            }
            '\u{e0020}'..='\u{e007e}' => {}
            _ => in_flag = false,
        }
    }
    hidden
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        tokens(text).into_iter().map(|token| token.word).collect()
    }

    #[test]
    fn disguises_are_taken_off() {
        for text in [
            "Ignore",
            "ＩＧＮＯＲＥ",
            "i\u{200b}gn\u{ad}ore",
            "Ígnóre",
            "ignоrе", // Cyrillic o and e
            "i g n o r e",
            "i-g-n-o-r-e",
            "ignor\u{e0041}e",
        ] {
            assert_eq!(words(text), ["ignore"], "{text}");
        }
        let leet = tokens("1gn0r3");
        assert_eq!(leet.first().unwrap().other.as_deref(), Some("ignore"));
    }

    #[test]
    fn words_of_other_scripts_stay_what_they_are() {
        assert_eq!(words("Привет, не надо"), ["привет", "не", "надо"]);
        assert_eq!(words("忽略 x"), ["忽", "略", "x"]);
        assert_eq!(words("Größe don't a b"), ["grosse", "dont", "a", "b"]);
    }

    #[test]
    fn a_word_knows_its_place() {
        let text = "Größe, naïve";
        let second = tokens(text).pop().unwrap();
        assert_eq!(text.get(second.start..second.end), Some("naïve"));
    }

    #[test]
    fn tag_characters_are_read_but_flags_are_not() {
        let hidden: String = "hi"
            .chars()
            .filter_map(|c| char::from_u32(0xe_0000 + u32::from(c)))
            .collect();
        assert_eq!(from_tags(&format!("a{hidden}b")), "hi");
        assert_eq!(
            from_tags("🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}"),
            ""
        );
    }
}
