//! Time that passes as fast as the machine can: tokio's clock and the simulation's are
//! moved together, in small steps between which everything that can go on does. How fast
//! the machine is changes how long a test takes, and not what it sees.

use std::future::Future;
use std::time::Duration;

use rejoinder::service::Services;

use crate::house::House;

/// Turns of the runtime in each step: enough for some reads and writes on loopback.
const TURNS: usize = 150;

pub struct Time<'h> {
    pub house: &'h House,
    pub step: Duration,
}

impl Time<'_> {
    /// Stops tokio's clock; from here on only this moves it. Calls on loopback go on
    /// while it stands.
    pub fn stop() {
        tokio::time::pause();
        // A runtime that is never idle does not move the clock by itself.
        tokio::spawn(async {
            loop {
                tokio::task::yield_now().await;
            }
        });
    }

    async fn settle(&self, services: &Services) {
        for _ in 0..TURNS {
            tokio::task::yield_now().await;
        }
        // What the store was asked to do is done when this is answered.
        services.store().write(|_| Ok(())).await.unwrap();
        services.store().read(|_| Ok(())).await.unwrap();
    }

    /// Lets time pass until the work is done.
    pub async fn until<F: Future>(&self, services: &Services, work: F) -> F::Output {
        tokio::pin!(work);
        loop {
            tokio::select! {
                biased;
                output = &mut work => return output,
                () = self.settle(services) => {}
            }
            self.house.sim.advance(self.step);
            tokio::time::advance(self.step).await;
        }
    }

    /// Lets so much time pass.
    pub async fn pass(&self, services: &Services, time: Duration) {
        let until = tokio::time::Instant::now() + time;
        while tokio::time::Instant::now() < until {
            self.settle(services).await;
            self.house.sim.advance(self.step);
            tokio::time::advance(self.step).await;
        }
        self.settle(services).await;
    }
}
