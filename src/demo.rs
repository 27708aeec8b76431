//! A simulated Gmail and a scripted model on loopback HTTP, and the leads that play in
//! it: for `rejoinder demo` and for the tests of everything that talks to Gmail.
//!
//! It is no part of the product's way to Gmail: the program signs in, polls, sends and
//! marks as read here through the same adapters as in real life, and nothing above this
//! module knows that it is not talking to Google. What the simulation keeps to, and what
//! it can be told to break, are the documented semantics of the Gmail API, so that a
//! test that passes here says something about the real one.
//!
//! * [`stage`]: everything that the demo needs, started together.
//! * [`gmail`]: the mailbox, the API, OAuth, faults, the journal.
//! * [`leads`]: the people who answer, scripted in `assets/demo`.
//! * [`model`]: the model that drafts, scripted too.
//! * [`browser`]: the person who consents.
//! * [`letter`]: mail as the people outside write it.
//! * [`clock`]: real time for the demo, a clock that is set by hand for the tests.
//! * [`http`]: the socket, where connections can be dropped and bodies cut for real.

pub mod browser;
pub mod clock;
pub mod gmail;
pub mod http;
pub mod leads;
pub mod letter;
pub mod model;
pub mod stage;
