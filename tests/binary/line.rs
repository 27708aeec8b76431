//! A dropped line, a killed program: nothing that was typed or queued is lost.

use rustix::process::{Pid, Signal, kill_process};

use crate::house::House;
use crate::pty::Pty;

const SIZE: (u16, u16) = (140, 40);

fn editing(house: &House) -> Pty {
    house.run(&["sync"]);
    edit_in(Pty::start(house, &[], SIZE))
}

fn edit_in(mut pty: Pty) -> Pty {
    pty.until_shown("Maria Lopez");
    pty.press("/lopez\r");
    pty.until_shown("Inbox: \"lopez\"");
    pty.press("\r");
    // Another conversation with its own reasons may stand there until hers is loaded.
    pty.until("Maria's draft", |text| {
        text.contains("Maria Lopez ·")
            && text.contains("cake on a Friday")
            && text.contains("why  She asks")
    });
    pty.press("e");
    pty.until_shown("Edit the suggestion");
    pty
}

fn signal(pty: &Pty, signal: Signal) {
    let pid = Pid::from_raw(i32::try_from(pty.pid()).unwrap()).unwrap();
    kill_process(pid, signal).unwrap();
}

fn kept(house: &House) -> String {
    let maria = house.conversation("Maria Lopez");
    let shown = house.show(&maria["id"]);
    shown["suggestions"][0]["edited_body"]
        .as_str()
        .unwrap_or_default()
        .to_owned()
}

/// The program runs under one that holds its terminal and is killed: what `sshd` is when
/// a line drops.
#[test]
fn a_dropped_line_keeps_what_was_typed_last() {
    let house = House::signed_in();
    house.run(&["sync"]);
    let command = format!("exec {}", crate::house::binary().display());
    let mut pty = edit_in(Pty::start_other(
        &house,
        "script",
        &["-qc", &command, "/dev/null"],
        SIZE,
    ));
    pty.press("Typed before the line dropped. ");
    pty.until_shown("Typed before the line dropped.");
    signal(&pty, Signal::KILL);
    pty.ended();
    let lock = house.path("data/worker.lock");
    while rejoinder::store::Lease::take(&lock).unwrap().is_none() {
        std::thread::yield_now();
    }
    assert!(
        kept(&house).starts_with("Typed before the line dropped. "),
        "{}",
        kept(&house)
    );
}

#[test]
fn sigterm_and_sighup_end_in_good_order() {
    for ending in [Signal::TERM, Signal::HUP] {
        let house = House::signed_in();
        let mut pty = editing(&house);
        pty.press("Typed before the signal. ");
        pty.until_shown("Typed before the signal.");
        signal(&pty, ending);
        assert_eq!(pty.ended(), 0);
        assert!(
            kept(&house).starts_with("Typed before the signal. "),
            "{}",
            kept(&house)
        );
        let raw = pty.raw();
        assert!(
            raw.windows(8).any(|w| w == b"\x1b[?1049l"),
            "the terminal was given back"
        );
    }
}

#[test]
fn kill_9_loses_nothing_that_was_saved_and_a_queued_reply_is_there_again() {
    let house = House::signed_in();
    let mut pty = editing(&house);
    pty.press("Typed and saved. ");
    pty.until("the saving", |text| {
        text.contains("Typed and saved.") && text.contains("saved ")
    });
    pty.press("\x1b");
    pty.until_gone("Edit the suggestion");
    pty.press("y");
    pty.until_shown("leaves in");
    signal(&pty, Signal::KILL);
    pty.ended();
    let maria = house.conversation("Maria Lopez");
    let shown = house.show(&maria["id"]);
    assert_eq!(shown["outbox"][0]["state"], "queued");
    assert_eq!(house.gmail().sent().len(), 0);

    let mut pty = Pty::start(&house, &[], SIZE);
    pty.until("word of the queued reply", |text| {
        text.contains("from an earlier run")
            || text.contains("leaves in")
            || text.contains("SENDING")
    });
    pty.until("its leaving", |_| house.gmail().sent().len() == 1);
    pty.press("q");
    pty.until_gone_or_ended();
    pty.press("q");
    pty.ended();
    assert!(
        house.gmail().sent()[0]
            .text
            .starts_with("Typed and saved. ")
    );
}

#[test]
fn without_a_terminal_the_screen_says_so_and_the_verbs_work() {
    let house = House::empty();
    let ran = house.run(&[]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.err.contains("needs a terminal"), "{ran:?}");
}
