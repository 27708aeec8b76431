//! Person or machine: a table of rules, each with its source, tried in order.
//!
//! A wrong "bounce" or "auto-reply" hides a lead's answer, so a rule needs either a
//! header that only machines write or two independent signs in the text. What no rule
//! takes was written by a person.

use super::parse::parts::Part;
use crate::domain::message::BounceReport;
use crate::domain::{Address, MailKind};

pub mod absence;
pub mod bounce;
pub mod phrases;
pub mod signs;

use signs::Signs;

/// What a mail is judged by.
#[derive(Clone, Copy, Debug)]
pub struct Evidence<'a> {
    /// Its parts.
    pub parts: &'a [Part<'a>],
    /// The decoded subject.
    pub subject: &'a str,
    /// The author.
    pub from: &'a Address,
    /// The whole readable text.
    pub text: &'a str,
    /// The new part of it.
    pub reply: &'a str,
    /// What is quoted in it.
    pub quoted: &'a str,
}

/// The judgement.
#[derive(Clone, PartialEq, Debug)]
pub struct Judged {
    /// Person or machine.
    pub kind: MailKind,
    /// The name of the rule that decided; none for a person.
    pub rule: Option<&'static str>,
    /// What failed and why, for bounces.
    pub bounce: Option<BounceReport>,
}

/// One rule.
struct Rule {
    name: &'static str,
    kind: MailKind,
    /// Where it comes from.
    #[allow(dead_code)] // Read by people, and by the test that demands it.
    source: &'static str,
    test: fn(&Signs<'_>) -> bool,
}

const RULES: &[Rule] = &[
    Rule {
        name: "feedback report",
        kind: MailKind::FeedbackReport,
        source: "RFC 5965 section 2: multipart/report; report-type=feedback-report",
        test: |s| s.report_type == "feedback-report" || s.has_part("message/feedback-report"),
    },
    Rule {
        name: "complaint without a report part",
        kind: MailKind::FeedbackReport,
        source: "Hotmail JMRP mails; Amazon SES notification contents, notificationType",
        test: |s| {
            s.subject.starts_with("complaint about message from ") || s.notification("complaint")
        },
    },
    Rule {
        name: "unsubscribe request sent by a program",
        kind: MailKind::FeedbackReport,
        source: "RFC 2369 section 3.2 mailto: requests as Apple Mail sends them",
        test: |s| s.has("x-apple-unsubscribe") && s.auto_submitted.starts_with("auto"),
    },
    Rule {
        name: "read receipt",
        kind: MailKind::AutoReply,
        source: "RFC 8098 section 3: multipart/report; report-type=disposition-notification",
        test: |s| {
            s.report_type == "disposition-notification"
                || s.has_part("message/disposition-notification")
        },
    },
    Rule {
        name: "delivery confirmed",
        kind: MailKind::AutoReply,
        source: "RFC 3464 section 2.3.3: Action delivered, relayed or expanded is no failure",
        test: |s| s.is_report() && s.is_only_success(),
    },
    Rule {
        name: "delivery status report",
        kind: MailKind::Bounce,
        source: "RFC 3464 section 2, RFC 6522: multipart/report; report-type=delivery-status",
        test: |s| s.is_report(),
    },
    Rule {
        name: "failed recipients header",
        kind: MailKind::Bounce,
        source: "Exim specification chapter 49; Gmail and mail.ru write it too",
        test: |s| s.has("x-failed-recipients"),
    },
    Rule {
        name: "provider's bounce notification",
        kind: MailKind::Bounce,
        source: "Amazon SES notification contents, notificationType Bounce and Delivery",
        test: |s| s.notification("bounce") || s.notification("delivery"),
    },
    Rule {
        name: "mailer daemon",
        kind: MailKind::Bounce,
        source: "RFC 5321 section 4.5.5 and the names of the reports of 60 mail systems",
        test: |s| s.is_daemon() && !s.is_answering_machine(),
    },
    Rule {
        name: "empty return path and words of a bounce",
        kind: MailKind::Bounce,
        source: "RFC 5321 section 4.5.5: notifications carry a null reverse-path",
        test: |s| {
            s.has_null_path
                && !s.is_answering_machine()
                && (s.has_bounce_subject() || s.bounce_words() >= 2)
        },
    },
    Rule {
        name: "postmaster and words of a bounce",
        kind: MailKind::Bounce,
        source: "RFC 2142 section 5, Exchange 2003, Domino, IMail",
        test: |s| s.is_postmaster() && (s.has_bounce_subject() || s.bounce_words() >= 1),
    },
    Rule {
        name: "subject and words of a bounce",
        kind: MailKind::Bounce,
        source: "gateways that send under an ordinary address (kddi, InterScan, SurfControl)",
        test: |s| {
            s.has_bounce_subject()
                && !s.is_answer()
                && !s.is_list()
                && s.bounce_words() >= 2
                && !s.asks()
        },
    },
    Rule {
        name: "list server's alert",
        kind: MailKind::Bounce,
        source: "fml: X-MLServer and an alert with the original mail",
        test: |s| s.has("x-mlserver") && s.subject.contains("alert"),
    },
    Rule {
        name: "automatic answer by header",
        kind: MailKind::AutoReply,
        source: "RFC 3834 section 5: Auto-Submitted: auto-replied",
        test: |s| s.auto_submitted.starts_with("auto-replied"),
    },
    Rule {
        name: "automatic answer by older headers",
        kind: MailKind::AutoReply,
        source: "RFC 3834 section 3.1.8; headers of procmail, Exim, cPanel, Lotus, Exchange rules",
        test: |s| s.has_answering_header(),
    },
    Rule {
        name: "automatic answer by subject",
        kind: MailKind::AutoReply,
        source: "localised defaults of Exchange, Outlook, Gmail, Zimbra, Domino",
        test: |s| s.has_auto_subject(),
    },
    Rule {
        name: "mailing list",
        kind: MailKind::List,
        source: "RFC 2369, RFC 2919; X-Mailing-List, X-BeenThere of Majordomo and Mailman",
        test: |s| s.is_list(),
    },
    Rule {
        name: "absence told in the text",
        kind: MailKind::AutoReply,
        source: "what vacation texts say in every language: away, until when, whom else to ask",
        test: |s| absence::is_told(s.reply, s.has_quote),
    },
    Rule {
        name: "empty return path",
        kind: MailKind::AutoReply,
        source: "RFC 3834 section 3.3: answers of machines carry a null reverse-path",
        test: |s| s.has_null_path,
    },
    Rule {
        name: "bulk precedence",
        kind: MailKind::List,
        source: "RFC 3834 section 3.1.8: Precedence bulk, list, junk",
        test: |s| matches!(s.precedence.as_str(), "bulk" | "list" | "junk"),
    },
    Rule {
        name: "generated by a program",
        kind: MailKind::AutoReply,
        source: "RFC 3834 section 5: any Auto-Submitted but no",
        test: |s| s.auto_submitted.starts_with("auto"),
    },
    Rule {
        name: "address that takes no answers",
        kind: MailKind::AutoReply,
        source: "the conventional local parts noreply, donotreply in their spellings",
        test: |s| s.is_no_reply(),
    },
];

/// Judges a mail by everything in it.
#[must_use]
pub fn judge(evidence: &Evidence<'_>) -> Judged {
    let signs = Signs::of(evidence);
    let rule = RULES.iter().find(|rule| (rule.test)(&signs));
    let kind = rule.map_or(MailKind::Person, |rule| rule.kind);
    Judged {
        kind,
        rule: rule.map(|rule| rule.name),
        bounce: (kind == MailKind::Bounce).then(|| bounce::report(evidence)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::parse::parse;

    fn kind(raw: &str) -> MailKind {
        parse(raw.as_bytes()).unwrap().kind
    }

    #[test]
    fn every_rule_names_its_source() {
        assert!(RULES.iter().all(|rule| rule.source.len() > 20));
    }

    #[test]
    fn a_report_is_a_bounce_unless_it_tells_of_success() {
        let report = |action: &str| {
            format!(
                "From: MAILER-DAEMON@mx.example\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\n\n\
                 --b\n\nSorry.\n--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example\n\n\
                 Final-Recipient: rfc822; maria@example.org\nAction: {action}\nStatus: 5.1.1\n\
                 Diagnostic-Code: smtp; 550 5.1.1 User unknown\n\n--b\nContent-Type: text/rfc822-headers\n\n\
                 Message-ID: <ours@gmail>\nSubject: Offer\n\n--b--\n"
            )
        };
        let mail = parse(report("failed").as_bytes()).unwrap();
        assert_eq!(mail.kind, MailKind::Bounce);
        assert_eq!(
            mail.bounce,
            Some(BounceReport {
                failed_address: Some("maria@example.org".to_owned()),
                status: Some("5.1.1".to_owned()),
                reason: Some("550 5.1.1 User unknown".to_owned()),
                permanent: true,
                original_message_id: Some("ours@gmail".to_owned()),
            })
        );
        assert_eq!(kind(&report("delivered")), MailKind::AutoReply);
        assert_eq!(kind(&report("delayed")), MailKind::Bounce);
    }

    #[test]
    fn a_person_who_writes_about_a_bounce_is_a_person() {
        for mail in [
            "From: Maria <maria@example.org>\nSubject: Re: Undeliverable: Offer\nIn-Reply-To: <a@b>\n\n\
             Hi, your mail could not be delivered to me, the server said 550 5.1.1 user unknown. Try this address!\n",
            "From: Maria <maria@example.org>\nSubject: Fwd: Mail delivery failed\n\nlook at this\n\n\
             ---------- Forwarded message ---------\nFrom: Mail Delivery Subsystem <mailer-daemon@googlemail.com>\n\
             Address not found\n550 5.1.1 User unknown\n",
            "From: Maria <maria@example.org>\nSubject: Delivery problem with your parcel\n\nIt was returned to us.\n",
            "From: Jo <jo@postmasters.example>\nSubject: hello\n\nhi\n",
        ] {
            assert_eq!(kind(mail), MailKind::Person, "{mail}");
        }
    }

    #[test]
    fn bounces_without_a_report_are_known_by_sender_path_and_words() {
        for mail in [
            "From: Mail Delivery System <Mailer-Daemon@mx.example>\nSubject: Mail delivery failed\n\nx\n",
            "From: MAILER-DAEMON@mx.example\nSubject: failure notice\n\nHi. This is the qmail-send program\n",
            "Return-Path: <>\nFrom: <info@mx.example>\nSubject: Unzustellbar: Angebot\n\nIhre Nachricht wurde nicht zugestellt.\n",
            "From: postmaster@mx.example\nSubject: Undeliverable: Offer\n\nYour message did not reach some or all of the intended recipients.\n",
            "Return-Path: <>\nFrom: x@mx.example\nSubject: Не доставлено: Offer\n\nне удалось доставить 550 5.1.1\n",
        ] {
            assert_eq!(kind(mail), MailKind::Bounce, "{mail}");
        }
    }

    #[test]
    fn lists_feedback_and_generated_mail_are_told_apart() {
        assert_eq!(
            kind("From: a@b.de\nList-Id: <x.b.de>\n\nhi\n"),
            MailKind::List
        );
        assert_eq!(
            kind("From: a@b.de\nPrecedence: bulk\n\nhi\n"),
            MailKind::List
        );
        assert_eq!(
            kind(
                "Return-Path: <>\nPrecedence: bulk\nFrom: a@b.de\nSubject: Thank you for your e-mail\n\nI will reply as soon as possible.\n"
            ),
            MailKind::AutoReply
        );
        assert_eq!(
            kind("From: a@b.de\nAuto-Submitted: auto-generated\n\nhi\n"),
            MailKind::AutoReply
        );
        assert_eq!(
            kind("From: a@b.de\nAuto-Submitted: no\n\nhi\n"),
            MailKind::Person
        );
        assert_eq!(
            kind("From: no-reply@b.de\n\nYour code is 1\n"),
            MailKind::AutoReply
        );
        assert_eq!(
            kind(
                "From: a@b.de\nContent-Type: multipart/report; report-type=feedback-report; boundary=b\n\n--b\n\nx\n--b--\n"
            ),
            MailKind::FeedbackReport
        );
        assert_eq!(
            kind("From: a@b.de\nX-Auto-Response-Suppress: All\n\nhi\n"),
            MailKind::Person
        );
    }

    #[test]
    fn a_mail_without_a_text_is_told_by_its_fields() {
        assert_eq!(kind("From: MAILER-DAEMON@x.de\n\n"), MailKind::Bounce);
        assert_eq!(
            kind("From: a@b.de\nSubject: Automatic reply: Offer\n\n"),
            MailKind::AutoReply
        );
        assert_eq!(kind("From: a@b.de\nSubject: Offer\n\n"), MailKind::Person);
    }
}
