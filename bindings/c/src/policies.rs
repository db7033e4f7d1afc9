use std::ffi::c_char;

use engine::{Keep, Result, limits};

use crate::error::otpkeep_error;
use crate::keep::{act, make, otpkeep_keep};
use crate::names::otpkeep_names;
use crate::owned_text::otpkeep_text;
use crate::pointer::text;
use crate::status::otpkeep_status;

/// Bytes that are read of a policy's text: one more than it may have, so that the operation says why.
const POLICY_TEXT_BYTES: usize = limits::POLICY_BYTES + 1;

/// Writes a policy in place of the one of its name, in Vault's language, HCL or JSON. The name becomes lower case.
///
/// Errors: `OTPKEEP_INVALID_POLICY` with line and reason, and then nothing is stored; `OTPKEEP_INVALID_ARGUMENT` for a
/// malformed name and for `root`; `OTPKEEP_PERMISSION_DENIED`, and those of every write (see `otpkeep_write_key`).
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn otpkeep_write_policy(
    keep: *mut otpkeep_keep,
    name: *const c_char,
    policy: *const c_char,
    error: *mut *mut otpkeep_error,
) -> otpkeep_status {
    let write = |keep: &Keep| {
        // SAFETY: NULL or texts, as the header demands.
        let (name, policy) = unsafe { (policy_name(name)?, text("policy", policy, POLICY_TEXT_BYTES)?) };
        keep.write_policy(name, policy)
    };
    // SAFETY: as the header demands.
    unsafe { act(keep, error, write) }
}

/// Reads the text of a policy, which is empty for `root`. `*policy` is the caller's, to be freed with
/// `otpkeep_text_free`.
///
/// Errors: `OTPKEEP_POLICY_NOT_FOUND`, `OTPKEEP_INVALID_ARGUMENT`, `OTPKEEP_PERMISSION_DENIED`, `OTPKEEP_FORKED`,
/// `OTPKEEP_IO`.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn otpkeep_read_policy(
    keep: *mut otpkeep_keep,
    name: *const c_char,
    policy: *mut *mut otpkeep_text,
    error: *mut *mut otpkeep_error,
) -> otpkeep_status {
    // SAFETY: NULL or a text, as the header demands.
    let read = |keep: &Keep| Ok(otpkeep_text::of(&keep.read_policy(unsafe { policy_name(name) }?)?));
    // SAFETY: as the header demands.
    unsafe { make(keep, "policy", policy, error, read) }
}

/// Lists the names of all policies, with `default` and `root`. `*names` is the caller's, to be freed with
/// `otpkeep_names_free`.
///
/// Errors: `OTPKEEP_PERMISSION_DENIED`, `OTPKEEP_FORKED`, `OTPKEEP_IO`.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn otpkeep_list_policies(
    keep: *mut otpkeep_keep,
    names: *mut *mut otpkeep_names,
    error: *mut *mut otpkeep_error,
) -> otpkeep_status {
    // SAFETY: as the header demands.
    unsafe { make(keep, "names", names, error, |keep| Ok(otpkeep_names::of(&keep.list_policies()?))) }
}

/// Deletes a policy; one that does not exist is no error.
///
/// Errors: `OTPKEEP_INVALID_ARGUMENT` for `default` and `root`; `OTPKEEP_PERMISSION_DENIED`, and those of every write
/// (see `otpkeep_write_key`).
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn otpkeep_delete_policy(
    keep: *mut otpkeep_keep,
    name: *const c_char,
    error: *mut *mut otpkeep_error,
) -> otpkeep_status {
    // SAFETY: NULL or a text; the rest as the header demands.
    unsafe { act(keep, error, |keep| keep.delete_policy(policy_name(name)?)) }
}

/// # Safety
/// `name` is NULL or a text.
unsafe fn policy_name<'a>(name: *const c_char) -> Result<&'a str> {
    // SAFETY: the caller's promise is the same.
    unsafe { text("name", name, *limits::POLICY_NAME_BYTES.end()) }
}
