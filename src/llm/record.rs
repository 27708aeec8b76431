//! Reads what a model wrote into a [`DraftRecord`]: leniently in form, strictly in
//! meaning.
//!
//! Vendors enforce the schema, local servers often do not: code fences, thinking aloud
//! before the object, raw line ends inside strings, `"confidence": "85%"` and flattened
//! sentiment are read. Words that are not known become *unknown*, numbers out of range
//! too; only a draft without a body is an error. This is the one place where a model's
//! text is cleaned before it goes anywhere.

use serde_json::{Map, Value};

use crate::domain::character::is_inert;
use crate::domain::{Confidence, DraftRecord, Sentiment, Urgency};
use crate::mail::sanitise::{MARKS_KEPT, is_mark};

/// Characters a subject may have.
const MOST_SUBJECT: usize = 200;
/// Characters a body may have: some ten screens.
const MOST_BODY: usize = 20_000;
/// Characters the reasoning may have.
const MOST_REASONING: usize = 2_000;
/// Characters an intent may have.
const MOST_INTENT: usize = 40;
/// Missing facts that are kept, and characters of each.
const MOST_FACTS: usize = 10;
const MOST_FACT: usize = 200;
/// Objects tried before the text is given up; a model that writes more is looping.
const MOST_OBJECTS: usize = 32;

/// Why a model's answer is no draft.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum RecordError {
    /// There is no complete JSON object in it.
    #[error("the answer holds no complete JSON object")]
    NoObject,
    /// The object has no `body`, or an empty one.
    #[error("the answer has no text in its \"body\"")]
    NoBody,
}

/// Reads a record from all that a model wrote.
///
/// # Errors
/// [`RecordError`] when there is no object, or no body in it.
pub fn parse(text: &str) -> Result<DraftRecord, RecordError> {
    let object = find_object(text)
        .or_else(|| find_object(&escape_raw_controls(text)))
        .ok_or(RecordError::NoObject)?;
    from_object(&object)
}

/// The first balanced object with a body in it; else the first balanced object.
fn find_object(text: &str) -> Option<Map<String, Value>> {
    let mut first = None;
    let mut rest = text;
    for _ in 0..MOST_OBJECTS {
        let Some(at) = rest.find('{') else { break };
        rest = rest.get(at..).unwrap_or_default();
        let mut values = serde_json::Deserializer::from_str(rest).into_iter::<Value>();
        if let Some(Ok(Value::Object(object))) = values.next() {
            if object.get("body").is_some_and(Value::is_string) {
                return Some(object);
            }
            // Some models wrap the record: {"reply": {..}}.
            if let Some(inner) = object.values().find_map(|value| match value {
                Value::Object(inner) if inner.get("body").is_some_and(Value::is_string) => {
                    Some(inner.clone())
                }
                _ => None,
            }) {
                return Some(inner);
            }
            rest = rest.get(values.byte_offset()..).unwrap_or_default();
            first.get_or_insert(object);
        } else {
            rest = rest.get(1..).unwrap_or_default();
        }
    }
    first
}

/// Raw control characters inside strings, which JSON forbids and small models write.
fn escape_raw_controls(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    let (mut in_string, mut escaped) = (false, false);
    for c in text.chars() {
        match c {
            '\n' if in_string => out.push_str("\\n"),
            '\t' if in_string => out.push_str("\\t"),
            '\r' if in_string => {}
            c if in_string && c.is_control() => {}
            _ => {
                if c == '"' && !escaped {
                    in_string = !in_string;
                }
                out.push(c);
            }
        }
        escaped = c == '\\' && !escaped;
    }
    out
}

fn from_object(object: &Map<String, Value>) -> Result<DraftRecord, RecordError> {
    let body = capped(clean_text(string(object, "body")).trim(), MOST_BODY);
    if body.is_empty() {
        return Err(RecordError::NoBody);
    }
    let line = |key: &str, most: usize| capped(&clean_line(string(object, key)), most);
    let mood = object.get("sentiment_analysis").and_then(Value::as_object);
    let word = |key: &str| {
        mood.and_then(|mood| mood.get(key))
            .or_else(|| object.get(key))
            .and_then(Value::as_str)
            .unwrap_or_default()
    };
    Ok(DraftRecord {
        subject: line("subject", MOST_SUBJECT),
        body,
        confidence: confidence(object.get("confidence")),
        reasoning: capped(
            clean_text(string(object, "reasoning")).trim(),
            MOST_REASONING,
        ),
        sentiment: known(word("sentiment")).unwrap_or(Sentiment::Unknown),
        intent: intent(word("intent")),
        urgency: known(word("urgency")).unwrap_or(Urgency::Unknown),
        missing_facts: missing_facts(object.get("missing_facts")),
        language: language(string(object, "language")),
    })
}

fn string<'a>(object: &'a Map<String, Value>, key: &str) -> &'a str {
    object.get(key).and_then(Value::as_str).unwrap_or_default()
}

fn known<W: std::str::FromStr>(word: &str) -> Option<W> {
    word.trim().to_lowercase().parse().ok()
}

/// A number, or a number in a string, with or without a percent sign. Everything out of
/// range is unknown: `100` may mean "sure" or "percent" and is not guessed at.
fn confidence(value: Option<&Value>) -> Confidence {
    let number = match value {
        Some(Value::Number(number)) => number.as_f64(),
        Some(Value::String(text)) => {
            let text = text.trim();
            match text.strip_suffix('%') {
                Some(percent) => percent.trim().parse().ok().map(|n: f64| n / 100.0),
                None => text.parse().ok(),
            }
        }
        _ => None,
    };
    number.map_or(Confidence::UNKNOWN, Confidence::new)
}

/// A short word: lower case, parts joined by `_`.
fn intent(word: &str) -> String {
    let parts: Vec<String> = clean_line(word)
        .to_lowercase()
        .split(|c: char| !c.is_alphanumeric())
        .filter(|part| !part.is_empty())
        .map(str::to_owned)
        .collect();
    capped(&parts.join("_"), MOST_INTENT)
}

fn missing_facts(value: Option<&Value>) -> Vec<String> {
    let texts: Vec<&str> = match value {
        Some(Value::Array(items)) => items.iter().filter_map(Value::as_str).collect(),
        Some(Value::String(text)) => vec![text.as_str()],
        _ => Vec::new(),
    };
    texts
        .into_iter()
        .map(|text| capped(&clean_line(text), MOST_FACT))
        .filter(|text| {
            !text.is_empty() && !matches!(text.to_lowercase().as_str(), "none" | "n/a" | "null")
        })
        .take(MOST_FACTS)
        .collect()
}

/// A language tag that looks like one (BCP 47: letters, digits, hyphens).
fn language(text: &str) -> Option<String> {
    let text = text.trim();
    let fits = (2..=35).contains(&text.len())
        && text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
        && text.split('-').next().is_some_and(|tag| tag.len() <= 3);
    fits.then(|| text.to_owned())
}

fn capped(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => text.get(..end).unwrap_or_default().trim_end().to_owned(),
        None => text.to_owned(),
    }
}

/// A text of several lines made inert: LF line ends, no other controls, nothing that
/// hides or reorders text.
pub(crate) fn clean_text(text: &str) -> String {
    let mut shown = Shown::default();
    text.replace("\r\n", "\n")
        .chars()
        .map(|c| if c == '\r' { '\n' } else { c })
        .filter(|c| shown.takes(*c))
        .collect()
}

/// The same for a text of one line.
pub(crate) fn clean_line(text: &str) -> String {
    let mut shown = Shown::default();
    let text: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .filter(|c| shown.takes(*c))
        .collect();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Decides of each character of a text in turn whether it may reach a screen.
#[derive(Clone, Debug, Default)]
pub(crate) struct Shown {
    /// Marks that stand on the letter before.
    marks: u32,
}

impl Shown {
    /// Line feed and tab may, all that is inert, and what pictures and several scripts are
    /// written with, since drafts are sent; of the marks on one letter only as many as a
    /// mail may have.
    pub(crate) fn takes(&mut self, c: char) -> bool {
        let drawn = matches!(
            c,
            '\n' | '\t' | '\u{200c}' | '\u{200d}' | '\u{fe0e}' | '\u{fe0f}'
        );
        if !drawn && !is_inert(c) {
            return false;
        }
        self.marks = if is_mark(c) {
            self.marks.saturating_add(1)
        } else {
            0
        };
        self.marks <= MARKS_KEPT
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const WHOLE: &str = r#"{"subject":"Re: Pricing","body":"Hi Dana,\n\nthanks.\n\nSam",
        "language":"en","missing_facts":["start date"],"confidence":0.82,
        "reasoning":"Asks for a price.",
        "sentiment_analysis":{"sentiment":"positive","intent":"Asks Price","urgency":"high"}}"#;

    #[test]
    fn a_whole_record_is_read() {
        let record = parse(WHOLE).unwrap();
        assert_eq!(record.subject, "Re: Pricing");
        assert_eq!(record.body, "Hi Dana,\n\nthanks.\n\nSam");
        assert_eq!(record.confidence.percent(), Some(82));
        assert_eq!(record.reasoning, "Asks for a price.");
        assert_eq!(record.sentiment, Sentiment::Positive);
        assert_eq!(record.intent, "asks_price");
        assert_eq!(record.urgency, Urgency::High);
        assert_eq!(record.missing_facts, ["start date"]);
        assert_eq!(record.language.as_deref(), Some("en"));
    }

    #[test]
    fn fences_talk_and_thinking_around_the_object_are_ignored() {
        for (before, after) in [
            ("```json\n", "\n```"),
            ("Sure! Here it is:\n", "\nLet me know."),
            ("<think>{ a plan } {\"x\": 1}</think>\n", ""),
            ("\u{feff}", "{\"body\":\"second\"}"),
            ("{not json} ", ""),
        ] {
            let record = parse(&format!("{before}{WHOLE}{after}")).unwrap();
            assert_eq!(record.subject, "Re: Pricing", "{before:?}");
        }
    }

    #[test]
    fn a_wrapped_or_flattened_record_is_read() {
        let record = parse(r#"{"reply":{"body":"b","sentiment":"Negative"}}"#).unwrap();
        assert_eq!(
            (record.body.as_str(), record.sentiment),
            ("b", Sentiment::Negative)
        );
    }

    #[test]
    fn the_order_of_keys_does_not_matter() {
        let record = parse(r#"{"reasoning":"r","body":"b","subject":"s"}"#).unwrap();
        assert_eq!((record.subject.as_str(), record.body.as_str()), ("s", "b"));
    }

    #[test]
    fn raw_line_ends_inside_strings_are_read_as_line_ends() {
        let record = parse("{\"subject\":\"s\",\n \"body\":\"Hi,\n\nbye \\\"x\\\"\"}").unwrap();
        assert_eq!(record.body, "Hi,\n\nbye \"x\"");
    }

    #[test]
    fn a_cut_record_is_no_record() {
        for end in 1..WHOLE.len() {
            let cut = WHOLE.get(..end).unwrap();
            assert_ne!(
                parse(cut).map(|r| r.subject),
                Ok("Re: Pricing".to_owned()),
                "{cut}"
            );
        }
        assert_eq!(parse("I can't help with that."), Err(RecordError::NoObject));
        assert_eq!(parse("{}"), Err(RecordError::NoBody));
        assert_eq!(parse(r#"{"body":" \n "}"#), Err(RecordError::NoBody));
        assert_eq!(parse(r#"{"body":7}"#), Err(RecordError::NoBody));
    }

    #[test]
    fn confidence_out_of_range_is_unknown() {
        for (json, percent) in [
            ("0.5", Some(50)),
            ("1", Some(100)),
            ("100", None),
            ("4.0", None),
            ("-1", None),
            ("\"0.7\"", Some(70)),
            ("\"85%\"", Some(85)),
            ("\"high\"", None),
            ("null", None),
            ("1e999", None),
        ] {
            let text = format!(r#"{{"body":"b","confidence":{json}}}"#);
            let found = parse(&text).map(|record| record.confidence.percent());
            if json != "1e999" {
                assert_eq!(found, Ok(percent), "{json}");
            } else {
                assert_ne!(found, Ok(Some(100)), "{json}");
            }
        }
    }

    #[test]
    fn words_that_are_not_known_are_unknown() {
        let record = parse(
            r#"{"body":"b","language":"the English one","sentiment_analysis":
               {"sentiment":"ecstatic","intent":7,"urgency":"NOW"}}"#,
        )
        .unwrap();
        assert_eq!(record.sentiment, Sentiment::Unknown);
        assert_eq!(record.urgency, Urgency::Unknown);
        assert_eq!(record.intent, "");
        assert_eq!(record.language, None);
        assert_eq!(record.confidence, Confidence::UNKNOWN);
    }

    #[test]
    fn nothing_that_steers_a_terminal_survives() {
        let record = parse(
            "{\"body\":\"a\\u001b[2Jb\\u0007\\r\\nc\\u202ed\\u200be\\udb40\\udc41f\",\"subject\":\"x\\ny\\u009bz\"}",
        )
        .unwrap();
        assert_eq!(record.body, "a[2Jb\ncdef");
        assert_eq!(record.subject, "x y z");
    }

    #[test]
    fn sizes_are_capped() {
        let text = serde_json::json!({
            "subject": "s".repeat(9_000), "body": "ä".repeat(90_000), "reasoning": "r".repeat(9_000),
            "missing_facts": vec!["f".repeat(900); 90],
        });
        let record = parse(&text.to_string()).unwrap();
        assert_eq!(record.subject.len(), MOST_SUBJECT);
        assert_eq!(record.body.chars().count(), MOST_BODY);
        assert_eq!(record.reasoning.len(), MOST_REASONING);
        assert_eq!(record.missing_facts.len(), MOST_FACTS);
        assert!(record.missing_facts.iter().all(|f| f.len() == MOST_FACT));
    }

    #[test]
    fn a_storm_of_braces_ends_soon() {
        assert_eq!(parse(&"{".repeat(200_000)), Err(RecordError::NoObject));
        assert_eq!(parse(&"{}".repeat(200_000)), Err(RecordError::NoBody));
        let deep = format!("{}1{}", "{\"a\":".repeat(50_000), "}".repeat(50_000));
        assert!(parse(&deep).is_err());
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn any_text_at_all_gives_an_answer(text in ".{0,400}") {
            if let Ok(record) = parse(&text) {
                prop_assert!(!record.body.is_empty());
            }
        }

        #[test]
        fn a_body_survives_the_way_through_json(body in "[^\\p{C}]{1,80}") {
            let text = serde_json::json!({"body": body, "subject": "s"}).to_string();
            if let Ok(record) = parse(&text) {
                let clean = clean_text(&body);
                prop_assert_eq!(record.body, clean.trim());
            }
        }
    }
}
