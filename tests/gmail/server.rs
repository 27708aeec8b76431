//! A server that answers what a test tells it, down to the bytes and the hanging up, and
//! a keeper of tokens in memory.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::future::BoxFuture;
use jiff::Timestamp;
use rejoinder::config;
use rejoinder::gmail::oauth::ClientFile;
use rejoinder::gmail::{Clock, Gmail, KeeperError, Patience, TokenKeeper, TokenSet};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// A request as it came.
#[derive(Clone, Debug)]
pub struct Seen {
    /// Method and target, such as `GET /x?y=z`.
    pub line: String,
    pub head: String,
    pub body: String,
}

impl Seen {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (known, value) = line.split_once(": ")?;
            known.eq_ignore_ascii_case(name).then_some(value)
        })
    }
}

/// What to do with a request.
#[derive(Clone, Debug)]
pub enum Reply {
    /// A whole JSON answer, and the connection stays open.
    Json(u16, String),
    /// A whole answer with a header line more.
    With(u16, String, String),
    /// A web page.
    Page(u16),
    /// A body that breaks off halfway.
    Cut(u16, String),
    /// A whole answer, after which the connection is closed without a word about it.
    Close(u16, String),
    /// The connection is closed instead of an answer.
    HangUp,
    /// No answer ever.
    Silence,
}

pub fn ok(json: impl Into<String>) -> Reply {
    Reply::Json(200, json.into())
}

pub fn google(status: u16, reason: &str, message: &str) -> Reply {
    Reply::Json(
        status,
        format!(
            r#"{{"error":{{"code":{status},"message":"{message}","errors":[{{"reason":"{reason}"}}]}}}}"#
        ),
    )
}

pub const TOKEN: &str = r#"{"access_token":"fresh","expires_in":3599,"token_type":"Bearer"}"#;

type Script = Arc<dyn Fn(&Seen, usize) -> Reply + Send + Sync>;

/// The server; its script is told each request and how many came to that path before.
pub struct Server {
    pub url: String,
    seen: Arc<Mutex<Vec<Seen>>>,
    connections: Arc<AtomicUsize>,
}

impl Server {
    pub async fn start(script: impl Fn(&Seen, usize) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let server = Self {
            url,
            seen: Arc::default(),
            connections: Arc::default(),
        };
        let script: Script = Arc::new(script);
        let (seen, connections) = (Arc::clone(&server.seen), Arc::clone(&server.connections));
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                connections.fetch_add(1, Ordering::SeqCst);
                let (seen, script) = (Arc::clone(&seen), Arc::clone(&script));
                tokio::spawn(async move { serve(stream, &seen, &script).await });
            }
        });
        server
    }

    /// The requests so far, without those to the token endpoint.
    pub fn calls(&self) -> Vec<Seen> {
        let mut calls = self.seen.lock().unwrap().clone();
        calls.retain(|seen| !seen.line.starts_with("POST /token"));
        calls
    }

    pub fn lines(&self) -> Vec<String> {
        self.calls().into_iter().map(|seen| seen.line).collect()
    }

    /// The forms posted to the token endpoint.
    pub fn token_forms(&self) -> Vec<String> {
        let seen = self.seen.lock().unwrap();
        seen.iter()
            .filter(|seen| seen.line.starts_with("POST /token"))
            .map(|seen| seen.body.clone())
            .collect()
    }

    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    pub fn client(&self) -> ClientFile {
        let url = &self.url;
        ClientFile::from_json(&format!(
            r#"{{"installed":{{"client_id":"id","client_secret":"s e","auth_uri":"{url}auth","token_uri":"{url}token"}}}}"#
        ))
        .unwrap()
    }

    pub fn settings(&self) -> config::Gmail {
        config::Gmail {
            base_url: self.url.clone(),
            ..config::Gmail::default()
        }
    }

    pub fn gmail(&self, keeper: &Arc<Kept>) -> Gmail {
        let keeper = Arc::clone(keeper) as Arc<dyn TokenKeeper>;
        Gmail::connect_with(&self.settings(), keeper, self.client(), clock(), brisk()).unwrap()
    }

    /// Signed in.
    pub fn mailbox(&self) -> Gmail {
        self.gmail(&Kept::fresh())
    }
}

async fn serve(mut stream: TcpStream, seen: &Mutex<Vec<Seen>>, script: &Script) -> Option<()> {
    loop {
        let request = read(&mut stream).await?;
        let path = |seen: &Seen| seen.line.split('?').next().unwrap().to_owned();
        let before = {
            let mut seen = seen.lock().unwrap();
            let before = seen.iter().filter(|s| path(s) == path(&request)).count();
            seen.push(request.clone());
            before
        };
        let (status, extra, body, short, close) = match script(&request, before) {
            Reply::Json(status, body) => (status, String::new(), body, 0, false),
            Reply::With(status, line, body) => (status, format!("{line}\r\n"), body, 0, false),
            Reply::Page(status) => {
                let html = "<html><body>portal</body></html>".to_owned();
                (status, String::new(), html, 0, false)
            }
            Reply::Cut(status, body) => (status, String::new(), body, 7, true),
            Reply::Close(status, body) => (status, String::new(), body, 0, true),
            Reply::HangUp => return None,
            Reply::Silence => std::future::pending().await,
        };
        let head = format!(
            "HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: {}\r\n{extra}\r\n",
            body.len() + short
        );
        stream.write_all(head.as_bytes()).await.ok()?;
        stream.write_all(body.as_bytes()).await.ok()?;
        if close {
            return None;
        }
    }
}

async fn read(stream: &mut TcpStream) -> Option<Seen> {
    let mut bytes = Vec::new();
    let end = loop {
        if let Some(end) = bytes.windows(4).position(|w| w == b"\r\n\r\n") {
            break end + 4;
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    };
    let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
    let length: usize = head
        .lines()
        .find_map(|line| {
            let line = line.to_lowercase();
            line.strip_prefix("content-length: ")?.parse().ok()
        })
        .unwrap_or(0);
    while bytes.len() < end + length {
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
    let line = head.lines().next().unwrap();
    Some(Seen {
        line: line.trim_end_matches(" HTTP/1.1").to_owned(),
        body: String::from_utf8(bytes[end..end + length].to_vec()).unwrap(),
        head,
    })
}

pub fn now() -> Timestamp {
    "2026-11-04T12:00:00Z".parse().unwrap()
}

pub fn clock() -> Clock {
    Clock::from_fn(now)
}

/// Waits in milliseconds, so that repeating costs a test no time.
pub fn brisk() -> Patience {
    Patience {
        first_wait: Duration::from_millis(1),
        first_rate_limit_wait: Duration::from_millis(1),
        ..Patience::default()
    }
}

/// Tokens in memory.
#[derive(Default)]
pub struct Kept {
    pub tokens: Mutex<Option<TokenSet>>,
    pub saves: AtomicUsize,
    pub broken: bool,
}

pub fn tokens(access: &str, refresh: &str, expires_at: &str) -> TokenSet {
    TokenSet {
        access_token: access.into(),
        refresh_token: refresh.into(),
        expires_at: expires_at.parse().unwrap(),
        scope: rejoinder::gmail::SCOPE.to_owned(),
        account: Some("me@example.com".to_owned()),
    }
}

impl Kept {
    pub fn with(tokens: TokenSet) -> Arc<Self> {
        Arc::new(Self {
            tokens: Mutex::new(Some(tokens)),
            ..Self::default()
        })
    }

    /// A token that is good for an hour.
    pub fn fresh() -> Arc<Self> {
        Self::with(tokens("kept", "refresh", "2026-11-04T13:00:00Z"))
    }

    /// A token that has run out.
    pub fn stale() -> Arc<Self> {
        Self::with(tokens("old", "refresh", "2026-11-04T11:00:00Z"))
    }
}

impl TokenKeeper for Kept {
    fn load(&self) -> BoxFuture<'_, Result<Option<TokenSet>, KeeperError>> {
        Box::pin(async {
            if self.broken {
                return Err("the key does not fit".into());
            }
            Ok(self.tokens.lock().unwrap().clone())
        })
    }

    fn save(&self, tokens: TokenSet) -> BoxFuture<'_, Result<(), KeeperError>> {
        Box::pin(async {
            self.saves.fetch_add(1, Ordering::SeqCst);
            *self.tokens.lock().unwrap() = Some(tokens);
            Ok(())
        })
    }
}
