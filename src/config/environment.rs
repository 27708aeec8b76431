//! The environment's say in the settings. The names are a contract for scripts.

use std::path::PathBuf;

use super::load::ConfigError;
use super::settings::Config;

/// Puts what the environment says over `config`.
///
/// # Errors
/// A value that cannot be read as what it should be, with the variable's name.
pub fn overlay(
    config: &mut Config,
    env: &dyn Fn(&str) -> Option<String>,
) -> Result<(), ConfigError> {
    let get = |name: &str| {
        env(name)
            .map(|v| v.trim().to_owned())
            .filter(|v| !v.is_empty())
    };
    let text = |name: &str, slot: &mut String| {
        if let Some(value) = get(name) {
            *slot = value;
        }
    };
    let path = |name: &str, slot: &mut Option<PathBuf>| {
        if let Some(value) = get(name) {
            *slot = Some(PathBuf::from(value));
        }
    };
    text("USER_NAME", &mut config.user.name);
    text("USER_EMAIL", &mut config.user.email);
    path("GMAIL_CREDENTIALS_PATH", &mut config.gmail.credentials_path);
    path("GMAIL_TOKEN_PATH", &mut config.gmail.token_path);
    text("AI_MODEL", &mut config.ai.model);
    text("OPENAI_BASE_URL", &mut config.ai.openai_base_url);
    text("ANTHROPIC_BASE_URL", &mut config.ai.anthropic_base_url);

    if let Some(value) = get("GMAIL_ENABLED") {
        config.gmail.enabled = truth(&value).ok_or_else(|| ConfigError::Environment {
            name: "GMAIL_ENABLED",
            why: format!("\"{value}\" is neither true nor false"),
        })?;
    }
    if let Some(value) = number("GMAIL_POLL_INTERVAL", &get)? {
        config.gmail.poll_interval = value;
    }
    if let Some(value) = number("GMAIL_MAX_EMAILS_PER_POLL", &get)? {
        config.gmail.max_emails_per_poll = value;
    }
    if let Some(value) = number("GMAIL_RATE_LIMIT_PER_MINUTE", &get)? {
        config.gmail.rate_limit_per_minute = value;
    }
    if let Some(value) = get("AI_PROVIDER") {
        let provider =
            value
                .to_lowercase()
                .parse()
                .map_err(
                    |error: crate::domain::states::UnknownWord| ConfigError::Environment {
                        name: "AI_PROVIDER",
                        why: error.to_string(),
                    },
                )?;
        config.ai.provider = Some(provider);
    }
    if let Some(value) = get("OPENAI_API_KEY") {
        config.ai.openai_api_key = Some(value.into());
    }
    if let Some(value) = get("ANTHROPIC_API_KEY") {
        config.ai.anthropic_api_key = Some(value.into());
    }
    if get("NO_COLOR").is_some() {
        config.screen.no_color = true;
    }
    Ok(())
}

fn truth(value: &str) -> Option<bool> {
    match value.to_ascii_lowercase().as_str() {
        "true" | "1" | "yes" | "on" => Some(true),
        "false" | "0" | "no" | "off" => Some(false),
        _ => None,
    }
}

fn number<N: std::str::FromStr>(
    name: &'static str,
    get: &dyn Fn(&str) -> Option<String>,
) -> Result<Option<N>, ConfigError> {
    get(name)
        .map(|value| {
            value.parse().map_err(|_| ConfigError::Environment {
                name,
                why: format!("\"{value}\" is not a whole number of a sensible size"),
            })
        })
        .transpose()
}
