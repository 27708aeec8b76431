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

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;
    use tempfile::TempDir;

    use super::*;
    use crate::config::{Config, Loaded, Paths};
    use crate::domain::ConversationStatus;
    use crate::domain::lead::NewLead;
    use crate::service::{Clock, ErrorKind, leads};
    use crate::store::NewConversation;

    fn open(dir: &TempDir) -> Services {
        let mut config = Config::default();
        config.user.name = "Sam Doe".into();
        let paths = Paths {
            config_dir: dir.path().join("config"),
            data_dir: dir.path().join("data"),
        };
        let loaded = Loaded {
            config,
            paths,
            warnings: Vec::new(),
        };
        Services::open(loaded, Clock::system(), TimeZone::UTC).expect("a new store")
    }

    async fn conversation(services: &Services, name: &str) -> ConversationId {
        let new = NewLead {
            name: name.into(),
            email: format!("{}@example.com", name.replace(' ', ".")),
            ..NewLead::default()
        };
        let lead_id = leads::add(services, new).await.expect("a lead").id;
        let new = NewConversation {
            lead_id,
            subject: "Your website".into(),
            status: ConversationStatus::Waiting,
            now: services.now(),
        };
        let added = services.store().write(move |w| w.insert_conversation(&new));
        added.await.expect("a conversation")
    }

    #[tokio::test]
    async fn a_reply_to_one_lead_is_kept_once_and_filled_in_for_another() {
        let dir = TempDir::new().expect("a folder");
        let services = open(&dir);
        let maria = conversation(&services, "Maria Lopez").await;
        let jon = conversation(&services, "Jon Park").await;
        let reply = "Hi Maria,\n\nof course, {as agreed}, Maria.\n\nSam";
        let kept = keep_reply(&services, maria, "yes\tof course", reply).await;
        let kept = kept.expect("a template");
        assert_eq!(
            (kept.name.as_str(), kept.body.as_str()),
            (
                "yes of course",
                "Hi {first_name},\n\nof course, {{as agreed}, Maria.\n\nSam"
            )
        );
        let again = keep_reply(&services, jon, "yes of course", "No.").await;
        let error = again.expect_err("the name is taken");
        assert_eq!(error.kind(), ErrorKind::Failed);
        assert!(error.to_string().contains("take another name"), "{error}");

        let text = |filled: Result<FilledTemplate, _>| filled.map(|f: FilledTemplate| f.text);
        let filled_for = |id| filled(&services, id, "yes of course");
        assert_eq!(text(filled_for(maria).await).ok().as_deref(), Some(reply));
        let all = all_filled(&services, jon).await.expect("one");
        assert_eq!(
            all.first().map(|one| one.text.as_str()),
            Some("Hi Jon,\n\nof course, {as agreed}, Maria.\n\nSam")
        );
        let gone = filled_for(ConversationId(99)).await;
        let kind = gone.map_err(|error: ServiceError| error.kind());
        assert_eq!(kind, Err(ErrorKind::Missing));
    }

    #[tokio::test]
    async fn what_is_set_is_made_inert() {
        let dir = TempDir::new().expect("a folder");
        let services = open(&dir);
        let kept = set(&services, "a\u{1b}[31m", "x\u{1b}]0;y\u{7}\r\nz\n\n").await;
        let kept = kept.expect("a template");
        assert!(!kept.name.chars().any(char::is_control), "{kept:?}");
        assert!(!kept.body.contains(['\u{1b}', '\u{7}', '\r']), "{kept:?}");
        assert!(kept.body.ends_with("\nz"), "{kept:?}");
    }
}
