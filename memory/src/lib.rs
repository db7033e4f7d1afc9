//! The unsafe part of otpkeep, small enough to be read at one go.
//!
//! - [`LockedBytes`]: pages of their own for long-lived keys, which are not swapped, dumped or inherited by a child.
//! - [`generation`], [`hold_off`] and [`ClosedInChild`]: what `fork()` must not interrupt, and what the child of a fork
//!   must not keep.
//! - [`clear_after`] and [`ClearingAllocator`]: what computing with secrets leaves on the stack, in registers and on
//!   the heap.
//!
//! Everything here is safe to call. The guarantees about memory that the operating system only grants on request, and
//! may refuse, are reported in [`Protection`] instead of being errors.

// Pages and fork handlers exist only behind system calls, and safe code does not reach a stack or a heap that nobody uses
// any more; the crates that use this one stay free of `unsafe`.
#![allow(unsafe_code)]

mod fork;
mod heap;
mod pages;
mod stack;
#[cfg(test)]
#[cfg(target_os = "linux")]
mod test_child;

pub use fork::{ClosedInChild, HoldOff, generation, hold_off};
pub use heap::ClearingAllocator;
pub use pages::{LockedBytes, Protection};
pub use stack::clear_after;
