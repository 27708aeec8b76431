//! The one table of commands: it routes keys and makes the hints, the help, the palette
//! and the README's table. What a command does is in `update`.

mod table;

pub use table::COMMANDS;

use Place::{Card, Editor, Inbox, Leads, Memory, Numbers, Outbox, Thread, Unmatched};

/// Where a key is pressed.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Place {
    /// The list of conversations.
    Inbox,
    /// The mails of the open conversation.
    Thread,
    /// The suggestion, or the person's own reply.
    Card,
    /// A text is being edited: letters are text.
    Editor,
    /// The page of unmatched mail.
    Unmatched,
    /// The page of replies on their way.
    Outbox,
    /// The page of leads.
    Leads,
    /// The page of numbers.
    Numbers,
    /// The page of what was learned.
    Memory,
}

impl Place {
    /// All places.
    pub const ALL: &[Self] = &[
        Inbox, Thread, Card, Editor, Unmatched, Outbox, Leads, Numbers, Memory,
    ];

    /// The place as the help calls it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Inbox => "inbox",
            Thread => "thread",
            Card => "suggestion",
            Editor => "editor",
            Unmatched => "unmatched mail",
            Outbox => "outbox",
            Leads => "leads",
            Numbers => "analytics",
            Memory => "memory",
        }
    }
}

/// Everything that can be asked for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[allow(missing_docs)] // the table says what each one is
pub enum Command {
    Down,
    Up,
    First,
    Last,
    HalfPageDown,
    HalfPageUp,
    PageDown,
    PageUp,
    ThreadDown,
    ThreadUp,
    Open,
    Back,
    NextRegion,
    NextNeedingReply,
    PreviousNeedingReply,
    Approve,
    ApproveAndArchive,
    Schedule,
    Attach,
    Detach,
    Edit,
    EditExternally,
    Reject,
    RegenerateWithHint,
    Regenerate,
    StopDraft,
    PreviousVersion,
    NextVersion,
    Compare,
    OwnReply,
    Discard,
    Template,
    SaveTemplate,
    Undo,
    Decide,
    Archive,
    Snooze,
    Star,
    ConfirmMatch,
    MoveMail,
    ToggleQuotes,
    SaveAttachments,
    Search,
    ClearSearch,
    Filter,
    Sync,
    PauseSync,
    GoInbox,
    GoUnmatched,
    GoOutbox,
    GoLeads,
    GoNumbers,
    GoMemory,
    AcceptRule,
    EditRule,
    EraseLearned,
    EraseMemory,
    SignIn,
    EditFacts,
    EditStyle,
    Adopt,
    MakeLead,
    AddLead,
    IgnoreSender,
    EditNotes,
    EditAnalysis,
    Palette,
    Help,
    Redraw,
    Quit,
    LeaveEditor,
    EditorExternal,
    EditorWrite,
    EditorUndo,
    EditorRedo,
    EditorLineStart,
    EditorLineEnd,
    EditorDeleteToEnd,
    EditorDeleteToStart,
    EditorDeleteWord,
    EditorWordLeft,
    EditorWordRight,
}

/// A row of the table.
#[derive(Clone, Copy, Debug)]
pub struct Spec {
    /// Which command.
    pub command: Command,
    /// Its name in the configuration and in the palette.
    pub name: &'static str,
    /// What it does, for the help.
    pub about: &'static str,
    /// One or two words for the line at the bottom; none keeps it out of there.
    pub hint: Option<&'static str>,
    /// Keys it has when the configuration says nothing else.
    pub keys: &'static [&'static str],
    /// Where it can be asked for.
    pub places: &'static [Place],
}

impl Command {
    /// Its row of the table.
    #[must_use]
    pub fn spec(self) -> Option<&'static Spec> {
        COMMANDS.iter().find(|spec| spec.command == self)
    }

    /// The command with this name.
    #[must_use]
    pub fn by_name(name: &str) -> Option<Self> {
        COMMANDS
            .iter()
            .find(|spec| spec.name == name)
            .map(|spec| spec.command)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_command_has_one_row_and_one_name() {
        let commands: BTreeSet<_> = COMMANDS.iter().map(|spec| spec.command).collect();
        let names: BTreeSet<_> = COMMANDS.iter().map(|spec| spec.name).collect();
        assert_eq!(
            (commands.len(), names.len()),
            (COMMANDS.len(), COMMANDS.len())
        );
    }
}
