//! `rejoinder regenerate`

use std::process::ExitCode;

use anyhow::Result;

use super::{DONE, output};
use crate::domain::{ConversationId, SuggestionId, SuggestionStatus};
use crate::service::{Services, review, worker};

/// What to draft anew.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The conversation's number.
    conversation: ConversationId,
    /// What should be different.
    #[arg(long, value_name = "TEXT")]
    hint: Option<String>,
    /// The suggestion that it is to be better than; the newest one if none is named.
    #[arg(long, value_name = "SUGGESTION")]
    instead_of: Option<SuggestionId>,
    /// Wait until it is written; writes it by itself when no other rejoinder is running.
    #[arg(long)]
    wait: bool,
    /// As JSON.
    #[arg(long)]
    json: bool,
}

/// Asks for another suggestion.
///
/// # Errors
/// When there is nothing to answer.
pub async fn run(services: &Services, args: Args) -> Result<ExitCode> {
    let id = review::regenerate(
        services,
        args.conversation,
        args.hint.as_deref(),
        args.instead_of,
    )
    .await?;
    let suggestion = if args.wait {
        worker::draft(services, id).await?
    } else {
        review::get(services, id).await?
    };
    let failed = suggestion.status == SuggestionStatus::Failed;
    if args.json {
        output::print_json(&suggestion)?;
    } else if args.wait {
        output::print_text(&format!(
            "suggestion {}:\n{}",
            suggestion.id,
            suggestion.final_body()
        ))?;
    } else {
        output::print_text(&format!("suggestion {} is being written", suggestion.id))?;
        if !worker::is_running(services) {
            output::say("nothing is running that writes it: use --wait, or start rejoinder");
        }
    }
    Ok(if failed { ExitCode::from(1) } else { DONE })
}
