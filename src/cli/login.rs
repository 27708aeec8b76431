//! `rejoinder login` and `logout`

use std::future::Future;
use std::io::{self, IsTerminal as _};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Result;
use secrecy::SecretString;
use serde_json::json;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::lines::Lines;
use super::{DONE, output};
use crate::domain::doctor::Health;
use crate::service::account::{self, ClientChoice, SignInOptions};
use crate::service::{ServiceError, Services, doctor};
use crate::terminal;

/// How to sign in.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Do not open a browser: only print the address.
    #[arg(long)]
    no_browser: bool,
    /// The loopback port for the answer, for ssh -L PORT:127.0.0.1:PORT; any free one if not given.
    #[arg(long, value_name = "PORT")]
    port: Option<u16>,
    /// The client file downloaded from Google Cloud; it is kept encrypted after the sign-in.
    #[arg(long, value_name = "FILE", conflicts_with = "client_id")]
    client_file: Option<PathBuf>,
    /// The client's id; its secret is read from GMAIL_CLIENT_SECRET, or asked for on stdin.
    #[arg(long, value_name = "ID")]
    client_id: Option<String>,
    /// Give up after so many seconds.
    #[arg(long, value_name = "SECONDS", default_value_t = 600, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    timeout: u64,
    /// As JSON, after the line with the address.
    #[arg(long)]
    json: bool,
}

/// The variable that a client's secret is taken from: arguments can be seen by others.
const SECRET: &str = "GMAIL_CLIENT_SECRET";

/// Signs in: prints the consent address alone on a line of stdout and waits for the
/// answer, by redirect or pasted on stdin.
///
/// # Errors
/// What Google or the person said no to, with what to do.
pub async fn run(services: &Services, args: Args) -> Result<ExitCode> {
    let end = Instant::now() + Duration::from_secs(args.timeout);
    let cancel = on_ctrl_c();
    let mut lines = Lines::of_stdin();
    let client = choose(services, &args, &mut lines, &cancel, end).await?;
    let options = SignInOptions {
        client,
        port: args.port,
        time_limit: Some(end.saturating_duration_since(Instant::now())),
    };
    let mut pending = account::begin_sign_in(services, options).await?;
    if let Some(problem) = &pending.exposed {
        output::complain(problem);
    }
    let url = pending.consent_url().to_owned();
    output::print_text(&url)?;
    let opened = !args.no_browser && open_browser(&url);
    decorate(&url);
    let port = pending.port().unwrap_or(0);
    output::say(&instructions(opened, port, args.timeout));
    if let Some(mut remarks) = pending.remarks() {
        tokio::spawn(async move {
            while let Some(remark) = remarks.recv().await {
                output::say(&remark.0);
            }
        });
    }
    let account = account::finish_sign_in(services, pending, cancel, lines.into_inner()).await?;
    if args.json {
        output::print_json(&json!({ "account": account }))?;
    } else {
        output::say(&format!("signed in as {account}"));
    }
    remind(services, args.client_file.as_deref());
    Ok(DONE)
}

fn on_ctrl_c() -> CancellationToken {
    let cancel = CancellationToken::new();
    let on_signal = cancel.clone();
    tokio::spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            on_signal.cancel();
        }
    });
    cancel
}

/// The client: from the command line, else the known one, else asked for.
async fn choose(
    services: &Services,
    args: &Args,
    lines: &mut Lines,
    cancel: &CancellationToken,
    end: Instant,
) -> Result<ClientChoice, ServiceError> {
    if let Some(path) = &args.client_file {
        return Ok(ClientChoice::File(path.clone()));
    }
    if let Some(id) = &args.client_id {
        return with_secret(id.clone(), lines, cancel, end).await;
    }
    if account::has_client(services).await {
        return Ok(ClientChoice::Known);
    }
    output::say(
        "rejoinder needs an OAuth client of your own. How to get one (five minutes, once):",
    );
    for (n, (text, link)) in account::setup_steps().enumerate() {
        output::say(&format!("{}. {text}\n   {link}", n + 1));
    }
    output::say("Path of the downloaded file, or the client's id:");
    let answer = within(lines.next(), cancel, end).await?;
    let answer = answer.ok_or_else(|| {
        ServiceError::SignIn(
            "there is no client to sign in with; name its file with --client-file FILE, or its id with --client-id ID"
                .to_owned(),
        )
    })?;
    let answer = answer.trim().trim_matches(['"', '\'']).to_owned();
    if answer.ends_with(".apps.googleusercontent.com") {
        return with_secret(answer, lines, cancel, end).await;
    }
    Ok(ClientChoice::File(PathBuf::from(answer)))
}

async fn with_secret(
    id: String,
    lines: &mut Lines,
    cancel: &CancellationToken,
    end: Instant,
) -> Result<ClientChoice, ServiceError> {
    let from_env = std::env::var(SECRET).ok().filter(|text| !text.is_empty());
    let secret = match from_env {
        Some(secret) => secret,
        None => {
            let asked = lines.ask_hidden("The client's secret (is not shown):");
            let answer = within(asked, cancel, end).await?;
            answer
                .filter(|text| !text.trim().is_empty())
                .ok_or_else(|| {
                    ServiceError::SignIn(format!(
                        "the client's secret is missing; give it on stdin or in {SECRET}"
                    ))
                })?
        }
    };
    Ok(ClientChoice::IdAndSecret {
        id,
        secret: SecretString::from(secret.trim().to_owned()),
    })
}

/// What is waited for, unless the person stops it or the time is over.
async fn within<T>(
    wait: impl Future<Output = T>,
    cancel: &CancellationToken,
    end: Instant,
) -> Result<T, ServiceError> {
    tokio::select! {
        () = cancel.cancelled() => Err(ServiceError::SignIn("the sign-in was stopped".to_owned())),
        () = tokio::time::sleep_until(end) => Err(ServiceError::SignIn(
            "the sign-in was not finished in time; start it again".to_owned(),
        )),
        got = wait => Ok(got),
    }
}

/// On a terminal: the address as a link, on the clipboard, and as a QR code where it fits.
fn decorate(url: &str) {
    if !io::stderr().is_terminal() {
        return;
    }
    let more = ", and it was put on your clipboard, as far as the terminal allows it.";
    output::say_link(url, "This is a link to it", more);
    output::copy(url);
    let (width, height) = terminal::size();
    let fits = |rows: &Vec<String>| {
        rows.len() + 8 <= usize::from(height)
            && rows
                .first()
                .is_some_and(|row| row.chars().count() <= usize::from(width))
    };
    if let Some(rows) = terminal::qr_rows(url).filter(fits) {
        output::say(&rows.join("\n"));
    }
}

fn instructions(opened: bool, port: u16, seconds: u64) -> String {
    let first = if opened {
        "Your browser should show Google's consent page; if not, open the address above."
    } else {
        "Open the address above in a browser, on any machine, and allow the access."
    };
    let minutes = seconds.div_ceil(60);
    format!(
        "{first}\n\
         On this machine that is all. On another one the browser then ends on a page of 127.0.0.1 that\n\
         cannot be reached: that is expected. Copy the address of that page and paste it here, or\n\
         forward the port before: ssh -L {port}:127.0.0.1:{port} this-machine\n\
         Waiting for {minutes} min at most (Ctrl-C stops) ..."
    )
}

/// What to see to afterwards.
fn remind(services: &Services, given: Option<&std::path::Path>) {
    if let Some(path) = given {
        output::say(&format!(
            "the client is kept encrypted now; {} is not needed any more",
            path.display()
        ));
    }
    let permissions = doctor::permissions(services.config(), services.paths());
    if permissions.status != Health::Ok {
        let mend = permissions.mend.unwrap_or_default();
        output::complain(&format!("{}; run: {mend}", permissions.detail));
    }
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
