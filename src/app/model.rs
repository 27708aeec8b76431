//! Everything that is on the screen.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use ratatui::layout::Rect;

use super::card::{Card, card};
use super::command::Place;
use super::conversation::{OpenConversation, Shown};
use super::editor::{Editor, Target};
use super::effect::{Effect, RequestId};
use super::inbox::{Inbox, is_moving};
use super::key::Key;
use super::keymap::Keymap;
use super::layout::{CardSize, Layout};
use super::overlay::Overlay;
use super::page::Page;
use crate::domain::delivery::{Delivery, DeliveryState, DeliveryStep, SendingUse};
use crate::domain::listing::{Counts, Spending};
use crate::domain::sync::Freshness;
use crate::domain::{Check, ConversationId, ConversationStatus, SuggestionId};

/// The region that keys go to when nothing lies over it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Focus {
    /// The list.
    #[default]
    Inbox,
    /// The thread.
    Thread,
    /// The card.
    Card,
}

/// How grave a message is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Grade {
    /// Done.
    Info,
    /// Take note.
    Warning,
    /// Failed.
    Error,
}

/// One line to the person; gone with the next key.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Message {
    /// How grave.
    pub grade: Grade,
    /// The words.
    pub text: String,
}

/// What `u` takes back.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Undoable {
    /// A conversation that was put away (or fetched back).
    Archive {
        /// Which.
        conversation: ConversationId,
        /// It was put away.
        away: bool,
    },
    /// A rejected suggestion.
    Reject(SuggestionId),
}

/// What the program runs on, for the first line.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Surroundings {
    /// A demo: nothing is real.
    pub demo: bool,
    /// Who drafts, such as `gpt-6-luna` or `template`.
    pub drafter: String,
    /// What is put under a reply that does not end with it.
    pub signature: String,
    /// Plain ASCII.
    pub ascii: bool,
    /// No colours.
    pub no_color: bool,
    /// There is a Gmail to sign in to.
    pub can_sign_in: bool,
}

/// The state of the screen.
#[derive(Clone, Debug)]
pub struct Model {
    /// Columns.
    pub width: u16,
    /// Rows.
    pub height: u16,
    /// The time of the last event.
    pub now: Timestamp,
    /// For showing times.
    pub zone: TimeZone,
    /// What it runs on.
    pub around: Surroundings,
    /// Keys to commands.
    pub keymap: Keymap,
    /// The list.
    pub inbox: Inbox,
    /// The conversation on the screen.
    pub open: Option<OpenConversation>,
    /// The page in the place of the inbox and the conversation.
    pub page: Option<Page>,
    /// The question for a text that is to be edited.
    pub text_request: Option<RequestId>,
    /// Which region has the keys.
    pub focus: Focus,
    /// The text being edited, in the card's place.
    pub editor: Option<Editor>,
    /// Texts that are on their way into the store: those of closed editors too.
    pub saving: usize,
    /// What lies over the screen.
    pub overlay: Option<Overlay>,
    /// Keys of a sequence that is not complete.
    pub pending: Vec<Key>,
    /// One line to the person.
    pub message: Option<Message>,
    /// Sizes of the groups.
    pub counts: Counts,
    /// What is on its way.
    pub deliveries: Vec<Delivery>,
    /// How fresh the mailbox is.
    pub freshness: Freshness,
    /// What drafts cost.
    pub spending: Spending,
    /// How much of the sending limits is used.
    pub sending: SendingUse,
    /// What `u` takes back, newest last.
    pub undo: Vec<Undoable>,
    /// The page for signing in came up by itself, or was opened: not again in this run.
    pub sign_in_offered: bool,
    /// Grows while something moves, for the spinner.
    pub frame: usize,
    /// The program is about to end.
    pub quitting: bool,
    next_request: u64,
}

/// How long a changed text may stay unsaved.
pub const AUTOSAVE: SignedDuration = SignedDuration::from_millis(800);

impl Model {
    /// The state before anything is loaded.
    #[must_use]
    pub fn new(
        (width, height): (u16, u16),
        now: Timestamp,
        zone: TimeZone,
        around: Surroundings,
        keys: &BTreeMap<String, Vec<String>>,
    ) -> Self {
        let (keymap, problems) = Keymap::new(keys);
        let message = problems.first().map(|problem| Message {
            grade: Grade::Warning,
            text: problem.clone(),
        });
        Self {
            width,
            height,
            now,
            zone,
            around,
            keymap,
            inbox: Inbox::new(),
            open: None,
            page: None,
            text_request: None,
            focus: Focus::Inbox,
            editor: None,
            saving: 0,
            overlay: None,
            pending: Vec::new(),
            message,
            counts: Counts::default(),
            deliveries: Vec::new(),
            freshness: Freshness::default(),
            spending: Spending::default(),
            sending: SendingUse::default(),
            undo: Vec::new(),
            sign_in_offered: false,
            frame: 0,
            quitting: false,
            next_request: 0,
        }
    }

    /// A number for the next question.
    pub const fn ask(&mut self) -> RequestId {
        self.next_request += 1;
        RequestId(self.next_request)
    }

    /// Where a key means what the keymap says for this place.
    #[must_use]
    pub fn place(&self) -> Place {
        if self.edits_text() {
            return Place::Editor;
        }
        if let Some(page) = &self.page {
            return page.kind.place();
        }
        match (self.focus, &self.editor) {
            (Focus::Card, Some(_)) => Place::Editor,
            (Focus::Inbox, _) => Place::Inbox,
            (Focus::Thread, _) => Place::Thread,
            (Focus::Card, None) => Place::Card,
        }
    }

    /// What is drawn where now.
    #[must_use]
    pub fn layout(&self) -> Layout {
        if self.page.is_some() || self.edits_text() {
            return Layout::whole(self.width, self.height);
        }
        Layout::new(
            self.width,
            self.height,
            self.focus != Focus::Inbox,
            self.card_size(),
        )
    }

    /// Where the rows of a page are: all of it when none of them can be selected.
    #[must_use]
    pub fn page_rows(&self) -> Rect {
        let layout = self.layout();
        match &self.page {
            Some(page) if page.selects() => layout.page_rows(),
            _ => layout.page_inside(),
        }
    }

    /// A long text is being edited, over the whole screen.
    #[must_use]
    pub fn edits_text(&self) -> bool {
        self.editor
            .as_ref()
            .is_some_and(|editor| matches!(editor.target, Target::Text(_)))
    }

    /// Whether all that was typed is known to be in the store.
    #[must_use]
    pub fn is_saved(&self) -> bool {
        self.saving == 0 && !self.editor.as_ref().is_some_and(Editor::is_unsaved)
    }

    fn card_size(&self) -> CardSize {
        if self.editor.is_some() {
            return CardSize::Editing;
        }
        let Some(open) = &self.open else {
            return CardSize::Small;
        };
        let delivering = open
            .view
            .as_ref()
            .is_some_and(|view| view.row.delivery.is_some());
        match open.shown {
            Shown::Nothing if !delivering => CardSize::Small,
            _ => CardSize::Reading,
        }
    }

    /// The card of the open conversation, wrapped to its width.
    #[must_use]
    pub fn card(&self) -> Option<Card> {
        let width = usize::from(self.layout().card_inside().width);
        self.open
            .as_ref()
            .map(|open| card(open, width, self.now, self))
    }

    /// The version that is on the screen.
    #[must_use]
    pub fn shown_suggestion(&self) -> Option<SuggestionId> {
        let open = self.open.as_ref()?;
        open.suggestion().map(|suggestion| suggestion.id)
    }

    /// What was found in the text that is shown or edited.
    #[must_use]
    pub fn findings(&self) -> &[Check] {
        let Some(open) = &self.open else { return &[] };
        match (open.shown, open.suggestion(), &open.view) {
            (Shown::Own, _, Some(view)) => &view.composition_checks,
            (Shown::Suggestion(_), Some(suggestion), _) => &suggestion.checks,
            _ => &[],
        }
    }

    /// The newest reply that can still be taken back.
    #[must_use]
    pub fn undoable_delivery(&self) -> Option<&Delivery> {
        let may = |d: &&Delivery| d.state.after(DeliveryStep::Undo).is_ok();
        let open = self.open.as_ref().map(|open| open.id);
        let here = self
            .deliveries
            .iter()
            .rev()
            .filter(may)
            .find(|d| Some(d.conversation_id) == open);
        here.or_else(|| self.deliveries.iter().rev().find(may))
    }

    /// Replies that have not left.
    #[must_use]
    pub fn unsent(&self) -> usize {
        self.deliveries
            .iter()
            .filter(|d| d.state.is_under_way())
            .count()
    }

    /// Says something to the person.
    pub fn say(&mut self, grade: Grade, text: impl Into<String>) {
        self.message = Some(Message {
            grade,
            text: text.into(),
        });
    }

    /// The lead's name of a conversation, if it is known.
    #[must_use]
    pub fn name_of(&self, id: ConversationId) -> &str {
        let open = self.open.as_ref().filter(|open| open.id == id);
        let view = open
            .and_then(|open| open.view.as_ref())
            .map(|view| &view.row);
        view.or_else(|| self.inbox.row(id))
            .map_or("", |row| row.lead.name.as_str())
    }

    /// Whether a conversation is archived, as far as is known.
    #[must_use]
    pub fn is_archived(&self, id: ConversationId) -> bool {
        let open = self.open.as_ref().filter(|open| open.id == id);
        let view = open
            .and_then(|open| open.view.as_ref())
            .map(|view| &view.row);
        view.or_else(|| self.inbox.row(id))
            .is_some_and(|row| row.status == ConversationStatus::Archived)
    }

    /// What would be lost if the program ended now.
    #[must_use]
    pub fn unsaved(&mut self) -> Option<Effect> {
        let editor = self.editor.as_mut()?;
        let target = editor.target;
        let unsaved = editor.take_unsaved()?;
        Some(Effect::saving(target, unsaved))
    }

    /// How long until the screen has to be looked at again without any event: a spinner,
    /// a countdown, an autosave, the next minute of an age. Nothing else moves by itself.
    #[must_use]
    pub fn next_tick(&self) -> SignedDuration {
        let mut next = self.until_next_minute();
        let mut sooner = |wait: SignedDuration| next = next.min(wait.max(SignedDuration::ZERO));
        if let Some(changed) = self.editor.as_ref().and_then(|editor| editor.changed_at) {
            sooner(AUTOSAVE - self.now.duration_since(changed));
        }
        if self.inbox.rows.iter().any(is_moving) || self.freshness.syncing {
            sooner(SignedDuration::from_millis(250));
        }
        if let Some(Overlay::SignIn(page)) = &self.overlay
            && page.url().is_some()
        {
            sooner(SignedDuration::from_secs(1));
        }
        for delivery in &self.deliveries {
            let left = delivery.not_before.duration_since(self.now);
            if delivery.state == DeliveryState::Queued && left > SignedDuration::ZERO {
                let part = left.subsec_nanos();
                let whole = if part == 0 { 1_000_000_000 } else { part };
                sooner(SignedDuration::from_nanos(i64::from(whole)));
            }
        }
        next.max(SignedDuration::from_millis(10))
    }

    fn until_next_minute(&self) -> SignedDuration {
        let ms = self.now.as_millisecond().rem_euclid(60_000);
        SignedDuration::from_millis(60_000 - ms)
    }
}
