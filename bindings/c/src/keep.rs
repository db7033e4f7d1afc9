use std::ffi::c_char;
use std::ptr;

use engine::{Keep, Result, limits};

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

/// Makes a second handle to the same open keep that may do what the policies of a token allow, at the moment of each
/// call: a token that expires or is revoked, and a policy that is changed, take effect at once and in every process. In
/// one process this guards against one's own mistakes only.
///
/// `*sibling` is the caller's, to be closed with `otpkeep_close`; the two may be closed in any order.
///
/// Errors: `OTPKEEP_BAD_TOKEN` when the token is unknown, expired or revoked; `OTPKEEP_CORRUPT`, `OTPKEEP_FORKED`,
/// `OTPKEEP_IO`.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn otpkeep_with_token(
    keep: *mut otpkeep_keep,
    token: *const c_char,
    sibling: *mut *mut otpkeep_keep,
    error: *mut *mut otpkeep_error,
) -> otpkeep_status {
    let with_token = |keep: &Keep| {
        // SAFETY: NULL or a text, as the header demands.
        let token = unsafe { text("token", token, limits::TOKEN_TEXT_BYTES) }?;
        keep.with_token(token).map(|core| otpkeep_keep { core })
    };
    // SAFETY: as the header demands.
    unsafe { make(keep, "sibling", sibling, error, with_token) }
}

/// Runs an operation on a keep.
///
/// # Safety
/// `keep` is NULL or a living handle, `error` is NULL or writable.
pub(crate) unsafe fn act(
    keep: *mut otpkeep_keep,
    error: *mut *mut otpkeep_error,
    work: impl FnOnce(&Keep) -> Result<()>,
) -> otpkeep_status {
    // SAFETY: the caller's promise is the same.
    let body = || work(&unsafe { borrow("keep", keep) }?.core);
    // SAFETY: the caller's promise is the same.
    unsafe { operation(error, body) }
}

/// Runs an operation on a keep whose result becomes an object of the caller's.
///
/// # Safety
/// As for [`act`]; `place` is NULL or writable.
pub(crate) unsafe fn make<T>(
    keep: *mut otpkeep_keep,
    argument: &'static str,
    place: *mut *mut T,
    error: *mut *mut otpkeep_error,
    work: impl FnOnce(&Keep) -> Result<T>,
) -> otpkeep_status {
    let body = || {
        // SAFETY: the caller's promise is the same.
        let made = unsafe { Output::required(argument, place, ptr::null_mut()) }?;
        // SAFETY: the caller's promise is the same.
        made.set(into_raw(work(&unsafe { borrow("keep", keep) }?.core)?));
        Ok(())
    };
    // SAFETY: the caller's promise is the same.
    unsafe { operation(error, body) }
}
