//! Mails with attacks in every field, and what the bytes of a terminal hold of them.

use base64::Engine as _;

/// One attack of each sort, in characters: OSC, DCS, APC, PM, CSI, single shifts, resets,
/// their C1 forms, shifts of the character set, bells, answers, and what cannot be seen.
/// The numbers in them are such as the program never writes.
pub const ATTACK: &str = "\u{1b}]0;PWNED\u{7}\u{1b}]52;c;UFdORUQ=\u{1b}\\\u{1b}P+q544e\u{1b}\\\u{1b}_Gx\u{1b}\\\u{1b}^x\u{1b}\\\
    \u{1b}[7777;7777H\u{1b}[?7777h\u{1b}[7777m\u{1b}c\u{1b}#8\u{1b}(0\u{9b}7777C\u{9d}0;PWNED\u{9c}\u{90}q\u{9c}\u{85}\u{8d}\
    \u{e}\u{f}\u{7}\u{5}\u{8}\u{7f}\u{0}\u{b}\u{c}\u{202e}\u{2066}\u{200b}\u{200f}\u{2028}\u{e0041}\u{feff}\u{ad}";

fn encoded(bytes: &[u8]) -> String {
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

/// The attack as an encoded word of a header (RFC 2047), in one of the two encodings.
fn word(before: &str, base64: bool) -> String {
    let text = format!("{before}{ATTACK}");
    if base64 {
        format!("=?utf-8?B?{}?=", encoded(text.as_bytes()))
    } else {
        let quoted: String = text.bytes().map(|byte| format!("={byte:02X}")).collect();
        format!("=?utf-8?Q?{quoted}?=")
    }
}

fn quoted_printable(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'\n' => "\r\n".to_owned(),
            byte => format!("={byte:02X}"),
        })
        .collect::<Vec<_>>()
        .chunks(20)
        .map(|line| line.concat() + "=\r\n")
        .collect()
}

/// The attack as character references of html, decimal and hexadecimal.
fn references() -> String {
    ATTACK
        .chars()
        .enumerate()
        .map(|(at, c)| {
            if at % 2 == 0 {
                format!("&#{};", u32::from(c))
            } else {
                format!("&#x{:x};", u32::from(c))
            }
        })
        .collect()
}

/// UTF-7 (RFC 2152): all of it in one shifted run.
fn utf7(text: &str) -> String {
    let bytes: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
    format!("+{}-", encoded(&bytes).trim_end_matches('='))
}

/// What the mails say, so that a test can wait for them.
pub const SAYS: &str = "Attack number";

/// The mails, with ids of their own for each way by which they come.
pub fn mails(way: &str) -> Vec<Vec<u8>> {
    let head = |number: usize, from: &str, subject: &str| {
        format!(
            "From: {from}\r\nTo: {0} <sam@example.com>\r\nCc: {0} <x{ATTACK}@example.org>\r\nSubject: {subject}\r\nDate: Sun, 22 Nov 2026 1{number}:00:00 +0000 {ATTACK}\r\nMessage-ID: <{way}{number}{ATTACK}@attack.example>\r\nReferences: <{way}r{number}{ATTACK}@attack.example> {ATTACK}\r\nReply-To: {0} <y@xn--pple-43d.com>\r\nOrganization: {ATTACK}\r\nMIME-Version: 1.0\r\n",
            word("Copy", true)
        )
    };
    // What is quoted differs, or the mails would be found to belong together.
    let says = |number: usize| {
        let quoted = "quote".repeat(number + 1);
        format!(
            "{SAYS} {number} {ATTACK}\nsecond line {ATTACK}\n> {quoted} {ATTACK}\n-- \n{ATTACK}"
        )
    };
    let utf16: Vec<u8> = says(4).encode_utf16().flat_map(u16::to_le_bytes).collect();
    let bodies = [
        format!(
            "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n{}",
            says(0)
        ),
        format!(
            "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n{}",
            quoted_printable(&says(1))
        ),
        format!(
            "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n{}",
            encoded(says(2).as_bytes())
        ),
        format!(
            "Content-Type: text/plain; charset=utf-7\r\n\r\n{}",
            utf7(&says(3))
        ),
        format!(
            "Content-Type: text/plain; charset=utf-16le\r\nContent-Transfer-Encoding: base64\r\n\r\n{}",
            encoded(&utf16)
        ),
        format!(
            "Content-Type: text/html; charset=utf-8\r\n\r\n<p>{SAYS} 5 {0}</p><p>{ATTACK}</p><a href=\"https://x{0}.example/{0}\">link {0}</a> <a href='https://аpple.com/'>apple.com</a><img alt=\"{0}\" src=\"https://t{0}/\"><img width=1 height=1 src='https://track{0}.example/'><pre>{0}\n{ATTACK}</pre><ul><li>{0}</ul><table><tr><td>{0}<td>b</table>",
            references()
        ),
        format!(
            "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain; charset=iso-2022-jp\r\n\r\n{SAYS} 6 \u{1b}$B%F\u{1b}(B \u{1b}[7777m\u{1b}]0;PWNED\u{7}\r\n--b\r\nContent-Type: application/pdf; name=\"{0}\"\r\nContent-Disposition: attachment; filename=\"../../{ATTACK}.pdf\"\r\n\r\nx\r\n--b\r\nContent-Type: text/x{ATTACK}\r\nContent-Disposition: attachment; filename*=utf-8''..%2F%1B%5D0%3BPWNED%07%C2%9B7777C%E2%80%AEfdp.exe\r\n\r\nx\r\n--b--\r\n",
            word("file", false)
        ),
    ];
    bodies
        .into_iter()
        .enumerate()
        .map(|(number, body)| {
            let from = match number % 3 {
                0 => format!("{} <m{number}@attack.example>", word("Mallory", true)),
                1 => format!("\"Mallory {ATTACK}\" <m{number}@attack.example>"),
                _ => format!("{} <m{number}@attack.example>", word("Mallory", false)),
            };
            let subject = if number % 2 == 0 {
                format!("Subject {number} {ATTACK}")
            } else {
                word(&format!("Subject {number} "), number % 4 == 1)
            };
            (head(number, &from, &subject) + &body).into_bytes()
        })
        .collect()
}

/// Everything in the bytes that is no plain text, sorted out by sort: whole sequences.
fn sequences(raw: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(raw);
    let mut found = Vec::new();
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let inert = !c.is_control() && !is_unseen(c) || matches!(c, '\r' | '\n');
        if inert {
            continue;
        }
        let mut sequence = String::from(c);
        if c == '\u{1b}' {
            let opener = chars.next().unwrap_or(' ');
            sequence.push(opener);
            if opener == '[' {
                // The last one may not have been read whole yet.
                let Some(rest) = until_final(&mut chars) else {
                    break;
                };
                sequence.push_str(&rest);
            }
        }
        found.push(sequence);
    }
    found
}

/// What follows `ESC [`, the final character included.
fn until_final(chars: &mut impl Iterator<Item = char>) -> Option<String> {
    let mut rest = String::new();
    for c in chars {
        rest.push(c);
        if ('@'..='~').contains(&c) {
            return Some(rest);
        }
    }
    None
}

fn is_unseen(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}'..='\u{200c}' | '\u{200e}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2028}'..='\u{2029}' | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}')
}

/// Whether the program writes such a sequence itself: colours and attributes, moves within
/// the screen, erasing, and the modes it switches. No operating system command, no device
/// control string, nothing else.
fn is_own(sequence: &str) -> bool {
    const MODES: &[&str] = &[
        "25", "1049", "2004", "2026", "1000", "1002", "1003", "1006", "1015", "1004", "7",
    ];
    let Some(rest) = sequence.strip_prefix("\u{1b}[") else {
        return false;
    };
    let Some(last) = rest.chars().last() else {
        return false;
    };
    let parameters = rest.trim_end_matches(last);
    if let Some(mode) = parameters.strip_prefix('?') {
        return matches!(last, 'h' | 'l') && mode.split(';').all(|mode| MODES.contains(&mode));
    }
    let numbers: Option<Vec<u32>> = parameters
        .split([';', ':'])
        .filter(|number| !number.is_empty())
        .map(|number| number.parse().ok())
        .collect();
    let within = numbers.is_some_and(|numbers| numbers.iter().all(|number| *number < 300));
    within
        && matches!(
            last,
            'm' | 'H' | 'J' | 'K' | 'A' | 'B' | 'C' | 'D' | 'G' | 'd'
        )
}

pub fn foreign(raw: &[u8]) -> Vec<String> {
    let mut found: Vec<String> = sequences(raw)
        .into_iter()
        .filter(|sequence| !is_own(sequence))
        .collect();
    found.sort();
    found.dedup();
    found
}
