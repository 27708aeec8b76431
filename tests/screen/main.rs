//! The screen without a terminal: what keys do to the model, and how every state looks
//! at three sizes.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::expect_used
)]

mod fixture;
mod keys;
mod leaving;
mod looks;
mod memory;
mod moving;
mod pages;
mod saving;
mod sending;
mod signing_in;
mod templates;
mod versions;
