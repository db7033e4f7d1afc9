use std::ffi::c_char;
use std::ptr;

use engine::access::AuditFile;
use engine::{Keep, limits};

use crate::error::otpkeep_error;
use crate::guard::guard;
use crate::keep::{act, make, otpkeep_keep};
use crate::owned_text::otpkeep_text;
use crate::pointer::{access, release, text};
use crate::status::otpkeep_status;
use crate::text::{Text, pointer_to};

/// Bytes of a value that is hashed at most.
const HASHED_BYTES: usize = 64 * 1024;

/// The files that the audit log is written to, in the order of their names.
///
/// The caller owns it and frees it with `otpkeep_audits_free`. The texts it gives are borrowed until then.
pub struct otpkeep_audits {
    files: Vec<(Text, Text, i64)>,
}

impl From<Vec<AuditFile>> for otpkeep_audits {
    fn from(files: Vec<AuditFile>) -> otpkeep_audits {
        let told = |file: &AuditFile| {
            (Text::copy_of(&file.name), Text::copy_of(&file.path), file.created.seconds().cast_signed())
        };
        otpkeep_audits { files: files.iter().map(told).collect() }
    }
}

/// Writes the audit log to one more file, from now on and in every process: each request before anything is done, and
/// what became of it, one JSON line each, with hashes for sensitive values. An operation whose line cannot be written
/// fails with `OTPKEEP_AUDIT_FAILED` and does not happen. `path` must be absolute.
///
/// Errors: `OTPKEEP_INVALID_ARGUMENT`, `OTPKEEP_AUDIT_FAILED` when the file cannot be written,
/// `OTPKEEP_PERMISSION_DENIED` without `sudo`, and those of every write (see `otpkeep_write_key`).
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn otpkeep_enable_audit(
    keep: *mut otpkeep_keep,
    name: *const c_char,
    path: *const c_char,
    error: *mut *mut otpkeep_error,
) -> otpkeep_status {
    let enable = |keep: &Keep| {
        // SAFETY: NULL or a text, as the header demands.
        let name = unsafe { text("name", name, *limits::POLICY_NAME_BYTES.end()) }?;
        // SAFETY: NULL or a text, as the header demands.
        let path = unsafe { text("path", path, limits::LOCATION_BYTES) }?;
        keep.enable_audit(name, path)
    };
    // SAFETY: as the header demands.
    unsafe { act(keep, error, enable) }
}

/// Ends writing to an audit file; one that is not enabled is no error. The file stays.
///
/// Errors: `OTPKEEP_PERMISSION_DENIED` without `sudo`, and those of every write (see `otpkeep_write_key`).
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn otpkeep_disable_audit(
    keep: *mut otpkeep_keep,
    name: *const c_char,
    error: *mut *mut otpkeep_error,
) -> otpkeep_status {
    // SAFETY: NULL or a text; the rest as the header demands.
    unsafe { act(keep, error, |keep| keep.disable_audit(text("name", name, *limits::POLICY_NAME_BYTES.end())?)) }
}

/// Lists the audit files. `*audits` is the caller's, to be freed with `otpkeep_audits_free`.
///
/// Errors: `OTPKEEP_PERMISSION_DENIED` without `sudo`; `OTPKEEP_FORKED`, `OTPKEEP_IO`.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn otpkeep_list_audits(
    keep: *mut otpkeep_keep,
    audits: *mut *mut otpkeep_audits,
    error: *mut *mut otpkeep_error,
) -> otpkeep_status {
    // SAFETY: as the header demands.
    unsafe { make(keep, "audits", audits, error, |keep| Ok(keep.list_audits()?.into())) }
}

/// Tells what stands in the audit log for a sensitive value, so that a known one can be looked for. `*hash` is the
/// caller's, to be freed with `otpkeep_text_free`.
///
/// Errors: `OTPKEEP_PERMISSION_DENIED`, `OTPKEEP_FORKED`, `OTPKEEP_IO`.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn otpkeep_audit_hash(
    keep: *mut otpkeep_keep,
    value: *const c_char,
    hash: *mut *mut otpkeep_text,
    error: *mut *mut otpkeep_error,
) -> otpkeep_status {
    // SAFETY: NULL or a text, as the header demands.
    let hashed = |keep: &Keep| Ok(otpkeep_text::of(&keep.audit_hash(unsafe { text("value", value, HASHED_BYTES) }?)?));
    // SAFETY: as the header demands.
    unsafe { make(keep, "hash", hash, error, hashed) }
}

/// How many files there are; 0 when `audits` is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn otpkeep_audits_count(audits: *const otpkeep_audits) -> usize {
    // SAFETY: NULL or a living list, as the header demands.
    unsafe { access(audits, 0, |audits| audits.files.len()) }
}

/// What a file is called; NULL when there is none of this index.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn otpkeep_audits_name(audits: *const otpkeep_audits, index: usize) -> *const c_char {
    // SAFETY: NULL or a living list, as the header demands.
    unsafe { access(audits, ptr::null(), |audits| pointer_to(audits.files.get(index).map(|(name, ..)| name))) }
}

/// The path of a file; NULL when there is none of this index.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn otpkeep_audits_path(audits: *const otpkeep_audits, index: usize) -> *const c_char {
    // SAFETY: NULL or a living list, as the header demands.
    unsafe { access(audits, ptr::null(), |audits| pointer_to(audits.files.get(index).map(|(_, path, _)| path))) }
}

/// When a file was enabled, in Unix seconds; 0 when there is none of this index.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn otpkeep_audits_created(audits: *const otpkeep_audits, index: usize) -> i64 {
    // SAFETY: NULL or a living list, as the header demands.
    unsafe { access(audits, 0, |audits| audits.files.get(index).map_or(0, |(.., created)| *created)) }
}

/// Frees a list of audit files. NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn otpkeep_audits_free(audits: *mut otpkeep_audits) {
    // SAFETY: NULL or a list that was not freed before, as the header demands.
    guard((), || unsafe { release(audits) });
}
