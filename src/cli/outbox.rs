//! `rejoinder outbox` and `rejoinder undo`: replies on their way, and what a person has a
//! say in.

use std::fmt;
use std::process::ExitCode;

use anyhow::Result;
use clap::Subcommand;
use serde::Serialize;

use super::approve::{Sent, when_of};
use super::{DONE, nothing_matched, output};
use crate::domain::DeliveryId;
use crate::domain::delivery::{Delivery, SendingUse};
use crate::service::outbox::{self, Decision};
use crate::service::{Services, pages, sender};

/// What to do with the outbox; lists it without.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    act: Option<Act>,
    /// How many replies to list at most.
    #[arg(long, default_value_t = 50)]
    limit: usize,
    /// As JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum Act {
    /// Decide about a reply that stopped on its way.
    Decide {
        /// The reply's number.
        id: DeliveryId,
        #[command(flatten)]
        decision: Choice,
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
    /// Give a queued reply another time.
    Reschedule {
        /// The reply's number.
        id: DeliveryId,
        /// When, such as "tue 9:00" or 3h, in your time zone.
        #[arg(long, value_name = "WHEN")]
        at: String,
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
}

#[derive(Clone, Copy, Debug, clap::Args)]
#[group(required = true, multiple = false)]
struct Choice {
    /// It did not leave, or the lead wrote again: send it all the same.
    #[arg(long)]
    send_again: bool,
    /// It left: count it as sent.
    #[arg(long)]
    mark_sent: bool,
    /// Go on looking for it.
    #[arg(long)]
    keep_looking: bool,
    /// It did not leave: take it back; its text can be edited again.
    #[arg(long)]
    take_back: bool,
}

impl Choice {
    const fn decision(self) -> Decision {
        if self.send_again {
            Decision::Send
        } else if self.mark_sent {
            Decision::MarkSent
        } else if self.keep_looking {
            Decision::KeepLooking
        } else {
            Decision::TakeBack
        }
    }
}

#[derive(Serialize)]
struct Outbox {
    deliveries: Vec<Delivery>,
    sending: SendingUse,
    #[serde(skip)]
    zone: jiff::tz::TimeZone,
}

impl fmt::Display for Outbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for delivery in &self.deliveries {
            let sent = Sent::new(delivery.clone(), &self.zone);
            writeln!(f, "{}: {sent}", delivery.id)?;
            if let Some(why) = &delivery.bounced {
                writeln!(f, "  could not be delivered: {why}")?;
            }
        }
        let SendingUse {
            day,
            per_day,
            minute,
            per_minute,
            paused_until,
        } = &self.sending;
        write!(
            f,
            "{day} of {per_day} sent within a day, {minute} of {per_minute} within a minute"
        )?;
        match paused_until {
            Some(until) => write!(f, "; nothing leaves before {}", when_of(*until, &self.zone)),
            None => Ok(()),
        }
    }
}

/// Lists the outbox, or acts on one reply of it.
///
/// # Errors
/// When the reply is not there, or not waiting for this.
pub async fn run(services: &Services, args: Args) -> Result<ExitCode> {
    let zone = services.zone().clone();
    let (delivery, json) = match args.act {
        None => {
            let deliveries = pages::outbox(services, args.limit).await?;
            let empty = deliveries.is_empty();
            let sending = sender::usage(services).await?;
            let outbox = Outbox {
                deliveries,
                sending,
                zone,
            };
            output::print(args.json, &outbox)?;
            return Ok(if empty && !args.json {
                nothing_matched()
            } else {
                DONE
            });
        }
        Some(Act::Decide { id, decision, json }) => {
            let decided = outbox::decide(services, id, decision.decision()).await?;
            (decided, json)
        }
        Some(Act::Reschedule { id, at, json }) => {
            let at = super::approve::time(services, &at)?;
            (outbox::reschedule(services, id, at).await?, json)
        }
    };
    output::print(json || args.json, &Sent::new(delivery, &zone))?;
    Ok(DONE)
}

/// Which reply to take back.
#[derive(Debug, clap::Args)]
pub struct UndoArgs {
    /// The reply's number, as approve and outbox print it.
    id: DeliveryId,
    /// As JSON.
    #[arg(long)]
    json: bool,
}

/// Takes a reply back that has not left yet.
///
/// # Errors
/// When it may have left.
pub async fn undo(services: &Services, args: UndoArgs) -> Result<ExitCode> {
    let delivery = outbox::undo(services, args.id).await?;
    output::print(args.json, &Sent::new(delivery, services.zone()))?;
    Ok(DONE)
}
