//! What a text says that no vacation text says: its sentences and clauses that are none of
//! the known things. Somebody who is away and writes all the same has something to say.

use super::sentence::Sentence;

/// Most points that the rest of a text counts against it.
const MOST: usize = 4;

/// Points for what is said besides: two for a sentence, one for a clause. All is lower case.
#[must_use]
pub fn points(sentences: &[Sentence], is_known: impl Fn(&str) -> bool) -> usize {
    sentences
        .iter()
        .map(|sentence| {
            let text = sentence.text.as_str();
            if text.contains('@') {
                return 0;
            }
            if !is_known(text) {
                return match sentence.turned {
                    _ if is_long(text, 4, 7) => 2,
                    true => usize::from(is_long(text, 2, 4)),
                    false => 0,
                };
            }
            clauses(text)
                .filter(|clause| is_long(clause, 4, 8))
                .filter(|clause| !clause.contains(|c: char| c.is_ascii_digit()))
                .filter(|clause| !is_known(clause))
                .count()
        })
        .sum::<usize>()
        .min(MOST)
}

/// Words that join two clauses as a comma does.
const JOINTS: &[&str] = &[" and ", " und ", " et ", " och ", " og ", " и "];

fn clauses(sentence: &str) -> impl Iterator<Item = &str> {
    let mut parts: Vec<&str> = sentence.split([',', '，', '、', '،']).collect();
    for joint in JOINTS {
        parts = parts.iter().flat_map(|part| part.split(joint)).collect();
    }
    parts
        .into_iter()
        .map(str::trim)
        .filter(|clause| !clause.is_empty())
}

/// Whether a stretch has so many words, or so many characters where words have no spaces
/// between them.
fn is_long(text: &str, words: usize, characters: usize) -> bool {
    if text.contains(is_dense) {
        text.chars().filter(|c| c.is_alphanumeric()).count() >= characters
    } else {
        text.split_whitespace().count() >= words
    }
}

/// Whether it belongs to a script that says a word in a sign or two: Chinese, Japanese,
/// Korean, Thai.
const fn is_dense(sign: char) -> bool {
    matches!(sign, '\u{e00}'..='\u{e7f}' | '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}')
}

#[cfg(test)]
mod tests {
    use super::super::sentence::sentences;
    use super::*;

    #[test]
    fn what_is_known_counts_nothing_and_the_rest_by_its_size() {
        let known = |text: &str| text.contains("away");
        for (text, wanted) in [
            ("i am away until 9. november.", 0),
            ("i am away. the price is good for us.", 2),
            ("i am away, yes we take it.", 1),
            ("i am away but the price is good for us.", 2),
            ("i am away.\nmaria lopez\n+1 555 0100", 0),
            (
                "the small one. we take the large one today. and the blue one in may.",
                4,
            ),
            (
                "throughout all of the coming week of this month of may i am\nfar away from here.",
                0,
            ),
            ("i am away and the price is good for us.", 1),
            ("i am away but looked.", 0),
            ("i am away but all good.", 1),
            ("away. all good.", 0),
            ("可以，我们同意这个价格。", 2),
        ] {
            assert_eq!(points(&sentences(text), known), wanted, "{text}");
        }
    }
}
