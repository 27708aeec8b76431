//! Mail of no conversation: headers only, until somebody adopts it.

use jiff::Timestamp;
use rusqlite::{Row, named_params};

use super::error::StoreError;
use super::row::{Columns as _, json, ms, optional};
use super::threads::{Read, Write};
use crate::domain::address::address_key;
use crate::domain::listing::Unmatched;
use crate::domain::{
    Address, ConversationId, GmailId, GmailThreadId, LeadId, MailKind, UnmatchedId,
};

/// The headers of a mail that found no conversation.
#[derive(Clone, PartialEq, Debug)]
pub struct NewUnmatched {
    /// Gmail's id, by which the whole mail can be fetched when it is adopted.
    pub gmail_id: GmailId,
    /// Gmail's thread.
    pub gmail_thread_id: Option<GmailThreadId>,
    /// `Message-ID` without brackets.
    pub message_id: Option<String>,
    /// Author.
    pub from: Address,
    /// Recipients.
    pub to: Vec<Address>,
    /// Subject.
    pub subject: String,
    /// Person or machine.
    pub kind: MailKind,
    /// `Date`.
    pub sent_at: Timestamp,
    /// When it came.
    pub received_at: Timestamp,
}

/// A mail that somebody wants in a conversation.
#[derive(Clone, PartialEq, Debug)]
pub struct Wanted {
    /// Row number.
    pub id: UnmatchedId,
    /// Gmail's id.
    pub gmail_id: GmailId,
    /// With whom.
    pub lead: LeadId,
    /// Where, if the person said.
    pub conversation: Option<ConversationId>,
    /// The person meant this very mail, whatever sort it is.
    pub by_hand: bool,
}

const COLUMNS: &str = "id, gmail_id, from_name, from_address, to_json, subject, kind, sent_at,
    adopt_lead IS NOT NULL AS wanted";

fn from_row(row: &Row<'_>) -> rusqlite::Result<Unmatched> {
    Ok(Unmatched {
        id: UnmatchedId(row.get("id")?),
        gmail_id: GmailId(row.get("gmail_id")?),
        from: Address {
            name: row.get("from_name")?,
            address: row.get("from_address")?,
        },
        to: row.json("to_json")?,
        subject: row.get("subject")?,
        kind: row.word("kind")?,
        sent_at: row.at("sent_at")?,
        wanted: row.get("wanted")?,
    })
}

impl Read<'_> {
    /// Newest first.
    pub fn list_unmatched(&self, limit: usize) -> Result<Vec<Unmatched>, StoreError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM unmatched ORDER BY received_at DESC, id DESC LIMIT :limit"
        );
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let mut statement = self.0.prepare_cached(&sql)?;
        Ok(statement
            .query_map(named_params! { ":limit": limit }, from_row)?
            .collect::<Result<_, _>>()?)
    }

    /// The one with this number.
    pub fn get_unmatched(&self, id: UnmatchedId) -> Result<Option<Unmatched>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM unmatched WHERE id = :id");
        optional(
            self.0
                .prepare_cached(&sql)?
                .query_row(named_params! { ":id": id.0 }, from_row),
        )
    }

    /// Mails that somebody wants in a conversation, with the lead.
    pub fn list_wanted(&self, limit: usize) -> Result<Vec<Wanted>, StoreError> {
        let mut statement = self.0.prepare_cached(
            "SELECT id, gmail_id, adopt_lead, adopt_conversation, adopt_by_hand FROM unmatched
             WHERE adopt_lead IS NOT NULL
             ORDER BY received_at, id
             LIMIT :limit",
        )?;
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        Ok(statement
            .query_map(named_params! { ":limit": limit }, |row| {
                Ok(Wanted {
                    id: UnmatchedId(row.get(0)?),
                    gmail_id: GmailId(row.get(1)?),
                    lead: LeadId(row.get(2)?),
                    conversation: row.get::<_, Option<i64>>(3)?.map(ConversationId),
                    by_hand: row.get(4)?,
                })
            })?
            .collect::<Result<_, _>>()?)
    }

    /// Whether mail from this address is not even listed.
    pub fn is_ignored_sender(&self, address: &str) -> Result<bool, StoreError> {
        Ok(self
            .0
            .prepare_cached(
                "SELECT EXISTS (SELECT 1 FROM ignored_senders WHERE address = :address)",
            )?
            .query_row(named_params! { ":address": address_key(address) }, |row| {
                row.get(0)
            })?)
    }
}

impl Write<'_> {
    /// Keeps the headers of a mail that found no conversation; one that is known stays.
    pub fn insert_unmatched(&self, new: &NewUnmatched, now: Timestamp) -> Result<(), StoreError> {
        self.0
            .prepare_cached(
                "INSERT INTO unmatched
                     (gmail_id, gmail_thread_id, message_id, from_name, from_address, to_json,
                      subject, kind, sent_at, received_at, created_at)
                 VALUES
                     (:gmail_id, :thread, :message_id, :from_name, :from_address, :to,
                      :subject, :kind, :sent_at, :received_at, :now)
                 ON CONFLICT (gmail_id) DO NOTHING",
            )?
            .execute(named_params! {
                ":gmail_id": new.gmail_id.as_str(),
                ":thread": new.gmail_thread_id.as_ref().map(GmailThreadId::as_str),
                ":message_id": new.message_id,
                ":from_name": new.from.name,
                ":from_address": address_key(&new.from.address),
                ":to": json(&new.to)?,
                ":subject": new.subject,
                ":kind": new.kind.as_str(),
                ":sent_at": ms(new.sent_at),
                ":received_at": ms(new.received_at),
                ":now": ms(now),
            })?;
        Ok(())
    }

    /// Wants all listed mail of an address in a lead's conversations.
    pub fn adopt_sender(&self, address: &str, lead: LeadId) -> Result<u64, StoreError> {
        let changed = self
            .0
            .prepare_cached(
                "UPDATE unmatched SET adopt_lead = :lead WHERE from_address = :address",
            )?
            .execute(named_params! { ":address": address_key(address), ":lead": lead.0 })?;
        Ok(u64::try_from(changed).unwrap_or(0))
    }

    /// Wants this one mail with a lead, in a conversation if one is named, by the
    /// person's word.
    pub fn adopt_by_hand(
        &self,
        id: UnmatchedId,
        lead: LeadId,
        conversation: Option<ConversationId>,
    ) -> Result<(), StoreError> {
        self.0
            .prepare_cached(
                "UPDATE unmatched
                 SET adopt_lead = :lead, adopt_conversation = :conversation, adopt_by_hand = 1
                 WHERE id = :id",
            )?
            .execute(named_params! {
                ":id": id.0,
                ":lead": lead.0,
                ":conversation": conversation.map(|id| id.0),
            })?;
        Ok(())
    }

    /// Takes a mail off the list.
    pub fn delete_unmatched(&self, id: UnmatchedId) -> Result<bool, StoreError> {
        let changed = self
            .0
            .prepare_cached("DELETE FROM unmatched WHERE id = :id")?
            .execute(named_params! { ":id": id.0 })?;
        Ok(changed > 0)
    }

    /// Takes all mail of an address off the list, now and from now on.
    pub fn ignore_sender(&self, address: &str, now: Timestamp) -> Result<(), StoreError> {
        let address = address_key(address);
        self.0
            .prepare_cached(
                "INSERT INTO ignored_senders (address, created_at) VALUES (:address, :now)
                 ON CONFLICT (address) DO NOTHING",
            )?
            .execute(named_params! { ":address": address, ":now": ms(now) })?;
        self.0
            .prepare_cached("DELETE FROM unmatched WHERE from_address = :address")?
            .execute(named_params! { ":address": address })?;
        Ok(())
    }
}
