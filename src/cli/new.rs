//! `rejoinder new`

use std::process::ExitCode;

use anyhow::Result;

use super::approve::Sending;
use super::text::Body;
use crate::domain::LeadId;
use crate::service::{Services, compose};

/// Whom to write to.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The lead's number.
    #[arg(long, value_name = "ID")]
    lead: LeadId,
    /// The subject.
    #[arg(long)]
    subject: String,
    #[command(flatten)]
    body: Body,
    #[command(flatten)]
    sending: Sending,
}

/// Sends a first mail and opens its conversation.
///
/// # Errors
/// When there is no text, no such lead, or it cannot be sent.
pub async fn run(services: &Services, args: Args) -> Result<ExitCode> {
    let body = args.body.required()?;
    let dispatch = args.sending.dispatch(services)?;
    let delivery = compose::first_mail(services, args.lead, &args.subject, &body, dispatch).await?;
    args.sending.finish(services, delivery).await
}
