use std::ffi::c_char;
use std::ptr;

use crate::guard::guard;
use crate::pointer::{access, release};
use crate::text::Text;

/// A text that an operation gave.
///
/// The caller owns it and frees it with `otpkeep_text_free`, which zeroes it.
pub struct otpkeep_text {
    pub(crate) value: Text,
}

impl otpkeep_text {
    pub(crate) fn of(text: &str) -> otpkeep_text {
        otpkeep_text { value: Text::copy_of(text) }
    }
}

/// The text itself, borrowed until it is freed; NULL when `text` is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn otpkeep_text_value(text: *const otpkeep_text) -> *const c_char {
    // SAFETY: NULL or a living text, as the header demands.
    unsafe { access(text, ptr::null(), |text| text.value.as_ptr()) }
}

/// Frees a text and zeroes it. NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn otpkeep_text_free(text: *mut otpkeep_text) {
    // SAFETY: NULL or a text that was not freed before, as the header demands.
    guard((), || unsafe { release(text) });
}
