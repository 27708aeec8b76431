//! The first sync: how far it goes, that it can be stopped, and that it begins nothing
//! anew; and the one after an expired cursor.

use jiff::{SignedDuration, Timestamp};
use rejoinder::demo::gmail::{Fault, FaultRule, Incoming};
use rejoinder::domain::GmailId;
use rejoinder::domain::sync::SyncProgress;
use rejoinder::service::{inbox, poller};

use crate::house::{House, Kept, calls, cursor, kept, lead, mail, maria, state, sync, try_sync};

/// Mails of strangers, one an hour, the newest of them now; oldest first.
fn past(house: &House, number: usize) -> Vec<GmailId> {
    let now = house.clock.now();
    let mails = (0..number).map(|n| {
        let hours = i64::try_from(number - 1 - n).unwrap();
        let raw = mail(
            "a@b.example",
            "sam@example.com",
            "Old",
            &format!("{n}@b"),
            "",
        );
        Incoming {
            dated: Some(now - SignedDuration::from_hours(hours)),
            ..Incoming::new(raw.into_bytes())
        }
    });
    let ids = house.gmail.deliver_all(mails);
    ids.into_iter().map(GmailId).collect()
}

#[tokio::test]
async fn it_is_bounded_by_number_and_the_safety_net_does_not_fetch_what_is_beyond() {
    let mut house = House::new().await;
    house.config.gmail.first_sync_count = 30;
    house.config.gmail.max_emails_per_poll = 1_000;
    let services = house.signed_in().await;
    let ids = past(&house, 80);
    let report = sync(&services).await;
    assert_eq!((report.fetched, report.unmatched), (30, 30));
    assert_eq!(kept(&services, &ids[50]).await, Kept::Unmatched);
    assert_eq!(kept(&services, &ids[49]).await, Kept::Nowhere);
    // Older mail in the inbox, unread, is listed by the net and left alone.
    for _ in 0..3 {
        house.advance(660);
        assert_eq!(sync(&services).await.fetched, 0);
    }
    // What comes late with a new date is not.
    let missed = house.deliver(&maria("late@x", ""));
    assert_eq!(sync(&services).await.fetched, 1);
    assert_eq!(kept(&services, &missed).await, Kept::Unmatched);
}

#[tokio::test]
async fn it_is_bounded_by_days_and_finds_the_edge_without_fetching_what_lies_beyond() {
    let mut house = House::new().await;
    house.config.gmail.first_sync_days = 2;
    let services = house.signed_in().await;
    let ids = past(&house, 200);
    let report = sync(&services).await;
    assert_eq!(report.fetched, 49, "48 hours and the edge itself");
    assert_eq!(kept(&services, &ids[199 - 48]).await, Kept::Unmatched);
    assert_eq!(kept(&services, &ids[199 - 49]).await, Kept::Nowhere);
    let gets = calls(&house.gmail, "messages.get");
    assert!(gets <= 49 + 9 + 9, "{gets} calls for 49 mails");
}

#[tokio::test]
async fn an_answer_in_it_finds_its_question() {
    let house = House::new().await;
    let services = house.signed_in().await;
    let who = lead(&services, "Maria", "maria@bakery.example").await;
    let raw = mail(
        "sam@example.com",
        "maria@bakery.example",
        "Website",
        "x",
        "",
    );
    let ours = house.gmail.send_by_hand(raw.as_bytes(), None).unwrap();
    let id = house.gmail.message(&ours).unwrap().message_id.unwrap();
    let answer = house.deliver(&maria("a@x", &format!("In-Reply-To: <{id}>\r\n")));
    let report = sync(&services).await;
    assert_eq!(report.matched.in_reply_to, 1);
    assert!(matches!(kept(&services, &answer).await, Kept::In { lead, .. } if lead == who));
}

#[tokio::test]
async fn it_goes_on_where_it_stopped_without_listing_again() {
    let mut house = House::new().await;
    house.config.gmail.max_emails_per_poll = 20;
    let services = house.signed_in().await;
    let ids = past(&house, 50);
    let first = sync(&services).await;
    let wanted = SyncProgress {
        done: 20,
        total: 50,
        stopped: false,
    };
    assert_eq!((first.fetched, first.more), (20, true));
    assert_eq!(first.progress, Some(wanted));
    let fresh = inbox::freshness(&services).await.unwrap();
    assert_eq!((fresh.progress, fresh.syncing), (Some(wanted), true));
    assert_eq!(
        cursor(&services).await,
        None,
        "nothing is skipped by a cursor"
    );
    drop(services);
    let services = house.open();
    let listings = calls(&house.gmail, "messages.list");
    assert_eq!(sync(&services).await.fetched, 20);
    assert_eq!(calls(&house.gmail, "messages.list"), listings);
    let last = sync(&services).await;
    assert_eq!((last.fetched, last.more, last.progress), (10, false, None));
    let mut gets = 0;
    house.gmail.look(|journal| {
        let whole = |path: &str| path.contains("format=raw");
        gets = journal
            .calls
            .iter()
            .filter(|call| whole(&call.path))
            .count();
    });
    assert_eq!(gets, 50, "each once");
    assert_eq!(kept(&services, &ids[0]).await, Kept::Unmatched);
    assert_eq!(cursor(&services).await, Some(house.gmail.history_id()));
}

#[tokio::test]
async fn a_person_stops_it_follows_new_mail_and_resumes_it() {
    let mut house = House::new().await;
    house.config.gmail.max_emails_per_poll = 20;
    let services = house.signed_in().await;
    let ids = past(&house, 50);
    sync(&services).await;
    assert!(poller::stop(&services).await.unwrap());
    assert!(!poller::stop(&services).await.unwrap(), "it is stopped");
    let new = house.deliver(&maria("new@x", ""));
    let report = sync(&services).await;
    assert_eq!((report.fetched, report.more), (1, false));
    assert_eq!(kept(&services, &new).await, Kept::Unmatched);
    assert!(report.progress.unwrap().stopped);
    assert_eq!(kept(&services, &ids[49]).await, Kept::Nowhere);
    let fresh = inbox::freshness(&services).await.unwrap();
    assert!(!fresh.syncing && fresh.progress.unwrap().stopped);
    house.advance(660);
    assert_eq!(sync(&services).await.fetched, 0, "nor does the safety net");

    assert!(poller::resume(&services).await.unwrap());
    let newer = house.deliver(&maria("newer@x", ""));
    let report = sync(&services).await;
    assert_eq!((report.fetched, report.more), (20, true));
    assert_eq!(
        kept(&services, &newer).await,
        Kept::Unmatched,
        "new mail first"
    );
    let report = sync(&services).await;
    assert_eq!((report.fetched, report.progress), (11, None));
    assert_eq!(kept(&services, &ids[49]).await, Kept::Unmatched);
    assert_eq!(cursor(&services).await, Some(house.gmail.history_id()));
}

#[tokio::test]
async fn an_expired_cursor_leads_to_one_look_at_everything_since_however_much_it_is() {
    let mut house = House::new().await;
    house.config.gmail.first_sync_count = 10;
    house.config.gmail.max_emails_per_poll = 5_000;
    let services = house.signed_in().await;
    past(&house, 10);
    sync(&services).await;
    house.advance(8 * 24 * 3_600);
    let many: Vec<Incoming> = (0..620)
        .map(|n| Incoming::new(maria(&format!("{n}@many"), "").into_bytes()))
        .collect();
    let ids = house.gmail.deliver_all(many);
    house.gmail.expire_history();
    let report = sync(&services).await;
    assert_eq!(report.fetched, 620);
    for id in [&ids[0], &ids[619]] {
        assert_eq!(kept(&services, &GmailId(id.clone())).await, Kept::Unmatched);
    }
    assert_eq!(cursor(&services).await, Some(house.gmail.history_id()));
    let before = calls(&house.gmail, "messages.list");
    sync(&services).await;
    assert_eq!(calls(&house.gmail, "messages.list"), before);
}

#[tokio::test]
async fn a_cursor_that_is_always_too_old_makes_no_loop_and_mail_comes_all_the_same() {
    let house = House::new().await;
    let services = house.signed_in().await;
    past(&house, 5);
    sync(&services).await;
    let profiles = || calls(&house.gmail, "getProfile");
    let before = profiles();
    house
        .gmail
        .fault(FaultRule::on("history.list", Fault::HistoryExpired));
    let mut found = Vec::new();
    for n in 0..20 {
        found.push(house.deliver(&maria(&format!("{n}@loop"), "")));
        house.advance(30);
        assert!(try_sync(&services).await.is_err());
    }
    // Ten minutes: at once, then after 1, 4 and 16 minutes.
    assert_eq!(profiles() - before, 3);
    house.advance(600);
    assert!(try_sync(&services).await.is_err());
    for id in &found {
        assert_eq!(kept(&services, id).await, Kept::Unmatched);
    }
    house.gmail.clear_faults();
    house.advance(600);
    sync(&services).await;
    sync(&services).await;
    assert_eq!(state(&services).await.expiries, 0);
    assert_eq!(cursor(&services).await, Some(house.gmail.history_id()));
}

#[tokio::test]
async fn another_accounts_sign_in_in_between_gets_nothing_of_the_first_ones() {
    let house = House::new().await;
    let services = house.signed_in().await;
    past(&house, 3);
    sync(&services).await;
    let cursor = state(&services).await.history_id;
    assert!(cursor.is_some());
    let other = house.open();
    house.deliver(&maria("x@x", ""));
    // While the mail is fetched somebody else signs in, in another process.
    house
        .gmail
        .fault(FaultRule::on("messages.get", Fault::Delay { millis: 300 }));
    let polling = try_sync(&services);
    let signing_in = async {
        house
            .gmail
            .until(|journal| {
                journal
                    .calls
                    .last()
                    .is_some_and(|c| c.method == "history.list")
            })
            .await;
        other
            .store()
            .write(|w| {
                let mut state = w.get_sync_state()?;
                state.account = Some("else@example.com".to_owned());
                state.history_id = None;
                w.set_sync_state(&state)
            })
            .await
            .unwrap();
    };
    house.gmail.forget_journal();
    let (result, ()) = tokio::join!(polling, signing_in);
    assert!(result.is_err(), "{result:?}");
    let state = state(&services).await;
    assert_eq!(state.account.as_deref(), Some("else@example.com"));
    assert_eq!(state.history_id, None);
}

#[test]
fn the_past_of_the_tests_is_in_order() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let house = House::new().await;
        let ids = past(&house, 3);
        let dated: Vec<Timestamp> = ids
            .iter()
            .map(|id| house.gmail.message(id.as_str()).unwrap().dated)
            .collect();
        assert!(dated.is_sorted(), "{dated:?}");
    });
}
