//! What the verb `inspect` prints of a mail: a record with fixed keys, the contract for
//! scripts.

use serde::Serialize;

use super::parse::Mail;
use crate::domain::message::BounceReport;
use crate::domain::{Address, Attachment, MailKind};

/// One line of `inspect --json`: a mail, or why a file is none.
#[derive(Clone, PartialEq, Debug, Serialize)]
#[serde(untagged)]
pub enum Inspection {
    /// A mail.
    Mail(Box<Inspected>),
    /// A file that could not be read.
    Broken {
        /// The file, as it was named.
        file: String,
        /// Why, and what to do.
        error: String,
    },
}

/// A mail by the keys of the contract.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Inspected {
    /// The file, as it was named.
    pub file: String,
    /// Where the mail begins in it, for all but the first of an mbox.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offset: Option<u64>,
    /// `Message-ID` without brackets.
    pub message_id: Option<String>,
    /// `In-Reply-To` ids without brackets.
    pub in_reply_to: Vec<String>,
    /// `References` ids without brackets, oldest first.
    pub references: Vec<String>,
    /// Author.
    pub from: Address,
    /// Recipients.
    pub to: Vec<Address>,
    /// Copies.
    pub cc: Vec<Address>,
    /// Decoded subject.
    pub subject: String,
    /// RFC 3339, UTC.
    pub date: Option<jiff::Timestamp>,
    /// Person or machine.
    pub kind: MailKind,
    /// Whom a bounce could not be delivered to and why; of no other mail.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bounce: Option<BounceReport>,
    /// The whole text.
    pub text: String,
    /// What is new in it.
    pub reply: String,
    /// What is quoted.
    pub quoted: String,
    /// Signature and disclaimer.
    pub signature: String,
    /// Files.
    pub attachments: Vec<Attachment>,
    /// What was odd, in words.
    pub warnings: Vec<String>,
}

impl Inspection {
    /// Of bytes.
    #[must_use]
    pub fn of(file: &str, raw: &[u8]) -> Self {
        match super::parse::parse(raw) {
            Ok(mail) => Self::of_mail(file, mail),
            Err(error) => Self::broken(file, &error),
        }
    }

    /// Of a mail that was read already.
    #[must_use]
    pub fn of_mail(file: &str, mail: Mail) -> Self {
        Self::Mail(Box::new(Inspected {
            file: file.to_owned(),
            offset: None,
            message_id: mail.message_id,
            in_reply_to: mail.in_reply_to,
            references: mail.references,
            from: mail.from,
            to: mail.to,
            cc: mail.cc,
            subject: mail.subject,
            date: mail.date.map(|date| date.timestamp()),
            kind: mail.kind,
            bounce: mail.bounce,
            text: mail.text,
            reply: mail.reply,
            quoted: mail.quoted,
            signature: mail.signature,
            attachments: mail.attachments,
            warnings: mail.warnings.iter().map(ToString::to_string).collect(),
        }))
    }

    /// The same, with the place of the mail in its file.
    #[must_use]
    pub fn at(mut self, place: u64) -> Self {
        if let Self::Mail(mail) = &mut self {
            mail.offset = (place > 0).then_some(place);
        }
        self
    }

    /// Of a file that could not be read.
    #[must_use]
    pub fn broken(file: &str, error: &dyn std::fmt::Display) -> Self {
        Self::Broken {
            file: file.to_owned(),
            error: error.to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mail_has_exactly_the_keys_of_the_contract() {
        let raw = b"From: A <a@b.de>\nDate: Tue, 3 Nov 2026 14:01:05 +0100\nSubject: x\n\nhi\n";
        let line = serde_json::to_value(Inspection::of("x.eml", raw)).unwrap();
        let keys: Vec<&str> = line
            .as_object()
            .unwrap()
            .keys()
            .map(String::as_str)
            .collect();
        let mut wanted = vec![
            "file",
            "message_id",
            "in_reply_to",
            "references",
            "from",
            "to",
            "cc",
            "subject",
            "date",
            "kind",
            "text",
            "reply",
            "quoted",
            "signature",
            "attachments",
            "warnings",
        ];
        wanted.sort_unstable();
        let mut keys = keys;
        keys.sort_unstable();
        assert_eq!(keys, wanted);
        assert_eq!(line["date"], "2026-11-03T13:01:05Z");
        assert_eq!(line["from"]["address"], "a@b.de");
        assert_eq!(line["kind"], "person");
    }

    #[test]
    fn a_bounce_tells_whom_it_did_not_reach_and_why() {
        let raw = b"From: Mail Delivery System <MAILER-DAEMON@mx.example>\n\
            Subject: Undelivered Mail Returned to Sender\nTo: sam@studio.example\n\
            Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n\
            --b\n\nIt could not be delivered.\n--b\n\
            Content-Type: message/delivery-status\n\n\
            Reporting-MTA: dns; mx.example\n\n\
            Final-Recipient: rfc822; maria@bakery.example\nAction: failed\nStatus: 5.1.1\n\
            Diagnostic-Code: smtp; 550 5.1.1 no such user\n--b--\n";
        let line = serde_json::to_value(Inspection::of("x.eml", raw)).unwrap();
        assert_eq!(line["kind"], "bounce");
        assert_eq!(line["bounce"]["failed_address"], "maria@bakery.example");
        assert_eq!(line["bounce"]["status"], "5.1.1");
        assert_eq!(line["bounce"]["permanent"], true);
        let Inspection::Mail(mail) = Inspection::of("x.eml", raw) else {
            panic!("{line}")
        };
        assert!(
            mail.bounce
                .unwrap()
                .to_string()
                .contains("maria@bakery.example: 550 5.1.1")
        );
    }

    #[test]
    fn what_is_no_mail_is_a_line_with_an_error() {
        let line = serde_json::to_value(Inspection::of("x", b"")).unwrap();
        assert_eq!(line["file"], "x");
        assert!(line["error"].as_str().unwrap().contains("empty"));
    }
}
