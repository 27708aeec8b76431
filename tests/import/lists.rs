//! Archives of invented mailing lists whose threads are known: deterministic, with the
//! oddities that real lists have.
// Several targets include it, and none of them needs all of it.
#![allow(dead_code)]

use std::fmt::Write as _;

/// Numbers that look random and are the same every time (PCG, 32 bits out).
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(6_364_136_223_846_793_005) | 1)
    }

    pub fn roll(&mut self, sides: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let high = usize::try_from(self.0 >> 33).unwrap();
        high % sides.max(1)
    }

    /// True so many times in a thousand.
    pub fn often(&mut self, per_mille: usize) -> bool {
        self.roll(1_000) < per_mille
    }

    /// Small numbers more often than large ones.
    fn low(&mut self, sides: usize) -> usize {
        let (a, b) = (self.roll(sides), self.roll(sides));
        self.roll(a.min(b) + 1)
    }
}

/// One mail of a list.
#[derive(Clone, Debug)]
pub struct Posted {
    pub id: String,
    pub from: usize,
    /// Index of the mail that it answers.
    pub parent: Option<usize>,
    /// The parent is not in the archive.
    pub gone: bool,
    pub subject: String,
    pub list: usize,
    lines: Vec<String>,
    /// Header fields that tell of the parent.
    pub threading: String,
    rest: String,
    body: String,
}

impl Posted {
    /// The mail as bytes, with or without the fields that thread it.
    pub fn raw(&self, threaded: bool) -> String {
        let threading = if threaded {
            self.threading.as_str()
        } else {
            ""
        };
        format!("{}{threading}\r\n{}", self.rest, self.body).replace("\r\n", "\n")
    }

    /// Whether the archive says whose answer it is.
    pub fn has_known_parent(&self, all: &[Self]) -> bool {
        !self.gone && !self.threading.is_empty() && self.parent.is_some_and(|p| !all[p].gone)
    }
}

pub const LISTS: [&str; 3] = [
    "users@lists.example",
    "dev@lists.example",
    "talk@other.example",
];

pub fn address(person: usize) -> String {
    format!("person{person}@host{}.example", person % 37)
}

const SYLLABLES: [&str; 24] = [
    "ba", "co", "di", "fu", "ga", "he", "ki", "lo", "ma", "ne", "po", "qua", "ri", "so", "tu",
    "ve", "wi", "xa", "yo", "zu", "an", "er", "in", "or",
];

fn word(n: usize) -> String {
    let mut word = String::new();
    let mut rest = n + 24;
    while rest > 0 {
        word.push_str(SYLLABLES[rest % 24]);
        rest /= 24;
    }
    word
}

fn line(dice: &mut Dice, words: usize) -> String {
    let words: Vec<String> = (0..words).map(|_| word(dice.low(20_000))).collect();
    words.join(" ")
}

/// Makes so many mails.
pub fn post(number: usize, seed: u64) -> Vec<Posted> {
    let mut dice = Dice::new(seed);
    let people = (number / 12).clamp(20, 2_000);
    let mut all: Vec<Posted> = Vec::with_capacity(number);
    let mut open: Vec<Vec<usize>> = Vec::new();
    let mut at = 1_150_000_000_i64;
    for index in 0..number {
        at += i64::try_from(dice.roll(3_600)).unwrap();
        let begin = open.is_empty() || dice.often(190);
        let from = dice.low(people);
        let mail = if begin {
            open.push(vec![index]);
            if open.len() > 25 {
                open.remove(0);
            }
            root(&mut dice, index, from, at)
        } else {
            let thread = open.len() - 1 - dice.low(open.len());
            let within = &open[thread];
            let parent = within[within.len() - 1 - dice.low(within.len())];
            open[thread].push(index);
            answer(&mut dice, index, from, at, parent, &all)
        };
        all.push(mail);
    }
    all
}

fn root(dice: &mut Dice, index: usize, from: usize, at: i64) -> Posted {
    let list = dice.roll(3);
    let words = 3 + dice.roll(4);
    let subject = match dice.roll(100) {
        0 => "Question".to_owned(),
        1 => "help needed".to_owned(),
        _ => line(dice, words),
    };
    let subject = if list == 1 {
        format!("[dev] {subject}")
    } else {
        subject
    };
    let text = paragraphs(dice);
    finish(
        dice,
        index,
        from,
        at,
        None,
        list,
        subject,
        String::new(),
        text,
        Vec::new(),
    )
}

fn answer(
    dice: &mut Dice,
    index: usize,
    from: usize,
    at: i64,
    parent: usize,
    all: &[Posted],
) -> Posted {
    let answered = &all[parent];
    let bare = answered.subject.trim_start_matches("Re: ").to_owned();
    let subject = match dice.roll(1_000) {
        0..12 => format!("{} (was: {bare})", line(dice, 3)),
        12..15 => format!("Re: {}", line(dice, 3)),
        15..40 => format!("AW: {bare}"),
        40..60 => format!("SV: [EXT] {bare}"),
        60..70 => format!("RE:  Re: {bare}"),
        _ => format!("Re: {bare}"),
    };
    let id = &answered.id;
    let mut chain: Vec<&str> = vec![id];
    let mut up = answered.parent;
    while let Some(next) = up {
        chain.insert(0, &all[next].id);
        up = all[next].parent;
    }
    // Long chains lose their middle.
    if chain.len() > 5 {
        chain.drain(1..chain.len() - 3);
    }
    let references: Vec<String> = chain.iter().map(|id| format!("<{id}>")).collect();
    let folded = references.join("\r\n\t");
    let threading = match dice.roll(100) {
        0..7 => format!("In-Reply-To: {id}\r\n"),
        7..14 => format!("References: {folded}\r\n"),
        14..18 => format!(
            "In-Reply-To: Message from {} of \"Mon, 3 Nov\" <{id}>\r\n",
            address(answered.from)
        ),
        18..21 => format!(
            "In-Reply-To:\r\n <{id}>\r\nReferences: {}\r\n",
            references.concat()
        ),
        21..23 => format!("References: {}\r\n", chain.join(" ")),
        _ => format!("In-Reply-To: <{id}>\r\nReferences: {folded}\r\n"),
    };
    let text = paragraphs(dice);
    let quoted = answered.lines.clone();
    let list = answered.list;
    finish(
        dice,
        index,
        from,
        at,
        Some((parent, answered.from)),
        list,
        subject,
        threading,
        text,
        quoted,
    )
}

fn paragraphs(dice: &mut Dice) -> Vec<String> {
    let lines = 2 + dice.low(40);
    (0..lines)
        .map(|_| {
            let words = 4 + dice.roll(6);
            line(dice, words)
        })
        .collect()
}

#[allow(clippy::too_many_arguments)]
fn finish(
    dice: &mut Dice,
    index: usize,
    from: usize,
    at: i64,
    parent: Option<(usize, usize)>,
    list: usize,
    subject: String,
    threading: String,
    lines: Vec<String>,
    quoted: Vec<String>,
) -> Posted {
    let id = format!("{index}.{}@mid.example", dice.roll(1_000_000));
    let mut rest = format!("From: Person {from} <{}>\r\n", address(from));
    let list_address = LISTS[list];
    match (parent, dice.roll(10)) {
        (Some((_, author)), 0..5) => {
            write!(rest, "To: {}\r\nCc: {list_address}\r\n", address(author)).unwrap();
        }
        (Some((_, author)), 5..7) => {
            write!(rest, "To: {list_address}\r\nCc: {}\r\n", address(author)).unwrap();
        }
        _ => write!(rest, "To: {list_address}\r\n").unwrap(),
    }
    let date = jiff::Timestamp::from_second(at).unwrap();
    let text = date.strftime("%a, %d %b %Y %H:%M:%S +0000");
    match dice.roll(1_000) {
        0..10 => write!(rest, "Received: from a by b;\r\n {text}\r\n").unwrap(),
        10..15 => write!(
            rest,
            "Received: from a by b; {text}\r\nDate: Thu, 01 Jan 1970 00:00:00 +0000\r\n"
        )
        .unwrap(),
        _ => write!(rest, "Date: {text}\r\n").unwrap(),
    }
    write!(rest, "Subject: {subject}\r\nMessage-ID: <{id}>\r\n").unwrap();
    if list < 2 {
        write!(rest, "List-Id: <{}>\r\n", list_address.replace('@', ".")).unwrap();
    }
    let mut body = String::new();
    let shown: Vec<String> = quoted
        .iter()
        .take(12)
        .map(|line| format!("> {line}"))
        .collect();
    let said = parent.map(|(_, author)| format!("On Mon, Person {author} wrote:"));
    let bottom = dice.often(600);
    if let (Some(said), true) = (&said, bottom) {
        write!(body, "{said}\r\n{}\r\n\r\n", shown.join("\r\n")).unwrap();
    }
    body.push_str(&lines.join("\r\n"));
    if let (Some(said), false) = (&said, bottom) {
        write!(body, "\r\n\r\n{said}\r\n{}", shown.join("\r\n")).unwrap();
    }
    body.push_str("\r\n");
    Posted {
        id,
        from,
        parent: parent.map(|(index, _)| index),
        gone: dice.often(30),
        subject,
        list,
        lines,
        threading,
        rest,
        body,
    }
}

/// An mbox of the mails, some of them twice (sent to two lists at once).
pub fn mbox(mails: &[&Posted], threaded: bool) -> String {
    let mut out = String::new();
    for mail in mails {
        let raw = mail.raw(threaded);
        let copies = if mail.id.starts_with("77") { 2 } else { 1 };
        for copy in 0..copies {
            out.push_str("From a@b Tue Nov  3 14:01:05 2026\n");
            let text = if copy == 0 {
                raw.clone()
            } else {
                raw.replace("Subject: ", "Subject: [crosspost] ")
            };
            for line in text.lines() {
                if line.trim_start_matches('>').starts_with("From ") {
                    out.push('>');
                }
                out.push_str(line);
                out.push('\n');
            }
            out.push('\n');
        }
    }
    out
}

/// The same mails in another order.
pub fn shuffled<'m>(mails: &[&'m Posted], seed: u64) -> Vec<&'m Posted> {
    let mut dice = Dice::new(seed);
    let mut mails = mails.to_vec();
    for last in (1..mails.len()).rev() {
        mails.swap(last, dice.roll(last + 1));
    }
    mails
}
