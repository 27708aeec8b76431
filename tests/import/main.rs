//! Importing archives: every thread of a list in one conversation, with its header fields
//! and without them; cut off and taken up again; as a person would expect it.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::expect_used
)]

mod house;
mod letters;
mod lists;
mod people;
mod threads;
mod unthreaded;
