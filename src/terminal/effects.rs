//! Carrying out effects: each becomes a task that calls a use case and reports back.

use std::ffi::OsStr;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, Result, bail};
use tokio::sync::mpsc::Sender;
use tokio_util::task::TaskTracker;

use super::order::{Order, is_ordered};
use super::sign_in::SignIns;
use crate::app::effect::{Decision, Group, How, InboxQuery, Learned};
use crate::app::event::InboxSnapshot;
use crate::app::page::{PageData, PageKind};
use crate::app::words;
use crate::app::{Effect, Event, Loaded, Outcome};
use crate::domain::{ConversationId, ConversationStatus};
use crate::service::attachments::{self, Wanted};
use crate::service::compose::Dispatch;
use crate::service::inbox::Query;
use crate::service::review::Seen;
use crate::service::{
    ServiceError, Services, attach, compose, inbox, leads, learning, moving, outbox, pages, poller,
    review, stats, templates, texts, triage, when, worker,
};

/// Runs effects and sends what came of them.
pub struct Runner {
    services: Services,
    events: Sender<Event>,
    tasks: TaskTracker,
    order: Order,
    sign_ins: Arc<SignIns>,
}

impl Runner {
    /// A runner that reports to `events`.
    #[must_use]
    pub fn new(services: Services, events: Sender<Event>) -> Self {
        Self {
            services,
            events,
            tasks: TaskTracker::new(),
            order: Order::default(),
            sign_ins: Arc::default(),
        }
    }

    /// Starts an effect; the loop goes on meanwhile.
    pub fn start(&self, effect: Effect) {
        let (services, events) = (self.services.clone(), self.events.clone());
        if let Effect::SignIn(step) = effect {
            let sign_ins = Arc::clone(&self.sign_ins);
            self.tasks
                .spawn(async move { sign_ins.step(&services, step, &events).await });
            return;
        }
        let mut turn = is_ordered(&effect).then(|| self.order.take());
        self.tasks.spawn(async move {
            if let Some(turn) = &mut turn {
                turn.come().await;
            }
            let event = carry_out(&services, effect).await;
            drop(turn);
            if let Some(event) = event
                && events.send(event).await.is_err()
            {
                tracing::debug!("nobody waits for the answer any more");
            }
        });
    }

    /// Runs an effect to its end; its answer is for nobody.
    pub async fn run(&self, effect: Effect) {
        let mut turn = self.order.take();
        turn.come().await;
        if let Some(Event::SavingFailed(why) | Event::TextNotSaved { why, .. }) =
            carry_out(&self.services, effect).await
        {
            tracing::error!(%why, "the last text was not saved");
        }
    }

    /// Waits for what was started: an accepted approval is committed before the end.
    pub async fn finish(&self) {
        self.sign_ins.stop();
        self.tasks.close();
        self.tasks.wait().await;
    }
}

async fn carry_out(services: &Services, effect: Effect) -> Option<Event> {
    Some(match effect {
        Effect::LoadInbox { request, query } => {
            let loaded = load_inbox(services, query).await;
            Event::Loaded(
                request,
                loaded.map(|s| Loaded::Inbox(Box::new(s))).map_err(told),
            )
        }
        Effect::LoadConversation { request, id } => {
            let loaded = match inbox::show(services, id).await {
                Ok(view) => Ok(Some(Box::new(view))),
                Err(error) if error.kind() == crate::service::ErrorKind::Missing => Ok(None),
                Err(error) => Err(told(error)),
            };
            Event::Loaded(request, loaded.map(Loaded::Conversation))
        }
        Effect::LoadPage {
            request,
            kind,
            limit,
        } => {
            let loaded = load_page(services, kind, limit).await;
            Event::Loaded(request, loaded.map(Loaded::Page).map_err(told))
        }
        Effect::LoadTargets { request, search } => {
            let loaded = moving::targets(services, &search).await;
            Event::Loaded(request, loaded.map(Loaded::Targets).map_err(told))
        }
        Effect::LoadTemplates {
            request,
            conversation,
        } => {
            let loaded = templates::all_filled(services, conversation).await;
            Event::Loaded(request, loaded.map(Loaded::Templates).map_err(told))
        }
        Effect::LoadText { request, text } => {
            let loaded = texts::get(services, text).await;
            let loaded = loaded.map(|body| Loaded::Text(text, body));
            Event::Loaded(request, loaded.map_err(told))
        }
        Effect::SaveText { text, body } => match texts::set(services, text, &body).await {
            Ok(()) => Event::Finished(Ok(Outcome::TextSaved(text))),
            Err(error) => Event::TextNotSaved {
                text,
                body,
                why: told(error),
            },
        },
        Effect::SaveEdit { suggestion, body } => {
            match review::edit(services, suggestion, &body).await {
                Ok(saved) => Event::Finished(Ok(Outcome::EditSaved {
                    suggestion,
                    revision: saved.revision,
                    checks: saved.checks,
                })),
                Err(error) => Event::SavingFailed(told(error)),
            }
        }
        Effect::SaveOwn {
            conversation,
            before,
            body,
        } => match compose::save(services, conversation, &body, before.as_deref()).await {
            Ok(checks) => Event::Finished(Ok(Outcome::OwnSaved {
                conversation,
                checks,
            })),
            Err(error) => Event::SavingFailed(told(error)),
        },
        Effect::MarkRead(id) => triage::mark_read(services, id)
            .await
            .err()
            .map(|error| Event::Finished(Err(told(error))))?,
        // The loop carries these out itself.
        Effect::SignIn(_) | Effect::EditExternally(_) | Effect::Redraw | Effect::Quit => {
            return None;
        }
        other => Event::Finished(act(services, other).await?.map_err(told)),
    })
}

/// Effects that end in an outcome.
async fn act(services: &Services, effect: Effect) -> Option<Result<Outcome, ServiceError>> {
    Some(match effect {
        Effect::Approve {
            suggestion,
            revision,
            body,
            how,
            confirmed,
        } => {
            let seen = Seen {
                suggestion,
                revision,
                body,
                confirmed,
            };
            let dispatch = match dispatch(services, how) {
                Ok(dispatch) => dispatch,
                Err(error) => return Some(Err(error)),
            };
            review::approve(services, seen, dispatch)
                .await
                .map(Outcome::Queued)
        }
        Effect::SendOwn {
            conversation,
            body,
            how,
        } => {
            let dispatch = match dispatch(services, how) {
                Ok(dispatch) => dispatch,
                Err(error) => return Some(Err(error)),
            };
            compose::reply(services, conversation, &body, dispatch)
                .await
                .map(Outcome::Queued)
        }
        Effect::Reject { suggestion, reason } => {
            let rejected = review::reject(services, suggestion, reason.as_deref()).await;
            rejected.map(|_| Outcome::Rejected(suggestion))
        }
        Effect::Restore(suggestion) => review::restore(services, suggestion)
            .await
            .map(|_| Outcome::Restored(suggestion)),
        Effect::Regenerate {
            conversation,
            hint,
            instead_of,
        } => {
            let asked =
                review::regenerate(services, conversation, hint.as_deref(), instead_of).await;
            asked.map(|suggestion| Outcome::Asked {
                suggestion,
                conversation,
            })
        }
        Effect::Reschedule { delivery, at } => {
            match when::parse(&at, services.now(), services.zone()) {
                Ok(at) => outbox::reschedule(services, delivery, at)
                    .await
                    .map(Outcome::Rescheduled),
                Err(why) => Err(ServiceError::Usage(why)),
            }
        }
        Effect::Attach { conversation, path } => attach::add(services, conversation, &path)
            .await
            .map(|_| Outcome::Done(conversation)),
        Effect::Detach(conversation, path) => {
            attach::remove(services, conversation, path.as_deref())
                .await
                .map(|()| Outcome::Done(conversation))
        }
        Effect::WriteFile { path, text } => write_file(&path, &text)
            .map(|()| Outcome::Written(path))
            .map_err(ServiceError::Refused),
        Effect::StopDraft(suggestion) => review::stop(services, suggestion)
            .await
            .map(|s| Outcome::Done(s.conversation_id)),
        Effect::Undo(delivery) => outbox::undo(services, delivery)
            .await
            .map(|d| Outcome::Undone(d.conversation_id)),
        Effect::Decide { delivery, decision } => {
            let decision = match decision {
                Decision::Send => outbox::Decision::Send,
                Decision::MarkSent => outbox::Decision::MarkSent,
                Decision::KeepLooking => outbox::Decision::KeepLooking,
                Decision::TakeBack => outbox::Decision::TakeBack,
            };
            let decided = outbox::decide(services, delivery, decision).await;
            decided.map(|d| Outcome::Decided(d.conversation_id))
        }
        Effect::Archive { conversation, away } => triage::archive(services, conversation, away)
            .await
            .map(|_| Outcome::Archived { conversation, away }),
        Effect::Snooze {
            conversation,
            until,
        } => triage::snooze(services, conversation, &until)
            .await
            .map(|at| Outcome::Snoozed {
                conversation,
                until: words::when(at, services.now(), services.zone()),
            }),
        Effect::Star {
            conversation,
            starred,
        } => triage::star(services, conversation, starred)
            .await
            .map(|()| Outcome::Done(conversation)),
        Effect::ConfirmMatch(id) => triage::confirm_match(services, id)
            .await
            .map(|()| Outcome::Done(id)),
        Effect::Adopt { mail, to } => moving::adopt(services, mail, to)
            .await
            .map(Outcome::Adopted),
        Effect::Move { message, to } => moving::move_message(services, message, to)
            .await
            .map(Outcome::Moved),
        Effect::AddLead(written) => leads::add_written(services, &written)
            .await
            .map(|lead| Outcome::LeadAdded(lead.name)),
        Effect::MakeLead { mail, name } => leads::add_sender(services, mail, Some(&name))
            .await
            .map(|lead| Outcome::LeadMade(lead.name)),
        Effect::IgnoreSender(mail) => leads::ignore_sender(services, mail)
            .await
            .map(Outcome::SenderIgnored),
        Effect::SaveAttachments {
            conversation,
            folder,
        } => save_attachments(services, conversation, folder).await,
        Effect::PauseSync { resume } => {
            pause_sync(services, resume)
                .await
                .map(|found| Outcome::SyncPaused {
                    resumed: resume,
                    found,
                })
        }
        Effect::SaveTemplate {
            conversation,
            name,
            text,
        } => templates::keep_reply(services, conversation, &name, &text)
            .await
            .map(|template| Outcome::TemplateKept(template.name)),
        Effect::ChangeMemory(change) => change_memory(services, change)
            .await
            .map(Outcome::MemoryChanged),
        Effect::Sync => worker::sync(services).await.map(Outcome::Synced),
        _ => return None,
    })
}

async fn save_attachments(
    services: &Services,
    conversation: ConversationId,
    folder: Option<String>,
) -> Result<Outcome, ServiceError> {
    let wanted = Wanted {
        received: true,
        ..Wanted::default()
    };
    let folder = folder.as_deref().map(Path::new);
    let saved = attachments::save(services, conversation, &wanted, folder).await?;
    let paths: Vec<PathBuf> = saved.into_iter().filter_map(|file| file.saved).collect();
    let text = |part: Option<&OsStr>| part.unwrap_or_default().to_string_lossy().into_owned();
    let folder = paths.first().and_then(|path| path.parent());
    Ok(Outcome::FilesSaved {
        names: paths.iter().map(|path| text(path.file_name())).collect(),
        folder: text(folder.map(Path::as_os_str)),
    })
}

/// False where there is nothing to stop or to resume any more: another process may have
/// done it, or the end has come.
async fn pause_sync(services: &Services, resume: bool) -> Result<bool, ServiceError> {
    if resume {
        poller::resume(services).await
    } else {
        poller::stop(services).await
    }
}

/// How a reply leaves, with its time understood.
fn dispatch(services: &Services, how: How) -> Result<Dispatch, ServiceError> {
    let at = how
        .at
        .map(|words| when::parse(&words, services.now(), services.zone()))
        .transpose()
        .map_err(ServiceError::Usage)?;
    Ok(Dispatch {
        archive: how.archive,
        at,
        confirmed: how.to,
        ..Dispatch::default()
    })
}

/// Writes a text into a file that is not there yet: nothing is overwritten.
fn write_file(path: &str, text: &str) -> Result<(), String> {
    use std::io::Write as _;
    let path = crate::service::attach::at_home(path);
    let failed = |error: std::io::Error| {
        format!(
            "the text was not written to {}: {error}; name another file",
            path.display()
        )
    };
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&path)
        .map_err(failed)?;
    file.write_all(text.as_bytes()).map_err(failed)
}

fn told(error: ServiceError) -> String {
    error.to_string()
}

async fn change_memory(services: &Services, change: Learned) -> Result<&'static str, ServiceError> {
    Ok(match change {
        Learned::Accept(id) => {
            learning::accept(services, id).await?;
            "Accepted; drafts follow it from now on."
        }
        Learned::Edit(id, text) => {
            learning::edit(services, id, &text).await?;
            "Changed and accepted; drafts follow it from now on."
        }
        Learned::DeleteRule(id) => {
            learning::delete(services, id).await?;
            "Erased; it is not proposed again."
        }
        Learned::ForgetExample(id) => {
            learning::forget_example(services, id).await?;
            "Erased; it is not learned from any more."
        }
        Learned::ForgetAll => {
            learning::forget_all(services).await?;
            "Everything that was learned is erased."
        }
    })
}

async fn load_page(
    services: &Services,
    kind: PageKind,
    limit: usize,
) -> Result<PageData, ServiceError> {
    Ok(match kind {
        PageKind::Unmatched => PageData::Unmatched(pages::unmatched(services, limit).await?),
        PageKind::Outbox => PageData::Outbox(pages::outbox(services, limit).await?),
        PageKind::Leads => PageData::Leads(pages::leads(services, limit).await?),
        PageKind::Numbers => PageData::Numbers(Box::new(stats::stats(services, 30).await?)),
        PageKind::Memory => PageData::Memory(Box::new(learning::memory(services, limit).await?)),
    })
}

async fn load_inbox(services: &Services, query: InboxQuery) -> Result<InboxSnapshot, ServiceError> {
    let statuses = match query.group {
        Group::NeedsReply => vec![ConversationStatus::NeedsReply],
        Group::Waiting => vec![ConversationStatus::Waiting],
        Group::Snoozed => vec![ConversationStatus::Snoozed],
        Group::Archived => vec![ConversationStatus::Archived],
        Group::All | Group::Starred => Vec::new(),
    };
    let search = Some(query.search).filter(|text| !text.is_empty());
    let page = inbox::list(
        services,
        Query {
            statuses,
            with_archived: search.is_some() || query.group == Group::Starred,
            search,
            starred: query.group == Group::Starred,
            grouped: true,
            limit: query.limit,
            ..Query::default()
        },
    )
    .await?;
    let around = inbox::surroundings(services).await?;
    Ok(InboxSnapshot {
        page,
        counts: around.counts,
        deliveries: around.deliveries,
        freshness: around.freshness,
        spending: around.spending,
        sending: around.sending,
    })
}

/// Lets the person edit a text in `$VISUAL` or `$EDITOR`, in a file of their own.
pub async fn edit_externally(text: &str) -> Result<String> {
    let command = std::env::var("VISUAL")
        .ok()
        .filter(|value| !value.trim().is_empty())
        .or_else(|| {
            std::env::var("EDITOR")
                .ok()
                .filter(|value| !value.trim().is_empty())
        })
        .unwrap_or_else(|| "vi".to_owned());
    let mut words = command.split_whitespace();
    let Some(program) = words.next() else {
        bail!("$EDITOR is empty; set it to your editor");
    };
    let folder = std::env::temp_dir();
    let path = folder.join(format!(
        "rejoinder-{}-{}.txt",
        std::process::id(),
        jiff::Timestamp::now().as_nanosecond()
    ));
    {
        use std::io::Write as _;
        let mut file = std::fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&path)
            .with_context(|| format!("cannot make the file {} for the editor", path.display()))?;
        file.write_all(text.as_bytes())
            .context("cannot write the text for the editor")?;
    }
    let status = tokio::process::Command::new(program)
        .args(words)
        .arg(&path)
        .status()
        .await
        .with_context(|| {
            format!("cannot start the editor {program}; set $EDITOR to one that is installed")
        })?;
    let edited = std::fs::read_to_string(&path).context("the editor left no text");
    if let Err(error) = std::fs::remove_file(&path) {
        tracing::warn!(%error, "the editor's file could not be removed");
    }
    if !status.success() {
        bail!("the editor {program} ended with {status}; the text stays as it was");
    }
    let edited = edited?;
    // Editors end a file with a line end that nobody typed.
    Ok(edited.strip_suffix('\n').unwrap_or(&edited).to_owned())
}
