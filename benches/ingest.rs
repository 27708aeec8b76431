//! How many mails a second an import takes in: parse, match, store, index, beside `mu
//! index` and `notmuch new` on the same mails where these are installed.
//!
//! `cargo bench --bench ingest [-- MAILS [KILOBYTES]]`: so many invented list mails
//! (20,000), each with an attachment of so many kilobytes on the average (0).
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::expect_used,
    clippy::print_stdout,
    clippy::cast_precision_loss
)]

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use jiff::tz::TimeZone;
use rejoinder::mail::archive::Archive;
use rejoinder::service::import::{self, Request};
use rejoinder::service::{Clock, Services};

#[path = "../tests/import/lists.rs"]
mod lists;

fn main() {
    let mut numbers = std::env::args().skip(1).filter_map(|arg| arg.parse().ok());
    let number: usize = numbers.next().unwrap_or(20_000);
    let kilobytes: usize = numbers.next().unwrap_or(0);
    let dir = tempfile::tempdir().unwrap();
    let maildir = dir.path().join("Maildir");
    let bytes = write_maildir(&maildir, number, kilobytes);
    println!("{number} mails, {} MB", bytes / 1_000_000);
    let cpu = cpu_seconds();
    tell("parse alone, one core", number, parse(&maildir));
    println!("{:.2} s of CPU", cpu_seconds() - cpu);
    let cpu = cpu_seconds();
    let seconds = ours(dir.path(), &maildir);
    tell("rejoinder import --all", number, seconds);
    println!("{:.2} s of CPU", cpu_seconds() - cpu);
    if let Some(seconds) = mu(dir.path(), &maildir) {
        tell("mu index", number, seconds);
    }
    if let Some(seconds) = notmuch(dir.path(), &maildir) {
        tell("notmuch new", number, seconds);
    }
}

fn tell(who: &str, number: usize, seconds: f64) {
    println!(
        "{who:24} {seconds:7.2} s {:8.0} mails/s",
        number as f64 / seconds
    );
}

/// Parse, text, new part and kind of every mail.
fn parse(maildir: &Path) -> f64 {
    let started = Instant::now();
    for entry in Archive::open(maildir).unwrap() {
        let mail = rejoinder::mail::parse::parse(&entry.unwrap().raw).unwrap();
        std::hint::black_box(mail);
    }
    started.elapsed().as_secs_f64()
}

/// What this process has used so far (`proc(5)`: fields 14 and 15, in hundredths).
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after = stat.rsplit(')').next().unwrap_or_default();
    let fields: Vec<&str> = after.split_whitespace().collect();
    let of = |n: usize| fields.get(n).and_then(|f| f.parse::<f64>().ok());
    (of(11).unwrap_or(0.0) + of(12).unwrap_or(0.0)) / 100.0
}

fn write_maildir(maildir: &Path, number: usize, kilobytes: usize) -> usize {
    for part in ["cur", "new", "tmp"] {
        std::fs::create_dir_all(maildir.join(part)).unwrap();
    }
    let all = lists::post(number, 5);
    let mut dice = lists::Dice::new(9);
    let mut bytes = 0;
    for (index, mail) in all.iter().enumerate() {
        let mut raw = mail.raw(true);
        if kilobytes > 0 {
            raw = with_attachment(&raw, 1_024 * dice.roll(2 * kilobytes));
        }
        bytes += raw.len();
        let place = dice.roll(1_000_000_000);
        std::fs::write(maildir.join(format!("cur/{place}.{index}:2,S")), raw).unwrap();
    }
    bytes
}

fn with_attachment(raw: &str, bytes: usize) -> String {
    let (head, body) = raw.split_once("\n\n").unwrap();
    let line = format!("{}\n", "QUJD".repeat(19));
    let file = line.repeat(bytes / 77);
    format!(
        "{head}\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\n{body}\n--b\nContent-Type: application/pdf; name=plan.pdf\nContent-Transfer-Encoding: base64\n\n{file}--b--\n"
    )
}

fn ours(dir: &Path, maildir: &Path) -> f64 {
    let env = |name: &str| match name {
        "REJOINDER_CONFIG_DIR" => Some(dir.join("config").to_string_lossy().into()),
        "REJOINDER_DATA_DIR" => Some(dir.join("data").to_string_lossy().into()),
        _ => None,
    };
    let loaded = rejoinder::config::load(None, &env).unwrap();
    let services = Services::open(loaded, Clock::system(), TimeZone::UTC).unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    let request = Request {
        paths: vec![maildir.to_owned()],
        everybody: true,
        ..Request::default()
    };
    let started = Instant::now();
    let summary = runtime
        .block_on(import::run(&services, request, |_| {}, |_| {}))
        .unwrap();
    let seconds = started.elapsed().as_secs_f64();
    println!("{}", serde_json::to_string(&summary).unwrap());
    seconds
}

fn mu(dir: &Path, maildir: &Path) -> Option<f64> {
    let home = dir.join("mu");
    let mu = |arguments: &[&str]| {
        Command::new("mu")
            .args(arguments)
            .arg(format!("--muhome={}", home.display()))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
    };
    let maildir = format!("--maildir={}", maildir.display());
    mu(&["init", &maildir])
        .ok()
        .filter(|status| status.success())?;
    let started = Instant::now();
    mu(&["index"]).ok().filter(|status| status.success())?;
    Some(started.elapsed().as_secs_f64())
}

fn notmuch(dir: &Path, maildir: &Path) -> Option<f64> {
    let config = dir.join("notmuch-config");
    std::fs::write(
        &config,
        format!("[database]\npath={}\n[new]\ntags=new\n", maildir.display()),
    )
    .ok()?;
    let started = Instant::now();
    let status = Command::new("notmuch")
        .arg("new")
        .env("NOTMUCH_CONFIG", &config)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    status.ok().filter(|status| status.success())?;
    Some(started.elapsed().as_secs_f64())
}
