//! The block that Lotus Notes puts above a quoted mail: a name, a date, and the labels `To`,
//! `cc` and `Subject` with their values below or beside them.

use super::attribution;
use super::line::Line;

/// The label of a Lotus Notes block that a line is or ends with.
fn label(text: &str) -> Option<&'static str> {
    const LABELS: &[&str] = &[
        "To",
        "cc",
        "bcc",
        "Subject",
        "An",
        "Kopie",
        "Thema",
        "Pour",
        "Objet",
        "Para",
        "Asunto",
        "Please respond to",
        "Fax to",
    ];
    LABELS.iter().copied().find(|label| {
        text.strip_suffix(label)
            .is_some_and(|before| before.trim().is_empty() || before.ends_with("    "))
    })
}

/// Which lines have a date, in a mail that has the label without which there is no Lotus
/// Notes block in it.
#[must_use]
pub fn dates(lines: &[Line<'_>]) -> Option<Vec<bool>> {
    let labelled = lines.iter().any(|line| {
        matches!(
            label(line.text),
            Some("Subject" | "Thema" | "Objet" | "Asunto")
        )
    });
    let dated = |line: &Line<'_>| attribution::has_date(line.text.trim());
    labelled.then(|| lines.iter().map(dated).collect())
}

/// The number of lines of a Lotus Notes block: name and date of the sender, then `To`,
/// `cc`, `Subject` as labels on lines of their own or at the ends of lines, with their
/// values below or beside them.
#[must_use]
pub fn block(lines: &[Line<'_>], dates: &[bool], at: usize) -> usize {
    let first = lines.get(at).map_or("", |line| line.text.trim());
    let named = first.split_whitespace().count() <= 8
        && !first.ends_with(['.', '!', '?', ','])
        && !first.is_empty();
    if !named {
        return 0;
    }
    let mut labels: Vec<&str> = Vec::new();
    // The last label, and the last line above the third one.
    let (mut end, mut top) = (at, at);
    for (index, line) in lines.iter().enumerate().skip(at + 1).take(24) {
        if let Some(label) = label(line.text)
            && !labels.contains(&label)
        {
            labels.push(label);
            end = index;
        }
        if labels.len() < 3 {
            top = index;
        }
    }
    let has = |names: &[&str]| labels.iter().any(|label| names.contains(label));
    let whole = has(&["To", "An", "Pour", "Para"]) && has(&["Subject", "Thema", "Objet", "Asunto"]);
    let dated = || {
        dates
            .get(at..=top)
            .is_some_and(|dates| dates.contains(&true))
    };
    if !(whole && labels.len() >= 3 && dated()) {
        return 0;
    }
    // The value of the subject stands below its label.
    let value = lines.get(end + 1).is_some_and(|line| !line.text.is_empty());
    end + 1 + usize::from(value) - at
}

#[cfg(test)]
mod tests {
    use super::super::line::lines;
    use super::*;

    #[test]
    fn the_blocks_of_lotus_notes_are_known_in_both_forms() {
        for text in [
            "Maria Lopez <maria@example.org>\nSent by: list@example.org\n11/03/2026 02:01 PM\n\nTo\nJo\ncc\n\nSubject\nOffer\n\nHi",
            "             Maria Lopez\n             <maria@exampl                                             To\n             11/03/2026                Jo\n             02:01 PM                                                   cc\n\n                                                                   Subject\n                                       Offer\n",
        ] {
            let lines = lines(text, &[]);
            let dates = dates(&lines).unwrap_or_default();
            assert!(block(&lines, &dates, 0) >= 7, "{text}");
        }
        let prose = "Hello\nTo\nbe or not\ncc\nSubject\n";
        let lines = lines(prose, &[]);
        let dates = dates(&lines).unwrap_or_default();
        assert_eq!(block(&lines, &dates, 0), 0);
    }
}
