//! What was odd, hidden or broken in a mail.
//!
//! A warning is a fact with its numbers, found without knowing the mail's language;
//! `Display` puts it into words for a person.

use std::fmt;

/// One finding.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Warning {
    /// Elements of the html that a browser would not show; their text was left out.
    HiddenElements(u32),
    /// Hosts from which invisible pictures would have been fetched.
    TrackingPixels(Vec<String>),
    /// Terminal control characters and escape sequences that were taken out.
    ControlCharacters(u32),
    /// Characters that reorder text, taken out.
    BidiControls(u32),
    /// Characters that show nothing, taken out.
    InvisibleCharacters(u32),
    /// Combining marks beyond the cap, taken out.
    StackedMarks(u32),
    /// A domain that imitates another one, with its ASCII form.
    DeceptiveDomain(String),
    /// A link whose text names another host than the one it leads to.
    DeceptiveLink {
        /// The host that is shown.
        shown: String,
        /// The host behind it.
        target: String,
    },
    /// A display name that is somebody else's address.
    DeceptiveName {
        /// The name.
        name: String,
        /// The address it stands before.
        address: String,
    },
    /// Bytes that do not fit the charset they are labelled with.
    BrokenCharset(String),
    /// A body whose transfer encoding is damaged.
    BrokenEncoding,
    /// The content is encrypted and was not read.
    Encrypted,
    /// Only the first part of a very large or very deep mail was read.
    Truncated,
}

impl Warning {
    /// A fixed word for the sort of finding.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::HiddenElements(_) => "hidden_elements",
            Self::TrackingPixels(_) => "tracking_pixels",
            Self::ControlCharacters(_) => "control_characters",
            Self::BidiControls(_) => "bidi_controls",
            Self::InvisibleCharacters(_) => "invisible_characters",
            Self::StackedMarks(_) => "stacked_marks",
            Self::DeceptiveDomain(_) => "deceptive_domain",
            Self::DeceptiveLink { .. } => "deceptive_link",
            Self::DeceptiveName { .. } => "deceptive_name",
            Self::BrokenCharset(_) => "broken_charset",
            Self::BrokenEncoding => "broken_encoding",
            Self::Encrypted => "encrypted",
            Self::Truncated => "truncated",
        }
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::HiddenElements(1) => f.write_str("1 hidden element left out"),
            Self::HiddenElements(n) => write!(f, "{n} hidden elements left out"),
            Self::TrackingPixels(hosts) => write!(f, "tracking pixel from {}", hosts.join(", ")),
            Self::ControlCharacters(n) => removed(f, *n, "terminal control character"),
            Self::BidiControls(n) => removed(f, *n, "text direction control"),
            Self::InvisibleCharacters(n) => removed(f, *n, "invisible character"),
            Self::StackedMarks(n) => removed(f, *n, "stacked accent"),
            Self::DeceptiveDomain(domain) => write!(f, "{domain} imitates another domain"),
            Self::DeceptiveLink { shown, target } => {
                write!(f, "a link that says {shown} leads to {target}")
            }
            Self::DeceptiveName { name, address } if address.is_empty() => {
                write!(f, "the sender calls itself {name} but gives no address")
            }
            Self::DeceptiveName { name, address } => {
                write!(f, "the sender calls itself {name} but is {address}")
            }
            Self::BrokenCharset(label) => write!(f, "some of the text is not valid {label}"),
            Self::BrokenEncoding => f.write_str("a part of the mail is damaged"),
            Self::Encrypted => f.write_str("the content is encrypted and cannot be read here"),
            Self::Truncated => f.write_str("only the beginning of this very large mail was read"),
        }
    }
}

fn removed(f: &mut fmt::Formatter<'_>, number: u32, what: &str) -> fmt::Result {
    let ending = if number == 1 { "" } else { "s" };
    write!(f, "{number} {what}{ending} removed")
}
