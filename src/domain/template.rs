//! Templates: replies that the person keeps for sending again, with placeholders that are
//! filled in for each lead. (What drafts without a model is called a template too; that is
//! `llm::template`.)

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::lead::{Lead, first_name};

/// What can stand in braces.
pub const PLACEHOLDERS: &[&str] = &[
    "name",
    "first_name",
    "company",
    "title",
    "website",
    "my_name",
];
/// Characters between braces that still are a placeholder, rightly or wrongly spelled.
const LONGEST: usize = 60;

/// A kept reply.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Template {
    /// What it is called.
    pub name: String,
    /// The text, with its placeholders.
    pub body: String,
    /// When it was first kept.
    pub created_at: Timestamp,
}

/// A template as it would be sent to a lead.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FilledTemplate {
    /// What the template is called.
    pub name: String,
    /// Its text with what is known of the lead.
    pub text: String,
}

impl Template {
    /// The template for a lead. What is not known becomes `[company]`, which no check lets
    /// leave; a word in braces that means nothing stays as it is.
    #[must_use]
    pub fn fill(&self, lead: &Lead, my_name: &str) -> FilledTemplate {
        let mut text = String::with_capacity(self.body.len());
        for piece in pieces(&self.body) {
            match piece {
                Piece::Text(piece) => text.push_str(piece),
                Piece::Brace => text.push('{'),
                Piece::Placeholder(word) => match value(word, lead, my_name) {
                    Some("") => text.push_str(&format!("[{word}]")),
                    Some(value) => text.push_str(value),
                    None => text.push_str(&format!("{{{word}}}")),
                },
            }
        }
        FilledTemplate {
            name: self.name.clone(),
            text,
        }
    }
}

/// What a placeholder stands for, empty when that is not known; none for other words.
fn value<'v>(word: &str, lead: &'v Lead, my_name: &'v str) -> Option<&'v str> {
    // An address stands in for a name that is not known: it greets nobody.
    let name = Some(lead.name.as_str()).filter(|name| !name.contains('@'));
    let value = match word {
        "name" => name,
        "first_name" => name.map(first_name),
        "company" => lead.company.as_deref(),
        "title" => lead.title.as_deref(),
        "website" => lead.website.as_deref(),
        "my_name" => Some(my_name),
        _ => return None,
    };
    Some(value.unwrap_or_default().trim())
}

/// The first word in braces that is no placeholder.
#[must_use]
pub fn unknown_placeholder(body: &str) -> Option<&str> {
    pieces(body).into_iter().find_map(|piece| match piece {
        Piece::Placeholder(word) if !PLACEHOLDERS.contains(&word) => Some(word),
        _ => None,
    })
}

/// The placeholder that stands in two braces, as other programs write it: here that would
/// be a brace and a word.
#[must_use]
pub fn doubled_placeholder(body: &str) -> Option<&'static str> {
    let doubled = |word: &&&str| body.contains(&format!("{{{{{word}}}}}"));
    PLACEHOLDERS.iter().find(doubled).copied()
}

/// A template's body out of a reply that was written to a lead: a greeting in its first
/// line names whom it is for, and braces stay braces.
#[must_use]
pub fn body_from(reply: &str, lead: &Lead, greets: bool) -> String {
    let body = reply.replace('{', "{{");
    let start = body.len() - body.trim_start().len();
    let end = body
        .get(start..)
        .and_then(|rest| rest.find('\n'))
        .map_or(body.len(), |length| start + length);
    let (Some(before), Some(line), Some(rest)) =
        (body.get(..start), body.get(start..end), body.get(end..))
    else {
        return body;
    };
    let alone = line.trim_end_matches([',', '!', ':', '.', ' ']);
    let greets = greets || alone == lead.name.trim() || alone == lead.first_name();
    if !greets || lead.name.contains('@') {
        return body;
    }
    let line = with_placeholder(line, lead.name.trim(), "{name}")
        .or_else(|| with_placeholder(line, lead.first_name(), "{first_name}"));
    match line {
        Some(line) => format!("{before}{line}{rest}"),
        None => body,
    }
}

/// The line with the placeholder where the words stand first, if they do, as whole words.
fn with_placeholder(line: &str, words: &str, placeholder: &str) -> Option<String> {
    if words.is_empty() {
        return None;
    }
    let inside = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '\'' | '’');
    line.match_indices(words).find_map(|(at, _)| {
        let (before, after) = (line.get(..at)?, line.get(at + words.len()..)?);
        let whole = !before.ends_with(inside) && !after.starts_with(inside);
        whole.then(|| format!("{before}{placeholder}{after}"))
    })
}

enum Piece<'t> {
    Text(&'t str),
    Brace,
    Placeholder(&'t str),
}

fn pieces(body: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = body;
    while let Some((before, after)) = rest.split_once('{') {
        pieces.push(Piece::Text(before));
        if let Some(after) = after.strip_prefix('{') {
            pieces.push(Piece::Brace);
            rest = after;
            continue;
        }
        match after.split_once('}').filter(|(word, _)| is_word(word)) {
            Some((word, after)) => {
                pieces.push(Piece::Placeholder(word));
                rest = after;
            }
            None => {
                pieces.push(Piece::Brace);
                rest = after;
            }
        }
    }
    pieces.push(Piece::Text(rest));
    pieces
}

/// Whether it could be meant as a placeholder, and is no code and no sum.
fn is_word(inside: &str) -> bool {
    inside.chars().any(char::is_alphabetic)
        && inside.chars().count() <= LONGEST
        && inside
            .chars()
            .all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | ' '))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::LeadId;

    fn maria() -> Lead {
        Lead {
            id: LeadId(1),
            name: "Maria Lopez".into(),
            email: "maria@example.com".into(),
            title: Some("Owner".into()),
            company: None,
            website: Some("https://bakery.example".into()),
            analysis: None,
            notes: None,
            bounced_at: None,
            created_at: Timestamp::UNIX_EPOCH,
        }
    }

    fn filled(body: &str, lead: &Lead, my_name: &str) -> String {
        let template = Template {
            name: "test".into(),
            body: body.into(),
            created_at: Timestamp::UNIX_EPOCH,
        };
        template.fill(lead, my_name).text
    }

    #[test]
    fn what_is_known_is_filled_in_and_the_rest_is_left_to_the_person() {
        let body =
            "Hi {first_name} ({name}, {title}),\n{website} of {company} is nice.\nBest, {my_name}";
        assert_eq!(
            filled(body, &maria(), "Sam"),
            "Hi Maria (Maria Lopez, Owner),\nhttps://bakery.example of [company] is nice.\nBest, Sam"
        );
        assert_eq!(filled("{my_name}", &maria(), ""), "[my_name]");
        let blank = Lead {
            company: Some("  ".into()),
            ..maria()
        };
        assert_eq!(filled("{company}", &blank, ""), "[company]");
    }

    #[test]
    fn an_address_in_the_place_of_a_name_greets_nobody() {
        let nameless = Lead {
            name: "info@bakery.example".into(),
            ..maria()
        };
        assert_eq!(
            filled("Hi {first_name}, {name}", &nameless, "Sam"),
            "Hi [first_name], [name]"
        );
    }

    #[test]
    fn values_are_not_filled_in_again() {
        let lead = Lead {
            company: Some("{my_name} {{ Ltd".into()),
            ..maria()
        };
        assert_eq!(filled("{company}", &lead, "Sam"), "{my_name} {{ Ltd");
    }

    #[test]
    fn other_braces_stay_and_two_are_one() {
        for (body, text) in [
            ("{date}", "{date}"),
            ("{{name}", "{name}"),
            ("a { b } {", "a { b } {"),
            ("{color: red}", "{color: red}"),
            ("{}", "{}"),
            ("{{", "{"),
            ("}", "}"),
            ("{ {name}", "{ Maria Lopez"),
            ("", ""),
        ] {
            assert_eq!(filled(body, &maria(), "Sam"), text, "{body}");
        }
    }

    #[test]
    fn what_is_no_placeholder_is_found_out() {
        assert_eq!(unknown_placeholder("{name} {date} {x}"), Some("date"));
        assert_eq!(unknown_placeholder("{First name}"), Some("First name"));
        assert_eq!(unknown_placeholder("{name} {{date} {color: red} {1}"), None);
        assert_eq!(
            doubled_placeholder("Hi {{first_name}},"),
            Some("first_name")
        );
        assert_eq!(doubled_placeholder("Hi {first_name}, {{name} {{x}}"), None);
    }

    #[test]
    fn a_reply_becomes_a_template_whose_greeting_is_for_anybody() {
        for (reply, body) in [
            (
                "Hi Maria,\nMaria is well.",
                "Hi {first_name},\nMaria is well.",
            ),
            ("\nDear Maria Lopez,\nhi", "\nDear {name},\nhi"),
            ("Hi Marianne and Maria!", "Hi Marianne and {first_name}!"),
            ("Hi Maria-Elena,", "Hi Maria-Elena,"),
            ("Hi Maria, Maria again", "Hi {first_name}, Maria again"),
            ("Use {name} here", "Use {{name} here"),
            ("", ""),
        ] {
            assert_eq!(body_from(reply, &maria(), true), body);
            let again = filled(body, &maria(), "Sam");
            assert_eq!(again, reply);
        }
        assert_eq!(body_from("Maria, hi", &maria(), false), "Maria, hi");
        let alone = body_from("Maria,\n\nhi", &maria(), false);
        assert_eq!(alone, "{first_name},\n\nhi");
    }
}
