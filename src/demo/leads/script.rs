//! What a script file says (`assets/demo/*.toml`) and the list of them.

use serde::Deserialize;

use super::{BadScript, Cast};
use crate::domain::Address;
use crate::domain::lead::NewLead;

macro_rules! files {
    ($($name:literal),+ $(,)?) => {
        &[$(($name, include_str!(concat!("../../../assets/demo/", $name, ".toml")))),+]
    };
}

/// One file for each person.
const PEOPLE: &[(&str, &str)] = files![
    "maria-lopez",
    "jon-park",
    "ana-ruiz",
    "jonas-weber",
    "claire-fontaine",
    "priya-nair",
    "katrin-vogel",
    "laura-stein",
    "diego-torres",
    "hannah-brooks",
    "tom-becker",
    "kim-lee",
    "nora-lind",
    "victor-malone",
    "robert-hale",
    "lena-hoffmann",
    "emile-girard",
    "grace-okoro",
    "ole-hansen",
];

const STUDIO: &str = include_str!("../../../assets/demo/studio.toml");

/// The languages that people write in.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// English.
    #[default]
    En,
    /// German.
    De,
    /// Spanish.
    Es,
    /// French.
    Fr,
}

impl Language {
    /// BCP 47.
    #[must_use]
    pub const fn tag(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::De => "de",
            Self::Es => "es",
            Self::Fr => "fr",
        }
    }
}

/// The programs that people write mail with; they quote and sign differently.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mailer {
    /// Gmail in the browser: text and html, `>` quotes.
    #[default]
    Gmail,
    /// Outlook: a header block and the text below it without a mark.
    Outlook,
    /// Mail on a phone of Apple's: text, `>` quotes.
    Apple,
    /// Nothing is quoted.
    Bare,
}

/// Whose mail.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum By {
    /// The user's.
    Us,
    /// The lead's.
    Them,
}

/// What sort of mail arrives.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sort {
    /// An answer to our latest mail.
    #[default]
    Reply,
    /// A mail of its own.
    Fresh,
    /// An out-of-office answer (RFC 3834).
    AutoReply,
    /// A newsletter (RFC 2369).
    List,
    /// The report that our mail could not be delivered (RFC 3464).
    Bounce,
}

/// A person with everything they will write.
#[derive(Clone, PartialEq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Script {
    /// Full name.
    pub name: String,
    /// Address.
    pub email: String,
    /// Job title.
    pub title: Option<String>,
    /// Company.
    pub company: Option<String>,
    /// Web site.
    pub website: Option<String>,
    /// What an analysis of the site found.
    pub analysis: Option<String>,
    /// The user's notes.
    pub notes: Option<String>,
    /// What they write in.
    #[serde(default)]
    pub language: Language,
    /// What they write with.
    #[serde(default)]
    pub mailer: Mailer,
    /// Whether they are among the leads; a stranger is not.
    #[serde(default = "yes")]
    pub known: bool,
    /// Subject of the conversation.
    pub subject: String,
    /// What stands under each of their mails.
    #[serde(default)]
    pub signature: String,
    /// What was exchanged before the demo begins, oldest first.
    #[serde(default)]
    pub before: Vec<Before>,
    /// What they write by themselves.
    #[serde(default)]
    pub arrives: Vec<Arrival>,
    /// What they answer.
    #[serde(default)]
    pub answers: Vec<Reply>,
}

const fn yes() -> bool {
    true
}

/// A mail of the past.
#[derive(Clone, PartialEq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Before {
    /// Whose.
    pub by: By,
    /// How many days before the demo.
    pub days_ago: f64,
    /// What it says.
    pub text: String,
}

/// A mail that comes by itself.
#[derive(Clone, PartialEq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Arrival {
    /// Seconds after the demo's begin; before it when negative.
    pub after: i64,
    /// What sort of mail.
    #[serde(default)]
    pub sort: Sort,
    /// Its own subject.
    pub subject: Option<String>,
    /// Whether it has `In-Reply-To` and `References`.
    #[serde(default = "yes")]
    pub threading: bool,
    /// What it says; for a mail that is html only, what a model is to take it for.
    pub text: String,
    /// The html, when it is html only.
    pub html: Option<String>,
    /// Further headers.
    #[serde(default)]
    pub headers: std::collections::BTreeMap<String, String>,
    /// Files that come along.
    #[serde(default)]
    pub files: Vec<File>,
    /// What a model drafts for it.
    pub draft: Option<Draft>,
}

/// A file.
#[derive(Clone, PartialEq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct File {
    /// Its name.
    pub name: String,
    /// Media type.
    pub kind: String,
    /// What is in it.
    pub text: String,
}

/// An answer to something that the user sent.
#[derive(Clone, PartialEq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reply {
    /// In which round of answers; in any when not given.
    pub round: Option<usize>,
    /// Given when the sent text has one of these, in any case; always when there are none.
    #[serde(default)]
    pub to: Vec<String>,
    /// Seconds after the mail.
    pub after: i64,
    /// What it says.
    pub text: String,
    /// Nothing is answered after this.
    #[serde(default)]
    pub ends: bool,
    /// What a model drafts for it.
    pub draft: Option<Draft>,
}

/// What the scripted model drafts for a mail.
#[derive(Clone, PartialEq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Draft {
    /// The first version.
    pub body: String,
    /// Further versions.
    #[serde(default)]
    pub again: Vec<String>,
    /// How sure the model says it is.
    pub confidence: f64,
    /// Why it answers so.
    pub reasoning: String,
    /// `positive`, `neutral`, `negative` or `mixed`.
    pub sentiment: String,
    /// A short word.
    pub intent: String,
    /// `low`, `medium` or `high`.
    pub urgency: String,
    /// What it would have needed to know.
    #[serde(default)]
    pub missing_facts: Vec<String>,
}

impl Script {
    /// Who it is.
    #[must_use]
    pub fn address(&self) -> Address {
        Address::named(&self.name, &self.email)
    }

    /// The lead as the store takes it.
    #[must_use]
    pub fn lead(&self) -> NewLead {
        NewLead {
            name: self.name.clone(),
            email: self.email.clone(),
            title: self.title.clone(),
            company: self.company.clone(),
            website: self.website.clone(),
            analysis: self.analysis.clone(),
            notes: self.notes.clone(),
        }
    }

    /// Every mail of theirs, in the order of the rounds, with what a model drafts for it.
    pub fn mails(&self) -> impl Iterator<Item = (&str, Option<&Draft>)> {
        let past = self.before.iter().filter(|mail| mail.by == By::Them);
        past.map(|mail| (mail.text.as_str(), None))
            .chain(
                self.arrives
                    .iter()
                    .map(|mail| (mail.text.as_str(), mail.draft.as_ref())),
            )
            .chain(
                self.answers
                    .iter()
                    .map(|mail| (mail.text.as_str(), mail.draft.as_ref())),
            )
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Studio {
    name: String,
    email: String,
    signature: String,
    knowledge: String,
    style: String,
    templates: Vec<Kept>,
    farewells: Vec<Farewell>,
}

/// A template of the studio's.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Kept {
    name: String,
    text: String,
}

/// What everybody says to a refusal who has nothing of their own to say.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Farewell {
    language: Language,
    to: Vec<String>,
    text: String,
}

/// Reads all that is compiled in.
pub(super) fn load() -> Result<Cast, BadScript> {
    let studio: Studio = parse("studio", STUDIO)?;
    let mut scripts: Vec<Script> = PEOPLE
        .iter()
        .map(|(name, text)| parse(name, text))
        .collect::<Result<_, _>>()?;
    for script in &mut scripts {
        let own = script
            .answers
            .iter()
            .any(|one| one.ends && !one.to.is_empty());
        if own || script.answers.is_empty() {
            continue;
        }
        let said = studio
            .farewells
            .iter()
            .filter(|one| one.language == script.language);
        let said = said.map(|farewell| Reply {
            round: None,
            to: farewell.to.clone(),
            after: 12,
            text: farewell.text.clone(),
            ends: true,
            draft: None,
        });
        // In front: a refusal may name the price as well.
        script.answers.splice(0..0, said);
    }
    Ok(Cast {
        user: Address::named(&studio.name, &studio.email),
        signature: studio.signature.trim().to_owned(),
        knowledge: studio.knowledge.trim().to_owned(),
        style: studio.style.trim().to_owned(),
        templates: studio
            .templates
            .into_iter()
            .map(|kept| (kept.name, kept.text.trim().to_owned()))
            .collect(),
        scripts,
    })
}

fn parse<T: serde::de::DeserializeOwned>(name: &'static str, text: &str) -> Result<T, BadScript> {
    toml::from_str(text).map_err(|error| BadScript {
        name,
        why: error.to_string(),
    })
}
