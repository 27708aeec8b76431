//! What simple rules read in a mail: its language, what the lead wants, and what was asked.
//! The template is chosen by it, and earlier replies are kept and found again by it.

use super::words::{self, Topic, Wording};
use crate::llm::injection;
use crate::llm::phrases::{has, words as words_of};
use crate::llm::record::clean_line;

/// Questions that are quoted back.
const MOST_QUESTIONS: usize = 2;
/// Characters of a question that is quoted back.
const MOST_QUESTION: usize = 200;

/// What the lead wants.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Intent {
    /// To know the price.
    Pricing,
    /// To meet, or to know dates.
    Scheduling,
    /// Goes on.
    Interested,
    /// Does not.
    NotInterested,
    /// Asks something else.
    Question,
    /// Cannot be told.
    Other,
}

impl Intent {
    /// The word that a record carries.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pricing => "pricing",
            Self::Scheduling => "scheduling",
            Self::Interested => "interested",
            Self::NotInterested => "not_interested",
            Self::Question => "question",
            Self::Other => "other",
        }
    }
}

/// What simple rules can tell of a mail before any model has read it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Glance {
    /// What the lead wants.
    pub intent: Intent,
    /// The mail's language, as a code such as `en`, if it can be told.
    pub language: Option<String>,
}

/// A glance at a mail.
#[must_use]
pub fn glance(text: &str) -> Glance {
    let wording = wording_of(text);
    Glance {
        intent: wording.map_or(Intent::Other, |wording| Reading::of(wording, text).intent),
        language: wording.map(|wording| wording.language.clone()),
    }
}

/// A text's language, if it can be told.
#[must_use]
pub fn language_of(text: &str) -> Option<String> {
    let wording = wording_of(text)?;
    Some(wording.language.clone())
}

/// What simple rules find in a mail.
pub(super) struct Reading<'w> {
    pub(super) intent: Intent,
    pub(super) urgent: bool,
    pub(super) topics: Vec<&'w Topic>,
    pub(super) questions: Vec<String>,
}

impl<'w> Reading<'w> {
    pub(super) fn of(wording: &'w Wording, text: &str) -> Self {
        let found = words_of(text);
        let questions = questions(text);
        let mut topics: Vec<&Topic> = [&wording.topics.pricing, &wording.topics.scheduling]
            .into_iter()
            .filter(|topic| has(&found, &topic.words))
            .collect();
        let declined = has(&found, &wording.intents.not_interested);
        let interested = has(&found, &wording.intents.interested);
        let pricing = has(&found, &wording.topics.pricing.words);
        let intent = if declined && questions.is_empty() {
            Intent::NotInterested
        } else if pricing {
            Intent::Pricing
        } else if !topics.is_empty() {
            Intent::Scheduling
        } else if !questions.is_empty() {
            Intent::Question
        } else if interested {
            Intent::Interested
        } else {
            Intent::Other
        };
        match intent {
            Intent::NotInterested => topics.clear(),
            Intent::Question => topics.push(&wording.topics.question),
            _ => {}
        }
        Self {
            intent,
            urgent: has(&found, &wording.intents.urgent),
            topics,
            questions,
        }
    }
}

/// The questions of a mail that can be quoted back: short, and without anything that a
/// stranger may have wanted to see in our own mail.
fn questions(text: &str) -> Vec<String> {
    if !injection::scan(text).is_empty() {
        return Vec::new();
    }
    let line = clean_line(text);
    let mut found = Vec::new();
    for (end, _) in line.match_indices(['?', '？', '؟']) {
        let before = line.get(..end).unwrap_or_default();
        let start = sentence_start(before);
        let mark = line
            .get(end..)
            .and_then(|rest| rest.chars().next())
            .unwrap_or('?');
        let question = line.get(start..end).unwrap_or_default().trim();
        let foreign = question.contains(['@', '/', '<', '>', '[', ']', '{', '}', '«', '»', '"']);
        if question.contains(' ') && question.chars().count() <= MOST_QUESTION && !foreign {
            found.push(format!("{question}{mark}"));
        }
    }
    found.truncate(MOST_QUESTIONS);
    found
}

/// Where the last sentence of a text begins: behind a mark that a space follows.
fn sentence_start(text: &str) -> usize {
    let mut start = 0;
    let mut ended = false;
    for (at, c) in text.char_indices() {
        if ended && c.is_whitespace() {
            start = at;
        }
        ended = matches!(c, '.' | '!' | '?' | ':' | ';' | '？' | '؟' | '。' | '…');
    }
    start
}

/// The wording of a text's language, if it can be told.
pub(super) fn wording_of(text: &str) -> Option<&'static Wording> {
    by_words(text).or_else(|| by_letters(text))
}

/// By small words, which decide even short mails; none when two languages are level.
fn by_words(text: &str) -> Option<&'static Wording> {
    let found = words_of(text);
    let mut votes: Vec<(usize, &Wording)> = words::all()
        .iter()
        .map(|wording| {
            let count = found
                .split_whitespace()
                .filter(|word| wording.common.iter().any(|common| common == word))
                .count();
            (count, wording)
        })
        .collect();
    votes.sort_by_key(|(count, _)| std::cmp::Reverse(*count));
    match votes.as_slice() {
        [(first, wording), (second, _), ..] if *first >= 2 && first > second => Some(wording),
        _ => None,
    }
}

/// By the statistics of letters, for longer mails.
fn by_letters(text: &str) -> Option<&'static Wording> {
    let info = whatlang::detect(text)?;
    let tag = match info.lang() {
        whatlang::Lang::Eng => "en",
        whatlang::Lang::Deu => "de",
        whatlang::Lang::Spa => "es",
        whatlang::Lang::Fra => "fr",
        whatlang::Lang::Ita => "it",
        whatlang::Lang::Por => "pt",
        whatlang::Lang::Nld => "nl",
        _ => return None,
    };
    info.is_reliable()
        .then(|| words::all().iter().find(|wording| wording.language == tag))
        .flatten()
}
