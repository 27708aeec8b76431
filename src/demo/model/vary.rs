//! Further versions of a draft: other words for a regeneration, and what a hint asks for.
//! Made by rule from the scripted text, so that each is different and still reads well.

use crate::demo::leads::script::Language;

/// Greeting, paragraphs, sign-off.
struct Parts<'a> {
    greeting: Option<&'a str>,
    middle: Vec<String>,
    end: Option<&'a str>,
}

fn parts(body: &str) -> Parts<'_> {
    let mut all: Vec<&str> = body.trim().split("\n\n").map(str::trim).collect();
    let short = |text: &&str| text.chars().count() < 60;
    let greeting = (all.len() > 2 && all.first().is_some_and(short)).then(|| all.remove(0));
    let end = (all.len() > 1 && all.last().is_some_and(short))
        .then(|| all.pop())
        .flatten();
    Parts {
        greeting,
        middle: all.into_iter().map(ToOwned::to_owned).collect(),
        end,
    }
}

impl Parts<'_> {
    fn whole(&self) -> String {
        let mut all: Vec<&str> = self.greeting.into_iter().collect();
        all.extend(self.middle.iter().map(String::as_str));
        all.extend(self.end);
        all.join("\n\n")
    }
}

const CLOSINGS: [[&str; 4]; 4] = [
    [
        "What do you think?",
        "Does that help you further? If not, ask me anything.",
        "Shall I put it into a short offer for you?",
        "When would be a good moment for you to talk about it?",
    ],
    [
        "Was meinen Sie?",
        "Hilft Ihnen das weiter? Wenn nicht, fragen Sie einfach.",
        "Soll ich es in ein kurzes Angebot fassen?",
        "Wann passt es Ihnen, darüber zu sprechen?",
    ],
    [
        "¿Qué le parece?",
        "¿Le sirve así? Si no, pregunte lo que quiera.",
        "¿Quiere que lo ponga en una oferta breve?",
        "¿Cuándo le viene bien hablarlo?",
    ],
    [
        "Qu'en pensez-vous ?",
        "Cela répond-il à vos questions ? Sinon, n'hésitez pas.",
        "Souhaitez-vous que j'en fasse un court devis ?",
        "Quand pourrions-nous en parler ?",
    ],
];

const WARM: [&str; 4] = [
    "It was good to read from you, thank you.",
    "Über Ihre Nachricht habe ich mich sehr gefreut, vielen Dank.",
    "Me ha alegrado mucho su mensaje, gracias.",
    "Votre message m'a fait très plaisir, merci.",
];

const MORE: [&str; 4] = [
    "To say a little more about how we work: you talk to the two people who do the work, the price is fixed before we begin, and you see each step before it goes online.",
    "Noch ein Wort dazu, wie wir arbeiten: Sie sprechen mit den beiden Menschen, die die Arbeit machen, der Preis steht vor dem Beginn fest, und Sie sehen jeden Schritt, bevor er online geht.",
    "Un poco más sobre cómo trabajamos: habla con las dos personas que hacen el trabajo, el precio se fija antes de empezar y ve cada paso antes de publicarlo.",
    "Un mot de plus sur notre façon de travailler : vous parlez aux deux personnes qui font le travail, le prix est fixé avant de commencer et vous voyez chaque étape avant sa mise en ligne.",
];

const ASIDE: [&str; 4] = [
    "One more thing:",
    "Noch etwas:",
    "Una cosa más:",
    "Encore une chose :",
];

const fn row(language: Language) -> usize {
    match language {
        Language::En => 0,
        Language::De => 1,
        Language::Es => 2,
        Language::Fr => 3,
    }
}

fn of<const N: usize>(table: &[&'static str; N], language: Language) -> &'static str {
    table.get(row(language)).copied().unwrap_or_default()
}

/// Another version: the last paragraph gives way to another question. Versions that
/// follow one another differ.
pub(super) fn other(body: &str, number: usize, language: Language) -> String {
    let mut parts = parts(body);
    let closings = CLOSINGS.get(row(language)).copied().unwrap_or_default();
    let closing = closings
        .get(number % closings.len())
        .copied()
        .unwrap_or_default();
    if parts.middle.len() > 1 {
        parts.middle.pop();
    }
    parts.middle.push(closing.to_owned());
    parts.whole()
}

/// What the user asked for, done to a draft.
pub(super) fn hinted(body: &str, hint: &str, language: Language) -> String {
    let mut parts = parts(body);
    let lower = hint.to_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    if says(&[
        "short", "brief", "kürzer", "kurz", "corto", "breve", "court",
    ]) {
        // What carries a number is the answer; the last paragraph is the question.
        let has_number = |text: &&String| text.chars().any(|letter| letter.is_ascii_digit());
        let answer = parts.middle.iter().find(has_number);
        let answer = answer
            .or(parts.middle.first())
            .map(|text| sentences(text, 2));
        let last = parts.middle.last().map(|text| sentences(text, 1));
        parts.middle = answer.into_iter().chain(last).collect();
        parts.middle.dedup();
    } else if says(&[
        "long",
        "detail",
        "more about",
        "ausführlich",
        "länger",
        "détail",
    ]) {
        let place = parts.middle.len().saturating_sub(1);
        parts.middle.insert(place, of(&MORE, language).to_owned());
    } else if says(&[
        "warm",
        "friendl",
        "freundlich",
        "herzlich",
        "amable",
        "chaleureux",
    ]) {
        parts.middle.insert(0, of(&WARM, language).to_owned());
    } else {
        let aside = format!("{} {}", of(&ASIDE, language), sentence(hint));
        let place = parts.middle.len().saturating_sub(1).max(1);
        parts.middle.insert(place.min(parts.middle.len()), aside);
    }
    parts.whole()
}

/// The first sentences of a paragraph.
fn sentences(text: &str, count: usize) -> String {
    let mut out = String::new();
    let mut found = 0;
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        out.push(letter);
        let ends = matches!(letter, '.' | '?' | '!')
            && letters.peek().is_none_or(|next| next.is_whitespace());
        found += usize::from(ends);
        if found == count {
            break;
        }
    }
    out
}

/// A hint as a sentence: "mention that we start in May" says "we start in May."
fn sentence(hint: &str) -> String {
    let mut text = hint.trim().trim_end_matches('.');
    for lead in [
        "please ",
        "mention that ",
        "mention ",
        "say that ",
        "say ",
        "tell them that ",
        "tell them ",
        "add that ",
        "add ",
        "offer ",
        "bitte ",
        "erwähne, dass ",
        "erwähne ",
    ] {
        if text.to_lowercase().starts_with(lead) {
            text = text.get(lead.len()..).unwrap_or(text);
        }
    }
    format!("{text}.")
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &str = "Hi Maria,\n\nthe site costs 2,400 EUR. It takes four weeks. We can begin soon.\n\nCakes by day are a booking system.\n\nShall we talk on Tuesday?\n\nSam";

    #[test]
    fn a_shorter_draft_keeps_greeting_answer_question_and_name() {
        assert_eq!(
            hinted(BODY, "shorter", Language::En),
            "Hi Maria,\n\nthe site costs 2,400 EUR. It takes four weeks.\n\nShall we talk on Tuesday?\n\nSam"
        );
    }

    #[test]
    fn every_hint_shows() {
        for hint in [
            "warmer",
            "more detail",
            "mention that we start in May",
            "kürzer",
        ] {
            assert_ne!(hinted(BODY, hint, Language::De), BODY, "{hint}");
        }
        let said = hinted(BODY, "Mention that we start in May.", Language::En);
        assert!(
            said.contains("\n\nOne more thing: we start in May.\n\n"),
            "{said}"
        );
        assert!(said.ends_with("\n\nSam"), "{said}");
    }

    #[test]
    fn versions_that_follow_one_another_differ() {
        let versions: Vec<String> = (0..5).map(|n| other(BODY, n, Language::En)).collect();
        assert!(versions.windows(2).all(|pair| pair[0] != pair[1]));
        assert!(
            versions
                .iter()
                .all(|version| version.starts_with("Hi Maria,") && version.ends_with("\n\nSam"))
        );
        assert!(!other("One line.", 0, Language::Fr).is_empty());
    }
}
