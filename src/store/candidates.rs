//! Conversations of a mail's subject, and what speaks for each: who takes part in it, whom
//! the mail quotes, how long it has been silent.

use jiff::{SignedDuration, Timestamp};
use rusqlite::named_params;

use super::error::StoreError;
use super::matching::{MatchKeys, window};
use super::row::{Columns as _, ms};
use super::threads::Read;
use crate::domain::{Address, ConversationId, Direction};

/// For how long a subject is said of one thing only, and of how many words and letters it
/// must be for that; any other one for a short time, and none that is next to nothing.
const SAME_TALK: SignedDuration = SignedDuration::from_hours(24 * 7);
const SAME_TALK_WORDS: usize = 2;
const SAME_TALK_LETTERS: usize = 16;
const SAME_HOURS: SignedDuration = SignedDuration::from_hours(48);
const SAME_HOURS_LETTERS: usize = 5;

/// What no two people choose as a subject: who else is in copy then hardly matters.
const TELLING_WORDS: usize = 4;
const TELLING_LETTERS: usize = 20;

/// How many times longer a conversation is silent that gives way to another of its
/// subject, and how long at least.
const SILENCE_TIMES: i32 = 6;
const SILENCE: SignedDuration = SignedDuration::from_hours(24 * 3);

/// A conversation of the right subject and time.
pub(super) struct Candidate {
    pub conversation: ConversationId,
    /// How long nobody had written in it when the mail came; none when it began later.
    pub silence: Option<SignedDuration>,
    /// How many of the mail's people take part in it.
    pub in_common: usize,
    /// The mail's author takes part in it; where we wrote the mail, whom it is to first.
    pub has_author: bool,
    /// Somebody wrote in it whom the mail names as the author of its quotes.
    pub has_quoted: bool,
    /// We wrote in it.
    pub has_ours: bool,
}

impl Read<'_> {
    /// The conversations of a subject that are near in time, the one that was active last
    /// before the mail first.
    ///
    /// A `LIMIT` that is a parameter has SQLite plan a query anew each time it is bound.
    pub(super) fn list_candidates(
        &self,
        keys: &MatchKeys<'_>,
        key: &str,
    ) -> Result<Vec<Candidate>, StoreError> {
        let (from, until) = window(keys.at);
        let mut statement = self.0.prepare_cached(
            "SELECT s.conversation_id,
                    (SELECT max(m.received_at) FROM messages m
                     WHERE m.conversation_id = s.conversation_id AND m.received_at <= :at) AS before
             FROM conversation_subjects s
             WHERE s.subject_key = :key
               AND EXISTS (
                   SELECT 1 FROM messages m
                   WHERE m.conversation_id = s.conversation_id
                     AND m.received_at BETWEEN :from AND :until)
             ORDER BY before DESC
             LIMIT 30",
        )?;
        let found: Vec<(ConversationId, Option<Timestamp>)> = statement
            .query_map(
                named_params! {
                    ":key": key,
                    ":at": ms(keys.at),
                    ":from": ms(from),
                    ":until": ms(until),
                },
                |row| Ok((ConversationId(row.get(0)?), row.at_opt("before")?)),
            )?
            .collect::<Result<_, _>>()?;
        found
            .into_iter()
            .map(|(conversation, before)| self.candidate(conversation, before, keys))
            .collect()
    }

    /// A conversation as its newest mails show it.
    pub(super) fn candidate(
        &self,
        conversation: ConversationId,
        before: Option<Timestamp>,
        keys: &MatchKeys<'_>,
    ) -> Result<Candidate, StoreError> {
        let mut statement = self.0.prepare_cached(
            "SELECT direction, from_name, from_address, to_json, cc_json FROM messages
             WHERE conversation_id = :id
             ORDER BY received_at DESC, id DESC
             LIMIT 30",
        )?;
        let mails = statement.query_map(named_params! { ":id": conversation.0 }, |row| {
            let author = Address {
                name: row.get("from_name")?,
                address: row.get("from_address")?,
            };
            let mut addresses = vec![author];
            addresses.extend(row.json::<Vec<Address>>("to_json")?);
            addresses.extend(row.json::<Vec<Address>>("cc_json")?);
            Ok((row.word::<Direction>("direction")?, addresses))
        })?;
        let mut there = std::collections::HashSet::new();
        let (mut has_ours, mut has_quoted) = (false, false);
        for mail in mails {
            let (direction, addresses) = mail?;
            has_ours |= direction == Direction::Outbound;
            has_quoted |= addresses
                .first()
                .is_some_and(|author| names(keys.attribution, author));
            there.extend(addresses.iter().map(Address::key));
        }
        Ok(Candidate {
            conversation,
            silence: before.map(|before| keys.at.duration_since(before)),
            in_common: keys
                .people
                .iter()
                .filter(|one| there.contains(*one))
                .count(),
            has_author: keys
                .people
                .first()
                .is_some_and(|author| there.contains(author)),
            has_quoted,
            has_ours,
        })
    }
}

impl Candidate {
    /// Whether the mail's people do not speak against it. Archives of lists may name no
    /// recipients at all.
    pub fn may_be(&self, keys: &MatchKeys<'_>) -> bool {
        keys.to_nobody || self.in_common > 0
    }
}

/// The conversation that is answered rather than the one that was found, although its
/// people would speak for that: it is under way, and the other fell silent long ago.
pub(super) fn livelier<'a>(
    keys: &MatchKeys<'_>,
    candidates: &'a [Candidate],
    found: ConversationId,
) -> Option<&'a Candidate> {
    let silence = candidates
        .iter()
        .find(|one| one.conversation == found)?
        .silence?;
    let lively = candidates.first().filter(|one| one.may_be(keys))?;
    (silence > SILENCE && lively.silence? * SILENCE_TIMES < silence).then_some(lively)
}

/// The conversation under way of the same subject, for a mail that does not say that it
/// answers: many list programs take `Re:` away. Somebody in copy is not enough, or what we
/// write to one after another would become one conversation.
pub(super) fn same_talk(
    keys: &MatchKeys<'_>,
    key: &str,
    candidates: &[Candidate],
) -> Option<ConversationId> {
    let (words, letters) = (key.split_whitespace().count(), key.chars().count());
    let span = match letters {
        0..SAME_HOURS_LETTERS => return None,
        SAME_TALK_LETTERS.. if words >= SAME_TALK_WORDS => SAME_TALK,
        _ => SAME_HOURS,
    };
    let telling = words >= TELLING_WORDS && letters >= TELLING_LETTERS;
    let shared = keys.is_listed || telling && !keys.is_ours;
    // Letters to many name nobody either, but those tell that they are some.
    let bare = keys.to_nobody && !keys.is_listed;
    let fits = |one: &&Candidate| bare || one.has_author || shared && one.in_common > 0;
    let fresh = |one: &&Candidate| one.silence.is_some_and(|silence| silence <= span);
    let mut candidates = candidates.iter().filter(fits);
    candidates.find(fresh).map(|one| one.conversation)
}

/// Whether an attribution is of somebody: by address, or by a name of two words.
fn names(attribution: &str, author: &Address) -> bool {
    let name = author.name.as_deref().unwrap_or_default().trim();
    let by_name = name.contains(' ') && attribution.contains(&name.to_lowercase());
    by_name || (!author.address.is_empty() && attribution.contains(&author.key()))
}
