//! Which conversation a mail quotes: words that somebody newly wrote, remembered for a
//! while. Quoted words are the best witness that a mail without threading fields has.
//!
//! Compared are runs of a few words, whatever lines they stand in: programs break quoted
//! lines anew. Of the runs of a mail a sample is remembered, drawn so that every stretch
//! of eight words has one in it (winnowing: Schleimer, Wilkerson, Aiken, SIGMOD 2003).

use std::collections::HashMap;

use super::place::attribution;
use super::read::glance;
use crate::domain::ConversationId;
use crate::domain::subject::is_answer;
use crate::mail::parse::Mail;
use crate::mail::reply::SegmentKind;
use crate::store::Quoted;

/// Words of a run.
const RUN: usize = 5;
/// Fewest letters of a run that proves anything.
const LETTERS: usize = 24;
/// Of so many runs in a row one is remembered.
const WINDOW: usize = 4;
/// Words of a mail that are looked at.
const WORDS: usize = 400;
/// So few quoted runs are all looked up.
const FEW: usize = 64;
/// Runs in one half of the memory; the older half is dropped when the newer is full.
const HALF: usize = 900_000;
/// Runs that speak for a conversation though its subject does not.
const ENOUGH: usize = 3;
/// Of so many runs one is remembered at least; of a short quote all are looked up.
const SAMPLED: usize = 4;
/// How many letters a sign counts that is a word of its own.
const SIGN: usize = 5;

/// Stands for words that are found in several conversations.
const SEVERAL: ConversationId = ConversationId(0);

/// What a mail is compared by.
#[derive(Debug, Default)]
pub(super) struct Prints {
    own: Vec<u64>,
    quoted: Vec<u64>,
}

impl Prints {
    /// Of what is newly written, and of what is quoted. What looks quoted in a mail that
    /// answers nothing is its own: a dialogue with a program, a poem.
    pub(super) fn of(mail: &Mail) -> Self {
        // Who wrote what follows is no part of what was written.
        let quoted: Vec<&str> = mail
            .segments
            .iter()
            .filter(|one| matches!(one.kind, SegmentKind::Quote | SegmentKind::Forward))
            .filter_map(|one| mail.text.get(one.range.clone()))
            .collect();
        let mut of = Self::of_texts(&mail.reply, &quoted.concat());
        if !is_answer(&mail.subject) && attribution(mail).is_empty() {
            of.own.extend(sample(&of.quoted));
        }
        of
    }

    fn of_texts(reply: &str, quoted: &str) -> Self {
        let quoted = runs(quoted);
        Self {
            own: sample(&runs(reply)),
            quoted: if quoted.len() > FEW {
                sample(&quoted)
            } else {
                quoted
            },
        }
    }
}

/// The memory. It is bounded: the youngest 900,000 runs at least.
#[derive(Default)]
pub(super) struct Quotes {
    newer: HashMap<u64, ConversationId>,
    older: HashMap<u64, ConversationId>,
}

impl Quotes {
    /// Remembers what was newly written in a conversation. `now` tells which conversation
    /// one has become part of.
    pub(super) fn remember(
        &mut self,
        prints: &Prints,
        conversation: ConversationId,
        now: impl Fn(ConversationId) -> ConversationId,
    ) {
        for print in &prints.own {
            let before = self.get(*print).map(&now);
            let of = if before.is_none_or(|before| before == conversation) {
                conversation
            } else {
                SEVERAL
            };
            self.newer.insert(*print, of);
        }
        if self.newer.len() > HALF {
            self.older = std::mem::take(&mut self.newer);
        }
    }

    /// The conversation that most of the quoted words come from. Nobody writes the same
    /// words anew: what stands word for word in another conversation is quoted from it,
    /// whether it is marked or not, or else sent again.
    pub(super) fn find(
        &self,
        prints: &Prints,
        now: impl Fn(ConversationId) -> ConversationId,
    ) -> Option<Quoted> {
        let of = |(conversation, votes), proves| Quoted {
            conversation,
            proves: proves && (votes >= ENOUGH || votes * SAMPLED >= prints.quoted.len()),
        };
        let quoted = self.vote(&prints.quoted, &now);
        quoted.map(|most| of(most, true)).or_else(|| {
            let unmarked = self.vote(&prints.own, &now);
            let unmarked = unmarked.filter(|(_, votes)| *votes >= ENOUGH);
            unmarked.map(|most| of(most, false))
        })
    }

    /// The conversation that most of the runs are from, and how many of them.
    fn vote(
        &self,
        runs: &[u64],
        now: impl Fn(ConversationId) -> ConversationId,
    ) -> Option<(ConversationId, usize)> {
        let mut votes: HashMap<ConversationId, usize> = HashMap::new();
        for run in runs {
            if let Some(found) = self.get(*run).filter(|found| *found != SEVERAL) {
                *votes.entry(now(found)).or_default() += 1;
            }
        }
        let (conversation, most) = votes.iter().max_by_key(|(id, votes)| (**votes, id.0))?;
        // One run may be a proverb when others speak against it.
        let all: usize = votes.values().sum();
        (most * 2 > all).then_some((*conversation, *most))
    }

    fn get(&self, print: u64) -> Option<ConversationId> {
        let found = self.newer.get(&print).or_else(|| self.older.get(&print));
        found.copied()
    }
}

/// Hashes of the runs of words that tell something, in their order.
fn runs(text: &str) -> Vec<u64> {
    let words = words(text);
    let tells =
        |run: &[(u64, usize)]| run.iter().map(|(_, letters)| letters).sum::<usize>() >= LETTERS;
    let hash = |run: &[(u64, usize)]| {
        run.iter().fold(0_u64, |hash, (word, _)| {
            (hash.rotate_left(5) ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15)
        })
    };
    words
        .windows(RUN.min(words.len()).max(1))
        .filter(|run| tells(run))
        .map(hash)
        .collect()
}

/// The words of a text with their lengths, without quote marks and punctuation.
fn words(text: &str) -> Vec<(u64, usize)> {
    let mut words = Vec::new();
    for line in text.lines() {
        let mut rest = line.split_whitespace().peekable();
        // `JD> text`: initials in front of what is quoted.
        rest.next_if(|word| word.len() <= 5 && word.ends_with('>'));
        for word in rest {
            let word = word.trim_matches(|c: char| !c.is_alphanumeric());
            if word.is_ascii() {
                if !word.is_empty() {
                    words.push((glance(word.as_bytes()), word.len()));
                }
            } else if word.chars().any(is_sign) {
                for sign in word.chars().filter(|c| c.is_alphanumeric()) {
                    words.push((glance(&u32::from(sign).to_le_bytes()), SIGN));
                }
            } else {
                words.push((glance(word.as_bytes()), word.chars().count()));
            }
            if words.len() >= WORDS {
                return words;
            }
        }
    }
    words
}

/// Scripts that put no white space between words: Chinese, Japanese, Thai and others.
fn is_sign(c: char) -> bool {
    matches!(c, '\u{0e00}'..='\u{0eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}')
        || matches!(c, '\u{2e80}'..='\u{a4cf}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

/// The smallest of every few runs in a row.
fn sample(runs: &[u64]) -> Vec<u64> {
    let mut drawn: Vec<u64> = Vec::new();
    for window in runs.windows(WINDOW.min(runs.len()).max(1)) {
        if let Some(least) = window.iter().min()
            && drawn.last() != Some(least)
        {
            drawn.push(*least);
        }
    }
    drawn
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: ConversationId = ConversationId(1);
    const B: ConversationId = ConversationId(2);

    fn same(id: ConversationId) -> ConversationId {
        id
    }

    fn remembered(texts: &[(&str, ConversationId)]) -> Quotes {
        let mut quotes = Quotes::default();
        for (text, id) in texts {
            quotes.remember(&Prints::of_texts(text, ""), *id, same);
        }
        quotes
    }

    fn find(quotes: &Quotes, quoted: &str) -> Option<ConversationId> {
        let found = quotes.find(&Prints::of_texts("", quoted), same);
        found.map(|quoted| quoted.conversation)
    }

    #[test]
    fn quoted_words_lead_to_where_they_were_written() {
        let quotes = remembered(&[
            (
                "Shall we discuss everything on Wednesday morning in Copenhagen?\nYes.",
                A,
            ),
            (
                "The price includes everything but hosting, of course.\nYes.",
                B,
            ),
        ]);
        for quoted in [
            "Maria wrote:\n> Shall we  discuss everything on Wednesday morning in Copenhagen?\n> Yes.",
            "JD> Shall we discuss everything\nJD> on Wednesday morning in Copenhagen?",
            ">we discuss everything on\n>Wednesday morning in Copenhagen",
        ] {
            assert_eq!(find(&quotes, quoted), Some(A), "{quoted}");
        }
        assert_eq!(find(&quotes, "> Yes."), None);
    }

    #[test]
    fn words_of_several_conversations_lead_nowhere() {
        let footer = "Please read the posting guide before you ask a question here.";
        let once = "Nobody else anywhere writes these particular words.";
        let quotes = remembered(&[(footer, A), (footer, B), (once, A)]);
        assert_eq!(find(&quotes, footer), None);
        assert_eq!(find(&quotes, &format!("{footer}\n{once}")), Some(A));
    }

    #[test]
    fn a_few_words_among_many_do_not_prove_anything_alone() {
        let few = "whoever understands this question differently";
        let quotes = remembered(&[(few, A)]);
        let much = format!(
            "> One thing that nobody has mentioned is the considerable cost of moving all tables, {few}"
        );
        let found = quotes.find(&Prints::of_texts("", &much), same).unwrap();
        assert_eq!((found.conversation, found.proves), (A, false));
        let alone = Prints::of_texts("", few);
        assert!(quotes.find(&alone, same).unwrap().proves);
    }

    #[test]
    fn text_without_white_space_is_compared_by_signs() {
        let quotes = remembered(&[("来週の月曜日に会議を開きましょう。", A)]);
        assert_eq!(find(&quotes, "> 月曜日に会議を\n> 開きましょう"), Some(A));
    }
}
