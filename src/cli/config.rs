//! `rejoinder config`

use std::fs;
use std::io::Write as _;
use std::process::ExitCode;

use anyhow::{Context as _, Result, bail};

use super::{DONE, output};
use crate::config::{DEFAULT_FILE, Loaded};
use crate::terminal;

/// What about the settings.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Write a commented settings file to begin with; an existing one is left alone.
    #[arg(long)]
    init: bool,
    /// List commands and their keys, as the README's table.
    #[arg(long, conflicts_with = "init")]
    keys: bool,
}

/// Says where the settings are, writes a file to begin with, or lists the keys.
///
/// # Errors
/// When the file exists or cannot be written.
pub fn run(args: &Args, loaded: &Loaded) -> Result<ExitCode> {
    if args.keys {
        output::print_text(&terminal::keys_table())?;
        return Ok(DONE);
    }
    let path = loaded.paths.config_file();
    if args.init {
        if path.exists() {
            bail!(
                "{} is there already; edit it, or move it away first",
                path.display()
            );
        }
        fs::create_dir_all(&loaded.paths.config_dir)
            .with_context(|| format!("cannot make {}", loaded.paths.config_dir.display()))?;
        let mut file = fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .open(&path)
            .with_context(|| format!("cannot write {}", path.display()))?;
        file.write_all(DEFAULT_FILE.as_bytes())?;
        output::print_text(&path.display().to_string())?;
        return Ok(DONE);
    }
    let there = |path: &std::path::Path| if path.exists() { "" } else { " (not there)" };
    let paths = &loaded.paths;
    output::print_text(&format!(
        "settings  {}{}\nclient    {}{}\nkey       {}{}\nstore     {}{}\nlog       {}",
        path.display(),
        there(&path),
        loaded
            .config
            .gmail
            .credentials_path
            .as_ref()
            .unwrap_or(&paths.credentials_file())
            .display(),
        there(
            loaded
                .config
                .gmail
                .credentials_path
                .as_ref()
                .unwrap_or(&paths.credentials_file())
        ),
        paths.key_file().display(),
        there(&paths.key_file()),
        paths.store_file().display(),
        there(&paths.store_file()),
        paths.log_dir().display(),
    ))?;
    for warning in &loaded.warnings {
        output::complain(warning);
    }
    Ok(DONE)
}
