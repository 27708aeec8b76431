//! The long texts that drafts rest on: facts, style, and what is known of a lead.

use super::context::{FACTS, STYLE};
use super::leads::{self, LeadChange};
use super::{ServiceError, Services};
use crate::domain::text::KeptText;
use crate::mail::sanitise;

/// The most a text may have, in bytes: prompts have caps, and a screen has an end.
const MOST: usize = 200_000;

/// A text as drafts use it: the person's own, or else that of the settings.
///
/// # Errors
/// [`crate::store::StoreError::Missing`] for a lead that is gone.
pub async fn get(services: &Services, text: KeptText) -> Result<String, ServiceError> {
    let settings = &services.config().ai;
    let (name, default) = match text {
        KeptText::Facts => (FACTS, settings.knowledge.clone()),
        KeptText::Style => (STYLE, settings.style.clone()),
        KeptText::Notes(id) => {
            return Ok(leads::get(services, id).await?.notes.unwrap_or_default());
        }
        KeptText::Analysis(id) => {
            return Ok(leads::get(services, id).await?.analysis.unwrap_or_default());
        }
    };
    let stored = services.store().read(move |r| r.get_text(name)).await?;
    Ok(stored.unwrap_or(default))
}

/// Keeps a text. What is drafted from now on rests on it.
///
/// # Errors
/// A text that is too long; a lead that is gone.
pub async fn set(services: &Services, text: KeptText, value: &str) -> Result<(), ServiceError> {
    if value.len() > MOST {
        return Err(ServiceError::refused(format!(
            "the text is too long: {} kB of at most {} kB",
            value.len() / 1_000,
            MOST / 1_000
        )));
    }
    let change = match text {
        KeptText::Facts => return keep(services, FACTS, value).await,
        KeptText::Style => return keep(services, STYLE, value).await,
        KeptText::Notes(id) => (
            id,
            LeadChange {
                notes: Some(value.to_owned()),
                ..LeadChange::default()
            },
        ),
        KeptText::Analysis(id) => (
            id,
            LeadChange {
                analysis: Some(value.to_owned()),
                ..LeadChange::default()
            },
        ),
    };
    leads::change(services, change.0, change.1).await?;
    Ok(())
}

async fn keep(services: &Services, name: &'static str, value: &str) -> Result<(), ServiceError> {
    let value = sanitise::text(value);
    let now = services.now();
    services
        .store()
        .write_durably(move |w| w.set_text(name, value.trim_end(), now))
        .await?;
    Ok(())
}
