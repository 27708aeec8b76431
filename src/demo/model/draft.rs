//! The record that the model answers with: scripted for the demo's mails, made up
//! politely for all others, changed for each further version and for a hint.

use serde::Serialize;

use super::prompt::{Prompt, letters};
use super::vary;
use crate::demo::leads::Cast;
use crate::demo::leads::script::Language;
use crate::domain::lead::first_name;
use crate::domain::subject::reply_subject;

/// One draft, with its keys in the order in which they are written.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub(super) struct Record {
    /// Subject of the answer.
    pub subject: String,
    /// Text of the answer.
    pub body: String,
    /// BCP 47.
    pub language: &'static str,
    /// What it would have needed to know.
    pub missing_facts: Vec<String>,
    /// How sure it says it is.
    pub confidence: f64,
    /// Why it answers so.
    pub reasoning: String,
    /// Mood of the mail.
    pub sentiment_analysis: Mood,
}

/// Mood of a mail.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub(super) struct Mood {
    /// `positive`, `neutral`, `negative` or `mixed`.
    pub sentiment: String,
    /// A short word.
    pub intent: String,
    /// `low`, `medium` or `high`.
    pub urgency: String,
}

/// The draft for a prompt: version 0 the first time, then others.
pub(super) fn record(cast: Option<&Cast>, prompt: &Prompt, version: usize) -> Record {
    let language = prompt.language(cast);
    let mut record = match prompt.draft(cast) {
        Some(draft) => Record {
            subject: String::new(),
            body: draft.body.trim().to_owned(),
            language: language.tag(),
            missing_facts: draft.missing_facts.clone(),
            confidence: draft.confidence,
            reasoning: draft.reasoning.clone(),
            sentiment_analysis: Mood {
                sentiment: draft.sentiment.clone(),
                intent: draft.intent.clone(),
                urgency: draft.urgency.clone(),
            },
        },
        None => general(cast, prompt, language),
    };
    if let Some(script) = prompt.script_of(cast) {
        record.subject = reply_subject(&script.subject);
    }
    let again = prompt.draft(cast).map_or(&[][..], |draft| &draft.again);
    record.body = version_of(&record.body, again, prompt, version, language);
    if let Some(hint) = &prompt.hint {
        record.body = vary::hinted(&record.body, hint, language);
        record.reasoning = format!("As you asked (\"{hint}\"). {}", record.reasoning);
    }
    if version > 0 {
        // Nobody is as sure of a second try.
        record.confidence = (record.confidence * 96.0).round() / 100.0;
    }
    record
}

/// A version that the prompt does not show as turned down.
fn version_of(
    body: &str,
    again: &[String],
    prompt: &Prompt,
    version: usize,
    language: Language,
) -> String {
    let make = |number: usize| match number {
        0 => body.to_owned(),
        number => again.get(number - 1).map_or_else(
            || vary::other(body, number, language),
            |text| text.trim().to_owned(),
        ),
    };
    let fresh = |text: &String| !prompt.letters.contains(&letters(text));
    (version..version + 8)
        .map(make)
        .find(fresh)
        .unwrap_or_else(|| make(version))
}

/// A draft for a mail that no script knows.
fn general(cast: Option<&Cast>, prompt: &Prompt, language: Language) -> Record {
    let user = cast.map_or("Sam", |cast| first_name(cast.user.label()));
    let first = first_name(&prompt.name);
    let asks = prompt.latest.contains('?');
    let lower = prompt.latest.to_lowercase();
    let no = [
        "not interested",
        "no interest",
        "kein interesse",
        "no me interesa",
        "pas intéress",
    ];
    let declines = no.iter().any(|word| lower.contains(word));
    let money = [
        "price", "cost", "preis", "kosten", "precio", "cuesta", "prix", "coûte",
    ];
    let price = money.iter().any(|word| lower.contains(word));
    let body = body(language, first, user, declines, price);
    let intent = match (declines, price, asks) {
        (true, _, _) => "not_interested",
        (_, true, _) => "pricing",
        (_, _, true) => "question",
        _ => "interested",
    };
    let missing: &[&str] = if price { &["the price"] } else { &[] };
    Record {
        subject: String::new(),
        body,
        language: language.tag(),
        missing_facts: missing.iter().map(|fact| (*fact).to_owned()).collect(),
        confidence: if price { 0.41 } else { 0.58 },
        reasoning: "A mail that is not part of the demo's script: thanks, an answer in general terms, and a proposal for the next step.".to_owned(),
        sentiment_analysis: Mood {
            sentiment: if declines { "negative" } else { "positive" }.to_owned(),
            intent: intent.to_owned(),
            urgency: "medium".to_owned(),
        },
    }
}

fn body(language: Language, first: &str, user: &str, declines: bool, price: bool) -> String {
    let hello = |word: &str| {
        if first.is_empty() {
            format!("{word},")
        } else {
            format!("{word} {first},")
        }
    };
    let (greeting, thanks, answer, next, bye) = match language {
        Language::En => (
            hello("Hi"),
            if declines {
                "thank you for telling me, I will not write again."
            } else {
                "thank you for your mail."
            },
            if price {
                "The price depends on what you need: [CONFIRM: the price]."
            } else {
                "That sounds like something we can do well."
            },
            "Shall we talk about it for 20 minutes, on a Tuesday or Thursday?",
            user.to_owned(),
        ),
        Language::De => (
            hello("Hallo"),
            if declines {
                "danke für die klare Antwort, ich melde mich nicht wieder."
            } else {
                "vielen Dank für Ihre Nachricht."
            },
            if price {
                "Der Preis hängt davon ab, was Sie brauchen: [CONFIRM: der Preis]."
            } else {
                "Das können wir gut für Sie machen."
            },
            "Wollen wir am Dienstag oder Donnerstag 20 Minuten darüber sprechen?",
            format!("Viele Grüße\n{user}"),
        ),
        Language::Es => (
            hello("Hola"),
            if declines {
                "gracias por decírmelo, no volveré a escribir."
            } else {
                "gracias por su mensaje."
            },
            if price {
                "El precio depende de lo que necesite: [CONFIRM: el precio]."
            } else {
                "Es algo que podemos hacer bien."
            },
            "¿Hablamos veinte minutos, un martes o un jueves?",
            format!("Un saludo,\n{user}"),
        ),
        Language::Fr => (
            hello("Bonjour"),
            if declines {
                "merci de me l'avoir dit, je ne vous écrirai plus."
            } else {
                "merci de votre message."
            },
            if price {
                "Le prix dépend de vos besoins : [CONFIRM: le prix]."
            } else {
                "C'est tout à fait dans nos cordes."
            },
            "Pouvons-nous en parler vingt minutes, un mardi ou un jeudi ?",
            format!("Bien à vous,\n{user}"),
        ),
    };
    if declines {
        format!("{greeting}\n\n{thanks}\n\n{bye}")
    } else {
        format!("{greeting}\n\n{thanks} {answer}\n\n{next}\n\n{bye}")
    }
}
