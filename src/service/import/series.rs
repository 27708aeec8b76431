//! The numbered parts of a series: `[PATCH 3/7] ...` is a mail of its own, sent within
//! minutes by the same person as the others, and belongs with them.

use std::collections::{HashMap, HashSet};

use jiff::{SignedDuration, Timestamp};

use crate::domain::subject::Part;
use crate::domain::{Address, ConversationId};

/// How long after the part before it a part may come.
const PAUSE: SignedDuration = SignedDuration::from_hours(1);
/// Series that are remembered, at most.
const MANY: usize = 10_000;

struct Sent {
    conversation: ConversationId,
    last: Timestamp,
    parts: HashSet<u32>,
}

/// The series that were sent last.
#[derive(Default)]
pub(super) struct Series(HashMap<(String, Part), Sent>);

impl Series {
    /// The conversation of the parts that came before; none for the first, and for a
    /// number that was there already, which begins another series.
    pub(super) fn find(
        &self,
        author: &Address,
        part: &Part,
        at: Timestamp,
    ) -> Option<ConversationId> {
        let sent = self.0.get(&key(author, part))?;
        let in_time = at.duration_since(sent.last).abs() <= PAUSE;
        (in_time && !sent.parts.contains(&part.number)).then_some(sent.conversation)
    }

    /// Remembers where a part is. `now` tells which conversation one has become part of.
    pub(super) fn remember(
        &mut self,
        author: &Address,
        part: &Part,
        at: Timestamp,
        conversation: ConversationId,
        now: impl Fn(ConversationId) -> ConversationId,
    ) {
        if self.0.len() >= MANY {
            self.0
                .retain(|_, sent| at.duration_since(sent.last) <= PAUSE);
        }
        let sent = self.0.entry(key(author, part)).or_insert_with(|| Sent {
            conversation,
            last: at,
            parts: HashSet::new(),
        });
        if now(sent.conversation) != conversation {
            sent.parts.clear();
        }
        sent.conversation = conversation;
        sent.last = at;
        sent.parts.insert(part.number);
    }
}

/// What all parts have in common. Addresses change within a series more easily than names.
fn key(author: &Address, part: &Part) -> (String, Part) {
    let of_all = Part {
        number: 0,
        ..part.clone()
    };
    (author.label().to_lowercase(), of_all)
}
