//! Pointers from C become Rust values here, and Rust values become pointers for C. Objects are boxes, all of them, so
//! none can be freed as something it is not.

use std::ffi::c_char;
use std::ptr::NonNull;

use engine::{Error, Result};

/// Hands an object to C, which owns it until the `_free` function of its type.
pub(crate) fn into_raw<T>(object: T) -> *mut T {
    Box::into_raw(Box::new(object))
}

/// Takes an object back from C and drops it.
///
/// # Safety
/// `object` is NULL or came from [`into_raw`] and was not released before.
pub(crate) unsafe fn release<T>(object: *mut T) {
    if !object.is_null() {
        // SAFETY: it came from `Box::into_raw`, once.
        drop(unsafe { Box::from_raw(object) });
    }
}

/// An object that C lends for the call.
///
/// # Errors
/// `invalid-argument` for NULL.
///
/// # Safety
/// `object` is NULL or points to a living `T` that nobody changes meanwhile.
pub(crate) unsafe fn borrow<'a, T>(argument: &'static str, object: *const T) -> Result<&'a T> {
    // SAFETY: the caller's promise is the same.
    unsafe { object.as_ref() }.ok_or_else(|| null(argument))
}

/// An object that C lends for the call to be changed.
///
/// # Errors
/// `invalid-argument` for NULL.
///
/// # Safety
/// `object` is NULL or points to a living `T` that nobody else uses meanwhile.
pub(crate) unsafe fn borrow_mut<'a, T>(argument: &'static str, object: *mut T) -> Result<&'a mut T> {
    // SAFETY: the caller's promise is the same.
    unsafe { object.as_mut() }.ok_or_else(|| null(argument))
}

/// What an accessor answers for an object, or `absent` for NULL.
///
/// # Safety
/// As for [`borrow`].
pub(crate) unsafe fn access<T, R>(object: *const T, absent: R, body: impl FnOnce(&T) -> R) -> R {
    // SAFETY: the caller's promise is the same.
    match unsafe { object.as_ref() } {
        Some(object) => crate::guard::guard(absent, || body(object)),
        None => absent,
    }
}

/// A text of at most `limit` bytes. A longer one is not read to its end.
///
/// # Errors
/// `invalid-argument` for NULL, a text that is too long, and one that is not UTF-8. None repeats the text.
///
/// # Safety
/// `text` is NULL or points to bytes that end with NUL and stay unchanged while they are borrowed.
pub(crate) unsafe fn text<'a>(argument: &'static str, text: *const c_char, limit: usize) -> Result<&'a str> {
    // SAFETY: the caller's promise is the same.
    let bytes = unsafe { bytes_before_nul(argument, text, limit + 1) }?;
    if bytes.len() > limit {
        return Err(Error::argument(argument, format!("longer than {limit} bytes")));
    }
    std::str::from_utf8(bytes).map_err(|_| Error::argument(argument, "must be UTF-8"))
}

/// The bytes before the NUL, or the first `most` when there is none among them.
///
/// # Errors
/// `invalid-argument` for NULL.
///
/// # Safety
/// As for [`text`].
pub(crate) unsafe fn bytes_before_nul<'a>(
    argument: &'static str,
    text: *const c_char,
    most: usize,
) -> Result<&'a [u8]> {
    if text.is_null() {
        return Err(null(argument));
    }
    let text = text.cast::<u8>();
    let mut length = 0;
    // SAFETY: no byte before this one was the NUL that ends the text.
    while length < most && unsafe { text.add(length).read() } != 0 {
        length += 1;
    }
    // SAFETY: these bytes were just read, and the caller keeps them unchanged.
    Ok(unsafe { std::slice::from_raw_parts(text, length) })
}

/// An array of `count` elements; an empty one may be NULL.
///
/// # Errors
/// `invalid-argument` for NULL and for more elements than memory has.
///
/// # Safety
/// `array` is NULL or points to `count` elements that stay unchanged while they are borrowed.
pub(crate) unsafe fn array<'a, T>(argument: &'static str, array: *const T, count: usize) -> Result<&'a [T]> {
    if count == 0 {
        return Ok(&[]);
    }
    if array.is_null() {
        return Err(null(argument));
    }
    if count > isize::MAX as usize / size_of::<T>() {
        return Err(Error::argument(argument, "longer than any memory"));
    }
    // SAFETY: it is not NULL and of a possible size; the rest is the caller's promise.
    Ok(unsafe { std::slice::from_raw_parts(array, count) })
}

/// A place in the caller's memory that takes a result, cleared from the start.
pub(crate) struct Output<T>(Option<NonNull<T>>);

impl<T> Output<T> {
    /// A place that may be NULL when the caller does not want the result.
    ///
    /// # Safety
    /// `place` is NULL or can be written until the call returns.
    pub(crate) unsafe fn optional(place: *mut T, cleared: T) -> Output<T> {
        let output = Output(NonNull::new(place));
        output.set(cleared);
        output
    }

    /// A place for a result that must not be lost.
    ///
    /// # Errors
    /// `invalid-argument` for NULL.
    ///
    /// # Safety
    /// As for [`Output::optional`].
    pub(crate) unsafe fn required(argument: &'static str, place: *mut T, cleared: T) -> Result<Output<T>> {
        if place.is_null() {
            return Err(null(argument));
        }
        // SAFETY: the caller's promise is the same.
        Ok(unsafe { Output::optional(place, cleared) })
    }

    /// Stores the result.
    pub(crate) fn set(&self, value: T) {
        self.set_with(|| value);
    }

    /// Stores the result, which is made only when somebody wants it.
    pub(crate) fn set_with(&self, value: impl FnOnce() -> T) {
        if let Some(place) = self.0 {
            // SAFETY: it is not NULL, and whoever made this output promised that it can be written.
            unsafe { place.write(value()) };
        }
    }
}

fn null(argument: &'static str) -> Error {
    Error::argument(argument, "must not be NULL")
}
