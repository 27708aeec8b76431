//! Every way of failing: what is repeated, what is not, and what is known afterwards.

use std::time::Duration;

use rejoinder::domain::HistoryId;
use rejoinder::gmail::{Gmail, GmailError, GmailErrorKind as Kind, Outcome, Patience};
use tokio::net::TcpListener;

use crate::server::{Kept, Reply, Server, brisk, clock, google, now, ok};

const PROFILE: &str = r#"{"emailAddress":"me@example.com","historyId":"1"}"#;

#[tokio::test]
async fn a_read_gets_over_every_passing_fault() {
    for fault in [
        Reply::Json(500, "{}".into()),
        Reply::Page(502),
        google(503, "backendError", "Backend Error"),
        google(429, "rateLimitExceeded", "Too many"),
        google(403, "userRateLimitExceeded", "Too many"),
        Reply::HangUp,
        Reply::Cut(200, PROFILE.into()),
        Reply::Page(200),
    ] {
        let first = fault.clone();
        let server = Server::start(move |_, before| match before {
            0 | 1 => first.clone(),
            _ => ok(PROFILE),
        })
        .await;
        let profile = server.mailbox().profile().await;
        assert!(profile.is_ok(), "{fault:?}: {profile:?}");
        assert_eq!(server.lines().len(), 3, "{fault:?}");
    }
}

#[tokio::test]
async fn a_read_gives_up_after_some_tries() {
    let server = Server::start(|_, _| Reply::Json(500, "{}".into())).await;
    let error = server.mailbox().profile().await.unwrap_err();
    assert_eq!(error.kind, Kind::Server);
    assert_eq!(server.lines().len(), 4);
}

#[tokio::test]
async fn what_waiting_will_not_change_is_asked_once() {
    for (reply, kind) in [
        (google(404, "notFound", "Not Found"), Kind::NotFound),
        (google(400, "badRequest", "Bad"), Kind::BadRequest),
        (google(403, "domainPolicy", "No"), Kind::Forbidden),
        (google(403, "dailyLimitExceeded", "No"), Kind::DailyLimit),
    ] {
        let answer = reply.clone();
        let server = Server::start(move |_, _| answer.clone()).await;
        let error = server.mailbox().labels().await.unwrap_err();
        assert_eq!(error.kind, kind, "{reply:?}");
        assert_eq!(server.lines().len(), 1, "{reply:?}");
    }
}

#[tokio::test]
async fn an_expired_cursor_is_told_apart_from_a_missing_mail() {
    let server = Server::start(|_, _| google(404, "notFound", "Not Found")).await;
    let gmail = server.mailbox();
    let error = gmail.history(HistoryId(1), None).await.unwrap_err();
    assert_eq!(error.kind, Kind::HistoryExpired);
    let error = gmail.message_raw(&"m".into()).await.unwrap_err();
    assert_eq!(error.kind, Kind::NotFound);
}

#[tokio::test]
async fn a_send_is_made_once_and_its_error_says_what_is_known() {
    use Outcome::{NotDone, Unknown};
    let sent = r#"{"id":"m","threadId":"t"}"#;
    for (reply, outcome, probably) in [
        (
            google(400, "invalidArgument", "Invalid To header"),
            NotDone,
            false,
        ),
        (google(403, "domainPolicy", "No"), NotDone, false),
        (
            google(403, "userRateLimitExceeded", "Later"),
            NotDone,
            false,
        ),
        (
            google(429, "rateLimitExceeded", "Later (Mail sending)"),
            NotDone,
            false,
        ),
        (Reply::Page(413), NotDone, false),
        (google(404, "notFound", "Not Found"), Unknown, false),
        (google(500, "backendError", "Backend Error"), Unknown, false),
        (google(503, "backendError", "Backend Error"), Unknown, false),
        (Reply::Page(503), Unknown, false),
        (Reply::Page(403), Unknown, false),
        (Reply::Cut(400, "{}".into()), Unknown, false),
        (Reply::HangUp, Unknown, false),
        (Reply::Cut(200, sent.into()), Unknown, true),
        (Reply::Page(200), Unknown, true),
        (ok("{}"), Unknown, true),
        (ok(r#"{"id":"m","#), Unknown, true),
    ] {
        let answer = reply.clone();
        let server = Server::start(move |_, _| answer.clone()).await;
        let error = server.mailbox().send_draft(&"d".into()).await.unwrap_err();
        assert_eq!(server.lines().len(), 1, "{reply:?}");
        assert_eq!(error.outcome(), outcome, "{reply:?}: {error}");
        assert_eq!(error.probably_done(), probably, "{reply:?}: {error}");
        let draft = server.mailbox().create_draft(b"x", None).await.unwrap_err();
        assert_eq!(draft.outcome(), outcome, "{reply:?}: {draft}");
        assert_eq!(server.lines().len(), 2, "{reply:?}");
    }
}

/// Against an address of the test's own choosing.
fn mailbox(url: String, patience: Patience) -> Gmail {
    let settings = rejoinder::config::Gmail {
        base_url: url,
        ..rejoinder::config::Gmail::default()
    };
    let client =
        rejoinder::gmail::oauth::ClientFile::from_id_and_secret("id", "secret".into()).unwrap();
    Gmail::connect_with(&settings, Kept::fresh(), client, clock(), patience).unwrap()
}

async fn send(gmail: &Gmail) -> GmailError {
    gmail.send_draft(&"d".into()).await.unwrap_err()
}

#[tokio::test]
async fn a_send_that_finds_nobody_listening_is_not_done() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    drop(listener);
    let error = send(&mailbox(url, brisk())).await;
    assert_eq!(
        (error.kind, error.outcome()),
        (Kind::Offline, Outcome::NotDone)
    );
    assert!(error.message.contains("cannot be reached"), "{error}");
}

#[tokio::test]
async fn a_send_without_an_answer_in_time_is_unknown() {
    let server = Server::start(|_, _| Reply::Silence).await;
    let patience = Patience {
        answer: Duration::from_millis(50),
        ..brisk()
    };
    let error = send(&mailbox(server.url.clone(), patience)).await;
    assert_eq!(
        (error.kind, error.outcome()),
        (Kind::Timeout, Outcome::Unknown)
    );
    assert_eq!(server.lines().len(), 1);
}

#[tokio::test]
async fn a_send_that_never_got_a_connection_is_not_done() {
    // A full backlog: the kernel neither takes nor refuses further connections.
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let listener = socket.listen(0).unwrap();
    let address = listener.local_addr().unwrap();
    let mut full = Vec::new();
    for _ in 0..10 {
        let connect = tokio::net::TcpStream::connect(address);
        match tokio::time::timeout(Duration::from_millis(200), connect).await {
            Ok(stream) => full.push(stream),
            Err(_) => break,
        }
    }
    if full.len() == 10 {
        // A kernel that keeps no such limit cannot show it.
        return;
    }
    let patience = Patience {
        connect: Duration::from_secs(5),
        answer: Duration::from_millis(100),
        ..brisk()
    };
    let error = send(&mailbox(format!("http://{address}/"), patience)).await;
    assert_eq!(
        (error.kind, error.outcome()),
        (Kind::Timeout, Outcome::NotDone)
    );
}

#[tokio::test]
async fn a_connection_that_was_hung_up_meanwhile_costs_no_write() {
    let server = Server::start(|seen, _| {
        if seen.line.starts_with("GET") {
            Reply::Close(200, PROFILE.into())
        } else {
            ok(r#"{"id":"m","threadId":"t"}"#)
        }
    })
    .await;
    let gmail = server.mailbox().as_person();
    for _ in 0..20 {
        gmail.profile().await.unwrap();
        gmail.send_draft(&"d".into()).await.unwrap();
    }
    let sends = server
        .lines()
        .iter()
        .filter(|line| line.ends_with("/send"))
        .count();
    assert_eq!(sends, 20);
}

#[tokio::test]
async fn reads_share_a_connection_and_each_send_has_its_own() {
    let server = Server::start(|_, _| ok(r#"{"id":"m","threadId":"t"}"#)).await;
    let gmail = server.mailbox();
    for _ in 0..5 {
        gmail.labels().await.unwrap();
    }
    assert_eq!(server.connections(), 1);
    for _ in 0..5 {
        gmail.send_draft(&"d".into()).await.unwrap();
    }
    assert_eq!(server.connections(), 6);
}

#[tokio::test]
async fn gmails_word_on_when_to_come_back_is_kept_by_everybody() {
    let server = Server::start(|_, _| {
        Reply::With(
            429,
            "Retry-After: 3600".into(),
            r#"{"error":{"code":429,"errors":[{"reason":"rateLimitExceeded"}]}}"#.into(),
        )
    })
    .await;
    let gmail = server.mailbox();
    let hour = now() + jiff::SignedDuration::from_hours(1);
    let error = gmail.labels().await.unwrap_err();
    assert_eq!(
        (error.kind, error.retry_at),
        (Kind::RateLimited, Some(hour))
    );
    assert!(error.message.contains("2026-11-04T13:00:00Z"), "{error}");
    let error = send(&gmail.as_person()).await;
    assert_eq!(
        (error.kind, error.outcome()),
        (Kind::RateLimited, Outcome::NotDone)
    );
    assert!(error.retry_at.unwrap() <= hour + jiff::SignedDuration::from_secs(1));
    assert_eq!(server.lines().len(), 1, "nobody asked a second time");
    assert!(gmail.governor().usage().paused_for.is_some());
}

#[tokio::test]
async fn the_limit_for_sending_does_not_stop_reading() {
    let server = Server::start(|seen, _| {
        if seen.line.ends_with("/send") {
            google(
                429,
                "rateLimitExceeded",
                "User-rate limit exceeded.  Retry after 2026-11-04T18:00:00.5Z (Mail sending)",
            )
        } else {
            ok("{}")
        }
    })
    .await;
    let gmail = server.mailbox();
    let error = send(&gmail).await;
    assert_eq!(error.kind, Kind::SendingLimit);
    assert_eq!(
        error.retry_at,
        Some("2026-11-04T18:00:00.5Z".parse().unwrap())
    );
    gmail.labels().await.unwrap();
}

#[tokio::test]
async fn labels_may_be_changed_again_when_the_answer_is_lost() {
    let server = Server::start(|_, before| match before {
        0 => Reply::HangUp,
        _ => ok("{}"),
    })
    .await;
    let gmail = server.mailbox();
    gmail.modify(&"m".into(), &[], &["UNREAD"]).await.unwrap();
    assert_eq!(server.lines().len(), 2);
}

#[tokio::test]
async fn plain_http_to_another_machine_is_refused_before_anything_is_sent() {
    let settings = rejoinder::config::Gmail {
        base_url: "http://gmail.example.com/".to_owned(),
        ..rejoinder::config::Gmail::default()
    };
    let client =
        rejoinder::gmail::oauth::ClientFile::from_id_and_secret("id", "secret".into()).unwrap();
    let error = Gmail::connect(&settings, Kept::fresh(), client, clock()).unwrap_err();
    assert_eq!(error.kind, Kind::Settings);
    assert!(error.message.contains("in the clear"), "{error}");
}
