//! `rejoinder demo`: the real program, with a simulated Gmail and a scripted model on
//! loopback, in a temporary folder that is removed at the end.

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context as _, Result};
use jiff::tz::TimeZone;
use tempfile::TempDir;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::{DONE, output};
use crate::config::{Config, Loaded, Paths, ProviderName, is_loopback_url};
use crate::demo::browser;
use crate::demo::model::MODEL;
use crate::demo::stage::{Stage, StageOptions};
use crate::domain::lead::NewLead;
use crate::service::{Clock, Services, account, leads, templates};
use crate::{logging, terminal};

/// How to try it.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// How fast the leads write: 2 is twice as fast.
    #[arg(long, default_value_t = 1.0, value_name = "FACTOR")]
    speed: f64,
    /// No screen: serve the simulated mailbox and model, with settings for them in this
    /// folder, until Ctrl-C. For trying the verbs and for scripts.
    #[arg(long, value_name = "DIR")]
    serve: Option<std::path::PathBuf>,
}

/// Runs the demo.
///
/// # Errors
/// When loopback or the temporary folder cannot be used.
pub async fn run(args: Args) -> Result<ExitCode> {
    let speed = if args.speed.is_finite() {
        args.speed.clamp(0.1, 1_000.0)
    } else {
        1.0
    };
    let control_over_http = args.serve.is_some();
    let options = StageOptions {
        speed,
        control_over_http,
        ..StageOptions::default()
    };
    let stage = Stage::start(options).await?;
    match args.serve {
        Some(folder) => serve(&stage, &folder).await,
        None => play(&stage).await,
    }
}

async fn play(stage: &Stage) -> Result<ExitCode> {
    let folder = tempfile::Builder::new()
        .prefix("rejoinder-demo-")
        .tempdir()
        .context("cannot make a temporary folder for the demo")?;
    let paths = paths_in(&folder);
    std::fs::create_dir_all(&paths.config_dir)?;
    logging::start(logging::Target::Folder(&paths.log_dir()))?;
    let client = paths.credentials_file();
    std::fs::write(&client, stage.sim.client_file().to_string())?;
    let mut config = settings(stage, &client);
    // Nothing of the demo is left behind, saved files included.
    config.files.folder = folder.path().join("Downloads");
    let loaded = Loaded {
        config,
        paths,
        warnings: Vec::new(),
    };
    let services = Services::open(loaded, Clock::system(), TimeZone::system())?;
    sign_in(&services).await?;
    for lead in stage.cast.leads() {
        leads::add(&services, lead).await?;
    }
    for (name, text) in &stage.cast.templates {
        templates::set(&services, name, text).await?;
    }
    let result = terminal::run(services, true).await;
    folder
        .close()
        .context("the demo's temporary folder could not be removed")?;
    result.map(|()| DONE)
}

fn paths_in(folder: &TempDir) -> Paths {
    Paths {
        config_dir: folder.path().join("config"),
        data_dir: folder.path().join("data"),
    }
}

/// The settings of the demo. A model of the person's own is used only when it runs on
/// this machine: the demo needs no key and costs nothing.
fn settings(stage: &Stage, client: &Path) -> Config {
    let mut config = Config::default();
    config.gmail.base_url = stage.sim.base_url();
    config.gmail.credentials_path = Some(client.to_owned());
    config.gmail.poll_interval = 2;
    config.user.name = stage.cast.user.name.clone().unwrap_or_default();
    config.user.email = stage.cast.user.address.clone();
    config.user.signature = stage.cast.signature.clone();
    config.ai.provider = Some(ProviderName::OpenAiCompatible);
    config.ai.knowledge = stage.cast.knowledge.clone();
    config.ai.style = stage.cast.style.clone();
    let env = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    match env("OPENAI_BASE_URL").filter(|url| is_loopback_url(url)) {
        Some(url) => {
            config.ai.openai_base_url = url.trim_end_matches('/').to_owned();
            config.ai.model = env("AI_MODEL").unwrap_or_default();
        }
        None => {
            config.ai.openai_base_url = stage.model.base_url();
            config.ai.model = MODEL.to_owned();
        }
    }
    if env("NO_COLOR").is_some() {
        config.screen.no_color = true;
    }
    config
}

/// Signs in as in real life; the browser is a simulated one that says yes.
async fn sign_in(services: &Services) -> Result<()> {
    let pending = account::begin_sign_in(services, account::SignInOptions::default()).await?;
    let address = pending.consent_url().to_owned();
    let visit = tokio::spawn(async move { browser::visit(&address).await });
    let (_keep, pasted) = mpsc::channel(1);
    account::finish_sign_in(services, pending, CancellationToken::new(), pasted).await?;
    visit
        .await
        .context("the demo's browser failed")?
        .context("the demo's browser failed")?;
    Ok(())
}

/// Serves mailbox and model for verbs in other processes.
async fn serve(stage: &Stage, folder: &Path) -> Result<ExitCode> {
    let (config_dir, data_dir) = (folder.join("config"), folder.join("data"));
    std::fs::create_dir_all(&config_dir)
        .with_context(|| format!("cannot make {}", config_dir.display()))?;
    let client = config_dir.join("credentials.json");
    std::fs::write(&client, stage.sim.client_file().to_string())?;
    let quoted = |text: &str| toml::Value::String(text.to_owned()).to_string();
    let name = stage.cast.user.name.clone().unwrap_or_default();
    let settings = format!(
        "[user]\nname = {}\nemail = {}\nsignature = {}\n\n[gmail]\nbase_url = {}\n\n[ai]\nprovider = \"openai-compatible\"\nopenai_base_url = {}\nmodel = {}\nknowledge = {}\nstyle = {}\n",
        quoted(&name),
        quoted(&stage.cast.user.address),
        quoted(&stage.cast.signature),
        quoted(&stage.sim.base_url()),
        quoted(&stage.model.base_url()),
        quoted(MODEL),
        quoted(&stage.cast.knowledge),
        quoted(&stage.cast.style),
    );
    std::fs::write(config_dir.join("config.toml"), settings)?;
    let list: Vec<NewLead> = stage.cast.leads();
    std::fs::write(
        config_dir.join("leads.json"),
        serde_json::to_string_pretty(&list)?,
    )?;
    output::print_text(&format!(
        "export REJOINDER_CONFIG_DIR={} REJOINDER_DATA_DIR={}",
        config_dir.display(),
        data_dir.display()
    ))?;
    output::say(
        "Serving until Ctrl-C. In another shell: run the line above, then rejoinder login --no-browser (open the address with curl -L), rejoinder leads add ..., rejoinder sync",
    );
    tokio::signal::ctrl_c().await?;
    Ok(DONE)
}
