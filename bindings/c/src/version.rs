use std::ffi::c_char;

/// The number in the library's name, `libotpkeep.so.0`. Only a change that breaks programs built against an older
/// header raises it.
pub const OTPKEEP_ABI_VERSION: u32 = 0;

const _: () = assert!(matches!(u32::from_str_radix(env!("OTPKEEP_SONAME_NUMBER"), 10), Ok(OTPKEEP_ABI_VERSION)));

/// The version of the library that runs, such as `0.1.0`; `OTPKEEP_VERSION` is that of the header. The text is
/// constant.
#[unsafe(no_mangle)]
pub extern "C" fn otpkeep_version() -> *const c_char {
    concat!(env!("CARGO_PKG_VERSION"), "\0").as_ptr().cast()
}

/// The ABI version of the library that runs, to compare with `OTPKEEP_ABI_VERSION`.
#[unsafe(no_mangle)]
pub extern "C" fn otpkeep_abi_version() -> u32 {
    OTPKEEP_ABI_VERSION
}
