//! The JSON schema of a draft, one for all vendors, adapted to what each of them takes.
//!
//! The order of the keys is the order a model writes them in: `subject` and `body` come
//! first, so that there is text on the screen at once. It is kept by serialising from a
//! list, as a JSON map of ours would sort them.

use serde::ser::{Serialize, SerializeMap, Serializer};

/// What a vendor makes of the schema.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Dialect {
    /// OpenAI's strict mode and Anthropic's structured outputs: every property required,
    /// no other ones, and no limits (Anthropic answers 400 to them).
    Strict,
    /// llama.cpp and its kin: the same, with limits, which keep small models from
    /// writing until they are cut off.
    Limited,
}

/// Name given to the schema where a vendor asks for one.
pub const NAME: &str = "reply_draft";

/// The keys of a record in the order of the schema.
pub const KEYS: [&str; 7] = [
    "subject",
    "body",
    "language",
    "missing_facts",
    "confidence",
    "reasoning",
    "sentiment_analysis",
];

const SENTIMENTS: &[&str] = &["positive", "neutral", "negative", "mixed", "unknown"];
const URGENCIES: &[&str] = &["low", "medium", "high", "unknown"];

/// The schema in a vendor's dialect; serialises in order.
#[must_use]
pub const fn record(dialect: Dialect) -> Schema {
    Schema {
        node: Node::Object(RECORD),
        dialect,
    }
}

/// A schema to be serialised.
#[derive(Clone, Copy, Debug)]
pub struct Schema {
    node: Node,
    dialect: Dialect,
}

#[derive(Clone, Copy, Debug)]
enum Node {
    Object(&'static [(&'static str, Node)]),
    Text { most: u32 },
    OneOf(&'static [&'static str]),
    Unit,
    Texts { count: u32, most: u32 },
}

const RECORD: &[(&str, Node)] = &[
    ("subject", Node::Text { most: 150 }),
    ("body", Node::Text { most: 3_000 }),
    ("language", Node::Text { most: 12 }),
    (
        "missing_facts",
        Node::Texts {
            count: 5,
            most: 120,
        },
    ),
    ("confidence", Node::Unit),
    ("reasoning", Node::Text { most: 400 }),
    ("sentiment_analysis", Node::Object(MOOD)),
];

const MOOD: &[(&str, Node)] = &[
    ("sentiment", Node::OneOf(SENTIMENTS)),
    ("intent", Node::Text { most: 40 }),
    ("urgency", Node::OneOf(URGENCIES)),
];

impl Serialize for Schema {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let limited = self.dialect == Dialect::Limited;
        let mut map = serializer.serialize_map(None)?;
        match self.node {
            Node::Object(properties) => {
                map.serialize_entry("type", "object")?;
                map.serialize_entry("properties", &Properties(properties, self.dialect))?;
                let required: Vec<&str> = properties.iter().map(|(name, _)| *name).collect();
                map.serialize_entry("required", &required)?;
                map.serialize_entry("additionalProperties", &false)?;
            }
            Node::Text { most } => {
                map.serialize_entry("type", "string")?;
                if limited {
                    map.serialize_entry("maxLength", &most)?;
                }
            }
            Node::OneOf(words) => {
                map.serialize_entry("type", "string")?;
                map.serialize_entry("enum", words)?;
            }
            Node::Unit => {
                map.serialize_entry("type", "number")?;
                if limited {
                    map.serialize_entry("minimum", &0)?;
                    map.serialize_entry("maximum", &1)?;
                }
            }
            Node::Texts { count, most } => {
                map.serialize_entry("type", "array")?;
                let node = Node::Text { most };
                let dialect = self.dialect;
                map.serialize_entry("items", &Schema { node, dialect })?;
                if limited {
                    map.serialize_entry("maxItems", &count)?;
                }
            }
        }
        map.end()
    }
}

struct Properties(&'static [(&'static str, Node)], Dialect);

impl Serialize for Properties {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, node)| {
            let (node, dialect) = (*node, self.1);
            (name, Schema { node, dialect })
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    fn json(dialect: Dialect) -> String {
        serde_json::to_string(&record(dialect)).unwrap()
    }

    #[test]
    fn the_keys_keep_their_order_with_the_body_early() {
        let text = json(Dialect::Strict);
        let places: Vec<usize> = KEYS
            .iter()
            .map(|key| text.find(&format!("\"{key}\":{{")).unwrap())
            .collect();
        assert!(places.is_sorted(), "{text}");
    }

    #[test]
    fn the_strict_dialect_has_no_limits_and_requires_everything() {
        let text = json(Dialect::Strict);
        for word in ["maxLength", "minLength", "minimum", "maximum", "maxItems"] {
            assert!(!text.contains(word), "{word}");
        }
        let schema: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(schema["required"].as_array().unwrap().len(), KEYS.len());
        assert_eq!(schema["additionalProperties"], false);
        let mood = &schema["properties"]["sentiment_analysis"];
        assert_eq!(mood["additionalProperties"], false);
        assert_eq!(mood["required"].as_array().unwrap().len(), 3);
    }

    #[test]
    fn the_limited_dialect_keeps_small_models_short() {
        let schema: Value = serde_json::from_str(&json(Dialect::Limited)).unwrap();
        assert_eq!(schema["properties"]["body"]["maxLength"], 3_000);
        assert_eq!(schema["properties"]["missing_facts"]["maxItems"], 5);
    }

    #[test]
    fn the_words_of_the_schema_are_the_words_of_the_domain() {
        use crate::domain::{Sentiment, Urgency};
        let words: Vec<&str> = Sentiment::ALL.iter().map(|word| word.as_str()).collect();
        assert_eq!(words, SENTIMENTS);
        let words: Vec<&str> = Urgency::ALL.iter().map(|word| word.as_str()).collect();
        assert_eq!(words, URGENCIES);
    }
}
