//! Quoted lines without a prefix: what was broken off the end of a line that had one, and
//! the first line of a quote.

use std::collections::HashSet;

use super::attribution;
use super::line::{self, Line, Role, role_at, set, text_at};

/// Where programs break lines, at the earliest.
const MARGIN: usize = 66;

/// Shortest line that is known by standing elsewhere in the mail, in characters.
const TELLING: usize = 25;

/// Gmail forgets the prefix of the first line of a quote, in a mail that is written as html:
/// below an empty line it runs on into a line with a prefix. It reaches the margin, does not
/// end there and is no answer to a quote above, or it stands in the mail with its prefix as
/// well. Where that was seen, a line that nothing but an empty prefix follows is the whole of
/// such a quote.
pub fn adopt_first_lines(lines: &mut [Line<'_>]) {
    let mut firsts: Vec<(usize, bool)> = Vec::new();
    let mut below_quote = false;
    for (index, line) in lines.iter().enumerate() {
        let after_blank = index == 0 || role_at(lines, index - 1) == Some(Role::Blank);
        let worded = line.text.trim_start().starts_with(char::is_alphanumeric);
        let above_quote = lines.get(index + 1).is_some_and(Line::is_prefixed);
        if line.is_new() && above_quote && after_blank && worded {
            firsts.push((index, below_quote));
        }
        if line.role != Role::Blank {
            below_quote = line.is_prefixed();
        }
    }
    if firsts.is_empty() {
        return;
    }
    let quoted = lines.iter().filter(|line| line.is_prefixed());
    let quoted: HashSet<&str> = quoted.map(|line| line::unquoted(line.text)).collect();
    let (mut sure, unsure): (Vec<_>, Vec<_>) = firsts.into_iter().partition(|(at, answer)| {
        let text = text_at(lines, *at).trim();
        let again = text.chars().count() >= TELLING && quoted.contains(text);
        again || !answer && runs_on(text, line::unquoted(text_at(lines, at + 1)))
    });
    if !sure.is_empty() {
        let empty = |at: usize| line::unquoted(text_at(lines, at + 1)).is_empty();
        let alone = |at: usize| !lines.get(at + 2).is_some_and(Line::is_prefixed);
        sure.extend(
            unsure
                .into_iter()
                .filter(|(at, answer)| !answer && empty(*at) && alone(*at)),
        );
    }
    for (index, _) in sure {
        set(lines, index..index + 1, Role::Quote);
    }
}

/// Whether a line was broken at the margin, and goes on below with this text.
fn runs_on(text: &str, below: &str) -> bool {
    let next = below.split_whitespace().next().unwrap_or("");
    let reaches = text.chars().count() + 1 + next.chars().count() >= MARGIN;
    let ends = text.trim_end().ends_with(['.', '!', '?', ':', ';']);
    let names = || attribution::shape(text).is_none_or(|is| is.verb || is.date || is.address);
    reaches && !ends && below.starts_with(char::is_lowercase) && !names()
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
        if here && above && inside && is_remainder(text_at(lines, index - 1), text_at(lines, index))
        {
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
            && (inside && is_cut_off(text_at(lines, index - 1), text_at(lines, index))
                || last && is_remainder(text_at(lines, index - 1), text_at(lines, index)))
        {
            set(lines, index..index + 1, Role::Quote);
        }
    }
}

/// Whether a line may be what did not fit on the line above, whatever it says.
fn is_cut_off(above: &str, text: &str) -> bool {
    let first = text.split_whitespace().next().unwrap_or("").chars().count();
    let reaches = above.chars().count() + 1 + first >= 70;
    let goes_on = !line::unquoted(above).ends_with(['.', '!', '?', ':']);
    reaches && goes_on && text.chars().count() <= 36 && text.split_whitespace().count() <= 6
}

fn is_remainder(above: &str, text: &str) -> bool {
    const ANSWERS: &[&str] = &[
        "yes", "no", "ok", "okay", "sure", "done", "agreed", "right", "true", "correct", "thanks",
        "fixed", "nope", "yep", "yeah", "exactly", "indeed", "see", "why", "what", "how", "hmm",
        "great", "good", "fine", "lol", "ja", "nein", "oui", "non", "si", "sí", "da", "nej", "tak",
        "nie", "ack", "nak", "ditto", "same", "me", "i", "we", "it", "this", "that", "not",
        "response", "answer", "please", "never", "maybe", "because",
    ];
    // An address that was cut, or a prefix that slid to the end of its line.
    if closes_address(above, text) || text.ends_with(" >") {
        return true;
    }
    let length = text.chars().count();
    let words = text.split_whitespace().count();
    let first: String = text
        .chars()
        .take_while(|c| c.is_alphanumeric())
        .collect::<String>()
        .to_lowercase();
    let bare = line::unquoted(above);
    let word = text.split_whitespace().next().unwrap_or("");
    let reaches = above.chars().count() + 1 + word.chars().count() >= 72;
    let goes_on = !bare.ends_with(['.', '!', '?', ':']);
    let answer = ANSWERS.contains(&first.as_str()) && words <= 3
        || text.starts_with(['[', '#', '='])
        || ["+", "-", "*"].iter().any(|item| {
            let rest = text.strip_prefix(item);
            rest.is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric()))
        });
    // No word of an answer, but a path, a name out of code or an id.
    let code = word.len() > 12
        && !word.contains("://")
        && (word.contains(['_', '/', '(']) || word.starts_with('<') && word.contains('@'));
    let most = if code { 76 } else { 36 };
    reaches && goes_on && length <= most && words <= 5 && !answer && !text.starts_with(' ')
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
