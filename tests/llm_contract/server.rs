//! A loopback server that answers with exactly the bytes a test wants, piece by piece,
//! and keeps what it was sent. It speaks just enough HTTP to be cut off in the middle.

use std::cell::Cell;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::Instant;

/// What a connection does after its request was read.
#[derive(Clone, Debug)]
pub enum Step {
    /// Writes these bytes as they are.
    Send(Vec<u8>),
    /// Stops the clock: from now on waiting takes no time, until the next request.
    Pause,
    /// Lets so much time pass, with the clock stopped.
    Wait(Duration),
    /// Keeps the connection open and says nothing more, with the clock stopped.
    Hang,
}

/// One request as it came.
#[derive(Clone, Debug)]
pub struct Seen {
    /// Method and path.
    pub line: String,
    /// Header lines in lower case names.
    pub headers: Vec<(String, String)>,
    /// The body as it was sent.
    pub raw: String,
    /// Time on the stopped clock since the answer before, in milliseconds.
    pub waited_ms: u128,
}

thread_local! {
    /// When the clock of this test (one thread, one runtime) was stopped. It runs while
    /// bytes are on their way, as a stopped clock would jump to the next time-out
    /// meanwhile, and stands still where a test wants time to pass.
    static STOPPED_AT: Cell<Option<Instant>> = const { Cell::new(None) };
}

fn stop_clock() {
    if STOPPED_AT.get().is_none() {
        tokio::time::pause();
        STOPPED_AT.set(Some(Instant::now()));
    }
}

/// Milliseconds that passed on the stopped clock, to ten (timers round up by one).
fn start_clock() -> u128 {
    match STOPPED_AT.take() {
        Some(at) => {
            let waited = at.elapsed().as_millis();
            tokio::time::resume();
            waited / 10 * 10
        }
        None => 0,
    }
}

impl Seen {
    /// A header's value.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    /// The body as JSON.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.raw).unwrap()
    }
}

/// The server; ends with the test's runtime.
pub struct Server {
    /// `http://127.0.0.1:PORT`.
    pub base: String,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Server {
    /// Answers the first connection with the first script, and so on; the last script
    /// answers all further ones.
    pub async fn start(scripts: Vec<Vec<Step>>) -> Self {
        start_clock();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let seen = Arc::new(Mutex::new(Vec::new()));
        let mut scripts: VecDeque<Vec<Step>> = scripts.into();
        let log = Arc::clone(&seen);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let script = if scripts.len() > 1 {
                    scripts.pop_front().unwrap()
                } else {
                    scripts.front().cloned().unwrap_or_default()
                };
                tokio::spawn(serve(stream, script, Arc::clone(&log)));
            }
        });
        Self { base, seen }
    }

    /// The requests so far.
    pub fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }
}

async fn serve(mut stream: TcpStream, script: Vec<Step>, log: Arc<Mutex<Vec<Seen>>>) {
    let Some(mut seen) = read_request(&mut stream).await else {
        return;
    };
    seen.waited_ms = start_clock();
    log.lock().unwrap().push(seen);
    for step in script {
        match step {
            Step::Send(bytes) => {
                if stream.write_all(&bytes).await.is_err() {
                    return;
                }
                stream.flush().await.unwrap();
                tokio::task::yield_now().await;
            }
            Step::Pause => stop_clock(),
            Step::Wait(time) => {
                stop_clock();
                tokio::time::sleep(time).await;
                start_clock();
            }
            Step::Hang => {
                stop_clock();
                std::future::pending::<()>().await;
            }
        }
    }
}

async fn read_request(stream: &mut TcpStream) -> Option<Seen> {
    let mut bytes = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let count = stream.read(&mut buffer).await.ok()?;
        if count == 0 {
            return None;
        }
        bytes.extend_from_slice(&buffer[..count]);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else {
            continue;
        };
        let mut lines = head.lines();
        let line = lines.next()?.trim_end_matches(" HTTP/1.1").to_owned();
        let headers: Vec<(String, String)> = lines
            .filter_map(|line| line.split_once(": "))
            .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
            .collect();
        let length = headers
            .iter()
            .find(|(name, _)| name == "content-length")
            .map_or(0, |(_, value)| value.parse().unwrap());
        if body.len() >= length {
            return Some(Seen {
                line,
                headers,
                raw: body.to_owned(),
                waited_ms: 0,
            });
        }
    }
}

/// A whole answer without a stream, such as an error.
pub fn plain(status: u16, headers: &[(&str, &str)], body: &str) -> Vec<Step> {
    let mut text = format!("HTTP/1.1 {status} X\r\nconnection: close\r\n");
    if !headers.iter().any(|(name, _)| *name == "content-type") {
        text.push_str("content-type: application/json\r\n");
    }
    for (name, value) in headers {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    text.push_str(&format!("content-length: {}\r\n\r\n{body}", body.len()));
    vec![Step::Send(text.into_bytes())]
}

/// A stream in chunks; `whole` says whether it ends with the last chunk of HTTP or is cut.
pub fn stream(pieces: &[&[u8]], whole: bool) -> Vec<Step> {
    let mut steps = vec![Step::Send(HEAD.to_vec())];
    steps.extend(pieces.iter().map(|piece| chunk(piece)));
    if whole {
        steps.push(Step::Send(b"0\r\n\r\n".to_vec()));
    }
    steps
}

/// The head of a stream.
pub const HEAD: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; charset=utf-8\r\n\
    connection: close\r\ntransfer-encoding: chunked\r\n\r\n";

/// One chunk of a stream.
pub fn chunk(piece: &[u8]) -> Step {
    let mut bytes = format!("{:x}\r\n", piece.len()).into_bytes();
    bytes.extend_from_slice(piece);
    bytes.extend_from_slice(b"\r\n");
    Step::Send(bytes)
}
