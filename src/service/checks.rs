//! Deterministic checks of a text before it may leave, whoever wrote it: what in it stands
//! on no ground, what still has to be filled in, where it would send people or money.
//!
//! A finding carries the piece of the text it is about. Placeholders and payment data that
//! are not ours block; the rest warns, and stays quiet in doubt: who is warned for nothing
//! reads no warnings.

pub mod contacts;
pub mod dates;
pub mod echo;
pub mod grants;
mod ground;
pub mod letter;
pub mod payment;
pub mod placeholders;
pub mod questions;
pub mod scan;
pub mod terms;
pub mod values;

use std::ops::Range;

use super::Services;
use crate::domain::listing::ConversationView;
use crate::domain::{
    Check, ConversationId, Severity, Suggestion, SuggestionId, SuggestionStatus, TEMPLATE_PROVIDER,
};
use crate::store::{Read, StoreError};
use contacts::ContactKind;
use grants::Grant;
pub use ground::{Basis, Ground};
use values::{Unit, Value};

/// Warnings that are shown; more of them say that the whole text stands on no ground.
const MOST: usize = 12;
/// Bare numbers up to this one count things in the text itself: "two options".
const SMALL: u64 = 10_000;
/// Minutes that a call takes; an offer of one is no claim.
const CALLS: &[u64] = &[1, 2, 3, 5, 10, 15, 20, 25, 30, 45, 60];

/// A text that would be sent.
#[derive(Clone, Copy, Debug)]
pub struct Text<'t> {
    /// The words.
    pub body: &'t str,
    /// Files that go with it, beside those that wait for the conversation's next reply.
    pub attachments: usize,
    /// Whether a model wrote it: then a mail that speaks to models needs a second look.
    pub drafted: bool,
}

impl<'t> Text<'t> {
    /// The person's own text, without files.
    #[must_use]
    pub const fn own(body: &'t str) -> Self {
        Self {
            body,
            attachments: 0,
            drafted: false,
        }
    }

    /// A text whose first version that provider wrote.
    #[must_use]
    pub fn drafted_by(body: &'t str, provider: &str) -> Self {
        Self {
            drafted: !provider.is_empty() && provider != TEMPLATE_PROVIDER,
            ..Self::own(body)
        }
    }
}

/// Findings in a text that would be sent in a conversation.
///
/// # Errors
/// Failures of the store.
pub fn of_reply(
    r: Read<'_>,
    services: &Services,
    conversation: ConversationId,
    text: &Text<'_>,
) -> Result<Vec<Check>, StoreError> {
    let ground = Ground::of_conversation(r, services, conversation)?;
    Ok(check(text, ground.as_ref()))
}

/// Checks what could be sent from a conversation as it is now.
///
/// # Errors
/// Failures of the store.
pub fn renew(
    r: Read<'_>,
    services: &Services,
    view: &mut ConversationView,
) -> Result<(), StoreError> {
    let open = |s: &&mut Suggestion| s.status == SuggestionStatus::Pending;
    if view.composition.is_none() && !view.suggestions.iter_mut().any(|s| open(&s)) {
        return Ok(());
    }
    let ground = Ground::of_conversation(r, services, view.row.id)?;
    for suggestion in view.suggestions.iter_mut().filter(open) {
        let text = Text::drafted_by(suggestion.final_body(), &suggestion.provider);
        suggestion.checks = check(&text, ground.as_ref());
    }
    if let Some(body) = &view.composition {
        view.composition_checks = check(&Text::own(body), ground.as_ref());
    }
    Ok(())
}

/// Findings in a text that would be sent in place of a suggestion; for verbs, which show
/// them before it leaves.
///
/// # Errors
/// Failures of the store.
pub async fn of_suggestion(
    services: &Services,
    id: SuggestionId,
    body: &str,
) -> Result<Vec<Check>, StoreError> {
    let (body, inner) = (body.to_owned(), services.clone());
    services
        .store()
        .read(move |r| {
            let suggestion = r.require_suggestion(id)?;
            let text = Text::drafted_by(&body, &suggestion.provider);
            of_reply(r, &inner, suggestion.conversation_id, &text)
        })
        .await
}

/// Findings in the person's own text; for verbs.
///
/// # Errors
/// Failures of the store.
pub async fn of_own(
    services: &Services,
    conversation: ConversationId,
    body: &str,
) -> Result<Vec<Check>, StoreError> {
    let (body, inner) = (body.to_owned(), services.clone());
    services
        .store()
        .read(move |r| of_reply(r, &inner, conversation, &Text::own(&body)))
        .await
}

/// Findings in a text, with what it may be held against; without that only what can be
/// told from the text alone.
#[must_use]
pub fn check(text: &Text<'_>, ground: Option<&Ground>) -> Vec<Check> {
    let body = text.body;
    if body.trim().is_empty() {
        return vec![finding(
            "empty",
            Severity::Block,
            "the text is empty".to_owned(),
            "",
        )];
    }
    let mut found = Findings {
        body,
        checks: Vec::new(),
    };
    let pieces = scan::tokens(body);
    let placeholders = placeholders::find(body, &pieces);
    for place in &placeholders {
        found.block("placeholder", place, |e| {
            format!("{e} still has to be filled in")
        });
    }
    let Some(ground) = ground else {
        return found.checks;
    };
    let links = contacts::links_and_addresses(body);
    let payments = payment::find(body, &links);
    for payment in payments
        .iter()
        .filter(|p| !ground.known.has_payment(&p.key))
    {
        found.block("payment", &payment.place, |e| {
            format!("\"{e}\" is {} that is in none of your facts or earlier mails; if it is yours, add it to your facts", payment.what)
        });
    }
    if let Some(what) = ground.injection.filter(|_| text.drafted) {
        let message = format!("{what}: read the draft as if the lead had written it, then confirm");
        found
            .checks
            .push(finding("injection", Severity::Confirm, message, ""));
    }
    let mut places = placeholders;
    places.extend(payments.into_iter().map(|p| p.place));
    for contact in links.iter().filter(|c| !places.contains(&c.place)) {
        found.contact(contact, ground);
    }
    places.extend(links.into_iter().map(|c| c.place));
    // What a discount is wrong about is said once.
    places.extend(found.grants(&pieces, ground));
    found.numbers(&scan::without(body, &places), ground);
    if text.drafted {
        found.no_answer(&pieces, ground);
    }
    found.letter(text, &pieces, ground);
    found
        .checks
        .sort_by_key(|check| check.severity != Severity::Block);
    found.checks.truncate(MOST.max(found.blocking()));
    found.checks
}

fn finding(code: &str, severity: Severity, message: String, excerpt: &str) -> Check {
    Check {
        code: code.to_owned(),
        severity,
        message,
        excerpt: excerpt.to_owned(),
    }
}

struct Findings<'t> {
    body: &'t str,
    checks: Vec<Check>,
}

impl Findings<'_> {
    fn blocking(&self) -> usize {
        self.checks
            .iter()
            .filter(|c| c.severity == Severity::Block)
            .count()
    }

    fn add(
        &mut self,
        code: &str,
        severity: Severity,
        place: &Range<usize>,
        message: impl Fn(&str) -> String,
    ) {
        let excerpt = self.body.get(place.clone()).unwrap_or_default();
        let known = self
            .checks
            .iter()
            .any(|c| c.code == code && c.excerpt == excerpt);
        if !known {
            self.checks
                .push(finding(code, severity, message(excerpt), excerpt));
        }
    }

    fn block(&mut self, code: &str, place: &Range<usize>, message: impl Fn(&str) -> String) {
        self.add(code, Severity::Block, place, message);
    }

    fn warn(&mut self, code: &str, place: &Range<usize>, message: impl Fn(&str) -> String) {
        self.add(code, Severity::Warn, place, message);
    }

    fn contact(&mut self, contact: &contacts::Contact, ground: &Ground) {
        if ground.known.has_contact(contact) {
            return;
        }
        let (code, what) = match contact.kind {
            ContactKind::Link => ("link", "link"),
            ContactKind::Email => ("email_address", "address"),
            ContactKind::Phone => ("phone", "phone number"),
        };
        let from = if ground.known.is_from_lead(contact) {
            "comes from the lead's mail, not from your facts"
        } else {
            "is in none of your facts or earlier mails"
        };
        self.warn(code, &contact.place, |e| format!("the {what} {e} {from}"));
    }

    /// Dates, phones, times and all other numbers.
    fn numbers(&mut self, rest: &str, ground: &Ground) {
        let (known, today) = (&ground.known, ground.today);
        let nowhere = |e: &str| format!("\"{e}\" is in neither the thread nor your facts");
        let days = dates::read(&scan::tokens(rest));
        for date in &days.dates {
            if !known.has_date(&date.readings, today) {
                self.warn("date", &date.place, nowhere);
            }
            self.weekday(date, today);
        }
        for (month, year, place) in &days.months {
            if !known.has_month(*month, *year, today) {
                self.warn("date", place, nowhere);
            }
        }
        for (day, place) in &days.weekdays {
            if !known.has_weekday(*day, today) {
                self.warn("date", place, nowhere);
            }
        }
        let dated = scan::without(rest, &days.places);
        let phones = contacts::phones(&dated);
        for phone in &phones {
            self.contact(phone, ground);
        }
        let places: Vec<_> = phones.into_iter().map(|p| p.place).collect();
        for value in values::read(&scan::tokens(&scan::without(&dated, &places))) {
            if is_claim(&value, ground) && !known.has_value(&value) {
                self.warn(value.unit.code(), &value.place, nowhere);
            }
        }
    }

    /// Discounts and gifts that are not ours to give; where they stand.
    fn grants(&mut self, pieces: &[scan::Token<'_>], ground: &Ground) -> Vec<Range<usize>> {
        let mut places = Vec::new();
        for given in grants::find(pieces) {
            if ground.known.has_grant(&given) {
                continue;
            }
            let (code, what) = match given.grant {
                Grant::Discount => ("discount", "is a discount that is"),
                Grant::Free => ("free", "gives something away, which is"),
            };
            self.warn(code, &given.place, |e| {
                format!("\"{e}\" {what} in none of your facts or earlier mails")
            });
            places.push(given.place);
        }
        places
    }

    /// A draft that repeats words, speaks to us, or is signed as the lead.
    fn no_answer(&mut self, pieces: &[scan::Token<'_>], ground: &Ground) {
        let mut say = |message: String| {
            let check = finding("no_answer", Severity::Warn, message, "");
            self.checks.push(check);
        };
        if echo::repeats_lead(&ground.last_inbound, self.body) {
            say("most of it repeats the lead's own words".to_owned());
        }
        if let Some(sentence) = echo::repeats_itself(self.body) {
            say(format!("it says \"{sentence}\" again and again"));
        }
        if let Some(place) = echo::speaks_to_us(pieces, &ground.own_name, &ground.names) {
            self.warn("no_answer", &place, |e| {
                format!("it speaks to {e}, as if the lead had written it")
            });
        }
        if let Some(place) = echo::signed_by_lead(pieces, &ground.names, &ground.own_name) {
            self.warn("no_answer", &place, |e| {
                format!("it is signed \"{e}\", which is the lead")
            });
        }
    }

    /// "Tuesday, 4 May" that is a Monday.
    fn weekday(&mut self, date: &dates::FoundDate, today: Option<jiff::civil::Date>) {
        let (Some(said), Some(today)) = (date.weekday, today) else {
            return;
        };
        let real: Vec<_> = date
            .readings
            .iter()
            .filter_map(|r| dates::calendar(*r, today))
            .collect();
        let Some(first) = real.first() else { return };
        if real.iter().all(|date| dates::weekday_of(*date) != said) {
            let day = first.strftime("%A, %-d %B %Y").to_string();
            self.warn("weekday", &date.place, |e| {
                format!("\"{e}\": the day is a {day}")
            });
        }
    }

    fn letter(&mut self, text: &Text<'_>, pieces: &[scan::Token<'_>], ground: &Ground) {
        let names = letter::Names {
            lead: &ground.names,
            mails: &ground.mails,
            own: &ground.own_name,
        };
        if !ground.names.is_empty()
            && let Some(place) = letter::wrong_greeting(pieces, &names)
        {
            self.warn("greeting", &place, |e| {
                format!("it greets {e}, which is not the lead's name")
            });
        }
        if let Some(place) =
            letter::promised_file(pieces).filter(|_| text.attachments + ground.files == 0)
        {
            self.warn("attachment", &place, |e| {
                format!("\"{e}\": no file goes with this reply")
            });
        }
        if let Some((theirs, ours)) = letter::other_language(&ground.last_inbound, self.body) {
            let message = format!("the lead wrote in {theirs}, this is in {ours}");
            self.checks
                .push(finding("language", Severity::Warn, message, ""));
        } else {
            for question in questions::unanswered(&ground.last_inbound, self.body) {
                let message = format!("\"{question}\" seems to be unanswered");
                self.checks
                    .push(finding("question", Severity::Warn, message, ""));
            }
        }
        for address in &ground.strangers {
            let message = format!(
                "it goes to {}, who has no part in this conversation",
                address.address
            );
            self.checks
                .push(finding("recipient", Severity::Warn, message, ""));
        }
    }
}

/// Whether a value says something that could be wrong. A list's number, a handful of
/// things, the length of a call and this year do not.
fn is_claim(value: &Value, ground: &Ground) -> bool {
    let any = |fits: &dyn Fn(u64) -> bool| value.amounts.iter().any(|a| fits(*a));
    let year = ground
        .today
        .map_or(0, |today| u64::try_from(today.year()).unwrap_or(0) * 1_000);
    match value.unit {
        _ if value.idle || value.amounts.is_empty() => false,
        Unit::Plain => !any(&|a| a <= SMALL && a % 1_000 == 0) && !any(&|a| a == year),
        Unit::Percent => !any(&|a| a == 100_000),
        Unit::Minutes => !any(&|a| a % 1_000 == 0 && CALLS.contains(&(a / 1_000))),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_placeholder_blocks_and_a_footnote_does_not() {
        let found = check(
            &Text::own("It costs [CONFIRM: price] and {{date}}, see [1] and [x]."),
            None,
        );
        let excerpts: Vec<_> = found.iter().map(|check| check.excerpt.as_str()).collect();
        assert_eq!(excerpts, ["[CONFIRM: price]", "{{date}}"]);
        assert!(found.iter().all(|check| check.severity == Severity::Block));
        assert_eq!(
            check(&Text::own("Fine [like this](https://example.com)."), None),
            []
        );
    }

    #[test]
    fn an_empty_text_cannot_leave() {
        let found = check(&Text::own(" \n"), None);
        assert_eq!(found.first().map(|c| c.code.as_str()), Some("empty"));
    }
}
