//! `rejoinder reply`

use std::process::ExitCode;

use anyhow::Result;

use super::approve::{Sending, warn};
use super::text::Body;
use crate::domain::ConversationId;
use crate::service::{Services, checks, compose};

/// Where to reply.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The conversation's number.
    conversation: ConversationId,
    #[command(flatten)]
    body: Body,
    #[command(flatten)]
    sending: Sending,
}

/// Sends the person's own reply.
///
/// # Errors
/// When there is no text, or it cannot be sent.
pub async fn run(services: &Services, args: Args) -> Result<ExitCode> {
    let body = args.body.required()?;
    let dispatch = args.sending.dispatch(services)?;
    warn(&checks::of_own(services, args.conversation, &body).await?);
    let delivery = compose::reply(services, args.conversation, &body, dispatch).await?;
    args.sending.finish(services, delivery).await
}
