use std::ffi::c_char;

use engine::{MountSpec, Result, limits};

use crate::error::otpkeep_error;
use crate::guard::{guard, operation, setter};
use crate::keep::otpkeep_keep;
use crate::pointer::{borrow, borrow_mut, into_raw, release, text};
use crate::status::otpkeep_status;

/// Options of a mount, to make it or to tune it. What is not set takes its default, or keeps its value.
///
/// A mount throttles the guesses at its keys: the first `free_attempts` consecutive wrong codes cost nothing; the n-th
/// after that locks the key for `lock_seconds * 2^(n-1)`, at most `max_lock_seconds`; at `max_failures` the key is
/// disabled until `otpkeep_reset_attempts`.
///
/// The caller owns it and frees it with `otpkeep_mount_spec_free`. No call keeps or consumes it.
#[derive(Default)]
pub struct otpkeep_mount_spec {
    pub(crate) core: MountSpec,
}

/// A new spec in which nothing is set. Never NULL.
#[unsafe(no_mangle)]
pub extern "C" fn otpkeep_mount_spec_new() -> *mut otpkeep_mount_spec {
    guard(std::ptr::null_mut(), || into_raw(otpkeep_mount_spec::default()))
}

/// Frees a spec. NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn otpkeep_mount_spec_free(spec: *mut otpkeep_mount_spec) {
    // SAFETY: NULL or a spec that was not freed before, as the header demands.
    guard((), || unsafe { release(spec) });
}

/// Sets what the owner says of the mount, at most 1 024 bytes; empty by default.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn otpkeep_mount_spec_set_description(
    spec: *mut otpkeep_mount_spec,
    value: *const c_char,
) -> otpkeep_status {
    setter(|| {
        // SAFETY: NULL or a text, as the header demands.
        let description = unsafe { text("value", value, limits::MOUNT_DESCRIPTION_BYTES) }?;
        // SAFETY: as the header demands.
        unsafe { change(spec, |core| core.description = Some(description.into())) }
    })
}

/// 0: wrong codes neither lock nor disable, for a host that limits guesses itself. Non-zero by default.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn otpkeep_mount_spec_set_throttle(
    spec: *mut otpkeep_mount_spec,
    throttle: i32,
) -> otpkeep_status {
    // SAFETY: as the header demands.
    setter(|| unsafe { change(spec, |core| core.throttle = Some(throttle != 0)) })
}

/// Sets how many wrong codes cost nothing, 0 to 1 000; 5 by default.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn otpkeep_mount_spec_set_free_attempts(
    spec: *mut otpkeep_mount_spec,
    value: u32,
) -> otpkeep_status {
    // SAFETY: as the header demands.
    setter(|| unsafe { change(spec, |core| core.free_attempts = Some(value)) })
}

/// Sets the seconds of the first lock, 1 to 86 400; 1 by default.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn otpkeep_mount_spec_set_lock_seconds(
    spec: *mut otpkeep_mount_spec,
    value: u32,
) -> otpkeep_status {
    // SAFETY: as the header demands.
    setter(|| unsafe { change(spec, |core| core.lock_seconds = Some(value)) })
}

/// Sets the seconds of the longest lock, from those of the first to 86 400; 300 by default.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn otpkeep_mount_spec_set_max_lock_seconds(
    spec: *mut otpkeep_mount_spec,
    value: u32,
) -> otpkeep_status {
    // SAFETY: as the header demands.
    setter(|| unsafe { change(spec, |core| core.max_lock_seconds = Some(value)) })
}

/// Sets how many consecutive wrong codes disable a key, 1 to 1 000 000; 100 by default.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn otpkeep_mount_spec_set_max_failures(
    spec: *mut otpkeep_mount_spec,
    value: u32,
) -> otpkeep_status {
    // SAFETY: as the header demands.
    setter(|| unsafe { change(spec, |core| core.max_failures = Some(value)) })
}

/// Makes a mount, a place for keys of its own, at a path such as `staff/` (the final `/` may be left out).
/// `spec` NULL stands for the defaults. A handle that acts on it comes from `otpkeep_with_mount`.
///
/// Errors: `OTPKEEP_INVALID_ARGUMENT` for a malformed path or an option out of its range, `OTPKEEP_MOUNT_IN_USE` when the
/// path overlaps with another mount's, and those of every write (see `otpkeep_write_key`).
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn otpkeep_mount(
    keep: *mut otpkeep_keep,
    mount: *const c_char,
    spec: *const otpkeep_mount_spec,
    error: *mut *mut otpkeep_error,
) -> otpkeep_status {
    let body = || {
        // SAFETY: NULL or a living handle, as the header demands.
        let keep = unsafe { borrow("keep", keep) }?;
        // SAFETY: NULL or a text, as the header demands.
        let mount = unsafe { text("mount", mount, limits::MOUNT_PATH_BYTES) }?;
        // SAFETY: NULL or a living spec, as the header demands.
        match unsafe { spec.as_ref() } {
            Some(spec) => keep.core.mount(mount, &spec.core)?,
            None => keep.core.mount(mount, &MountSpec::default())?,
        };
        Ok(())
    };
    // SAFETY: NULL or writable, as the header demands.
    unsafe { operation(error, body) }
}

/// Removes a mount and deletes all its keys, as a whole.
///
/// Errors: `OTPKEEP_MOUNT_NOT_FOUND`, `OTPKEEP_INVALID_ARGUMENT` for a malformed path, and those of every write (see
/// `otpkeep_write_key`).
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn otpkeep_unmount(
    keep: *mut otpkeep_keep,
    mount: *const c_char,
    error: *mut *mut otpkeep_error,
) -> otpkeep_status {
    let body = || {
        // SAFETY: NULL or a living handle, as the header demands.
        let keep = unsafe { borrow("keep", keep) }?;
        // SAFETY: NULL or a text, as the header demands.
        keep.core.unmount(unsafe { text("mount", mount, limits::MOUNT_PATH_BYTES) }?)
    };
    // SAFETY: NULL or writable, as the header demands.
    unsafe { operation(error, body) }
}

/// Changes the options of a mount that the spec sets.
///
/// Errors: `OTPKEEP_MOUNT_NOT_FOUND`, `OTPKEEP_INVALID_ARGUMENT` for an option out of its range, and those of every write
/// (see `otpkeep_write_key`).
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn otpkeep_tune_mount(
    keep: *mut otpkeep_keep,
    mount: *const c_char,
    spec: *const otpkeep_mount_spec,
    error: *mut *mut otpkeep_error,
) -> otpkeep_status {
    let body = || {
        // SAFETY: NULL or a living handle, as the header demands.
        let keep = unsafe { borrow("keep", keep) }?;
        // SAFETY: NULL or a text, as the header demands.
        let mount = unsafe { text("mount", mount, limits::MOUNT_PATH_BYTES) }?;
        // SAFETY: NULL or a living spec, as the header demands.
        keep.core.tune_mount(mount, &unsafe { borrow("spec", spec) }?.core)?;
        Ok(())
    };
    // SAFETY: NULL or writable, as the header demands.
    unsafe { operation(error, body) }
}

/// # Safety
/// `spec` is NULL, or a spec that this thread may change.
unsafe fn change(spec: *mut otpkeep_mount_spec, set: impl FnOnce(&mut MountSpec)) -> Result<()> {
    // SAFETY: the caller's promise is the same.
    set(&mut unsafe { borrow_mut("spec", spec) }?.core);
    Ok(())
}
