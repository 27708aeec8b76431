//! The settings as types, with their defaults and bounds.

use std::collections::BTreeMap;
use std::path::PathBuf;

use secrecy::SecretString;
use serde::Deserialize;

use crate::domain::states::text_enum;

/// Everything that can be set.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Config {
    /// Who is writing.
    pub user: User,
    /// The mailbox.
    pub gmail: Gmail,
    /// The model that drafts.
    pub ai: Ai,
    /// How replies leave.
    pub sending: Sending,
    /// The full screen.
    pub screen: Screen,
    /// Files that come with mails.
    pub files: Files,
    /// Where the store's key comes from.
    pub store: StoreKey,
    /// Key overrides: command name to keys, such as `approve = ["y"]`.
    pub keys: BTreeMap<String, Vec<String>>,
}

/// Who is writing.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct User {
    /// Name that drafts are signed with; `USER_NAME`.
    pub name: String,
    /// Our address; the account's own when empty; `USER_EMAIL`.
    pub email: String,
    /// Put under every reply; `{name}` and `{email}` are filled in.
    pub signature: String,
}

/// The mailbox.
#[derive(Clone, Debug, Deserialize)]
#[serde(default)]
pub struct Gmail {
    /// Whether the mailbox is watched at all; `GMAIL_ENABLED`.
    pub enabled: bool,
    /// Where the API answers. Plain http is allowed for loopback hosts only.
    pub base_url: String,
    /// The client file downloaded from Google Cloud; `GMAIL_CREDENTIALS_PATH`.
    /// `credentials.json` in the configuration folder when not set.
    pub credentials_path: Option<PathBuf>,
    /// A token file to take over from a sign-in elsewhere; `GMAIL_TOKEN_PATH`.
    pub token_path: Option<PathBuf>,
    /// Seconds between polls; `GMAIL_POLL_INTERVAL`.
    pub poll_interval: u64,
    /// Seconds between polls when nobody pressed a key and nothing came for
    /// `idle_after_minutes`; never shorter than `poll_interval`.
    pub idle_poll_interval: u64,
    /// Minutes without a key or a mail until the longer interval applies.
    pub idle_after_minutes: u64,
    /// Mails fetched in one poll at most, the rest follow in the next;
    /// `GMAIL_MAX_EMAILS_PER_POLL`.
    pub max_emails_per_poll: u32,
    /// Calls a minute at most, beside the quota in units; `GMAIL_RATE_LIMIT_PER_MINUTE`.
    pub rate_limit_per_minute: u32,
    /// Mark a lead's mail as read at Gmail once it is stored.
    pub mark_as_read: bool,
    /// How many days back the first sync looks.
    pub first_sync_days: u32,
    /// How many mails the first sync fetches at most.
    pub first_sync_count: u32,
    /// Minutes between two safety-net listings.
    pub safety_net_minutes: u64,
    /// What calls cost.
    pub quota: Quota,
}

/// Google's quota units: the ceiling of a minute and the price of each method.
#[derive(Clone, Debug, Deserialize)]
#[serde(default)]
pub struct Quota {
    /// Units a minute for one user.
    pub units_per_minute: u32,
    /// Units by method, such as `messages.get`; what is missing here costs the default.
    pub costs: BTreeMap<String, u32>,
}

text_enum! {
    /// Which dialect a model is spoken to in; `AI_PROVIDER`.
    ProviderName {
        /// OpenAI's Responses API.
        OpenAi = "openai",
        /// Anthropic's Messages API.
        Anthropic = "anthropic",
        /// Chat Completions, as Ollama, llama.cpp, LM Studio, vLLM and others serve it.
        OpenAiCompatible = "openai-compatible",
        /// No model: the embedded templates.
        Template = "template",
    }
}

/// The model that drafts.
#[derive(Clone, Debug, Deserialize)]
#[serde(default)]
pub struct Ai {
    /// Which provider; when not set, the one a key or a base address is there for.
    pub provider: Option<ProviderName>,
    /// Providers to try in order when the first one fails, before the template.
    pub fallbacks: Vec<ProviderName>,
    /// The model's name; the provider's sensible default when empty; `AI_MODEL`.
    pub model: String,
    /// Base address of OpenAI or of a compatible server, with `/v1`; `OPENAI_BASE_URL`.
    pub openai_base_url: String,
    /// Base address of Anthropic, without `/v1`; `ANTHROPIC_BASE_URL`.
    pub anthropic_base_url: String,
    /// Key for OpenAI or a compatible server; better in `OPENAI_API_KEY`.
    pub openai_api_key: Option<SecretString>,
    /// Key for Anthropic; better in `ANTHROPIC_API_KEY`.
    pub anthropic_api_key: Option<SecretString>,
    /// A command that prints the key, run without a shell.
    pub key_command: Vec<String>,
    /// Seconds to wait for the first byte of an answer.
    pub first_byte_timeout: u64,
    /// Seconds to wait between two bytes of an answer.
    pub idle_timeout: u64,
    /// Tokens an answer may have.
    pub max_output_tokens: u32,
    /// Tokens a prompt may have, estimated.
    pub max_prompt_tokens: u32,
    /// `anthropic-version` header.
    pub anthropic_version: String,
    /// Draft by itself when a lead's mail comes.
    pub automatic: bool,
    /// What the person's drafts may cost in a day, in US dollars; 0 means no cap.
    pub daily_cap_usd: f64,
    /// What we offer, prices, dates: the only facts a draft may state.
    pub knowledge: String,
    /// How to write, in the person's words.
    pub style: String,
}

/// How replies leave.
#[derive(Clone, Debug, Deserialize)]
#[serde(default)]
pub struct Sending {
    /// Seconds in which an approved reply can be taken back, 0 to 120.
    pub undo_seconds: u64,
    /// Mails a day at most.
    pub per_day: u32,
    /// Mails a minute at most.
    pub per_minute: u32,
}

/// The full screen.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Screen {
    /// Plain ASCII instead of box drawing and symbols.
    pub ascii: bool,
    /// No colours; `NO_COLOR` does the same.
    pub no_color: bool,
}

/// Files that come with mails.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Files {
    /// Where they are saved; `~/Downloads` when empty. `~` is the home folder.
    pub folder: PathBuf,
}

/// Where the key of the store comes from.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct StoreKey {
    /// A command that prints a passphrase or 64 hex digits, run without a shell. When
    /// empty, the key is in the file `store.key` in the configuration folder.
    pub key_command: Vec<String>,
}

/// Gmail's real address.
const GMAIL_URL: &str = "https://gmail.googleapis.com/";

impl Default for Gmail {
    fn default() -> Self {
        Self {
            enabled: true,
            base_url: GMAIL_URL.to_owned(),
            credentials_path: None,
            token_path: None,
            poll_interval: 30,
            idle_poll_interval: 120,
            idle_after_minutes: 30,
            max_emails_per_poll: 100,
            rate_limit_per_minute: 600,
            mark_as_read: true,
            first_sync_days: 30,
            first_sync_count: 500,
            safety_net_minutes: 10,
            quota: Quota::default(),
        }
    }
}

impl Default for Quota {
    fn default() -> Self {
        Self {
            units_per_minute: 6_000,
            costs: BTreeMap::new(),
        }
    }
}

impl Quota {
    /// Google's table of 1 May 2026.
    const COSTS: &[(&str, u32)] = &[
        ("profile", 1),
        ("labels.list", 1),
        ("history.list", 2),
        ("messages.list", 5),
        ("messages.get", 20),
        ("messages.modify", 5),
        ("messages.attachments.get", 20),
        ("threads.get", 40),
        ("drafts.list", 5),
        ("drafts.get", 20),
        ("drafts.create", 10),
        ("drafts.delete", 10),
        ("drafts.send", 100),
        ("settings.sendAs.list", 1),
    ];

    /// Units for one call of `method`; 10 for a method nobody has told the price of.
    #[must_use]
    pub fn cost(&self, method: &str) -> u32 {
        let known = || {
            Self::COSTS
                .iter()
                .find(|(name, _)| *name == method)
                .map(|(_, cost)| *cost)
        };
        self.costs.get(method).copied().or_else(known).unwrap_or(10)
    }
}

impl Default for Ai {
    fn default() -> Self {
        Self {
            provider: None,
            fallbacks: Vec::new(),
            model: String::new(),
            openai_base_url: String::new(),
            anthropic_base_url: String::new(),
            openai_api_key: None,
            anthropic_api_key: None,
            key_command: Vec::new(),
            first_byte_timeout: 180,
            idle_timeout: 120,
            max_output_tokens: 4_096,
            max_prompt_tokens: 12_000,
            anthropic_version: "2026-10-21".to_owned(),
            automatic: true,
            daily_cap_usd: 0.0,
            knowledge: String::new(),
            style: String::new(),
        }
    }
}

impl Ai {
    /// The provider to use: the one that is set, else the one there is a key or an
    /// address for, else the templates.
    #[must_use]
    pub fn effective_provider(&self) -> ProviderName {
        if let Some(provider) = self.provider {
            return provider;
        }
        if !self.openai_base_url.is_empty() {
            return ProviderName::OpenAiCompatible;
        }
        if self.openai_api_key.is_some() {
            return ProviderName::OpenAi;
        }
        if self.anthropic_api_key.is_some() {
            return ProviderName::Anthropic;
        }
        ProviderName::Template
    }
}

impl Default for Sending {
    fn default() -> Self {
        Self {
            undo_seconds: 10,
            per_day: 500,
            per_minute: 20,
        }
    }
}

/// Whether a URL is plain http to this machine itself.
#[must_use]
pub fn is_loopback_url(text: &str) -> bool {
    let Ok(url) = url::Url::parse(text) else {
        return false;
    };
    match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost",
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_base_address_alone_means_a_compatible_server() {
        let mut ai = Ai::default();
        assert_eq!(ai.effective_provider(), ProviderName::Template);
        ai.anthropic_api_key = Some("k".into());
        assert_eq!(ai.effective_provider(), ProviderName::Anthropic);
        ai.openai_api_key = Some("k".into());
        assert_eq!(ai.effective_provider(), ProviderName::OpenAi);
        ai.openai_base_url = "http://127.0.0.1:8091/v1".into();
        assert_eq!(ai.effective_provider(), ProviderName::OpenAiCompatible);
        ai.provider = Some(ProviderName::Template);
        assert_eq!(ai.effective_provider(), ProviderName::Template);
    }

    #[test]
    fn quota_costs_can_be_overridden_by_method() {
        let mut quota = Quota::default();
        assert_eq!(quota.cost("messages.get"), 20);
        quota.costs.insert("messages.get".into(), 5);
        assert_eq!(quota.cost("messages.get"), 5);
        assert_eq!(quota.cost("no.such.method"), 10);
    }

    #[test]
    fn loopback_is_this_machine_only() {
        for yes in [
            "http://127.0.0.1:80/",
            "http://localhost:1",
            "http://[::1]/x",
        ] {
            assert!(is_loopback_url(yes), "{yes}");
        }
        for no in [
            "http://10.0.0.1/",
            "http://localhost.evil.com/",
            "",
            "nonsense",
        ] {
            assert!(!is_loopback_url(no), "{no}");
        }
    }
}
