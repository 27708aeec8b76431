//! Leads and the addresses they write from.

use jiff::Timestamp;
use rusqlite::{Row, named_params};

use super::error::StoreError;
use super::row::{Columns as _, ms, optional};
use super::threads::{Read, Write};
use crate::domain::address::address_key;
use crate::domain::lead::NewLead;
use crate::domain::listing::LeadRow;
use crate::domain::{ConversationId, Lead, LeadId};

const COLUMNS: &str = "leads.id, leads.name, leads.email, leads.title, leads.company,
    leads.website, leads.analysis, leads.notes, leads.bounced_at, leads.created_at";

fn from_row(row: &Row<'_>) -> rusqlite::Result<Lead> {
    Ok(Lead {
        id: LeadId(row.get("id")?),
        name: row.get("name")?,
        email: row.get("email")?,
        title: row.get("title")?,
        company: row.get("company")?,
        website: row.get("website")?,
        analysis: row.get("analysis")?,
        notes: row.get("notes")?,
        bounced_at: row.at_opt("bounced_at")?,
        created_at: row.at("created_at")?,
    })
}

impl Read<'_> {
    /// The lead with this number.
    pub fn get_lead(&self, id: LeadId) -> Result<Option<Lead>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM leads WHERE id = :id");
        optional(
            self.0
                .prepare_cached(&sql)?
                .query_row(named_params! { ":id": id.0 }, from_row),
        )
    }

    /// The lead who writes from this address.
    pub fn get_lead_by_address(&self, address: &str) -> Result<Option<Lead>, StoreError> {
        let sql = format!(
            "SELECT {COLUMNS}
             FROM lead_addresses
             JOIN leads ON leads.id = lead_addresses.lead_id
             WHERE lead_addresses.address = :address"
        );
        let address = address_key(address);
        optional(
            self.0
                .prepare_cached(&sql)?
                .query_row(named_params! { ":address": address }, from_row),
        )
    }

    /// All leads by name.
    pub fn list_leads(&self) -> Result<Vec<Lead>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM leads ORDER BY name COLLATE NOCASE, id");
        let mut statement = self.0.prepare_cached(&sql)?;
        Ok(statement
            .query_map([], from_row)?
            .collect::<Result<_, _>>()?)
    }

    /// Leads by name with their newest conversation.
    pub fn list_lead_rows(&self, limit: usize) -> Result<Vec<LeadRow>, StoreError> {
        let sql = format!(
            "SELECT {COLUMNS}, newest.id AS conversation_id,
                 newest.last_message_at AS last_contact_at
             FROM leads
             LEFT JOIN conversations AS newest ON newest.id = (
                 SELECT id FROM conversations
                 WHERE lead_id = leads.id
                 ORDER BY last_message_at DESC, id DESC
                 LIMIT 1)
             ORDER BY leads.name COLLATE NOCASE, leads.id
             LIMIT :limit"
        );
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let mut statement = self.0.prepare_cached(&sql)?;
        Ok(statement
            .query_map(named_params! { ":limit": limit }, |row| {
                Ok(LeadRow {
                    lead: from_row(row)?,
                    last_contact_at: row.at_opt("last_contact_at")?,
                    conversation_id: row
                        .get::<_, Option<i64>>("conversation_id")?
                        .map(ConversationId),
                })
            })?
            .collect::<Result<_, _>>()?)
    }

    /// Every address of every lead, lower case.
    pub fn list_all_addresses(&self) -> Result<Vec<(String, LeadId)>, StoreError> {
        let mut statement = self
            .0
            .prepare_cached("SELECT address, lead_id FROM lead_addresses")?;
        Ok(statement
            .query_map([], |row| Ok((row.get(0)?, LeadId(row.get(1)?))))?
            .collect::<Result<_, _>>()?)
    }

    /// The addresses a lead writes from, lower case.
    pub fn list_lead_addresses(&self, id: LeadId) -> Result<Vec<String>, StoreError> {
        let mut statement = self.0.prepare_cached(
            "SELECT address FROM lead_addresses WHERE lead_id = :id ORDER BY address",
        )?;
        Ok(statement
            .query_map(named_params! { ":id": id.0 }, |row| row.get(0))?
            .collect::<Result<_, _>>()?)
    }
}

impl Write<'_> {
    /// Adds a lead.
    ///
    /// # Errors
    /// A conflict when another lead has the address.
    pub fn insert_lead(&self, lead: &NewLead, now: Timestamp) -> Result<LeadId, StoreError> {
        if let Some(other) = self.get_lead_by_address(&lead.email)? {
            return Err(StoreError::conflict(format!(
                "{} is already the address of lead {} ({})",
                lead.email, other.id, other.name
            )));
        }
        self.0.prepare_cached(
            "INSERT INTO leads (name, email, title, company, website, analysis, notes, created_at, updated_at)
             VALUES (:name, :email, :title, :company, :website, :analysis, :notes, :now, :now)",
        )?
        .execute(named_params! {
            ":name": lead.name,
            ":email": lead.email,
            ":title": lead.title,
            ":company": lead.company,
            ":website": lead.website,
            ":analysis": lead.analysis,
            ":notes": lead.notes,
            ":now": ms(now),
        })?;
        let id = LeadId(self.0.last_insert_rowid());
        self.insert_lead_address(id, &lead.email)?;
        Ok(id)
    }

    /// Lets mail from `address` count as the lead's; an address belongs to one lead.
    pub fn insert_lead_address(&self, id: LeadId, address: &str) -> Result<(), StoreError> {
        self.0
            .prepare_cached(
                "INSERT INTO lead_addresses (address, lead_id) VALUES (:address, :id)
                 ON CONFLICT (address) DO UPDATE SET lead_id = excluded.lead_id",
            )?
            .execute(named_params! { ":address": address_key(address), ":id": id.0 })?;
        Ok(())
    }

    /// Replaces what is known of a lead; the address we write to is added to those the
    /// lead writes from.
    ///
    /// # Errors
    /// A conflict when the address is another lead's; [`StoreError::Missing`].
    pub fn update_lead(&self, lead: &Lead, now: Timestamp) -> Result<(), StoreError> {
        if let Some(other) = self.get_lead_by_address(&lead.email)?
            && other.id != lead.id
        {
            return Err(StoreError::conflict(format!(
                "{} is already the address of lead {} ({})",
                lead.email, other.id, other.name
            )));
        }
        let changed = self
            .0
            .prepare_cached(
                "UPDATE leads
                 SET name = :name, email = :email, title = :title, company = :company,
                     website = :website, analysis = :analysis, notes = :notes, updated_at = :now
                 WHERE id = :id",
            )?
            .execute(named_params! {
                ":id": lead.id.0,
                ":name": lead.name,
                ":email": lead.email,
                ":title": lead.title,
                ":company": lead.company,
                ":website": lead.website,
                ":analysis": lead.analysis,
                ":notes": lead.notes,
                ":now": ms(now),
            })?;
        if changed == 0 {
            return Err(StoreError::Missing {
                what: "lead",
                id: lead.id.0,
            });
        }
        self.insert_lead_address(lead.id, &lead.email)
    }

    /// Remembers that mail to this address bounced for good.
    pub fn mark_lead_bounced(&self, id: LeadId, at: Timestamp) -> Result<(), StoreError> {
        self.0
            .prepare_cached("UPDATE leads SET bounced_at = :at WHERE id = :id")?
            .execute(named_params! { ":id": id.0, ":at": ms(at) })?;
        Ok(())
    }
}
