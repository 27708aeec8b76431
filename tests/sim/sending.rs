//! Drafts and sending: what a reply relies on.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE;
use rejoinder::demo::gmail::{Limits, SendQuirks};
use reqwest::Method;
use serde_json::json;

use crate::caller::{Caller, question, reply};

#[tokio::test]
async fn a_draft_is_a_ticket_that_sends_once() {
    let caller = Caller::new().await;
    let thread = caller.deliver(&question(1));
    let draft = caller.create_draft(&reply(1, "m1"), Some(&thread)).await;
    assert_eq!(draft["message"]["threadId"], thread.as_str());
    assert_eq!(draft["message"]["labelIds"], json!(["DRAFT"]));
    let id = draft["id"].as_str().unwrap();
    let listed = caller.get("drafts").await;
    assert_eq!(listed["drafts"][0]["id"], id);
    let got = caller
        .get(&format!(
            "drafts/{id}?format=metadata&metadataHeaders=X-Rejoinder-Id"
        ))
        .await;
    assert_eq!(got["message"]["payload"]["headers"][0]["value"], "m1");

    let sent = caller.post("drafts/send", &json!({ "id": id })).await;
    assert_eq!(sent["threadId"], thread.as_str());
    assert_eq!(sent["labelIds"], json!(["SENT"]));
    assert_ne!(sent["id"], draft["message"]["id"]);
    let (status, _) = caller
        .try_post("drafts/send", &json!({ "id": id }))
        .await
        .unwrap();
    assert_eq!(status, 404);
    let (status, _) = caller.try_get(&format!("drafts/{id}")).await.unwrap();
    assert_eq!(status, 404);
    assert!(caller.get("drafts").await.get("drafts").is_none());

    let path = format!("messages/{}?format=metadata", sent["id"].as_str().unwrap());
    let headers = caller.get(&path).await["payload"]["headers"].to_string();
    assert!(
        headers.contains("@mail.gmail.com>") && !headers.contains("r1@local"),
        "{headers}"
    );
    assert_eq!(
        caller.control.look(|journal| journal.sends_by_mark()["m1"]),
        1
    );
    let listed = caller.get("messages?labelIds=SENT").await;
    assert_eq!(listed["messages"][0]["id"], sent["id"]);
}

#[tokio::test]
async fn the_history_of_a_draft_shows_each_edit_and_the_sending() {
    let caller = Caller::new().await;
    let thread = caller.deliver(&question(1));
    let start = caller.control.history_id();
    let draft = caller.create_draft(&reply(1, "m1"), Some(&thread)).await;
    let id = draft["id"].as_str().unwrap();
    caller
        .control
        .edit_draft(id, reply(1, "m1").as_bytes())
        .unwrap();
    caller.post("drafts/send", &json!({ "id": id })).await;
    let history = caller.get(&format!("history?startHistoryId={start}")).await;
    let kinds: Vec<String> = history["history"]
        .as_array()
        .unwrap()
        .iter()
        .map(|record| {
            let added = &record["messagesAdded"][0]["message"]["labelIds"][0];
            added.as_str().unwrap_or("deleted").to_owned()
        })
        .collect();
    assert_eq!(kinds, ["DRAFT", "deleted", "DRAFT", "deleted", "SENT"]);
}

#[tokio::test]
async fn a_draft_edited_or_deleted_by_hand_shows_it() {
    let caller = Caller::new().await;
    let draft = caller.create_draft(&reply(1, "m1"), None).await;
    let id = draft["id"].as_str().unwrap();
    caller
        .control
        .edit_draft(id, reply(1, "m1").as_bytes())
        .unwrap();
    let edited = caller.get(&format!("drafts/{id}")).await;
    assert_ne!(edited["message"]["id"], draft["message"]["id"]);
    caller.control.delete_draft(id).unwrap();
    let (status, _) = caller.try_get(&format!("drafts/{id}")).await.unwrap();
    assert_eq!(status, 404);
    let other = caller.create_draft(&reply(2, "m2"), None).await;
    caller
        .control
        .send_draft(other["id"].as_str().unwrap())
        .unwrap();
    let sent = caller.control.sent();
    assert_eq!((sent.len(), &*sent[0].by), (1, "by_hand"));
}

#[tokio::test]
async fn mail_can_be_sent_and_drafted_by_upload() {
    let caller = Caller::new().await;
    let base = caller.sim.base_url();
    let upload = |path: &str, kind: &str, body: String| {
        caller
            .http
            .post(format!("{base}upload/gmail/v1/users/me/{path}"))
            .bearer_auth(&caller.token)
            .header("content-type", kind)
            .body(body)
    };
    let kind = "multipart/related; boundary=\"=_b\"";
    let related = |json: &str, mail: &str| {
        format!(
            "--=_b\r\nContent-Type: application/json\r\n\r\n{json}\r\n--=_b\r\nContent-Type: message/rfc822\r\n\r\n{mail}\r\n--=_b--\r\n"
        )
    };
    let body = related("{}", &reply(1, "m1"));
    let sent = upload("messages/send?uploadType=multipart", kind, body);
    assert_eq!(sent.send().await.unwrap().status(), 200);
    let thread = caller.deliver(&question(2));
    let json = format!("{{\"message\":{{\"threadId\":\"{thread}\"}}}}");
    let body = related(&json, &reply(2, "m2"));
    let draft = upload("drafts?uploadType=multipart", kind, body);
    let draft: serde_json::Value = draft.send().await.unwrap().json().await.unwrap();
    assert_eq!(draft["message"]["threadId"], thread.as_str());
    let media = upload(
        "messages/send?uploadType=media",
        "message/rfc822",
        reply(3, "m3"),
    );
    assert_eq!(media.send().await.unwrap().status(), 200);
    let resumable = upload("messages/send?uploadType=resumable", kind, String::new());
    assert_eq!(resumable.send().await.unwrap().status(), 501);
    assert_eq!(caller.control.sent().len(), 2);
    assert_eq!(caller.control.sent()[0].text.trim(), "From 2,400 EUR.");
}

#[tokio::test]
async fn what_gmail_would_refuse_is_refused() {
    let caller = Caller::new().await;
    caller.control.set_limits(Limits {
        sends_per_day: Some(1),
        largest_mail: Some(10_000),
        ..Limits::default()
    });
    let send = |raw: String| {
        let body = json!({ "raw": URL_SAFE.encode(raw) });
        let caller = &caller;
        async move { caller.try_post("messages/send", &body).await.unwrap() }
    };
    let bad = reply(1, "m").replace("To: maria@bakery.example", "To: nobody");
    assert_eq!(send(bad).await.0, 400);
    let none = reply(1, "m").replace("To: maria@bakery.example\r\n", "");
    assert_eq!(send(none).await.0, 400);
    assert_eq!(send(reply(1, "m") + &"x".repeat(10_000)).await.0, 413);
    assert_eq!(send(reply(1, "m")).await.0, 200);
    let (status, body) = send(reply(1, "m")).await;
    assert_eq!(status, 429);
    let text = body["error"]["message"].as_str().unwrap();
    assert!(
        text.contains("Retry after 2026-11-03T09:00:00.000Z"),
        "{text}"
    );
    let (status, _) = caller
        .try_post("messages/send", &json!({ "raw": "not base64!" }))
        .await
        .unwrap();
    assert_eq!(status, 400);
    assert_eq!(caller.control.sent().len(), 1);
}

#[tokio::test]
async fn what_nobody_has_checked_on_a_real_account_can_be_otherwise() {
    let caller = Caller::new().await;
    caller.control.set_quirks(SendQuirks {
        draft_survives: true,
        x_headers_lost: true,
        message_id_kept: true,
    });
    let draft = caller.create_draft(&reply(1, "m1"), None).await;
    for _ in 0..2 {
        caller
            .post("drafts/send", &json!({ "id": draft["id"] }))
            .await;
    }
    let sent = caller.control.sent();
    assert_eq!(sent.len(), 2);
    assert_eq!(sent[0].mark, None);
    assert_eq!(sent[0].message_id.as_deref(), Some("r1@local"));
}

#[tokio::test]
async fn aliases_are_listed_and_may_write() {
    let mut settings = crate::caller::options();
    settings.aliases = vec![rejoinder::domain::Address::named(
        "Studio",
        "hello@studio.example",
    )];
    let caller = Caller::with(settings).await;
    let all = caller.get("settings/sendAs").await;
    assert_eq!(all["sendAs"][1]["sendAsEmail"], "hello@studio.example");
    let raw = reply(1, "m1").replace("Sam Doe <sam@example.com>", "hello@studio.example");
    caller.create_draft(&raw, None).await;
    let answer = caller
        .request(Method::DELETE, "messages/1a")
        .send()
        .await
        .unwrap();
    assert_eq!(
        answer.status(),
        403,
        "deleting for good needs a scope nobody asks for"
    );
}
