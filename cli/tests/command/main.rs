//! The `otpkeep` command as a shell meets it: its files, output, errors and exit status.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod authority;
mod crowd;
mod environment;
mod guide;
mod input;
mod maintenance;
mod mounts;
mod output;
mod quick_start;
mod running;
mod server;
mod stopping;
mod support;
mod terminal;
mod usage;
