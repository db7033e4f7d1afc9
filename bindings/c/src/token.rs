use std::ffi::c_char;
use std::ptr;

use engine::access::{Token, TokenRef};
use engine::{Keep, Result, limits};

use crate::error::otpkeep_error;
use crate::guard::guard;
use crate::keep::{act, make, otpkeep_keep};
use crate::names::otpkeep_names;
use crate::pointer::{access, borrow, release, text};
use crate::status::otpkeep_status;
use crate::text::{Text, pointer_to};
use crate::token_spec::otpkeep_token_spec;

/// What may be told of a token, and the token itself when it was just made.
///
/// The caller owns it and frees it with `otpkeep_token_free`, which zeroes the token. The texts it gives are borrowed
/// until then.
pub struct otpkeep_token {
    core: Token,
    secret: Option<Text>,
    accessor: Text,
    display_name: Text,
    parent: Option<Text>,
    policies: Vec<Text>,
    metadata: Vec<(Text, Text)>,
}

impl otpkeep_token {
    fn new(core: Token, secret: Option<&str>) -> otpkeep_token {
        otpkeep_token {
            secret: secret.map(Text::copy_of),
            accessor: Text::copy_of(&core.accessor),
            display_name: Text::copy_of(&core.display_name),
            parent: core.parent.as_deref().map(Text::copy_of),
            policies: core.policies.iter().map(|name| Text::copy_of(name)).collect(),
            metadata: core.metadata.iter().map(|(name, value)| (Text::copy_of(name), Text::copy_of(value))).collect(),
            core,
        }
    }
}

/// Makes a token. Made with the root key it has no parent; made with a token it is that token's child, has a subset of
/// its policies, and ends with it. `spec` may be NULL.
///
/// `*token` is the caller's, to be freed with `otpkeep_token_free`. `otpkeep_token_secret` gives the token itself, now
/// and never again.
///
/// Errors: `OTPKEEP_INVALID_ARGUMENT` naming the field; `OTPKEEP_PERMISSION_DENIED`, also for a policy that the parent
/// does not have; `OTPKEEP_BAD_TOKEN`, and those of every write (see `otpkeep_write_key`).
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn otpkeep_create_token(
    keep: *mut otpkeep_keep,
    spec: *const otpkeep_token_spec,
    token: *mut *mut otpkeep_token,
    error: *mut *mut otpkeep_error,
) -> otpkeep_status {
    let create = |keep: &Keep| {
        let plain = otpkeep_token_spec::default();
        // SAFETY: not NULL, and a living spec, as the header demands.
        let spec = if spec.is_null() { &plain } else { unsafe { borrow("spec", spec) }? };
        let issued = keep.create_token(&spec.core)?;
        Ok(otpkeep_token::new(issued.token, Some(issued.secret.expose())))
    };
    // SAFETY: as the header demands.
    unsafe { make(keep, "token", token, error, create) }
}

/// Tells what may be told of a token: `token` is a token, an accessor, or NULL for the one whose authority the handle
/// has. `*found` is the caller's, to be freed with `otpkeep_token_free`; it has no secret.
///
/// Errors: `OTPKEEP_BAD_TOKEN` when it is unknown, expired or revoked; `OTPKEEP_PERMISSION_DENIED`,
/// `OTPKEEP_INVALID_ARGUMENT` for NULL on a handle without a token; `OTPKEEP_FORKED`, `OTPKEEP_IO`.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn otpkeep_lookup_token(
    keep: *mut otpkeep_keep,
    token: *const c_char,
    found: *mut *mut otpkeep_token,
    error: *mut *mut otpkeep_error,
) -> otpkeep_status {
    // SAFETY: NULL or a text, as the header demands.
    let lookup = |keep: &Keep| Ok(otpkeep_token::new(keep.lookup_token(unsafe { meant(token) }?)?, None));
    // SAFETY: as the header demands.
    unsafe { make(keep, "found", found, error, lookup) }
}

/// Renews a token (as for `otpkeep_lookup_token`) by `increment` seconds from now, at most by the ttl it was made for;
/// 0 means that ttl. `*renewed` is the caller's, to be freed with `otpkeep_token_free`.
///
/// Errors: `OTPKEEP_INVALID_ARGUMENT` when it is not renewable; `OTPKEEP_BAD_TOKEN`, `OTPKEEP_PERMISSION_DENIED`, and
/// those of every write (see `otpkeep_write_key`).
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn otpkeep_renew_token(
    keep: *mut otpkeep_keep,
    token: *const c_char,
    increment: u64,
    renewed: *mut *mut otpkeep_token,
    error: *mut *mut otpkeep_error,
) -> otpkeep_status {
    let renew = |keep: &Keep| {
        // SAFETY: NULL or a text, as the header demands.
        let token = unsafe { meant(token) }?;
        Ok(otpkeep_token::new(keep.renew_token(token, Some(increment).filter(|seconds| *seconds > 0))?, None))
    };
    // SAFETY: as the header demands.
    unsafe { make(keep, "renewed", renewed, error, renew) }
}

/// Ends a token (as for `otpkeep_lookup_token`) and its children, at once and in every process. One that does not live
/// is no error.
///
/// Errors: `OTPKEEP_PERMISSION_DENIED`, and those of every write (see `otpkeep_write_key`).
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn otpkeep_revoke_token(
    keep: *mut otpkeep_keep,
    token: *const c_char,
    error: *mut *mut otpkeep_error,
) -> otpkeep_status {
    // SAFETY: as the header demands.
    unsafe { act(keep, error, |keep| keep.revoke_token(meant(token)?)) }
}

/// Lists the accessors of all living tokens. `*names` is the caller's, to be freed with `otpkeep_names_free`.
///
/// Errors: `OTPKEEP_PERMISSION_DENIED` without `sudo` on `auth/token/accessors`; `OTPKEEP_FORKED`, `OTPKEEP_IO`.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn otpkeep_list_tokens(
    keep: *mut otpkeep_keep,
    names: *mut *mut otpkeep_names,
    error: *mut *mut otpkeep_error,
) -> otpkeep_status {
    // SAFETY: as the header demands.
    unsafe { make(keep, "names", names, error, |keep| Ok(otpkeep_names::of(&keep.list_tokens()?))) }
}

/// Lists what the handle may do at a path: `root`, `deny`, or names of capabilities. `*names` is the caller's, to be
/// freed with `otpkeep_names_free`.
///
/// Errors: `OTPKEEP_BAD_TOKEN`, `OTPKEEP_PERMISSION_DENIED`, `OTPKEEP_FORKED`, `OTPKEEP_IO`.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn otpkeep_capabilities(
    keep: *mut otpkeep_keep,
    path: *const c_char,
    names: *mut *mut otpkeep_names,
    error: *mut *mut otpkeep_error,
) -> otpkeep_status {
    let capabilities = |keep: &Keep| {
        // SAFETY: NULL or a text, as the header demands.
        let path = unsafe { text("path", path, limits::PATH_BYTES) }?;
        Ok(otpkeep_names::of(&keep.capabilities(path)?))
    };
    // SAFETY: as the header demands.
    unsafe { make(keep, "names", names, error, capabilities) }
}

/// The token itself, of one that was just made: whoever has it has its authority. NULL otherwise.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn otpkeep_token_secret(token: *const otpkeep_token) -> *const c_char {
    // SAFETY: NULL or a living token, as the header demands.
    unsafe { access(token, ptr::null(), |token| pointer_to(token.secret.as_ref())) }
}

/// What names the token without giving its authority; NULL when `token` is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn otpkeep_token_accessor(token: *const otpkeep_token) -> *const c_char {
    // SAFETY: NULL or a living token, as the header demands.
    unsafe { access(token, ptr::null(), |token| token.accessor.as_ptr()) }
}

/// The accessor of the token that made it; NULL when that was the root key, or `token` is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn otpkeep_token_parent(token: *const otpkeep_token) -> *const c_char {
    // SAFETY: NULL or a living token, as the header demands.
    unsafe { access(token, ptr::null(), |token| pointer_to(token.parent.as_ref())) }
}

/// Whom it is for; NULL when `token` is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn otpkeep_token_display_name(token: *const otpkeep_token) -> *const c_char {
    // SAFETY: NULL or a living token, as the header demands.
    unsafe { access(token, ptr::null(), |token| token.display_name.as_ptr()) }
}

/// How many policies it has; 0 when `token` is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn otpkeep_token_policy_count(token: *const otpkeep_token) -> usize {
    // SAFETY: NULL or a living token, as the header demands.
    unsafe { access(token, 0, |token| token.policies.len()) }
}

/// The name of a policy; NULL when there is none of this index.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn otpkeep_token_policy(token: *const otpkeep_token, index: usize) -> *const c_char {
    // SAFETY: NULL or a living token, as the header demands.
    unsafe { access(token, ptr::null(), |token| pointer_to(token.policies.get(index))) }
}

/// How many notes it has; 0 when `token` is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn otpkeep_token_metadata_count(token: *const otpkeep_token) -> usize {
    // SAFETY: NULL or a living token, as the header demands.
    unsafe { access(token, 0, |token| token.metadata.len()) }
}

/// The name of a note; NULL when there is none of this index.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn otpkeep_token_metadata_name(token: *const otpkeep_token, index: usize) -> *const c_char {
    // SAFETY: NULL or a living token, as the header demands.
    unsafe { access(token, ptr::null(), |token| pointer_to(token.metadata.get(index).map(|(name, _)| name))) }
}

/// The value of a note; NULL when there is none of this index.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn otpkeep_token_metadata_value(token: *const otpkeep_token, index: usize) -> *const c_char {
    // SAFETY: NULL or a living token, as the header demands.
    unsafe { access(token, ptr::null(), |token| pointer_to(token.metadata.get(index).map(|(_, value)| value))) }
}

/// When it was made, in Unix seconds; 0 when `token` is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn otpkeep_token_created(token: *const otpkeep_token) -> i64 {
    // SAFETY: NULL or a living token, as the header demands.
    unsafe { access(token, 0, |token| token.core.created.seconds().cast_signed()) }
}

/// When it ends, in Unix seconds; 0 when it has no end, or `token` is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn otpkeep_token_expires(token: *const otpkeep_token) -> i64 {
    // SAFETY: NULL or a living token, as the header demands.
    unsafe { access(token, 0, |token| token.core.expires.map_or(0, |at| at.seconds().cast_signed())) }
}

/// How many seconds it was made for; 0 when it has no end, or `token` is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn otpkeep_token_ttl(token: *const otpkeep_token) -> u64 {
    // SAFETY: NULL or a living token, as the header demands.
    unsafe { access(token, 0, |token| token.core.ttl) }
}

/// 1 when it may be renewed, else 0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn otpkeep_token_renewable(token: *const otpkeep_token) -> i32 {
    // SAFETY: NULL or a living token, as the header demands.
    unsafe { access(token, 0, |token| i32::from(token.core.renewable)) }
}

/// Frees what is told of a token and zeroes it. NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn otpkeep_token_free(token: *mut otpkeep_token) {
    // SAFETY: NULL or a token that was not freed before, as the header demands.
    guard((), || unsafe { release(token) });
}

/// Which token is meant: NULL is the handle's own.
///
/// # Safety
/// `token` is NULL or a text.
unsafe fn meant<'a>(token: *const c_char) -> Result<TokenRef<'a>> {
    if token.is_null() {
        return Ok(TokenRef::Own);
    }
    // SAFETY: the caller's promise is the same.
    Ok(TokenRef::of(Some(unsafe { text("token", token, limits::TOKEN_TEXT_BYTES) }?)))
}
