//! `rejoinder inspect`

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;

use super::{DONE, output};
use crate::service::inspect::{self, Inspection};

/// Which mails.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Mail files, Maildir folders, mbox files.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// One JSON object a line.
    #[arg(long)]
    json: bool,
}

/// Prints what is read of each file. A broken one is told, and the rest go on.
///
/// # Errors
/// When stdout takes no more.
pub fn run(args: &Args) -> Result<ExitCode> {
    let (mut mails, mut broken) = (0, 0);
    let mut failed = None;
    for path in &args.files {
        inspect::each(path, |inspection| {
            mails += 1;
            if matches!(inspection, Inspection::Broken { .. }) {
                broken += 1;
            }
            let printed = if args.json {
                output::print_json(&inspection)
            } else {
                output::print_text(&text(&inspection))
            };
            failed = printed.err();
            failed.is_none()
        });
        if let Some(error) = failed {
            return Err(error);
        }
    }
    Ok(if broken == mails {
        ExitCode::from(1)
    } else {
        DONE
    })
}

fn text(inspection: &Inspection) -> String {
    match inspection {
        Inspection::Broken { file, error } => format!("{file}: {error}\n"),
        Inspection::Mail(mail) => {
            let mut lines = vec![
                format!("{}: {}", mail.file, mail.kind),
                format!("From: {}", mail.from),
                format!("Subject: {}", mail.subject),
            ];
            if let Some(date) = mail.date {
                lines.push(format!("Date: {date}"));
            }
            lines.extend(mail.bounce.iter().map(|bounce| format!("! {bounce}")));
            lines.extend(mail.warnings.iter().map(|warning| format!("! {warning}")));
            lines.push(String::new());
            lines.push(mail.reply.trim_end().to_owned());
            for file in &mail.attachments {
                lines.push(format!(
                    "attached: {} ({}, {} bytes)",
                    file.name, file.content_type, file.bytes
                ));
            }
            lines.push(String::new());
            lines.join("\n")
        }
    }
}
