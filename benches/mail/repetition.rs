//! Mails that make a rule look at the same lines again and again: each rule of the reply,
//! of kinds and of html is asked as often, and as far, as a mail can make it.

use super::Named;

/// Each with its name; made smaller by a factor where only their shape matters.
pub fn mails(smaller: usize) -> Vec<Named> {
    let mut mails = texts(smaller);
    mails.extend(markup(smaller));
    mails.extend(structures(smaller));
    mails
}

fn plain(name: &'static str, body: String) -> Named {
    let head = "From: a@example.org\r\nSubject: x\r\n\r\n".to_owned();
    (name, (head + &body).into_bytes())
}

fn html(name: &'static str, body: String) -> Named {
    let head = "From: a@example.org\r\nContent-Type: text/html; charset=utf-8\r\n\r\n".to_owned();
    (name, (head + &body).into_bytes())
}

fn texts(smaller: usize) -> Vec<Named> {
    let n = |count: usize| count / smaller;
    let attribution = "On Tue, Nov 3, 2026 at 2:01 PM Jo <jo@example.org> wrote:\n";
    let notice = "This is confidential and for the intended recipient only; if you received it in error, delete it now, please.\n\n";
    vec![
        plain(
            "text: 20,000 indented attributions",
            format!("  {attribution}").repeat(n(20_000)),
        ),
        plain(
            "text: attributions above indented lines",
            format!("{attribution}  a\n  b\n  c\n\n").repeat(n(4_000)) + &"x\n".repeat(8_000),
        ),
        plain(
            "text: names that wrote, a quote at the end",
            "x\n\nMaria Lopez wrote:\n\n".repeat(n(5_000)) + "y\n> z\n",
        ),
        plain(
            "text: 5,000 initials",
            (0..n(5_000))
                .map(|n| format!("Ab{n} Cd wrote:\nAb{n}> a\nAb{n}> b\nc\n"))
                .collect(),
        ),
        plain(
            "text: fields that make no block",
            "Date: 3/11/202 1 a@@b c@@d e@@f g@@h\n".repeat(n(20_000)),
        ),
        plain(
            "text: senders that make no block",
            "Reply-To: @ @ @ @ @ @ @ @ @ @ @ @ @ @ @ @ @ @ @ @\n".repeat(n(20_000)),
        ),
        plain(
            "text: long fields",
            format!("Date: {}\nx\n", "a@@b 3 ".repeat(1_400)).repeat(n(200)),
        ),
        plain(
            "text: names above Lotus labels",
            format!(
                "{}{}{}",
                "1/2 3/4 5/6 7/8 9 10 11 12\n".repeat(20),
                "To\ncc\nSubject\n",
                "1/2 3/4 5/6 7/8 9 10 11 12\n"
            )
            .repeat(n(830)),
        ),
        plain(
            "text: lines that nearly introduce a quote",
            "On 3 of the 11 we said that a@b and c@d of 14:01 had it, all of them:\n> \nx\n"
                .repeat(n(6_600)),
        ),
        plain(
            "text: five lines of every attribution",
            "On Tue, Nov 3, 2026 Maria Lopez <maria\nof the 11 of a@example.org and others\n14:01 and whoever said it at 15:02 or\nof all the others that were here -\n"
                .repeat(n(5_000)),
        ),
        plain(
            "text: rules above a long line",
            "____\n".repeat(23) + &"unsubscrib ".repeat(n(180_000)),
        ),
        plain(
            "text: rules and footers of other people",
            "____\nunsubscribe\n".repeat(12).repeat(n(700)) + "> x\n",
        ),
        plain(
            "text: notices above phones",
            notice.repeat(n(9_000)) + notice.trim_end() + "\n" + &"Sent from my iPhone\n".repeat(39),
        ),
        plain(
            "text: phones and signatures in turn",
            "> a\nx\n-- \nb\nSent from my iPhone\n".repeat(n(4_000)),
        ),
        plain(
            "text: names on dashes",
            "x\n-Maria Lopez\n> a\n".repeat(n(6_600)),
        ),
        plain(
            "text: rests of lines that were broken",
            format!("> {}\nand goes on\n", "word ".repeat(14)).repeat(n(10_000)) + "> x\n",
        ),
        plain(
            "text: separators glued to a text",
            format!("{} -----Original Message-----\n", "a".repeat(100)).repeat(n(15_000)),
        ),
        plain(
            "text: raw headers that are shown",
            "Received: from a\nFrom: Jo <a@b.c>\nDate: 3 Nov 2026\n".repeat(n(6_600)),
        ),
        plain("text: 5 MB of spaces", " ".repeat(n(5_000_000))),
        plain("text: 5 MB of tabs", "\t".repeat(n(5_000_000))),
        plain("text: 5 MB of line feeds and spaces", " \n".repeat(n(2_500_000))),
        plain("text: 5 MB of no-break spaces", "\u{a0}".repeat(n(2_500_000)) + "x"),
        plain("text: lines of a mark", "\u{301}\n".repeat(n(1_600_000))),
        plain("text: pictures with joiners", "\u{1f468}\u{200d}".repeat(n(700_000))),
        plain("text: scripts with joiners", "\u{915}\u{200c}".repeat(n(800_000))),
        plain("text: directions without letters", "\u{200f}a".repeat(n(1_200_000))),
        plain("text: phrases that begin", "thank you for youthank you for y".repeat(n(150_000))),
        plain(
            "text: hosts that imitate",
            "https://\u{440}\u{430}ypal.com/ ".repeat(n(200_000)),
        ),
    ]
}

fn markup(smaller: usize) -> Vec<Named> {
    let n = |count: usize| count / smaller;
    vec![
        html(
            "html: tables in tables, rows of cells",
            "<table><tr><td><table><tr><td>a<td>b</table>".repeat(n(50_000)),
        ),
        html(
            "html: rows that join, in quotes",
            format!(
                "{}<table>{}",
                "<blockquote>".repeat(20),
                "<tr><td>a<td>b<td>c<td>d".repeat(n(150_000))
            ),
        ),
        html(
            "html: a million cells without rows",
            "<td>".repeat(n(1_200_000)),
        ),
        html(
            "html: a million empty paragraphs",
            "<p>".repeat(n(1_600_000)),
        ),
        html(
            "html: a million letters in bold",
            "<b>a</b>".repeat(n(600_000)),
        ),
        html("html: list items in nothing", "<li>a".repeat(n(900_000))),
        html(
            "html: 300,000 spans with a class and an id",
            "<p class=abcd id=e>".repeat(n(300_000)),
        ),
        html(
            "html: short styles",
            "<p style=color:red>".repeat(n(270_000)),
        ),
        html(
            "html: sixteen classes that a sheet knows",
            format!(
                "<style>.a{{margin:0}}</style>{}",
                "<p class='a b c d e f g h i j k l m n o p'>".repeat(n(110_000))
            ),
        ),
        html(
            "html: attributes that are known, each again",
            format!(
                "<p {}>x",
                "style=a class=b id=c href=d src=e ".repeat(n(150_000))
            ),
        ),
        html(
            "html: 400,000 pictures without a text",
            "<img src=a>".repeat(n(450_000)),
        ),
        html(
            "html: pictures in a link",
            "<a href=//a.b>".to_owned() + &"<img>".repeat(n(1_000_000)),
        ),
        html(
            "html: links to one page",
            "<a href=http://a.b>c</a>".repeat(n(200_000)),
        ),
        html(
            "html: links that name another host",
            (0..n(100_000))
                .map(|n| format!("<a href=http://a{n}.de>b{n}.de</a> "))
                .collect(),
        ),
        html(
            "html: entities without an end",
            "&amp&lt&gt&ampx&notit".repeat(n(230_000)),
        ),
        html("html: ends of comments", "<!--a--><!-->".repeat(n(380_000))),
        html(
            "html: processing instructions",
            "<?a?>".repeat(n(1_000_000)),
        ),
        html(
            "html: half-open style sheets",
            "<style>a{color:red".repeat(n(200_000)),
        ),
        html(
            "html: sheets of media rules",
            format!(
                "<style>{}</style>x",
                "@media print{a{color:red}}".repeat(n(180_000))
            ),
        ),
        html(
            "html: sheets of comments",
            format!("<style>{}", "a*/{b:c}".repeat(n(600_000))),
        ),
        html(
            "html: containers of quotes",
            "<div class=gmail_quote>a".repeat(n(200_000)),
        ),
        html(
            "html: scripts that begin anew",
            "<script>a</script>".repeat(n(270_000)),
        ),
        html(
            "html: a textarea that stays open",
            "<textarea>".repeat(n(500_000)),
        ),
        html("html: marks that pile up", "<p>\u{301}".repeat(n(800_000))),
        html(
            "html: bullets that nothing follows",
            "<dd></dd>".repeat(n(550_000)),
        ),
    ]
}

fn structures(smaller: usize) -> Vec<Named> {
    let n = |count: usize| count / smaller;
    let raw = |name: &'static str, mail: String| (name, mail.into_bytes());
    let wide = "b".repeat(60_000);
    vec![
        raw(
            "mime: a boundary of 60,000 letters",
            format!(
                "From: a@b.c\r\nContent-Type: multipart/mixed; boundary={wide}\r\n\r\n{}",
                format!("--{wide}\r\n\r\na\r\n").repeat(n(80))
            ),
        ),
        raw(
            "mime: forty boundaries, lines that are none",
            (0..39)
                .map(|n| {
                    format!("Content-Type: multipart/mixed; boundary={}{n}\r\n\r\n--{0}{n}\r\n", "b".repeat(68))
                })
                .collect::<String>()
                + &format!("\r\n{}", format!("--{}\r\n", "b".repeat(68)).repeat(n(65_000))),
        ),
        raw(
            "mime: alternatives that say nothing",
            "From: a@b.c\r\nContent-Type: multipart/alternative; boundary=b\r\n\r\n".to_owned()
                + &format!("--b\r\n\r\n{}", " \r\n".repeat(2_000)).repeat(n(800))
                + "--b\r\nContent-Type: text/html\r\n\r\n<p>x",
        ),
        raw(
            "mime: nested alternatives",
            (0..39)
                .map(|n| {
                    format!("Content-Type: multipart/alternative; boundary=b{n}\r\n\r\n--b{n}\r\n\r\nx{}\r\n--b{n}\r\n", " ".repeat(100_000))
                })
                .collect(),
        ),
        raw(
            "mime: header blocks that never end",
            "From: a@b.c\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n".to_owned()
                + &format!("--b\r\n{}", "X-A: b\r\n".repeat(600)).repeat(n(1_000)),
        ),
        raw(
            "mime: 5 MB in uuencode",
            "From: a@b.c\r\nContent-Transfer-Encoding: x-uuencode\r\n\r\nbegin 644 a\r\n".to_owned()
                + &"M\r\n".repeat(n(1_600_000)),
        ),
        raw(
            "header: forty subjects of 8,000 encoded words",
            format!("Subject: {}\r\n", "=?utf-8?b?YWJj?=".repeat(n(8_000))).repeat(40) + "\r\nx",
        ),
        raw(
            "header: lines that lost their space",
            "From: a@b.c\r\n".to_owned() + &"nothing\r\nTo: a\r\n".repeat(n(300_000)) + "\r\nx",
        ),
        raw(
            "header: groups of mailboxes",
            format!("From: a@b.c\r\nTo: {}\r\n\r\nx", "a:b@c.d;".repeat(n(600_000))),
        ),
    ]
}
