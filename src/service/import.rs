//! Bringing archives in as history: Maildir folders, mbox files, Google Takeout.
//!
//! Two passes. The first reads the header fields of every mail and puts the mails in the
//! order of their time, whatever order the files have. The second reads them whole, on
//! every core, and hands them to the store batch by batch; each batch is a transaction.
//! What is stored already is remembered for those that quote it and otherwise passed over,
//! so an import that was cut off goes on when it is run again. Matching is the store's, the same that the poller asks. History never makes
//! drafts, never marks anything as read, and never asks for an answer.

mod labels;
mod place;
mod quotes;
mod read;
mod report;
mod scan;
mod series;

use std::collections::{HashMap, HashSet};
use std::path::PathBuf;
use std::sync::Arc;

use jiff::Timestamp;
use serde::Serialize;

use super::ingest::Intake;
use super::{ServiceError, Services};
use crate::domain::address::address_key;
use crate::domain::sync::MatchCounts;
use crate::domain::{ConversationId, LeadId, Notice};
use crate::store::StoreError;
use place::Fate;
use report::Report;

/// A conversation whose last mail is not older than so many days is shown as waiting, and
/// any other archived.
pub const RECENT_DAYS: i64 = 30;

/// Mails of one transaction, at most.
const BATCH: usize = 512;
/// Bytes of text of one transaction, roughly at most.
const BATCH_BYTES: usize = 16 * 1024 * 1024;

/// What is to be brought in, and how.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// Files and folders.
    pub paths: Vec<PathBuf>,
    /// Strangers become leads.
    pub everybody: bool,
    /// Addresses of ours besides the account's.
    pub me: Vec<String>,
    /// Where one line for each mail is written.
    pub report: Option<PathBuf>,
}

/// How far an import is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Progress {
    /// So many mails were found.
    Found(u64),
    /// So many of all mails are done.
    Done {
        /// Mails that are done.
        mails: u64,
        /// All of them.
        of: u64,
    },
}

/// What an import did.
#[derive(Clone, PartialEq, Debug, Default, Serialize)]
pub struct Summary {
    /// Mails in the archives.
    pub mails: u64,
    /// Stored now.
    pub imported: u64,
    /// Copies of mails that were here already.
    pub known: u64,
    /// Drafts, spam, mail of and to people who are no leads.
    pub skipped: u64,
    /// Could not be read.
    pub broken: u64,
    /// New conversations.
    pub conversations: u64,
    /// New leads.
    pub leads: u64,
    /// Conversations that turned out to be parts of others.
    pub united: u64,
    /// How mails found their conversations.
    pub matched: MatchCounts,
    /// Whether anybody's addresses were known as ours.
    pub knows_us: bool,
    /// How long it took.
    pub seconds: f64,
}

/// What stays the same from batch to batch.
struct Plan {
    own: HashSet<String>,
    everybody: bool,
    now: Timestamp,
}

/// What goes from batch to batch.
#[derive(Default)]
struct State {
    leads: HashMap<String, LeadId>,
    quotes: quotes::Quotes,
    series: series::Series,
    united: HashMap<ConversationId, ConversationId>,
    summary: Summary,
}

/// Brings archives in.
///
/// # Errors
/// A path that is not there; a report that cannot be written; failures of the store. What
/// was stored before stays stored. A mail that cannot be read is told in the report and by
/// `complain`, and the rest go on.
pub async fn run(
    services: &Services,
    request: Request,
    mut progress: impl FnMut(Progress) + Send + 'static,
    complain: impl Fn(&str) + Send + Sync + 'static,
) -> Result<Summary, ServiceError> {
    let started = services.now();
    let plan = Arc::new(plan(services, &request).await?);
    let report = request.report.clone();
    let mut report = report.map(|path| Report::begin(&path)).transpose()?;
    let paths = request.paths.clone();
    let (scanned, mut progress) = tokio::task::spawn_blocking(move || {
        let scanned = scan::scan(&paths, &mut |found| progress(Progress::Found(found)));
        (scanned, progress)
    })
    .await
    .map_err(|error| ServiceError::refused(format!("the archives were not read: {error}")))?;
    let scanned = scanned.map_err(|error| ServiceError::Usage(error.to_string()))?;
    let mut state = Box::new(State::default());
    state.summary.knows_us = !plan.own.is_empty();
    for broken in &scanned.broken {
        complain(&broken.error);
        state.summary.broken += 1;
        if let Some(report) = &mut report {
            report.broken(broken)?;
        }
    }
    let total = count(scanned.items.len()) + count(scanned.broken.len());
    state.summary.mails = total;
    state.leads = leads(services).await?;
    let mut reader = read::Reader::start(Arc::new(scanned));
    let mut done = state.summary.broken;
    let mut batch: Vec<read::Ready> = Vec::with_capacity(BATCH);
    loop {
        let chunk = reader.next().await;
        let ended = chunk.is_none();
        batch.extend(chunk.unwrap_or_default());
        let bytes: usize = batch.iter().map(read::Ready::weight).sum();
        if batch.len() < BATCH && bytes < BATCH_BYTES && !ended {
            continue;
        }
        if !batch.is_empty() {
            done += count(batch.len());
            let taken = std::mem::take(&mut batch);
            let plan = Arc::clone(&plan);
            let (placed, back) = services
                .store()
                .write(move |w| place::place_all(w, &plan, state, taken))
                .await?;
            state = back;
            for placed in &placed {
                if let Fate::Broken(error) = &placed.fate {
                    complain(&format!("{}: {error}", placed.file));
                }
                if let Some(report) = &mut report {
                    report.placed(placed)?;
                }
            }
            progress(Progress::Done {
                mails: done,
                of: total,
            });
        }
        if ended {
            break;
        }
    }
    if let Some(report) = report {
        report.finish(&state.united)?;
    }
    services.post(Notice::StoreChanged);
    let elapsed = services.now().duration_since(started);
    state.summary.seconds = elapsed.as_secs_f64();
    Ok(state.summary)
}

async fn plan(services: &Services, request: &Request) -> Result<Plan, StoreError> {
    let own = Intake::of_account(services).await?.own;
    let me = request.me.iter().map(|address| address_key(address));
    Ok(Plan {
        own: own.into_iter().chain(me).collect(),
        everybody: request.everybody,
        now: services.now(),
    })
}

async fn leads(services: &Services) -> Result<HashMap<String, LeadId>, StoreError> {
    let all = services.store().read(|r| r.list_all_addresses()).await?;
    Ok(all.into_iter().collect())
}

fn count(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}
