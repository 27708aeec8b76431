//! Reads a prompt: whose mail is to be answered, which mail came last, what the user
//! hints at. It looks for what must be in any prompt (the lead's address, the mail's own
//! words) and not for the exact form of one.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use crate::demo::leads::Cast;
use crate::demo::leads::script::{Draft, Language, Script};

/// What was found in a prompt.
#[derive(Clone, Debug, Default)]
pub(super) struct Prompt {
    /// The user's part of it.
    pub whole: String,
    /// The same, see [`letters`].
    pub letters: String,
    /// The lead, by the place in the cast.
    pub script: Option<usize>,
    /// The latest mail of the lead that the script knows, by its place.
    pub mail: Option<usize>,
    /// The text of the latest mail, for mails that no script knows.
    pub latest: String,
    /// The name of the person to be answered.
    pub name: String,
    /// What the user asks of the draft.
    pub hint: Option<String>,
    /// Names the mail that is answered: the same for each draft of an answer to it.
    pub key: String,
}

/// Letters and digits only, in lower case: the same whether a text was wrapped, quoted,
/// fenced, or had its spaces replaced.
pub(super) fn letters(text: &str) -> String {
    text.chars()
        .filter(|letter| letter.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

/// The beginning of a mail by which it is recognised.
fn mark_of(text: &str) -> String {
    letters(text).chars().take(60).collect()
}

pub(super) fn read(cast: Option<&Cast>, user: &str) -> Prompt {
    let letters = letters(user);
    let scripts = cast.map_or(&[][..], |cast| &cast.scripts);
    let script = recognised(scripts, user);
    let mail = script
        .and_then(|index| scripts.get(index))
        .and_then(|script| {
            let known = |(text, _): (&str, Option<&Draft>)| letters.contains(&mark_of(text));
            // Scripts list the mails in the order in which they can come.
            script
                .mails()
                .map(known)
                .enumerate()
                .filter(|(_, there)| *there)
                .last()
                .map(|(at, _)| at)
        });
    let latest = latest(user);
    let key = match (script, mail) {
        (Some(script), Some(mail)) => format!("{script}/{mail}"),
        _ => {
            let mut hash = DefaultHasher::new();
            latest.hash(&mut hash);
            format!("{:x}", hash.finish())
        }
    };
    Prompt {
        whole: user.to_owned(),
        letters,
        script,
        mail,
        name: name(user, script.and_then(|index| scripts.get(index))),
        latest,
        hint: hint(user),
        key,
    }
}

/// The one whose address stands in the prompt; else whose name stands there.
fn recognised(scripts: &[Script], user: &str) -> Option<usize> {
    let lower = user.to_lowercase();
    let last = |wanted: &str| lower.rfind(&wanted.to_lowercase());
    let best = |of: fn(&Script) -> &str| {
        scripts
            .iter()
            .enumerate()
            .filter_map(|(index, script)| Some((last(of(script))?, index)))
            .max()
            .map(|(_, index)| index)
    };
    best(|script| &script.email).or_else(|| best(|script| &script.name))
}

/// The last block of lines behind `| ` (as prompts fence mail); else the last piece of
/// the prompt.
fn latest(user: &str) -> String {
    let mut block: Vec<&str> = Vec::new();
    let mut last: Vec<&str> = Vec::new();
    for line in user.lines() {
        if let Some(text) = line.trim_start().strip_prefix('|') {
            block.push(text.trim());
        } else if !block.is_empty() {
            last = std::mem::take(&mut block);
        }
    }
    if !block.is_empty() {
        last = block;
    }
    if last.is_empty() {
        let from = user.chars().count().saturating_sub(1_200);
        return user.chars().skip(from).collect();
    }
    last.join("\n").replace('^', " ")
}

fn name(user: &str, script: Option<&Script>) -> String {
    if let Some(script) = script {
        return script.name.clone();
    }
    let line = |label: &str| {
        let found = user.lines().rev().find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.trim()
                .eq_ignore_ascii_case(label)
                .then(|| value.trim().to_owned())
        });
        found.filter(|value| !value.is_empty())
    };
    line("name").or_else(|| line("lead")).unwrap_or_default()
}

fn hint(user: &str) -> Option<String> {
    let marks = ["hint from the user:", "hint:"];
    user.lines().rev().find_map(|line| {
        let line = line.trim();
        let lower = line.to_lowercase();
        let mark = marks.iter().find(|mark| lower.starts_with(**mark))?;
        let hint = line.get(mark.len()..)?.trim();
        (!hint.is_empty()).then(|| hint.to_owned())
    })
}

impl Prompt {
    /// The script of the lead.
    pub fn script_of<'a>(&self, cast: Option<&'a Cast>) -> Option<&'a Script> {
        cast?.scripts.get(self.script?)
    }

    /// The address of the lead.
    pub fn lead(&self, cast: Option<&Cast>) -> Option<String> {
        self.script_of(cast).map(|script| script.email.clone())
    }

    /// The draft that is scripted for the latest mail.
    pub fn draft<'a>(&self, cast: Option<&'a Cast>) -> Option<&'a Draft> {
        self.script_of(cast)?.mails().nth(self.mail?)?.1
    }

    /// What the latest mail is written in.
    pub fn language(&self, cast: Option<&Cast>) -> Language {
        if let Some(script) = self.script_of(cast) {
            return script.language;
        }
        match whatlang::detect_lang(&self.latest) {
            Some(whatlang::Lang::Deu) => Language::De,
            Some(whatlang::Lang::Spa) => Language::Es,
            Some(whatlang::Lang::Fra) => Language::Fr,
            _ => Language::En,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lead_and_the_latest_mail_are_found_in_marked_wrapped_and_fenced_text() {
        let cast = crate::demo::leads::cast().unwrap();
        let maria = &cast.scripts[0];
        let mail = maria.arrives[0]
            .text
            .replace(' ', "^")
            .replace('\n', "\n| ");
        let text = format!(
            "# The lead\nName: Maria Lopez\nAddress: {}\n\n[2] from the lead:\n| {mail}\n\nHint from the user: shorter, please\n",
            maria.email
        );
        let prompt = read(Some(&cast), &text);
        assert_eq!((prompt.script, prompt.mail), (Some(0), Some(0)));
        assert_eq!(prompt.hint.as_deref(), Some("shorter, please"));
        assert!(prompt.draft(Some(&cast)).is_some());
        let answer = maria
            .answers
            .iter()
            .find(|answer| answer.round == Some(2))
            .unwrap();
        let later = read(Some(&cast), &format!("{text}\n| {}\n", answer.text));
        assert!(later.mail > prompt.mail);
        assert_ne!(later.key, prompt.key);
    }

    #[test]
    fn a_stranger_is_answered_in_the_language_of_the_mail() {
        let text = "Name: Uwe Kern\n| Guten Tag, wir suchen jemanden, der unsere Seite neu macht.\n| Wann haben Sie Zeit?\n# Your task\nDraft";
        let prompt = read(None, text);
        assert_eq!(prompt.language(None), Language::De);
        assert_eq!(prompt.name, "Uwe Kern");
        assert!(prompt.latest.starts_with("Guten Tag") && !prompt.latest.contains("task"));
    }
}
