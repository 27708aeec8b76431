//! The one table of commands: it routes keys and makes the hints, the help, the palette
//! and the README's table. What a command does is in `update`.

use Command as C;
use Place::{Card, Editor, Inbox, Thread};

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
}

impl Place {
    /// All places.
    pub const ALL: &[Self] = &[Inbox, Thread, Card, Editor];

    /// The place as the help calls it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Inbox => "inbox",
            Thread => "thread",
            Card => "suggestion",
            Editor => "editor",
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
    Edit,
    EditExternally,
    Reject,
    RegenerateWithHint,
    Regenerate,
    PreviousVersion,
    NextVersion,
    OwnReply,
    Discard,
    Undo,
    Decide,
    Archive,
    Snooze,
    Star,
    ConfirmMatch,
    ToggleQuotes,
    Search,
    ClearSearch,
    Filter,
    Sync,
    Palette,
    Help,
    Redraw,
    Quit,
    LeaveEditor,
    EditorExternal,
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

const BROWSE: &[Place] = &[Inbox, Thread, Card];
const EDIT: &[Place] = &[Editor];

const fn spec(
    command: Command,
    name: &'static str,
    keys: &'static [&'static str],
    places: &'static [Place],
    hint: Option<&'static str>,
    about: &'static str,
) -> Spec {
    Spec {
        command,
        name,
        about,
        hint,
        keys,
        places,
    }
}

/// Every command, in the order of the help.
pub const COMMANDS: &[Spec] = &[
    spec(
        C::Down,
        "down",
        &["j", "Down"],
        BROWSE,
        None,
        "one row down",
    ),
    spec(C::Up, "up", &["k", "Up"], BROWSE, None, "one row up"),
    spec(
        C::First,
        "first",
        &["gg", "Home"],
        BROWSE,
        None,
        "to the top",
    ),
    spec(
        C::Last,
        "last",
        &["G", "End"],
        BROWSE,
        None,
        "to the bottom",
    ),
    spec(
        C::HalfPageDown,
        "half-page-down",
        &["Ctrl-d"],
        BROWSE,
        None,
        "half a page down",
    ),
    spec(
        C::HalfPageUp,
        "half-page-up",
        &["Ctrl-u"],
        BROWSE,
        None,
        "half a page up",
    ),
    spec(
        C::PageDown,
        "page-down",
        &["PgDn", "Ctrl-f"],
        BROWSE,
        None,
        "a page down",
    ),
    spec(
        C::PageUp,
        "page-up",
        &["PgUp", "Ctrl-b"],
        BROWSE,
        None,
        "a page up",
    ),
    spec(
        C::ThreadDown,
        "thread-down",
        &["J"],
        BROWSE,
        None,
        "scroll the thread without leaving the list",
    ),
    spec(
        C::ThreadUp,
        "thread-up",
        &["K"],
        BROWSE,
        None,
        "scroll the thread back",
    ),
    spec(
        C::Open,
        "open",
        &["Enter", "l", "Right"],
        BROWSE,
        None,
        "open the conversation",
    ),
    spec(
        C::Back,
        "back",
        &["Esc", "h", "Left"],
        BROWSE,
        None,
        "back to the inbox",
    ),
    spec(
        C::NextRegion,
        "next-region",
        &["Tab"],
        BROWSE,
        None,
        "to the next region",
    ),
    spec(
        C::NextNeedingReply,
        "next-needing-reply",
        &["n"],
        BROWSE,
        None,
        "open the next conversation that needs you",
    ),
    spec(
        C::PreviousNeedingReply,
        "previous-needing-reply",
        &["N"],
        BROWSE,
        None,
        "open the one before that needs you",
    ),
    spec(
        C::Approve,
        "approve",
        &["y"],
        BROWSE,
        Some("send"),
        "approve the text on the screen and send it",
    ),
    spec(
        C::ApproveAndArchive,
        "approve-and-archive",
        &["Y"],
        BROWSE,
        None,
        "send it and archive the conversation once it has left",
    ),
    spec(
        C::Edit,
        "edit",
        &["e"],
        BROWSE,
        Some("edit"),
        "edit the text in place",
    ),
    spec(
        C::EditExternally,
        "edit-externally",
        &["E"],
        BROWSE,
        None,
        "edit the text in $EDITOR",
    ),
    spec(
        C::Reject,
        "reject",
        &["x"],
        BROWSE,
        Some("reject"),
        "reject the suggestion, with a reason",
    ),
    spec(
        C::RegenerateWithHint,
        "regenerate-with-hint",
        &["R"],
        BROWSE,
        Some("regenerate"),
        "ask for another version, saying what to change",
    ),
    spec(
        C::Regenerate,
        "regenerate",
        &["Ctrl-r"],
        BROWSE,
        None,
        "ask for another version",
    ),
    spec(
        C::PreviousVersion,
        "previous-version",
        &["["],
        BROWSE,
        None,
        "show the earlier version",
    ),
    spec(
        C::NextVersion,
        "next-version",
        &["]"],
        BROWSE,
        None,
        "show the later version",
    ),
    spec(
        C::OwnReply,
        "own-reply",
        &["r"],
        BROWSE,
        Some("own reply"),
        "write an answer of your own",
    ),
    spec(
        C::Discard,
        "discard",
        &["d"],
        BROWSE,
        None,
        "throw your own unsent reply away",
    ),
    spec(
        C::Undo,
        "undo",
        &["u"],
        BROWSE,
        None,
        "take back a reply that has not left yet",
    ),
    spec(
        C::Decide,
        "decide",
        &["!"],
        BROWSE,
        None,
        "decide about a reply that stopped on its way",
    ),
    spec(
        C::Archive,
        "archive",
        &["a"],
        BROWSE,
        Some("archive"),
        "put the conversation away, or fetch it back; never sends",
    ),
    spec(
        C::Snooze,
        "snooze",
        &["s"],
        BROWSE,
        None,
        "put the conversation off, such as \"tue 9:00\" or \"2 days\"",
    ),
    spec(
        C::Star,
        "star",
        &["*"],
        BROWSE,
        None,
        "mark the conversation with a star",
    ),
    spec(
        C::ConfirmMatch,
        "confirm-match",
        &["="],
        BROWSE,
        None,
        "say that a guessed match is right",
    ),
    spec(
        C::ToggleQuotes,
        "toggle-quotes",
        &["z"],
        BROWSE,
        None,
        "show or fold quoted text",
    ),
    spec(
        C::Search,
        "search",
        &["/"],
        BROWSE,
        Some("search"),
        "search in names, addresses and subjects",
    ),
    spec(
        C::ClearSearch,
        "clear-search",
        &[],
        BROWSE,
        None,
        "show all conversations again",
    ),
    spec(
        C::Filter,
        "filter",
        &["\\"],
        BROWSE,
        None,
        "show another group: all, needs reply, waiting, archived, starred",
    ),
    spec(
        C::Sync,
        "sync",
        &[".", "F5"],
        BROWSE,
        None,
        "check the mailbox now",
    ),
    spec(
        C::Palette,
        "palette",
        &[":", "Ctrl-p"],
        BROWSE,
        Some("commands"),
        "find a command by its name",
    ),
    spec(
        C::Help,
        "help",
        &["?", "F1"],
        BROWSE,
        Some("help"),
        "what can be done here",
    ),
    spec(
        C::Redraw,
        "redraw",
        &["Ctrl-l"],
        &[Inbox, Thread, Card, Editor],
        None,
        "draw the screen anew",
    ),
    spec(
        C::Quit,
        "quit",
        &["q", "Ctrl-c"],
        BROWSE,
        None,
        "back to the inbox, and from there out of the program",
    ),
    spec(
        C::LeaveEditor,
        "leave-editor",
        &["Esc", "Ctrl-c"],
        EDIT,
        Some("done (saved)"),
        "leave the editor; the text is kept",
    ),
    spec(
        C::EditorExternal,
        "editor-external",
        &["Ctrl-x"],
        EDIT,
        Some("$EDITOR"),
        "go on in $EDITOR",
    ),
    spec(
        C::EditorUndo,
        "editor-undo",
        &["Ctrl-z"],
        EDIT,
        Some("undo"),
        "undo the last change of the text",
    ),
    spec(
        C::EditorRedo,
        "editor-redo",
        &["Ctrl-y"],
        EDIT,
        Some("redo"),
        "redo it",
    ),
    spec(
        C::EditorLineStart,
        "editor-line-start",
        &["Ctrl-a", "Home"],
        EDIT,
        None,
        "to the start of the line",
    ),
    spec(
        C::EditorLineEnd,
        "editor-line-end",
        &["Ctrl-e", "End"],
        EDIT,
        None,
        "to the end of the line",
    ),
    spec(
        C::EditorDeleteToEnd,
        "editor-delete-to-end",
        &["Ctrl-k"],
        EDIT,
        None,
        "delete to the end of the line",
    ),
    spec(
        C::EditorDeleteToStart,
        "editor-delete-to-start",
        &["Ctrl-u"],
        EDIT,
        None,
        "delete to the start of the line",
    ),
    spec(
        C::EditorDeleteWord,
        "editor-delete-word",
        &["Ctrl-w"],
        EDIT,
        None,
        "delete the word before the cursor",
    ),
    spec(
        C::EditorWordLeft,
        "editor-word-left",
        &["Ctrl-Left"],
        EDIT,
        None,
        "a word to the left",
    ),
    spec(
        C::EditorWordRight,
        "editor-word-right",
        &["Ctrl-Right"],
        EDIT,
        None,
        "a word to the right",
    ),
];

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
