//! The socket of the simulated services: a small HTTP/1.1 server that can do to a
//! connection what networks do. It knows nothing of Gmail or of models.
//!
//! An answer's body is a list of [`Step`]s, so that a stream has its pace and a body can
//! break off in the middle. The work behind a request runs in its own task: it is done
//! to its end even when the caller has gone away, as at a real service.

use std::collections::VecDeque;
use std::future::Future;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response};
use http_body_util::BodyExt as _;
use hyper::body::{Body, Frame, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// A request with its whole body.
#[derive(Clone, Debug)]
pub struct Asked {
    /// GET, POST and so on.
    pub method: Method,
    /// The path as it came, percent-encoded.
    pub path: String,
    /// What stands behind the question mark, or nothing.
    pub query: String,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
}

impl Asked {
    /// A header as text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// All values of a query parameter, in order.
    #[must_use]
    pub fn params(&self, name: &str) -> Vec<String> {
        url::form_urlencoded::parse(self.query.as_bytes())
            .filter(|(key, _)| key == name)
            .map(|(_, value)| value.into_owned())
            .collect()
    }

    /// The first value of a query parameter, if it is not empty.
    #[must_use]
    pub fn param(&self, name: &str) -> Option<String> {
        self.params(name)
            .into_iter()
            .find(|value| !value.is_empty())
    }

    /// A query parameter that says yes.
    #[must_use]
    pub fn flag(&self, name: &str) -> bool {
        self.param(name)
            .is_some_and(|value| matches!(value.as_str(), "true" | "1" | "yes"))
    }

    /// A field of a form body (`application/x-www-form-urlencoded`), else of the query.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<String> {
        url::form_urlencoded::parse(&self.body)
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.into_owned())
            .or_else(|| self.param(name))
    }
}

/// A piece of an answer's body.
#[derive(Clone, Debug)]
pub enum Step {
    /// These bytes.
    Bytes(Bytes),
    /// Nothing for a while.
    Pause(Duration),
    /// The connection breaks here.
    Break,
    /// Nothing any more, but the connection stays.
    Hang,
}

/// An answer: what is written, and how far.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Status code.
    pub status: u16,
    /// Headers beside the length.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub steps: Vec<Step>,
    /// `Content-Length`; without it the body is chunked when it has more than one step.
    pub length: Option<usize>,
}

impl Answer {
    /// An answer with a body of one piece.
    #[must_use]
    pub fn new(status: u16, content_type: &str, body: impl Into<Bytes>) -> Self {
        let body = body.into();
        Self {
            status,
            headers: vec![("content-type".to_owned(), content_type.to_owned())],
            length: Some(body.len()),
            steps: vec![Step::Bytes(body)],
        }
    }

    /// JSON.
    #[must_use]
    pub fn json(status: u16, body: &serde_json::Value) -> Self {
        Self::new(status, "application/json; charset=UTF-8", body.to_string())
    }

    /// A page for a person.
    #[must_use]
    pub fn html(status: u16, body: impl Into<Bytes>) -> Self {
        Self::new(status, "text/html; charset=UTF-8", body)
    }

    /// No body.
    #[must_use]
    pub fn empty(status: u16) -> Self {
        Self {
            status,
            headers: Vec::new(),
            length: Some(0),
            steps: Vec::new(),
        }
    }

    /// The same with one more header.
    #[must_use]
    pub fn with_header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The body's bytes as far as they are given.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        let mut all = Vec::new();
        for step in &self.steps {
            if let Step::Bytes(bytes) = step {
                all.extend_from_slice(bytes);
            }
        }
        all
    }

    /// The same answer broken off in the middle of its body. When `clean`, as a proxy
    /// does it that ends the answer properly after half of it; otherwise the connection
    /// breaks while the announced length has not come.
    #[must_use]
    pub fn cut(mut self, clean: bool) -> Self {
        let whole = self.bytes();
        let half = Bytes::copy_from_slice(whole.get(..whole.len() / 2).unwrap_or(&[]));
        if clean {
            self.length = Some(half.len());
            self.steps = vec![Step::Bytes(half)];
        } else {
            self.length = Some(whole.len().max(2));
            self.steps = vec![Step::Bytes(half), Step::Break];
        }
        self
    }
}

/// What becomes of a request.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// It is answered.
    Answer(Answer),
    /// The connection is closed without an answer; when `reset`, with a TCP reset.
    Drop {
        /// RST instead of FIN.
        reset: bool,
    },
    /// Nothing comes, and the connection stays until the caller closes it.
    Hang,
}

impl From<Answer> for Outcome {
    fn from(answer: Answer) -> Self {
        Self::Answer(answer)
    }
}

/// What answers the requests of a [`Server`].
pub trait Site: Send + Sync + 'static {
    /// Answers one request. Runs to its end even when the caller goes away.
    fn answer(self: Arc<Self>, asked: Asked) -> impl Future<Output = Outcome> + Send;
}

/// A server on a loopback port; stops when dropped.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    stop: CancellationToken,
    offline: watch::Sender<bool>,
}

impl Server {
    /// Starts on `127.0.0.1:port` (0: any free port), on the caller's runtime.
    ///
    /// # Errors
    /// When the port cannot be had.
    pub async fn start<S: Site>(port: u16, site: Arc<S>) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
        let address = listener.local_addr()?;
        let stop = CancellationToken::new();
        let (offline, watched) = watch::channel(false);
        let ended = stop.clone();
        tokio::spawn(async move {
            tokio::select! {
                () = ended.cancelled() => {}
                () = open_and_shut(listener, address, site, ended.clone(), watched) => {}
            }
        });
        Ok(Self {
            address,
            stop,
            offline,
        })
    }

    /// Where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// `http://127.0.0.1:PORT/`.
    #[must_use]
    pub fn base_url(&self) -> String {
        format!("http://{}/", self.address)
    }

    /// The switch that takes the server off the network (connections are refused, open
    /// ones die) and puts it back on the same port. It takes effect soon, not at once.
    #[must_use]
    pub fn offline_switch(&self) -> watch::Sender<bool> {
        self.offline.clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// Listens while online; gives the port up while offline.
async fn open_and_shut<S: Site>(
    listener: TcpListener,
    address: SocketAddr,
    site: Arc<S>,
    stop: CancellationToken,
    mut offline: watch::Receiver<bool>,
) {
    let mut listener = Some(listener);
    loop {
        let open = match listener.take() {
            Some(open) => open,
            None => match TcpListener::bind(address).await {
                Ok(open) => open,
                Err(_) => {
                    tokio::time::sleep(Duration::from_millis(5)).await;
                    continue;
                }
            },
        };
        let online = stop.child_token();
        tokio::select! {
            _ = offline.wait_for(|offline| *offline) => {}
            () = accept(&open, &site, &online) => {}
        }
        online.cancel();
        drop(open);
        if offline.wait_for(|offline| !*offline).await.is_err() {
            return;
        }
    }
}

async fn accept<S: Site>(listener: &TcpListener, site: &Arc<S>, online: &CancellationToken) {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                tokio::spawn(serve(stream, Arc::clone(site), online.clone()));
            }
            // Out of descriptors, or the peer was gone already: the next one may do.
            Err(_) => tokio::time::sleep(Duration::from_millis(5)).await,
        }
    }
}

async fn serve<S: Site>(stream: TcpStream, site: Arc<S>, online: CancellationToken) {
    let reset = Arc::new(AtomicBool::new(false));
    let wire = Wire {
        stream,
        reset: Arc::clone(&reset),
    };
    let service = service_fn(move |request: Request<Incoming>| {
        let site = Arc::clone(&site);
        let reset = Arc::clone(&reset);
        async move {
            match outcome(site, request).await? {
                Outcome::Answer(answer) => respond(answer),
                Outcome::Hang => std::future::pending().await,
                Outcome::Drop { reset: hard } => {
                    reset.store(hard, Ordering::SeqCst);
                    Err(Broken)
                }
            }
        }
    });
    let connection = hyper::server::conn::http1::Builder::new()
        .half_close(false)
        .serve_connection(TokioIo::new(wire), service);
    tokio::select! {
        () = online.cancelled() => {}
        // A connection that ends badly is what this server is for.
        _ = connection => {}
    }
}

async fn outcome<S: Site>(site: Arc<S>, request: Request<Incoming>) -> Result<Outcome, Broken> {
    let (head, body) = request.into_parts();
    let body = body.collect().await.map_err(|_| Broken)?.to_bytes();
    let asked = Asked {
        method: head.method,
        path: head.uri.path().to_owned(),
        query: head.uri.query().unwrap_or_default().to_owned(),
        headers: head.headers,
        body,
    };
    tokio::spawn(site.answer(asked)).await.map_err(|_| Broken)
}

fn respond(answer: Answer) -> Result<Response<ScriptedBody>, Broken> {
    let mut response = Response::builder().status(answer.status);
    for (name, value) in &answer.headers {
        response = response.header(name, value);
    }
    if let Some(length) = answer.length {
        response = response.header(http::header::CONTENT_LENGTH, length);
    }
    response
        .body(ScriptedBody {
            steps: answer.steps.into(),
            asleep: None,
            flushed: false,
        })
        .map_err(|_| Broken)
}

/// The connection is to end here.
#[derive(Debug, thiserror::Error)]
#[error("the simulated network broke the connection")]
pub struct Broken;

struct ScriptedBody {
    steps: VecDeque<Step>,
    asleep: Option<Pin<Box<tokio::time::Sleep>>>,
    flushed: bool,
}

impl Body for ScriptedBody {
    type Data = Bytes;
    type Error = Broken;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Broken>>> {
        loop {
            if let Some(asleep) = self.asleep.as_mut() {
                std::task::ready!(asleep.as_mut().poll(cx));
                self.asleep = None;
            }
            match self.steps.pop_front() {
                None => return Poll::Ready(None),
                Some(Step::Bytes(bytes)) if bytes.is_empty() => {}
                Some(Step::Bytes(bytes)) => return Poll::Ready(Some(Ok(Frame::data(bytes)))),
                Some(Step::Pause(pause)) => {
                    if !pause.is_zero() {
                        self.asleep = Some(Box::pin(tokio::time::sleep(pause)));
                    }
                }
                Some(Step::Hang) => {
                    self.steps.push_front(Step::Hang);
                    return Poll::Pending;
                }
                Some(Step::Break) => {
                    if self.flushed {
                        return Poll::Ready(Some(Err(Broken)));
                    }
                    // A moment, so that what was given before is written and not
                    // thrown away with the connection.
                    self.flushed = true;
                    self.steps.push_front(Step::Break);
                    cx.waker().wake_by_ref();
                    return Poll::Pending;
                }
            }
        }
    }
}

/// A connection that can be ended with a TCP reset.
struct Wire {
    stream: TcpStream,
    reset: Arc<AtomicBool>,
}

impl Drop for Wire {
    fn drop(&mut self) {
        if self.reset.load(Ordering::SeqCst) {
            // Then it is an orderly end; the caller sees a lost connection all the same.
            self.stream.set_zero_linger().ok();
        }
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Wire {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
