//! From the parts of a mail to what is shown of it: one readable text and a list of
//! attachments.
//!
//! Of alternatives the plain one is taken when it says anything, because it is what the
//! sender's program meant for places like ours; html is rendered when it stands alone or
//! when the plain part only tells to look elsewhere.

use super::parts::Part;
use super::warning::Warning;
use super::{charset, transfer};
use crate::domain::Attachment;
use crate::mail::html::{self, LineMark};
use crate::mail::{flowed, sanitise};

/// Longest text that is kept of one mail, in bytes; a book has a million.
pub const TEXT_BYTES: usize = 2 * 1024 * 1024;

/// The readable text with what is known about its lines.
#[derive(Clone, Debug, Default)]
pub struct Body {
    /// The text, sanitised.
    pub text: String,
    /// One mark for each line of the text, or none at all when nothing is known.
    pub marks: Vec<LineMark>,
    /// What was found on the way.
    pub warnings: Vec<Warning>,
    /// Number of its lines.
    lines: usize,
}

/// The parts to show and the parts to list.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// Indices of text parts, in reading order.
    pub shown: Vec<usize>,
    /// Indices of attachments, in order.
    pub attached: Vec<usize>,
    /// Whether an encrypted part was met.
    pub encrypted: bool,
}

/// Sorts the parts.
#[must_use]
pub fn plan(parts: &[Part<'_>]) -> Plan {
    let mut plan = Plan::default();
    let mut children: Vec<Vec<usize>> = vec![Vec::new(); parts.len()];
    for (index, part) in parts.iter().enumerate() {
        if let Some(list) = part.parent.and_then(|parent| children.get_mut(parent)) {
            list.push(index);
        }
    }
    // Depth first with a stack: the walk has bounded depth, the stack none to overflow.
    let mut todo = vec![0usize];
    while let Some(index) = todo.pop() {
        let Some(part) = parts.get(index) else {
            continue;
        };
        let mine = children.get(index).map_or(&[][..], Vec::as_slice);
        if part.is_multipart() && !mine.is_empty() {
            let chosen = chosen(part, mine, parts, &children, &mut plan);
            todo.extend(chosen.into_iter().rev());
        } else if is_shown(part, &plan) {
            plan.shown.push(index);
        } else if is_listed(part) {
            plan.attached.push(index);
        }
    }
    plan
}

/// The children to look at, in order.
fn chosen(
    part: &Part<'_>,
    mine: &[usize],
    parts: &[Part<'_>],
    children: &[Vec<usize>],
    plan: &mut Plan,
) -> Vec<usize> {
    let kind = |index: usize| {
        parts
            .get(index)
            .map_or("", |part| part.content_type.as_str())
    };
    match part.content_type.as_str() {
        "multipart/alternative" => {
            let plain = mine.iter().copied().find(|index| {
                kind(*index) == "text/plain" && says_anything(*index, mine, parts, children)
            });
            let best = plain.or_else(|| {
                mine.iter()
                    .copied()
                    .rev()
                    .find(|index| reads_as_text(*index, parts, children))
            });
            let best = best.or_else(|| mine.first().copied());
            // What is no text (an invitation, say) is still there to be saved, also what
            // stands beside a text that is not shown: pictures in it, files after it.
            mine.iter()
                .copied()
                .flat_map(|index| match Some(index) == best {
                    true => vec![index],
                    false => files_in(index, parts, children),
                })
                .collect()
        }
        "multipart/encrypted" => {
            plan.encrypted = true;
            mine.to_vec()
        }
        _ => mine.to_vec(),
    }
}

/// What is no text for a reader, in an alternative that is not shown.
fn files_in(index: usize, parts: &[Part<'_>], children: &[Vec<usize>]) -> Vec<usize> {
    let mut found = Vec::new();
    let mut todo = vec![index];
    while let Some(index) = todo.pop() {
        let within = children.get(index).map_or(&[][..], Vec::as_slice);
        match parts.get(index) {
            Some(part) if part.is_multipart() => todo.extend(within.iter().rev()),
            Some(part) if is_file(part) => found.push(index),
            _ => {}
        }
    }
    found
}

fn is_file(part: &Part<'_>) -> bool {
    part.disposition == "attachment"
        || !part.content_type.starts_with("text/")
        || part.content_type == "text/calendar"
}

fn reads_as_text(index: usize, parts: &[Part<'_>], children: &[Vec<usize>]) -> bool {
    let mut todo = vec![index];
    while let Some(index) = todo.pop() {
        if parts
            .get(index)
            .is_some_and(|part| matches!(part.content_type.as_str(), "text/html" | "text/plain"))
        {
            return true;
        }
        todo.extend(children.get(index).into_iter().flatten());
    }
    false
}

/// Whether the plain alternative is more than a note that there is html.
fn says_anything(
    index: usize,
    mine: &[usize],
    parts: &[Part<'_>],
    children: &[Vec<usize>],
) -> bool {
    let Some(part) = parts.get(index) else {
        return false;
    };
    let others = mine
        .iter()
        .any(|other| *other != index && reads_as_text(*other, parts, children));
    if !others {
        return true;
    }
    let text = decoded(part, &mut Vec::new());
    let text = text.trim();
    let note = text.len() < 300 && text.to_lowercase().contains("html");
    let markup = text.starts_with("<!DOCTYPE") || text.starts_with("<html");
    !text.is_empty() && !note && !markup
}

fn is_shown(part: &Part<'_>, plan: &Plan) -> bool {
    if part.disposition == "attachment" {
        return false;
    }
    match part.content_type.as_str() {
        // A named text in the place of the body is the body; later ones are files.
        "text/plain" | "text/html" => part.name.is_none() || plan.shown.is_empty(),
        kind if part.is_multipart() => kind != "multipart/encrypted",
        "text/enriched" | "text/richtext" | "text/markdown" | "text/x-markdown" => {
            part.name.is_none()
        }
        _ => false,
    }
}

/// Parts that carry no content of their own are not listed.
fn is_listed(part: &Part<'_>) -> bool {
    !matches!(
        part.content_type.as_str(),
        "message/delivery-status"
            | "message/global-delivery-status"
            | "message/disposition-notification"
            | "message/feedback-report"
            | "text/rfc822-headers"
            | "message/global-headers"
            | "application/pgp-signature"
            | "application/pkcs7-signature"
            | "application/x-pkcs7-signature"
            | "application/pgp-encrypted"
    )
}

/// The text of one part, decoded but not sanitised.
#[must_use]
pub fn decoded(part: &Part<'_>, warnings: &mut Vec<Warning>) -> String {
    let (bytes, broken) = transfer::decode(part.body, part.encoding);
    if broken {
        warnings.push(Warning::BrokenEncoding);
    }
    let label = part.parameters.charset.clone();
    let label = label.or_else(|| {
        (part.content_type == "text/html")
            .then(|| html::declared_charset(&bytes))
            .flatten()
    });
    let text = charset::decode(&bytes, label.as_deref());
    if text.broken {
        let label = label.map(|label| sanitise::line(&label));
        let label = label.filter(|label| !label.is_empty());
        let label = label.unwrap_or_else(|| "text".to_owned());
        warnings.push(Warning::BrokenCharset(label));
    }
    text.text
}

/// The readable text of the parts to show.
#[must_use]
pub fn read(parts: &[Part<'_>], plan: &Plan) -> Body {
    let mut body = Body::default();
    let mut removed = sanitise::Removed::default();
    if plan.encrypted {
        body.warnings.push(Warning::Encrypted);
    }
    for index in &plan.shown {
        let Some(part) = parts.get(*index) else {
            continue;
        };
        let raw = decoded(part, &mut body.warnings);
        let (raw, cut) = capped(raw);
        if cut || body.text.len() > TEXT_BYTES {
            body.warnings.push(Warning::Truncated);
        }
        if body.text.len() > TEXT_BYTES {
            break;
        }
        let (text, marks) = if part.content_type == "text/html" {
            let rendered = html::render(&raw);
            body.warnings.extend(rendered.warnings());
            removed = removed.and(rendered.removed);
            (rendered.text, rendered.marks)
        } else {
            let source = if part.parameters.flowed {
                flowed::decode(&raw, part.parameters.delsp)
            } else if part.content_type.starts_with("text/enriched")
                || part.content_type.starts_with("text/richtext")
            {
                html::without_tags(&raw)
            } else {
                raw
            };
            let (clean, taken) = sanitise::text_counted(&source);
            removed = removed.and(taken);
            (clean, Vec::new())
        };
        append(&mut body, &text, marks);
    }
    body.warnings.extend(removal_warnings(removed));
    body.warnings.dedup();
    body
}

fn append(body: &mut Body, text: &str, marks: Vec<LineMark>) {
    let room = TEXT_BYTES.saturating_sub(body.text.len());
    let whole = text.trim_end();
    let text = beginning(whole, room);
    if text.len() < whole.len() {
        body.warnings.push(Warning::Truncated);
    }
    if text.is_empty() {
        return;
    }
    let first = body.text.is_empty();
    if !first {
        body.text.push_str("\n\n");
    }
    body.text.push_str(text);
    let start = if first { 0 } else { body.lines + 1 };
    let lines = text.lines().count();
    body.lines = start + lines;
    if marks.is_empty() && body.marks.is_empty() {
        return;
    }
    body.marks.resize(start, LineMark::None);
    body.marks.extend(marks.into_iter().take(lines));
    body.marks.resize(body.lines, LineMark::None);
}

/// The whole lines that fit, or a piece of the first one.
fn beginning(text: &str, room: usize) -> &str {
    if text.len() <= room {
        return text;
    }
    let mut end = room;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let piece = text.get(..end).unwrap_or("");
    piece.rsplit_once('\n').map_or(piece, |(lines, _)| lines)
}

fn capped(mut text: String) -> (String, bool) {
    // Html shrinks when it is read; what is read of it is capped by its own module.
    let cap = TEXT_BYTES * 4;
    if text.len() <= cap {
        return (text, false);
    }
    let mut end = cap;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.truncate(end);
    (text, true)
}

fn removal_warnings(removed: sanitise::Removed) -> Vec<Warning> {
    let mut found = Vec::new();
    if removed.controls > 0 {
        found.push(Warning::ControlCharacters(removed.controls));
    }
    if removed.bidi > 0 {
        found.push(Warning::BidiControls(removed.bidi));
    }
    if removed.invisible > 0 {
        found.push(Warning::InvisibleCharacters(removed.invisible));
    }
    if removed.marks > 0 {
        found.push(Warning::StackedMarks(removed.marks));
    }
    found
}

/// The attachments as they are listed.
#[must_use]
pub fn attachments(parts: &[Part<'_>], plan: &Plan) -> Vec<Attachment> {
    plan.attached
        .iter()
        .filter_map(|index| parts.get(*index))
        .map(|part| Attachment {
            name: attachment_name(part),
            content_type: sanitise::line(&part.content_type),
            bytes: u64::try_from(transfer::decoded_len(part.body, part.encoding))
                .unwrap_or(u64::MAX),
        })
        .collect()
}

fn attachment_name(part: &Part<'_>) -> String {
    match &part.name {
        Some(name) if !name.trim().is_empty() => sanitise::file_name(name),
        _ if part.is_message() => "message.eml".to_owned(),
        _ if part.content_type == "text/calendar" => "invite.ics".to_owned(),
        _ => String::new(),
    }
}
