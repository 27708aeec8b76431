//! Spends Google's quota: never more units or calls in any sixty seconds than the
//! settings allow, the person's own actions first, and slower after Gmail asked for it.
//!
//! A call counts from when it is admitted until sixty seconds after it ended, because
//! Google books it at some moment in between. Background work is also paced, so that a
//! burst of it does not leave a person waiting for the rest of the minute, and leaves a
//! fortieth of the ceiling to the person: one reply, at Google's usual 6,000 units.
//! It knows units, not methods: prices are the caller's business.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};

/// The span over which Google counts.
const WINDOW: Duration = Duration::from_secs(60);
/// What background work may spend at once after a quiet time, as a share of a minute: a
/// hundred mails that came at once need not wait.
const BURST: Duration = Duration::from_secs(30);
/// One part in this many of the ceiling is the person's.
const RESERVE: u32 = 40;
/// Calls under way at once; Gmail refuses "too many concurrent requests".
const MOST_AT_ONCE: usize = 8;
/// Of a thousand: no slowing down.
const FULL: u32 = 1_000;
/// Of a thousand: never slower than this.
const SLOWEST: u32 = 100;
/// However long Gmail asks for quiet, after this time one call finds out.
const LONGEST_PAUSE: Duration = Duration::from_secs(900);
/// One burst of refusals slows down once.
const SLOW_ONCE_IN: Duration = Duration::from_secs(10);

/// Who waits for a call.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Priority {
    /// A person, looking at the screen.
    Person,
    /// A worker.
    Background,
}

/// What has been used, for the status line.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Usage {
    /// Units that count against this minute.
    pub units: u32,
    /// Units a minute may have now: the settings' ceiling, or less after a refusal.
    pub units_per_minute: u32,
    /// Calls that count against this minute.
    pub calls: u32,
    /// How long Gmail asked for quiet from now on.
    pub paused_for: Option<Duration>,
}

/// Gmail asked for quiet, for longer than the caller wants to wait.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("Gmail asked to be left alone for {} s", .0.as_secs())]
pub struct Paused(pub Duration);

/// Admits calls. Clones share the same account.
#[derive(Clone, Debug)]
pub struct Governor {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    units: u32,
    calls: u32,
    state: Mutex<State>,
    changed: Notify,
}

#[derive(Debug)]
struct State {
    next_ticket: u64,
    /// Calls that ended, oldest first.
    ended: VecDeque<(Instant, u32)>,
    ended_units: u32,
    /// Calls under way.
    under_way: HashMap<u64, u32>,
    persons: VecDeque<u64>,
    workers: VecDeque<u64>,
    /// When background work would have used up what it spent, at an even pace.
    paced_to: Instant,
    paused_to: Option<Instant>,
    speed: u32,
    slowed_at: Instant,
}

/// What a waiting call has to wait for.
enum Turn {
    Now,
    At(Instant),
    Change,
    Paused(Duration),
}

impl Governor {
    /// A governor that spends at most `units` and makes at most `calls` a minute.
    #[must_use]
    pub fn new(units: u32, calls: u32) -> Self {
        let now = Instant::now();
        Self {
            inner: Arc::new(Inner {
                units: units.max(1),
                calls: calls.max(1),
                state: Mutex::new(State {
                    next_ticket: 0,
                    ended: VecDeque::new(),
                    ended_units: 0,
                    under_way: HashMap::new(),
                    persons: VecDeque::new(),
                    workers: VecDeque::new(),
                    paced_to: now,
                    paused_to: None,
                    speed: FULL,
                    slowed_at: now,
                }),
                changed: Notify::new(),
            }),
        }
    }

    /// Waits for room for a call of `units`. The call is over when the permit is dropped.
    ///
    /// # Errors
    /// [`Paused`] at once when Gmail asked for quiet for longer than `longest_wait`.
    pub async fn admit(
        &self,
        units: u32,
        priority: Priority,
        longest_wait: Duration,
    ) -> Result<Permit, Paused> {
        let place = Place::take(&self.inner, priority);
        loop {
            let changed = self.inner.changed.notified();
            tokio::pin!(changed);
            changed.as_mut().enable();
            let turn = self.inner.turn(place.ticket, units, priority, longest_wait);
            match turn {
                Turn::Now => {
                    return Ok(Permit {
                        inner: Arc::clone(&self.inner),
                        ticket: place.ticket,
                    });
                }
                Turn::Paused(time) => return Err(Paused(time)),
                Turn::Change => changed.await,
                Turn::At(instant) => {
                    tokio::select! {
                        () = sleep_until(instant) => {}
                        () = changed => {}
                    }
                }
            }
        }
    }

    /// Gmail refused a call for being one too many: pause for `quiet`, then go slower;
    /// a minute without a refusal gives a tenth of the speed back.
    pub fn slow_down(&self, quiet: Duration) {
        let now = Instant::now();
        let mut state = self.inner.lock();
        let speed = state.speed_at(now);
        if speed == FULL || now.duration_since(state.slowed_at) >= SLOW_ONCE_IN {
            state.speed = (speed * 7 / 10).max(SLOWEST);
            state.slowed_at = now;
        }
        state.paused_to = state
            .paused_to
            .max(now.checked_add(quiet.min(LONGEST_PAUSE)));
        drop(state);
        self.inner.changed.notify_waiters();
    }

    /// What has been used.
    #[must_use]
    pub fn usage(&self) -> Usage {
        let now = Instant::now();
        let mut state = self.inner.lock();
        state.forget(now);
        Usage {
            units: state.used(),
            units_per_minute: share(self.inner.units, state.speed_at(now)),
            calls: u32::try_from(state.calls()).unwrap_or(u32::MAX),
            paused_for: state
                .paused_to
                .and_then(|to| to.checked_duration_since(now))
                .filter(|left| !left.is_zero()),
        }
    }
}

/// `part` of a thousand of `whole`, at least one.
fn share(whole: u32, part: u32) -> u32 {
    let share = u64::from(whole) * u64::from(part) / u64::from(FULL);
    u32::try_from(share).unwrap_or(u32::MAX).max(1)
}

impl Inner {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether it is this call's turn; if so, it is booked.
    fn turn(&self, ticket: u64, units: u32, priority: Priority, longest: Duration) -> Turn {
        let now = Instant::now();
        let mut state = self.lock();
        state.forget(now);
        if let Some(left) = state
            .paused_to
            .and_then(|to| to.checked_duration_since(now))
            .filter(|left| !left.is_zero())
        {
            return if left > longest {
                Turn::Paused(left)
            } else {
                Turn::At(now + left)
            };
        }
        if !state.is_next(ticket, priority) {
            return Turn::Change;
        }
        let speed = state.speed_at(now);
        let most_units = share(self.units, speed);
        let most_calls = share(self.calls, speed);
        let (most_units, most_calls) = match priority {
            Priority::Person => (most_units, most_calls),
            Priority::Background => {
                if state.under_way.len() >= MOST_AT_ONCE {
                    return Turn::Change;
                }
                if let Some(at) = state.paced_to.checked_sub(BURST).filter(|at| *at > now) {
                    return Turn::At(at);
                }
                (
                    most_units - most_units / RESERVE,
                    most_calls - most_calls / RESERVE,
                )
            }
        };
        let room = state.room_at(units, most_units, most_calls);
        match room {
            Room::Now => {}
            Room::At(at) => {
                // Time spent in front of a full window is no quiet time: from here on the
                // pace is even, so that each moment frees some room for a person.
                if priority == Priority::Background {
                    state.paced_to = state.paced_to.max(at + BURST);
                }
                return Turn::At(at);
            }
            Room::Unclear => return Turn::Change,
        }
        if priority == Priority::Background {
            let minute = WINDOW.as_secs_f64();
            let by_units = f64::from(units) / f64::from(most_units);
            let by_calls = 1.0 / f64::from(most_calls);
            let step = Duration::from_secs_f64(minute * by_units.max(by_calls));
            state.paced_to = state.paced_to.max(now) + step;
        }
        state.under_way.insert(ticket, units);
        Turn::Now
    }
}

/// When a call fits into the window.
enum Room {
    Now,
    At(Instant),
    /// Only once a call under way has ended.
    Unclear,
}

impl State {
    /// Drops what no longer counts.
    fn forget(&mut self, now: Instant) {
        while let Some((at, units)) = self.ended.front().copied()
            && now.duration_since(at) >= WINDOW
        {
            self.ended.pop_front();
            self.ended_units = self.ended_units.saturating_sub(units);
        }
    }

    fn used(&self) -> u32 {
        self.under_way
            .values()
            .fold(self.ended_units, |sum, units| sum.saturating_add(*units))
    }

    fn calls(&self) -> usize {
        self.ended.len() + self.under_way.len()
    }

    fn is_next(&self, ticket: u64, priority: Priority) -> bool {
        match priority {
            Priority::Person => self.persons.front() == Some(&ticket),
            Priority::Background => {
                self.persons.is_empty() && self.workers.front() == Some(&ticket)
            }
        }
    }

    fn speed_at(&self, now: Instant) -> u32 {
        let minutes = now.duration_since(self.slowed_at).as_secs() / WINDOW.as_secs();
        let gained = u32::try_from(minutes)
            .unwrap_or(FULL)
            .saturating_mul(FULL / 10);
        self.speed.saturating_add(gained).min(FULL)
    }

    /// A call dearer than the ceiling fits once nothing else counts.
    fn room_at(&self, units: u32, most_units: u32, most_calls: u32) -> Room {
        let most_calls = usize::try_from(most_calls).unwrap_or(usize::MAX);
        let mut used = self.used();
        let mut calls = self.calls();
        let fits = |used: u32, calls: usize| {
            calls == 0 || (used.saturating_add(units) <= most_units && calls < most_calls)
        };
        if fits(used, calls) {
            return Room::Now;
        }
        for (at, freed) in &self.ended {
            used = used.saturating_sub(*freed);
            calls = calls.saturating_sub(1);
            if fits(used, calls) {
                return Room::At(*at + WINDOW);
            }
        }
        Room::Unclear
    }
}

/// A place in the queue, given up when the caller stops waiting.
struct Place {
    inner: Arc<Inner>,
    ticket: u64,
    priority: Priority,
}

impl Place {
    fn take(inner: &Arc<Inner>, priority: Priority) -> Self {
        let mut state = inner.lock();
        let ticket = state.next_ticket;
        state.next_ticket += 1;
        match priority {
            Priority::Person => state.persons.push_back(ticket),
            Priority::Background => state.workers.push_back(ticket),
        }
        drop(state);
        Self {
            inner: Arc::clone(inner),
            ticket,
            priority,
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut state = self.inner.lock();
        let queue = match self.priority {
            Priority::Person => &mut state.persons,
            Priority::Background => &mut state.workers,
        };
        queue.retain(|ticket| *ticket != self.ticket);
        drop(state);
        self.inner.changed.notify_waiters();
    }
}

/// A call under way. Drop it when the call is over, whatever came of it.
#[derive(Debug)]
pub struct Permit {
    inner: Arc<Inner>,
    ticket: u64,
}

impl Drop for Permit {
    fn drop(&mut self) {
        let mut state = self.inner.lock();
        if let Some(units) = state.under_way.remove(&self.ticket) {
            state.ended.push_back((Instant::now(), units));
            state.ended_units = state.ended_units.saturating_add(units);
        }
        drop(state);
        self.inner.changed.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Mutex as StdMutex;

    const PATIENT: Duration = Duration::from_secs(3_600);

    /// Admission and end of each call, with its units, in seconds from the start.
    type Calls = Arc<StdMutex<Vec<(f64, f64, u32)>>>;

    async fn call(
        governor: &Governor,
        units: u32,
        who: Priority,
        takes: u64,
        start: Instant,
        calls: &Calls,
    ) {
        let permit = governor.admit(units, who, PATIENT).await.unwrap();
        let from = start.elapsed().as_secs_f64();
        tokio::time::sleep(Duration::from_millis(takes)).await;
        let to = start.elapsed().as_secs_f64();
        drop(permit);
        calls.lock().unwrap().push((from, to, units));
    }

    /// The most units that any sixty seconds can hold, whenever within a call Google
    /// books it: each at its worst moment for the window.
    fn worst_minute(calls: &[(f64, f64, u32)]) -> u32 {
        calls
            .iter()
            .map(|(_, end, _)| {
                calls
                    .iter()
                    .filter(|(from, to, _)| *to >= *end && *from < *end + 59.999)
                    .map(|(_, _, units)| units)
                    .sum()
            })
            .max()
            .unwrap_or(0)
    }

    #[tokio::test(start_paused = true)]
    async fn a_first_sync_stays_under_the_ceiling_and_within_a_twentieth_of_it() {
        let governor = Governor::new(6_000, 600);
        let calls = Calls::default();
        let start = Instant::now();
        let workers: Vec<_> = (0..8_u64)
            .map(|worker| {
                let (governor, calls) = (governor.clone(), Arc::clone(&calls));
                tokio::spawn(async move {
                    let mut turn = worker;
                    while start.elapsed() < Duration::from_secs(600) {
                        turn += 7;
                        let takes = 100 + turn * 37 % 400;
                        call(&governor, 20, Priority::Background, takes, start, &calls).await;
                    }
                })
            })
            .collect();
        for worker in workers {
            worker.await.unwrap();
        }
        let calls = calls.lock().unwrap();
        let worst = worst_minute(&calls);
        assert!(worst <= 6_000, "{worst} units in a minute");
        let spent: u32 = calls
            .iter()
            .filter(|(_, to, _)| *to <= 600.0)
            .map(|(_, _, units)| units)
            .sum();
        assert!(spent >= 57_000, "{spent} of 60,000 units in ten minutes");
    }

    #[tokio::test(start_paused = true)]
    async fn a_person_need_not_wait_for_a_first_sync() {
        let governor = Governor::new(6_000, 600);
        let calls = Calls::default();
        let start = Instant::now();
        let sync = {
            let (governor, calls) = (governor.clone(), Arc::clone(&calls));
            tokio::spawn(async move {
                loop {
                    call(&governor, 20, Priority::Background, 200, start, &calls).await;
                }
            })
        };
        tokio::time::sleep(Duration::from_secs(130)).await;
        let asked = Instant::now();
        for units in [10, 100, 20] {
            drop(
                governor
                    .admit(units, Priority::Person, PATIENT)
                    .await
                    .unwrap(),
            );
        }
        assert!(
            asked.elapsed() < Duration::from_secs(1),
            "{:?}",
            asked.elapsed()
        );
        let asked = Instant::now();
        for units in [10, 100, 20] {
            drop(
                governor
                    .admit(units, Priority::Person, PATIENT)
                    .await
                    .unwrap(),
            );
        }
        assert!(
            asked.elapsed() < Duration::from_secs(8),
            "{:?}",
            asked.elapsed()
        );
        sync.abort();
    }

    #[tokio::test(start_paused = true)]
    async fn a_hundred_mails_at_once_after_a_quiet_time_need_not_wait() {
        let governor = Governor::new(6_000, 600);
        let start = Instant::now();
        for _ in 0..100 {
            drop(
                governor
                    .admit(20, Priority::Background, PATIENT)
                    .await
                    .unwrap(),
            );
        }
        assert_eq!(start.elapsed(), Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn calls_a_minute_are_limited_as_well() {
        let governor = Governor::new(6_000, 10);
        let start = Instant::now();
        for _ in 0..10 {
            drop(governor.admit(1, Priority::Person, PATIENT).await.unwrap());
        }
        assert_eq!(start.elapsed(), Duration::ZERO);
        drop(governor.admit(1, Priority::Person, PATIENT).await.unwrap());
        assert!(start.elapsed() >= WINDOW);
    }

    #[tokio::test(start_paused = true)]
    async fn a_refusal_pauses_everybody_then_slows_then_wears_off() {
        let governor = Governor::new(6_000, 600);
        let start = Instant::now();
        governor.slow_down(Duration::from_secs(5));
        governor.slow_down(Duration::from_secs(3));
        assert_eq!(
            governor.usage().units_per_minute,
            4_200,
            "one burst slows once"
        );
        assert_eq!(governor.usage().paused_for, Some(Duration::from_secs(5)));
        assert_eq!(
            governor
                .admit(1, Priority::Person, Duration::from_secs(2))
                .await
                .unwrap_err(),
            Paused(Duration::from_secs(5))
        );
        drop(governor.admit(1, Priority::Person, PATIENT).await.unwrap());
        assert_eq!(start.elapsed().as_secs(), 5);
        tokio::time::sleep(Duration::from_secs(180)).await;
        assert_eq!(governor.usage().units_per_minute, 6_000);
        assert_eq!(governor.usage().paused_for, None);
    }

    #[tokio::test(start_paused = true)]
    async fn who_stops_waiting_blocks_nobody() {
        let governor = Governor::new(100, 600);
        drop(
            governor
                .admit(100, Priority::Person, PATIENT)
                .await
                .unwrap(),
        );
        let (waiting, next) = (governor.clone(), governor.clone());
        let given_up =
            tokio::spawn(async move { waiting.admit(90, Priority::Person, PATIENT).await });
        tokio::task::yield_now().await;
        let behind =
            tokio::spawn(
                async move { next.admit(5, Priority::Background, PATIENT).await.map(drop) },
            );
        tokio::task::yield_now().await;
        given_up.abort();
        behind.await.unwrap().unwrap();
        assert_eq!(governor.usage().units, 5);
    }

    #[tokio::test(start_paused = true)]
    async fn a_call_dearer_than_the_ceiling_is_made_alone() {
        let governor = Governor::new(50, 600);
        let start = Instant::now();
        drop(
            governor
                .admit(100, Priority::Person, PATIENT)
                .await
                .unwrap(),
        );
        drop(
            governor
                .admit(100, Priority::Background, PATIENT)
                .await
                .unwrap(),
        );
        assert!(start.elapsed() >= WINDOW);
    }

    #[tokio::test(start_paused = true)]
    async fn units_count_for_a_minute() {
        let governor = Governor::new(6_000, 600);
        drop(
            governor
                .admit(100, Priority::Person, PATIENT)
                .await
                .unwrap(),
        );
        assert_eq!(governor.usage().units, 100);
        tokio::time::sleep(WINDOW).await;
        assert_eq!(governor.usage().units, 0);
    }
}
