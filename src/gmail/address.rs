//! The addresses calls go to: which are allowed, and how paths and queries are put on.

use url::Url;

use super::error::{GmailError, GmailErrorKind};
use crate::config::is_loopback_url;

/// `text` as an address that may carry mail and tokens: https, or this machine itself.
///
/// # Errors
/// A sentence for a person, without the setting's name.
pub(super) fn checked(text: &str) -> Result<Url, String> {
    let url =
        Url::parse(text).map_err(|error| format!("\"{text}\" is not a web address ({error})"))?;
    match url.scheme() {
        "https" if url.host_str().is_some() => Ok(url),
        "http" if is_loopback_url(text) => Ok(url),
        "http" => Err(format!(
            "\"{text}\" would carry secrets in the clear; use https (plain http is allowed for 127.0.0.1 only)"
        )),
        _ => Err(format!("\"{text}\" is not an https address")),
    }
}

/// Where the API answers. The base ends with `/`.
#[derive(Clone, Debug)]
pub(super) struct Base(Url);

impl Base {
    pub(super) fn new(base_url: &str) -> Result<Self, GmailError> {
        checked(base_url).map(Self).map_err(|why| {
            GmailError::new(GmailErrorKind::Settings, format!("gmail.base_url: {why}"))
        })
    }

    /// The base as text, always with a `/` at its end.
    pub(super) fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// Whether calls leave this machine.
    pub(super) fn is_https(&self) -> bool {
        self.0.scheme() == "https"
    }

    /// `{base}{prefix}gmail/v1/users/me/{path}?{query}`, each piece encoded by itself.
    pub(super) fn url(&self, prefix: &[&str], path: &[&str], query: &[(&str, &str)]) -> Url {
        let mut url = self.0.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty();
            segments.extend(prefix.iter().copied());
            segments.extend(["gmail", "v1", "users", "me"]);
            segments.extend(path.iter().copied());
        }
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        url
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_from_the_server_cannot_change_the_path() {
        let base = Base::new("http://127.0.0.1:7/x/").unwrap();
        assert_eq!(
            base.url(&[], &["messages", "../a b?c/d"], &[("q", "a&b c")])
                .as_str(),
            "http://127.0.0.1:7/x/gmail/v1/users/me/messages/..%2Fa%20b%3Fc%2Fd?q=a%26b+c"
        );
    }

    #[test]
    fn plain_http_is_for_this_machine_only() {
        assert!(checked("http://127.0.0.1:80/").is_ok());
        assert!(checked("https://gmail.googleapis.com/").is_ok());
        for bad in ["http://example.com/", "ftp://127.0.0.1/", "nonsense", ""] {
            assert!(checked(bad).is_err(), "{bad}");
        }
    }
}
