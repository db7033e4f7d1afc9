//! The HTTP API over real connections.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod answers;
mod authority;
mod bodies;
mod hostile;
mod pipelines;
mod places;
mod requests;
mod stopping;
mod support;
mod system;
