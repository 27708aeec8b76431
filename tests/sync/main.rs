//! Reading the mailbox, against the simulated Gmail: that nothing is missed and nothing
//! doubled whatever fails and wherever the program ends, and what it costs.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::print_stdout
)]

mod campaign;
mod first;
mod follow;
mod house;
mod pace;
mod time;
mod units;
