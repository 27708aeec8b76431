//! Everything that `rejoinder demo` needs, started together: the mailbox with the leads
//! at play, the model, and the conversations as they stand at the beginning.

use std::io;
use std::time::Duration;

use super::clock::Clock;
use super::gmail::{Consent, Limits, Sim, SimOptions};
use super::leads::{self, BadScript, Cast, Leads, Opening, Placed};
use super::model::{Model, ModelOptions};
use crate::domain::{GmailId, GmailThreadId};

/// How the demo is set up.
#[derive(Clone, Debug)]
pub struct StageOptions {
    /// Real time for people, a manual clock for tests.
    pub clock: Clock,
    /// How fast the leads live: at 2, everything comes in half of the time.
    pub speed: f64,
    /// How the model writes.
    pub model: ModelOptions,
    /// Serve the controls of mailbox and model over HTTP. Only for tests.
    pub control_over_http: bool,
    /// Ids and chance follow from it.
    pub seed: u64,
}

impl Default for StageOptions {
    /// As a person watches it.
    fn default() -> Self {
        Self {
            clock: Clock::Real,
            speed: 1.0,
            model: ModelOptions::visible(),
            control_over_http: false,
            seed: 1,
        }
    }
}

impl StageOptions {
    /// For tests: a clock that stands, a model that writes at once, controls over HTTP.
    #[must_use]
    pub fn for_tests() -> Self {
        Self {
            clock: Clock::fixed(),
            model: ModelOptions::default(),
            control_over_http: true,
            ..Self::default()
        }
    }
}

/// Why the demo cannot begin.
#[derive(Debug, thiserror::Error)]
pub enum StageError {
    /// A port cannot be had.
    #[error("the demo cannot listen on 127.0.0.1: {0}; is the loopback network up?")]
    Listen(#[from] io::Error),
    /// A script is not right.
    #[error(transparent)]
    Script(#[from] BadScript),
}

/// The running demo; everything stops when it is dropped.
pub struct Stage {
    /// The mailbox.
    pub sim: Sim,
    /// The model.
    pub model: Model,
    /// Who plays, and what the user offers.
    pub cast: Cast,
    /// The conversations at the beginning, one for each lead, oldest mails first.
    pub openings: Vec<Opening>,
}

impl Stage {
    /// Starts mailbox and model on the caller's runtime.
    ///
    /// # Errors
    /// See [`StageError`].
    pub async fn start(options: StageOptions) -> Result<Self, StageError> {
        let cast = leads::cast()?;
        let now = options.clock.now();
        let (people, placed) = Leads::new(&cast, now, options.speed);
        let sim = Sim::start(SimOptions {
            seed: options.seed,
            clock: options.clock,
            owner: cast.user.clone(),
            consent: Consent::Allow,
            limits: Limits {
                units_per_minute: Some(6_000),
                sends_per_day: Some(500),
                ..Limits::default()
            },
            control_over_http: options.control_over_http,
            world: Some(Box::new(people)),
            ..SimOptions::default()
        })
        .await?;
        let openings = place(&sim, &cast, placed);
        let model = Model::start(
            Some(cast.clone()),
            ModelOptions {
                control_over_http: options.control_over_http,
                ..options.model
            },
        )
        .await?;
        Ok(Self {
            sim,
            model,
            cast,
            openings,
        })
    }

    /// Moves a manual clock and lets arrive what is due by then.
    pub fn advance(&self, by: Duration) {
        self.sim.advance(by);
    }
}

/// Puts the mails of the past into the mailbox and notes the ids they got.
fn place(sim: &Sim, cast: &Cast, placed: Vec<Placed>) -> Vec<Opening> {
    let control = sim.control();
    let (mails, past): (Vec<_>, Vec<_>) =
        placed.into_iter().map(|one| (one.mail, one.past)).unzip();
    let ids = control.deliver_all(mails);
    let mut openings: Vec<Opening> = cast
        .scripts
        .iter()
        .map(|script| Opening {
            lead: script.lead(),
            messages: Vec::new(),
        })
        .collect();
    for (id, past) in ids.into_iter().zip(past) {
        let Some((person, mut message)) = past else {
            continue;
        };
        let thread = control.message(&id).map(|stored| stored.thread);
        message.gmail_thread_id = thread.map(GmailThreadId);
        message.gmail_id = Some(GmailId(id));
        if let Some(opening) = openings.get_mut(person) {
            opening.messages.push(message);
        }
    }
    openings.retain(|opening| !opening.messages.is_empty());
    openings
}
