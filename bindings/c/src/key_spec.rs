use std::ffi::c_char;

use engine::{KeySpec, Result, SecretText, limits};

use crate::guard::{guard, setter};
use crate::pointer::{borrow_mut, into_raw, release, text};
use crate::status::otpkeep_status;

/// Bytes of a secret's text: four for each byte leave room for separators.
const SECRET_TEXT_BYTES: usize = *limits::SECRET_BYTES.end() * 4;
/// Bytes of an algorithm's name, more than any has.
const ALGORITHM_BYTES: usize = 16;

/// What to write or generate. What is not set takes its default; what a URL states comes from the URL.
///
/// The caller owns it and frees it with `otpkeep_key_spec_free`. No call keeps or consumes it. The setters copy what
/// they are given and refuse only what is NULL, too long or not UTF-8; the operation checks the rest and names the
/// field at fault.
#[derive(Default)]
pub struct otpkeep_key_spec {
    pub(crate) core: KeySpec,
}

/// A new spec in which nothing is set. Never NULL.
#[unsafe(no_mangle)]
pub extern "C" fn otpkeep_key_spec_new() -> *mut otpkeep_key_spec {
    guard(std::ptr::null_mut(), || into_raw(otpkeep_key_spec::default()))
}

/// Frees a spec and zeroes the secrets it holds. NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn otpkeep_key_spec_free(spec: *mut otpkeep_key_spec) {
    // SAFETY: NULL or a spec that was not freed before, as the header demands.
    guard((), || unsafe { release(spec) });
}

/// Sets the otpauth URL to import, at most 4 096 bytes.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn otpkeep_key_spec_set_url(spec: *mut otpkeep_key_spec, value: *const c_char) -> otpkeep_status {
    // SAFETY: as the header demands.
    setter(|| unsafe {
        set_text(spec, value, limits::URL_BYTES, |core, url| core.url = Some(SecretText::copy_of(url)))
    })
}

/// Sets the secret to import in base32, 1 to 128 bytes once decoded: any case, with spaces and dashes, with or without
/// padding.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn otpkeep_key_spec_set_secret(
    spec: *mut otpkeep_key_spec,
    value: *const c_char,
) -> otpkeep_status {
    let set = |core: &mut KeySpec, secret: &str| core.secret = Some(SecretText::copy_of(secret));
    // SAFETY: as the header demands.
    setter(|| unsafe { set_text(spec, value, SECRET_TEXT_BYTES, set) })
}

/// Sets who runs the service, at most 200 bytes. Required to generate a key.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn otpkeep_key_spec_set_issuer(
    spec: *mut otpkeep_key_spec,
    value: *const c_char,
) -> otpkeep_status {
    // SAFETY: as the header demands.
    setter(|| unsafe { set_text(spec, value, limits::LABEL_BYTES, |core, issuer| core.issuer = Some(issuer.into())) })
}

/// Sets whose key it is, at most 200 bytes. Required to generate a key.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn otpkeep_key_spec_set_account_name(
    spec: *mut otpkeep_key_spec,
    value: *const c_char,
) -> otpkeep_status {
    let set = |core: &mut KeySpec, account_name: &str| core.account_name = Some(account_name.into());
    // SAFETY: as the header demands.
    setter(|| unsafe { set_text(spec, value, limits::LABEL_BYTES, set) })
}

/// Sets the hash: `SHA1`, `SHA256` or `SHA512`; `SHA1` by default.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn otpkeep_key_spec_set_algorithm(
    spec: *mut otpkeep_key_spec,
    value: *const c_char,
) -> otpkeep_status {
    let set = |core: &mut KeySpec, algorithm: &str| core.algorithm = Some(algorithm.into());
    // SAFETY: as the header demands.
    setter(|| unsafe { set_text(spec, value, ALGORITHM_BYTES, set) })
}

/// Sets how many seconds a code lasts, 1 to 86 400; 30 by default.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn otpkeep_key_spec_set_period(spec: *mut otpkeep_key_spec, value: u32) -> otpkeep_status {
    // SAFETY: as the header demands.
    setter(|| unsafe { change(spec, |core| core.period = Some(value)) })
}

/// Sets how many digits a code has, 6 or 8; 6 by default.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn otpkeep_key_spec_set_digits(spec: *mut otpkeep_key_spec, value: u32) -> otpkeep_status {
    // SAFETY: as the header demands.
    setter(|| unsafe { change(spec, |core| core.digits = Some(value)) })
}

/// Sets how many periods before and after the current one are accepted as well, 0 or 1; 1 by default.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn otpkeep_key_spec_set_skew(spec: *mut otpkeep_key_spec, value: u32) -> otpkeep_status {
    // SAFETY: as the header demands.
    setter(|| unsafe { change(spec, |core| core.skew = Some(value)) })
}

/// Sets how many bytes a generated secret has, 16 to 64; 20 by default.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn otpkeep_key_spec_set_key_size(spec: *mut otpkeep_key_spec, value: u32) -> otpkeep_status {
    // SAFETY: as the header demands.
    setter(|| unsafe { change(spec, |core| core.key_size = Some(value)) })
}

/// Sets the side of the barcode in pixels, at most 4 096; 0 for no image; 200 by default.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn otpkeep_key_spec_set_barcode_size(spec: *mut otpkeep_key_spec, value: u32) -> otpkeep_status {
    // SAFETY: as the header demands.
    setter(|| unsafe { change(spec, |core| core.barcode_size = Some(value)) })
}

/// Non-zero: replaces a key of the same name. 0 by default.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn otpkeep_key_spec_set_overwrite(spec: *mut otpkeep_key_spec, overwrite: i32) -> otpkeep_status {
    // SAFETY: as the header demands.
    setter(|| unsafe { change(spec, |core| core.overwrite = overwrite != 0) })
}

/// # Safety
/// `spec` is NULL, or a spec that this thread may change.
unsafe fn change(spec: *mut otpkeep_key_spec, set: impl FnOnce(&mut KeySpec)) -> Result<()> {
    // SAFETY: the caller's promise is the same.
    set(&mut unsafe { borrow_mut("spec", spec) }?.core);
    Ok(())
}

/// # Safety
/// `spec` is NULL, or a spec that this thread may change; `value` is NULL or a text.
unsafe fn set_text(
    spec: *mut otpkeep_key_spec,
    value: *const c_char,
    limit: usize,
    set: impl FnOnce(&mut KeySpec, &str),
) -> Result<()> {
    // SAFETY: the caller's promise is the same.
    unsafe {
        let value = text("value", value, limit)?;
        change(spec, |core| set(core, value))
    }
}
