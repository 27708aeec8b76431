//! Questions of the lead that a reply leaves unanswered. A heuristic, and quiet in doubt:
//! it speaks only about questions whose subject is plain (price, date, length, place,
//! examples ...) when nothing in the reply is about that subject or uses their words.

use super::scan::{Token, tokens};
use super::terms;
use super::values::{self, Unit};

/// Characters of a question that is repeated to the person.
const MOST: usize = 120;
/// Questions that are looked at.
const MOST_QUESTIONS: usize = 12;

/// What a question is about: the words that ask for it, and those that speak of it.
struct Topic {
    asks: &'static [&'static str],
    tells: &'static [&'static str],
    values: fn(Unit) -> bool,
}

const TOPICS: &[Topic] = &[
    // A price.
    Topic {
        asks: &[
            "cost*",
            "price*",
            "pricing",
            "charge*",
            "rate",
            "rates",
            "quote",
            "budget",
            "fee",
            "fees",
            "expensive",
            "how much",
            "kosten",
            "kostet",
            "preis*",
            "teuer",
            "wie viel",
            "honorar",
            "angebot",
            "cuanto",
            "precio*",
            "cuesta*",
            "costaria",
            "presupuesto",
            "tarifa*",
            "combien",
            "prix",
            "tarif*",
            "devis",
            "coute*",
            "couterait",
            "quanto",
            "prezzo",
            "prezzi",
            "costo",
            "costa",
            "preventivo",
            "preco*",
            "custa",
            "custaria",
            "orcamento",
            "prijs*",
            "hoeveel",
            "kost",
        ],
        tells: &[
            "free",
            "kostenlos",
            "gratis",
            "gratuit*",
            "estimate",
            "offer",
            "schatz*",
            "angebot*",
            "invoice",
            "pay*",
            "budget*",
        ],
        values: |unit| matches!(unit, Unit::Money(_)),
    },
    // A point in time.
    Topic {
        asks: &[
            "when",
            "what time",
            "which day",
            "what day",
            "how soon",
            "wann",
            "ab wann",
            "welcher tag",
            "uhrzeit",
            "cuando",
            "que dia",
            "que hora",
            "quand",
            "quel jour",
            "quelle heure",
            "quando",
            "che giorno",
            "a che ora",
            "que dia",
            "a que horas",
            "wanneer",
            "hoe laat",
        ],
        tells: &[
            "today",
            "tomorrow",
            "week*",
            "month*",
            "soon",
            "date*",
            "calendar",
            "slot*",
            "start*",
            "heute",
            "morgen",
            "woche*",
            "monat*",
            "bald",
            "termin*",
            "beginn*",
            "hoy",
            "manana",
            "semana*",
            "mes",
            "fecha",
            "pronto",
            "empez*",
            "aujourd",
            "demain",
            "semaine*",
            "mois",
            "bientot",
            "date",
            "commenc*",
            "oggi",
            "domani",
            "settiman*",
            "mese",
            "presto",
            "data",
            "inizi*",
            "hoje",
            "amanha",
            "comec*",
            "vandaag",
            "weken",
            "maand",
            "datum",
            "as soon",
            "sobald",
            "immediately",
            "sofort",
            "once",
            "after",
            "available",
            "verfugbar",
            "disponib*",
        ],
        values: |unit| {
            matches!(
                unit,
                Unit::Clock | Unit::ClockOrHours | Unit::Days | Unit::Months
            )
        },
    },
    // A length of time.
    Topic {
        asks: &[
            "how long",
            "how many weeks",
            "how many days",
            "turnaround",
            "wie lange",
            "wie viele wochen",
            "cuanto tiempo",
            "cuanto tarda*",
            "combien de temps",
            "delai*",
            "quanto tempo",
            "hoe lang",
        ],
        tells: &[
            "week*",
            "day*",
            "month*",
            "hour*",
            "woche*",
            "tag*",
            "monat*",
            "stunde*",
            "semana*",
            "dias",
            "meses",
            "semaine*",
            "jours",
            "mois",
            "settiman*",
            "giorni",
            "mesi",
            "weken",
            "dagen",
            "depend*",
            "hang*",
            "ab",
        ],
        values: |unit| matches!(unit, Unit::Days | Unit::Months | Unit::Minutes),
    },
    // A place.
    Topic {
        asks: &[
            "where are you",
            "where is your",
            "your office",
            "where do you",
            "wo sitzen",
            "wo sind sie",
            "ihr buro",
            "donde estan",
            "donde esta",
            "ou etes vous",
            "ou se trouve",
            "dove siete",
            "onde fica*",
            "waar zit*",
            "waar zijn",
        ],
        tells: &[
            "office*",
            "based",
            "located",
            "street",
            "city",
            "buro*",
            "sitz*",
            "strasse",
            "stadt",
            "oficina*",
            "estamos",
            "calle",
            "bureau*",
            "situe*",
            "rue",
            "sede",
            "ufficio",
            "via",
            "escritorio",
            "kantoor",
            "remote*",
            "online",
            "video",
            "visit*",
        ],
        values: |_| false,
    },
    // Work that was done.
    Topic {
        asks: &[
            "portfolio",
            "references",
            "case stud*",
            "examples of your",
            "previous work",
            "past work",
            "referenzen",
            "arbeitsproben",
            "beispiele",
            "referencias",
            "ejemplos",
            "references",
            "exemples",
            "realisations",
            "referenze",
            "esempi",
            "exemplos",
            "voorbeelden",
            "referenties",
        ],
        tells: &[
            "portfolio",
            "work",
            "project*",
            "client*",
            "example*",
            "built",
            "made",
            "arbeit*",
            "projekt*",
            "kunde*",
            "beispiel*",
            "referen*",
            "trabajo*",
            "proyecto*",
            "cliente*",
            "ejemplo*",
            "travaux",
            "projet*",
            "exemple*",
            "lavori",
            "progett*",
            "esemp*",
            "trabalho*",
            "projeto*",
            "exemplo*",
            "werk",
            "voorbeeld*",
        ],
        values: |_| false,
    },
];

/// Small words, which say nothing about a subject.
const SMALL: &[&str] = &[
    "about", "also", "been", "could", "does", "from", "have", "just", "know", "like", "more",
    "much", "need", "please", "should", "some", "that", "their", "them", "then", "there", "they",
    "this", "very", "want", "what", "when", "where", "which", "will", "with", "would", "your",
    "yours", "aber", "auch", "dass", "denn", "diese", "dieser", "eine", "einen", "einer", "haben",
    "hatten", "ihnen", "ihre", "konnen", "konnten", "mein", "meine", "nicht", "noch", "oder",
    "sich", "sind", "uber", "unser*", "waren", "wann", "wenn", "werden", "wird", "wollen", "wurde",
    "wurden", "para", "pero", "como", "cuando", "cuanto", "donde", "este", "esta", "estos",
    "podria*", "puede*", "quisiera", "seria", "sobre", "tiene*", "tambien", "avec", "avez", "cela",
    "comme", "dans", "etes", "nous", "pour", "pouvez", "pourriez", "quand", "quel", "quelle",
    "serait", "sont", "vous", "votre", "anche", "avete", "come", "della", "delle", "nostro",
    "potete", "potrebbe", "quando", "quanto", "questo", "siete", "sono", "vostro", "voor",
    "jullie", "kunnen", "kunt", "zouden", "voce", "voces", "podem", "pode", "nosso",
];

/// Questions that nothing in the reply is about.
#[must_use]
pub fn unanswered(theirs: &str, ours: &str) -> Vec<String> {
    let reply = tokens(ours);
    let reply_values = values::read(&reply);
    let reply_words = joined(&reply);
    let mut open = Vec::new();
    for question in questions(theirs).into_iter().take(MOST_QUESTIONS) {
        let asked = tokens(&question);
        let words = joined(&asked);
        let topics: Vec<&Topic> = TOPICS.iter().filter(|t| has(&words, t.asks)).collect();
        if topics.is_empty() {
            continue;
        }
        let told = topics.iter().any(|topic| {
            has(&reply_words, topic.asks)
                || has(&reply_words, topic.tells)
                || reply_values.iter().any(|v| (topic.values)(v.unit))
        });
        let shares = content(&asked).into_iter().any(|stem| {
            reply
                .iter()
                .any(|t| t.is_word() && t.folded.starts_with(&stem))
        });
        let dated = !super::dates::read(&reply).dates.is_empty() || ours.contains('[');
        if !told && !shares && !dated && !puts_off(&reply_words) {
            open.push(shortened(&question));
        }
    }
    open
}

/// "I will check and come back to you" answers everything for now, and so does a refusal.
fn puts_off(words: &str) -> bool {
    has(
        words,
        &[
            "get back to you",
            "come back to you",
            "let you know",
            "find out",
            "call",
            "talk",
            "check",
            "melde mich",
            "zuruck",
            "telefon*",
            "klaren",
            "prufen",
            "le escribo",
            "te escribo",
            "confirm*",
            "llamada",
            "hablar",
            "reviens vers",
            "appel",
            "confirme*",
            "ricontatt*",
            "chiamata",
            "retorno",
            "ligacao",
            "laat het",
            "kom er",
            "bellen",
            "unfortunately",
            "leider",
            "lamentablemente",
            "malheureusement",
            "purtroppo",
            "infelizmente",
            "helaas",
            "attach*",
            "anhang*",
            "anbei",
            "adjunt*",
            "joint*",
            "alleg*",
            "anexo",
            "bijlage",
            "below",
            "unten",
        ],
    )
}

/// The sentences that end with a question mark.
fn questions(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut sentence = String::new();
    for c in text.chars() {
        match c {
            '?' | '？' => {
                let line = sentence.split_whitespace().collect::<Vec<_>>().join(" ");
                if line.contains(' ') && !line.contains("://") {
                    found.push(format!("{line}?"));
                }
                sentence.clear();
            }
            '.' | '!' | ';' | ':' | '¿' => sentence.clear(),
            '\n' if sentence.ends_with('\n') => sentence.clear(),
            c => sentence.push(c),
        }
    }
    found
}

fn joined(tokens: &[Token<'_>]) -> String {
    let mut out = String::from(" ");
    for token in tokens.iter().filter(|t| t.is_word() || t.is_number()) {
        out.push_str(&token.folded);
        out.push(' ');
    }
    out
}

fn has(words: &str, phrases: &[&str]) -> bool {
    phrases.iter().any(|phrase| match phrase.strip_suffix('*') {
        Some(stem) => words.contains(&format!(" {stem}")),
        None => words.contains(&format!(" {phrase} ")),
    })
}

/// The beginnings of the words that say what a question is about.
fn content(asked: &[Token<'_>]) -> Vec<String> {
    asked
        .iter()
        .filter(|t| t.is_word() && t.folded.chars().count() >= 4)
        .filter(|t| !terms::is_one_of(&t.folded, SMALL))
        .map(|t| t.folded.chars().take(5).collect())
        .collect()
}

fn shortened(question: &str) -> String {
    match question.char_indices().nth(MOST) {
        Some((end, _)) => format!("{} ...", question.get(..end).unwrap_or_default()),
        None => question.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::unanswered;

    #[test]
    fn a_question_that_nothing_is_about_is_named() {
        let theirs = "Thanks! What would the redesign cost? And how many people are you?";
        assert_eq!(
            unanswered(
                theirs,
                "Hi Maria,\n\ngood to hear from you. We would love to help.\n\nSam"
            ),
            ["What would the redesign cost?"]
        );
        assert_eq!(
            unanswered(
                "Wann könnten Sie anfangen?",
                "Guten Tag,\n\ndas freut mich sehr. Viele Grüße"
            ),
            ["Wann könnten Sie anfangen?"]
        );
        assert_eq!(
            unanswered(
                "Perfecto. ¿Cuánto costaría?",
                "Hola Ana:\n\nGracias por tu respuesta.\n\nSam"
            ),
            ["Cuánto costaría?"]
        );
    }

    #[test]
    fn an_answer_or_a_doubt_keeps_it_quiet() {
        for (theirs, ours) in [
            ("What would it cost?", "It starts at 2,400 EUR."),
            ("What would it cost?", "[CONFIRM: price]"),
            ("What would it cost?", "I will get back to you tomorrow."),
            ("When could you start?", "In three weeks."),
            ("Do you also do hosting?", "Yes, we do."),
            ("How are you?", "Thanks for the mail."),
            ("Wie lange dauert das?", "Etwa vier Wochen."),
            ("See https://a.example/?when=1", "Thanks."),
        ] {
            assert_eq!(
                unanswered(theirs, ours),
                Vec::<String>::new(),
                "{theirs} / {ours}"
            );
        }
    }
}
