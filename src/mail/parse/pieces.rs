//! Parameters in numbered pieces (RFC 2231 section 3), joined before they are read: a
//! character may be cut between two of them, and is whole only when they are one.

use std::borrow::Cow;
use std::collections::BTreeMap;

/// Most pieces of one parameter.
const PIECES: u32 = 500;

/// One piece: whether it is percent-encoded, and what it says.
type Piece = (bool, Vec<u8>);

/// The value of a field with the encoded pieces of each parameter as one parameter.
#[must_use]
pub fn joined(value: &[u8]) -> Cow<'_, [u8]> {
    if !value.windows(3).any(|three| three == b"*0*") {
        return Cow::Borrowed(value);
    }
    let mut whole: Vec<&[u8]> = Vec::new();
    let mut pieces: BTreeMap<Vec<u8>, BTreeMap<u32, Piece>> = BTreeMap::new();
    for parameter in parameters(value) {
        match piece(parameter) {
            Some((name, number, piece)) => {
                pieces
                    .entry(name)
                    .or_default()
                    .entry(number)
                    .or_insert(piece);
            }
            None => whole.push(parameter),
        }
    }
    let mut out = whole.join(&b';');
    for (name, pieces) in pieces {
        out.extend_from_slice(b";");
        out.extend_from_slice(&name);
        let is_encoded = pieces.get(&0).is_some_and(|(encoded, _)| *encoded);
        out.extend_from_slice(if is_encoded { b"*=" } else { b"=\"" });
        for (number, (encoded, says)) in (0..).zip(pieces.values()) {
            // What follows a piece that is missing belongs to nothing.
            if !pieces.contains_key(&number) {
                break;
            }
            match (is_encoded, encoded) {
                (true, false) => {
                    for byte in says {
                        out.extend_from_slice(format!("%{byte:02X}").as_bytes());
                    }
                }
                (true, true) => out.extend_from_slice(says),
                (false, _) => {
                    let plain = says.iter().filter(|byte| !matches!(byte, b'"' | b'\\'));
                    out.extend(plain);
                }
            }
        }
        if !is_encoded {
            out.push(b'"');
        }
    }
    Cow::Owned(out)
}

/// The parts between semicolons that stand in no quoted string.
fn parameters(value: &[u8]) -> Vec<&[u8]> {
    let (mut quoted, mut escaped) = (false, false);
    value
        .split(|byte| {
            let ends = *byte == b';' && !quoted;
            if *byte == b'"' && !escaped {
                quoted = !quoted;
            }
            escaped = *byte == b'\\' && !escaped;
            ends
        })
        .collect()
}

/// `name*3*=...` and `name*3="..."`: the name, the number, the piece.
fn piece(parameter: &[u8]) -> Option<(Vec<u8>, u32, Piece)> {
    let equals = parameter.iter().position(|byte| *byte == b'=')?;
    let (label, says) = parameter.split_at_checked(equals)?;
    let label = label.trim_ascii();
    let (label, encoded) = match label.strip_suffix(b"*") {
        Some(label) => (label, true),
        None => (label, false),
    };
    let star = label.iter().position(|byte| *byte == b'*')?;
    let (name, number) = label.split_at_checked(star)?;
    let number: u32 = std::str::from_utf8(number.get(1..)?).ok()?.parse().ok()?;
    let says = says.get(1..)?.trim_ascii();
    let says = says.strip_prefix(b"\"").unwrap_or(says);
    let says = says.strip_suffix(b"\"").unwrap_or(says);
    (number < PIECES).then(|| (name.to_ascii_lowercase(), number, (encoded, says.to_vec())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encoded_pieces_are_one_parameter_in_the_order_of_their_numbers() {
        for (value, wanted) in [
            (
                "attachment; filename*0*=utf-8''a%C3; filename*1*=%A9.pdf",
                "attachment;filename*=utf-8''a%C3%A9.pdf",
            ),
            (
                "x; a*1=\"b; c\"; a*0*=utf-8''%41; size=3; a*3*=gone",
                "x; size=3;a*=utf-8''%41%62%3B%20%63",
            ),
            ("x; name=\"a*0*b\"", "x; name=\"a*0*b\""),
            ("x; a*0=1; a*1=2", "x; a*0=1; a*1=2"),
        ] {
            assert_eq!(String::from_utf8_lossy(&joined(value.as_bytes())), wanted);
        }
    }
}
