//! Only with the feature `test-panic`, which no released addon has.

use napi_derive::napi;

use crate::call::{Call, call};

/// Panics inside the guard.
#[napi]
#[allow(clippy::panic)]
pub fn test_panic(on_pool: bool) -> Call<()> {
    call(on_pool, || std::panic::panic_any("otpkeep-marker-of-the-test-panic-feature"))
}
