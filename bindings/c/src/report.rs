use std::ffi::c_char;
use std::ptr;

use engine::{Slot, Status};

use crate::error::otpkeep_error;
use crate::guard::{guard, operation};
use crate::keep::otpkeep_keep;
use crate::pointer::{Output, access, borrow, into_raw, release};
use crate::status::otpkeep_status;
use crate::text::{Text, pointer_to};

/// What may be told of a keep. Indices begin at 0; for an index beyond the last the accessors return 0 or NULL, as they
/// do for NULL.
///
/// The caller owns it and frees it with `otpkeep_report_free`. The texts it gives are borrowed until then.
pub struct otpkeep_report {
    core: Status,
    keep_id: Text,
    storage: Text,
    slot_kinds: Vec<Text>,
    warnings: Vec<Text>,
}

impl From<Status> for otpkeep_report {
    fn from(core: Status) -> otpkeep_report {
        let kind = |slot: &Slot| Text::copy_of(slot.kind.map_or("damaged", |kind| kind.name()));
        otpkeep_report {
            keep_id: Text::copy_of(&core.keep_id),
            storage: Text::copy_of(&core.storage),
            slot_kinds: core.slots.iter().map(kind).collect(),
            warnings: core.warnings.iter().map(|warning| Text::copy_of(warning)).collect(),
            core,
        }
    }
}

/// Reads what may be told of the keep. `*report` is the caller's, to be freed with `otpkeep_report_free`.
///
/// Errors: `OTPKEEP_CORRUPT`, `OTPKEEP_FORKED`, `OTPKEEP_IO`.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn otpkeep_read_status(
    keep: *mut otpkeep_keep,
    report: *mut *mut otpkeep_report,
    error: *mut *mut otpkeep_error,
) -> otpkeep_status {
    let body = || {
        // SAFETY: NULL or writable, as the header demands.
        let read = unsafe { Output::required("report", report, ptr::null_mut()) }?;
        // SAFETY: NULL or a living handle, as the header demands.
        let status = unsafe { borrow("keep", keep) }?.core.status()?;
        read.set(into_raw(status.into()));
        Ok(())
    };
    // SAFETY: NULL or writable, as the header demands.
    unsafe { operation(error, body) }
}

/// The random identity of the keep, 32 hexadecimal digits.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn otpkeep_report_keep_id(report: *const otpkeep_report) -> *const c_char {
    // SAFETY: NULL or a living report, as the header demands.
    unsafe { access(report, ptr::null(), |report| report.keep_id.as_ptr()) }
}

/// The version of the file format.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn otpkeep_report_format(report: *const otpkeep_report) -> u32 {
    // SAFETY: NULL or a living report, as the header demands.
    unsafe { access(report, 0, |report| report.core.format) }
}

/// The storage engine and its version.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn otpkeep_report_storage(report: *const otpkeep_report) -> *const c_char {
    // SAFETY: NULL or a living report, as the header demands.
    unsafe { access(report, ptr::null(), |report| report.storage.as_ptr()) }
}

/// Bytes of the keep's files.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn otpkeep_report_bytes(report: *const otpkeep_report) -> u64 {
    // SAFETY: NULL or a living report, as the header demands.
    unsafe { access(report, 0, |report| report.core.bytes) }
}

/// When the keep was made, in Unix seconds.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn otpkeep_report_created(report: *const otpkeep_report) -> i64 {
    // SAFETY: NULL or a living report, as the header demands.
    unsafe { access(report, 0, |report| report.core.created.cast_signed()) }
}

/// How many keys there are in all mounts.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn otpkeep_report_keys(report: *const otpkeep_report) -> u64 {
    // SAFETY: NULL or a living report, as the header demands.
    unsafe { access(report, 0, |report| report.core.keys) }
}

/// How many mounts there are.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn otpkeep_report_mounts(report: *const otpkeep_report) -> u64 {
    // SAFETY: NULL or a living report, as the header demands.
    unsafe { access(report, 0, |report| report.core.mounts) }
}

/// The term that seals new records.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn otpkeep_report_current_term(report: *const otpkeep_report) -> u32 {
    // SAFETY: NULL or a living report, as the header demands.
    unsafe { access(report, 0, |report| report.core.current_term) }
}

/// How many terms the keyring holds.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn otpkeep_report_terms(report: *const otpkeep_report) -> u32 {
    // SAFETY: NULL or a living report, as the header demands.
    unsafe { access(report, 0, |report| report.core.terms) }
}

/// How many slots there are.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn otpkeep_report_slot_count(report: *const otpkeep_report) -> usize {
    // SAFETY: NULL or a living report, as the header demands.
    unsafe { access(report, 0, |report| report.core.slots.len()) }
}

/// The number of a slot, which `otpkeep_remove_slot` takes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn otpkeep_report_slot_id(report: *const otpkeep_report, index: usize) -> u64 {
    // SAFETY: NULL or a living report, as the header demands.
    unsafe { access(report, 0, |report| report.core.slots.get(index).map_or(0, |slot| slot.id)) }
}

/// How a slot's root key is given: `raw`, `key-file` or `passphrase`; `damaged` when that cannot be told.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn otpkeep_report_slot_kind(report: *const otpkeep_report, index: usize) -> *const c_char {
    // SAFETY: NULL or a living report, as the header demands.
    unsafe { access(report, ptr::null(), |report| pointer_to(report.slot_kinds.get(index))) }
}

/// When a slot was made, in Unix seconds; 0 when it is damaged.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn otpkeep_report_slot_created(report: *const otpkeep_report, index: usize) -> i64 {
    let body = |report: &otpkeep_report| report.core.slots.get(index).map_or(0, |slot| slot.created.cast_signed());
    // SAFETY: NULL or a living report, as the header demands.
    unsafe { access(report, 0, body) }
}

/// 1 when the pages that hold the keys are locked into memory, so that they are never swapped out, else 0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn otpkeep_report_memory_locked(report: *const otpkeep_report) -> i32 {
    // SAFETY: NULL or a living report, as the header demands.
    unsafe { access(report, 0, |report| i32::from(report.core.memory_locked)) }
}

/// 1 when core dumps leave those pages out, else 0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn otpkeep_report_memory_not_dumped(report: *const otpkeep_report) -> i32 {
    // SAFETY: NULL or a living report, as the header demands.
    unsafe { access(report, 0, |report| i32::from(report.core.memory_not_dumped)) }
}

/// How many warnings there are.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn otpkeep_report_warning_count(report: *const otpkeep_report) -> usize {
    // SAFETY: NULL or a living report, as the header demands.
    unsafe { access(report, 0, |report| report.warnings.len()) }
}

/// A warning: what the owner of the keep should know, in words.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn otpkeep_report_warning(report: *const otpkeep_report, index: usize) -> *const c_char {
    // SAFETY: NULL or a living report, as the header demands.
    unsafe { access(report, ptr::null(), |report| pointer_to(report.warnings.get(index))) }
}

/// Frees a report. NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn otpkeep_report_free(report: *mut otpkeep_report) {
    // SAFETY: NULL or a report that was not freed before, as the header demands.
    guard((), || unsafe { release(report) });
}
