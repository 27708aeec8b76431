//! Mails of machines made from the grammar up, whole and broken in every way: reports of
//! mail systems, complaints, automatic answers, lists. What is read of them is inert and
//! within bounds, and what a report says failed stands in it; and letters of people, in
//! the words that machines use too, stay letters of people.

use proptest::prelude::*;
use proptest::sample::select;
use rejoinder::domain::MailKind;
use rejoinder::mail::parse::parse;
use rejoinder::mail::sanitise;

use crate::properties::{config, strings_of, texts_of};

/// Addresses of the mails: whatever a report names is one of them.
fn addresses() -> impl Strategy<Value = &'static str> {
    select(vec![
        "maria@example.org",
        "o'brien+tag@mail.example.org",
        "first.last@sub.example.co.uk",
        "x_y-z=1@example.com",
        "мария@пример.example",
        "A.B@EXAMPLE.NET",
        "postmaster@mx.example",
        "1@2.example",
    ])
}

fn statuses() -> impl Strategy<Value = &'static str> {
    select(vec!["5.1.1", "4.4.7", "5.7.26", "2.1.5", "5.0.0", "4.2.2"])
}

/// A field as programs write it: in any case, with any blanks, folded or not.
fn field(
    name: &'static str,
    value: impl Strategy<Value = String>,
) -> impl Strategy<Value = String> {
    (value, 0..4usize, 0..4usize).prop_map(move |(value, case, fold)| {
        let name = match case {
            0 => name.to_lowercase(),
            1 => name.to_uppercase(),
            _ => name.to_owned(),
        };
        match fold {
            0 => format!("{name}:{value}\r\n"),
            1 => format!("{name}:\r\n {value}\r\n"),
            2 => format!("{name}: \t{value} \r\n"),
            _ => format!("{name}: {value}\r\n"),
        }
    })
}

/// A header line by which some rule judges, with the values it looks for and others.
fn signs() -> impl Strategy<Value = String> {
    let of = |name: &'static str, values: Vec<&'static str>| {
        field(name, select(values).prop_map(str::to_owned)).boxed()
    };
    prop_oneof![
        of(
            "Auto-Submitted",
            vec![
                "auto-replied",
                "auto-generated (failure)",
                "no",
                "auto-notified; x=y",
                "",
                "\u{1b}[2J"
            ]
        ),
        of(
            "Precedence",
            vec!["bulk", "list", "junk", "auto_reply", "first-class", ""]
        ),
        of("Return-Path", vec!["<>", "< >", "<a@b.example>", "", "<<>"]),
        of(
            "X-Failed-Recipients",
            vec![
                "maria@example.org",
                "maria@example.org,\r\n A.B@EXAMPLE.NET",
                "",
                "<>",
                "nobody"
            ]
        ),
        of(
            "List-Id",
            vec![
                "Talk <talk.example.org>",
                "<>",
                "\u{202e}<x\u{1b}]0;y\u{7}.example>",
                "x"
            ]
        ),
        of("List-Unsubscribe", vec!["<mailto:u@example.org>", ""]),
        of("X-Autoreply", vec!["yes", ""]),
        of("X-Apple-Unsubscribe", vec!["true"]),
        of("X-MLServer", vec!["fml"]),
        of(
            "Subject",
            vec![
                "Undeliverable: Offer",
                "Automatic reply: Offer",
                "complaint about message from 192.0.2.1",
                "Re: Offer",
                "=?utf-8?Q?Returned_mail=1B]0;x=07?=",
                "Warning: alert"
            ]
        ),
        of(
            "From",
            vec![
                "MAILER-DAEMON@mx.example",
                "Mail Delivery System <a@b.example>",
                "postmaster@mx.example",
                "Maria <maria@example.org>",
                "noreply@b.example",
                "",
                "<>",
                "\"\u{1b}[2J\" <a@b.example>"
            ]
        ),
        "[!-9;-~]{1,12}:[ -~é\u{202e}\u{1b}]{0,30}\r\n",
    ]
}

/// A sentence of a report, with what it names.
fn sentences() -> impl Strategy<Value = String> {
    let said = select(vec![
        "Your message could not be delivered to {a}",
        "<{a}>: host mx.example[192.0.2.7] said: 550 {s} <{a}>: Recipient address rejected (in reply to RCPT TO command)",
        "Hi. This is the qmail-send program at mx.example.",
        "<{a}>:\r\n192.0.2.1 does not like recipient.\r\nRemote host said: 550 {s} no",
        "  {a}\r\n    SMTP error from remote mail server after RCPT TO:<{a}>:\r\n    550-{s} unknown",
        "mailto:{a} 452 {s} mailbox full",
        "   ----- Transcript of session follows -----\r\n... while talking to mx.example.:\r\n>>> RCPT To:<{a}>\r\n<<< 550 {s} unknown",
        "Die E-Mail an {a} ist unzustellbar.",
        "宛先 {a} が見つかりません",
        "--- Below this line is a copy of the message.",
        "Received: from x",
        "Message-ID: <ours@gmail.example>",
        "message-id:\r\n <ours\u{1b}[2J@gmail.example>",
        "I am out of the office until Monday. In urgent cases please contact {a}.",
        "{\"notificationType\":\"Bounce\",\"bounce\":{\"bouncedRecipients\":[{\"emailAddress\":\"{a}\"}]}}",
        "\u{1b}]0;x\u{7}\u{202e}{a}\u{9b}31m",
        "> {a}",
        "",
    ]);
    (said, addresses(), statuses())
        .prop_map(|(said, address, status)| said.replace("{a}", address).replace("{s}", status))
}

/// A line of a status part (RFC 3464) or of a complaint (RFC 5965), right or not.
fn report_lines() -> impl Strategy<Value = String> {
    let recipient = || {
        (
            select(vec!["rfc822;", "RFC822; ", "utf-8;", "", "x-unix; "]),
            addresses(),
        )
            .prop_map(|(sort, address)| format!("{sort}{address}"))
    };
    prop_oneof![
        4 => field("Final-Recipient", recipient()),
        2 => field("Original-Recipient", recipient()),
        2 => field("Status", statuses().prop_map(str::to_owned)),
        2 => field("Action", select(vec!["failed", "delayed", "delivered", "relayed", "expanded", "FAILED (bounced)", ""]).prop_map(str::to_owned)),
        2 => field("Diagnostic-Code", (statuses(), addresses()).prop_map(|(status, address)| format!("smtp; 550 {status} \u{1b}[31m<{address}> unknown {}", "x".repeat(300)))),
        1 => field("Feedback-Type", Just("abuse".to_owned())),
        1 => field("Original-Rcpt-To", recipient()),
        2 => Just("\r\n".to_owned()),
        1 => "[ -~é\u{1b}\u{202e}]{0,30}\r\n",
    ]
}

#[derive(Clone, Debug)]
enum Piece {
    Words(Vec<String>),
    Status(&'static str, Vec<String>),
    Returned(&'static str, String),
}

fn pieces() -> impl Strategy<Value = Vec<Piece>> {
    let status = select(vec![
        "message/delivery-status",
        "message/global-delivery-status",
        "message/feedback-report",
        "message/disposition-notification",
        "text/plain",
    ]);
    let returned = select(vec![
        "message/rfc822",
        "text/rfc822-headers",
        "message/global-headers",
        "application/octet-stream",
    ]);
    let piece = prop_oneof![
        prop::collection::vec(sentences(), 0..6).prop_map(Piece::Words),
        (status, prop::collection::vec(report_lines(), 0..12))
            .prop_map(|(kind, lines)| Piece::Status(kind, lines)),
        (returned, "[ -~\u{1b}\u{202e}]{0,20}")
            .prop_map(|(kind, subject)| Piece::Returned(kind, subject)),
    ];
    prop::collection::vec(piece, 1..5)
}

/// The mail of such pieces: of several parts, of one, or cut short.
fn written(head: &[String], report: &str, pieces: &[Piece], cut: f64) -> Vec<u8> {
    let mut raw = head.concat();
    raw.push_str("MIME-Version: 1.0\r\n");
    if report.is_empty() {
        raw.push_str("Content-Type: text/plain; charset=utf-8\r\n\r\n");
    } else {
        raw.push_str(&format!(
            "Content-Type: multipart/report; report-type={report}; boundary=\"b\"\r\n\r\n"
        ));
    }
    for piece in pieces {
        let (kind, body) = match piece {
            Piece::Words(said) => ("text/plain; charset=utf-8", said.join("\r\n")),
            Piece::Status(kind, lines) => (*kind, lines.concat()),
            Piece::Returned(kind, subject) => (
                *kind,
                format!(
                    "From: sam@example.com\r\nSubject: {subject}\r\nMessage-ID: <ours@gmail.example>\r\n\r\nHello\r\n"
                ),
            ),
        };
        if report.is_empty() {
            raw.push_str(&format!("{body}\r\n"));
        } else {
            raw.push_str(&format!("--b\r\nContent-Type: {kind}\r\n\r\n{body}\r\n"));
        }
    }
    if !report.is_empty() {
        raw.push_str("--b--\r\n");
    }
    let mut raw = raw.into_bytes();
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss
    )]
    raw.truncate((raw.len() as f64 * cut) as usize);
    raw
}

fn reports() -> impl Strategy<Value = &'static str> {
    select(vec![
        "",
        "",
        "delivery-status",
        "feedback-report",
        "disposition-notification",
        "\"\u{1b}[2J\"",
    ])
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn what_a_report_names_stands_in_it_and_is_inert_and_short(
        head in prop::collection::vec(signs(), 1..7),
        report in reports(),
        pieces in pieces(),
        cut in prop_oneof![3 => Just(1.0f64), 1 => 0.1..1.0f64],
    ) {
        let raw = written(&head, report, &pieces, cut);
        let Ok(mail) = parse(&raw) else { return Ok(()) };
        for line in strings_of(&mail) {
            prop_assert_eq!(&sanitise::line(&line), &line);
        }
        for text in texts_of(&mail) {
            prop_assert_eq!(&sanitise::text(text), text);
        }
        prop_assert_eq!(mail.bounce.is_some(), mail.kind == MailKind::Bounce);
        let Some(bounce) = mail.bounce else { return Ok(()) };
        let all = String::from_utf8_lossy(&raw);
        if let Some(failed) = bounce.failed_address {
            // Where a sequence stood between two words they are one once it is gone; letters
            // beyond ASCII are others where a mail that was cut within one is no utf-8.
            let gone = sanitise::text(&all);
            let stands = failed
                .split(|c: char| !c.is_ascii())
                .all(|part| all.contains(part) || gone.contains(part));
            prop_assert!(stands, "{failed:?} is not in {all:?}");
            prop_assert_eq!(failed.matches('@').count(), 1);
        }
        if let Some(status) = bounce.status {
            let numbers: Vec<&str> = status.split('.').collect();
            prop_assert!(numbers.len() == 3 && ["2", "4", "5"].contains(&numbers[0]), "{status:?}");
            prop_assert!(numbers.iter().all(|number| number.len() <= 3 && number.parse::<u16>().is_ok()), "{status:?}");
        }
        prop_assert!(bounce.reason.is_none_or(|reason| !reason.is_empty() && reason.chars().count() <= 400));
        if let Some(id) = bounce.original_message_id {
            prop_assert!(!id.contains(['<', '>', ' ']), "{id:?}");
        }
    }

    /// However its fields are written, folded, ordered and surrounded.
    #[test]
    fn a_whole_report_tells_who_failed_with_which_status_of_which_mail(
        failed in addresses(),
        status in statuses(),
        fields in (field("Final-Recipient", Just("{r}".to_owned())), field("Status", Just("{s}".to_owned())), field("Action", Just("failed".to_owned())), field("Diagnostic-Code", Just("smtp; 550 no".to_owned()))).prop_map(|(a, b, c, d)| vec![a, b, c, d]).prop_shuffle(),
        words in prop::collection::vec(sentences(), 0..3),
        head in prop::collection::vec(signs(), 0..4),
        returned in select(vec!["message/rfc822", "text/rfc822-headers"]),
    ) {
        let mut status_part = vec!["Reporting-MTA: dns; mx.example\r\n\r\n".to_owned()];
        status_part.extend(fields.iter().map(|line| line.replace("{r}", &format!("rfc822; {failed}")).replace("{s}", status)));
        let pieces = [Piece::Words(words), Piece::Status("message/delivery-status", status_part), Piece::Returned(returned, "Offer".to_owned())];
        // What goes before it may be any sign but that of a complaint.
        let head: Vec<String> = head.into_iter().filter(|line| !line.to_lowercase().contains("complaint") && !line.to_lowercase().contains("x-apple")).collect();
        let raw = written(&head, "delivery-status", &pieces, 1.0);
        let mail = parse(&raw).unwrap();
        prop_assert_eq!(mail.kind, MailKind::Bounce);
        let bounce = mail.bounce.unwrap();
        prop_assert_eq!(bounce.failed_address.as_deref(), Some(failed));
        prop_assert_eq!(bounce.status.as_deref(), Some(status));
        prop_assert_eq!(bounce.reason.as_deref(), Some("550 no"));
        prop_assert_eq!(bounce.permanent, status.starts_with('5'));
        prop_assert_eq!(bounce.original_message_id.as_deref(), Some("ours@gmail.example"));
    }

    #[test]
    fn a_complaint_is_one_whatever_else_it_says(
        lines in prop::collection::vec(report_lines(), 0..8),
        words in prop::collection::vec(sentences(), 0..4),
        head in prop::collection::vec(signs(), 1..5),
    ) {
        let pieces = [Piece::Words(words), Piece::Status("message/feedback-report", lines), Piece::Returned("message/rfc822", "Offer".to_owned())];
        let raw = written(&head, "feedback-report", &pieces, 1.0);
        prop_assert_eq!(parse(&raw).unwrap().kind, MailKind::FeedbackReport);
    }

    #[test]
    fn a_mail_that_says_in_its_header_that_a_machine_wrote_it_is_none_of_a_persons(
        sign in prop_oneof![
            field("Auto-Submitted", select(vec!["auto-replied", "AUTO-REPLIED (vacation)", "auto-replied; owner-email=\"a@b.example\""]).prop_map(str::to_owned)),
            field("X-Autoreply", Just("yes".to_owned())),
            field("List-Id", Just("<talk.example.org>".to_owned())),
            field("X-Failed-Recipients", Just("maria@example.org".to_owned())),
            field("Precedence", Just("bulk".to_owned())),
        ],
        others in prop::collection::vec(signs(), 0..4),
        words in prop::collection::vec(sentences(), 0..4),
    ) {
        // Of a field that may stand once, the first counts.
        let head: Vec<String> = [vec![sign], others].concat();
        let raw = written(&head, "", &[Piece::Words(words)], 1.0);
        prop_assert_ne!(parse(&raw).unwrap().kind, MailKind::Person);
    }

    #[test]
    fn a_letter_without_a_sign_of_a_machine_is_a_persons(
        letter in letters(),
        subject in subjects(),
        html in any::<bool>(),
        headers in prop::collection::vec(select(vec!["X-Mailer: Apple Mail (2.3654)", "User-Agent: Mozilla Thunderbird", "X-Priority: 3", "X-Auto-Response-Suppress: OOF", "Auto-Submitted: no", "Return-Path: <maria@example.org>", "X-Spam-Status: No, score=-1.0"]), 0..4),
    ) {
        let (kind, body) = if html { ("html", format!("<p>{}</p>", letter.replace('\n', "<br>"))) } else { ("plain", letter) };
        let raw = format!("{}\r\nFrom: Maria Lopez <maria@example.org>\r\nTo: sam@example.com\r\nSubject: {subject}\r\nContent-Type: text/{kind}; charset=utf-8\r\n\r\n{body}\r\n", headers.join("\r\n")).trim_start().to_owned();
        let mail = parse(raw.as_bytes()).unwrap();
        prop_assert_eq!(mail.kind, MailKind::Person);
        prop_assert!(mail.bounce.is_none());
    }
}

fn subjects() -> impl Strategy<Value = String> {
    select(vec![
        "Re: Offer",
        "AW: Angebot",
        "Re: Vacation rental website",
        "Delivery of the first pages",
        "Returned from the fair",
        "Re: Automatic backups",
        "Mailer for the spring campaign",
        "Failed to open the file",
        "Question about delivery",
        "回复：报价",
        "Re: Devis",
        "Office hours",
        "",
    ])
    .prop_map(str::to_owned)
}

/// What people write of their business, in the words of reports and vacation texts.
fn letters() -> impl Strategy<Value = String> {
    let greeting = select(vec![
        "",
        "Hi Sam,\n\n",
        "Dear Sam\n\n",
        "Hallo Sam,\n\n",
        "Bonjour Sam,\n\n",
        "Hola Sam:\n\n",
    ]);
    let said = select(vec![
        "The vacation homes need an automatic booking mail, can you build that?",
        "Delivery of the brochures failed twice last month, so we changed the carrier.",
        "Our mailer went out to 2,000 customers and 40 letters were returned.",
        "Please put our office hours on the page: closed on Mondays.",
        "The price is fine. When could you start?",
        "The automatic reply of our shop should be friendlier.",
        "We got the contract back unsigned, did something fail?",
        "The new address is 5.1.1 in the list of 550 that I sent you.",
        "I attach the pictures that were rejected by the printer.",
        "Das Angebot passt, wir nehmen die kleine Fassung. Wann fangen Sie an?",
        "Die Lieferung wurde zugestellt, aber der Karton war leer.",
        "Le devis me convient, pouvez-vous commencer lundi ?",
        "El pedido no fue entregado a tiempo, por eso buscamos otra empresa.",
        "Could you send it again? The mailbox was full yesterday.",
        "We are looking at two other bids and decide on Friday.",
    ]);
    let closing = select(vec![
        "",
        "\nBest,\nMaria",
        "\nRegards\nMaria Lopez\n+34 600 000 000",
        "\n-- \nMaria Lopez\nLopez Bakery",
    ]);
    (greeting, prop::collection::vec(said, 1..5), closing)
        .prop_map(|(greeting, said, closing)| format!("{greeting}{}\n{closing}", said.join("\n")))
}
