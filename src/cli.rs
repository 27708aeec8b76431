//! Layer 7: the command line, one file for each verb.
//!
//! Data goes to stdout, for people or as JSON; everything else goes to stderr. Exit codes
//! are a contract: 0 done, 1 failed, 2 usage, 3 nothing matched, 4 sign-in needed.

mod approve;
mod archive;
mod attachments;
mod config;
mod demo;
mod doctor;
mod edit;
mod export;
mod forget;
mod import;
mod inspect;
mod kept_text;
mod key;
mod leads;
mod lines;
mod list;
mod login;
mod manual;
mod memory;
mod new;
mod outbox;
mod output;
mod regenerate;
mod reject;
mod reply;
mod restore;
mod show;
mod snooze;
mod stats;
mod sync;
mod templates;
mod text;
mod unmatched;
mod watch;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};
use jiff::tz::TimeZone;

use crate::config::Loaded;
use crate::domain::text::KeptText;
use crate::service::{Clock, ErrorKind, ServiceError, Services};
use crate::{logging, terminal};

/// Answer leads' mail from the terminal: drafts for approval, each sent at most once.
///
/// Without a command the full screen starts.
#[derive(Debug, Parser)]
#[command(name = "rejoinder", version, max_term_width = 100)]
pub struct Cli {
    /// The settings file, instead of config.toml in the configuration folder.
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    verb: Option<Verb>,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// List conversations.
    List(list::Args),
    /// Show a conversation with its mails, suggestions and outbox.
    Show(show::Args),
    /// Approve a suggestion and send it.
    Approve(approve::Args),
    /// Reject a suggestion.
    Reject(reject::Args),
    /// Change a suggestion's text.
    Edit(edit::Args),
    /// Make an earlier or rejected version of a suggestion the current one again.
    Restore(restore::Args),
    /// Ask for another suggestion.
    Regenerate(regenerate::Args),
    /// Send a reply of your own.
    Reply(reply::Args),
    /// Keep replies to send again, with placeholders; `reply --template` sends one.
    Templates(templates::Args),
    /// Put a conversation away, or fetch it back.
    Archive(archive::Args),
    /// List the files of a conversation, or save them.
    Attachments(attachments::Args),
    /// Put a conversation off until a time.
    Snooze(snooze::Args),
    /// Replies on their way: list them, decide about one, give one another time.
    Outbox(outbox::Args),
    /// Take a reply back that has not left yet.
    Undo(outbox::UndoArgs),
    /// Send a first mail to a lead.
    New(new::Args),
    /// Add, list and change leads.
    Leads(leads::Args),
    /// Erase a lead with everything that is held of it here.
    Forget(forget::Args),
    /// List mail that belongs to no conversation.
    Unmatched(unmatched::Args),
    /// Take an unmatched mail into a lead's conversation.
    Adopt(unmatched::AdoptArgs),
    /// Move a mail that was matched wrongly.
    Move(unmatched::MoveArgs),
    /// Show or replace what you know: prices, dates, terms. Drafts state nothing else.
    Facts(kept_text::Args),
    /// Show or replace how you write. Drafts follow it.
    Style(kept_text::Args),
    /// Bring Maildir or mbox archives in as history.
    Import(import::Args),
    /// Print all that is kept as JSON, one document a line.
    Export(export::Args),
    /// What was learned from you: rules of style and replies; accept, change, erase.
    Memory(memory::Args),
    /// Look at the mailbox once.
    Sync(sync::Args),
    /// Work without a screen: poll, draft and send, and print what happens as JSON lines.
    Watch(watch::Args),
    /// Numbers about the work.
    Stats(stats::Args),
    /// Sign in to Gmail.
    Login(login::Args),
    /// Revoke the sign-in and erase it.
    Logout,
    /// Look at every part, and say what mends what is wrong.
    Doctor(doctor::Args),
    /// Keep keys of model providers in the encrypted store.
    Key(key::Args),
    /// Show what is read of mail files.
    Inspect(inspect::Args),
    /// The settings: where they are, a file to begin with, the keys.
    Config(config::Args),
    /// Try everything with a simulated mailbox: no account, no key, no network.
    Demo(demo::Args),
    /// Print what a shell needs to complete the verbs and their options.
    Completions(manual::CompletionsArgs),
    /// Print the manual page, or write one for each verb into a folder.
    Man(manual::Args),
}

/// Runs the command line.
#[must_use]
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => {
            output::complain(&format!("the program cannot start: {error}"));
            return ExitCode::from(1);
        }
    };
    let code = match runtime.block_on(run(cli)) {
        Ok(code) => code,
        Err(error) => {
            if !output::is_broken_pipe(&error) {
                output::complain(&format!("{error:#}"));
            }
            exit_code(&error)
        }
    };
    // A read of stdin that nobody waits for must not keep the program alive.
    runtime.shutdown_background();
    code
}

/// Done.
const DONE: ExitCode = ExitCode::SUCCESS;

/// Nothing matched what was asked for.
fn nothing_matched() -> ExitCode {
    ExitCode::from(3)
}

fn exit_code(error: &anyhow::Error) -> ExitCode {
    if output::is_broken_pipe(error) {
        return DONE;
    }
    let kind = error.downcast_ref::<ServiceError>().map(ServiceError::kind);
    ExitCode::from(match kind {
        Some(ErrorKind::Usage) => 2,
        Some(ErrorKind::Missing) => 3,
        Some(ErrorKind::SignIn) => 4,
        Some(ErrorKind::Failed) | None => {
            if error.is::<text::NoText>() {
                2
            } else {
                1
            }
        }
    })
}

async fn run(cli: Cli) -> Result<ExitCode> {
    let verb = match cli.verb {
        // These need neither settings nor a store.
        Some(Verb::Completions(args)) => return manual::completions(&args),
        Some(Verb::Man(args)) => return manual::run(&args),
        Some(Verb::Inspect(args)) => return inspect::run(&args),
        Some(Verb::Demo(args)) => return demo::run(args).await,
        // This one is for when those are wrong.
        Some(Verb::Doctor(args)) => {
            logging::start(logging::Target::Stderr)?;
            return doctor::run(&args, cli.config.as_deref()).await;
        }
        verb => verb,
    };
    let env = |name: &str| std::env::var(name).ok();
    let loaded = crate::config::load(cli.config.as_deref(), &env)?;
    if let Some(Verb::Config(args)) = verb {
        return config::run(&args, &loaded);
    }
    let target = match verb {
        None => logging::Target::Folder(&loaded.paths.log_dir()),
        Some(_) => logging::Target::Stderr,
    };
    logging::start(target)?;
    for warning in &loaded.warnings {
        output::complain(warning);
    }
    if verb.is_none() {
        for problem in crate::service::doctor::exposed(&loaded.config, &loaded.paths) {
            output::complain(&problem);
        }
    }
    let services = open(loaded)?;
    let Some(verb) = verb else {
        terminal::run(services, false).await?;
        return Ok(DONE);
    };
    match verb {
        Verb::List(args) => list::run(&services, args).await,
        Verb::Show(args) => show::run(&services, args).await,
        Verb::Approve(args) => approve::run(&services, args).await,
        Verb::Reject(args) => reject::run(&services, args).await,
        Verb::Edit(args) => edit::run(&services, args).await,
        Verb::Restore(args) => restore::run(&services, args).await,
        Verb::Memory(args) => memory::run(&services, args).await,
        Verb::Regenerate(args) => regenerate::run(&services, args).await,
        Verb::Reply(args) => reply::run(&services, args).await,
        Verb::Templates(args) => templates::run(&services, args).await,
        Verb::Archive(args) => archive::run(&services, args).await,
        Verb::Attachments(args) => attachments::run(&services, args).await,
        Verb::Snooze(args) => snooze::run(&services, args).await,
        Verb::Outbox(args) => outbox::run(&services, args).await,
        Verb::Undo(args) => outbox::undo(&services, args).await,
        Verb::New(args) => new::run(&services, args).await,
        Verb::Leads(args) => leads::run(&services, args).await,
        Verb::Forget(args) => forget::run(&services, args).await,
        Verb::Unmatched(args) => unmatched::run(&services, args).await,
        Verb::Adopt(args) => unmatched::adopt(&services, args).await,
        Verb::Move(args) => unmatched::move_mail(&services, args).await,
        Verb::Facts(args) => kept_text::run(&services, KeptText::Facts, args).await,
        Verb::Style(args) => kept_text::run(&services, KeptText::Style, args).await,
        Verb::Export(args) => export::run(&services, args).await,
        Verb::Import(args) => import::run(&services, args).await,
        Verb::Sync(args) => sync::run(&services, args).await,
        Verb::Watch(args) => watch::run(&services, args).await,
        Verb::Stats(args) => stats::run(&services, args).await,
        Verb::Login(args) => login::run(&services, args).await,
        Verb::Logout => login::sign_out(&services).await,
        Verb::Key(args) => key::run(&services, args).await,
        Verb::Inspect(_)
        | Verb::Config(_)
        | Verb::Demo(_)
        | Verb::Doctor(_)
        | Verb::Completions(_)
        | Verb::Man(_) => Ok(DONE),
    }
}

fn open(loaded: Loaded) -> Result<Services> {
    Ok(Services::open(loaded, Clock::system(), TimeZone::system())?)
}
