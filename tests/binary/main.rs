//! The built binary, as people and scripts use it: the verbs and their contract, and the
//! full screen over a real pty.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::expect_used,
    clippy::print_stderr
)]

mod attachments;
mod attack;
mod contract;
mod demo;
mod doctor;
#[cfg(target_os = "linux")]
mod erasing;
mod full_disk;
mod hostile;
mod house;
mod import;
mod journey;
mod key;
mod killed;
mod learning;
mod line;
#[path = "../import/lists.rs"]
mod lists;
mod matching;
mod outbox;
mod pty;
mod signing_in;
mod templates;
mod watch;
