//! A draft that was changed in Gmail, when the person has decided to send what was approved
//! here. Left where it is it could leave by hand, and the lead would be answered twice: its
//! text comes home as the conversation's unsent reply, and it goes.

use super::Pass;
use crate::domain::GmailDraftId;
use crate::gmail::GmailError;
use crate::mail::parse::parse;
use crate::service::ServiceError;
use crate::store::DeliveryRow;

/// Why a reply stops again although the person said to send it.
const FILES: &str = "its draft was changed in Gmail and has other files now, which would be lost: \
     delete that draft in Gmail, or take the reply back here";

/// A draft with our mark that is not what was approved.
pub(super) struct Changed {
    draft: GmailDraftId,
    /// What it says now; none when it cannot be read.
    text: Option<String>,
    /// It carries the files of the approved reply, and no others.
    same_files: bool,
}

impl Changed {
    /// A draft by its raw mail, and the raw mail that was approved.
    pub(super) fn new(draft: GmailDraftId, raw: &[u8], approved: &[u8]) -> Self {
        let (now, then) = (parse(raw).ok(), parse(approved).ok());
        let same_files = match (&now, &then) {
            (Some(now), Some(then)) => now.attachments == then.attachments,
            _ => false,
        };
        Self {
            draft,
            text: now.map(|mail| mail.text),
            same_files,
        }
    }
}

impl Pass<'_> {
    /// Keeps the text of each changed draft and removes it from Gmail. The next pass looks
    /// again: somebody may have sent one in the meantime.
    pub(super) async fn bring_home(
        &self,
        row: &DeliveryRow,
        changed: Vec<Changed>,
    ) -> Result<(), ServiceError> {
        for draft in changed {
            let Some(text) = draft.text.filter(|_| draft.same_files) else {
                return self.ask(row, FILES).await;
            };
            self.keep(row, text).await?;
            if let Err(error) = self.gmail.delete_draft(&draft.draft).await {
                return self.unless_gone(row, error).await;
            }
        }
        self.look_at_once(row).await
    }

    /// Adds a text to the conversation's unsent reply, once. One that says what leaves
    /// anyway, where only the subject or the people were changed, is not worth keeping.
    async fn keep(&self, row: &DeliveryRow, text: String) -> Result<(), ServiceError> {
        if text
            .split_whitespace()
            .eq(row.delivery.body.split_whitespace())
        {
            return Ok(());
        }
        let (conversation, now) = (row.delivery.conversation_id, self.services.now());
        self.services
            .store()
            .write_durably(move |w| {
                let text = text.trim_end();
                let unsent = match w.get_composition(conversation)? {
                    Some(old) if old.contains(text) => return Ok(()),
                    Some(old) => format!("{}\n\n{text}\n", old.trim_end()),
                    None => format!("{text}\n"),
                };
                w.set_composition(conversation, &unsent, now)
            })
            .await?;
        Ok(())
    }

    async fn unless_gone(&self, row: &DeliveryRow, error: GmailError) -> Result<(), ServiceError> {
        match error.kind {
            crate::gmail::GmailErrorKind::NotFound => self.look_at_once(row).await,
            _ => self.try_later(row, &error).await,
        }
    }

    async fn look_at_once(&self, row: &DeliveryRow) -> Result<(), ServiceError> {
        let patch = crate::store::OutboxPatch {
            next_at: Some(self.services.now()),
            tried: true,
            ..crate::store::OutboxPatch::default()
        };
        self.note(row, patch).await
    }
}
