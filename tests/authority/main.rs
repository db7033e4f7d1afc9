//! What tokens may do, when that ends, and what the audit log says of it.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::expect_used)]

mod audit;
mod operations;
mod remembered;
mod tokens;

#[path = "../support/mod.rs"]
mod support;
