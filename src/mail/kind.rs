//! Person or machine.

use super::parse::fields::Fields;
use super::parse::parts::Part;
use crate::domain::message::BounceReport;
use crate::domain::{Address, MailKind};

/// What is looked at.
#[derive(Clone, Copy, Debug)]
pub struct Evidence<'a> {
    /// The parts.
    pub parts: &'a [Part<'a>],
    /// The subject.
    pub subject: &'a str,
    /// The author.
    pub from: &'a Address,
    /// The whole text.
    pub text: &'a str,
    /// The new part of it.
    pub reply: &'a str,
}

/// The judgement.
#[derive(Clone, PartialEq, Debug)]
pub struct Judged {
    /// The kind.
    pub kind: MailKind,
    /// For bounces.
    pub bounce: Option<BounceReport>,
}

/// Judges a mail.
#[must_use]
pub fn judge(evidence: &Evidence<'_>) -> Judged {
    let kind = evidence.parts.first().map_or(MailKind::Person, |root| {
        of_headers(&root.fields, evidence.from, evidence.subject)
    });
    Judged { kind, bounce: None }
}

/// Judges by headers alone.
#[must_use]
pub fn of_headers(fields: &Fields<'_>, _from: &Address, _subject: &str) -> MailKind {
    if fields.has("list-id") {
        return MailKind::List;
    }
    match fields.word("auto-submitted") {
        Some(word) if !word.starts_with("no") => MailKind::AutoReply,
        _ => MailKind::Person,
    }
}
