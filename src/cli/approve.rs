//! `rejoinder approve`, and what all verbs that send have in common.

use std::fmt;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Serialize;

use super::text::Body;
use super::{DONE, output};
use crate::domain::delivery::{Delivery, DeliveryState};
use crate::domain::{Check, Severity, SuggestionId};
use crate::service::compose::Dispatch;
use crate::service::review::{self, Seen};
use crate::service::{ServiceError, Services, checks, when, worker};

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
#[derive(Clone, Debug, clap::Args)]
pub struct Sending {
    /// Without the time in which it can be taken back.
    #[arg(long, conflicts_with = "at")]
    now: bool,
    /// Not before a time, such as "tue 9:00" or 3h, in your time zone.
    #[arg(long, value_name = "WHEN")]
    at: Option<String>,
    /// A file that goes along; can be given several times.
    #[arg(long, value_name = "PATH")]
    attach: Vec<PathBuf>,
    /// The address the answer goes to, where the lead's mail asks for another one.
    #[arg(long, value_name = "ADDRESS")]
    to: Option<String>,
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
pub struct Sent {
    #[serde(flatten)]
    delivery: Delivery,
    /// The zone that times for people are in.
    time_zone: String,
    #[serde(skip)]
    zone: TimeZone,
}

impl Sent {
    /// With times in the person's zone.
    #[must_use]
    pub fn new(delivery: Delivery, zone: &TimeZone) -> Self {
        Self {
            delivery,
            time_zone: zone.iana_name().unwrap_or("local").to_owned(),
            zone: zone.clone(),
        }
    }
}

/// A time for people, with its zone named.
#[must_use]
pub fn when_of(at: Timestamp, zone: &TimeZone) -> String {
    let local = at.to_zoned(zone.clone());
    let name = zone
        .iana_name()
        .map_or_else(|| local.strftime("%:z").to_string(), str::to_owned);
    format!("{} ({name})", local.strftime("%a %-d %b %Y %H:%M:%S"))
}

/// The time that the words mean.
///
/// # Errors
/// With examples of what is understood.
pub fn time(services: &Services, words: &str) -> Result<Timestamp, ServiceError> {
    when::parse(words, services.now(), services.zone()).map_err(ServiceError::Usage)
}

impl fmt::Display for Sent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Delivery {
            id,
            state,
            to,
            not_before,
            error,
            files,
            ..
        } = &self.delivery;
        match state {
            DeliveryState::Sent => write!(f, "sent to {to}"),
            DeliveryState::Queued => {
                let time = when_of(*not_before, &self.zone);
                write!(f, "queued as {id}: leaves for {to} at {time}")
            }
            DeliveryState::Cancelled => write!(f, "taken back: nothing leaves for {to}"),
            state => write!(f, "{state} as {id}: to {to}"),
        }?;
        for file in files {
            write!(f, ", with {} ({} bytes)", file.name, file.bytes)?;
        }
        match error {
            Some(error) => write!(f, " ({error})"),
            None => Ok(()),
        }
    }
}

impl Sending {
    /// As the use cases take it.
    ///
    /// # Errors
    /// A time that is none.
    pub fn dispatch(&self, services: &Services) -> Result<Dispatch, ServiceError> {
        Ok(Dispatch {
            now: self.now,
            archive: self.archive,
            at: self
                .at
                .as_deref()
                .map(|at| time(services, at))
                .transpose()?,
            files: self.attach.clone(),
            confirmed: self.to.clone(),
        })
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
        output::print(self.json, &Sent::new(delivery, services.zone()))?;
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
    let delivery = review::approve(services, seen, args.sending.dispatch(services)?).await?;
    args.sending.finish(services, delivery).await
}
