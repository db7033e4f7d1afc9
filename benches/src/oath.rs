//! liboath, the C library of the OATH Toolkit.

// A foreign library can be called no other way.
#![allow(unsafe_code)]

use std::ffi::{c_char, c_int, c_uint};

#[link(name = "oath")]
unsafe extern "C" {
    fn oath_totp_generate(
        secret: *const c_char,
        secret_length: usize,
        now: i64,
        time_step_size: c_uint,
        start_offset: i64,
        digits: c_uint,
        output_otp: *mut c_char,
    ) -> c_int;
}

/// A six-digit SHA-1 code with a period of 30 seconds, and its final NUL.
pub fn code(secret: &[u8], at: i64) -> [u8; 7] {
    let mut code = [0; 7];
    // SAFETY: The pointers and lengths are those of slices that live, and six digits and a NUL fit the buffer.
    let status =
        unsafe { oath_totp_generate(secret.as_ptr().cast(), secret.len(), at, 30, 0, 6, code.as_mut_ptr().cast()) };
    assert_eq!(status, 0);
    code
}
