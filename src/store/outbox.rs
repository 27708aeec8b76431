//! Replies on their way. A state changes only from the state it was read in.

use jiff::Timestamp;
use rusqlite::{Row, named_params};

use super::error::StoreError;
use super::row::{Columns as _, from_ms, json, ms, optional};
use super::threads::{Read, Write};
use crate::domain::delivery::{Delivery, DeliveryState, DeliveryStep, SentFile};
use crate::domain::{
    ConversationId, DeliveryId, GmailDraftId, GmailId, GmailThreadId, MessageId, SuggestionId,
};

/// A reply to be sent, frozen.
#[derive(Clone, Debug)]
pub struct NewDelivery {
    /// Where it belongs.
    pub conversation: ConversationId,
    /// The suggestion it came from.
    pub suggestion: Option<SuggestionId>,
    /// Not before.
    pub not_before: Timestamp,
    /// The random mark in `X-Rejoinder-Id`.
    pub mark: String,
    /// The whole mail.
    pub raw: Vec<u8>,
    /// Whom it goes to, for people.
    pub recipient: String,
    /// Its subject.
    pub subject: String,
    /// Its text.
    pub body: String,
    /// Gmail's thread it belongs to.
    pub gmail_thread_id: Option<GmailThreadId>,
    /// Archive the conversation once it has left.
    pub archive_after: bool,
    /// Its time was chosen by the person.
    pub scheduled: bool,
    /// The files frozen into it.
    pub files: Vec<SentFile>,
    /// When it was approved.
    pub now: Timestamp,
}

/// A row of the outbox as the sender works on it.
#[derive(Clone, Debug)]
pub struct DeliveryRow {
    /// What the screen shows of it.
    pub delivery: Delivery,
    /// Due for the next step at this time.
    pub next_at: Timestamp,
    /// The mark.
    pub mark: String,
    /// The whole mail.
    pub raw: Vec<u8>,
    /// Gmail's thread.
    pub gmail_thread_id: Option<GmailThreadId>,
    /// The draft that is the ticket.
    pub gmail_draft_id: Option<GmailDraftId>,
    /// The draft's message: another one means that somebody edited it.
    pub draft_message_id: Option<GmailId>,
    /// Since when the outcome is unknown.
    pub unknown_since: Option<Timestamp>,
    /// How often it was looked for.
    pub looks: u32,
    /// Archive the conversation once it has left.
    pub archive_after: bool,
    /// The newest mail there was when it was approved.
    pub basis: MessageId,
    /// The person said to send it again: a draft changed in Gmail is not in the way.
    pub again: bool,
    /// Gmail's id of the mail that left.
    pub gmail_id: Option<GmailId>,
}

/// What changes along with a step; what is none stays.
#[derive(Clone, Debug, Default)]
pub struct OutboxPatch {
    /// When the next step is due.
    pub next_at: Option<Timestamp>,
    /// A new not-before time.
    pub not_before: Option<Timestamp>,
    /// Counts a try.
    pub tried: bool,
    /// The draft that was made.
    pub draft: Option<(GmailDraftId, GmailId)>,
    /// Forget the draft: it is gone.
    pub forget_draft: bool,
    /// Gmail's id of the mail that left.
    pub gmail_id: Option<GmailId>,
    /// `Message-ID` of the mail that left.
    pub message_id: Option<String>,
    /// Gmail's thread of the mail that left.
    pub gmail_thread_id: Option<GmailThreadId>,
    /// Why it is not further; an empty text takes an earlier reason away.
    pub error: Option<String>,
    /// Counts a look.
    pub looked: bool,
    /// The person said to send it again.
    pub again: bool,
    /// Whether a draft may be left at Gmail under an id that is not known here.
    pub leftover: Option<bool>,
    /// Whether its time was chosen by the person.
    pub scheduled: Option<bool>,
}

pub(super) const COLUMNS: &str = "
    id, conversation_id, suggestion_id, state, not_before, next_at, attempts, mark, raw, recipient,
    subject, body, gmail_thread_id, gmail_draft_id, draft_message_id, archive_after, basis,
    unknown_since, looks, error, created_at, scheduled, again, files_json, bounced, gmail_id";

fn delivery_from_row(row: &Row<'_>) -> rusqlite::Result<Delivery> {
    Ok(Delivery {
        id: DeliveryId(row.get("id")?),
        conversation_id: ConversationId(row.get("conversation_id")?),
        suggestion_id: row
            .get::<_, Option<i64>>("suggestion_id")?
            .map(SuggestionId),
        state: row.word("state")?,
        not_before: row.at("not_before")?,
        attempts: row.get("attempts")?,
        error: row.get("error")?,
        to: row.get("recipient")?,
        subject: row.get("subject")?,
        body: row.get("body")?,
        created_at: row.at("created_at")?,
        scheduled: row.get("scheduled")?,
        files: row.json("files_json")?,
        bounced: row.get("bounced")?,
    })
}

pub(super) fn from_row(row: &Row<'_>) -> rusqlite::Result<DeliveryRow> {
    let text = |column: &str| row.get::<_, Option<String>>(column);
    Ok(DeliveryRow {
        delivery: delivery_from_row(row)?,
        next_at: row.at("next_at")?,
        mark: row.get("mark")?,
        raw: row.get("raw")?,
        gmail_thread_id: text("gmail_thread_id")?.map(GmailThreadId),
        gmail_draft_id: text("gmail_draft_id")?.map(GmailDraftId),
        draft_message_id: text("draft_message_id")?.map(GmailId),
        unknown_since: row.at_opt("unknown_since")?,
        looks: row.get("looks")?,
        archive_after: row.get("archive_after")?,
        basis: MessageId(row.get("basis")?),
        again: row.get("again")?,
        gmail_id: text("gmail_id")?.map(GmailId),
    })
}

impl Read<'_> {
    /// The delivery with this number.
    pub fn get_delivery(&self, id: DeliveryId) -> Result<Option<DeliveryRow>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM outbox WHERE id = :id");
        optional(
            self.0
                .prepare_cached(&sql)?
                .query_row(named_params! { ":id": id.0 }, from_row),
        )
    }

    /// The delivery with this number, or [`StoreError::Missing`].
    pub fn require_delivery(&self, id: DeliveryId) -> Result<DeliveryRow, StoreError> {
        self.get_delivery(id)?.ok_or(StoreError::Missing {
            what: "delivery",
            id: id.0,
        })
    }

    /// The delivery whose mail carries this mark.
    pub fn get_delivery_by_mark(&self, mark: &str) -> Result<Option<DeliveryRow>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM outbox WHERE mark = :mark");
        optional(
            self.0
                .prepare_cached(&sql)?
                .query_row(named_params! { ":mark": mark }, from_row),
        )
    }

    /// The deliveries of a conversation, oldest first.
    pub fn list_deliveries(&self, id: ConversationId) -> Result<Vec<Delivery>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM outbox WHERE conversation_id = :id ORDER BY id");
        let mut statement = self.0.prepare_cached(&sql)?;
        Ok(statement
            .query_map(named_params! { ":id": id.0 }, delivery_from_row)?
            .collect::<Result<_, _>>()?)
    }

    /// Everything that has not reached an end, oldest first.
    pub fn list_open_deliveries(&self) -> Result<Vec<Delivery>, StoreError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM outbox
             WHERE state NOT IN ('sent', 'refused', 'cancelled')
             ORDER BY id"
        );
        let mut statement = self.0.prepare_cached(&sql)?;
        Ok(statement
            .query_map([], delivery_from_row)?
            .collect::<Result<_, _>>()?)
    }

    /// Those that came to an end, newest first.
    pub fn list_ended_deliveries(&self, limit: usize) -> Result<Vec<Delivery>, StoreError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM outbox
             WHERE state IN ('sent', 'refused', 'cancelled')
             ORDER BY id DESC
             LIMIT :limit"
        );
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let mut statement = self.0.prepare_cached(&sql)?;
        Ok(statement
            .query_map(named_params! { ":limit": limit }, delivery_from_row)?
            .collect::<Result<_, _>>()?)
    }

    /// The delivery whose next step is due first, if it is due by `now`.
    pub fn get_due_delivery(&self, now: Timestamp) -> Result<Option<DeliveryRow>, StoreError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM outbox
             WHERE state IN ('queued', 'staging', 'staged', 'sending', 'unknown') AND next_at <= :now
             ORDER BY next_at, id
             LIMIT 1"
        );
        optional(
            self.0
                .prepare_cached(&sql)?
                .query_row(named_params! { ":now": ms(now) }, from_row),
        )
    }

    /// When the next step of any delivery is due.
    pub fn get_next_delivery_time(&self) -> Result<Option<Timestamp>, StoreError> {
        let found: Option<i64> = self
            .0
            .prepare_cached(
                "SELECT min(next_at) FROM outbox
                 WHERE state IN ('queued', 'staging', 'staged', 'sending', 'unknown')",
            )?
            .query_row([], |row| row.get(0))?;
        Ok(found.map(from_ms))
    }

    /// Whether a reply of the conversation has not reached an end.
    pub fn has_open_delivery(&self, id: ConversationId) -> Result<bool, StoreError> {
        Ok(self
            .0
            .prepare_cached(
                "SELECT EXISTS (SELECT 1 FROM outbox
                 WHERE conversation_id = :id AND state NOT IN ('sent', 'refused', 'cancelled'))",
            )?
            .query_row(named_params! { ":id": id.0 }, |row| row.get(0))?)
    }
}

impl Write<'_> {
    /// Queues a reply.
    ///
    /// # Errors
    /// A conflict when another reply of the conversation has not reached an end.
    pub fn insert_delivery(&self, new: &NewDelivery) -> Result<DeliveryId, StoreError> {
        if self.has_open_delivery(new.conversation)? {
            return Err(StoreError::conflict(
                "another reply of this conversation is still on its way; wait for it or undo it first",
            ));
        }
        self.0
            .prepare_cached(
                "INSERT INTO outbox
                     (conversation_id, suggestion_id, state, not_before, next_at, mark, raw,
                      recipient, subject, body, gmail_thread_id, archive_after, scheduled, files_json,
                      basis, created_at, updated_at)
                 VALUES
                     (:conversation, :suggestion, 'queued', :not_before, :not_before, :mark, :raw,
                      :recipient, :subject, :body, :thread, :archive, :scheduled, :files,
                      (SELECT coalesce(max(id), 0) FROM messages WHERE conversation_id = :conversation),
                      :now, :now)",
            )?
            .execute(named_params! {
                ":conversation": new.conversation.0,
                ":suggestion": new.suggestion.map(|id| id.0),
                ":not_before": ms(new.not_before),
                ":mark": new.mark,
                ":raw": new.raw,
                ":recipient": new.recipient,
                ":subject": new.subject,
                ":body": new.body,
                ":thread": new.gmail_thread_id.as_ref().map(GmailThreadId::as_str),
                ":archive": new.archive_after,
                ":scheduled": new.scheduled,
                ":files": json(&new.files)?,
                ":now": ms(new.now),
            })?;
        let id = DeliveryId(self.0.last_insert_rowid());
        self.refresh_conversation_delivery(new.conversation, id)?;
        Ok(id)
    }

    /// Takes a step of the protocol, with what changes along with it.
    ///
    /// # Errors
    /// A conflict when the row is no longer in the state `from`, or when the state
    /// machine has no such step.
    pub fn step_delivery(
        &self,
        id: DeliveryId,
        from: DeliveryState,
        step: DeliveryStep,
        patch: &OutboxPatch,
        now: Timestamp,
    ) -> Result<DeliveryState, StoreError> {
        let to = from
            .after(step)
            .map_err(|error| StoreError::conflict(error.to_string()))?;
        self.update_delivery(id, from, to, patch, now)?;
        Ok(to)
    }

    /// Forgets the thread at Gmail that a reply was to join: it is gone there.
    pub fn forget_delivery_thread(&self, id: DeliveryId) -> Result<(), StoreError> {
        self.0
            .prepare_cached("UPDATE outbox SET gmail_thread_id = NULL WHERE id = :id")?
            .execute(named_params! { ":id": id.0 })?;
        Ok(())
    }

    /// Fills in what Gmail calls the mail of a reply that has left, where that was not
    /// known when it left.
    pub fn name_sent_message(
        &self,
        id: DeliveryId,
        gmail_id: &GmailId,
        thread: &GmailThreadId,
        message_id: Option<&str>,
    ) -> Result<(), StoreError> {
        self.0
            .prepare_cached(
                "UPDATE outbox
                 SET gmail_id = :gmail_id, gmail_thread_id = :thread,
                     message_id = coalesce(:message_id, message_id)
                 WHERE id = :id AND state = 'sent'",
            )?
            .execute(named_params! {
                ":id": id.0,
                ":gmail_id": gmail_id.as_str(),
                ":thread": thread.as_str(),
                ":message_id": message_id,
            })?;
        self.0
            .prepare_cached(
                "UPDATE messages
                 SET gmail_id = :gmail_id, gmail_thread_id = :thread,
                     message_id = coalesce(:message_id, message_id)
                 WHERE mark = (SELECT mark FROM outbox WHERE id = :id) AND direction = 'outbound'",
            )?
            .execute(named_params! {
                ":id": id.0,
                ":gmail_id": gmail_id.as_str(),
                ":thread": thread.as_str(),
                ":message_id": message_id,
            })?;
        Ok(())
    }

    /// Changes what is known of a delivery without a step.
    ///
    /// # Errors
    /// A conflict when the row is no longer in the state `state`.
    pub fn note_delivery(
        &self,
        id: DeliveryId,
        state: DeliveryState,
        patch: &OutboxPatch,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.update_delivery(id, state, state, patch, now)
    }

    fn update_delivery(
        &self,
        id: DeliveryId,
        from: DeliveryState,
        to: DeliveryState,
        patch: &OutboxPatch,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let (draft_id, draft_message) = patch.draft.clone().unzip();
        let changed = self
            .0
            .prepare_cached(
                "UPDATE outbox
                 SET state = :to,
                     next_at = coalesce(:next_at, next_at),
                     not_before = coalesce(:not_before, not_before),
                     attempts = attempts + :tried,
                     gmail_draft_id = CASE WHEN :forget THEN NULL ELSE coalesce(:draft_id, gmail_draft_id) END,
                     draft_message_id = CASE WHEN :forget THEN NULL ELSE coalesce(:draft_message, draft_message_id) END,
                     gmail_id = coalesce(:gmail_id, gmail_id),
                     message_id = coalesce(:message_id, message_id),
                     gmail_thread_id = coalesce(:thread, gmail_thread_id),
                     error = CASE WHEN :error IS NULL THEN error ELSE nullif(:error, '') END,
                     again = max(again, :again),
                     leftover = coalesce(:leftover, leftover),
                     scheduled = coalesce(:scheduled, scheduled),
                     looks = CASE WHEN :to = 'unknown' AND :from <> 'unknown' THEN 0 ELSE looks + :looked END,
                     unknown_since = CASE
                         WHEN :to = 'unknown' AND :from <> 'unknown' THEN :now
                         WHEN :to IN ('unknown', 'ask') THEN unknown_since
                         ELSE NULL END,
                     sent_at = CASE WHEN :to = 'sent' AND :from <> 'sent' THEN :now ELSE sent_at END,
                     updated_at = :now
                 WHERE id = :id AND state = :from",
            )?
            .execute(named_params! {
                ":id": id.0,
                ":from": from.as_str(),
                ":to": to.as_str(),
                ":next_at": patch.next_at.map(ms),
                ":not_before": patch.not_before.map(ms),
                ":tried": patch.tried,
                ":forget": patch.forget_draft,
                ":draft_id": draft_id.as_ref().map(GmailDraftId::as_str),
                ":draft_message": draft_message.as_ref().map(GmailId::as_str),
                ":gmail_id": patch.gmail_id.as_ref().map(GmailId::as_str),
                ":message_id": patch.message_id,
                ":thread": patch.gmail_thread_id.as_ref().map(GmailThreadId::as_str),
                ":error": patch.error,
                ":looked": patch.looked,
                ":again": patch.again,
                ":leftover": patch.leftover,
                ":scheduled": patch.scheduled,
                ":now": ms(now),
            })?;
        let row = self.require_delivery(id)?;
        if changed == 0 {
            return Err(StoreError::conflict(format!(
                "the reply is {} by now, not {from}",
                row.delivery.state
            )));
        }
        self.refresh_conversation_delivery(row.delivery.conversation_id, id)
    }
}
