//! What lies over the screen and takes the keys: a question, a line to type, a help page.

use super::command::Place;
use super::editor::TextBox;
use super::effect::{Decision, RequestId};
use super::fuzzy::ranked;
use super::palette::Palette;
use super::sign_in::SignInPage;
use crate::domain::listing::{Destination, MoveTarget};
use crate::domain::template::FilledTemplate;
use crate::domain::{
    ConversationId, DeliveryId, ExampleId, MessageId, RuleId, SuggestionId, UnmatchedId,
};

/// The popup, if there is one.
#[derive(Clone, Debug)]
pub enum Overlay {
    /// What can be done in a place.
    Help(Help),
    /// A command by its name.
    Palette(Palette),
    /// A line to type.
    Prompt(Prompt),
    /// Where a mail goes.
    Picker(Picker),
    /// A template for the open conversation.
    Templates(TemplatePicker),
    /// Signing in; takes the whole screen.
    SignIn(Box<SignInPage>),
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
    /// Where files are saved; empty for the usual folder.
    SaveIn(ConversationId),
    /// When a reply is to leave.
    LeaveAt(ConversationId),
    /// Another time for a queued reply.
    Reschedule(DeliveryId),
    /// The address that an answer goes to, typed by the person; archive afterwards or not.
    Confirm(ConversationId, bool),
    /// A file that goes along.
    Attach(ConversationId),
    /// A file that does not go along after all.
    Detach(ConversationId),
    /// What the text on the card is called as a template.
    TemplateName(ConversationId),
    /// Where the text of the editor is written to.
    WriteTo,
    /// What the lead is called whom the sender becomes.
    LeadName(UnmatchedId),
    /// Somebody who becomes a lead.
    NewLead,
    /// A rule of style in the person's words.
    Rule(RuleId),
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
            Asked::LeaveAt(_) => "Send when? (tue 9:00, tomorrow 8:30, 3h, 2026-12-01 14:30)",
            Asked::Reschedule(_) => "Send when instead? (tue 9:00, tomorrow 8:30, 3h)",
            Asked::Confirm(..) => "Reply-To names a stranger. Type the address to send to",
            Asked::Attach(_) => "Attach which file? (its path)",
            Asked::Detach(_) => "Which file stays here? (its name; empty: all of them)",
            Asked::WriteTo => "Write the text to which file? (a new one)",
            Asked::TemplateName(_) => "Keep this text as a template. Its name?",
            Asked::Search => "Search in names, addresses, subjects",
            Asked::Rule(_) => "The rule in your words; it is accepted with that",
            Asked::NewLead => "Whom do you write to? (Maria Lopez <maria@bakery.example>)",
            Asked::LeadName(_) => "Make the sender a lead. Full name?",
            Asked::SaveIn(_) => "Save the files in which folder? (empty: the usual one)",
            Asked::SnoozeUntil(_) => "Snooze until? (tue 9:00, tomorrow, 2 days, 2026-12-01)",
        }
    }
}

/// Which mail goes somewhere.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Picked {
    /// An unmatched one is adopted.
    Adopt(UnmatchedId),
    /// One of a conversation is moved.
    Move(MessageId),
}

/// Leads and their conversations, found by a part of a name or an address.
#[derive(Clone, Debug)]
pub struct Picker {
    /// Which mail it is for.
    pub picked: Picked,
    /// The mail in words.
    pub title: String,
    /// What was typed.
    pub text: TextBox,
    /// What was found for it.
    pub targets: Vec<MoveTarget>,
    /// The selected entry.
    pub selected: usize,
    /// The question whose answer is awaited.
    pub request: RequestId,
}

impl Picker {
    /// The entries: for a mail that is moved, back to the unmatched ones goes last.
    #[must_use]
    pub fn entries(&self) -> Vec<(String, Destination)> {
        let mut entries: Vec<(String, Destination)> = self
            .targets
            .iter()
            .map(|target| match (target.conversation, &self.picked) {
                (Some(id), _) => (
                    format!(
                        "{} · {}",
                        target.name,
                        target.subject.as_deref().unwrap_or_default()
                    ),
                    Destination::Conversation(id),
                ),
                (None, Picked::Move(_)) => (
                    format!("{} · a new conversation", target.name),
                    Destination::Lead(target.lead),
                ),
                (None, Picked::Adopt(_)) => (
                    format!("{} <{}> · what fits best", target.name, target.email),
                    Destination::Lead(target.lead),
                ),
            })
            .collect();
        if matches!(self.picked, Picked::Move(_)) {
            let back = "back to the unmatched mail".to_owned();
            entries.push((back, Destination::Unmatched));
        }
        entries
    }
}

/// The templates as they would be sent in a conversation, found by their names.
#[derive(Clone, Debug)]
pub struct TemplatePicker {
    /// Where one is to be sent.
    pub conversation: ConversationId,
    /// What was typed.
    pub text: TextBox,
    /// All of them; none while they are awaited.
    pub templates: Option<Vec<FilledTemplate>>,
    /// The selected entry.
    pub selected: usize,
    /// The question whose answer is awaited.
    pub request: RequestId,
}

impl TemplatePicker {
    /// What fits the typed text, best first.
    #[must_use]
    pub fn entries(&self) -> Vec<&FilledTemplate> {
        let all = self.templates.iter().flatten();
        ranked(&self.text.text(), all, |one| [(one.name.as_str(), 1)])
    }

    /// The one under the marker.
    #[must_use]
    pub fn chosen(&self) -> Option<&FilledTemplate> {
        self.entries().get(self.selected).copied()
    }

    /// Moves the marker, stopping at the ends.
    pub fn move_by(&mut self, by: isize) {
        let last = self.entries().len().saturating_sub(1);
        self.selected = self.selected.saturating_add_signed(by).min(last);
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
    /// Erase a rule.
    DeleteRule(RuleId),
    /// Erase a reply that was learned from.
    ForgetExample(ExampleId),
    /// Erase everything that was learned.
    ForgetAll,
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
