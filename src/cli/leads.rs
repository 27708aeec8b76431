//! `rejoinder leads`

use std::fmt;
use std::process::ExitCode;

use anyhow::Result;
use clap::Subcommand;
use serde::Serialize;

use super::{DONE, output};
use crate::domain::lead::NewLead;
use crate::domain::{Lead, LeadId, UnmatchedId};
use crate::service::Services;
use crate::service::leads::{self, LeadChange};

/// What to do with leads.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Add a lead.
    Add {
        /// Full name; of an unmatched mail's sender the one in the mail, if not given.
        #[arg(long, required_unless_present = "from_unmatched")]
        name: Option<String>,
        /// The address to write to.
        #[arg(long, required_unless_present = "from_unmatched")]
        email: Option<String>,
        /// The sender of this unmatched mail.
        #[arg(long, value_name = "UNMATCHED", conflicts_with = "email")]
        from_unmatched: Option<UnmatchedId>,
        #[command(flatten)]
        known: Known,
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
    /// List all leads.
    List {
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
    /// Show a lead.
    Show {
        /// The lead's number.
        id: LeadId,
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
    /// Change what is known of a lead; an empty text takes it away.
    #[command(visible_alias = "edit")]
    Set {
        /// The lead's number.
        id: LeadId,
        /// Full name.
        #[arg(long)]
        name: Option<String>,
        /// The address to write to.
        #[arg(long)]
        email: Option<String>,
        #[command(flatten)]
        known: Known,
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
}

#[derive(Debug, clap::Args)]
struct Known {
    /// Role or job title.
    #[arg(long)]
    title: Option<String>,
    /// Company or organisation.
    #[arg(long)]
    company: Option<String>,
    /// Their web site.
    #[arg(long)]
    website: Option<String>,
    /// What an analysis of their web site found; goes into the prompt.
    #[arg(long)]
    analysis: Option<String>,
    /// Your notes; go into the prompt.
    #[arg(long)]
    notes: Option<String>,
}

#[derive(Serialize)]
struct One(Lead);

#[derive(Serialize)]
struct All {
    leads: Vec<Lead>,
}

impl fmt::Display for One {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lead = &self.0;
        write!(f, "{:>6}  {} <{}>", lead.id, lead.name, lead.email)?;
        for part in [&lead.title, &lead.company, &lead.website]
            .into_iter()
            .flatten()
        {
            write!(f, "  {part}")?;
        }
        if lead.bounced_at.is_some() {
            f.write_str("  (mail to this address bounced)")?;
        }
        Ok(())
    }
}

impl fmt::Display for All {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.leads
            .iter()
            .try_for_each(|lead| writeln!(f, "{}", One(lead.clone())))
    }
}

/// Adds, lists, shows and changes leads.
///
/// # Errors
/// An address that is none or another lead's; no such lead.
pub async fn run(services: &Services, args: Args) -> Result<ExitCode> {
    match args.action {
        Action::Add {
            name,
            email,
            from_unmatched,
            known,
            json,
        } => {
            let sender = match from_unmatched {
                Some(mail) => Some(leads::sender(services, mail).await?),
                None => None,
            };
            let name = name.or_else(|| sender.as_ref().map(|from| from.label().to_owned()));
            let email = email.or_else(|| sender.map(|from| from.address));
            let Known {
                title,
                company,
                website,
                analysis,
                notes,
            } = known;
            let new = NewLead {
                name: name.unwrap_or_default(),
                email: email.unwrap_or_default(),
                title,
                company,
                website,
                analysis,
                notes,
            };
            let lead = leads::add(services, new).await?;
            output::print(json, &One(lead))?;
        }
        Action::List { json } => {
            let leads = leads::list(services).await?;
            output::print(json, &All { leads })?;
        }
        Action::Show { id, json } => {
            let lead = leads::get(services, id).await?;
            output::print(json, &One(lead))?;
        }
        Action::Set {
            id,
            name,
            email,
            known,
            json,
        } => {
            let Known {
                title,
                company,
                website,
                analysis,
                notes,
            } = known;
            let change = LeadChange {
                name,
                email,
                title,
                company,
                website,
                analysis,
                notes,
            };
            let lead = leads::change(services, id, change).await?;
            output::print(json, &One(lead))?;
        }
    }
    Ok(DONE)
}
