//! `rejoinder forget`

use std::fmt;
use std::io::{self, IsTerminal as _};
use std::process::ExitCode;

use anyhow::Result;
use serde::Serialize;

use super::lines::Lines;
use super::{DONE, output};
use crate::domain::lead::Holdings;
use crate::domain::{Lead, LeadId};
use crate::service::{ServiceError, Services, forget, leads};

/// Whom to forget.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The lead's number.
    id: LeadId,
    /// Without asking.
    #[arg(long)]
    yes: bool,
    /// As JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Forgotten {
    lead: LeadId,
    #[serde(flatten)]
    held: Holdings,
}

impl fmt::Display for Forgotten {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "erased: {}. What Gmail holds stays there.",
            in_words(&self.held)
        )
    }
}

fn in_words(held: &Holdings) -> String {
    let counts = [
        (held.conversations, "conversation"),
        (held.mails, "mail"),
        (held.suggestions, "draft"),
        (held.examples, "reply learned from"),
        (held.unmatched, "unmatched mail"),
    ];
    let parts: Vec<String> = counts
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| match (count, what.split_once(' ')) {
            (1, _) => format!("1 {what}"),
            (count, Some(("reply", rest))) => format!("{count} replies {rest}"),
            (count, _) => format!("{count} {what}s"),
        })
        .collect();
    match parts.as_slice() {
        [] => "the lead".to_owned(),
        parts => format!("the lead with {}", parts.join(", ")),
    }
}

/// Erases a lead and everything that is held of it.
///
/// # Errors
/// No such lead; a reply to it that is on its way; nobody to say yes.
pub async fn run(services: &Services, args: Args) -> Result<ExitCode> {
    if !args.yes {
        let lead = leads::get(services, args.id).await?;
        let held = forget::holdings(services, args.id).await?;
        if !agreed(&lead, &held).await? {
            output::say("nothing was erased");
            return Ok(ExitCode::from(1));
        }
    }
    let held = forget::erase(services, args.id).await?;
    let lead = args.id;
    output::print(args.json, &Forgotten { lead, held })?;
    Ok(DONE)
}

async fn agreed(lead: &Lead, held: &Holdings) -> Result<bool> {
    let what = in_words(held);
    let question = format!("{} <{}>: erases {what}", lead.name, lead.email);
    if !io::stdin().is_terminal() {
        return Err(ServiceError::Usage(format!("{question}; say --yes to do it")).into());
    }
    output::say(&format!("{question}. Type yes to do it:"));
    let answer = Lines::of_stdin().next().await;
    Ok(answer.is_some_and(|answer| answer.trim().eq_ignore_ascii_case("yes")))
}
