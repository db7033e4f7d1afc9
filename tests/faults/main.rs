//! Storage that fails: every call to the operating system that an operation makes fails once, or from then on, or kills
//! the process. What is stored is the state before or the one after, and the error says why.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

mod disks;
mod errors;
mod fault;
mod kills;
mod operation;
mod sight;
#[path = "../support/mod.rs"]
mod support;
#[path = "../processes/unix.rs"]
#[allow(dead_code)]
mod unix;
mod worker;
