//! Links, mail addresses and phone numbers in a text, and the form they are compared by.

use std::ops::Range;

/// Something that leads to somebody.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Contact {
    /// What it is.
    pub kind: ContactKind,
    /// The form it is compared by.
    pub key: String,
    /// Where.
    pub place: Range<usize>,
}

/// What sort of contact it is.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum ContactKind {
    /// A web address.
    Link,
    /// A mail address.
    Email,
    /// A phone number.
    Phone,
}

/// Characters that end a word with a link or an address in it.
fn is_edge(c: char) -> bool {
    c.is_whitespace() || matches!(c, '<' | '>' | '"' | '«' | '»' | '“' | '”' | '„' | '|' | '`')
}

/// Marks at the end of a sentence, which belong to no address.
const TRAILING: &[char] = &[
    '.', ',', ';', ':', '!', '?', ')', ']', '}', '\'', '’', '*', '_', '…',
];
const LEADING: &[char] = &['(', '[', '{', '\'', '‘', '*', '_', '¡', '¿', ',', ';', ':'];

/// Links and mail addresses.
#[must_use]
pub fn links_and_addresses(text: &str) -> Vec<Contact> {
    let mut found = Vec::new();
    let mut at = 0;
    for word in text.split(is_edge) {
        let start = at;
        at += word.len();
        at += text
            .get(at..)
            .and_then(|t| t.chars().next())
            .map_or(0, char::len_utf8);
        // "[text](https://...)" has two parts.
        let mut inner = start;
        for part in word.split_inclusive("](") {
            let part_start = inner;
            inner += part.len();
            let trimmed = part.trim_end_matches("](").trim_start_matches(LEADING);
            let lead = part.len() - part.trim_start_matches(LEADING).len();
            let trimmed = balanced(trimmed);
            let place = part_start + lead..part_start + lead + trimmed.len();
            if let Some((kind, key)) = contact(trimmed) {
                found.push(Contact { kind, key, place });
            }
        }
    }
    found.extend(spelled_out(text, &found));
    found
}

/// Without the marks behind it; a closing bracket stays where one was opened.
fn balanced(word: &str) -> &str {
    let mut word = word;
    while let Some(last) = word.chars().next_back().filter(|c| TRAILING.contains(c)) {
        if last == ')' && word.contains('(') {
            break;
        }
        word = word.get(..word.len() - last.len_utf8()).unwrap_or_default();
    }
    word
}

fn contact(word: &str) -> Option<(ContactKind, String)> {
    let lower = word.to_lowercase();
    let mail = lower.strip_prefix("mailto:").unwrap_or(&lower);
    if let Some((local, host)) = mail.rsplit_once('@')
        && !lower.contains("://")
    {
        let host = host.split(['?', '/']).next().unwrap_or(host);
        let fits = !local.is_empty()
            && is_host(host)
            && local
                .chars()
                .all(|c| c.is_alphanumeric() || ".!#$%&'*+-/=?^_{|}~".contains(c));
        return fits.then(|| (ContactKind::Email, format!("{local}@{host}")));
    }
    link_key(&lower).map(|key| (ContactKind::Link, key))
}

/// Without scheme, `www.` and the slash at its end: `https://www.A.example/` is `a.example`.
#[must_use]
pub fn link_key(text: &str) -> Option<String> {
    let lower = text.to_lowercase();
    let (scheme, rest) = match lower.split_once("://") {
        Some((scheme, rest)) => (
            scheme
                .chars()
                .all(|c| c.is_ascii_alphanumeric())
                .then_some(scheme)?,
            rest,
        ),
        None => ("", lower.as_str()),
    };
    let www = rest.starts_with("www.");
    let rest = rest.strip_prefix("www.").unwrap_or(rest);
    let undone = rest
        .replace("[.]", ".")
        .replace("(.)", ".")
        .replace("[dot]", ".")
        .replace("(dot)", ".");
    let end = undone.find(['/', '?', '#']).unwrap_or(undone.len());
    let (host, path) = undone.split_at_checked(end)?;
    // What stands before an @ is no host: "https://bank.example@evil.example".
    let host = host.rsplit('@').next().unwrap_or(host);
    let bare = host.split(':').next().unwrap_or(host);
    let numeric = !scheme.is_empty() && !bare.is_empty();
    let fits = if scheme.is_empty() && !www {
        is_host(bare) && is_known_ending(bare, !path.is_empty())
    } else {
        numeric || is_host(bare)
    };
    let path = path.trim_end_matches('/');
    fits.then(|| format!("{host}{path}"))
}

/// The host of a [`link_key`].
#[must_use]
pub fn host_of(key: &str) -> &str {
    key.split(['/', '?', '#', ':']).next().unwrap_or(key)
}

fn is_host(host: &str) -> bool {
    let labels: Vec<&str> = host.split('.').collect();
    labels.len() >= 2
        && labels.iter().all(|label| {
            !label.is_empty()
                && label.len() <= 63
                && label
                    .chars()
                    .all(|c| c.is_alphanumeric() || c == '-' || c == '_')
        })
        && labels
            .last()
            .is_some_and(|last| last.chars().filter(|c| c.is_alphabetic()).count() >= 2)
}

/// Endings that make a bare word a web address. Everything else needs `www.` or a scheme:
/// "Node.js" and a forgotten blank behind a full stop are none.
const ENDINGS: &[&str] = &[
    "com", "org", "net", "info", "biz", "io", "co", "ai", "app", "dev", "me", "eu", "de", "at",
    "ch", "es", "fr", "it", "pt", "nl", "be", "lu", "uk", "ie", "us", "ca", "br", "mx", "ar", "pl",
    "cz", "se", "no", "dk", "fi", "ru", "cn", "jp", "in", "au", "nz", "tv", "cc", "to", "ly", "gl",
    "gg", "xyz", "top", "site", "online", "shop", "store", "click", "link", "page", "cloud",
    "live", "pro", "example", "test", "invalid", "tk", "ml", "su", "ws", "digital", "agency",
    "studio", "design", "email", "help", "support", "finance", "bank", "pay", "money", "zip",
    "mov", "art", "blog",
];
/// Words of their own, which follow a full stop without a blank now and then.
const WORDS_TOO: &[&str] = &[
    "me", "at", "be", "it", "to", "in", "no", "us", "es", "de", "no", "pay", "help", "money",
    "art", "live", "page", "link", "shop", "store", "design", "support", "click", "test", "email",
    "so", "top", "pro", "example", "bank", "zip",
];

fn is_known_ending(host: &str, has_path: bool) -> bool {
    let mut labels = host.split('.').rev();
    let last = labels.next().unwrap_or_default();
    let before = labels.next().unwrap_or_default();
    if !(ENDINGS.contains(&last) || last.starts_with("xn--")) || before.len() < 2 {
        return false;
    }
    let word = WORDS_TOO.contains(&last) && last != "de" && last != "example";
    !word || has_path || host.contains('-') || labels.next().is_some()
}

/// `evil dot example`, `pay (at) evil (dot) example`: spelled so that filters do not see it.
fn spelled_out(text: &str, known: &[Contact]) -> Vec<Contact> {
    let mut found = Vec::new();
    let lower = text.to_lowercase();
    if lower.len() != text.len() {
        return found;
    }
    for dot in [
        " dot ", " [dot] ", " (dot) ", " punkt ", " punto ", " point ",
    ] {
        for (at, mark) in lower.match_indices(dot) {
            let before = lower.get(..at).unwrap_or_default();
            let after = lower.get(at + mark.len()..).unwrap_or_default();
            let start = before
                .rfind(|c: char| !(c.is_alphanumeric() || c == '-'))
                .map_or(0, |p| p + 1);
            let start = if before.is_char_boundary(start) {
                start
            } else {
                continue;
            };
            let end = after
                .find(|c: char| !c.is_alphanumeric())
                .unwrap_or(after.len());
            let ending = after.get(..end).unwrap_or_default();
            let name = before.get(start..).unwrap_or_default();
            if name.len() < 2
                || !ENDINGS.contains(&ending)
                || WORDS_TOO.contains(&ending) && ending != "example"
            {
                continue;
            }
            let place = start..at + mark.len() + end;
            if !known
                .iter()
                .any(|k| k.place.start < place.end && place.start < k.place.end)
            {
                let key = format!("{name}.{ending}");
                found.push(Contact {
                    kind: ContactKind::Link,
                    key,
                    place,
                });
            }
        }
    }
    found
}

/// Words before a phone number that has no other sign of being one.
const CALLS: &[&str] = &[
    "tel",
    "tel.",
    "phone",
    "call",
    "mobile",
    "cell",
    "telefon",
    "handy",
    "mobil",
    "whatsapp",
    "signal",
    "telegram",
    "telefono",
    "telefone",
    "telephone",
    "teléfono",
    "téléphone",
    "móvil",
    "móbil",
    "portable",
    "cellulare",
    "telemóvel",
    "celular",
    "telefoon",
    "rufnummer",
    "number",
    "nummer",
    "número",
    "numéro",
    "numero",
    "sms",
];

/// Phone numbers; links and dates should be blanked out before.
#[must_use]
pub fn phones(text: &str) -> Vec<Contact> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(c) = text.get(at..).and_then(|rest| rest.chars().next()) {
        let before = text.get(..at).unwrap_or_default();
        let begins = (c == '+' || c == '(' || c.is_ascii_digit())
            && !before.ends_with(|b: char| {
                b.is_alphanumeric() || matches!(b, '.' | ',' | '/' | '-' | '€' | '$' | '£' | '#')
            });
        if !begins {
            at += c.len_utf8();
            continue;
        }
        let rest = text.get(at..).unwrap_or_default();
        let run = phone_run(rest);
        let (digits, groups) = shape(run);
        let first = run.trim_start_matches('(');
        let called = || {
            let lower = before.trim_end_matches([':', ' ', '.', '(']).to_lowercase();
            let last = lower
                .rsplit(|c: char| c.is_whitespace() || c == '(')
                .next()
                .unwrap_or_default();
            CALLS.contains(&last.trim_end_matches(':'))
                || lower
                    .rsplit(char::is_whitespace)
                    .nth(1)
                    .is_some_and(|w| CALLS.contains(&w))
        };
        let international =
            run.starts_with('+') || first.starts_with('+') || first.starts_with("00");
        let fits = (8..=15).contains(&digits)
            && (international || (first.starts_with('0') && groups >= 2))
            || (digits == 10 || digits == 11) && run.starts_with('(') && run.contains(')')
            || digits == 10 && groups == 3 && is_american(run)
            || (7..=15).contains(&digits) && called();
        if fits {
            let key: String = run.chars().filter(char::is_ascii_digit).collect();
            found.push(Contact {
                kind: ContactKind::Phone,
                key: key.trim_start_matches('0').to_owned(),
                place: at..at + run.len(),
            });
        }
        at += run.len().max(1);
    }
    found
}

/// Digits with what stands between the groups of a phone number.
fn phone_run(text: &str) -> &str {
    let mut end = 0;
    let mut last_digit = 0;
    let mut blanks = 0;
    for (at, c) in text.char_indices() {
        let separator = matches!(
            c,
            ' ' | '-' | '/' | '.' | '(' | ')' | '\u{a0}' | '\u{202f}' | '–'
        );
        if c.is_ascii_digit() || (c == '+' && at <= 1) {
            blanks = 0;
        } else if separator && blanks < 3 {
            blanks += 1;
        } else {
            break;
        }
        end = at + c.len_utf8();
        if c.is_ascii_digit() {
            last_digit = end;
        }
    }
    text.get(..last_digit.min(end)).unwrap_or_default()
}

fn shape(run: &str) -> (usize, usize) {
    let digits = run.bytes().filter(u8::is_ascii_digit).count();
    let groups = run
        .split(|c: char| !c.is_ascii_digit())
        .filter(|g| !g.is_empty())
        .count();
    (digits, groups)
}

/// `555-010-9999`
fn is_american(run: &str) -> bool {
    let groups: Vec<usize> = run.split(['-', '.']).map(str::len).collect();
    groups == [3, 3, 4]
}

/// Whether two phone numbers are one: with or without the code of a country.
#[must_use]
pub fn same_phone(one: &str, other: &str) -> bool {
    let (short, long) = if one.len() <= other.len() {
        (one, other)
    } else {
        (other, one)
    };
    let short = if short.len() > 8 {
        short.get(short.len() - 8..).unwrap_or(short)
    } else {
        short
    };
    short.len() >= 6 && long.ends_with(short)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<String> {
        links_and_addresses(text)
            .into_iter()
            .map(|c| c.key)
            .collect()
    }

    #[test]
    fn links_and_addresses_are_found_in_sentences() {
        let text = "See https://www.Studio.example/Work/, (www.a.example) or [here](http://b.example/x?y=1). Mail <Sam@Studio.example>, mailto:x@y.example!";
        assert_eq!(
            found(text),
            [
                "studio.example/work",
                "a.example",
                "b.example/x?y=1",
                "sam@studio.example",
                "x@y.example"
            ]
        );
        assert_eq!(
            found("muster-firma.de and acme.co.uk/x, paypal.me/x"),
            ["muster-firma.de", "acme.co.uk/x", "paypal.me/x"]
        );
    }

    #[test]
    fn what_only_looks_like_a_link_is_none() {
        for text in [
            "Node.js and Vue.js",
            "e.g. this",
            "soon.it works",
            "z.B. so",
            "Tell me more.no",
            "3.5 and 1.2.3",
            "a/b test",
            "and/or",
            "file.pdf",
        ] {
            assert_eq!(found(text), Vec::<String>::new(), "{text}");
        }
    }

    #[test]
    fn disguised_links_are_found() {
        assert_eq!(found("evil[.]example/pay"), ["evil.example/pay"]);
        assert_eq!(found("go to evil dot com now"), ["evil.com"]);
        assert_eq!(
            found("https://bank.example@evil.example/x"),
            ["evil.example/x"]
        );
        assert_eq!(found("hxxp://evil.example"), ["evil.example"]);
        assert_eq!(found("http://10.0.0.7/x"), ["10.0.0.7/x"]);
    }

    #[test]
    fn phones_are_found_and_other_numbers_are_not() {
        for text in [
            "+49 30 123 456 78",
            "030/1234567",
            "(555) 010-9999",
            "555-010-9999",
            "Tel.: 1234567",
            "0049 171 2345678",
            "call 555 0199 22",
        ] {
            assert_eq!(phones(text).len(), 1, "{text}");
        }
        for text in [
            "2,400 EUR",
            "2026-05-04",
            "order 1234567",
            "10:00-16:00",
            "12 345 678",
            "04.05.",
            "1990-2020",
        ] {
            assert_eq!(phones(text), [], "{text}");
        }
    }

    #[test]
    fn a_phone_is_the_same_with_and_without_its_country() {
        assert!(same_phone("493012345678", "3012345678"));
        assert!(!same_phone("493012345678", "3012345679"));
        assert!(!same_phone("12", "3012"));
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig { failure_persistence: None, ..Default::default() })]

        #[test]
        fn places_are_those_of_the_text(text in "[a-z0-9 .:/@+()\\[\\]üß-]{0,80}") {
            for contact in links_and_addresses(&text).into_iter().chain(phones(&text)) {
                proptest::prop_assert!(text.get(contact.place).is_some());
            }
        }
    }
}
