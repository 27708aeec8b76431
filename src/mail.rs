//! Layer 1: mail as it really is: MIME, html, quotes, kinds, sanitising. Pure.
//!
//! In: [`parse`] (bytes to [`parse::Mail`]), [`archive`] (mbox and Maildir), [`inspect`]
//! (what the verb of that name prints). Out: [`compose`] (a reply as bytes). Between them
//! [`html`] and [`flowed`] make text, [`reply`] finds what is new in it, [`kind`] tells
//! people from machines, and [`sanitise`] makes every string inert. [`search`] looks for many
//! phrases at once.

pub mod archive;
pub mod compose;
pub mod flowed;
pub mod html;
pub mod inspect;
pub mod kind;
pub mod parse;
pub mod reply;
pub mod sanitise;
pub mod search;
