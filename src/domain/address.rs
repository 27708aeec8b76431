//! A mail address with its display name (RFC 5322 `mailbox`).

use std::fmt;

use serde::{Deserialize, Serialize};

/// A display name and an `addr-spec`, both already free of control characters.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
pub struct Address {
    /// The display name, if the mail gave one.
    pub name: Option<String>,
    /// `local@domain` as written.
    pub address: String,
}

impl Address {
    /// An address without a name.
    #[must_use]
    pub fn bare(address: &str) -> Self {
        Self {
            name: None,
            address: address.to_owned(),
        }
    }

    /// An address with a name; an empty name is none.
    #[must_use]
    pub fn named(name: &str, address: &str) -> Self {
        let name = name.trim();
        Self {
            name: (!name.is_empty()).then(|| name.to_owned()),
            address: address.to_owned(),
        }
    }

    /// The form addresses are compared by: lower case, without white space around.
    /// (RFC 5321 leaves the local part's case to the receiver; no large one uses it.)
    #[must_use]
    pub fn key(&self) -> String {
        address_key(&self.address)
    }

    /// The name, or else the address.
    #[must_use]
    pub fn label(&self) -> &str {
        self.name.as_deref().unwrap_or(&self.address)
    }
}

/// See [`Address::key`].
#[must_use]
pub fn address_key(address: &str) -> String {
    address.trim().to_lowercase()
}

/// Whether the text can be a recipient: one `@`, something on both sides, no white
/// space, controls, brackets, commas or quotes. Stricter than RFC 5321 on purpose:
/// what it refuses is never a lead's address but may be an injected header.
#[must_use]
pub fn is_plain_address(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else {
        return false;
    };
    let fine = |c: char| {
        !c.is_whitespace()
            && !c.is_control()
            && !matches!(c, '<' | '>' | ',' | ';' | '"' | '(' | ')' | '@' | '\\')
    };
    !local.is_empty()
        && !domain.is_empty()
        && text.len() <= 320
        && local.chars().all(fine)
        && domain.chars().all(fine)
        && !domain.starts_with('.')
        && !domain.ends_with('.')
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.name {
            Some(name) => write!(f, "{name} <{}>", self.address),
            None => f.write_str(&self.address),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_address_has_one_at_and_nothing_that_could_start_a_header() {
        for good in ["a@b", "maria.lopez+x@example.com", "jörg@müller.de"] {
            assert!(is_plain_address(good), "{good}");
        }
        for bad in [
            "",
            "a",
            "@b",
            "a@",
            "a b@c",
            "a@b\r\nBcc: x@y",
            "<a@b>",
            "a@b,c@d",
            "a@b@c",
            "a@.b",
        ] {
            assert!(!is_plain_address(bad), "{bad:?}");
        }
    }

    #[test]
    fn addresses_are_compared_without_case() {
        assert_eq!(
            Address::bare(" Maria@Example.COM").key(),
            "maria@example.com"
        );
    }
}
