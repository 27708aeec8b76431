//! `rejoinder watch`: the worker without a screen. Prints what happens, one JSON document
//! a line.

use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, Result};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::broadcast::error::RecvError;
use tokio_util::sync::CancellationToken;

use super::{DONE, output};
use crate::domain::Notice;
use crate::service::Services;
use crate::service::feed::{Feed, Occurrence};
use crate::service::worker::{self, Role};

/// What happens within so long is read at once.
const GATHER: Duration = Duration::from_millis(20);

/// How to print.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// As JSON, which is the only form there is.
    #[arg(long)]
    json: bool,
}

/// Polls, drafts and sends until it is told to stop (SIGTERM, SIGINT), or until nobody
/// reads what it prints. While another process does the work it prints what that one
/// does, and takes over when it ends.
///
/// # Errors
/// When the store cannot be read, or stdout fails.
pub async fn run(services: &Services, args: Args) -> Result<ExitCode> {
    let Args { json: _ } = args;
    let mut terminate = signal(SignalKind::terminate()).context("cannot listen for SIGTERM")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("cannot listen for SIGINT")?;
    let mut hangup = signal(SignalKind::hangup()).context("cannot listen for SIGHUP")?;
    let mut notices = services.subscribe();
    let mut role = services.role();
    let (mut feed, started) = Feed::begin(services).await?;
    let cancel = CancellationToken::new();
    output::print_json(&started)?;
    let working = tokio::spawn(worker::run(services.clone(), cancel.clone()));
    let result = loop {
        tokio::select! {
            biased;
            _ = terminate.recv() => break Ok(()),
            _ = interrupt.recv() => break Ok(()),
            _ = hangup.recv() => break Ok(()),
            changed = role.changed() => if changed.is_ok() {
                say(services, *role.borrow_and_update());
            },
            notice = notices.recv() => match notice {
                Ok(Notice::SuggestionStreamed { .. } | Notice::SuggestionStarted { .. }) => continue,
                Ok(_) | Err(RecvError::Lagged(_)) => {
                    tokio::time::sleep(GATHER).await;
                    notices = notices.resubscribe();
                }
                Err(RecvError::Closed) => break Ok(()),
            },
        }
        if let Err(error) = print(services, &mut feed).await {
            break Err(error);
        }
    };
    // A reply that is leaving hears its answer if it can; the next run looks up the rest.
    cancel.cancel();
    if working.await.is_err() {
        tracing::error!("the workers ended badly");
    }
    result?;
    print(services, &mut feed).await?;
    let at = services.now();
    output::print_json(&Occurrence::Stopped { at })?;
    Ok(DONE)
}

async fn print(services: &Services, feed: &mut Feed) -> Result<()> {
    for occurrence in feed.next(services).await? {
        output::print_json(&occurrence)?;
    }
    Ok(())
}

fn say(services: &Services, role: Role) {
    match role {
        Role::Begins => {}
        Role::Holds => output::say("watching: this process polls, drafts and sends"),
        Role::Follows => {
            let who = worker::holder(services)
                .map_or_else(String::new, |pid| format!(" (process {pid})"));
            output::say(&format!(
                "watching: another rejoinder{who} polls, drafts and sends; this one prints what it does and takes over when it ends"
            ));
        }
    }
}
