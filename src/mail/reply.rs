//! What a person newly wrote in a reply, apart from quotes, signature and footers.
//!
//! The rule above all others: new text is never dropped. A line is taken for a quote when
//! something says so (a prefix, markup, an attribution or a separator above it); what
//! nothing speaks about is new. How the parts are recognised stands in [`attribution`],
//! [`boundary`] and [`signature`], the words of many languages in [`words`], the order of
//! decisions in [`structure`].

use std::ops::Range;

use super::html::LineMark;

pub mod attribution;
pub mod boundary;
pub mod line;
pub mod signature;
pub mod structure;
pub mod words;

use line::{Line, Role};

/// What a stretch of a text is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SegmentKind {
    /// Newly written.
    New,
    /// Quoted from an earlier mail.
    Quote,
    /// The line that says who wrote the quote.
    Attribution,
    /// The signature, or the footer of a phone.
    Signature,
    /// A legal notice.
    Disclaimer,
    /// What a list or a provider adds.
    Footer,
    /// A mail from elsewhere, passed on.
    Forward,
    /// Addresses of the links above.
    Links,
}

/// A stretch of a text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Segment {
    /// What it is.
    pub kind: SegmentKind,
    /// Bytes of the text; whole lines, but where new text and an attribution share one.
    pub range: Range<usize>,
}

/// A text taken apart.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Split {
    /// The stretches in order; together they are the whole text.
    pub segments: Vec<Segment>,
    /// What is new, with the addresses of its links.
    pub reply: String,
    /// What is quoted or passed on, with attribution lines.
    pub quoted: String,
    /// Signature and legal notice.
    pub signature: String,
}

/// Takes a plain text apart.
#[must_use]
pub fn split(text: &str) -> Split {
    split_marked(text, &[])
}

/// Takes a text apart with what its markup told of each line.
#[must_use]
pub fn split_marked(text: &str, marks: &[LineMark]) -> Split {
    let mut lines = structure::parted(text, marks);
    structure::judge(&mut lines);
    assemble(text, &lines)
}

fn kind_of(role: Role) -> Option<SegmentKind> {
    Some(match role {
        Role::Blank => return None,
        Role::New => SegmentKind::New,
        Role::Quote => SegmentKind::Quote,
        Role::Attribution => SegmentKind::Attribution,
        Role::Signature => SegmentKind::Signature,
        Role::Disclaimer => SegmentKind::Disclaimer,
        Role::Footer => SegmentKind::Footer,
        Role::Forward => SegmentKind::Forward,
        Role::Link => SegmentKind::Links,
    })
}

fn assemble(text: &str, lines: &[Line<'_>]) -> Split {
    let mut split = Split::default();
    for line in lines {
        // Empty lines belong to what stands above them.
        let kind = kind_of(line.role).or_else(|| split.segments.last().map(|last| last.kind));
        let kind = kind.unwrap_or(SegmentKind::New);
        match split.segments.last_mut() {
            Some(last) if last.kind == kind => last.range.end = line.range.end,
            _ => split.segments.push(Segment {
                kind,
                range: line.range.clone(),
            }),
        }
    }
    let mut links = "";
    for segment in &split.segments {
        let stretch = text.get(segment.range.clone()).unwrap_or("");
        match segment.kind {
            SegmentKind::New => join(&mut split.reply, stretch),
            SegmentKind::Quote | SegmentKind::Attribution | SegmentKind::Forward => {
                join_near(&mut split.quoted, stretch);
            }
            SegmentKind::Signature | SegmentKind::Disclaimer => join(&mut split.signature, stretch),
            SegmentKind::Links => links = stretch,
            SegmentKind::Footer => {}
        }
    }
    let used: Vec<&str> = links
        .lines()
        .filter(|line| {
            line.split_once("] ")
                .is_some_and(|(number, _)| split.reply.contains(&format!("{number}]")))
        })
        .collect();
    if !used.is_empty() {
        split.reply.push_str("\n\n");
        split.reply.push_str(&used.join("\n"));
    }
    split
}

/// Adds a stretch as a paragraph of its own, without empty lines around it.
fn join(to: &mut String, stretch: &str) {
    let stretch = trimmed(stretch);
    if stretch.is_empty() {
        return;
    }
    if !to.is_empty() {
        to.push_str("\n\n");
    }
    to.push_str(stretch);
}

/// Adds a stretch below, with one line end between.
fn join_near(to: &mut String, stretch: &str) {
    let stretch = trimmed(stretch);
    if stretch.is_empty() {
        return;
    }
    if !to.is_empty() {
        to.push('\n');
    }
    to.push_str(stretch);
}

/// Without empty lines at its ends; the indent of the first line stays.
fn trimmed(stretch: &str) -> &str {
    let end = stretch.trim_end();
    let mut from = 0;
    for line in end.split_inclusive('\n') {
        if !line.trim().is_empty() {
            break;
        }
        from += line.len();
    }
    end.get(from..).unwrap_or("")
}
