//! What lies over the screen and takes the keys: a question, a line to type, a help page.

use super::command::Place;
use super::editor::TextBox;
use super::effect::Decision;
use super::palette::Palette;
use crate::domain::{ConversationId, DeliveryId, SuggestionId, UnmatchedId};

/// The popup, if there is one.
#[derive(Clone, Debug)]
pub enum Overlay {
    /// What can be done in a place.
    Help(Help),
    /// A command by its name.
    Palette(Palette),
    /// A line to type.
    Prompt(Prompt),
    /// A question with a few answers.
    Choice(Choice),
}

/// The help page.
#[derive(Clone, Debug)]
pub struct Help {
    /// For which place.
    pub place: Place,
    /// The first visible line.
    pub top: usize,
    /// Only what contains this.
    pub filter: TextBox,
}

/// What a typed line is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Asked {
    /// Why a suggestion is rejected; may be empty.
    Reason(SuggestionId),
    /// What another version should change; may be empty.
    Hint(ConversationId),
    /// What to search for; empty shows all.
    Search,
    /// Until when to snooze.
    SnoozeUntil(ConversationId),
    /// What the lead is called whom the sender becomes.
    LeadName(UnmatchedId),
}

/// A line to type.
#[derive(Clone, Debug)]
pub struct Prompt {
    /// What for.
    pub asked: Asked,
    /// The line.
    pub text: TextBox,
}

impl Prompt {
    /// An empty line, or one with what was there before.
    #[must_use]
    pub fn new(asked: Asked, text: &str) -> Self {
        Self {
            asked,
            text: TextBox::one_line(text),
        }
    }

    /// The words before the line.
    #[must_use]
    pub const fn title(&self) -> &'static str {
        match self.asked {
            Asked::Reason(_) => "Reject. Why? (may stay empty)",
            Asked::Hint(_) => "Another version. What should change?",
            Asked::Search => "Search in names, addresses, subjects",
            Asked::LeadName(_) => "Make the sender a lead. Full name?",
            Asked::SnoozeUntil(_) => "Snooze until? (tue 9:00, tomorrow, 2 days, 2026-12-01)",
        }
    }
}

/// What an answer to a question does.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Answer {
    /// Leave the program.
    Quit,
    /// Send a suggestion of this revision all the same, and archive or not.
    Approve(SuggestionId, u32, bool),
    /// Decide about a reply that stopped.
    Decide(DeliveryId, Decision),
    /// Throw the unsent own reply away.
    Discard(ConversationId),
    /// List no mail of the sender any more.
    IgnoreSender(UnmatchedId),
    /// Nothing.
    Nothing,
}

/// A question with a few answers, each with its key.
#[derive(Clone, Debug)]
pub struct Choice {
    /// The question.
    pub title: String,
    /// What is known.
    pub lines: Vec<String>,
    /// Key, words, and what it does.
    pub answers: Vec<(char, &'static str, Answer)>,
}
