//! Whose words stand below a header block or an attribution: an answer between quoted
//! lines, or the rest of an earlier mail that is quoted without prefixes and quotes itself.

use super::line::{Line, Role, role_at, text_at};
use super::words::field::FROM;

/// Filled lines at the end of a mail among which its signature is looked for.
const LAST: usize = 4;

/// Whether what stands below is the author's own mail to its end: after the lines that it
/// quotes come others, signed with the name that the block or the attribution gives.
/// Something new stands above, which is not signed so: nobody answers above and below.
#[must_use]
pub fn signs_below(lines: &[Line<'_>], said: std::ops::Range<usize>) -> bool {
    let names = names(lines, said.clone());
    if names.is_empty() {
        return false;
    }
    let is_name = |index: &usize| {
        let bare = text_at(lines, *index).trim_matches([' ', '-', '–', '—', '.', ',', '*']);
        names.contains(&bare.to_lowercase())
    };
    let is_new = |index: &usize| role_at(lines, *index) == Some(Role::New);
    let above: Vec<usize> = (0..said.start).filter(is_new).collect();
    if above.is_empty() || above.iter().rev().take(LAST).any(is_name) {
        return false;
    }
    let Some(quoted) = (said.end..lines.len())
        .rev()
        .find(|index| lines.get(*index).is_some_and(Line::is_prefixed))
    else {
        return false;
    };
    let rest: Vec<usize> = (quoted + 1..lines.len()).filter(is_new).collect();
    // Between the quoted lines nobody has answered, and a name alone is no mail.
    let answered = (said.end..quoted).any(|index| is_new(&index));
    let signed = rest.iter().rev().take(LAST).position(is_name);
    !answered && signed.is_some_and(|place| place + 1 < rest.len())
}

/// The whole and the first name of whoever is named there, lower case.
fn names(lines: &[Line<'_>], said: std::ops::Range<usize>) -> Vec<String> {
    let texts: Vec<&str> = said.map(|index| text_at(lines, index)).collect();
    let of_field = texts.iter().find_map(|text| {
        let (name, value) = text.trim_matches(['*', ' ']).split_once([':', '：'])?;
        let name = name.trim_matches(['*', ' ']).to_lowercase();
        FROM.contains(&name.as_str()).then(|| value.to_owned())
    });
    let joined = texts.join(" ");
    let Some(value) = of_field.or_else(|| joined.contains('<').then_some(joined)) else {
        return Vec::new();
    };
    let shown = value.split(['<', '[', '(']).next().unwrap_or("");
    let words: Vec<&str> = shown
        .split_whitespace()
        .rev()
        .map(|word| word.trim_matches(['"', '\'', '*']))
        // A time may stand before the name.
        .take_while(|word| !matches!(*word, "AM" | "PM"))
        .take_while(|word| word.starts_with(char::is_uppercase) && word.ends_with(is_of_name))
        .take(4)
        .collect();
    let words: Vec<String> = words.iter().rev().map(|word| word.to_lowercase()).collect();
    match words.split_first() {
        Some((first, [])) => vec![first.clone()],
        Some((first, _)) => vec![words.join(" "), first.clone()],
        None => Vec::new(),
    }
}

fn is_of_name(sign: char) -> bool {
    sign.is_alphabetic() || sign == '.'
}
