//! A keep operated by paths: routing, typing, sentences, help, and what tokens may do.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

mod alike;
mod ask;
mod audit;
mod authority;
mod codes;
mod help;
mod keys;
mod mounts;
mod routes;
mod secrecy;
#[path = "../support/mod.rs"]
mod support;
mod table;
mod tokens;
