//! Layer 2: language models, the only place that knows vendors' dialects.
//!
//! A draft goes through here like this: [`gate`] says whether there should be one at all;
//! the service fills a [`DraftContext`]; [`prompt`] makes text of it; [`Drafter`] asks the
//! configured providers in order, each in its own [`dialect`], reads the stream under
//! time-outs ([`exchange`]), shows the body while it comes ([`preview`]) and gives back a
//! [`Completion`] only when the whole record was read and is valid ([`record`]). When no
//! provider can, [`template`] writes a draft without a model.
//!
//! What a model writes decides nothing: recipients, threading and sending are set
//! elsewhere, by code. Logs carry ids, counts and fixed words, never a mail or a key.

pub mod context;
pub mod dialect;
pub mod drafter;
pub mod error;
pub mod exchange;
pub mod gate;
pub mod injection;
pub mod key;
pub mod language;
pub mod phrases;
pub mod preview;
pub mod price;
pub mod prompt;
pub mod provider;
pub mod record;
pub mod retry;
pub mod schema;
pub mod template;
pub mod tokens;

pub use context::{DraftContext, Example, LeadFacts, Rejected, Turn, UserFacts};
pub use dialect::Usage;
pub use drafter::{Completion, DraftFailure, Drafter, FailedAttempt, HttpClient, http_client};
pub use error::LlmError;
pub use price::Prices;
pub use prompt::{Prompt, PromptLimits};
