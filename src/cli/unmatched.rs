//! `rejoinder unmatched`, `adopt` and `move`

use std::fmt;
use std::process::ExitCode;

use anyhow::Result;
use clap::ArgGroup;
use serde::Serialize;
use serde_json::json;

use super::{DONE, output};
use crate::domain::listing::{Destination, Unmatched};
use crate::domain::{ConversationId, LeadId, MessageId, UnmatchedId};
use crate::service::{ServiceError, Services, leads, moving, pages, worker};

/// Which mail, and what to do with it.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// List no mail of this mail's sender any more.
    #[arg(long, value_name = "UNMATCHED")]
    ignore: Option<UnmatchedId>,
    /// Mails at most.
    #[arg(long, default_value_t = 100, value_name = "N")]
    limit: usize,
    /// As JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct List {
    unmatched: Vec<Unmatched>,
}

impl fmt::Display for List {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.unmatched.iter().try_for_each(|mail| {
            let wanted = if mail.wanted { "  (adopted)" } else { "" };
            let (id, at, from) = (mail.id, mail.sent_at.strftime("%F %R"), &mail.from);
            writeln!(f, "{id:>6}  {at}  {from}  {}{wanted}", mail.subject)
        })
    }
}

/// Lists unmatched mail, or ignores a sender.
///
/// # Errors
/// No such mail.
pub async fn run(services: &Services, args: Args) -> Result<ExitCode> {
    if let Some(mail) = args.ignore {
        let address = leads::ignore_sender(services, mail).await?;
        if args.json {
            output::print_json(&json!({ "ignored": address }))?;
        } else {
            output::print_text(&format!("mail from {address} is not listed any more"))?;
        }
        return Ok(DONE);
    }
    let unmatched = pages::unmatched(services, args.limit).await?;
    output::print(args.json, &List { unmatched })?;
    Ok(DONE)
}

/// Where an unmatched mail belongs.
#[derive(Debug, clap::Args)]
#[command(group(ArgGroup::new("to").required(true)))]
pub struct AdoptArgs {
    /// The unmatched mail's number.
    mail: UnmatchedId,
    /// Into the conversation with this lead that fits best.
    #[arg(long, group = "to")]
    lead: Option<LeadId>,
    /// Into this conversation.
    #[arg(long, group = "to")]
    conversation: Option<ConversationId>,
    /// Fetch it now instead of with the next poll.
    #[arg(long)]
    wait: bool,
    /// As JSON.
    #[arg(long)]
    json: bool,
}

/// Takes an unmatched mail, and the rest of its sender's, into a lead's conversation.
///
/// # Errors
/// No such mail, lead or conversation; with `--wait` what Gmail says.
pub async fn adopt(services: &Services, args: AdoptArgs) -> Result<ExitCode> {
    let to = destination(args.conversation, args.lead, false)?;
    let adopted = moving::adopt(services, args.mail, to).await?;
    if args.wait {
        worker::sync(services).await?;
    }
    if args.json {
        output::print_json(&json!({ "adopted": adopted }))?;
    } else {
        output::print_text(&format!("adopted {adopted}"))?;
    }
    Ok(DONE)
}

/// Where a mail belongs.
#[derive(Debug, clap::Args)]
#[command(group(ArgGroup::new("to").required(true)))]
pub struct MoveArgs {
    /// The mail's number, from `show --json`.
    message: MessageId,
    /// To this conversation.
    #[arg(long, group = "to")]
    conversation: Option<ConversationId>,
    /// To a new conversation with this lead.
    #[arg(long, group = "to")]
    lead: Option<LeadId>,
    /// Back to the unmatched mail.
    #[arg(long, group = "to")]
    unmatched: bool,
    /// As JSON.
    #[arg(long)]
    json: bool,
}

/// Moves a mail that was matched wrongly.
///
/// # Errors
/// No such mail, lead or conversation; a reply under way in the one it leaves.
pub async fn move_mail(services: &Services, args: MoveArgs) -> Result<ExitCode> {
    let to = destination(args.conversation, args.lead, args.unmatched)?;
    let moved = moving::move_message(services, args.message, to).await?;
    if args.json {
        output::print_json(&json!({ "message": args.message, "conversation": moved }))?;
    } else {
        output::print_text(&match moved {
            Some(conversation) => format!("moved to conversation {conversation}"),
            None => "unmatched again".to_owned(),
        })?;
    }
    Ok(DONE)
}

fn destination(
    conversation: Option<ConversationId>,
    lead: Option<LeadId>,
    unmatched: bool,
) -> Result<Destination, ServiceError> {
    match (conversation, lead) {
        (Some(id), _) => Ok(Destination::Conversation(id)),
        (None, Some(id)) => Ok(Destination::Lead(id)),
        (None, None) if unmatched => Ok(Destination::Unmatched),
        (None, None) => Err(ServiceError::Usage("say where the mail belongs".to_owned())),
    }
}
