//! Links: `text [1]` in the running text, the addresses below it, and whether a link says
//! where it leads.

use std::collections::{HashMap, HashSet};

use super::super::sanitise::{self, domain};

/// Most addresses listed for one document.
const LINKS: usize = 2000;

/// Most links that are looked at.
const LOOKED: usize = 25_000;

/// Longest address that is listed, in characters.
const ADDRESS: usize = 600;

/// Most findings of a sort that are kept.
const FINDINGS: usize = 20;

/// Most hosts that are held against those they may imitate.
const JUDGED: usize = 2000;

/// The links of a document.
#[derive(Clone, Debug, Default)]
pub struct Links {
    numbers: HashMap<String, usize>,
    addresses: Vec<String>,
    bytes: usize,
    looked: usize,
    /// Hosts beyond ASCII that were looked at.
    judged: HashSet<String>,
    /// Links that name one host and lead to another.
    pub deceptive: Vec<(String, String)>,
    /// Hosts that imitate others.
    pub imitations: Vec<String>,
}

impl Links {
    /// Notes a link whose text was shown; gives the number to put behind it, or nothing
    /// when the text is the address already or there is no room for more.
    pub fn note(&mut self, href: &str, text: &str, room: usize) -> Option<usize> {
        self.looked += 1;
        if self.looked > LOOKED {
            return None;
        }
        let address = clean(href)?;
        // A text that names a host is told in a warning, whatever else it holds.
        let text = sanitise::line(text);
        self.judge(&address, &text);
        if same(&address, &text) {
            return None;
        }
        if let Some(number) = self.numbers.get(&address) {
            return Some(*number);
        }
        let cost = address.len() + 8;
        if self.addresses.len() >= LINKS || self.bytes + cost > room {
            return None;
        }
        self.bytes += cost;
        self.addresses.push(address.clone());
        let number = self.addresses.len();
        self.numbers.insert(address, number);
        Some(number)
    }

    /// The addresses in order; the first is number 1.
    #[must_use]
    pub fn addresses(&self) -> &[String] {
        &self.addresses
    }

    fn judge(&mut self, address: &str, text: &str) {
        let Some(target) = host(address) else {
            return;
        };
        if self.judged.len() < JUDGED && !self.judged.contains(&target) {
            let look = domain::look(&target);
            if matches!(look, domain::Look::Deceptive(_)) && self.imitations.len() < FINDINGS {
                self.imitations.push(domain::marked(&target));
            }
            if look != domain::Look::Plain {
                self.judged.insert(target.clone());
            }
        }
        if let Some(shown) = shown_host(text)
            && !related(&shown, &target)
            && self.deceptive.len() < FINDINGS
            && !self.deceptive.iter().any(|(known, _)| *known == shown)
        {
            self.deceptive.push((shown, target));
        }
    }
}

/// The address as it may be listed: of a kind that leads somewhere, on one line, short.
fn clean(href: &str) -> Option<String> {
    let line: String = sanitise::line(href).split(' ').collect();
    let scheme = line.split(':').next().unwrap_or("").to_ascii_lowercase();
    let fine = matches!(
        scheme.as_str(),
        "http" | "https" | "mailto" | "tel" | "ftp" | "sms"
    );
    let relative = !line.contains(':') && line.contains('.') && !line.starts_with(['#', '/', '.']);
    if !fine && !relative {
        return None;
    }
    if line.chars().count() > ADDRESS {
        let short: String = line.chars().take(ADDRESS).collect();
        return Some(format!("{short}…"));
    }
    Some(line)
}

/// Whether the text already gives the address.
fn same(address: &str, text: &str) -> bool {
    let bare = |text: &str| {
        let text = text.trim().to_lowercase();
        let text = text
            .strip_prefix("mailto:")
            .or_else(|| text.strip_prefix("tel:"))
            .or_else(|| text.strip_prefix("https://"))
            .or_else(|| text.strip_prefix("http://"))
            .unwrap_or(&text)
            .to_owned();
        text.trim_end_matches('/')
            .trim_start_matches("www.")
            .to_owned()
    };
    let (address, text) = (bare(address), bare(text));
    let tel = |text: &str| text.chars().filter(char::is_ascii_digit).count() >= 5;
    address == text
        || address.split('?').next() == Some(&text)
        || (tel(&address)
            && address.chars().all(|c| !c.is_alphabetic())
            && address
                .chars()
                .filter(char::is_ascii_digit)
                .eq(text.chars().filter(char::is_ascii_digit)))
}

/// The host of an http address, lower case.
#[must_use]
pub fn host(address: &str) -> Option<String> {
    let (scheme, rest) = address.split_once("://")?;
    if !scheme.to_ascii_lowercase().starts_with("http") {
        return None;
    }
    let authority = rest.split(['/', '?', '#', '\\']).next()?;
    let host = authority.rsplit('@').next()?;
    let host = host.split(':').next()?.trim_end_matches('.').to_lowercase();
    // A mark that stood on what is cut off stands on nothing now.
    (!host.is_empty()).then(|| sanitise::line(&host))
}

/// The host that a link's text claims to be: a text that is nothing but an address.
fn shown_host(text: &str) -> Option<String> {
    let text = text.trim();
    if text.contains(char::is_whitespace) || text.contains('@') || text.len() > 300 {
        return None;
    }
    if text.contains("://") {
        return host(text);
    }
    let name = text.split(['/', '?', '#', ':']).next()?.to_lowercase();
    let (_, top) = name.rsplit_once('.')?;
    let plausible = text.starts_with("www.")
        || matches!(
            top,
            "com" | "org" | "net" | "de" | "uk" | "fr" | "es" | "it" | "io" | "eu" | "gov"
        );
    let fine = name
        .chars()
        .all(|c| c.is_alphanumeric() || matches!(c, '.' | '-'));
    (plausible && fine).then(|| sanitise::line(&name))
}

/// Whether two hosts belong together: one is the other, or they share the registered name
/// (guessed as the last two labels, three where the second is a common one).
fn related(a: &str, b: &str) -> bool {
    registered(a) == registered(b)
}

fn registered(host: &str) -> String {
    let labels: Vec<&str> = host.split('.').collect();
    let second = labels.iter().rev().nth(1).copied().unwrap_or("");
    let count = if matches!(
        second,
        "co" | "com" | "org" | "net" | "ac" | "gov" | "or" | "ne"
    ) {
        3
    } else {
        2
    };
    let from = labels.len().saturating_sub(count);
    labels.get(from..).unwrap_or_default().join(".")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_that_is_its_own_text_needs_no_number() {
        let mut links = Links::default();
        assert_eq!(links.note("mailto:a@b.de", "a@b.de", 9000), None);
        assert_eq!(
            links.note("https://www.example.com/", "example.com", 9000),
            None
        );
        assert_eq!(links.note("tel:+49-30-1234", "+49 30 1234", 9000), None);
        assert_eq!(
            links.note("https://example.com/x", "the offer", 9000),
            Some(1)
        );
        assert_eq!(links.note("https://example.com/y", "more", 9000), Some(2));
        assert_eq!(links.note("https://example.com/x", "again", 9000), Some(1));
        assert_eq!(links.note("javascript:alert(1)", "click", 9000), None);
        assert_eq!(links.addresses().len(), 2);
    }

    #[test]
    fn what_a_link_says_is_told_in_inert_characters() {
        let mut links = Links::default();
        links.note(
            "https://evil.example/",
            "https://ba\u{1b}]0;x\u{7}\u{9b}\u{202e}nk.com/",
            9000,
        );
        links.note("https://evil.example/", "ba\u{200b}nk.com", 9000);
        let shown: Vec<&str> = links.deceptive.iter().map(|(s, _)| s.as_str()).collect();
        assert_eq!(shown, ["ba\u{241b}]0;xnk.com", "bank.com"]);
    }

    #[test]
    fn a_link_that_leads_elsewhere_than_it_says_is_told() {
        let mut links = Links::default();
        links.note("https://evil.example/x", "https://www.bank.com/login", 9000);
        links.note("https://click.shop.co.uk/x", "www.shop.co.uk", 9000);
        links.note("https://a:b@evil.example/", "paypal.com", 9000);
        assert_eq!(
            links.deceptive,
            [
                ("www.bank.com".to_owned(), "evil.example".to_owned()),
                ("paypal.com".to_owned(), "evil.example".to_owned())
            ]
        );
    }
}
