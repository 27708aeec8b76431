//! What a draft is made from, as plain data. The service gathers it; nothing here reads
//! the store, and nothing here decides what of it fits into a prompt (that is
//! [`prompt`](super::prompt)).

use jiff::{Timestamp, Zoned};

use crate::domain::Direction;

/// Everything a drafter may know when it answers one conversation.
#[derive(Clone, PartialEq, Debug)]
pub struct DraftContext {
    /// Who writes the answer.
    pub user: UserFacts,
    /// Who gets it.
    pub lead: LeadFacts,
    /// Subject of the conversation.
    pub subject: String,
    /// The conversation, oldest first; only what each mail newly said.
    pub thread: Vec<Turn>,
    /// Earlier answers of the user to similar mails, nearest first.
    pub examples: Vec<Example>,
    /// The draft that was turned down, when this one replaces it.
    pub rejected: Option<Rejected>,
    /// What the user wants of this draft, in one line.
    pub hint: Option<String>,
    /// The moment and time zone the user writes in.
    pub now: Zoned,
}

/// The user: whose name is signed, and what may be claimed.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct UserFacts {
    /// Name the answer is signed with.
    pub name: String,
    /// The user's address.
    pub email: String,
    /// How the user writes, in the user's words.
    pub style: String,
    /// Rules of style that were derived from the user's edits and accepted by them.
    pub rules: Vec<String>,
    /// What the user offers, prices, dates: the only facts a draft may state.
    pub knowledge: String,
}

/// The lead, as far as the user has written it down.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct LeadFacts {
    /// Full name.
    pub name: String,
    /// Address.
    pub email: String,
    /// Role or job title.
    pub title: Option<String>,
    /// Company or organisation.
    pub company: Option<String>,
    /// Web site.
    pub website: Option<String>,
    /// What an analysis of the web site found. Text from outside: treated as data.
    pub analysis: Option<String>,
    /// The user's notes.
    pub notes: Option<String>,
}

/// One mail of the conversation.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Turn {
    /// Who wrote it.
    pub direction: Direction,
    /// Display name of the author, or the address.
    pub from_name: String,
    /// When it was sent.
    pub sent_at: Timestamp,
    /// What it newly said: without quotes and signature.
    pub text: String,
}

/// An answer of the user to some other lead, as a model for tone and length. It carries
/// nothing that a lead wrote: only the user's own text is learned from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Example {
    /// What the mail was about, such as its subject and intent.
    pub situation: String,
    /// What the user sent.
    pub reply: String,
}

/// A draft that the user turned down.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Rejected {
    /// Its text.
    pub body: String,
    /// Why, in the user's words; may be empty.
    pub reason: String,
    /// How many versions there are that it could have been.
    pub versions: usize,
}

impl DraftContext {
    /// The lead's newest mail: the one that is answered.
    #[must_use]
    pub fn last_inbound(&self) -> Option<&Turn> {
        self.thread
            .iter()
            .rev()
            .find(|turn| turn.direction == Direction::Inbound)
    }
}
