//! Mails that were made to cost much: nesting, repetition, length.

#[path = "repetition.rs"]
mod repetition;

/// A mail and what it is called.
pub type Named = (&'static str, Vec<u8>);

/// Each with its name; made smaller by a factor where only their shape matters.
pub fn mails(smaller: usize) -> Vec<Named> {
    let n = |count: usize| count / smaller;
    let html = |body: String| {
        format!(
            "From: a@example.org\r\nSubject: x\r\nMIME-Version: 1.0\r\nContent-Type: text/html; charset=utf-8\r\n\r\n{body}"
        )
        .into_bytes()
    };
    let plain =
        |body: String| format!("From: a@example.org\r\nSubject: x\r\n\r\n{body}").into_bytes();
    let mut mails = vec![
        ("html: 50,000 nested elements", html("<div>".repeat(n(50_000)) + "x")),
        ("html: 50,000 nested quotes", html("<blockquote>a".repeat(n(50_000)))),
        ("html: 50,000 nested inline elements", html("<b><i>a".repeat(n(25_000)))),
        ("html: 50,000 nested fonts, closed", html("<font color=red>a".repeat(n(50_000)) + &"</font>".repeat(n(50_000)))),
        ("html: 5 MB on one line", html("word ".repeat(n(1_000_000)))),
        ("html: 5 MB without a space", html("x".repeat(n(5_000_000)))),
        ("html: a million entities", html("&amp;".repeat(n(1_000_000)))),
        ("html: a million numbered entities", html("&#8364;".repeat(n(1_000_000)))),
        ("html: a million unknown entities", html("&foo;".repeat(n(1_000_000)))),
        ("html: a million rare entities", html("&CounterClockwiseContourIntegral;".repeat(n(150_000)))),
        ("html: colspan of a thousand million", html("<table><tr><td colspan=1000000000 rowspan=1000000000>x</td></tr></table>".repeat(100))),
        ("html: 100,000 tables", html("<table><tr><td>a</td></tr></table>".repeat(n(100_000)))),
        ("html: 100,000 nested tables", html("<table><tr><td>a".repeat(n(100_000)))),
        ("html: 100,000 rows of ten cells", html(format!("<table>{}</table>", format!("<tr>{}</tr>", "<td>a</td>".repeat(10)).repeat(n(100_000))))),
        ("html: a row of 500,000 cells", html(format!("<table><tr>{}</table>", "<td>a</td>".repeat(n(500_000))))),
        ("html: lists 50,000 deep", html("<ul><li>a".repeat(n(50_000)))),
        ("html: 100,000 numbered items", html(format!("<ol>{}</ol>", "<li>a</li>".repeat(n(100_000))))),
        ("html: 100,000 links", html((0..n(100_000)).map(|n| format!("<a href='https://example.com/{n}'>x</a> ")).collect())),
        ("html: 100,000 pictures", html((0..n(100_000)).map(|n| format!("<img src='https://t{n}.example/' width=1 height=1>")).collect())),
        ("html: misnested formatting", html("<b><p><i></b>".repeat(n(100_000)))),
        ("html: end tags only", html("</div>".repeat(n(500_000)))),
        ("html: unclosed comment", html("<!--".repeat(n(500_000)))),
        ("html: half a million tag openers", html("<a ".repeat(n(500_000)))),
        ("html: one tag of 300,000 attributes", html(format!("<p {}>x", (0..n(300_000)).map(|n| format!("a{n}=1 ")).collect::<String>()))),
        ("html: a class list of a megabyte", html(format!("<p class='{}'>x", "a ".repeat(n(500_000))))),
        ("html: 50,000 style rules, 50,000 elements", html(format!("<style>{}</style>{}", (0..n(50_000)).map(|n| format!(".c{n}{{color:red}}")).collect::<String>(), "<p class='c1 c2 c3'>x</p>".repeat(n(50_000))))),
        ("html: unclosed style blocks", html(format!("<style>{}", "@media{".repeat(n(300_000))))),
        ("html: 100,000 style elements", html("<style>a{}</style>x".repeat(n(100_000)))),
        ("html: nested preformatted", html("<pre>\n a".repeat(n(100_000)))),
        ("html: a million line breaks", html("<br>".repeat(n(1_000_000)))),
        ("html: 200,000 rules", html("<hr>".repeat(n(200_000)))),
        ("html: null bytes", html("\0<p>".repeat(n(500_000)))),
        ("text: 100,000 quoted lines", plain("> quoted line of a mail\r\n".repeat(n(100_000)))),
        ("text: 100,000 attributions", plain("On Tue, Nov 3, 2026 at 2:01 PM Jo <jo@example.org> wrote:\r\n".repeat(n(100_000)))),
        ("text: 20,000 attributions and quotes", plain("On Tue, Nov 3, 2026 at 2:01 PM Jo <jo@example.org> wrote:\r\n> a\r\nb\r\n".repeat(n(20_000)))),
        ("text: 40,000 quotes that run on", plain((0..n(40_000)).map(|n| format!("\r\nThe line number {n} reaches the margin of the paper and goes on below with\r\n> the rest\r\n")).collect())),
        ("text: 40,000 broken quotes", plain((0..n(40_000)).map(|n| format!("> The line number {n} reaches the margin of the paper and goes on below\r\nwith this and\r\n")).collect())),
        ("text: 100,000 header fields", plain("From: Jo\r\nTo: Jo\r\n".repeat(n(50_000)))),
        ("text: 20,000 open header blocks", plain("From: Jo\r\n\r\n".repeat(n(20_000)))),
        ("text: 100,000 signature marks", plain("-- \r\na\r\n".repeat(n(100_000)))),
        ("text: 100,000 rules", plain("________________\r\nunsubscribe\r\n".repeat(n(50_000)))),
        ("text: 100,000 separators", plain("> a\r\n-----Original Message-----\r\n> b\r\n".repeat(n(33_000)))),
        ("text: 100,000 bars", plain("Jo wrote:\r\n| a\r\n| b\r\n".repeat(n(33_000)))),
        ("text: 100,000 notices", plain("This is confidential and for the intended recipient only; if you received it in error, delete it now, please.\r\n\r\n".repeat(n(50_000)))),
        ("text: 100,000 device footers", plain("Sent from my iPhone\r\n".repeat(n(100_000)))),
        ("text: Lotus labels", plain("Maria Lopez\r\nSubject\r\n".repeat(n(50_000)))),
        ("text: 200,000 empty lines", plain("\r\n".repeat(n(200_000)) + "x")),
        ("text: a line of 5 MB of marks", plain(">".repeat(n(5_000_000)))),
        ("text: a line of 5 MB of names", plain("On Mon ".repeat(n(700_000)) + ":")),
        ("text: addresses", plain("a@b.c ".repeat(n(800_000)))),
        ("text: armour", plain("-----BEGIN PGP SIGNED MESSAGE-----\r\n".repeat(n(100_000)))),
        ("text: combining marks", plain("a\u{301}".repeat(n(1_000_000)))),
        ("text: escape sequences", plain("\u{1b}[31m".repeat(n(1_000_000)))),
        ("text: bidi controls", plain("\u{202e}".repeat(n(1_000_000)))),
    ];
    let flowed =
        "From: a@example.org\r\nContent-Type: text/plain; format=flowed; delsp=yes\r\n\r\n";
    mails.push((
        "text: 500,000 flowed lines",
        (flowed.to_owned() + &"a \r\n".repeat(n(500_000))).into_bytes(),
    ));
    mails.extend(more_documents(smaller));
    mails.extend(structures(smaller));
    mails.extend(more_structures(smaller));
    mails.extend(repetition::mails(smaller));
    mails
}

/// Mails whose structure or header is the attack.
fn structures(smaller: usize) -> Vec<Named> {
    let n = |count: usize| count / smaller;
    let mut nested = String::from("From: a@example.org\r\n");
    for n in 0..n(10_000) {
        nested.push_str(&format!(
            "Content-Type: multipart/mixed; boundary=b{n}\r\n\r\n--b{n}\r\n"
        ));
    }
    let same = "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n".repeat(n(20_000));
    let messages = "Content-Type: message/rfc822\r\n\r\n".repeat(n(50_000));
    let flat = format!(
        "From: a@example.org\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n{}",
        "--b\r\n\r\na\r\n".repeat(n(200_000))
    );
    let files = format!(
        "From: a@example.org\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n{}",
        "--b\r\nContent-Disposition: attachment; filename=a.txt\r\n\r\na\r\n".repeat(n(50_000))
    );
    let header = |name: &'static str, value: String| {
        (
            name,
            format!("From: a@example.org\r\n{value}\r\n\r\nx").into_bytes(),
        )
    };
    vec![
        ("mime: 10,000 nested multiparts", nested.into_bytes()),
        ("mime: 20,000 nested with one boundary", same.into_bytes()),
        ("mime: 50,000 nested messages", messages.into_bytes()),
        ("mime: 200,000 parts side by side", flat.into_bytes()),
        ("mime: 50,000 attachments", files.into_bytes()),
        header("header: a million lines", "X-A: b\r\n".repeat(n(1_000_000))),
        header(
            "header: a million folds",
            format!("Subject: a{}", "\r\n b".repeat(n(1_000_000))),
        ),
        header(
            "header: 200,000 encoded words",
            format!("Subject: {}", "=?utf-8?q?a?= ".repeat(n(200_000))),
        ),
        header(
            "header: 500,000 openers of encoded words",
            format!("Subject: {}", "=?".repeat(n(500_000))),
        ),
        header(
            "header: 300,000 recipients",
            format!("To: {}", "A <a@b.de>, ".repeat(n(300_000))),
        ),
        header(
            "header: a million brackets",
            format!("To: {}", "<".repeat(n(1_000_000))),
        ),
        header(
            "header: a million nested comments",
            format!("To: {}", "(".repeat(n(1_000_000))),
        ),
        header(
            "header: a million quotes",
            format!("To: {}", "\"".repeat(n(1_000_000))),
        ),
        header(
            "header: 200,000 references",
            format!("References: {}", "<a@b> ".repeat(n(200_000))),
        ),
        header(
            "header: 200,000 parameters",
            format!("Content-Type: text/plain; {}", "a=b; ".repeat(n(200_000))),
        ),
        header(
            "header: 100,000 pieces of a parameter",
            format!(
                "Content-Type: text/plain; {}",
                (0..n(100_000))
                    .map(|n| format!("name*{n}*=a; "))
                    .collect::<String>()
            ),
        ),
        header(
            "header: a received chain of 100,000",
            "Received: from a by b; Tue, 3 Nov 2026 14:01:00 +0000\r\n".repeat(n(100_000)),
        ),
    ]
}

/// Documents and texts that make the same thing be looked at again and again.
fn more_documents(smaller: usize) -> Vec<Named> {
    let n = |count: usize| count / smaller;
    let html = |name: &'static str, body: String| {
        let head = "From: a@example.org\r\nContent-Type: text/html; charset=utf-8\r\n\r\n";
        (name, (head.to_owned() + &body).into_bytes())
    };
    let plain = |name: &'static str, head: &str, body: String| {
        let head = format!("From: a@example.org\r\nSubject: x\r\n{head}\r\n");
        (name, (head + &body).into_bytes())
    };
    let quote = "<br>a<blockquote>b</blockquote>";
    vec![
        html("html: a million hard spaces", "&nbsp;".repeat(n(1_000_000))),
        html(
            "html: a million open elements",
            "<b>".repeat(n(1_000_000)) + "x",
        ),
        html(
            "html: a million end tags that match nothing",
            "<b>".repeat(n(20_000)) + &"</i>".repeat(n(1_000_000)),
        ),
        html(
            "html: lists of two sorts 50,000 deep",
            "<ul><li>a<ol><li>b".repeat(n(25_000)),
        ),
        html(
            "html: 50,000 rows of a wide cell",
            format!(
                "<table>{}",
                "<tr><td colspan=1000000000>x<td rowspan=1000000000>y".repeat(n(50_000))
            ),
        ),
        html(
            "html: 100,000 quotes in one container",
            format!("<div class=gmail_quote>{}", quote.repeat(n(100_000))),
        ),
        html(
            "html: 1,000 style attributes of 4 KB",
            format!("<p style='{}'>x", "color:red;".repeat(400)).repeat(n(1_000)),
        ),
        html(
            "html: 1,000 class lists of 4 KB",
            format!("<p class='{}'>x", "ab ".repeat(1_300)).repeat(n(1_000)),
        ),
        html(
            "html: a sheet of long selector lists",
            format!(
                "<style>{}</style>x",
                format!("{}{{color:red}}", ".a,".repeat(64)).repeat(n(20_000))
            ),
        ),
        html(
            "html: 100,000 links to imitated hosts",
            "<a href='https://\u{440}\u{430}ypal.com/'>paypal.com</a>".repeat(n(100_000)),
        ),
        html(
            "html: 100,000 addresses as links",
            (0..n(100_000))
                .map(|n| format!("<a href='https://e{n}.example/'>www.b{n}.com</a>"))
                .collect(),
        ),
        html(
            "html: a million preformatted lines",
            "<pre>".to_owned() + &"a\n".repeat(n(1_000_000)),
        ),
        plain("text: 5 MB on one line", "", "word ".repeat(n(1_000_000))),
        plain(
            "text: characters of no width",
            "",
            "\u{1161}".repeat(n(1_000_000)),
        ),
        plain(
            "text: a failure notice of one line",
            "Return-Path: <>\r\nX-Failed-Recipients: b@example.org\r\n",
            "550 5.1.1 a@b.c user unknown ".repeat(n(170_000)),
        ),
        plain(
            "text: an absence of one line",
            "Auto-Submitted: auto-replied\r\n",
            "I am out of the office until Monday 3 May. ".repeat(n(115_000)),
        ),
        plain(
            "text: soft line ends",
            "Content-Transfer-Encoding: quoted-printable\r\n",
            "=\r\n".repeat(n(1_600_000)),
        ),
        plain(
            "text: every byte quoted",
            "Content-Transfer-Encoding: quoted-printable\r\n",
            "=41".repeat(n(1_600_000)),
        ),
        plain(
            "text: base64 with junk",
            "Content-Transfer-Encoding: base64\r\n",
            "Q!=".repeat(n(1_600_000)),
        ),
    ]
}

/// Headers and structures of many small things, each below every limit of its own.
fn more_structures(smaller: usize) -> Vec<Named> {
    let n = |count: usize| count / smaller;
    let mixed =
        "From: a@example.org\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n".to_owned();
    let headers = |name: &'static str, fields: String| {
        (
            name,
            format!("From: a@example.org\r\n{fields}\r\nx").into_bytes(),
        )
    };
    let ids: String = (0..1_000).map(|n| format!("<{n}@b>")).collect();
    let pieces: String = (0..700).map(|n| format!(" name*{n}*=a;")).collect();
    let part = format!("--b\r\nContent-Type: text/x;{pieces}\r\n\r\nx\r\n");
    vec![
        (
            "mime: 1,000 texts, the first of 2 MB",
            (mixed.clone()
                + "--b\r\n\r\n"
                + &"a\r\n".repeat(n(690_000))
                + &"--b\r\n\r\nb\r\n".repeat(n(1_000)))
                .into_bytes(),
        ),
        (
            "mime: 600 parts of 700 pieces of a name",
            (mixed.clone() + &part.repeat(n(600))).into_bytes(),
        ),
        (
            "mime: a million lines like delimiters",
            (mixed + "--b\r\n\r\n" + &"--c\r\n".repeat(n(1_000_000))).into_bytes(),
        ),
        headers(
            "header: a line of 5 MB",
            format!("Subject: {}\r\n", "x".repeat(n(5_000_000))),
        ),
        headers(
            "header: 4,000 fields of 1,000 references",
            format!("References: {ids}\r\n").repeat(n(4_000).min(1_000)),
        ),
        headers(
            "header: 4,000 fields of 100 recipients",
            format!("To: {}\r\n", "A <a@b.de>, ".repeat(100)).repeat(n(4_000)),
        ),
        headers(
            "header: 4,000 dates",
            "Date: no date of any form at all\r\n".repeat(n(4_000)),
        ),
    ]
}
