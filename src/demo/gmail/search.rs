//! The search index (`q`), as far as the product and its tests ask it: it lags behind
//! the mailbox, and a query that makes no sense finds nothing and says nothing.
//!
//! Operators: <https://support.google.com/mail/answer/7190>.

use std::time::Duration;

use jiff::{Timestamp, ToSpan as _, civil, tz::TimeZone};
use serde::{Deserialize, Serialize};

use super::mailbox::{Mailbox, Stored};
use crate::domain::Address;

/// How late things show.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Lag {
    /// Seconds until a mail is in the search index.
    pub search_seconds: u64,
    /// Searches that do not see a mail yet after it came.
    pub search_requests: u64,
    /// Seconds until a mail is in listings by label; none at Gmail, as far as is known.
    pub label_seconds: u64,
}

impl Lag {
    /// Whether the search index has the mail.
    #[must_use]
    pub fn indexed(&self, stored: &Stored, mailbox: &Mailbox, now: Timestamp) -> bool {
        let seen = mailbox.searches.saturating_sub(stored.searches_before);
        old_enough(stored, self.search_seconds, now) && seen > self.search_requests
    }

    /// Whether listings by label have the mail.
    #[must_use]
    pub fn listed(&self, stored: &Stored, now: Timestamp) -> bool {
        old_enough(stored, self.label_seconds, now)
    }
}

fn old_enough(stored: &Stored, seconds: u64, now: Timestamp) -> bool {
    let age = now.as_duration() - stored.arrived.as_duration();
    seconds == 0
        || age
            >= jiff::SignedDuration::try_from(Duration::from_secs(seconds))
                .unwrap_or(jiff::SignedDuration::MAX)
}

/// A query, read.
#[derive(Clone, Debug, PartialEq)]
pub enum Query {
    /// All of these.
    All(Vec<Query>),
    /// One of these.
    Any(Vec<Query>),
    /// Not this.
    Not(Box<Query>),
    /// An operator or a bare word.
    Term(Term),
    /// Makes no sense: finds nothing.
    Nonsense,
}

/// An operator with its value.
#[derive(Clone, Debug, PartialEq)]
pub enum Term {
    /// `in:anywhere`
    Anywhere,
    /// `in:`, `label:`, `is:unread`: has the label, or has it not.
    Label(String, bool),
    /// `from:`
    From(String),
    /// `to:`
    To(String),
    /// `subject:`
    Subject(String),
    /// `rfc822msgid:`
    MessageId(String),
    /// `after:`, `newer:`, `newer_than:`
    After(Timestamp),
    /// `before:`, `older:`, `older_than:`
    Before(Timestamp),
    /// `has:attachment`
    Attachment,
    /// A word in the subject, the people or the text.
    Word(String),
}

impl Query {
    /// Reads a query as of `now`.
    #[must_use]
    pub fn parse(text: &str, now: Timestamp) -> Self {
        let Some(tokens) = tokens(text) else {
            return Self::Nonsense;
        };
        let mut tokens = tokens.into_iter().peekable();
        let query = group(&mut tokens, None, now);
        match (query, tokens.next()) {
            (Some(query), None) => query,
            _ => Self::Nonsense,
        }
    }

    /// Whether spam and trash are searched too.
    #[must_use]
    pub fn reaches_everywhere(&self) -> bool {
        match self {
            Self::All(list) | Self::Any(list) => list.iter().any(Self::reaches_everywhere),
            Self::Term(Term::Anywhere) => true,
            Self::Term(Term::Label(label, true)) => label == "TRASH" || label == "SPAM",
            _ => false,
        }
    }

    /// Whether the query finds the mail.
    #[must_use]
    pub fn finds(&self, mail: &Stored, mailbox: &Mailbox) -> bool {
        match self {
            Self::All(list) => list.iter().all(|one| one.finds(mail, mailbox)),
            Self::Any(list) => list.iter().any(|one| one.finds(mail, mailbox)),
            Self::Not(one) => **one != Self::Nonsense && !one.finds(mail, mailbox),
            Self::Term(term) => term.finds(mail, mailbox),
            Self::Nonsense => false,
        }
    }
}

impl Term {
    fn finds(&self, mail: &Stored, mailbox: &Mailbox) -> bool {
        let head = &mail.head;
        match self {
            Self::Anywhere => true,
            Self::Label(label, there) => {
                let id = mailbox
                    .user_labels()
                    .iter()
                    .find(|own| own.name.eq_ignore_ascii_case(label))
                    .map_or(label.as_str(), |own| own.id.as_str());
                mail.has(id) == *there
            }
            Self::From(who) => is_person(&head.from, who, mailbox),
            Self::To(who) => head.recipients().any(|one| is_person(one, who, mailbox)),
            Self::Subject(words) => contains(&head.subject, words),
            Self::MessageId(id) => head.message_id.as_deref() == Some(id),
            Self::After(at) => mail.key.millis >= at.as_millisecond(),
            Self::Before(at) => mail.key.millis < at.as_millisecond(),
            Self::Attachment => head.has_attachment,
            Self::Word(word) => {
                contains(&head.subject, word)
                    || contains(&head.text, word)
                    || is_person(&head.from, word, mailbox)
                    || head.recipients().any(|one| is_person(one, word, mailbox))
            }
        }
    }

    fn parse(word: &str, now: Timestamp) -> Option<Self> {
        let Some((name, value)) = word.split_once(':').filter(|(_, value)| !value.is_empty())
        else {
            return Some(Self::Word(word.to_lowercase()));
        };
        let lower = value.to_lowercase();
        Some(match name.to_lowercase().as_str() {
            "in" | "label" => match lower.as_str() {
                "anywhere" => Self::Anywhere,
                "drafts" | "draft" => Self::Label("DRAFT".to_owned(), true),
                "inbox" | "sent" | "trash" | "spam" | "unread" | "starred" | "important" => {
                    Self::Label(lower.to_uppercase(), true)
                }
                _ => Self::Label(value.to_owned(), true),
            },
            "is" => match lower.as_str() {
                "read" => Self::Label("UNREAD".to_owned(), false),
                "unread" | "starred" | "important" => Self::Label(lower.to_uppercase(), true),
                _ => return None,
            },
            "from" => Self::From(lower),
            "to" => Self::To(lower),
            "subject" => Self::Subject(lower),
            "rfc822msgid" => Self::MessageId(value.trim_matches(['<', '>']).to_owned()),
            "after" | "newer" => Self::After(day(value)?),
            "before" | "older" => Self::Before(day(value)?),
            "newer_than" => Self::After(ago(value, now)?),
            "older_than" => Self::Before(ago(value, now)?),
            "has" => (lower == "attachment").then_some(Self::Attachment)?,
            _ => Self::Word(word.to_lowercase()),
        })
    }
}

fn contains(text: &str, lower: &str) -> bool {
    text.to_lowercase().contains(lower)
}

fn is_person(person: &Address, lower: &str, mailbox: &Mailbox) -> bool {
    if lower == "me" {
        return mailbox.is_own(person);
    }
    person.key().contains(lower)
        || person
            .name
            .as_deref()
            .is_some_and(|name| contains(name, lower))
}

/// `2026/11/02`, `2026-11-02` (midnight UTC) or seconds since 1970.
fn day(text: &str) -> Option<Timestamp> {
    if text.len() > 8
        && let Ok(seconds) = text.parse()
    {
        return Timestamp::from_second(seconds).ok();
    }
    let mut parts = text.split(['/', '-']);
    let year = parts.next()?.parse().ok()?;
    let month = parts.next()?.parse().ok()?;
    let day = parts.next()?.parse().ok()?;
    if parts.next().is_some() {
        return None;
    }
    let date = civil::Date::new(year, month, day).ok()?;
    Some(date.to_zoned(TimeZone::UTC).ok()?.timestamp())
}

/// `2d`, `3m`, `1y` before now.
fn ago(text: &str, now: Timestamp) -> Option<Timestamp> {
    let unit = text.chars().next_back()?;
    let count: i64 = text.strip_suffix(unit)?.parse().ok()?;
    let span = match unit {
        'h' => count.hours(),
        'd' => count.days(),
        'm' => count.months(),
        'y' => count.years(),
        _ => return None,
    };
    Some(
        now.to_zoned(TimeZone::UTC)
            .checked_sub(span)
            .ok()?
            .timestamp(),
    )
}

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Open(char),
    Close(char),
    Or,
    Not,
    Word(String),
}

/// Words, with quoted ones taken together; none when a quote is not closed.
fn tokens(text: &str) -> Option<Vec<Token>> {
    let mut found = Vec::new();
    let mut word = String::new();
    let mut chars = text.chars();
    let finish = |word: &mut String, found: &mut Vec<Token>| {
        match word.as_str() {
            "" => {}
            "OR" => found.push(Token::Or),
            "AND" => {}
            _ => found.push(Token::Word(word.clone())),
        }
        word.clear();
    };
    while let Some(letter) = chars.next() {
        match letter {
            '"' => loop {
                match chars.next()? {
                    '"' => break,
                    inside => word.push(inside),
                }
            },
            '(' | '{' => {
                // `subject:(a b)` is taken as `subject:` and a phrase.
                if word.ends_with(':') {
                    let end = if letter == '(' { ')' } else { '}' };
                    loop {
                        match chars.next()? {
                            inside if inside == end => break,
                            inside => word.push(inside),
                        }
                    }
                } else {
                    finish(&mut word, &mut found);
                    found.push(Token::Open(letter));
                }
            }
            ')' | '}' => {
                finish(&mut word, &mut found);
                found.push(Token::Close(letter));
            }
            '-' if word.is_empty() => found.push(Token::Not),
            blank if blank.is_whitespace() => finish(&mut word, &mut found),
            other => word.push(other),
        }
    }
    finish(&mut word, &mut found);
    Some(found)
}

type Tokens = std::iter::Peekable<std::vec::IntoIter<Token>>;

/// Terms up to the closing bracket `end`, or to the end of the query.
fn group(tokens: &mut Tokens, end: Option<char>, now: Timestamp) -> Option<Query> {
    let mut all: Vec<Query> = Vec::new();
    let mut or_follows = false;
    let mut not = false;
    while let Some(token) = tokens.next() {
        let one = match token {
            Token::Close(bracket) => {
                return (Some(bracket) == end && !or_follows && !not).then_some(Query::All(all));
            }
            Token::Or => {
                or_follows = !all.is_empty();
                continue;
            }
            Token::Not => {
                not = true;
                continue;
            }
            Token::Open('{') => match group(tokens, Some('}'), now)? {
                Query::All(list) => Query::Any(list),
                other => other,
            },
            Token::Open(_) => group(tokens, Some(')'), now)?,
            Token::Word(word) => Query::Term(Term::parse(&word, now)?),
        };
        let one = if std::mem::take(&mut not) {
            Query::Not(Box::new(one))
        } else {
            one
        };
        if std::mem::take(&mut or_follows) {
            let before = all.pop()?;
            all.push(match before {
                Query::Any(mut list) => {
                    list.push(one);
                    Query::Any(list)
                }
                other => Query::Any(vec![other, one]),
            });
        } else {
            all.push(one);
        }
    }
    (end.is_none() && !or_follows && !not).then_some(Query::All(all))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::clock::Clock;

    fn mailbox() -> Mailbox {
        let now = Clock::fixed().now();
        let mut mailbox = Mailbox::new(Address::bare("sam@example.com"), Vec::new(), 1);
        let raw = b"From: Maria Lopez <maria@bakery.example>\r\nTo: sam@example.com\r\nSubject: Website redesign\r\nMessage-ID: <m=1+a@x>\r\n\r\nWhat would it cost?";
        mailbox.deliver(raw, &["INBOX", "UNREAD"], now);
        mailbox
    }

    fn found(q: &str) -> usize {
        let mailbox = mailbox();
        let query = Query::parse(q, Clock::fixed().now());
        mailbox
            .newest_first()
            .filter(|mail| query.finds(mail, &mailbox))
            .count()
    }

    #[test]
    fn operators_find_what_they_name() {
        for q in [
            "",
            "in:inbox",
            "is:unread -in:sent",
            "from:maria",
            "from:\"Maria Lopez\" to:me",
            "subject:(website redesign)",
            "rfc822msgid:<m=1+a@x>",
            "rfc822msgid:m=1+a@x",
            "after:2026/11/01 before:2026/11/03",
            "newer_than:2d",
            "after:1793600000",
            "{from:nobody cost}",
            "from:nobody OR from:maria",
            "-(from:nobody in:sent)",
        ] {
            assert_eq!(found(q), 1, "{q}");
        }
        for q in [
            "in:sent",
            "is:read",
            "-from:maria",
            "older_than:1d",
            "subject:price",
            "has:attachment",
        ] {
            assert_eq!(found(q), 0, "{q}");
        }
    }

    #[test]
    fn nonsense_finds_nothing() {
        for q in [
            "\"open",
            "(a",
            "a)",
            "after:soon",
            "newer_than:2x",
            "is:green",
            "maria OR",
        ] {
            assert_eq!(found(q), 0, "{q}");
        }
    }

    #[test]
    fn a_new_mail_is_listed_at_once_and_found_later() {
        let mut mailbox = mailbox();
        let clock = Clock::fixed();
        let lag = Lag {
            search_seconds: 60,
            search_requests: 2,
            label_seconds: 0,
        };
        let indexed = |mailbox: &Mailbox, clock: &Clock| {
            lag.indexed(mailbox.newest_first().next().unwrap(), mailbox, clock.now())
        };
        assert!(lag.listed(mailbox.newest_first().next().unwrap(), clock.now()));
        mailbox.searches += 5;
        assert!(!indexed(&mailbox, &clock));
        clock.advance(Duration::from_secs(60));
        assert!(indexed(&mailbox, &clock));
        mailbox.searches = 2;
        assert!(!indexed(&mailbox, &clock));
    }
}
