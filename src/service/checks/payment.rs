//! Payment data in a text: bank accounts, cards, crypto addresses, links that pay.

use std::ops::Range;

use super::contacts::{Contact, ContactKind, host_of};

/// Where money would go.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Payment {
    /// In words.
    pub what: &'static str,
    /// The form it is compared by: letters and digits in lower case.
    pub key: String,
    /// Where.
    pub place: Range<usize>,
}

/// Everything in a text by which money could be paid to somebody. Links were found before.
#[must_use]
pub fn find(text: &str, contacts: &[Contact]) -> Vec<Payment> {
    let mut found = Vec::new();
    ibans(text, &mut found);
    cards(text, &mut found);
    crypto(text, &mut found);
    accounts(text, &mut found);
    for contact in contacts.iter().filter(|c| c.kind == ContactKind::Link) {
        let host = host_of(&contact.key);
        let paying = PAYING.iter().any(|known| {
            host == *known
                || host
                    .strip_suffix(known)
                    .is_some_and(|rest| rest.ends_with('.'))
        });
        if paying {
            found.push(Payment {
                what: "a payment link",
                key: contact.key.clone(),
                place: contact.place.clone(),
            });
        }
    }
    found
}

/// Hosts whose links ask for money.
const PAYING: &[&str] = &[
    "paypal.me",
    "paypal.com",
    "paypal.de",
    "venmo.com",
    "cash.app",
    "cash.me",
    "revolut.me",
    "wise.com",
    "monzo.me",
    "buy.stripe.com",
    "checkout.stripe.com",
    "donate.stripe.com",
    "invoice.stripe.com",
    "pay.stripe.com",
    "square.link",
    "mollie.com",
    "paydirekt.de",
    "gofundme.com",
    "ko-fi.com",
    "buymeacoffee.com",
    "coinbase.com",
    "commerce.coinbase.com",
    "binance.com",
    "bunq.me",
    "tikkie.me",
    "sumup.link",
    "pay.sumup.com",
    "skrill.com",
    "westernunion.com",
    "moneygram.com",
    "zellepay.com",
    "mercadopago.com",
    "mpago.la",
    "pag.ae",
    "lydia-app.com",
    "satispay.com",
    "klarna.com",
];

fn push(found: &mut Vec<Payment>, what: &'static str, text: &str, place: Range<usize>) {
    let key = key(text.get(place.clone()).unwrap_or_default());
    let known = found
        .iter()
        .any(|p| p.place.start < place.end && place.start < p.place.end);
    if !known {
        found.push(Payment { what, key, place });
    }
}

/// Letters and digits in lower case.
#[must_use]
pub fn key(text: &str) -> String {
    text.chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

/// An IBAN has two letters, two check digits and 11 to 30 letters and digits in groups.
fn ibans(text: &str, found: &mut Vec<Payment>) {
    let bytes = text.as_bytes();
    let is = |at: usize, fits: fn(&u8) -> bool| bytes.get(at).is_some_and(fits);
    for at in 0..bytes.len() {
        let begins = is(at, u8::is_ascii_alphabetic)
            && is(at + 1, u8::is_ascii_alphabetic)
            && is(at + 2, u8::is_ascii_digit)
            && is(at + 3, u8::is_ascii_digit)
            && !at
                .checked_sub(1)
                .is_some_and(|b| is(b, u8::is_ascii_alphanumeric));
        if !begins {
            continue;
        }
        let (whole, ends) = alphanumeric_run(text, at);
        let upper = whole.to_uppercase();
        // The words behind it do not belong to it: the longest part whose check digits fit.
        let valid = (15..=34.min(upper.len()))
            .rev()
            .find(|length| upper.get(..*length).is_some_and(is_valid_iban));
        let said = said_before(
            text,
            at,
            &[
                "iban", "account", "konto", "cuenta", "compte", "conto", "conta", "rekening",
            ],
        );
        let digits = upper.chars().take(24).filter(char::is_ascii_digit).count();
        if let Some(end) = valid.and_then(|length| ends.get(length - 1)) {
            push(found, "a bank account (IBAN)", text, at..*end);
        } else if said && digits >= 6 {
            let length = upper.len().min(34);
            let end = ends.get(length.saturating_sub(1)).copied().unwrap_or(at);
            push(
                found,
                "a bank account (its check digits are wrong)",
                text,
                at..end,
            );
        }
    }
}

/// Letters and digits from here on, single blanks and dashes between groups left out, and
/// where each of them ends.
fn alphanumeric_run(text: &str, at: usize) -> (String, Vec<usize>) {
    let mut run = String::new();
    let mut ends = Vec::new();
    let mut blanks = 0;
    for (offset, c) in text.get(at..).unwrap_or_default().char_indices() {
        if c.is_ascii_alphanumeric() {
            blanks = 0;
            run.push(c);
            ends.push(at + offset + 1);
        } else if matches!(c, ' ' | '-' | '\u{a0}' | '.') && blanks == 0 {
            blanks = 1;
        } else {
            break;
        }
        if run.len() >= 40 {
            break;
        }
    }
    (run, ends)
}

/// ISO 13616: the first four moved to the end, letters as numbers, modulo 97 is 1.
fn is_valid_iban(iban: &str) -> bool {
    let Some((head, tail)) = iban.split_at_checked(4) else {
        return false;
    };
    let rest = tail.chars().chain(head.chars()).try_fold(0_u32, |rest, c| {
        let value = c.to_digit(36)?;
        Some(
            if value < 10 {
                rest * 10 + value
            } else {
                rest * 100 + value
            } % 97,
        )
    });
    rest == Some(1)
}

fn said_before(text: &str, at: usize, words: &[&str]) -> bool {
    let before = text.get(..at).unwrap_or_default().to_lowercase();
    let near: Vec<&str> = before
        .split(|c: char| !c.is_alphanumeric())
        .filter(|w| !w.is_empty())
        .rev()
        .take(4)
        .collect();
    near.iter()
        .any(|near| words.iter().any(|word| near.starts_with(word)))
}

/// Card numbers: 13 to 19 digits of a known beginning whose check digit fits (Luhn).
fn cards(text: &str, found: &mut Vec<Payment>) {
    for (place, digits) in digit_runs(text) {
        let beginning: u32 = digits.get(..4).and_then(|d| d.parse().ok()).unwrap_or(0);
        let known = matches!(beginning, 3_000..=3_999 | 4_000..=4_999 | 5_000..=5_999 | 6_000..=6_999 | 2_221..=2_720);
        if (13..=19).contains(&digits.len()) && known && luhn(&digits) {
            push(found, "a card number", text, place);
        }
    }
}

fn luhn(digits: &str) -> bool {
    let sum: u32 = digits
        .bytes()
        .rev()
        .enumerate()
        .map(|(at, byte)| {
            let digit = u32::from(byte - b'0');
            match (at % 2, digit) {
                (0, digit) => digit,
                (_, digit) if digit > 4 => digit * 2 - 9,
                (_, digit) => digit * 2,
            }
        })
        .sum();
    sum.is_multiple_of(10)
}

/// Digits with single blanks or dashes between them.
fn digit_runs(text: &str) -> Vec<(Range<usize>, String)> {
    let mut runs = Vec::new();
    let mut digits = String::new();
    let (mut start, mut end, mut blanks) = (0, 0, 0);
    for (at, c) in text.char_indices().chain([(text.len(), '\n')]) {
        if c.is_ascii_digit() {
            if digits.is_empty() {
                start = at;
            }
            digits.push(c);
            end = at + 1;
            blanks = 0;
        } else if !digits.is_empty() && matches!(c, ' ' | '-' | '\u{a0}') && blanks == 0 {
            blanks = 1;
        } else if !digits.is_empty() {
            runs.push((start..end, std::mem::take(&mut digits)));
            blanks = 0;
        }
    }
    runs
}

/// Addresses of the usual chains: by their beginning, length and alphabet.
fn crypto(text: &str, found: &mut Vec<Payment>) {
    let mut at = 0;
    for word in text.split(|c: char| !c.is_ascii_alphanumeric()) {
        let place = at..at + word.len();
        at += word.len();
        at += text
            .get(at..)
            .and_then(|t| t.chars().next())
            .map_or(0, char::len_utf8);
        if is_crypto(word) {
            push(found, "a crypto address", text, place);
        }
    }
}

fn is_crypto(word: &str) -> bool {
    let base58 = |w: &str| {
        w.chars()
            .all(|c| c.is_ascii_alphanumeric() && !matches!(c, '0' | 'O' | 'I' | 'l'))
    };
    let mixed = |w: &str| {
        w.bytes().any(|b| b.is_ascii_digit())
            && w.bytes().any(|b| b.is_ascii_uppercase())
            && w.bytes().any(|b| b.is_ascii_lowercase())
    };
    let lower = word.to_lowercase();
    let bech32 = ["bc1", "ltc1", "tb1", "addr1"]
        .iter()
        .any(|p| lower.starts_with(p));
    let one_case = lower == word || word.to_uppercase() == word;
    (lower.starts_with("0x")
        && word.len() == 42
        && lower.chars().skip(2).all(|c| c.is_ascii_hexdigit()))
        || (bech32 && one_case && word.len() >= 14 && word.bytes().any(|b| b.is_ascii_digit()))
        || ((26..=35).contains(&word.len())
            && word.starts_with(['1', '3', 'L', 'M', 'D', 'T', 'r'])
            && base58(word)
            && mixed(word))
        || (word.len() == 95 && word.starts_with(['4', '8']) && base58(word) && mixed(word))
}

/// Words before the number of an account.
const ACCOUNT_WORDS: &[&str] = &[
    "account number",
    "account no",
    "account nr",
    "acct",
    "sort code",
    "routing number",
    "routing no",
    "aba",
    "bic",
    "swift",
    "swift code",
    "swift bic",
    "bic swift",
    "kontonummer",
    "kontonr",
    "konto nr",
    "bankleitzahl",
    "blz",
    "número de cuenta",
    "numero de cuenta",
    "cuenta bancaria",
    "clabe",
    "cbu",
    "numéro de compte",
    "numero de compte",
    "rib",
    "numero di conto",
    "conto corrente",
    "número da conta",
    "numero da conta",
    "conta bancária",
    "nib",
    "chave pix",
    "pix",
    "rekeningnummer",
    "iban",
];

/// `Account number: 12345678`, `sort code 12-34-56`, `BIC COBADEFF`.
fn accounts(text: &str, found: &mut Vec<Payment>) {
    let lower = text.to_lowercase();
    if lower.len() != text.len() {
        return;
    }
    for word in ACCOUNT_WORDS {
        for (at, _) in lower.match_indices(word) {
            let end = at + word.len();
            let whole = !lower
                .get(..at)
                .is_some_and(|b| b.ends_with(char::is_alphanumeric))
                && !lower
                    .get(end..)
                    .is_some_and(|a| a.starts_with(char::is_alphanumeric));
            if !whole {
                continue;
            }
            let rest = lower.get(end..).unwrap_or_default();
            let skipped = rest
                .find(|c: char| c.is_alphanumeric())
                .filter(|gap| *gap <= 4 && !rest.get(..*gap).is_some_and(|g| g.contains('\n')));
            let Some(mut skipped) = skipped else { continue };
            for filler in [
                "is ", "ist ", "es ", "est ", "code ", "lautet ", "number ", "nr. ",
            ] {
                if rest.get(skipped..).is_some_and(|r| r.starts_with(filler)) {
                    skipped += filler.len();
                }
            }
            let (run, ends) = alphanumeric_run(text, end + skipped);
            let digits = run.bytes().take_while(u8::is_ascii_digit).count();
            let code = (run.len() >= 8
                && matches!(
                    *word,
                    "bic" | "swift" | "swift code" | "swift bic" | "bic swift"
                ))
            .then(|| is_bic(run.get(..11).unwrap_or(&run)).or_else(|| is_bic(run.get(..8)?)))
            .flatten();
            let length = code.unwrap_or(if digits >= 5 { digits } else { 0 });
            if let Some(last) = length.checked_sub(1).and_then(|last| ends.get(last)) {
                push(found, "bank details", text, end + skipped..*last);
            }
        }
    }
}

/// ISO 9362: four letters, two of a country, two more, perhaps three of a branch.
fn is_bic(text: &str) -> Option<usize> {
    let upper = text
        .chars()
        .all(|c| c.is_ascii_digit() || c.is_ascii_uppercase());
    let letters = text.get(..6)?.chars().all(|c| c.is_ascii_uppercase());
    (upper && letters && matches!(text.len(), 8 | 11)).then_some(text.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::checks::contacts::links_and_addresses;

    fn keys(text: &str) -> Vec<String> {
        find(text, &links_and_addresses(text))
            .into_iter()
            .map(|p| p.key)
            .collect()
    }

    #[test]
    fn an_iban_is_told_by_its_check_digits() {
        for text in [
            "Pay to DE89 3704 0044 0532 0130 00 please",
            "IBAN: DE89370400440532013000.",
            "gb82 west 1234 5698 7654 32",
            "FR14-2004-1010-0505-0001-3M02-606",
        ] {
            assert_eq!(keys(text).len(), 1, "{text}");
        }
        assert_eq!(
            keys("DE89 3704 0044 0532 0130 00 please"),
            ["de89370400440532013000"]
        );
        assert_eq!(
            keys("our ref DE89 3704 0044 0532 0130 01"),
            Vec::<String>::new()
        );
        assert_eq!(keys("IBAN DE89 3704 0044 0532 0130 01").len(), 1);
        assert_eq!(
            keys("What is your IBAN? I will pay at once."),
            Vec::<String>::new()
        );
    }

    #[test]
    fn a_card_is_told_by_its_check_digit() {
        assert_eq!(keys("card 4111 1111 1111 1111"), ["4111111111111111"]);
        assert_eq!(keys("order 4111 1111 1111 1112"), Vec::<String>::new());
    }

    #[test]
    fn crypto_addresses_and_paying_links() {
        for text in [
            "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa",
            "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4",
            "0x52908400098527886E0F7030069857D2E4169EE7",
            "https://www.paypal.me/someone",
            "use paypal.com/paypalme/x",
        ] {
            assert_eq!(keys(text).len(), 1, "{text}");
        }
        for text in [
            "https://notpaypal.example",
            "0x1234",
            "3rd floor",
            "the wise.example site",
        ] {
            assert_eq!(keys(text), Vec::<String>::new(), "{text}");
        }
    }

    #[test]
    fn bank_details_by_their_names() {
        for text in [
            "Account number: 12345678",
            "sort code 12-34-56",
            "BIC: COBADEFFXXX",
            "Kontonummer 1234567",
            "SWIFT COBADEFF",
            "número de cuenta 1234567890",
            "Routing number is 021000021",
        ] {
            assert_eq!(keys(text).len(), 1, "{text}");
        }
        for text in [
            "on account of 2000 visitors",
            "your account manager",
            "bicycle 12345678",
            "Swift response",
        ] {
            assert_eq!(keys(text), Vec::<String>::new(), "{text}");
        }
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig { failure_persistence: None, ..Default::default() })]

        #[test]
        fn places_are_those_of_the_text(text in "[A-Za-z0-9 .:\\-ü]{0,120}") {
            for payment in find(&text, &[]) {
                proptest::prop_assert!(text.get(payment.place).is_some());
            }
        }
    }
}
