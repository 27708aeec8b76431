//! Listings, history, labels and formats, as the API gives them.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE;
use rejoinder::demo::gmail::{Incoming, Lag, Limits, OverQuota};
use serde_json::{Value, json};
use std::time::Duration;

use crate::caller::{Caller, options, question};

fn ids(list: &Value, name: &str) -> Vec<String> {
    let rows = list[name].as_array().cloned().unwrap_or_default();
    rows.iter()
        .map(|row| row["id"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn history_tells_what_came_and_changed_since_a_point() {
    let caller = Caller::new().await;
    let start = caller.get("profile").await["historyId"]
        .as_str()
        .unwrap()
        .to_owned();
    let none = caller.get(&format!("history?startHistoryId={start}")).await;
    assert!(none.get("history").is_none(), "{none}");
    assert_eq!(none["historyId"], start);

    let id = caller.deliver(&question(1));
    let archived = caller
        .control
        .deliver(Incoming::labelled(question(2).into_bytes(), &["UNREAD"]));
    caller
        .post(
            &format!("messages/{id}/modify"),
            &json!({ "removeLabelIds": ["UNREAD"] }),
        )
        .await;
    let all = caller.get(&format!("history?startHistoryId={start}")).await;
    let records = all["history"].as_array().unwrap();
    assert_eq!(records.len(), 3);
    assert_eq!(records[0]["messagesAdded"][0]["message"]["id"], id.as_str());
    assert_eq!(
        records[1]["messagesAdded"][0]["message"]["id"],
        archived.as_str()
    );
    assert_eq!(records[2]["labelsRemoved"][0]["labelIds"][0], "UNREAD");
    assert!(all["historyId"].is_string());

    let inbox = caller
        .get(&format!(
            "history?startHistoryId={start}&labelId=INBOX&historyTypes=messageAdded"
        ))
        .await;
    assert_eq!(
        inbox["history"].as_array().unwrap().len(),
        1,
        "a filter hides mail"
    );
    let (status, _) = caller
        .try_get(&format!(
            "history?startHistoryId={start}&historyTypes=messagesAdded"
        ))
        .await
        .unwrap();
    assert_eq!(status, 400);
}

#[tokio::test]
async fn history_pages_go_with_one_start_id_and_an_old_one_is_not_found() {
    let caller = Caller::new().await;
    let start = caller.control.history_id();
    caller
        .control
        .deliver_all((0..5).map(|n| Incoming::new(question(n).into_bytes())));
    let (mut token, mut seen) = (String::new(), 0);
    loop {
        let page = caller
            .get(&format!(
                "history?startHistoryId={start}&maxResults=2&pageToken={token}"
            ))
            .await;
        seen += page["history"].as_array().unwrap().len();
        match page["nextPageToken"].as_str() {
            Some(next) => token = next.to_owned(),
            None => break,
        }
    }
    assert_eq!(seen, 5);
    let other = caller
        .try_get(&format!(
            "history?startHistoryId={}&pageToken={token}",
            start + 1
        ))
        .await
        .unwrap();
    assert_eq!(other.0, 400);
    caller.control.expire_history();
    let (status, body) = caller
        .try_get(&format!("history?startHistoryId={start}"))
        .await
        .unwrap();
    assert_eq!(status, 404);
    assert_eq!(body["error"]["errors"][0]["reason"], "notFound");
}

#[tokio::test]
async fn listings_go_by_label_and_page_and_leave_out_trash_and_spam() {
    let caller = Caller::new().await;
    let all = caller
        .control
        .deliver_all((0..5).map(|n| Incoming::new(question(n).into_bytes())));
    let spam = Incoming::labelled(question(9).into_bytes(), &["SPAM", "UNREAD"]);
    assert!(!caller.control.deliver(spam).is_empty());
    caller.control.trash(&all[0]).unwrap();
    caller.control.relabel(&all[1], &[], &["UNREAD"]).unwrap();

    let unread = caller.get("messages?labelIds=INBOX&labelIds=UNREAD").await;
    assert_eq!(ids(&unread, "messages"), [&*all[4], &*all[3], &*all[2]]);
    let (mut token, mut found) = (String::new(), Vec::new());
    loop {
        let page = caller
            .get(&format!("messages?maxResults=3&pageToken={token}"))
            .await;
        found.extend(ids(&page, "messages"));
        // What arrives while somebody pages is not on the pages, and shifts nothing.
        caller.deliver(&question(20 + found.len()));
        match page["nextPageToken"].as_str() {
            Some(next) => token = next.to_owned(),
            None => break,
        }
    }
    assert_eq!(found, [&*all[4], &*all[3], &*all[2], &*all[1]]);
    let everything = caller
        .get("messages?includeSpamTrash=true&maxResults=500")
        .await;
    assert_eq!(ids(&everything, "messages").len(), 8);
    let none = caller.get("messages?labelIds=STARRED").await;
    assert!(none.get("messages").is_none());
    assert_eq!(none["resultSizeEstimate"], 0);
    let (status, _) = caller.try_get("messages?labelIds=NOSUCH").await.unwrap();
    assert_eq!(status, 400);
}

#[tokio::test]
async fn the_search_index_lags_and_nonsense_is_no_error() {
    let caller = Caller::new().await;
    caller.control.set_lag(Lag {
        search_seconds: 120,
        ..Lag::default()
    });
    caller.deliver(&question(1));
    let found = |q: &'static str| {
        let caller = &caller;
        async move { ids(&caller.get(&format!("messages?q={q}")).await, "messages").len() }
    };
    assert_eq!(found("rfc822msgid:q1@bakery.example").await, 0);
    assert_eq!(ids(&caller.get("messages").await, "messages").len(), 1);
    caller.sim.advance(Duration::from_secs(120));
    assert_eq!(found("rfc822msgid:q1@bakery.example").await, 1);
    assert_eq!(found("from:maria%20in:inbox%20is:unread").await, 1);
    assert_eq!(found("%22open").await, 0);
}

#[tokio::test]
async fn listings_by_label_can_be_made_to_lag_as_nobody_has_seen_gmail_do() {
    let caller = Caller::new().await;
    caller.control.set_lag(Lag {
        label_seconds: 3,
        ..Lag::default()
    });
    caller.deliver(&question(1));
    assert!(
        caller
            .get("messages?labelIds=INBOX")
            .await
            .get("messages")
            .is_none()
    );
    caller.sim.advance(Duration::from_secs(3));
    assert_eq!(
        ids(&caller.get("messages?labelIds=INBOX").await, "messages").len(),
        1
    );
}

#[tokio::test]
async fn a_message_comes_raw_whole_by_header_and_small() {
    let caller = Caller::new().await;
    let id = caller.deliver(&question(1));
    let raw = caller.get(&format!("messages/{id}?format=raw")).await;
    let bytes = URL_SAFE.decode(raw["raw"].as_str().unwrap()).unwrap();
    assert_eq!(bytes, question(1).as_bytes());
    assert_eq!(
        raw["internalDate"],
        caller.control.now().as_millisecond().to_string()
    );
    assert_eq!(raw["labelIds"], json!(["INBOX", "UNREAD"]));
    assert_eq!(raw["snippet"], "What would it cost?");

    let full = caller.get(&format!("messages/{id}")).await;
    assert_eq!(full["payload"]["mimeType"], "text/plain");
    assert!(full["payload"]["body"]["data"].is_string());
    let some = caller
        .get(&format!(
            "messages/{id}?format=metadata&metadataHeaders=Message-ID&metadataHeaders=subject"
        ))
        .await;
    let headers = some["payload"]["headers"].as_array().unwrap();
    assert_eq!(headers.len(), 2);
    assert_eq!(headers[1]["value"], "<q1@bakery.example>");
    let small = caller.get(&format!("messages/{id}?format=minimal")).await;
    assert!(small.get("payload").is_none() && small.get("raw").is_none());

    for (path, status) in [("messages/19aaaaaaaaaaaaaa", 404), ("nothing", 404)] {
        let answer = caller
            .request(reqwest::Method::GET, path)
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), status, "{path}");
    }
}

#[tokio::test]
async fn threads_hold_what_refers_to_one_another() {
    let caller = Caller::new().await;
    let first = caller.deliver(&question(1));
    let second = question(2).replace("\r\n\r\n", "\r\nReferences: <q1@bakery.example>\r\n\r\n");
    caller.deliver(&second);
    caller.deliver(&question(3));
    let thread = caller
        .get(&format!("threads/{first}?format=metadata"))
        .await;
    assert_eq!(thread["messages"].as_array().unwrap().len(), 2);
    assert_eq!(ids(&caller.get("threads").await, "threads").len(), 2);
    let page = caller.get("threads?maxResults=1").await;
    let next = page["nextPageToken"].as_str().unwrap();
    let rest = caller.get(&format!("threads?pageToken={next}")).await;
    assert_eq!(ids(&rest, "threads"), [first]);
}

#[tokio::test]
async fn many_messages_are_marked_at_once() {
    let caller = Caller::new().await;
    let all = caller
        .control
        .deliver_all((0..3).map(|n| Incoming::new(question(n).into_bytes())));
    let body = json!({ "ids": all, "removeLabelIds": ["UNREAD"], "addLabelIds": ["STARRED"] });
    caller.post("messages/batchModify", &body).await;
    assert!(
        caller
            .control
            .messages()
            .iter()
            .all(|mail| mail.has("STARRED") && !mail.has("UNREAD"))
    );
}

#[tokio::test]
async fn a_call_costs_units_and_too_many_are_turned_away() {
    let caller = Caller::new().await;
    caller.control.set_limits(Limits {
        units_per_minute: Some(45),
        over_quota: OverQuota::TooMany,
        ..Limits::default()
    });
    let id = caller.deliver(&question(1));
    let path = format!("messages/{id}");
    caller.get(&path).await;
    caller.get(&path).await;
    caller.get("profile").await;
    assert_eq!(caller.control.units_in_last_minute(), 41);
    let answer = caller
        .request(reqwest::Method::GET, &path)
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 429);
    assert_eq!(answer.headers()["retry-after"], "60");
    caller.control.set_limits(Limits {
        units_per_minute: Some(45),
        ..Limits::default()
    });
    let (status, body) = caller.try_get(&path).await.unwrap();
    assert_eq!(status, 403);
    assert_eq!(
        body["error"]["errors"][0]["reason"],
        "userRateLimitExceeded"
    );
    caller.sim.advance(Duration::from_secs(60));
    caller.get(&path).await;
    let journal = caller.control.journal();
    assert_eq!(journal.units(), 61);
    assert_eq!(journal.units_by_method()["messages.get"], (60, 5));
}

#[tokio::test]
async fn ten_thousand_mails_are_there_in_a_moment() {
    let caller = Caller::with(options()).await;
    let mails = (0..10_000).map(|n| Incoming::new(question(n).into_bytes()));
    assert_eq!(caller.control.deliver_all(mails).len(), 10_000);
    let profile = caller.get("profile").await;
    assert_eq!(profile["messagesTotal"], 10_000);
    let (mut token, mut pages) = (String::new(), 0);
    loop {
        let page = caller
            .get(&format!("messages?maxResults=500&pageToken={token}"))
            .await;
        pages += 1;
        match page["nextPageToken"].as_str() {
            Some(next) => token = next.to_owned(),
            None => break,
        }
    }
    assert_eq!(pages, 20);
}
