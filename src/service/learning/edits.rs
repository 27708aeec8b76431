//! What can be seen of a letter by simple rules: how it greets, closes, addresses people,
//! how long it is. A rule of style is proposed when the person changes one of these in the
//! same way again and again.

use super::own_words;

/// A letter's opening and end.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Frame {
    /// Such as `Hi {first name},`.
    pub greeting: Option<String>,
    /// Such as `Best regards,`.
    pub closing: Option<String>,
    /// What stands below the closing.
    pub signed: Option<String>,
}

/// Reads a letter's frame. The lead's name stands as a placeholder in the greeting, so that
/// greetings of different leads compare.
#[must_use]
pub fn frame(text: &str, lead: &str) -> Frame {
    let mut paragraphs: Vec<Vec<&str>> = vec![Vec::new()];
    for line in text.lines().map(str::trim) {
        match paragraphs.last_mut() {
            Some(last) if !line.is_empty() => last.push(line),
            Some(last) if !last.is_empty() => paragraphs.push(Vec::new()),
            _ => {}
        }
    }
    paragraphs.retain(|paragraph| !paragraph.is_empty());
    let first = paragraphs.first().and_then(|paragraph| paragraph.first());
    let greeting = first.and_then(|line| greeting(line, lead));
    let (closing, signed) = match paragraphs.as_slice() {
        [_, .., last] => ending(last),
        _ => (None, None),
    };
    Frame {
        greeting,
        closing,
        signed,
    }
}

fn greeting(line: &str, lead: &str) -> Option<String> {
    let words: Vec<&str> = line.split_whitespace().collect();
    if words.is_empty() || words.len() > 6 || line.chars().count() > 60 {
        return None;
    }
    let names: Vec<&str> = lead.split_whitespace().collect();
    let mut named = false;
    let shown: Vec<String> = words
        .iter()
        .map(|word| {
            let bare = word.trim_end_matches([',', '!', ':', '.', ';']);
            let end = word.get(bare.len()..).unwrap_or_default();
            let is = |name: Option<&&str>| name.is_some_and(|name| *name == bare);
            if is(names.first()) {
                named = true;
                format!("{{first name}}{end}")
            } else if names.len() > 1 && is(names.last()) {
                named = true;
                format!("{{last name}}{end}")
            } else {
                (*word).to_owned()
            }
        })
        .collect();
    (named || line.ends_with([',', '!', ':'])).then(|| shown.join(" "))
}

/// The closing and what stands below it, in the last paragraph: its first line when all
/// of it is short, else the lowest line that ends with a comma. A name may stand alone.
fn ending(last: &[&str]) -> (Option<String>, Option<String>) {
    let short = |line: &&&str| line.split_whitespace().count() <= 5 && line.chars().count() <= 40;
    let owned = |line: &&str| Some((*line).to_owned());
    if let [name] = last {
        let words = name.split_whitespace().count();
        let named = words <= 3 && name.ends_with(char::is_alphabetic);
        return (None, Some(name).filter(|_| named).and_then(owned));
    }
    let all_short = last.len() <= 4 && last.iter().filter(short).count() == last.len();
    let comma = |line: &&str| line.ends_with([',', '!']) && short(&line);
    let at = if all_short {
        Some(0)
    } else {
        last.iter().rposition(comma)
    };
    let below = at.and_then(|at| last.get(at + 1..));
    match below.filter(|below| !below.is_empty()) {
        Some(below) => (
            at.and_then(|at| last.get(at)).and_then(owned),
            Some(below.join(", ")),
        ),
        None => (None, None),
    }
}

/// How people are addressed, in languages that tell familiar from formal.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Address {
    /// Such as `du`.
    Familiar,
    /// Such as `Sie`.
    Formal,
}

/// A language by its name; its tag where we have no name for it.
#[must_use]
pub fn language_name(tag: &str) -> String {
    const NAMES: &[(&str, &str)] = &[
        ("en", "English"),
        ("de", "German"),
        ("fr", "French"),
        ("es", "Spanish"),
        ("it", "Italian"),
        ("pt", "Portuguese"),
        ("nl", "Dutch"),
    ];
    let primary = primary(tag);
    let known = NAMES.iter().find(|(known, _)| *known == primary);
    known.map_or(primary, |(_, name)| (*name).to_owned())
}

/// The first part of a language tag, lower case: `de` of `de-AT`.
#[must_use]
pub fn primary(tag: &str) -> String {
    let first = tag.split(['-', '_']).next().unwrap_or_default();
    first.to_lowercase()
}

/// A language with two ways of address.
struct Ways {
    tag: &'static str,
    name: &'static str,
    familiar: &'static [&'static str],
    formal: &'static [&'static str],
}

/// Words as they are written: `Sie` is formal, `sie` is not.
const WAYS: &[Ways] = &[
    Ways {
        tag: "de",
        name: "German",
        familiar: &[
            "du", "dich", "dir", "dein", "deine", "deinen", "deinem", "deiner", "Du", "Dich",
            "Dir", "Dein", "Deine",
        ],
        formal: &["Sie", "Ihnen", "Ihr", "Ihre", "Ihren", "Ihrem", "Ihrer"],
    },
    Ways {
        tag: "fr",
        name: "French",
        familiar: &["tu", "toi", "ton", "tes", "Tu"],
        formal: &["vous", "votre", "vos", "Vous", "Votre", "Vos"],
    },
    Ways {
        tag: "es",
        name: "Spanish",
        familiar: &["tú", "te", "tu", "tus", "contigo", "Tú", "Tu", "Te"],
        formal: &["usted", "ustedes", "Usted", "Ustedes"],
    },
];

/// How a text addresses its reader; none where the language does not tell, or both occur.
#[must_use]
pub fn address(text: &str, language: Option<&str>) -> Option<Address> {
    let ways = ways(language?)?;
    let has = |known: &[&str]| {
        text.split(|c: char| !c.is_alphabetic())
            .any(|word| known.contains(&word))
    };
    match (has(ways.familiar), has(ways.formal)) {
        (true, false) => Some(Address::Familiar),
        (false, true) => Some(Address::Formal),
        _ => None,
    }
}

/// A way of address in words, such as `German` and `du`.
#[must_use]
pub fn address_words(language: &str, address: Address) -> Option<(&'static str, &'static str)> {
    let ways = ways(language)?;
    let word = match address {
        Address::Familiar => ways.familiar.first(),
        Address::Formal => ways.formal.first(),
    };
    Some((ways.name, word?))
}

fn ways(language: &str) -> Option<&'static Ways> {
    let tag = primary(language);
    WAYS.iter().find(|ways| ways.tag == tag)
}

/// A habit of drafts that people take out.
pub struct Habit {
    /// A fixed word.
    pub key: &'static str,
    /// The rule.
    pub rule: &'static str,
    /// Whether a text has it.
    pub is_in: fn(&str) -> bool,
}

/// The habits that are looked for.
pub const HABITS: &[Habit] = &[
    Habit {
        key: "exclamation",
        rule: "Use no exclamation marks.",
        is_in: |text| text.contains(['!', '！']),
    },
    Habit {
        key: "dash",
        rule: "Use no dashes inside a sentence; a comma or a full stop will do.",
        is_in: |text| text.contains('—') || text.contains(" – "),
    },
    Habit {
        key: "emoji",
        rule: "Use no emoji.",
        is_in: |text| {
            text.chars()
                .any(|c| matches!(c, '\u{1F300}'..='\u{1FAFF}' | '\u{2600}'..='\u{27BF}'))
        },
    },
    Habit {
        key: "list",
        rule: "Write sentences, not lists.",
        is_in: |text| {
            text.lines().any(|line| {
                let line = line.trim_start();
                ["- ", "* ", "• "]
                    .iter()
                    .any(|start| line.starts_with(start))
            })
        },
    },
];

/// How many words a text has.
#[must_use]
pub fn count_words(text: &str) -> usize {
    text.split_whitespace().count()
}

/// Whether a sentence is worth a rule of its own.
#[must_use]
pub fn is_worth_a_rule(sentence: &str) -> bool {
    (4..=25).contains(&count_words(sentence))
}

/// The sentences of a text; none reaches over the end of a line.
#[must_use]
pub fn sentences(text: &str) -> Vec<&str> {
    text.lines()
        .flat_map(own_words::sentences)
        .map(str::trim)
        .filter(|sentence| !sentence.is_empty())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_is_read_without_the_leads_name() {
        let read = frame(
            "Hi Maria,\n\nfine.\n\nBest regards,\nSam Doe",
            "Maria Lopez",
        );
        assert_eq!(read.greeting.as_deref(), Some("Hi {first name},"));
        assert_eq!(read.closing.as_deref(), Some("Best regards,"));
        assert_eq!(read.signed.as_deref(), Some("Sam Doe"));
        let formal = frame(
            "Guten Tag Frau Lopez,\n\ngern.\n\nViele Grüße\nSam",
            "Maria Lopez",
        );
        assert_eq!(
            formal.greeting.as_deref(),
            Some("Guten Tag Frau {last name},")
        );
        assert_eq!(formal.closing.as_deref(), Some("Viele Grüße"));
        assert_eq!(formal.signed.as_deref(), Some("Sam"));
    }

    #[test]
    fn a_letter_without_a_frame_has_none() {
        assert_eq!(frame("", "Maria"), Frame::default());
        let bare = frame(
            "It costs from 2,400 EUR and takes about four weeks to build.",
            "Maria",
        );
        assert_eq!(bare, Frame::default());
    }

    #[test]
    fn familiar_and_formal_are_told_apart_by_language() {
        assert_eq!(
            address("Hast du Zeit?", Some("de")),
            Some(Address::Familiar)
        );
        assert_eq!(
            address("Haben Sie Zeit?", Some("de-AT")),
            Some(Address::Formal)
        );
        assert_eq!(address("sie hat Zeit", Some("de")), None);
        assert_eq!(
            address("Vous avez votre site", Some("fr")),
            Some(Address::Formal)
        );
        assert_eq!(address("du Sie", Some("de")), None);
        assert_eq!(address("Sie", Some("en")), None);
        assert_eq!(address("Sie", None), None);
    }

    #[test]
    fn habits_are_found_where_they_are() {
        let found = |text: &str| -> Vec<&str> {
            let of = HABITS.iter().filter(|habit| (habit.is_in)(text));
            of.map(|habit| habit.key).collect()
        };
        assert_eq!(found("Great! 🎉"), ["exclamation", "emoji"]);
        assert_eq!(found("fine — really\n- one\n- two"), ["dash", "list"]);
        assert_eq!(found("a well-known thing, from 2 to 3."), [""; 0]);
    }

    #[test]
    fn a_sentence_ends_with_any_mark_and_with_the_line() {
        assert_eq!(
            sentences(" One; two.\n\nThree！ Is it 2.5? \nfour"),
            ["One;", "two.", "Three！", "Is it 2.5?", "four"]
        );
    }
}
