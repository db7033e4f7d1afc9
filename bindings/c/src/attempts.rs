use std::ffi::c_char;

use engine::{Attempts, limits};

use crate::error::otpkeep_error;
use crate::guard::operation;
use crate::keep::otpkeep_keep;
use crate::pointer::{Output, borrow, text};
use crate::status::otpkeep_status;
use crate::verdict::OTPKEEP_UNLIMITED;

/// The failed attempts of a key.
#[repr(C)]
#[derive(Clone, Copy, Default)]
pub struct otpkeep_attempts {
    /// The time until which the key is locked, in Unix seconds; 0 when it is not.
    pub locked_until: i64,
    /// Wrong codes since the last accepted one.
    pub failures: u32,
    /// Wrong codes that remain before the key is disabled; `OTPKEEP_UNLIMITED` when throttling is off.
    pub attempts_left: u32,
    /// 1 when the key is disabled until `otpkeep_reset_attempts`, else 0.
    pub disabled: i32,
    /// Zeros.
    pub reserved: [u32; 3],
}

impl From<Attempts> for otpkeep_attempts {
    fn from(attempts: Attempts) -> otpkeep_attempts {
        let Attempts { failures, locked_until, disabled, attempts_left } = attempts;
        otpkeep_attempts {
            locked_until: locked_until.map_or(0, |until| until.seconds().cast_signed()),
            failures,
            attempts_left: attempts_left.unwrap_or(OTPKEEP_UNLIMITED),
            disabled: i32::from(disabled),
            reserved: [0; 3],
        }
    }
}

/// Reads the failed attempts of a key into `*attempts`, which is zeroed first.
///
/// Errors: `OTPKEEP_KEY_NOT_FOUND`, `OTPKEEP_MOUNT_NOT_FOUND`, `OTPKEEP_CORRUPT`, `OTPKEEP_FORKED`, `OTPKEEP_IO`.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn otpkeep_read_attempts(
    keep: *mut otpkeep_keep,
    name: *const c_char,
    attempts: *mut otpkeep_attempts,
    error: *mut *mut otpkeep_error,
) -> otpkeep_status {
    let body = || {
        // SAFETY: NULL or writable, as the header demands.
        let read = unsafe { Output::required("attempts", attempts, otpkeep_attempts::default()) }?;
        // SAFETY: NULL or a living handle, as the header demands.
        let keep = unsafe { borrow("keep", keep) }?;
        // SAFETY: NULL or a text, as the header demands.
        let name = unsafe { text("name", name, limits::NAME_BYTES) }?;
        read.set(keep.core.read_attempts(name)?.into());
        Ok(())
    };
    // SAFETY: NULL or writable, as the header demands.
    unsafe { operation(error, body) }
}

/// Clears a key's failures, lock and disabling. It also ends `OTPKEEP_CLOCK_BEHIND`.
///
/// Errors: `OTPKEEP_KEY_NOT_FOUND`, `OTPKEEP_MOUNT_NOT_FOUND`, and those of every write (see `otpkeep_write_key`).
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn otpkeep_reset_attempts(
    keep: *mut otpkeep_keep,
    name: *const c_char,
    error: *mut *mut otpkeep_error,
) -> otpkeep_status {
    let body = || {
        // SAFETY: NULL or a living handle, as the header demands.
        let keep = unsafe { borrow("keep", keep) }?;
        // SAFETY: NULL or a text, as the header demands.
        keep.core.reset_attempts(unsafe { text("name", name, limits::NAME_BYTES) }?)
    };
    // SAFETY: NULL or writable, as the header demands.
    unsafe { operation(error, body) }
}
