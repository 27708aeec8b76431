//! Deterministic checks of a text before it may leave, whoever wrote it.

use crate::domain::{Check, Severity};

/// Findings in a text that would be sent.
#[must_use]
pub fn check(body: &str) -> Vec<Check> {
    let mut found = Vec::new();
    if body.trim().is_empty() {
        found.push(Check {
            code: "empty".to_owned(),
            severity: Severity::Block,
            message: "the text is empty".to_owned(),
            excerpt: String::new(),
        });
    }
    found.extend(placeholders(body));
    found
}

/// What a drafter left for the person to fill in: `[CONFIRM: ...]`, `[name]`, `{{...}}`.
fn placeholders(body: &str) -> Vec<Check> {
    let mut found: Vec<Check> = Vec::new();
    let mut rest = body;
    while let Some(start) = rest.find('[') {
        rest = rest.get(start..).unwrap_or_default();
        let Some(end) = rest.find(']') else { break };
        let excerpt = rest.get(..=end).unwrap_or_default();
        let after = rest.get(end + 1..).unwrap_or_default();
        let inside = excerpt.trim_matches(['[', ']']);
        if is_placeholder(inside) && !after.starts_with('(') {
            found.push(placeholder(excerpt));
        }
        rest = after;
    }
    for part in body.split("{{").skip(1) {
        if let Some((inside, _)) = part.split_once("}}") {
            found.push(placeholder(&format!("{{{{{inside}}}}}")));
        }
    }
    found
}

/// Words in brackets are a placeholder; a footnote `[1]`, a tick box or a quote is none.
fn is_placeholder(inside: &str) -> bool {
    let inside = inside.trim();
    let letters = inside.chars().filter(|c| c.is_alphabetic()).count();
    letters >= 2 && !inside.contains('\n') && inside.chars().count() <= 200 && inside != "sic"
}

fn placeholder(excerpt: &str) -> Check {
    Check {
        code: "placeholder".to_owned(),
        severity: Severity::Block,
        message: format!("{excerpt} still has to be filled in"),
        excerpt: excerpt.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_placeholder_blocks_and_a_footnote_does_not() {
        let found = check("It costs [CONFIRM: price] and {{date}}, see [1] and [x].");
        let excerpts: Vec<_> = found.iter().map(|check| check.excerpt.as_str()).collect();
        assert_eq!(excerpts, ["[CONFIRM: price]", "{{date}}"]);
        assert!(found.iter().all(|check| check.severity == Severity::Block));
        assert_eq!(check("Fine [like this](https://example.com)."), []);
    }

    #[test]
    fn an_empty_text_cannot_leave() {
        assert_eq!(check(" \n").first().map(|c| c.code.as_str()), Some("empty"));
    }
}
