//! The Gmail adapter against servers on loopback that answer what a test tells them:
//! what is sent is compared byte by byte, and every way of failing is played through.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice
)]

mod calls;
mod faults;
mod server;
mod sign_in;
mod simulated;
mod tokens;
