//! A mailbox of escape attacks in every field: what reaches the terminal is the program's
//! own, byte by byte.

use base64::Engine as _;
use rejoinder::demo::gmail::Incoming;

use crate::house::House;
use crate::pty::Pty;

/// One attack of each sort, in characters: OSC, DCS, APC, PM, CSI, single shifts, resets,
/// their C1 forms, shifts of the character set, bells, answers, and what cannot be seen.
/// The numbers in them are such as the program never writes.
const ATTACK: &str = "\u{1b}]0;PWNED\u{7}\u{1b}]52;c;UFdORUQ=\u{1b}\\\u{1b}P+q544e\u{1b}\\\u{1b}_Gx\u{1b}\\\u{1b}^x\u{1b}\\\
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
const SAYS: &str = "Attack number";

/// The mails, with ids of their own for each way by which they come.
fn mails(way: &str) -> Vec<Vec<u8>> {
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

fn foreign(raw: &[u8]) -> Vec<String> {
    let mut found: Vec<String> = sequences(raw)
        .into_iter()
        .filter(|sequence| !is_own(sequence))
        .collect();
    found.sort();
    found.dedup();
    found
}

#[test]
fn the_test_sees_an_attack_when_there_is_one() {
    assert!(
        foreign(ATTACK.as_bytes()).len() > 15,
        "{:?}",
        foreign(ATTACK.as_bytes())
    );
    assert_eq!(
        foreign(b"\x1b[?1049h\x1b[12;40H\x1b[1;38;5;12mMaria\x1b[0m\r\n"),
        Vec::<String>::new()
    );
}

/// Brings the mails in, and returns what was printed. Each by itself: they say the same
/// words, which would tie them to one conversation.
fn import(house: &House, way: &str) -> Vec<String> {
    let folder = house.path("attacks");
    std::fs::create_dir_all(&folder).unwrap();
    let mut printed = Vec::new();
    for (number, mail) in mails(way).iter().enumerate() {
        let path = folder.join(format!("{number}.eml"));
        std::fs::write(&path, mail).unwrap();
        let ran = house.run(&["import", "--all", path.to_str().unwrap()]);
        assert_eq!(ran.code, 0, "{ran:?}");
        printed.extend([ran.out, ran.err]);
    }
    printed
}

#[test]
fn no_escape_sequence_of_a_mail_reaches_the_terminal() {
    let house = House::signed_in();
    // By archive from strangers, and by Gmail from a lead.
    let imported = import(&house, "a");
    for mail in mails("b") {
        let text = String::from_utf8_lossy(&mail).into_owned();
        let (_, rest) = text.split_once("\r\n").unwrap();
        let raw = format!("From: Maria {ATTACK} <maria@lopezbakery.example>\r\n{rest}");
        assert!(
            !house
                .gmail()
                .deliver(Incoming::new(raw.into_bytes()))
                .is_empty()
        );
    }
    let synced = house.run(&["sync"]);
    assert_eq!(synced.code, 0, "{synced:?}");

    // The verbs print to terminals too, and write to the log.
    let list = house.run(&["list", "--limit", "100", "--json"]).json();
    let conversations = list["conversations"].as_array().unwrap();
    let attacked = conversations.iter().filter(|c| {
        c["lead"]["email"]
            .as_str()
            .unwrap()
            .ends_with("@attack.example")
    });
    assert_eq!(attacked.count(), 7, "{list}");
    let mut printed = vec![synced.out, synced.err];
    printed.extend(imported);
    printed.push(house.run(&["list", "--limit", "100"]).out);
    for conversation in conversations {
        printed.push(house.run(&["show", &conversation["id"].to_string()]).out);
    }
    let inspected = house.path("attacks/5.eml");
    printed.push(house.run(&["inspect", inspected.to_str().unwrap()]).out);
    for text in &printed {
        assert_eq!(foreign(text.as_bytes()), Vec::<String>::new(), "{text:?}");
    }
    assert!(printed.iter().any(|text| text.contains(SAYS)));

    let mut pty = Pty::start(&house, &[], (140, 40));
    pty.until_shown("Mallory");
    pty.press("/mallory\r");
    pty.until_shown("Inbox: \"mallory\"");
    // Each is opened, its quotes unfolded, read to its end, and left for the next.
    let mut left: Vec<String> = (0..7).map(|number| format!("{SAYS} {number}")).collect();
    pty.press("gg\r");
    while !left.is_empty() {
        let text = pty.until("a mail that was not shown yet", |text| {
            left.iter().any(|says| text.contains(says.as_str()))
        });
        left.retain(|says| !text.contains(says.as_str()));
        pty.press("zGhj\r");
    }
    let raw = pty.raw();
    assert_eq!(foreign(&raw), Vec::<String>::new());
    let shown = String::from_utf8_lossy(&raw);
    assert!(!shown.contains("\u{1b}]"), "no operating system command");
}

#[test]
fn no_name_of_a_file_acts_on_the_terminal_that_it_is_printed_on() {
    let house = House::signed_in();
    let folder = house.path("archive");
    std::fs::create_dir_all(&folder).unwrap();
    let names = [
        "a\u{1b}]0;PWNED\u{7}.eml",
        "b\u{9b}7777C\u{202e}.eml",
        "c\u{7f}\u{200b}.eml",
        "d\n\u{1b}[2J.eml",
        "e\u{1b}c.db",
    ];
    for name in &names[..4] {
        std::fs::write(folder.join(name), "From: a@b.example\n\nhi\n").unwrap();
    }
    // What is no mail is complained about.
    std::fs::write(folder.join(names[4]), [1, 0, 2, 0]).unwrap();
    let path = folder.to_str().unwrap();
    let report = house.path("report.jsonl");
    let lines = house.run(&["inspect", "--json", path]);
    let all = [
        house.run(&["inspect", path]),
        house.run(&[
            "import",
            "--all",
            "--report",
            report.to_str().unwrap(),
            path,
        ]),
        house.run(&["inspect", folder.join("none\u{1b}[2J").to_str().unwrap()]),
    ];
    for ran in all.iter().chain([&lines]) {
        for text in [&ran.out, &ran.err] {
            assert_eq!(foreign(text.as_bytes()), Vec::<String>::new(), "{text:?}");
        }
    }
    let report = std::fs::read_to_string(report).unwrap();
    assert_eq!(foreign(report.as_bytes()), Vec::<String>::new());
    // Scripts get the names as they are.
    for text in [&lines.out, &report] {
        let files: Vec<String> = text
            .lines()
            .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap())
            .map(|line| line["file"].as_str().unwrap().to_owned())
            .collect();
        for name in names {
            assert!(
                files.iter().any(|file| file.ends_with(name)),
                "{name:?} in {files:?}"
            );
        }
    }
}

/// Mails of strangers, whose headers are listed, and of a lead, with files.
fn deliver_all(house: &House) {
    for mail in mails("s") {
        let text = String::from_utf8_lossy(&mail).replace("@attack.example>", "@stranger.example>");
        assert!(
            !house
                .gmail()
                .deliver(Incoming::new(text.into_bytes()))
                .is_empty()
        );
    }
    let with_files = mails("f").pop().unwrap();
    let text = String::from_utf8_lossy(&with_files).into_owned();
    let (_, rest) = text.split_once("\r\n").unwrap();
    let raw = format!("From: Maria {ATTACK} <maria@lopezbakery.example>\r\n{rest}");
    assert!(
        !house
            .gmail()
            .deliver(Incoming::new(raw.into_bytes()))
            .is_empty()
    );
}

#[test]
fn no_verb_prints_an_attack_and_no_file_is_named_by_one() {
    let house = House::signed_in();
    deliver_all(&house);
    house.run(&["sync", "--json"]).json();
    let maria = house.conversation("Maria Lopez")["id"].to_string();
    let folder = house.path("saved");
    let to = folder.to_str().unwrap();
    let unmatched = house.run(&["unmatched", "--json"]).json();
    let stranger = unmatched["unmatched"][0]["id"].to_string();
    for verb in [
        &["unmatched"][..],
        &["unmatched", "--json"],
        &["list", "--json"],
        &["show", &maria],
        &["show", &maria, "--json"],
        &["attachments", &maria],
        &["attachments", &maria, "--all", "--to", to],
        &["attachments", &maria, "--all", "--to", to, "--json"],
        &["attachments", &maria, "--name", ATTACK_NAME],
        &["leads", "add", "--from-unmatched", &stranger],
        &["leads", "list"],
        &["leads", "list", "--json"],
        &["sync"],
        &["list", "--limit", "100"],
        &["outbox"],
        &["memory"],
        &["stats"],
    ] {
        let ran = house.run(verb);
        for text in [&ran.out, &ran.err] {
            assert_eq!(foreign(text.as_bytes()), Vec::<String>::new(), "{verb:?}");
        }
    }
    let names: Vec<String> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert_eq!(names.len(), 4, "{names:?}");
    for name in names {
        assert_eq!(foreign(name.as_bytes()), Vec::<String>::new());
        assert!(!name.starts_with('.'), "{name:?}");
    }
}

/// A name that is asked for and not there is repeated in the answer.
const ATTACK_NAME: &str = "x\u{1b}]0;PWNED\u{7}\u{9b}7777C";

#[test]
fn no_page_dialog_or_editor_lets_an_attack_through() {
    let house = House::signed_in();
    deliver_all(&house);
    house.run(&["sync", "--json"]).json();
    let mut pty = Pty::start(&house, &[], (140, 40));
    pty.until_shown("Maria Lopez");

    pty.press("gu");
    pty.until("strangers", |text| {
        text.contains("Unmatched mail") && text.contains("stranger.example")
    });
    for (key, says) in [
        ("a", "Where does the mail of"),
        ("i", "List no mail of this sender any more?"),
        ("m", "Make the sender a lead"),
    ] {
        pty.press(key);
        pty.until_shown(says);
        pty.press("\u{1b}");
        pty.until_gone(says);
    }
    pty.press("m");
    pty.until_shown("Make the sender a lead");
    pty.press("\r");
    pty.until_shown("is a lead now");
    pty.press("gl");
    pty.until("the new lead", |text| {
        text.contains("Leads") && text.contains("Mallory")
    });
    pty.press("G");
    pty.press("go");
    pty.until_shown("Outbox");
    pty.press("ga");
    pty.until_shown("Analytics");
    pty.press("gm");
    pty.until_shown("What was learned from you");
    pty.press("gi");
    pty.until_shown("Inbox");

    pty.press("/lopez\r");
    pty.until_shown("Inbox: \"lopez\"");
    // Another conversation may stand there until hers is loaded; keys wait for it.
    pty.press("\r");
    pty.until_shown("Attack number 6");
    pty.press("z");
    pty.until_shown("> I think both can be mended");
    for (key, says) in [
        ("M", "Move the mail of"),
        ("w", "Save the files in which folder?"),
        (":", "Commands"),
        ("?", "Keys in the"),
    ] {
        pty.press(key);
        pty.until_shown(says);
        pty.press("\u{1b}");
        pty.until_gone(says);
    }
    let folder = house.path("from-the-screen");
    pty.press("w");
    pty.until_shown("Save the files in which folder?");
    pty.press(&format!("{}\r", folder.display()));
    pty.until_shown("Saved 2 files");
    pty.press("r");
    pty.until_shown("Write your own reply");
    // What is pasted can be anything, too.
    pty.press(&format!("\u{1b}[200~Pasted {ATTACK} text\u{1b}[201~"));
    pty.until_shown("Pasted");
    pty.press("\u{1b}");
    pty.until_shown("Your reply, not sent yet");
    let raw = pty.raw();
    assert_eq!(foreign(&raw), Vec::<String>::new());
    assert!(!String::from_utf8_lossy(&raw).contains("\u{1b}]"));
}
