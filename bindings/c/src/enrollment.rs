use std::ffi::c_char;
use std::ptr;
use std::sync::OnceLock;

use engine::{Enrollment, limits};

use crate::error::otpkeep_error;
use crate::guard::{guard, operation};
use crate::keep::otpkeep_keep;
use crate::key_spec::otpkeep_key_spec;
use crate::pointer::{Output, access, borrow, into_raw, release, text};
use crate::status::otpkeep_status;
use crate::text::Text;

/// What an authenticator app reads of a generated key. It holds the secret: show it once, keep it nowhere.
///
/// The caller owns it and frees it with `otpkeep_enrollment_free`, which zeroes it. What it gives is borrowed until
/// then.
pub struct otpkeep_enrollment {
    core: Enrollment,
    url: Text,
    svg: OnceLock<Text>,
    terminal: OnceLock<Text>,
}

/// Generates a key with a new random secret, for the spec's issuer and account name.
///
/// `name` is as for `otpkeep_write_key`. `*enrollment` is the caller's, to be freed with `otpkeep_enrollment_free`; it
/// is the only way to learn the secret, so `enrollment` must not be NULL.
///
/// Errors: as `otpkeep_write_key`; also `OTPKEEP_INVALID_ARGUMENT` when the barcode does not fit the size asked, and
/// then nothing is stored.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn otpkeep_generate_key(
    keep: *mut otpkeep_keep,
    name: *const c_char,
    spec: *const otpkeep_key_spec,
    enrollment: *mut *mut otpkeep_enrollment,
    error: *mut *mut otpkeep_error,
) -> otpkeep_status {
    let body = || {
        // SAFETY: NULL or writable, as the header demands.
        let generated = unsafe { Output::required("enrollment", enrollment, ptr::null_mut()) }?;
        // SAFETY: NULL or a living handle, as the header demands.
        let keep = unsafe { borrow("keep", keep) }?;
        // SAFETY: NULL or a text, as the header demands.
        let name = unsafe { text("name", name, limits::NAME_BYTES) }?;
        // SAFETY: NULL or a living spec, as the header demands.
        let spec = unsafe { borrow("spec", spec) }?;
        let core = keep.core.generate_key(name, &spec.core)?;
        let url = Text::copy_of(core.url());
        generated.set(into_raw(otpkeep_enrollment { core, url, svg: OnceLock::new(), terminal: OnceLock::new() }));
        Ok(())
    };
    // SAFETY: NULL or writable, as the header demands.
    unsafe { operation(error, body) }
}

/// The otpauth URL; NULL when `enrollment` is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn otpkeep_enrollment_url(enrollment: *const otpkeep_enrollment) -> *const c_char {
    // SAFETY: NULL or a living enrollment, as the header demands.
    unsafe { access(enrollment, ptr::null(), |enrollment| enrollment.url.as_ptr()) }
}

/// The barcode as a PNG image of `*length` bytes, as many pixels wide and high as the spec asked. NULL, with `*length`
/// 0, when the spec asked for none or `enrollment` is NULL; NULL when `length` is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn otpkeep_enrollment_barcode(
    enrollment: *const otpkeep_enrollment,
    length: *mut usize,
) -> *const u8 {
    if length.is_null() {
        return ptr::null();
    }
    // SAFETY: not NULL, so it can be written, as the header demands.
    let size = unsafe { Output::optional(length, 0) };
    let body = |enrollment: &otpkeep_enrollment| {
        enrollment.core.barcode().map_or(ptr::null(), |png| {
            size.set(png.len());
            png.as_ptr()
        })
    };
    // SAFETY: NULL or a living enrollment, as the header demands.
    unsafe { access(enrollment, ptr::null(), body) }
}

/// The barcode as an SVG image; NULL when `enrollment` is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn otpkeep_enrollment_svg(enrollment: *const otpkeep_enrollment) -> *const c_char {
    let body =
        |enrollment: &otpkeep_enrollment| enrollment.svg.get_or_init(|| Text::copy_of(enrollment.core.svg())).as_ptr();
    // SAFETY: NULL or a living enrollment, as the header demands.
    unsafe { access(enrollment, ptr::null(), body) }
}

/// The barcode in Unicode half blocks, to be printed on a terminal; NULL when `enrollment` is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn otpkeep_enrollment_terminal(enrollment: *const otpkeep_enrollment) -> *const c_char {
    let body = |enrollment: &otpkeep_enrollment| {
        enrollment.terminal.get_or_init(|| Text::copy_of(enrollment.core.terminal())).as_ptr()
    };
    // SAFETY: NULL or a living enrollment, as the header demands.
    unsafe { access(enrollment, ptr::null(), body) }
}

/// Frees an enrollment and zeroes it. NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn otpkeep_enrollment_free(enrollment: *mut otpkeep_enrollment) {
    // SAFETY: NULL or an enrollment that was not freed before, as the header demands.
    guard((), || unsafe { release(enrollment) });
}
