//! How mail programs quote the mail that is answered: the line above it, the marks, the
//! names of headers and months in four languages. Formats as the programs write them by
//! default; mail code has to take them apart again.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use super::script::{Language, Mailer};
use crate::domain::Address;

/// The mail that is quoted.
pub(super) struct Quoted<'a> {
    /// Who wrote it.
    pub from: &'a Address,
    /// Whom it went to.
    pub to: &'a Address,
    /// When.
    pub at: Timestamp,
    /// Its subject.
    pub subject: &'a str,
    /// Its text.
    pub text: &'a str,
}

/// The plain text of an answer: what is newly said, with the quoted mail below it.
pub(super) fn text(new: &str, quoted: &Quoted<'_>, mailer: Mailer, language: Language) -> String {
    let new = new.trim_end();
    match mailer {
        Mailer::Bare => format!("{new}\n"),
        Mailer::Gmail => format!(
            "{new}\n\n{}\n\n{}",
            gmail_line(quoted, language),
            marked(quoted.text)
        ),
        Mailer::Apple => format!(
            "{new}\n\n> {}\n> \n{}",
            apple_line(quoted, language),
            marked(quoted.text)
        ),
        Mailer::Outlook => format!(
            "{new}\n\n________________________________\n{}\n{}",
            outlook_block(quoted, language),
            quoted.text
        ),
    }
}

/// The html of an answer, for the programs that send it.
pub(super) fn html(
    new: &str,
    quoted: &Quoted<'_>,
    mailer: Mailer,
    language: Language,
) -> Option<String> {
    match mailer {
        Mailer::Gmail => Some(format!(
            "<div dir=\"ltr\">{}</div><br><div class=\"gmail_quote gmail_quote_container\"><div dir=\"ltr\" class=\"gmail_attr\">{}<br></div><blockquote class=\"gmail_quote\" style=\"margin:0px 0px 0px 0.8ex;border-left:1px solid rgb(204,204,204);padding-left:1ex\">{}</blockquote></div>\n",
            lines(new),
            escaped(&gmail_line(quoted, language)),
            lines(quoted.text),
        )),
        Mailer::Outlook => Some(format!(
            "<html><head><meta http-equiv=\"Content-Type\" content=\"text/html; charset=utf-8\"></head><body><div class=\"elementToProof\" style=\"font-family:Aptos,Calibri,sans-serif;font-size:12pt\">{}</div><div id=\"appendonsend\"></div><hr style=\"display:inline-block;width:98%\" tabindex=\"-1\"><div id=\"divRplyFwdMsg\" dir=\"ltr\"><font face=\"Calibri, sans-serif\" style=\"font-size:11pt\" color=\"#000000\">{}</font><div>&nbsp;</div></div><div>{}</div></body></html>\n",
            lines(new),
            lines(&outlook_block(quoted, language)),
            lines(quoted.text),
        )),
        Mailer::Apple | Mailer::Bare => None,
    }
}

/// The subject of an answer as the program prefixes it.
pub(super) fn subject(subject: &str, mailer: Mailer, language: Language) -> String {
    let prefix = match (mailer, language) {
        (Mailer::Outlook, Language::De) => "AW: ",
        (Mailer::Apple, Language::De) => "Aw: ",
        (Mailer::Outlook, _) => "RE: ",
        _ => "Re: ",
    };
    let base = subject
        .strip_prefix("Re: ")
        .or_else(|| subject.strip_prefix("RE: "))
        .or_else(|| subject.strip_prefix("AW: "))
        .unwrap_or(subject);
    format!("{prefix}{base}")
}

fn marked(text: &str) -> String {
    let mut out = String::new();
    for line in text.trim_end().lines() {
        out.push_str(if line.starts_with('>') { ">" } else { "> " });
        out.push_str(line);
        out.push('\n');
    }
    out
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

fn lines(text: &str) -> String {
    escaped(text.trim_end()).replace('\n', "<br>\n")
}

fn local(at: Timestamp) -> DateTime {
    at.to_zoned(TimeZone::UTC).datetime()
}

/// Half a day's clock: `2:05 PM`.
fn clock12(at: DateTime) -> String {
    let (hour, half) = match at.hour() {
        0 => (12, "AM"),
        hour @ 1..=11 => (hour, "AM"),
        12 => (12, "PM"),
        hour => (hour - 12, "PM"),
    };
    format!("{hour}:{:02} {half}", at.minute())
}

fn gmail_line(quoted: &Quoted<'_>, language: Language) -> String {
    let at = local(quoted.at);
    let (day, month, year) = (at.day(), short_month(at, language), at.year());
    let (hour, minute) = (at.hour(), at.minute());
    let weekday = short_weekday(at, language);
    let name = quoted.from.label();
    let address = &quoted.from.address;
    match language {
        Language::En => format!(
            "On {weekday}, {month} {day}, {year} at {} {name} <{address}> wrote:",
            clock12(at)
        ),
        Language::De => format!(
            "Am {weekday}, {day}. {month} {year} um {hour:02}:{minute:02} Uhr schrieb {name} <{address}>:"
        ),
        Language::Es => format!(
            "El {weekday}, {day} {month} {year} a las {hour}:{minute:02}, {name} (<{address}>) escribió:"
        ),
        Language::Fr => format!(
            "Le {weekday} {day} {month} {year} à {hour:02}:{minute:02}, {name} <{address}> a écrit :"
        ),
    }
}

fn apple_line(quoted: &Quoted<'_>, language: Language) -> String {
    let at = local(quoted.at);
    let (day, month, year) = (at.day(), short_month(at, language), at.year());
    let (hour, minute) = (at.hour(), at.minute());
    let name = quoted.from.label();
    let address = &quoted.from.address;
    match language {
        Language::En => format!(
            "On {month} {day}, {year}, at {}, {name} <{address}> wrote:",
            clock12(at)
        ),
        Language::De => format!(
            "Am {day:02}.{:02}.{year} um {hour:02}:{minute:02} schrieb {name} <{address}>:",
            at.month()
        ),
        Language::Es => format!(
            "El {day} {month} {year}, a las {hour}:{minute:02}, {name} <{address}> escribió:"
        ),
        Language::Fr => {
            format!("Le {day} {month} {year} à {hour:02}:{minute:02}, {name} <{address}> a écrit :")
        }
    }
}

fn outlook_block(quoted: &Quoted<'_>, language: Language) -> String {
    let at = local(quoted.at);
    let (day, month, year) = (at.day(), long_month(at, language), at.year());
    let (hour, minute) = (at.hour(), at.minute());
    let weekday = long_weekday(at, language);
    let (from, to, subject) = (quoted.from, quoted.to, quoted.subject);
    match language {
        Language::En => format!(
            "From: {from}\nSent: {weekday}, {month} {day}, {year} {}\nTo: {to}\nSubject: {subject}\n",
            clock12(at)
        ),
        Language::De => format!(
            "Von: {from}\nGesendet: {weekday}, {day}. {month} {year} {hour:02}:{minute:02}\nAn: {to}\nBetreff: {subject}\n"
        ),
        Language::Es => format!(
            "De: {from}\nEnviado: {weekday}, {day} de {month} de {year} {hour}:{minute:02}\nPara: {to}\nAsunto: {subject}\n"
        ),
        Language::Fr => format!(
            "De : {from}\nEnvoyé : {weekday} {day} {month} {year} {hour:02}:{minute:02}\nÀ : {to}\nObjet : {subject}\n"
        ),
    }
}

const MONTHS: [[&str; 12]; 4] = [
    [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ],
    [
        "Januar",
        "Februar",
        "März",
        "April",
        "Mai",
        "Juni",
        "Juli",
        "August",
        "September",
        "Oktober",
        "November",
        "Dezember",
    ],
    [
        "enero",
        "febrero",
        "marzo",
        "abril",
        "mayo",
        "junio",
        "julio",
        "agosto",
        "septiembre",
        "octubre",
        "noviembre",
        "diciembre",
    ],
    [
        "janvier",
        "février",
        "mars",
        "avril",
        "mai",
        "juin",
        "juillet",
        "août",
        "septembre",
        "octobre",
        "novembre",
        "décembre",
    ],
];

const SHORT_MONTHS: [[&str; 12]; 4] = [
    [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ],
    [
        "Jan.", "Feb.", "März", "Apr.", "Mai", "Juni", "Juli", "Aug.", "Sept.", "Okt.", "Nov.",
        "Dez.",
    ],
    [
        "ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "sept", "oct", "nov", "dic",
    ],
    [
        "janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.",
        "déc.",
    ],
];

const WEEKDAYS: [[&str; 7]; 4] = [
    [
        "Monday",
        "Tuesday",
        "Wednesday",
        "Thursday",
        "Friday",
        "Saturday",
        "Sunday",
    ],
    [
        "Montag",
        "Dienstag",
        "Mittwoch",
        "Donnerstag",
        "Freitag",
        "Samstag",
        "Sonntag",
    ],
    [
        "lunes",
        "martes",
        "miércoles",
        "jueves",
        "viernes",
        "sábado",
        "domingo",
    ],
    [
        "lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche",
    ],
];

const SHORT_WEEKDAYS: [[&str; 7]; 4] = [
    ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"],
    ["Mo.", "Di.", "Mi.", "Do.", "Fr.", "Sa.", "So."],
    ["lun", "mar", "mié", "jue", "vie", "sáb", "dom"],
    ["lun.", "mar.", "mer.", "jeu.", "ven.", "sam.", "dim."],
];

fn word<const N: usize>(
    table: &'static [[&str; N]; 4],
    language: Language,
    index: i8,
) -> &'static str {
    let row = match language {
        Language::En => 0,
        Language::De => 1,
        Language::Es => 2,
        Language::Fr => 3,
    };
    let index = usize::try_from(index).unwrap_or_default();
    table
        .get(row)
        .and_then(|row| row.get(index))
        .copied()
        .unwrap_or_default()
}

fn long_month(at: DateTime, language: Language) -> &'static str {
    word(&MONTHS, language, at.month() - 1)
}

fn short_month(at: DateTime, language: Language) -> &'static str {
    word(&SHORT_MONTHS, language, at.month() - 1)
}

fn long_weekday(at: DateTime, language: Language) -> &'static str {
    word(&WEEKDAYS, language, at.weekday().to_monday_zero_offset())
}

fn short_weekday(at: DateTime, language: Language) -> &'static str {
    word(
        &SHORT_WEEKDAYS,
        language,
        at.weekday().to_monday_zero_offset(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::clock::{Clock, later};
    use std::time::Duration;

    fn quoted_by(mailer: Mailer, language: Language) -> String {
        let sam = Address::named("Sam Doe", "sam@example.com");
        let maria = Address::named("Maria Lopez", "maria@bakery.example");
        let quoted = Quoted {
            from: &sam,
            to: &maria,
            at: later(Clock::fixed().now(), Duration::from_secs(5 * 3_600 + 60)),
            subject: "Website",
            text: "Hi Maria,\n\n> older\nSam\n",
        };
        text("New.\n", &quoted, mailer, language)
    }

    #[test]
    fn each_program_quotes_in_its_way_and_language() {
        for (mailer, language, line) in [
            (
                Mailer::Gmail,
                Language::En,
                "\n\nOn Mon, Nov 2, 2026 at 2:01 PM Sam Doe <sam@example.com> wrote:\n\n> Hi Maria,\n> \n>> older\n> Sam\n",
            ),
            (
                Mailer::Gmail,
                Language::De,
                "\n\nAm Mo., 2. Nov. 2026 um 14:01 Uhr schrieb Sam Doe <sam@example.com>:\n",
            ),
            (
                Mailer::Gmail,
                Language::Es,
                "\n\nEl lun, 2 nov 2026 a las 14:01, Sam Doe (<sam@example.com>) escribió:\n",
            ),
            (
                Mailer::Gmail,
                Language::Fr,
                "\n\nLe lun. 2 nov. 2026 à 14:01, Sam Doe <sam@example.com> a écrit :\n",
            ),
            (
                Mailer::Apple,
                Language::En,
                "\n> On Nov 2, 2026, at 2:01 PM, Sam Doe <sam@example.com> wrote:\n> \n> Hi",
            ),
            (
                Mailer::Apple,
                Language::De,
                "\n> Am 02.11.2026 um 14:01 schrieb Sam Doe <sam@example.com>:\n",
            ),
            (
                Mailer::Outlook,
                Language::En,
                "\n________________________________\nFrom: Sam Doe <sam@example.com>\nSent: Monday, November 2, 2026 2:01 PM\nTo: Maria Lopez <maria@bakery.example>\nSubject: Website\n\nHi Maria,\n",
            ),
            (
                Mailer::Outlook,
                Language::De,
                "\nVon: Sam Doe <sam@example.com>\nGesendet: Montag, 2. November 2026 14:01\nAn: ",
            ),
            (
                Mailer::Outlook,
                Language::Fr,
                "\nDe : Sam Doe <sam@example.com>\nEnvoyé : lundi 2 novembre 2026 14:01\nÀ : ",
            ),
        ] {
            let text = quoted_by(mailer, language);
            assert!(
                text.starts_with("New.\n") && text.contains(line),
                "{mailer:?} {language:?}\n{text}"
            );
        }
        assert_eq!(quoted_by(Mailer::Bare, Language::En), "New.\n");
    }

    #[test]
    fn subjects_get_one_prefix() {
        assert_eq!(
            subject("Website", Mailer::Outlook, Language::De),
            "AW: Website"
        );
        assert_eq!(
            subject("Re: Website", Mailer::Gmail, Language::Es),
            "Re: Website"
        );
        assert_eq!(
            subject("AW: Website", Mailer::Gmail, Language::De),
            "Re: Website"
        );
    }
}
