//! Reading a mail: from bytes to what a conversation keeps of it.
//!
//! Any bytes are read without a panic, in time and memory linear in their number. The
//! parts are found by [`parts`], header values by [`fields`], the text is chosen by
//! [`body`]; what is a quote and what is new is told by [`super::reply`], what sort of
//! sender wrote it by [`super::kind`]. Every string that leaves this module has passed
//! the sanitiser.

use jiff::Zoned;
use jiff::tz::TimeZone;

use super::kind;
use super::reply::{self, Segment};
use super::sanitise::{self, domain};
use crate::domain::message::BounceReport;
use crate::domain::{Address, Attachment, MailKind};

pub mod body;
pub mod charset;
pub mod fields;
pub mod parts;
pub mod transfer;
pub mod warning;

pub use warning::Warning;

/// The header that marks our own deliveries.
pub const MARK: &str = "X-Rejoinder-Id";

/// Largest mail that is read, in bytes. Gmail takes 50 MB.
const MAIL_BYTES: usize = 160 * 1024 * 1024;

/// Why bytes are no mail.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum MailError {
    /// There is nothing.
    #[error("the mail is empty; fetch or export it again")]
    Empty,
    /// There is no header field at its start.
    #[error(
        "this is no mail: it does not begin with header fields; choose a file in RFC 5322 form (.eml)"
    )]
    NoHeader,
    /// It is beyond every provider's limit.
    #[error(
        "the mail has {0} bytes, more than the 160 MB that are read; save its attachments with another program"
    )]
    TooLarge(usize),
}

/// A mail as a person should see it. Everything in it is sanitised.
#[derive(Clone, PartialEq, Debug)]
pub struct Mail {
    /// `Message-ID` without brackets.
    pub message_id: Option<String>,
    /// `In-Reply-To` ids without brackets, in order.
    pub in_reply_to: Vec<String>,
    /// `References` ids without brackets, oldest first.
    pub references: Vec<String>,
    /// Author: `From`, or else `Sender`. The address is empty when there is none.
    pub from: Address,
    /// `To` recipients.
    pub to: Vec<Address>,
    /// `Cc` recipients.
    pub cc: Vec<Address>,
    /// `Reply-To`, where an answer goes if it is set.
    pub reply_to: Vec<Address>,
    /// Decoded subject on one line.
    pub subject: String,
    /// `Date` with the zone it was written in.
    pub date: Option<Zoned>,
    /// Readable text of the whole mail.
    pub text: String,
    /// What is new, quoted, signature ... in `text`, in order, without gaps.
    pub segments: Vec<Segment>,
    /// What the person newly wrote.
    pub reply: String,
    /// The quoted part, with its attribution lines.
    pub quoted: String,
    /// Signature and disclaimer.
    pub signature: String,
    /// Person or machine.
    pub kind: MailKind,
    /// Set for bounces.
    pub bounce: Option<BounceReport>,
    /// Files that came along; the position is the index for [`attachment`].
    pub attachments: Vec<Attachment>,
    /// What was odd, hidden or broken.
    pub warnings: Vec<Warning>,
    /// The mark of one of our own deliveries ([`MARK`]).
    pub mark: Option<String>,
    /// `Delivered-To` and `X-Original-To`: the address this copy came for.
    pub delivered_to: Vec<String>,
    /// `List-Id` (RFC 2919), without brackets.
    pub list_id: Option<String>,
    /// `X-GM-THRID` of Google Takeout archives.
    pub gmail_thread_id: Option<String>,
    /// `X-Gmail-Labels` of Google Takeout archives.
    pub gmail_labels: Vec<String>,
}

/// The bytes of an attachment with the name to save them by.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AttachmentBytes {
    /// A safe file name; never empty.
    pub name: String,
    /// Media type.
    pub content_type: String,
    /// The decoded content.
    pub bytes: Vec<u8>,
}

/// Reads a whole mail.
///
/// # Errors
/// When the bytes are no mail at all, see [`MailError`].
pub fn parse(raw: &[u8]) -> Result<Mail, MailError> {
    check(raw)?;
    let parts = parts::walk(raw);
    let root = parts.first().ok_or(MailError::NoHeader)?;
    let charset = parts
        .iter()
        .find_map(|part| part.parameters.charset.as_deref());
    let mut mail = of_headers(&root.fields, charset)?;
    let plan = body::plan(&parts);
    let read = body::read(&parts, &plan);
    mail.warnings.extend(read.warnings);
    let split = reply::split_marked(&read.text, &read.marks);
    mail.text = read.text;
    mail.reply = split.reply;
    mail.quoted = split.quoted;
    mail.signature = split.signature;
    mail.segments = split.segments;
    mail.attachments = body::attachments(&parts, &plan);
    let judged = kind::judge(&kind::Evidence {
        parts: &parts,
        subject: &mail.subject,
        from: &mail.from,
        text: &mail.text,
        reply: &mail.reply,
    });
    mail.kind = judged.kind;
    mail.bounce = judged.bounce;
    Ok(mail)
}

/// Reads the header fields only: text, segments and attachments stay empty, and the kind
/// is judged by headers alone. Costs microseconds whatever the size of the mail.
///
/// # Errors
/// When the bytes are no mail at all, see [`MailError`].
pub fn parse_headers(raw: &[u8]) -> Result<Mail, MailError> {
    check(raw)?;
    let (fields, _) = fields::Fields::read(raw);
    let mut mail = of_headers(&fields, None)?;
    mail.kind = kind::of_headers(&fields, &mail.from, &mail.subject);
    Ok(mail)
}

/// The bytes of an attachment by its index in [`Mail::attachments`]; none when there is no
/// such attachment.
#[must_use]
pub fn attachment(raw: &[u8], index: usize) -> Option<AttachmentBytes> {
    check(raw).ok()?;
    let parts = parts::walk(raw);
    let plan = body::plan(&parts);
    let listed = body::attachments(&parts, &plan).into_iter().nth(index)?;
    let part = parts.get(*plan.attached.get(index)?)?;
    let (bytes, _) = transfer::decode(part.body, part.encoding);
    Some(AttachmentBytes {
        name: sanitise::file_name(&listed.name),
        content_type: listed.content_type,
        bytes,
    })
}

fn check(raw: &[u8]) -> Result<(), MailError> {
    if raw.iter().all(u8::is_ascii_whitespace) {
        return Err(MailError::Empty);
    }
    if raw.len() > MAIL_BYTES {
        return Err(MailError::TooLarge(raw.len()));
    }
    Ok(())
}

fn of_headers(fields: &fields::Fields<'_>, charset: Option<&str>) -> Result<Mail, MailError> {
    if fields.is_empty() {
        return Err(MailError::NoHeader);
    }
    let from = fields
        .addresses("from", charset)
        .into_iter()
        .chain(fields.addresses("sender", charset))
        .find(|address| !address.address.is_empty() || address.name.is_some())
        .unwrap_or_default();
    let reply_to = fields.addresses("reply-to", charset);
    let date = fields
        .date("date")
        .map(|(at, offset)| at.to_zoned(TimeZone::fixed(offset)));
    let single = |name: &str| fields.line(name, charset);
    Ok(Mail {
        message_id: fields.ids("message-id").into_iter().next(),
        in_reply_to: fields.ids("in-reply-to"),
        references: fields.ids("references"),
        warnings: header_warnings(&from, &reply_to),
        from,
        to: fields.addresses("to", charset),
        cc: fields.addresses("cc", charset),
        reply_to,
        subject: single("subject").unwrap_or_default(),
        date,
        text: String::new(),
        segments: Vec::new(),
        reply: String::new(),
        quoted: String::new(),
        signature: String::new(),
        kind: MailKind::Person,
        bounce: None,
        attachments: Vec::new(),
        mark: single(MARK),
        delivered_to: ["delivered-to", "x-original-to"]
            .into_iter()
            .flat_map(|name| fields.addresses(name, None))
            .map(|address| address.address)
            .collect(),
        list_id: single("list-id").map(|id| list_id(&id)),
        gmail_thread_id: single("x-gm-thrid"),
        gmail_labels: single("x-gmail-labels")
            .map(|labels| {
                labels
                    .split(',')
                    .map(|label| label.trim().to_owned())
                    .filter(|label| !label.is_empty())
                    .collect()
            })
            .unwrap_or_default(),
    })
}

fn list_id(value: &str) -> String {
    value
        .rsplit_once('<')
        .and_then(|(_, id)| id.split('>').next())
        .unwrap_or(value)
        .trim()
        .to_owned()
}

fn header_warnings(from: &Address, reply_to: &[Address]) -> Vec<Warning> {
    let mut found = Vec::new();
    for address in std::iter::once(from).chain(reply_to) {
        let host = address.address.rsplit('@').next().unwrap_or("");
        if matches!(domain::look(host), domain::Look::Deceptive(_)) {
            found.push(Warning::DeceptiveDomain(domain::marked(host)));
        }
    }
    if let Some(name) = &from.name
        && let Some(shown) = name
            .split([' ', '<', '>', '(', ')', '"'])
            .find(|word| crate::domain::address::is_plain_address(word))
        && shown.contains('.')
        && !shown.eq_ignore_ascii_case(&from.address)
    {
        found.push(Warning::DeceptiveName {
            name: shown.to_owned(),
            address: from.address.clone(),
        });
    }
    found.dedup();
    found
}
