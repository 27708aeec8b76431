//! The signature from the settings, put under every reply that does not end with it.

use super::super::Services;
use crate::domain::Address;
use crate::mail::sanitise;

/// What separates it from the text (RFC 3676 section 4.3): readers fold it, and an answer
/// does not quote it.
const DELIMITER: &str = "-- ";

/// The signature as it is put under a reply from the configured address; empty for none.
#[must_use]
pub fn signature(services: &Services) -> String {
    let user = &services.config().user;
    filled(&user.signature, &Address::named(&user.name, &user.email))
}

fn filled(template: &str, from: &Address) -> String {
    let text = template
        .replace("{name}", from.name.as_deref().unwrap_or_default())
        .replace("{email}", &from.address);
    sanitise::text(&text).trim().to_owned()
}

/// The text with the signature, unless it ends with it already.
pub(super) fn signed(body: &str, template: &str, from: &Address) -> String {
    let signature = filled(template, from);
    let lines = |text: &str| {
        text.lines()
            .map(str::trim)
            .filter(|line| !line.is_empty() && *line != DELIMITER.trim())
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    let (text, wanted) = (lines(body), lines(&signature));
    if wanted.is_empty() || text.ends_with(&wanted) {
        return body.to_owned();
    }
    format!("{}\n\n{DELIMITER}\n{signature}", body.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signature_is_filled_in_and_added_once() {
        let from = Address::named("Sam Doe", "sam@example.com");
        let template = "{name}\nHarbour Web Studio\n{email}";
        let once = signed("Hi Maria,\n\nyes.\n\nSam", template, &from);
        assert_eq!(
            once,
            "Hi Maria,\n\nyes.\n\nSam\n\n-- \nSam Doe\nHarbour Web Studio\nsam@example.com"
        );
        assert_eq!(signed(&once, template, &from), once);
        assert_eq!(signed("Yes.", "", &from), "Yes.");
        assert_eq!(signed("Yes.", "  \n", &from), "Yes.");
    }
}
