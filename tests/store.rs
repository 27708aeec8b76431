//! The store on real, encrypted files.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::expect_used
)]

#[path = "store/file.rs"]
mod file;
#[path = "store/fixture.rs"]
mod fixture;
#[path = "store/forget.rs"]
mod forget;
#[path = "store/inbox.rs"]
mod inbox;
#[path = "store/learning.rs"]
mod learning;
#[path = "store/matching.rs"]
mod matching;
#[path = "store/outbox.rs"]
mod outbox;
#[path = "store/suggestions.rs"]
mod suggestions;
#[path = "store/templates.rs"]
mod templates;
