use data_encoding::BASE32_NOPAD;
use zeroize::Zeroizing;

use crate::error::{Error, Result};
use crate::limits;
use crate::secret::{Secret, SecretText};

/// Decodes a base32 secret (RFC 4648 §6) as people type and sites print them: any case, spaces and dashes between
/// groups, padding present, short or missing. Trailing bits that no byte takes are ignored, as authenticator apps do,
/// since sites draw secrets letter by letter.
///
/// # Errors
/// `invalid-argument` for `secret`: empty, too long, not base32, or a length that no bytes encode to. The error gives a
/// position, never a character.
pub fn decode_secret(text: &str) -> Result<Secret> {
    // One byte takes less than two letters; the factor leaves room for separators.
    if text.len() > *limits::SECRET_BYTES.end() * 4 {
        return Err(Error::argument("secret", "longer than 128 bytes"));
    }
    let mut letters = Zeroizing::new(Vec::with_capacity(text.len()));
    let mut padding = 0;
    for (position, byte) in text.bytes().enumerate() {
        match byte {
            b' ' | b'-' => {}
            b'=' => padding += 1,
            b'A'..=b'Z' | b'a'..=b'z' | b'2'..=b'7' if padding == 0 => letters.push(byte.to_ascii_uppercase()),
            _ => {
                return Err(Error::argument("secret", format!("not base32 at byte {position}")));
            }
        }
    }
    let proper_padding = (8 - letters.len() % 8) % 8;
    if matches!(letters.len() % 8, 1 | 3 | 6) || padding > proper_padding {
        return Err(Error::argument("secret", "not base32: no bytes encode to this length"));
    }
    if letters.is_empty() {
        return Err(Error::argument("secret", "empty"));
    }
    let mut encoding = BASE32_NOPAD.specification();
    encoding.check_trailing_bits = false;
    let bytes = encoding
        .encoding()
        .ok()
        .and_then(|encoding| encoding.decode(&letters).ok())
        .ok_or_else(|| Error::argument("secret", "not base32"))?;
    let secret = Secret::from(bytes);
    if !limits::SECRET_BYTES.contains(&secret.expose().len()) {
        return Err(Error::argument("secret", "longer than 128 bytes"));
    }
    Ok(secret)
}

/// Encodes a secret in base32 without padding, as otpauth URLs carry it.
pub fn encode_secret(secret: &Secret) -> SecretText {
    SecretText::from(BASE32_NOPAD.encode(secret.expose()))
}
