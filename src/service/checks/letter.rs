//! What belongs to a letter as a whole: whom it greets, its language, files it promises.

use std::ops::Range;

use super::scan::{Token, fold};
use crate::llm::language;

/// Words that a greeting begins with; several words each, without accents.
const GREETINGS: &[&str] = &[
    "hi",
    "hello",
    "hey",
    "dear",
    "good morning",
    "good afternoon",
    "good evening",
    "hallo",
    "hoi",
    "moin",
    "servus",
    "liebe",
    "lieber",
    "liebes",
    "guten morgen",
    "guten tag",
    "guten abend",
    "sehr geehrte",
    "sehr geehrter",
    "gruss gott",
    "hola",
    "buenos dias",
    "buenas tardes",
    "estimado",
    "estimada",
    "querido",
    "querida",
    "bonjour",
    "bonsoir",
    "salut",
    "cher",
    "chere",
    "ciao",
    "buongiorno",
    "buonasera",
    "gentile",
    "caro",
    "cara",
    "salve",
    "ola",
    "bom dia",
    "boa tarde",
    "prezado",
    "prezada",
    "beste",
    "geachte",
    "goedemorgen",
    "goedemiddag",
    "dag",
    "goedendag",
    "thanks",
    "thank you",
    "danke",
    "gracias",
    "merci",
    "grazie",
    "obrigado",
    "obrigada",
    "bedankt",
];
/// How many of those are thanks, after which a name is a name only before a comma.
const THANKS: &[&str] = &[
    "thanks", "thank", "danke", "gracias", "merci", "grazie", "obrigado", "obrigada", "bedankt",
];

/// Titles and words that greet nobody in particular.
const NOT_NAMES: &[&str] = &[
    "mr",
    "mrs",
    "ms",
    "miss",
    "mx",
    "dr",
    "prof",
    "professor",
    "sir",
    "madam",
    "herr",
    "herrn",
    "frau",
    "doktor",
    "senor",
    "senora",
    "sr",
    "sra",
    "don",
    "dona",
    "m",
    "mme",
    "mlle",
    "monsieur",
    "madame",
    "mademoiselle",
    "maitre",
    "signor",
    "signora",
    "signore",
    "sig",
    "dott",
    "dottor",
    "dottoressa",
    "senhor",
    "senhora",
    "heer",
    "mevrouw",
    "de",
    "meneer",
    "all",
    "team",
    "everyone",
    "everybody",
    "there",
    "both",
    "folks",
    "again",
    "friends",
    "zusammen",
    "alle",
    "ihr",
    "damen",
    "und",
    "herren",
    "leute",
    "a",
    "todos",
    "todas",
    "equipo",
    "equipe",
    "tous",
    "toutes",
    "tutti",
    "tutte",
    "squadra",
    "allemaal",
    "and",
    "y",
    "et",
    "e",
    "en",
    "dag",
    "from",
    "for",
    "the",
    "your",
    "nochmal",
    "nochmals",
    "wieder",
    "my",
    "mein",
    "meine",
    "mi",
    "mon",
    "ma",
    "mio",
    "mia",
    "meu",
    "minha",
    "hiring",
    "sales",
    "support",
    "customer",
    "recruiter",
    "colleagues",
    "kollegen",
    "kolleginnen",
    "kunde",
    "customer",
    "partner",
    "ingeniero",
    "licenciado",
    "ing",
    "lic",
    "arq",
    "dra",
    "drs",
    "ir",
    "mag",
];

/// Whether a text begins with words that greet somebody.
#[must_use]
pub fn greets(tokens: &[Token<'_>]) -> bool {
    greeting(&first_line(tokens)).is_some()
}

fn first_line<'t>(tokens: &'t [Token<'t>]) -> Vec<&'t Token<'t>> {
    tokens
        .iter()
        .skip_while(|t| t.is('\n'))
        .take_while(|t| !t.is('\n'))
        .take(12)
        .collect()
}

/// The longest greeting that a line begins with.
fn greeting(line: &[&Token<'_>]) -> Option<Vec<&'static str>> {
    let words: Vec<&str> = line.iter().map(|t| t.folded.as_str()).collect();
    GREETINGS
        .iter()
        .map(|g| g.split(' ').collect::<Vec<_>>())
        .filter(|g| words.starts_with(g))
        .max_by_key(Vec::len)
}

/// The name in the first line that is nobody's: not the lead's, and in no mail of theirs.
#[must_use]
pub fn wrong_greeting(tokens: &[Token<'_>], names: &Names<'_>) -> Option<Range<usize>> {
    let line = first_line(tokens);
    let greeting = greeting(&line)?;
    let mut at = greeting.len();
    // "Guten Tag Herr Weber", "Hi there,"
    let mut named: Vec<&Token<'_>> = Vec::new();
    while let Some(token) = line.get(at) {
        if token.is_word() && token.is_capital() && !NOT_NAMES.contains(&token.folded.as_str()) {
            named.push(token);
        } else if !(token.is('.')
            || token.is('-')
            || token.is_word() && NOT_NAMES.contains(&token.folded.as_str()))
        {
            break;
        }
        at += 1;
    }
    let ends = line
        .get(at)
        .is_none_or(|t| t.is(',') || t.is('!') || t.is(':') || t.is('–') || t.is('.'));
    let thanks = greeting.first().is_some_and(|word| THANKS.contains(word));
    // "Hi Maria thanks for" greets; "Thanks Monday works" does not, nor does "Hello World Cup fans".
    if named.is_empty() || named.len() > 4 || (!ends && (thanks || named.len() > 1)) {
        return None;
    }
    let fits = named.iter().any(|token| names.know(&token.folded));
    let (first, last) = (named.first()?, named.last()?);
    (!fits).then_some(first.range.start..last.range.end)
}

/// What a lead may be called.
#[derive(Clone, Copy, Debug)]
pub struct Names<'g> {
    /// Names and addresses of the lead, folded.
    pub lead: &'g [String],
    /// Words of the lead's mails, folded, between single spaces.
    pub mails: &'g str,
    /// Our own first name, folded.
    pub own: &'g str,
}

impl Names<'_> {
    fn know(&self, word: &str) -> bool {
        // Short for it: Alex for Alexandra, Tom for Thomas.
        let short = |name: &String| {
            let (a, b) = if name.len() < word.len() {
                (name.as_str(), word)
            } else {
                (word, name.as_str())
            };
            let stem: String = a.chars().take(3).collect();
            let mut rest = b.chars();
            let drawn = a.chars().all(|c| rest.any(|other| other == c));
            let first = a.chars().next() == b.chars().next();
            a.len() >= 2 && (b.starts_with(&stem) || (drawn && first && b.len() >= a.len() + 2))
        };
        self.lead.iter().any(|name| name == word || short(name))
            || (word != self.own && self.mails.contains(&format!(" {word} ")))
    }
}

/// The name in words that a text is compared by.
#[must_use]
pub fn name_words(text: &str) -> Vec<String> {
    fold(text)
        .split(|c: char| !c.is_alphabetic())
        .filter(|word| word.chars().count() >= 2)
        .map(str::to_owned)
        .collect()
}

/// The languages of the lead's mail and of ours when they surely differ.
#[must_use]
pub fn other_language(theirs: &str, ours: &str) -> Option<(&'static str, &'static str)> {
    let (theirs, ours) = (language::reliable(theirs)?, language::reliable(ours)?);
    (theirs.tag != ours.tag && !theirs.is_close_to(&ours)).then_some((theirs.name, ours.name))
}

/// Phrases that say a file comes along, without accents.
const PROMISES: &[&str] = &[
    "i have attached",
    "i ve attached",
    "we have attached",
    "we ve attached",
    "i am attaching",
    "i m attaching",
    "we are attaching",
    "attached is",
    "attached are",
    "attached you",
    "attached please",
    "please find attached",
    "find attached",
    "is attached",
    "are attached",
    "see attached",
    "see the attached",
    "see the attachment",
    "in the attachment",
    "find enclosed",
    "enclosed is",
    "enclosed you",
    "enclosed please",
    "attached below",
    "i attach",
    "find the attached",
    "as an attachment to this",
    "attached to this",
    "attached our",
    "attached a",
    "attached the",
    "im anhang",
    "in der anlage",
    "anbei",
    "beigefugt",
    "angehangt",
    "angehangte",
    "als anhang zu dieser",
    "te adjunto",
    "le adjunto",
    "les adjunto",
    "os adjunto",
    "adjunto te",
    "adjunto le",
    "adjunto encontrar*",
    "adjunto la",
    "adjunto el",
    "adjunto los",
    "adjunto las",
    "adjuntamos",
    "en el adjunto",
    "archivo adjunto",
    "en adjunto",
    "adjunto una",
    "adjunto un",
    "en piece jointe",
    "en pieces jointes",
    "ci joint",
    "ci jointe",
    "ci joints",
    "je joins",
    "nous joignons",
    "vous trouverez en annexe",
    "en annexe",
    "je vous joins",
    "en attache",
    "in allegato",
    "allego",
    "alleghiamo",
    "ti allego",
    "le allego",
    "trova allegato",
    "trovi allegato",
    "trovate allegato",
    "em anexo",
    "segue anexo",
    "segue em anexo",
    "no anexo",
    "anexo a",
    "anexo o",
    "anexei",
    "envio anexo",
    "in de bijlage",
    "in bijlage",
    "als bijlage",
    "bijgevoegd",
    "bijgaand",
    "i bilagan",
    "vedhaeftet",
    "vedlagt",
    "bifogat",
];

/// Words before a promise that make none of it: "nothing is attached", "once it is attached".
const UNPROMISED: &[&str] = &[
    "not", "no", "nothing", "never", "if", "once", "when", "ohne", "nicht", "kein", "keine", "sin",
    "sans", "pas", "senza", "sem", "geen", "niet", "without", "you", "your", "ihr", "ihrem",
    "ihrer", "ihren", "deinem", "eurem", "tu", "su", "votre", "vos", "ton", "suo", "seu", "uw",
    "je", "was", "were", "dein",
];

/// Where a text promises a file.
#[must_use]
pub fn promised_file(tokens: &[Token<'_>]) -> Option<Range<usize>> {
    let words: Vec<&Token<'_>> = tokens.iter().filter(|t| t.is_word()).collect();
    for (at, _) in words.iter().enumerate() {
        for promise in PROMISES {
            let parts: Vec<&str> = promise.split(' ').collect();
            let Some(found) = words.get(at..at + parts.len()) else {
                continue;
            };
            let fits = found
                .iter()
                .zip(&parts)
                .all(|(token, part)| match part.strip_suffix('*') {
                    Some(stem) => token.folded.starts_with(stem),
                    None => token.folded == *part,
                });
            let before = words.get(at.saturating_sub(2)..at).unwrap_or_default();
            let denied = before
                .iter()
                .any(|t| UNPROMISED.contains(&t.folded.as_str()) && t.folded != "je");
            let theirs = before
                .last()
                .is_some_and(|t| matches!(t.folded.as_str(), "you" | "have"))
                && parts.first() == Some(&"attached");
            let to_something = promise.starts_with("is att") || promise.starts_with("are att");
            let tied = to_something
                && words
                    .get(at + parts.len())
                    .is_some_and(|t| t.folded == "to")
                && words
                    .get(at + parts.len() + 1)
                    .is_none_or(|t| t.folded != "this");
            if fits && !denied && !theirs && !tied {
                let (first, last) = (found.first()?, found.last()?);
                return Some(first.range.start..last.range.end);
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::checks::scan::tokens;

    fn greets(text: &str) -> Option<&str> {
        let lead = name_words("Maria López-García maria.lopez@a.example");
        let mails = " bob and i talked best sam ";
        let names = Names {
            lead: &lead,
            mails,
            own: "sam",
        };
        wrong_greeting(&tokens(text), &names).and_then(|place| text.get(place))
    }

    #[test]
    fn a_greeting_of_somebody_else_is_found() {
        for (text, name) in [
            ("Hi Anna,\n\nthanks", "Anna"),
            ("Dear Mr. Weber,", "Weber"),
            ("Sehr geehrter Herr Dr. Weber,", "Weber"),
            ("Hola Ana:", "Ana"),
            ("Bonjour Claire,", "Claire"),
            ("Hi Sam,", "Sam"),
            ("Guten Tag Frau Vogel,", "Vogel"),
            ("Hi Jon thanks", "Jon"),
        ] {
            assert_eq!(greets(text), Some(name), "{text}");
        }
    }

    #[test]
    fn the_lead_and_everybody_may_be_greeted() {
        for text in [
            "Hi Maria,",
            "Dear Ms Lopez,",
            "Hola María:",
            "Hi Mari!",
            "Hi Bob,",
            "Hello there,",
            "Hi all,",
            "Sehr geehrte Damen und Herren,",
            "Hello again,",
            "Thanks Monday works for us",
            "Maria,",
            "Hallo zusammen,",
            "Hi,\n\nAnna says",
            "Gentile Dottoressa López,",
            "Dear Hiring Team,",
            "Hello Maria and Bob,",
            "\n\nHi Maria",
        ] {
            assert_eq!(greets(text), None, "{text}");
        }
    }

    #[test]
    fn a_promised_file_is_found_in_many_languages() {
        for text in [
            "I've attached the offer.",
            "Please find attached our rates.",
            "Im Anhang finden Sie das Angebot.",
            "Anbei das Angebot.",
            "Te adjunto la propuesta.",
            "Vous trouverez en pièce jointe le devis.",
            "Ci-joint le devis.",
            "In allegato trova il preventivo.",
            "Segue em anexo a proposta.",
            "In de bijlage vindt u de offerte.",
        ] {
            assert!(promised_file(&tokens(text)).is_some(), "{text}");
        }
        for text in [
            "Thanks for the attached brief.",
            "The brief you attached is clear.",
            "Could you attach the logo?",
            "No conditions are attached to the offer.",
            "In Ihrem Anhang fehlt Seite 2.",
            "I am attached to my dog.",
            "Nothing is attached yet.",
            "Is it attached to a contract?",
        ] {
            assert_eq!(promised_file(&tokens(text)), None, "{text}");
        }
    }
}
