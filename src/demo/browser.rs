//! The person at the browser, for the demo and for tests of signing in: visits the
//! consent address and follows it to where it leads, on this machine only.

use http_body_util::{BodyExt as _, Empty};
use hyper::body::Bytes;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use url::Url;

/// Why a visit failed.
#[derive(Debug, thiserror::Error)]
pub enum VisitError {
    /// The address is not one of this machine's.
    #[error("\"{0}\" is not an http address of this machine; the demo visits no others")]
    NotLocal(String),
    /// Nobody answered.
    #[error("{url} did not answer: {why}")]
    NoAnswer {
        /// The address.
        url: String,
        /// Why.
        why: String,
    },
    /// It leads in a circle.
    #[error("{0} leads from one address to another without end")]
    TooFar(String),
}

/// What is shown at the end of a visit.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Page {
    /// Where the visit ended.
    pub url: String,
    /// The status there.
    pub status: u16,
    /// What is on the page.
    pub text: String,
}

/// Visits an address and follows its redirects.
///
/// # Errors
/// See [`VisitError`].
pub async fn visit(address: &str) -> Result<Page, VisitError> {
    let client = Client::builder(TokioExecutor::new()).build_http::<Empty<Bytes>>();
    let mut url = local(address)?;
    for _ in 0..6 {
        let failed = |why: String| VisitError::NoAnswer {
            url: url.to_string(),
            why,
        };
        let uri = url
            .as_str()
            .parse()
            .map_err(|error: http::uri::InvalidUri| failed(error.to_string()))?;
        let answer = client
            .get(uri)
            .await
            .map_err(|error| failed(error.to_string()))?;
        let status = answer.status();
        let next = answer
            .headers()
            .get(http::header::LOCATION)
            .and_then(|next| next.to_str().ok())
            .and_then(|next| url.join(next).ok());
        if let (true, Some(next)) = (status.is_redirection(), next) {
            url = local(next.as_str())?;
            continue;
        }
        let body = answer.into_body().collect().await;
        let body = body.map_err(|error| failed(error.to_string()))?.to_bytes();
        return Ok(Page {
            url: url.to_string(),
            status: status.as_u16(),
            text: String::from_utf8_lossy(&body).into_owned(),
        });
    }
    Err(VisitError::TooFar(address.to_owned()))
}

fn local(address: &str) -> Result<Url, VisitError> {
    Url::parse(address)
        .ok()
        .filter(|url| {
            url.scheme() == "http"
                && matches!(url.host_str(), Some("127.0.0.1" | "localhost" | "[::1]"))
        })
        .ok_or_else(|| VisitError::NotLocal(address.to_owned()))
}
