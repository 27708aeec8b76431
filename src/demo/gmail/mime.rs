//! What the simulation must know of a mail's inside: the few headers it threads and
//! searches by, the text, the tree of parts as the API shows it, and the header block
//! rewritten as Gmail does it on sending. It is Google's view of a mail, kept apart from
//! the product's own reading of mail so that the one does not hide faults of the other.

use mail_parser::{HeaderValue, Message, MessageParser, MessagePart, MimeHeaders as _, PartType};
use serde_json::{Value, json};

use super::wire;
use crate::domain::Address;

/// The header that marks a mail as one of the product's deliveries.
pub const MARK_HEADER: &str = "X-Rejoinder-Id";

/// The few headers and the text of a mail.
#[derive(Clone, Debug, Default)]
pub struct Head {
    /// `Message-ID` without brackets.
    pub message_id: Option<String>,
    /// Ids of `In-Reply-To` and then `References`, without brackets.
    pub refers_to: Vec<String>,
    /// The author.
    pub from: Address,
    /// `To`.
    pub to: Vec<Address>,
    /// `Cc`.
    pub cc: Vec<Address>,
    /// `Bcc`.
    pub bcc: Vec<Address>,
    /// The decoded subject.
    pub subject: String,
    /// The value of [`MARK_HEADER`].
    pub mark: Option<String>,
    /// The readable text.
    pub text: String,
    /// Whether a file is attached.
    pub has_attachment: bool,
}

impl Head {
    /// Everybody the mail goes to.
    pub fn recipients(&self) -> impl Iterator<Item = &Address> {
        self.to.iter().chain(&self.cc).chain(&self.bcc)
    }
}

/// Reads a mail; what cannot be read is empty.
#[must_use]
pub fn read(raw: &[u8]) -> Head {
    let Some(message) = MessageParser::default().parse(raw) else {
        return Head::default();
    };
    let mut refers_to = ids(message.in_reply_to());
    for id in ids(message.references()) {
        if !refers_to.contains(&id) {
            refers_to.push(id);
        }
    }
    Head {
        message_id: message.message_id().map(ToOwned::to_owned),
        refers_to,
        from: addresses(message.from())
            .into_iter()
            .next()
            .unwrap_or_default(),
        to: addresses(message.to()),
        cc: addresses(message.cc()),
        bcc: addresses(message.bcc()),
        subject: message.subject().unwrap_or_default().to_owned(),
        mark: header_text(&message, MARK_HEADER),
        text: message.body_text(0).unwrap_or_default().into_owned(),
        has_attachment: message.attachment_count() > 0,
    }
}

fn ids(value: &HeaderValue<'_>) -> Vec<String> {
    match value {
        HeaderValue::Text(id) => vec![id.to_string()],
        HeaderValue::TextList(ids) => ids.iter().map(ToString::to_string).collect(),
        _ => Vec::new(),
    }
}

fn addresses(found: Option<&mail_parser::Address<'_>>) -> Vec<Address> {
    found
        .into_iter()
        .flat_map(|list| list.iter())
        .filter_map(|one| {
            let address = one.address()?.to_owned();
            Some(Address::named(one.name().unwrap_or_default(), &address))
        })
        .collect()
}

/// The first header of that name, decoded.
fn header_text(message: &Message<'_>, name: &str) -> Option<String> {
    headers(message, message.parts.first()?)
        .into_iter()
        .find(|(key, _)| key.eq_ignore_ascii_case(name))
        .map(|(_, value)| value)
}

/// The headers of a part in order, unfolded and decoded.
fn headers(message: &Message<'_>, part: &MessagePart<'_>) -> Vec<(String, String)> {
    part.headers
        .iter()
        .map(|header| {
            let start = usize::try_from(header.offset_start).unwrap_or(usize::MAX);
            let end = usize::try_from(header.offset_end).unwrap_or(0);
            let bytes = message.raw_message.get(start..end).unwrap_or_default();
            let value = match mail_parser::parsers::MessageStream::new(bytes).parse_unstructured() {
                HeaderValue::Text(text) => text.into_owned(),
                _ => String::new(),
            };
            (header.name.as_str().to_owned(), value)
        })
        .collect()
}

/// How much of a mail `messages.get` gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shown {
    /// The whole tree of parts.
    Full,
    /// Headers only, these when there are any named.
    Metadata(Vec<String>),
}

/// The `payload` of a message resource.
#[must_use]
pub fn payload(raw: &[u8], shown: &Shown) -> Value {
    let Some(message) = MessageParser::default().parse(raw) else {
        return json!({ "partId": "", "mimeType": "text/plain", "filename": "", "headers": [], "body": { "size": 0 } });
    };
    match shown {
        Shown::Full => part_json(&message, 0, "", &mut 0),
        Shown::Metadata(wanted) => {
            let Some(root) = message.parts.first() else {
                return json!({});
            };
            let headers: Vec<Value> = headers(&message, root)
                .into_iter()
                .filter(|(name, _)| {
                    wanted.is_empty() || wanted.iter().any(|one| one.eq_ignore_ascii_case(name))
                })
                .map(|(name, value)| json!({ "name": name, "value": value }))
                .collect();
            let mut payload = json!({ "mimeType": mime_type(root) });
            if let (Some(object), false) = (payload.as_object_mut(), headers.is_empty()) {
                object.insert("headers".to_owned(), Value::Array(headers));
            }
            payload
        }
    }
}

/// The bytes of an attachment by the id that [`payload`] gave it.
#[must_use]
pub fn attachment(raw: &[u8], id: &str) -> Option<Vec<u8>> {
    let wanted: usize = id.strip_prefix("ANGjdJ")?.parse().ok()?;
    let message = MessageParser::default().parse(raw)?;
    let mut count = 0;
    nth_attachment(&message, 0, wanted, &mut count)
}

fn nth_attachment(
    message: &Message<'_>,
    part: u32,
    wanted: usize,
    count: &mut usize,
) -> Option<Vec<u8>> {
    let part = message.part(part)?;
    match &part.body {
        PartType::Multipart(children) => children
            .iter()
            .find_map(|child| nth_attachment(message, *child, wanted, count)),
        PartType::Message(inner) => nth_attachment(inner, 0, wanted, count),
        _ if is_attached(part) => {
            *count += 1;
            (*count == wanted).then(|| part.contents().to_vec())
        }
        _ => None,
    }
}

fn is_attached(part: &MessagePart<'_>) -> bool {
    part.attachment_name().is_some_and(|name| !name.is_empty())
        || matches!(part.body, PartType::Binary(_) | PartType::InlineBinary(_))
}

fn part_json(message: &Message<'_>, id: u32, path: &str, attached: &mut usize) -> Value {
    let Some(part) = message.part(id) else {
        return json!({});
    };
    let below = |index: usize| {
        if path.is_empty() {
            index.to_string()
        } else {
            format!("{path}.{index}")
        }
    };
    let headers: Vec<Value> = headers(message, part)
        .into_iter()
        .map(|(name, value)| json!({ "name": name, "value": value }))
        .collect();
    let mut parts = Vec::new();
    let body = match &part.body {
        PartType::Multipart(children) => {
            for (index, child) in children.iter().enumerate() {
                parts.push(part_json(message, *child, &below(index), attached));
            }
            json!({ "size": 0 })
        }
        PartType::Message(inner) => {
            parts.push(part_json(inner, 0, &below(0), attached));
            json!({ "size": 0 })
        }
        _ if is_attached(part) => {
            *attached += 1;
            json!({ "attachmentId": format!("ANGjdJ{attached}"), "size": part.contents().len() })
        }
        _ => json!({ "size": part.contents().len(), "data": wire::base64url(part.contents()) }),
    };
    let mut value = json!({
        "partId": path,
        "mimeType": mime_type(part),
        "filename": part.attachment_name().unwrap_or_default(),
        "headers": headers,
        "body": body,
    });
    if let (Some(object), false) = (value.as_object_mut(), parts.is_empty()) {
        object.insert("parts".to_owned(), Value::Array(parts));
    }
    value
}

fn mime_type(part: &MessagePart<'_>) -> String {
    part.content_type().map_or_else(
        || "text/plain".to_owned(),
        |kind| match kind.subtype() {
            Some(subtype) => format!("{}/{subtype}", kind.ctype()).to_lowercase(),
            None => kind.ctype().to_lowercase(),
        },
    )
}

/// The beginning of the text as `snippet` gives it: one line, html-escaped.
#[must_use]
pub fn snippet(text: &str) -> String {
    let mut line = String::new();
    for word in text.split_whitespace() {
        if line.chars().count() + word.chars().count() > 190 {
            break;
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    line.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&#39;")
}

/// What Gmail changes in a mail that leaves.
#[derive(Clone, Debug)]
pub struct Rewrite<'a> {
    /// The new `Message-ID`, without brackets; none to keep the sender's own.
    pub message_id: Option<&'a str>,
    /// The `From` to put in place of the sender's, when that is none of the account's.
    pub from: Option<&'a str>,
    /// `Date`, for a mail that has none.
    pub date: &'a str,
    /// Drop headers that begin with `X-`.
    pub without_x: bool,
}

/// The mail with its header block changed.
#[must_use]
pub fn rewrite(raw: &[u8], change: &Rewrite<'_>) -> Vec<u8> {
    let (fields, body) = split(raw);
    let mut out = format!(
        "Received: from 407408718192 named unknown by gmailapi.google.com with HTTPREST; {}\r\n",
        change.date
    )
    .into_bytes();
    let (mut has_id, mut has_date) = (false, false);
    for field in fields {
        let name = field.split(|byte| *byte == b':').next().unwrap_or_default();
        let name = String::from_utf8_lossy(name).trim().to_ascii_lowercase();
        let replaced = match (name.as_str(), change.message_id, change.from) {
            ("message-id", Some(id), _) if !has_id => Some(format!("Message-ID: <{id}>\r\n")),
            ("message-id", Some(_), _) => Some(String::new()),
            ("from", _, Some(from)) => Some(format!("From: {from}\r\n")),
            _ if change.without_x && name.starts_with("x-") => Some(String::new()),
            _ => None,
        };
        has_id |= name == "message-id";
        has_date |= name == "date";
        match replaced {
            Some(text) => out.extend_from_slice(text.as_bytes()),
            None => out.extend_from_slice(field),
        }
    }
    if let (false, Some(id)) = (has_id, change.message_id) {
        out.extend_from_slice(format!("Message-ID: <{id}>\r\n").as_bytes());
    }
    if !has_date {
        out.extend_from_slice(format!("Date: {}\r\n", change.date).as_bytes());
    }
    out.extend_from_slice(b"\r\n");
    out.extend_from_slice(body);
    out
}

/// The header fields, each with its folded lines and line ends, and the body.
fn split(raw: &[u8]) -> (Vec<&[u8]>, &[u8]) {
    let mut fields: Vec<&[u8]> = Vec::new();
    let mut rest = raw;
    let mut start = raw;
    let mut length = 0;
    while !rest.is_empty() {
        let line = rest
            .iter()
            .position(|byte| *byte == b'\n')
            .map_or(rest.len(), |end| end + 1);
        let (head, tail) = rest.split_at(line);
        let blank = matches!(head, b"\n" | b"\r\n");
        let folded = matches!(head.first(), Some(b' ' | b'\t')) && !blank;
        if !folded {
            if length > 0 {
                fields.push(start.get(..length).unwrap_or_default());
            }
            start = rest;
            length = 0;
        }
        if blank {
            return (fields, tail);
        }
        length += line;
        rest = tail;
    }
    if length > 0 {
        fields.push(start.get(..length).unwrap_or_default());
    }
    (fields, rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAIL: &str = "From: Sam Doe <sam@example.com>\r\nTo: a@example.org\r\nMessage-ID:\r\n <mine@local>\r\nX-Rejoinder-Id: m1\r\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\nReferences: <a@x>\r\n <b@x>\r\nIn-Reply-To: <b@x>\r\n\r\nbody\r\n";

    #[test]
    fn sending_replaces_the_message_id_and_keeps_the_rest() {
        let sent = rewrite(
            MAIL.as_bytes(),
            &Rewrite {
                message_id: Some("CA1@mail.gmail.com"),
                from: None,
                date: "Mon, 2 Nov 2026 09:00:00 +0000",
                without_x: false,
            },
        );
        let text = String::from_utf8(sent.clone()).unwrap();
        assert!(!text.contains("mine@local"), "{text}");
        assert!(text.ends_with("\r\n\r\nbody\r\n"), "{text}");
        let head = read(&sent);
        assert_eq!(head.message_id.as_deref(), Some("CA1@mail.gmail.com"));
        assert_eq!(head.mark.as_deref(), Some("m1"));
        assert_eq!(head.subject, "Grüße");
        assert_eq!(head.refers_to, ["b@x", "a@x"]);
        assert_eq!(head.text.trim(), "body");
    }

    #[test]
    fn a_mail_without_a_body_or_a_header_is_still_sent() {
        let change = Rewrite {
            message_id: Some("n@x"),
            from: Some("sam@example.com"),
            date: "Mon, 2 Nov 2026 09:00:00 +0000",
            without_x: true,
        };
        for mail in ["", "\r\nbody", "To: a@b\nX-Mine: 1\nFrom: other@x"] {
            let head = read(&rewrite(mail.as_bytes(), &change));
            assert_eq!(head.message_id.as_deref(), Some("n@x"), "{mail:?}");
        }
    }

    #[test]
    fn the_tree_of_parts_names_attachments_that_can_be_fetched() {
        let raw = "From: a@b\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\nContent-Type: text/plain\r\n\r\nhi\r\n--x\r\nContent-Type: application/pdf; name=p.pdf\r\nContent-Disposition: attachment; filename=p.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\nUERG\r\n--x--\r\n";
        let tree = payload(raw.as_bytes(), &Shown::Full);
        assert_eq!(tree["parts"][0]["mimeType"], "text/plain");
        assert_eq!(tree["parts"][1]["filename"], "p.pdf");
        let id = tree["parts"][1]["body"]["attachmentId"].as_str().unwrap();
        assert_eq!(attachment(raw.as_bytes(), id).unwrap(), b"PDF");
        assert_eq!(attachment(raw.as_bytes(), "ANGjdJ9"), None);
        let some = payload(raw.as_bytes(), &Shown::Metadata(vec!["from".to_owned()]));
        assert_eq!(some["headers"][0]["value"], "a@b");
        assert_eq!(some["headers"].as_array().unwrap().len(), 1);
    }
}
