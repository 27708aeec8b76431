//! What a person expects of an import: history with the leads, and nothing else.

use rejoinder::domain::ConversationStatus;
use rejoinder::service::import::Request;
use rejoinder::service::inbox;

use crate::house::House;
use crate::letters::{LETTER, Letter, mbox};

const ME: &[&str] = &["Sam@Y.example"];

#[tokio::test(flavor = "multi_thread")]
async fn only_mail_with_leads_is_taken_and_old_mail_asks_for_nothing() {
    let house = House::new();
    house.lead("Maria", "maria@x.example").await;
    let path = house.file(
        "all.mbox",
        &mbox(&[
            Letter {
                id: "1",
                from: "sam@y.example",
                to: "maria@x.example",
                days_ago: 401,
                ..LETTER
            },
            Letter {
                id: "2",
                subject: "Re: Website",
                ..LETTER
            },
            Letter {
                id: "3",
                from: "stranger@z.example",
                ..LETTER
            },
            Letter {
                id: "4",
                from: "sam@y.example",
                to: "stranger@z.example",
                ..LETTER
            },
            Letter {
                id: "5",
                subject: "New plans",
                days_ago: 3,
                ..LETTER
            },
            Letter {
                id: "6",
                subject: "Later",
                days_ago: 2,
                more: "X-Gmail-Labels: Spam,Unread\n",
                ..LETTER
            },
        ]),
    );
    let (summary, told) = house.told(&path, false, ME).await;
    assert_eq!((summary.imported, summary.skipped), (3, 3));
    assert_eq!(told["1"].direction.as_deref(), Some("outbound"));
    assert_eq!(told["1"].matched_by, None);
    assert_eq!(told["2"].conversation, told["1"].conversation);
    assert_eq!(told["2"].matched_by.as_deref(), Some("subject"));
    assert!(told["2"].certain);
    assert_eq!(
        (told["3"].conversation, told["4"].conversation),
        (None, None)
    );
    assert_ne!(told["5"].conversation, told["1"].conversation);
    let statuses = house.statuses().await;
    assert_eq!(statuses.get(&ConversationStatus::NeedsReply), None);
    assert_eq!(statuses[&ConversationStatus::Archived], 1);
    assert_eq!(statuses[&ConversationStatus::Waiting], 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_subject_with_one_lead_is_two_conversations_when_years_lie_between() {
    let house = House::new();
    let path = house.file(
        "all.mbox",
        &mbox(&[
            Letter {
                id: "2",
                subject: "Re: Offer",
                days_ago: 10,
                ..LETTER
            },
            Letter {
                id: "1",
                subject: "Offer",
                days_ago: 500,
                ..LETTER
            },
            Letter {
                id: "3",
                subject: "Re: Offer",
                days_ago: 440,
                ..LETTER
            },
        ]),
    );
    let (_, told) = house.told(&path, true, ME).await;
    assert_eq!(told["3"].conversation, told["1"].conversation);
    assert_ne!(told["2"].conversation, told["1"].conversation);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_subject_is_a_guess_by_what_is_quoted_or_none() {
    let house = House::new();
    let words = "We could begin with the shop and do the newsletter afterwards.";
    let quoted = format!("Good idea.\n\nSam wrote:\n> {words}\n");
    let path = house.file(
        "all.mbox",
        &mbox(&[
            Letter {
                id: "1",
                from: "sam@y.example",
                to: "maria@x.example",
                days_ago: 50,
                body: words,
                ..LETTER
            },
            Letter {
                id: "2",
                from: "sam@y.example",
                to: "maria@x.example",
                subject: "Logo",
                days_ago: 49,
                ..LETTER
            },
            Letter {
                id: "3",
                subject: "Re: our talk",
                days_ago: 48,
                body: &quoted,
                ..LETTER
            },
            Letter {
                id: "4",
                subject: "Re: something else",
                days_ago: 47,
                ..LETTER
            },
        ]),
    );
    let (_, told) = house.told(&path, true, ME).await;
    assert_eq!(told["3"].conversation, told["1"].conversation);
    assert_eq!(told["3"].matched_by.as_deref(), Some("sender"));
    assert!(!told["3"].certain);
    assert_eq!(told["4"].matched_by, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn gmails_threads_hold_together_what_nothing_else_does() {
    let house = House::new();
    let thread = "X-GM-THRID: 1590123456789012345\n";
    let path = house.file(
        "Takeout.mbox",
        &mbox(&[
            Letter {
                id: "1",
                more: thread,
                ..LETTER
            },
            Letter {
                id: "2",
                subject: "Entirely new",
                from: "sam@y.example",
                to: "x@x.example",
                more: thread,
                ..LETTER
            },
        ]),
    );
    let (summary, told) = house.told(&path, true, ME).await;
    assert_eq!(told["2"].conversation, told["1"].conversation);
    assert_eq!(summary.matched.thread, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn mails_without_an_id_and_ids_of_several_mails_are_told_apart() {
    let house = House::new();
    let letters = || {
        mbox(&[
            Letter {
                days_ago: 30,
                ..LETTER
            },
            Letter {
                days_ago: 30,
                body: "Another text.",
                ..LETTER
            },
            Letter {
                id: "same",
                days_ago: 29,
                ..LETTER
            },
            Letter {
                id: "same",
                days_ago: 20,
                subject: "Invoice 2",
                body: "x",
                ..LETTER
            },
        ])
    };
    let path = house.file("all.mbox", &letters());
    let request = Request {
        paths: vec![path],
        everybody: true,
        ..Request::default()
    };
    assert_eq!(house.import(request.clone()).await.imported, 4);
    let again = house.import(request).await;
    assert_eq!((again.imported, again.known), (0, 4));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_parent_that_comes_with_a_later_archive_joins_what_waits_for_it() {
    let house = House::new();
    let old = house.file(
        "old.mbox",
        &mbox(&[
            Letter {
                id: "root",
                days_ago: 300,
                from: "ana@z.example",
                ..LETTER
            },
            Letter {
                id: "mid",
                days_ago: 299,
                more: "In-Reply-To: <root>\n",
                subject: "x",
                ..LETTER
            },
        ]),
    );
    let new = house.file(
        "new.mbox",
        &mbox(&[
            Letter {
                id: "a",
                days_ago: 10,
                more: "In-Reply-To: <mid>\n",
                subject: "a",
                ..LETTER
            },
            Letter {
                id: "b",
                days_ago: 9,
                more: "References: <root> <other>\n",
                subject: "b",
                from: "b@z.example",
                ..LETTER
            },
        ]),
    );
    let (_, first) = house.told(&new, true, ME).await;
    assert_ne!(first["a"].conversation, first["b"].conversation);
    let (summary, second) = house.told(&old, true, ME).await;
    assert_eq!(summary.united, 1);
    let (_, third) = house.told(&new, true, ME).await;
    let all: Vec<_> = ["root", "mid"].map(|id| second[id].conversation).into();
    assert_eq!(all[0], all[1]);
    assert_eq!(third["a"].conversation, all[0]);
    assert_eq!(third["b"].conversation, all[0]);
    let id = rejoinder::domain::ConversationId(all[0].unwrap());
    let view = inbox::show(&house.services, id).await.unwrap();
    assert_eq!(view.row.message_count, 4);
    assert_eq!(view.messages[0].message_id.as_deref(), Some("root"));
}
