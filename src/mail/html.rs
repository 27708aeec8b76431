//! Html to readable text: paragraphs, lists, links with their addresses below, flattened
//! tables, `>` before what is quoted; what a reader would not see is left out and counted.
//!
//! A mail's html is hostile and broken, so there is no tree: one pass over the tokens
//! (html5gum, the WHATWG tokenizer) with a stack of open elements that is bounded, looked
//! through to a bounded depth, and never recursed into. Time and memory are linear in the
//! input. How programs mark quotes stands in [`client`], what hides a text in [`style`],
//! how text becomes lines in [`page`].

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
}

impl Rendered {
    /// What a person should be told about it.
    #[must_use]
    pub fn warnings(&self) -> Vec<Warning> {
        let mut found = Vec::new();
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
    let mut reader = reader::Reader::for_input(html.len());
    let mut emitter =
        CallbackEmitter::new(|event: CallbackEvent<'_>, _: Span<()>| reader.event(event));
    emitter.naively_switch_states(true);
    // The reader gives no tokens out, so that one call reads the whole document.
    let unread = Tokenizer::new_with_emitter(html, emitter).next();
    debug_assert!(unread.is_none());
    reader.finish()
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
