//! What came and changed since the cursor.

use std::collections::HashSet;

use jiff::Timestamp;

use super::Poll;
use super::batch::{Commit, How};
use crate::domain::{ConversationId, ConversationStatus, GmailId, HistoryId};
use crate::gmail::HistoryRecord;
use crate::service::{ServiceError, triage};
use crate::store::{StoreError, Unknown, Write};

/// What a history says of mails that are known already.
#[derive(Clone, Debug)]
pub(super) enum Change {
    Read(GmailId),
    Unread(GmailId),
    LeftInbox(GmailId),
    CameBack(GmailId),
    /// Out of the trash or of spam; that is not yet into the inbox.
    Restored(GmailId),
}

/// Everything after the cursor, in order.
#[derive(Default)]
struct Changes {
    /// Mails that came, by the record that says so.
    added: Vec<(HistoryId, GmailId)>,
    /// Mails that were given another place: sent, fetched out of spam or trash.
    moved: Vec<GmailId>,
    /// Mails deleted for good.
    deleted: HashSet<GmailId>,
    /// What happened to mails, by record.
    labels: Vec<(HistoryId, Change)>,
}

impl Poll<'_> {
    /// What came and changed after `from`. The cursor moves with the mails it stands
    /// for; when more came than one poll may fetch it stops in between.
    pub(super) async fn incremental(&mut self, from: HistoryId) -> Result<(), ServiceError> {
        let mut changes = Changes::default();
        let mut page: Option<String> = None;
        let newest = loop {
            let answer = self.gmail.history(from, page.as_deref()).await?;
            for record in answer.records {
                changes.note(record);
            }
            page = answer.next_page;
            if page.is_none() {
                break answer.history_id;
            }
        };
        let Changes {
            mut added,
            mut moved,
            deleted,
            mut labels,
        } = changes;
        let mut seen = HashSet::new();
        added.retain(|(_, id)| !deleted.contains(id) && seen.insert(id.clone()));
        moved.retain(|id| !deleted.contains(id) && seen.insert(id.clone()));
        let ids: Vec<GmailId> = added.iter().map(|(_, id)| id.clone()).collect();
        let unknown: HashSet<GmailId> = self
            .unknown(&ids, Unknown::NeverSeen)
            .await?
            .into_iter()
            .collect();
        added.retain(|(_, id)| unknown.contains(id));
        let moved = self.unknown(&moved, Unknown::NotStored).await?;
        if !moved.is_empty() {
            self.take_in(&moved, How::default(), None).await?;
        }

        let stop = added.len() > self.left;
        // Everything up to and with the last record of which all mails are fetched.
        let cursor = if stop {
            let next = added.get(self.left).map_or(newest, |(record, _)| *record);
            added.truncate(self.left);
            added
                .iter()
                .rev()
                .map(|(record, _)| *record)
                .find(|record| *record < next)
                .unwrap_or(from)
        } else {
            newest
        };
        // What lies behind the cursor is told again with the next poll.
        labels.retain(|(record, _)| !stop || *record <= cursor);
        let ids: Vec<GmailId> = added.into_iter().map(|(_, id)| id).collect();
        let how = How {
            live: true,
            ..How::default()
        };
        let commit = Commit {
            cursor: (cursor > from).then_some(cursor),
            changes: labels.into_iter().map(|(_, change)| change).collect(),
        };
        let nothing = ids.is_empty() && commit.cursor.is_none() && commit.changes.is_empty();
        if !nothing {
            self.take_in(&ids, how, Some(commit)).await?;
        }
        self.report.more |= stop;
        Ok(())
    }
}

impl Changes {
    fn note(&mut self, record: HistoryRecord) {
        let at = record.id;
        let is_draft = |labels: &[String]| labels.iter().any(|label| label == "DRAFT");
        for stub in record.added {
            if !is_draft(&stub.label_ids) {
                self.added.push((at, stub.id));
            }
        }
        for change in record.labels_added {
            let draft = is_draft(&change.message.label_ids);
            for label in &change.label_ids {
                if !draft && matches!(label.as_str(), "INBOX" | "SENT") {
                    self.moved.push(change.message.id.clone());
                }
                self.label(at, &change.message.id, label, true);
            }
        }
        for change in record.labels_removed {
            let draft = is_draft(&change.message.label_ids);
            for label in &change.label_ids {
                if !draft && matches!(label.as_str(), "SPAM" | "TRASH") {
                    self.moved.push(change.message.id.clone());
                }
                self.label(at, &change.message.id, label, false);
            }
        }
        for stub in record.deleted {
            self.labels.push((at, Change::LeftInbox(stub.id.clone())));
            self.deleted.insert(stub.id);
        }
    }

    fn label(&mut self, at: HistoryId, id: &GmailId, label: &str, added: bool) {
        let id = id.clone();
        let change = match (label, added) {
            ("UNREAD", true) => Change::Unread(id),
            ("UNREAD", false) => Change::Read(id),
            ("INBOX", false) | ("TRASH" | "SPAM", true) => Change::LeftInbox(id),
            ("INBOX", true) => Change::CameBack(id),
            ("TRASH" | "SPAM", false) => Change::Restored(id),
            _ => return,
        };
        self.labels.push((at, change));
    }
}

/// Follows what was done in Gmail elsewhere with a mail that is here.
pub(super) fn apply_change(
    w: Write<'_>,
    change: &Change,
    now: Timestamp,
) -> Result<Option<ConversationId>, StoreError> {
    let (Change::Read(id)
    | Change::Unread(id)
    | Change::LeftInbox(id)
    | Change::CameBack(id)
    | Change::Restored(id)) = change;
    let Some((message, conversation)) = w.get_message_by_gmail_id(id)? else {
        return Ok(None);
    };
    match change {
        Change::LeftInbox(_) => w.set_in_inbox(message, false)?,
        Change::CameBack(_) => w.set_in_inbox(message, true)?,
        Change::Read(_) | Change::Unread(_) | Change::Restored(_) => {}
    }
    let newest = w.get_last_inbound(conversation)? == Some(message);
    let status = w.get_conversation_status(conversation)?;
    let set = |status| w.set_conversation_status(conversation, status, None, now);
    match (change, status) {
        // Our own telling Gmail comes back as a change; it says nothing about the person.
        (Change::Read(_), _) => {
            if w.forget_read_told(message)? || !newest {
                return Ok(None);
            }
            w.set_conversation_unread(conversation, false)?;
        }
        (Change::Unread(_), _) if newest => {
            w.set_conversation_unread(conversation, true)?;
        }
        (Change::LeftInbox(_), Some(ConversationStatus::NeedsReply)) if newest => {
            set(ConversationStatus::Archived)?;
            w.set_conversation_unread(conversation, false)?;
        }
        (Change::CameBack(_) | Change::Restored(_), Some(ConversationStatus::Archived))
            if newest =>
        {
            set(triage::natural_status(w, conversation)?)?;
        }
        _ => return Ok(None),
    }
    Ok(Some(conversation))
}
