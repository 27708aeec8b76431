//! Where a verb's text comes from: the command line, a file, or stdin.

use std::io::{self, IsTerminal as _, Read as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use clap::Args;

/// The text of a mail.
#[derive(Debug, Args)]
pub struct Body {
    /// The text.
    #[arg(long, value_name = "TEXT", conflicts_with = "body_file")]
    pub body: Option<String>,
    /// A file with the text; - for stdin.
    #[arg(long, value_name = "FILE")]
    pub body_file: Option<PathBuf>,
}

/// No text was given.
#[derive(Debug, thiserror::Error)]
#[error("no text: give it with --body TEXT or --body-file FILE, or on stdin")]
pub struct NoText;

impl Body {
    /// The text, if the command line names one.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub fn named(&self) -> Result<Option<String>> {
        match (&self.body, &self.body_file) {
            (Some(text), _) => Ok(Some(text.clone())),
            (None, Some(path)) => read_file(path).map(Some),
            (None, None) => Ok(None),
        }
    }

    /// The text, from stdin when the command line names none.
    ///
    /// # Errors
    /// [`NoText`] when stdin is a terminal; a file that cannot be read.
    pub fn required(&self) -> Result<String> {
        if let Some(text) = self.named()? {
            return Ok(text);
        }
        if io::stdin().is_terminal() {
            return Err(NoText.into());
        }
        read_stdin()
    }
}

/// The text of a file; `-` is stdin.
///
/// # Errors
/// A file that cannot be read.
pub fn read_file(path: &Path) -> Result<String> {
    if path == Path::new("-") {
        return read_stdin();
    }
    std::fs::read_to_string(path)
        .with_context(|| format!("cannot read the text in {}", path.display()))
}

fn read_stdin() -> Result<String> {
    let mut text = String::new();
    io::stdin()
        .read_to_string(&mut text)
        .context("cannot read the text on stdin")?;
    Ok(text)
}
