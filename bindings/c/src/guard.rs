//! What surrounds every export: a panic stops here, a failure becomes a status and an error object, and what the call
//! left on the stack is cleared.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr;

use engine::{Error, Kind, Result};
use otpkeep_memory::clear_after;

use crate::error::otpkeep_error;
use crate::pointer::{Output, into_raw};
use crate::status::{OTPKEEP_OK, otpkeep_status, status_of};

/// Runs `body` and returns what it returns, or `fallback` when it panics.
pub(crate) fn guard<T>(fallback: T, body: impl FnOnce() -> T) -> T {
    clear_after(|| match catch_unwind(AssertUnwindSafe(body)) {
        Ok(value) => value,
        Err(payload) => {
            // Dropping what was panicked with may panic again.
            let _ = catch_unwind(AssertUnwindSafe(|| drop(payload)));
            fallback
        }
    })
}

/// Runs an operation that can say why it failed: `*error` is NULL after success and set after a failure.
///
/// # Safety
/// `error` is NULL or can be written.
pub(crate) unsafe fn operation(error: *mut *mut otpkeep_error, body: impl FnOnce() -> Result<()>) -> otpkeep_status {
    // SAFETY: the caller's promise is the same.
    let error = unsafe { Output::optional(error, ptr::null_mut()) };
    let Err(failure) = guard(Err(Error::new(Kind::Panic, "a panic in the library was stopped")), body) else {
        return OTPKEEP_OK;
    };
    let status = status_of(failure.kind());
    error.set_with(|| guard(ptr::null_mut(), || into_raw(otpkeep_error::from(failure))));
    status
}

/// Runs a setter, which has nothing to say but its status.
pub(crate) fn setter(body: impl FnOnce() -> Result<()>) -> otpkeep_status {
    match guard(Err(Error::new(Kind::Panic, "")), body) {
        Ok(()) => OTPKEEP_OK,
        Err(failure) => status_of(failure.kind()),
    }
}
