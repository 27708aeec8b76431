//! What a person newly wrote in a reply.

use super::html::LineMark;

/// What a stretch of text is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SegmentKind {
    /// Newly written.
    New,
    /// Quoted from an earlier mail.
    Quote,
    /// The signature.
    Signature,
}

/// A stretch of the text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Segment {
    /// What it is.
    pub kind: SegmentKind,
    /// Bytes of the text.
    pub range: std::ops::Range<usize>,
}

/// A text taken apart.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Split {
    /// The stretches, in order, without gaps.
    pub segments: Vec<Segment>,
    /// What is new.
    pub reply: String,
    /// What is quoted.
    pub quoted: String,
    /// Signature and disclaimer.
    pub signature: String,
}

/// Takes a text apart.
#[must_use]
pub fn split(text: &str) -> Split {
    split_marked(text, &[])
}

/// Takes a text apart, with what its markup told.
#[must_use]
pub fn split_marked(text: &str, _marks: &[LineMark]) -> Split {
    let mut split = Split::default();
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let kind = if line.starts_with('>') {
            SegmentKind::Quote
        } else {
            SegmentKind::New
        };
        match kind {
            SegmentKind::Quote => split.quoted.push_str(line),
            _ => split.reply.push_str(line),
        }
        split.segments.push(Segment {
            kind,
            range: at..at + line.len(),
        });
        at += line.len();
    }
    split.reply = split.reply.trim().to_owned();
    split
}
