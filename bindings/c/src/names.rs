use std::ffi::c_char;
use std::ptr;

use engine::limits;

use crate::error::otpkeep_error;
use crate::guard::{guard, operation};
use crate::keep::otpkeep_keep;
use crate::pointer::{Output, access, borrow, into_raw, release, text};
use crate::status::otpkeep_status;
use crate::text::{Text, pointer_to};

/// Names that one listing returns at most.
pub const OTPKEEP_LIST_LIMIT: u32 = 1000;

const _: () = assert!(OTPKEEP_LIST_LIMIT as usize == limits::LIST_LIMIT);

/// A list of names, in byte order unless its function says otherwise.
///
/// The caller owns it and frees it with `otpkeep_names_free`. The names it gives are borrowed until then.
pub struct otpkeep_names {
    names: Vec<Text>,
}

impl otpkeep_names {
    pub(crate) fn of(names: &[impl AsRef<str>]) -> otpkeep_names {
        otpkeep_names { names: names.iter().map(|name| Text::copy_of(name.as_ref())).collect() }
    }
}

/// Lists the names of keys in byte order: those after `after`, at most `limit`, 1 to `OTPKEEP_LIST_LIMIT`.
///
/// `after` NULL or `""` begins at the first name; give the last name of a listing to go on. `*names` is the caller's,
/// to be freed with `otpkeep_names_free`.
///
/// Errors: `OTPKEEP_INVALID_ARGUMENT`, `OTPKEEP_MOUNT_NOT_FOUND`, `OTPKEEP_FORKED`, `OTPKEEP_IO`.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn otpkeep_list_keys(
    keep: *mut otpkeep_keep,
    after: *const c_char,
    limit: u32,
    names: *mut *mut otpkeep_names,
    error: *mut *mut otpkeep_error,
) -> otpkeep_status {
    let body = || {
        // SAFETY: NULL or writable, as the header demands.
        let listed = unsafe { Output::required("names", names, ptr::null_mut()) }?;
        // SAFETY: NULL or a living handle, as the header demands.
        let keep = unsafe { borrow("keep", keep) }?;
        let after = match after.is_null() {
            true => "",
            // SAFETY: a text, as the header demands.
            false => unsafe { text("after", after, limits::NAME_BYTES) }?,
        };
        let names = keep.core.list_keys_up_to(after, limit as usize)?;
        listed.set(into_raw(otpkeep_names::of(&names)));
        Ok(())
    };
    // SAFETY: NULL or writable, as the header demands.
    unsafe { operation(error, body) }
}

/// How many names there are; 0 when `names` is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn otpkeep_names_count(names: *const otpkeep_names) -> usize {
    // SAFETY: NULL or a living list, as the header demands.
    unsafe { access(names, 0, |names| names.names.len()) }
}

/// The name of this index, from 0; NULL when there is none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn otpkeep_names_at(names: *const otpkeep_names, index: usize) -> *const c_char {
    // SAFETY: NULL or a living list, as the header demands.
    unsafe { access(names, ptr::null(), |names| pointer_to(names.names.get(index))) }
}

/// Frees a list of names. NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn otpkeep_names_free(names: *mut otpkeep_names) {
    // SAFETY: NULL or a list that was not freed before, as the header demands.
    guard((), || unsafe { release(names) });
}
