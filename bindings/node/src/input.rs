//! What JavaScript passes in, as the core takes it. Types were checked by the package; meaning is checked by the core.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::path::PathBuf;

use engine::{Error, Result, Secret, SecretText, UnixTime};
use napi::bindgen_prelude::{Either, Uint8Array};

/// Text, or its bytes.
pub(crate) type Bytes = Either<String, Uint8Array>;

/// The last second that a JavaScript `Date` can hold, less the longest period: so can the end of a code's life.
const LAST_SECOND: f64 = 8.64e12 - 86_400.0;

pub(crate) fn secret(given: Bytes) -> Secret {
    match given {
        Either::A(text) => Secret::from(text.into_bytes()),
        Either::B(bytes) => Secret::copy_of(&bytes),
    }
}

/// # Errors
/// `invalid-argument` for bytes that are not UTF-8.
pub(crate) fn secret_text(argument: &'static str, given: Bytes) -> Result<SecretText> {
    match given {
        Either::A(text) => Ok(SecretText::from(text)),
        Either::B(bytes) => match std::str::from_utf8(&bytes) {
            Ok(text) => Ok(SecretText::copy_of(text)),
            Err(_) => Err(Error::argument(argument, "must be UTF-8")),
        },
    }
}

pub(crate) fn path(given: Bytes) -> PathBuf {
    let bytes = match given {
        Either::A(text) => text.into_bytes(),
        Either::B(bytes) => bytes.to_vec(),
    };
    PathBuf::from(OsString::from_vec(bytes))
}

/// A time in whole seconds since 1970; `None` when none is given.
///
/// # Errors
/// `invalid-argument` for a time before 1970, or one that no `Date` can hold.
pub(crate) fn time(at: Option<f64>) -> Result<Option<UnixTime>> {
    match at {
        None => Ok(None),
        // The conversion saturates.
        Some(seconds) if seconds <= LAST_SECOND => UnixTime::from_seconds(seconds as i64).map(Some),
        // A later one, or what is no number.
        Some(_) => Err(Error::argument("at", "must be a time that a Date can hold")),
    }
}

/// Whole numbers below 2^53 are exact in JavaScript; there are no greater ones here but times of broken clocks.
pub(crate) fn number(value: u64) -> f64 {
    value as f64
}
