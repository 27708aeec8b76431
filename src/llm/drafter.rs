//! Goes through the configured providers in order until one of them writes a draft, and
//! says what it cost and what went wrong before.

use std::time::Duration;

use serde::Serialize;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::context::DraftContext;
use super::dialect::Usage;
use super::error::LlmError;
use super::price::Prices;
use super::prompt::{self, Prompt, PromptLimits};
use super::provider::{NotWritten, Provider, Written};
use super::retry::RetryPolicy;
use crate::config::{Ai, ProviderName};
use crate::domain::{DraftRecord, MicroDollars};

/// The HTTP client that models are asked with.
pub type HttpClient = reqwest::Client;

/// A client as the providers need it: no redirects (they could carry a key to another
/// host), no total time-out (slow models are read under their own ones).
///
/// # Errors
/// [`LlmError::Setup`] when the platform's certificates cannot be read.
pub fn http_client() -> Result<HttpClient, LlmError> {
    if rustls::crypto::CryptoProvider::get_default().is_none() {
        // Somebody else being first is as good.
        let installed = rustls::crypto::ring::default_provider().install_default();
        tracing::debug!(installed = installed.is_ok(), "TLS provider");
    }
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(Duration::from_secs(20))
        .user_agent(concat!("rejoinder/", env!("CARGO_PKG_VERSION")))
        .build()
        .map_err(|error| LlmError::Setup {
            why: error.without_url().to_string(),
        })
}

/// A draft that a model wrote.
#[derive(Clone, PartialEq, Debug)]
pub struct Completion {
    /// The draft, valid.
    pub record: DraftRecord,
    /// Who wrote it.
    pub provider: ProviderName,
    /// The model that really answered, as the vendor names it.
    pub model: String,
    /// Tokens; none when the server did not tell.
    pub usage: Option<Usage>,
    /// What it cost; none when the price or the tokens are not known.
    pub cost: Option<MicroDollars>,
    /// From the call to the first text of the model, in milliseconds.
    pub first_token_ms: u64,
    /// From the call to the end, in milliseconds.
    pub total_ms: u64,
    /// Whether broken JSON had to be asked for again.
    pub repaired: bool,
    /// Providers that failed before this one.
    pub failed: Vec<FailedAttempt>,
}

/// A provider that wrote nothing.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct FailedAttempt {
    /// Which.
    pub provider: ProviderName,
    /// The model that was asked; may be empty.
    pub model: String,
    /// A fixed word for the cause.
    pub code: &'static str,
    /// The cause for people.
    pub problem: String,
    /// Tokens that are charged all the same, if they were told.
    pub usage: Option<Usage>,
    /// What they cost.
    pub cost: Option<MicroDollars>,
}

/// Why no provider wrote a draft.
#[derive(Clone, PartialEq, Debug, thiserror::Error)]
#[error("{error}")]
pub struct DraftFailure {
    /// The last cause, or the one that ended it.
    #[source]
    pub error: LlmError,
    /// Each provider that was asked.
    pub failed: Vec<FailedAttempt>,
}

impl From<LlmError> for DraftFailure {
    fn from(error: LlmError) -> Self {
        Self {
            error,
            failed: Vec::new(),
        }
    }
}

/// The configured providers, in order.
#[derive(Debug)]
pub struct Drafter {
    providers: Vec<Provider>,
    retry: RetryPolicy,
    prices: Prices,
    limits: PromptLimits,
}

impl Drafter {
    /// The providers of the settings: the chosen one, then the fallbacks. Without any
    /// (only templates), [`Drafter::draft`] answers [`LlmError::NoProvider`].
    ///
    /// # Errors
    /// [`LlmError::Setup`] for settings that cannot work.
    pub fn from_config(ai: &Ai, http: &HttpClient) -> Result<Self, LlmError> {
        let mut names = vec![ai.effective_provider()];
        for name in &ai.fallbacks {
            if !names.contains(name) {
                names.push(*name);
            }
        }
        let mut providers = Vec::new();
        // The template is always the end; what is named behind it is never asked.
        for name in names
            .into_iter()
            .take_while(|name| *name != ProviderName::Template)
        {
            providers.extend(Provider::from_config(name, ai, http.clone())?);
        }
        Ok(Self {
            providers,
            retry: RetryPolicy::default(),
            prices: Prices::default(),
            limits: PromptLimits::from_config(ai),
        })
    }

    /// With other retry rules (tests fix the jitter).
    #[must_use]
    pub fn with_retry(mut self, retry: RetryPolicy) -> Self {
        self.retry = retry;
        self
    }

    /// With the user's prices.
    #[must_use]
    pub fn with_prices(mut self, prices: Prices) -> Self {
        self.prices = prices;
        self
    }

    /// Asks the first provider which models it has: that it is there and takes the key.
    /// Returns the first one's name, if it tells.
    ///
    /// # Errors
    /// Why it cannot be asked.
    pub async fn probe(&self) -> Result<String, LlmError> {
        match self.providers.first() {
            Some(provider) => provider.probe().await,
            None => Err(LlmError::NoProvider),
        }
    }

    /// Whether there is a model to ask.
    #[must_use]
    pub fn has_model(&self) -> bool {
        !self.providers.is_empty()
    }

    /// The first provider and its model, for the status line; the model may be empty
    /// until the server has told which one it has.
    #[must_use]
    pub fn first(&self) -> Option<(ProviderName, String)> {
        self.providers
            .first()
            .map(|provider| (provider.name(), provider.model()))
    }

    /// How many drafts may be written at the same time: a model on this machine writes one
    /// after the other, and a second one would only wait for its first byte until its
    /// time is over.
    #[must_use]
    pub fn at_once(&self) -> usize {
        if self.providers.iter().any(Provider::is_free) {
            1
        } else {
            2
        }
    }

    /// Whether no provider costs anything.
    #[must_use]
    pub fn is_free(&self) -> bool {
        self.providers.iter().all(Provider::is_free)
    }

    /// The sizes that prompts are built to.
    #[must_use]
    pub const fn limits(&self) -> PromptLimits {
        self.limits
    }

    /// Asks the providers in order with one prompt. `on_body` gets **the whole body so
    /// far** each time it grows; it starts over when another provider takes its turn or
    /// broken JSON is asked for again. It is a preview: only a [`Completion`] is a draft.
    ///
    /// # Errors
    /// [`DraftFailure`]. On [`LlmError::ContextOverflow`] and [`LlmError::Cancelled`] no
    /// further provider is asked.
    pub async fn draft(
        &self,
        prompt: &Prompt,
        cancel: CancellationToken,
        on_body: &mut (dyn FnMut(&str) + Send),
    ) -> Result<Completion, DraftFailure> {
        self.run(&cancel, Prompts::Fixed(prompt), on_body).await
    }

    /// Builds the prompt of a context and asks the providers in order. A provider whose
    /// context overflows gets half the prompt, once.
    ///
    /// # Errors
    /// [`DraftFailure`].
    pub async fn draft_with_shortening(
        &self,
        context: &DraftContext,
        cancel: CancellationToken,
        on_body: &mut (dyn FnMut(&str) + Send),
    ) -> Result<(Completion, Prompt), DraftFailure> {
        let fence = prompt::new_fence();
        let whole = prompt::build(context, &self.limits, &fence);
        let short = prompt::build(context, &self.limits.shortened(), &fence);
        let prompts = Prompts::Shorter(&whole, &short);
        let completion = self.run(&cancel, prompts, on_body).await?;
        let was_short = completion
            .failed
            .last()
            .is_some_and(|last| last.provider == completion.provider);
        Ok((completion, if was_short { short } else { whole }))
    }

    async fn run(
        &self,
        cancel: &CancellationToken,
        prompts: Prompts<'_>,
        on_body: &mut (dyn FnMut(&str) + Send),
    ) -> Result<Completion, DraftFailure> {
        let begun = Instant::now();
        let mut failed = Vec::new();
        let mut last = LlmError::NoProvider;
        for provider in &self.providers {
            for prompt in prompts.list() {
                let drafting = provider.draft(prompt, &self.retry, on_body);
                let result = tokio::select! {
                    biased;
                    () = cancel.cancelled() => {
                        return Err(DraftFailure { error: LlmError::Cancelled, failed });
                    }
                    result = drafting => result,
                };
                let fault = match result {
                    Ok(written) => return Ok(self.completion(provider, written, begun, failed)),
                    Err(fault) => fault,
                };
                failed.push(self.failure(provider, &fault));
                last = fault.error;
                if last != LlmError::ContextOverflow {
                    break;
                }
                if matches!(prompts, Prompts::Fixed(_)) {
                    return Err(DraftFailure {
                        error: last,
                        failed,
                    });
                }
            }
        }
        Err(DraftFailure {
            error: last,
            failed,
        })
    }

    fn completion(
        &self,
        provider: &Provider,
        written: Written,
        begun: Instant,
        failed: Vec<FailedAttempt>,
    ) -> Completion {
        let total_ms = millis(begun.elapsed());
        let first_token_ms = written
            .first_text_at
            .map_or(total_ms, |at| millis(at.duration_since(begun)));
        let cost = self.cost(provider, &written.model, written.usage);
        let usage = written.usage.unwrap_or_default();
        tracing::info!(
            provider = %provider.name(), model = written.model, first_token_ms, total_ms,
            input = usage.input, cached = usage.cached, output = usage.output,
            cost = cost.map_or(-1, |cost| cost.0), repaired = written.repaired, "drafted"
        );
        Completion {
            record: written.record,
            provider: provider.name(),
            model: written.model,
            usage: written.usage,
            cost,
            first_token_ms,
            total_ms,
            repaired: written.repaired,
            failed,
        }
    }

    fn failure(&self, provider: &Provider, fault: &NotWritten) -> FailedAttempt {
        tracing::warn!(provider = %provider.name(), model = fault.model, fault = fault.error.code(), "no draft");
        FailedAttempt {
            provider: provider.name(),
            model: fault.model.clone(),
            code: fault.error.code(),
            problem: fault.error.to_string(),
            usage: fault.usage,
            cost: fault
                .usage
                .and_then(|usage| self.cost(provider, &fault.model, Some(usage))),
        }
    }

    /// A server on this machine is free. What a vendor charges is in the table under the
    /// name it answers with, or else under the one it was asked by. A compatible server
    /// elsewhere sets its own prices: only the user's table can know them.
    fn cost(&self, provider: &Provider, model: &str, usage: Option<Usage>) -> Option<MicroDollars> {
        if provider.is_free() {
            return Some(MicroDollars::ZERO);
        }
        let usage = usage?;
        self.prices
            .cost(model, usage)
            .or_else(|| self.prices.cost(&provider.model(), usage))
    }
}

#[derive(Clone, Copy)]
enum Prompts<'a> {
    Fixed(&'a Prompt),
    Shorter(&'a Prompt, &'a Prompt),
}

impl<'a> Prompts<'a> {
    fn list(self) -> impl Iterator<Item = &'a Prompt> {
        let (first, second) = match self {
            Prompts::Fixed(prompt) => (prompt, None),
            Prompts::Shorter(whole, short) => (whole, Some(short)),
        };
        std::iter::once(first).chain(second)
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
