//! A disk that is full while somebody writes: said, kept, written elsewhere, and saved once
//! there is room. The limit on a file's size stands for the disk: every write fails.

use rejoinder::demo::gmail::Incoming;
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

/// A mail with a small file and one that is larger than everything the program writes for
/// itself.
fn with_files() -> Vec<u8> {
    let line = format!("{}\r\n", "QUFB".repeat(19));
    let part = |name: &str, lines: usize| {
        format!(
            "--b\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment; filename={name}\r\nContent-Transfer-Encoding: base64\r\n\r\n{}",
            line.repeat(lines)
        )
    };
    format!(
        "From: Maria Lopez <maria@lopezbakery.example>\r\nSubject: Re: plans\r\nMessage-ID: <files@lopezbakery.example>\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n\
         --b\r\n\r\nHere they are.\r\n{}{}--b--\r\n",
        part("small.pdf", 10),
        part("large.pdf", 120_000)
    )
    .into_bytes()
}

#[test]
fn a_file_for_which_there_is_no_room_is_not_left_in_half_and_can_be_saved_later() {
    let house = House::signed_in();
    house.run(&["sync"]);
    drop(house.gmail().deliver(Incoming::new(with_files())));
    house.run(&["sync"]);
    let id = house.conversation("Maria Lopez")["id"].to_string();
    let names = |folder: &str| -> Vec<String> {
        let mut found: Vec<String> = std::fs::read_dir(house.path(folder))
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        found.sort();
        found
    };

    // By verb: the limit is in blocks of 512 bytes, of which the large file has more.
    let to = house.path("by-verb");
    let script = format!(
        "trap '' XFSZ; ulimit -f 12000; exec '{}' attachments {id} --all --to '{}'",
        binary().display(),
        to.display()
    );
    let mut shell = house.command();
    let arguments = ["-c", &script];
    let ran = std::process::Command::new("/bin/sh")
        .args(arguments)
        .env_clear()
        .envs(
            shell
                .env("LC_ALL", "C")
                .get_envs()
                .filter_map(|(name, value)| Some((name, value?))),
        )
        .output()
        .unwrap();
    let said = String::from_utf8(ran.stderr).unwrap();
    assert_eq!(ran.status.code(), Some(1), "{said}");
    assert!(said.contains("\"large.pdf\" cannot be saved in"), "{said}");
    assert!(said.contains("choose another folder"), "{said}");
    assert_eq!(names("by-verb"), ["small.pdf"]);

    // On the screen: said, and the program goes on.
    let (mut pty, pid) = start(&house);
    pty.until_shown("synced just now");
    pty.press("/lopez\r");
    pty.until_shown("Inbox: \"lopez\"");
    pty.press("\r");
    pty.until_shown("Here they are.");
    let_files_grow(pid, Some(6_000_000));
    let folder = house.path("on-screen");
    let save = format!("w{}\r", folder.display());
    pty.press(&save);
    pty.until_shown("cannot be saved in");
    assert_eq!(names("on-screen"), ["small.pdf"]);
    let_files_grow(pid, None);
    pty.press(&save);
    pty.until_shown("Saved 2 files");
    assert_eq!(
        names("on-screen"),
        ["large.pdf", "small (2).pdf", "small.pdf"]
    );
    let whole = std::fs::metadata(folder.join("large.pdf")).unwrap().len();
    assert_eq!(whole, 120_000 * 57);
}
