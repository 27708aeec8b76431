//! The palette: a command by its name, found fuzzily, each with its key.

use super::command::{COMMANDS, Command, Place, Spec};
use super::editor::TextBox;
use super::fuzzy::ranked;

/// The palette's state.
#[derive(Clone, Debug)]
pub struct Palette {
    /// Where the command will run.
    pub place: Place,
    /// What was typed.
    pub text: TextBox,
    /// The selected entry.
    pub selected: usize,
}

impl Palette {
    /// For the commands of a place.
    #[must_use]
    pub fn new(place: Place) -> Self {
        Self {
            place,
            text: TextBox::one_line(""),
            selected: 0,
        }
    }

    /// What fits the typed text, best first.
    #[must_use]
    pub fn entries(&self) -> Vec<&'static Spec> {
        let here = COMMANDS.iter().filter(|spec| {
            spec.places.contains(&self.place)
                && !matches!(spec.command, Command::Palette | Command::Down | Command::Up)
        });
        let text = self.text.text();
        ranked(&text, here, |spec| [(spec.name, 3), (spec.about, 1)])
    }

    /// The command under the marker.
    #[must_use]
    pub fn chosen(&self) -> Option<Command> {
        self.entries().get(self.selected).map(|spec| spec.command)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_letters_find_a_command() {
        let mut palette = Palette::new(Place::Inbox);
        for c in "sync".chars() {
            palette.text.press(crate::app::Key::char(c));
        }
        assert_eq!(palette.chosen(), Some(Command::Sync));
        let mut palette = Palette::new(Place::Inbox);
        for c in "arch".chars() {
            palette.text.press(crate::app::Key::char(c));
        }
        let found: Vec<_> = palette.entries().iter().map(|spec| spec.command).collect();
        assert!(found.starts_with(&[Command::Archive]), "{found:?}");
    }
}
