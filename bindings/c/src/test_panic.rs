//! Only with the feature `test-panic`, which no released library has.

use crate::error::otpkeep_error;
use crate::guard::operation;
use crate::status::otpkeep_status;

/// Panics inside the guard.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn otpkeep_test_panic(error: *mut *mut otpkeep_error) -> otpkeep_status {
    // SAFETY: NULL or writable, as the header demands of every error.
    unsafe { operation(error, || std::panic::panic_any("otpkeep-marker-of-the-test-panic-feature")) }
}
