//! The C library of otpkeep: the core's public face, in C's terms.
//!
//! One file per C type. The doc comment of each exported item is its text in `include/otpkeep.h`, which
//! `tools/header` writes; it names the files in the order of the header. Every export runs inside [`guard`], and every
//! pointer becomes a Rust value in [`pointer`].

// Exports are unsafe by nature; what their callers owe is said once, in the introduction of the header.
#![allow(unsafe_code, clippy::missing_safety_doc)]
// The names are C's.
#![allow(non_camel_case_types)]
// What C reaches is `pub`, although no Rust code reaches it.
#![allow(unreachable_pub)]

#[cfg(panic = "abort")]
compile_error!("otpkeep must be built with panic = \"unwind\": a panic must not end the program that uses it");

/// What the library gives back to the heap is cleared: its own copies, and those of the libraries within it.
#[global_allocator]
static HEAP: otpkeep_memory::ClearingAllocator = otpkeep_memory::ClearingAllocator;

mod admin;
mod attempts;
mod audit;
mod code;
mod enrollment;
mod error;
mod guard;
mod keep;
mod key;
mod key_spec;
mod mount;
mod mounts;
mod names;
mod options;
mod owned_text;
mod paths;
mod pointer;
mod policies;
mod report;
mod status;
#[cfg(feature = "test-panic")]
mod test_panic;
mod text;
mod token;
mod token_spec;
mod verdict;
mod version;
