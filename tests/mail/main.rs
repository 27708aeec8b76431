//! The mail code from outside, over tables of what programs and people write: what is new
//! in a reply, who is a machine, what hostile mails cost and what they may show.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

mod archives;
mod files;
mod hostile;
mod machines;
mod nested;
mod properties;
mod replies;
mod reports;

/// The lines of a table, without comments.
fn table(text: &'static str) -> impl Iterator<Item = &'static str> {
    text.lines()
        .filter(|line| !line.is_empty() && !line.starts_with("# "))
}
