//! The HTTP API of otpkeep: what Vault's clients send, answered by a keep.
//!
//! A thin skin: it parses a request, performs it on a handle with the authority of the request's token, and renders the
//! answer. What is allowed, what is valid and what it says is for `otpkeep::paths` alone.

#![forbid(unsafe_code)]

mod activity;
mod answer;
mod body;
mod connection;
mod failure;
mod internal;
mod listener;
pub mod logging;
mod metrics;
mod openapi;
mod options;
mod request;
mod routes;
mod server;
mod state;
mod system;
mod tls;
mod workers;

pub use listener::Listen;
pub use options::{DevToken, Limits, Options, TlsFiles};
pub use server::{Server, Stopper};
