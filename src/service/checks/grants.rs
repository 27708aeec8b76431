//! What a text gives away: discounts and things for free. The lead asking for them is no
//! ground; only our facts and our own mails are.

use std::ops::Range;

use super::scan::Token;
use super::terms::is_one_of;

/// Words for a lower price, without accents; `*` stands for any ending.
const DISCOUNT: &[&str] = &[
    "discount*",
    "rebate*",
    "rabatt*",
    "nachlass*",
    "preisnachlass*",
    "descuento*",
    "rebaja*",
    "remise*",
    "rabais",
    "reduction",
    "sconto",
    "sconti",
    "scontat*",
    "desconto*",
    "korting*",
];

/// Words for hundredths, beside the sign.
const PERCENT: &[&str] = &["percent", "prozent", "procent"];
/// Words between a discount and how large it is.
const NEAR: usize = 6;

/// Phrases for no price at all.
const FREE: &[&[&str]] = &[
    &["for", "free"],
    &["free", "of", "charge"],
    &["at", "no", "cost"],
    &["at", "no", "charge"],
    &["no", "extra", "charge"],
    &["everything", "is", "free"],
    &["it", "is", "free"],
    &["kostenlos*"],
    &["kostenfrei*"],
    &["unentgeltlich*"],
    &["umsonst"],
    &["gratis"],
    &["gratuit*"],
    &["sin", "coste"],
    &["sin", "costo"],
    &["sin", "cargo"],
    &["sans", "frais"],
    &["senza", "costi"],
    &["de", "graca"],
    &["sem", "custo*"],
    &["kosteloos"],
];

/// Words in a sentence that gives nothing away.
const DENIED: &[&str] = &[
    "no",
    "not",
    "cannot",
    "can't",
    "unable",
    "never",
    "without",
    "unfortunately",
    "afraid",
    "kein*",
    "nicht",
    "leider",
    "ohne",
    "ningun*",
    "lamentablemente",
    "lamento",
    "pas",
    "aucun*",
    "malheureusement",
    "non",
    "purtroppo",
    "nessun*",
    "nao",
    "nenhum*",
    "infelizmente",
    "geen",
    "niet",
    "helaas",
    "t",
];

/// What is given away.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Grant {
    /// A lower price.
    Discount,
    /// No price.
    Free,
}

/// Where a text gives something away.
#[must_use]
pub fn find(tokens: &[Token<'_>]) -> Vec<(Grant, Range<usize>)> {
    tokens
        .split(|t| t.is('.') || t.is('!') || t.is('\n') || t.is(';'))
        .filter(|sentence| !sentence.iter().any(|t| t.is('?')))
        .filter_map(in_sentence)
        .collect()
}

fn in_sentence(sentence: &[Token<'_>]) -> Option<(Grant, Range<usize>)> {
    let words: Vec<&Token<'_>> = sentence
        .iter()
        .filter(|t| t.is_word() || t.is_number() || t.is('%'))
        .collect();
    for (at, word) in words.iter().enumerate() {
        let free = FREE.iter().find(|phrase| {
            let found = words.get(at..at + phrase.len());
            found.is_some_and(|found| {
                let mut pairs = found.iter().zip(**phrase);
                pairs.all(|(token, known)| is_one_of(&token.folded, &[known]))
            })
        });
        if let Some(phrase) = free {
            let last = words.get(at + phrase.len() - 1)?;
            // "at no cost" denies nothing by its own "no".
            let rest = [
                words.get(..at).unwrap_or_default(),
                words.get(at + phrase.len()..).unwrap_or_default(),
            ]
            .concat();
            return (!denies(&rest)).then_some((Grant::Free, word.range.start..last.range.end));
        }
        let off = matches!(word.folded.as_str(), "off" | "less" | "weniger");
        let percent = if off {
            percent_in(words.get(at.saturating_sub(3)..at)?)
        } else if is_one_of(&word.folded, DISCOUNT) {
            let from = at.saturating_sub(NEAR);
            percent_in(words.get(from..words.len().min(at + NEAR))?)
        } else {
            None
        };
        if let Some(place) = percent.filter(|_| !denies(&words)) {
            return Some((Grant::Discount, place));
        }
    }
    None
}

fn denies(words: &[&Token<'_>]) -> bool {
    words.iter().any(|word| is_one_of(&word.folded, DENIED))
}

/// The percentage among words: "70%", "20 por ciento".
fn percent_in(words: &[&Token<'_>]) -> Option<Range<usize>> {
    words.iter().enumerate().find_map(|(at, number)| {
        let (next, after) = (words.get(at + 1)?, words.get(at + 2));
        let two = matches!(next.folded.as_str(), "por" | "pour" | "per");
        let percent = match (next.is('%') || is_one_of(&next.folded, PERCENT), two) {
            (true, _) => next,
            (false, true) => {
                after.filter(|t| t.folded.starts_with("cent") || t.folded == "ciento")?
            }
            (false, false) => return None,
        };
        number
            .is_number()
            .then_some(number.range.start..percent.range.end)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::checks::scan::tokens;

    fn given(text: &str) -> Vec<(Grant, String)> {
        find(&tokens(text))
            .into_iter()
            .map(|(grant, place)| (grant, text.get(place).unwrap().to_owned()))
            .collect()
    }

    #[test]
    fn discounts_and_gifts_are_found() {
        for (text, grant, words) in [
            ("I will put the 70% off in writing.", Grant::Discount, "70%"),
            (
                "We give you a 10 % discount on that.",
                Grant::Discount,
                "10 %",
            ),
            (
                "Gern gewähren wir Ihnen 5 % Rabatt.",
                Grant::Discount,
                "5 %",
            ),
            ("nous vous offrons 50 % de remise", Grant::Discount, "50 %"),
            (
                "con un 20 por ciento de descuento",
                Grant::Discount,
                "20 por ciento",
            ),
            ("a discount of 70 % for you", Grant::Discount, "70 %"),
            ("The Danish version is for free.", Grant::Free, "for free"),
            ("Das machen wir kostenlos.", Grant::Free, "kostenlos"),
            ("It comes at no cost.", Grant::Free, "at no cost"),
            ("La visita es gratis.", Grant::Free, "gratis"),
        ] {
            assert_eq!(given(text), [(grant, words.to_owned())], "{text}");
        }
    }

    #[test]
    fn what_gives_nothing_away_is_quiet() {
        for text in [
            "Unfortunately we cannot give a discount.",
            "Leider ist kein Rabatt möglich.",
            "Are you asking for a discount?",
            "About a discount I have to ask Nina.",
            "Feel free to call me.",
            "I am free on Tuesday.",
            "100 % of our sites are fast.",
            "It is not free of charge.",
        ] {
            assert_eq!(given(text), [], "{text}");
        }
    }
}
