//! Leads: the people we write to.

use super::{ServiceError, Services};
use crate::domain::address::is_plain_address;
use crate::domain::lead::NewLead;
use crate::domain::{Address, Lead, LeadId, Notice, UnmatchedId};
use crate::mail::sanitise;
use crate::store::StoreError;

/// Adds a lead. Mail of the address that lies among the unmatched is taken in with the
/// next poll.
///
/// # Errors
/// An address that is none, or that another lead has.
pub async fn add(services: &Services, new: NewLead) -> Result<Lead, ServiceError> {
    let new = cleaned(new)?;
    let now = services.now();
    let (lead, adopted) = services
        .store()
        .write_durably(move |w| {
            let id = w.insert_lead(&new, now)?;
            let adopted = w.adopt_sender(&new.email, id)?;
            Ok((w.get_lead(id)?, adopted))
        })
        .await?;
    if adopted > 0 {
        services.wake_poller().notify_one();
        services.post(Notice::UnmatchedChanged);
    }
    lead.ok_or_else(|| ServiceError::refused("the lead was added and is gone again"))
}

/// Adds a lead as a person writes one down: `Maria Lopez <maria@bakery.example>`, the name
/// and the address in a row, or the address alone.
///
/// # Errors
/// As [`add`].
pub async fn add_written(services: &Services, text: &str) -> Result<Lead, ServiceError> {
    let (name, email) = written(text);
    let new = NewLead {
        name: name.to_owned(),
        email: email.to_owned(),
        ..NewLead::default()
    };
    add(services, new).await
}

/// Name and address; an address without a name goes by what stands before its `@`.
fn written(text: &str) -> (&str, &str) {
    let text = text.trim();
    let (name, email) = match text.rsplit_once('<') {
        Some((name, rest)) => (name, rest.trim_end_matches('>')),
        None => text.rsplit_once(char::is_whitespace).unwrap_or(("", text)),
    };
    let (name, email) = (name.trim().trim_matches(['"', ',']).trim(), email.trim());
    match (name, email.split_once('@')) {
        ("", Some((local, _))) => (local, email),
        _ => (name, email),
    }
}

/// Makes the sender of an unmatched mail a lead, by the given name or the one in the
/// mail. All mail of the address that lies among the unmatched is taken in with the next
/// poll.
///
/// # Errors
/// [`StoreError::Missing`]; a sender that is a lead already.
pub async fn add_sender(
    services: &Services,
    mail: UnmatchedId,
    name: Option<&str>,
) -> Result<Lead, ServiceError> {
    let from = sender(services, mail).await?;
    let name = name.unwrap_or_else(|| from.label()).to_owned();
    let new = NewLead {
        name,
        email: from.address,
        ..NewLead::default()
    };
    add(services, new).await
}

/// Lists no mail of an unmatched mail's sender any more. Returns the address.
///
/// # Errors
/// [`StoreError::Missing`].
pub async fn ignore_sender(services: &Services, mail: UnmatchedId) -> Result<String, ServiceError> {
    let from = sender(services, mail).await?;
    let address = from.address.clone();
    let now = services.now();
    services
        .store()
        .write_durably(move |w| w.ignore_sender(&address, now))
        .await?;
    services.post(Notice::UnmatchedChanged);
    Ok(from.address)
}

/// Who wrote an unmatched mail.
///
/// # Errors
/// [`StoreError::Missing`].
pub async fn sender(services: &Services, mail: UnmatchedId) -> Result<Address, ServiceError> {
    let found = services
        .store()
        .read(move |r| r.get_unmatched(mail))
        .await?;
    let found = found.ok_or(StoreError::Missing {
        what: "unmatched mail",
        id: mail.0,
    })?;
    Ok(found.from)
}

fn cleaned(new: NewLead) -> Result<NewLead, ServiceError> {
    let email = new.email.trim().to_owned();
    if !is_plain_address(&email) {
        return Err(ServiceError::Usage(format!(
            "\"{}\" is not a mail address; write it as name@example.com",
            sanitise::line(&email)
        )));
    }
    let line = |text: Option<String>| {
        text.map(|text| sanitise::line(&text).trim().to_owned())
            .filter(|text| !text.is_empty())
    };
    let block = |text: Option<String>| {
        text.map(|text| sanitise::text(&text).trim().to_owned())
            .filter(|text| !text.is_empty())
    };
    let name = sanitise::line(&new.name).trim().to_owned();
    Ok(NewLead {
        name: if name.is_empty() { email.clone() } else { name },
        email,
        title: line(new.title),
        company: line(new.company),
        website: line(new.website),
        analysis: block(new.analysis),
        notes: block(new.notes),
    })
}

/// All leads by name.
///
/// # Errors
/// Failures of the store.
pub async fn list(services: &Services) -> Result<Vec<Lead>, ServiceError> {
    Ok(services.store().read(|r| r.list_leads()).await?)
}

/// One lead.
///
/// # Errors
/// [`StoreError::Missing`].
pub async fn get(services: &Services, id: LeadId) -> Result<Lead, ServiceError> {
    let found = services.store().read(move |r| r.get_lead(id)).await?;
    Ok(found.ok_or(StoreError::Missing {
        what: "lead",
        id: id.0,
    })?)
}

/// What of a lead is to be changed; what is none stays, an empty text is taken away.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct LeadChange {
    /// Full name.
    pub name: Option<String>,
    /// The address we write to.
    pub email: Option<String>,
    /// Role or job title.
    pub title: Option<String>,
    /// Company.
    pub company: Option<String>,
    /// Web site.
    pub website: Option<String>,
    /// Website analysis.
    pub analysis: Option<String>,
    /// Notes.
    pub notes: Option<String>,
}

/// Changes what is known of a lead.
///
/// # Errors
/// [`StoreError::Missing`]; an address that is none, or another lead's.
pub async fn change(
    services: &Services,
    id: LeadId,
    change: LeadChange,
) -> Result<Lead, ServiceError> {
    let now = services.now();
    super::transact(services, move |w| {
        let lead = w.get_lead(id)?.ok_or(StoreError::Missing {
            what: "lead",
            id: id.0,
        })?;
        let created_at = lead.created_at;
        let cleaned = cleaned(NewLead {
            name: change.name.unwrap_or(lead.name),
            email: change.email.unwrap_or(lead.email),
            title: change.title.or(lead.title),
            company: change.company.or(lead.company),
            website: change.website.or(lead.website),
            analysis: change.analysis.or(lead.analysis),
            notes: change.notes.or(lead.notes),
        })?;
        let lead = Lead {
            id,
            name: cleaned.name,
            email: cleaned.email,
            title: cleaned.title,
            company: cleaned.company,
            website: cleaned.website,
            analysis: cleaned.analysis,
            notes: cleaned.notes,
            bounced_at: lead.bounced_at,
            created_at,
        };
        w.update_lead(&lead, now)?;
        Ok(lead)
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lead_is_read_as_people_write_one_down() {
        for (text, name, email) in [
            (
                "Maria Lopez <maria@bakery.example>",
                "Maria Lopez",
                "maria@bakery.example",
            ),
            (
                "  \"Lopez, Maria\" <maria@bakery.example> ",
                "Lopez, Maria",
                "maria@bakery.example",
            ),
            (
                "Maria Lopez maria@bakery.example",
                "Maria Lopez",
                "maria@bakery.example",
            ),
            ("maria@bakery.example", "maria", "maria@bakery.example"),
            ("<maria@bakery.example>", "maria", "maria@bakery.example"),
            ("Maria", "", "Maria"),
        ] {
            assert_eq!(written(text), (name, email), "{text}");
        }
    }
}
