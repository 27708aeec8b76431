//! Layer 4: the screen's state and how it changes.
//!
//! [`update()`](update::update) takes the model, an event and the time, and returns
//! effects as plain data; it does no I/O and never waits. What is drawn where is in
//! [`layout`], because wrapping texts and scrolling depend on it; how it looks is the
//! business of the layer above.

pub mod card;
pub mod command;
pub mod compare;
pub mod conversation;
pub mod editor;
pub mod effect;
pub mod event;
pub mod fuzzy;
pub mod inbox;
pub mod key;
pub mod keymap;
pub mod layout;
pub mod model;
pub mod overlay;
pub mod page;
pub mod palette;
pub mod qr;
pub mod sign_in;
pub mod update;
pub mod words;
pub mod wrap;

pub use command::{Command, Place};
pub use effect::{Effect, RequestId};
pub use event::{Event, Loaded, Outcome};
pub use key::{Key, KeyCode};
pub use keymap::Keymap;
pub use model::Model;
pub use update::update;
