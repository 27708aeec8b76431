//! `rejoinder man` and `rejoinder completions`: the command line told to `man` and to shells.

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, Result};
use clap::CommandFactory as _;
use clap_complete::Shell;
use clap_mangen::Man;

use super::{Cli, DONE, output};

/// Arguments of `completions`.
#[derive(Debug, clap::Args)]
pub struct CompletionsArgs {
    /// Which shell.
    shell: Shell,
}

/// Arguments of `man`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Write rejoinder.1 and a page for each verb here, rather than print the first one.
    #[arg(long, value_name = "FOLDER")]
    to: Option<PathBuf>,
}

/// Prints the completions of a shell.
///
/// # Errors
/// When stdout takes no more.
pub fn completions(args: &CompletionsArgs) -> Result<ExitCode> {
    let mut script = Vec::new();
    let mut command = Cli::command();
    clap_complete::generate(args.shell, &mut command, "rejoinder", &mut script);
    output::print_text(&String::from_utf8_lossy(&script))?;
    Ok(DONE)
}

/// Prints the manual page, or writes all pages.
///
/// # Errors
/// When stdout takes no more, or the folder cannot be written to.
pub fn run(args: &Args) -> Result<ExitCode> {
    let Some(folder) = &args.to else {
        let mut page = Vec::new();
        Man::new(Cli::command()).render(&mut page)?;
        output::print_text(&String::from_utf8_lossy(&page))?;
        return Ok(DONE);
    };
    let shown = folder.display();
    fs::create_dir_all(folder).with_context(|| format!("cannot make {shown}"))?;
    clap_mangen::generate_to(Cli::command(), folder)
        .with_context(|| format!("cannot write the manual pages into {shown}"))?;
    output::say(&format!(
        "the manual pages are in {shown}; read the first with: man -l {shown}/rejoinder.1"
    ));
    Ok(DONE)
}
