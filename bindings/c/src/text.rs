use std::ffi::c_char;
use std::ptr;

use zeroize::Zeroizing;

/// Text that C reads through a borrowed pointer: UTF-8 that ends with NUL, zeroed when dropped.
pub(crate) struct Text(Zeroizing<Vec<u8>>);

impl Text {
    /// Copies the text. What comes after a NUL within it would not be seen by C.
    pub(crate) fn copy_of(text: &str) -> Text {
        let mut bytes = Zeroizing::new(Vec::with_capacity(text.len() + 1));
        bytes.extend_from_slice(text.as_bytes());
        bytes.push(0);
        Text(bytes)
    }

    /// The pointer for C, valid as long as this text.
    pub(crate) fn as_ptr(&self) -> *const c_char {
        self.0.as_ptr().cast()
    }
}

/// The pointer to a text that may be absent.
pub(crate) fn pointer_to(text: Option<&Text>) -> *const c_char {
    text.map_or(ptr::null(), Text::as_ptr)
}
