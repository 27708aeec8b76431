//! Automatic answers that carry no header and no telling subject: what their text says.
//!
//! A person also writes "I am out of the office on Monday, can we talk on Tuesday?".
//! What parts the two is that a vacation text says several fixed things and nothing else:
//! thanks for the mail, that one is away, until when, whom to ask, that the mail is not
//! forwarded. Each thing said counts once, in whatever words; a question, a quote and
//! length count against it.

pub mod manners;
pub mod said;
pub mod state;

use manners::{INSTEAD, THANKS, UNREAD, UNTIL};
use said::Said;
use state::{AWAY, MACHINE};

/// Points from which a text is an automatic answer.
const ENOUGH: i32 = 4;

/// Longest text of which so much can be said, in characters.
const LONG: usize = 1600;

/// Whether the new part of a mail is a vacation text.
#[must_use]
pub fn is_told(reply: &str, has_quote: bool) -> bool {
    let length = reply.chars().take(LONG + 1).count();
    if !(8..=LONG).contains(&length) {
        return false;
    }
    let text = reply.to_lowercase().replace('\u{2019}', "'");
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let early: String = text.chars().take(260).collect();
    let points_of = |said: &Said| {
        if said.is_in(&text, &early) {
            said.points
        } else {
            0
        }
    };
    let mut points = points_of(&AWAY) + points_of(&MACHINE);
    if points == 0 {
        return false;
    }
    points += [UNTIL, INSTEAD, THANKS, UNREAD]
        .iter()
        .map(points_of)
        .sum::<i32>();
    // A machine asks nothing and quotes little; a short text says the one thing only.
    let asks = text.contains(['?', '？']);
    points -= i32::from(asks);
    points -= i32::from(has_quote);
    points += i32::from(length < 160 && !asks);
    points >= ENOUGH
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
