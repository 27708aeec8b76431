//! Domains that look like what they are not: other alphabets' letters in the place of
//! Latin ones, plain or in punycode. It only tells; the text itself is not changed here.
//!
//! The rules are those of browsers, much shortened: a label in one alphabet is fine
//! unless every letter of it passes for a Latin one; a label that mixes alphabets is
//! not, except for the mixtures that Japanese, Chinese and Korean are written in
//! (<https://chromium.googlesource.com/chromium/src/+/main/docs/idn.md>,
//! Unicode Technical Standard 39 section 5).

/// What a domain is, as a person should see it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Look {
    /// ASCII letters that mean themselves.
    Plain,
    /// Another alphabet, honestly used; the form a person reads.
    International(String),
    /// Letters that pass for others; the form a person would be deceived by.
    Deceptive(String),
}

/// Judges a domain, in Unicode or in punycode (RFC 3492).
#[must_use]
pub fn look(domain: &str) -> Look {
    if domain.is_ascii() && !has_punycode(domain) {
        return Look::Plain;
    }
    let shown = domain
        .split('.')
        .map(unicode_label)
        .collect::<Vec<_>>()
        .join(".");
    let shown = super::line(&shown);
    if shown.is_ascii() && !has_punycode(&shown) {
        return Look::Plain;
    }
    let deceptive = shown.split('.').any(is_deceptive_label) || has_punycode(&shown);
    if deceptive {
        Look::Deceptive(shown)
    } else {
        Look::International(shown)
    }
}

/// The domain with its mark: `раypal.com` becomes `раypal.com [xn--...: imitates another
/// domain]`; plain and honest domains stay as they are.
#[must_use]
pub fn marked(domain: &str) -> String {
    match look(domain) {
        Look::Plain => super::line(domain),
        Look::International(shown) => shown,
        Look::Deceptive(shown) => {
            // What is no domain at all may become one with blanks in it.
            let ascii = super::line(&idna::domain_to_ascii(&shown).unwrap_or_default());
            if ascii.is_empty() || ascii == shown {
                format!("{shown} [not what it looks like]")
            } else {
                format!("{shown} [not what it looks like: {ascii}]")
            }
        }
    }
}

fn has_punycode(domain: &str) -> bool {
    domain.split('.').any(|label| {
        label
            .get(..4)
            .is_some_and(|start| start.eq_ignore_ascii_case("xn--"))
    })
}

fn unicode_label(label: &str) -> String {
    label
        .get(..4)
        .filter(|start| start.eq_ignore_ascii_case("xn--") && label.len() <= 63)
        .and_then(|_| label.get(4..))
        .and_then(idna::punycode::decode_to_string)
        .unwrap_or_else(|| label.to_owned())
}

/// The alphabets that hold letters a Latin reader takes for Latin ones, and the rest.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Script {
    Latin,
    Cyrillic,
    Greek,
    Armenian,
    Cherokee,
    /// Han, kana, bopomofo and Hangul, which are written together.
    EastAsian,
    Other,
}

fn script(c: char) -> Option<Script> {
    Some(match c {
        'a'..='z' | 'A'..='Z' | '\u{c0}'..='\u{24f}' | '\u{1e00}'..='\u{1eff}' => Script::Latin,
        '0'..='9' | '-' | '_' => return None,
        '\u{370}'..='\u{3ff}' | '\u{1f00}'..='\u{1fff}' => Script::Greek,
        '\u{400}'..='\u{52f}' | '\u{1c80}'..='\u{1c8f}' | '\u{2de0}'..='\u{2dff}' => {
            Script::Cyrillic
        }
        '\u{530}'..='\u{58f}' => Script::Armenian,
        '\u{13a0}'..='\u{13ff}' | '\u{ab70}'..='\u{abbf}' => Script::Cherokee,
        '\u{1100}'..='\u{11ff}'
        | '\u{3005}'..='\u{30ff}'
        | '\u{3100}'..='\u{318f}'
        | '\u{31a0}'..='\u{31ff}'
        | '\u{3400}'..='\u{9fff}'
        | '\u{ac00}'..='\u{d7af}'
        | '\u{f900}'..='\u{faff}'
        | '\u{20000}'..='\u{3ffff}' => Script::EastAsian,
        _ => Script::Other,
    })
}

/// Letters of other alphabets that pass for Latin ones (after UTS 39 `confusables.txt`).
const PASSES_FOR_LATIN: &str = "аёсԁеһіїјӏоөрԛѕѵԝхуүъьӓӧαγικνορτυωχօոսհցզղԍкмнтвгӡƽѡոցա";

/// Letters within Latin itself that a reader takes for plain ones, and signs that pass
/// for the slash or the dot of an address.
const PASSES_FOR_PLAIN: &str =
    "ıȷɑɡɩʀßɢɪʟ\u{2044}\u{2215}\u{29f8}\u{3002}\u{ff0e}\u{ff61}\u{2024}\u{a4f8}";

fn is_deceptive_label(label: &str) -> bool {
    if label.is_ascii() {
        return false;
    }
    let lower = label.to_lowercase();
    if lower
        .chars()
        .any(|c| c != 'ß' && PASSES_FOR_PLAIN.contains(c) || is_styled_latin(c))
    {
        return true;
    }
    let mut scripts: Vec<Script> = Vec::new();
    for script in lower.chars().filter_map(script) {
        if !scripts.contains(&script) {
            scripts.push(script);
        }
    }
    match scripts.as_slice() {
        [] | [Script::Latin | Script::Other | Script::EastAsian] => false,
        [Script::Cyrillic | Script::Greek | Script::Armenian | Script::Cherokee] => lower
            .chars()
            .filter(|c| c.is_alphabetic())
            .all(|c| PASSES_FOR_LATIN.contains(c)),
        [Script::Latin, Script::EastAsian] | [Script::EastAsian, Script::Latin] => false,
        _ => true,
    }
}

/// Full-width and mathematical letters: Latin in disguise.
const fn is_styled_latin(c: char) -> bool {
    matches!(c, '\u{ff21}'..='\u{ff5a}' | '\u{1d400}'..='\u{1d7ff}' | '\u{2100}'..='\u{214f}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn imitations_are_told_from_honest_foreign_domains() {
        for deceptive in [
            "раypal.com",
            "xn--pypal-4ve.com",
            "аррӏе.com",
            "xn--80ak6aa92e.com",
            "gооgle.com",
            "ехсhange.org",
            "ｇｏｏｇｌｅ.com",
            "xn--99999999999.com",
        ] {
            assert!(matches!(look(deceptive), Look::Deceptive(_)), "{deceptive}");
            assert!(marked(deceptive).contains("not what it looks like"));
        }
        for honest in [
            "müller.de",
            "xn--mller-kva.de",
            "президент.рф",
            "例え.jp",
            "straße.de",
            "ελλάδα.gr",
        ] {
            assert!(matches!(look(honest), Look::International(_)), "{honest}");
        }
        assert_eq!(look("example.com"), Look::Plain);
        assert_eq!(marked("xn--mller-kva.de"), "müller.de");
        let blank = marked("\u{2017} À");
        assert_eq!(crate::mail::sanitise::line(&blank), blank);
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn any_domain_can_be_judged(domain in "\\PC{0,80}", puny in "xn--[a-z0-9-]{0,70}") {
            for judged in [marked(&domain), marked(&puny)] {
                prop_assert_eq!(crate::mail::sanitise::line(&judged), judged);
            }
        }
    }
}
