//! `rejoinder edit`

use std::io::{self, IsTerminal as _};
use std::process::ExitCode;

use anyhow::Result;

use super::text::Body;
use super::{DONE, output};
use crate::domain::SuggestionId;
use crate::service::{Services, review};
use crate::terminal;

/// What to edit.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The suggestion's number.
    suggestion: SuggestionId,
    #[command(flatten)]
    body: Body,
    /// As JSON.
    #[arg(long)]
    json: bool,
}

/// Changes a suggestion's text; in `$EDITOR` when a person gives none.
///
/// # Errors
/// When it is not pending.
pub async fn run(services: &Services, args: Args) -> Result<ExitCode> {
    let current = review::get(services, args.suggestion).await?;
    let body = match args.body.named()? {
        Some(body) => body,
        None if io::stdin().is_terminal() => {
            terminal::edit_externally(current.final_body()).await?
        }
        None => args.body.required()?,
    };
    let suggestion = review::edit(services, args.suggestion, &body).await?;
    if args.json {
        output::print_json(&suggestion)?;
    } else {
        output::print_text(&format!("suggestion {} is changed", suggestion.id))?;
        for check in &suggestion.checks {
            output::say(&format!("{}: {}", check.severity, check.message));
        }
    }
    Ok(DONE)
}
