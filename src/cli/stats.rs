//! `rejoinder stats`

use std::fmt;
use std::process::ExitCode;

use anyhow::Result;
use serde::Serialize;

use super::{DONE, output};
use crate::service::stats::{self, Stats};
use crate::service::{ServiceError, Services};

/// Which numbers.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Of how many days.
    #[arg(long, default_value_t = 30, value_name = "N")]
    days: u32,
    /// As JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Numbers(Stats);

impl fmt::Display for Numbers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Stats {
            conversations,
            days,
            outcomes,
            sent_unchanged,
            ..
        } = &self.0;
        writeln!(
            f,
            "{} need a reply, {} waiting, {} sending, {} snoozed, {} archived, {} unmatched",
            conversations.needs_reply,
            conversations.waiting,
            conversations.sending,
            conversations.snoozed,
            conversations.archived,
            conversations.unmatched
        )?;
        writeln!(f, "in the last {days} days:")?;
        writeln!(
            f,
            "  {} mails of leads, {} drafts",
            outcomes.received, outcomes.drafted
        )?;
        write!(
            f,
            "  {} sent unchanged, {} edited, {} rejected, {} regenerated, {} own replies",
            outcomes.approved_unchanged,
            outcomes.approved_edited,
            outcomes.rejected,
            outcomes.regenerated,
            outcomes.own_replies
        )?;
        match sent_unchanged {
            Some(share) => writeln!(f, " ({:.0}% of the approved ones unchanged)", share * 100.0)?,
            None => writeln!(f)?,
        }
        if let Some(ms) = self.0.median_draft_ms {
            writeln!(f, "  a draft takes {ms} ms (median)")?;
        }
        let spent = &self.0.spending;
        write!(
            f,
            "  drafts cost {} today, {} this month",
            spent.today, spent.month
        )?;
        if spent.unknown > 0 {
            write!(f, ", and {} whose price is not known", spent.unknown)?;
        }
        let units = &self.0.gmail_units;
        write!(
            f,
            "\nGmail quota: {} units in the last poll, {} of {} in its minute, {} today",
            units.last_poll, units.last_minute, units.per_minute, units.today
        )
    }
}

/// Prints numbers.
///
/// # Errors
/// Failures of the store.
pub async fn run(services: &Services, args: Args) -> Result<ExitCode> {
    if args.days == 0 || args.days > 36_500 {
        return Err(ServiceError::Usage("--days goes from 1 to 36500".to_owned()).into());
    }
    let stats = stats::stats(services, args.days).await?;
    output::print(args.json, &Numbers(stats))?;
    Ok(DONE)
}
