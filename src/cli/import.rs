//! `rejoinder import`

use std::fmt;
use std::io::IsTerminal as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::Result;
use serde::Serialize;

use super::{DONE, output};
use crate::service::Services;
use crate::service::import::{self, Progress, RECENT_DAYS, Request, Summary};

/// What to bring in.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Maildir folders, mbox files (Google Takeout, too), single mails.
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Every correspondent becomes a lead; without it, only mail with leads is taken.
    #[arg(long)]
    all: bool,
    /// An address of yours; may be given several times. The account's own are known.
    #[arg(long, value_name = "ADDRESS")]
    me: Vec<String>,
    /// Write what became of each mail, one JSON line each.
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    /// The summary as JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Done(Summary);

impl fmt::Display for Done {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Summary {
            mails,
            imported,
            known,
            skipped,
            broken,
            conversations,
            leads,
            united,
            matched,
            seconds,
            ..
        } = &self.0;
        writeln!(
            f,
            "mails imported: {imported} of {mails} ({known} here already, {skipped} skipped, {broken} broken) in {seconds:.1} s"
        )?;
        write!(
            f,
            "{conversations} new conversations, {leads} new leads; matched by in-reply-to {}, references {}, thread {}, subject {}, sender (a guess) {}; {united} united",
            matched.in_reply_to,
            matched.references,
            matched.thread,
            matched.subject,
            matched.sender
        )?;
        if *conversations > 0 {
            write!(
                f,
                "\nconversations of the last {RECENT_DAYS} days wait in the inbox; older ones are archived: list --status archived shows them, and \\ on the screen"
            )?;
        }
        Ok(())
    }
}

/// Brings archives in as history.
///
/// # Errors
/// A path that is not there; a report that cannot be written; failures of the store.
pub async fn run(services: &Services, args: Args) -> Result<ExitCode> {
    let request = Request {
        paths: args.paths,
        everybody: args.all,
        me: args.me,
        report: args.report,
    };
    let mut meter = Meter::default();
    let summary = import::run(
        services,
        request,
        move |progress| meter.show(progress),
        output::complain,
    )
    .await?;
    if !summary.knows_us {
        output::complain(
            "nobody said which side is yours, so every mail counts as theirs; name your addresses with --me",
        );
    }
    let nothing = summary.imported + summary.known == 0;
    output::print(args.json, &Done(summary))?;
    Ok(if nothing {
        super::nothing_matched()
    } else {
        DONE
    })
}

/// Progress on stderr: in place on a terminal, else a line now and then.
#[derive(Default)]
struct Meter {
    shown: Option<Instant>,
}

impl Meter {
    fn show(&mut self, progress: Progress) {
        let is_terminal = std::io::stderr().is_terminal();
        let pause = Duration::from_millis(if is_terminal { 200 } else { 5_000 });
        let (text, last) = match progress {
            Progress::Found(mails) => (format!("mails found: {mails}"), false),
            Progress::Done { mails, of } => {
                let percent = mails.saturating_mul(100) / of.max(1);
                (
                    format!("mails read: {mails} of {of} ({percent} %)"),
                    mails == of,
                )
            }
        };
        if !last && self.shown.is_some_and(|at| at.elapsed() < pause) {
            return;
        }
        self.shown = Some(Instant::now());
        output::meter(&text, is_terminal, last);
    }
}
