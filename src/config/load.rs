//! Reading the settings and checking them.

use std::io;
use std::path::{Path, PathBuf};

use super::environment;
use super::paths::Paths;
use super::settings::{Config, is_loopback_url};

/// The documented default file, written by `rejoinder config --init`.
pub const DEFAULT_FILE: &str = include_str!("../../assets/config.toml");

/// Why there are no settings to run with.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// No home folder and no variable.
    #[error("there is no home folder to keep files in; set {name} to a folder of your choice")]
    NoHome {
        /// The variable that would help.
        name: &'static str,
    },
    /// The file cannot be read.
    #[error("cannot read the configuration {path}: {reason}")]
    Read {
        /// Which file.
        path: PathBuf,
        /// Why.
        reason: io::Error,
    },
    /// The file is not right.
    #[error("the configuration {path} is not right: {why}")]
    Parse {
        /// Which file.
        path: PathBuf,
        /// Where and why, over several lines.
        why: String,
    },
    /// A value is out of bounds.
    #[error("{setting} is not right: {why}")]
    Value {
        /// The setting, such as `gmail.base_url`.
        setting: &'static str,
        /// What is wrong and what would be right.
        why: String,
    },
    /// A variable of the environment is not right.
    #[error("the environment variable {name} is not right: {why}")]
    Environment {
        /// The variable.
        name: &'static str,
        /// What is wrong.
        why: String,
    },
}

/// Settings with where they came from.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The settings, checked.
    pub config: Config,
    /// Where things are kept.
    pub paths: Paths,
    /// What the person should know, such as keys that are not known.
    pub warnings: Vec<String>,
}

/// Reads the settings: `file` if given (it must exist), else `config.toml` in the
/// configuration folder if it is there.
///
/// # Errors
/// See [`ConfigError`]; each says what to do.
pub fn load(
    file: Option<&Path>,
    env: &dyn Fn(&str) -> Option<String>,
) -> Result<Loaded, ConfigError> {
    let paths = Paths::find(env)?;
    let default = paths.config_file();
    let path = file.unwrap_or(&default);
    let mut warnings = Vec::new();
    let mut config = match std::fs::read_to_string(path) {
        Ok(text) => parse(path, &text, &mut warnings)?,
        Err(error) if file.is_none() && error.kind() == io::ErrorKind::NotFound => {
            Config::default()
        }
        Err(reason) => {
            return Err(ConfigError::Read {
                path: path.to_owned(),
                reason,
            });
        }
    };
    environment::overlay(&mut config, env)?;
    check(&mut config)?;
    Ok(Loaded {
        config,
        paths,
        warnings,
    })
}

fn parse(path: &Path, text: &str, warnings: &mut Vec<String>) -> Result<Config, ConfigError> {
    let wrong = |why: String| ConfigError::Parse {
        path: path.to_owned(),
        why,
    };
    let document = toml::Deserializer::parse(text).map_err(|error| wrong(error.to_string()))?;
    serde_ignored::deserialize(document, |key| {
        warnings.push(format!(
            "{}: the setting {key} is not known and is ignored",
            path.display()
        ));
    })
    .map_err(|error: toml::de::Error| wrong(error.to_string()))
}

/// Bounds and forms; also brings the base addresses into the form the adapters expect.
fn check(config: &mut Config) -> Result<(), ConfigError> {
    let gmail = &mut config.gmail;
    checked_url("gmail.base_url", &gmail.base_url)?;
    if !gmail.base_url.ends_with('/') {
        gmail.base_url.push('/');
    }
    bounded("gmail.poll_interval", gmail.poll_interval, 1, 86_400)?;
    bounded(
        "gmail.idle_poll_interval",
        gmail.idle_poll_interval,
        1,
        86_400,
    )?;
    bounded(
        "gmail.idle_after_minutes",
        gmail.idle_after_minutes,
        1,
        1_000_000,
    )?;
    bounded(
        "gmail.max_emails_per_poll",
        gmail.max_emails_per_poll.into(),
        1,
        10_000,
    )?;
    bounded(
        "gmail.rate_limit_per_minute",
        gmail.rate_limit_per_minute.into(),
        1,
        1_000_000,
    )?;
    bounded(
        "gmail.quota.units_per_minute",
        gmail.quota.units_per_minute.into(),
        200,
        10_000_000,
    )?;
    bounded("sending.undo_seconds", config.sending.undo_seconds, 0, 120)?;
    bounded("sending.per_day", config.sending.per_day.into(), 1, 100_000)?;
    bounded(
        "sending.per_minute",
        config.sending.per_minute.into(),
        1,
        10_000,
    )?;
    for (setting, url) in [
        ("ai.openai_base_url", &mut config.ai.openai_base_url),
        ("ai.anthropic_base_url", &mut config.ai.anthropic_base_url),
    ] {
        if !url.is_empty() {
            checked_url(setting, url)?;
            url.truncate(url.trim_end_matches('/').len());
        }
    }
    let email = &config.user.email;
    if !email.is_empty() && !crate::domain::address::is_plain_address(email) {
        return Err(ConfigError::Value {
            setting: "user.email",
            why: format!("\"{email}\" is not a mail address; write it as name@example.com"),
        });
    }
    Ok(())
}

fn checked_url(setting: &'static str, text: &str) -> Result<(), ConfigError> {
    let wrong = |why: String| ConfigError::Value { setting, why };
    let url = url::Url::parse(text)
        .map_err(|error| wrong(format!("\"{text}\" is not a web address ({error})")))?;
    match url.scheme() {
        "https" => Ok(()),
        "http" if is_loopback_url(text) => Ok(()),
        "http" => Err(wrong(format!(
            "\"{text}\" would carry mail in the clear; use https (plain http is allowed for 127.0.0.1 only)"
        ))),
        other => Err(wrong(format!(
            "\"{other}\" is not a scheme for it; use https"
        ))),
    }
}

fn bounded(setting: &'static str, value: u64, least: u64, most: u64) -> Result<(), ConfigError> {
    if (least..=most).contains(&value) {
        return Ok(());
    }
    Err(ConfigError::Value {
        setting,
        why: format!("{value} is not from {least} to {most}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Result<(Config, Vec<String>), ConfigError> {
        let mut warnings = Vec::new();
        let mut config = parse(Path::new("config.toml"), text, &mut warnings)?;
        check(&mut config)?;
        Ok((config, warnings))
    }

    #[test]
    fn the_documented_default_file_is_the_default() {
        let (config, warnings) = parsed(DEFAULT_FILE).unwrap();
        assert_eq!(warnings, Vec::<String>::new());
        let mut default = Config::default();
        check(&mut default).unwrap();
        assert_eq!(format!("{config:?}"), format!("{default:?}"));
        let uncommented: String = DEFAULT_FILE
            .lines()
            .map(|line| line.strip_prefix("#: ").unwrap_or(line))
            .flat_map(|line| [line, "\n"])
            .collect();
        let (_, warnings) = parsed(&uncommented).unwrap();
        assert_eq!(
            warnings,
            Vec::<String>::new(),
            "a documented setting does not exist"
        );
    }

    #[test]
    fn an_unknown_setting_is_a_warning() {
        let (_, warnings) = parsed("[gmail]\npol_interval = 3\n").unwrap();
        assert_eq!(
            warnings,
            ["config.toml: the setting gmail.pol_interval is not known and is ignored"]
        );
    }

    #[test]
    fn plain_http_is_for_loopback_only() {
        let (config, _) = parsed("[gmail]\nbase_url = \"http://127.0.0.1:8080\"\n").unwrap();
        assert_eq!(config.gmail.base_url, "http://127.0.0.1:8080/");
        let error = parsed("[gmail]\nbase_url = \"http://example.com/\"\n").unwrap_err();
        assert!(error.to_string().contains("in the clear"), "{error}");
    }

    #[test]
    fn the_environment_wins_and_says_which_variable_is_wrong() {
        let mut config = Config::default();
        let env = |name: &str| (name == "GMAIL_POLL_INTERVAL").then(|| "7".to_owned());
        environment::overlay(&mut config, &env).unwrap();
        assert_eq!(config.gmail.poll_interval, 7);
        let env = |name: &str| (name == "AI_PROVIDER").then(|| "skynet".to_owned());
        let error = environment::overlay(&mut config, &env)
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("AI_PROVIDER") && error.contains("openai-compatible"),
            "{error}"
        );
    }
}
