//! A closed keep that someone or something altered: a typed error or an unchanged answer, never a different one.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

mod access;
mod cuts;
mod edits;
mod flips;
mod keyring;
mod questions;
mod slots;
mod sql;
#[path = "../support/mod.rs"]
mod support;
