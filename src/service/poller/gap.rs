//! What was done in Gmail with mails that are here, when the history that told of it is
//! gone: the inbox as it is now, against what was last heard of each mail.

use std::collections::HashSet;

use super::Poll;
use super::history::Change;
use crate::domain::GmailId;
use crate::gmail::{GmailErrorKind, Listing};
use crate::service::ServiceError;

/// Pages of 500 of the inbox that are looked through.
const PAGES: usize = 4;
/// Mails that are asked for one by one because they may lie behind those pages.
const ASKED: usize = 100;

impl Poll<'_> {
    /// Mails that left the inbox, or came back to it, since the history was last read. Only
    /// the mails that waiting conversations wait for, and archived ones end with, matter.
    pub(super) async fn changes_over_gap(&self) -> Result<Vec<Change>, ServiceError> {
        let marks = self.services.store().read(|r| r.list_inbox_marks()).await?;
        if marks.is_empty() {
            return Ok(Vec::new());
        }
        let (inbox, whole) = self.list_inbox().await?;
        let mut changes = Vec::new();
        let mut asked = 0;
        for (id, was_inside) in marks {
            match (was_inside, inbox.contains(&id)) {
                (false, true) => changes.push(Change::CameBack(id)),
                (true, false) if whole => changes.push(Change::LeftInbox(id)),
                (true, false) if asked < ASKED => {
                    asked += 1;
                    if !self.is_in_inbox(&id).await? {
                        changes.push(Change::LeftInbox(id));
                    }
                }
                _ => {}
            }
        }
        Ok(changes)
    }

    /// What is in the inbox, and whether that is all of it.
    async fn list_inbox(&self) -> Result<(HashSet<GmailId>, bool), ServiceError> {
        let mut found = HashSet::new();
        let mut page = None;
        for _ in 0..PAGES {
            let listing = Listing {
                label_ids: vec!["INBOX".to_owned()],
                max: 500,
                page: page.take(),
                ..Listing::default()
            };
            let answer = self.gmail.list_messages(&listing).await?;
            found.extend(answer.messages.into_iter().map(|listed| listed.id));
            page = answer.next_page;
            if page.is_none() {
                return Ok((found, true));
            }
        }
        Ok((found, false))
    }

    /// Gmail's word on one mail: it may only be too far back for the pages.
    async fn is_in_inbox(&self, id: &GmailId) -> Result<bool, ServiceError> {
        match self.gmail.message_headers(id, &["Date"]).await {
            Ok(headers) => Ok(headers.label_ids.iter().any(|label| label == "INBOX")),
            Err(error) if error.kind == GmailErrorKind::NotFound => Ok(false),
            Err(error) => Err(error.into()),
        }
    }
}
