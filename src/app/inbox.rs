//! The list of conversations: rows, selection, and which part of it is visible.

use super::effect::{InboxQuery, RequestId};
use crate::domain::delivery::DeliveryState;
use crate::domain::listing::{ConversationRow, InboxPage};
use crate::domain::{ConversationId, ConversationStatus};

/// Rows asked for at first, and more each time the end comes near.
pub const PAGE: usize = 200;

/// The group a row stands under.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Section {
    /// A reply stopped on its way.
    NeedsDecision,
    /// The lead wrote last.
    NeedsReply,
    /// A reply is on its way.
    Sending,
    /// We wrote last.
    Waiting,
    /// Put off.
    Snoozed,
    /// Put away.
    Archived,
}

impl Section {
    /// The section of a row; the store sorts by the same rule.
    #[must_use]
    pub fn of(row: &ConversationRow) -> Self {
        if let Some(delivery) = &row.delivery {
            if delivery.state.needs_person() {
                return Self::NeedsDecision;
            }
            if delivery.state.is_under_way() {
                return Self::Sending;
            }
        }
        match row.status {
            ConversationStatus::NeedsReply => Self::NeedsReply,
            ConversationStatus::Waiting => Self::Waiting,
            ConversationStatus::Snoozed => Self::Snoozed,
            ConversationStatus::Archived => Self::Archived,
        }
    }

    /// As the list says it.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::NeedsDecision => "NEEDS YOUR DECISION",
            Self::NeedsReply => "NEEDS REPLY",
            Self::Sending => "SENDING",
            Self::Waiting => "WAITING",
            Self::Snoozed => "SNOOZED",
            Self::Archived => "ARCHIVED",
        }
    }
}

/// A line of the list.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum ListLine<'a> {
    /// The head of a section.
    Head(Section),
    /// A conversation.
    Row(&'a ConversationRow),
}

/// The list.
#[derive(Clone, Debug, Default)]
pub struct Inbox {
    /// What is shown.
    pub query: InboxQuery,
    /// Loaded rows in order.
    pub rows: Vec<ConversationRow>,
    /// More rows are in the store.
    pub more: bool,
    /// How many there are in all.
    pub total: u64,
    /// Whether the first answer has come.
    pub loaded: bool,
    /// The selected row, by what it is and not where.
    pub selected: Option<ConversationId>,
    /// The first visible line.
    pub top: usize,
    /// The question whose answer is awaited.
    pub request: Option<RequestId>,
    /// Something changed after that question was put.
    pub outdated: bool,
    /// The rows are those of an earlier query: what was asked for is on its way.
    pub awaited: bool,
    /// Open the first of the awaited rows: the key was pressed before they came.
    pub open_first: bool,
}

impl Inbox {
    /// A list that wants its first page.
    #[must_use]
    pub fn new() -> Self {
        let query = InboxQuery {
            limit: PAGE,
            ..InboxQuery::default()
        };
        Self {
            query,
            ..Self::default()
        }
    }

    /// Where the selected row is.
    #[must_use]
    pub fn selected_index(&self) -> Option<usize> {
        let id = self.selected?;
        self.rows.iter().position(|row| row.id == id)
    }

    /// The row of a conversation.
    #[must_use]
    pub fn row(&self, id: ConversationId) -> Option<&ConversationRow> {
        self.rows.iter().find(|row| row.id == id)
    }

    /// Takes an answer in; the selection stays on its conversation, or else in its place.
    pub fn set_page(&mut self, page: InboxPage, height: usize) {
        let index = if self.awaited {
            None
        } else {
            self.selected_index()
        };
        if self.awaited {
            self.selected = page.conversations.first().map(|row| row.id);
        }
        self.awaited = false;
        self.rows = page.conversations;
        self.more = page.next.is_some();
        self.total = page.total;
        self.loaded = true;
        if self.selected_index().is_none() {
            let index = index.unwrap_or(0).min(self.rows.len().saturating_sub(1));
            self.selected = self.rows.get(index).map(|row| row.id);
        }
        self.show_selected(height);
    }

    /// Moves the selection by rows, stopping at the ends.
    pub fn move_by(&mut self, rows: isize, height: usize) {
        let last = self.rows.len().saturating_sub(1);
        let index = self
            .selected_index()
            .unwrap_or(0)
            .saturating_add_signed(rows)
            .min(last);
        self.selected = self.rows.get(index).map(|row| row.id);
        self.show_selected(height);
    }

    /// Selects a conversation if it is loaded.
    pub fn select(&mut self, id: ConversationId, height: usize) {
        if self.row(id).is_some() {
            self.selected = Some(id);
            self.show_selected(height);
        }
    }

    /// The next (or previous) row after the selected one that waits for the person.
    #[must_use]
    pub fn next_needing_reply(&self, forward: bool) -> Option<ConversationId> {
        let wants = |row: &&ConversationRow| Section::of(row) <= Section::NeedsReply;
        let from = self.selected_index().unwrap_or(0);
        let (before, after) = self.rows.split_at(from.min(self.rows.len()));
        let after = after.get(1..).unwrap_or_default();
        let current = self.selected;
        let found = if forward {
            after
                .iter()
                .find(wants)
                .or_else(|| before.iter().find(wants))
        } else {
            before
                .iter()
                .rev()
                .find(wants)
                .or_else(|| after.iter().rev().find(wants))
        };
        found.map(|row| row.id).filter(|id| Some(*id) != current)
    }

    /// Whether the end of what is loaded comes near and there is more.
    #[must_use]
    pub fn wants_more(&self) -> bool {
        let near = self
            .selected_index()
            .is_some_and(|index| index + PAGE / 2 >= self.rows.len());
        self.more && near && self.request.is_none()
    }

    /// Every line of the list with section heads; built from the rows each time, as only
    /// the visible part of it is ever looked at.
    pub fn lines(&self) -> impl Iterator<Item = ListLine<'_>> {
        let mut section = None;
        self.rows.iter().flat_map(move |row| {
            let of = Section::of(row);
            let head = (section != Some(of)).then_some(ListLine::Head(of));
            section = Some(of);
            head.into_iter().chain([ListLine::Row(row)])
        })
    }

    /// Scrolls so that the selected row is visible, with its section's head if it is the
    /// first one under it.
    pub fn show_selected(&mut self, height: usize) {
        let height = height.max(1);
        let Some(id) = self.selected else {
            self.top = 0;
            return;
        };
        let mut previous_is_head = false;
        let mut position = 0_usize;
        for (count, line) in self.lines().enumerate() {
            match line {
                ListLine::Row(row) if row.id == id => {
                    position = count;
                    break;
                }
                ListLine::Head(_) => previous_is_head = true,
                ListLine::Row(_) => previous_is_head = false,
            }
        }
        let first = if previous_is_head && height > 1 {
            position.saturating_sub(1)
        } else {
            position
        };
        if first < self.top {
            self.top = first;
        } else if position >= self.top + height {
            self.top = position + 1 - height;
        }
    }
}

/// Whether a row's badge moves by itself: a draft being written, a countdown, a send.
#[must_use]
pub fn is_moving(row: &ConversationRow) -> bool {
    use crate::domain::SuggestionStatus;
    let drafting = row
        .suggestion
        .as_ref()
        .is_some_and(|s| s.status == SuggestionStatus::Generating);
    let sending = row.delivery.as_ref().is_some_and(|d| {
        matches!(
            d.state,
            DeliveryState::Staging | DeliveryState::Staged | DeliveryState::Sending
        )
    });
    drafting || sending
}
