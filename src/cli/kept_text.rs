//! `rejoinder facts` and `rejoinder style`

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use serde_json::json;

use super::{DONE, output, text};
use crate::domain::text::KeptText;
use crate::service::{Services, texts};

/// Shows the text, or replaces it.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Replace the text by this one.
    #[arg(long, value_name = "TEXT", conflicts_with = "set_file")]
    set: Option<String>,
    /// Replace the text by that of a file; - for stdin.
    #[arg(long, value_name = "FILE")]
    set_file: Option<PathBuf>,
    /// As JSON.
    #[arg(long)]
    json: bool,
}

/// Shows or replaces a text that drafts rest on.
///
/// # Errors
/// A file that cannot be read; failures of the store.
pub async fn run(services: &Services, which: KeptText, args: Args) -> Result<ExitCode> {
    let new = match (args.set, args.set_file) {
        (Some(text), _) => Some(text),
        (None, Some(path)) => Some(text::read_file(&path)?),
        (None, None) => None,
    };
    if let Some(new) = new {
        texts::set(services, which, &new).await?;
    }
    let text = texts::get(services, which).await?;
    if args.json {
        output::print_json(&json!({ "name": which.to_string(), "text": text }))?;
    } else {
        output::print_text(&text)?;
    }
    Ok(DONE)
}
