//! `rejoinder reject`

use std::process::ExitCode;

use anyhow::Result;

use super::{DONE, output};
use crate::domain::SuggestionId;
use crate::service::{Services, review};

/// What to reject.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The suggestion's number.
    suggestion: SuggestionId,
    /// Why; the next version is told.
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// As JSON.
    #[arg(long)]
    json: bool,
}

/// Rejects a suggestion.
///
/// # Errors
/// When it is not pending.
pub async fn run(services: &Services, args: Args) -> Result<ExitCode> {
    let suggestion = review::reject(services, args.suggestion, args.reason.as_deref()).await?;
    if args.json {
        output::print_json(&suggestion)?;
    } else {
        output::print_text(&format!("suggestion {} is rejected", suggestion.id))?;
    }
    Ok(DONE)
}
