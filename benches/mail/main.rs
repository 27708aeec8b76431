//! How fast mail is read, on one core: parse, text, reply and kind together, over mails
//! that are made here or lie in a folder; what hostile documents cost; and `notmuch new`
//! and `mu index` over the same mails in the same run, where they are installed.
//!
//! `cargo bench --bench mail`. Variables: `REJOINDER_BENCH_MAIL=FOLDER` reads the files of
//! a folder, `REJOINDER_BENCH_MAILS=N` says how many are made (20,000).
#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::cast_precision_loss)]

mod corpus;
mod hostile;
mod peers;

use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rejoinder::mail::parse::parse;

/// What the mail code is meant to manage at most for one hostile document.
const BUDGET: Duration = Duration::from_millis(250);

fn main() {
    // `cargo test --benches` and `cargo bench -- --test` only ask whether it runs.
    let brief = std::env::args().any(|argument| argument == "--test");
    let mails = match std::env::var_os("REJOINDER_BENCH_MAIL") {
        Some(folder) => files(Path::new(&folder)),
        None => corpus::mails(if brief { 50 } else { wanted() }),
    };
    let ours = reading(&mails);
    if !brief {
        hostile_documents();
        peers::compare(&mails, ours);
    }
}

fn wanted() -> usize {
    std::env::var("REJOINDER_BENCH_MAILS")
        .ok()
        .and_then(|number| number.parse().ok())
        .unwrap_or(20_000)
}

fn files(folder: &Path) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    let mut folders: Vec<PathBuf> = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.push(std::fs::read(&path).unwrap());
            }
        }
    }
    found
}

/// Mails a second.
fn reading(mails: &[Vec<u8>]) -> f64 {
    let bytes: usize = mails.iter().map(Vec::len).sum();
    let started = Instant::now();
    let mut read = 0usize;
    for mail in mails {
        read += usize::from(black_box(parse(black_box(mail))).is_ok());
    }
    let took = started.elapsed().as_secs_f64();
    let rate = read as f64 / took;
    println!(
        "parse + text + reply + kind: {read} of {} mails ({:.1} MB) in {took:.2} s on one core: {rate:.0} mails/s, {:.1} MB/s",
        mails.len(),
        bytes as f64 / 1e6,
        bytes as f64 / 1e6 / took,
    );
    rate
}

fn hostile_documents() {
    // The stack that a thread has by default, whatever the stack of the main one is.
    let run = || {
        for (name, raw) in hostile::mails(1) {
            let started = Instant::now();
            let mail = black_box(parse(black_box(&raw)));
            let took = started.elapsed();
            let text = mail.map_or(0, |mail| mail.text.len());
            println!(
                "{:<44} {:>9} bytes in, {:>5.2} x out, {:>7.1} ms{}",
                name,
                raw.len(),
                text as f64 / raw.len() as f64,
                took.as_secs_f64() * 1e3,
                if took > BUDGET { "  OVER 250 ms" } else { "" },
            );
        }
    };
    std::thread::Builder::new()
        .stack_size(2 * 1024 * 1024)
        .spawn(run)
        .unwrap()
        .join()
        .unwrap();
}
