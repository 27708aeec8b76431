//! When the mailbox is looked at, by the worker as it runs in the program.

use std::time::Duration;

use jiff::Timestamp;
use rejoinder::demo::gmail::{Fault, FaultRule};
use rejoinder::domain::sync::SyncCause;
use rejoinder::service::{Services, inbox, worker};
use tokio_util::sync::CancellationToken;

use crate::house::{House, maria, sync};
use crate::time::Time;

const STEP: Duration = Duration::from_millis(250);

/// A mailbox that is synced, with a worker over it.
async fn working(settings: impl FnOnce(&mut House)) -> (House, Services, CancellationToken) {
    let mut house = House::new().await;
    settings(&mut house);
    let services = house.signed_in().await;
    sync(&services).await;
    house.gmail.forget_journal();
    Time::stop();
    let cancel = CancellationToken::new();
    tokio::spawn(worker::run(services.clone(), cancel.clone()));
    (house, services, cancel)
}

/// Seconds between the looks at the history.
fn gaps(house: &House) -> Vec<i64> {
    let at: Vec<Timestamp> = house.gmail.look(|journal| {
        let looks = journal.calls.iter().filter(|c| c.method == "history.list");
        looks.map(|call| call.at).collect()
    });
    let gap = |pair: &[Timestamp]| pair[1].duration_since(pair[0]);
    at.windows(2)
        .map(|pair| i64::try_from((gap(pair).as_millis() + 500) / 1_000).unwrap())
        .collect()
}

/// Thirty seconds after the end of the look before, which takes some steps.
fn is_usual(gap: &i64) -> bool {
    (30..=32).contains(gap)
}

#[tokio::test]
async fn every_thirty_seconds_and_less_often_once_nothing_happens_until_somebody_is_back() {
    let (house, services, _cancel) = working(|house| {
        house.config.gmail.idle_after_minutes = 3;
    })
    .await;
    let time = Time {
        house: &house,
        step: STEP,
    };
    time.pass(&services, Duration::from_secs(170)).await;
    let looks = gaps(&house);
    assert!(looks.len() == 5 && looks.iter().all(is_usual), "{looks:?}");
    time.pass(&services, Duration::from_secs(400)).await;
    let idle = gaps(&house);
    assert!(
        idle[6..].iter().all(|gap| (120..=122).contains(gap)),
        "{idle:?}"
    );
    let fresh = inbox::freshness(&services).await.unwrap();
    let next = fresh
        .next_at
        .unwrap()
        .duration_since(fresh.synced_at.unwrap());
    assert_eq!(next.as_secs(), 120, "and the screen says so");
    // A key: at once, and at the old pace from there on.
    let before = gaps(&house).len();
    services.person_is_here();
    time.pass(&services, Duration::from_secs(100)).await;
    let after = gaps(&house);
    assert!(after.len() >= before + 4, "{after:?}");
    assert!(after[before + 1..].iter().all(is_usual), "{after:?}");
    // Mail counts as something, too.
    time.pass(&services, Duration::from_secs(300)).await;
    house.deliver(&maria("new@x", ""));
    time.pass(&services, Duration::from_secs(240)).await;
    let after = gaps(&house);
    assert!(after[after.len() - 2..].iter().all(is_usual), "{after:?}");
}

#[tokio::test]
async fn at_once_after_the_machine_has_slept() {
    let (house, services, _cancel) = working(|_| {}).await;
    let time = Time {
        house: &house,
        step: STEP,
    };
    time.pass(&services, Duration::from_secs(40)).await;
    let looks = gaps(&house).len();
    // The wall clock goes on while the machine sleeps; the one that timers use does not.
    house.advance(12);
    time.pass(&services, Duration::from_secs(3)).await;
    assert_eq!(gaps(&house).len(), looks + 1, "{:?}", gaps(&house));
    house.advance(8 * 3_600);
    time.pass(&services, Duration::from_secs(3)).await;
    assert_eq!(gaps(&house).len(), looks + 2);
}

#[tokio::test]
async fn with_patience_when_the_network_is_gone_and_the_screen_says_what_and_until_when() {
    let (house, services, _cancel) = working(|house| house.patience.tries = 1).await;
    let time = Time {
        house: &house,
        step: STEP,
    };
    time.pass(&services, Duration::from_secs(1)).await;
    // A look that Gmail has answered already may still be on its way into the store.
    let last = house.clock.now();
    house.gmail.fault(FaultRule::on("*", Fault::DROP_BEFORE));
    house.gmail.forget_journal();
    time.pass(&services, Duration::from_secs(1_500)).await;
    let gaps_then = gaps(&house);
    assert!((5..=8).contains(&gaps_then[0]), "{gaps_then:?}");
    assert!(
        gaps_then.windows(2).take(5).all(|pair| pair[0] < pair[1]),
        "{gaps_then:?}"
    );
    assert!(gaps_then.iter().all(|gap| *gap <= 452), "{gaps_then:?}");
    let fresh = inbox::freshness(&services).await.unwrap();
    let problem = fresh.problem.unwrap();
    assert_eq!(problem.cause, SyncCause::Offline);
    assert!(
        fresh.synced_at.is_some_and(|at| at <= last),
        "the last good look: {:?}",
        fresh.synced_at
    );
    assert!(fresh.next_at.unwrap() > house.clock.now());
    house.gmail.clear_faults();
    time.pass(&services, Duration::from_secs(460)).await;
    let fresh = inbox::freshness(&services).await.unwrap();
    assert!(fresh.problem.is_none() && fresh.synced_at > Some(last));
}

#[tokio::test]
async fn gmails_own_word_about_when_to_come_back_is_kept() {
    for fault in [
        Fault::Status {
            code: 429,
            reason: Some("rateLimitExceeded".to_owned()),
            message: None,
            retry_after: Some(200),
            retry_text: None,
            html: false,
            work_done: false,
        },
        Fault::Status {
            code: 429,
            reason: Some("rateLimitExceeded".to_owned()),
            message: None,
            retry_after: None,
            retry_text: Some(200),
            html: false,
            work_done: false,
        },
    ] {
        let mut house = House::new().await;
        house.config.gmail.safety_net_minutes = 60;
        let services = house.signed_in().await;
        sync(&services).await;
        house.gmail.forget_journal();
        house
            .gmail
            .fault(FaultRule::on("history.list", fault).once());
        let cancel = CancellationToken::new();
        Time::stop();
        let working = tokio::spawn(worker::run(services.clone(), cancel.clone()));
        let time = Time {
            house: &house,
            step: STEP,
        };
        time.pass(&services, Duration::from_secs(230)).await;
        let fresh = inbox::freshness(&services).await.unwrap();
        let looks = gaps(&house);
        assert!((200..=205).contains(&looks[0]), "{looks:?}");
        assert!(fresh.problem.is_none(), "{fresh:?}");
        cancel.cancel();
        time.until(&services, working).await.unwrap();
        tokio::time::resume();
    }
}

#[tokio::test]
async fn one_of_two_processes_looks_and_the_other_takes_over() {
    let (house, services, cancel) = working(|_| {}).await;
    let time = Time {
        house: &house,
        step: STEP,
    };
    time.pass(&services, Duration::from_secs(2)).await;
    let other = house.open();
    let stop = CancellationToken::new();
    tokio::spawn(worker::run(other.clone(), stop.clone()));
    time.pass(&services, Duration::from_secs(130)).await;
    let looks = gaps(&house);
    assert!(looks.len() == 4 && looks.iter().all(is_usual), "{looks:?}");
    assert!(services.holds_lease() && !other.holds_lease());
    assert_eq!(worker::holder(&other), Some(std::process::id()));
    // A person at the other one is somebody, too.
    other.person_is_here();
    time.pass(&services, Duration::from_secs(2)).await;
    assert_eq!(gaps(&house).len(), 5);
    cancel.cancel();
    time.pass(&other, Duration::from_secs(70)).await;
    assert!(other.holds_lease());
    let looks = gaps(&house);
    assert!(looks.len() >= 7, "{looks:?}");
}

#[tokio::test]
async fn a_lost_sign_in_waits_for_a_new_one() {
    let (house, services, _cancel) = working(|_| {}).await;
    let time = Time {
        house: &house,
        step: STEP,
    };
    time.pass(&services, Duration::from_secs(2)).await;
    house.gmail.revoke_access();
    time.pass(&services, Duration::from_secs(60)).await;
    let fresh = inbox::freshness(&services).await.unwrap();
    assert_eq!(fresh.problem.unwrap().cause, SyncCause::SignIn);
    assert_eq!(fresh.next_at, None);
    house.gmail.forget_journal();
    time.pass(&services, Duration::from_secs(600)).await;
    assert_eq!(house.gmail.look(|journal| journal.calls.len()), 0);
    let other = house.signed_in().await;
    time.pass(&services, Duration::from_secs(5)).await;
    let fresh = inbox::freshness(&other).await.unwrap();
    assert!(fresh.problem.is_none(), "{fresh:?}");
}
