//! Power cuts: what a keep acknowledged is on the disk.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

mod cuts;
mod disk;
mod losses;
#[path = "../support/mod.rs"]
mod support;
mod writer;
