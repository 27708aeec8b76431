//! What a drafter left for the person to fill in: `[CONFIRM: ...]`, `{{date}}`, `<name>`,
//! `TODO`, `XXX`, filler text.

use std::ops::Range;

use super::scan::Token;
use super::terms;

/// The places of everything that still has to be filled in.
#[must_use]
pub fn find(text: &str, tokens: &[Token<'_>]) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    bracketed(text, ('[', ']'), &mut found);
    braces(text, &mut found);
    bracketed(text, ('<', '>'), &mut found);
    words(tokens, &mut found);
    rules(text, &mut found);
    found
}

fn bracketed(text: &str, (open, close): (char, char), found: &mut Vec<Range<usize>>) {
    let mut at = 0;
    while let Some(start) = text.get(at..).and_then(|rest| rest.find(open)) {
        let start = at + start;
        at = start + 1;
        let Some(inside) = text
            .get(at..)
            .and_then(|rest| rest.split_once(close))
            .map(|(i, _)| i)
        else {
            return;
        };
        let end = at + inside.len() + 1;
        let after = text.get(end..).unwrap_or_default();
        let fits = match open {
            '[' => is_placeholder(inside) && !after.starts_with('('),
            _ => is_angle_placeholder(inside),
        };
        if fits {
            found.push(start..end);
            at = end;
        }
    }
}

/// Words in brackets are a placeholder; a footnote `[1]`, a tick box or `[sic]` is none.
fn is_placeholder(inside: &str) -> bool {
    let inside = inside.trim();
    let letters = inside.chars().filter(|c| c.is_alphabetic()).count();
    letters >= 2
        && !inside.contains('\n')
        && inside.chars().count() <= 200
        && !matches!(inside.to_lowercase().as_str(), "sic" | "...")
        && !inside.contains('@')
        && !inside.contains("://")
}

/// Elements of web pages, of which people who build them do write.
const ELEMENTS: &[&str] = &[
    "a",
    "article",
    "aside",
    "body",
    "br",
    "button",
    "canvas",
    "code",
    "div",
    "footer",
    "form",
    "head",
    "header",
    "hr",
    "html",
    "iframe",
    "img",
    "input",
    "label",
    "li",
    "link",
    "main",
    "meta",
    "nav",
    "noscript",
    "ol",
    "option",
    "p",
    "picture",
    "pre",
    "script",
    "section",
    "select",
    "small",
    "source",
    "span",
    "strong",
    "style",
    "sub",
    "sup",
    "svg",
    "table",
    "tbody",
    "td",
    "template",
    "textarea",
    "th",
    "thead",
    "title",
    "tr",
    "ul",
    "video",
    "em",
    "blockquote",
    "figure",
    "base",
    "object",
    "embed",
];

/// `<name>`, `<insert date>`, but no address, no element, no comparison.
fn is_angle_placeholder(inside: &str) -> bool {
    let lower = inside.trim_matches('/').to_lowercase();
    let first = lower.split_whitespace().next().unwrap_or_default();
    let words = lower
        .chars()
        .all(|c| c.is_alphanumeric() || matches!(c, ' ' | '_' | '-' | ':' | '\'' | ','));
    let letters = lower.chars().filter(|c| c.is_alphabetic()).count();
    let heading =
        first.len() == 2 && first.starts_with('h') && first.ends_with(|c: char| c.is_ascii_digit());
    words
        && letters >= 2
        && inside.chars().count() <= 60
        && !inside.starts_with([' ', '='])
        && !ELEMENTS.contains(&first)
        && !heading
        && lower.chars().next().is_some_and(char::is_alphabetic)
}

/// `{{date}}`, `{first_name}`, `%NAME%`, `${price}`.
fn braces(text: &str, found: &mut Vec<Range<usize>>) {
    let mut at = 0;
    while let Some(start) = text.get(at..).and_then(|rest| rest.find('{')) {
        let start = at + start;
        let opened = text.get(start..).unwrap_or_default();
        let depth = opened.chars().take_while(|c| *c == '{').count();
        let Some(length) = opened.find('}') else {
            return;
        };
        let closing = opened.get(length..).unwrap_or_default();
        let closes = closing.chars().take_while(|c| *c == '}').count().min(depth);
        let inside = opened.get(depth..length).unwrap_or_default().trim();
        let end = start + length + closes.max(1);
        let name = !inside.is_empty()
            && inside.chars().count() <= 60
            && inside
                .chars()
                .all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | ' ' | ':'))
            && inside.chars().any(char::is_alphabetic);
        if (depth >= 2 && !inside.contains('\n')) || name {
            found.push(start..end);
        }
        at = end;
    }
}

fn words(tokens: &[Token<'_>], found: &mut Vec<Range<usize>>) {
    for (at, token) in tokens.iter().enumerate() {
        let prior = at.checked_sub(1).and_then(|prior| tokens.get(prior));
        let next = tokens.get(at + 1);
        let shouted = |t: &Token<'_>| {
            t.is_word() && t.text.len() > 1 && t.text.chars().all(char::is_uppercase)
        };
        let alone = !prior.is_some_and(shouted) && !next.is_some_and(shouted);
        // "incluye TODO lo que..." is Spanish for all; at the start of a line or before a
        // colon it is a note.
        let marked = next.is_none_or(|t| t.is(':') || t.is('\n') || t.is(']') || t.is(')'))
            || prior.is_none_or(|t| t.is('\n') || t.is('(') || t.is('['));
        let note = match token.text {
            "TODO" => marked && alone,
            "FIXME" | "TBD" | "TBC" => alone,
            _ => false,
        };
        if note || is_crossed(token, prior, next) {
            found.push(token.range.clone());
        }
        if token.folded == "lorem"
            && let Some(ipsum) = next.filter(|t| t.folded == "ipsum")
        {
            found.push(token.range.start..ipsum.range.end);
        }
    }
}

/// `XXX`, `XX EUR`, `xx.xx.`; kisses at the end of a letter and Roman numbers are none.
fn is_crossed(token: &Token<'_>, prior: Option<&Token<'_>>, next: Option<&Token<'_>>) -> bool {
    let length = token.text.len();
    if length < 2 || !token.text.bytes().all(|b| b == b'x' || b == b'X') {
        return false;
    }
    let unit = next.is_some_and(|t| {
        t.is('%')
            || terms::currency(&t.folded).is_some()
            || (t.is_word() && terms::span(&t.folded).is_some())
    });
    let sign = prior.is_some_and(|t| terms::currency(&t.folded).is_some());
    let date = next.is_some_and(|t| !t.gap && (t.is('.') || t.is('/') || t.is(':')))
        && prior.is_some_and(|t| !t.gap && (t.is('.') || t.is('/') || t.is(':')));
    let upper = token.text.bytes().all(|b| b == b'X');
    unit || sign || date || (upper && length >= 3)
}

/// `____` to be written on.
fn rules(text: &str, found: &mut Vec<Range<usize>>) {
    let mut at = 0;
    while let Some(start) = text.get(at..).and_then(|rest| rest.find("___")) {
        let start = at + start;
        let length = text
            .get(start..)
            .map_or(3, |rest| rest.bytes().take_while(|b| *b == b'_').count());
        let line = |part: Option<&str>, last: bool| {
            let part = part.unwrap_or_default();
            let piece = if last {
                part.rsplit('\n').next()
            } else {
                part.split('\n').next()
            };
            piece.is_some_and(|p| p.chars().any(char::is_alphanumeric))
        };
        // A whole line of them divides a mail.
        if line(text.get(..start), true) || line(text.get(start + length..), false) {
            found.push(start..start + length);
        }
        at = start + length;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::checks::scan::tokens;

    fn found(text: &str) -> Vec<&str> {
        let mut places = find(text, &tokens(text));
        places.sort_by_key(|place| place.start);
        places
            .into_iter()
            .filter_map(|place| text.get(place))
            .collect()
    }

    #[test]
    fn what_was_left_to_fill_in_is_found() {
        for (text, excerpt) in [
            ("It costs [CONFIRM: price].", "[CONFIRM: price]"),
            ("on {{ date }} then", "{{ date }}"),
            ("Hi {first_name},", "{first_name}"),
            ("Hi <name>,", "<name>"),
            ("am <Datum einsetzen> um", "<Datum einsetzen>"),
            ("TODO: price", "TODO"),
            ("The price is TBD.", "TBD"),
            ("It is XXX.", "XXX"),
            ("It is XX EUR.", "XX"),
            ("€xx a month", "xx"),
            ("Lorem ipsum dolor", "Lorem ipsum"),
            ("at ____ o'clock", "____"),
            ("Liebe Frau [Name],", "[Name]"),
        ] {
            assert_eq!(found(text), [excerpt], "{text}");
        }
    }

    #[test]
    fn what_people_do_write_is_not() {
        for text in [
            "see [1] and [x], [sic]",
            "Fine [like this](https://a.example).",
            "a <3 b and 5 > 3",
            "Mail <sam@a.example> or <https://a.example/x>",
            "put it into <head> and <h1>, then </body>",
            "Love, Anna xxx",
            "size XXL",
            "siglo XX",
            "el precio incluye TODO lo que ve",
            "\n______________\nSam",
            "x and y",
            "{\"a\": 1}",
            "todo bien",
        ] {
            assert_eq!(found(text), Vec::<&str>::new(), "{text}");
        }
    }
}
