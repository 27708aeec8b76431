//! What came and changed since the cursor.

use std::collections::{BTreeSet, HashSet};

use jiff::Timestamp;

use super::Poll;
use crate::domain::{ConversationId, ConversationStatus, GmailId, HistoryId};
use crate::gmail::MessageStub;
use crate::service::ServiceError;
use crate::store::{StoreError, Write};

/// What a history says of mails that are known already, in order.
enum Change {
    Read(GmailId),
    Unread(GmailId),
    LeftInbox(GmailId),
    CameBack(GmailId),
}

impl Poll<'_> {
    /// What came and changed after `from`. The cursor moves with the mails it stands
    /// for; when more came than one poll may fetch it stops in between.
    pub(super) async fn incremental(&mut self, from: HistoryId) -> Result<(), ServiceError> {
        let mut added: Vec<(HistoryId, MessageStub)> = Vec::new();
        let mut changes: Vec<(HistoryId, Change)> = Vec::new();
        let mut page: Option<String> = None;
        let newest = loop {
            let answer = self.gmail.history(from, page.as_deref()).await?;
            for record in answer.records {
                for stub in record.added {
                    added.push((record.id, stub));
                }
                for change in record.labels_added {
                    note_labels(
                        &mut changes,
                        record.id,
                        &change.message.id,
                        &change.label_ids,
                        true,
                    );
                }
                for change in record.labels_removed {
                    note_labels(
                        &mut changes,
                        record.id,
                        &change.message.id,
                        &change.label_ids,
                        false,
                    );
                }
            }
            page = answer.next_page;
            if page.is_none() {
                break answer.history_id;
            }
        };
        let mut wanted: Vec<(HistoryId, GmailId)> = Vec::new();
        let mut seen = HashSet::new();
        for (record, stub) in added {
            let draft = stub.label_ids.iter().any(|label| label == "DRAFT");
            if !draft && seen.insert(stub.id.clone()) && !self.knows(&stub.id).await? {
                wanted.push((record, stub.id));
            }
        }
        let stop = wanted.len() > self.left;
        // Everything up to and with the last record of which all mails are fetched.
        let cursor = if stop {
            let next = wanted.get(self.left).map_or(newest, |(record, _)| *record);
            wanted.truncate(self.left);
            wanted
                .iter()
                .rev()
                .map(|(record, _)| *record)
                .find(|record| *record < next)
                .unwrap_or(from)
        } else {
            newest
        };
        let ids: Vec<GmailId> = wanted.into_iter().map(|(_, id)| id).collect();
        self.intake.live = true;
        self.fetch_and_store(&ids, (!stop || cursor > from).then_some(cursor))
            .await?;
        // What lies behind the cursor is told again with the next poll.
        changes.retain(|(record, _)| !stop || *record <= cursor);
        self.apply(changes.into_iter().map(|(_, change)| change).collect())
            .await
    }

    /// Follows what was done in Gmail elsewhere with mails that are here.
    async fn apply(&mut self, changes: Vec<Change>) -> Result<(), ServiceError> {
        if changes.is_empty() {
            return Ok(());
        }
        let now = self.intake.now;
        let touched = self
            .services
            .store()
            .write(move |w| {
                let mut touched = BTreeSet::new();
                for change in &changes {
                    touched.extend(apply_change(w, change, now)?);
                }
                Ok(touched)
            })
            .await?;
        self.touched.extend(touched);
        self.tell();
        Ok(())
    }
}

fn note_labels(
    changes: &mut Vec<(HistoryId, Change)>,
    record: HistoryId,
    id: &GmailId,
    labels: &[String],
    added: bool,
) {
    for label in labels {
        let change = match (label.as_str(), added) {
            ("UNREAD", true) => Change::Unread(id.clone()),
            ("UNREAD", false) => Change::Read(id.clone()),
            ("INBOX", false) | ("TRASH", true) => Change::LeftInbox(id.clone()),
            ("INBOX", true) | ("TRASH", false) => Change::CameBack(id.clone()),
            _ => continue,
        };
        changes.push((record, change));
    }
}

fn apply_change(
    w: Write<'_>,
    change: &Change,
    now: Timestamp,
) -> Result<Option<ConversationId>, StoreError> {
    let (Change::Read(id) | Change::Unread(id) | Change::LeftInbox(id) | Change::CameBack(id)) =
        change;
    let Some((message, conversation)) = w.get_message_by_gmail_id(id)? else {
        return Ok(None);
    };
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
        }
        (Change::CameBack(_), Some(ConversationStatus::Archived)) if newest => {
            set(ConversationStatus::NeedsReply)?;
        }
        _ => return Ok(None),
    }
    Ok(Some(conversation))
}
