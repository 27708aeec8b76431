//! Automatic answers that carry no header and no telling subject: what their text says.
//!
//! A person also writes "I am out of the office on Monday, can we talk on Tuesday?".
//! What parts the two is that a vacation text says several fixed things and nothing else:
//! thanks for the mail, that one is away, until when, whom to ask, that the mail is not
//! forwarded. Each thing said counts once, in whatever words; what else is said, an answer,
//! a question and a quote count against it.

pub mod courtesy;
pub mod instead;
pub mod manners;
pub mod personal;
pub mod rest;
pub mod said;
pub mod state;
pub mod unread;

use courtesy::{CLOSING, PASSING, THANKS};
use instead::{BACK, RECEIVED};
use manners::{INSTEAD, NEARBY, UNTIL};
use personal::ANSWERS;
use said::Said;
use state::{AWAY, MACHINE};
use unread::UNREAD;

/// Points from which a text is an automatic answer.
const ENOUGH: i32 = 4;

/// How far from an absence its end is looked for, in bytes; twice that behind it.
const BESIDE: usize = 60;

/// Longest text of which so much can be said, in characters.
const LONG: usize = 1600;

/// Whether the new part of a mail is a vacation text.
#[must_use]
pub fn is_told(reply: &str, has_quote: bool) -> bool {
    let length = reply.chars().take(LONG + 1).count();
    if !(8..=LONG).contains(&length) {
        return false;
    }
    let lower = reply.to_lowercase().replace('\u{2019}', "'");
    let text = lower.split_whitespace().collect::<Vec<_>>().join(" ");
    let early: String = text.chars().take(260).collect();
    let points_of = |said: &Said| {
        if said.is_in(&text, &early) {
            said.points
        } else {
            0
        }
    };
    let by_machine = MACHINE.is_in(&text, &early);
    let of_writer = personal::of_writer(&early);
    let away = AWAY.found(&of_writer);
    // That the mail came in, or when one is back, stands for the absence.
    let received = away.is_none() && RECEIVED.is_in(&text, &early);
    let back = away.is_none() && !received && BACK.is_in(&text, &early);
    let mut points = points_of(&MACHINE)
        + i32::from(away.is_some()) * AWAY.points
        + i32::from(received) * RECEIVED.points
        + i32::from(back) * BACK.points;
    if points == 0 {
        return false;
    }
    // Short words are found by the space before them.
    let near = away.map_or_else(String::new, |range| {
        format!(" {}", around(&of_writer, range))
    });
    points += i32::from(!back && UNTIL.is_in(&text, &early) || NEARBY.is_in(&near, ""));
    points += [&INSTEAD, &THANKS, &UNREAD]
        .map(points_of)
        .iter()
        .sum::<i32>();
    points -= i32::from(greets_by_name(reply));
    // A machine asks nothing and quotes little; a short text says the one thing only.
    let asks = text.contains(['?', '？']);
    points -= i32::from(asks);
    points -= i32::from(has_quote);
    points += i32::from(length < 160 && !asks);
    if !by_machine {
        points -= i32::try_from(rest::points(&lower, is_known)).unwrap_or(0);
        points -= points_of(&ANSWERS);
    }
    points >= ENOUGH
}

/// Whether a sentence or a clause is one of the things that vacation texts say.
fn is_known(text: &str) -> bool {
    [
        &AWAY, &BACK, &RECEIVED, &UNTIL, &INSTEAD, &UNREAD, &THANKS, &CLOSING, &PASSING,
    ]
    .iter()
    .any(|said| said.is_in(text, text))
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
