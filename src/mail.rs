//! Layer 1: mail as it really is: MIME, html, quotes, kinds, sanitising. Pure.

pub mod parse;
pub mod sanitise;
