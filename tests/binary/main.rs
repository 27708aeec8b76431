//! The built binary, as people and scripts use it: the verbs and their contract, and the
//! full screen over a real pty.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::expect_used
)]

mod attachments;
mod contract;
mod demo;
mod doctor;
mod house;
mod import;
mod journey;
mod line;
#[path = "../import/lists.rs"]
mod lists;
mod matching;
mod pty;
mod signing_in;
