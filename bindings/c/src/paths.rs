use std::ffi::c_char;
use std::ptr;

use engine::paths::{Data, Operation};
use engine::{Error, Keep, Result, limits};
use serde_json::Value;

use crate::error::otpkeep_error;
use crate::guard::operation;
use crate::keep::otpkeep_keep;
use crate::owned_text::otpkeep_text;
use crate::pointer::{Output, borrow, into_raw, text};
use crate::status::otpkeep_status;

/// Reads a path, such as `totp/keys/alice`, in Vault's own words; `docs/paths.md` says what there is.
///
/// `data` is a JSON object of fields, or NULL for none; values may be typed weakly, `"8"` for 8. `*answer` is a JSON
/// object with `data`, `warnings`, `auth` and `mount_type`, the caller's, to be freed with `otpkeep_text_free`; it is
/// NULL when there is nothing there.
///
/// Errors: those of the operation, with Vault's sentence as the message. `OTPKEEP_PERMISSION_DENIED` and
/// `OTPKEEP_BAD_TOKEN` come before all others. `OTPKEEP_UNSUPPORTED_PATH`, `OTPKEEP_UNSUPPORTED_OPERATION`;
/// `OTPKEEP_INVALID_ARGUMENT` also when `data` is no JSON object.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn otpkeep_read(
    keep: *mut otpkeep_keep,
    path: *const c_char,
    data: *const c_char,
    answer: *mut *mut otpkeep_text,
    error: *mut *mut otpkeep_error,
) -> otpkeep_status {
    // SAFETY: as the header demands.
    unsafe { request(Operation::Read, keep, path, data, answer, error) }
}

/// Writes to a path. `*answer` is NULL when it was done and there is nothing to tell. Otherwise as `otpkeep_read`.
///
/// Errors: as `otpkeep_read`, and those of every write (see `otpkeep_write_key`).
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn otpkeep_write(
    keep: *mut otpkeep_keep,
    path: *const c_char,
    data: *const c_char,
    answer: *mut *mut otpkeep_text,
    error: *mut *mut otpkeep_error,
) -> otpkeep_status {
    // SAFETY: as the header demands.
    unsafe { request(Operation::Write, keep, path, data, answer, error) }
}

/// Lists what is below a path; `*answer` is NULL when there is nothing. Otherwise as `otpkeep_read`.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn otpkeep_list(
    keep: *mut otpkeep_keep,
    path: *const c_char,
    data: *const c_char,
    answer: *mut *mut otpkeep_text,
    error: *mut *mut otpkeep_error,
) -> otpkeep_status {
    // SAFETY: as the header demands.
    unsafe { request(Operation::List, keep, path, data, answer, error) }
}

/// Deletes what is at a path. Otherwise as `otpkeep_write`.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn otpkeep_delete(
    keep: *mut otpkeep_keep,
    path: *const c_char,
    data: *const c_char,
    answer: *mut *mut otpkeep_text,
    error: *mut *mut otpkeep_error,
) -> otpkeep_status {
    // SAFETY: as the header demands.
    unsafe { request(Operation::Delete, keep, path, data, answer, error) }
}

/// Says what a path is for, which fields it takes and what they mean. `*help` is a text, the caller's, to be freed with
/// `otpkeep_text_free`.
///
/// Errors: `OTPKEEP_UNSUPPORTED_PATH`, `OTPKEEP_BAD_TOKEN`, `OTPKEEP_FORKED`, `OTPKEEP_IO`.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn otpkeep_help(
    keep: *mut otpkeep_keep,
    path: *const c_char,
    help: *mut *mut otpkeep_text,
    error: *mut *mut otpkeep_error,
) -> otpkeep_status {
    let body = || {
        // SAFETY: NULL or writable, as the header demands.
        let told = unsafe { Output::required("help", help, ptr::null_mut()) }?;
        // SAFETY: NULL or a living handle, as the header demands.
        let keep = &unsafe { borrow("keep", keep) }?.core;
        // SAFETY: NULL or a text, as the header demands.
        let path = unsafe { text("path", path, limits::PATH_BYTES) }?;
        told.set(into_raw(otpkeep_text::of(&keep.help(path)?)));
        Ok(())
    };
    // SAFETY: NULL or writable, as the header demands.
    unsafe { operation(error, body) }
}

/// # Safety
/// `keep` is NULL or a living handle, `path` and `data` NULL or texts, `answer` and `error` NULL or writable.
unsafe fn request(
    asked: Operation,
    keep: *mut otpkeep_keep,
    path: *const c_char,
    data: *const c_char,
    answer: *mut *mut otpkeep_text,
    error: *mut *mut otpkeep_error,
) -> otpkeep_status {
    let body = || {
        // SAFETY: the caller's promise is the same.
        let told = unsafe { Output::required("answer", answer, ptr::null_mut()) }?;
        // SAFETY: the caller's promise is the same.
        let keep: &Keep = &unsafe { borrow("keep", keep) }?.core;
        // SAFETY: the caller's promise is the same.
        let (path, data) = unsafe { (text("path", path, limits::PATH_BYTES)?, fields(data)?) };
        if let Some(answer) = keep.request(asked, path, &data)?.into_json() {
            told.set(into_raw(otpkeep_text::of(&answer.to_string())));
        }
        Ok(())
    };
    // SAFETY: the caller's promise is the same.
    unsafe { operation(error, body) }
}

/// The fields of a request. What is wrong with their JSON is not told: it may be next to a secret.
///
/// # Safety
/// `data` is NULL or a text.
unsafe fn fields(data: *const c_char) -> Result<Data> {
    if data.is_null() {
        return Ok(Data::new());
    }
    // SAFETY: the caller's promise is the same.
    let data = unsafe { text("data", data, limits::DATA_BYTES) }?;
    match serde_json::from_str(data) {
        Ok(Value::Object(fields)) => Ok(fields),
        _ => Err(Error::argument("data", "must be a JSON object")),
    }
}
