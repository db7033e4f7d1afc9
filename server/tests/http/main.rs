//! The HTTP API over real connections.

mod answers;
mod authority;
mod hostile;
mod places;
mod requests;
mod stopping;
mod support;
mod system;
