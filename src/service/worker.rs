//! The one process that polls, drafts and sends: it holds the lease. All others write
//! what they want into the store and wait.

mod polling;

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::{ServiceError, Services, generator, janitor, outbox, poller, sender};
use crate::domain::delivery::Delivery;
use crate::domain::sync::SyncReport;
use crate::domain::{DeliveryId, Notice, Suggestion, SuggestionId, SuggestionStatus};
use crate::store::{Lease, RequestKind};

/// How often another process's writing is noticed, and a free lease taken.
const LOOK: Duration = Duration::from_millis(500);
/// How long the sender may take to end a call when the program ends.
const LAST_CALL: Duration = Duration::from_secs(8);
/// How often snoozes and the like are looked at.
const HOUSEKEEPING: Duration = Duration::from_secs(20);

/// Works until cancelled: takes the lease as soon as it is free, and does everything that
/// the holder does. Without the lease it only notices what the holder has done.
pub async fn run(services: Services, cancel: CancellationToken) {
    let watching = tokio::spawn(watch(services.clone(), cancel.clone()));
    loop {
        match Lease::take(&services.paths().worker_lock()) {
            Ok(Some(lease)) => {
                tracing::info!("this process polls, drafts and sends");
                services.set_role(Role::Holds);
                hold(&services, &cancel).await;
                drop(lease);
                break;
            }
            Ok(None) => services.set_role(Role::Follows),
            Err(error) => tracing::error!(%error, "the lease cannot be taken"),
        }
        tokio::select! {
            () = cancel.cancelled() => break,
            () = tokio::time::sleep(LOOK) => {}
        }
    }
    if watching.await.is_err() {
        tracing::error!("the watch over the store ended badly");
    }
}

/// What this process does about the mailbox.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Role {
    /// It is not known yet.
    Begins,
    /// It polls, drafts and sends.
    Holds,
    /// Another process does; this one shows what it does, and takes over when it ends.
    Follows,
}

/// The process that works, as far as its lock tells.
#[must_use]
pub fn holder(services: &Services) -> Option<u32> {
    Lease::holder(&services.paths().worker_lock())
}

/// Whether some process works already.
#[must_use]
pub fn is_running(services: &Services) -> bool {
    matches!(Lease::take(&services.paths().worker_lock()), Ok(None))
}

/// Notices what other processes commit.
async fn watch(services: Services, cancel: CancellationToken) {
    let mut last = services.store().data_version().await.unwrap_or(0);
    loop {
        tokio::select! {
            () = cancel.cancelled() => return,
            () = tokio::time::sleep(LOOK) => {}
        }
        match services.store().data_version().await {
            Ok(version) if version != last => {
                last = version;
                services.post(Notice::StoreChanged);
                services.wake_sender().notify_one();
                services.wake_generator().notify_one();
                services.wake_poller().notify_one();
            }
            Ok(_) => {}
            Err(error) => tracing::warn!(%error, "the store cannot be watched"),
        }
    }
}

async fn hold(services: &Services, cancel: &CancellationToken) {
    if let Err(error) = outbox::renew(services).await {
        tracing::warn!(%error, "queued replies keep their times");
    }
    let mut tasks = JoinSet::new();
    let (s, c) = (services.clone(), cancel.clone());
    tasks.spawn(async move { polling::run(&s, &c).await });
    let (s, c) = (services.clone(), cancel.clone());
    tasks.spawn(async move { draft_loop(&s, &c).await });
    let (s, c) = (services.clone(), cancel.clone());
    tasks.spawn(async move { housekeeping_loop(&s, &c).await });
    let (s, c) = (services.clone(), cancel.clone());
    let sending = tokio::spawn(async move { send_loop(&s, &c).await });
    cancel.cancelled().await;
    // What is being fetched or drafted is fetched or drafted again; a call that sends
    // should hear its answer if it can.
    tasks.shutdown().await;
    if tokio::time::timeout(LAST_CALL, sending).await.is_err() {
        tracing::warn!("a reply was leaving when the program ended; the next run looks it up");
    }
}

async fn send_loop(services: &Services, cancel: &CancellationToken) {
    loop {
        let next = match sender::run_due(services).await {
            Ok(next) => next,
            Err(error) => {
                tracing::warn!(%error, "sending is held up");
                Some(later(services.now(), SignedDuration::from_secs(10)))
            }
        };
        if cancel.is_cancelled() {
            return;
        }
        let wait = next.map_or(Duration::from_secs(3_600), |next| until(services, next));
        tokio::select! {
            () = cancel.cancelled() => return,
            () = services.wake_sender().notified() => {}
            // At least every few seconds of a wait: a machine that slept wakes with the
            // wall clock far ahead of the timer.
            () = tokio::time::sleep(wait.min(Duration::from_secs(15))) => {}
        }
    }
}

async fn draft_loop(services: &Services, cancel: &CancellationToken) {
    loop {
        if let Err(error) = generator::run_all(services, cancel).await {
            tracing::warn!(%error, "drafting is held up");
            tokio::time::sleep(Duration::from_secs(5)).await;
        }
        tokio::select! {
            () = cancel.cancelled() => return,
            () = services.wake_generator().notified() => {}
        }
    }
}

async fn housekeeping_loop(services: &Services, cancel: &CancellationToken) {
    loop {
        if let Err(error) = janitor::run_due(services).await {
            tracing::warn!(%error, "housekeeping failed");
        }
        tokio::select! {
            () = cancel.cancelled() => return,
            () = tokio::time::sleep(HOUSEKEEPING) => {}
        }
    }
}

fn later(now: Timestamp, wait: SignedDuration) -> Timestamp {
    now.checked_add(wait).unwrap_or(now)
}

fn until(services: &Services, at: Timestamp) -> Duration {
    at.duration_since(services.now())
        .max(SignedDuration::ZERO)
        .unsigned_abs()
}

/// Looks at the mailbox once and drafts for what came: here if nobody else works, else by
/// asking the process that does.
///
/// # Errors
/// What made it fail, in words.
pub async fn sync(services: &Services) -> Result<SyncReport, ServiceError> {
    if let Some(_lease) = take(services)? {
        sender::run_due(services).await?;
        let mut report = poller::poll(services).await?;
        report.drafts = generator::run_all(services, &CancellationToken::new()).await?;
        return Ok(report);
    }
    let now = services.now();
    let id = services
        .store()
        .write(move |w| w.insert_request(RequestKind::Sync, now))
        .await?;
    services.wake_poller().notify_one();
    loop {
        tokio::time::sleep(LOOK / 2).await;
        if let Some(text) = services
            .store()
            .read(move |r| r.get_request_result(id))
            .await?
        {
            let report: Result<SyncReport, _> = serde_json::from_str(&text);
            return report.map_err(|_| refusal(&text));
        }
        if let Some(lease) = take(services)? {
            // Whoever worked is gone without an answer.
            drop(lease);
            return Box::pin(sync(services)).await;
        }
    }
}

fn refusal(text: &str) -> ServiceError {
    let value: serde_json::Value = serde_json::from_str(text).unwrap_or_default();
    let why = value
        .get("error")
        .and_then(|e| e.as_str())
        .unwrap_or("the answer makes no sense")
        .to_owned();
    if value.get("sign_in").and_then(serde_json::Value::as_bool) == Some(true) {
        return ServiceError::SignIn(why);
    }
    ServiceError::refused(why)
}

/// Waits until a reply has reached an end, delivering it here if nobody else works.
///
/// # Errors
/// Failures of the store.
pub async fn deliver(services: &Services, id: DeliveryId) -> Result<Delivery, ServiceError> {
    loop {
        if let Some(_lease) = take(services)? {
            return sender::deliver(services, id).await;
        }
        let delivery = outbox::get(services, id).await?;
        if delivery.state.is_final() || delivery.state.needs_person() {
            return Ok(delivery);
        }
        tokio::time::sleep(LOOK / 2).await;
    }
}

/// Waits until a draft is there, writing it here if nobody else works.
///
/// # Errors
/// Failures of the store.
pub async fn draft(services: &Services, id: SuggestionId) -> Result<Suggestion, ServiceError> {
    loop {
        let suggestion = services
            .store()
            .read(move |r| r.require_suggestion(id))
            .await?;
        if suggestion.status != SuggestionStatus::Generating {
            return Ok(suggestion);
        }
        match take(services)? {
            Some(_lease) => {
                generator::run_all(services, &CancellationToken::new()).await?;
            }
            None => tokio::time::sleep(LOOK / 2).await,
        }
    }
}

fn take(services: &Services) -> Result<Option<Lease>, ServiceError> {
    Lease::take(&services.paths().worker_lock()).map_err(|error| {
        ServiceError::refused(format!(
            "the lock {} cannot be used: {error}; check the permissions of the data folder",
            services.paths().worker_lock().display()
        ))
    })
}
