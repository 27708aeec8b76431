//! `rejoinder memory`

use std::fmt;
use std::process::ExitCode;

use anyhow::Result;
use clap::Subcommand;
use serde::Serialize;

use super::{DONE, output};
use crate::domain::memory::{Example, Memory, RuleState, StyleRule};
use crate::domain::{ExampleId, RuleId};
use crate::service::{Services, learning};

/// What to do with what was learned; without an action it is shown.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    action: Option<Action>,
    /// How many replies to show at most.
    #[arg(long, default_value_t = 20, value_name = "N")]
    limit: usize,
    /// As JSON.
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Accept a proposed rule: it goes into every prompt from now on.
    Accept {
        /// The rule's number.
        id: RuleId,
    },
    /// Change a rule's words, which accepts it.
    Edit {
        /// The rule's number.
        id: RuleId,
        /// The rule.
        #[arg(long)]
        text: String,
    },
    /// Add a rule of your own.
    Add {
        /// The rule.
        #[arg(long)]
        text: String,
    },
    /// Erase a rule; it is not proposed again.
    Delete {
        /// The rule's number.
        id: RuleId,
    },
    /// Erase replies that were learned from, or everything.
    Forget {
        #[command(flatten)]
        what: What,
    },
}

#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
struct What {
    /// All rules, replies and counts.
    #[arg(long)]
    all: bool,
    /// One reply.
    #[arg(long, value_name = "ID")]
    example: Option<ExampleId>,
}

#[derive(Serialize)]
#[serde(transparent)]
struct Learned(Memory);

impl fmt::Display for Learned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Memory {
            rules,
            examples,
            examples_total,
            outcomes,
        } = &self.0;
        for rule in rules {
            writeln!(f, "{}", Rule(rule))?;
        }
        for example in examples {
            write_example(f, example)?;
        }
        write!(
            f,
            "{examples_total} replies to learn from, {outcomes} decisions about drafts counted"
        )
    }
}

struct Rule<'r>(&'r StyleRule);

impl fmt::Display for Rule<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(rule) = self;
        write!(f, "rule {:>4}  {:<8}  {}", rule.id, rule.state, rule.text)?;
        match (rule.evidence, rule.state) {
            (0, _) | (_, RuleState::Deleted) => Ok(()),
            (count, _) => write!(f, "  (seen {count} times)"),
        }
    }
}

fn write_example(f: &mut fmt::Formatter<'_>, example: &Example) -> fmt::Result {
    let how = match (&example.draft, example.changed) {
        (None, _) => "written by you".to_owned(),
        (Some(_), 0) => "sent as drafted".to_owned(),
        (Some(_), changed) => format!("{changed}% changed"),
    };
    writeln!(
        f,
        "reply {:>3}  {}  {}  {}  {how}",
        example.id, example.created_at, example.lead, example.intent
    )?;
    let text = example.reply.lines();
    text.filter(|line| !line.trim().is_empty())
        .try_for_each(|line| writeln!(f, "  {line}"))
}

/// Shows, accepts, changes and erases what was learned.
///
/// # Errors
/// No such rule or reply; a rule without words.
pub async fn run(services: &Services, args: Args) -> Result<ExitCode> {
    let json = args.json;
    let rule = match args.action {
        None => {
            let memory = learning::memory(services, args.limit).await?;
            output::print(json, &Learned(memory))?;
            return Ok(DONE);
        }
        Some(Action::Accept { id }) => learning::accept(services, id).await?,
        Some(Action::Edit { id, text }) => learning::edit(services, id, &text).await?,
        Some(Action::Add { text }) => learning::add(services, &text).await?,
        Some(Action::Delete { id }) => {
            learning::delete(services, id).await?;
            return erased(json, &format!("rule {id}"));
        }
        Some(Action::Forget { what }) => {
            return match what.example {
                Some(id) => {
                    learning::forget_example(services, id).await?;
                    erased(json, &format!("reply {id}"))
                }
                None => {
                    learning::forget_all(services).await?;
                    erased(json, "everything that was learned")
                }
            };
        }
    };
    if json {
        output::print_json(&rule)?;
    } else {
        output::print_text(&Rule(&rule).to_string())?;
    }
    Ok(DONE)
}

#[derive(Serialize)]
struct Erased<'w> {
    erased: &'w str,
}

fn erased(json: bool, what: &str) -> Result<ExitCode> {
    if json {
        output::print_json(&Erased { erased: what })?;
    } else {
        output::print_text(&format!("{what} is erased"))?;
    }
    Ok(DONE)
}
