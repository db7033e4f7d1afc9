//! A keep through its public face: opening, root keys, mounts, bounds, backups, and replaced files.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

mod backup;
mod bounds;
mod files;
mod mounts;
mod open;
mod slots;
#[path = "../support/mod.rs"]
mod support;
