//! A keep operated by paths: routing, typing, sentences, help, and what tokens may do.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

mod ask;
mod codes;
mod keys;
#[path = "../support/mod.rs"]
mod support;
mod table;
