//! What of a sent text is the person's own: without quotes, and without anything that
//! somebody else had written in the conversation. Only that may ever be learned from.

use crate::llm::phrases::words;
use crate::mail::reply;

/// Words in a row that are no accident.
const RUN: usize = 7;
/// A whole sentence of fewer words ("Best regards,") is anybody's.
const SHORT: usize = 4;

/// The person's own text of a reply. `theirs` are the mails of others in the conversation.
#[must_use]
pub fn own_words(sent: &str, theirs: &[&str]) -> String {
    let split = reply::split(sent);
    let mut own = String::new();
    for segment in &split.segments {
        use reply::SegmentKind::{Attribution, Forward, Quote};
        if !matches!(segment.kind, Attribution | Forward | Quote) {
            own.push_str(sent.get(segment.range.clone()).unwrap_or_default());
        }
    }
    let theirs: Vec<String> = theirs.iter().map(|text| words(text)).collect();
    let mut lines: Vec<String> = Vec::new();
    for line in own.lines() {
        if line.trim_start().starts_with('>') {
            continue;
        }
        let kept: String = sentences(line)
            .into_iter()
            .filter(|sentence| !is_theirs(sentence, &theirs))
            .collect();
        let blank = kept.trim().is_empty();
        // A line that lost all of its words is gone with its end.
        if blank && !line.trim().is_empty() {
            continue;
        }
        if blank && lines.last().is_none_or(String::is_empty) {
            continue;
        }
        lines.push(kept.trim_end().to_owned());
    }
    lines.join("\n").trim().to_owned()
}

/// Whether a sentence repeats what somebody else wrote.
fn is_theirs(sentence: &str, theirs: &[String]) -> bool {
    let sentence = words(sentence);
    let list: Vec<&str> = sentence.split_whitespace().collect();
    if list.len() < SHORT {
        return false;
    }
    list.windows(list.len().min(RUN)).any(|run| {
        let run = format!(" {} ", run.join(" "));
        theirs.iter().any(|text| text.contains(&run))
    })
}

/// The sentences of a line, each with the blanks behind it.
pub(super) fn sentences(line: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let (mut start, mut ended) = (0, false);
    for (at, c) in line.char_indices() {
        if ended && c.is_whitespace() {
            let end = at + c.len_utf8();
            found.extend(line.get(start..end));
            start = end;
        }
        ended = matches!(c, '.' | '!' | '?' | ';' | '。' | '！' | '？');
    }
    found.extend(line.get(start..).filter(|rest| !rest.is_empty()));
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const THEIRS: &str = "Sounds good. What would it cost, and can you start in May? Wire it to account 12345 today please.";

    #[test]
    fn quotes_and_attributions_are_not_the_persons_own() {
        let sent = "Hi Maria,\n\nfrom 2,400 EUR.\n\nSam\n\nOn Mon, 3 Nov 2026, Maria wrote:\n> What would it cost?\n> And when?";
        let own = own_words(sent, &[]);
        assert_eq!(own, "Hi Maria,\n\nfrom 2,400 EUR.\n\nSam");
    }

    #[test]
    fn answers_between_quoted_lines_are_kept_without_them() {
        let sent =
            "> What would it cost?\nFrom 2,400 EUR.\n\n> When can you start?\nIn May.\n\nSam";
        let own = own_words(sent, &[]);
        assert!(!own.contains("What would it cost"), "{own}");
        assert!(
            own.contains("From 2,400 EUR.") && own.contains("In May."),
            "{own}"
        );
    }

    #[test]
    fn what_was_copied_without_a_mark_is_found_all_the_same() {
        let sent = "You asked: What would it cost, and can you start in May? From 2,400 EUR. Yes.\nWIRE it to ACCOUNT 12345, today, please.\nSam";
        assert_eq!(own_words(sent, &[THEIRS]), "From 2,400 EUR. Yes.\nSam");
    }

    #[test]
    fn common_phrases_are_anybodys() {
        let sent = "Hi,\n\nsounds good.\n\nBest regards,\nSam";
        assert_eq!(own_words(sent, &["Sounds good. Best regards, Maria"]), sent);
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn no_long_run_of_theirs_is_left(
            mine in "[a-d]{1,3}( [a-d]{1,3}){0,12}[.?]",
            theirs in "[a-d]{1,3}( [a-d]{1,3}){7,20}",
            cut in 0..20_usize,
        ) {
            let list: Vec<&str> = theirs.split(' ').collect();
            let part = list.iter().skip(cut.min(list.len() - RUN)).copied().collect::<Vec<_>>();
            let sent = format!("{mine} {}.\nSam", part.join(" "));
            let own = words(&own_words(&sent, &[&theirs]));
            let known = words(&theirs);
            let own: Vec<&str> = own.split_whitespace().collect();
            for run in own.windows(RUN + 1) {
                // One run may reach over the end of a sentence; none stands inside of one.
                let run = format!(" {} ", run.join(" "));
                prop_assert!(!known.contains(&run) || !sent_inside(&sent, &run), "{run}");
            }
        }
    }

    fn sent_inside(sent: &str, run: &str) -> bool {
        sent.lines()
            .flat_map(sentences)
            .any(|sentence| words(sentence).contains(run))
    }
}
