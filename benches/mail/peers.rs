//! What `notmuch new` and `mu index` need for the same mails. They do more than read (they
//! write a full-text index) and less (no reply, no kind), so the ratio is a yardstick and
//! no victory.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

/// Prints the rate of each that is installed beside ours.
pub fn compare(mails: &[Vec<u8>], ours: f64) {
    let dir = tempfile::tempdir().unwrap();
    let maildir = dir.path().join("mail");
    for folder in ["cur", "new", "tmp"] {
        std::fs::create_dir_all(maildir.join(folder)).unwrap();
    }
    for (number, mail) in mails.iter().enumerate() {
        std::fs::write(
            maildir.join("cur").join(format!("{number}.bench:2,S")),
            mail,
        )
        .unwrap();
    }
    for (name, rate) in [
        ("notmuch new", notmuch(dir.path(), &maildir, mails.len())),
        ("mu index", mu(dir.path(), &maildir, mails.len())),
    ] {
        match rate {
            Some(rate) => println!(
                "{name}: {rate:.0} mails/s; ours is {:.1} x that",
                ours / rate
            ),
            None => println!("{name}: not installed"),
        }
    }
}

fn timed(command: &mut Command, mails: usize) -> Option<f64> {
    let started = Instant::now();
    let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status();
    let took = started.elapsed().as_secs_f64();
    status.ok()?.success().then(|| mails as f64 / took)
}

fn notmuch(dir: &Path, maildir: &Path, mails: usize) -> Option<f64> {
    let config = dir.join("notmuch-config");
    std::fs::write(
        &config,
        format!(
            "[database]\npath={}\n[user]\nname=Bench\nprimary_email=me@example.org\n[new]\ntags=new\n",
            maildir.display()
        ),
    )
    .ok()?;
    timed(
        Command::new("notmuch")
            .arg("new")
            .env("NOTMUCH_CONFIG", config),
        mails,
    )
}

fn mu(dir: &Path, maildir: &Path, mails: usize) -> Option<f64> {
    let home = dir.join("mu");
    let mut init = Command::new("mu");
    init.arg("init")
        .arg(format!("--maildir={}", maildir.display()))
        .arg(format!("--muhome={}", home.display()));
    timed(&mut init, mails)?;
    timed(
        Command::new("mu")
            .arg("index")
            .arg(format!("--muhome={}", home.display())),
        mails,
    )
}
