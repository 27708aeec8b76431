//! The rows of the table: one line a command, in the order of the help.

use super::Command as C;
use super::Place::{self, Card, Editor, Inbox, Leads, Memory, Numbers, Outbox, Thread, Unmatched};
use super::{Command, Spec};

const BROWSE: &[Place] = &[Inbox, Thread, Card];
const ALL: &[Place] = Place::ALL;
const EDIT: &[Place] = &[Editor];
/// Everywhere but in a text.
const ANYWHERE: &[Place] = &[
    Inbox, Thread, Card, Unmatched, Outbox, Leads, Numbers, Memory,
];
/// Where a reply on its way can be acted upon.
const REPLIES: &[Place] = &[Inbox, Thread, Card, Outbox];
/// Where a row leads to a conversation.
const OPENABLE: &[Place] = &[Inbox, Thread, Card, Outbox, Leads];

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
#[rustfmt::skip]
pub const COMMANDS: &[Spec] = &[
    spec(C::Down, "down", &["j", "Down"], ANYWHERE, None, "one row down"),
    spec(C::Up, "up", &["k", "Up"], ANYWHERE, None, "one row up"),
    spec(C::First, "first", &["gg", "Home"], ANYWHERE, None, "to the top"),
    spec(C::Last, "last", &["G", "End"], ANYWHERE, None, "to the bottom"),
    spec(C::HalfPageDown, "half-page-down", &["Ctrl-d"], ANYWHERE, None, "half a page down"),
    spec(C::HalfPageUp, "half-page-up", &["Ctrl-u"], ANYWHERE, None, "half a page up"),
    spec(C::PageDown, "page-down", &["PgDn", "Ctrl-f"], ANYWHERE, None, "a page down"),
    spec(C::PageUp, "page-up", &["PgUp", "Ctrl-b"], ANYWHERE, None, "a page up"),
    spec(C::ThreadDown, "thread-down", &["J"], BROWSE, None, "scroll the thread without leaving the list"),
    spec(C::ThreadUp, "thread-up", &["K"], BROWSE, None, "scroll the thread back"),
    spec(C::Open, "open", &["Enter", "l", "Right"], OPENABLE, None, "open the conversation"),
    spec(C::Back, "back", &["Esc", "h", "Left"], ANYWHERE, None, "back to the inbox"),
    spec(C::NextRegion, "next-region", &["Tab"], BROWSE, None, "to the next region"),
    spec(C::NextNeedingReply, "next-needing-reply", &["n"], BROWSE, None, "open the next conversation that needs you"),
    spec(C::PreviousNeedingReply, "previous-needing-reply", &["N"], BROWSE, None, "open the one before that needs you"),
    spec(C::Approve, "approve", &["y"], BROWSE, Some("send"), "approve the text on the screen and send it"),
    spec(C::ApproveAndArchive, "approve-and-archive", &["Y"], BROWSE, None, "send it and archive the conversation once it has left"),
    spec(C::Schedule, "schedule", &["S"], REPLIES, None, "send it at a time, such as \"tue 9:00\"; on a queued reply: another time"),
    spec(C::Attach, "attach", &["A"], BROWSE, None, "let a file go with the reply"),
    spec(C::Detach, "detach", &[], BROWSE, None, "let a file stay here, or all of them"),
    spec(C::Edit, "edit", &["e"], BROWSE, Some("edit"), "edit the text in place"),
    spec(C::EditExternally, "edit-externally", &["E"], BROWSE, None, "edit the text in $EDITOR"),
    spec(C::Reject, "reject", &["x"], BROWSE, Some("reject"), "reject the suggestion, with a reason"),
    spec(C::RegenerateWithHint, "regenerate-with-hint", &["R"], BROWSE, Some("regenerate"), "ask for another version, saying what to change"),
    spec(C::Regenerate, "regenerate", &["Ctrl-r"], BROWSE, None, "ask for another version"),
    spec(C::StopDraft, "stop-draft", &["Ctrl-g"], BROWSE, None, "stop the draft that is being written"),
    spec(C::PreviousVersion, "previous-version", &["["], BROWSE, None, "show the earlier version"),
    spec(C::NextVersion, "next-version", &["]"], BROWSE, None, "show the later version"),
    spec(C::Compare, "compare", &["D"], BROWSE, None, "show what was changed: your edits, then against the version before"),
    spec(C::OwnReply, "own-reply", &["r"], BROWSE, Some("own reply"), "write an answer of your own"),
    spec(C::Discard, "discard", &["d"], BROWSE, None, "throw your own unsent reply away"),
    spec(C::Template, "template", &["t"], BROWSE, None, "put one of your templates into your own reply"),
    spec(C::SaveTemplate, "save-template", &[], BROWSE, None, "keep the text on the card as a template"),
    spec(C::Undo, "undo", &["u"], REPLIES, None, "take back a reply that has not left yet"),
    spec(C::Decide, "decide", &["!"], REPLIES, None, "decide about a reply that stopped on its way"),
    spec(C::Archive, "archive", &["a"], BROWSE, Some("archive"), "put the conversation away, or fetch it back; never sends"),
    spec(C::Snooze, "snooze", &["s"], BROWSE, None, "put the conversation off, such as \"tue 9:00\" or \"2 days\""),
    spec(C::Star, "star", &["*"], BROWSE, None, "mark the conversation with a star"),
    spec(C::ConfirmMatch, "confirm-match", &["="], BROWSE, None, "say that a guessed match is right"),
    spec(C::MoveMail, "move", &["M"], BROWSE, None, "move the guessed mail, else the newest one, to where it belongs"),
    spec(C::ToggleQuotes, "toggle-quotes", &["z"], BROWSE, None, "show or fold quoted text"),
    spec(C::SaveAttachments, "save-attachments", &["w"], BROWSE, None, "save the files that came with the conversation"),
    spec(C::Search, "search", &["/"], BROWSE, Some("search"), "search in names, addresses and subjects"),
    spec(C::ClearSearch, "clear-search", &[], BROWSE, None, "show all conversations again"),
    spec(C::Filter, "filter", &["\\"], BROWSE, None, "show another group: all, needs reply, waiting, snoozed, archived, starred"),
    spec(C::Sync, "sync", &[".", "F5"], ANYWHERE, None, "check the mailbox now"),
    spec(C::PauseSync, "pause-sync", &["gs"], ANYWHERE, None, "stop the first sync, or go on with it"),
    spec(C::GoInbox, "inbox", &["gi"], ANYWHERE, None, "the inbox"),
    spec(C::GoUnmatched, "unmatched", &["gu"], ANYWHERE, None, "mail that belongs to no conversation"),
    spec(C::GoOutbox, "outbox", &["go"], ANYWHERE, None, "replies on their way"),
    spec(C::GoLeads, "leads", &["gl"], ANYWHERE, None, "the people you write to"),
    spec(C::GoNumbers, "analytics", &["ga"], ANYWHERE, None, "numbers about the work"),
    spec(C::GoMemory, "memory", &["gm"], ANYWHERE, None, "what was learned from you: rules of style and replies"),
    spec(C::SignIn, "sign-in", &[], ANYWHERE, None, "sign in to Gmail, or sign in again"),
    spec(C::EditFacts, "facts", &[], ANYWHERE, None, "edit what you know: prices, dates, terms; drafts rest on it"),
    spec(C::EditStyle, "style", &[], ANYWHERE, None, "edit how you write; drafts follow it"),
    spec(C::Adopt, "adopt", &["a", "Enter"], &[Unmatched], Some("adopt"), "take the mail into a lead's conversation, with the sender's other mail"),
    spec(C::MakeLead, "make-lead", &["m"], &[Unmatched], Some("make a lead"), "make the sender a lead; all mail of theirs is taken in"),
    spec(C::AddLead, "add-lead", &["+"], ANYWHERE, None, "add somebody you write to"),
    spec(C::IgnoreSender, "ignore-sender", &["i"], &[Unmatched], Some("ignore sender"), "list no mail of this sender any more"),
    spec(C::EditNotes, "edit-notes", &["e"], &[Leads], Some("edit notes"), "edit your notes about the lead; they go into the prompt"),
    spec(C::EditAnalysis, "edit-analysis", &["w"], &[Leads], Some("edit web site analysis"), "edit the analysis of the lead's web site; it goes into the prompt"),
    spec(C::AcceptRule, "accept-rule", &["a", "Enter"], &[Memory], Some("accept rule"), "accept the proposed rule; it goes into every prompt"),
    spec(C::EditRule, "edit-rule", &["e"], &[Memory], Some("edit rule"), "change the rule's words, which accepts it"),
    spec(C::EraseLearned, "erase-learned", &["x"], &[Memory], Some("erase"), "erase the rule or the reply that was learned from"),
    spec(C::EraseMemory, "erase-memory", &["X"], &[Memory], None, "erase everything that was learned"),
    spec(C::Palette, "palette", &[":", "Ctrl-p"], ANYWHERE, Some("commands"), "find a command by its name"),
    spec(C::Help, "help", &["?", "F1"], ANYWHERE, Some("help"), "what can be done here"),
    spec(C::Redraw, "redraw", &["Ctrl-l"], ALL, None, "draw the screen anew"),
    spec(C::Quit, "quit", &["q", "Ctrl-c"], ANYWHERE, None, "back to the inbox, and from there out of the program"),
    spec(C::LeaveEditor, "leave-editor", &["Esc", "Ctrl-c"], EDIT, Some("done (saved)"), "leave the editor; the text is kept"),
    spec(C::EditorExternal, "editor-external", &["Ctrl-x"], EDIT, Some("$EDITOR"), "go on in $EDITOR"),
    spec(C::EditorWrite, "editor-write", &["Ctrl-o"], EDIT, None, "write the text to a file"),
    spec(C::EditorUndo, "editor-undo", &["Ctrl-z"], EDIT, Some("undo"), "undo the last change of the text"),
    spec(C::EditorRedo, "editor-redo", &["Ctrl-y"], EDIT, Some("redo"), "redo it"),
    spec(C::EditorLineStart, "editor-line-start", &["Ctrl-a", "Home"], EDIT, None, "to the start of the line"),
    spec(C::EditorLineEnd, "editor-line-end", &["Ctrl-e", "End"], EDIT, None, "to the end of the line"),
    spec(C::EditorDeleteToEnd, "editor-delete-to-end", &["Ctrl-k"], EDIT, None, "delete to the end of the line"),
    spec(C::EditorDeleteToStart, "editor-delete-to-start", &["Ctrl-u"], EDIT, None, "delete to the start of the line"),
    spec(C::EditorDeleteWord, "editor-delete-word", &["Ctrl-w"], EDIT, None, "delete the word before the cursor"),
    spec(C::EditorWordLeft, "editor-word-left", &["Ctrl-Left"], EDIT, None, "a word to the left"),
    spec(C::EditorWordRight, "editor-word-right", &["Ctrl-Right"], EDIT, None, "a word to the right"),
];
