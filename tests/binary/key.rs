//! A model's key typed at a terminal: never shown, and the terminal is as it was afterwards.

use crate::house::{House, binary};
use crate::pty::Pty;

const SECRET: &str = "sk-ant-never-shown";

/// The shell stays when a key stops the program, and says how the terminal is.
fn asked(house: &House) -> Pty {
    let script = format!(
        "trap : INT; '{}' key set anthropic; echo \"code $?\"; stty -a",
        binary().display()
    );
    let pty = Pty::start_other(house, "/bin/sh", &["-c", &script], (100, 40));
    pty.until_shown("then Enter:");
    pty
}

/// What the shell printed last, when all of it is there.
fn terminal(pty: &Pty) -> String {
    let text = pty.until_shown("echoctl");
    assert!(!text.contains(SECRET), "{text}");
    text
}

#[test]
fn a_key_that_is_typed_is_kept_and_not_shown() {
    let house = House::empty();
    let mut pty = asked(&house);
    pty.press(&format!("{SECRET}\r"));
    let text = terminal(&pty);
    assert!(
        text.contains("kept in the encrypted store") && text.contains("code 0"),
        "{text}"
    );
    assert!(
        text.contains(" echo ") && text.contains("-echonl"),
        "{text}"
    );
    let list = house.run(&["key", "list"]).out;
    assert!(list.contains("anthropic: encrypted store"), "{list}");
}

#[test]
fn a_key_that_is_not_typed_to_its_end_leaves_the_terminal_as_it_was() {
    let house = House::empty();
    let mut pty = asked(&house);
    pty.press(&format!("{SECRET}\x03"));
    let text = terminal(&pty);
    assert!(
        text.contains("code 1") && text.contains("no key was kept"),
        "{text}"
    );
    assert!(
        text.contains(" echo ") && text.contains("-echonl"),
        "{text}"
    );
    assert_eq!(house.run(&["key", "list"]).out.trim(), "");
}

#[test]
fn a_key_comes_from_stdin_without_a_question() {
    let house = House::empty();
    let set = house.run_with_stdin(&["key", "set", "openai"], &format!("{SECRET}\nmore\n"));
    assert_eq!((set.code, set.err.as_str()), (0, ""), "{set:?}");
    let list = house.run(&["key", "list"]).out;
    assert!(list.contains("openai: encrypted store"), "{list}");
    let none = house.run(&["key", "set", "openai"]);
    assert_eq!(none.code, 2, "{none:?}");
    assert!(none.err.contains("that is no key"), "{none:?}");
}
