use std::ffi::c_char;
use std::ptr;

use engine::Error;

use crate::guard::guard;
use crate::pointer::{access, release};
use crate::status::{OTPKEEP_OK, otpkeep_status, status_of};
use crate::text::{Text, pointer_to};

/// Why a call failed: its status, the argument at fault when there is one, and the reason in words. It never holds a
/// secret, a code, a URL or a passphrase; only that a stored key is damaged is told with the key's name.
///
/// The caller owns it and frees it with `otpkeep_error_free`.
pub struct otpkeep_error {
    status: otpkeep_status,
    message: Text,
    argument: Option<Text>,
}

impl From<Error> for otpkeep_error {
    fn from(error: Error) -> otpkeep_error {
        otpkeep_error {
            status: status_of(error.kind()),
            message: Text::copy_of(&error.to_string()),
            argument: error.argument_name().map(Text::copy_of),
        }
    }
}

/// The status of the call that failed, which the call returned too; `OTPKEEP_OK` when `error` is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn otpkeep_error_status(error: *const otpkeep_error) -> i32 {
    // SAFETY: NULL or a living error, as the header demands.
    unsafe { access(error, OTPKEEP_OK, |error| error.status) }
}

/// What happened, for a person or a log: status, argument and reason, in English. Borrowed until the error is freed;
/// NULL when `error` is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn otpkeep_error_message(error: *const otpkeep_error) -> *const c_char {
    // SAFETY: NULL or a living error, as the header demands.
    unsafe { access(error, ptr::null(), |error| error.message.as_ptr()) }
}

/// The name of the argument or field at fault, such as `name` or `period`; NULL when none is, or `error` is NULL.
/// Borrowed until the error is freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn otpkeep_error_argument(error: *const otpkeep_error) -> *const c_char {
    // SAFETY: NULL or a living error, as the header demands.
    unsafe { access(error, ptr::null(), |error| pointer_to(error.argument.as_ref())) }
}

/// Frees an error. NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn otpkeep_error_free(error: *mut otpkeep_error) {
    // SAFETY: NULL or an error that was not freed before, as the header demands.
    guard((), || unsafe { release(error) });
}
