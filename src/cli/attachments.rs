//! `rejoinder attachments`

use std::fmt;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use serde::Serialize;

use super::{DONE, nothing_matched, output};
use crate::domain::{ConversationId, MessageId};
use crate::service::Services;
use crate::service::attachments::{self, Listed, Wanted};

/// Which files, and what to do with them.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The conversation's number.
    id: ConversationId,
    /// Only the files of this mail.
    #[arg(long, value_name = "ID")]
    message: Option<MessageId>,
    /// Save the file of this name; may be given several times.
    #[arg(long, value_name = "NAME")]
    name: Vec<String>,
    /// Save all of them.
    #[arg(long)]
    all: bool,
    /// The folder to save in, instead of files.folder or ~/Downloads.
    #[arg(long, value_name = "DIR")]
    to: Option<PathBuf>,
    /// As JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Files {
    attachments: Vec<Listed>,
}

impl fmt::Display for Files {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for file in &self.attachments {
            write!(
                f,
                "mail {}: {} ({}, {} bytes)",
                file.message, file.name, file.content_type, file.bytes
            )?;
            match &file.saved {
                Some(path) => writeln!(f, " saved as {}", path.display())?,
                None => writeln!(f)?,
            }
        }
        Ok(())
    }
}

/// Lists the files of a conversation, or saves them.
///
/// # Errors
/// When there is no such conversation; when a file cannot be fetched or written.
pub async fn run(services: &Services, args: Args) -> Result<ExitCode> {
    let saves = args.all || !args.name.is_empty() || args.to.is_some();
    let wanted = Wanted {
        message: args.message,
        names: args.name,
        received: false,
    };
    let attachments = if saves {
        attachments::save(services, args.id, &wanted, args.to.as_deref()).await?
    } else {
        attachments::list(services, args.id, &wanted).await?
    };
    let nothing = attachments.is_empty();
    output::print(args.json, &Files { attachments })?;
    Ok(if nothing { nothing_matched() } else { DONE })
}
