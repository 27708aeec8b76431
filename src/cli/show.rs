//! `rejoinder show`

use std::fmt;
use std::process::ExitCode;

use anyhow::Result;
use serde::Serialize;

use super::{DONE, list, output};
use crate::domain::listing::{ConversationView, MessageView};
use crate::domain::{ConversationId, Direction, Suggestion};
use crate::service::{Services, inbox};

/// What to show.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The conversation's number.
    id: ConversationId,
    /// As JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Conversation(ConversationView);

impl fmt::Display for Conversation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", list::line(&self.0.row))?;
        for message in &self.0.messages {
            write_message(f, message)?;
        }
        for suggestion in &self.0.suggestions {
            write_suggestion(f, suggestion)?;
        }
        for delivery in &self.0.outbox {
            write!(
                f,
                "\noutbox {}: {} to {}",
                delivery.id, delivery.state, delivery.to
            )?;
            match &delivery.error {
                Some(error) => writeln!(f, " ({error})")?,
                None => writeln!(f)?,
            }
        }
        Ok(())
    }
}

fn write_message(f: &mut fmt::Formatter<'_>, message: &MessageView) -> fmt::Result {
    let who = match message.direction {
        Direction::Inbound => message.from.to_string(),
        Direction::Outbound => "you".to_owned(),
    };
    write!(f, "\n{who} · {}", message.sent_at)?;
    if let Some(by) = message.matched_by {
        write!(
            f,
            " · {by}{}",
            if message.certain { "" } else { " (a guess)" }
        )?;
    }
    writeln!(f)?;
    for warning in &message.warnings {
        writeln!(f, "  ! {warning}")?;
    }
    write_indented(f, &message.reply)?;
    for file in &message.attachments {
        writeln!(
            f,
            "  attached: {} ({}, {} bytes)",
            file.name, file.content_type, file.bytes
        )?;
    }
    Ok(())
}

fn write_suggestion(f: &mut fmt::Formatter<'_>, suggestion: &Suggestion) -> fmt::Result {
    let confidence = match suggestion.score.value.percent() {
        Some(percent) => format!("{percent}%"),
        None => "confidence none".to_owned(),
    };
    writeln!(
        f,
        "\nsuggestion {} (version {}): {}{} · {confidence} · {} · {} · {} urgency · {} {}",
        suggestion.id,
        suggestion.version,
        suggestion.status,
        if suggestion.stale { ", stale" } else { "" },
        suggestion.sentiment,
        suggestion.intent,
        suggestion.urgency,
        suggestion.provider,
        suggestion.model,
    )?;
    write_indented(f, suggestion.final_body())?;
    if !suggestion.reasoning.is_empty() {
        writeln!(f, "  why: {}", suggestion.reasoning)?;
    }
    if let Some(words) = suggestion.score.words() {
        write!(f, "  sure: {words}")?;
        match suggestion.confidence.percent() {
            Some(percent) => writeln!(f, "; the model's guess is {percent}%")?,
            None => writeln!(f)?,
        }
    }
    if !suggestion.sources.is_empty() {
        writeln!(f, "  from: {}", suggestion.sources)?;
    }
    if let Some(hint) = &suggestion.hint {
        writeln!(f, "  hint: {hint}")?;
    }
    if let Some(feedback) = &suggestion.feedback {
        writeln!(f, "  turned down: {feedback}")?;
    }
    for check in &suggestion.checks {
        writeln!(f, "  {}: {}", check.severity, check.message)?;
    }
    if let Some(problem) = &suggestion.problem {
        writeln!(f, "  ! {problem}")?;
    }
    Ok(())
}

fn write_indented(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    text.trim_end()
        .lines()
        .try_for_each(|line| writeln!(f, "  {line}"))
}

/// Shows a conversation.
///
/// # Errors
/// When there is none with this number.
pub async fn run(services: &Services, args: Args) -> Result<ExitCode> {
    let view = inbox::show(services, args.id).await?;
    output::print(args.json, &Conversation(view))?;
    Ok(DONE)
}
