//! What failed and why: read from the status part of a report (RFC 3464), else from the
//! headers and the words of those that have none.

use super::Evidence;
use crate::domain::address::{address_key, is_plain_address};
use crate::domain::message::BounceReport;
use crate::mail::parse::body;
use crate::mail::parse::fields::Fields;
use crate::mail::parse::parts::Part;
use crate::mail::sanitise;

/// Longest reason that is kept, in characters.
const REASON: usize = 400;

/// Lines of a text report that are looked at before the returned mail begins.
const LINES: usize = 120;

/// The blocks of fields of a status part.
#[must_use]
pub fn status_blocks<'a>(part: &Part<'a>) -> Vec<Fields<'a>> {
    let mut blocks = Vec::new();
    let mut rest = part.body;
    while !rest.is_empty() && blocks.len() < 64 {
        let (fields, used) = Fields::read(rest);
        if !fields.is_empty() {
            blocks.push(fields);
        }
        // A line that is no field would be met again for ever.
        let step = used.max(
            rest.iter()
                .position(|b| *b == b'\n')
                .map_or(rest.len(), |at| at + 1),
        );
        rest = rest.get(step..).unwrap_or_default();
    }
    blocks
}

/// Reads the report.
#[must_use]
pub fn report(evidence: &Evidence<'_>) -> BounceReport {
    let mut out = BounceReport::default();
    for part in evidence.parts {
        if part.content_type.ends_with("delivery-status") {
            for block in status_blocks(part) {
                take_status(&mut out, &block);
            }
        }
    }
    let is_told = out.status.is_some();
    if let Some(root) = evidence.parts.first() {
        out.failed_address = out.failed_address.or_else(|| {
            let named = root.fields.line("x-failed-recipients", None)?;
            address_in(&named)
        });
    }
    let lines = report_lines(evidence.text);
    take_words(&mut out, &lines);
    if out.failed_address.is_none() {
        out.failed_address = named_address(evidence, &lines);
    }
    out.original_message_id = original_id(evidence);
    let transient = out
        .status
        .as_deref()
        .is_some_and(|status| !status.starts_with('5'));
    let delayed = [
        "delayed",
        "warning",
        "deferred",
        "will be retried",
        "still trying",
    ]
    .iter()
    .any(|word| evidence.subject.to_lowercase().contains(word));
    // A status part says it; a subject is only believed without one.
    out.permanent = !transient && (is_told || !delayed);
    out
}

fn take_status(out: &mut BounceReport, block: &Fields<'_>) {
    let value = |name: &str| block.line(name, None);
    // `rfc822; maria@example.org`, `smtp; 550 5.1.1 User unknown`.
    let typed = |text: String| match text.split_once(';') {
        Some((_, rest)) => rest.trim().to_owned(),
        None => text,
    };
    if out.failed_address.is_none() {
        out.failed_address = value("final-recipient")
            .or_else(|| value("original-recipient"))
            .map(typed)
            .and_then(|text| address_in(&text));
    }
    if out.status.is_none() {
        out.status = value("status").and_then(|text| status_in(&text));
    }
    if out.reason.is_none() {
        out.reason = value("diagnostic-code")
            .map(typed)
            .and_then(|text| reason(&text));
    }
}

/// The lines of the report's own words: what the returned mail begins with ends them.
fn report_lines(text: &str) -> Vec<&str> {
    const RETURNED: &[&str] = &[
        "--- below this line",
        "------ this is a copy",
        "----- original message",
        "----- message header",
        "----- unsent message",
        "included is a copy of",
        "original message follows",
        "original mail as follows",
        "received: from",
        "received:from",
        "return-path:",
    ];
    text.lines()
        .take_while(|line| {
            let lower = line.trim_start().to_lowercase();
            !RETURNED.iter().any(|start| lower.starts_with(start))
        })
        .take(LINES)
        .collect()
}

fn take_words(out: &mut BounceReport, lines: &[&str]) {
    let coded = lines
        .iter()
        .find(|line| smtp_code(line).is_some() || status_in(line).is_some());
    if out.status.is_none() {
        out.status = lines.iter().find_map(|line| status_in(line)).or_else(|| {
            let code = lines.iter().find_map(|line| smtp_code(line))?;
            Some(if code >= 500 { "5.0.0" } else { "4.0.0" }.to_owned())
        });
    }
    if out.reason.is_none() {
        out.reason = coded
            .copied()
            .or_else(|| {
                lines
                    .iter()
                    .copied()
                    .find(|line| super::phrases::BOUNCE_TEXTS.is_in(&line.to_lowercase()))
            })
            .and_then(reason);
    }
}

/// The first address in the words that can be the one that failed: it is not whoever wrote
/// the mail, to whom the report goes, nor whoever reports.
fn named_address(evidence: &Evidence<'_>, lines: &[&str]) -> Option<String> {
    const REPORTERS: &[&str] = &["postmaster", "mailer-daemon", "abuse", "support"];
    let mut own = vec![evidence.from.key()];
    if let Some(root) = evidence.parts.first() {
        let to = ["to", "delivered-to", "x-original-to"];
        let to = to.iter().flat_map(|name| root.fields.addresses(name, None));
        own.extend(to.map(|address| address.key()));
    }
    // A notification in JSON says which of its addresses it is.
    let named = lines.iter().find_map(|line| {
        let (_, after) = line.split_once("\"emailAddress\"")?;
        address_in(after)
    });
    let all: Vec<String> = lines.iter().flat_map(|line| addresses_in(line)).collect();
    let can_fail = |address: &&String| {
        let key = address_key(address);
        let local = key.split('@').next().unwrap_or("");
        !own.contains(&key) && !REPORTERS.contains(&local)
    };
    named
        .or_else(|| all.iter().find(can_fail).cloned())
        .or_else(|| all.into_iter().next())
}

/// What a line gives as a reason: nothing where it has no words.
fn reason(text: &str) -> Option<String> {
    let words: String = sanitise::line(text).trim().chars().take(REASON).collect();
    let words = words.trim_end().to_owned();
    (!words.is_empty()).then_some(words)
}

/// The first address in a line.
fn address_in(line: &str) -> Option<String> {
    addresses_in(line).next()
}

/// The addresses in a line.
fn addresses_in(line: &str) -> impl Iterator<Item = String> + '_ {
    /// What stands before an address, with `=` or `:` between them.
    const NAMED: &[&str] = &[
        "mailto",
        "to",
        "orig_to",
        "rcpt",
        "recipient",
        "address",
        "email",
        "for",
        "from",
        "mailfrom",
        "mfrom",
        "envelope-from",
        "smtp",
        "SMTP",
        "rfc822",
        "RFC822",
    ];
    line.split(|c: char| {
        c.is_whitespace()
            || matches!(c, '<' | '>' | '(' | ')' | '[' | ']' | ',' | ';' | '"')
            || matches!(c, '：' | '，' | '（' | '）' | '、' | '。')
    })
    // `'` and `=` can stand in an address (RFC 5322 section 3.2.3); around it they quote it
    // and say what it is.
    .map(|word| word.trim_matches([':', '.', '|', '\'', '=']))
    .map(|word| {
        NAMED
            .iter()
            .find_map(|name| word.strip_prefix(name)?.strip_prefix(['=', ':']))
            .unwrap_or(word)
    })
    .map(|word| word.trim_matches('\''))
    .filter(|word| {
        is_plain_address(word) && word.rsplit('@').next().is_some_and(|d| d.contains('.'))
    })
    .map(sanitise::line)
}

/// The first enhanced status code (RFC 3463) in a line: class 2, 4 or 5, a subject and a
/// detail, and no part of a longer number such as a network address.
#[must_use]
pub fn status_in(text: &str) -> Option<String> {
    text.split(|c: char| !(c.is_ascii_digit() || c == '.'))
        .map(|word| word.trim_matches('.'))
        .find(|word| {
            let mut pieces = word.split('.');
            let class = matches!(pieces.next(), Some("2" | "4" | "5"));
            let short = |piece: Option<&str>| {
                piece.is_some_and(|digits| !digits.is_empty() && digits.len() <= 3)
            };
            class && short(pieces.next()) && short(pieces.next()) && pieces.next().is_none()
        })
        .map(str::to_owned)
}

/// A reply code of SMTP (RFC 5321 section 4.2) that stands as a word of its own.
fn smtp_code(line: &str) -> Option<u16> {
    line.split(|c: char| !c.is_ascii_alphanumeric() && c != '.')
        .filter(|word| word.len() == 3)
        .filter_map(|word| word.parse::<u16>().ok())
        .find(|code| matches!(code, 420..=459 | 500..=559))
}

/// `Message-ID` of the mail that came back: of the attached mail or its headers, or else
/// of the copy that stands in the text.
fn original_id(evidence: &Evidence<'_>) -> Option<String> {
    for part in evidence.parts {
        let is_copy = part
            .parent
            .is_some_and(|parent| evidence.parts.get(parent).is_some_and(Part::is_message));
        if is_copy && let Some(id) = part.fields.ids("message-id").into_iter().next() {
            return Some(id);
        }
        let holds_headers = matches!(
            part.content_type.as_str(),
            "text/rfc822-headers" | "message/rfc822" | "message/global-headers" | "message/global"
        );
        if holds_headers && !part.has_children {
            let text = body::decoded(part, &mut Vec::new());
            if let Some(id) = id_in_lines(&text) {
                return Some(id);
            }
        }
    }
    id_in_lines(evidence.text)
}

fn id_in_lines(text: &str) -> Option<String> {
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let line = line.trim_start_matches(['>', ' ', '\t']);
        if let Some((name, value)) = line.split_once(':')
            && name.trim_end().eq_ignore_ascii_case("message-id")
        {
            // The value of a folded field stands on the next line.
            let value = if value.trim().is_empty() {
                lines.next().unwrap_or("")
            } else {
                value
            };
            return crate::mail::parse::fields::ids(value.as_bytes())
                .into_iter()
                .next();
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::parse::parse;

    #[test]
    fn status_codes_are_no_network_addresses() {
        assert_eq!(status_in("550 5.1.1 unknown").as_deref(), Some("5.1.1"));
        assert_eq!(status_in("(#5.7.26)").as_deref(), Some("5.7.26"));
        assert_eq!(status_in("[5.1.1.7] version 4.99"), None);
        assert_eq!(smtp_code("Remote host said: 550 no"), Some(550));
        assert_eq!(smtp_code("host 192.0.2.550 port 25"), None);
    }

    #[test]
    fn a_report_in_words_gives_address_status_reason_and_id() {
        let raw = b"From: MAILER-DAEMON@mx.example\nSubject: failure notice\n\n\
            Hi. This is the qmail-send program at mx.example.\n\n<maria@example.org>:\n\
            192.0.2.1 does not like recipient.\nRemote host said: 550 5.1.1 <maria@example.org>... User Unknown\n\n\
            --- Below this line is a copy of the message.\n\nReturn-Path: <me@example.com>\nMessage-ID: <ours@gmail>\n";
        let report = parse(raw).unwrap().bounce.unwrap();
        assert_eq!(report.failed_address.as_deref(), Some("maria@example.org"));
        assert_eq!(report.status.as_deref(), Some("5.1.1"));
        assert!(report.reason.unwrap().starts_with("Remote host said: 550"));
        assert_eq!(report.original_message_id.as_deref(), Some("ours@gmail"));
        assert!(report.permanent);
    }

    #[test]
    fn a_reason_without_words_is_none_and_the_next_one_is_taken() {
        let report = |code: &str| {
            let raw = format!(
                "From: MAILER-DAEMON@mx.example\nSubject: failure\nContent-Type: multipart/report; \
                 report-type=delivery-status; boundary=b\n\n--b\n\n{{}}\n--b\nContent-Type: \
                 message/delivery-status\n\nFinal-Recipient: rfc822; maria@example.org\n\
                 Status: 5.1.1\nDiagnostic-Code: {code}\n--b--\n"
            );
            move |words: &str| {
                let raw = raw.replace("{}", words);
                parse(raw.as_bytes()).unwrap().bounce.unwrap().reason
            }
        };
        assert_eq!(report("smtp;")("Sorry."), None);
        assert_eq!(
            report("smtp; \u{202e}")("550 5.1.1 unknown").as_deref(),
            Some("550 5.1.1 unknown")
        );
        assert_eq!(
            report("smtp; 550 full")("550 no").as_deref(),
            Some("550 full")
        );
    }

    #[test]
    fn an_address_is_whole_with_the_signs_that_it_may_hold() {
        for (line, wanted) in [
            (
                "'maria@example.org' on 11/3/2026 2:01 PM",
                "maria@example.org",
            ),
            ("<o'brien@example.org>: unknown", "o'brien@example.org"),
            ("x=1+tag@example.org", "x=1+tag@example.org"),
            ("to=<maria@example.org>, relay=none", "maria@example.org"),
            ("to=maria@example.org, relay=none", "maria@example.org"),
            ("[SMTP:maria@example.org]", "maria@example.org"),
        ] {
            assert_eq!(address_in(line).as_deref(), Some(wanted), "{line}");
        }
    }

    #[test]
    fn whoever_wrote_the_mail_or_reports_did_not_fail() {
        let of = |text: &str| {
            let raw = format!(
                "From: MAILER-DAEMON@mx.example\nTo: Me <ME@example.com>\nSubject: failure notice\n\n{text}\n"
            );
            parse(raw.as_bytes())
                .unwrap()
                .bounce
                .unwrap()
                .failed_address
        };
        for text in [
            "A mail of me@example.com to maria@example.org could not be delivered.",
            "Ask postmaster@mx.example.\n<maria@example.org>: mailbox full",
            "{\"mail\":{\"source\":\"x@example.com\"},\"bouncedRecipients\":[{\"emailAddress\":\"maria@example.org\"}]}",
        ] {
            assert_eq!(of(text).as_deref(), Some("maria@example.org"), "{text}");
        }
        // A mail to oneself comes back as well.
        assert_eq!(of("me@example.com: no").as_deref(), Some("me@example.com"));
    }

    #[test]
    fn a_delay_is_not_for_good() {
        let raw = b"From: MAILER-DAEMON@mx.example\nSubject: Warning: could not send message for past 4 hours\n\n\
            maria@example.org: 451 4.4.1 timed out\n";
        let report = parse(raw).unwrap().bounce.unwrap();
        assert!(!report.permanent);
        assert_eq!(report.status.as_deref(), Some("4.4.1"));
    }
}
