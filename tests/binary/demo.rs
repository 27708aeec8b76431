//! `rejoinder demo` in a real terminal, driven by keys alone.

use crate::house::House;
use crate::pty::Pty;

/// The row of a lead in the list, which takes the left part of a wide screen.
fn row(text: &str, name: &str) -> String {
    let lists = text
        .lines()
        .map(|line| line.chars().take(41).collect::<String>());
    lists
        .into_iter()
        .find(|line| line.contains(name))
        .unwrap_or_default()
}

#[test]
fn the_whole_journey_by_keys() {
    let house = House::empty();
    let mut pty = Pty::start(&house, &["demo", "--speed", "4"], (140, 40));
    let text = pty.until_shown("NEEDS REPLY");
    assert!(text.contains("DEMO"), "{text}");

    // A draft with its confidence and reasons.
    pty.until("Maria's draft", |text| {
        row(text, "Maria Lopez").contains('%')
    });
    pty.press("/lopez\r");
    pty.until_shown("Inbox: \"lopez\"");
    pty.press("\r");
    pty.until_shown("What would it cost");
    let text = pty.until_shown("why  ");
    assert!(text.contains("Suggestion ·"), "{text}");

    // Edited in place, sent, taken back, sent again.
    pty.press("e");
    pty.until_shown("Edit the suggestion");
    pty.press("Dear Maria, ");
    pty.until_shown("Dear Maria, Hi Maria,");
    pty.press("\x1b");
    pty.until_gone("Edit the suggestion");
    pty.press("y");
    pty.until_shown("leaves in");
    pty.press("u");
    pty.until_shown("Taken back");
    pty.press("y");
    pty.until_shown("leaves in");
    pty.until_shown("Sent to Maria Lopez");
    // She answers what she was sent.
    let text = pty.until("her answer", |text| {
        text.contains("NEEDS REPLY")
            && text.matches("Maria Lopez ·").count() >= 1
            && row(text, "Maria Lopez").contains("now")
    });
    assert!(!text.contains("panicked"), "{text}");

    // Another version, a rejection, a restoration, putting away, quitting.
    pty.press("h\x1b");
    pty.until_gone("Inbox: \"lopez\"");
    pty.press("/park\r");
    pty.until_shown("Inbox: \"park\"");
    pty.until("Jon's draft", |text| row(text, "Jon Park").contains('%'));
    pty.press("\r");
    pty.until_shown("why  ");
    pty.press("Rshorter, please\r");
    pty.until_shown("Suggestion 2 of 2 ·");
    pty.until("the second version", |text| {
        text.contains("why  ") && !text.contains("drafting")
    });
    pty.press("[");
    pty.until_shown("Suggestion 1 of 2");
    pty.press("]");
    pty.until_shown("Suggestion 2 of 2");
    pty.press("xtoo short\r");
    // On the card: the line at the bottom may speak of a new mail already.
    pty.until_shown("Rejected (too short)");
    pty.press("u");
    pty.until_gone("Rejected (too short)");
    pty.press("a");
    pty.until_shown("Archived; u fetches it back.");
    pty.press("u");
    pty.until_shown("Fetched back.");

    pty.press("?");
    pty.until_shown("Keys in the");
    pty.press("\x1b");
    pty.until_gone("Keys in the");
    pty.resize(60, 20);
    pty.until("the narrow screen", |text| {
        text.lines().all(|line| line.chars().count() <= 60)
    });
    pty.resize(80, 24);
    pty.press("qq");
    pty.until_gone_or_ended();
    // Something may still be under way; then quitting asks.
    pty.press("q");
    assert_eq!(pty.ended(), 0);
    let raw = pty.raw();
    assert!(
        raw.windows(8).any(|w| w == b"\x1b[?1049l"),
        "the terminal was given back"
    );
    let left: Vec<_> = std::fs::read_dir(house.temp())
        .unwrap()
        .map(|e| e.unwrap().path())
        .collect();
    assert!(left.is_empty(), "the demo left {left:?}");
}
