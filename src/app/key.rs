//! Keys as the keymap names them, independent of the terminal library.

use std::fmt;
use std::str::FromStr;

/// A key without its modifiers.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum KeyCode {
    /// A character; upper case carries the shift key.
    Char(char),
    /// Return.
    Enter,
    /// Escape.
    Esc,
    /// Tabulator.
    Tab,
    /// Tabulator with shift.
    BackTab,
    /// Delete to the left.
    Backspace,
    /// Delete to the right.
    Delete,
    /// Arrow.
    Up,
    /// Arrow.
    Down,
    /// Arrow.
    Left,
    /// Arrow.
    Right,
    /// Begin of line.
    Home,
    /// End of line.
    End,
    /// Page up.
    PageUp,
    /// Page down.
    PageDown,
    /// Function key.
    F(u8),
}

/// A key press.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Key {
    /// Which key.
    pub code: KeyCode,
    /// Held control.
    pub ctrl: bool,
    /// Held alt, or a key that came in one read with an escape.
    pub alt: bool,
}

impl Key {
    /// A character without modifiers.
    #[must_use]
    pub const fn char(c: char) -> Self {
        Self::plain(KeyCode::Char(c))
    }

    /// A key without modifiers.
    #[must_use]
    pub const fn plain(code: KeyCode) -> Self {
        Self {
            code,
            ctrl: false,
            alt: false,
        }
    }

    /// A character with control.
    #[must_use]
    pub const fn ctrl(c: char) -> Self {
        Self {
            code: KeyCode::Char(c),
            ctrl: true,
            alt: false,
        }
    }
}

const NAMES: &[(&str, KeyCode)] = &[
    ("Enter", KeyCode::Enter),
    ("Esc", KeyCode::Esc),
    ("Tab", KeyCode::Tab),
    ("Shift-Tab", KeyCode::BackTab),
    ("Backspace", KeyCode::Backspace),
    ("Del", KeyCode::Delete),
    ("Up", KeyCode::Up),
    ("Down", KeyCode::Down),
    ("Left", KeyCode::Left),
    ("Right", KeyCode::Right),
    ("Home", KeyCode::Home),
    ("End", KeyCode::End),
    ("PgUp", KeyCode::PageUp),
    ("PgDn", KeyCode::PageDown),
    ("Space", KeyCode::Char(' ')),
];

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.ctrl {
            f.write_str("Ctrl-")?;
        }
        if self.alt {
            f.write_str("Alt-")?;
        }
        if let Some((name, _)) = NAMES.iter().find(|(_, code)| *code == self.code) {
            return f.write_str(name);
        }
        match self.code {
            KeyCode::Char(c) => write!(f, "{c}"),
            KeyCode::F(n) => write!(f, "F{n}"),
            other => write!(f, "{other:?}"),
        }
    }
}

/// A text that names no key.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error(
    "\"{0}\" names no key; write it like y, G, Ctrl-d, Enter, PgDn, F5, or g i for two in a row"
)]
pub struct NoKey(pub String);

impl FromStr for Key {
    type Err = NoKey;

    fn from_str(text: &str) -> Result<Self, NoKey> {
        let wrong = || NoKey(text.to_owned());
        let (mut ctrl, mut alt, mut rest) = (false, false, text);
        loop {
            let lower = rest.to_ascii_lowercase();
            if lower.len() > 5 && lower.starts_with("ctrl-") {
                ctrl = true;
                rest = rest.get(5..).ok_or_else(wrong)?;
            } else if lower.len() > 4 && lower.starts_with("alt-") {
                alt = true;
                rest = rest.get(4..).ok_or_else(wrong)?;
            } else {
                break;
            }
        }
        let named = NAMES
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(rest));
        let mut chars = rest.chars();
        let code = match (named, chars.next(), chars.next()) {
            (Some((_, code)), ..) => *code,
            (None, Some(c), None) => KeyCode::Char(if ctrl { c.to_ascii_lowercase() } else { c }),
            (None, Some('F' | 'f'), Some(_)) => {
                let number = rest.get(1..).and_then(|n| n.parse().ok());
                KeyCode::F(number.filter(|n| (1..=24).contains(n)).ok_or_else(wrong)?)
            }
            _ => return Err(wrong()),
        };
        Ok(Self { code, ctrl, alt })
    }
}

/// Keys pressed one after the other, such as `g i`. `gg` is two characters.
///
/// # Errors
/// [`NoKey`] for the part that names none.
pub fn parse_sequence(text: &str) -> Result<Vec<Key>, NoKey> {
    let mut keys = Vec::new();
    for part in text.split_whitespace() {
        match part.parse::<Key>() {
            Ok(key) => keys.push(key),
            Err(_) if part.chars().all(|c| c.is_ascii_alphabetic()) && part.len() == 2 => {
                keys.extend(part.chars().map(Key::char));
            }
            Err(error) => return Err(error),
        }
    }
    if keys.is_empty() {
        Err(NoKey(text.to_owned()))
    } else {
        Ok(keys)
    }
}

/// A sequence as the help shows it.
#[must_use]
pub fn show_sequence(keys: &[Key]) -> String {
    keys.iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_survives_its_name() {
        let codes = NAMES
            .iter()
            .map(|(_, code)| *code)
            .chain(('!'..='~').map(KeyCode::Char));
        for code in codes.chain((1..=12).map(KeyCode::F)) {
            for (ctrl, alt) in [(false, false), (true, false), (false, true)] {
                if ctrl && matches!(code, KeyCode::Char(c) if c.is_ascii_uppercase()) {
                    continue; // terminals do not tell control with and without shift apart
                }
                let key = Key { code, ctrl, alt };
                assert_eq!(key.to_string().parse::<Key>(), Ok(key), "{key}");
            }
        }
    }

    #[test]
    fn sequences_are_keys_with_spaces_or_two_letters() {
        assert_eq!(
            parse_sequence("gg").unwrap(),
            [Key::char('g'), Key::char('g')]
        );
        assert_eq!(
            parse_sequence("g i").unwrap(),
            [Key::char('g'), Key::char('i')]
        );
        assert_eq!(parse_sequence("Ctrl-d").unwrap(), [Key::ctrl('d')]);
        for wrong in ["", "Foo", "Ctrl-", "F99"] {
            assert!(parse_sequence(wrong).is_err(), "{wrong}");
        }
    }
}
