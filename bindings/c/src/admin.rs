use std::ffi::c_char;

use engine::limits;

use crate::error::otpkeep_error;
use crate::guard::operation;
use crate::keep::otpkeep_keep;
use crate::options::otpkeep_options;
use crate::pointer::{Output, borrow, text};
use crate::status::otpkeep_status;

/// Adds a data key to the keyring and seals from now on under it. `*term` is its number; `term` may be NULL.
///
/// Errors: `OTPKEEP_INVALID_ARGUMENT` when the keyring is full (`otpkeep_rewrap` prunes it), and those of every write
/// (see `otpkeep_write_key`).
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn otpkeep_rotate(
    keep: *mut otpkeep_keep,
    term: *mut u32,
    error: *mut *mut otpkeep_error,
) -> otpkeep_status {
    let body = || {
        // SAFETY: NULL or writable, as the header demands.
        let newest = unsafe { Output::optional(term, 0) };
        // SAFETY: NULL or a living handle, as the header demands.
        newest.set(unsafe { borrow("keep", keep) }?.core.rotate()?);
        Ok(())
    };
    // SAFETY: NULL or writable, as the header demands.
    unsafe { operation(error, body) }
}

/// Seals all records anew under the newest term, in batches beside other work, and prunes the terms that nothing uses
/// any more. It may be stopped and begun again at any time. `*sealed` is how many were sealed; `sealed` may be NULL.
///
/// Errors: those of every write (see `otpkeep_write_key`).
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn otpkeep_rewrap(
    keep: *mut otpkeep_keep,
    sealed: *mut u64,
    error: *mut *mut otpkeep_error,
) -> otpkeep_status {
    let body = || {
        // SAFETY: NULL or writable, as the header demands.
        let records = unsafe { Output::optional(sealed, 0) };
        // SAFETY: NULL or a living handle, as the header demands.
        records.set(unsafe { borrow("keep", keep) }?.core.rewrap()?);
        Ok(())
    };
    // SAFETY: NULL or writable, as the header demands.
    unsafe { operation(error, body) }
}

/// Adds a slot, so that the root key which `root_key` sets opens the keep too. `*slot` is its number; `slot` may be
/// NULL.
///
/// Errors: `OTPKEEP_INVALID_ARGUMENT` when the keep has 8 slots or `root_key` does not set exactly one root key, and
/// those of every write (see `otpkeep_write_key`).
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn otpkeep_add_slot(
    keep: *mut otpkeep_keep,
    root_key: *const otpkeep_options,
    slot: *mut u64,
    error: *mut *mut otpkeep_error,
) -> otpkeep_status {
    let body = || {
        // SAFETY: NULL or writable, as the header demands.
        let added = unsafe { Output::optional(slot, 0) };
        // SAFETY: NULL or a living handle, as the header demands.
        let keep = unsafe { borrow("keep", keep) }?;
        // SAFETY: NULL or living options, as the header demands.
        let root_key = unsafe { borrow("root_key", root_key) }?.to_core()?;
        added.set(keep.core.add_slot(&root_key)?);
        Ok(())
    };
    // SAFETY: NULL or writable, as the header demands.
    unsafe { operation(error, body) }
}

/// Removes a slot by its number. It takes effect for opening only: whoever opened the keep with it before may have kept
/// the keys, and copies of the file still have the slot.
///
/// Errors: `OTPKEEP_INVALID_ARGUMENT` when there is no such slot or it is the last, and those of every write (see
/// `otpkeep_write_key`).
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn otpkeep_remove_slot(
    keep: *mut otpkeep_keep,
    slot: u64,
    error: *mut *mut otpkeep_error,
) -> otpkeep_status {
    let body = || {
        // SAFETY: NULL or a living handle, as the header demands.
        unsafe { borrow("keep", keep) }?.core.remove_slot(slot)
    };
    // SAFETY: NULL or writable, as the header demands.
    unsafe { operation(error, body) }
}

/// Copies the keep to a new file while work goes on. The copy is checked before it gets its name, and opens with the
/// same root keys. `otpkeep_restore` makes it a keep in use again; merely opening it would accept codes that were used
/// since.
///
/// Errors: `OTPKEEP_KEEP_EXISTS` when something is at the destination, `OTPKEEP_CORRUPT`, `OTPKEEP_DISK_FULL`,
/// `OTPKEEP_READ_ONLY`, `OTPKEEP_FORKED`, `OTPKEEP_IO`.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn otpkeep_backup(
    keep: *mut otpkeep_keep,
    destination: *const c_char,
    error: *mut *mut otpkeep_error,
) -> otpkeep_status {
    let body = || {
        // SAFETY: NULL or a living handle, as the header demands.
        let keep = unsafe { borrow("keep", keep) }?;
        // SAFETY: NULL or a text, as the header demands.
        keep.core.backup(unsafe { text("destination", destination, limits::LOCATION_BYTES) }?)
    };
    // SAFETY: NULL or writable, as the header demands.
    unsafe { operation(error, body) }
}

/// Copies a backup, or a keep that nobody has open, to a new location and makes every code that may have been accepted
/// since the backup unusable, which costs up to two periods of refusals. `options` sets the root key.
///
/// Errors: `OTPKEEP_KEEP_EXISTS` when something is at the location; otherwise as `otpkeep_open` of the backup.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn otpkeep_restore(
    backup: *const c_char,
    location: *const c_char,
    options: *const otpkeep_options,
    error: *mut *mut otpkeep_error,
) -> otpkeep_status {
    let body = || {
        // SAFETY: NULL or a text, as the header demands.
        let backup = unsafe { text("backup", backup, limits::LOCATION_BYTES) }?;
        // SAFETY: NULL or a text, as the header demands.
        let location = unsafe { text("location", location, limits::LOCATION_BYTES) }?;
        // SAFETY: NULL or living options, as the header demands.
        let options = unsafe { borrow("options", options) }?.to_core()?;
        engine::restore(backup, location, &options)
    };
    // SAFETY: NULL or writable, as the header demands.
    unsafe { operation(error, body) }
}
