use std::ffi::c_char;
use std::ptr;

use engine::{Keep, limits};

use crate::error::otpkeep_error;
use crate::guard::{guard, operation};
use crate::options::otpkeep_options;
use crate::pointer::{Output, borrow, into_raw, release, text};
use crate::status::otpkeep_status;

/// An open keep, seen from one of its mounts.
///
/// Any number of threads may use one handle at once. The caller owns it and closes it with `otpkeep_close`, after the
/// last call that uses it has returned.
pub struct otpkeep_keep {
    pub(crate) core: Keep,
}

/// Opens the keep at `location`, the path of its file; with `otpkeep_options_set_create` it is made first when nothing
/// is there.
///
/// `*keep` is the caller's, to be closed with `otpkeep_close`.
///
/// Errors: `OTPKEEP_INVALID_ARGUMENT` unless exactly one root key is set, `OTPKEEP_KEEP_NOT_FOUND`,
/// `OTPKEEP_NOT_A_KEEP`, `OTPKEEP_NEWER_FORMAT`, `OTPKEEP_WRONG_ROOT_KEY`, `OTPKEEP_CORRUPT`,
/// `OTPKEEP_PERMISSIONS_TOO_OPEN`, `OTPKEEP_NETWORK_FILE_SYSTEM`, `OTPKEEP_BUSY`, `OTPKEEP_READ_ONLY`,
/// `OTPKEEP_DISK_FULL`, `OTPKEEP_IO`.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn otpkeep_open(
    location: *const c_char,
    options: *const otpkeep_options,
    keep: *mut *mut otpkeep_keep,
    error: *mut *mut otpkeep_error,
) -> otpkeep_status {
    let body = || {
        // SAFETY: NULL or writable, as the header demands.
        let opened = unsafe { Output::required("keep", keep, ptr::null_mut()) }?;
        // SAFETY: NULL or a text, as the header demands.
        let location = unsafe { text("location", location, limits::LOCATION_BYTES) }?;
        // SAFETY: NULL or living options, as the header demands.
        let options = unsafe { borrow("options", options) }?.to_core()?;
        opened.set(into_raw(otpkeep_keep { core: Keep::open(location, &options)? }));
        Ok(())
    };
    // SAFETY: NULL or writable, as the header demands.
    unsafe { operation(error, body) }
}

/// Closes a handle. The files close with the last handle that shares them. NULL is fine. After `fork` the child may
/// close its copy of a handle; that leaves the parent's alone.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn otpkeep_close(keep: *mut otpkeep_keep) {
    // SAFETY: NULL or a handle that was not closed before, as the header demands.
    guard((), || unsafe { release(keep) });
}

/// Makes a second handle to the same open keep that acts on another mount. Whether there is such a mount is seen by
/// each operation.
///
/// `*sibling` is the caller's, to be closed with `otpkeep_close`; the two may be closed in any order.
///
/// Errors: `OTPKEEP_INVALID_ARGUMENT` for a malformed path.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn otpkeep_with_mount(
    keep: *mut otpkeep_keep,
    mount: *const c_char,
    sibling: *mut *mut otpkeep_keep,
    error: *mut *mut otpkeep_error,
) -> otpkeep_status {
    let body = || {
        // SAFETY: NULL or writable, as the header demands.
        let made = unsafe { Output::required("sibling", sibling, ptr::null_mut()) }?;
        // SAFETY: NULL or a living handle, as the header demands.
        let keep = unsafe { borrow("keep", keep) }?;
        // SAFETY: NULL or a text, as the header demands.
        let mount = unsafe { text("mount", mount, limits::MOUNT_PATH_BYTES) }?;
        made.set(into_raw(otpkeep_keep { core: keep.core.with_mount(mount)? }));
        Ok(())
    };
    // SAFETY: NULL or writable, as the header demands.
    unsafe { operation(error, body) }
}
