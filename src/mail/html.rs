//! Html to readable text.

use super::parse::Warning;
use super::sanitise::{self, Removed};

/// What the markup says about a line of the text.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum LineMark {
    /// Nothing.
    #[default]
    None,
    /// It stands in an element that programs put quotes in.
    Quote,
    /// It stands in an element that programs put signatures in.
    Signature,
}

/// Readable text of an html document.
#[derive(Clone, Debug, Default)]
pub struct Rendered {
    /// The text, sanitised.
    pub text: String,
    /// A mark for each line.
    pub marks: Vec<LineMark>,
    /// What was taken out.
    pub removed: Removed,
    /// Elements that are not shown.
    pub hidden: u32,
}

impl Rendered {
    /// What is to be told about it.
    #[must_use]
    pub fn warnings(&self) -> Vec<Warning> {
        Vec::new()
    }
}

/// The charset a document declares for itself.
#[must_use]
pub fn declared_charset(_bytes: &[u8]) -> Option<String> {
    None
}

/// Renders a document.
#[must_use]
pub fn render(html: &str) -> Rendered {
    let (text, removed) = sanitise::text_counted(&without_tags(html));
    Rendered {
        text,
        removed,
        ..Rendered::default()
    }
}

/// The text between the tags.
#[must_use]
pub fn without_tags(html: &str) -> String {
    let mut out = String::new();
    let Ok(()) = html5gum::Tokenizer::new(html).try_for_each(|token| {
        let Ok(token) = token;
        match token {
            html5gum::Token::String(text) => out.push_str(&String::from_utf8_lossy(&text)),
            html5gum::Token::StartTag(_) => out.push('\n'),
            _ => {}
        }
        Ok::<(), ()>(())
    }) else {
        return out;
    };
    out
}
