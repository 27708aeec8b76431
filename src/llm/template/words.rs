//! The embedded templates as data.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde::Deserialize;

const FILES: &[&str] = &[
    include_str!("../../../assets/templates/en.toml"),
    include_str!("../../../assets/templates/de.toml"),
    include_str!("../../../assets/templates/es.toml"),
    include_str!("../../../assets/templates/fr.toml"),
    include_str!("../../../assets/templates/it.toml"),
    include_str!("../../../assets/templates/pt.toml"),
    include_str!("../../../assets/templates/nl.toml"),
];

/// The wording of one language.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wording {
    /// Language tag.
    pub language: String,
    /// Words that nearly every mail in it has.
    pub common: Vec<String>,
    /// Opening and closing quotation mark.
    pub quotes: (String, String),
    /// With `{name}`.
    pub greeting: String,
    /// For a lead without a name.
    pub greeting_unnamed: String,
    /// Before the user's name.
    pub sign_off: String,
    /// Between the last two of a list.
    pub and: String,
    /// First paragraphs.
    pub opening: Opening,
    /// Last paragraphs, by intent.
    pub next_step: BTreeMap<String, String>,
    /// What can be asked about.
    pub topics: Topics,
    /// Words that show an intent.
    pub intents: Intents,
}

/// First paragraphs.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Opening {
    /// With `{question}`.
    pub asked: String,
    /// With `{topics}`.
    pub topics: String,
    /// The lead is interested.
    pub interested: String,
    /// The lead is not.
    pub not_interested: String,
    /// Neither.
    pub other: String,
    /// The lead has not answered.
    pub follow_up: String,
}

/// What can be asked about.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Topics {
    /// Money.
    pub pricing: Topic,
    /// Time.
    pub scheduling: Topic,
    /// Anything else.
    pub question: Topic,
}

/// One thing that can be asked about.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Topic {
    /// What it is called in a sentence.
    pub label: String,
    /// The answer, with its placeholder.
    pub answer: String,
    /// The missing fact.
    pub missing: String,
    /// Words that show it.
    #[serde(default)]
    pub words: Vec<String>,
}

/// Words that show an intent.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Intents {
    /// The lead is interested.
    pub interested: Vec<String>,
    /// The lead is not.
    pub not_interested: Vec<String>,
    /// The lead is in a hurry.
    pub urgent: Vec<String>,
}

/// All languages, English first.
pub fn all() -> &'static [Wording] {
    static ALL: OnceLock<Vec<Wording>> = OnceLock::new();
    ALL.get_or_init(|| {
        // A test holds that each file can be read.
        FILES
            .iter()
            .filter_map(|text| toml::from_str(text).ok())
            .collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::llm::phrases::words;

    #[test]
    fn every_language_is_there_and_complete() {
        assert_eq!(all().len(), FILES.len());
        for wording in all() {
            let language = &wording.language;
            for text in [
                &wording.greeting,
                &wording.opening.asked,
                &wording.opening.topics,
            ] {
                assert!(text.contains('{'), "{language}: {text}");
            }
            for intent in [
                "pricing",
                "scheduling",
                "question",
                "interested",
                "not_interested",
                "other",
            ] {
                assert!(
                    wording.next_step.contains_key(intent),
                    "{language}: {intent}"
                );
            }
            let topics = &wording.topics;
            for topic in [&topics.pricing, &topics.scheduling, &topics.question] {
                assert!(topic.answer.contains("[CONFIRM: "), "{language}: {topic:?}");
            }
            for list in [
                &topics.pricing.words,
                &topics.scheduling.words,
                &wording.intents.urgent,
            ] {
                for phrase in list {
                    let plain = phrase.trim_end_matches('*');
                    assert_eq!(words(plain).trim(), plain, "{language}: cannot be found");
                }
            }
        }
    }
}
