//! What reading the mailbox costs, counted by the simulation.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use rejoinder::demo::gmail::{Incoming, Limits, SimOptions};
use rejoinder::service::{inbox, stats};

use crate::house::{House, maria, sync};
use crate::time::Time;

fn strangers(house: &House, number: usize) {
    let mails = (0..number).map(|n| Incoming::new(maria(&format!("{n}@x"), "").into_bytes()));
    assert_eq!(house.gmail.deliver_all(mails).len(), number);
}

fn units(house: &House) -> BTreeMap<String, (u64, u64)> {
    let mut units = house.gmail.look(|journal| journal.units_by_method());
    units.retain(|_, (units, _)| *units > 0);
    units
}

fn wanted(calls: &[(&str, u64, u64)]) -> BTreeMap<String, (u64, u64)> {
    calls
        .iter()
        .map(|(method, number, cost)| ((*method).to_owned(), (number * cost, *number)))
        .collect()
}

#[tokio::test]
async fn a_first_sync_costs_its_mails_and_a_hundred_units_at_most() {
    let house = House::new().await;
    let services = house.signed_in().await;
    strangers(&house, 90);
    let report = sync(&services).await;
    let spent = units(&house);
    assert_eq!(
        spent,
        wanted(&[
            ("getProfile", 2, 1),
            ("settings.sendAs.list", 1, 1),
            ("messages.list", 2, 5),
            // The mails, and the dates of the newest and the oldest.
            ("messages.get", 92, 20),
            ("history.list", 1, 2),
        ])
    );
    assert_eq!(report.units, house.gmail.look(|journal| journal.units()));
    assert!(report.units <= 90 * 20 + 100);
}

#[tokio::test]
async fn an_idle_mailbox_costs_two_units_a_look_and_five_for_the_net_in_ten_minutes() {
    let house = House::new().await;
    let services = house.signed_in().await;
    strangers(&house, 3);
    sync(&services).await;
    house.gmail.forget_journal();
    for _ in 0..20 {
        house.advance(30);
        assert!(sync(&services).await.units <= 7);
    }
    let spent = units(&house);
    let ten_minutes = wanted(&[("history.list", 20, 2), ("messages.list", 1, 5)]);
    assert_eq!(spent, ten_minutes);
    let sum: u64 = spent.values().map(|(units, _)| units).sum();
    assert!(sum <= 8 * 10, "{sum} units in ten minutes");
}

#[tokio::test]
async fn a_mail_costs_its_reading_and_a_leads_mail_the_telling_too() {
    let house = House::new().await;
    let services = house.signed_in().await;
    crate::house::lead(&services, "Maria", "maria@bakery.example").await;
    sync(&services).await;
    house.gmail.forget_journal();
    strangers(&house, 5);
    house.advance(30);
    let report = sync(&services).await;
    assert_eq!(
        units(&house),
        wanted(&[
            ("history.list", 1, 2),
            ("messages.get", 5, 20),
            ("messages.modify", 5, 5),
        ])
    );
    assert_eq!(report.units, 127);
    let fresh = inbox::freshness(&services).await.unwrap();
    assert_eq!(fresh.units.last_poll, 127);
    assert_eq!(fresh.units.per_minute, 100_000_000);
    let stats = stats::stats(&services, 1).await.unwrap();
    assert_eq!(stats.gmail_units, fresh.units);
    assert!(fresh.units.today > 127);
}

#[tokio::test]
async fn a_first_sync_uses_the_ceiling_and_never_more() {
    let mut house = House::with(SimOptions {
        limits: Limits {
            units_per_minute: Some(6_000),
            ..Limits::default()
        },
        ..SimOptions::default()
    })
    .await;
    house.config.gmail.quota.units_per_minute = 6_000;
    house.config.gmail.rate_limit_per_minute = 600;
    house.config.gmail.first_sync_count = 2_000;
    strangers(&house, 1_000);
    let services = house.signed_in().await;
    let time = Time {
        house: &house,
        step: Duration::from_millis(20),
    };
    let start = house.clock.now();
    Time::stop();
    let mut fetched = 0;
    time.until(&services, async {
        loop {
            let report = sync(&services).await;
            fetched += report.fetched;
            if !report.more {
                break;
            }
        }
    })
    .await;
    assert_eq!(fetched, 1_000);
    let calls: Vec<(Timestamp, u32, String)> = house.gmail.look(|journal| {
        let calls = journal.calls.iter();
        calls
            .map(|call| (call.at, call.units, format!("{:?}", call.end)))
            .collect()
    });
    assert!(
        calls.iter().all(|(_, _, end)| end == "Status(200)"),
        "one too many"
    );
    let second = |at: &Timestamp| at.duration_since(start).as_secs();
    let between = |from: i64, to: i64| -> u32 {
        let there = calls
            .iter()
            .filter(|(at, ..)| (from..to).contains(&second(at)));
        there.map(|(_, units, _)| units).sum()
    };
    let took = second(&calls.last().unwrap().0);
    assert!(took > 180, "{took} s for 20,000 units");
    for from in 0..took - 60 {
        let minute = between(from, from + 60);
        assert!(minute <= 6_000, "{minute} units from second {from}");
    }
    for from in (0..took - 60).step_by(60) {
        let minute = between(from, from + 60);
        assert!(minute >= 5_700, "{minute} units from second {from}");
    }
}
