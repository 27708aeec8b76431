//! Mail that machines write: the report that a mail could not be delivered, as Gmail's
//! own mailer sends it (RFC 3464), and the headers of automatic answers and lists.

use jiff::Timestamp;

use crate::domain::Address;

/// The mail that could not be delivered.
pub(super) struct Undelivered<'a> {
    /// Whom it went to.
    pub to: &'a str,
    /// Its `Message-ID` without brackets.
    pub message_id: &'a str,
    /// Its subject.
    pub subject: &'a str,
    /// When it was sent.
    pub sent_at: Timestamp,
}

fn rfc2822(at: Timestamp) -> String {
    at.strftime("%a, %d %b %Y %H:%M:%S +0000").to_string()
}

/// The report to `user` that the address does not exist.
pub(super) fn bounce(mail: &Undelivered<'_>, user: &Address, at: Timestamp) -> Vec<u8> {
    let Undelivered {
        to,
        message_id,
        subject,
        sent_at,
    } = mail;
    let domain = to.rsplit('@').next().unwrap_or(to);
    let (date, sent) = (rfc2822(at), rfc2822(*sent_at));
    let stamp = at.as_millisecond();
    let owner = &user.address;
    let text = format!(
        "From: Mail Delivery Subsystem <mailer-daemon@googlemail.com>
To: {owner}
Return-Path: <>
Auto-Submitted: auto-replied
Subject: Delivery Status Notification (Failure)
References: <{message_id}>
In-Reply-To: <{message_id}>
X-Failed-Recipients: {to}
Message-ID: <{stamp:x}.GMR@mx.google.com>
Date: {date}
MIME-Version: 1.0
Content-Type: multipart/report; boundary=\"000000000000{stamp:x}\"; report-type=delivery-status

--000000000000{stamp:x}
Content-Type: text/plain; charset=\"UTF-8\"


** Address not found **

Your message wasn't delivered to {to} because the address couldn't be found, or is unable to receive mail.

The response from the remote server was:
550 5.1.1 <{to}>: Recipient address rejected: User unknown in virtual mailbox table

--000000000000{stamp:x}
Content-Type: message/delivery-status

Reporting-MTA: dns; googlemail.com
Received-From-MTA: dns; {owner}
Arrival-Date: {sent}
X-Original-Message-ID: <{message_id}>

Final-Recipient: rfc822; {to}
Action: failed
Status: 5.1.1
Remote-MTA: dns; mx.{domain}
Diagnostic-Code: smtp; 550 5.1.1 <{to}>: Recipient address rejected: User unknown in virtual mailbox table
Last-Attempt-Date: {date}

--000000000000{stamp:x}
Content-Type: text/rfc822-headers

From: {user}
To: {to}
Subject: {subject}
Message-ID: <{message_id}>
Date: {sent}

--000000000000{stamp:x}--
"
    );
    text.replace('\n', "\r\n").into_bytes()
}

/// The headers of an automatic answer (RFC 3834 and what Exchange adds).
pub(super) const AUTO_REPLY: &[(&str, &str)] = &[
    ("Auto-Submitted", "auto-replied"),
    ("X-Auto-Response-Suppress", "All"),
    ("Precedence", "auto_reply"),
];

/// The headers of a newsletter (RFC 2369, RFC 2919, RFC 8058).
pub(super) fn list_headers(domain: &str) -> Vec<(String, String)> {
    vec![
        ("List-Id".to_owned(), format!("<news.{domain}>")),
        (
            "List-Unsubscribe".to_owned(),
            format!("<https://news.{domain}/u/8f2c>, <mailto:leave@news.{domain}>"),
        ),
        (
            "List-Unsubscribe-Post".to_owned(),
            "List-Unsubscribe=One-Click".to_owned(),
        ),
        ("Precedence".to_owned(), "bulk".to_owned()),
    ]
}
