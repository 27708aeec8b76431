//! Templates: replies that the person keeps, filled in for whom they are sent to.

use super::checks::{letter, scan};
use super::{ServiceError, Services, compose, transact};
use crate::domain::template::{
    FilledTemplate, PLACEHOLDERS, Template, body_from, doubled_placeholder, unknown_placeholder,
};
use crate::domain::{ConversationId, Lead};
use crate::mail::sanitise;
use crate::store::{Read, StoreError};

/// Characters of a name.
const NAME: usize = 60;
/// Bytes of a text.
const BODY: usize = 20_000;

/// All templates, by name.
///
/// # Errors
/// Failures of the store.
pub async fn list(services: &Services) -> Result<Vec<Template>, ServiceError> {
    Ok(services.store().read(|r| r.list_templates()).await?)
}

/// The template of this name.
///
/// # Errors
/// [`StoreError::NotNamed`].
pub async fn get(services: &Services, name: &str) -> Result<Template, ServiceError> {
    let name = sanitise::line(name);
    let found = services.store().read(move |r| r.require_template(&name));
    Ok(found.await?)
}

/// Keeps a template; one of the same name gets the new text.
///
/// # Errors
/// No name or a long one, no text or a long one, a placeholder that means nothing.
pub async fn set(services: &Services, name: &str, body: &str) -> Result<Template, ServiceError> {
    let (name, body) = (clean_name(name)?, clean_body(body)?);
    let now = services.now();
    let kept = services.store().write_durably(move |w| {
        w.set_template(&name, &body, now)?;
        w.require_template(&name)
    });
    Ok(kept.await?)
}

/// Keeps a reply that was written in a conversation as a template for any lead. One of the
/// same name is not replaced.
///
/// # Errors
/// As [`set`]; a name that is taken, a conversation that is gone.
pub async fn keep_reply(
    services: &Services,
    conversation: ConversationId,
    name: &str,
    reply: &str,
) -> Result<Template, ServiceError> {
    let name = clean_name(name)?;
    let reply = reply.to_owned();
    let now = services.now();
    transact(services, move |w| {
        let lead = lead_of(*w, conversation)?;
        let greets = letter::greets(&scan::tokens(&reply));
        let body = clean_body(&body_from(&reply, &lead, greets))?;
        if w.get_template(&name)?.is_some() {
            return Err(ServiceError::refused(format!(
                "not kept: there is a template \"{name}\" already; take another name, or erase that one with: rejoinder templates delete \"{name}\""
            )));
        }
        w.set_template(&name, &body, now)?;
        Ok(w.require_template(&name)?)
    })
    .await
}

/// Erases a template.
///
/// # Errors
/// [`StoreError::NotNamed`].
pub async fn delete(services: &Services, name: &str) -> Result<(), ServiceError> {
    let name = sanitise::line(name);
    let erased = services
        .store()
        .write_durably(move |w| w.delete_template(&name));
    Ok(erased.await?)
}

/// A template as it would be sent in a conversation.
///
/// # Errors
/// [`StoreError::NotNamed`]; a conversation that is gone.
pub async fn filled(
    services: &Services,
    conversation: ConversationId,
    name: &str,
) -> Result<FilledTemplate, ServiceError> {
    let (name, inner) = (sanitise::line(name), services.clone());
    let filled = services.store().read(move |r| {
        let (lead, my_name) = people(r, &inner, conversation)?;
        Ok(r.require_template(&name)?.fill(&lead, &my_name))
    });
    Ok(filled.await?)
}

/// All templates as they would be sent in a conversation.
///
/// # Errors
/// A conversation that is gone.
pub async fn all_filled(
    services: &Services,
    conversation: ConversationId,
) -> Result<Vec<FilledTemplate>, ServiceError> {
    let inner = services.clone();
    let filled = services.store().read(move |r| {
        let (lead, my_name) = people(r, &inner, conversation)?;
        let all = r.list_templates()?;
        Ok(all.iter().map(|one| one.fill(&lead, &my_name)).collect())
    });
    Ok(filled.await?)
}

/// To whom, and from whom.
fn people(
    r: Read<'_>,
    services: &Services,
    conversation: ConversationId,
) -> Result<(Lead, String), StoreError> {
    let own = r.list_own_addresses()?;
    let my_name = compose::own_name(&services.config().user.name, &own);
    Ok((lead_of(r, conversation)?, my_name))
}

fn lead_of(r: Read<'_>, conversation: ConversationId) -> Result<Lead, StoreError> {
    let lead = match r.get_conversation_lead(conversation)? {
        Some(id) => r.get_lead(id)?,
        None => None,
    };
    lead.ok_or(StoreError::Missing {
        what: "conversation",
        id: conversation.0,
    })
}

fn clean_name(name: &str) -> Result<String, ServiceError> {
    let name = sanitise::line(name);
    let length = name.chars().count();
    if name.is_empty() {
        return Err(ServiceError::Usage(
            "the template has no name; give it a short one".to_owned(),
        ));
    }
    if length > NAME {
        return Err(ServiceError::Usage(format!(
            "the template's name is too long: {length} characters of at most {NAME}"
        )));
    }
    Ok(name)
}

fn clean_body(body: &str) -> Result<String, ServiceError> {
    let body = sanitise::text(body).trim_end().to_owned();
    if body.trim().is_empty() {
        return Err(ServiceError::Usage("the template is empty".to_owned()));
    }
    if body.len() > BODY {
        return Err(ServiceError::Usage(format!(
            "the template is too long: {} kB of at most {} kB",
            body.len().div_ceil(1_000),
            BODY / 1_000
        )));
    }
    if let Some(word) = doubled_placeholder(&body) {
        return Err(ServiceError::Usage(format!(
            "{{{{{word}}}}} has two braces too many: write {{{word}}}"
        )));
    }
    if let Some(word) = unknown_placeholder(&body) {
        let known: Vec<String> = PLACEHOLDERS
            .iter()
            .map(|known| format!("{{{known}}}"))
            .collect();
        return Err(ServiceError::Usage(format!(
            "{{{word}}} is no placeholder; these are: {}; {{{{ stands for a brace",
            known.join(" ")
        )));
    }
    Ok(body)
}
