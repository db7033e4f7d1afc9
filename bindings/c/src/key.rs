use std::ffi::c_char;
use std::ptr;

use engine::{Key, limits};

use crate::error::otpkeep_error;
use crate::guard::{guard, operation};
use crate::keep::otpkeep_keep;
use crate::key_spec::otpkeep_key_spec;
use crate::pointer::{Output, access, borrow, into_raw, release, text};
use crate::status::otpkeep_status;
use crate::text::{Text, pointer_to};

/// The description of a key: all but its secret.
///
/// The caller owns it and frees it with `otpkeep_key_free`. The texts it gives are borrowed until then.
pub struct otpkeep_key {
    core: Key,
    name: Text,
    issuer: Text,
    account_name: Text,
    algorithm: Text,
    warnings: Vec<(Text, Text)>,
}

impl From<Key> for otpkeep_key {
    fn from(core: Key) -> otpkeep_key {
        let warning =
            |warning: &engine::enroll::Warning| (Text::copy_of(warning.name()), Text::copy_of(&warning.to_string()));
        otpkeep_key {
            name: Text::copy_of(&core.name),
            issuer: Text::copy_of(&core.issuer),
            account_name: Text::copy_of(&core.account_name),
            algorithm: Text::copy_of(core.parameters.algorithm.name()),
            warnings: core.warnings.iter().map(warning).collect(),
            core,
        }
    }
}

/// Imports a key from the spec's URL or secret.
///
/// `name` is 1 to 512 bytes: ASCII letters, digits and `_`, with `-`, `.`, `@` and `+` allowed inside. It is visible in
/// the file. `*key` describes what was stored, with warnings about what was odd; it is the caller's, to be freed with
/// `otpkeep_key_free`; `key` may be NULL.
///
/// Errors: `OTPKEEP_INVALID_ARGUMENT` naming the field, `OTPKEEP_KEY_EXISTS` unless the spec overwrites,
/// `OTPKEEP_MOUNT_NOT_FOUND`, and those of every write: `OTPKEEP_BUSY`, `OTPKEEP_READ_ONLY`, `OTPKEEP_DISK_FULL`,
/// `OTPKEEP_STORE_REPLACED`, `OTPKEEP_CORRUPT`, `OTPKEEP_FORKED`, `OTPKEEP_IO`.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn otpkeep_write_key(
    keep: *mut otpkeep_keep,
    name: *const c_char,
    spec: *const otpkeep_key_spec,
    key: *mut *mut otpkeep_key,
    error: *mut *mut otpkeep_error,
) -> otpkeep_status {
    let body = || {
        // SAFETY: NULL or writable, as the header demands.
        let written = unsafe { Output::optional(key, ptr::null_mut()) };
        // SAFETY: NULL or a living handle, as the header demands.
        let keep = unsafe { borrow("keep", keep) }?;
        // SAFETY: NULL or a text, as the header demands.
        let name = unsafe { text("name", name, limits::NAME_BYTES) }?;
        // SAFETY: NULL or a living spec, as the header demands.
        let spec = unsafe { borrow("spec", spec) }?;
        let key = keep.core.write_key(name, &spec.core)?;
        written.set_with(|| into_raw(key.into()));
        Ok(())
    };
    // SAFETY: NULL or writable, as the header demands.
    unsafe { operation(error, body) }
}

/// Describes a key. `*key` is the caller's, to be freed with `otpkeep_key_free`.
///
/// Errors: `OTPKEEP_KEY_NOT_FOUND`, `OTPKEEP_MOUNT_NOT_FOUND`, `OTPKEEP_CORRUPT`, `OTPKEEP_FORKED`, `OTPKEEP_IO`.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn otpkeep_read_key(
    keep: *mut otpkeep_keep,
    name: *const c_char,
    key: *mut *mut otpkeep_key,
    error: *mut *mut otpkeep_error,
) -> otpkeep_status {
    let body = || {
        // SAFETY: NULL or writable, as the header demands.
        let read = unsafe { Output::required("key", key, ptr::null_mut()) }?;
        // SAFETY: NULL or a living handle, as the header demands.
        let keep = unsafe { borrow("keep", keep) }?;
        // SAFETY: NULL or a text, as the header demands.
        let name = unsafe { text("name", name, limits::NAME_BYTES) }?;
        read.set(into_raw(keep.core.read_key(name)?.into()));
        Ok(())
    };
    // SAFETY: NULL or writable, as the header demands.
    unsafe { operation(error, body) }
}

/// Deletes a key and forgets which of its codes were used.
///
/// Errors: `OTPKEEP_KEY_NOT_FOUND`, `OTPKEEP_MOUNT_NOT_FOUND`, and those of every write (see `otpkeep_write_key`).
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn otpkeep_delete_key(
    keep: *mut otpkeep_keep,
    name: *const c_char,
    error: *mut *mut otpkeep_error,
) -> otpkeep_status {
    let body = || {
        // SAFETY: NULL or a living handle, as the header demands.
        let keep = unsafe { borrow("keep", keep) }?;
        // SAFETY: NULL or a text, as the header demands.
        keep.core.delete_key(unsafe { text("name", name, limits::NAME_BYTES) }?)
    };
    // SAFETY: NULL or writable, as the header demands.
    unsafe { operation(error, body) }
}

/// The name within its mount; NULL when `key` is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn otpkeep_key_name(key: *const otpkeep_key) -> *const c_char {
    // SAFETY: NULL or a living key, as the header demands.
    unsafe { access(key, ptr::null(), |key| key.name.as_ptr()) }
}

/// Who runs the service, which may be empty; NULL when `key` is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn otpkeep_key_issuer(key: *const otpkeep_key) -> *const c_char {
    // SAFETY: NULL or a living key, as the header demands.
    unsafe { access(key, ptr::null(), |key| key.issuer.as_ptr()) }
}

/// Whose key it is, which may be empty; NULL when `key` is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn otpkeep_key_account_name(key: *const otpkeep_key) -> *const c_char {
    // SAFETY: NULL or a living key, as the header demands.
    unsafe { access(key, ptr::null(), |key| key.account_name.as_ptr()) }
}

/// The hash: `SHA1`, `SHA256` or `SHA512`; NULL when `key` is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn otpkeep_key_algorithm(key: *const otpkeep_key) -> *const c_char {
    // SAFETY: NULL or a living key, as the header demands.
    unsafe { access(key, ptr::null(), |key| key.algorithm.as_ptr()) }
}

/// How many digits a code has; 0 when `key` is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn otpkeep_key_digits(key: *const otpkeep_key) -> u32 {
    // SAFETY: NULL or a living key, as the header demands.
    unsafe { access(key, 0, |key| key.core.parameters.digits.count()) }
}

/// How many seconds a code lasts; 0 when `key` is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn otpkeep_key_period(key: *const otpkeep_key) -> u32 {
    // SAFETY: NULL or a living key, as the header demands.
    unsafe { access(key, 0, |key| key.core.parameters.period.seconds()) }
}

/// How many periods before and after the current one are accepted as well; 0 when `key` is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn otpkeep_key_skew(key: *const otpkeep_key) -> u32 {
    // SAFETY: NULL or a living key, as the header demands.
    unsafe { access(key, 0, |key| key.core.parameters.skew.steps()) }
}

/// When the name was first written, in Unix seconds; 0 when `key` is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn otpkeep_key_created(key: *const otpkeep_key) -> i64 {
    // SAFETY: NULL or a living key, as the header demands.
    unsafe { access(key, 0, |key| key.core.created.seconds().cast_signed()) }
}

/// When the last accepted code began to hold, in Unix seconds; -1 when none was accepted, 0 when `key` is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn otpkeep_key_last_used(key: *const otpkeep_key) -> i64 {
    // SAFETY: NULL or a living key, as the header demands.
    unsafe { access(key, 0, |key| key.core.last_used.map_or(-1, |at| at.seconds().cast_signed())) }
}

/// How many warnings writing the key gave; 0 when it was read, or `key` is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn otpkeep_key_warning_count(key: *const otpkeep_key) -> usize {
    // SAFETY: NULL or a living key, as the header demands.
    unsafe { access(key, 0, |key| key.warnings.len()) }
}

/// The stable name of a warning, `issuer-mismatch` or `short-secret`; NULL when there is none of this index.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn otpkeep_key_warning_name(key: *const otpkeep_key, index: usize) -> *const c_char {
    // SAFETY: NULL or a living key, as the header demands.
    unsafe { access(key, ptr::null(), |key| pointer_to(key.warnings.get(index).map(|(name, _)| name))) }
}

/// A warning in words; NULL when there is none of this index.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn otpkeep_key_warning_message(key: *const otpkeep_key, index: usize) -> *const c_char {
    // SAFETY: NULL or a living key, as the header demands.
    unsafe { access(key, ptr::null(), |key| pointer_to(key.warnings.get(index).map(|(_, message)| message))) }
}

/// Frees a description. NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn otpkeep_key_free(key: *mut otpkeep_key) {
    // SAFETY: NULL or a description that was not freed before, as the header demands.
    guard((), || unsafe { release(key) });
}
