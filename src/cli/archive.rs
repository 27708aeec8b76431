//! `rejoinder archive`

use std::process::ExitCode;

use anyhow::Result;
use serde_json::json;

use super::{DONE, output};
use crate::domain::ConversationId;
use crate::service::{Services, triage};

/// What to put away.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The conversation's number.
    conversation: ConversationId,
    /// Fetch it back instead.
    #[arg(long)]
    undo: bool,
    /// As JSON.
    #[arg(long)]
    json: bool,
}

/// Puts a conversation away, or fetches it back.
///
/// # Errors
/// When there is none with this number.
pub async fn run(services: &Services, args: Args) -> Result<ExitCode> {
    let id = args.conversation;
    let status = triage::archive(services, id, !args.undo).await?;
    if args.json {
        output::print_json(&json!({ "id": id, "status": status }))?;
    } else {
        output::print_text(&format!("conversation {id} is {status}"))?;
    }
    Ok(DONE)
}
