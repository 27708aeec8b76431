//! Layer 6: takes the terminal over and gives it back, runs the event loop, and carries
//! out effects. The only place where the pure screen meets the world.

mod abilities;
mod backend;
mod effects;
mod input;
mod order;
mod screen;
mod sign_in;
mod signals;
mod takeover;

use std::time::Duration;

use anyhow::Result;
use jiff::Timestamp;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{broadcast, mpsc};
use tokio_util::sync::CancellationToken;

use crate::app::model::Surroundings;
use crate::app::sign_in::SignInStep;
use crate::app::{Effect, Event, Model, update};
use crate::domain::Notice;
use crate::service::{Services, worker};
pub use abilities::abilities;
use effects::Runner;
pub use effects::edit_externally;
use input::{Input, Pause};
use screen::Screen;
use takeover::Takeover;

/// Events that wait to be taken in; more make the senders wait.
const QUEUE: usize = 4_096;

/// Runs the full screen until the person leaves it, or the terminal goes away.
///
/// # Errors
/// When there is no terminal, or it stops working in a way that nothing can be drawn.
pub async fn run(services: Services, demo: bool) -> Result<()> {
    let takeover = Takeover::begin()?;
    let cancel = CancellationToken::new();
    let working = tokio::spawn(worker::run(services.clone(), cancel.clone()));
    let (events, queue) = mpsc::channel(QUEUE);
    let notices = services.subscribe();
    let pause = Pause::default();
    let gone = CancellationToken::new();
    let input = Input::start(events.clone(), pause.clone(), gone.clone())?;
    let around = Surroundings {
        demo,
        drafter: services.drafter_name(),
        signature: crate::service::compose::signature(&services),
        ascii: services.config().screen.ascii || !takeover::speaks_utf8(),
        no_color: services.config().screen.no_color,
        can_sign_in: services.config().gmail.enabled && !demo,
    };
    let size = takeover::size();
    let zone = services.zone().clone();
    let model = Model::new(size, services.now(), zone, around, &services.config().keys);
    let runner = Runner::new(services.clone(), events);
    let screen = Screen::new(size);
    let mut session = Session {
        services,
        model,
        runner,
        screen,
        queue,
        notices,
        pause,
        gone,
        takeover,
    };
    let result = session.run().await;
    // What was typed last is saved before anything is torn down.
    session.save_unsaved().await;
    cancel.cancel();
    input.stop();
    session.takeover.end();
    if working.await.is_err() {
        tracing::error!("the workers ended badly");
    }
    session.runner.finish().await;
    result
}

struct Session {
    services: Services,
    model: Model,
    runner: Runner,
    screen: Screen,
    queue: mpsc::Receiver<Event>,
    notices: broadcast::Receiver<Notice>,
    pause: Pause,
    gone: CancellationToken,
    takeover: Takeover,
}

/// What ended a wait.
enum Woken {
    Event(Box<Event>),
    Tick,
    /// The terminal is gone, or the system asks to stop.
    Ended,
}

impl Session {
    async fn run(&mut self) -> Result<()> {
        let mut signals = signals::Signals::listen()?;
        let first = self.model.ask();
        self.model.inbox.request = Some(first);
        let query = self.model.inbox.query.clone();
        self.runner.start(Effect::LoadInbox {
            request: first,
            query,
        });
        self.screen.draw(&self.model)?;
        loop {
            let woken = self.wait(&mut signals).await;
            let first = match woken {
                Woken::Event(event) => *event,
                Woken::Tick => Event::Ticked,
                Woken::Ended => return Ok(()),
            };
            self.take(first).await?;
            // Everything else that waits, and then one draw.
            while let Ok(event) = self.queue.try_recv() {
                self.take(event).await?;
            }
            if self.model.quitting {
                return Ok(());
            }
            self.screen.draw(&self.model)?;
        }
    }

    async fn wait(&mut self, signals: &mut signals::Signals) -> Woken {
        let tick = self.model.next_tick().unsigned_abs();
        loop {
            tokio::select! {
                biased;
                () = signals.ended() => return Woken::Ended,
                () = self.gone.cancelled() => return Woken::Ended,
                event = self.queue.recv() => return event.map_or(Woken::Ended, |event| Woken::Event(Box::new(event))),
                notice = self.notices.recv() => match notice {
                    Ok(notice) => {
                        if let Some(event) = self.event_of(notice) {
                            return Woken::Event(Box::new(event));
                        }
                    }
                    Err(RecvError::Lagged(_)) => return Woken::Event(Box::new(Event::Noticed(Notice::StoreChanged))),
                    Err(RecvError::Closed) => return Woken::Ended,
                },
                () = tokio::time::sleep(tick.min(Duration::from_secs(60))) => return Woken::Tick,
            }
        }
    }

    /// A notice as an event; a draft's text is fetched from memory on the way.
    fn event_of(&self, notice: Notice) -> Option<Event> {
        match notice {
            Notice::SuggestionStreamed { suggestion, .. } => {
                let body = self.services.previews().get(suggestion)?;
                Some(Event::Streamed { suggestion, body })
            }
            notice => Some(Event::Noticed(notice)),
        }
    }

    async fn take(&mut self, event: Event) -> Result<()> {
        let now: Timestamp = self.services.now();
        if matches!(event, Event::Pressed(_) | Event::Pasted(_)) {
            self.services.person_is_here();
        }
        for effect in update(&mut self.model, event, now) {
            match effect {
                Effect::Redraw => self.screen.forget(),
                Effect::Quit => self.model.quitting = true,
                Effect::SignIn(SignInStep::Copy(text)) => takeover::copy(&text)?,
                Effect::EditExternally(text) => self.edit_externally(text).await?,
                effect => self.runner.start(effect),
            }
        }
        Ok(())
    }

    /// Gives the terminal to `$EDITOR` and takes it back.
    async fn edit_externally(&mut self, text: String) -> Result<()> {
        self.pause.pause();
        self.takeover.suspend()?;
        let edited = edit_externally(&text).await;
        self.takeover.resume()?;
        self.pause.resume();
        self.screen.forget();
        let event = Event::EditedExternally(edited.map_err(|error| format!("{error:#}")));
        let now = self.services.now();
        for effect in update(&mut self.model, event, now) {
            self.runner.start(effect);
        }
        Ok(())
    }

    async fn save_unsaved(&mut self) {
        let now = self.services.now();
        if let Some(effect) = self.model.unsaved() {
            self.runner.run(effect).await;
            tracing::debug!(%now, "unsaved text was saved at the end");
        }
    }
}

/// Columns and rows of the terminal.
#[must_use]
pub fn size() -> (u16, u16) {
    takeover::size()
}

/// A text as a QR code, row by row; none when it is too long for one.
#[must_use]
pub fn qr_rows(text: &str) -> Option<Vec<String>> {
    crate::app::qr::rows(text)
}

/// What is wrong with the keys of the settings, in words.
#[must_use]
pub fn key_problems(keys: &std::collections::BTreeMap<String, Vec<String>>) -> Vec<String> {
    crate::app::Keymap::new(keys).1
}

/// The table of keys, made from the keymap, for the README and `rejoinder config --keys`.
#[must_use]
pub fn keys_table() -> String {
    crate::app::Keymap::markdown()
}
