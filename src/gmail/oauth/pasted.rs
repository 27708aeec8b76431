//! Reads what a person pasted: the address the browser ended on, its query, the bare
//! code, or the text of Google's error page.

use base64::Engine;
use url::{Url, form_urlencoded};

use super::mend;
use crate::gmail::text;

/// The parameters of Google's redirect.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Redirect {
    pub(super) code: Option<String>,
    pub(super) state: Option<String>,
    pub(super) error: Option<String>,
    pub(super) said: String,
}

/// What a pasted text is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Pasted {
    /// The redirected address.
    Redirect(Redirect),
    /// Only the code.
    Code(String),
    /// Google's error page, with the mend.
    Explained(String),
    /// Nothing pasted.
    Nothing,
    /// Something else.
    Nonsense,
}

impl Redirect {
    /// From the query of an address, without its `?`.
    pub(super) fn from_query(query: &str) -> Self {
        let mut redirect = Self::default();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            let value = Some(value.into_owned()).filter(|value| !value.is_empty());
            match name.as_ref() {
                "code" => redirect.code = redirect.code.or(value),
                "state" => redirect.state = redirect.state.or(value),
                "error" => redirect.error = redirect.error.or(value),
                "error_description" => redirect.said = value.unwrap_or_default(),
                _ => {}
            }
        }
        redirect
    }

    fn is_answer(&self) -> bool {
        self.code.is_some() || self.error.is_some()
    }
}

/// What `text` is. Terminals and chat programs wrap long addresses, so white space inside
/// it is taken out first.
pub(super) fn read(text: &str) -> Pasted {
    let joined: String = text
        .chars()
        .filter(|c| !c.is_whitespace() && !c.is_control())
        .collect();
    let joined = joined.trim_matches(['"', '\'', '<', '>', '`']);
    if joined.is_empty() {
        return Pasted::Nothing;
    }
    let query = match Url::parse(joined) {
        Ok(url) => url.query().unwrap_or_default().to_owned(),
        Err(_) => joined
            .split_once('?')
            .map_or(joined, |(_, query)| query)
            .to_owned(),
    };
    let query = query.split('#').next().unwrap_or_default();
    let redirect = Redirect::from_query(query);
    if redirect.is_answer() {
        return Pasted::Redirect(redirect);
    }
    if let Some(mend) = explained(text, joined) {
        return Pasted::Explained(mend);
    }
    code(joined).map_or(Pasted::Nonsense, Pasted::Code)
}

/// A code alone, as Google's are: `4/0A...`, perhaps percent-encoded.
fn code(joined: &str) -> Option<String> {
    let plain = form_urlencoded::parse(format!("c={joined}").as_bytes())
        .next()
        .map(|(_, value)| value.into_owned())?;
    let fits = plain.len() >= 8
        && plain.len() <= 1_024
        && !plain.contains("://")
        && plain
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "/-_.~=".contains(c));
    fits.then_some(plain)
}

/// The mend for an error page of Google's, pasted as text or as its address, which
/// carries the error as base64 in `authError`.
fn explained(text: &str, joined: &str) -> Option<String> {
    let hidden = Url::parse(joined).ok().and_then(|url| {
        let (_, value) = url.query_pairs().find(|(name, _)| name == "authError")?;
        let bytes = text::decode(&value).or_else(|| {
            base64::engine::general_purpose::STANDARD
                .decode(value.as_bytes())
                .ok()
        })?;
        Some(String::from_utf8_lossy(&bytes).into_owned())
    });
    let said = format!("{text} {}", hidden.unwrap_or_default());
    mend::WORDS
        .iter()
        .find(|word| said.contains(**word))
        .and_then(|word| mend::of(word, &said))
        .map(|(_, mend)| mend)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn redirect(code: &str, state: Option<&str>) -> Pasted {
        Pasted::Redirect(Redirect {
            code: Some(code.into()),
            state: state.map(str::to_owned),
            ..Redirect::default()
        })
    }

    #[test]
    fn the_whole_address_is_read_however_it_was_copied() {
        let wanted = redirect("4/0Ab_c", Some("st"));
        for text in [
            "http://127.0.0.1:8080/?state=st&code=4/0Ab_c&scope=https://www.googleapis.com/auth/gmail.modify",
            "  http://127.0.0.1:8080/?state=st&code=4%2F0Ab_c\n",
            "\"http://127.0.0.1:8080/?state=st&co\nde=4/0Ab_c\"",
            "127.0.0.1:8080/?state=st&code=4/0Ab_c",
            "?state=st&code=4/0Ab_c#",
            "state=st&code=4/0Ab_c",
        ] {
            assert_eq!(read(text), wanted, "{text}");
        }
    }

    #[test]
    fn a_bare_code_is_read_encoded_or_not() {
        for text in ["4/0Ab_cdef-G", "4%2F0Ab_cdef-G\r\n"] {
            assert_eq!(read(text), Pasted::Code("4/0Ab_cdef-G".into()), "{text}");
        }
    }

    #[test]
    fn googles_error_page_is_explained() {
        use base64::engine::general_purpose::STANDARD;
        let hidden = STANDARD.encode("\n\x15redirect_uri_mismatch\x12 You can't sign in");
        let address = format!(
            "https://accounts.google.com/signin/oauth/error?authError={}&client_id=x",
            form_urlencoded::byte_serialize(hidden.as_bytes()).collect::<String>()
        );
        for (text, words) in [
            (address.as_str(), "Desktop app"),
            (
                "Error 403: access_denied\nrejoinder has not completed the Google verification process.",
                "Test users",
            ),
            ("Error 403: org_internal", "External"),
        ] {
            let Pasted::Explained(mend) = read(text) else {
                panic!("{text}: {:?}", read(text))
            };
            assert!(mend.contains(words), "{mend}");
        }
    }

    #[test]
    fn anything_else_is_nonsense_and_panics_nobody() {
        assert_eq!(read(" \n"), Pasted::Nothing);
        for text in [
            "hello",
            "yes please!",
            "https://example.com/",
            "%%%%%%%%%",
            "?",
            "¿qué es esto?",
        ] {
            assert_eq!(read(text), Pasted::Nonsense, "{text}");
        }
    }
}
