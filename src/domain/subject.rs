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
    let rest = strip_all(&folded);
    let rest = rest.strip_suffix("(fwd)").unwrap_or(rest).trim_end();
    let rest = split_former(rest).map_or(rest, |(new, _)| new);
    rest.trim().to_owned()
}

/// The subject that a changed one names: of `Prices (was: Re: Website)` it is `website`,
/// in the form of [`normalise_subject`].
#[must_use]
pub fn former_subject(subject: &str) -> Option<String> {
    let folded = subject
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .to_lowercase();
    let (_, former) = split_former(strip_all(&folded))?;
    let former = normalise_subject(former);
    (!former.is_empty()).then_some(former)
}

/// Whether the subject says that the mail answers another one, or hands one on.
#[must_use]
pub fn is_answer(subject: &str) -> bool {
    let folded = subject.trim().to_lowercase();
    let mut rest = folded.as_str();
    loop {
        if strip_prefix(rest).is_some() {
            return true;
        }
        let Some(shorter) = strip_tag(rest) else {
            return split_former(rest).is_some();
        };
        rest = shorter.trim_start();
    }
}

/// One part of a series that somebody sends as several mails: `[PATCH v2 3/7] ...`.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Part {
    /// The tag without its number, lower case.
    pub tag: String,
    /// Which part; 0 for an introduction to the others.
    pub number: u32,
    /// How many parts there are.
    pub of: u32,
}

/// The part that a subject says its mail is; none for answers to one.
#[must_use]
pub fn series_part(subject: &str) -> Option<Part> {
    let folded = subject.trim().to_lowercase();
    let mut rest = folded.as_str();
    loop {
        let (tag, after) = rest.strip_prefix('[')?.split_once(']')?;
        let mut words: Vec<&str> = tag.split_whitespace().collect();
        let numbers = words.iter().enumerate().find_map(|(place, word)| {
            let (number, of) = word.split_once('/')?;
            Some((place, number.parse().ok()?, of.parse().ok()?))
        });
        if let Some((place, number, of)) = numbers {
            words.remove(place);
            let tag = words.join(" ");
            return (number <= of && of > 1).then_some(Part { tag, number, of });
        }
        rest = after.trim_start();
    }
}

fn strip_all(folded: &str) -> &str {
    let mut rest = folded;
    while let Some(shorter) = strip_tag(rest).or_else(|| strip_prefix(rest)) {
        rest = shorter.trim_start();
    }
    rest
}

/// `new (was: old)` and `new [was old]` in their two halves (RFC 5537 and the custom of
/// mailing lists); German, French and Dutch lists write it in their own words.
fn split_former(text: &str) -> Option<(&str, &str)> {
    const WORDS: &[&str] = &["was:", "was ", "war:", "formerly:", "ex:", "wcześniej:"];
    let (head, closing) = match text.chars().next_back()? {
        ')' => (text.strip_suffix(')')?, '('),
        ']' => (text.strip_suffix(']')?, '['),
        // Cut off by a program that shortens subjects.
        _ => (text, '('),
    };
    let place = WORDS
        .iter()
        .filter_map(|word| head.find(&format!("{closing}{word}")))
        .min()?;
    let (new, old) = head.split_at_checked(place)?;
    let old = old.strip_prefix(closing)?;
    let old = WORDS.iter().find_map(|word| old.strip_prefix(word))?;
    let (new, old) = (new.trim(), old.trim());
    (!new.is_empty() && !old.is_empty()).then_some((new, old))
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
    fn a_changed_subject_names_the_one_it_had() {
        for (subject, key, former) in [
            ("Prices (was: Re: Website)", "prices", Some("website")),
            ("Re: Prices (was Website)", "prices", Some("website")),
            (
                "[x] Prices [was: [x] Web (old)]",
                "prices",
                Some("web (old)"),
            ),
            ("Prices (was: Re: Websi", "prices", Some("websi")),
            ("Re: Prices (was: Web (was: Shop))", "prices", Some("web")),
            ("(was: Website)", "(was: website)", None),
            ("Website", "website", None),
        ] {
            assert_eq!(normalise_subject(subject), key, "{subject}");
            assert_eq!(former_subject(subject).as_deref(), former, "{subject}");
        }
    }

    #[test]
    fn an_answer_is_told_from_a_first_mail() {
        for subject in ["Re: x", "[list] AW: x", "回复：x", "y (was: x)", "Re[2]: x"] {
            assert!(is_answer(subject), "{subject}");
        }
        for subject in ["x", "[list] x", "Update: x", "", "Regarding x"] {
            assert!(!is_answer(subject), "{subject}");
        }
    }

    #[test]
    fn parts_of_a_series_are_numbered_in_their_tags() {
        for (subject, wanted) in [
            ("[PATCH v2 03/44] um: less", Some(("patch v2", 3, 44))),
            (
                "[users] [RFC PATCH 0/2 net] x",
                Some(("rfc patch net", 0, 2)),
            ),
            ("[1/3] Minutes", Some(("", 1, 3))),
            ("Re: [PATCH 1/2] x", None),
            ("[PATCH 1/1] x", None),
            ("[PATCH 5/2] x", None),
            ("[PATCH] x 1/2", None),
            ("[24/7] x", None),
            ("[x", None),
        ] {
            let part = series_part(subject);
            let found = part.as_ref().map(|p| (p.tag.as_str(), p.number, p.of));
            assert_eq!(found, wanted, "{subject}");
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
