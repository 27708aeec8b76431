//! What can happen to the screen.

use super::effect::RequestId;
use super::key::Key;
use super::page::PageData;
use super::sign_in::SignInNews;
use crate::domain::delivery::{Delivery, SendingUse};
use crate::domain::listing::{ConversationView, Counts, InboxPage, MoveTarget, Spending};
use crate::domain::sync::{Freshness, SyncReport};
use crate::domain::template::FilledTemplate;
use crate::domain::text::KeptText;
use crate::domain::{Check, ConversationId, Notice, SuggestionId};

/// Something happened.
#[derive(Clone, PartialEq, Debug)]
pub enum Event {
    /// A key was pressed.
    Pressed(Key),
    /// Text was pasted.
    Pasted(String),
    /// The terminal has another size now.
    Resized {
        /// Columns.
        width: u16,
        /// Rows.
        height: u16,
    },
    /// Time went by that somebody waited for.
    Ticked,
    /// A background task or another process changed something.
    Noticed(Notice),
    /// More of a draft's text is there.
    Streamed {
        /// Which draft.
        suggestion: SuggestionId,
        /// The text so far.
        body: String,
    },
    /// An answer to a question.
    Loaded(RequestId, Result<Loaded, String>),
    /// An effect was carried out, or why not.
    Finished(Result<Outcome, String>),
    /// Saving a text failed: it is only in memory now.
    SavingFailed(String),
    /// Saving a long text failed: here it is.
    TextNotSaved {
        /// Which.
        text: KeptText,
        /// What was to be saved.
        body: String,
        /// Why it was not.
        why: String,
    },
    /// What came of a step of signing in.
    SignIn(SignInNews),
    /// `$EDITOR` came back with a text, or why not.
    EditedExternally(Result<String, String>),
}

/// What was asked for.
#[derive(Clone, PartialEq, Debug)]
pub enum Loaded {
    /// The inbox with all that the first and last lines show.
    Inbox(Box<InboxSnapshot>),
    /// A conversation; none when it is gone.
    Conversation(Option<Box<ConversationView>>),
    /// A page's rows.
    Page(PageData),
    /// Where a mail can go.
    Targets(Vec<MoveTarget>),
    /// The templates, filled in for a conversation.
    Templates(Vec<FilledTemplate>),
    /// A text to edit.
    Text(KeptText, String),
}

/// Everything around the rows of the inbox, of one moment.
#[derive(Clone, PartialEq, Debug)]
pub struct InboxSnapshot {
    /// The rows.
    pub page: InboxPage,
    /// The groups' sizes.
    pub counts: Counts,
    /// What is on its way, oldest first.
    pub deliveries: Vec<Delivery>,
    /// How fresh the mailbox is.
    pub freshness: Freshness,
    /// What drafts cost.
    pub spending: Spending,
    /// How much of the sending limits is used.
    pub sending: SendingUse,
}

/// What came of an effect.
#[derive(Clone, PartialEq, Debug)]
pub enum Outcome {
    /// A reply is queued.
    Queued(Delivery),
    /// A suggestion was rejected.
    Rejected(SuggestionId),
    /// A version was restored.
    Restored(SuggestionId),
    /// Another version was asked for.
    Asked {
        /// Which will be written.
        suggestion: SuggestionId,
        /// Where.
        conversation: ConversationId,
    },
    /// An edit was kept.
    EditSaved {
        /// Which.
        suggestion: SuggestionId,
        /// The text's revision now.
        revision: u32,
        /// Findings in it.
        checks: Vec<Check>,
    },
    /// The person's own reply was kept.
    OwnSaved {
        /// Where.
        conversation: ConversationId,
        /// Findings in it.
        checks: Vec<Check>,
    },
    /// A reply was taken back.
    Undone(ConversationId),
    /// A decision was carried out.
    Decided(ConversationId),
    /// A conversation was put away or fetched back.
    Archived {
        /// Which.
        conversation: ConversationId,
        /// Away rather than back.
        away: bool,
    },
    /// A conversation was put off; until when, in words.
    Snoozed {
        /// Which.
        conversation: ConversationId,
        /// Until when.
        until: String,
    },
    /// Files were saved.
    FilesSaved {
        /// Their names.
        names: Vec<String>,
        /// Where.
        folder: String,
    },
    /// A reply was given another time.
    Rescheduled(Delivery),
    /// A text was written into a file; where.
    Written(String),
    /// Something small that needs no word.
    Done(ConversationId),
    /// A long text was kept.
    TextSaved(KeptText),
    /// A template was kept, by this name.
    TemplateKept(String),
    /// Unmatched mails are wanted in a conversation; so many.
    Adopted(u64),
    /// A mail is in another conversation now, or unmatched.
    Moved(Option<ConversationId>),
    /// Somebody was added to the leads.
    LeadAdded(String),
    /// A sender became a lead.
    LeadMade(String),
    /// Mail of this sender is not listed any more.
    SenderIgnored(String),
    /// Something that was learned was accepted, changed or erased.
    MemoryChanged(&'static str),
    /// The mailbox was looked at.
    Synced(SyncReport),
    /// The first sync was to be stopped, or to go on.
    SyncPaused {
        /// It goes on.
        resumed: bool,
        /// There was one to stop, or a stopped one to go on with.
        found: bool,
    },
}
