//! Several processes at one keep: started, stopped, killed and forked.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

mod crash;
mod fork;
mod once;
mod power;
#[path = "../support/mod.rs"]
mod support;
mod unix;
mod wait;
mod worker;
