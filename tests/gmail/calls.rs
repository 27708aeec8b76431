//! What each call sends and what it makes of the answer.

use jiff::Timestamp;
use rejoinder::domain::{GmailDraftId, GmailId, GmailThreadId, HistoryId};
use rejoinder::gmail::Listing;
use serde_json::{Value, json};

use crate::server::{Server, now, ok};

const ME: &str = "/gmail/v1/users/me";

#[tokio::test]
async fn the_profile_is_asked_for_with_the_token_and_our_name() {
    let server = Server::start(|_, _| {
        ok(r#"{"emailAddress":"me@example.com","messagesTotal":12,"historyId":"900"}"#)
    })
    .await;
    let profile = server.mailbox().profile().await.unwrap();
    assert_eq!(profile.email, "me@example.com");
    assert_eq!(profile.history_id, HistoryId(900));
    assert_eq!(profile.messages_total, 12);
    let call = &server.calls()[0];
    assert_eq!(call.line, format!("GET {ME}/profile"));
    assert_eq!(call.header("authorization"), Some("Bearer kept"));
    assert!(call.header("user-agent").unwrap().starts_with("rejoinder/"));
}

#[tokio::test]
async fn history_is_paged_with_the_same_start_and_without_a_filter() {
    let server = Server::start(|seen, _| {
        if seen.line.contains("pageToken") {
            ok(r#"{"historyId":"99"}"#)
        } else {
            ok(r#"{"history":[{"id":"8","messagesAdded":[{"message":{"id":"m","threadId":"t","labelIds":["INBOX"]}}]}],
                  "nextPageToken":"p/2","historyId":"98"}"#)
        }
    })
    .await;
    let gmail = server.mailbox();
    let first = gmail.history(HistoryId(7), None).await.unwrap();
    assert_eq!(first.records[0].added[0].id, GmailId::from("m"));
    let second = gmail
        .history(HistoryId(7), first.next_page.as_deref())
        .await
        .unwrap();
    assert_eq!((second.records.len(), second.next_page), (0, None));
    assert_eq!(second.history_id, HistoryId(99));
    assert_eq!(
        server.lines(),
        [
            format!("GET {ME}/history?startHistoryId=7&maxResults=500"),
            format!("GET {ME}/history?startHistoryId=7&maxResults=500&pageToken=p%2F2"),
        ]
    );
}

#[tokio::test]
async fn a_listing_names_labels_words_measure_and_page() {
    let server = Server::start(|_, _| {
        ok(r#"{"messages":[{"id":"a","threadId":"t"},{"id":"b"},7],"resultSizeEstimate":2,"nextPageToken":"n"}"#)
    })
    .await;
    let gmail = server.mailbox();
    let page = gmail
        .list_messages(&Listing {
            label_ids: vec!["INBOX".into(), "UNREAD".into()],
            query: Some("newer_than:30d from:a&b".into()),
            page: Some("p=1".into()),
            max: 900,
        })
        .await
        .unwrap();
    let ids: Vec<_> = page.messages.iter().map(|m| m.id.as_str()).collect();
    assert_eq!(ids, ["a", "b"]);
    assert_eq!(page.next_page.as_deref(), Some("n"));
    assert_eq!((page.estimate, page.skipped), (Some(2), 1));
    gmail.list_messages(&Listing::default()).await.unwrap();
    assert_eq!(
        server.lines(),
        [
            format!(
                "GET {ME}/messages?labelIds=INBOX&labelIds=UNREAD&q=newer_than%3A30d+from%3Aa%26b&maxResults=500&pageToken=p%3D1"
            ),
            format!("GET {ME}/messages"),
        ]
    );
}

#[tokio::test]
async fn a_whole_mail_comes_as_its_bytes() {
    let server = Server::start(|_, _| {
        ok(
            r#"{"id":"m","threadId":"t","labelIds":["INBOX"],"internalDate":"1793795400123","sizeEstimate":4,"raw":"w7_Dvw=="}"#,
        )
    })
    .await;
    let mail = server.mailbox().message_raw(&"m".into()).await.unwrap();
    assert_eq!(mail.raw, "ÿÿ".as_bytes());
    assert_eq!(mail.thread_id, GmailThreadId::from("t"));
    assert_eq!(mail.label_ids, ["INBOX"]);
    assert_eq!(
        mail.internal_date,
        Timestamp::from_millisecond(1_793_795_400_123).unwrap()
    );
    assert_eq!(server.lines(), [format!("GET {ME}/messages/m?format=raw")]);
}

#[tokio::test]
async fn headers_come_for_a_mail_and_for_a_thread() {
    let mail = json!({"id":"m","threadId":"t","labelIds":["SENT"],"snippet":"Hi &amp; bye",
        "payload":{"headers":[{"name":"Message-Id","value":"<x@y>"},{"name":"From","value":"a"}]}});
    let server = Server::start(move |seen, _| {
        if seen.line.contains("/threads/") {
            ok(json!({"id":"t","messages":[mail.clone(), {"no":"id"}]}).to_string())
        } else {
            ok(mail.to_string())
        }
    })
    .await;
    let gmail = server.mailbox();
    let one = gmail
        .message_headers(&"m".into(), &["Message-ID", "From"])
        .await
        .unwrap();
    assert_eq!(one.header("message-id"), Some("<x@y>"));
    assert_eq!(one.snippet, "Hi &amp; bye");
    assert_eq!(one.internal_date, now());
    let all = gmail.thread_headers(&"t".into(), &[]).await.unwrap();
    assert_eq!(all, [one]);
    assert_eq!(
        server.lines(),
        [
            format!(
                "GET {ME}/messages/m?format=metadata&metadataHeaders=Message-ID&metadataHeaders=From"
            ),
            format!("GET {ME}/threads/t?format=metadata"),
        ]
    );
}

#[tokio::test]
async fn labels_are_changed_by_one_json_post() {
    let server = Server::start(|_, _| ok("{}")).await;
    server
        .mailbox()
        .modify(&"m".into(), &["STARRED"], &["UNREAD"])
        .await
        .unwrap();
    let call = &server.calls()[0];
    assert_eq!(call.line, format!("POST {ME}/messages/m/modify"));
    assert_eq!(
        call.body,
        r#"{"addLabelIds":["STARRED"],"removeLabelIds":["UNREAD"]}"#
    );
    assert!(
        call.header("content-type")
            .unwrap()
            .starts_with("application/json")
    );
}

#[tokio::test]
async fn a_draft_is_json_with_base64url_and_is_sent_by_its_id() {
    let server = Server::start(|seen, _| {
        if seen.line.ends_with("/send") {
            ok(r#"{"id":"sent","threadId":"t","labelIds":["SENT"]}"#)
        } else {
            ok(r#"{"id":"d","message":{"id":"m","threadId":"t","labelIds":["DRAFT"]}}"#)
        }
    })
    .await;
    let gmail = server.mailbox().as_person();
    let raw = b"Subject: x\r\n\r\n\xff\xfe\xfd";
    let draft = gmail.create_draft(raw, Some(&"t".into())).await.unwrap();
    assert_eq!(draft.draft_id, GmailDraftId::from("d"));
    assert_eq!(draft.message_id, GmailId::from("m"));
    gmail.create_draft(raw, None).await.unwrap();
    let sent = gmail.send_draft(&draft.draft_id).await.unwrap();
    assert_eq!(sent.id, GmailId::from("sent"));
    let calls = server.calls();
    assert_eq!(calls[0].line, format!("POST {ME}/drafts"));
    assert_eq!(
        calls[0].body,
        r#"{"message":{"raw":"U3ViamVjdDogeA0KDQr__v0=","threadId":"t"}}"#
    );
    assert_eq!(
        calls[1].body,
        r#"{"message":{"raw":"U3ViamVjdDogeA0KDQr__v0="}}"#
    );
    assert_eq!(calls[2].line, format!("POST {ME}/drafts/send"));
    assert_eq!(calls[2].body, r#"{"id":"d"}"#);
}

#[tokio::test]
async fn a_large_mail_is_uploaded_as_it_is() {
    let server = Server::start(|_, _| ok(r#"{"id":"d","message":{"id":"m"}}"#)).await;
    let raw = format!("Subject: big\r\n\r\n{}", "x".repeat(4 * 1024 * 1024));
    server
        .mailbox()
        .create_draft(raw.as_bytes(), Some(&"t".into()))
        .await
        .unwrap();
    let call = &server.calls()[0];
    assert_eq!(
        call.line,
        format!("POST /upload{ME}/drafts?uploadType=multipart")
    );
    let content_type = call.header("content-type").unwrap();
    let boundary = content_type
        .strip_prefix("multipart/related; boundary=")
        .unwrap();
    let parts: Vec<&str> = call.body.split(&format!("--{boundary}")).collect();
    assert_eq!(parts.len(), 4);
    assert_eq!(parts[3], "--\r\n");
    let (head, json) = parts[1].split_once("\r\n\r\n").unwrap();
    assert!(head.contains("application/json"));
    let json: Value = serde_json::from_str(json).unwrap();
    assert_eq!(json, json!({"message":{"threadId":"t"}}));
    let (head, mail) = parts[2].split_once("\r\n\r\n").unwrap();
    assert!(head.contains("message/rfc822"));
    assert_eq!(mail, format!("{raw}\r\n"));
}

#[tokio::test]
async fn drafts_are_listed_looked_up_and_deleted() {
    let server = Server::start(|seen, _| {
        if seen.line.starts_with("DELETE") {
            crate::server::Reply::Json(204, String::new())
        } else if seen.line.ends_with("/drafts/d?format=raw") {
            ok(r#"{"id":"d","message":{"id":"m","threadId":"t","raw":"SGk"}}"#)
        } else if seen.line.contains("/drafts/d") {
            ok(r#"{"id":"d","message":{"id":"m","threadId":"t","payload":{"headers":[{"name":"X-Rejoinder-Id","value":"ab"}]}}}"#)
        } else {
            ok(r#"{"drafts":[{"id":"d","message":{"id":"m","threadId":"t"}}],"nextPageToken":"n"}"#)
        }
    })
    .await;
    let gmail = server.mailbox();
    let page = gmail.list_drafts(None).await.unwrap();
    assert_eq!(page.next_page.as_deref(), Some("n"));
    gmail.list_drafts(Some("n")).await.unwrap();
    let draft = gmail.get_draft(&"d".into()).await.unwrap();
    assert_eq!(draft.reference, page.drafts[0]);
    assert_eq!(draft.header("x-rejoinder-id"), Some("ab"));
    let whole = gmail.draft_raw(&"d".into()).await.unwrap();
    assert_eq!(
        (whole.reference, whole.raw),
        (draft.reference, b"Hi".to_vec())
    );
    gmail.delete_draft(&"d".into()).await.unwrap();
    assert_eq!(
        server.lines(),
        [
            format!("GET {ME}/drafts?maxResults=100"),
            format!("GET {ME}/drafts?maxResults=100&pageToken=n"),
            format!("GET {ME}/drafts/d?format=metadata"),
            format!("GET {ME}/drafts/d?format=raw"),
            format!("DELETE {ME}/drafts/d"),
        ]
    );
}

#[tokio::test]
async fn aliases_and_labels_are_read() {
    let server = Server::start(|seen, _| {
        if seen.line.ends_with("sendAs") {
            ok(r#"{"sendAs":[{"sendAsEmail":"me@example.com","displayName":"Me","isPrimary":true,"isDefault":true}]}"#)
        } else {
            ok(r#"{"labels":[{"id":"INBOX","name":"INBOX","type":"system"},{"id":"Label_1","name":"Leads","type":"user"}]}"#)
        }
    })
    .await;
    let gmail = server.mailbox();
    let aliases = gmail.send_as().await.unwrap();
    assert_eq!(
        (aliases[0].name.as_str(), aliases[0].is_primary),
        ("Me", true)
    );
    let labels = gmail.labels().await.unwrap();
    assert_eq!((labels[0].is_system, labels[1].is_system), (true, false));
    assert_eq!(
        server.lines(),
        [
            format!("GET {ME}/settings/sendAs"),
            format!("GET {ME}/labels")
        ]
    );
}

#[tokio::test]
async fn each_call_spends_what_the_settings_say() {
    let server = Server::start(|_, _| ok(r#"{"id":"m","raw":""}"#)).await;
    let gmail = server.mailbox();
    gmail.message_raw(&"m".into()).await.unwrap();
    gmail.labels().await.unwrap();
    gmail.send_draft(&"d".into()).await.unwrap();
    assert_eq!(gmail.governor().usage().units, 20 + 1 + 100);
}
