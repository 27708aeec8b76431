//! Rows of what was learned: rules first, then replies.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::PageLine;
use crate::app::model::Grade;
use crate::app::words::{age, when};
use crate::domain::memory::{Example, Memory, RuleState, StyleRule};

/// What a row is about.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Row<'m> {
    /// A rule of style.
    Rule(&'m StyleRule),
    /// A reply that was learned from.
    Example(&'m Example),
}

impl Row<'_> {
    /// What names it, whatever else changes.
    #[must_use]
    pub const fn key(&self) -> (bool, i64) {
        match self {
            Self::Rule(rule) => (true, rule.id.0),
            Self::Example(example) => (false, example.id.0),
        }
    }
}

/// A row by its place.
#[must_use]
pub fn row(memory: &Memory, index: usize) -> Option<Row<'_>> {
    match memory.rules.get(index) {
        Some(rule) => Some(Row::Rule(rule)),
        None => {
            let index = index.checked_sub(memory.rules.len())?;
            memory.examples.get(index).map(Row::Example)
        }
    }
}

/// How many rows there are.
#[must_use]
pub fn len(memory: &Memory) -> usize {
    memory.rules.len() + memory.examples.len()
}

/// A row as it is drawn.
#[must_use]
pub fn line(row: Row<'_>, now: Timestamp) -> PageLine {
    match row {
        Row::Rule(rule) => PageLine {
            who: "rule".to_owned(),
            what: rule.text.clone(),
            state: Some(match rule.state {
                RuleState::Proposed => (Grade::Warning, "proposed: a".to_owned()),
                RuleState::Accepted | RuleState::Deleted => (Grade::Info, "accepted".to_owned()),
            }),
            age: age(rule.created_at, now),
        },
        Row::Example(example) => PageLine {
            who: example.lead.clone(),
            what: example
                .reply
                .split_whitespace()
                .collect::<Vec<_>>()
                .join(" "),
            state: Some((Grade::Info, how(example))),
            age: age(example.created_at, now),
        },
    }
}

fn how(example: &Example) -> String {
    match (&example.draft, example.changed) {
        (None, _) => "your own".to_owned(),
        (Some(_), 0) => "as drafted".to_owned(),
        (Some(_), changed) => format!("{changed}% edited"),
    }
}

/// What there is to know of a row beyond its line.
#[must_use]
pub fn detail(row: Row<'_>, now: Timestamp, zone: &TimeZone) -> Vec<String> {
    match row {
        Row::Rule(rule) => {
            let from = match rule.evidence {
                0 => "Written by you.".to_owned(),
                times => format!("Derived from what you did {times} times."),
            };
            let state = match rule.state {
                RuleState::Proposed => "It does nothing until you accept it.",
                RuleState::Accepted | RuleState::Deleted => "It goes into every prompt.",
            };
            vec![rule.text.clone(), format!("{from} {state}")]
        }
        Row::Example(example) => {
            let mut lines = vec![format!(
                "To {} · {} · {} · {}",
                example.lead,
                when(example.created_at, now, zone),
                example.intent.replace('_', " "),
                how(example),
            )];
            let text = example.reply.lines().filter(|line| !line.trim().is_empty());
            lines.extend(text.map(str::to_owned));
            lines
        }
    }
}
