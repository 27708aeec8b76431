//! Every step of the protocol, one after the other: the process is killed at its first
//! poll, at its second, and so on to its end, under each of the faults that matter.

use rejoinder::demo::gmail::{Fault, FaultRule, Lag};
use rejoinder::service::compose::Dispatch;
use rejoinder::service::review::{self, Seen};
use rejoinder::service::sender::Policy;

use crate::world::World;

fn faults() -> Vec<(&'static str, Option<FaultRule>)> {
    let on = |method: &str, fault| Some(FaultRule::on(method, fault).once());
    vec![
        ("no fault", None),
        (
            "create lost before",
            on("drafts.create", Fault::DROP_BEFORE),
        ),
        ("create lost after", on("drafts.create", Fault::DROP_AFTER)),
        (
            "create cut",
            on("drafts.create", Fault::Cut { clean: true }),
        ),
        ("create edited at once", on("drafts.send", Fault::EditDraft)),
        ("send lost before", on("drafts.send", Fault::DROP_BEFORE)),
        ("send lost after", on("drafts.send", Fault::DROP_AFTER)),
        ("send cut", on("drafts.send", Fault::Cut { clean: false })),
        ("send garbled", on("drafts.send", Fault::Garble)),
        (
            "send late",
            on("drafts.send", Fault::Delay { millis: 20_000 }),
        ),
        (
            "send refused for now",
            on("drafts.send", Fault::status(429)),
        ),
        (
            "send's draft deleted",
            on("drafts.send", Fault::DeleteDraft),
        ),
        ("name lost", on("messages.get", Fault::status(500))),
    ]
}

/// One world for each step; none when the process came to its end before the step.
async fn killed_at(step: usize, fault: Option<FaultRule>) -> Option<(usize, usize)> {
    let mut world = World::new(1, Policy::LookUp, Lag::default(), 20).await;
    if let Some(fault) = fault {
        world.control.fault(fault);
    }
    let (_, suggestion) = world.conversations[0];
    let found = review::get(&world.process(), suggestion).await.unwrap();
    let seen = Seen {
        suggestion,
        revision: found.revision,
        body: "From 2,400 EUR.".to_owned(),
        confirmed: false,
    };
    let dispatch = Dispatch {
        now: true,
        ..Dispatch::default()
    };
    let delivery = review::approve(&world.process(), seen, dispatch)
        .await
        .unwrap();
    let lived = world.send(Some(step)).await;
    // The next process is killed at the same step of its own.
    world.wait(std::time::Duration::from_secs(100)).await;
    world.send(Some(step)).await;
    world.calm().await;
    let end = world.deliveries().await.pop().unwrap();
    let left = world.left(&delivery).await;
    assert!(end.state.is_final(), "{end:?}");
    let by_us = usize::from(end.state == rejoinder::domain::delivery::DeliveryState::Sent);
    (!lived).then_some((left, by_us))
}

fn sweep(stride: usize) -> usize {
    let mut steps = 0;
    for (name, fault) in faults() {
        let mut step = 1;
        loop {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .start_paused(true)
                .build()
                .unwrap();
            let Some((left, sent)) = runtime.block_on(killed_at(step, fault.clone())) else {
                break;
            };
            assert_eq!(
                left, sent,
                "{name}: killed at step {step}, it left {left} times"
            );
            steps += 1;
            step += stride;
        }
        assert!(step > stride, "{name}: not a single step");
    }
    steps
}

#[test]
fn killed_at_every_step_under_every_fault_a_reply_leaves_once_or_comes_back() {
    let full = std::env::var("REJOINDER_CAMPAIGN").is_ok();
    let steps = sweep(if full { 1 } else { 3 });
    eprintln!("killed at {steps} steps: 0 doubled, 0 lost");
}
