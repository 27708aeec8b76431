//! The open conversation: its mails as wrapped lines, and what its lower part shows.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::compare::{self, Against, Comparison};
use super::effect::RequestId;
use super::words;
use super::wrap::{wrap_line, wrap_text};
use crate::domain::listing::{ConversationView, MessageView};
use crate::domain::{
    ConversationId, ConversationStatus, Direction, MailKind, MatchedBy, Suggestion, SuggestionId,
    SuggestionStatus,
};

/// Cells below which a quoted line loses its prefix on the rows after the first.
const NARROWEST_QUOTE: usize = 20;

/// What sort of line it is; decides its colours.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LineKind {
    /// Who and when; ours.
    OwnHead,
    /// Who and when; theirs.
    TheirHead,
    /// What was newly written.
    Body,
    /// What is quoted, or otherwise not new.
    Quote,
    /// Attachments and the like.
    Note,
    /// What the person should be careful about.
    Warning,
    /// Nothing.
    Blank,
}

/// A wrapped line of the thread.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ThreadLine {
    /// What sort.
    pub kind: LineKind,
    /// Its text.
    pub text: String,
    /// What stands at its right edge.
    pub right: String,
}

/// Wrapped lines, of which a window is visible.
#[derive(Clone, Debug, Default)]
pub struct ThreadPane {
    /// All of them.
    pub lines: Vec<ThreadLine>,
    /// The first visible one.
    pub top: usize,
    /// Quoted text is shown.
    pub quotes: bool,
    /// Where the newest mail begins.
    newest: usize,
    /// The newest mail is kept in view: until the person scrolls.
    follow: bool,
    /// What the lines were made for.
    filled: Option<Filled>,
}

/// So many empty lines of a mail are shown one after the other; further ones are not.
const MOST_EMPTY: usize = 2;

/// What wrapped lines depend on: as long as it is the same they stay.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Filled {
    generation: u64,
    width: usize,
    quotes: bool,
    day: jiff::civil::Date,
}

impl ThreadPane {
    /// Wraps the mails to a width, unless that was done: `generation` grows when the
    /// mails change.
    pub fn fill(
        &mut self,
        (messages, generation): (&[MessageView], u64),
        lead: &str,
        width: usize,
        now: Timestamp,
        zone: &TimeZone,
    ) {
        let day = now.to_zoned(zone.clone()).date();
        let wanted = Filled {
            generation,
            width,
            quotes: self.quotes,
            day,
        };
        if self.filled.as_ref() == Some(&wanted) {
            return;
        }
        self.filled = Some(wanted);
        self.lines.clear();
        for message in messages {
            if !self.lines.is_empty() {
                self.lines.push(line(LineKind::Blank, String::new()));
            }
            self.newest = self.lines.len();
            self.push_message(message, lead, width, now, zone);
        }
    }

    fn push_message(
        &mut self,
        message: &MessageView,
        lead: &str,
        width: usize,
        now: Timestamp,
        zone: &TimeZone,
    ) {
        let ours = message.direction == Direction::Outbound;
        let who = if ours {
            "you"
        } else {
            message.from.name.as_deref().unwrap_or(lead)
        };
        let text = format!("{who} · {}", words::when(message.sent_at, now, zone));
        let kind = if ours {
            LineKind::OwnHead
        } else {
            LineKind::TheirHead
        };
        self.lines.push(ThreadLine {
            kind,
            text,
            right: proof(message),
        });
        let inner = width.saturating_sub(2).max(1);
        for warning in &message.warnings {
            self.push_wrapped(LineKind::Warning, &format!("! {warning}"), inner);
        }
        if let Some(bounce) = &message.bounce {
            self.push_wrapped(LineKind::Warning, &format!("! {bounce}"), inner);
        }
        let (text, rest) = if self.quotes {
            (message.text.as_str(), 0)
        } else {
            (message.reply.as_str(), hidden_lines(message))
        };
        if text.trim().is_empty() {
            self.push_wrapped(LineKind::Note, "(no new text)", inner);
        }
        let mut empty = 0;
        for paragraph in text.trim_end().lines() {
            // A page of empty lines pushes what comes after it out of sight.
            empty = if paragraph.trim().is_empty() {
                empty + 1
            } else {
                0
            };
            if empty > MOST_EMPTY {
                continue;
            }
            let quoted = self.quotes && paragraph.trim_start().starts_with('>');
            if quoted {
                self.push_quote(paragraph, inner);
            } else {
                self.push_wrapped(LineKind::Body, paragraph, inner);
            }
        }
        if rest > 0 {
            let lines = if rest == 1 { "line" } else { "lines" };
            self.push_wrapped(
                LineKind::Quote,
                &format!("[{rest} more {lines}, quoted: z]"),
                inner,
            );
        }
        for file in &message.attachments {
            let name = if file.name.is_empty() {
                "(no name)"
            } else {
                &file.name
            };
            let text = format!(
                "attached: {name} ({}, {})",
                file.content_type,
                words::size(file.bytes)
            );
            self.push_wrapped(LineKind::Note, &text, inner);
        }
    }

    /// Every row of a quoted line begins as the line does.
    fn push_quote(&mut self, text: &str, width: usize) {
        let said = text.trim_start_matches(['>', ' ']);
        let (mark, _) = text.split_at(text.len() - said.len());
        let room = width.saturating_sub(mark.len());
        if said.is_empty() || room < NARROWEST_QUOTE {
            return self.push_wrapped(LineKind::Quote, text, width);
        }
        for row in wrap_line(said, room) {
            self.lines
                .push(line(LineKind::Quote, format!("  {mark}{row}")));
        }
    }

    fn push_wrapped(&mut self, kind: LineKind, text: &str, width: usize) {
        if text.is_empty() {
            self.lines.push(line(kind, String::new()));
        }
        for row in wrap_text(text, width) {
            self.lines.push(line(kind, format!("  {row}")));
        }
    }

    /// Brings the visible part up to the lines and the height.
    pub fn settle(&mut self, height: usize) {
        if self.follow {
            self.show_newest(height);
        } else {
            self.top = self.top.min(self.lines.len().saturating_sub(height));
        }
    }

    /// Scrolls, stopping at the ends.
    pub fn scroll(&mut self, by: isize, height: usize) {
        self.follow = false;
        let last = self.lines.len().saturating_sub(height);
        self.top = self.top.saturating_add_signed(by).min(last);
    }

    /// Shows the newest mail: all of it if it fits, else its beginning.
    pub fn show_newest(&mut self, height: usize) {
        self.follow = true;
        let last = self.lines.len().saturating_sub(height);
        self.top = last.min(self.newest);
    }
}

fn line(kind: LineKind, text: String) -> ThreadLine {
    ThreadLine {
        kind,
        text,
        right: String::new(),
    }
}

/// How the mail was matched, in a word.
fn proof(message: &MessageView) -> String {
    let kind = match message.kind {
        MailKind::Person => "",
        MailKind::AutoReply => "automatic reply ",
        MailKind::Bounce => "bounce ",
        MailKind::FeedbackReport => "report ",
        MailKind::List => "mailing list ",
    };
    let how = match message.matched_by {
        None => "",
        Some(MatchedBy::InReplyTo) => "in-reply-to",
        Some(MatchedBy::References) => "references",
        Some(MatchedBy::Thread) => "thread",
        Some(MatchedBy::Subject) => "by subject",
        Some(MatchedBy::Sender) => "by sender",
        Some(MatchedBy::Manual) => "by you",
    };
    match (message.matched_by, message.certain) {
        (None, _) => kind.trim_end().to_owned(),
        (Some(_), true) => format!("{kind}{how} ✓"),
        (Some(_), false) => format!("{kind}{how}: a guess, = confirms"),
    }
}

/// How many lines of the whole text the new part leaves out.
fn hidden_lines(message: &MessageView) -> usize {
    let count = |text: &str| text.lines().filter(|line| !line.trim().is_empty()).count();
    count(&message.text).saturating_sub(count(&message.reply))
}

/// What the lower part of the conversation is about.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Shown {
    /// A suggestion.
    Suggestion(SuggestionId),
    /// The person's own reply.
    Own,
    /// Nothing to send.
    Nothing,
}

/// The conversation on the screen.
#[derive(Clone, Debug)]
pub struct OpenConversation {
    /// Which.
    pub id: ConversationId,
    /// What was loaded of it; none until the first answer.
    pub view: Option<ConversationView>,
    /// The question whose answer is awaited.
    pub request: Option<RequestId>,
    /// Something changed after that question was put.
    pub outdated: bool,
    /// A text was being saved after that question was put: its answer may hold an older one.
    pub overtaken: bool,
    /// What is said once an answer shows it: who reads it presses the next key at once.
    pub news: Option<&'static str>,
    /// Grows with every answer.
    pub generation: u64,
    /// Its mails.
    pub thread: ThreadPane,
    /// What the lower part shows.
    pub shown: Shown,
    /// A draft while it is being written.
    pub preview: Option<(SuggestionId, String)>,
    /// The first visible row of the lower part.
    pub card_top: usize,
    /// What the person wants the shown version compared with.
    comparing: Option<Against>,
    /// That comparison, where there is something to compare with.
    pub comparison: Option<Comparison>,
}

impl OpenConversation {
    /// One that is about to be loaded.
    #[must_use]
    pub fn new(id: ConversationId) -> Self {
        Self {
            id,
            view: None,
            request: None,
            outdated: false,
            overtaken: false,
            news: None,
            generation: 0,
            thread: ThreadPane::default(),
            shown: Shown::Nothing,
            preview: None,
            card_top: 0,
            comparing: None,
            comparison: None,
        }
    }

    /// Shows the difference to what the version came from, then to the next thing that it
    /// can be compared with, then the text again. False when there is nothing.
    pub fn compare_next(&mut self) -> bool {
        let (versions, at) = self.place_of_shown();
        let possible = at.map_or_else(Vec::new, |at| compare::possible(&versions, at));
        let now = self
            .comparison
            .as_ref()
            .map(|comparison| comparison.against);
        let next = match now.and_then(|now| possible.iter().position(|one| *one == now)) {
            Some(at) => possible.get(at + 1),
            None => possible.first(),
        };
        self.comparing = next.copied();
        self.card_top = 0;
        self.refresh_comparison();
        !possible.is_empty()
    }

    /// Shows the text again. False when it was shown.
    pub fn stop_comparing(&mut self) -> bool {
        self.comparing = None;
        self.comparison.take().is_some()
    }

    fn place_of_shown(&self) -> (Vec<&Suggestion>, Option<usize>) {
        let versions = self.versions();
        let at = match self.shown {
            Shown::Suggestion(id) => versions.iter().position(|s| s.id == id),
            Shown::Own | Shown::Nothing => None,
        };
        (versions, at)
    }

    fn refresh_comparison(&mut self) {
        let (versions, at) = self.place_of_shown();
        self.comparison = match (at, self.comparing) {
            (Some(at), Some(against)) => compare::compare(&versions, at, against),
            _ => None,
        };
    }

    /// All suggestions for the newest answered mail, oldest version first.
    #[must_use]
    pub fn versions(&self) -> Vec<&Suggestion> {
        let Some(view) = &self.view else {
            return Vec::new();
        };
        let Some(newest) = view.suggestions.last() else {
            return Vec::new();
        };
        view.suggestions
            .iter()
            .filter(|s| s.reply_to == newest.reply_to)
            .collect()
    }

    /// The suggestion that is shown.
    #[must_use]
    pub fn suggestion(&self) -> Option<&Suggestion> {
        let Shown::Suggestion(id) = self.shown else {
            return None;
        };
        self.view.as_ref()?.suggestions.iter().find(|s| s.id == id)
    }

    /// Puts the texts that are shown in the place of those of an answer that a saving has
    /// overtaken, with what the store said about them.
    pub fn keep_texts(&self, answer: &mut ConversationView) {
        let Some(shown) = &self.view else { return };
        for suggestion in &mut answer.suggestions {
            if let Some(ours) = shown.suggestions.iter().find(|s| s.id == suggestion.id) {
                suggestion.edited_body.clone_from(&ours.edited_body);
                suggestion.revision = ours.revision;
                suggestion.checks.clone_from(&ours.checks);
            }
        }
        answer.composition.clone_from(&shown.composition);
        answer
            .composition_checks
            .clone_from(&shown.composition_checks);
    }

    /// Takes an answer in. What is shown stays, unless a newer suggestion took its place.
    pub fn set_view(&mut self, view: ConversationView) {
        let newest = view.suggestions.last().map(|s| s.id);
        let seen_newest = self
            .view
            .as_ref()
            .and_then(|old| old.suggestions.last())
            .map(|s| s.id);
        let own = view.composition.is_some();
        let on_its_way = view.row.delivery.is_some();
        let still_there = match self.shown {
            // What has left is history.
            Shown::Suggestion(id) => view
                .suggestions
                .iter()
                .any(|s| s.id == id && (on_its_way || s.status != SuggestionStatus::Approved)),
            Shown::Own => own,
            Shown::Nothing => false,
        };
        let first = self.view.is_none();
        self.view = Some(view);
        self.generation += 1;
        let fresh = newest != seen_newest;
        if own && (first || self.shown == Shown::Own) {
            self.shown = Shown::Own;
        } else if fresh || !still_there {
            self.shown = match newest {
                Some(id) if self.is_current(id) => Shown::Suggestion(id),
                _ if own => Shown::Own,
                _ => Shown::Nothing,
            };
            self.card_top = 0;
        }
        if let Some((id, _)) = &self.preview {
            let id = *id;
            let writing = |s: &Suggestion| s.id == id && s.status == SuggestionStatus::Generating;
            if !self
                .view
                .as_ref()
                .is_some_and(|view| view.suggestions.iter().any(writing))
            {
                self.preview = None;
            }
        }
        self.refresh_comparison();
    }

    /// Whether the suggestion answers the newest mail of the lead; one that was sent and
    /// answered long ago is history.
    fn is_current(&self, id: SuggestionId) -> bool {
        let Some(view) = &self.view else {
            return false;
        };
        let newest = view
            .messages
            .iter()
            .rev()
            .find(|m| m.direction == Direction::Inbound && m.kind == MailKind::Person);
        let answered = view
            .messages
            .last()
            .is_some_and(|m| m.direction == Direction::Outbound);
        let wanted = view.row.status == ConversationStatus::NeedsReply;
        view.suggestions.iter().any(|s| {
            let on_its_way = view.row.delivery.is_some();
            let has_left = s.status == SuggestionStatus::Approved && !on_its_way;
            s.id == id
                && !has_left
                && newest.is_some_and(|m| m.id == s.reply_to)
                && (!answered || wanted || on_its_way || s.status == SuggestionStatus::Generating)
        })
    }

    /// Shows the version before or after the one shown. False at the ends.
    pub fn show_version(&mut self, forward: bool) -> bool {
        let ids: Vec<SuggestionId> = self.versions().iter().map(|s| s.id).collect();
        let at = match self.shown {
            Shown::Suggestion(id) => ids.iter().position(|other| *other == id),
            Shown::Own | Shown::Nothing => Some(ids.len()),
        };
        let next = at.and_then(|at| {
            if forward {
                at.checked_add(1)
            } else {
                at.checked_sub(1)
            }
        });
        match next.and_then(|next| ids.get(next)) {
            Some(id) => {
                self.shown = Shown::Suggestion(*id);
                self.card_top = 0;
                self.refresh_comparison();
                true
            }
            None if forward && self.has_composition() && self.shown != Shown::Own => {
                self.shown = Shown::Own;
                self.card_top = 0;
                self.refresh_comparison();
                true
            }
            None => false,
        }
    }

    fn has_composition(&self) -> bool {
        self.view
            .as_ref()
            .is_some_and(|view| view.composition.is_some())
    }
}
