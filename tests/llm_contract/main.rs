//! The contract with models: the bytes that go out and what is made of the bytes that
//! come back, for each dialect and each fault, against loopback servers of our own.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice
)]

mod answers;
mod ask;
mod chat;
mod faults;
mod messages;
mod providers;
mod recorded;
mod responses;
mod retries;
mod server;
