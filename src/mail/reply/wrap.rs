//! Quoted lines without a prefix: what was broken off the end of a line that had one, and
//! the first line of a quote.

use std::collections::HashSet;

use super::attribution;
use super::line::{self, Line, Role, role_at, set, text_at};
use super::prefix::is_omission;

/// Where programs break lines, at the earliest and at the latest.
const MARGIN: usize = 66;
const WIDEST: usize = 80;

/// Shortest line that is known by standing elsewhere in the mail, in characters.
const TELLING: usize = 25;

/// Gmail forgets the prefix of the first line of a quote, in a mail that is written as html:
/// below an empty line it runs on into a line with a prefix. It reaches the margin, does not
/// end there and is no answer to a quote above, or it stands in the mail with its prefix as
/// well. The same fault leaves an empty prefix at the end of the quote: without one in the
/// mail these are answers right above the next quote. With one, a line that nothing but an
/// empty prefix follows is the whole of such a quote.
pub fn adopt_first_lines(lines: &mut [Line<'_>]) {
    let firsts = first_lines(lines);
    if firsts.is_empty() {
        return;
    }
    let quoted = lines.iter().filter(|line| line.is_prefixed());
    let quoted: HashSet<&str> = quoted.map(|line| line::unquoted(line.text)).collect();
    let (mut sure, unsure): (Vec<_>, Vec<_>) = firsts.into_iter().partition(|first| {
        let text = text_at(lines, first.at).trim();
        let again = text.chars().count() >= TELLING && quoted.contains(text);
        let below = line::unquoted(text_at(lines, first.at + 1));
        again || !first.answers && runs_on(text, below)
    });
    if !sure.iter().any(|first| first.ends_empty) {
        return;
    }
    let alone = |first: &FirstLine| {
        let empty = line::unquoted(text_at(lines, first.at + 1)).is_empty();
        empty && !lines.get(first.at + 2).is_some_and(Line::is_prefixed)
    };
    sure.extend(unsure.into_iter().filter(|it| !it.answers && alone(it)));
    // A mail of nothing but quotes was judged wrongly.
    let new = lines.iter().filter(|line| line.is_new()).count();
    if new == sure.len() {
        return;
    }
    for first in sure {
        set(lines, first.at..first.at + 1, Role::Quote);
    }
}

/// A line below an empty one and right above a prefix.
#[derive(Clone, Copy, Debug)]
struct FirstLine {
    at: usize,
    /// A quote stands above, so that it may answer that.
    answers: bool,
    /// The last line of the quote that it may be the first of is an empty prefix.
    ends_empty: bool,
}

fn first_lines(lines: &[Line<'_>]) -> Vec<FirstLine> {
    let mut found: Vec<FirstLine> = Vec::new();
    let mut answers = false;
    let mut in_run = false;
    for (at, line) in lines.iter().enumerate() {
        let after_blank = at == 0 || role_at(lines, at - 1) == Some(Role::Blank);
        let worded = line.text.trim_start().starts_with(char::is_alphanumeric);
        let above_quote = lines.get(at + 1).is_some_and(Line::is_prefixed);
        if line.is_new() && above_quote && after_blank && worded {
            found.push(FirstLine {
                at,
                answers,
                ends_empty: false,
            });
            in_run = true;
        } else if in_run && !line.is_prefixed() {
            in_run = false;
            let empty = line::unquoted(text_at(lines, at - 1)).is_empty();
            if let Some(first) = found.last_mut() {
                first.ends_empty = empty;
            }
        }
        if line.role != Role::Blank && !is_omission(line.text) {
            answers = line.role == Role::Quote;
        }
    }
    found
}

/// Whether a line was broken at the margin, and goes on below with this text.
fn runs_on(text: &str, below: &str) -> bool {
    let next = below.split_whitespace().next().unwrap_or("");
    let length = text.chars().count();
    let reaches = length <= WIDEST && length + 1 + next.chars().count() >= MARGIN;
    let within = text.ends_with(|c: char| c.is_alphanumeric() || c == ',');
    let names = || attribution::shape(text).is_none_or(|is| is.verb || is.date || is.address);
    reaches && within && below.starts_with(char::is_lowercase) && !names()
}

/// A quoted line that was too long leaves its end on a line without prefix, between the
/// quoted ones. It is short, follows a line that reaches the margin and does not end
/// there, and does not look like somebody's answer.
pub fn mend_wraps(lines: &mut [Line<'_>]) {
    let mut mended = 0;
    for index in 1..lines.len() {
        let inside = lines.get(index + 1).is_some_and(Line::is_prefixed);
        let here = lines
            .get(index)
            .is_some_and(|line| line.is_new() && !line.text.trim().is_empty());
        let above = lines.get(index - 1).is_some_and(Line::is_prefixed);
        if here && above && inside && is_remainder(lines, index) {
            set(lines, index..index + 1, Role::Quote);
            mended += 1;
        }
    }
    if mended < 2 {
        return;
    }
    // In such a mail even `that?` is more likely the end of its line than an answer, and
    // the same happens at the ends of quotes.
    for index in 1..lines.len() {
        let here = lines
            .get(index)
            .is_some_and(|line| line.is_new() && !line.text.trim().is_empty());
        let above = lines.get(index - 1).is_some_and(Line::is_prefixed);
        let inside = lines.get(index + 1).is_some_and(Line::is_prefixed);
        let last = role_at(lines, index + 1).is_none_or(|role| role == Role::Blank);
        let lower = text_at(lines, index)
            .chars()
            .next()
            .is_some_and(char::is_lowercase);
        if here
            && above
            && lower
            && (inside && is_cut_off(lines, index) || last && is_remainder(lines, index))
        {
            set(lines, index..index + 1, Role::Quote);
        }
    }
}

/// Whether a line may be what did not fit on the line above, whatever it says.
fn is_cut_off(lines: &[Line<'_>], index: usize) -> bool {
    let (above, text) = (text_at(lines, index - 1), text_at(lines, index));
    goes_on(above, text, 70)
        && !is_between_items(lines, index)
        && text.chars().count() <= 36
        && text.split_whitespace().count() <= 6
}

/// Whether a line that reaches this column with the first word of the next one goes on
/// there: no program lets it grow much longer, and it ends neither as a sentence nor with a
/// link, which no program breaks.
fn goes_on(above: &str, text: &str, margin: usize) -> bool {
    let first = text.split_whitespace().next().unwrap_or("");
    let length = above.chars().count();
    let reaches = length <= WIDEST && length + 1 + first.chars().count() >= margin;
    let bare = line::unquoted(above)
        .trim_end_matches(|c: char| c.is_whitespace() || ")]\"'»”’*_-".contains(c));
    let greek = |text: &str| text.ends_with(|c| matches!(c, '\u{370}'..='\u{3ff}'));
    let ends = bare.ends_with(['.', '!', '?', ':', '…', '。', '！', '？', '؟', '।'])
        || bare.strip_suffix(';').is_some_and(greek);
    let link = bare
        .split_whitespace()
        .last()
        .is_some_and(|word| word.contains("://"));
    reaches && !ends && !link
}

/// Whether the quoted lines above and below are points of a list, or lines of a patch: what
/// stands between them answers the one above.
fn is_between_items(lines: &[Line<'_>], index: usize) -> bool {
    let is_item = |at: usize| {
        let text = line::unquoted(text_at(lines, at));
        let numbered = text.trim_start_matches(|c: char| c.is_ascii_digit());
        text.starts_with(['-', '+', '*', '•'])
            || numbered.len() < text.len() && numbered.starts_with(['.', ')'])
    };
    is_item(index - 1) && is_item(index + 1)
}

fn is_remainder(lines: &[Line<'_>], index: usize) -> bool {
    const ANSWERS: &[&str] = &[
        "yes", "no", "ok", "okay", "sure", "done", "agreed", "right", "true", "correct", "thanks",
        "fixed", "nope", "yep", "yeah", "exactly", "indeed", "see", "why", "what", "how", "hmm",
        "great", "good", "fine", "lol", "ja", "nein", "oui", "non", "si", "sí", "da", "nej", "tak",
        "nie", "ack", "nak", "ditto", "same", "me", "i", "we", "it", "this", "that", "not",
        "response", "answer", "please", "never", "maybe", "because",
    ];
    let (above, text) = (text_at(lines, index - 1), text_at(lines, index));
    // An address that was cut, or a prefix that slid to the end of its line.
    if closes_address(above, text) || text.ends_with(" >") || text == "<" {
        return true;
    }
    let length = text.chars().count();
    let words = text.split_whitespace().count();
    let first: String = text
        .chars()
        .take_while(|c| c.is_alphanumeric())
        .collect::<String>()
        .to_lowercase();
    let word = text.split_whitespace().next().unwrap_or("");
    let digits = word.chars().filter(char::is_ascii_digit).count();
    let address = word.starts_with('<') && word.contains('@');
    let id = address && digits >= 3;
    let answer = address && !id
        || ANSWERS.contains(&first.as_str()) && words <= 3
        || text.starts_with(['[', '#', '='])
        || ["+", "-", "*"].iter().any(|item| {
            let rest = text.strip_prefix(item);
            rest.is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric()))
        });
    // No word of an answer, but a path, a name out of code or an id.
    let code = word.len() > 12 && !word.contains("://") && (word.contains(['_', '/', '(']) || id);
    let most = if code { 76 } else { 36 };
    goes_on(above, text, 72)
        && (code || !is_between_items(lines, index))
        && length <= most
        && words <= 5
        && !answer
        && !text.starts_with(' ')
}

/// Whether the line above ends within an address in brackets that this line closes.
fn closes_address(above: &str, text: &str) -> bool {
    let cut = above.split_whitespace().last().unwrap_or("");
    let first = text.split_whitespace().next().unwrap_or("");
    [('(', ')'), ('<', '>'), ('[', ']')]
        .iter()
        .any(|(open, close)| {
            cut.contains("://")
                && cut.starts_with(*open)
                && !cut.contains(*close)
                && first.trim_end_matches(['.', ',']).ends_with(*close)
                && !first.contains(*open)
        })
}

#[cfg(test)]
mod tests {
    use crate::mail::reply::split;

    const MOVED: &str = "I moved the algorithm and the statistics packages from the core\n\
        > into the other project, because that is where they belong.\n>\n";

    #[test]
    fn the_first_line_of_a_quote_may_have_no_prefix() {
        let text = format!("Hi Jo,\n\n{MOVED}\nNo, the licence differs.\n\nMaria\n");
        assert_eq!(
            split(&text).reply,
            "Hi Jo,\n\nNo, the licence differs.\n\nMaria"
        );
        let short = "Could we talk about the saver?\n>\n\nLet us.\n";
        let text = format!("{MOVED}\nNo.\n\n{short}");
        assert_eq!(split(&text).reply, "No.\n\nLet us.");
        // It stands below once more, as it was.
        let text = format!(
            "{short}\nOn Tue, 3 Nov 2026 at 14:01, Jo <jo@z.example> wrote:\n\n> Could we talk about the saver?\n> Jo\n"
        );
        assert_eq!(split(&text).reply, "Let us.");
    }

    #[test]
    fn an_answer_right_above_the_next_quote_is_new() {
        for answer in [
            "Yes.",
            "I think so",
            "That will be ready by the end of next week at the very latest.",
            "We have decided that it should be done by the people at the office",
        ] {
            for next in ["Who does it?", "and who does it?"] {
                let text = format!("> When is it ready?\n\n{answer}\n> {next}\n\nJo.\n");
                assert_eq!(split(&text).reply, format!("{answer}\n\nJo."));
            }
        }
        let left = "> When is it ready?\n\nSoon, as I said before the holidays\n>\n\nMaria\n";
        assert!(split(left).reply.starts_with("Soon, as I said"));
    }

    #[test]
    fn an_answer_between_quoted_lines_is_no_rest_of_the_one_above() {
        for (above, answer, below) in [
            (
                "> Which day would suit you for the first talk (Monday or Tuesday?)",
                "Monday is fine with me",
                "> And where?",
            ),
            (
                "> You find the drawings at https://files.example.org/projects/spring/a",
                "Got it",
                "> Thanks",
            ),
            (
                "> - book the big hall at the lake for all of us, if it is still free",
                "i do that on monday",
                "> - order the food for sixty people",
            ),
            (
                "> 请问贵公司的新网站什么时候可以完成，以及是否包括手机版本和后续的维护服务？",
                "下周五之前可以完成",
                "> 谢谢",
            ),
            (
                "> Could the two of you please write to the address of the people there",
                "<maria.lopez-fernandez@example.org>",
                "> or call?",
            ),
        ] {
            let text = format!("{above}\n{answer}\n{below}\n\nJo.\n");
            assert_eq!(split(&text).reply, format!("{answer}\n\nJo."));
        }
    }

    #[test]
    fn a_long_answer_above_the_next_quote_is_new_without_the_fault_of_gmail() {
        let only = "Thanks, we will send the signed contract over to you by Friday morning\n\
            > please send us the signed contract until the end of the week\n";
        assert!(split(only).reply.starts_with("Thanks, we will"));
        let bracket = "> When is it ready?\n\n[...]\n\nWe have decided that it should be done by the people at the office\n> and who does it?\n>\n\nJo.\n";
        assert!(split(bracket).reply.contains("We have decided"));
    }

    #[test]
    fn the_rest_of_a_line_that_was_too_long_is_quoted() {
        let text = "Please fix!\n\n\
            >To look at this another way, how would you feel if you started to use\n\
            >twisted.conch.telnet and found that it satisfied 90% of your\n\
            use-case, but that due to one\n\
            >critical oversight, you could not supply the remaining 10% yourself\n\
            but instead had to write\n\
            >your own telnet library from scratch, because we had given up the\n\
            freedom of making\n\
            >changes to twisted.conch.telnet?  That would not be any more useful to\n\
            you than the\n\
            >current situation.\n\nNo.\n";
        assert_eq!(split(text).reply, "Please fix!\n\nNo.");
        let text = "OK.\n\n\
            > > In-Reply-To: <000a01c2e1f4$5c0b1b40$8e0a0a0a@office.example>; from\n\
            > > maria@example.org and the one before it, which had the number of\n\
            <9C2117B524D5FD4ABE1CDF73B2140A30197A4A@mail.example.org>\n\
            > > were both lost.\n";
        assert_eq!(split(text).reply, "OK.");
    }
}
