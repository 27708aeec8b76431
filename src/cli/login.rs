//! `rejoinder login` and `logout`

use std::io::{self, BufRead as _};
use std::process::ExitCode;
use std::thread;

use anyhow::Result;
use serde_json::json;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::{DONE, output};
use crate::service::{Services, account};

/// How to sign in.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Do not open a browser: only print the address.
    #[arg(long)]
    no_browser: bool,
    /// The loopback port for the answer, for ssh -L PORT:127.0.0.1:PORT; any free one if not given.
    #[arg(long, value_name = "PORT")]
    port: Option<u16>,
    /// As JSON, after the line with the address.
    #[arg(long)]
    json: bool,
}

/// Signs in: prints the consent address alone on a line of stdout and waits for the
/// answer, by redirect or pasted on stdin.
///
/// # Errors
/// What Google or the person said no to, with what to do.
pub async fn run(services: &Services, args: Args) -> Result<ExitCode> {
    let mut pending = account::begin_sign_in(services, args.port).await?;
    output::print_text(pending.consent_url())?;
    let opened = !args.no_browser && open_browser(pending.consent_url());
    let port = pending.port().unwrap_or(0);
    output::say(&instructions(opened, port));
    if let Some(mut remarks) = pending.remarks() {
        tokio::spawn(async move {
            while let Some(remark) = remarks.recv().await {
                output::say(&remark.0);
            }
        });
    }
    let cancel = CancellationToken::new();
    let on_signal = cancel.clone();
    tokio::spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            on_signal.cancel();
        }
    });
    let account = account::finish_sign_in(services, pending, cancel, pasted()).await?;
    if args.json {
        output::print_json(&json!({ "account": account }))?;
    } else {
        output::say(&format!("signed in as {account}"));
    }
    Ok(DONE)
}

fn instructions(opened: bool, port: u16) -> String {
    let first = if opened {
        "Your browser should show Google's consent page; if not, open the address above."
    } else {
        "Open the address above in a browser, on any machine, and allow the access."
    };
    format!(
        "{first}\n\
         On this machine that is all. On another one the browser then ends on a page of 127.0.0.1 that\n\
         cannot be reached: that is expected. Copy the address of that page and paste it here, or\n\
         forward the port before: ssh -L {port}:127.0.0.1:{port} this-machine\n\
         Waiting (Ctrl-C stops) ..."
    )
}

/// Lines of stdin, read by a thread that nobody waits for.
fn pasted() -> mpsc::Receiver<String> {
    let (lines, receiver) = mpsc::channel(4);
    thread::spawn(move || {
        for line in io::stdin().lock().lines() {
            let Ok(line) = line else { return };
            if lines.blocking_send(line).is_err() {
                return;
            }
        }
    });
    receiver
}

/// Whether a browser could be asked to show the address.
fn open_browser(url: &str) -> bool {
    let has = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let (program, graphical) = if cfg!(target_os = "macos") {
        ("open", !has("SSH_CONNECTION"))
    } else {
        ("xdg-open", has("DISPLAY") || has("WAYLAND_DISPLAY"))
    };
    graphical
        && std::process::Command::new(program)
            .arg(url)
            .stdin(std::process::Stdio::null())
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null())
            .spawn()
            .is_ok()
}

/// Revokes the sign-in at Google and erases it here.
///
/// # Errors
/// When nobody is signed in.
pub async fn sign_out(services: &Services) -> Result<ExitCode> {
    match account::sign_out(services).await? {
        None => output::say("signed out; Google has revoked the access"),
        Some(problem) => output::complain(&format!(
            "signed out here, but Google could not be told: {problem}; revoke the access at https://myaccount.google.com/permissions"
        )),
    }
    Ok(DONE)
}
