//! Writing to stdout and stderr.

use std::fmt::Display;
use std::io::{self, Write as _};

use anyhow::Result;
use serde::Serialize;

use crate::domain::character::{printable, printable_json};

/// Prints a result: as one JSON document, or for people.
///
/// # Errors
/// When stdout takes no more.
pub fn print<T: Serialize + Display>(json: bool, value: &T) -> Result<()> {
    if json {
        print_json(value)
    } else {
        print_text(&value.to_string())
    }
}

/// Prints JSON on one line.
///
/// # Errors
/// When stdout takes no more.
pub fn print_json<T: Serialize>(value: &T) -> Result<()> {
    let text = serde_json::to_string(value)?;
    print_text(&printable_json(&text))
}

/// Prints a text with a line end, at once, with nothing in it that acts on a terminal:
/// paths and words of other programs are not ours.
///
/// # Errors
/// When stdout takes no more.
pub fn print_text(text: &str) -> Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(printable(text.trim_end_matches('\n')).as_bytes())?;
    out.write_all(b"\n")?;
    out.flush()?;
    Ok(())
}

/// Says something on stderr.
pub fn complain(text: &str) {
    // Where stderr is gone there is nobody to tell.
    writeln!(io::stderr().lock(), "rejoinder: {}", printable(text)).ok();
}

/// Puts a text on the clipboard of the person's machine through the terminal (OSC 52).
pub fn copy(text: &str) {
    use base64::Engine as _;
    let encoded = base64::engine::general_purpose::STANDARD.encode(text);
    let mut err = io::stderr().lock();
    write!(err, "\x1b]52;c;{encoded}\x07")
        .and_then(|()| err.flush())
        .ok();
}

/// Says something on stderr that is no complaint.
pub fn say(text: &str) {
    writeln!(io::stderr().lock(), "{}", printable(text)).ok();
}

/// Writes words as a link (OSC 8) in front of more words, on stderr.
pub fn say_link(url: &str, link: &str, more: &str) {
    let (url, link, more) = (printable(url), printable(link), printable(more));
    writeln!(
        io::stderr().lock(),
        "\x1b]8;;{url}\x1b\\{link}\x1b]8;;\x1b\\{more}"
    )
    .ok();
}

/// Whether the reader of our output went away, which is no failure.
#[must_use]
pub fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error
        .downcast_ref::<io::Error>()
        .is_some_and(|e| e.kind() == io::ErrorKind::BrokenPipe)
}

/// Shows how far something is: over the same line where a person watches.
pub fn meter(text: &str, in_place: bool, last: bool) {
    let mut out = io::stderr().lock();
    let written = if in_place {
        let end = if last { "\n" } else { "" };
        write!(out, "\r\x1b[K{text}{end}").and_then(|()| out.flush())
    } else {
        writeln!(out, "{text}")
    };
    written.ok();
}
