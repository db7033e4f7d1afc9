//! The C library as a program in C meets it.

// A foreign library can be called no other way.
#![allow(unsafe_code)]

use std::ffi::{CStr, CString, c_char, c_void};
use std::path::Path;
use std::ptr::null_mut;

#[repr(C)]
#[derive(Clone, Copy, Default)]
struct Verdict {
    outcome: i32,
    offset: i32,
    retry_after: u64,
    attempts_left: u32,
    reserved: [u32; 3],
}

#[link(name = "otpkeep", kind = "dylib")]
unsafe extern "C" {
    fn otpkeep_options_new() -> *mut c_void;
    fn otpkeep_options_free(options: *mut c_void);
    fn otpkeep_options_set_root_key(options: *mut c_void, data: *const u8, length: usize) -> i32;
    fn otpkeep_open(location: *const c_char, options: *const c_void, keep: *mut *mut c_void, error: *mut c_void)
    -> i32;
    fn otpkeep_close(keep: *mut c_void);
    fn otpkeep_read_code(keep: *mut c_void, name: *const c_char, code: *mut c_char, error: *mut c_void) -> i32;
    fn otpkeep_validate_code(
        keep: *mut c_void,
        name: *const c_char,
        code: *const c_char,
        verdict: *mut Verdict,
        error: *mut c_void,
    ) -> i32;
    fn otpkeep_validate_codes(
        keep: *mut c_void,
        names: *const *const c_char,
        codes: *const *const c_char,
        count: usize,
        verdicts: *mut Verdict,
        error: *mut c_void,
    ) -> i32;
}

/// A name as C passes it: its bytes and a NUL.
#[derive(Clone, Copy)]
pub struct Name([u8; 16]);

impl Name {
    /// A name of at most 15 bytes.
    pub fn new(name: &str) -> Name {
        let mut bytes = [0; 16];
        bytes[..name.len()].copy_from_slice(name.as_bytes());
        assert!(name.len() < bytes.len());
        Name(bytes)
    }

    fn as_ptr(&self) -> *const c_char {
        self.0.as_ptr().cast()
    }
}

/// A keep opened through the C interface.
pub struct Keep(*mut c_void);

// SAFETY: The library says that a handle may be used from any thread.
unsafe impl Send for Keep {}
// SAFETY: As above, also by several at once.
unsafe impl Sync for Keep {}

impl Keep {
    /// Opens a keep with the root key of the benches.
    pub fn open(path: &Path) -> Keep {
        let location = CString::new(path.to_str().unwrap()).unwrap();
        let mut keep = null_mut();
        // SAFETY: All pointers are to values that live, and the options are freed once.
        unsafe {
            let options = otpkeep_options_new();
            assert_eq!(otpkeep_options_set_root_key(options, crate::ROOT_KEY.as_ptr(), 32), 0);
            assert_eq!(otpkeep_open(location.as_ptr(), options, &raw mut keep, null_mut()), 0);
            otpkeep_options_free(options);
        }
        Keep(keep)
    }

    /// Reads a code.
    pub fn read_code(&self, name: &Name) -> [u8; 16] {
        let mut code = [0; 16];
        // SAFETY: The handle is open, the name ends in NUL, and the buffer has the size that the library asks for.
        let status = unsafe { otpkeep_read_code(self.0, name.as_ptr(), code.as_mut_ptr().cast(), null_mut()) };
        assert_eq!(status, 0);
        code
    }

    /// Validates a code and returns the status.
    pub fn validate_code(&self, name: &Name, code: &CStr) -> i32 {
        // SAFETY: The handle is open, both texts end in NUL, and the outputs may be absent.
        unsafe { otpkeep_validate_code(self.0, name.as_ptr(), code.as_ptr(), null_mut(), null_mut()) }
    }

    /// Validates one code for many keys, and returns how many keys were judged.
    pub fn validate_codes(&self, names: &[Name], code: &CStr) -> usize {
        let texts: Vec<_> = names.iter().map(Name::as_ptr).collect();
        let codes = vec![code.as_ptr(); names.len()];
        let mut verdicts = vec![Verdict::default(); names.len()];
        // SAFETY: The handle is open and the three arrays have as many items as is said.
        let status = unsafe {
            otpkeep_validate_codes(
                self.0,
                texts.as_ptr(),
                codes.as_ptr(),
                names.len(),
                verdicts.as_mut_ptr(),
                null_mut(),
            )
        };
        assert_eq!(status, 0);
        verdicts.len()
    }
}

impl Drop for Keep {
    fn drop(&mut self) {
        // SAFETY: The handle is open and not used again.
        unsafe { otpkeep_close(self.0) };
    }
}
