//! The words by which mail programs introduce what they quote, in the languages they are
//! shipped in. All lower case; looked up in text that was made lower case.
//!
//! Gathered from the localised defaults of Gmail, Outlook, Apple Mail, Thunderbird, Yahoo,
//! Lotus Notes, The Bat!, KMail, Evolution, mutt and the webmailers of several countries.

pub mod attribution;
pub mod ending;
pub mod field;
pub mod separator;
