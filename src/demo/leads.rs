//! Scripted leads: people who have got a first mail from a small web studio, who answer
//! it over the first minutes of a demo, and who answer what the user sends them.
//!
//! The scripts are in `assets/demo`, one file for each person, compiled in. [`Cast`] is
//! what they hold; [`Leads`] plays them as the [`World`](super::gmail::World) of a
//! simulated Gmail. Nothing here looks into the mailbox or knows the product: the
//! people only see mail.

use jiff::Timestamp;

use crate::domain::Address;
use crate::domain::lead::NewLead;
use crate::domain::message::{Direction, MailKind, NewMessage};

mod machine;
mod play;
mod quote;
pub mod script;

pub use play::{Leads, Placed};
use script::Script;

/// The people of the demo and the studio they write to.
#[derive(Clone, Debug)]
pub struct Cast {
    /// The user of the demo.
    pub user: Address,
    /// The user's signature.
    pub signature: String,
    /// What the studio offers: the facts that drafts may state.
    pub knowledge: String,
    /// How the user writes.
    pub style: String,
    /// Templates of the user's: name and text.
    pub templates: Vec<(String, String)>,
    /// The people.
    pub scripts: Vec<Script>,
}

/// A script that cannot be read. The scripts are compiled in, so a test finds it.
#[derive(Debug, thiserror::Error)]
#[error("the demo's script {name} cannot be read: {why}")]
pub struct BadScript {
    /// Which file.
    pub name: &'static str,
    /// Where and why.
    pub why: String,
}

/// The people of the demo.
///
/// # Errors
/// When a script is not right, which no release is.
pub fn cast() -> Result<Cast, BadScript> {
    script::load()
}

impl Cast {
    /// The leads to be put into the store. The stranger is not among them.
    #[must_use]
    pub fn leads(&self) -> Vec<NewLead> {
        self.known().map(Script::lead).collect()
    }

    /// The scripts of those who are leads.
    pub fn known(&self) -> impl Iterator<Item = &Script> {
        self.scripts.iter().filter(|script| script.known)
    }
}

/// A conversation as it stands when the demo begins: with whom, and the mails that were
/// exchanged, oldest first. What lies unread in the inbox is not among them: the first
/// sync finds that.
#[derive(Clone, PartialEq, Debug)]
pub struct Opening {
    /// The lead.
    pub lead: NewLead,
    /// The mails as the store takes them, with the ids they have in the mailbox.
    pub messages: Vec<NewMessage>,
}

/// A mail of ours or of theirs as the store takes it. The ids of Gmail are put in when
/// the mail is in the mailbox.
fn stored(
    letter: &super::letter::Letter,
    plain: &str,
    direction: Direction,
    at: Timestamp,
) -> NewMessage {
    NewMessage {
        gmail_id: None,
        gmail_thread_id: None,
        direction,
        message_id: Some(letter.id()),
        in_reply_to: letter.in_reply_to.clone(),
        references: letter.references.clone(),
        from: letter.from.clone(),
        to: letter.to.clone(),
        cc: Vec::new(),
        reply_to: Vec::new(),
        subject: letter.subject.clone(),
        sent_at: at,
        received_at: at,
        text: letter.text.clone().unwrap_or_default(),
        reply: plain.to_owned(),
        kind: MailKind::Person,
        attachments: Vec::new(),
        bounce: None,
        warnings: Vec::new(),
        mark: None,
        no_draft: None,
    }
}
