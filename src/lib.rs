//! # rejoinder: a terminal inbox that drafts replies to leads and sends each at most once
//!
//! This page is the architecture document. `README.md` is for users, `CONTRIBUTING.md`
//! for the tools of a working day.
//!
//! ## Layers
//!
//! A layer imports only what stands below it; `tests/tidy.rs` reads the sources and
//! holds this table.
//!
//! | layer | what it is | may import |
//! |---|---|---|
//! | 7 [`cli`] | one file per verb; data to stdout, logs to stderr | service, terminal, demo, domain, config, logging |
//! | 6 [`terminal`] | takes the terminal over and gives it back; the event loop; runs effects | app, view, service, domain, config |
//! | 5 [`view`] | draws a `&Model`, a small file for each region | app, domain |
//! | 4 [`app`] | `update(&mut Model, Event) -> Vec<Effect>`, commands, keymap: no I/O | domain, config |
//! | 3 [`service`] | the use cases both front ends call, and the workers | domain, mail, config, store, gmail, llm |
//! | 2 [`store`], [`gmail`], [`llm`] | adapters; they never see one another | domain, mail, config |
//! | 1 [`mail`], [`config`], [`logging`] | pure mail code; settings; log files | domain |
//! | 0 [`domain`] | types, ids, state machines, read models | nothing |
//! | [`demo`] | a simulated Gmail and a scripted model on loopback HTTP | domain, mail |
//!
//! ## How an event flows up
//!
//! poller → [`mail::parse`] → one transaction {messages, conversation, cursor} →
//! a [`domain::Notice`] → `update` → an effect that loads the changed rows → the answer
//! names the question it answers → what else waits is drained → one draw.
//!
//! ## How a key flows down
//!
//! input thread → keymap of the place that has the focus → `Command` → `update` →
//! `Effect::Approve { suggestion, revision }` → `service::review::approve` (suggestion
//! and outbox in one transaction) → the sender is woken → notices.
//! `rejoinder approve 12` calls the same function.
//!
//! ## Invariants
//!
//! * Nothing leaves without an approval that names the revision of the text that was
//!   on the screen.
//! * Every call that changes something at Gmail is preceded by a committed state; an
//!   unknown outcome is looked up and in the end asked of the person, never repeated
//!   blindly ([`domain::delivery`]).
//! * One process at a time polls, drafts and sends: it holds a file lock. The others
//!   write intents and read.
//! * The store is the truth. Notices carry ids, never data.
//! * One thread owns the writing connection; reads have their own.
//! * Text from mail or a model passes [`mail::sanitise`] before it is stored, and so
//!   before it reaches a screen, a log, a file name or a prompt.
//! * Drawing cannot change state; `update` does no work that could wait.
#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::panic,
        clippy::string_slice
    )
)]

pub mod app;
pub mod cli;
pub mod config;
pub mod demo;
pub mod domain;
pub mod gmail;
pub mod llm;
pub mod logging;
pub mod mail;
pub mod service;
pub mod store;
pub mod terminal;
pub mod view;
