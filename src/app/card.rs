//! The lower part of a conversation as lines: the text that would be sent, why, what the
//! checks found, and where it is on its way.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::compare::{self, Comparison, Span};
use super::conversation::{OpenConversation, Shown};
use super::model::Model;
use super::words::{leaves_at, seconds_left, size};
use super::wrap::wrap_text;
use crate::domain::delivery::{Delivery, DeliveryState};
use crate::domain::listing::ConversationView;
use crate::domain::{
    Check, ConversationStatus, Sentiment, Severity, Suggestion, SuggestionStatus, Urgency,
};

/// What sort of line it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CardLineKind {
    /// The text that would be sent.
    Body,
    /// Reasons and other remarks.
    Remark,
    /// A finding that warns.
    Warning,
    /// A finding that blocks, or a failure.
    Problem,
    /// Where the reply is.
    State,
    /// Nothing.
    Blank,
}

/// A wrapped line of the card.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CardLine {
    /// What sort.
    pub kind: CardLineKind,
    /// A short word before the text, on the first line only.
    pub label: &'static str,
    /// Its text.
    pub text: String,
    /// What of it was taken out or put in, where versions are compared.
    pub spans: Vec<Span>,
}

/// Cells before the text of a labelled line.
pub const LABEL: usize = 5;

/// The card with its title.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Card {
    /// For the upper edge.
    pub title: String,
    /// All lines, wrapped.
    pub lines: Vec<CardLine>,
    /// How many rows of text can be sent with one key; 0 when nothing can.
    pub sendable: bool,
}

/// The delivery that is still of interest in a conversation, the newest one first.
#[must_use]
pub fn current_delivery(open: &OpenConversation) -> Option<&Delivery> {
    let view = open.view.as_ref()?;
    let id = view.row.delivery.as_ref()?.id;
    view.outbox.iter().find(|delivery| delivery.id == id)
}

/// Builds the card for a width.
#[must_use]
pub fn card(open: &OpenConversation, width: usize, now: Timestamp, model: &Model) -> Card {
    let mut lines = Lines {
        width: width.max(8),
        lines: Vec::new(),
    };
    let delivery = current_delivery(open);
    if let Some(delivery) = delivery {
        lines.delivery(delivery, now, &model.zone);
    }
    let on_its_way = delivery.is_some_and(|d| d.state != DeliveryState::Refused);
    let (title, sendable) = match (open.shown, open.suggestion()) {
        (Shown::Suggestion(_), Some(suggestion)) => {
            let sendable = may_send(suggestion) && !on_its_way;
            let title = suggestion_title(suggestion, open);
            match &open.comparison {
                Some(comparison) => {
                    lines.comparison(comparison);
                    (title, false)
                }
                None => {
                    lines.suggestion(suggestion, open);
                    (title, sendable)
                }
            }
        }
        (Shown::Own, _) => {
            let text = open.view.as_ref().and_then(|view| view.composition.clone());
            let text = text.unwrap_or_default();
            lines.wrapped(CardLineKind::Body, "", &text);
            let found = open
                .view
                .as_ref()
                .map(|view| view.composition_checks.as_slice());
            let found = found.unwrap_or_default();
            if !found.is_empty() {
                lines.blank();
            }
            lines.findings(found);
            let blocked = found.iter().any(|check| check.severity == Severity::Block);
            (
                "Your reply, not sent yet".to_owned(),
                !text.trim().is_empty() && !on_its_way && !blocked,
            )
        }
        _ => {
            if let Some(delivery) = delivery {
                lines.wrapped(CardLineKind::Body, "", &delivery.body);
            } else {
                lines.wrapped(CardLineKind::Remark, "", nothing_to_send(open));
            }
            (
                if delivery.is_some() {
                    "Your reply".to_owned()
                } else {
                    "No suggestion".to_owned()
                },
                false,
            )
        }
    };
    if sendable && let Some(view) = &open.view {
        lines.goes_along(view, &model.around.signature);
    }
    Card {
        title,
        lines: lines.lines,
        sendable,
    }
}

fn may_send(suggestion: &Suggestion) -> bool {
    suggestion.status == SuggestionStatus::Pending
        && !suggestion.stale
        && !suggestion.is_blocked()
        && suggestion.to_confirm().is_none()
}

fn nothing_to_send(open: &OpenConversation) -> &'static str {
    let Some(view) = &open.view else {
        return "loading ...";
    };
    match view.row.status {
        ConversationStatus::NeedsReply => {
            "There is no draft. Ctrl-r asks for one, r writes your own reply."
        }
        ConversationStatus::Waiting => "You wrote last. r writes another mail.",
        ConversationStatus::Snoozed => "Snoozed. r writes a mail, s changes the time.",
        ConversationStatus::Archived => "Archived. a fetches it back.",
    }
}

/// `Suggestion 2 of 2 · 86% · positive · pricing · medium`.
fn suggestion_title(suggestion: &Suggestion, open: &OpenConversation) -> String {
    let versions = open.versions();
    let mut parts = Vec::new();
    if versions.len() > 1 {
        parts.push(format!(
            "Suggestion {} of {}",
            suggestion.version,
            versions.len()
        ));
    } else {
        parts.push("Suggestion".to_owned());
    }
    match suggestion.status {
        SuggestionStatus::Generating => parts.push("drafting".to_owned()),
        SuggestionStatus::Failed => parts.push("failed".to_owned()),
        _ if suggestion.is_template() => parts.push("template, confidence none".to_owned()),
        _ => match suggestion.score.value.percent() {
            Some(percent) => parts.push(format!("{percent}%")),
            None => parts.push("confidence unknown".to_owned()),
        },
    }
    // The findings stand under the text, which may be long.
    let warned = suggestion.checks.len();
    if warned > 0 && suggestion.status == SuggestionStatus::Pending {
        let findings = if warned == 1 { "finding" } else { "findings" };
        parts.push(format!("{warned} {findings}"));
    }
    if suggestion.sentiment != Sentiment::Unknown {
        parts.push(suggestion.sentiment.to_string());
    }
    if !suggestion.intent.is_empty() {
        parts.push(suggestion.intent.replace('_', " "));
    }
    if suggestion.urgency != Urgency::Unknown {
        parts.push(format!("{} urgency", suggestion.urgency));
    }
    if suggestion.edited_body.is_some() {
        parts.push("edited".to_owned());
    }
    parts.join(" · ")
}

/// What the score rests on, and the model's own guess as what it is.
fn sure(suggestion: &Suggestion) -> Option<String> {
    let ours = suggestion.score.words();
    let guess = suggestion.confidence.percent();
    let guess = guess.map(|percent| format!("the model's guess is {percent}%"));
    let parts: Vec<String> = ours.into_iter().chain(guess).collect();
    (!parts.is_empty() && !suggestion.is_template()).then(|| parts.join("; "))
}

struct Lines {
    width: usize,
    lines: Vec<CardLine>,
}

impl Lines {
    fn wrapped(&mut self, kind: CardLineKind, label: &'static str, text: &str) {
        let room = if label.is_empty() {
            self.width
        } else {
            self.width.saturating_sub(LABEL)
        };
        let mut label = label;
        for text in wrap_text(text, room.max(1)) {
            self.lines.push(CardLine {
                kind,
                label,
                text,
                spans: Vec::new(),
            });
            // The rows after the first are indented by a label of blanks.
            label = if label.is_empty() { "" } else { " " };
        }
    }

    /// What leaves with the text, and where it goes if that is not the lead's address.
    fn goes_along(&mut self, view: &ConversationView, signature: &str) {
        for stranger in &view.unconfirmed {
            let text = format!(
                "Reply-To asks for answers to {}, who is not of this conversation; y asks you to type the address.",
                stranger.address
            );
            self.wrapped(CardLineKind::Problem, "!", &text);
        }
        let lead = view.row.lead.email.to_lowercase();
        if view.unconfirmed.is_empty() && view.answer_to.iter().any(|to| to.key() != lead) {
            let to: Vec<&str> = view
                .answer_to
                .iter()
                .map(|to| to.address.as_str())
                .collect();
            self.wrapped(CardLineKind::Remark, "to", &to.join(", "));
        }
        for file in &view.files {
            let name = file.name();
            let text = format!("{name} ({}); :detach leaves it here", size(file.bytes));
            self.wrapped(CardLineKind::State, "with", &text);
        }
        if !signature.is_empty() {
            self.wrapped(CardLineKind::Remark, "sig", signature);
        }
    }

    fn blank(&mut self) {
        self.lines.push(CardLine {
            kind: CardLineKind::Blank,
            label: "",
            text: String::new(),
            spans: Vec::new(),
        });
    }

    fn comparison(&mut self, comparison: &Comparison) {
        self.wrapped(
            CardLineKind::State,
            "",
            &format!("{}. D goes on, y goes back to the text.", comparison.title),
        );
        if let Some(why) = &comparison.why {
            self.wrapped(CardLineKind::Remark, "", why);
        }
        self.blank();
        for (text, spans) in compare::lines(&comparison.pieces, self.width) {
            self.lines.push(CardLine {
                kind: CardLineKind::Body,
                label: "",
                text,
                spans,
            });
        }
    }

    fn suggestion(&mut self, suggestion: &Suggestion, open: &OpenConversation) {
        use CardLineKind::{Body, Problem, Remark, State, Warning};
        match suggestion.status {
            SuggestionStatus::Generating => {
                match &open.preview {
                    Some((id, text)) if *id == suggestion.id && !text.is_empty() => {
                        self.wrapped(Body, "", text);
                    }
                    _ => self.wrapped(
                        Remark,
                        "",
                        "The draft is being written ... Ctrl-g stops it.",
                    ),
                }
                return;
            }
            SuggestionStatus::Failed => {
                let why = suggestion
                    .problem
                    .as_deref()
                    .unwrap_or("no reason was given");
                self.wrapped(Problem, "!", &format!("No draft could be made: {why}"));
                self.wrapped(Remark, "", "Ctrl-r tries again, r writes your own reply.");
                return;
            }
            SuggestionStatus::Rejected => {
                let why = suggestion.feedback.as_deref();
                let why = why.map_or_else(String::new, |why| format!(" ({why})"));
                self.wrapped(
                    State,
                    "",
                    &format!("Rejected{why}. u takes that back, Ctrl-r asks for another version."),
                );
            }
            SuggestionStatus::Superseded => {
                self.wrapped(
                    State,
                    "",
                    "An earlier version. y makes it the current one; e edits it.",
                );
            }
            SuggestionStatus::Pending | SuggestionStatus::Approved => {}
        }
        if suggestion.stale && suggestion.status == SuggestionStatus::Pending {
            self.wrapped(Problem, "!", "A newer mail is in this conversation, so this draft cannot be sent. Ctrl-r drafts anew.");
        }
        if suggestion.is_template() {
            self.wrapped(
                Warning,
                "!",
                "A template, not written by a model: fill in what is in brackets.",
            );
        }
        if let Some(problem) = &suggestion.problem {
            self.wrapped(Warning, "!", problem);
        }
        if let Some(check) = suggestion.to_confirm() {
            self.wrapped(Problem, "!", &format!("CAREFUL: {}.", check.message));
        }
        self.wrapped(Body, "", suggestion.final_body());
        let body_ends = self.lines.len();
        let of = |severity: Severity| move |check: &&Check| check.severity == severity;
        let checks = &suggestion.checks;
        self.findings(checks.iter().filter(of(Severity::Block)));
        if !suggestion.reasoning.is_empty() {
            self.wrapped(Remark, "why", &suggestion.reasoning);
        }
        self.findings(checks.iter().filter(of(Severity::Warn)));
        if !suggestion.missing_facts.is_empty() {
            self.wrapped(
                Warning,
                "?",
                &format!("missing: {}", suggestion.missing_facts.join("; ")),
            );
        }
        if let Some(sure) = sure(suggestion) {
            self.wrapped(Remark, "sure", &sure);
        }
        if !suggestion.sources.is_empty() {
            self.wrapped(Remark, "from", &suggestion.sources.to_string());
        }
        if let Some(hint) = &suggestion.hint {
            self.wrapped(Remark, "hint", hint);
        }
        if self.lines.len() > body_ends {
            let rest = self.lines.split_off(body_ends);
            self.blank();
            self.lines.extend(rest);
        }
    }

    fn findings<'c>(&mut self, checks: impl IntoIterator<Item = &'c Check>) {
        for check in checks {
            let kind = match check.severity {
                Severity::Block => CardLineKind::Problem,
                Severity::Warn => CardLineKind::Warning,
                // Above the text already.
                Severity::Confirm => continue,
            };
            self.wrapped(kind, "!", &check.message);
        }
    }

    fn delivery(&mut self, delivery: &Delivery, now: Timestamp, zone: &TimeZone) {
        use CardLineKind::{Problem, State};
        let why = delivery.error.as_deref();
        match delivery.state {
            DeliveryState::Queued => {
                let left = seconds_left(delivery.not_before, now);
                let text = if left > 120 {
                    let time = leaves_at(delivery.not_before, zone);
                    format!("Leaves {time}. u takes it back, S changes the time.")
                } else if left > 0 {
                    format!("Leaves in {left} s. u takes it back.")
                } else {
                    "About to leave. u takes it back.".to_owned()
                };
                self.wrapped(State, "", &text);
            }
            DeliveryState::Held => self.wrapped(
                Problem,
                "!",
                "The lead wrote again before this reply left, so it was stopped. ! decides.",
            ),
            DeliveryState::Staging | DeliveryState::Staged | DeliveryState::Sending => {
                self.wrapped(State, "", "Sending ...");
            }
            DeliveryState::Unknown => self.wrapped(
                State,
                "",
                "Gmail's answer was lost. Finding out whether the reply left; it is not sent twice.",
            ),
            DeliveryState::Ask => self.wrapped(
                Problem,
                "!",
                "Whether this reply left could not be found out. ! shows what is known and decides.",
            ),
            DeliveryState::Refused => {
                self.wrapped(Problem, "!", "Gmail refused this reply; the text can be edited and sent again.");
            }
            DeliveryState::Sent | DeliveryState::Cancelled => {}
        }
        if let Some(why) = why {
            self.wrapped(Problem, "!", why);
        }
        for file in &delivery.files {
            self.wrapped(
                State,
                "",
                &format!("with {} ({})", file.name, size(file.bytes)),
            );
        }
        self.blank();
    }
}
