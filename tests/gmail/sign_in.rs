//! Signing in: by the redirect, by pasting, against forgers, and with every refusal.

use std::collections::HashMap;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rejoinder::gmail::oauth::{self, OauthErrorKind as Kind, SignIn};
use rejoinder::gmail::{SCOPE, TokenSet};
use secrecy::ExposeSecret;
use sha2::{Digest, Sha256};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use url::Url;

use crate::server::{Reply, Server, brisk, clock, ok, tokens};

const GRANT: &str = r#"{"access_token":"a","refresh_token":"r","expires_in":3599,
    "scope":"https://www.googleapis.com/auth/gmail.modify","token_type":"Bearer"}"#;

type Finished = JoinHandle<Result<TokenSet, oauth::OauthError>>;

/// A sign-in that waits, with all a person has of it.
struct Waiting {
    consent: HashMap<String, String>,
    port: u16,
    paste: mpsc::Sender<String>,
    remarks: mpsc::Receiver<oauth::Remark>,
    cancel: CancellationToken,
    end: Finished,
}

impl Waiting {
    async fn begin(server: &Server) -> Self {
        Self::begin_within(server, Duration::from_secs(600)).await
    }

    async fn begin_within(server: &Server, limit: Duration) -> Self {
        let mut sign_in = SignIn::begin_with(server.client(), None, brisk(), clock())
            .await
            .unwrap()
            .with_time_limit(limit);
        let url = Url::parse(sign_in.consent_url()).unwrap();
        let port = sign_in.port().unwrap();
        let remarks = sign_in.remarks().unwrap();
        let (paste, pasted) = mpsc::channel(8);
        let cancel = CancellationToken::new();
        let end = tokio::spawn(sign_in.finish(cancel.clone(), pasted));
        Self {
            consent: url.query_pairs().into_owned().collect(),
            port,
            paste,
            remarks,
            cancel,
            end,
        }
    }

    fn state(&self) -> &str {
        &self.consent["state"]
    }

    /// What the browser does at `target`; its status and page.
    async fn browse(&self, target: &str) -> (u16, String) {
        raw(
            self.port,
            &format!("GET {target} HTTP/1.1\r\nHost: x\r\n\r\n"),
        )
        .await
    }

    async fn tokens(self) -> Result<TokenSet, oauth::OauthError> {
        self.end.await.unwrap()
    }
}

async fn raw(port: u16, request: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let status = answer.split(' ').nth(1).unwrap().parse().unwrap();
    (status, answer)
}

#[tokio::test]
async fn a_redirect_becomes_tokens_by_one_post_with_the_verifier() {
    let server = Server::start(|_, _| ok(GRANT)).await;
    let waiting = Waiting::begin(&server).await;
    let consent = waiting.consent.clone();
    let port = waiting.port;
    for (name, value) in [
        ("client_id", "id"),
        ("redirect_uri", &format!("http://127.0.0.1:{port}")),
        ("response_type", "code"),
        ("scope", SCOPE),
        ("access_type", "offline"),
        ("prompt", "consent"),
        ("code_challenge_method", "S256"),
    ] {
        assert_eq!(consent[name], value, "{name}");
    }
    assert_eq!(waiting.browse("/favicon.ico").await.0, 404);
    let target = format!("/?state={}&code=4%2F0Ab&scope=x", waiting.state());
    let (status, page) = waiting.browse(&target).await;
    assert_eq!(status, 200);
    assert!(page.contains("You can close this window"), "{page}");
    assert!(page.contains("Cache-Control: no-store"), "{page}");
    let tokens = waiting.tokens().await.unwrap();
    assert_eq!(tokens.access_token.expose_secret(), "a");
    assert_eq!(tokens.refresh_token.expose_secret(), "r");
    assert_eq!(tokens.expires_at.to_string(), "2026-11-04T12:59:59Z");
    let forms = server.token_forms();
    assert_eq!(forms.len(), 1);
    let form: HashMap<String, String> = url::form_urlencoded::parse(forms[0].as_bytes())
        .into_owned()
        .collect();
    assert_eq!(form["grant_type"], "authorization_code");
    assert_eq!(form["code"], "4/0Ab");
    assert_eq!(form["client_secret"], "s e");
    assert_eq!(form["redirect_uri"], consent["redirect_uri"]);
    let hash = URL_SAFE_NO_PAD.encode(Sha256::digest(&form["code_verifier"]));
    assert_eq!(hash, consent["code_challenge"]);
}

#[tokio::test]
async fn a_pasted_address_or_code_does_as_well() {
    for whole in [true, false] {
        let server = Server::start(|_, _| ok(GRANT)).await;
        let waiting = Waiting::begin(&server).await;
        let text = if whole {
            format!(
                "http://127.0.0.1:{}/?state={}&code=4/0AbCdEf\n",
                waiting.port,
                waiting.state()
            )
        } else {
            "4/0AbCdEf".to_owned()
        };
        waiting.paste.send(text).await.unwrap();
        waiting.tokens().await.unwrap();
        assert!(server.token_forms()[0].contains("code=4%2F0AbCdEf"));
    }
}

#[tokio::test]
async fn forged_answers_are_refused_and_the_waiting_goes_on() {
    let server = Server::start(|_, _| ok(GRANT)).await;
    let mut waiting = Waiting::begin(&server).await;
    for target in [
        "/?code=evil&state=guess".to_owned(),
        "/?code=evil".to_owned(),
        "/?error=access_denied&state=guess".to_owned(),
        format!("/?code=evil&state={}x", waiting.state()),
    ] {
        let (status, page) = waiting.browse(&target).await;
        assert_eq!(status, 400, "{target}");
        assert!(page.contains("not asked for"), "{page}");
        assert!(waiting.remarks.recv().await.unwrap().0.contains("refused"));
    }
    for text in [
        "http://127.0.0.1:1/?code=evil&state=guess",
        "http://127.0.0.1:1/?code=evil",
        "what?",
        "Error 400: redirect_uri_mismatch",
    ] {
        waiting.paste.send(text.to_owned()).await.unwrap();
        waiting.remarks.recv().await.unwrap();
    }
    assert_eq!(server.token_forms(), Vec::<String>::new());
    let target = format!("/?state={}&code=right", waiting.state());
    assert_eq!(waiting.browse(&target).await.0, 200);
    waiting.tokens().await.unwrap();
    assert_eq!(server.token_forms().len(), 1);
}

#[tokio::test]
async fn a_code_pasted_wrongly_can_be_pasted_again() {
    let server = Server::start(|_, before| match before {
        0 => Reply::Json(
            400,
            r#"{"error":"invalid_grant","error_description":"Malformed auth code."}"#.into(),
        ),
        _ => ok(GRANT),
    })
    .await;
    let mut waiting = Waiting::begin(&server).await;
    waiting.paste.send("4/0AbCdE".into()).await.unwrap();
    let remark = waiting.remarks.recv().await.unwrap().0;
    assert!(remark.contains("Malformed auth code"), "{remark}");
    waiting.paste.send("4/0AbCdEf".into()).await.unwrap();
    waiting.tokens().await.unwrap();
}

#[tokio::test]
async fn a_refusal_names_its_mend_in_the_program_and_in_the_browser() {
    let server = Server::start(|_, _| ok(GRANT)).await;
    let waiting = Waiting::begin(&server).await;
    let target = format!("/?state={}&error=access_denied", waiting.state());
    let (_, page) = waiting.browse(&target).await;
    assert!(page.contains("Not signed in"), "{page}");
    let error = waiting.tokens().await.unwrap_err();
    assert_eq!(error.kind, Kind::Denied);
    assert!(error.message.contains("Test users"), "{error}");
}

#[tokio::test]
async fn what_google_grants_is_checked() {
    for (reply, kind, words) in [
        (
            ok(
                r#"{"access_token":"a","refresh_token":"r","scope":"openid https://www.googleapis.com/auth/gmail.readonly"}"#,
            ),
            Kind::ScopeMissing,
            "ticked",
        ),
        (
            ok(r#"{"access_token":"a","scope":"https://www.googleapis.com/auth/gmail.modify"}"#),
            Kind::NoRefreshToken,
            "myaccount.google.com/connections",
        ),
        (
            Reply::Json(401, r#"{"error":"invalid_client"}"#.into()),
            Kind::InvalidClient,
            "download the client file again",
        ),
        (Reply::Page(200), Kind::Garbled, "makes no sense"),
        (
            Reply::Cut(200, GRANT.into()),
            Kind::Garbled,
            "makes no sense",
        ),
        (Reply::HangUp, Kind::Offline, "cannot be reached"),
    ] {
        let answer = reply.clone();
        let server = Server::start(move |_, _| answer.clone()).await;
        let waiting = Waiting::begin(&server).await;
        let target = format!("/?state={}&code=c", waiting.state());
        let (_, page) = waiting.browse(&target).await;
        assert!(page.contains("Not signed in"), "{page}");
        let error = waiting.tokens().await.unwrap_err();
        assert_eq!(error.kind, kind, "{reply:?}");
        assert!(error.message.contains(words), "{error}");
        assert_eq!(server.token_forms().len(), 1);
    }
}

#[tokio::test]
async fn garbage_and_silent_visitors_keep_nobody_out() {
    let server = Server::start(|_, _| ok(GRANT)).await;
    let waiting = Waiting::begin(&server).await;
    let mut silent = Vec::new();
    for _ in 0..200 {
        silent.push(
            TcpStream::connect(("127.0.0.1", waiting.port))
                .await
                .unwrap(),
        );
    }
    for garbage in [
        &b"\x16\x03\x01\x02\x00\x01\x00"[..],
        b"\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET / HTTP/1.1\r\n\xff\xfe\r\n\r\n",
        &[b'a'; 40_000],
    ] {
        let mut stream = TcpStream::connect(("127.0.0.1", waiting.port))
            .await
            .unwrap();
        // The port hangs up on the longest one while it is still being written.
        stream.write_all(garbage).await.ok();
        stream.shutdown().await.ok();
    }
    let (status, _) = raw(waiting.port, "POST /?code=x HTTP/1.1\r\n\r\n").await;
    assert_eq!(status, 405);
    assert_eq!(waiting.browse("/").await.0, 404);
    let target = format!("/?state={}&code=c", waiting.state());
    assert_eq!(waiting.browse(&target).await.0, 200);
    waiting.tokens().await.unwrap();
    drop(silent);
}

#[tokio::test]
async fn it_can_be_stopped_and_does_not_wait_for_ever() {
    let server = Server::start(|_, _| Reply::Silence).await;
    let waiting = Waiting::begin(&server).await;
    waiting.cancel.cancel();
    assert_eq!(waiting.tokens().await.unwrap_err().kind, Kind::Cancelled);

    let waiting = Waiting::begin(&server).await;
    let cancel = waiting.cancel.clone();
    waiting.paste.send("4/0AbCdEf".into()).await.unwrap();
    let end = tokio::spawn(waiting.tokens());
    while server.token_forms().is_empty() {
        tokio::task::yield_now().await;
    }
    cancel.cancel();
    let error = end.await.unwrap().unwrap_err();
    assert_eq!(error.kind, Kind::Cancelled, "while Google is silent");

    let waiting = Waiting::begin_within(&server, Duration::from_millis(1)).await;
    drop(waiting.paste);
    let error = waiting.end.await.unwrap().unwrap_err();
    assert_eq!(error.kind, Kind::TimedOut);
}

#[tokio::test]
async fn a_known_account_is_named_to_the_consent_page() {
    let server = Server::start(|_, _| ok(GRANT)).await;
    let sign_in = SignIn::begin(server.client(), None).await.unwrap();
    let before = sign_in.consent_url().to_owned();
    let after = sign_in.for_account("me+x@example.com");
    assert_eq!(
        after.consent_url(),
        format!("{before}&login_hint=me%2Bx%40example.com")
    );
}

#[tokio::test]
async fn a_port_that_is_taken_says_so() {
    let server = Server::start(|_, _| ok(GRANT)).await;
    let first = SignIn::begin(server.client(), None).await.unwrap();
    let error = SignIn::begin(server.client(), first.port())
        .await
        .unwrap_err();
    assert_eq!(error.kind, Kind::Port);
    assert!(error.message.contains("--port"), "{error}");
}

#[tokio::test]
async fn a_sign_in_is_given_back() {
    let server = Server::start(|_, before| match before {
        0 => ok("{}"),
        1 => Reply::Json(400, r#"{"error":"invalid_token"}"#.into()),
        _ => Reply::Page(503),
    })
    .await;
    let tokens = tokens("a", "r/1", "2026-11-04T13:00:00Z");
    oauth::revoke(&server.client(), &tokens).await.unwrap();
    oauth::revoke(&server.client(), &tokens).await.unwrap();
    let error = oauth::revoke(&server.client(), &tokens).await.unwrap_err();
    assert!(error.message.contains("myaccount.google.com"), "{error}");
    let call = &server.calls()[0];
    assert_eq!(call.line, "POST /revoke");
    assert_eq!(call.body, "token=r%2F1");
}
