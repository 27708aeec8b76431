//! Faults as they reach a caller over a real socket, and what the journal says of them.

use rejoinder::demo::gmail::{End, Fault, FaultRule};
use reqwest::StatusCode;
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt as _;

use crate::caller::{Caller, question, reply};

/// Sends a draft with this fault in the way; gives what the caller got.
async fn send_with(caller: &Caller, fault: Fault) -> reqwest::Result<(StatusCode, String)> {
    let draft = caller.create_draft(&reply(1, "m1"), None).await;
    caller
        .control
        .fault(FaultRule::on("drafts.send", fault).once());
    let body = json!({ "id": draft["id"] });
    let answer = caller
        .request(reqwest::Method::POST, "drafts/send")
        .json(&body)
        .send()
        .await?;
    Ok((answer.status(), answer.text().await?))
}

/// Whether the last call did its work, how it ended, and how many mails left.
fn outcome(caller: &Caller) -> (bool, End, usize) {
    caller.control.look(|journal| {
        let last = journal.calls.last().unwrap();
        (last.work_done, last.end.clone(), journal.sent.len())
    })
}

#[tokio::test]
async fn a_lost_connection_looks_the_same_before_and_after_the_work() {
    for reset in [false, true] {
        for work_done in [false, true] {
            let caller = Caller::new().await;
            let lost = send_with(&caller, Fault::Drop { work_done, reset })
                .await
                .unwrap_err();
            assert!(lost.is_request() && !lost.is_connect(), "{lost:?}");
            assert_eq!(
                outcome(&caller),
                (work_done, End::Dropped, usize::from(work_done))
            );
        }
    }
}

#[tokio::test]
async fn a_cut_body_of_a_200_means_that_the_mail_left() {
    let caller = Caller::new().await;
    let cut = send_with(&caller, Fault::Cut { clean: false })
        .await
        .unwrap_err();
    assert!(cut.is_body() || cut.is_decode(), "{cut:?}");
    assert_eq!(outcome(&caller), (true, End::Cut(200), 1));

    let caller = Caller::new().await;
    let (status, body) = send_with(&caller, Fault::Cut { clean: true })
        .await
        .unwrap();
    assert_eq!(status, 200);
    assert!(serde_json::from_str::<Value>(&body).is_err(), "{body}");
    assert!(body.starts_with('{'));
    assert_eq!(outcome(&caller), (true, End::Cut(200), 1));

    let caller = Caller::new().await;
    let (status, body) = send_with(&caller, Fault::Garble).await.unwrap();
    assert_eq!(status, 200);
    assert!(serde_json::from_str::<Value>(&body).is_err(), "{body}");
    assert_eq!(outcome(&caller), (true, End::Garbled(200), 1));
}

#[tokio::test]
async fn error_statuses_come_as_json_and_as_pages_with_and_without_the_work() {
    let caller = Caller::new().await;
    let (status, body) = send_with(&caller, Fault::status(503)).await.unwrap();
    assert_eq!(status, 503);
    assert!(body.contains("\"UNAVAILABLE\""), "{body}");
    assert_eq!(outcome(&caller), (false, End::Status(503), 0));

    let page = Fault::Status {
        code: 502,
        reason: None,
        message: None,
        retry_after: Some(7),
        retry_text: None,
        html: true,
        work_done: true,
    };
    let (status, body) = send_with(&caller, page).await.unwrap();
    assert_eq!(status, 502);
    assert!(body.starts_with("<!DOCTYPE html>"), "{body}");
    assert_eq!(outcome(&caller), (true, End::Status(502), 1));
}

#[tokio::test]
async fn limits_are_told_by_header_and_by_text() {
    let caller = Caller::new().await;
    let rule: FaultRule = serde_json::from_value(json!({
        "method": "messages.*",
        "fault": { "kind": "status", "code": 429, "retry_after": 3, "retry_text": 3600 },
        "times": 1,
    }))
    .unwrap();
    caller.control.fault(rule);
    let answer = caller
        .request(reqwest::Method::GET, "messages")
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 429);
    assert_eq!(answer.headers()["retry-after"], "3");
    let text = answer.text().await.unwrap();
    assert!(
        text.contains("Retry after 2026-11-02T10:00:00.000Z"),
        "{text}"
    );
    caller
        .control
        .fault(FaultRule::on("*", Fault::reason(403, "dailyLimitExceeded")));
    let (status, body) = caller.try_get("messages").await.unwrap();
    assert_eq!(status, 403);
    assert_eq!(body["error"]["errors"][0]["reason"], "dailyLimitExceeded");
    caller.control.clear_faults();
    caller.get("messages").await;
}

#[tokio::test]
async fn work_that_was_begun_is_done_even_when_the_caller_goes_away() {
    let caller = Caller::new().await;
    let draft = caller.create_draft(&reply(1, "m1"), None).await;
    caller
        .control
        .fault(FaultRule::on("drafts.send", Fault::Delay { millis: 50 }));
    let body = json!({ "id": draft["id"] }).to_string();
    let address = caller
        .sim
        .base_url()
        .replace("http://", "")
        .replace('/', "");
    let mut wire = tokio::net::TcpStream::connect(address).await.unwrap();
    let (length, token) = (body.len(), &caller.token);
    let request = format!(
        "POST /gmail/v1/users/me/drafts/send HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nContent-Length: {length}\r\n\r\n{body}"
    );
    wire.write_all(request.as_bytes()).await.unwrap();
    drop(wire);
    caller
        .control
        .until(|journal| journal.sent.len() == 1)
        .await;
}

#[tokio::test]
async fn a_call_that_hangs_never_answers() {
    for work_done in [false, true] {
        let caller = Caller::new().await;
        let draft = caller.create_draft(&reply(1, "m1"), None).await;
        caller
            .control
            .fault(FaultRule::on("drafts.send", Fault::Hang { work_done }));
        let body = json!({ "id": draft["id"] });
        let request = caller
            .request(reqwest::Method::POST, "drafts/send")
            .json(&body);
        let hung = |journal: &rejoinder::demo::gmail::Journal| {
            journal
                .calls
                .last()
                .is_some_and(|call| call.end == End::Hung)
        };
        tokio::select! {
            answer = request.send() => panic!("{answer:?}"),
            () = caller.control.until(hung) => {}
        }
        assert_eq!(caller.control.sent().len(), usize::from(work_done));
    }
}

#[tokio::test]
async fn a_message_can_vanish_between_listing_and_getting() {
    let caller = Caller::new().await;
    let id = caller.deliver(&question(1));
    caller
        .control
        .fault(FaultRule::on("messages.get", Fault::Vanish).once());
    let start = caller.control.history_id();
    let (status, _) = caller.try_get(&format!("messages/{id}")).await.unwrap();
    assert_eq!(status, 404);
    let history = caller.get(&format!("history?startHistoryId={start}")).await;
    assert!(
        history["history"][0]["messagesDeleted"].is_array(),
        "{history}"
    );
}

#[tokio::test]
async fn history_expires_when_told() {
    let caller = Caller::new().await;
    let start = caller.control.history_id();
    caller.deliver(&question(1));
    caller.control.fault(
        FaultRule::on("history.list", Fault::HistoryExpired)
            .after(1)
            .once(),
    );
    let path = format!("history?startHistoryId={start}");
    caller.get(&path).await;
    assert_eq!(caller.try_get(&path).await.unwrap().0, 404);
    assert_eq!(caller.try_get(&path).await.unwrap().0, 404);
    let now = caller.get("profile").await["historyId"].clone();
    caller
        .get(&format!("history?startHistoryId={}", now.as_str().unwrap()))
        .await;
}

#[tokio::test]
async fn a_server_that_is_offline_refuses_connections_and_comes_back() {
    let caller = Caller::new().await;
    caller.get("profile").await;
    caller.control.set_offline(true);
    // It takes effect soon: calls until then find it still there, or dying.
    loop {
        match caller.try_get("profile").await {
            Err(error) if error.is_connect() => break,
            _ => tokio::task::yield_now().await,
        }
    }
    caller.control.set_offline(false);
    while caller.try_get("profile").await.is_err() {
        tokio::task::yield_now().await;
    }
    caller.get("profile").await;
}

#[tokio::test]
async fn faults_by_chance_come_in_every_way_and_the_journal_knows_the_truth() {
    let caller = Caller::new().await;
    let rule = FaultRule::on("drafts.send", Fault::Any { retry_after: 1 });
    caller.control.fault(rule.with_probability(0.6));
    let mut answered = 0;
    for number in 0..120 {
        let draft = caller
            .create_draft(&reply(number, &format!("m{number}")), None)
            .await;
        let body = json!({ "id": draft["id"] });
        if let Ok((status, body)) = caller.try_post("drafts/send", &body).await {
            answered += usize::from(status == 200 && body["id"].is_string());
        }
    }
    let journal = caller.control.journal();
    let done = journal
        .calls
        .iter()
        .filter(|call| call.method == "drafts.send" && call.work_done)
        .count();
    assert_eq!(journal.sent.len(), done);
    assert!(done > answered && answered > 0, "{done} {answered}");
    assert!(journal.doubled().is_empty());
    let mut ends: Vec<String> = journal
        .calls
        .iter()
        .map(|call| format!("{:?}", call.end))
        .collect();
    ends.sort();
    ends.dedup();
    assert!(ends.len() >= 9, "{ends:?}");
}

#[tokio::test]
async fn everything_can_be_told_over_http_too() {
    let caller = Caller::new().await;
    let base = caller.sim.base_url();
    let post = |path: &str, body: String| {
        caller
            .http
            .post(format!("{base}sim/{path}"))
            .body(body)
            .send()
    };
    let delivered = post("deliver", question(1)).await.unwrap();
    let delivered: Value = delivered.json().await.unwrap();
    let id = delivered["id"].as_str().unwrap();
    caller.get(&format!("messages/{id}")).await;
    let rule = r#"{"method":"getProfile","fault":{"kind":"drop","work_done":true},"times":1}"#;
    assert_eq!(post("fault", rule.to_owned()).await.unwrap().status(), 200);
    assert!(caller.try_get("profile").await.is_err());
    post(
        "relabel",
        json!({ "id": id, "remove": ["INBOX"] }).to_string(),
    )
    .await
    .unwrap();
    let settings = json!({ "lag": { "search_seconds": 5 }, "limits": { "sends_per_day": 0 } });
    assert_eq!(
        post("set", settings.to_string()).await.unwrap().status(),
        200
    );
    assert_eq!(post("fault", "{}".to_owned()).await.unwrap().status(), 400);
    assert_eq!(post("nothing", String::new()).await.unwrap().status(), 404);
    let get = |path: &str| caller.http.get(format!("{base}sim/{path}")).send();
    let messages: Value = get("messages").await.unwrap().json().await.unwrap();
    assert_eq!(messages[0]["labels"], json!(["UNREAD"]));
    let journal: Value = get("journal").await.unwrap().json().await.unwrap();
    assert_eq!(journal["calls"][1]["end"], "dropped");
    let summary: Value = get("summary").await.unwrap().json().await.unwrap();
    assert_eq!(summary["units_by_method"]["messages.get"], json!([20, 1]));

    let mut settings = crate::caller::options();
    settings.control_over_http = false;
    let closed = Caller::with(settings).await;
    let url = format!("{}sim/journal", closed.sim.base_url());
    assert_eq!(closed.http.get(url).send().await.unwrap().status(), 404);
}

#[tokio::test]
async fn a_dropped_simulation_frees_its_port() {
    let caller = Caller::new().await;
    let url = format!("{}sim/journal", caller.sim.base_url());
    let Caller { sim, http, .. } = caller;
    drop(sim);
    loop {
        match http.get(&url).send().await {
            Err(error) if error.is_connect() => break,
            _ => tokio::task::yield_now().await,
        }
    }
}

#[tokio::test]
async fn a_reset_is_a_reset_on_the_wire() {
    use tokio::io::AsyncReadExt as _;
    let caller = Caller::new().await;
    for (reset, expected) in [
        (true, Err(std::io::ErrorKind::ConnectionReset)),
        (false, Ok(0)),
    ] {
        let fault = Fault::Drop {
            work_done: false,
            reset,
        };
        caller
            .control
            .fault(FaultRule::on("getProfile", fault).once());
        let address = caller
            .sim
            .base_url()
            .replace("http://", "")
            .replace('/', "");
        let mut wire = tokio::net::TcpStream::connect(address).await.unwrap();
        let request = "GET /gmail/v1/users/me/profile HTTP/1.1\r\nHost: x\r\n\r\n";
        wire.write_all(request.as_bytes()).await.unwrap();
        let got = wire.read(&mut [0; 64]).await.map_err(|error| error.kind());
        assert_eq!(got, expected);
    }
}

#[tokio::test]
async fn a_draft_can_be_edited_or_thrown_away_at_the_moment_of_sending() {
    let caller = Caller::new().await;
    let (status, _) = send_with(&caller, Fault::EditDraft).await.unwrap();
    assert_eq!(status, 200);
    assert!(caller.control.sent()[0].text.contains("edited by hand"));
    let (status, _) = send_with(&caller, Fault::DeleteDraft).await.unwrap();
    assert_eq!(status, 404);
    let draft = caller.create_draft(&reply(1, "m1"), None).await;
    caller
        .control
        .fault(FaultRule::on("drafts.get", Fault::EditDraft).once());
    let path = format!("drafts/{}", draft["id"].as_str().unwrap());
    assert_ne!(
        caller.get(&path).await["message"]["id"],
        draft["message"]["id"]
    );
    assert_eq!(caller.control.sent().len(), 1);
}

#[tokio::test]
async fn access_can_end_in_the_middle_of_work() {
    for fault in [Fault::ExpireAccess, Fault::RevokeAccess] {
        let caller = Caller::new().await;
        let rule = FaultRule::on("getProfile", fault).after(1).once();
        caller.control.fault(rule);
        caller.get("profile").await;
        assert_eq!(caller.try_get("profile").await.unwrap().0, 401);
    }
}
