//! `rejoinder reply`

use std::process::ExitCode;

use anyhow::Result;

use super::approve::{Sending, warn};
use super::text::Body;
use crate::domain::ConversationId;
use crate::service::{Services, checks, compose, templates};

/// Where to reply.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The conversation's number.
    conversation: ConversationId,
    #[command(flatten)]
    body: Body,
    /// Send this template, filled in for the lead (see `rejoinder templates`).
    #[arg(long, value_name = "NAME", conflicts_with_all = ["body", "body_file"])]
    template: Option<String>,
    #[command(flatten)]
    sending: Sending,
}

/// Sends the person's own reply, or a template of theirs.
///
/// # Errors
/// When there is no text or no such template, or it cannot be sent.
pub async fn run(services: &Services, args: Args) -> Result<ExitCode> {
    let body = match &args.template {
        Some(name) => {
            templates::filled(services, args.conversation, name)
                .await?
                .text
        }
        None => args.body.required()?,
    };
    let dispatch = args.sending.dispatch(services)?;
    warn(&checks::of_own(services, args.conversation, &body).await?);
    let delivery = compose::reply(services, args.conversation, &body, dispatch).await?;
    args.sending.finish(services, delivery).await
}
