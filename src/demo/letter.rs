//! Mail as the people outside write it: built with a fixed date and id, so that a run
//! can be repeated byte by byte (but for the boundaries of multiparts).

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use jiff::Timestamp;
use mail_builder::MessageBuilder;
use mail_builder::headers::date::Date;
use mail_builder::headers::raw::Raw;

use crate::domain::Address;

/// A mail to be built.
#[derive(Clone, Debug, Default)]
pub struct Letter {
    /// The author.
    pub from: Address,
    /// The recipients.
    pub to: Vec<Address>,
    /// The subject.
    pub subject: String,
    /// The plain text, if there is one.
    pub text: Option<String>,
    /// The html, if there is some.
    pub html: Option<String>,
    /// `Message-ID` without brackets; one made of the content when not given.
    pub message_id: Option<String>,
    /// `In-Reply-To`, without brackets.
    pub in_reply_to: Vec<String>,
    /// `References`, without brackets.
    pub references: Vec<String>,
    /// `Date`.
    pub date: Timestamp,
    /// Further headers, as they are written.
    pub headers: Vec<(String, String)>,
    /// Files: name, media type, content.
    pub files: Vec<(String, String, Vec<u8>)>,
}

impl Letter {
    /// A plain mail.
    #[must_use]
    pub fn new(from: Address, to: Address, subject: &str, text: &str) -> Self {
        Self {
            from,
            to: vec![to],
            subject: subject.to_owned(),
            text: Some(text.to_owned()),
            ..Self::default()
        }
    }

    /// Written at that time.
    #[must_use]
    pub const fn dated(mut self, date: Timestamp) -> Self {
        self.date = date;
        self
    }

    /// With that `Message-ID` (without brackets).
    #[must_use]
    pub fn with_id(mut self, id: &str) -> Self {
        self.message_id = Some(id.to_owned());
        self
    }

    /// An answer to the mail with that `Message-ID`, whose own references were these.
    #[must_use]
    pub fn answering(mut self, id: &str, references: &[String]) -> Self {
        self.in_reply_to = vec![id.to_owned()];
        self.references = references.to_vec();
        self.references.retain(|one| one != id);
        self.references.push(id.to_owned());
        self
    }

    /// With one more header.
    #[must_use]
    pub fn with_header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The `Message-ID` it has or gets, without brackets.
    #[must_use]
    pub fn id(&self) -> String {
        if let Some(id) = &self.message_id {
            return id.clone();
        }
        let mut hash = DefaultHasher::new();
        (&self.from.address, &self.subject, &self.text, &self.html).hash(&mut hash);
        let domain = self.from.address.rsplit('@').next().unwrap_or("local");
        format!(
            "{:x}.{:x}@{domain}",
            self.date.as_millisecond(),
            hash.finish()
        )
    }

    /// The mail's bytes.
    #[must_use]
    pub fn build(&self) -> Vec<u8> {
        let pair = |one: &Address| {
            let name = one.name.clone().unwrap_or_default();
            (name, one.address.clone())
        };
        let mut mail = MessageBuilder::new()
            .from(pair(&self.from))
            .to(self.to.iter().map(pair).collect::<Vec<_>>())
            .subject(self.subject.as_str())
            .date(Date::new(self.date.as_second()))
            .message_id(self.id());
        if !self.in_reply_to.is_empty() {
            mail = mail.in_reply_to(self.in_reply_to.clone());
        }
        if !self.references.is_empty() {
            mail = mail.references(self.references.clone());
        }
        for (name, value) in &self.headers {
            mail = mail.header(name.as_str(), Raw::new(value.as_str()));
        }
        if let Some(text) = &self.text {
            mail = mail.text_body(text.as_str());
        }
        if let Some(html) = &self.html {
            mail = mail.html_body(html.as_str());
        }
        for (name, kind, content) in &self.files {
            mail = mail.attachment(kind.as_str(), name.as_str(), content.as_slice());
        }
        // Writing to memory cannot fail.
        mail.write_to_vec().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::clock::Clock;

    #[test]
    fn the_same_letter_is_the_same_mail() {
        let letter = || {
            Letter::new(
                Address::named("María López", "maria@bakery.example"),
                Address::bare("sam@example.com"),
                "Página",
                "¿Cuánto cuesta?",
            )
            .dated(Clock::fixed().now())
            .answering("b@x", &["a@x".to_owned(), "b@x".to_owned()])
            .with_header("X-Mailer", "Post")
            .build()
        };
        let text = String::from_utf8(letter()).unwrap();
        assert_eq!(letter(), text.as_bytes());
        assert!(text.contains("References: <a@x> <b@x>\r\n"), "{text}");
        assert!(
            text.contains("Date: Mon, 2 Nov 2026 09:00:00 +0000\r\n"),
            "{text}"
        );
        assert!(text.contains("X-Mailer: Post\r\n"), "{text}");
        assert!(text.contains("@bakery.example>"), "{text}");
    }
}
