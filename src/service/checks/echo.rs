//! A text that is no answer: it repeats the lead's own words, or itself, speaks to us, or
//! is signed with the lead's name. Small models write such drafts.

use std::collections::BTreeMap;
use std::ops::Range;

use super::scan::{Token, fold};

/// Words that a sentence needs for its repetition to mean something.
const WORDS: usize = 5;
/// How often a sentence may stand in a text.
const TIMES: usize = 2;

/// A sentence by its folded words.
fn sentences(text: &str) -> Vec<String> {
    fold(text)
        .split(['.', '!', '?', '\n', ';', ':'])
        .map(|sentence| {
            let words: Vec<&str> = sentence
                .split(|c: char| !c.is_alphanumeric())
                .filter(|word| !word.is_empty())
                .collect();
            words.join(" ")
        })
        .filter(|sentence| !sentence.is_empty())
        .collect()
}

fn count_words(sentence: &str) -> usize {
    sentence.split(' ').count()
}

/// Whether most of a text is the lead's own words.
#[must_use]
pub fn repeats_lead(theirs: &str, ours: &str) -> bool {
    let theirs = format!(" {} ", sentences(theirs).join(" "));
    let ours = sentences(ours);
    let all: usize = ours.iter().map(|sentence| count_words(sentence)).sum();
    let repeated: usize = ours
        .iter()
        .filter(|sentence| count_words(sentence) >= WORDS)
        .filter(|sentence| theirs.contains(&format!(" {sentence} ")))
        .map(|sentence| count_words(sentence))
        .sum();
    repeated > 0 && repeated * 2 >= all
}

/// A sentence that a text says again and again.
#[must_use]
pub fn repeats_itself(ours: &str) -> Option<String> {
    let mut times: BTreeMap<String, usize> = BTreeMap::new();
    for sentence in sentences(ours) {
        if count_words(&sentence) >= WORDS {
            *times.entry(sentence).or_default() += 1;
        }
    }
    let most = times.into_iter().max_by_key(|(_, times)| *times)?;
    (most.1 > TIMES).then_some(most.0)
}

/// The name under a text that is the lead's and not ours.
#[must_use]
pub fn signed_by_lead(tokens: &[Token<'_>], lead: &[String], own: &str) -> Option<Range<usize>> {
    let last: Vec<&Token<'_>> = tokens
        .split(|t| t.is('\n'))
        .filter(|line| !line.is_empty())
        .skip(1)
        .last()?
        .iter()
        .filter(|t| t.is_word())
        .collect();
    let (first, end) = (last.first()?, last.last()?);
    let is_lead = |t: &&Token<'_>| {
        t.is_capital() && (lead.contains(&t.folded) || t.folded.chars().count() == 1)
    };
    let named = last
        .iter()
        .any(|t| lead.contains(&t.folded) && t.folded != own);
    (last.len() <= 4 && named && last.iter().all(is_lead) && !lead.iter().any(|name| name == own))
        .then_some(first.range.start..end.range.end)
}

/// Where the first lines speak to us: "¡Hola Sam!", "Sam, I see".
#[must_use]
pub fn speaks_to_us(tokens: &[Token<'_>], own: &str, lead: &[String]) -> Option<Range<usize>> {
    if own.is_empty() || lead.iter().any(|name| name == own) {
        return None;
    }
    let mut lines: Vec<&[Token<'_>]> = tokens
        .split(|t| t.is('\n'))
        .filter(|line| !line.is_empty())
        .collect();
    // Under the last lines our name is a signature.
    lines.truncate(lines.len().saturating_sub(1).min(3));
    lines.into_iter().skip(1).find_map(|line| {
        let at = line.iter().position(Token::is_word)?;
        let mut words = line.iter().skip(at);
        let mut name = words.next()?;
        if name.folded != own {
            name = words.next()?;
        }
        let after = words.next();
        let called = after.is_some_and(|t| t.is(',') || t.is('!'));
        (name.folded == own && called).then(|| name.range.clone())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::checks::scan::tokens;

    #[test]
    fn the_leads_own_words_are_no_answer() {
        let theirs = "Bonjour,\n\nmerci pour votre message. Est-ce que vous faites aussi la maintenance ?\n\nClaire";
        let ours = "Bonjour,\n\nMerci pour votre message. Est-ce que vous faites aussi la maintenance ?\n\nClaire";
        assert!(repeats_lead(theirs, ours));
        let ours = "Bonjour Claire,\n\noui, nous faisons aussi la maintenance, pour 50 EUR par mois.\n\nSam";
        assert!(!repeats_lead(theirs, ours));
        let polite = "Hallo Frau Lopez,\n\nvielen Dank für Ihre Nachricht.\n\nJa, Dienstag passt.\n\nViele Grüße\nSam";
        assert!(!repeats_lead(
            "Hallo Sam,\n\nvielen Dank für Ihre Nachricht. Passt Dienstag?",
            polite
        ));
        let quoting = "Hi,\n\nyou ask: \"what would a new website cost\". A small one is 2,400 EUR, and that includes everything you need for the first year.\n\nSam";
        assert!(!repeats_lead("what would a new website cost?", quoting));
    }

    #[test]
    fn a_sentence_said_three_times_is_found() {
        let once = "I will look for the answer to that.";
        assert_eq!(repeats_itself(&format!("{once} {once}")), None);
        assert!(repeats_itself(&format!("{once} {once} {once}")).is_some());
    }

    #[test]
    fn a_text_under_the_leads_name_is_found() {
        let lead = ["robert".to_owned(), "hale".to_owned()];
        let signed = |text: &str| signed_by_lead(&tokens(text), &lead, "sam").is_some();
        assert!(signed("Hi Robert,\n\nwe have an agency.\n\nR. Hale"));
        assert!(signed("Hi,\n\nfine.\n\nRobert"));
        assert!(!signed("Hi Robert,\n\nfine.\n\nSam"));
        assert!(!signed("Hi Robert"));
        assert!(!signed("Hi,\n\nplease tell Robert"));
        assert!(
            signed_by_lead(&tokens("Hi,\n\nfine.\n\nSam"), &["sam".to_owned()], "sam").is_none()
        );
    }

    #[test]
    fn a_text_that_speaks_to_us_is_found() {
        let lead = ["diego".to_owned()];
        let speaks = |text: &str| speaks_to_us(&tokens(text), "sam", &lead).is_some();
        assert!(speaks(
            "Hola Diego,\n\n¡Hola Sam! ¿Puedo ayudarte?\n\nDiego"
        ));
        assert!(speaks(
            "Hi Grace,\n\nSam, I see you're having trouble.\n\nThanks,\nSam"
        ));
        assert!(!speaks("Hi Grace,\n\nI see.\n\nThanks,\nSam"));
        assert!(!speaks("Hi Grace,\n\nSam"));
    }
}
