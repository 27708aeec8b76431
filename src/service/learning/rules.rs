//! Rules of style, derived from what the person changed in drafts again and again, and from
//! why they turned drafts down. Counting, no guessing: the same edits give the same rules.
//! What comes out is a proposal; it does nothing until the person accepts it.

use std::collections::{BTreeMap, BTreeSet};

use super::edits::{self, HABITS, count_words};
use crate::llm::phrases::{has, words};

/// How often the same change must have been made.
const REPEATS: usize = 3;
/// To how many different leads: what one of them brings about is no habit of the person.
const LEADS: usize = 2;
/// Words from which on a draft can be too long.
const LONG: usize = 30;
/// Rules about single sentences at most.
const SENTENCES: usize = 3;

/// A draft with what the person sent.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Pair {
    /// To whom.
    pub lead: i64,
    /// The lead's name.
    pub name: String,
    /// The language.
    pub language: Option<String>,
    /// As drafted.
    pub draft: String,
    /// As sent.
    pub sent: String,
}

/// A rule that the edits speak for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Proposal {
    /// What it was derived from: the same for the same habit.
    pub key: String,
    /// The rule in words.
    pub text: String,
    /// How many replies or rejections speak for it.
    pub evidence: u32,
}

/// The rules that pairs (newest first) and reasons of rejections speak for.
#[must_use]
pub fn propose(pairs: &[Pair], reasons: &[String]) -> Vec<Proposal> {
    let mut found = Vec::new();
    frames(pairs, &mut found);
    address(pairs, &mut found);
    habits(pairs, &mut found);
    length(pairs, &mut found);
    sentences(pairs, &mut found);
    rejections(reasons, &mut found);
    found
}

/// For one possible change: in which pairs it could have been made, and where it was.
#[derive(Default)]
struct Count {
    possible: usize,
    made: usize,
    leads: BTreeSet<i64>,
}

impl Count {
    fn add(&mut self, pair: &Pair) {
        self.made += 1;
        self.leads.insert(pair.lead);
    }

    /// Often enough, and more often than not.
    fn holds(&self) -> bool {
        self.made >= REPEATS && self.leads.len() >= LEADS && self.made * 2 > self.possible
    }

    fn evidence(&self) -> u32 {
        u32::try_from(self.made).unwrap_or(u32::MAX)
    }
}

/// Changes of one thing into another, such as one greeting into another.
#[derive(Default)]
struct Changes {
    possible: BTreeMap<String, usize>,
    made: BTreeMap<(String, String), Count>,
}

impl Changes {
    /// Notes a pair. What was not there before is empty.
    fn note(&mut self, pair: &Pair, from: Option<String>, to: Option<String>) {
        let from = from.unwrap_or_default();
        let Some(to) = to else { return };
        *self.possible.entry(from.clone()).or_default() += 1;
        if from != to {
            self.made.entry((from, to)).or_default().add(pair);
        }
    }

    fn propose(self, key: &str, words: impl Fn(&str) -> String, found: &mut Vec<Proposal>) {
        // What several things were changed into speaks once, with all that speaks for it.
        let mut by_goal = BTreeMap::<String, Count>::new();
        for ((from, to), count) in self.made {
            let goal = by_goal.entry(to).or_default();
            goal.possible += self.possible.get(&from).copied().unwrap_or_default();
            goal.made += count.made;
            goal.leads.extend(count.leads);
        }
        for (to, count) in by_goal.into_iter().filter(|(_, count)| count.holds()) {
            found.push(Proposal {
                key: format!("{key}:{to}"),
                text: words(&to),
                evidence: count.evidence(),
            });
        }
    }
}

/// Greetings and closings are of a language; names are not.
fn frames(pairs: &[Pair], found: &mut Vec<Proposal>) {
    let mut by_language = BTreeMap::<String, [Changes; 2]>::new();
    let mut names = Changes::default();
    for pair in pairs {
        let draft = edits::frame(&pair.draft, &pair.name);
        let sent = edits::frame(&pair.sent, &pair.name);
        let tag = pair.language.as_deref().map(edits::primary);
        let [greetings, closings] = by_language.entry(tag.unwrap_or_default()).or_default();
        greetings.note(pair, draft.greeting, sent.greeting);
        closings.note(pair, draft.closing, sent.closing);
        if draft.signed.is_some() {
            names.note(pair, draft.signed, sent.signed);
        }
    }
    let several = by_language.len() > 1;
    for (tag, [greetings, closings]) in by_language {
        let within = |verb: &str, small: &str, what: &str| {
            if several && !tag.is_empty() {
                let language = edits::language_name(&tag);
                format!("In {language}, {small} with \"{what}\"")
            } else {
                format!("{verb} with \"{what}\"")
            }
        };
        let begin = |to: &str| within("Begin", "begin", to);
        greetings.propose(&format!("greeting:{tag}"), begin, found);
        let close = |to: &str| within("Close", "close", to);
        closings.propose(&format!("closing:{tag}"), close, found);
    }
    names.propose("signed", |to| format!("Sign as \"{to}\""), found);
}

fn address(pairs: &[Pair], found: &mut Vec<Proposal>) {
    let mut counts = BTreeMap::<(String, edits::Address), Count>::new();
    for pair in pairs {
        let language = pair.language.as_deref();
        let (Some(tag), Some(draft)) = (language, edits::address(&pair.draft, language)) else {
            continue;
        };
        let other = match draft {
            edits::Address::Familiar => edits::Address::Formal,
            edits::Address::Formal => edits::Address::Familiar,
        };
        let tag = edits::primary(tag);
        let count = counts.entry((tag, other)).or_default();
        count.possible += 1;
        if edits::address(&pair.sent, language) == Some(other) {
            count.add(pair);
        }
    }
    for ((tag, address), count) in counts.into_iter().filter(|(_, count)| count.holds()) {
        if let Some((language, word)) = edits::address_words(&tag, address) {
            found.push(Proposal {
                key: format!("address:{tag}:{word}"),
                text: format!("In {language}, address people with \"{word}\"."),
                evidence: count.evidence(),
            });
        }
    }
}

fn habits(pairs: &[Pair], found: &mut Vec<Proposal>) {
    for habit in HABITS {
        let mut count = Count::default();
        for pair in pairs.iter().filter(|pair| (habit.is_in)(&pair.draft)) {
            count.possible += 1;
            if !(habit.is_in)(&pair.sent) {
                count.add(pair);
            }
        }
        if count.holds() {
            found.push(Proposal {
                key: format!("habit:{}", habit.key),
                text: habit.rule.to_owned(),
                evidence: count.evidence(),
            });
        }
    }
}

/// Drafts that were cut down by a quarter and more.
fn length(pairs: &[Pair], found: &mut Vec<Proposal>) {
    let mut count = Count::default();
    let mut sizes = Vec::new();
    for pair in pairs {
        let (draft, sent) = (count_words(&pair.draft), count_words(&pair.sent));
        if draft < LONG {
            continue;
        }
        count.possible += 1;
        if sent * 4 <= draft * 3 {
            count.add(pair);
            sizes.push(sent);
        }
    }
    if !count.holds() {
        return;
    }
    sizes.sort_unstable();
    let median = sizes.get(sizes.len() / 2).copied().unwrap_or_default();
    let about = (median.div_ceil(10) * 10).max(10);
    found.push(Proposal {
        key: "length".to_owned(),
        text: format!("Keep it short: about {about} words."),
        evidence: count.evidence(),
    });
}

/// Sentences that are always taken out, or always put in.
fn sentences(pairs: &[Pair], found: &mut Vec<Proposal>) {
    let (mut out, mut into) = (
        BTreeMap::<&str, Count>::new(),
        BTreeMap::<&str, Count>::new(),
    );
    for pair in pairs {
        let named = |sentence: &&str| {
            let mut names = pair.name.split_whitespace();
            !names.any(|name| name.len() > 2 && sentence.contains(name))
        };
        let of =
            |text| -> BTreeSet<&str> { edits::sentences(text).into_iter().filter(named).collect() };
        let (draft, sent) = (of(pair.draft.as_str()), of(pair.sent.as_str()));
        for sentence in draft.iter().filter(|s| edits::is_worth_a_rule(s)) {
            let count = out.entry(sentence).or_default();
            count.possible += 1;
            if !sent.iter().any(|other| alike(sentence, other)) {
                count.add(pair);
            }
        }
        for sentence in sent.iter().filter(|s| edits::is_worth_a_rule(s)) {
            if !draft.iter().any(|other| alike(sentence, other)) {
                into.entry(sentence).or_default().add(pair);
            }
        }
    }
    let mut propose = |key: &str, words: &str, counts: BTreeMap<&str, Count>| {
        let mut held: Vec<_> = counts.into_iter().filter(|(_, c)| c.holds()).collect();
        held.sort_by_key(|(_, count)| std::cmp::Reverse(count.made));
        for (sentence, count) in held.into_iter().take(SENTENCES) {
            found.push(Proposal {
                key: format!("{key}:{sentence}"),
                text: format!("{words} \"{sentence}\""),
                evidence: count.evidence(),
            });
        }
    };
    propose("out", "Leave out", out);
    propose("in", "Where it fits, write", into);
}

/// Whether one sentence is the other, reworded: half of their words are the same.
fn alike(one: &str, other: &str) -> bool {
    let (one, other) = (words(one), words(other));
    let one: BTreeSet<&str> = one.split_whitespace().collect();
    let other: BTreeSet<&str> = other.split_whitespace().collect();
    one.intersection(&other).count() * 2 >= one.len().max(other.len())
}

/// Words that say the same reason, whole; `*` stands for any ending.
const REASONS: &[(&str, &str, &[&str])] = &[
    (
        "long",
        "Keep it short; drafts were turned down as too long.",
        &[
            "too long",
            "shorter",
            "zu lang",
            "zu lange*",
            "kürzer*",
            "trop long",
            "trop longs",
            "trop longue*",
            "plus court*",
            "demasiado largo*",
        ],
    ),
    (
        "formal",
        "Write less formally; drafts were turned down as too stiff.",
        &[
            "too formal*",
            "too stiff",
            "zu förmlich*",
            "zu steif*",
            "trop formel*",
            "demasiado formal*",
        ],
    ),
    (
        "casual",
        "Write more formally; drafts were turned down as too casual.",
        &[
            "too casual*",
            "too informal*",
            "zu locker*",
            "trop familier*",
            "demasiado informal*",
        ],
    ),
    (
        "pushy",
        "Do not push; drafts were turned down as too pushy.",
        &[
            "too pushy",
            "too salesy",
            "zu aufdringlich*",
            "trop insistant*",
            "insistente*",
        ],
    ),
];

fn rejections(reasons: &[String], found: &mut Vec<Proposal>) {
    let mut counts = BTreeMap::<String, (String, usize)>::new();
    for reason in reasons {
        let said = words(reason);
        if said.trim().is_empty() {
            continue;
        }
        let known = REASONS.iter().find(|(_, _, phrases)| has(&said, phrases));
        let (key, text) = match known {
            Some((key, text, _)) => ((*key).to_owned(), (*text).to_owned()),
            None => (
                said.trim().to_owned(),
                format!("Avoid what drafts were turned down for: {}", reason.trim()),
            ),
        };
        counts.entry(key).or_insert((text, 0)).1 += 1;
    }
    for (key, (text, count)) in counts {
        if count >= REPEATS {
            found.push(Proposal {
                key: format!("reason:{key}"),
                text,
                evidence: u32::try_from(count).unwrap_or(u32::MAX),
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn pair(lead: i64, draft: &str, sent: &str) -> Pair {
        let name = ["Maria Lopez", "Jon Park", "Ana Ruiz"];
        let name = name[usize::try_from(lead).unwrap() % 3];
        let of = |text: &str| text.replace("{name}", name.split(' ').next().unwrap());
        Pair {
            lead,
            name: name.into(),
            language: Some("en".into()),
            draft: of(draft),
            sent: of(sent),
        }
    }

    fn rules(pairs: &[Pair]) -> Vec<String> {
        propose(pairs, &[]).into_iter().map(|p| p.text).collect()
    }

    fn thrice(draft: &str, sent: &str) -> Vec<Pair> {
        (0..3).map(|lead| pair(lead, draft, sent)).collect()
    }

    #[test]
    fn a_greeting_a_closing_and_a_name_that_are_always_changed_become_rules() {
        let pairs = thrice(
            "Hi {name},\n\nfine.\n\nBest,\nSam Doe",
            "Hello {name}!\n\nfine.\n\nCheers,\nSam",
        );
        assert_eq!(
            rules(&pairs),
            [
                "Begin with \"Hello {first name}!\"",
                "Close with \"Cheers,\"",
                "Sign as \"Sam\""
            ]
        );
    }

    #[test]
    fn twice_is_not_enough_and_one_lead_is_not_either() {
        let draft = "Hi {name},\n\nfine.\n\nBest,\nSam";
        let sent = "Hi {name},\n\nfine.\n\nCheers,\nSam";
        assert_eq!(rules(&thrice(draft, sent)[..2]), [""; 0]);
        let one_lead: Vec<Pair> = (0..5).map(|_| pair(1, draft, sent)).collect();
        assert_eq!(rules(&one_lead), [""; 0]);
    }

    #[test]
    fn what_is_mostly_left_as_it_is_is_no_rule() {
        let draft = "Hi {name},\n\nfine.\n\nBest,\nSam";
        let mut pairs = thrice(draft, "Hi {name},\n\nfine.\n\nCheers,\nSam");
        pairs.extend((0..3).map(|lead| pair(lead, draft, draft)));
        assert_eq!(rules(&pairs), [""; 0]);
    }

    #[test]
    fn habits_that_are_taken_out_become_rules() {
        let pairs = thrice(
            "Hi {name},\n\ngreat news! We start — now.",
            "Hi {name},\n\nwe start now.",
        );
        assert_eq!(
            rules(&pairs),
            [
                "Use no exclamation marks.",
                "Use no dashes inside a sentence; a comma or a full stop will do."
            ]
        );
    }

    #[test]
    fn drafts_that_are_always_cut_down_should_be_short() {
        let long = "word ".repeat(80);
        let pairs: Vec<Pair> = (0..3)
            .map(|lead| {
                pair(
                    lead,
                    &long,
                    &"word ".repeat(27 + usize::try_from(lead).unwrap()),
                )
            })
            .collect();
        assert_eq!(rules(&pairs), ["Keep it short: about 30 words."]);
    }

    #[test]
    fn a_form_of_address_that_is_always_changed_becomes_a_rule() {
        let german = |lead| Pair {
            language: Some("de".into()),
            ..pair(lead, "Haben Sie Zeit?", "Hast du Zeit?")
        };
        let pairs: Vec<Pair> = (0..3).map(german).collect();
        assert_eq!(rules(&pairs), ["In German, address people with \"du\"."]);
    }

    #[test]
    fn sentences_that_are_always_cut_or_added_become_rules() {
        let pairs = thrice(
            "Hi {name},\n\nI hope this finds you well. It costs 2,400 EUR.",
            "Hi {name},\n\nIt costs 2,400 EUR. You can reach me any time after nine.",
        );
        assert_eq!(
            rules(&pairs),
            [
                "Leave out \"I hope this finds you well.\"",
                "Where it fits, write \"You can reach me any time after nine.\""
            ]
        );
    }

    #[test]
    fn a_reason_that_is_given_again_and_again_becomes_a_rule() {
        let reasons = [
            "too long",
            "Way too long!",
            "make it shorter",
            "wrong price",
            "no",
        ];
        let reasons: Vec<String> = reasons.iter().map(|r| (*r).to_owned()).collect();
        let found = propose(&[], &reasons);
        assert_eq!(found.len(), 1);
        assert_eq!(
            (found[0].key.as_str(), found[0].evidence),
            ("reason:long", 3)
        );
        let own: Vec<String> = vec!["never offer discounts".into(); 3];
        assert_eq!(
            propose(&[], &own)[0].text,
            "Avoid what drafts were turned down for: never offer discounts"
        );
    }

    #[test]
    fn reasons_are_told_by_whole_words_and_their_endings() {
        let key = |reason: &str| {
            propose(&[], &[(); 3].map(|()| reason.into()))[0]
                .key
                .clone()
        };
        assert_eq!(
            key("Kommt zu langsam zur Sache"),
            "reason:kommt zu langsam zur sache"
        );
        for reason in ["ZU LANG.", "zu lange Sätze", "Réponse trop longue"] {
            assert_eq!(key(reason), "reason:long", "{reason}");
        }
    }

    #[test]
    fn a_closing_is_of_its_language_once_there_are_several() {
        let mut pairs = thrice(
            "Hi {name},\n\nfine.\n\nBest,\nSam",
            "Hi {name},\n\nfine.\n\nCheers,\nSam",
        );
        pairs.push(Pair {
            language: Some("de".into()),
            ..pair(
                1,
                "Hallo {name},\n\ngut.\n\nGruß,\nSam",
                "Hallo {name},\n\ngut.\n\nGruß,\nSam",
            )
        });
        assert_eq!(rules(&pairs), ["In English, close with \"Cheers,\""]);
    }

    #[test]
    fn a_closing_that_drafts_lack_is_learned_too() {
        let pairs = thrice(
            "Hi {name},\n\nfine it is.\n\nSam",
            "Hi {name},\n\nfine it is.\n\nCheers,\nSam",
        );
        assert_eq!(rules(&pairs), ["Close with \"Cheers,\""]);
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn any_texts_give_the_same_rules_each_time_and_no_panic(
            texts in proptest::collection::vec(("\\PC{0,60}", "\\PC{0,60}"), 0..8),
        ) {
            let pairs: Vec<Pair> = texts
                .iter()
                .zip(0..)
                .map(|((draft, sent), lead)| pair(lead, draft, sent))
                .collect();
            let reasons: Vec<String> = texts.iter().map(|(draft, _)| draft.clone()).collect();
            prop_assert_eq!(propose(&pairs, &reasons), propose(&pairs, &reasons));
        }
    }
}
