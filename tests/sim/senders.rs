//! Two small senders against the same faults. The one that sends and looks afterwards
//! doubles mails; the one that uses a draft as a ticket does not. So a campaign that
//! counts none doubled here says something.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE;
use rejoinder::demo::gmail::{Fault, FaultRule, Lag, SimOptions};
use serde_json::{Value, json};

use crate::caller::{Caller, options, reply};

const MAILS: usize = 60;

async fn stormy() -> Caller {
    let caller = Caller::with(SimOptions {
        lag: Lag {
            search_requests: 3,
            ..Lag::default()
        },
        ..options()
    })
    .await;
    let any = || Fault::Any { retry_after: 0 };
    caller
        .control
        .fault(FaultRule::on("@writes", any()).with_probability(0.5));
    caller
        .control
        .fault(FaultRule::on("@reads", any()).with_probability(0.2));
    caller
}

async fn post(caller: &Caller, path: &str, body: &Value) -> Option<Value> {
    let (status, body) = caller.try_post(path, body).await.ok()?;
    (status == 200 && body["id"].is_string()).then_some(body)
}

/// Reads until there is an answer that can be read.
async fn get(caller: &Caller, path: &str) -> (u16, Value) {
    loop {
        if let Ok((status, body)) = caller.try_get(path).await
            && (status == 200 || status == 404)
        {
            return (status.as_u16(), body);
        }
    }
}

/// Whether a mail with that mark is in `SENT`, by label and not by search.
async fn is_sent(caller: &Caller, mark: &str) -> bool {
    let list = get(caller, "messages?labelIds=SENT&maxResults=25").await.1;
    for row in list["messages"].as_array().into_iter().flatten() {
        let path = format!(
            "messages/{}?format=metadata&metadataHeaders=X-Rejoinder-Id",
            row["id"].as_str().unwrap()
        );
        let (_, mail) = get(caller, &path).await;
        if mail["payload"]["headers"][0]["value"] == mark {
            return true;
        }
    }
    false
}

/// Sends, and when in doubt searches and sends again.
async fn send_and_search(caller: &Caller, number: usize) {
    let body = json!({ "raw": URL_SAFE.encode(reply(number, &format!("m{number}"))) });
    while post(caller, "messages/send", &body).await.is_none() {
        let path = format!("messages?q=in:sent%20rfc822msgid:r{number}@local");
        if get(caller, &path).await.1["messages"].is_array() {
            return;
        }
    }
}

/// Makes a draft, sends it once, and looks when in doubt.
async fn send_by_ticket(caller: &Caller, number: usize) {
    let mark = format!("m{number}");
    let message = json!({ "raw": URL_SAFE.encode(reply(number, &mark)) });
    let draft = loop {
        if let Some(draft) = post(caller, "drafts", &json!({ "message": message })).await {
            break draft["id"].clone();
        }
        // Perhaps it was made all the same: then it bears the mark.
        let drafts = caller.control.drafts();
        if let Some(made) = drafts
            .iter()
            .find(|draft| draft.mark.as_ref() == Some(&mark))
        {
            break json!(made.draft);
        }
    };
    let path = format!("drafts/{}", draft.as_str().unwrap());
    while post(caller, "drafts/send", &json!({ "id": draft }))
        .await
        .is_none()
    {
        if is_sent(caller, &mark).await {
            return;
        }
        assert_eq!(get(caller, &path).await.0, 200, "neither sent nor a draft");
    }
}

#[tokio::test]
async fn sending_and_searching_doubles_mails() {
    let caller = stormy().await;
    for number in 0..MAILS {
        send_and_search(&caller, number).await;
    }
    let doubled = caller.control.look(|journal| journal.doubled().len());
    assert!(doubled >= MAILS / 10, "{doubled}");
}

#[tokio::test]
async fn a_draft_as_ticket_doubles_and_loses_none() {
    let caller = stormy().await;
    for number in 0..MAILS {
        send_by_ticket(&caller, number).await;
    }
    let journal = caller.control.journal();
    assert_eq!(journal.doubled(), Vec::<String>::new());
    assert_eq!(journal.sends_by_mark().len(), MAILS);
}
