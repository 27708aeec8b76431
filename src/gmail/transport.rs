//! One HTTP client for Google's API and its sign-in: TLS by ring, a time limit on every
//! step, and the truth about how far a request got. It repeats nothing by itself.

use std::error::Error as _;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, Request};
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Full};
use hyper_rustls::{ConfigBuilderExt, HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::connect::{HttpConnector, capture_connection};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use rustls::{ClientConfig, RootCertStore};
use tokio::time::{Instant, timeout, timeout_at};

use super::patience::Patience;

/// Speaks http and https.
pub(super) type Connector = HttpsConnector<HttpConnector>;
/// A request's body, as google-gmail1 has it.
pub(super) type Body = BoxBody<Bytes, hyper::Error>;
/// The pooling client, as google-gmail1 has it.
pub(super) type Client = hyper_util::client::legacy::Client<Connector, Body>;

/// Idle connections older than this are not used again: the far side may have hung up.
const POOL_IDLE: Duration = Duration::from_secs(20);

/// The largest answer taken: a 50 MB mail in base64 with room to spare.
const MOST_BYTES: usize = 100 * 1024 * 1024;

/// The two clients. Both are cheap to clone.
#[derive(Clone)]
pub(super) struct Transport {
    /// Keeps connections for the next call: for calls that may be repeated.
    pub(super) pooled: Client,
    /// A new connection for each call: for calls that must not be repeated, which
    /// therefore never die of a connection that had already been hung up.
    pub(super) single: Client,
    /// Why there are no certificates, if there are none.
    no_certificates: Option<Arc<str>>,
}

/// An answer, whole or not.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
    /// Why the body is not whole, if it is not.
    pub(super) cut: Option<String>,
}

impl Answer {
    pub(super) fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }
}

/// Why there was no answer at all.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum LostKind {
    /// No connection could be made.
    Connect,
    /// The other side's certificate is not trusted.
    Certificate,
    /// It is not valid at the time that this machine's clock shows.
    Clock,
    /// No certificates on this machine.
    NoCertificates,
    /// The connection was lost.
    Lost,
    /// No answer in time.
    Timeout,
    /// The request could not even be written down.
    Request,
}

/// A request without an answer.
#[derive(Clone, Debug)]
pub(super) struct Lost {
    pub(super) kind: LostKind,
    pub(super) detail: String,
    /// Whether the other side may have seen the request.
    pub(super) sent: bool,
}

impl Lost {
    fn unsent(kind: LostKind, detail: impl Into<String>) -> Self {
        Self {
            kind,
            detail: detail.into(),
            sent: false,
        }
    }

    pub(super) fn request(error: &http::Error) -> Self {
        Self::unsent(LostKind::Request, error.to_string())
    }
}

/// TLS by the machine's certificates, and why there are none.
fn load_tls() -> Result<(ClientConfig, Option<String>), rustls::Error> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = || {
        ClientConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
    };
    Ok(match builder()?.with_native_roots() {
        Ok(config) => (config.with_no_client_auth(), None),
        Err(error) => {
            let none = builder()?.with_root_certificates(RootCertStore::empty());
            (none.with_no_client_auth(), Some(error.to_string()))
        }
    })
}

impl Transport {
    /// Loads the machine's certificates, once for the process. That there are none is an
    /// error only once an https address is called: the demo must run on a box without any.
    ///
    /// # Errors
    /// When TLS itself cannot be set up.
    pub(super) fn new(patience: &Patience) -> Result<Self, Lost> {
        static LOADED: OnceLock<Result<(ClientConfig, Option<String>), rustls::Error>> =
            OnceLock::new();
        match LOADED.get_or_init(load_tls) {
            Ok((config, missing)) => Ok(Self::with_tls(config.clone(), missing.clone(), patience)),
            Err(error) => Err(Lost::unsent(LostKind::Request, format!("TLS: {error}"))),
        }
    }

    fn with_tls(config: ClientConfig, missing: Option<String>, patience: &Patience) -> Self {
        let mut http = HttpConnector::new();
        http.enforce_http(false);
        http.set_connect_timeout(Some(patience.connect));
        http.set_nodelay(true);
        let connector = HttpsConnectorBuilder::new()
            .with_tls_config(config)
            .https_or_http()
            .enable_all_versions()
            .wrap_connector(http);
        let mut builder = hyper_util::client::legacy::Client::builder(TokioExecutor::new());
        builder
            .retry_canceled_requests(false)
            .pool_timer(TokioTimer::new())
            .timer(TokioTimer::new())
            // A connection that died while the machine slept is noticed by a ping.
            .http2_keep_alive_interval(Duration::from_secs(5))
            .http2_keep_alive_timeout(Duration::from_secs(5));
        let single = builder
            .clone()
            .pool_max_idle_per_host(0)
            .build(connector.clone());
        let pooled = builder.pool_idle_timeout(POOL_IDLE).build(connector);
        Self {
            pooled,
            single,
            no_certificates: missing.map(Arc::from),
        }
    }

    /// Why https cannot work on this machine, if it cannot.
    pub(super) fn missing_certificates(&self) -> Option<&str> {
        self.no_certificates.as_deref()
    }

    /// One request and its answer, by one of the two clients.
    ///
    /// # Errors
    /// [`Lost`] when there is no answer; a body that broke off is an [`Answer`] that says so.
    pub(super) async fn exchange(
        &self,
        client: &Client,
        request: Request<Body>,
        limits: Limits,
    ) -> Result<Answer, Lost> {
        if let Some(why) = self.missing_certificates()
            && request.uri().scheme_str() == Some("https")
        {
            return Err(Lost::unsent(LostKind::NoCertificates, why));
        }
        let whole = Instant::now() + limits.whole;
        let mut request = request;
        let connection = capture_connection(&mut request);
        let sent = || connection.connection_metadata().is_some();
        let response = match timeout(limits.answer.min(limits.whole), client.request(request)).await
        {
            Ok(Ok(response)) => response,
            Ok(Err(error)) => return Err(lost(&error, sent())),
            Err(_) => {
                return Err(Lost {
                    kind: LostKind::Timeout,
                    detail: format!("no answer within {} s", limits.answer.as_secs()),
                    sent: sent(),
                });
            }
        };
        let (head, body) = response.into_parts();
        let (body, cut) = collect(body, limits.silence, whole).await;
        Ok(Answer {
            status: head.status.as_u16(),
            headers: head.headers,
            body,
            cut,
        })
    }
}

/// Time limits of one exchange.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    pub(super) answer: Duration,
    pub(super) silence: Duration,
    pub(super) whole: Duration,
}

/// A body of bytes for a request.
pub(super) fn body(bytes: impl Into<Bytes>) -> Body {
    Full::new(bytes.into())
        .map_err(|never| match never {})
        .boxed()
}

/// What came of the body, and why there is no more if it is not whole.
async fn collect(
    mut body: hyper::body::Incoming,
    silence: Duration,
    whole: Instant,
) -> (Bytes, Option<String>) {
    let mut bytes = BytesMut::new();
    let cut = loop {
        let until = whole.min(Instant::now() + silence);
        match timeout_at(until, body.frame()).await {
            Ok(None) => break None,
            Ok(Some(Ok(frame))) => {
                let Ok(data) = frame.into_data() else {
                    continue;
                };
                if bytes.len().saturating_add(data.len()) > MOST_BYTES {
                    break Some(format!("it is longer than {} MB", MOST_BYTES / 1_048_576));
                }
                bytes.extend_from_slice(&data);
            }
            Ok(Some(Err(error))) => break Some(chain(&error)),
            Err(_) => break Some("the rest did not come in time".to_owned()),
        }
    };
    (bytes.freeze(), cut)
}

/// Sorts a client error. `sent` says whether the request was given to a connection.
fn lost(error: &hyper_util::client::legacy::Error, sent: bool) -> Lost {
    let detail = chain(error);
    if error.is_connect() {
        let kind = causes(error)
            .find_map(|cause| certificate_cause(tls_cause(cause)?))
            .unwrap_or(LostKind::Connect);
        return Lost::unsent(kind, detail);
    }
    // Hyper says "canceled" only together with giving the request back unwritten.
    let unwritten = error
        .source()
        .and_then(|source| source.downcast_ref::<hyper::Error>())
        .is_some_and(hyper::Error::is_canceled);
    Lost {
        kind: LostKind::Lost,
        detail,
        sent: sent && !unwritten,
    }
}

/// What is wrong with the other side's certificate, if that is what it is.
fn certificate_cause(error: &rustls::Error) -> Option<LostKind> {
    use rustls::CertificateError as Wrong;
    let rustls::Error::InvalidCertificate(wrong) = error else {
        return None;
    };
    Some(match wrong {
        Wrong::Expired
        | Wrong::ExpiredContext { .. }
        | Wrong::NotValidYet
        | Wrong::NotValidYetContext { .. } => LostKind::Clock,
        _ => LostKind::Certificate,
    })
}

fn causes<'a>(
    error: &'a (dyn std::error::Error + 'static),
) -> impl Iterator<Item = &'a (dyn std::error::Error + 'static)> {
    std::iter::successors(Some(error), |error| (*error).source())
}

/// rustls' error, however many I/O errors it is wrapped in: those hide it from `source`.
fn tls_cause<'a>(cause: &'a (dyn std::error::Error + 'static)) -> Option<&'a rustls::Error> {
    let mut cause = cause;
    loop {
        if let Some(error) = cause.downcast_ref::<rustls::Error>() {
            return Some(error);
        }
        cause = cause.downcast_ref::<std::io::Error>()?.get_ref()?;
    }
}

/// The innermost reasons in one line.
fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut parts: Vec<String> = Vec::new();
    for cause in causes(error) {
        let text = cause.to_string();
        if parts.last() != Some(&text) {
            parts.push(text);
        }
    }
    parts.join(": ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use hyper::service::service_fn;
    use hyper_util::rt::TokioIo;
    use rustls::pki_types::pem::PemObject;
    use rustls::pki_types::{CertificateDer, PrivateKeyDer};
    use std::convert::Infallible;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use tokio::net::TcpListener;

    const CERTIFICATE: &[u8] = include_bytes!("../../tests/gmail/tls/cert.pem");
    const KEY: &[u8] = include_bytes!("../../tests/gmail/tls/key.pem");

    fn trusting(roots: RootCertStore) -> Transport {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        Transport::with_tls(config, None, &Patience::default())
    }

    fn limits() -> Limits {
        Limits {
            answer: Duration::from_secs(30),
            silence: Duration::from_secs(30),
            whole: Duration::from_secs(30),
        }
    }

    fn get(url: &str) -> Request<Body> {
        Request::get(url).body(body("question")).unwrap()
    }

    /// A server that speaks what Google speaks, answering with the version it was asked
    /// in; its address and how many connections it has had.
    async fn google() -> (String, Arc<AtomicUsize>) {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(
                vec![CertificateDer::from_pem_slice(CERTIFICATE).unwrap()],
                PrivateKeyDer::from_pem_slice(KEY).unwrap(),
            )
            .unwrap();
        config.alpn_protocols = vec![b"h2".to_vec()];
        let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("https://{}/", listener.local_addr().unwrap());
        let connections = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&connections);
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let (acceptor, count) = (acceptor.clone(), Arc::clone(&count));
                tokio::spawn(async move {
                    let Ok(stream) = acceptor.accept(stream).await else {
                        return;
                    };
                    count.fetch_add(1, Ordering::SeqCst);
                    let answer = service_fn(|request: Request<hyper::body::Incoming>| async move {
                        let version = format!("{:?} {}", request.version(), request.method());
                        let asked = request.into_body().collect().await.unwrap().to_bytes();
                        let text = format!("{version} {}", String::from_utf8_lossy(&asked));
                        Ok::<_, Infallible>(http::Response::new(Full::new(Bytes::from(
                            text.repeat(20_000),
                        ))))
                    });
                    hyper::server::conn::http2::Builder::new(TokioExecutor::new())
                        .serve_connection(TokioIo::new(stream), answer)
                        .await
                        .ok();
                });
            }
        });
        (url, connections)
    }

    #[tokio::test]
    async fn over_http_2_reads_share_a_connection_and_each_write_has_its_own() {
        let (url, connections) = google().await;
        let mut roots = RootCertStore::empty();
        roots
            .add(CertificateDer::from_pem_slice(CERTIFICATE).unwrap())
            .unwrap();
        let transport = trusting(roots);
        for (client, after) in [(&transport.pooled, 1), (&transport.single, 4)] {
            for _ in 0..3 {
                let answer = transport
                    .exchange(client, get(&url), limits())
                    .await
                    .unwrap();
                assert_eq!((answer.status, answer.cut), (200, None));
                assert_eq!(answer.body, "HTTP/2.0 GET question".repeat(20_000));
            }
            assert_eq!(connections.load(Ordering::SeqCst), after);
        }
    }

    #[tokio::test]
    async fn a_certificate_that_is_not_trusted_is_told_apart_and_nothing_is_sent() {
        let (url, connections) = google().await;
        let transport = trusting(RootCertStore::empty());
        let lost = transport
            .exchange(&transport.pooled, get(&url), limits())
            .await
            .unwrap_err();
        assert_eq!((lost.kind, lost.sent), (LostKind::Certificate, false));
        assert!(lost.detail.contains("UnknownIssuer"), "{}", lost.detail);
        assert_eq!(connections.load(Ordering::SeqCst), 0);
    }

    #[test]
    fn a_certificate_of_another_time_points_to_the_clock() {
        let wrong = |error| certificate_cause(&rustls::Error::InvalidCertificate(error));
        use rustls::CertificateError as Wrong;
        assert_eq!(wrong(Wrong::Expired), Some(LostKind::Clock));
        assert_eq!(wrong(Wrong::NotValidYet), Some(LostKind::Clock));
        assert_eq!(wrong(Wrong::UnknownIssuer), Some(LostKind::Certificate));
    }

    #[tokio::test]
    async fn without_certificates_https_is_an_error_and_no_panic() {
        let mut transport = trusting(RootCertStore::empty());
        transport.no_certificates = Some(Arc::from("no bundle"));
        let lost = transport
            .exchange(&transport.pooled, get("https://127.0.0.1:1/"), limits())
            .await
            .unwrap_err();
        assert_eq!(lost.kind, LostKind::NoCertificates);
    }
}
