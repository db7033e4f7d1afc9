use std::ffi::c_char;

use engine::access::TokenSpec;
use engine::{Error, Result, limits};

use crate::guard::{guard, setter};
use crate::pointer::{borrow_mut, into_raw, release, text};
use crate::status::otpkeep_status;

/// What a new token should be. What is not set takes its default.
///
/// The caller owns it and frees it with `otpkeep_token_spec_free`. No call keeps or consumes it.
#[derive(Default)]
pub struct otpkeep_token_spec {
    pub(crate) core: TokenSpec,
}

/// A new spec in which nothing is set. Never NULL.
#[unsafe(no_mangle)]
pub extern "C" fn otpkeep_token_spec_new() -> *mut otpkeep_token_spec {
    guard(std::ptr::null_mut(), || into_raw(otpkeep_token_spec::default()))
}

/// Frees a spec. NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn otpkeep_token_spec_free(spec: *mut otpkeep_token_spec) {
    // SAFETY: NULL or a spec that was not freed before, as the header demands.
    guard((), || unsafe { release(spec) });
}

/// Adds a policy, at most 64 of them. With none the token has those of its parent; made with the root key it is root.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn otpkeep_token_spec_add_policy(
    spec: *mut otpkeep_token_spec,
    name: *const c_char,
) -> otpkeep_status {
    // SAFETY: as the header demands.
    setter(|| unsafe {
        let name = text("name", name, *limits::POLICY_NAME_BYTES.end())?;
        fill(spec, |core| {
            let policies = core.policies.get_or_insert_default();
            within(policies.len(), limits::TOKEN_POLICIES, "name")?;
            policies.push(name.into());
            Ok(())
        })
    })
}

/// Non-zero: leaves out the policy `default`, which a token has otherwise. 0 by default.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn otpkeep_token_spec_set_no_default_policy(
    spec: *mut otpkeep_token_spec,
    leave_out: i32,
) -> otpkeep_status {
    // SAFETY: as the header demands.
    setter(|| unsafe { change(spec, |core| core.no_default_policy = leave_out != 0) })
}

/// Sets how many seconds the token lives, 1 to ten years; 32 days by default. A root token lives without end unless this
/// is set.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn otpkeep_token_spec_set_ttl(spec: *mut otpkeep_token_spec, seconds: u64) -> otpkeep_status {
    // SAFETY: as the header demands.
    setter(|| unsafe { change(spec, |core| core.ttl = Some(seconds)) })
}

/// Zero: the token cannot be renewed. 1 by default.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn otpkeep_token_spec_set_renewable(
    spec: *mut otpkeep_token_spec,
    renewable: i32,
) -> otpkeep_status {
    // SAFETY: as the header demands.
    setter(|| unsafe { change(spec, |core| core.renewable = Some(renewable != 0)) })
}

/// Sets whom the token is for, in words, at most 256 bytes.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn otpkeep_token_spec_set_display_name(
    spec: *mut otpkeep_token_spec,
    value: *const c_char,
) -> otpkeep_status {
    // SAFETY: as the header demands.
    setter(|| unsafe {
        let name = text("value", value, limits::DISPLAY_NAME_BYTES)?;
        change(spec, |core| core.display_name = Some(name.into()))
    })
}

/// Notes something about the token: at most 64 entries of 512 bytes each for name and value. A name given again replaces
/// its value.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn otpkeep_token_spec_add_metadata(
    spec: *mut otpkeep_token_spec,
    name: *const c_char,
    value: *const c_char,
) -> otpkeep_status {
    // SAFETY: as the header demands.
    setter(|| unsafe {
        let name = text("name", name, limits::METADATA_BYTES)?;
        let value = text("value", value, limits::METADATA_BYTES)?;
        fill(spec, |core| {
            within(core.metadata.len(), limits::METADATA_ENTRIES, "name")?;
            core.metadata.insert(name.into(), value.into());
            Ok(())
        })
    })
}

/// Refuses one more where there are as many as there may be.
fn within(count: usize, most: usize, argument: &'static str) -> Result<()> {
    if count < most { Ok(()) } else { Err(Error::argument(argument, format!("at most {most} of them"))) }
}

/// # Safety
/// `spec` is NULL, or a spec that this thread may change.
unsafe fn change(spec: *mut otpkeep_token_spec, set: impl FnOnce(&mut TokenSpec)) -> Result<()> {
    let set = |core: &mut TokenSpec| {
        set(core);
        Ok(())
    };
    // SAFETY: the caller's promise is the same.
    unsafe { fill(spec, set) }
}

/// # Safety
/// As for [`change`].
unsafe fn fill(spec: *mut otpkeep_token_spec, set: impl FnOnce(&mut TokenSpec) -> Result<()>) -> Result<()> {
    // SAFETY: the caller's promise is the same.
    set(&mut unsafe { borrow_mut("spec", spec) }?.core)
}
