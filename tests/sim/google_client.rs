//! Google's own generated client against the simulation: what it can read is in the
//! shape that Google documents, as its types were made from Google's description.

use google_gmail1::Gmail;
use google_gmail1::api::{BatchModifyMessagesRequest, ModifyMessageRequest};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use rejoinder::demo::gmail::Incoming;

use crate::caller::{Caller, question, reply};

fn hub(caller: &Caller) -> Gmail<HttpConnector> {
    let client = hyper_util::client::legacy::Client::builder(TokioExecutor::new()).build_http();
    let mut hub = Gmail::new(client, caller.token.clone());
    hub.base_url(caller.sim.base_url());
    hub.root_url(caller.sim.base_url());
    hub
}

#[tokio::test]
async fn the_generated_client_reads_everything() {
    let caller = Caller::new().await;
    let hub = hub(&caller);
    let users = hub.users();
    let profile = users.get_profile("me").doit().await.unwrap().1;
    let start = profile.history_id.unwrap();
    let id = caller.deliver(&question(1));
    assert!(
        !caller
            .control
            .deliver(Incoming::new(question(2).into_bytes()))
            .is_empty()
    );

    let list = users
        .messages_list("me")
        .add_label_ids("INBOX")
        .doit()
        .await
        .unwrap()
        .1;
    assert_eq!(list.messages.unwrap().len(), 2);
    let history = users
        .history_list("me")
        .start_history_id(start)
        .doit()
        .await
        .unwrap()
        .1;
    let records = history.history.unwrap();
    let added = records[0].messages_added.as_ref().unwrap()[0]
        .message
        .clone()
        .unwrap();
    assert_eq!(added.id.as_deref(), Some(&*id));
    assert!(history.history_id.unwrap() > start);

    let raw = users
        .messages_get("me", &id)
        .format("raw")
        .doit()
        .await
        .unwrap()
        .1;
    assert_eq!(raw.raw.unwrap(), question(1).as_bytes());
    assert_eq!(
        raw.internal_date,
        Some(caller.control.now().as_millisecond())
    );
    let full = users
        .messages_get("me", &id)
        .format("full")
        .doit()
        .await
        .unwrap()
        .1;
    let payload = full.payload.unwrap();
    assert_eq!(
        payload.body.unwrap().data.unwrap(),
        b"What would it cost?\r\n"
    );
    assert!(
        payload
            .headers
            .unwrap()
            .iter()
            .any(|h| h.name.as_deref() == Some("Subject"))
    );

    let read = ModifyMessageRequest {
        remove_label_ids: Some(vec!["UNREAD".to_owned()]),
        ..ModifyMessageRequest::default()
    };
    let message = users
        .messages_modify(read, "me", &id)
        .doit()
        .await
        .unwrap()
        .1;
    assert_eq!(message.label_ids.unwrap(), ["INBOX"]);
    let batch = BatchModifyMessagesRequest {
        ids: Some(vec![id.clone()]),
        add_label_ids: Some(vec!["STARRED".to_owned()]),
        ..BatchModifyMessagesRequest::default()
    };
    users
        .messages_batch_modify(batch, "me")
        .doit()
        .await
        .unwrap();
    let thread = users
        .threads_get("me", &id)
        .format("metadata")
        .doit()
        .await
        .unwrap()
        .1;
    assert_eq!(thread.messages.unwrap().len(), 1);
    assert!(
        users
            .labels_list("me")
            .doit()
            .await
            .unwrap()
            .1
            .labels
            .unwrap()
            .len()
            > 10
    );
    let aliases = users.settings_send_as_list("me").doit().await.unwrap().1;
    assert_eq!(aliases.send_as.unwrap()[0].is_primary, Some(true));
}

#[tokio::test]
async fn the_generated_client_drafts_by_upload_sends_once_and_sees_errors() {
    let caller = Caller::new().await;
    let hub = hub(&caller);
    let users = hub.users();
    let thread = caller.deliver(&question(1));
    let draft = google_gmail1::api::Draft {
        message: Some(google_gmail1::api::Message {
            thread_id: Some(thread.clone()),
            ..Default::default()
        }),
        ..Default::default()
    };
    let mail = std::io::Cursor::new(reply(1, "m1"));
    let kind = "message/rfc822".parse().unwrap();
    let draft = users
        .drafts_create(draft, "me")
        .upload(mail, kind)
        .await
        .unwrap()
        .1;
    assert_eq!(
        draft.message.as_ref().unwrap().thread_id.as_deref(),
        Some(&*thread)
    );
    let id = draft.id.clone().unwrap();
    let got = users
        .drafts_get("me", &id)
        .format("raw")
        .doit()
        .await
        .unwrap()
        .1;
    assert_eq!(got.message.unwrap().raw.unwrap(), reply(1, "m1").as_bytes());

    caller.control.send_draft(&id).unwrap();
    match users.drafts_get("me", &id).doit().await {
        Err(google_gmail1::Error::BadRequest(body)) => assert_eq!(body["error"]["code"], 404),
        other => panic!("{other:?}"),
    }
    assert_eq!(caller.control.sent().len(), 1);
}
