//! `rejoinder templates`

use std::fmt;
use std::process::ExitCode;

use anyhow::Result;
use clap::Subcommand;
use serde::Serialize;
use serde_json::json;

use super::text::Body;
use super::{DONE, output};
use crate::domain::template::Template;
use crate::service::{Services, templates};

/// What to do with templates; without an action they are listed.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    action: Option<Action>,
    /// As JSON.
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// List all templates.
    List,
    /// Print a template.
    Show {
        /// Its name.
        name: String,
    },
    /// Keep a template; one of the same name gets the new text. In it {name}, {first_name},
    /// {company}, {title} and {website} stand for the lead's, {my_name} for yours.
    Set {
        /// Its name.
        name: String,
        #[command(flatten)]
        body: Body,
    },
    /// Erase a template.
    Delete {
        /// Its name.
        name: String,
    },
}

#[derive(Serialize)]
struct All {
    templates: Vec<Template>,
}

impl fmt::Display for All {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = self.templates.iter().map(|t| t.name.chars().count()).max();
        let width = width.unwrap_or(0).min(30);
        self.templates.iter().try_for_each(|template| {
            let words: Vec<&str> = template.body.split_whitespace().collect();
            let gist: String = words.join(" ").chars().take(60).collect();
            writeln!(f, "{:<width$}  {gist}", template.name)
        })
    }
}

/// Lists, shows, keeps and erases templates.
///
/// # Errors
/// No such template; a name or a text that cannot be kept.
pub async fn run(services: &Services, args: Args) -> Result<ExitCode> {
    match args.action {
        None | Some(Action::List) => {
            let templates = templates::list(services).await?;
            output::print(args.json, &All { templates })?;
        }
        Some(Action::Show { name }) => {
            let template = templates::get(services, &name).await?;
            if args.json {
                output::print_json(&template)?;
            } else {
                output::print_text(&template.body)?;
            }
        }
        Some(Action::Set { name, body }) => {
            let template = templates::set(services, &name, &body.required()?).await?;
            if args.json {
                output::print_json(&template)?;
            } else {
                output::print_text(&format!("kept as \"{}\"", template.name))?;
            }
        }
        Some(Action::Delete { name }) => {
            templates::delete(services, &name).await?;
            if args.json {
                output::print_json(&json!({ "erased": name }))?;
            } else {
                output::print_text(&format!("\"{name}\" is erased"))?;
            }
        }
    }
    Ok(DONE)
}
