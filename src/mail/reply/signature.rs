//! What stands below somebody's words and is not theirs to say each time: signatures,
//! footers of phones, lists and providers, legal notices, the armour of signed mail.
//!
//! Only the end of a stretch of new text is looked at, and only what announces itself is
//! taken: `-- `, a rule with a footer's words, `Sent from my iPhone`. A closing such as
//! "Best regards, Maria" belongs to what was written.

use std::ops::Range;

use super::line::{Line, Role, is_rule, text_at};
use super::words::ending::{DEVICES, DISCLAIMER, FOOTER, SENT_ENDS, SENT_FROM};
use super::words::folded;

/// Most lines of a signature below `-- `, and below its look-alikes.
const SURE_LINES: usize = 40;
const LIKELY_LINES: usize = 14;

/// Most blocks that are taken off one stretch.
const BLOCKS: usize = 40;

/// Most lines of one paragraph of a legal notice.
const NOTICE_LINES: usize = 60;
const NOTICE_BYTES: usize = 16 * 1024;

/// Longest legal notice of all paragraphs together.
const NOTICES_BYTES: usize = 4 * NOTICE_BYTES;

/// Longest line that can be a footer, in bytes.
const LONG_LINE: usize = 800;

/// Most lines of a footer.
const FOOTER_LINES: usize = 24;

/// Takes the armour of clear-signed mail (RFC 9580 section 7) out of the new text, anywhere.
pub fn take_armour(lines: &mut [Line<'_>]) {
    let mut in_signature = false;
    let mut in_header = false;
    for line in lines.iter_mut() {
        let text = line.text.trim_start_matches("- ");
        if in_signature {
            in_signature = !text.starts_with("-----END PGP");
            set(line, Role::Signature);
            continue;
        }
        if line.is_prefixed() {
            in_header = false;
            continue;
        }
        if text == "-----BEGIN PGP SIGNED MESSAGE-----" {
            in_header = true;
            set(line, Role::Signature);
        } else if text == "-----BEGIN PGP SIGNATURE-----" {
            in_signature = true;
            set(line, Role::Signature);
        } else if in_header {
            let fields = ["Hash:", "Charset:", "NotDashEscaped:"];
            if fields.iter().any(|field| text.starts_with(field)) {
                set(line, Role::Signature);
            } else {
                in_header = false;
            }
        }
    }
}

/// What mailing list archives put in the place of a part that they took out.
pub fn take_scrubbed(lines: &mut [Line<'_>]) {
    let mut at = 0;
    while at < lines.len() {
        let here = lines.get(at).is_some_and(|line| {
            line.is_new()
                && line
                    .text
                    .trim_matches(['-', ' '])
                    .eq_ignore_ascii_case("next part")
                && line.text.starts_with("---")
        });
        if here {
            let block: Vec<usize> = (at..lines.len().min(at + 12))
                .take_while(|index| {
                    *index == at
                        || lines.get(*index).is_some_and(|line| {
                            let lower = line.text.to_lowercase();
                            [
                                "a non-text",
                                "an html",
                                "an embedded",
                                "a message part",
                                "name:",
                                "type:",
                                "size:",
                                "desc:",
                                "url:",
                                "url ",
                                "not available",
                                "...",
                                "was scrubbed",
                                "from:",
                                "subject:",
                                "date:",
                            ]
                            .iter()
                            .any(|start| lower.starts_with(start))
                                || lower.contains("scrubbed")
                                || lower.starts_with('<')
                        })
                })
                .collect();
            for index in block {
                if let Some(line) = lines.get_mut(index) {
                    set(line, Role::Footer);
                }
            }
        }
        at += 1;
    }
}

fn set(line: &mut Line<'_>, role: Role) {
    if !matches!(line.role, Role::Blank | Role::Quote | Role::Link) {
        line.role = role;
    }
}

/// Where a stretch of new text stands.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    /// Nothing but quotes and signatures comes after it.
    pub last: bool,
    /// Other new text stands above it.
    pub follows: bool,
}

/// Finds signature and footers at the end of one stretch of new text.
pub fn take_tail(lines: &mut [Line<'_>], stretch: Range<usize>, place: Place) {
    let mut end = stretch.end;
    // Each found block shortens the stretch, and another may stand above it.
    for _ in 0..BLOCKS {
        let before = end;
        for step in [footer, notice, device, dashes, name] {
            if let Some(found) = step(lines, stretch.start..end, place) {
                for index in found.lines.clone() {
                    if let Some(line) = lines.get_mut(index) {
                        set(line, found.role);
                    }
                }
                end = found.lines.start;
            }
        }
        if end == before {
            break;
        }
    }
}

struct Found {
    lines: Range<usize>,
    role: Role,
}

/// Lines with something on them, counted up to a number.
fn filled(lines: &[Line<'_>], range: Range<usize>, enough: usize) -> usize {
    range
        .filter(|index| lines.get(*index).is_some_and(|line| !line.text.is_empty()))
        .take(enough)
        .count()
}

/// `-- ` (RFC 3676 section 4.3) and its look-alikes.
fn dashes(lines: &mut [Line<'_>], stretch: Range<usize>, place: Place) -> Option<Found> {
    let mut found = None;
    for index in stretch.clone() {
        let Some(line) = lines.get(index).filter(|line| line.is_new()) else {
            continue;
        };
        let sure = matches!(line.text, "--" | "- --" | "--=20" | "-- =20");
        let likely = matches!(line.text, "—" | "––" | "——" | "__" | "-- --" | "--*")
            || line.text.starts_with("____")
                && is_rule(line.text)
                && place.last
                && !text_at(lines, index + 1).is_empty()
                && index
                    .checked_sub(1)
                    .is_none_or(|above| text_at(lines, above).is_empty());
        let room = match (sure, likely) {
            (true, _) if line.is_delimiter => SURE_LINES,
            (true, _) | (_, true) => LIKELY_LINES,
            _ => continue,
        };
        let fits = filled(lines, index + 1..stretch.end, room + 1) <= room;
        // Code and tables are full of rules; a signature is not quoted back to its top.
        if fits && (sure || filled(lines, stretch.start..index, 1) > 0) {
            found = Some(Found {
                lines: index..stretch.end,
                role: Role::Signature,
            });
            break;
        }
    }
    found
}

/// A rule, or `--`, with the words of a list or a provider below it.
fn footer(lines: &mut [Line<'_>], stretch: Range<usize>, _place: Place) -> Option<Found> {
    let from = stretch.end.saturating_sub(FOOTER_LINES).max(stretch.start);
    let is_top = |index: usize| {
        let text = text_at(lines, index);
        is_rule(text) && text.len() >= 3 || matches!(text, "--" | "- --") || is_titled_rule(text)
    };
    let tops: Vec<usize> = (from..stretch.end).rev().filter(|at| is_top(*at)).collect();
    let mut words = Vec::new();
    let (mut read, mut bytes) = (stretch.end, 0);
    for top in tops {
        bytes += (top + 1..read)
            .map(|at| text_at(lines, at).len())
            .sum::<usize>();
        if bytes > NOTICE_BYTES {
            break;
        }
        for at in top + 1..read {
            FOOTER.find_in(&text_at(lines, at).to_lowercase(), &mut words);
        }
        read = top + 1;
        let below = filled(lines, top + 1..stretch.end, 9);
        // Rules alone at the end say nothing.
        let alone = below == 0 && text_at(lines, top).len() >= 3;
        let enough = words.len() >= 2 || words.len() == 1 && below <= 8;
        if enough && begins_footer(lines, top + 1..stretch.end) || alone {
            // A second rule may stand right above it.
            return Some(Found {
                lines: top..stretch.end,
                role: Role::Footer,
            });
        }
    }
    let last_line = (stretch.clone())
        .rev()
        .find(|index| !text_at(lines, *index).trim().is_empty())?;
    if text_at(lines, last_line).len() > LONG_LINE {
        return None;
    }
    let lower = text_at(lines, last_line).to_lowercase();
    let above = (stretch.start..last_line)
        .rev()
        .map(|index| text_at(lines, index))
        .find(|text| !text.is_empty());
    let list = lower.starts_with("http")
        && lower.contains("/mailman/listinfo/")
        && !lower.contains(' ')
        && text_at(lines, last_line.saturating_sub(1)).is_empty()
        && above.is_none_or(|above| !above.ends_with([':', ',']));
    let plain = list || lower.starts_with("to unsubscribe") || lower.starts_with("unsubscribe:");
    let empty = matches!(
        text_at(lines, last_line).trim(),
        "ᐧ" | "." | "***" | "[image]" | "="
    );
    let lone_dashes = matches!(
        text_at(lines, last_line).trim(),
        "--" | "—" | "––" | "-" | "__"
    );
    (plain || empty || lone_dashes).then_some(Found {
        lines: last_line..stretch.end,
        role: Role::Footer,
    })
}

/// `------------------------ Yahoo! Groups Sponsor ---------------------~-->`
fn is_titled_rule(text: &str) -> bool {
    let end = text.trim_end_matches(['~', '>', '-']);
    text.starts_with("----------") && text.len() - end.len() >= 5 && !end.is_empty()
}

/// Whether the first paragraph below a rule is a footer's: it speaks of lists and providers
/// or shows an address. Other text below a rule is a part of the mail, whatever follows it.
fn begins_footer(lines: &[Line<'_>], below: Range<usize>) -> bool {
    below
        .map(|index| text_at(lines, index).trim())
        .skip_while(|text| text.is_empty())
        .take_while(|text| !text.is_empty())
        .any(|text| {
            let lower = text.to_lowercase();
            lower.contains("://") || lower.contains('@') || FOOTER.is_in(&lower)
        })
}

/// A legal notice: paragraphs at the end that say two different things of that sort.
fn notice(lines: &mut [Line<'_>], stretch: Range<usize>, place: Place) -> Option<Found> {
    let mut start = stretch.end;
    let mut found = None;
    let mut room = NOTICES_BYTES;
    while start > stretch.start {
        // The paragraph above.
        let mut end = start;
        while end > stretch.start && text_at(lines, end - 1).trim().is_empty() {
            end -= 1;
        }
        let mut top = end;
        while top > stretch.start && !text_at(lines, top - 1).trim().is_empty() {
            top -= 1;
        }
        let bytes: usize = (top..end).map(|at| text_at(lines, at).len()).sum();
        room = room.saturating_sub(bytes);
        if top == end || end - top > NOTICE_LINES || bytes > NOTICE_BYTES || room == 0 {
            break;
        }
        let text: String = (top..end)
            .map(|at| text_at(lines, at).to_lowercase())
            .collect::<Vec<_>>()
            .join(" ");
        let signs = DISCLAIMER.all_in(&text).len();
        let follows = found.is_some() && signs >= 1;
        // In bytes: a script without letters says as much in fewer signs.
        let long = text.len() >= 80;
        let rule = is_rule(&text);
        if (signs >= 2 && long) || follows || rule && found.is_some() {
            found = Some(top);
            start = top;
            continue;
        }
        // One paragraph in between may be anything: a registry line, an address.
        break;
    }
    // A mail that is nothing but a notice is somebody's text; below the quote that stands
    // below the answer a gateway put it.
    let gateway = place.last && place.follows;
    let top = found.filter(|top| gateway || filled(lines, stretch.start..*top, 1) > 0)?;
    Some(Found {
        lines: top..stretch.end,
        role: Role::Disclaimer,
    })
}

/// `Sent from my iPhone` and its kin, alone on the last lines.
fn device(lines: &mut [Line<'_>], stretch: Range<usize>, _place: Place) -> Option<Found> {
    let last = stretch
        .clone()
        .rev()
        .find(|index| !text_at(lines, *index).trim().is_empty())?;
    is_device_footer(text_at(lines, last)).then_some(Found {
        lines: last..stretch.end,
        role: Role::Signature,
    })
}

/// Whether the line is the footer of a phone or a mail program.
#[must_use]
pub fn is_device_footer(text: &str) -> bool {
    if text.len() > LONG_LINE {
        return false;
    }
    let lower = folded(text);
    let lower = lower.trim_matches([
        ' ', '*', '_', '-', '~', '"', '\u{201c}', '\u{201d}', '[', ']', '|', '\u{200e}', '\u{200f}',
    ]);
    let length = lower.chars().count();
    if !(4..=160).contains(&length) {
        return false;
    }
    let words: Vec<&str> = lower
        .split(|c: char| !(c.is_alphanumeric() || matches!(c, '-' | '&' | '.' | '\'')))
        .map(|word| word.trim_matches(['.', '\'']))
        .filter(|word| !word.is_empty())
        .collect();
    let clause = [", is ", ", was ", " because ", " will ", "? "]
        .iter()
        .any(|sign| lower.contains(sign));
    // `Get Outlook for iOS` in whatever language: the product and the system, and no more.
    let promotes = words.len() <= 8
        && !lower.ends_with(['.', '?', '!'])
        && lower.contains("outlook")
        && words
            .iter()
            .any(|word| word.starts_with("ios") || word.starts_with("android"));
    if promotes && !clause {
        return true;
    }
    let begins = SENT_FROM.iter().any(|start| lower.starts_with(start));
    let ends = SENT_ENDS.iter().any(|end| lower.ends_with(end));
    if !(begins || ends) {
        return false;
    }
    // `Sent from a magnificent torch of pixels` has no device but is short and complete;
    // `Sent from my desk, is much easier then my mobile phone.` is a sentence.
    let device = words.iter().any(|word| names_device(word));
    device && !clause && words.len() <= 16
        || is_program_footer(text)
        || lower == YAHOO
        || lower.starts_with("sent from a") && words.len() <= 8 && !clause && !lower.ends_with('.')
}

/// What Yahoo's program signs with.
const YAHOO: &str = "yahoo mail: search, organize, conquer";

/// Whether a word of a footer, lower case, names a device or a mail program; endings of
/// other languages may hang on it, `iphonu` or `samsung-laitteesta`.
fn names_device(word: &str) -> bool {
    DEVICES.contains(&word)
        || [
            "iphon", "ipad", "android", "outlook", "samsung", "huawei", "xiaomi",
        ]
        .iter()
        .any(|name| word.contains(name))
        || DEVICES
            .iter()
            .any(|name| name.len() >= 5 && !word.is_ascii() && word.contains(name))
}

/// `Sent from Nine`, `Sent with TypeApp`: a name that nobody here has heard of, and nothing
/// behind it.
fn is_program_footer(text: &str) -> bool {
    let bare = text.trim_matches([' ', '*', '_', '-', '[', ']']);
    let rest = ["Sent from ", "Sent with ", "Sent via ", "Sent using "]
        .iter()
        .find_map(|start| bare.strip_prefix(start));
    rest.is_some_and(|rest| {
        let mut words = rest.split(' ').filter(|word| !word.is_empty());
        let named = words
            .next()
            .is_some_and(|word| word.chars().any(char::is_uppercase));
        named && words.count() <= 3 && !rest.ends_with(['.', '?', '!', ':', ','])
    })
}

/// `-Maria Lopez`, the old way to sign.
fn name(lines: &mut [Line<'_>], stretch: Range<usize>, _place: Place) -> Option<Found> {
    let last = stretch
        .clone()
        .rev()
        .find(|index| !text_at(lines, *index).trim().is_empty())?;
    let text = text_at(lines, last);
    let rest = text.strip_prefix("--").or_else(|| text.strip_prefix('-'))?;
    let words: Vec<&str> = rest.split(' ').collect();
    // `-Maria` is how some people end what they say, as others do with `Maria`.
    let named = (2..=3).contains(&words.len())
        && rest.chars().count() <= 40
        && words.iter().all(|word| {
            word.chars().next().is_some_and(char::is_uppercase)
                && word
                    .chars()
                    .all(|c| c.is_alphabetic() || matches!(c, '.' | '-' | '\''))
        });
    // A list of names is a list.
    let alone = last == stretch.start || !text_at(lines, last - 1).trim_start().starts_with('-');
    (named && alone && filled(lines, stretch.start..last, 1) > 0).then_some(Found {
        lines: last..stretch.end,
        role: Role::Signature,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn footers_of_devices_are_known_and_sentences_stay() {
        for text in [
            "Sent from my iPhone",
            "Envoyé depuis mon iPhone",
            "Von meinem Mobilgerät gesendet",
            "Diese Nachricht wurde von meinem Android-Mobiltelefon mit K-9 Mail gesendet.",
            "Sent from my Verizon Wireless BlackBerry",
            "Sent from my cell, please excuse any typos.",
            "Get Outlook for iOS<https://aka.ms/o0ukef>",
            "<<sent by galaxy>>",
            "(sent from a phone)",
            "從我的 iPhone 傳送",
            "iPhoneから送信",
            "Enviado desde mi iPhone",
            "Отправлено с iPhone",
            "Sent from a magnificent torch of pixels",
            "*Sent from my Samsung Galaxy s5*",
        ] {
            assert!(is_device_footer(text), "{text}");
        }
        for text in [
            "Sent from my desk, is much easier then my mobile phone.",
            "Sent on Monday as promised, the contract is with you.",
            "The mail was sent from my iPhone.",
            "Von meiner Seite passt das.",
        ] {
            assert!(!is_device_footer(text), "{text}");
        }
    }
}
