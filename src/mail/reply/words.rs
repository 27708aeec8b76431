//! The words by which mail programs introduce what they quote, in the languages they are
//! shipped in. All lower case; looked up in text that was made lower case.
//!
//! Gathered from the localised defaults of Gmail, Outlook, Apple Mail, Thunderbird, Yahoo,
//! Lotus Notes, The Bat!, KMail, Evolution, mutt and the webmailers of several countries.

pub mod attribution;
pub mod ending;
pub mod field;
pub mod separator;

/// Lower case as the words of these lists are written: the dotted `İ` of Turkish is an
/// `i`, not an `i` with a mark on it.
#[must_use]
pub fn folded(text: &str) -> String {
    let lower = text.to_lowercase();
    if lower.contains('\u{307}') {
        lower.replace("i\u{307}", "i")
    } else {
        lower
    }
}
