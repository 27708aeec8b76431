//! Automatic answers that carry no header and no telling subject: what their text says.
//!
//! A person also writes "I am out of the office on Monday, can we talk on Tuesday?".
//! What parts the two is that a vacation text says several fixed things and nothing else:
//! thanks for the mail, that one is away, until when, whom to ask, that the mail is not
//! forwarded. Each thing said counts once, in whatever words; what else is said, an answer,
//! a question and a quote count against it.
//!
//! A thing is said in a phrase (`fuera de la oficina`), or by two kinds of words in one
//! sentence (`stems`: to answer, and soon). A phrase is exact and a pair finds what nobody
//! listed.

pub mod answers;
pub mod closed;
pub mod courtesy;
pub mod figures;
pub mod instead;
pub mod leave;
pub mod machine;
pub mod personal;
pub mod rest;
pub mod said;
pub mod sentence;
pub mod state;
pub mod stems;
pub mod substitute;
pub mod unread;
pub mod until;
pub mod work;

use answers::{ANSWERS, CALL_ME, URGENT};
use closed::CLOSED;
use courtesy::{CLOSING, PASSING, THANKS};
use instead::{BACK, RECEIVED};
use leave::ON_LEAVE;
use machine::MACHINE;
use said::Heard;
use state::AWAY;
use substitute::SUBSTITUTE;
use unread::{HARDLY_READ, NO_ANSWER, REGRET, UNREAD};
use until::{NEARBY, UNTIL};
use work::{GONE, LEFT, PART_TIME};

/// Points from which a text is an automatic answer.
const ENOUGH: i32 = 4;

/// Points from which something else may be said besides.
const PLENTY: i32 = 6;

/// Points for a mail that says it was made automatically.
const MADE_POINTS: i32 = 3;

/// Up to how many characters a text is short.
const SHORT: usize = 160;

/// How far from an absence its end is looked for, in bytes; twice that behind it.
const BESIDE: usize = 60;

/// Longest text of which so much can be said, in characters.
const LONG: usize = 1600;

/// Whether the new part of a mail is a vacation text.
#[must_use]
pub fn is_told(reply: &str, has_quote: bool) -> bool {
    points(reply, has_quote) >= ENOUGH
}

/// What speaks for an automatic answer, less what speaks for a person.
fn points(reply: &str, has_quote: bool) -> i32 {
    let said = sentence::above_names(reply);
    let length = said.chars().take(LONG + 1).count();
    if !(8..=LONG).contains(&length) {
        return 0;
    }
    let heard = Heard::of(said);
    let Some(ground) = Ground::of(&heard) else {
        return 0;
    };
    let asks = heard.text().contains(['?', '？']);
    let instead = heard.says(&SUBSTITUTE) || heard.sentences().any(figures::names_contact);
    let unread = heard.says(&UNREAD);
    let mut points = ground.points();
    points += i32::from(ground.has_end || heard.says(&UNTIL) && !ground.is_back);
    points += i32::from(instead) + i32::from(unread);
    points += i32::from(heard.says(&THANKS)) + i32::from(heard.says(&REGRET));
    points += i32::from(heard.says(&HARDLY_READ) && !ground.by_machine);
    points += i32::from(heard.says(&NO_ANSWER) && !ground.by_machine) * NO_ANSWER.points;
    // A day and a time may be an appointment of somebody who is away.
    let hours = if ground.is_away {
        figures::names_span
    } else {
        figures::names_hours
    };
    points += i32::from(heard.sentences().any(hours));
    // Who has left has somebody else to name, or a mailbox that nobody reads.
    points += i32::from(ground.has_left && (instead || unread));
    // A machine does not know whom it answers, asks nothing and quotes little.
    points -= i32::from(greets_by_name(reply)) + i32::from(asks);
    points -= i32::from(has_quote && points < ENOUGH);
    let rest = i32::try_from(rest::points(&heard.sentences, is_known)).unwrap_or(0);
    // A short text says the one thing only, and so does a long one of known things.
    let only = length < SHORT || rest == 0 && points > ground.points();
    points += i32::from(only && !asks);
    if !ground.by_machine {
        let answers = heard.says(&ANSWERS) || heard.says(&CALL_ME) && !URGENT.is_in(heard.text());
        // Who says so much of what machines say may say a word besides.
        let lenient = points >= PLENTY && !asks && !answers;
        points -= if lenient { rest / 2 } else { rest };
        points -= i32::from(answers) * ANSWERS.points;
    }
    points
}

/// What a text gives as the ground for not being answered now. One is enough, and needed.
struct Ground {
    /// It says that a machine answers.
    by_machine: bool,
    /// It says that it was made or sent automatically.
    is_made: bool,
    /// Somebody is away, has left, or works on other days.
    is_away: bool,
    /// Somebody has left, or the mailbox is given up.
    has_left: bool,
    /// The mailbox is given up.
    is_gone: bool,
    /// The mail came in and is dealt with.
    is_received: bool,
    /// Only when one is back is told.
    is_back: bool,
    /// The end of the absence stands beside it.
    has_end: bool,
}

impl Ground {
    fn of(heard: &Heard) -> Option<Self> {
        let of_machine = |says: fn(&str) -> bool| {
            heard
                .sentences()
                .any(|sentence| says(sentence) && !stems::CAME_TO_ME.is_in(sentence))
        };
        let by_machine = of_machine(|sentence| MACHINE.is_in(sentence));
        let is_made = !by_machine && of_machine(is_made);
        let of_writer = personal::of_writer(heard.early());
        let away = AWAY
            .place_in(&of_writer)
            .or_else(|| ON_LEAVE.place_in(&of_writer))
            .or_else(|| CLOSED.place_in(&of_writer));
        let is_gone = heard.says(&GONE);
        let has_left = is_gone || heard.says(&LEFT);
        let is_away = away.is_some() || has_left || heard.says(&PART_TIME);
        let is_received = !is_away && is_received(heard);
        let is_back = !is_away && !is_received && heard.says(&BACK);
        // Short words are found by the space before them.
        let near = away.map(|range| format!(" {}", around(&of_writer, range)));
        let has_end = near.is_some_and(|near| {
            NEARBY.phrases.is_in(&near) || near.contains(|sign: char| sign.is_ascii_digit())
        });
        let any = by_machine || is_made || is_away || is_received || is_back;
        any.then_some(Self {
            by_machine,
            is_made,
            is_away,
            has_left,
            is_gone,
            is_received,
            is_back,
            has_end,
        })
    }

    fn points(&self) -> i32 {
        i32::from(self.by_machine) * MACHINE.points
            + i32::from(self.is_made) * MADE_POINTS
            + i32::from(self.is_away || self.is_received || self.is_back) * AWAY.points
            + i32::from(self.is_gone)
    }
}

/// Whether the mail came in at a desk. That it came to oneself is said by a person.
fn is_received(heard: &Heard) -> bool {
    let by_one = || heard.opening().any(|sentence| stems::I_GOT.is_in(sentence));
    let by_desk = || {
        heard.says(&RECEIVED) || heard.says(&UNREAD) && heard.sentences().any(figures::names_hours)
    };
    RECEIVED.phrases.is_in(heard.early()) || by_desk() && !by_one()
}

/// Whether a sentence tells of a mail that no person made.
fn is_made(sentence: &str) -> bool {
    [&stems::AUTOMATIC, &stems::MADE, &stems::MAIL]
        .iter()
        .all(|words| words.is_in(sentence))
}

/// Whether a sentence or a clause is one of the things that vacation texts say.
fn is_known(text: &str) -> bool {
    [
        &AWAY,
        &ON_LEAVE,
        &CLOSED,
        &LEFT,
        &GONE,
        &PART_TIME,
        &BACK,
        &RECEIVED,
        &UNTIL,
        &SUBSTITUTE,
        &UNREAD,
        &HARDLY_READ,
        &NO_ANSWER,
        &REGRET,
        &THANKS,
        &CLOSING,
        &PASSING,
    ]
    .iter()
    .any(|said| said.is_in(text))
        || stems::MAIL.is_in(text)
        || stems::AUTOMATIC.is_in(text) && stems::MADE.is_in(text)
        || figures::names_contact(text)
        || figures::names_hours(text)
        || figures::is_of_figures(text)
}

/// What stands around the place where an absence is told, a clause on each side.
fn around(text: &str, place: std::ops::Range<usize>) -> &str {
    let mut from = place.start.saturating_sub(BESIDE);
    let mut to = (place.end + 2 * BESIDE).min(text.len());
    while !text.is_char_boundary(from) {
        from -= 1;
    }
    while !text.is_char_boundary(to) {
        to += 1;
    }
    text.get(from..to).unwrap_or("")
}

/// Whether it begins with `Hi Jo,`: a machine does not know whom it answers.
fn greets_by_name(reply: &str) -> bool {
    const GREETINGS: &[&str] = &[
        "hi",
        "hello",
        "hey",
        "dear",
        "hallo",
        "liebe",
        "lieber",
        "moin",
        "bonjour",
        "salut",
        "hola",
        "ciao",
        "olá",
        "oi",
        "beste",
        "hej",
        "hei",
        "moi",
        "cześć",
        "ahoj",
        "szia",
        "bună",
        "привет",
        "merhaba",
        "estimado",
        "estimada",
        "caro",
        "cara",
        "cher",
        "chère",
    ];
    const NOBODY: &[&str] = &[
        "there",
        "all",
        "everyone",
        "everybody",
        "sender",
        "sir",
        "sirs",
        "customer",
        "client",
        "team",
        "zusammen",
        "kunde",
        "kundin",
        "madame",
        "monsieur",
        "cliente",
        "klant",
        "kund",
        "kunder",
        "relatie",
        "heer",
        "mevrouw",
        "à",
        "a",
        "and",
        "from",
        "kundinnen",
        "geschäftspartner",
        "geschäftspartnerinnen",
        "partner",
        "customers",
        "clients",
        "clientes",
        "absender",
        "remetente",
        "afsender",
        "avsändare",
        "afzender",
        "lieferant",
        "friends",
        "valued",
    ];
    let line = reply.trim_start().lines().next().unwrap_or("");
    let mut words = line
        .split([' ', ',', '!', ':'])
        .filter(|word| !word.is_empty());
    let greeting = words.next().unwrap_or("").to_lowercase();
    let name = words.next().unwrap_or("");
    line.chars().count() <= 40
        && line.ends_with([',', '!', ':'])
        && GREETINGS.contains(&greeting.as_str())
        && name.chars().next().is_some_and(char::is_uppercase)
        && !NOBODY.contains(&name.to_lowercase().as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vacation_texts_are_known_in_ten_languages() {
        for text in [
            "Hello,\n\nThank you for your email. I am out of the office until 12 May with limited access to email. In urgent cases please contact Jo.",
            "I am on annual leave and will return on Monday 5 June. For urgent matters please contact my colleague.",
            "Vielen Dank für Ihre Nachricht. Ich bin bis zum 12. Mai nicht im Büro. Ihre E-Mail wird nicht weitergeleitet. In dringenden Fällen wenden Sie sich bitte an Frau Kern.",
            "Bonjour, je suis absente du bureau jusqu'au 12 mai. En cas d'urgence, veuillez contacter Paul.",
            "Gracias por su mensaje. Estoy fuera de la oficina hasta el 12 de mayo. Para asuntos urgentes puede contactar con Ana.",
            "Grazie per la sua email. Sono fuori ufficio fino al 12 maggio. Per urgenze contattare Anna.",
            "Obrigado pelo seu email. Estou ausente até 12 de maio. Em caso de urgência contacte a Ana.",
            "Bedankt voor uw bericht. Ik ben afwezig tot en met 12 mei. Voor dringende zaken kunt u contact opnemen met Jan.",
            "Hej! Jag är på semester till och med 12 maj. Vid brådskande ärenden, kontakta Eva.",
            "Dzień dobry, dziękuję za wiadomość. Jestem na urlopie do 12 maja. W pilnych sprawach proszę o kontakt z Anną.",
            "Здравствуйте! Спасибо за ваше письмо. Я в отпуске до 12 мая. По срочным вопросам обращайтесь к Анне.",
            "お問い合わせありがとうございます。5月12日まで休暇をいただいております。お急ぎの場合は田中までご連絡ください。",
            "您好，我正在休假，5月12日返回办公室。如有急事请联系王先生。",
            "Merhaba, 12 Mayıs tarihine kadar izindeyim. Acil durumlarda Ayşe ile iletişime geçebilirsiniz.",
            "This is an automated response. We received your request.",
            "I am out of the office until Monday.",
        ] {
            assert!(is_told(text, false), "{text}");
        }
    }

    #[test]
    fn a_person_who_is_away_and_answers_all_the_same_is_a_person() {
        for text in [
            "Sounds good. I'm out of the office on Monday, can we talk on Tuesday instead?",
            "Thanks for your email. Yes, let us do that. What would it cost? I am travelling until Friday.",
            "Hi, happy to help. Please contact Jo about the invoice, she is back on Thursday.",
            "The office is fine. See you until then, call me if it is urgent.",
            "Ja, gerne. Ich bin bis Freitag im Urlaub, können wir danach telefonieren? Viele Grüße",
            "ok",
        ] {
            assert!(!is_told(text, false), "{text}");
        }
    }
}
