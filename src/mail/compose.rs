//! Building an outgoing mail: plain text in UTF-8, threading headers, our mark.
//!
//! Names, subjects and ids often come from the other side's mail and are hostile: each is
//! made one inert line, an address must be an address and an id an id, so that no value
//! can end its header and start another one. What cannot be made safe is refused (a
//! recipient) or left out (an id in the chain of references), never passed on.
//!
//! Paragraphs are not broken: the readers that leads use wrap long lines to their own
//! width, and show `format=flowed` text with its hard breaks.

use jiff::Timestamp;
use mail_builder::MessageBuilder;
use mail_builder::headers::address::Address as Mailbox;
use mail_builder::headers::date::Date;
use mail_builder::headers::message_id::MessageId;
use mail_builder::headers::raw::Raw;

use super::parse::MARK;
use super::sanitise;
use crate::domain::Address;
use crate::domain::address::is_plain_address;

/// Ids kept of a longer chain: the first, which every reader threads by, and the newest.
const REFERENCES: usize = 40;

/// Longest id that is written; a header line must stay below 998 bytes (RFC 5322 2.1.1).
const ID_BYTES: usize = 900;

/// A mail to be sent.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Outgoing {
    /// The user.
    pub from: Address,
    /// Recipients; at least one.
    pub to: Vec<Address>,
    /// Copies.
    pub cc: Vec<Address>,
    /// Subject; one line is made of it.
    pub subject: String,
    /// Plain text with any line ends.
    pub body: String,
    /// `Message-ID` of the mail that is answered, without brackets.
    pub in_reply_to: Option<String>,
    /// Its `References`, oldest first, without brackets; the answered id is added here.
    pub references: Vec<String>,
    /// Our own id, without brackets. Gmail replaces it on sending.
    pub message_id: String,
    /// The mark by which this delivery is found again: letters, digits, `-` and `_`.
    pub mark: String,
    /// When it was written.
    pub date: Timestamp,
    /// Files: name, media type, content.
    pub attachments: Vec<(String, String, Vec<u8>)>,
}

/// Why a mail cannot be built.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ComposeError {
    /// Nobody would get it.
    #[error("the mail has no recipient; name at least one address")]
    NoRecipient,
    /// An address that could break out of its header or that no server takes.
    #[error("\"{0}\" is no mail address; correct it before sending")]
    Address(String),
    /// Our own id is none.
    #[error("\"{0}\" cannot be a Message-ID; it must read local@host")]
    MessageId(String),
    /// Our own mark is none.
    #[error("\"{0}\" cannot mark a delivery; use letters, digits, - and _")]
    Mark(String),
    /// The bytes could not be written.
    #[error("the mail could not be written: {0}")]
    Write(String),
}

/// The mail as bytes (RFC 5322, CRLF line ends).
///
/// # Errors
/// When there is no recipient, or an address, our id or our mark is not one.
pub fn reply(mail: &Outgoing) -> Result<Vec<u8>, ComposeError> {
    if mail.to.is_empty() {
        return Err(ComposeError::NoRecipient);
    }
    if !is_id(&mail.message_id) {
        return Err(ComposeError::MessageId(sanitise::line(&mail.message_id)));
    }
    let mut builder = MessageBuilder::new()
        .from(mailbox(&mail.from)?)
        .to(mailboxes(&mail.to)?)
        .subject(sanitise::line(&mail.subject))
        .date(Date::new(mail.date.as_second()))
        .message_id(mail.message_id.clone())
        .header(MARK, Raw::new(mark(&mail.mark)?));
    if !mail.cc.is_empty() {
        builder = builder.cc(mailboxes(&mail.cc)?);
    }
    let parent = mail.in_reply_to.as_deref().filter(|id| is_id(id));
    if let Some(parent) = parent {
        builder = builder.in_reply_to(parent.to_owned());
    }
    let chain = chain(&mail.references, parent);
    if !chain.is_empty() {
        builder = builder.references(MessageId::new_list(chain.into_iter()));
    }
    builder = builder.text_body(body(&mail.body));
    for (name, content_type, bytes) in &mail.attachments {
        builder = builder.attachment(
            media_type(content_type),
            sanitise::file_name(name),
            bytes.clone(),
        );
    }
    builder
        .write_to_vec()
        .map_err(|error| ComposeError::Write(error.to_string()))
}

/// `References` of an answer (RFC 5322 section 3.6.4): the parent's chain and the parent,
/// each id once, the middle left out when it grows beyond [`REFERENCES`].
fn chain(references: &[String], parent: Option<&str>) -> Vec<String> {
    let mut chain: Vec<String> = Vec::new();
    let before = references
        .iter()
        .map(String::as_str)
        .filter(|id| is_id(id) && Some(*id) != parent);
    for id in before.chain(parent) {
        if !chain.iter().any(|known| known == id) {
            chain.push(id.to_owned());
        }
    }
    if chain.len() > REFERENCES {
        let newest = chain.split_off(chain.len() - (REFERENCES - 1));
        chain.truncate(1);
        chain.extend(newest);
    }
    chain
}

/// Printable ASCII with one thing in front of an `@` and one behind it, or at least no
/// character that could end the id or its header. Ids without `@` exist and thread.
fn is_id(id: &str) -> bool {
    !id.is_empty()
        && id.len() <= ID_BYTES
        && id
            .bytes()
            .all(|b| b.is_ascii_graphic() && !matches!(b, b'<' | b'>' | b'(' | b')' | b','))
        && !id.contains("=?")
}

fn mark(mark: &str) -> Result<String, ComposeError> {
    let fine = !mark.is_empty()
        && mark.len() <= 128
        && mark
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
    if fine {
        Ok(mark.to_owned())
    } else {
        Err(ComposeError::Mark(sanitise::line(mark)))
    }
}

fn mailboxes(addresses: &[Address]) -> Result<Mailbox<'static>, ComposeError> {
    let list: Result<Vec<_>, _> = addresses.iter().map(mailbox).collect();
    Ok(Mailbox::new_list(list?))
}

fn mailbox(address: &Address) -> Result<Mailbox<'static>, ComposeError> {
    let wrong = || ComposeError::Address(sanitise::line(&address.address));
    if !is_plain_address(&address.address) {
        return Err(wrong());
    }
    let (local, host) = address.address.rsplit_once('@').ok_or_else(wrong)?;
    // Servers speak ASCII hosts; a local part beyond ASCII needs what few of them offer.
    let host = if host.is_ascii() {
        host.to_owned()
    } else {
        idna::domain_to_ascii(host).map_err(|_| wrong())?
    };
    let name = address
        .name
        .as_deref()
        .map(sanitise::line)
        .filter(|name| !name.is_empty());
    Ok(Mailbox::new_address(name, format!("{local}@{host}")))
}

/// The text with CRLF line ends, without control characters, ending in one line end.
/// Invisible characters stay: emoji and several scripts are written with them.
fn body(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 64);
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    for line in text.trim_end().split('\n') {
        out.extend(
            line.trim_end()
                .chars()
                .filter(|c| *c == '\t' || !c.is_control()),
        );
        out.push_str("\r\n");
    }
    out
}

fn media_type(text: &str) -> String {
    let token = |part: &str| {
        !part.is_empty()
            && part.len() <= 120
            && part
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'+' | b'_'))
    };
    match text.split_once('/') {
        Some((main, sub))
            if token(main) && token(sub) && !matches!(main, "multipart" | "message") =>
        {
            format!("{main}/{sub}")
        }
        _ => "application/octet-stream".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::parse::{attachment, parse};
    use proptest::prelude::*;

    fn outgoing() -> Outgoing {
        Outgoing {
            from: Address::named("Jörg Müller", "joerg@example.com"),
            to: vec![Address::named("Lopez, Maria", "maria@example.org")],
            cc: vec![Address::bare("jon@example.net")],
            subject: "Re: Website – redesign".to_owned(),
            body: "Hi Maria,\n\nthanks!\r\n\tJörg\n".to_owned(),
            in_reply_to: Some("b@host".to_owned()),
            references: vec!["a@host".to_owned(), "b@host".to_owned()],
            message_id: "ours@rejoinder".to_owned(),
            mark: "0123abcd".to_owned(),
            date: Timestamp::from_second(1_800_000_000).unwrap(),
            attachments: vec![(
                "offer ü.pdf".to_owned(),
                "application/pdf".to_owned(),
                vec![0, 1, 2, 255],
            )],
        }
    }

    #[test]
    fn what_was_composed_reads_back_the_same() {
        let mail = outgoing();
        let raw = reply(&mail).unwrap();
        let read = parse(&raw).unwrap();
        assert_eq!(read.from, mail.from);
        assert_eq!(read.to, mail.to);
        assert_eq!(read.cc, mail.cc);
        assert_eq!(read.subject, mail.subject);
        assert_eq!(read.message_id.as_deref(), Some("ours@rejoinder"));
        assert_eq!(read.in_reply_to, ["b@host"]);
        assert_eq!(read.references, ["a@host", "b@host"]);
        assert_eq!(read.mark.as_deref(), Some("0123abcd"));
        assert_eq!(read.date.unwrap().timestamp(), mail.date);
        assert_eq!(read.text, "Hi Maria,\n\nthanks!\n        Jörg");
        let file = attachment(&raw, 0).unwrap();
        assert_eq!(
            (file.name.as_str(), file.bytes),
            ("offer ü.pdf", vec![0, 1, 2, 255])
        );
        assert_eq!(attachment(&raw, 1), None);
    }

    #[test]
    fn no_value_can_start_a_header_of_its_own() {
        let mut mail = outgoing();
        mail.subject = "Offer\r\nBcc: evil@example.com".to_owned();
        mail.from.name = Some("Jörg\r\nBcc: evil@example.com".to_owned());
        mail.in_reply_to = Some("x@y>\r\nBcc: evil@example.com".to_owned());
        mail.references = vec!["ok@host".to_owned(), "a b@host\r\nBcc: z".to_owned()];
        mail.attachments[0].0 = "a\"\r\nBcc: evil@example.com".to_owned();
        mail.attachments[0].1 = "text/plain\r\nBcc: evil@example.com".to_owned();
        let raw = reply(&mail).unwrap();
        let read = String::from_utf8(raw.clone()).unwrap();
        assert!(!read.lines().any(|line| line.starts_with("Bcc")), "{read}");
        let read = parse(&raw).unwrap();
        assert_eq!(read.in_reply_to, Vec::<String>::new());
        assert_eq!(read.references, ["ok@host"]);
        assert_eq!(read.subject, "Offer Bcc: evil@example.com");
    }

    #[test]
    fn what_cannot_be_made_safe_is_refused() {
        let mut mail = outgoing();
        mail.to = vec![Address::bare("a@b\r\nBcc: x@y")];
        assert!(matches!(reply(&mail), Err(ComposeError::Address(_))));
        mail.to.clear();
        assert_eq!(reply(&mail), Err(ComposeError::NoRecipient));
        let mut mail = outgoing();
        mail.message_id = "a>\r\nb".to_owned();
        assert!(matches!(reply(&mail), Err(ComposeError::MessageId(_))));
        let mut mail = outgoing();
        mail.mark = "a\nb".to_owned();
        assert!(matches!(reply(&mail), Err(ComposeError::Mark(_))));
    }

    #[test]
    fn a_long_chain_keeps_its_first_and_its_newest_ids() {
        let ids: Vec<String> = (0..500).map(|i| format!("{i}@host")).collect();
        let chain = chain(&ids, Some("parent@host"));
        assert_eq!(chain.len(), REFERENCES);
        assert_eq!(chain.first().unwrap(), "0@host");
        assert_eq!(chain.last().unwrap(), "parent@host");
    }

    #[test]
    fn an_international_host_is_written_in_ascii() {
        let mut mail = outgoing();
        mail.to = vec![Address::bare("jo@müller.de")];
        let read = parse(&reply(&mail).unwrap()).unwrap();
        assert_eq!(read.to, [Address::bare("jo@xn--mller-kva.de")]);
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn whatever_is_put_in_the_headers_are_ours_and_the_body_comes_back(
            subject in "\\PC{0,40}(\r\n)?\\PC{0,40}",
            name in "[\\PC\r\n\"<>,;:@]{0,40}",
            id in "[ -~\r\n]{0,40}",
            body in "([ -~é日]{0,100}\n){0,8}",
        ) {
            let mut mail = outgoing();
            mail.subject = subject.clone();
            mail.to[0].name = Some(name);
            mail.in_reply_to = Some(id);
            mail.body = body.clone();
            mail.attachments.clear();
            let raw = reply(&mail).unwrap();
            let (fields, _) = crate::mail::parse::fields::Fields::read(&raw);
            for (field, _) in fields.iter() {
                let known = [
                    "From", "To", "Cc", "Subject", "Date", "Message-ID", "X-Rejoinder-Id", "In-Reply-To",
                    "References", "MIME-Version", "Content-Type", "Content-Transfer-Encoding",
                ];
                prop_assert!(known.iter().any(|k| k.as_bytes() == field), "{:?}", String::from_utf8_lossy(field));
            }
            let read = parse(&raw).unwrap();
            prop_assert_eq!(read.to.len(), 1);
            prop_assert_eq!(&read.to[0].address, "maria@example.org");
            prop_assert_eq!(read.subject, sanitise::line(&subject));
            let lines: Vec<&str> = body.trim_end().lines().map(str::trim_end).collect();
            let wanted = lines.join("\n");
            prop_assert_eq!(read.text.trim(), wanted.trim());
        }
    }
}
