//! The parts behind the network: the sign-in, Gmail, the clock, the model.

use crate::domain::doctor::Finding;
use crate::gmail::{GmailErrorKind, SCOPE, TokenSet};
use crate::service::mailbox::TOKENS;
use crate::service::{ServiceError, Services};

/// More than this is wrong enough for certificates and tokens to fail, in seconds.
const SKEW: i64 = 120;

/// The sign-in with its scope, that Gmail answers, and this machine's clock by Gmail's.
pub async fn gmail(services: &Services) -> Vec<Finding> {
    if !services.config().gmail.enabled {
        let why = "Gmail is switched off (gmail.enabled)";
        return ["sign-in", "gmail", "clock"]
            .map(|name| Finding::skipped(name, why))
            .into();
    }
    let gmail = match services.gmail().await {
        Ok(gmail) => gmail.as_person(),
        Err(error) => {
            return vec![
                Finding::failed("sign-in", error.to_string(), "run: rejoinder login"),
                Finding::skipped("gmail", "needs a sign-in"),
                Finding::skipped("clock", "needs an answer of Gmail's"),
            ];
        }
    };
    let profile = gmail.profile().await;
    let clock = clock(gmail.clock_skew());
    match profile {
        Ok(profile) => vec![
            scope(services, &profile.email).await,
            Finding::ok(
                "gmail",
                format!("answers; {} mails", profile.messages_total),
            ),
            clock,
        ],
        Err(error) if error.kind == GmailErrorKind::SignIn => vec![
            Finding::failed("sign-in", error.to_string(), "run: rejoinder login"),
            Finding::skipped("gmail", "needs a sign-in that Google accepts"),
            clock,
        ],
        Err(error) => {
            let mend = match error.kind {
                GmailErrorKind::Offline | GmailErrorKind::Timeout => {
                    "check the network, a proxy or a firewall; rejoinder goes on by itself once it is back"
                }
                GmailErrorKind::NoCertificates => {
                    "install the system's certificates (ca-certificates)"
                }
                GmailErrorKind::RateLimited | GmailErrorKind::DailyLimit => {
                    "wait; it passes by itself"
                }
                GmailErrorKind::Server | GmailErrorKind::Garbled => {
                    "Google has trouble: try again in a few minutes"
                }
                _ => {
                    "do what it says; most often the Gmail API is to be enabled at https://console.cloud.google.com/apis/library/gmail.googleapis.com"
                }
            };
            vec![
                Finding::skipped("sign-in", "there is one; Gmail did not answer for it"),
                Finding::failed("gmail", error.to_string(), mend),
                clock,
            ]
        }
    }
}

async fn scope(services: &Services, account: &str) -> Finding {
    let name = "sign-in";
    let json = services.store().read(|r| r.get_secret(TOKENS)).await;
    let tokens: Option<TokenSet> = json
        .ok()
        .flatten()
        .and_then(|json| serde_json::from_str(&json).ok());
    let scope = tokens.map(|tokens| tokens.scope).unwrap_or_default();
    let wide = scope
        .split_whitespace()
        .any(|one| one == "https://mail.google.com/");
    let mine = scope.split_whitespace().any(|one| one == SCOPE);
    if mine || scope.is_empty() {
        return Finding::ok(name, format!("{account}, gmail.modify"));
    }
    if wide {
        return Finding::ok(name, format!("{account}, the whole mailbox"));
    }
    Finding::failed(
        name,
        format!("{account} gave only: {scope}"),
        "run: rejoinder login, and leave the box for Gmail ticked",
    )
}

fn clock(skew: Option<i64>) -> Finding {
    let name = "clock";
    match skew {
        None => Finding::skipped(name, "Gmail gave no time to compare with"),
        Some(skew) if skew.abs() > SKEW => Finding::failed(
            name,
            format!(
                "this machine is {} s {} Google",
                skew.abs(),
                if skew > 0 { "ahead of" } else { "behind" }
            ),
            "set it: sudo timedatectl set-ntp true",
        ),
        Some(skew) => Finding::ok(name, format!("{} s off Google's", skew.abs())),
    }
}

/// That a model answers.
pub async fn model(services: &Services) -> Finding {
    let name = "model";
    let Some((provider, model)) = services.drafter().first() else {
        return Finding::ok(name, "template drafts, no model");
    };
    match services.drafter().probe().await {
        Ok(found) => {
            let model = if model.is_empty() { found } else { model };
            Finding::ok(name, format!("{provider} answers; {model}"))
        }
        Err(error) => Finding::failed(
            name,
            ServiceError::settings(error.to_string()).to_string(),
            "look at the key, ai.provider and the base address; until then drafts are templates",
        ),
    }
}
