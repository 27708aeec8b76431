//! The simulated Gmail and the scripted model, driven over real HTTP as the product
//! drives them: what the other tests rely on is held here.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod caller;
mod faults;
mod google_client;
mod leads;
mod mailbox;
mod model;
mod senders;
mod sending;
mod signing_in;
