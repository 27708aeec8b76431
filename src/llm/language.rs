//! Which language a text is written in, when that is sure enough to say so to a person.

use whatlang::Lang;

/// Letters that a text needs: the statistics of less say nothing.
const ENOUGH: usize = 60;
/// And for languages that are alike.
const CONFIDENT: f64 = 0.9;

/// A language.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Language {
    /// Three letters (ISO 639-3).
    pub tag: &'static str,
    /// In English.
    pub name: &'static str,
    lang: Lang,
}

impl Language {
    /// Whether the two are so alike that one is easily taken for the other.
    #[must_use]
    pub fn is_close_to(&self, other: &Self) -> bool {
        const FAMILIES: &[&[Lang]] = &[
            &[Lang::Spa, Lang::Por, Lang::Cat],
            &[Lang::Dan, Lang::Nob, Lang::Swe],
            &[Lang::Nld, Lang::Afr],
            &[Lang::Ces, Lang::Slk],
            &[
                Lang::Rus,
                Lang::Ukr,
                Lang::Bel,
                Lang::Bul,
                Lang::Mkd,
                Lang::Srp,
            ],
            &[Lang::Hrv, Lang::Slv, Lang::Srp],
            &[Lang::Ind, Lang::Jav],
        ];
        FAMILIES
            .iter()
            .any(|family| family.contains(&self.lang) && family.contains(&other.lang))
    }
}

/// The language of a text that is long enough to tell; none when in doubt.
#[must_use]
pub fn reliable(text: &str) -> Option<Language> {
    if text.chars().filter(|c| c.is_alphabetic()).count() < ENOUGH {
        return None;
    }
    let info = whatlang::detect(text)?;
    (info.is_reliable() && info.confidence() >= CONFIDENT).then(|| Language {
        tag: info.lang().code(),
        name: info.lang().eng_name(),
        lang: info.lang(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_are_told_apart_and_short_ones_are_not_guessed() {
        let english = "Thank you for the quick answer. What would it cost, and when could you begin with the work?";
        let german = "Vielen Dank für die schnelle Antwort. Was würde das kosten, und wann könnten Sie damit anfangen?";
        assert_eq!(reliable(english).map(|l| l.tag), Some("eng"));
        assert_eq!(reliable(german).map(|l| l.name), Some("German"));
        assert_eq!(reliable("OK, thanks!"), None);
    }
}
