//! Zeroizing types for secrets. They have no `Debug`, `Display`, `Clone` or serialization, on purpose: a secret leaves
//! only through [`Secret::expose`] and [`SecretText::expose`], which are easy to search for.

use zeroize::{Zeroize, ZeroizeOnDrop};

/// Secret bytes, zeroed when dropped. The buffer never grows, so no copy is left behind by a reallocation.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct Secret(Box<[u8]>);

impl Secret {
    /// Copies the bytes; the caller keeps and clears its own.
    pub fn copy_of(bytes: &[u8]) -> Secret {
        Secret(bytes.into())
    }

    /// The bytes themselves.
    pub fn expose(&self) -> &[u8] {
        &self.0
    }
}

impl From<Vec<u8>> for Secret {
    /// Takes the vector; when it has spare capacity its old buffer is copied and cleared.
    fn from(mut bytes: Vec<u8>) -> Secret {
        if bytes.capacity() == bytes.len() {
            return Secret(bytes.into_boxed_slice());
        }
        let secret = Secret::copy_of(&bytes);
        bytes.zeroize();
        secret
    }
}

/// Secret text such as an otpauth URL, zeroed when dropped.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct SecretText(Box<str>);

impl SecretText {
    /// Copies the text; the caller keeps and clears its own.
    pub fn copy_of(text: &str) -> SecretText {
        SecretText(text.into())
    }

    /// The text itself.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl From<String> for SecretText {
    /// Takes the string; when it has spare capacity its old buffer is copied and cleared.
    fn from(mut text: String) -> SecretText {
        if text.capacity() == text.len() {
            return SecretText(text.into_boxed_str());
        }
        let secret = SecretText::copy_of(&text);
        text.zeroize();
        secret
    }
}
