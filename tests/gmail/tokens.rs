//! One access token for all: refreshed once, ahead of time, and told apart in its failing.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rejoinder::gmail::{Gmail, GmailErrorKind as Kind, Outcome};
use secrecy::ExposeSecret;

use crate::server::{Kept, Reply, Seen, Server, TOKEN, ok, tokens};

fn script(seen: &Seen, _: usize) -> Reply {
    if seen.line.starts_with("POST /token") {
        ok(TOKEN)
    } else {
        ok("{}")
    }
}

#[tokio::test]
async fn ten_calls_at_once_refresh_once() {
    let server = Server::start(script).await;
    let kept = Kept::stale();
    let gmail = server.gmail(&kept);
    let calls: Vec<_> = (0..10)
        .map(|_| {
            let gmail = gmail.clone();
            tokio::spawn(async move { gmail.labels().await })
        })
        .collect();
    for call in calls {
        call.await.unwrap().unwrap();
    }
    assert_eq!(
        server.token_forms(),
        ["client_id=id&client_secret=s+e&grant_type=refresh_token&refresh_token=refresh"]
    );
    for call in server.calls() {
        assert_eq!(call.header("authorization"), Some("Bearer fresh"));
    }
    let tokens = kept.tokens.lock().unwrap().clone().unwrap();
    assert_eq!(tokens.access_token.expose_secret(), "fresh");
    assert_eq!(tokens.refresh_token.expose_secret(), "refresh");
    assert_eq!(tokens.expires_at.to_string(), "2026-11-04T12:59:59Z");
    assert_eq!(tokens.account.as_deref(), Some("me@example.com"));
    assert_eq!(kept.saves.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_token_in_the_last_two_minutes_of_its_life_is_not_used() {
    let server = Server::start(script).await;
    let kept = Kept::with(tokens("old", "refresh", "2026-11-04T12:01:59Z"));
    server.gmail(&kept).labels().await.unwrap();
    assert_eq!(server.token_forms().len(), 1);
    let kept = Kept::with(tokens("good", "refresh", "2026-11-04T12:02:01Z"));
    server.gmail(&kept).labels().await.unwrap();
    assert_eq!(server.token_forms().len(), 1);
}

#[tokio::test]
async fn a_401_refreshes_once_and_repeats_the_call_even_a_send() {
    let server = Server::start(|seen, _| {
        if seen.line.starts_with("POST /token") {
            ok(TOKEN)
        } else if seen.header("authorization") == Some("Bearer fresh") {
            ok(r#"{"id":"m","threadId":"t"}"#)
        } else {
            crate::server::google(401, "authError", "Invalid Credentials")
        }
    })
    .await;
    let gmail = server.mailbox().as_person();
    let calls: Vec<_> = (0..5)
        .map(|_| {
            let gmail = gmail.clone();
            tokio::spawn(async move { gmail.send_draft(&"d".into()).await })
        })
        .collect();
    for call in calls {
        call.await.unwrap().unwrap();
    }
    assert_eq!(server.token_forms().len(), 1);
    assert!(server.lines().len() <= 10);
}

#[tokio::test]
async fn a_401_that_stays_means_sign_in() {
    let server = Server::start(|seen, _| {
        if seen.line.starts_with("POST /token") {
            ok(TOKEN)
        } else {
            crate::server::google(401, "authError", "Invalid Credentials")
        }
    })
    .await;
    let error = server.mailbox().send_draft(&"d".into()).await.unwrap_err();
    assert_eq!(
        (error.kind, error.outcome()),
        (Kind::SignIn, Outcome::NotDone)
    );
    assert_eq!(server.lines().len(), 2);
}

#[tokio::test]
async fn a_401_that_is_a_web_page_does_not_repeat_a_send() {
    let server = Server::start(|seen, _| {
        if seen.line.starts_with("POST /token") {
            ok(TOKEN)
        } else {
            Reply::Page(401)
        }
    })
    .await;
    let error = server.mailbox().send_draft(&"d".into()).await.unwrap_err();
    assert_eq!(error.outcome(), Outcome::Unknown);
    assert_eq!(server.lines().len(), 1);
}

#[tokio::test]
async fn a_revoked_sign_in_says_sign_in_again_and_is_not_asked_for_ever() {
    let server = Server::start(|seen, _| {
        if seen.body.contains("refresh_token=new") {
            ok(TOKEN)
        } else if seen.line.starts_with("POST /token") {
            Reply::Json(
                400,
                r#"{"error":"invalid_grant","error_description":"Token has been expired or revoked."}"#
                    .into(),
            )
        } else {
            ok("{}")
        }
    })
    .await;
    let kept = Kept::stale();
    let gmail = server.gmail(&kept);
    for _ in 0..5 {
        let error = gmail.labels().await.unwrap_err();
        assert_eq!(
            (error.kind, error.outcome()),
            (Kind::SignIn, Outcome::NotDone)
        );
        assert!(error.message.contains("rejoinder login"), "{error}");
        assert!(error.message.contains("seven days"), "{error}");
        assert_eq!(error.reason.as_deref(), Some("invalid_grant"));
    }
    assert_eq!(server.token_forms().len(), 1);
    *kept.tokens.lock().unwrap() = Some(tokens("", "new", "1970-01-01T00:00:00Z"));
    gmail.labels().await.unwrap();
}

#[tokio::test]
async fn trouble_at_the_token_endpoint_is_not_taken_for_a_revoked_sign_in() {
    for (reply, kind) in [
        (Reply::Page(503), Kind::Server),
        (Reply::HangUp, Kind::Offline),
        (Reply::Page(200), Kind::Garbled),
        (Reply::Json(429, "{}".into()), Kind::RateLimited),
    ] {
        let answer = reply.clone();
        let server = Server::start(move |seen, _| {
            if seen.line.starts_with("POST /token") {
                answer.clone()
            } else {
                ok("{}")
            }
        })
        .await;
        let error = server
            .gmail(&Kept::stale())
            .send_draft(&"d".into())
            .await
            .unwrap_err();
        assert_eq!(
            (error.kind, error.outcome()),
            (kind, Outcome::NotDone),
            "{reply:?}"
        );
        assert_eq!(server.lines(), Vec::<String>::new());
    }
}

#[tokio::test]
async fn nobody_signed_in_and_a_broken_store_are_told_apart() {
    let server = Server::start(script).await;
    let error = server
        .gmail(&Arc::new(Kept::default()))
        .labels()
        .await
        .unwrap_err();
    assert_eq!(error.kind, Kind::SignIn);
    assert!(error.message.contains("rejoinder login"), "{error}");
    let broken = Arc::new(Kept {
        broken: true,
        ..Kept::default()
    });
    let error = server.gmail(&broken).labels().await.unwrap_err();
    assert_eq!(error.kind, Kind::Keeper);
    assert!(error.message.contains("the key does not fit"), "{error}");
}

#[tokio::test]
async fn a_token_with_control_characters_never_reaches_a_header() {
    let server = Server::start(script).await;
    let kept = Kept::with(tokens("a\r\nb", "refresh", "2026-11-04T13:00:00Z"));
    let error = server.gmail(&kept).labels().await.unwrap_err();
    assert_eq!(
        (error.kind, error.outcome()),
        (Kind::SignIn, Outcome::NotDone)
    );
    assert_eq!(server.lines(), Vec::<String>::new());
}

#[tokio::test]
async fn what_another_process_refreshed_is_used_without_asking_google() {
    let server = Server::start(|seen, _| match seen.header("authorization") {
        Some("Bearer theirs") => ok("{}"),
        _ => crate::server::google(401, "authError", "Invalid Credentials"),
    })
    .await;
    let kept = Kept::fresh();
    let gmail = server.gmail(&kept);
    let error = gmail.refresher().token().await;
    assert!(error.is_ok());
    *kept.tokens.lock().unwrap() = Some(tokens("theirs", "refresh", "2026-11-04T13:00:00Z"));
    gmail.labels().await.unwrap();
    assert_eq!(server.token_forms(), Vec::<String>::new());
}

#[tokio::test]
async fn a_caller_that_gives_up_does_not_lose_what_google_grants() {
    let asked = Arc::new(tokio::sync::Notify::new());
    let tell = Arc::clone(&asked);
    let server = Server::start(move |seen, before| {
        if seen.line.starts_with("POST /token") {
            tell.notify_one();
            assert_eq!(before, 0, "asked twice");
            ok(TOKEN)
        } else {
            ok("{}")
        }
    })
    .await;
    let kept = Kept::stale();
    let gmail: Gmail = server.gmail(&kept);
    let call = {
        let gmail = gmail.clone();
        tokio::spawn(async move { gmail.labels().await })
    };
    asked.notified().await;
    call.abort();
    assert!(call.await.unwrap_err().is_cancelled());
    gmail.labels().await.unwrap();
    assert_eq!(server.token_forms().len(), 1);
}

#[tokio::test]
async fn tokens_that_live_shorter_than_the_margin_are_still_used() {
    let refreshes = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&refreshes);
    let server = Server::start(move |seen, _| {
        if seen.line.starts_with("POST /token") {
            count.fetch_add(1, Ordering::SeqCst);
            ok(r#"{"access_token":"fresh","expires_in":60}"#)
        } else {
            ok("{}")
        }
    })
    .await;
    let gmail = server.gmail(&Kept::stale());
    for _ in 0..5 {
        gmail.labels().await.unwrap();
    }
    assert_eq!(refreshes.load(Ordering::SeqCst), 1);
}

#[test]
fn tokens_are_never_printed() {
    let tokens = tokens("sesame", "open", "2026-11-04T13:00:00Z");
    let shown = format!("{tokens:?}");
    assert!(
        !shown.contains("sesame") && !shown.contains("open"),
        "{shown}"
    );
    let kept = serde_json::to_string(&tokens).unwrap();
    let again: rejoinder::gmail::TokenSet = serde_json::from_str(&kept).unwrap();
    assert_eq!(again.refresh_token.expose_secret(), "open");
}
