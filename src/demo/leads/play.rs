//! Plays the scripts: what lies in the mailbox at the beginning, what arrives when, and
//! who answers what. Pure: time is given, mail goes in and comes out.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::machine::{self, Undelivered};
use super::quote::{self, Quoted};
use super::script::{Arrival, By, Mailer, Reply, Script, Sort};
use super::{Cast, stored};
use crate::demo::clock::later;
use crate::demo::gmail::{Incoming, SentEntry, World};
use crate::demo::letter::Letter;
use crate::domain::Address;
use crate::domain::address::address_key;
use crate::domain::message::{Direction, NewMessage};

/// The people of a cast at play.
#[derive(Debug)]
pub struct Leads {
    user: Address,
    people: Vec<Person>,
    planned: BTreeMap<(Timestamp, u64), Planned>,
    order: u64,
    speed: f64,
}

/// A mail that is in the mailbox when the demo begins.
#[derive(Clone, PartialEq, Debug)]
pub struct Placed {
    /// The mail, with its labels and date.
    pub mail: Incoming,
    /// For a mail of the past: whose conversation, by the place in the cast, and the mail
    /// as the store takes it, but for Gmail's ids.
    pub past: Option<(usize, NewMessage)>,
}

#[derive(Debug)]
struct Person {
    script: Script,
    /// What was exchanged, oldest first.
    thread: Vec<Exchanged>,
    /// How often they answered.
    rounds: usize,
    /// Which of their answers were given.
    given: Vec<usize>,
    ended: bool,
}

#[derive(Clone, Debug)]
struct Exchanged {
    ours: bool,
    id: String,
    at: Timestamp,
    subject: String,
    text: String,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum What {
    Arrival(usize),
    Answer(usize),
    Bounce,
}

#[derive(Clone, Debug)]
enum Planned {
    Of(usize, What),
    /// Mail to nobody: comes back.
    Nobody(String, Exchanged),
}

/// How long a mail takes to come back.
const BOUNCE_SECONDS: i64 = 4;

impl Leads {
    /// The people at the beginning, `now`, and what is in the mailbox then, oldest
    /// first. At a `speed` of 2 everything comes in half of the time.
    #[must_use]
    pub fn new(cast: &Cast, now: Timestamp, speed: f64) -> (Self, Vec<Placed>) {
        let mut leads = Self {
            user: cast.user.clone(),
            people: cast.scripts.iter().cloned().map(Person::new).collect(),
            planned: BTreeMap::new(),
            order: 0,
            speed: if speed > 0.0 { speed } else { 1.0 },
        };
        let mut placed: Vec<Placed> = Vec::new();
        for index in 0..leads.people.len() {
            leads.place_past(index, now, &mut placed);
        }
        for index in 0..leads.people.len() {
            leads.place_new(index, now, &mut placed);
        }
        placed.sort_by_key(|one| one.mail.dated);
        (leads, placed)
    }

    fn place_past(&mut self, index: usize, now: Timestamp, placed: &mut Vec<Placed>) {
        let user = self.user.clone();
        let Some(person) = self.people.get_mut(index) else {
            return;
        };
        for mail in person.script.before.clone() {
            let at = in_office_hours(now, mail.days_ago);
            let (letter, direction, labels) = match mail.by {
                By::Us => (
                    person.ours(&user, &mail.text, at),
                    Direction::Outbound,
                    &["SENT"],
                ),
                By::Them => (
                    person.theirs(&user, &mail.text, at),
                    Direction::Inbound,
                    &["INBOX"],
                ),
            };
            person.note(&letter, mail.by == By::Us);
            let incoming = Incoming {
                dated: Some(at),
                ..Incoming::labelled(letter.build(), labels)
            };
            placed.push(Placed {
                mail: incoming,
                past: Some((index, stored(&letter, mail.text.trim_end(), direction, at))),
            });
        }
    }

    /// What came shortly before the beginning lies unread; the rest is planned.
    fn place_new(&mut self, index: usize, now: Timestamp, placed: &mut Vec<Placed>) {
        let arrivals: Vec<i64> = self
            .people
            .get(index)
            .map(|person| {
                person
                    .script
                    .arrives
                    .iter()
                    .map(|mail| mail.after)
                    .collect()
            })
            .unwrap_or_default();
        for (number, after) in arrivals.into_iter().enumerate() {
            if after > 0 {
                self.plan(now, after, Planned::Of(index, What::Arrival(number)));
                continue;
            }
            let at = earlier(now, seconds(after));
            let mail = self.write(index, What::Arrival(number), at);
            placed.extend(mail.map(|mail| Placed { mail, past: None }));
        }
    }

    fn plan(&mut self, from: Timestamp, after: i64, what: Planned) {
        self.order += 1;
        let wait = Duration::try_from_secs_f64(seconds(after).as_secs_f64() / self.speed);
        let due = later(from, wait.unwrap_or_default());
        self.planned.insert((due, self.order), what);
    }

    /// The mail that is due at `at`.
    fn write(&mut self, index: usize, what: What, at: Timestamp) -> Option<Incoming> {
        let user = self.user.clone();
        let person = self.people.get_mut(index)?;
        let mut labels = vec!["INBOX", "UNREAD"];
        let raw = match what {
            What::Bounce => {
                let last = person.thread.iter().rev().find(|mail| mail.ours)?;
                undelivered(&person.script.email, last, &user, at)
            }
            What::Answer(number) => {
                let text = person.script.answers.get(number)?.text.clone();
                let letter = person.theirs(&user, &text, at);
                person.note(&letter, false);
                letter.build()
            }
            What::Arrival(number) => {
                let arrival = person.script.arrives.get(number)?.clone();
                if arrival.sort == Sort::Bounce {
                    return self.write(index, What::Bounce, at);
                }
                let letter = person.arrival(&user, &arrival, at);
                match arrival.sort {
                    Sort::Reply | Sort::Fresh => person.note(&letter, false),
                    Sort::List => labels.push("CATEGORY_PROMOTIONS"),
                    Sort::AutoReply | Sort::Bounce => {}
                }
                letter.build()
            }
        };
        Some(Incoming {
            dated: Some(at),
            ..Incoming::labelled(raw, &labels)
        })
    }

    fn answer(&mut self, index: usize, mail: &SentEntry, now: Timestamp) {
        let Some(person) = self.people.get_mut(index) else {
            return;
        };
        person.thread.push(Exchanged::from(mail));
        let arrives = &person.script.arrives;
        if arrives.iter().any(|mail| mail.sort == Sort::Bounce) {
            self.plan(now, BOUNCE_SECONDS, Planned::Of(index, What::Bounce));
            return;
        }
        if person.ended {
            return;
        }
        let Some((number, reply)) = person.chosen(&new_part(&mail.text)) else {
            return;
        };
        let (after, ends) = (reply.after, reply.ends);
        person.rounds += 1;
        person.given.push(number);
        person.ended = ends;
        self.plan(now, after, Planned::Of(index, What::Answer(number)));
    }
}

impl World for Leads {
    fn received(&mut self, mail: &SentEntry, now: Timestamp) {
        for to in &mail.to {
            let key = address_key(to);
            if key == self.user.key() {
                continue;
            }
            let known = |person: &Person| address_key(&person.script.email) == key;
            match self.people.iter().position(known) {
                Some(index) => self.answer(index, mail, now),
                None => self.plan(
                    now,
                    BOUNCE_SECONDS,
                    Planned::Nobody(to.clone(), Exchanged::from(mail)),
                ),
            }
        }
    }

    fn due(&mut self, now: Timestamp) -> Vec<Incoming> {
        let mut mails = Vec::new();
        while let Some(entry) = self.planned.first_entry() {
            let (at, _) = *entry.key();
            if at > now {
                break;
            }
            mails.extend(match entry.remove() {
                Planned::Of(index, what) => self.write(index, what, at),
                Planned::Nobody(to, mail) => Some(Incoming {
                    dated: Some(at),
                    ..Incoming::new(undelivered(&to, &mail, &self.user, at))
                }),
            });
        }
        mails
    }

    fn next_due(&self) -> Option<Timestamp> {
        self.planned.keys().next().map(|(at, _)| *at)
    }
}

impl Person {
    const fn new(script: Script) -> Self {
        Self {
            script,
            thread: Vec::new(),
            rounds: 0,
            given: Vec::new(),
            ended: false,
        }
    }

    fn note(&mut self, letter: &Letter, ours: bool) {
        self.thread.push(Exchanged {
            ours,
            id: letter.id(),
            at: letter.date,
            subject: letter.subject.clone(),
            text: letter.text.clone().unwrap_or_default(),
        });
    }

    /// The answer to a text: one that was written for it, else one for any text.
    fn chosen(&self, text: &str) -> Option<(usize, &Reply)> {
        let text = text.to_lowercase();
        let round = self.rounds + 1;
        let open = || {
            self.script
                .answers
                .iter()
                .enumerate()
                .filter(|(number, reply)| {
                    !self.given.contains(number) && reply.round.is_none_or(|one| one == round)
                })
        };
        let fits = |reply: &Reply| {
            reply
                .to
                .iter()
                .any(|word| text.contains(&word.to_lowercase()))
        };
        open()
            .find(|(_, reply)| fits(reply))
            .or_else(|| open().find(|(_, reply)| reply.to.is_empty()))
    }

    fn ids(&self) -> Vec<String> {
        self.thread.iter().map(|mail| mail.id.clone()).collect()
    }

    /// A mail of the user's, as Gmail would have sent it.
    fn ours(&self, user: &Address, text: &str, at: Timestamp) -> Letter {
        let subject = match self.thread.first() {
            None => self.script.subject.clone(),
            Some(first) => quote::subject(&first.subject, Mailer::Gmail, self.script.language),
        };
        let letter = Letter::new(user.clone(), self.script.address(), &subject, text).dated(at);
        let letter = match self.thread.last() {
            None => letter,
            Some(last) => letter.answering(&last.id, &self.ids()),
        };
        let id = mail_id(&letter, Mailer::Gmail);
        letter.with_id(&id)
    }

    /// An answer of theirs to the user's latest mail.
    fn theirs(&self, user: &Address, text: &str, at: Timestamp) -> Letter {
        let Script {
            mailer,
            language,
            signature,
            ..
        } = &self.script;
        let new = format!("{}\n\n{}", text.trim_end(), signature.trim())
            .trim_end()
            .to_owned();
        let me = self.script.address();
        let Some(last) = self.thread.iter().rev().find(|mail| mail.ours) else {
            return self.fresh(user, &self.script.subject, &new, at);
        };
        let quoted = Quoted {
            from: user,
            to: &me,
            at: last.at,
            subject: &last.subject,
            text: &last.text,
        };
        let subject = quote::subject(&last.subject, *mailer, *language);
        let whole = quote::text(&new, &quoted, *mailer, *language);
        let mut letter = Letter::new(me.clone(), user.clone(), &subject, &whole)
            .dated(at)
            .answering(&last.id, &self.ids());
        letter.html = quote::html(&new, &quoted, *mailer, *language);
        self.finished(letter)
    }

    fn fresh(&self, user: &Address, subject: &str, text: &str, at: Timestamp) -> Letter {
        let letter = Letter::new(self.script.address(), user.clone(), subject, text);
        self.finished(letter.dated(at))
    }

    fn finished(&self, letter: Letter) -> Letter {
        let id = mail_id(&letter, self.script.mailer);
        let letter = letter.with_id(&id);
        match self.script.mailer {
            Mailer::Outlook => {
                let subject = &self.script.subject;
                let letter = letter
                    .with_header("X-MS-Has-Attach", "")
                    .with_header("Content-Language", self.script.language.tag());
                if subject.is_ascii() {
                    letter.with_header("Thread-Topic", subject)
                } else {
                    letter
                }
            }
            Mailer::Apple => letter.with_header("X-Mailer", "iPhone Mail (23B85)"),
            Mailer::Gmail | Mailer::Bare => letter,
        }
    }

    fn arrival(&self, user: &Address, arrival: &Arrival, at: Timestamp) -> Letter {
        let domain = self.script.email.rsplit('@').next().unwrap_or_default();
        let mut letter = match arrival.sort {
            Sort::Reply | Sort::Bounce => self.theirs(user, &arrival.text, at),
            Sort::Fresh | Sort::List => {
                let subject = arrival.subject.as_ref().unwrap_or(&self.script.subject);
                let new = format!(
                    "{}\n\n{}",
                    arrival.text.trim_end(),
                    self.script.signature.trim()
                );
                self.fresh(user, subject, new.trim_end(), at)
            }
            Sort::AutoReply => {
                let subject = arrival.subject.as_ref().unwrap_or(&self.script.subject);
                let last = self.thread.iter().rev().find(|mail| mail.ours);
                let letter = self.fresh(user, subject, arrival.text.trim_end(), at);
                match last {
                    Some(last) => letter.answering(&last.id, &[]),
                    None => letter,
                }
            }
        };
        if let Some(subject) = &arrival.subject {
            letter.subject.clone_from(subject);
        }
        if !arrival.threading {
            letter.in_reply_to.clear();
            letter.references.clear();
        }
        if let Some(html) = &arrival.html {
            letter.text = None;
            letter.html = Some(html.clone());
        }
        match arrival.sort {
            Sort::AutoReply => {
                for (name, value) in machine::AUTO_REPLY {
                    letter = letter.with_header(name, value);
                }
            }
            Sort::List => letter.headers.extend(machine::list_headers(domain)),
            Sort::Reply | Sort::Fresh | Sort::Bounce => {}
        }
        for (name, value) in &arrival.headers {
            letter = letter.with_header(name, value);
        }
        for file in &arrival.files {
            let bytes = file.text.clone().into_bytes();
            letter
                .files
                .push((file.name.clone(), file.kind.clone(), bytes));
        }
        letter
    }
}

impl From<&SentEntry> for Exchanged {
    fn from(mail: &SentEntry) -> Self {
        Self {
            ours: true,
            id: mail.message_id.clone().unwrap_or_default(),
            at: mail.at,
            subject: mail.subject.clone(),
            text: mail.text.replace("\r\n", "\n"),
        }
    }
}

fn undelivered(to: &str, mail: &Exchanged, user: &Address, at: Timestamp) -> Vec<u8> {
    let mail = Undelivered {
        to,
        message_id: &mail.id,
        subject: &mail.subject,
        sent_at: mail.at,
    };
    machine::bounce(&mail, user, at)
}

fn seconds(count: i64) -> Duration {
    Duration::from_secs(count.unsigned_abs())
}

fn earlier(now: Timestamp, by: Duration) -> Timestamp {
    now.checked_sub(by).unwrap_or(now)
}

/// So many days before, at a time at which people write to customers: the fraction of
/// the day goes from eight in the morning to five.
fn in_office_hours(now: Timestamp, days: f64) -> Timestamp {
    let back = Duration::try_from_secs_f64(days.floor() * 86_400.0).unwrap_or_default();
    let hours = Duration::try_from_secs_f64(8.0 * 3_600.0 + days.fract() * 9.0 * 3_600.0);
    let midnight = earlier(now, back).to_zoned(TimeZone::UTC).start_of_day();
    let at = midnight.map_or(now, |midnight| midnight.timestamp());
    later(at, hours.unwrap_or_default())
}

/// `Message-ID`s as the programs make them.
fn mail_id(letter: &Letter, mailer: Mailer) -> String {
    let mut hash = DefaultHasher::new();
    (letter.id(), &letter.subject).hash(&mut hash);
    let one = hash.finish();
    letter.to.iter().for_each(|to| to.address.hash(&mut hash));
    let two = hash.finish();
    let domain = letter.from.address.rsplit('@').next().unwrap_or("local");
    match mailer {
        Mailer::Gmail => format!("CA+{one:x}={two:x}@mail.gmail.com"),
        Mailer::Outlook => {
            format!("AS8P{one:016X}{two:08X}@AS8P251MB0713.EURP251.PROD.OUTLOOK.COM")
        }
        Mailer::Apple => format!("{one:016X}-{two:016X}@{domain}"),
        Mailer::Bare => letter.id(),
    }
}

/// What the user newly wrote: the part before a quote.
fn new_part(text: &str) -> String {
    let is_quote = |line: &&str| {
        let line = line.trim();
        line.starts_with('>')
            || line.starts_with("-----Original")
            || (line.ends_with(':') && line.contains('@') && line.contains('<'))
    };
    let lines: Vec<&str> = text.lines().take_while(|line| !is_quote(line)).collect();
    lines.join("\n")
}
