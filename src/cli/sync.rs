//! `rejoinder sync`

use std::fmt;
use std::process::ExitCode;

use anyhow::Result;
use serde::Serialize;

use super::{DONE, output};
use crate::domain::sync::{SyncProgress, SyncReport};
use crate::service::{Services, poller, worker};

/// What to do and how to report.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Look until nothing more waits: one look fetches gmail.max_emails_per_poll mails at most.
    #[arg(long)]
    all: bool,
    /// Stop the first sync: what is left of it waits, and new mail is followed.
    #[arg(long, conflicts_with_all = ["all", "resume"])]
    stop: bool,
    /// Go on with a first sync that was stopped.
    #[arg(long)]
    resume: bool,
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
            units,
            ..
        } = &self.0;
        write!(
            f,
            "{fetched} fetched, {} matched (in-reply-to {}, references {}, thread {}, subject {}, sender {}), {unmatched} unmatched, {drafts} drafted, {units} quota units",
            matched.total(),
            matched.in_reply_to,
            matched.references,
            matched.thread,
            matched.subject,
            matched.sender
        )?;
        match self.0.progress {
            Some(progress) if progress.stopped => write!(
                f,
                "\nthe first sync was stopped at {} of {}; go on with: rejoinder sync --resume",
                progress.done, progress.total
            ),
            Some(progress) => write!(
                f,
                "\nthe first sync has come to {} of {}; go on with: rejoinder sync --all",
                progress.done, progress.total
            ),
            None if self.0.more => write!(f, "\nmore is waiting; go on with: rejoinder sync --all"),
            None => Ok(()),
        }
    }
}

#[derive(Serialize)]
struct Stopped {
    stopped: bool,
}

impl fmt::Display for Stopped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.stopped {
            "stopped; new mail is followed, the rest waits for: rejoinder sync --resume"
        } else {
            "no first sync is under way"
        })
    }
}

/// Looks at the mailbox once, or until nothing more waits, and drafts for what came.
///
/// # Errors
/// What made it fail, in words.
pub async fn run(services: &Services, args: Args) -> Result<ExitCode> {
    if args.stop {
        let stopped = poller::stop(services).await?;
        output::print(args.json, &Stopped { stopped })?;
        return Ok(DONE);
    }
    if args.resume {
        poller::resume(services).await?;
    }
    let mut report = worker::sync(services).await?;
    while args.all && report.more {
        if let Some(SyncProgress { done, total, .. }) = report.progress {
            output::say(&format!("first sync: {done} of {total}"));
        }
        report.then(worker::sync(services).await?);
    }
    output::print(args.json, &Report(report))?;
    Ok(DONE)
}
