//! `rejoinder inspect`

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;

use super::{DONE, output};
use crate::service::inspect::{self, Inspection};

/// Which mails.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Mail files.
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
    let mut broken = 0;
    for path in &args.files {
        let inspection = inspect::file(path);
        if matches!(inspection, Inspection::Broken { .. }) {
            broken += 1;
        }
        if args.json {
            output::print_json(&inspection)?;
        } else {
            output::print_text(&text(&inspection))?;
        }
    }
    Ok(if broken == args.files.len() {
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
