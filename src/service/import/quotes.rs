//! Which conversation a mail quotes: lines that somebody newly wrote, remembered for a
//! while. A quoted line is the best witness that a mail without threading fields has.

use std::collections::HashMap;

use super::read::glance;
use crate::domain::ConversationId;

/// Shortest line that proves anything, in characters.
const SHORTEST: usize = 24;
/// Lines remembered of a mail.
const OF_A_MAIL: usize = 40;
/// Quoted lines that are looked up.
const LOOKED_UP: usize = 40;
/// Lines in one half of the memory; the older half is dropped when the newer is full.
const HALF: usize = 250_000;

/// The memory. It is bounded: the youngest quarter of a million lines at least.
#[derive(Default)]
pub(super) struct Quotes {
    newer: HashMap<u64, ConversationId>,
    older: HashMap<u64, ConversationId>,
}

impl Quotes {
    /// Remembers what was newly written in a conversation.
    pub(super) fn remember(&mut self, text: &str, conversation: ConversationId) {
        for line in text.lines().filter_map(telling).take(OF_A_MAIL) {
            self.newer.insert(line, conversation);
        }
        if self.newer.len() > HALF {
            self.older = std::mem::take(&mut self.newer);
        }
    }

    /// The conversation that most of the quoted lines come from.
    pub(super) fn find(&self, quoted: &str) -> Option<ConversationId> {
        let mut votes: HashMap<ConversationId, usize> = HashMap::new();
        for line in quoted.lines().filter_map(telling).take(LOOKED_UP) {
            if let Some(found) = self.newer.get(&line).or_else(|| self.older.get(&line)) {
                *votes.entry(*found).or_default() += 1;
            }
        }
        let best = votes.iter().max_by_key(|(id, votes)| (**votes, id.0))?;
        // One line may be a signature or a proverb when others speak against it.
        let all: usize = votes.values().sum();
        (best.1 * 2 > all).then_some(*best.0)
    }
}

/// A hash of a line's words, without quote marks; none for what many mails have.
fn telling(line: &str) -> Option<u64> {
    let line = line.trim_start_matches(['>', '|', ' ', '\t']);
    let words: String = line.split_whitespace().collect::<Vec<_>>().join(" ");
    let letters = words.chars().filter(|c| c.is_alphanumeric()).count();
    (letters >= SHORTEST).then(|| glance(words.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quoted_line_leads_to_where_it_was_written() {
        let mut quotes = Quotes::default();
        let (a, b) = (ConversationId(1), ConversationId(2));
        quotes.remember("Shall we meet on Monday at ten in Porto?\nYes.", a);
        quotes.remember("The price includes everything but hosting.\nYes.", b);
        let quoted = "Maria wrote:\n> Shall we  meet on Monday at ten in Porto?\n> Yes.";
        assert_eq!(quotes.find(quoted), Some(a));
        assert_eq!(quotes.find("> Yes."), None);
        let both = "> Shall we meet on Monday at ten in Porto?\n> The price includes everything but hosting.";
        assert_eq!(quotes.find(both), None, "an even vote decides nothing");
    }
}
