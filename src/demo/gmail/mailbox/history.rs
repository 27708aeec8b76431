//! The history of a mailbox (`users.history`): what changed, in order, under ids that
//! grow and have gaps, kept for a while only.

use rand::Rng as _;

use super::Mailbox;
use crate::demo::gmail::wire::ApiError;

/// What happened to a message.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Change {
    /// It came into the mailbox.
    Added,
    /// It is gone for good.
    Deleted,
    /// It got these labels.
    LabelsAdded(Vec<String>),
    /// It lost these labels.
    LabelsRemoved(Vec<String>),
}

/// The four sorts of change by which history is filtered (`historyTypes`).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// `messageAdded`
    Added,
    /// `messageDeleted`
    Deleted,
    /// `labelAdded`
    LabelAdded,
    /// `labelRemoved`
    LabelRemoved,
}

impl Kind {
    /// By the word of the API (singular).
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Some(match word {
            "messageAdded" => Self::Added,
            "messageDeleted" => Self::Deleted,
            "labelAdded" => Self::LabelAdded,
            "labelRemoved" => Self::LabelRemoved,
            _ => return None,
        })
    }
}

impl Change {
    const fn kind(&self) -> Kind {
        match self {
            Self::Added => Kind::Added,
            Self::Deleted => Kind::Deleted,
            Self::LabelsAdded(_) => Kind::LabelAdded,
            Self::LabelsRemoved(_) => Kind::LabelRemoved,
        }
    }
}

/// One change.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Record {
    /// Its place in the history.
    pub id: u64,
    /// The message.
    pub message: String,
    /// The message's thread.
    pub thread: String,
    /// The message's labels after the change.
    pub labels: Vec<String>,
    /// What happened.
    pub change: Change,
}

/// A page of the history.
#[derive(Clone, Debug)]
pub struct Page<'a> {
    /// The records in order.
    pub records: Vec<&'a Record>,
    /// The last record's id when there are more.
    pub next: Option<u64>,
}

impl Mailbox {
    /// The id of the newest change.
    #[must_use]
    pub const fn last_history(&self) -> u64 {
        self.last_history
    }

    /// Forgets the history up to now: every start id that anybody has is too old.
    pub fn expire_history(&mut self) {
        self.history.clear();
        self.last_history += 1;
        self.oldest_history = self.last_history;
    }

    pub(super) fn record(&mut self, id: &str, change: Change) {
        self.last_history += self.rng.random_range(1..=37);
        let at = self.last_history;
        let Some(stored) = self.get_mut(id) else {
            return;
        };
        stored.history = at;
        let record = Record {
            id: at,
            message: stored.id.clone(),
            thread: stored.thread.clone(),
            labels: stored.labels.iter().cloned().collect(),
            change,
        };
        self.history.push(record);
    }

    /// The changes after `start`, from the record after `after` on.
    ///
    /// # Errors
    /// 404 when `start` is too old or was never given out.
    pub fn history(
        &self,
        start: u64,
        after: Option<u64>,
        kinds: &[Kind],
        label: Option<&str>,
        most: usize,
    ) -> Result<Page<'_>, ApiError> {
        if start < self.oldest_history || start > self.last_history {
            return Err(ApiError::not_found());
        }
        let from = after.unwrap_or(start);
        let begin = self.history.partition_point(|record| record.id <= from);
        let fits = |record: &&Record| {
            (kinds.is_empty() || kinds.contains(&record.change.kind()))
                && label.is_none_or(|label| record.concerns(label))
        };
        let mut found = self.history.iter().skip(begin).filter(fits);
        let records: Vec<&Record> = found.by_ref().take(most).collect();
        let next = match (found.next(), records.last()) {
            (Some(_), Some(last)) => Some(last.id),
            _ => None,
        };
        Ok(Page { records, next })
    }
}

impl Record {
    fn concerns(&self, label: &str) -> bool {
        let named = match &self.change {
            Change::LabelsAdded(labels) | Change::LabelsRemoved(labels) => {
                labels.iter().any(|one| one == label)
            }
            Change::Added | Change::Deleted => false,
        };
        named || self.labels.iter().any(|one| one == label)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::clock::Clock;
    use crate::domain::Address;

    fn filled() -> (Mailbox, u64) {
        let mut mailbox = Mailbox::new(Address::bare("sam@example.com"), Vec::new(), 1);
        let now = Clock::fixed().now();
        mailbox.deliver(b"Subject: old\r\n\r\n", &["INBOX"], now);
        let start = mailbox.last_history();
        let id = mailbox.deliver(b"Subject: a\r\n\r\n", &["INBOX", "UNREAD"], now);
        mailbox.relabel(&id, &[], &["UNREAD".to_owned()]).unwrap();
        mailbox.deliver(b"Subject: archived\r\n\r\n", &["UNREAD"], now);
        mailbox.delete(&id).unwrap();
        (mailbox, start)
    }

    #[test]
    fn changes_come_in_order_after_the_start_id_and_ids_have_gaps() {
        let (mailbox, start) = filled();
        let page = mailbox.history(start, None, &[], None, 100).unwrap();
        let ids: Vec<u64> = page.records.iter().map(|record| record.id).collect();
        assert_eq!(ids.len(), 4);
        assert!(ids.windows(2).all(|pair| pair[0] < pair[1]), "{ids:?}");
        assert!(ids.windows(2).any(|pair| pair[0] + 1 < pair[1]), "{ids:?}");
        assert_eq!(page.next, None);
        let none = mailbox.history(mailbox.last_history(), None, &[], None, 9);
        assert!(none.unwrap().records.is_empty());
    }

    #[test]
    fn pages_together_are_the_whole() {
        let (mailbox, start) = filled();
        let (mut after, mut seen) = (None, 0);
        loop {
            let page = mailbox.history(start, after, &[], None, 1).unwrap();
            seen += page.records.len();
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(seen, 4);
    }

    #[test]
    fn filters_by_kind_and_label_leave_things_out() {
        let (mailbox, start) = filled();
        let added = mailbox
            .history(start, None, &[Kind::Added], None, 9)
            .unwrap();
        assert_eq!(added.records.len(), 2);
        let inbox = mailbox.history(start, None, &[Kind::Added], Some("INBOX"), 9);
        assert_eq!(inbox.unwrap().records.len(), 1);
    }

    #[test]
    fn a_start_id_that_is_too_old_or_was_never_given_is_not_found() {
        let (mut mailbox, start) = filled();
        let last = mailbox.last_history();
        assert_eq!(
            mailbox
                .history(last + 1, None, &[], None, 9)
                .unwrap_err()
                .code,
            404
        );
        mailbox.expire_history();
        assert_eq!(
            mailbox.history(start, None, &[], None, 9).unwrap_err().code,
            404
        );
        assert_eq!(
            mailbox.history(last, None, &[], None, 9).unwrap_err().code,
            404
        );
        let now = mailbox.last_history();
        assert!(mailbox.history(now, None, &[], None, 9).is_ok());
    }
}
