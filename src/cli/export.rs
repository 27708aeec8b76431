//! `rejoinder export`

use std::process::ExitCode;

use anyhow::Result;
use serde::Serialize;

use super::{DONE, output};
use crate::domain::listing::ConversationView;
use crate::domain::template::Template;
use crate::domain::text::KeptText;
use crate::domain::{Lead, LeadId};
use crate::service::inbox::{self, Query};
use crate::service::{Services, leads, templates, texts};

/// Conversations that are read at once.
const PAGE: usize = 100;

/// What to export.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Only this lead, with its conversations.
    #[arg(long, value_name = "ID")]
    lead: Option<LeadId>,
}

/// One line.
#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum Line {
    Facts(String),
    Style(String),
    Template(Template),
    Lead(Lead),
    Conversation(Box<ConversationView>),
}

/// Prints all that is kept as JSON, one document a line: facts and style, templates, the
/// leads, and the conversations with mails, drafts and replies as `show` has them.
///
/// # Errors
/// No such lead; when the store cannot be read, or stdout takes no more.
pub async fn run(services: &Services, args: Args) -> Result<ExitCode> {
    let leads = match args.lead {
        Some(id) => vec![leads::get(services, id).await?],
        None => {
            let facts = texts::get(services, KeptText::Facts).await?;
            output::print_json(&Line::Facts(facts))?;
            let style = texts::get(services, KeptText::Style).await?;
            output::print_json(&Line::Style(style))?;
            for template in templates::list(services).await? {
                output::print_json(&Line::Template(template))?;
            }
            leads::list(services).await?
        }
    };
    for lead in leads {
        output::print_json(&Line::Lead(lead))?;
    }
    let mut query = Query {
        lead: args.lead,
        with_archived: true,
        limit: PAGE,
        ..Query::default()
    };
    loop {
        let page = inbox::list(services, query.clone()).await?;
        for row in &page.conversations {
            let view = inbox::show(services, row.id).await?;
            output::print_json(&Line::Conversation(Box::new(view)))?;
        }
        match page.next {
            Some(next) => query.after = Some(next),
            None => return Ok(DONE),
        }
    }
}
