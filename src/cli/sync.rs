//! `rejoinder sync`

use std::fmt;
use std::process::ExitCode;

use anyhow::Result;
use serde::Serialize;

use super::{DONE, output};
use crate::domain::sync::SyncReport;
use crate::service::{Services, worker};

/// How to report.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// As JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Report(SyncReport);

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let SyncReport {
            fetched,
            matched,
            unmatched,
            drafts,
            ..
        } = &self.0;
        write!(
            f,
            "{fetched} fetched, {} matched (in-reply-to {}, references {}, thread {}, subject {}, sender {}), {unmatched} unmatched, {drafts} drafted",
            matched.total(),
            matched.in_reply_to,
            matched.references,
            matched.thread,
            matched.subject,
            matched.sender
        )
    }
}

/// Looks at the mailbox once, and drafts for what came.
///
/// # Errors
/// What made it fail, in words.
pub async fn run(services: &Services, args: Args) -> Result<ExitCode> {
    let report = worker::sync(services).await?;
    output::print(args.json, &Report(report))?;
    Ok(DONE)
}
