//! Which keys ask for which command where, from the table and the configuration.

use std::collections::BTreeMap;

use super::command::{COMMANDS, Command, Place};
use super::key::{Key, parse_sequence, show_sequence};

/// Keys to commands, by place.
#[derive(Clone, Debug)]
pub struct Keymap {
    bindings: Vec<(Place, Vec<Key>, Command)>,
}

/// What keys pressed so far mean.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Lookup {
    /// This command.
    Found(Command),
    /// The beginning of a sequence.
    Prefix,
    /// Nothing.
    Nothing,
}

impl Keymap {
    /// The table's keys, with those of the configuration in place of a command's own.
    /// What is wrong there is left out and told.
    #[must_use]
    pub fn new(overrides: &BTreeMap<String, Vec<String>>) -> (Self, Vec<String>) {
        let mut problems = Vec::new();
        for name in overrides
            .keys()
            .filter(|name| Command::by_name(name).is_none())
        {
            problems.push(format!("keys.{name}: there is no such command"));
        }
        let mut bindings = Vec::new();
        for spec in COMMANDS {
            let texts: Vec<&str> = match overrides.get(spec.name) {
                Some(keys) => keys.iter().map(String::as_str).collect(),
                None => spec.keys.to_vec(),
            };
            for text in texts {
                match parse_sequence(text) {
                    Ok(keys) => {
                        for place in spec.places {
                            bindings.push((*place, keys.clone(), spec.command));
                        }
                    }
                    Err(error) => problems.push(format!("keys.{}: {error}", spec.name)),
                }
            }
        }
        let map = Self { bindings };
        problems.extend(map.conflicts());
        (map, problems)
    }

    /// Two commands on the same keys in the same place, or one hiding behind a prefix.
    fn conflicts(&self) -> Vec<String> {
        let mut places: BTreeMap<(String, Command, Command), Vec<&str>> = BTreeMap::new();
        for (index, (place, keys, command)) in self.bindings.iter().enumerate() {
            for (other_place, other_keys, other) in self.bindings.iter().skip(index + 1) {
                let clash = keys.starts_with(other_keys) || other_keys.starts_with(keys);
                if place == other_place && clash && command != other {
                    let clash = (show_sequence(keys), *command, *other);
                    places.entry(clash).or_default().push(place.name());
                }
            }
        }
        let name = |c: Command| c.spec().map_or("?", |spec| spec.name);
        places
            .into_iter()
            .map(|((keys, command, other), places)| {
                format!(
                    "{keys} ({}): {} and {} want it; the first one has it",
                    places.join(", "),
                    name(command),
                    name(other)
                )
            })
            .collect()
    }

    /// What the keys mean in a place.
    #[must_use]
    pub fn lookup(&self, place: Place, keys: &[Key]) -> Lookup {
        let here = || self.bindings.iter().filter(|(p, ..)| *p == place);
        if let Some((.., command)) = here().find(|(_, bound, _)| bound == keys) {
            return Lookup::Found(*command);
        }
        if here().any(|(_, bound, _)| bound.starts_with(keys)) {
            return Lookup::Prefix;
        }
        Lookup::Nothing
    }

    /// The first key of a command, as the hints show it.
    #[must_use]
    pub fn key_of(&self, command: Command, place: Place) -> Option<String> {
        self.bindings
            .iter()
            .find(|(p, _, c)| *p == place && *c == command)
            .map(|(_, keys, _)| show_sequence(keys))
    }

    /// All keys of a command in a place, as the help shows them.
    #[must_use]
    pub fn keys_of(&self, command: Command, place: Place) -> String {
        let keys: Vec<String> = self
            .bindings
            .iter()
            .filter(|(p, _, c)| *p == place && *c == command)
            .map(|(_, keys, _)| show_sequence(keys))
            .collect();
        keys.join(", ")
    }

    /// The README's table, made from the same rows.
    #[must_use]
    pub fn markdown() -> String {
        let (map, _) = Self::new(&BTreeMap::new());
        let mut table = String::from("| key | command | what it does |\n|---|---|---|\n");
        for spec in COMMANDS {
            let Some(place) = spec.places.first() else {
                continue;
            };
            let keys = map.keys_of(spec.command, *place);
            let keys = if keys.is_empty() {
                String::new()
            } else {
                format!("`{keys}`")
            };
            let place = match place {
                Place::Inbox => String::new(),
                Place::Editor => " (in the editor)".to_owned(),
                place => format!(" (page: {})", place.name()),
            };
            table.push_str(&format!(
                "| {keys} | {} | {}{place} |\n",
                spec.name, spec.about
            ));
        }
        table
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_has_no_conflicts_and_every_key_is_one() {
        let (_, problems) = Keymap::new(&BTreeMap::new());
        assert_eq!(problems, Vec::<String>::new());
    }

    #[test]
    fn a_key_of_the_configuration_takes_the_place_of_the_tables() {
        let overrides = BTreeMap::from([("approve".to_owned(), vec!["Ctrl-s".to_owned()])]);
        let (map, problems) = Keymap::new(&overrides);
        assert_eq!(problems, Vec::<String>::new());
        assert_eq!(
            map.lookup(Place::Inbox, &[Key::ctrl('s')]),
            Lookup::Found(Command::Approve)
        );
        assert_eq!(map.lookup(Place::Inbox, &[Key::char('y')]), Lookup::Nothing);
    }

    #[test]
    fn conflicts_unknown_commands_and_unknown_keys_are_told() {
        let overrides = BTreeMap::from([
            ("archive".to_owned(), vec!["y".to_owned()]),
            ("fly".to_owned(), vec!["f".to_owned()]),
            ("star".to_owned(), vec!["Hyper-x".to_owned()]),
        ]);
        let (map, problems) = Keymap::new(&overrides);
        assert_eq!(problems.len(), 3, "{problems:?}");
        assert!(
            problems.iter().any(|p| p.contains("approve and archive")),
            "{problems:?}"
        );
        assert_eq!(
            map.lookup(Place::Card, &[Key::char('y')]),
            Lookup::Found(Command::Approve)
        );
    }

    #[test]
    fn a_sequence_waits_for_its_end() {
        let (map, _) = Keymap::new(&BTreeMap::new());
        assert_eq!(map.lookup(Place::Inbox, &[Key::char('g')]), Lookup::Prefix);
        let gg = [Key::char('g'), Key::char('g')];
        assert_eq!(map.lookup(Place::Inbox, &gg), Lookup::Found(Command::First));
    }
}
