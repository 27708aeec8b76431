//! Words for months, weekdays, units and numbers in the languages that leads write in
//! (English, German, Spanish, French, Italian, Portuguese, Dutch), without accents.

use super::values::Unit;

/// Full names of the months.
const MONTHS: &[(&[&str], u8)] = &[
    (
        &[
            "january", "januar", "janner", "enero", "janvier", "gennaio", "janeiro", "januari",
        ],
        1,
    ),
    (
        &[
            "february",
            "februar",
            "febrero",
            "fevrier",
            "febbraio",
            "fevereiro",
            "februari",
        ],
        2,
    ),
    (&["march", "marz", "marzo", "mars", "marco", "maart"], 3),
    (&["april", "abril", "avril", "aprile"], 4),
    (&["may", "mai", "mayo", "maggio", "maio", "mei"], 5),
    (&["june", "juni", "junio", "juin", "giugno", "junho"], 6),
    (&["july", "juli", "julio", "juillet", "luglio", "julho"], 7),
    (&["august", "agosto", "aout", "augustus"], 8),
    (
        &[
            "september",
            "septiembre",
            "setiembre",
            "septembre",
            "settembre",
            "setembro",
        ],
        9,
    ),
    (
        &[
            "october", "oktober", "octubre", "octobre", "ottobre", "outubro",
        ],
        10,
    ),
    (&["november", "noviembre", "novembre", "novembro"], 11),
    (
        &[
            "december",
            "dezember",
            "diciembre",
            "decembre",
            "dicembre",
            "dezembro",
        ],
        12,
    ),
];

/// Short names, which mean a month only beside the number of a day.
const SHORT_MONTHS: &[(&[&str], u8)] = &[
    (&["jan", "ene", "janv", "gen"], 1),
    (&["feb", "fevr", "febr", "fev"], 2),
    (&["mar", "mrz", "mrt"], 3),
    (&["apr", "abr", "avr"], 4),
    (&["mag"], 5),
    (&["jun", "giu"], 6),
    (&["jul", "juil", "lug"], 7),
    (&["aug", "ago"], 8),
    (&["sep", "sept", "set"], 9),
    (&["oct", "okt", "ott", "out"], 10),
    (&["nov"], 11),
    (&["dec", "dez", "dic"], 12),
];

/// Full names of the days of the week from Monday on; German and Dutch ones may go on
/// (`Freitagnachmittag`), English ones may be plural.
const WEEKDAYS: &[&[&str]] = &[
    &["monday", "montag", "lunes", "lundi", "lunedi", "maandag"],
    &[
        "tuesday", "dienstag", "martes", "mardi", "martedi", "dinsdag",
    ],
    &[
        "wednesday",
        "mittwoch",
        "miercoles",
        "mercredi",
        "mercoledi",
        "woensdag",
    ],
    &[
        "thursday",
        "donnerstag",
        "jueves",
        "jeudi",
        "giovedi",
        "donderdag",
    ],
    &[
        "friday", "freitag", "viernes", "vendredi", "venerdi", "vrijdag",
    ],
    &[
        "saturday",
        "samstag",
        "sonnabend",
        "sabado",
        "samedi",
        "sabato",
        "zaterdag",
    ],
    &[
        "sunday", "sonntag", "domingo", "dimanche", "domenica", "zondag",
    ],
];

/// What they are called beside a date, and Portuguese ones before `-feira`.
const SHORT_WEEKDAYS: &[&[&str]] = &[
    &["mon", "mo", "lun", "seg", "ma", "segunda"],
    &["tue", "tues", "di", "mar", "ter", "terca"],
    &["wed", "mi", "mie", "mer", "qua", "wo", "quarta"],
    &[
        "thu", "thur", "thurs", "do", "jue", "jeu", "gio", "qui", "quinta",
    ],
    &["fri", "fr", "vie", "ven", "sex", "vr", "sexta"],
    &["sat", "sa", "sab", "sam", "za"],
    &["sun", "so", "dom", "dim", "zo"],
];

/// The month that a word names.
#[must_use]
pub fn month(word: &str) -> Option<u8> {
    named(MONTHS, word)
}

/// The month of a word that stands beside a day's number.
#[must_use]
pub fn month_beside_day(word: &str) -> Option<u8> {
    month(word).or_else(|| named(SHORT_MONTHS, word))
}

fn named(table: &[(&[&str], u8)], word: &str) -> Option<u8> {
    table
        .iter()
        .find(|(names, _)| names.contains(&word))
        .map(|(_, month)| *month)
}

/// The day of the week that a word names, 0 for Monday.
#[must_use]
pub fn weekday(word: &str) -> Option<u8> {
    position(WEEKDAYS, |name| {
        word == *name
            || (word.len() > name.len() && name.ends_with(['y', 'g']) && word.starts_with(name))
    })
}

/// The same for a word that stands beside a date or before `-feira`.
#[must_use]
pub fn weekday_beside_date(word: &str) -> Option<u8> {
    weekday(word).or_else(|| position(SHORT_WEEKDAYS, |name| word == *name))
}

fn position(table: &[&[&str]], fits: impl Fn(&&str) -> bool) -> Option<u8> {
    let at = table.iter().position(|names| names.iter().any(&fits))?;
    u8::try_from(at).ok()
}

const NUMBERS: &[(&[&str], u64)] = &[
    (
        &[
            "one", "a", "an", "ein", "eine", "einen", "einem", "einer", "un", "una", "uno", "une",
            "um", "uma", "een",
        ],
        1,
    ),
    (
        &["two", "zwei", "dos", "deux", "due", "dois", "duas", "twee"],
        2,
    ),
    (&["three", "drei", "tres", "trois", "tre", "drie"], 3),
    (
        &["four", "vier", "cuatro", "quatre", "quattro", "quatro"],
        4,
    ),
    (&["five", "funf", "cinco", "cinq", "cinque", "vijf"], 5),
    (&["six", "sechs", "seis", "sei", "zes"], 6),
    (
        &["seven", "sieben", "siete", "sept", "sette", "sete", "zeven"],
        7,
    ),
    (&["eight", "acht", "ocho", "huit", "otto", "oito"], 8),
    (&["nine", "neun", "nueve", "neuf", "nove", "negen"], 9),
    (&["ten", "zehn", "diez", "dix", "dieci", "dez", "tien"], 10),
    (&["eleven", "elf", "once", "onze", "undici"], 11),
    (
        &[
            "twelve", "zwolf", "doce", "douze", "dodici", "doze", "twaalf",
        ],
        12,
    ),
    (
        &["fourteen", "vierzehn", "catorce", "quatorze", "veertien"],
        14,
    ),
    (
        &[
            "fifteen", "funfzehn", "quince", "quinze", "quindici", "vijftien",
        ],
        15,
    ),
    (
        &[
            "twenty", "zwanzig", "veinte", "vingt", "venti", "vinte", "twintig",
        ],
        20,
    ),
    (
        &[
            "thirty", "dreissig", "treinta", "trente", "trenta", "trinta", "dertig",
        ],
        30,
    ),
    (
        &[
            "forty", "vierzig", "cuarenta", "quarante", "quaranta", "quarenta", "veertig",
        ],
        40,
    ),
    (
        &[
            "fifty",
            "funfzig",
            "cincuenta",
            "cinquante",
            "cinquanta",
            "cinquenta",
            "vijftig",
        ],
        50,
    ),
    (
        &[
            "hundred", "hundert", "cien", "cent", "cento", "cem", "honderd",
        ],
        100,
    ),
    (&["thousand", "tausend", "mil", "mille", "duizend"], 1_000),
];

/// The number that a word is.
#[must_use]
pub fn number(word: &str) -> Option<u64> {
    NUMBERS
        .iter()
        .find(|(names, _)| names.contains(&word))
        .map(|(_, number)| *number)
}

/// What a number before this word is multiplied by.
#[must_use]
pub fn multiplier(word: &str) -> Option<u64> {
    Some(match word {
        "k" | "tsd" | "tausend" | "thousand" | "mil" | "mille" | "mila" | "duizend" => 1_000,
        "mio" | "million" | "millions" | "millionen" | "millones" | "milioni" | "milhoes"
        | "miljoen" => 1_000_000,
        _ => return None,
    })
}

const CURRENCIES: &[(&[&str], &str)] = &[
    (&["eur", "euro", "euros"], "EUR"),
    (
        &["usd", "dollar", "dollars", "dolar", "dolares", "dollari"],
        "USD",
    ),
    (
        &[
            "gbp", "pound", "pounds", "pfund", "libras", "livres", "quid",
        ],
        "GBP",
    ),
    (
        &["chf", "franken", "franc", "francs", "sfr", "franchi"],
        "CHF",
    ),
    (&["brl", "reais"], "BRL"),
    (&["sek"], "SEK"),
    (&["nok"], "NOK"),
    (&["dkk"], "DKK"),
    (&["pln", "zl", "zloty"], "PLN"),
];

/// The currency that a word or sign names.
#[must_use]
pub fn currency(word: &str) -> Option<&'static str> {
    let sign = match word {
        "€" => Some("EUR"),
        "$" => Some("USD"),
        "£" => Some("GBP"),
        "¥" => Some("JPY"),
        "₹" => Some("INR"),
        _ => None,
    };
    sign.or_else(|| {
        CURRENCIES
            .iter()
            .find(|(names, _)| names.contains(&word))
            .map(|(_, code)| *code)
    })
}

/// Words for lengths of time: as they are, or by a stem with `*`; what they are measured
/// in and how many of it.
const SPANS: &[(&[&str], Unit, u64)] = &[
    (&["min", "mins", "minut*"], Unit::Minutes, 1),
    (
        &[
            "hour*", "hr", "hrs", "std", "stunde*", "hora*", "heure*", "ora", "ore", "uur", "uren",
        ],
        Unit::Minutes,
        60,
    ),
    (
        &[
            "day*",
            "tag",
            "tage",
            "tagen",
            "tages",
            "tagig*",
            "werktag*",
            "arbeitstag*",
            "dia",
            "dias",
            "jour*",
            "giorn*",
            "dag",
            "dagen",
            "werkdagen",
        ],
        Unit::Days,
        1,
    ),
    (
        &[
            "week*",
            "woch*",
            "semana*",
            "semaine*",
            "settiman*",
            "weken",
        ],
        Unit::Days,
        7,
    ),
    (
        &[
            "month*", "monat*", "mes", "meses", "mois", "mese", "mesi", "maand*",
        ],
        Unit::Months,
        1,
    ),
    (
        &[
            "year*", "jahr*", "ano", "anos", "an", "ans", "annee*", "anno", "anni", "jaar", "jaren",
        ],
        Unit::Months,
        12,
    ),
];

/// What a word measures time in.
#[must_use]
pub fn span(word: &str) -> Option<(Unit, u64)> {
    SPANS
        .iter()
        .find(|(words, ..)| words.iter().any(|known| is(word, known)))
        .map(|(_, unit, factor)| (*unit, *factor))
}

/// Whether a word is one of a list; `*` stands for any ending.
#[must_use]
pub fn is_one_of(word: &str, list: &[&str]) -> bool {
    list.iter().any(|known| is(word, known))
}

fn is(word: &str, known: &str) -> bool {
    match known.strip_suffix('*') {
        Some(stem) => word.starts_with(stem),
        None => word == known,
    }
}

/// Words before a time of day: `at 10`, `um 10`, `a las 10`, `alle 10`.
pub const BEFORE_TIME: &[&str] = &[
    "at", "um", "gegen", "las", "la", "alle", "as", "om", "vers", "around", "ore", "from", "ab",
];

/// Words before a month that stands alone.
pub const BEFORE_MONTH: &[&str] = &[
    "in",
    "im",
    "en",
    "em",
    "by",
    "until",
    "till",
    "since",
    "from",
    "of",
    "for",
    "before",
    "after",
    "during",
    "early",
    "late",
    "mid",
    "end",
    "this",
    "next",
    "bis",
    "ab",
    "seit",
    "anfang",
    "mitte",
    "ende",
    "fur",
    "von",
    "vor",
    "nach",
    "de",
    "del",
    "hasta",
    "desde",
    "para",
    "principios",
    "finales",
    "mediados",
    "d",
    "du",
    "des",
    "pour",
    "fin",
    "debut",
    "jusqu",
    "mi",
    "a",
    "da",
    "di",
    "dal",
    "fino",
    "inizio",
    "fine",
    "meta",
    "entro",
    "per",
    "ate",
    "fim",
    "inicio",
    "eind",
    "begin",
    "half",
    "tot",
    "vanaf",
    "nachsten",
    "diesen",
    "kommenden",
    "le",
    "el",
    "au",
    "und",
    "and",
    "y",
    "et",
    "e",
    "or",
    "oder",
    "o",
    "ou",
];

/// Words before a date that is only numbers: `am 4.5`, `on 4/5`.
pub const BEFORE_DATE: &[&str] = &[
    "on", "by", "until", "till", "from", "since", "am", "vom", "zum", "bis", "ab", "den", "dem",
    "el", "le", "il", "al", "dal", "del", "du", "au", "op", "tot", "dia", "em", "ate", "and",
    "und", "y", "et", "e", "or", "oder", "the",
];

/// Words and marks between the two ends of a range.
pub const RANGE: &[&str] = &[
    "–", "—", "-", "to", "bis", "a", "al", "au", "tot", "ate", "and", "und", "y", "et", "e", "or",
    "oder", "o", "ou", "en", "of", "/", ",", "till", "until",
];

/// A wish such as "have a good Sunday" is no date.
pub const BEFORE_WISHED_DAY: &[&str] = &[
    "happy",
    "good",
    "great",
    "nice",
    "lovely",
    "wonderful",
    "schon*",
    "guten",
    "buen",
    "feliz",
    "bon",
    "bonne",
    "buon",
    "buona",
    "bom",
    "boa",
    "fijne",
    "prettige",
    "black",
    "cyber",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_days_and_months_are_known_in_all_languages() {
        for word in [
            "tuesday",
            "tuesdays",
            "dienstagnachmittag",
            "martes",
            "mardi",
            "dinsdag",
        ] {
            assert_eq!(weekday(word), Some(1), "{word}");
        }
        for word in ["mar", "di", "terca"] {
            assert_eq!(
                (weekday(word), weekday_beside_date(word)),
                (None, Some(1)),
                "{word}"
            );
        }
        for word in ["march", "marz", "marzo", "mars", "marco", "maart"] {
            assert_eq!(month(word), Some(3), "{word}");
        }
        assert_eq!((month("sept"), month_beside_day("sept")), (None, Some(9)));
        assert_eq!(weekday("mondayish-not"), Some(0));
        assert_eq!(weekday("martesano"), None);
    }

    #[test]
    fn lengths_of_time_are_measured_in_one_unit() {
        assert_eq!(span("wochen"), Some((Unit::Days, 7)));
        assert_eq!(span("minutige"), Some((Unit::Minutes, 1)));
        assert_eq!(span("anos"), Some((Unit::Months, 12)));
        assert_eq!(span("answer"), None);
    }
}
