//! Subjects as threads compare them: without reply and forward prefixes and list tags.

/// Reply and forward prefixes of mail programs, lower case, without the colon.
/// Collected from the localised defaults of Outlook, Apple Mail, Thunderbird, Lotus
/// Notes and Gmail (RFC 5256 section 2.1 knows only `re`, `fw` and `fwd`).
const PREFIXES: &[&str] = &[
    "re",
    "fw",
    "fwd",
    "r",
    "rif",
    "i", // English, Italian
    "aw",
    "wg",
    "antw", // German
    "sv",
    "vs",
    "vb",
    "vl",
    "vd", // Danish, Norwegian, Swedish, Finnish
    "rv",
    "res",
    "enc",
    "resp", // Spanish, Portuguese
    "réf",
    "ref",
    "rép",
    "rep",
    "tr", // French
    "antwoord",
    "doorst",
    "betr", // Dutch
    "odp",
    "pd",
    "pdo", // Polish
    "ynt",
    "ilt",
    "cvb", // Turkish
    "atb",
    "bls", // Latvian, Indonesian
    "vá",
    "továbbítás", // Hungarian
    "σχετ",
    "πρθ",
    "απ", // Greek
    "на",
    "ответ",
    "пересл",
    "отв", // Russian
    "回复",
    "答复",
    "转发",
    "回覆",
    "轉寄",
    "返信",
    "転送",
    "답장",
    "전달", // Chinese, Japanese, Korean
    "השב",
    "הועבר",
    "رد",
    "إعادة", // Hebrew, Arabic
    "automatic reply",
    "auto",
    "out of office",
    "automatische antwort",
];

/// A subject without its prefixes, tags, case and doubled spaces, for comparing.
///
/// `Re: AW: [list] Fwd:  Website  Redesign` and `website redesign` are the same
/// conversation; an empty result compares to nothing.
#[must_use]
pub fn normalise_subject(subject: &str) -> String {
    let folded = subject
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .to_lowercase();
    let mut rest = folded.as_str();
    while let Some(shorter) = strip_tag(rest).or_else(|| strip_prefix(rest)) {
        rest = shorter.trim_start();
    }
    let rest = rest.strip_suffix("(fwd)").unwrap_or(rest);
    rest.trim().to_owned()
}

/// The subject of an answer: ours keeps the thread's subject, with one `Re:` in front
/// (Gmail threads only when the subject matches).
#[must_use]
pub fn reply_subject(subject: &str) -> String {
    let subject = subject.split_whitespace().collect::<Vec<_>>().join(" ");
    let lower = subject.to_lowercase();
    if strip_prefix(&lower).is_some() {
        subject
    } else {
        format!("Re: {subject}")
    }
}

/// `[tag] rest` without the tag; not when the tag is all there is.
fn strip_tag(text: &str) -> Option<&str> {
    let (tag, rest) = text.strip_prefix('[')?.split_once(']')?;
    (tag.chars().count() <= 40 && !rest.trim().is_empty()).then_some(rest)
}

/// `re: rest`, `re[2]: rest`, `re(3): rest` and `回复：rest` without the prefix.
fn strip_prefix(text: &str) -> Option<&str> {
    let (head, rest) = text.split_once([':', '：'])?;
    let head = head.trim_end();
    let word = head
        .split_once(['[', '(', '^'])
        .map_or(head, |(word, count)| {
            let count = count.trim_end_matches([']', ')']);
            if count.chars().all(|c| c.is_ascii_digit()) {
                word
            } else {
                head
            }
        });
    PREFIXES.contains(&word.trim()).then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_tags_counters_and_case_do_not_part_a_thread() {
        for subject in [
            "Website redesign",
            "Re: Website redesign",
            "RE: AW: SV: website  redesign",
            "Re[2]: Website redesign",
            "[leads] Re: [EXT] Website Redesign",
            "回复：Website redesign",
            "Antw: RES: Website redesign (fwd)",
        ] {
            assert_eq!(normalise_subject(subject), "website redesign", "{subject}");
        }
    }

    #[test]
    fn what_is_no_prefix_stays() {
        assert_eq!(
            normalise_subject("Update: new prices"),
            "update: new prices"
        );
        assert_eq!(normalise_subject("[urgent]"), "[urgent]");
        assert_eq!(normalise_subject("Re:"), "");
    }

    #[test]
    fn an_answer_has_one_prefix() {
        assert_eq!(reply_subject("Offer"), "Re: Offer");
        assert_eq!(reply_subject("AW: Offer"), "AW: Offer");
        assert_eq!(reply_subject("Offer\r\nBcc: x@y"), "Re: Offer Bcc: x@y");
    }
}
