use crate::error::{Error, Result};
use crate::limits;

/// Checks an issuer or an account name, whether it comes from a URL or from a caller: at most 200 bytes of UTF-8 and no
/// control characters (Unicode category Cc, which includes NUL, tabs and line breaks). Empty is fine, and so is
/// everything else, `:`, `&` and `%` included.
///
/// # Errors
/// `invalid-argument` for `argument`, which is the name the caller knows this text by.
pub fn check_label(argument: &'static str, text: &str) -> Result<()> {
    match fault(text) {
        Some(fault) => Err(Error::argument(argument, fault)),
        None => Ok(()),
    }
}

/// What is wrong with an issuer or account name, if anything.
pub(super) fn fault(text: &str) -> Option<&'static str> {
    if text.len() > limits::LABEL_BYTES {
        Some("longer than 200 bytes")
    } else if text.chars().any(char::is_control) {
        Some("holds a control character")
    } else {
        None
    }
}
