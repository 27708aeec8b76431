//! Attribution lines: `On Tue, 3 Nov 2026 at 14:01, Maria <maria@example.org> wrote:` in
//! the forms and languages of mail programs, on one line or broken over several.
//!
//! A line is judged by its shape: a verb of writing, a date, an address, the colon at its
//! end. Two of them are enough directly above a `>` quote, in whatever language; where
//! nothing prefixed follows, the rest of the mail hangs on the line, so it must have the
//! full form.

use super::words::attribution::{OPENERS, PRONOUNS, STARTERS, VERB_ENDS, VERBS};
use super::words::folded;

/// Longest attribution, in characters.
const LONGEST: usize = 420;

/// What an attribution candidate shows.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Shape {
    /// Begins with `On`, `Le`, `Am` ... and a date, or with a date.
    pub dated_start: bool,
    /// A verb of writing near the end, or before the name.
    pub verb: bool,
    /// A date or a time.
    pub date: bool,
    /// A mail address.
    pub address: bool,
    /// Ends with a colon.
    pub colon: bool,
    /// Number of words.
    pub words: usize,
    /// Between dashes: `---- Maria wrote ----`.
    pub dashed: bool,
    /// Ends as a sentence does.
    pub sentence: bool,
    /// Nothing but a name and an address.
    pub mailbox: bool,
    /// Few words, the last of them an address in brackets.
    pub mailed: bool,
    /// A clock time.
    pub clock: bool,
    /// Begins as a sentence of somebody about themselves or others does: `I wrote ...`.
    pub pronoun: bool,
    /// Ends with the verb, without a colon.
    pub cut_short: bool,
}

impl Shape {
    /// Whether it introduces the prefixed quote that follows.
    #[must_use]
    pub fn is_before_quote(self) -> bool {
        if self.dashed {
            return self.verb && (self.date || self.address || self.words <= 8);
        }
        let proof = usize::from(self.verb)
            + usize::from(self.date)
            + usize::from(self.address)
            + usize::from(self.dated_start);
        if self.colon {
            proof >= 2 || (self.verb && self.words <= 8) || self.mailbox
        } else {
            self.dated_start && (self.address || self.verb)
                || (self.verb && self.date && !self.sentence)
        }
    }

    /// Whether it is whole but for its colon: `On Tue, 3 Nov 2026 14:01 Maria
    /// <maria@example.org> wrote`.
    #[must_use]
    pub const fn lacks_its_colon(self) -> bool {
        self.cut_short && self.dated_start && self.clock && self.address
    }

    /// Whether it alone says that the rest of the mail is quoted.
    #[must_use]
    pub fn is_sure(self) -> bool {
        if self.dashed {
            return self.verb && (self.date || self.address || self.words <= 8);
        }
        let full = self.verb && self.date && (self.dated_start || self.address);
        let named = self.verb && self.address && self.colon && self.words <= 12;
        // `Maria Lopez wrote on 3.11.2026 14:01:`
        let timed = self.verb && self.clock && self.date && self.colon && self.words <= 10;
        // `Op dinsdag 3 november 2026 schreef Maria <maria@example.org>`
        let bare = self.verb && self.date && self.dated_start && self.address && self.mailed;
        let yandex = self.dated_start && self.address && self.colon && self.words <= 16;
        (self.colon && full) || named || yandex || (timed && !self.pronoun) || bare
    }
}

/// `>>>>> "ML" == Maria Lopez <maria@example.org> writes:`, as Supercite of Emacs attributes;
/// the quoted lines have the initials in front.
#[must_use]
pub fn is_supercited(text: &str) -> bool {
    text.strip_prefix(">>>>> ")
        .filter(|rest| rest.starts_with('"') && rest.ends_with(':'))
        .and_then(shape)
        .is_some_and(Shape::is_before_quote)
}

/// The shape of a joined candidate; none when it is too long to be one.
#[must_use]
pub fn shape(text: &str) -> Option<Shape> {
    let text = text.trim_matches([' ', '*', '_', '\u{200e}']);
    if text.is_empty() || text.len() > LONGEST * 3 || text.chars().count() > LONGEST {
        return None;
    }
    let inner = text.trim_matches(['-', '—', '–', ' ']);
    let dashed = text.starts_with("--") && text.ends_with("--") && !inner.is_empty();
    let text = inner;
    let lower = folded(text);
    let lower = lower.trim_end_matches(['*', '_', ' ']);
    let colon = lower.ends_with([':', '：']);
    let bare = lower.trim_end_matches([':', '：', ' ', '*', '_']);
    let words: Vec<&str> = bare.split_whitespace().collect();
    let date = has_date(bare);
    let address = has_address(bare);
    Some(Shape {
        dated_start: starts_with_date(&words),
        verb: has_verb(bare, &words, date || address),
        date,
        address,
        colon,
        words: words.len(),
        dashed,
        sentence: lower.ends_with(['.', '!', '?', ',']),
        mailbox: address && words.len() <= 6 && bare.ends_with(['>', ')', ']']),
        mailed: words.len() <= 12 && bare.ends_with('>'),
        clock: date
            && words
                .iter()
                .any(|word| is_clock(word.trim_matches([',', '.', '(', ')']))),
        pronoun: words.iter().take(2).any(|word| PRONOUNS.contains(word)),
        cut_short: lower == bare && words.last().is_some_and(|last| VERBS.contains(last)),
    })
}

/// A verb of writing where attributions have it: at the end, or, with the name behind it,
/// anywhere in a line that has a date or an address.
fn has_verb(bare: &str, words: &[&str], located: bool) -> bool {
    if VERB_ENDS.iter().any(|end| bare.ends_with(end)) {
        return true;
    }
    let clean = |word: &str| {
        let word = word.trim_matches([
            '"', '\'', ',', '.', ';', '>', '*', '\u{ab}', '\u{bb}', '\u{201d}', ']', '[',
        ]);
        VERBS.contains(word) || word.strip_suffix(')').is_some_and(|w| VERBS.contains(w))
    };
    let tail = words
        .iter()
        .rev()
        .take(3)
        .any(|word| clean(word) || word.rsplit(['>', ')', '"']).next().is_some_and(&clean));
    tail || (located && words.iter().any(|word| clean(word)))
        || words.first().is_some_and(|first| OPENERS.contains(first))
}

fn starts_with_date(words: &[&str]) -> bool {
    let Some(first) = words.first() else {
        return false;
    };
    let first = first.trim_matches(['"', '*', '(', ',', '[', '<']);
    // A date within the next words; names of days and months are not needed for that.
    let near = |from: usize| {
        words
            .iter()
            .skip(from)
            .take(6)
            .any(|word| word.chars().any(|c| c.is_numeric()))
    };
    if STARTERS.contains(first.trim_end_matches(['.', ':'])) {
        return near(1);
    }
    let numeric = first.chars().any(|c| c.is_numeric());
    let glued = ["在", "于", "於"]
        .iter()
        .any(|start| first.starts_with(start));
    if numeric || glued {
        return has_date(&words.iter().take(6).copied().collect::<Vec<_>>().join(" "));
    }
    // `Tue, 3 Nov 2026 ...`, `понедельник, 6 октября 2014 г. ...`, `út 3. 11. 2026 ...`: a
    // short word in front of a day and, not far behind it, the rest of a date.
    let word = first.trim_end_matches(['.', ',']);
    let alphabetic = !word.is_empty() && word.chars().all(is_of_word);
    let marked = words.first().is_some_and(|word| word.ends_with([',', '.']));
    let day = words
        .get(1)
        .is_some_and(|next| next.starts_with(|c: char| c.is_numeric()));
    let dated = || {
        let date = words.iter().skip(1).take(7).copied();
        word.chars().count() <= 12 && day && has_date(&date.collect::<Vec<_>>().join(" "))
    };
    alphabetic && (marked && near(1) || is_weekday(word) && near(1) || dated())
}

/// Whether a sign is part of a word: a letter, or what Indic scripts and Thai set on one.
fn is_of_word(sign: char) -> bool {
    sign.is_alphabetic() || matches!(sign, '\u{900}'..='\u{e7f}') && !sign.is_numeric()
}

fn is_weekday(word: &str) -> bool {
    matches!(
        word.trim_end_matches([',', '.']),
        "mon"
            | "tue"
            | "wed"
            | "thu"
            | "fri"
            | "sat"
            | "sun"
            | "monday"
            | "tuesday"
            | "wednesday"
            | "thursday"
            | "friday"
            | "saturday"
            | "sunday"
    )
}

/// Whether there is a date or a time in it, in any language: a numeric date, or a clock
/// time or a year beside another number.
#[must_use]
pub fn has_date(text: &str) -> bool {
    // Most lines have no number at all.
    if text.bytes().all(|b| b.is_ascii() && !b.is_ascii_digit()) {
        return false;
    }
    let mut numbers = 0usize;
    let mut year = false;
    let mut clock = false;
    let pieces = text.split(|c: char| {
        c.is_whitespace()
            || matches!(
                c,
                ',' | '(' | ')' | '[' | ']' | '<' | '>' | '"' | '@' | '|' | '，' | '（' | '）'
            )
    });
    for piece in pieces {
        let piece = piece.trim_matches(['.', ';', '\'', '*']);
        if !piece.chars().any(|c| c.is_numeric())
            || piece.contains('/') && piece.contains(':') && piece.len() > 20
        {
            continue;
        }
        if is_numeric_date(piece) {
            return true;
        }
        if is_clock(piece) {
            clock = true;
            numbers += 1;
            continue;
        }
        if piece.contains(['年', '년', '月', '월']) {
            return true;
        }
        let digits: String = piece.chars().filter(char::is_ascii_digit).collect();
        let plain = piece.chars().all(|c| c.is_ascii_digit());
        if plain && digits.len() == 4 && (digits.starts_with("19") || digits.starts_with("20")) {
            year = true;
            numbers += 1;
        } else if piece.chars().any(|c| c.is_numeric() && !c.is_ascii_digit()) {
            // Dates in other digits.
            numbers += 1;
            year |= piece.chars().filter(|c| c.is_numeric()).count() == 4;
        } else if plain && digits.len() <= 2 || piece.chars().count() <= 5 && digits.len() <= 2 {
            // `3`, `3rd`, `1er`, `3.`
            numbers += 1;
        }
    }
    (year || clock) && numbers >= 2
}

/// `2016-10-24`, `24/10/2016`, `24.10.16`, `11-Apr-2011`, `17-feb.-2015`, `2014/7/20`.
fn is_numeric_date(piece: &str) -> bool {
    let groups: Vec<&str> = piece
        .split([
            '-', '/', '.', '年', '月', '日', '년', '월', '일', '\u{2011}',
        ])
        .filter(|group| !group.is_empty())
        .collect();
    let number = |group: &&str| group.chars().all(|c| c.is_ascii_digit());
    match groups.as_slice() {
        [a, b, c, ..] if groups.len() <= 4 => {
            let numbers = [a, b, c].iter().filter(|group| number(group)).count();
            let lengths_fit =
                a.len() <= 4 && b.chars().count() <= 9 && c.len() <= 4 && piece.len() <= 24;
            let has_year = a.len() == 4 || c.len() == 4 || c.len() == 2;
            numbers >= 2 && number(a) && number(c) && lengths_fit && has_year
        }
        _ => false,
    }
}

/// `14:01`, `2:01:05`, `14h01`, `20.42` only with minutes of two digits.
fn is_clock(piece: &str) -> bool {
    let piece = piece.trim_end_matches(['h', 'm', 'a', 'p', 'u']);
    let mut groups = piece.split([':', 'h', '：', '.']);
    let hour = groups.next().unwrap_or("");
    let minute = groups.next().unwrap_or("");
    let fits = |group: &str, most: u32| {
        !group.is_empty() && group.len() <= 2 && group.parse::<u32>().is_ok_and(|n| n <= most)
    };
    let minute_digits: String = minute.chars().take_while(char::is_ascii_digit).collect();
    fits(hour, 24) && minute_digits.len() == 2 && fits(&minute_digits, 59)
}

/// Whether there is a mail address in it, as written or as archives obscure it.
#[must_use]
pub fn has_address(text: &str) -> bool {
    text.contains(['@', '<']) && has_address_in(text)
}

fn has_address_in(text: &str) -> bool {
    text.split(|c: char| {
        c.is_whitespace() || matches!(c, '<' | '>' | '(' | ')' | '[' | ']' | '"' | ',' | ';')
    })
    .any(|word| {
        let word = word.trim_matches(['.', ':', '\'', '*']);
        let word = word.strip_prefix("mailto:").unwrap_or(word);
        word.split_once('@').is_some_and(|(local, host)| {
            !local.is_empty() && host.len() >= 3 && !host.contains('@')
        })
    }) || text.contains("<hidden email>")
        || text.contains(" at ") && text.contains('<') && text.contains('>')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sure(text: &str) -> bool {
        shape(text).is_some_and(Shape::is_sure)
    }

    fn before_quote(text: &str) -> bool {
        shape(text).is_some_and(Shape::is_before_quote)
    }

    #[test]
    fn full_attributions_are_known_in_many_languages() {
        for text in [
            "On Tue, Nov 3, 2026 at 2:01 PM Maria Lopez <maria@example.org> wrote:",
            "On 3 Nov 2026, at 14:01, Maria Lopez wrote:",
            "Am 03.11.2026 um 14:01 schrieb Maria Lopez:",
            "Am Di., 3. Nov. 2026 um 14:01 Uhr schrieb Maria <maria@example.org>:",
            "Maria Lopez <maria@example.org> schrieb am Di., 3. Nov. 2026 um 14:01 Uhr:",
            "Le mar. 3 nov. 2026 à 14:01, Maria Lopez <maria@example.org> a écrit :",
            "El mar, 3 nov 2026 a las 14:01, Maria Lopez (<maria@example.org>) escribió:",
            "Em ter., 3 de nov. de 2026 às 14:01, Maria Lopez <maria@example.org> escreveu:",
            "Il giorno mar 3 nov 2026 alle ore 14:01 Maria Lopez <maria@example.org> ha scritto:",
            "Op di 3 nov 2026 om 14:01 schreef Maria Lopez <maria@example.org>:",
            "Den tis 3 nov. 2026 kl 14:01 skrev Maria Lopez <maria@example.org>:",
            "tir. 3. nov. 2026 kl. 14:01 skrev Maria Lopez <maria@example.org>:",
            "ti 3. marrask. 2026 klo 14.01 Maria Lopez (maria@example.org) kirjoitti:",
            "wt., 3 lis 2026 o 14:01 Maria Lopez <maria@example.org> napisał(a):",
            "W dniu 3.11.2026 o 14:01, Maria Lopez pisze:",
            "út 3. 11. 2026 v 14:01 odesílatel Maria Lopez <maria@example.org> napsal:",
            "Maria Lopez <maria@example.org> ezt írta (időpont: 2026. nov. 3., K, 14:01):",
            "În mar., 3 nov. 2026 la 14:01, Maria Lopez <maria@example.org> a scris:",
            "вт, 3 нояб. 2026 г. в 14:01, Maria Lopez <maria@example.org>:",
            "3 ноября 2026 г., 14:01 пользователь Maria <maria@example.org> написал:",
            "вт, 3 лист. 2026 р. о 14:01 Maria Lopez <maria@example.org> пише:",
            "Στις Τρί 3 Νοε 2026 στις 2:01 μ.μ., ο χρήστης Maria <maria@example.org> έγραψε:",
            "Maria Lopez <maria@example.org>, 3 Kas 2026 Sal, 14:01 tarihinde şunu yazdı:",
            "2026年11月3日(火) 14:01 Maria Lopez <maria@example.org>:",
            "Maria Lopez <maria@example.org> 于2026年11月3日周二 14:01写道：",
            "在 2026年11月3日，下午2:01，Maria Lopez <maria@example.org> 写道：",
            "2026년 11월 3일 (화) 오후 2:01, Maria Lopez <maria@example.org>님이 작성:",
            "Vào Th 3, 3 thg 11, 2026 lúc 14:01 Maria Lopez <maria@example.org> đã viết:",
            "Pada tanggal Sel, 3 Nov 2026 pukul 14.01 Maria <maria@example.org> menulis:",
            "בתאריך יום ג׳, 3 בנוב׳ 2026 ב-14:01 מאת Maria <maria@example.org>:",
            "في الثلاثاء، 3 نوفمبر 2026 في 2:01 م تمت كتابة ما يلي بواسطة Maria <maria@example.org>:",
            "---- On Tue, 03 Nov 2026 14:01:00 +0100 Maria <maria@example.org> wrote ----",
            "26.06.2014, 14:41, \"Alexander L\" <abc@example.com>:",
            "Some One <info@example.org> wrote:",
            "In a message dated 11/3/2026 2:01:00 PM Eastern Standard Time, maria@example.org writes:",
        ] {
            assert!(sure(text), "{text} {:?}", shape(text));
            assert!(before_quote(text), "{text}");
        }
    }

    #[test]
    fn short_attributions_need_a_quote_below() {
        for text in [
            "Maria wrote:",
            "Maria Lopez writes:",
            "Quoting Maria Lopez:",
            "Maria Lopez <maria@example.org>:",
            "* Maria Lopez <maria@example.org> [2026-11-03 14:01]:",
            "2013/7/20 sam via Forum <info@example.org>",
            "Sent from Samsung MobileName <address@example.com> wrote:",
        ] {
            assert!(before_quote(text), "{text} {:?}", shape(text));
        }
        assert!(!sure("Maria wrote:"));
    }

    #[test]
    fn sentences_are_no_attributions() {
        for text in [
            "I agree with this point:",
            "See my comments below.",
            "On this day",
            "On blah-blah-blah",
            "We need three things:",
            "The meeting is on 3 Nov 2026 at 14:01, please confirm.",
            "Here is what I propose for the next release of the library:",
        ] {
            assert!(!before_quote(text), "{text} {:?}", shape(text));
            assert!(!sure(text), "{text}");
        }
    }
}
