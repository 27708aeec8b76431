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
mod pieces;
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
    for host in imitations(&mail.text) {
        let found = Warning::DeceptiveDomain(host);
        if !mail.warnings.contains(&found) {
            mail.warnings.push(found);
        }
    }
    let judged = kind::judge(&kind::Evidence {
        parts: &parts,
        subject: &mail.subject,
        from: &mail.from,
        text: &mail.text,
        reply: &mail.reply,
        quoted: &mail.quoted,
    });
    mail.kind = judged.kind;
    mail.bounce = judged.bounce;
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
        bytes: bytes.into_owned(),
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
    let from = author(fields, charset);
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
                    .map(sanitise::line)
                    .filter(|label| !label.is_empty())
                    .collect()
            })
            .unwrap_or_default(),
    })
}

/// The first author with an address: a name with a semicolon in it looks like several
/// mailboxes, and only the last of them has one. Else whoever is named.
fn author(fields: &fields::Fields<'_>, charset: Option<&str>) -> Address {
    let from = fields.addresses("from", charset);
    let with_address = from.iter().find(|one| one.address.contains('@')).cloned();
    let named = |one: &Address| !one.address.is_empty() || one.name.is_some();
    with_address
        .or_else(|| from.into_iter().find(named))
        .or_else(|| fields.addresses("sender", charset).into_iter().find(named))
        .unwrap_or_default()
}

fn list_id(value: &str) -> String {
    value
        .rsplit_once('<')
        .and_then(|(_, id)| id.split('>').next())
        .map_or_else(|| value.trim().to_owned(), sanitise::line)
}

/// Hosts in a text that imitate others: of addresses of pages and of people.
fn imitations(text: &str) -> Vec<String> {
    /// Places looked at, and findings kept.
    const PLACES: usize = 2_000;
    const FINDINGS: usize = 20;
    let mut found: Vec<String> = Vec::new();
    if text.is_ascii() && !text.contains("xn--") {
        return found;
    }
    let places = text
        .match_indices("://")
        .chain(text.match_indices('@'))
        .take(PLACES);
    for (at, opener) in places {
        let after = text.get(at + opener.len()..).unwrap_or_default();
        let end = after
            .char_indices()
            .take(256)
            .find(|(_, c)| !(c.is_alphanumeric() || matches!(c, '.' | '-')))
            .map_or(after.len().min(256), |(end, _)| end);
        let host = after.get(..end).unwrap_or_default().trim_matches('.');
        if matches!(domain::look(host), domain::Look::Deceptive(_)) {
            let marked = domain::marked(host);
            if found.len() < FINDINGS && !found.contains(&marked) {
                found.push(marked);
            }
        }
    }
    found
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
            name: sanitise::line(shown),
            address: from.address.clone(),
        });
    }
    found.dedup();
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_mail_of_several_parts_is_read_as_a_person_would() {
        let raw = "From: =?utf-8?q?Mar=C3=ADa?= <maria@example.org>\r\nTo: Jo <jo@example.com>\r\nSubject: Re: Offer\r\n\
            Date: Tue, 3 Nov 2026 14:01:05 +0100\r\nMessage-ID: <1@example.org>\r\nIn-Reply-To: 0@example.com\r\n\
            Content-Type: multipart/mixed; boundary=m\r\n\r\n--m\r\nContent-Type: multipart/alternative; boundary=a\r\n\r\n\
            --a\r\nContent-Type: text/plain; charset=utf-8; format=flowed\r\n\r\nSounds \r\ngood.\r\n\r\nJo wrote:\r\n> Hi\r\n\
            --a\r\nContent-Type: text/html\r\n\r\n<p>Sounds good.</p>\r\n--a--\r\n\
            --m\r\nContent-Type: application/pdf; name=\"../plan.pdf\"\r\nContent-Transfer-Encoding: base64\r\n\r\nAAEC\r\n--m--\r\n";
        let mail = parse(raw.as_bytes()).unwrap();
        assert_eq!(mail.from, Address::named("María", "maria@example.org"));
        assert_eq!(mail.in_reply_to, ["0@example.com"]);
        assert_eq!(mail.reply, "Sounds good.");
        assert_eq!(mail.quoted, "Jo wrote:\n> Hi");
        assert_eq!(mail.kind, MailKind::Person);
        assert_eq!(
            mail.date.unwrap().to_string(),
            "2026-11-03T14:01:05+01:00[+01:00]"
        );
        assert_eq!(mail.attachments[0].name, "plan.pdf");
        assert_eq!(mail.attachments[0].bytes, 3);
        assert_eq!(attachment(raw.as_bytes(), 0).unwrap().bytes, [0, 1, 2]);
        assert_eq!(attachment(raw.as_bytes(), 1), None);
    }

    #[test]
    fn html_is_read_when_the_plain_part_says_nothing() {
        let mail = |plain: &str| {
            let raw = format!(
                "From: a@b.de\nContent-Type: multipart/alternative; boundary=a\n\n--a\n\n{plain}\n--a\n\
                 Content-Type: multipart/related; boundary=r\n\n--r\nContent-Type: text/html\n\n<p>From html</p>\n\
                 --r\nContent-Type: image/png; name=logo.png\n\nPNG\n--r--\n--a--\n"
            );
            parse(raw.as_bytes()).unwrap().text
        };
        assert_eq!(mail(""), "From html");
        assert_eq!(mail("Your program cannot show HTML."), "From html");
        assert_eq!(mail("From plain"), "From plain");
    }

    #[test]
    fn hostile_fields_come_out_inert_and_are_told() {
        let raw = "From: \"paypal@paypal.com\" <x@evil.example>\nReply-To: y@xn--80ak6aa92e.com\n\
            Subject: =?utf-8?q?=1B]0;owned=07 =E2=80=AEfdp?=\n\nhi\x1b[2J\u{200b}\n";
        let mail = parse(raw.as_bytes()).unwrap();
        assert_eq!(mail.subject, "␛]0;owned fdp");
        assert_eq!(mail.text, "hi");
        let codes: Vec<&str> = mail.warnings.iter().map(Warning::code).collect();
        assert_eq!(
            codes,
            [
                "deceptive_domain",
                "deceptive_name",
                "control_characters",
                "invisible_characters"
            ]
        );
    }

    #[test]
    fn a_name_that_is_an_address_is_told_even_without_one() {
        let mail = parse(b"From: \"pay@paypal.com now\"\n\nhi").unwrap();
        assert_eq!(mail.from.address, "");
        let told: Vec<String> = mail.warnings.iter().map(ToString::to_string).collect();
        assert_eq!(
            told,
            ["the sender calls itself pay@paypal.com but gives no address"]
        );
    }

    #[test]
    fn a_text_in_no_charset_is_told_in_a_whole_sentence() {
        let raw = b"From: a@b.de\nContent-Type: text/plain; charset=\0\n\nhi";
        let mail = parse(raw).unwrap();
        let told: Vec<String> = mail.warnings.iter().map(ToString::to_string).collect();
        assert_eq!(told, ["some of the text is not valid text"]);
    }

    #[test]
    fn imitated_hosts_in_a_text_are_told_once() {
        let raw = "From: a@b.de\nContent-Type: text/plain; charset=utf-8\n\nsee https://\u{440}\u{430}ypal.com/x \
            and \u{440}\u{430}ypal.com, write to a@xn--80ak6aa92e.com or https://\u{440}\u{430}ypal.com/y; https://müller.de/";
        let mail = parse(raw.as_bytes()).unwrap();
        let codes: Vec<&str> = mail.warnings.iter().map(Warning::code).collect();
        assert_eq!(codes, ["deceptive_domain", "deceptive_domain"]);
    }

    #[test]
    fn files_beside_a_text_that_is_not_shown_are_listed() {
        let raw = "From: a@b.de\nContent-Type: multipart/alternative; boundary=a\n\n--a\n\nThe plan is below.\n--a\n\
            Content-Type: multipart/mixed; boundary=m\n\n--m\nContent-Type: text/html\n\n<p>The plan is below.\n\
            --m\nContent-Type: application/pdf; name=plan.pdf\n\nPDF\n--m\nContent-Type: multipart/related; boundary=r\n\n\
            --r\nContent-Type: text/html\n\n<p>Bye\n--r\nContent-Type: image/png; name=shot.png\nContent-ID: <1@b.de>\n\nPNG\n\
            --r--\n--m--\n--a--\n";
        let mail = parse(raw.as_bytes()).unwrap();
        assert_eq!(mail.text, "The plan is below.");
        let names: Vec<&str> = mail
            .attachments
            .iter()
            .map(|file| file.name.as_str())
            .collect();
        assert_eq!(names, ["plan.pdf", "shot.png"]);
        assert_eq!(attachment(raw.as_bytes(), 1).unwrap().bytes, b"PNG");
    }

    #[test]
    fn what_is_no_mail_is_an_error_that_says_what_to_do() {
        assert_eq!(parse(b" \n"), Err(MailError::Empty));
        assert_eq!(parse(b"no header here\n"), Err(MailError::NoHeader));
    }

    #[test]
    fn fields_that_are_missing_or_doubled_do_no_harm() {
        let mail = parse(b"Subject: \nSubject: second\nTo: a@b\nTo: c@d\n\nhi").unwrap();
        assert_eq!(mail.subject, "second");
        assert_eq!(mail.to.len(), 2);
        assert_eq!(mail.from, Address::default());
        assert_eq!(mail.date, None);
        assert_eq!(mail.message_id, None);
        let mail = parse(b"From: Lopez; Maria <maria@b.de>\n\nhi").unwrap();
        assert_eq!(mail.from.address, "maria@b.de");
        let mail = parse(b"From: Maria Lopez\nSender: a@b.de\n\nhi").unwrap();
        assert_eq!(mail.from, Address::named("Maria Lopez", ""));
    }

    #[test]
    fn the_fields_of_gmails_export_and_of_lists_are_read() {
        let raw = b"From: a@b.de\nDelivered-To: me@x.de\nX-GM-THRID: 17\nX-Gmail-Labels: Inbox,Unread\nList-Id: Users <users.x.de>\n\nbody";
        let mail = parse(raw).unwrap();
        assert_eq!(mail.delivered_to, ["me@x.de"]);
        assert_eq!(mail.gmail_thread_id.as_deref(), Some("17"));
        assert_eq!(mail.gmail_labels, ["Inbox", "Unread"]);
        assert_eq!(mail.list_id.as_deref(), Some("users.x.de"));
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn any_bytes_are_read_without_harm(pieces in prop::collection::vec(prop_oneof![
            prop::collection::vec(any::<u8>(), 0..12),
            prop::sample::select(vec![
                "From: ", "To: ", "Subject: ", "Date: ", "References: ", "Content-Type: ", "Content-Transfer-Encoding: ", "\n", "\r\n",
                "\n\n", "multipart/mixed; boundary=b", "multipart/alternative; boundary=\"b\"", "--b\n", "--b--\n", "text/html; charset=utf-16",
                "text/plain; charset=iso-2022-jp; format=flowed; delsp=yes", "message/rfc822", "message/delivery-status", "base64", "quoted-printable",
                "x-uuencode", "=?utf-8?b?4oCu?=", "=?x?q?=1B?=", "<a@b>", "a@b", "> q\n", "On Tue, Nov 3, 2026 at 2:01 PM Jo wrote:\n", "-- \n", "<div hidden>",
                "Final-Recipient: rfc822; a@b.de\n", "Return-Path: <>\n", "; name*=utf-8''%1B%5B", "\u{1b}[31m",
            ]).prop_map(|text| text.as_bytes().to_vec()),
        ], 0..40)) {
            let raw = pieces.concat();
            if let Ok(mail) = parse(&raw) {
                for line in [&mail.subject, &mail.from.address] {
                    prop_assert_eq!(&sanitise::line(line), line);
                }
                prop_assert_eq!(&sanitise::text(&mail.text), &mail.text);
                prop_assert_eq!(mail.segments.last().map_or(0, |last| last.range.end), mail.text.len());
                for index in 0..mail.attachments.len() {
                    let bytes = attachment(&raw, index).unwrap();
                    prop_assert_eq!(bytes.bytes.len() as u64, mail.attachments[index].bytes);
                    prop_assert_eq!(sanitise::file_name(&bytes.name), bytes.name);
                }
            }
        }
    }
}
