//! The Node.js addon of otpkeep: the core's public face, in JavaScript's values.
//!
//! It is private to the package in `node/`, which checks the types of all arguments and gives answers their public
//! classes. One file per JavaScript type. Every operation goes through [`call`]: on the calling thread or on libuv's
//! pool, with a panic stopped and a failure returned as a value.

// The code that `#[napi]` writes is unsafe by nature; none is written here.
#![allow(unsafe_code)]
// What JavaScript reaches is `pub`, although no Rust code reaches it. It is documented in `node/index.d.ts`.
#![allow(missing_docs, unreachable_pub)]
// A test build does not register what JavaScript reaches.
#![cfg_attr(test, allow(dead_code))]

#[cfg(panic = "abort")]
compile_error!("otpkeep must be built with panic = \"unwind\": a panic must not end the program that uses it");

mod attempts;
mod audit;
mod call;
mod code;
mod enrollment;
mod failure;
mod guard;
mod input;
mod keep;
mod key;
mod key_spec;
mod maintenance;
mod mount;
mod options;
mod paths;
mod policy;
mod status;
#[cfg(feature = "test-panic")]
mod test_panic;
mod token;
mod verdict;
