//! `rejoinder approve`, and what all verbs that send have in common.

use std::fmt;
use std::process::ExitCode;

use anyhow::Result;
use serde::Serialize;

use super::text::Body;
use super::{DONE, output};
use crate::domain::delivery::{Delivery, DeliveryState};
use crate::domain::{Check, Severity, SuggestionId};
use crate::service::compose::Dispatch;
use crate::service::review::{self, Seen};
use crate::service::{Services, checks, worker};

/// What to approve.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The suggestion's number.
    suggestion: SuggestionId,
    #[command(flatten)]
    body: Body,
    /// Send a draft although the lead's mail speaks to a model.
    #[arg(long)]
    confirm: bool,
    #[command(flatten)]
    sending: Sending,
}

/// How a verb sends.
#[derive(Clone, Copy, Debug, clap::Args)]
pub struct Sending {
    /// Without the time in which it can be taken back.
    #[arg(long)]
    now: bool,
    /// Wait until it has left; delivers by itself when no other rejoinder is running.
    #[arg(long)]
    wait: bool,
    /// Archive the conversation once it has left.
    #[arg(long)]
    archive: bool,
    /// As JSON.
    #[arg(long)]
    json: bool,
}

/// A reply on its way.
#[derive(Serialize)]
struct Sent(Delivery);

impl fmt::Display for Sent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Delivery {
            id,
            state,
            to,
            not_before,
            error,
            ..
        } = &self.0;
        match state {
            DeliveryState::Sent => write!(f, "sent to {to}"),
            DeliveryState::Queued => write!(f, "queued as {id}: leaves for {to} at {not_before}"),
            state => write!(f, "{state} as {id}: to {to}"),
        }?;
        match error {
            Some(error) => write!(f, " ({error})"),
            None => Ok(()),
        }
    }
}

impl Sending {
    /// As the use cases take it.
    #[must_use]
    pub fn dispatch(self) -> Dispatch {
        Dispatch {
            now: self.now,
            archive: self.archive,
            ..Dispatch::default()
        }
    }

    /// Waits if asked to, prints where the reply is, and says so in the exit code.
    ///
    /// # Errors
    /// Failures of the store while waiting.
    pub async fn finish(self, services: &Services, delivery: Delivery) -> Result<ExitCode> {
        let delivery = if self.wait {
            worker::deliver(services, delivery.id).await?
        } else {
            delivery
        };
        let state = delivery.state;
        output::print(self.json, &Sent(delivery))?;
        if !self.wait {
            if !worker::is_running(services) {
                output::say("nothing is running that delivers it: use --wait, or start rejoinder");
            }
            return Ok(DONE);
        }
        Ok(if state == DeliveryState::Sent {
            DONE
        } else {
            ExitCode::from(1)
        })
    }
}

/// Says what was found in a text that is about to be sent; what blocks is said by whoever
/// refuses it.
pub fn warn(found: &[Check]) {
    for check in found.iter().filter(|c| c.severity == Severity::Warn) {
        output::say(&format!("{}: {}", check.severity, check.message));
    }
}

/// Approves a suggestion, with another text if one is given.
///
/// # Errors
/// When it cannot be approved, with the reason.
pub async fn run(services: &Services, args: Args) -> Result<ExitCode> {
    let body = args.body.named()?;
    let suggestion = review::get(services, args.suggestion).await?;
    let body = body.unwrap_or_else(|| suggestion.final_body().to_owned());
    let seen = Seen {
        suggestion: suggestion.id,
        revision: suggestion.revision,
        body,
        confirmed: args.confirm,
    };
    warn(&checks::of_suggestion(services, seen.suggestion, &seen.body).await?);
    let delivery = review::approve(services, seen, args.sending.dispatch()).await?;
    args.sending.finish(services, delivery).await
}
