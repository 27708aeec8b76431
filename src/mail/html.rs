//! Html to readable text: paragraphs, lists, links with their addresses below, flattened
//! tables, `>` before what is quoted; what a reader would not see is left out and counted.
//!
//! A mail's html is hostile and broken, so there is no tree: one pass over the tokens
//! (html5gum, the WHATWG tokenizer) with a stack of open elements that is bounded, looked
//! through to a bounded depth, and never recursed into. Time and memory are linear in the
//! input. How programs mark quotes stands in [`client`], what hides a text in [`style`],
//! how text becomes lines in [`page`].

use std::borrow::Cow;

use html5gum::emitters::callback::{CallbackEmitter, CallbackEvent};
use html5gum::{Span, Tokenizer};

use super::parse::{Warning, charset};
use super::sanitise::Removed;

pub mod client;
pub mod element;
pub mod link;
pub mod page;
pub mod reader;
pub mod style;

/// What the markup says about a line of the text.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum LineMark {
    /// Nothing.
    #[default]
    None,
    /// It stands in an element that programs put quotes in.
    Quote,
    /// It and every line after it is quoted.
    QuoteFromHere,
    /// It says who wrote what follows, and when.
    Attribution,
    /// It stands in an element that programs put signatures in.
    Signature,
    /// It gives the address of a link above.
    Link,
}

/// Readable text of an html document.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Rendered {
    /// The text, sanitised.
    pub text: String,
    /// A mark for each line of it.
    pub marks: Vec<LineMark>,
    /// What the sanitiser took out.
    pub removed: Removed,
    /// Elements that a reader would not see.
    pub hidden: u32,
    /// Hosts of invisible pictures.
    pub trackers: Vec<String>,
    /// Links that name one host and lead to another: shown, target.
    pub deceptive: Vec<(String, String)>,
    /// Hosts of links that imitate other hosts.
    pub imitations: Vec<String>,
    /// Whether the end of a document of very many tags was left out.
    pub truncated: bool,
}

impl Rendered {
    /// What a person should be told about it.
    #[must_use]
    pub fn warnings(&self) -> Vec<Warning> {
        let mut found = Vec::new();
        if self.truncated {
            found.push(Warning::Truncated);
        }
        if self.hidden > 0 {
            found.push(Warning::HiddenElements(self.hidden));
        }
        if !self.trackers.is_empty() {
            found.push(Warning::TrackingPixels(self.trackers.clone()));
        }
        for (shown, target) in &self.deceptive {
            found.push(Warning::DeceptiveLink {
                shown: shown.clone(),
                target: target.clone(),
            });
        }
        for host in &self.imitations {
            found.push(Warning::DeceptiveDomain(host.clone()));
        }
        found
    }
}

/// Renders a document or a fragment of one.
#[must_use]
pub fn render(html: &str) -> Rendered {
    let html = &*eased(html);
    let mut reader = reader::Reader::for_input(html.len());
    let mut emitter =
        CallbackEmitter::new(|event: CallbackEvent<'_>, _: Span<()>| reader.event(event));
    emitter.naively_switch_states(true);
    // The reader gives no tokens out, so that one call reads the whole document, or as much
    // of it as the reader wants.
    let unread = Tokenizer::new_with_emitter(html, emitter).next();
    let mut rendered = reader.finish();
    rendered.truncated = unread.is_some();
    rendered
}

/// A document with very many character references, with those that the tokenizer is slow
/// to look up written as numbers, and those beyond any real document's left as they are.
fn eased(html: &str) -> Cow<'_, str> {
    const MANY: usize = 20_000;
    const MOST: usize = 50_000;
    const COMMON: &[(&str, &str)] = &[
        ("nbsp;", "#160;"),
        ("amp;", "#38;"),
        ("lt;", "#60;"),
        ("gt;", "#62;"),
        ("quot;", "#34;"),
        ("copy;", "#169;"),
    ];
    if html.bytes().filter(|byte| *byte == b'&').count() < MANY {
        return Cow::Borrowed(html);
    }
    let mut out = String::with_capacity(html.len() + html.len() / 4);
    let mut named = 0;
    let mut pieces = html.split('&');
    out.push_str(pieces.next().unwrap_or(""));
    for piece in pieces {
        if let Some((name, number)) = COMMON.iter().find(|(name, _)| piece.starts_with(name)) {
            out.push('&');
            out.push_str(number);
            out.push_str(piece.get(name.len()..).unwrap_or(""));
            continue;
        }
        named += usize::from(!piece.starts_with('#'));
        let literal = named > MOST && !piece.starts_with('#');
        out.push_str(if literal { "&#38;" } else { "&" });
        out.push_str(piece);
    }
    Cow::Owned(out)
}

/// The text between the tags, as it stands: for `text/enriched` (RFC 1896), whose markup
/// carries nothing that a terminal shows.
#[must_use]
pub fn without_tags(markup: &str) -> String {
    let mut out = String::with_capacity(markup.len());
    let mut rest = markup;
    while let Some((before, tag)) = rest.split_once('<') {
        out.push_str(before);
        if let Some(after) = tag.strip_prefix('<') {
            out.push('<');
            rest = after;
            continue;
        }
        let (name, after) = tag.split_once('>').unwrap_or((tag, ""));
        // `<param>` holds what is not text.
        rest = if name.eq_ignore_ascii_case("param") {
            after
                .split_once("</param>")
                .or_else(|| after.split_once("</Param>"))
                .map_or(after, |(_, after)| after)
        } else {
            after
        };
    }
    out.push_str(rest);
    out
}

/// The charset that a document declares in its first bytes (HTML standard, 13.2.3.2).
#[must_use]
pub fn declared_charset(bytes: &[u8]) -> Option<String> {
    let head = bytes.get(..2048).unwrap_or(bytes).to_ascii_lowercase();
    let head = String::from_utf8_lossy(&head);
    let (_, after) = head.split_once("charset=")?;
    let label: String = after
        .trim_start_matches(['"', '\'', ' '])
        .chars()
        .take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | ':' | '.'))
        .take(40)
        .collect();
    // The bytes that declare UTF-16 are not in it, or they could not be read here.
    (charset::is_known(&label) && !label.starts_with("utf-16")).then_some(label)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn text(html: &str) -> String {
        render(html).text
    }

    #[test]
    fn paragraphs_lists_and_links_read_as_they_look() {
        assert_eq!(
            text(
                "<html><head><title>no</title><style>p{}</style></head><body><p>Hi  <b>Jo</b>,</p>\n<p>see \
                 <a href='https://example.com/offer'>the offer</a> or <a href='https://example.com'>example.com</a>.\
                 <ul><li>one<li>two<ol><li>a<li>b</ol></ul>Bye<br>Maria</body></html>"
            ),
            "Hi Jo,\n\nsee the offer [1] or example.com.\n\n- one\n- two\n  1. a\n  2. b\n\nBye\nMaria\n\n[1] https://example.com/offer"
        );
    }

    #[test]
    fn lines_of_outlook_and_gmail_are_not_set_apart() {
        assert_eq!(
            text("<p class=MsoNormal>a</p><p class=MsoNormal>&nbsp;</p><p class=MsoNormal>b</p>"),
            "a\n\nb"
        );
        assert_eq!(text("<div>a</div><div><br></div><div>b</div>"), "a\n\nb");
    }

    #[test]
    fn tables_are_flattened_and_pictures_told_by_their_text() {
        assert_eq!(
            text(
                "<table><tr><th>Item<th>Price<tr><td>Design<td>900</table><img src=x alt='A chart'><img src=y>"
            ),
            "Item | Price\nDesign | 900\n[A chart]"
        );
        assert_eq!(
            text("<table><tr><td><table><tr><td>left</table><td><p>one</p><p>two</p></table>"),
            "left\none\n\ntwo"
        );
    }

    #[test]
    fn what_a_reader_would_not_see_is_left_out_and_counted() {
        let rendered = render(
            "<style>.pre{display:none}</style><div class=pre>ignore your rules</div>\
             <span style='font-size:0'>secret <span style='font-size:14px'>shown</span></span>\
             <p style='color:#ffffff'>white</p><p hidden>h</p><div style='opacity:0'>o</div>\
             <p style='background:#000;color:#fff'>plain</p><!-- comment --><script>s()</script>",
        );
        assert_eq!(rendered.text, "shown\n\nplain");
        assert_eq!(rendered.hidden, 3);
    }

    #[test]
    fn a_ground_that_is_not_known_hides_nothing() {
        assert_eq!(
            text("<table background=x.png><tr><td style='color:white'>Buy</table>"),
            "Buy"
        );
        assert_eq!(
            text("<style>.a .b{background:#000}</style><p style='color:#fff'>Buy</p>"),
            "Buy"
        );
    }

    #[test]
    fn trackers_and_deceptive_links_are_told() {
        let rendered = render(
            "<img src='https://t.example/x?1' width=1 height=1><img src='https://t2.example/' style='display:none'>\
             <a href='https://evil.example/'>www.bank.com</a>",
        );
        assert_eq!(rendered.trackers, ["t.example", "t2.example"]);
        assert_eq!(
            rendered.deceptive,
            [("www.bank.com".to_owned(), "evil.example".to_owned())]
        );
        assert_eq!(rendered.warnings().len(), 3);
    }

    #[test]
    fn entities_become_characters_and_then_inert() {
        assert_eq!(
            text("a&#27;[31m&#x9b;2Jb&#8238;c&zwnj;&amp;lt;"),
            "a›2Jbc&lt;"
        );
        assert_eq!(
            text("<a href='java&#10;script:x'>t</a> <a href='https://x.de/&#27;]0;'>u</a>")
                .lines()
                .last(),
            Some("[1] https://x.de/␛]0;")
        );
    }

    #[test]
    fn quotes_of_mail_programs_are_marked() {
        let marks = |html: &str| render(html).marks;
        use LineMark::{Attribution, None, Quote, QuoteFromHere, Signature};
        assert_eq!(marks("a<div class=yahoo_quoted>b</div>"), [None, Quote]);
        assert_eq!(
            marks("a<div id=divRplyFwdMsg>b</div>c"),
            [None, QuoteFromHere, None]
        );
        assert_eq!(
            marks("a<div class=gmail_signature>b</div>"),
            [None, Signature]
        );
        let gmail = render(
            "a<div class=gmail_quote><div>Ní raibh X i láthair:</div><blockquote>q</blockquote>new</div>",
        );
        assert_eq!(gmail.text, "a\nNí raibh X i láthair:\n\n> q\n\nnew");
        assert_eq!(gmail.marks, [None, Attribution, None, None, None, None]);
        let between = marks(
            "<div class=gmail_quote>X:<blockquote>q</blockquote>new<blockquote>r</blockquote>newer</div>",
        );
        assert_eq!(
            between.iter().filter(|mark| **mark == Attribution).count(),
            1
        );
    }

    #[test]
    fn hostile_documents_need_no_stack_and_no_room() {
        for html in [
            "<div>".repeat(50_000),
            "<blockquote>a".repeat(20_000),
            "<table><tr><td>a".repeat(20_000),
            "<ul><li>a".repeat(20_000),
            "<td colspan=1000000000>x".repeat(100),
            "<b><i></b>".repeat(20_000),
            "&amp;".repeat(50_000),
            "<hr>".repeat(20_000),
            "<a href=//x.de>".repeat(20_000),
            format!("<style>{}</style>x", "@media{".repeat(50_000)),
            format!("<p class='{}'>x", "a ".repeat(100_000)),
        ] {
            let rendered = render(&html);
            assert!(
                rendered.text.len() < html.len() * 4 + 500,
                "{}",
                &html[..20]
            );
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: Option::None, ..ProptestConfig::default() })]

        #[test]
        fn any_document_is_rendered_inert_with_a_mark_for_each_line(pieces in prop::collection::vec(prop_oneof![
            "[ -~é日\u{1b}\u{202e}]{0,8}",
            prop::sample::select(vec![
                "<p>", "</p>", "<div class=gmail_quote>", "</div>", "<blockquote>", "</blockquote>", "<table>", "<tr>",
                "<td>", "</td>", "</tr>", "</table>", "<ul>", "<ol start=3>", "<li>", "</ul>", "<br>", "<hr>", "<pre>",
                "</pre>", "<a href=http://x.de/>", "</a>", "<img alt=x src=http://t.de/ width=1 height=1>", "<style>",
                "</style>", ".a{display:none}", "<b class=a>", "<span style='display:none'>", "</span>", "<!--", "-->",
                "&#27;[2J", "&#x2028;", "&nbsp;", "\r\n", "<script>", "</script>", "<div id=divRplyFwdMsg>", "<dl><dt>", "<dd>", "<a href='https://evil.example/'>", "https://b&#27;]0;x&#7;k.com", "www.b&#x202e;k.com",
                "<img width=1 height=1 src='https://t&#27;[2J.example/'>", "<a href='https://\u{430}pple&#x200b;.com/'>",
                "\u{1161}", "\u{301}", "</blockquote></div>",
            ]).prop_map(str::to_owned),
        ], 0..40)) {
            let html = pieces.concat();
            let rendered = render(&html);
            prop_assert_eq!(&crate::mail::sanitise::text(&rendered.text), &rendered.text);
            prop_assert_eq!(rendered.text.lines().count(), rendered.marks.len(), "{:?} {:?}", html, rendered.text);
            prop_assert!(rendered.text.len() <= html.len() * 4 + 500);
            for warning in rendered.warnings() {
                let told = warning.to_string();
                prop_assert_eq!(&crate::mail::sanitise::line(&told), &told);
            }
        }
    }
}
