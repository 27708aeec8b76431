//! `rejoinder doctor`

use std::fmt;
use std::path::Path;
use std::process::ExitCode;

use anyhow::Result;
use serde::Serialize;

use super::{DONE, output};
use crate::config::{ConfigError, Loaded};
use crate::domain::doctor::{Finding, Health};
use crate::service::doctor;
use crate::terminal;

/// What to look at.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Mail yourself, and check what sending rests on.
    #[arg(long)]
    send_test: bool,
    /// As JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Report {
    checks: Vec<Finding>,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for check in &self.checks {
            writeln!(f, "{:<8} {}: {}", check.status, check.name, check.detail)?;
            if let Some(mend) = &check.mend {
                writeln!(f, "         -> {mend}")?;
            }
        }
        Ok(())
    }
}

/// Looks at every part; a fault comes with what mends it. Settings or a store that do not
/// open are findings, not the end.
///
/// # Errors
/// Only when the report cannot be printed.
pub async fn run(args: &Args, file: Option<&Path>) -> Result<ExitCode> {
    let env = |name: &str| std::env::var(name).ok();
    let checks = match crate::config::load(file, &env) {
        Ok(loaded) => of_settings(args, loaded).await,
        Err(error) => without_settings(&error),
    };
    let failed = checks.iter().any(|check| check.status == Health::Failed);
    output::print(args.json, &Report { checks })?;
    Ok(if failed { ExitCode::from(1) } else { DONE })
}

fn without_settings(error: &ConfigError) -> Vec<Finding> {
    let mut checks = vec![Finding::failed(
        "configuration",
        error.to_string(),
        "mend the setting it names, or move the file away: all settings have defaults",
    )];
    let why = "needs settings that can be read";
    checks.extend(
        [
            "permissions",
            "disk",
            "store",
            "sign-in",
            "gmail",
            "clock",
            "model",
        ]
        .map(|name| Finding::skipped(name, why)),
    );
    checks.extend(terminal::abilities(false));
    checks
}

async fn of_settings(args: &Args, loaded: Loaded) -> Vec<Finding> {
    let mut checks = vec![
        configuration(&loaded),
        doctor::permissions(&loaded.config, &loaded.paths),
        doctor::disk(&loaded.paths),
    ];
    let no_color = loaded.config.screen.no_color;
    match super::open(loaded) {
        Ok(services) => {
            checks.push(doctor::store(&services).await);
            checks.extend(doctor::online(&services).await);
            checks.push(doctor::mails(&services).await);
            if args.send_test {
                match doctor::send_test(&services).await {
                    Ok(found) => checks.extend(found),
                    Err(error) => checks.push(Finding::failed(
                        "send-test",
                        error.to_string(),
                        "mend what is wrong above, then run it again",
                    )),
                }
            }
        }
        Err(error) => {
            match error.downcast_ref() {
                Some(error) => checks.push(doctor::not_opened(error)),
                None => checks.push(Finding::failed(
                    "store",
                    format!("{error:#}"),
                    "look at the path and its permissions",
                )),
            }
            let why = "needs a store and settings that work";
            checks.extend(
                ["sign-in", "gmail", "clock", "model"].map(|name| Finding::skipped(name, why)),
            );
        }
    }
    checks.extend(terminal::abilities(no_color));
    checks
}

fn configuration(loaded: &Loaded) -> Finding {
    let name = "configuration";
    let path = loaded.paths.config_file();
    if !loaded.warnings.is_empty() {
        return Finding::warning(
            name,
            loaded.warnings.join("; "),
            "correct the name, or take the setting out; rejoinder config --init shows all",
        );
    }
    let wrong_keys = terminal::key_problems(&loaded.config.keys);
    if let Some(first) = wrong_keys.first() {
        return Finding::warning(
            name,
            first.clone(),
            "correct it under [keys]; rejoinder config --keys lists all commands",
        );
    }
    let from = if path.exists() {
        path.display().to_string()
    } else {
        format!("defaults ({} is not there)", path.display())
    };
    Finding::ok(name, from)
}
