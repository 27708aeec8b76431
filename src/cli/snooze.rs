//! `rejoinder snooze`

use std::process::ExitCode;

use anyhow::Result;
use serde_json::json;

use super::{DONE, output};
use crate::domain::ConversationId;
use crate::service::{Services, triage};

/// What to put off.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The conversation's number.
    conversation: ConversationId,
    /// Until when: "tue 9:00", tomorrow, "2 days", 2026-12-01.
    #[arg(value_name = "WHEN", num_args = 1.., required = true)]
    until: Vec<String>,
    /// As JSON.
    #[arg(long)]
    json: bool,
}

/// Puts a conversation off.
///
/// # Errors
/// Words that mean no time; no such conversation.
pub async fn run(services: &Services, args: Args) -> Result<ExitCode> {
    let id = args.conversation;
    let until = triage::snooze(services, id, &args.until.join(" ")).await?;
    if args.json {
        output::print_json(&json!({ "id": id, "status": "snoozed", "snoozed_until": until }))?;
    } else {
        let local = until.to_zoned(services.zone().clone());
        output::print_text(&format!(
            "conversation {id} comes back on {}",
            local.strftime("%a %Y-%m-%d %H:%M")
        ))?;
    }
    Ok(DONE)
}
