//! A disk that is full while somebody writes: said, kept, written elsewhere, and saved once
//! there is room. The limit on a file's size stands for the disk: every write fails.

use rustix::process::{Pid, Resource, Rlimit, prlimit};

use crate::house::{House, binary};
use crate::pty::Pty;

/// The shell lets the signal that comes with the limit pass, as a full disk sends none.
fn start(house: &House) -> (Pty, Pid) {
    let script = format!("trap '' XFSZ; exec '{}'", binary().display());
    let pty = Pty::start_other(house, "/bin/sh", &["-c", &script], (100, 30));
    let pid = i32::try_from(pty.child.process_id().unwrap()).unwrap();
    (pty, Pid::from_raw(pid).unwrap())
}

fn let_files_grow(pid: Pid, to: Option<u64>) {
    let limit = Rlimit {
        current: to,
        maximum: None,
    };
    prlimit(Some(pid), Resource::Fsize, limit).unwrap();
}

#[test]
fn a_full_disk_is_said_and_the_text_is_written_elsewhere_and_saved_later() {
    let house = House::signed_in();
    house.run(&["sync", "--all"]);
    let maria = house.conversation("Maria Lopez");
    let (mut pty, pid) = start(&house);
    pty.until_shown("Maria Lopez");
    pty.until_shown("synced just now");
    pty.press("/Maria\r");
    pty.until("Maria's alone", |text| {
        !text.contains("Tom Becker") && text.contains("Maria Lopez")
    });
    pty.press("\r");
    pty.until_shown("thanks for the quick answer");
    pty.press("e");
    pty.until_shown("Edit the suggestion");
    let_files_grow(pid, Some(0));
    pty.press("Saturday is fine. ");
    pty.until_shown("NOT SAVED");
    pty.until_shown("Ctrl-o writes a file, Ctrl-x opens $EDITOR");
    pty.until_shown("Saturday is fine.");
    // Another disk has room: here it is the same one, with the limit lifted for it.
    let_files_grow(pid, None);
    let rescued = house.path("rescued.txt");
    pty.press(&format!("\x0f{}\r", rescued.display()));
    pty.until_shown("Written to");
    let text = std::fs::read_to_string(&rescued).unwrap();
    assert!(text.contains("Saturday is fine."), "{text}");
    pty.press("Sunday too. ");
    pty.until_shown("Sunday too.");
    // The line of hints has the word too: only the editor's upper edge tells.
    pty.until("the save", |text| {
        let edge = text
            .lines()
            .find(|line| line.contains("Edit the suggestion"));
        edge.is_some_and(|edge| edge.contains("saved") && !edge.contains("..."))
    });
    // The log has no room either, and may not say so on the screen.
    let raw = String::from_utf8_lossy(&pty.raw()).into_owned();
    assert!(!raw.contains("Unable to write"), "{raw}");
    pty.child.kill().unwrap();
    pty.child.wait().unwrap();
    let kept = house.show(&maria["id"])["suggestions"][0]["edited_body"].clone();
    let kept = kept.as_str().unwrap_or_default();
    assert!(kept.contains("Saturday is fine. Sunday too."), "{kept}");
}
