//! `rejoinder key`: keys of model providers in the encrypted store.

use std::io::{self, IsTerminal as _};
use std::process::ExitCode;

use anyhow::{Context as _, Result, bail};
use serde_json::json;
use zeroize::Zeroizing;

use super::lines::Lines;
use super::{DONE, nothing_matched, output};
use crate::config::ProviderName;
use crate::service::{Services, keys};

/// What to do with keys.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Keep a key: its first line on stdin. It is never an argument, which ps would show.
    Set {
        /// Such as openai or anthropic.
        provider: ProviderName,
    },
    /// Forget a key.
    Remove {
        /// Such as openai or anthropic.
        provider: ProviderName,
    },
    /// Say for which providers there is a key, and where it comes from; never the key.
    List {
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
}

/// Keeps, forgets and lists keys.
///
/// # Errors
/// A key that is none; failures of the store.
pub async fn run(services: &Services, args: Args) -> Result<ExitCode> {
    match args.action {
        Action::Set { provider } => {
            let key = read_key(provider).await?;
            keys::set(services, provider, &key).await?;
            output::print_text(&format!(
                "the key for {provider} is kept in the encrypted store; a running rejoinder takes it when it is started again"
            ))?;
        }
        Action::Remove { provider } => {
            if !keys::remove(services, provider).await? {
                output::say(&format!("there is no key for {provider} in the store"));
                return Ok(nothing_matched());
            }
            output::print_text(&format!("the key for {provider} is forgotten"))?;
        }
        Action::List { json } => {
            let found = keys::list(services).await?;
            if json {
                let list: Vec<_> = found
                    .iter()
                    .map(|(provider, from)| json!({"provider": provider.as_str(), "from": from}))
                    .collect();
                output::print_json(&json!({ "keys": list }))?;
            } else {
                for (provider, from) in found {
                    output::print_text(&format!("{provider}: {from}"))?;
                }
            }
        }
    }
    Ok(DONE)
}

/// The first line of stdin; typed at a terminal it is not shown.
async fn read_key(provider: ProviderName) -> Result<Zeroizing<String>> {
    let mut lines = Lines::of_stdin();
    if !io::stdin().is_terminal() {
        return Ok(Zeroizing::new(lines.next().await.unwrap_or_default()));
    }
    let question = format!("the key for {provider} (it is not shown), then Enter:");
    tokio::select! {
        // Ended here, not by the signal: the terminal has to show again what is typed.
        biased;
        stopped = tokio::signal::ctrl_c() => {
            stopped.context("cannot wait for Ctrl-C")?;
            bail!("stopped; no key was kept")
        }
        line = lines.ask_hidden(&question) => Ok(Zeroizing::new(line.unwrap_or_default())),
    }
}
