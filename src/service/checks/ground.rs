//! What a text is held against: our facts, the lead, the thread, today. Numbers may come
//! from all of them; contacts and payment data only from what is ours, as a link that
//! somebody wants us to pass on is already in the thread.

use std::collections::HashSet;

use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::contacts::{self, Contact, ContactKind};
use super::dates::{self, Days};
use super::grants::{self, Given};
use super::letter;
use super::payment;
use super::scan::{fold, tokens, without};
use super::values::{self, Unit, Value};
use crate::domain::{Address, ConversationId, Direction, Lead, MailKind, Message};
use crate::llm::injection;
use crate::mail::reply;
use crate::service::context::{FACTS, STYLE};
use crate::service::{Services, compose};
use crate::store::{Read, StoreError};

/// Mails of a thread that are read, the newest ones.
const MOST_MAILS: usize = 40;
/// Characters of each that are read.
const MOST_CHARS: usize = 30_000;

/// Everything that a text may repeat, and whom it is for.
#[derive(Clone, Debug, Default)]
pub struct Ground {
    pub(super) today: Option<Date>,
    pub(super) known: Known,
    /// The newest mail of the lead, what it newly says.
    pub(super) last_inbound: String,
    pub(super) names: Vec<String>,
    pub(super) mails: String,
    pub(super) own_name: String,
    /// Where the answer would go without anybody there being part of the thread.
    pub(super) strangers: Vec<Address>,
    /// Files that wait for the next reply.
    pub(super) files: usize,
    /// What in the lead's mails speaks to a model.
    pub(super) injection: Option<&'static str>,
}

/// Values and contacts that may be repeated.
#[derive(Clone, Debug, Default)]
pub(super) struct Known {
    values: Vec<Value>,
    days: Days,
    derived: Vec<Date>,
    /// Contacts of ours, by kind and key.
    contacts: HashSet<(ContactKind, String)>,
    /// Hosts whose pages are ours or the lead's own.
    hosts: HashSet<String>,
    payments: HashSet<String>,
    /// What is given away in our facts and mails.
    grants: Vec<Given>,
    /// What the lead's mails name.
    foreign: HashSet<(ContactKind, String)>,
}

/// Who writes a text that is part of the ground.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Source {
    /// Our facts and our own mails: everything in them may be repeated.
    Ours,
    /// What we noted of the lead: numbers, and the lead's own addresses.
    Lead,
    /// The lead's mails: numbers only.
    Theirs,
}

/// What a ground is made of.
#[derive(Clone, Debug)]
pub struct Basis {
    /// The day of the person.
    pub today: Date,
    /// For the days on which mails were sent.
    pub zone: TimeZone,
    /// Our facts, rules, signature and addresses.
    pub ours: Vec<String>,
    /// Our name.
    pub own_name: String,
    /// Whom the text is for.
    pub lead: Lead,
    /// The mails so far, oldest first.
    pub messages: Vec<Message>,
    /// Addresses that the answer would go to and that have no part in the thread.
    pub strangers: Vec<Address>,
    /// Files that wait for the next reply.
    pub files: usize,
}

impl Basis {
    /// For a text to a lead: a reply with the mails of its conversation, or a first mail.
    ///
    /// # Errors
    /// Failures of the store.
    pub fn gather(
        r: Read<'_>,
        services: &Services,
        lead: Lead,
        conversation: Option<ConversationId>,
    ) -> Result<Self, StoreError> {
        let config = services.config();
        let zone = services.zone().clone();
        let own = r.list_own_addresses()?;
        let user = &config.user;
        let mut ours = vec![
            r.get_text(FACTS)?
                .unwrap_or_else(|| config.ai.knowledge.clone()),
            r.get_text(STYLE)?
                .unwrap_or_else(|| config.ai.style.clone()),
            user.signature.clone(),
            user.email.clone(),
        ];
        let own_name = compose::own_name(&user.name, &own);
        ours.extend(own.into_iter().map(|own| own.address));
        Ok(Self {
            today: services.now().to_zoned(zone.clone()).date(),
            zone,
            ours,
            own_name,
            lead,
            messages: match conversation {
                Some(id) => r.list_messages(id)?,
                None => Vec::new(),
            },
            strangers: match conversation {
                Some(id) => compose::recipients(r, id)?.unconfirmed,
                None => Vec::new(),
            },
            files: match conversation {
                Some(id) => r.list_reply_files(id)?.len(),
                None => 0,
            },
        })
    }
}

impl Ground {
    /// For a reply in a conversation; none when it is gone.
    ///
    /// # Errors
    /// Failures of the store.
    pub fn of_conversation(
        r: Read<'_>,
        services: &Services,
        id: ConversationId,
    ) -> Result<Option<Self>, StoreError> {
        let Some(lead) = r.get_conversation_lead(id)? else {
            return Ok(None);
        };
        let Some(lead) = r.get_lead(lead)? else {
            return Ok(None);
        };
        let basis = Basis::gather(r, services, lead, Some(id))?;
        Ok(Some(Self::new(&basis)))
    }

    /// Reads everything once; any number of texts can be held against it.
    #[must_use]
    pub fn new(basis: &Basis) -> Self {
        let lead = &basis.lead;
        let mut ground = Self {
            today: Some(basis.today),
            own_name: letter::name_words(&basis.own_name)
                .into_iter()
                .next()
                .unwrap_or_default(),
            strangers: basis.strangers.clone(),
            files: basis.files,
            ..Self::default()
        };
        for text in basis.ours.iter().chain([&basis.own_name]) {
            ground.add(text, Source::Ours, None);
        }
        let lead_texts = [&lead.title, &lead.company, &lead.notes, &lead.analysis];
        for text in lead_texts.into_iter().flatten() {
            ground.add(text, Source::Theirs, None);
        }
        let lead_contacts = [Some(&lead.email), lead.website.as_ref()];
        for text in lead_contacts.into_iter().flatten() {
            ground.add(text, Source::Lead, None);
        }
        ground.add_name(&lead.name);
        ground.add_name(&lead.email);
        let messages = &basis.messages;
        let skipped = messages.len().saturating_sub(MOST_MAILS);
        for message in messages.iter().skip(skipped) {
            ground.add_message(message, &basis.zone);
        }
        let answered = messages.iter().rev().find(|m| {
            m.content.direction == Direction::Inbound && m.content.kind == MailKind::Person
        });
        if let Some(message) = answered {
            ground.last_inbound.clone_from(&message.content.reply);
        }
        ground
    }

    fn add_name(&mut self, text: &str) {
        let local = text.split('@').next().unwrap_or(text);
        self.names.extend(letter::name_words(local));
    }

    fn add_message(&mut self, message: &Message, zone: &TimeZone) {
        let content = &message.content;
        let sent = content.sent_at.to_zoned(zone.clone()).date();
        self.known.derived.push(sent);
        if content.direction == Direction::Outbound {
            // What we quoted is not ours; our signature is.
            let split = reply::split(head(&content.text));
            let own = if content.reply.trim().is_empty() {
                &split.reply
            } else {
                &content.reply
            };
            self.add(own, Source::Ours, Some(sent));
            self.add(&split.signature, Source::Ours, None);
            self.add(&split.quoted, Source::Theirs, None);
            return;
        }
        let text = head(&content.text);
        self.add(text, Source::Theirs, Some(sent));
        self.add(&content.subject, Source::Theirs, None);
        if let Some(name) = &content.from.name {
            self.add_name(name);
        }
        self.add_name(&content.from.address);
        self.mails.push(' ');
        let words = fold(text);
        for word in words
            .split(|c: char| !c.is_alphanumeric())
            .filter(|w| !w.is_empty())
        {
            self.mails.push_str(word);
            self.mails.push(' ');
        }
        if content.kind == MailKind::Person && self.injection.is_none() {
            let newly = format!("{}\n{}", content.subject, content.reply);
            let found = injection::scan(&newly);
            self.injection = found.first().map(|finding| finding.kind.message());
        }
    }

    fn add(&mut self, text: &str, source: Source, sent: Option<Date>) {
        let links = contacts::links_and_addresses(text);
        let payments = payment::find(text, &links);
        let mut places: Vec<_> = links.iter().map(|c| c.place.clone()).collect();
        places.extend(payments.iter().map(|p| p.place.clone()));
        let text = without(text, &places);
        let pieces = tokens(&text);
        let days = dates::read(&pieces);
        let dated = without(&text, &days.places);
        let phones = contacts::phones(&dated);
        let phone_places: Vec<_> = phones.iter().map(|c| c.place.clone()).collect();
        let rest = without(&dated, &phone_places);
        let known = &mut self.known;
        if source == Source::Ours {
            known.grants.extend(grants::find(&pieces));
        }
        known.values.extend(values::read(&tokens(&rest)));
        if let Some(sent) = sent {
            known.derived.extend(derived(&days, sent));
        }
        known.days.dates.extend(days.dates);
        known.days.months.extend(days.months);
        known.days.weekdays.extend(days.weekdays);
        if source == Source::Ours {
            known.payments.extend(payments.into_iter().map(|p| p.key));
        }
        for contact in links.into_iter().chain(phones) {
            known.contact(contact, source);
        }
    }
}

fn head(text: &str) -> &str {
    text.char_indices()
        .nth(MOST_CHARS)
        .map_or(text, |(end, _)| text.get(..end).unwrap_or(text))
}

/// Calendar days that words such as "tomorrow" or "on Friday" meant when they were written.
fn derived(days: &Days, sent: Date) -> Vec<Date> {
    let after = |count: i64| sent.checked_add(jiff::Span::new().days(count)).ok();
    let relative = days.relative.iter().filter_map(|count| after(*count));
    let weekdays = days.weekdays.iter().flat_map(|(day, _)| {
        let ahead = (i64::from(*day) - i64::from(dates::weekday_of(sent))).rem_euclid(7);
        [after(ahead), after(ahead + 7)].into_iter().flatten()
    });
    relative.chain(weekdays).collect()
}

impl Known {
    fn contact(&mut self, contact: Contact, source: Source) {
        let Contact { kind, key, .. } = contact;
        if source == Source::Theirs {
            self.foreign.insert((kind, key));
            return;
        }
        if kind == ContactKind::Link {
            let host = contacts::host_of(&key).to_owned();
            // The pages of the lead's own site, and the first page of ours.
            if source == Source::Lead {
                self.hosts.insert(host);
            } else {
                self.contacts.insert((kind, host));
            }
        }
        self.contacts.insert((kind, key));
    }

    /// Whether a contact is one of ours, or the lead's own.
    pub(super) fn has_contact(&self, contact: &Contact) -> bool {
        let of_kind = |set: &HashSet<(ContactKind, String)>| match contact.kind {
            ContactKind::Phone => set.iter().any(|(kind, key)| {
                *kind == ContactKind::Phone && contacts::same_phone(key, &contact.key)
            }),
            kind => set.contains(&(kind, contact.key.clone())),
        };
        of_kind(&self.contacts)
            || (contact.kind == ContactKind::Link
                && self.hosts.contains(contacts::host_of(&contact.key)))
    }

    /// Whether it stands in the lead's mails.
    pub(super) fn is_from_lead(&self, contact: &Contact) -> bool {
        self.foreign.iter().any(|(kind, key)| {
            *kind == contact.kind
                && (*key == contact.key
                    || (*kind == ContactKind::Phone && contacts::same_phone(key, &contact.key)))
        })
    }

    /// Whether we give just that away somewhere.
    pub(super) fn has_grant(&self, given: &Given) -> bool {
        self.grants.iter().any(|known| known.is_same(given))
    }

    pub(super) fn has_payment(&self, key: &str) -> bool {
        self.payments.contains(key)
    }

    /// Whether the value stands somewhere in the ground, whatever its form.
    pub(super) fn has_value(&self, value: &Value) -> bool {
        let by = |unit: Unit, amounts: &[u64]| {
            self.values.iter().any(|known| {
                let same = known.amounts.iter().any(|a| amounts.contains(a));
                same && fits(known.unit, unit)
            })
        };
        let clock = matches!(value.unit, Unit::Clock | Unit::ClockOrHours);
        by(value.unit, &value.amounts)
            || (clock && (self.is_within(value) || self.has_hour(&value.amounts)))
            || (value.unit == Unit::ClockOrHours && by(Unit::Minutes, &value.amounts))
            || (value.unit == Unit::Plain && self.has_day_number(&value.amounts))
            || (matches!(value.unit, Unit::Minutes | Unit::Days | Unit::Months) && self.bare(value))
    }

    /// "14:00" where the thread says "2" or "14".
    fn has_hour(&self, amounts: &[u64]) -> bool {
        const HALF: u64 = 12 * 60 * 1_000;
        amounts.iter().any(|minutes| {
            let twelve = (minutes + HALF) % (2 * HALF);
            self.values.iter().any(|known| match known.unit {
                Unit::Plain => known
                    .amounts
                    .iter()
                    .any(|a| a * 60 == *minutes || a * 60 == twelve),
                Unit::Clock | Unit::ClockOrHours => known
                    .amounts
                    .iter()
                    .any(|a| a % (2 * HALF) == minutes % (2 * HALF)),
                _ => false,
            })
        })
    }

    /// A time between the ends of a range of times: "between 10:00 and 16:00".
    fn is_within(&self, value: &Value) -> bool {
        self.values.windows(2).any(|pair| {
            let [low, high] = pair else { return false };
            let clock = |v: &Value| matches!(v.unit, Unit::Clock | Unit::ClockOrHours);
            low.to_next
                && clock(low)
                && clock(high)
                && value.amounts.iter().any(|a| {
                    low.amounts.iter().any(|l| l <= a) && high.amounts.iter().any(|h| a <= h)
                })
        })
    }

    /// A length of time whose number stands in the ground without a unit.
    fn bare(&self, value: &Value) -> bool {
        let factors: &[u64] = match value.unit {
            Unit::Minutes => &[1, 60],
            Unit::Days => &[1, 7],
            _ => &[1, 12],
        };
        factors.iter().any(|factor| {
            value
                .amounts
                .iter()
                .filter(|a| *a % factor == 0)
                .any(|amount| {
                    self.values.iter().any(|known| {
                        known.unit == Unit::Plain
                            && !known.idle
                            && known.amounts.contains(&(amount / factor))
                    })
                })
        })
    }

    /// A bare number that is a day or a year somewhere.
    fn has_day_number(&self, amounts: &[u64]) -> bool {
        let has = |number: u64| amounts.contains(&(number * 1_000));
        let year = |y: i16| u64::try_from(y).is_ok_and(has);
        self.days
            .dates
            .iter()
            .flat_map(|d| &d.readings)
            .any(|(y, _, day)| has(u64::from(*day)) || y.is_some_and(year))
            || self.days.months.iter().any(|(_, y, _)| y.is_some_and(year))
            || self.derived.iter().any(|date| year(date.year()))
    }

    /// Whether a date is told somewhere, or meant by a word such as "tomorrow".
    pub(super) fn has_date(&self, readings: &[(Option<i16>, u8, u8)], today: Option<Date>) -> bool {
        let near = |reading| today.and_then(|today| dates::calendar(reading, today));
        readings.iter().any(|reading| {
            let (year, month, day) = *reading;
            let told = self
                .days
                .dates
                .iter()
                .flat_map(|d| &d.readings)
                .any(|known| {
                    known.1 == month
                        && known.2 == day
                        && (known.0.is_none() || year.is_none() || known.0 == year)
                });
            told || near(*reading)
                .is_some_and(|date| self.derived.contains(&date) || Some(date) == today)
        })
    }

    pub(super) fn has_month(&self, month: u8, year: Option<i16>, today: Option<Date>) -> bool {
        let this = |date: &Date| {
            u8::try_from(date.month()) == Ok(month) && year.is_none_or(|y| y == date.year())
        };
        let fits = |y: Option<i16>| y.is_none() || year.is_none() || y == year;
        self.days
            .months
            .iter()
            .any(|(m, y, _)| *m == month && fits(*y))
            || self
                .days
                .dates
                .iter()
                .flat_map(|d| &d.readings)
                .any(|(y, m, _)| *m == month && fits(*y))
            || self.derived.iter().any(this)
            || today.is_some_and(|today| this(&today))
    }

    pub(super) fn has_weekday(&self, weekday: u8, today: Option<Date>) -> bool {
        let dated = |reading: &(Option<i16>, u8, u8)| {
            today
                .and_then(|today| dates::calendar(*reading, today))
                .is_some_and(|date| dates::weekday_of(date) == weekday)
        };
        self.days.weekdays.iter().any(|(day, _)| *day == weekday)
            || self
                .days
                .dates
                .iter()
                .any(|d| d.weekday == Some(weekday) || d.readings.iter().any(dated))
            || self
                .derived
                .iter()
                .any(|date| dates::weekday_of(*date) == weekday)
    }
}

/// Whether a known unit stands for the one in the text: a price without a currency, a
/// bare number for anything but money of another sort.
fn fits(known: Unit, unit: Unit) -> bool {
    match (known, unit) {
        (_, Unit::Plain) => true,
        (Unit::Plain, Unit::Percent | Unit::Money(_)) => true,
        (Unit::Clock | Unit::ClockOrHours, Unit::Clock | Unit::ClockOrHours) => true,
        (Unit::ClockOrHours, Unit::Minutes) => true,
        (known, unit) => known == unit,
    }
}
