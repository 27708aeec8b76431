//! What a text gives away: discounts and things for free. The lead asking for them is no
//! ground; only our facts and our own mails are.

use std::ops::Range;

use super::scan::Token;
use super::terms::is_one_of;
use super::values::{self, Unit, Value};

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
    "sconto",
    "sconti",
    "scontat*",
    "desconto*",
    "korting*",
];

/// Words at most between a discount and the percentage it is.
const NEAR: usize = 6;
/// Words at most between a discount and the sum that it is.
const BESIDE: usize = 2;

/// Phrases for no price at all.
const FREE: &[&[&str]] = &[
    &["for", "free"],
    &["free", "of", "charge"],
    &["at", "no", "cost"],
    &["at", "no", "charge"],
    &["no", "extra", "charge"],
    &["everything", "is", "free"],
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
];

/// "No problem", "ohne Verpflichtung": what denies nothing that is given.
const HARMLESS: &[&str] = &[
    "problem*",
    "worries",
    "doubt",
    "strings",
    "obligation*",
    "commitment*",
    "zweifel",
    "verpflichtung*",
    "compromiso*",
    "duda",
    "engagement",
    "impegno",
    "compromisso",
    "verplichting*",
];

/// What is given away.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Grant {
    /// A lower price.
    Discount,
    /// No price.
    Free,
}

/// Something that a text gives away.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Given {
    /// What sort of thing.
    pub grant: Grant,
    /// Where.
    pub place: Range<usize>,
    /// How much it is, if it is told.
    value: Option<Value>,
}

impl Given {
    /// Whether this one says the same as another.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        let told = |value: &Option<Value>| value.as_ref().map(|v| (v.unit, v.amounts.clone()));
        self.grant == other.grant && told(&self.value) == told(&other.value)
    }
}

/// What a text gives away.
#[must_use]
pub fn find(tokens: &[Token<'_>]) -> Vec<Given> {
    let values = values::read(tokens);
    let mut found = Vec::new();
    for clause in clauses(tokens) {
        found.extend(free(clause));
        found.extend(discounts(clause, &values));
    }
    found
}

/// The clauses of a text that are no questions. A line that goes on in small letters was
/// only wrapped there.
fn clauses<'a, 't>(tokens: &'a [Token<'t>]) -> Vec<&'a [Token<'t>]> {
    let mut found = Vec::new();
    let mut begin = 0;
    for (at, token) in tokens.iter().enumerate() {
        let next = tokens.get(at + 1);
        let wrapped = next.is_some_and(|t| t.is_word() && !t.is_capital());
        let ends = ['.', '!', '?', ';', ','].iter().any(|mark| token.is(*mark))
            || (token.is('\n') && !wrapped);
        if ends || next.is_none() {
            let end = if ends { at } else { at + 1 };
            if !token.is('?') {
                found.extend(tokens.get(begin..end));
            }
            begin = at + 1;
        }
    }
    found
}

fn free(clause: &[Token<'_>]) -> Option<Given> {
    let words: Vec<&Token<'_>> = clause.iter().filter(|t| t.is_word()).collect();
    let fits = |at: usize, phrase: &[&str]| {
        words.get(at..at + phrase.len()).is_some_and(|found| {
            let mut pairs = found.iter().zip(phrase);
            pairs.all(|(token, known)| is_one_of(&token.folded, &[known]))
        })
    };
    let (at, phrase) = (0..words.len()).find_map(|at| {
        let phrase = FREE.iter().find(|phrase| fits(at, phrase))?;
        Some((at, phrase))
    })?;
    let (first, last) = (words.get(at)?, words.get(at + phrase.len() - 1)?);
    let place = first.range.start..last.range.end;
    // "at no cost" denies nothing by its own "no".
    let rest = clause
        .iter()
        .filter(|t| !(place.start..place.end).contains(&t.range.start));
    (!denies(rest)).then_some(Given {
        grant: Grant::Free,
        place,
        value: None,
    })
}

fn discounts(clause: &[Token<'_>], values: &[Value]) -> Vec<Given> {
    if denies(clause.iter()) {
        return Vec::new();
    }
    let words: Vec<&Token<'_>> = clause
        .iter()
        .filter(|t| t.is_word() || t.is_number() || t.is('%'))
        .collect();
    let index = |place: &Range<usize>| words.iter().position(|t| t.range.start == place.start);
    let mut found = Vec::new();
    for (at, word) in words.iter().enumerate() {
        let off = word.folded == "off";
        if !off && !is_one_of(&word.folded, DISCOUNT) {
            continue;
        }
        let near = |value: &&Value| {
            let most = match value.unit {
                Unit::Percent => NEAR,
                Unit::Money(_) => BESIDE,
                _ => return None,
            };
            let distance = index(&value.place)?.abs_diff(at);
            let before = value.place.end <= word.range.start;
            let fits = distance <= most && (!off || (before && distance <= BESIDE));
            fits.then_some(distance)
        };
        let nearest = values
            .iter()
            .filter(|value| !value.idle && near(value).is_some())
            .min_by_key(|value| near(value));
        found.extend(nearest.map(|value| Given {
            grant: Grant::Discount,
            place: value.place.clone(),
            value: Some(value.clone()),
        }));
    }
    found.dedup_by(|one, other| one.place == other.place);
    found
}

/// Whether a clause says that there is none. "No problem" does not.
fn denies<'a, 't: 'a>(clause: impl Iterator<Item = &'a Token<'t>>) -> bool {
    let words: Vec<&Token<'_>> = clause.collect();
    words.iter().enumerate().any(|(at, word)| {
        let next = words.get(at + 1).map_or("", |t| t.folded.as_str());
        let contracted = word.folded == "t"
            && at
                .checked_sub(1)
                .and_then(|before| words.get(before))
                .is_some_and(|mark| mark.is('\'') || mark.is('’'));
        contracted || (is_one_of(&word.folded, DENIED) && !is_one_of(next, HARMLESS))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::checks::scan::tokens;

    fn given(text: &str) -> Vec<(Grant, String)> {
        find(&tokens(text))
            .into_iter()
            .map(|given| (given.grant, text.get(given.place).unwrap().to_owned()))
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
            (
                "No problem, I will do it for free.",
                Grant::Free,
                "for free",
            ),
            (
                "No problem we can give you 20% off.",
                Grant::Discount,
                "20%",
            ),
            (
                "Don't worry, it comes at no cost.",
                Grant::Free,
                "at no cost",
            ),
            (
                "Das machen wir kostenlos und ohne Verpflichtung.",
                Grant::Free,
                "kostenlos",
            ),
            (
                "Does Monday suit you? The whole site comes for free.",
                Grant::Free,
                "for free",
            ),
            (
                "Zehn Prozent Rabatt sind drin.",
                Grant::Discount,
                "Zehn Prozent",
            ),
            ("That would be 500 EUR off.", Grant::Discount, "500 EUR"),
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
            "I checked Tuesday at 10:00 and it is free.",
            "A 30% reduction in bounce rate is realistic.",
            "The pages take 40% less time to load.",
            "Unfortunately we cannot offer\nit free of charge.",
            "We don't give 10% off.",
            "With the discount it would be cheaper than 2,400 EUR in the long run.",
        ] {
            assert_eq!(given(text), [], "{text}");
        }
    }
}
