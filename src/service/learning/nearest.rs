//! Which earlier replies are most like what is to be answered now: by what the lead wants,
//! by the subject, and by the words of the mails. Deterministic, over a bounded set.

use std::collections::{BTreeMap, BTreeSet};

use super::edits::primary;
use crate::domain::subject::normalise_subject;
use crate::store::Candidate;

/// Earlier replies that are looked at, newest first.
pub const LOOKED_AT: usize = 200;
/// Characters of a mail that are compared.
pub const COMPARED: usize = 1_500;

/// What is to be answered.
#[derive(Clone, Debug)]
pub struct Asked {
    /// What the lead wants, by simple rules; empty when they cannot tell.
    pub intent: String,
    /// The mail's language, if it can be told.
    pub language: Option<String>,
    /// Subject of the conversation.
    pub subject: String,
    /// The mail.
    pub text: String,
}

/// The nearest candidates, best first, `most` of them. Replies in another language are
/// left out; between equals the newer one comes first. The candidates are newest first.
#[must_use]
pub fn nearest(asked: &Asked, candidates: Vec<Candidate>, most: usize) -> Vec<Candidate> {
    let bags: Vec<BTreeSet<String>> = candidates.iter().map(bag).collect();
    let mut known_by = BTreeMap::<&str, u32>::new();
    for word in bags.iter().flatten() {
        *known_by.entry(word.as_str()).or_default() += 1;
    }
    let subject = words(&normalise_subject(&asked.subject));
    let wanted = words(&asked.text);
    let all = u32::try_from(candidates.len()).unwrap_or(u32::MAX);
    let weigh = |word: &str| {
        let known = known_by.get(word).copied().unwrap_or(0);
        (f64::from(all + 1) / f64::from(known + 1)).ln() + 0.1
    };
    let scores: Vec<f64> = candidates
        .iter()
        .zip(&bags)
        .map(|(candidate, bag)| {
            let same_intent = !asked.intent.is_empty() && candidate.intent == asked.intent;
            let about = words(&normalise_subject(&candidate.subject));
            let intent = if same_intent { 1.5 } else { 0.0 };
            intent + overlap(&subject, &about, &|_| 1.0) + 2.0 * overlap(&wanted, bag, &weigh)
        })
        .collect();
    let speaks = |candidate: &Candidate| match (&asked.language, &candidate.language) {
        (Some(asked), Some(known)) => primary(asked) == primary(known),
        _ => true,
    };
    let mut ranked: Vec<(f64, Candidate)> = scores
        .into_iter()
        .zip(candidates)
        .filter(|(_, candidate)| speaks(candidate))
        .collect();
    // Stable: the order of age decides between equals.
    ranked.sort_by(|(one, _), (other, _)| other.total_cmp(one));
    let mut chosen: Vec<Candidate> = Vec::new();
    for (_, candidate) in ranked {
        // The same reply twice teaches nothing more.
        let known = chosen.iter().any(|other| other.reply == candidate.reply);
        if !known && chosen.len() < most {
            chosen.push(candidate);
        }
    }
    chosen
}

fn bag(candidate: &Candidate) -> BTreeSet<String> {
    let mut bag = words(&candidate.answered);
    bag.extend(words(&candidate.reply));
    bag
}

/// The words of a text that can tell texts apart: of three letters and more.
fn words(text: &str) -> BTreeSet<String> {
    text.chars()
        .take(COMPARED)
        .collect::<String>()
        .to_lowercase()
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| word.chars().count() > 2 || !word.is_ascii())
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

/// How much of what is wanted is there, from 0 to 1, by the weight of the words.
fn overlap(
    wanted: &BTreeSet<String>,
    there: &BTreeSet<String>,
    weigh: &dyn Fn(&str) -> f64,
) -> f64 {
    let all: f64 = wanted.iter().map(|word| weigh(word)).sum();
    let found: f64 = wanted.intersection(there).map(|word| weigh(word)).sum();
    if all > 0.0 { found / all } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ExampleId;

    fn candidate(id: i64, intent: &str, subject: &str, answered: &str, reply: &str) -> Candidate {
        Candidate {
            id: ExampleId(id),
            intent: intent.into(),
            language: Some("en".into()),
            subject: subject.into(),
            answered: answered.into(),
            reply: reply.into(),
        }
    }

    fn asked(intent: &str, subject: &str, text: &str) -> Asked {
        Asked {
            intent: intent.into(),
            language: Some("en".into()),
            subject: subject.into(),
            text: text.into(),
        }
    }

    fn set() -> Vec<Candidate> {
        vec![
            candidate(
                5,
                "question",
                "Logo",
                "Which file formats of the logo do you need?",
                "SVG, please.",
            ),
            candidate(
                4,
                "pricing",
                "Website redesign",
                "What would it cost?",
                "From 2,400 EUR.",
            ),
            candidate(
                3,
                "scheduling",
                "Website redesign",
                "When can you start?",
                "In May.",
            ),
            candidate(
                2,
                "pricing",
                "Online shop",
                "What is the price of a shop?",
                "From 4,000 EUR.",
            ),
            candidate(
                1,
                "pricing",
                "Online shop",
                "Do you take credit cards in the shop?",
                "Yes, all.",
            ),
        ]
    }

    fn ids(asked: &Asked, most: usize) -> Vec<i64> {
        nearest(asked, set(), most).iter().map(|c| c.id.0).collect()
    }

    #[test]
    fn the_same_wish_under_a_like_subject_comes_first() {
        let price = asked(
            "pricing",
            "Re: Website redesign",
            "How much would it cost us?",
        );
        assert_eq!(ids(&price, 2), [4, 2]);
        let start = asked("scheduling", "Website redesign", "Could you start in June?");
        assert_eq!(ids(&start, 1), [3]);
        let shop = asked("", "Shop", "Do you take credit cards?");
        assert_eq!(ids(&shop, 1), [1]);
        let files = asked(
            "question",
            "Files",
            "In which formats shall I send the logo?",
        );
        assert_eq!(ids(&files, 1), [5]);
    }

    #[test]
    fn between_equals_the_newer_one_comes_first_and_twice_is_once() {
        let nothing = asked("", "", "");
        assert_eq!(ids(&nothing, 9), [5, 4, 3, 2, 1]);
        let mut twice = set();
        twice.extend(set());
        assert_eq!(nearest(&nothing, twice, 9).len(), 5);
    }

    #[test]
    fn another_language_is_no_example() {
        let mut german = asked("pricing", "Website redesign", "Was kostet das?");
        german.language = Some("de".into());
        assert_eq!(ids(&german, 3), [0_i64; 0]);
        german.language = Some("en-GB".into());
        assert_eq!(ids(&german, 3).len(), 3);
        german.language = None;
        assert_eq!(ids(&german, 3).len(), 3);
    }
}
