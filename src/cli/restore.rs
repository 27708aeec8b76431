//! `rejoinder restore`

use std::process::ExitCode;

use anyhow::Result;

use super::{DONE, output};
use crate::domain::SuggestionId;
use crate::service::{Services, review};

/// What to restore.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The suggestion's number: an earlier version, or a rejected one.
    suggestion: SuggestionId,
    /// As JSON.
    #[arg(long)]
    json: bool,
}

/// Makes an earlier or rejected version the current one again.
///
/// # Errors
/// When a newer mail is in its conversation, or when it was sent.
pub async fn run(services: &Services, args: Args) -> Result<ExitCode> {
    let suggestion = review::restore(services, args.suggestion).await?;
    if args.json {
        output::print_json(&suggestion)?;
    } else {
        output::print_text(&format!(
            "suggestion {} (version {}) is the current one",
            suggestion.id, suggestion.version
        ))?;
    }
    Ok(DONE)
}
