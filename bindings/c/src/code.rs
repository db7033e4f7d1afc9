use std::ffi::c_char;

use engine::{Error, Keep, Kind, Result, UnixTime, limits};

use crate::error::otpkeep_error;
use crate::guard::operation;
use crate::keep::otpkeep_keep;
use crate::pointer::{Output, borrow, text};
use crate::status::otpkeep_status;

/// Bytes of a buffer that takes a code with its final NUL: more than any code has, and for ever the same.
pub const OTPKEEP_CODE_SIZE: usize = 16;

/// Reads the code of a key now, six or eight digits, into `code`. Reading a code does not use it up.
///
/// `code` has `OTPKEEP_CODE_SIZE` bytes; they are all cleared first, so that it is `""` after an error.
///
/// Errors: `OTPKEEP_KEY_NOT_FOUND`, `OTPKEEP_MOUNT_NOT_FOUND`, `OTPKEEP_CORRUPT`, `OTPKEEP_UNKNOWN_TERM`,
/// `OTPKEEP_FORKED`, `OTPKEEP_IO`.
///
/// cbindgen:ptrs-as-arrays=[[code; OTPKEEP_CODE_SIZE]]
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn otpkeep_read_code(
    keep: *mut otpkeep_keep,
    name: *const c_char,
    code: *mut c_char,
    error: *mut *mut otpkeep_error,
) -> otpkeep_status {
    // SAFETY: as the header demands.
    unsafe { operation(error, || read(keep, name, code, Keep::read_code)) }
}

/// Reads the code of a key at a time in Unix seconds, past or future. Otherwise as `otpkeep_read_code`.
///
/// Errors: also `OTPKEEP_INVALID_ARGUMENT` when `at` is negative.
///
/// cbindgen:ptrs-as-arrays=[[code; OTPKEEP_CODE_SIZE]]
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn otpkeep_read_code_at(
    keep: *mut otpkeep_keep,
    name: *const c_char,
    at: i64,
    code: *mut c_char,
    error: *mut *mut otpkeep_error,
) -> otpkeep_status {
    // SAFETY: as the header demands.
    unsafe {
        operation(error, || read(keep, name, code, |keep, name| keep.read_code_at(name, UnixTime::from_seconds(at)?)))
    }
}

/// # Safety
/// `keep` is NULL or a living handle, `name` NULL or a text, `code` NULL or a buffer of `OTPKEEP_CODE_SIZE` bytes.
unsafe fn read(
    keep: *mut otpkeep_keep,
    name: *const c_char,
    code: *mut c_char,
    read: impl FnOnce(&Keep, &str) -> Result<engine::Code>,
) -> Result<()> {
    // SAFETY: the caller's promise is the same.
    let (buffer, keep, name) = unsafe {
        let buffer = Output::required("code", code.cast::<[u8; OTPKEEP_CODE_SIZE]>(), [0; OTPKEEP_CODE_SIZE])?;
        (buffer, borrow("keep", keep)?, text("name", name, limits::NAME_BYTES)?)
    };
    let code = read(&keep.core, name)?;
    let digits = code.value().as_bytes();
    let mut text = [0; OTPKEEP_CODE_SIZE];
    match text.split_at_mut_checked(digits.len()) {
        Some((place, [_, ..])) => place.copy_from_slice(digits),
        _ => return Err(Error::new(Kind::Internal, "the code is longer than its buffer")),
    }
    buffer.set(text);
    Ok(())
}
