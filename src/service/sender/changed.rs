//! A draft that was changed in Gmail, when the person has decided to send what was approved
//! here. Left where it is it could leave by hand, and the lead would be answered twice: its
//! text comes home as the conversation's unsent reply, and it goes.

use jiff::SignedDuration;

use super::{Pass, later};
use crate::gmail::{DraftRef, GmailErrorKind};
use crate::mail::parse::parse;
use crate::service::ServiceError;
use crate::service::outbox::keep_text;
use crate::store::{DeliveryRow, OutboxPatch};

/// Why a reply stops again although the person said to send it.
const FILES: &str = "its draft was changed in Gmail and has other files now, which would be lost: \
     delete that draft in Gmail, or take the reply back here";
/// Until a draft that somebody is still changing is read again.
const TYPING: SignedDuration = SignedDuration::from_secs(5);

/// A draft of ours that is not what was approved.
pub(super) struct Changed {
    draft: DraftRef,
    /// What it says now, if that is not what leaves anyway.
    text: Option<String>,
    /// It can be read, and carries the files of the approved reply and no others.
    can_come_home: bool,
}

impl Changed {
    /// A draft by its raw mail, and the raw mail that was approved.
    pub(super) fn new(draft: DraftRef, raw: &[u8], approved: &[u8]) -> Self {
        let (Ok(now), Ok(then)) = (parse(raw), parse(approved)) else {
            return Self {
                draft,
                text: None,
                can_come_home: false,
            };
        };
        let says_the_same = now.text.split_whitespace().eq(then.text.split_whitespace());
        Self {
            draft,
            can_come_home: now.attachments == then.attachments,
            text: (!says_the_same).then_some(now.text),
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
            if !draft.can_come_home {
                return self.ask(row, FILES).await;
            }
            if let Some(text) = draft.text {
                let (conversation, now) = (row.delivery.conversation_id, self.services.now());
                self.services
                    .store()
                    .write_durably(move |w| keep_text(w, conversation, &text, now))
                    .await?;
            }
            // What was read may not be what is there now: Gmail saves while somebody types.
            let removed = match self.gmail.get_draft(&draft.draft.draft_id).await {
                Ok(now) if now.reference.message_id != draft.draft.message_id => {
                    return self.read_again(row).await;
                }
                Ok(_) => self.gmail.delete_draft(&draft.draft.draft_id).await,
                Err(error) => Err(error),
            };
            match removed {
                Ok(()) => {}
                // Not by us: somebody sent it, or threw it away.
                Err(error) if error.kind == GmailErrorKind::NotFound => {
                    return self.gone(row).await;
                }
                Err(error) => return self.try_later(row, &error).await,
            }
        }
        Ok(())
    }

    async fn read_again(&self, row: &DeliveryRow) -> Result<(), ServiceError> {
        let patch = OutboxPatch {
            next_at: Some(later(self.services.now(), TYPING)),
            ..OutboxPatch::default()
        };
        self.note(row, patch).await
    }
}
