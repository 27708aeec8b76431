//! Mails of the sorts and sizes that people get, made from a fixed seed: the same every
//! time and everywhere.

use base64::Engine;

/// A small generator (Numerical Recipes' constants); quality does not matter here.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, below: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap_or(0) % below.max(1)
    }
}

const WORDS: &[&str] = &[
    "the",
    "offer",
    "looks",
    "fine",
    "to",
    "us",
    "and",
    "we",
    "would",
    "like",
    "a",
    "call",
    "on",
    "Tuesday",
    "about",
    "price",
    "of",
    "redesign",
    "please",
    "send",
    "invoice",
    "with",
    "details",
    "for",
    "project",
    "Größe",
    "naïve",
    "отчёт",
    "見積書",
    "because",
    "team",
    "needs",
    "it",
    "before",
    "May",
    "thanks",
    "again",
];

fn sentence(dice: &mut Dice) -> String {
    let count = 6 + dice.roll(14);
    let mut text = String::from("So");
    for _ in 0..count {
        text.push(' ');
        text.push_str(WORDS.get(dice.roll(WORDS.len())).unwrap_or(&"it"));
    }
    text.push('.');
    text
}

fn paragraphs(dice: &mut Dice, count: usize) -> String {
    (0..count)
        .map(|_| {
            let count = 1 + dice.roll(4);
            (0..count)
                .map(|_| sentence(dice))
                .collect::<Vec<_>>()
                .join("\n")
        })
        .collect::<Vec<_>>()
        .join("\n\n")
}

fn quoted(text: &str) -> String {
    text.lines().map(|line| format!("> {line}\n")).collect()
}

fn header(dice: &mut Dice, number: usize) -> String {
    let mut head = String::new();
    for hop in 0..3 + dice.roll(5) {
        head.push_str(&format!(
            "Received: from mx{hop}.example.net (mx{hop}.example.net [192.0.2.{hop}])\r\n\tby mx.example.org with ESMTPS id {number:x}{hop};\r\n\tTue, 3 Nov 2026 14:0{}:00 +0100 (CET)\r\n",
            hop % 10
        ));
    }
    head.push_str(&format!(
        "DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=example.org; s=s1;\r\n h=from:to:subject:date; b={}\r\n",
        "QUJD".repeat(60)
    ));
    head.push_str(&format!(
        "Message-ID: <{number}.bench@example.org>\r\nIn-Reply-To: <{0}.bench@example.org>\r\nReferences: <r.{0}@example.org>\r\n <{0}.bench@example.org>\r\n",
        number / 2
    ));
    head.push_str("From: =?utf-8?q?Mar=C3=ADa_L=C3=B3pez?= <maria@example.org>\r\nTo: Jo Park <jo@example.com>\r\n");
    head.push_str("Subject: Re: Website redesign project\r\nDate: Tue, 3 Nov 2026 14:01:05 +0100\r\nMIME-Version: 1.0\r\n");
    head
}

fn base64_lines(bytes: &[u8]) -> String {
    let text = base64::engine::general_purpose::STANDARD.encode(bytes);
    text.as_bytes()
        .chunks(76)
        .map(|line| format!("{}\r\n", String::from_utf8_lossy(line)))
        .collect()
}

fn html_of(text: &str) -> String {
    text.split("\n\n")
        .map(|paragraph| format!("<p class=MsoNormal style='margin:0cm;font-family:\"Calibri\",sans-serif'><span lang=EN-US>{}<o:p></o:p></span></p>\r\n", paragraph.replace('\n', "<br>")))
        .collect()
}

fn body(dice: &mut Dice) -> String {
    let count = 1 + dice.roll(3);
    let (new, old) = (paragraphs(dice, count), paragraphs(dice, 4));
    let attribution = "On Tue, Nov 3, 2026 at 2:01 PM Jo Park <jo@example.com> wrote:";
    match dice.roll(8) {
        0 | 1 => format!(
            "Content-Type: multipart/alternative; boundary=\"b1\"\r\n\r\n--b1\r\nContent-Type: text/plain; charset=\"UTF-8\"\r\nContent-Transfer-Encoding: 8bit\r\n\r\n{new}\r\n\r\n{attribution}\r\n\r\n{}\r\n--b1\r\nContent-Type: text/html; charset=\"UTF-8\"\r\nContent-Transfer-Encoding: 8bit\r\n\r\n<div dir=ltr>{}</div><br><div class=\"gmail_quote\"><div dir=ltr class=\"gmail_attr\">{attribution}<br></div><blockquote class=\"gmail_quote\" style=\"margin:0 0 0 .8ex;border-left:1px #ccc solid;padding-left:1ex\">{}</blockquote></div>\r\n--b1--\r\n",
            quoted(&old), html_of(&new), html_of(&old)
        ),
        2 => format!(
            "Content-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n{}",
            base64_lines(format!("<html><head><style>p.MsoNormal{{margin:0}}</style></head><body lang=EN>{}<div><div style='border:none;border-top:solid #E1E1E1 1.0pt'><p><b>From:</b> Jo Park &lt;jo@example.com&gt;<br><b>Sent:</b> Tuesday, November 3, 2026 2:01 PM<br><b>To:</b> Maria<br><b>Subject:</b> Offer</p></div></div>{}</body></html>", html_of(&new), html_of(&old)).as_bytes())
        ),
        3 | 4 => {
            let between: String = old.split("\n\n").map(|paragraph| format!("{}\n{}\n\n", quoted(paragraph), sentence(dice))).collect();
            format!("Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n{attribution}\n{between}\n-- \nMaria\n")
        }
        5 => {
            let patch: String = (0..80).map(|n| format!("+\tline {n} = {};\n-\told {n}\n", n * 7)).collect();
            format!("List-Id: <dev.example.org>\r\nContent-Type: text/plain; charset=us-ascii\r\n\r\n{new}\n---\n src/x.c | 160 +++---\n\ndiff --git a/src/x.c b/src/x.c\n--- a/src/x.c\n+++ b/src/x.c\n@@ -1,80 +1,80 @@\n{patch}\n-- \n2.40.1\n")
        }
        6 => format!(
            "Content-Type: multipart/mixed; boundary=b2\r\n\r\n--b2\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{new}\r\n--b2\r\nContent-Type: application/pdf; name=offer.pdf\r\nContent-Disposition: attachment; filename=offer.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n{}--b2--\r\n",
            base64_lines(&vec![7u8; 30_000])
        ),
        _ => format!(
            "Content-Type: multipart/report; report-type=delivery-status; boundary=b3\r\n\r\n--b3\r\n\r\nYour message could not be delivered.\r\n\r\n--b3\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example.net\r\n\r\nFinal-Recipient: rfc822; jo@example.com\r\nAction: failed\r\nStatus: 5.1.1\r\nDiagnostic-Code: smtp; 550 5.1.1 unknown\r\n\r\n--b3\r\nContent-Type: message/rfc822\r\n\r\nMessage-ID: <x@example.org>\r\nSubject: Offer\r\n\r\n{old}\r\n--b3--\r\n"
        ),
    }
}

/// That many mails.
pub fn mails(count: usize) -> Vec<Vec<u8>> {
    let mut dice = Dice(42);
    (0..count)
        .map(|number| {
            let head = header(&mut dice, number);
            format!("{head}{}", body(&mut dice)).into_bytes()
        })
        .collect()
}
