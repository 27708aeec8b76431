//! Keys of model providers in the encrypted store. The environment and the settings go
//! before them; nothing here prints or logs one.

use secrecy::{ExposeSecret as _, SecretString};

use super::{ServiceError, Services};
use crate::config::{Ai, ProviderName};
use crate::store::{Store, StoreError};

/// The provider a key belongs to: OpenAI and the compatible servers share one.
fn name(provider: ProviderName) -> Option<&'static str> {
    match provider {
        ProviderName::OpenAi | ProviderName::OpenAiCompatible => Some("key-openai"),
        ProviderName::Anthropic => Some("key-anthropic"),
        ProviderName::Template => None,
    }
}

fn named(provider: ProviderName) -> Result<&'static str, ServiceError> {
    name(provider).ok_or_else(|| {
        ServiceError::Usage("templates need no key; name openai or anthropic".to_owned())
    })
}

/// Keeps a key.
///
/// # Errors
/// A text that is no key; failures of the store.
pub async fn set(
    services: &Services,
    provider: ProviderName,
    key: &str,
) -> Result<(), ServiceError> {
    let name = named(provider)?;
    let key = key.trim();
    if key.is_empty() || !key.chars().all(|c| c.is_ascii_graphic()) || key.len() > 4_096 {
        return Err(ServiceError::Usage(
            "that is no key: it should be one line of letters, digits and signs on stdin"
                .to_owned(),
        ));
    }
    let (key, now) = (SecretString::from(key), services.now());
    services
        .store()
        .write_durably(move |w| w.set_secret(name, Some(key.expose_secret()), now))
        .await?;
    Ok(())
}

/// Forgets a key. False when there was none.
///
/// # Errors
/// Failures of the store.
pub async fn remove(services: &Services, provider: ProviderName) -> Result<bool, ServiceError> {
    let name = named(provider)?;
    let now = services.now();
    Ok(services
        .store()
        .write_durably(move |w| {
            let there = w.get_secret(name)?.is_some();
            w.set_secret(name, None, now)?;
            Ok(there)
        })
        .await?)
}

/// The providers there is a key for, and where it comes from.
///
/// # Errors
/// Failures of the store.
pub async fn list(services: &Services) -> Result<Vec<(ProviderName, &'static str)>, ServiceError> {
    let stored = services
        .store()
        .read(|r| {
            let has = |provider| match name(provider) {
                Some(name) => Ok::<_, StoreError>(r.get_secret(name)?.is_some()),
                None => Ok(false),
            };
            Ok([
                (ProviderName::OpenAi, has(ProviderName::OpenAi)?),
                (ProviderName::Anthropic, has(ProviderName::Anthropic)?),
            ])
        })
        .await?;
    let ai = &services.config().ai;
    let command = ai.effective_provider();
    Ok(stored
        .into_iter()
        .filter_map(|(provider, stored)| {
            let given = match provider {
                ProviderName::Anthropic => services.given_keys().1,
                _ => services.given_keys().0,
            };
            let commanded = !ai.key_command.is_empty() && command == provider;
            let from = match (given, commanded, stored) {
                (true, ..) => "environment or settings",
                (_, true, _) => "ai.key_command",
                (.., true) => "encrypted store",
                _ => return None,
            };
            Some((provider, from))
        })
        .collect())
}

/// Puts the stored keys where neither the environment nor the settings have one.
///
/// # Errors
/// Failures of the store.
pub(super) fn fill_in(ai: &mut Ai, store: &Store) -> Result<(), StoreError> {
    let commanded = !ai.key_command.is_empty();
    let [openai, anthropic] = store.read_now(|r| {
        let get = |provider| match name(provider) {
            Some(name) => Ok::<_, StoreError>(r.get_secret(name)?.map(SecretString::from)),
            None => Ok(None),
        };
        Ok([get(ProviderName::OpenAi)?, get(ProviderName::Anthropic)?])
    })?;
    // The command speaks for the provider that is chosen.
    let chosen = ai.effective_provider();
    if ai.openai_api_key.is_none() && !(commanded && chosen != ProviderName::Anthropic) {
        ai.openai_api_key = openai;
    }
    if ai.anthropic_api_key.is_none() && !(commanded && chosen == ProviderName::Anthropic) {
        ai.anthropic_api_key = anthropic;
    }
    Ok(())
}
