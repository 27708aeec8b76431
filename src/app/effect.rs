//! What `update` wants done, as data that tests compare. The terminal layer does it.

use super::editor::{Target, Unsaved};
use super::page::PageKind;
use super::sign_in::SignInStep;
use crate::domain::listing::Destination;
use crate::domain::text::KeptText;
use crate::domain::{
    ConversationId, DeliveryId, ExampleId, MessageId, RuleId, SuggestionId, UnmatchedId,
};

/// The number by which an answer names its question.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct RequestId(pub u64);

/// Which conversations the inbox shows.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Group {
    /// All that are not archived.
    #[default]
    All,
    /// The lead wrote last.
    NeedsReply,
    /// We wrote last.
    Waiting,
    /// Put off.
    Snoozed,
    /// Put away.
    Archived,
    /// Marked by the person.
    Starred,
}

impl Group {
    /// The next one, round and round.
    #[must_use]
    pub const fn next(self) -> Self {
        match self {
            Self::All => Self::NeedsReply,
            Self::NeedsReply => Self::Waiting,
            Self::Waiting => Self::Snoozed,
            Self::Snoozed => Self::Archived,
            Self::Archived => Self::Starred,
            Self::Starred => Self::All,
        }
    }

    /// As the title says it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::All => "Inbox",
            Self::NeedsReply => "Needs reply",
            Self::Waiting => "Waiting",
            Self::Snoozed => "Snoozed",
            Self::Archived => "Archived",
            Self::Starred => "Starred",
        }
    }
}

/// What of the inbox is wanted.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct InboxQuery {
    /// Which group.
    pub group: Group,
    /// What is searched for; empty for nothing.
    pub search: String,
    /// How many rows at most.
    pub limit: usize,
}

/// What the person decides about a reply that stopped on its way.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Decision {
    /// Send it, although the lead wrote again, or once more.
    Send,
    /// It did leave: count it as sent.
    MarkSent,
    /// Go on looking for it.
    KeepLooking,
    /// Take it back; the text can be edited again.
    TakeBack,
}

/// What the person does with something that was learned.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Learned {
    /// Accept a rule.
    Accept(RuleId),
    /// Change a rule's words.
    Edit(RuleId, String),
    /// Erase a rule.
    DeleteRule(RuleId),
    /// Erase a reply.
    ForgetExample(ExampleId),
    /// Erase everything.
    ForgetAll,
}

/// How an approved reply leaves.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct How {
    /// Archive the conversation once it has left.
    pub archive: bool,
    /// When, in words such as "tue 9:00"; after the undo window without.
    pub at: Option<String>,
    /// The address that the person typed.
    pub to: Option<String>,
}

/// Something for the terminal layer to do.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Effect {
    /// Load the rows, counts, deliveries, freshness and spending. Answer: `Loaded::Inbox`.
    LoadInbox {
        /// The question's number.
        request: RequestId,
        /// What is wanted.
        query: InboxQuery,
    },
    /// Load a conversation. Answer: `Loaded::Conversation`.
    LoadConversation {
        /// The question's number.
        request: RequestId,
        /// Which.
        id: ConversationId,
    },
    /// Load a page. Answer: `Loaded::Page`.
    LoadPage {
        /// The question's number.
        request: RequestId,
        /// Which.
        kind: PageKind,
        /// Rows at most.
        limit: usize,
    },
    /// Load a text to edit it. Answer: `Loaded::Text`.
    LoadText {
        /// The question's number.
        request: RequestId,
        /// Which.
        text: KeptText,
    },
    /// Keep an edited text. A failure is `Event::TextNotSaved`.
    SaveText {
        /// Which.
        text: KeptText,
        /// As it is now.
        body: String,
    },
    /// Load the templates as they would be sent in a conversation. Answer:
    /// `Loaded::Templates`.
    LoadTemplates {
        /// The question's number.
        request: RequestId,
        /// Where.
        conversation: ConversationId,
    },
    /// Keep a reply of a conversation as a template.
    SaveTemplate {
        /// Where it was written.
        conversation: ConversationId,
        /// What it is called.
        name: String,
        /// The text.
        text: String,
    },
    /// Load where a mail can go. Answer: `Loaded::Targets`.
    LoadTargets {
        /// The question's number.
        request: RequestId,
        /// Part of a lead's name or address.
        search: String,
    },
    /// Take an unmatched mail into a conversation.
    Adopt {
        /// The mail.
        mail: UnmatchedId,
        /// Where to.
        to: Destination,
    },
    /// Move a mail to another conversation, or back to the unmatched ones.
    Move {
        /// The mail.
        message: MessageId,
        /// Where to.
        to: Destination,
    },
    /// Add a lead, as the person wrote it: a name and an address.
    AddLead(String),
    /// Make the sender of an unmatched mail a lead.
    MakeLead {
        /// The mail.
        mail: UnmatchedId,
        /// The lead's name.
        name: String,
    },
    /// List no mail of this sender any more.
    IgnoreSender(UnmatchedId),
    /// The person looked at it.
    MarkRead(ConversationId),
    /// Approve what was on the screen.
    Approve {
        /// Which suggestion.
        suggestion: SuggestionId,
        /// The revision that was shown.
        revision: u32,
        /// The text that was shown.
        body: String,
        /// How it leaves.
        how: How,
        /// The person was asked once more.
        confirmed: bool,
    },
    /// Send the person's own reply.
    SendOwn {
        /// Where.
        conversation: ConversationId,
        /// The text that was shown.
        body: String,
        /// How it leaves.
        how: How,
    },
    /// Give a queued reply another time.
    Reschedule {
        /// Which.
        delivery: DeliveryId,
        /// Such as "tue 9:00".
        at: String,
    },
    /// A file goes with the conversation's next reply.
    Attach {
        /// Where.
        conversation: ConversationId,
        /// Its path, as it was typed.
        path: String,
    },
    /// A file, or all without a path, stays here after all.
    Detach(ConversationId, Option<String>),
    /// Write a text into a file.
    WriteFile {
        /// Its path, as it was typed.
        path: String,
        /// The text.
        text: String,
    },
    /// Reject a suggestion.
    Reject {
        /// Which.
        suggestion: SuggestionId,
        /// Why, if the person said.
        reason: Option<String>,
    },
    /// Make a rejected or earlier version the current one.
    Restore(SuggestionId),
    /// Stop a draft that is being written.
    StopDraft(SuggestionId),
    /// Ask for another version.
    Regenerate {
        /// Where.
        conversation: ConversationId,
        /// What to change.
        hint: Option<String>,
        /// The version on the screen.
        instead_of: Option<SuggestionId>,
    },
    /// Keep an edited suggestion.
    SaveEdit {
        /// Which.
        suggestion: SuggestionId,
        /// The text.
        body: String,
    },
    /// Keep the person's unsent reply.
    SaveOwn {
        /// Where.
        conversation: ConversationId,
        /// What it was when it was changed, if that is known.
        before: Option<String>,
        /// The text; empty forgets it.
        body: String,
    },
    /// Take a queued reply back.
    Undo(DeliveryId),
    /// Carry out a decision about a reply that stopped.
    Decide {
        /// Which.
        delivery: DeliveryId,
        /// What.
        decision: Decision,
    },
    /// Put a conversation away, or fetch it back.
    Archive {
        /// Which.
        conversation: ConversationId,
        /// Away rather than back.
        away: bool,
    },
    /// Put a conversation off until the time that the words mean.
    Snooze {
        /// Which.
        conversation: ConversationId,
        /// Such as "tue 9:00".
        until: String,
    },
    /// Set or take the star.
    Star {
        /// Which.
        conversation: ConversationId,
        /// Set rather than take.
        starred: bool,
    },
    /// Take the guessed match as right.
    ConfirmMatch(ConversationId),
    /// A step of signing in. Answers: `Event::SignIn`.
    SignIn(SignInStep),
    /// Fetch the files of a conversation again and save them.
    SaveAttachments {
        /// Which.
        conversation: ConversationId,
        /// Where; none for the usual folder.
        folder: Option<String>,
    },
    /// Accept, change or erase something that was learned.
    ChangeMemory(Learned),
    /// Look at the mailbox now.
    Sync,
    /// Stop the first sync, or go on with it.
    PauseSync {
        /// Go on rather than stop.
        resume: bool,
    },
    /// Hand the text to `$EDITOR`; the answer is `Event::EditedExternally`.
    EditExternally(String),
    /// Draw everything anew.
    Redraw,
    /// Leave the program.
    Quit,
}

impl Effect {
    /// Keeps a text of the editor where it belongs.
    pub(super) fn saving(target: Target, unsaved: Unsaved) -> Self {
        let Unsaved { before, body } = unsaved;
        match target {
            Target::Suggestion(suggestion) => Self::SaveEdit { suggestion, body },
            Target::Own(conversation) => Self::SaveOwn {
                conversation,
                before,
                body,
            },
            Target::Text(text) => Self::SaveText { text, body },
        }
    }
}
