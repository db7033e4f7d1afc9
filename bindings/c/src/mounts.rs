use std::ffi::c_char;
use std::ptr;

use engine::Mount;

use crate::error::otpkeep_error;
use crate::guard::{guard, operation};
use crate::keep::otpkeep_keep;
use crate::pointer::{Output, access, borrow, into_raw, release};
use crate::status::otpkeep_status;
use crate::text::{Text, pointer_to};

/// The mounts of a keep, in the order of their paths. Indices begin at 0; for an index beyond the last the accessors
/// return 0 or NULL, as they do for NULL.
///
/// The caller owns it and frees it with `otpkeep_mounts_free`. The texts it gives are borrowed until then.
pub struct otpkeep_mounts {
    mounts: Vec<Described>,
}

struct Described {
    core: Mount,
    path: Text,
    description: Text,
}

/// Lists all mounts. `*mounts` is the caller's, to be freed with `otpkeep_mounts_free`.
///
/// Errors: `OTPKEEP_CORRUPT`, `OTPKEEP_FORKED`, `OTPKEEP_IO`.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn otpkeep_list_mounts(
    keep: *mut otpkeep_keep,
    mounts: *mut *mut otpkeep_mounts,
    error: *mut *mut otpkeep_error,
) -> otpkeep_status {
    let body = || {
        // SAFETY: NULL or writable, as the header demands.
        let listed = unsafe { Output::required("mounts", mounts, ptr::null_mut()) }?;
        // SAFETY: NULL or a living handle, as the header demands.
        let keep = unsafe { borrow("keep", keep) }?;
        let describe = |core: Mount| Described {
            path: Text::copy_of(&core.path),
            description: Text::copy_of(&core.description),
            core,
        };
        let mounts = keep.core.list_mounts()?.into_iter().map(describe).collect();
        listed.set(into_raw(otpkeep_mounts { mounts }));
        Ok(())
    };
    // SAFETY: NULL or writable, as the header demands.
    unsafe { operation(error, body) }
}

/// How many mounts there are; 0 when `mounts` is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn otpkeep_mounts_count(mounts: *const otpkeep_mounts) -> usize {
    // SAFETY: NULL or a living list, as the header demands.
    unsafe { access(mounts, 0, |mounts| mounts.mounts.len()) }
}

/// The path of a mount, with its final `/`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn otpkeep_mounts_path(mounts: *const otpkeep_mounts, index: usize) -> *const c_char {
    let body = |mounts: &otpkeep_mounts| pointer_to(mounts.mounts.get(index).map(|mount| &mount.path));
    // SAFETY: NULL or a living list, as the header demands.
    unsafe { access(mounts, ptr::null(), body) }
}

/// What the owner says of a mount.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn otpkeep_mounts_description(mounts: *const otpkeep_mounts, index: usize) -> *const c_char {
    let body = |mounts: &otpkeep_mounts| pointer_to(mounts.mounts.get(index).map(|mount| &mount.description));
    // SAFETY: NULL or a living list, as the header demands.
    unsafe { access(mounts, ptr::null(), body) }
}

/// When a mount was made, in Unix seconds.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn otpkeep_mounts_created(mounts: *const otpkeep_mounts, index: usize) -> i64 {
    // SAFETY: NULL or a living list, as the header demands.
    unsafe { number(mounts, index, |mount| mount.created.cast_signed()) }
}

/// 1 when wrong codes lock and disable the keys of a mount, else 0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn otpkeep_mounts_throttle(mounts: *const otpkeep_mounts, index: usize) -> i32 {
    // SAFETY: NULL or a living list, as the header demands.
    unsafe { number(mounts, index, |mount| i32::from(mount.throttle.enabled)) }
}

/// How many wrong codes cost nothing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn otpkeep_mounts_free_attempts(mounts: *const otpkeep_mounts, index: usize) -> u32 {
    // SAFETY: NULL or a living list, as the header demands.
    unsafe { number(mounts, index, |mount| mount.throttle.free_attempts) }
}

/// The seconds of the first lock.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn otpkeep_mounts_lock_seconds(mounts: *const otpkeep_mounts, index: usize) -> u32 {
    // SAFETY: NULL or a living list, as the header demands.
    unsafe { number(mounts, index, |mount| mount.throttle.lock_seconds) }
}

/// The seconds of the longest lock.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn otpkeep_mounts_max_lock_seconds(mounts: *const otpkeep_mounts, index: usize) -> u32 {
    // SAFETY: NULL or a living list, as the header demands.
    unsafe { number(mounts, index, |mount| mount.throttle.max_lock_seconds) }
}

/// How many consecutive wrong codes disable a key.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn otpkeep_mounts_max_failures(mounts: *const otpkeep_mounts, index: usize) -> u32 {
    // SAFETY: NULL or a living list, as the header demands.
    unsafe { number(mounts, index, |mount| mount.throttle.max_failures) }
}

/// Frees a list of mounts. NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn otpkeep_mounts_free(mounts: *mut otpkeep_mounts) {
    // SAFETY: NULL or a list that was not freed before, as the header demands.
    guard((), || unsafe { release(mounts) });
}

/// # Safety
/// `mounts` is NULL or a living list.
unsafe fn number<N: Default>(mounts: *const otpkeep_mounts, index: usize, of: impl FnOnce(&Mount) -> N) -> N {
    let body = |mounts: &otpkeep_mounts| mounts.mounts.get(index).map(|mount| of(&mount.core)).unwrap_or_default();
    // SAFETY: the caller's promise is the same.
    unsafe { access(mounts, N::default(), body) }
}
