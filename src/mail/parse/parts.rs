//! The tree of MIME parts (RFC 2046), found in one pass over the lines.
//!
//! mail-parser reads the grammar of `Content-Type` here as elsewhere, but the walk is
//! ours, because a mail must not be able to stop the program: the crate's walk takes
//! time in the square of the size when many parts name boundaries that are not there
//! (0.9 MB: 6.6 s), and a chain of nested `message/rfc822` overflows the stack when its
//! tree is dropped (100,000 levels in 3 MB). This one keeps a flat list, looks at each
//! line once, and stops at [`PARTS`] parts and [`DEPTH`] levels; what lies deeper is
//! the content of the last part that counted.

use mail_parser::HeaderValue;
use mail_parser::parsers::MessageStream;

use super::fields::{Fields, decoded_words, split_line};
use super::pieces;
use super::transfer::Encoding;

/// Most parts of one mail.
const PARTS: usize = 1000;

/// Deepest nesting of multiparts and attached messages together.
const DEPTH: usize = 40;

/// Longest `Content-Type` or `Content-Disposition` that is read.
const PARAMETER_BYTES: usize = 8 * 1024;

/// One part: its fields and the place of its content in the mail.
#[derive(Clone, Debug)]
pub struct Part<'a> {
    /// Index of the part it is in; the root has none.
    pub parent: Option<usize>,
    /// Header fields.
    pub fields: Fields<'a>,
    /// Media type, lower case, such as `text/plain`.
    pub content_type: String,
    /// Parameters of the media type.
    pub parameters: Parameters,
    /// `attachment`, `inline` or empty, lower case.
    pub disposition: String,
    /// Transfer encoding.
    pub encoding: Encoding,
    /// The name the sender gave, decoded but not sanitised.
    pub name: Option<String>,
    /// The content, still encoded.
    pub body: &'a [u8],
    /// Whether parts of their own were found in it.
    pub has_children: bool,
}

/// The parameters that are used.
#[derive(Clone, Debug, Default)]
pub struct Parameters {
    /// `charset`.
    pub charset: Option<String>,
    /// `boundary`.
    pub boundary: Option<String>,
    /// `format=flowed` (RFC 3676).
    pub flowed: bool,
    /// `delsp=yes` (RFC 3676).
    pub delsp: bool,
    /// `report-type` (RFC 6522), lower case.
    pub report_type: Option<String>,
    /// `method` of a calendar part (RFC 5546), lower case.
    pub method: Option<String>,
}

impl Part<'_> {
    /// Whether the media type is a multipart.
    #[must_use]
    pub fn is_multipart(&self) -> bool {
        self.content_type.starts_with("multipart/")
    }

    /// Whether it is a mail within the mail.
    #[must_use]
    pub fn is_message(&self) -> bool {
        matches!(
            self.content_type.as_str(),
            "message/rfc822" | "message/global"
        )
    }
}

struct Open {
    boundary: Vec<u8>,
    part: usize,
}

/// The parts of a mail, parents before their children; the first is the mail itself.
#[must_use]
pub fn walk(raw: &[u8]) -> Vec<Part<'_>> {
    let mut parts: Vec<Part<'_>> = Vec::new();
    let mut open: Vec<Open> = Vec::new();
    // The part whose content is being read, with the place where it began. None in the
    // preamble and in the epilogue of a multipart.
    let mut current: Option<(usize, usize)> = None;
    let mut at = begin(raw, 0, None, &mut parts, &mut open, &mut current);
    // The end of the last line, without its line break.
    let mut line_end = at;
    while at < raw.len() {
        let rest = raw.get(at..).unwrap_or_default();
        let (line, next) = split_line(rest);
        let hit = line
            .strip_prefix(b"--")
            .and_then(|after| delimiter(after, &open));
        if let Some((level, closing)) = hit {
            close(&mut parts, &mut current, raw, line_end);
            let parent = open.get(level).map(|open| open.part);
            for done in open.drain(level + 1..) {
                end_multipart(&mut parts, done.part, raw, line_end);
            }
            at += next;
            line_end = at;
            if closing {
                for done in open.drain(level..) {
                    end_multipart(&mut parts, done.part, raw, line_end);
                }
            } else if parts.len() < PARTS {
                at = begin(raw, at, parent, &mut parts, &mut open, &mut current);
                line_end = at;
            }
            continue;
        }
        line_end = at + line.len();
        at += next;
    }
    close(&mut parts, &mut current, raw, raw.len());
    for done in open {
        end_multipart(&mut parts, done.part, raw, raw.len());
    }
    parts
}

/// Reads the header block at `at` and opens what it announces; gives the place after it.
/// Attached messages are entered at once, so one call can add several parts.
fn begin<'a>(
    raw: &'a [u8],
    mut at: usize,
    parent: Option<usize>,
    parts: &mut Vec<Part<'a>>,
    open: &mut Vec<Open>,
    current: &mut Option<(usize, usize)>,
) -> usize {
    let mut parent = parent;
    loop {
        // A boundary may cut a header block short; the block must not swallow it.
        let limit = block_limit(raw, at, open);
        let (fields, used) = Fields::read(raw.get(at..limit).unwrap_or_default());
        at += used;
        let digest = parent
            .and_then(|parent| parts.get(parent))
            .is_some_and(|parent| parent.content_type == "multipart/digest");
        let mut part = describe(fields, digest);
        part.parent = parent;
        let index = parts.len();
        let depth = depth_of(parts, parent);
        let enter = part.is_message() && part.encoding == Encoding::Plain;
        let multipart = part.is_multipart();
        let boundary = part.parameters.boundary.clone();
        if let Some(parent) = parent.and_then(|parent| parts.get_mut(parent)) {
            parent.has_children = true;
        }
        // The rest of the mail for now; cut to its end when that is found.
        part.body = raw.get(at..).unwrap_or_default();
        parts.push(part);
        if depth < DEPTH && parts.len() < PARTS {
            if enter {
                parent = Some(index);
                // An attached message ends where its own container does.
                open.push(Open {
                    boundary: Vec::new(),
                    part: index,
                });
                continue;
            }
            let boundary = boundary.or_else(|| guessed_boundary(raw, at, multipart));
            if let Some(boundary) = boundary.filter(|b| multipart && !b.is_empty()) {
                open.push(Open {
                    boundary: boundary.into_bytes(),
                    part: index,
                });
                *current = None;
                return at;
            }
        }
        *current = Some((index, at));
        return at;
    }
}

fn depth_of(parts: &[Part<'_>], parent: Option<usize>) -> usize {
    let mut depth = 0;
    let mut up = parent;
    while let Some(part) = up.and_then(|index| parts.get(index)) {
        depth += 1;
        up = part.parent;
    }
    depth
}

fn close(parts: &mut [Part<'_>], current: &mut Option<(usize, usize)>, raw: &[u8], end: usize) {
    if let Some((index, start)) = current.take() {
        cut(parts, index, raw.len() - start, end.saturating_sub(start));
    }
}

/// Shortens a body that reaches to the end of the mail (`whole` bytes) to `wanted`.
fn cut(parts: &mut [Part<'_>], index: usize, whole: usize, wanted: usize) {
    if let Some(part) = parts.get_mut(index)
        && part.body.len() == whole
    {
        part.body = part.body.get(..wanted).unwrap_or_default();
    }
}

fn end_multipart(parts: &mut [Part<'_>], index: usize, raw: &[u8], end: usize) {
    if let Some(part) = parts.get_mut(index) {
        let start = raw.len() - part.body.len();
        let wanted = end.saturating_sub(start);
        part.body = part.body.get(..wanted).unwrap_or_default();
    }
}

/// The innermost open multipart that the line (after its dashes) delimits, and whether it
/// ends it.
fn delimiter(after: &[u8], open: &[Open]) -> Option<(usize, bool)> {
    let after = after.trim_ascii_end();
    let closed = after.strip_suffix(b"--");
    open.iter().enumerate().rev().find_map(|(level, open)| {
        if open.boundary.is_empty() {
            None
        } else if after == open.boundary {
            Some((level, false))
        } else if closed == Some(&open.boundary) {
            Some((level, true))
        } else {
            None
        }
    })
}

/// Where the header block at `at` must end at the latest.
fn block_limit(raw: &[u8], at: usize, open: &[Open]) -> usize {
    if open.is_empty() {
        return raw.len();
    }
    let mut end = at;
    while let Some(rest) = raw.get(end..).filter(|rest| !rest.is_empty()) {
        let (line, next) = split_line(rest);
        let cuts = line
            .strip_prefix(b"--")
            .is_some_and(|after| delimiter(after, open).is_some());
        if cuts {
            return end;
        }
        end += next;
        if line.is_empty() {
            break;
        }
    }
    end
}

/// A multipart without the parameter: the first line that looks like a delimiter.
fn guessed_boundary(raw: &[u8], at: usize, multipart: bool) -> Option<String> {
    if !multipart {
        return None;
    }
    let mut rest = raw.get(at..)?;
    for _ in 0..64 {
        let (line, next) = split_line(rest);
        if let Some(boundary) = line.strip_prefix(b"--") {
            let fine = !boundary.is_empty() && boundary.iter().all(u8::is_ascii_graphic);
            return fine.then(|| String::from_utf8_lossy(boundary).into_owned());
        }
        rest = rest.get(next..).filter(|rest| !rest.is_empty())?;
    }
    None
}

fn describe(fields: Fields<'_>, in_digest: bool) -> Part<'_> {
    let default = if in_digest {
        "message/rfc822"
    } else {
        "text/plain"
    };
    let (mut content_type, mut parameters, mut name) =
        (default.to_owned(), Parameters::default(), None);
    if let Some(value) = fields.raw("content-type")
        && let Some(read) = parameterised(value)
    {
        let subtype = read.subtype().unwrap_or("").to_owned();
        content_type = match (read.ctype(), subtype.as_str()) {
            ("text", "") => "text/plain".to_owned(),
            ("", _) | (_, "") => default.to_owned(),
            (main, sub) => format!("{main}/{sub}"),
        };
        let get = |key: &str| read.attribute(key).map(str::to_owned);
        let is = |key: &str, value: &str| {
            read.attribute(key)
                .is_some_and(|found| found.trim().eq_ignore_ascii_case(value))
        };
        parameters = Parameters {
            charset: get("charset"),
            boundary: get("boundary").map(|b| b.trim_end().to_owned()),
            flowed: is("format", "flowed"),
            delsp: is("delsp", "yes"),
            report_type: get("report-type").map(|t| t.to_ascii_lowercase()),
            method: get("method").map(|m| m.to_ascii_lowercase()),
        };
        name = get("name");
    }
    let mut disposition = String::new();
    if let Some(value) = fields.raw("content-disposition")
        && let Some(read) = parameterised(value)
    {
        disposition = read.ctype().to_owned();
        name = read.attribute("filename").map(str::to_owned).or(name);
    }
    let encoding = fields
        .word("content-transfer-encoding")
        .map_or(Encoding::Plain, |word| Encoding::named(&word));
    Part {
        parent: None,
        content_type,
        parameters,
        disposition,
        encoding,
        name: name.map(|name| decoded_words(&name)),
        body: b"",
        has_children: false,
        fields,
    }
}

fn parameterised(value: &[u8]) -> Option<mail_parser::ContentType<'static>> {
    let value = value.get(..PARAMETER_BYTES).unwrap_or(value);
    let mut fed = pieces::joined(value).into_owned();
    while fed.last().is_some_and(u8::is_ascii_whitespace) {
        fed.pop();
    }
    fed.push(b'\n');
    match MessageStream::new(&fed).parse_content_type() {
        HeaderValue::ContentType(read) => match HeaderValue::ContentType(read).into_owned() {
            HeaderValue::ContentType(read) => Some(read),
            _ => None,
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn shape(raw: &str) -> Vec<(Option<usize>, String, String)> {
        walk(raw.as_bytes())
            .into_iter()
            .map(|part| {
                let body = String::from_utf8_lossy(part.body).into_owned();
                let body = if part.has_children {
                    String::new()
                } else {
                    body
                };
                (part.parent, part.content_type, body)
            })
            .collect()
    }

    #[test]
    fn parts_are_found_with_their_parents_and_exact_contents() {
        let raw = "Content-Type: multipart/mixed; boundary=\"a b\"\r\n\r\npreamble\r\n\
            --a b\r\nContent-Type: multipart/alternative; boundary=in\r\n\r\n\
            --in\r\n\r\nplain\r\n\r\n--in\r\nContent-Type: text/html\r\n\r\n<p>\r\n--in--\r\n\
            --a b  \r\nContent-Type: image/png; name=x\r\n\r\nPNG\r\n--a b--\r\nepilogue";
        assert_eq!(
            shape(raw),
            [
                (None, "multipart/mixed".into(), String::new()),
                (Some(0), "multipart/alternative".into(), String::new()),
                (Some(1), "text/plain".into(), "plain\r\n".into()),
                (Some(1), "text/html".into(), "<p>".into()),
                (Some(0), "image/png".into(), "PNG".into()),
            ]
        );
    }

    #[test]
    fn attached_messages_and_digests_are_entered() {
        let raw = "Content-Type: multipart/digest; boundary=d\n\n--d\n\nSubject: one\n\nfirst\n\
            --d\nContent-Type: message/rfc822\n\nContent-Type: multipart/mixed; boundary=x\n\n\
            --x\n\nsecond\n--d--\n";
        let parts = shape(raw);
        let bodies: Vec<&str> = parts.iter().map(|(_, _, body)| body.as_str()).collect();
        assert_eq!(bodies, ["", "", "first", "", "", "second"]);
        assert_eq!(parts[1].1, "message/rfc822");
    }

    #[test]
    fn a_multipart_whose_boundary_is_missing_or_never_comes_keeps_its_content() {
        let parts = shape("Content-Type: multipart/mixed; boundary=b\n\nonly text\n");
        assert_eq!(
            parts,
            [(None, "multipart/mixed".into(), "only text\n".into())]
        );
        let parts = shape("Content-Type: multipart/mixed\n\n--guess\n\nhi\n--guess--\n");
        assert_eq!(parts.last().unwrap().2, "hi");
    }

    #[test]
    fn a_part_without_its_end_reaches_to_the_end() {
        let parts = shape("Content-Type: multipart/mixed; boundary=b\n\n--b\n\nhi\nthere");
        assert_eq!(parts.last().unwrap().2, "hi\nthere");
    }

    #[test]
    fn hostile_structures_cost_linear_time_and_no_stack() {
        let many = format!(
            "Content-Type: multipart/mixed; boundary=b\n\n{}",
            "--b\nContent-Type: multipart/mixed; boundary=x\n\n".repeat(100_000)
        );
        assert!(walk(many.as_bytes()).len() <= PARTS);
        let nested = "Content-Type: message/rfc822\n\n".repeat(200_000);
        assert!(walk(nested.as_bytes()).len() <= PARTS);
        let deep: String = (0..50_000)
            .map(|i| format!("Content-Type: multipart/mixed; boundary=b{i}\n\n--b{i}\n"))
            .collect();
        assert!(walk(deep.as_bytes()).len() <= PARTS);
        let parameters: String = (0..200_000).map(|i| format!(";\n a{i}*1=x")).collect();
        assert_eq!(
            walk(format!("Content-Type: text/plain{parameters}\n\n").as_bytes()).len(),
            1
        );
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn any_bytes_have_parts_within_them(pieces in prop::collection::vec(prop_oneof![
            "[ -~]{0,12}",
            prop::sample::select(vec![
                "\n", "\r\n", "\n\n", "--a", "--a--", "--b", "Content-Type: ", "multipart/mixed",
                "; boundary=a", "; boundary=\"b\"", "message/rfc822", "multipart/digest", "\u{0}",
            ]).prop_map(str::to_owned),
        ], 0..40)) {
            let raw = pieces.concat();
            for part in walk(raw.as_bytes()) {
                prop_assert!(part.body.len() <= raw.len());
            }
        }
    }
}
