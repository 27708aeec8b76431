//! Asks a drafter as the service does, with fixed jitter.

use std::sync::{Arc, Mutex};

use rejoinder::config::{Ai, ProviderName};
use rejoinder::domain::Sources;
use rejoinder::llm::retry::RetryPolicy;
use rejoinder::llm::{Completion, DraftFailure, Drafter, Prompt, http_client};
use tokio_util::sync::CancellationToken;

use crate::server::Server;

/// A secret that must never be seen in an error or a log.
pub const KEY: &str = "sk-test-0123456789";

pub fn settings(provider: ProviderName, server: &Server) -> Ai {
    Ai {
        provider: Some(provider),
        model: "test-model".to_owned(),
        openai_base_url: format!("{}/v1", server.base),
        anthropic_base_url: server.base.clone(),
        openai_api_key: Some(KEY.into()),
        anthropic_api_key: Some(KEY.into()),
        ..Ai::default()
    }
}

pub fn drafter(ai: &Ai) -> Drafter {
    let retry = RetryPolicy {
        jitter: Arc::new(|| 0.0),
        ..RetryPolicy::default()
    };
    Drafter::from_config(ai, &http_client().unwrap())
        .unwrap()
        .with_retry(retry)
}

pub fn prompt() -> Prompt {
    Prompt {
        system: "the rules".to_owned(),
        user: "the mail".to_owned(),
        version: "p-test",
        sources: Sources::default(),
        tokens: 4,
        subject: "Re: Pricing".to_owned(),
    }
}

/// What came of it, with each body that was shown meanwhile.
pub struct Asked {
    pub result: Result<Completion, DraftFailure>,
    pub shown: Vec<String>,
}

impl Asked {
    pub fn draft(self) -> Completion {
        self.result.unwrap()
    }

    pub fn failure(self) -> DraftFailure {
        let failure = self.result.unwrap_err();
        let text = format!("{failure} {failure:?}");
        assert!(!text.contains(KEY), "a key in an error: {text}");
        failure
    }

    pub fn code(self) -> &'static str {
        self.failure().error.code()
    }
}

pub async fn ask(ai: &Ai) -> Asked {
    ask_of(&drafter(ai)).await
}

pub async fn ask_of(drafter: &Drafter) -> Asked {
    let shown = Mutex::new(Vec::new());
    let result = drafter
        .draft(&prompt(), CancellationToken::new(), &mut |body: &str| {
            shown.lock().unwrap().push(body.to_owned());
        })
        .await;
    Asked {
        result,
        shown: shown.into_inner().unwrap(),
    }
}

/// A drafter that asks once.
pub fn impatient(ai: &Ai) -> Drafter {
    let retry = RetryPolicy {
        most: 0,
        ..RetryPolicy::default()
    };
    Drafter::from_config(ai, &http_client().unwrap())
        .unwrap()
        .with_retry(retry)
}
