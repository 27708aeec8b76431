//! What the inbox lists and what a conversation shows.

use super::{ServiceError, Services, checks};
use crate::domain::delivery::{Delivery, SendingUse};
use crate::domain::listing::{ConversationView, Counts, InboxPage, MessageView, Spending};
use crate::domain::sync::{Freshness, SyncProblem, SyncProgress, UnitsUsed};
use crate::domain::{ConversationId, ConversationStatus, LeadId};
use crate::store::{InboxCursor, InboxFilter, InboxOrder, StoreError, SyncState};

/// What is to be listed.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Query {
    /// Only these states; all but the archived ones when empty.
    pub statuses: Vec<ConversationStatus>,
    /// Part of the lead's name, of its address or of the subject.
    pub search: Option<String>,
    /// Only with this lead.
    pub lead: Option<LeadId>,
    /// Only the starred ones.
    pub starred: bool,
    /// In the groups of the screen instead of by time.
    pub grouped: bool,
    /// The archived ones as well.
    pub with_archived: bool,
    /// After this cursor of an earlier page.
    pub after: Option<String>,
    /// Rows at most.
    pub limit: usize,
}

/// One page.
///
/// # Errors
/// [`ServiceError::Usage`] for a cursor that no page gave out; failures of the store.
pub async fn list(services: &Services, query: Query) -> Result<InboxPage, ServiceError> {
    let after = query
        .after
        .as_deref()
        .map(|text| {
            InboxCursor::from_text(text).ok_or_else(|| {
                ServiceError::Usage(format!(
                    "\"{text}\" is no place to go on from; use the \"next\" of an earlier answer"
                ))
            })
        })
        .transpose()?;
    let filter = InboxFilter {
        statuses: query.statuses,
        with_archived: query.with_archived,
        search: query.search,
        lead: query.lead,
        starred: query.starred,
        order: if query.grouped {
            InboxOrder::Groups
        } else {
            InboxOrder::Time
        },
    };
    let limit = query.limit;
    Ok(services
        .store()
        .read(move |r| r.list_inbox(&filter, after, limit))
        .await?)
}

/// A conversation with everything in it.
///
/// # Errors
/// [`StoreError::Missing`].
pub async fn show(
    services: &Services,
    id: ConversationId,
) -> Result<ConversationView, ServiceError> {
    let inner = services.clone();
    Ok(services
        .store()
        .read(move |r| {
            let row = r.get_inbox_row(id)?.ok_or(StoreError::Missing {
                what: "conversation",
                id: id.0,
            })?;
            let people = super::compose::recipients(r, id)?;
            let mut view = ConversationView {
                row,
                messages: r
                    .list_messages(id)?
                    .into_iter()
                    .map(MessageView::from)
                    .collect(),
                suggestions: r.list_suggestions(id)?,
                outbox: r.list_deliveries(id)?,
                composition: r.get_composition(id)?,
                composition_checks: Vec::new(),
                answer_to: people.to,
                unconfirmed: people.unconfirmed,
                files: r.list_reply_files(id)?,
            };
            // Facts may have changed since the texts were written.
            checks::renew(r, &inner, &mut view)?;
            Ok(view)
        })
        .await?)
}

/// What the first and the last line of the screen show.
#[derive(Clone, PartialEq, Debug)]
pub struct Surroundings {
    /// Sizes of the groups.
    pub counts: Counts,
    /// What is on its way.
    pub deliveries: Vec<Delivery>,
    /// How fresh the mailbox is.
    pub freshness: Freshness,
    /// What drafts cost.
    pub spending: Spending,
    /// How much of the sending limits is used.
    pub sending: SendingUse,
}

/// Everything around the rows.
///
/// # Errors
/// Failures of the store.
pub async fn surroundings(services: &Services) -> Result<Surroundings, ServiceError> {
    let spending = super::generator::spending(services).await?;
    let (counts, deliveries) = services
        .store()
        .read(|r| Ok((r.count_groups()?, r.list_open_deliveries()?)))
        .await?;
    Ok(Surroundings {
        counts,
        deliveries,
        freshness: freshness(services).await?,
        spending,
        sending: super::sender::usage(services).await?,
    })
}

/// How fresh the mailbox is.
///
/// # Errors
/// Failures of the store.
pub async fn freshness(services: &Services) -> Result<Freshness, ServiceError> {
    let (state, backlog) = services
        .store()
        .read(|r| Ok((r.get_sync_state()?, r.count_backlog()?)))
        .await?;
    let problem: Option<SyncProblem> = state
        .problem
        .as_deref()
        .and_then(|json| serde_json::from_str(json).ok());
    Ok(Freshness {
        synced_at: state.synced_at,
        next_at: state.next_at,
        syncing: state.is_full_under_way() && problem.is_none(),
        problem,
        progress: progress(&state, backlog),
        units: UnitsUsed {
            last_poll: state.units.poll,
            last_minute: state.units.minute,
            today: state.units.today,
            per_minute: u64::from(services.config().gmail.quota.units_per_minute),
        },
    })
}

/// How far a full sync has come, with so many mails still to look at.
pub(super) fn progress(state: &SyncState, backlog: u64) -> Option<SyncProgress> {
    (state.full_history_id.is_some() && backlog > 0).then(|| SyncProgress {
        done: state.full_done,
        total: state.full_done + backlog,
        stopped: state.full_stopped,
    })
}
