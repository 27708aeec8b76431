//! `rejoinder list`

use std::fmt;
use std::process::ExitCode;

use anyhow::Result;
use serde::Serialize;

use super::{DONE, nothing_matched, output};
use crate::domain::listing::{ConversationRow, InboxPage};
use crate::domain::{ConversationStatus, LeadId};
use crate::service::inbox::{self, Query};
use crate::service::{ServiceError, Services};

/// What to list.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Only this state: needs_reply, waiting, snoozed or archived; can be given several times.
    #[arg(long, value_name = "STATUS", value_delimiter = ',')]
    status: Vec<ConversationStatus>,
    /// Part of the lead's name, of its address or of the subject.
    #[arg(long, value_name = "TEXT")]
    search: Option<String>,
    /// Only with this lead.
    #[arg(long, value_name = "ID")]
    lead: Option<LeadId>,
    /// Rows at most.
    #[arg(long, default_value_t = 50, value_name = "N")]
    limit: usize,
    /// Go on after an earlier page's "next".
    #[arg(long, value_name = "CURSOR")]
    after: Option<String>,
    /// As JSON.
    #[arg(long)]
    json: bool,
}

/// A page of the inbox.
#[derive(Serialize)]
struct Page(InboxPage);

impl fmt::Display for Page {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for row in &self.0.conversations {
            writeln!(f, "{}", line(row))?;
        }
        let shown = self.0.conversations.len();
        match &self.0.next {
            Some(next) => writeln!(f, "{shown} of {}; more with --after {next}", self.0.total),
            None => writeln!(f, "{shown} of {}", self.0.total),
        }
    }
}

/// `   12  needs_reply  86%  2026-11-22 14:01  Maria Lopez <maria@example.com>  Website`.
pub fn line(row: &ConversationRow) -> String {
    let draft = row.suggestion.as_ref().map_or(String::new(), |suggestion| {
        match suggestion.score.value.percent() {
            Some(percent) => format!("{} {percent}%", suggestion.status),
            None => suggestion.status.to_string(),
        }
    });
    let state = match &row.delivery {
        Some(delivery) => delivery.state.to_string(),
        None => row.status.to_string(),
    };
    let at = row.last_message_at.strftime("%Y-%m-%d %H:%M");
    let unread = if row.unread { "*" } else { " " };
    format!(
        "{:>6} {unread} {state:<12} {draft:<14} {at}  {} <{}>  {}",
        row.id, row.lead.name, row.lead.email, row.subject
    )
}

/// Lists conversations.
///
/// # Errors
/// A cursor that is none; failures of the store.
pub async fn run(services: &Services, args: Args) -> Result<ExitCode> {
    if args.limit == 0 || args.limit > 100_000 {
        return Err(ServiceError::Usage("--limit goes from 1 to 100000".to_owned()).into());
    }
    let searched = args.search.is_some();
    let page = inbox::list(
        services,
        Query {
            with_archived: searched,
            statuses: args.status,
            search: args.search,
            lead: args.lead,
            after: args.after,
            limit: args.limit,
            ..Query::default()
        },
    )
    .await?;
    let none = page.total == 0;
    output::print(args.json, &Page(page))?;
    Ok(if searched && none {
        nothing_matched()
    } else {
        DONE
    })
}
