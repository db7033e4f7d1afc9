use data_encoding::BASE64URL_NOPAD;
use zeroize::Zeroizing;

use crate::error::{Error, Kind, Result};
use crate::seal::{HashPurpose, Keyring, random};
use crate::secret::SecretText;

/// What a token's text begins with, so that one that was published is recognised.
pub(super) const TOKEN_PREFIX: &str = "otk_";
/// What an accessor's text begins with.
pub(super) const ACCESSOR_PREFIX: &str = "oac_";

/// Names a token: a keyed hash of it, which tells nothing about it and from which its row is found.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Accessor([u8; 16]);

impl Accessor {
    /// The accessor that a text is.
    ///
    /// # Errors
    /// `bad-token` when it is none.
    pub(crate) fn of_text(text: &str) -> Result<Accessor> {
        decode(text.strip_prefix(ACCESSOR_PREFIX).ok_or_else(bad_token)?).map(Accessor)
    }

    /// The accessor of a token.
    ///
    /// # Errors
    /// `bad-token` when the text is no token.
    pub(crate) fn of_token(keyring: &Keyring, text: &str) -> Result<Accessor> {
        let secret: [u8; 32] = decode(text.strip_prefix(TOKEN_PREFIX).ok_or_else(bad_token)?)?;
        Accessor::of_secret(keyring, &Zeroizing::new(secret))
    }

    /// A new token and its accessor.
    pub(super) fn issue(keyring: &Keyring) -> Result<(SecretText, Accessor)> {
        let secret = Zeroizing::new(random::<32>()?);
        let digits = Zeroizing::new(BASE64URL_NOPAD.encode(&*secret));
        let text = SecretText::from([TOKEN_PREFIX, digits.as_str()].concat());
        Ok((text, Accessor::of_secret(keyring, &secret)?))
    }

    /// The id of the token's row.
    pub(super) fn row_id(self, keyring: &Keyring) -> Result<u64> {
        keyring.row_id(HashPurpose::TokenRow, &self.0)
    }

    pub(crate) fn text(self) -> String {
        format!("{ACCESSOR_PREFIX}{}", BASE64URL_NOPAD.encode(&self.0))
    }

    fn of_secret(keyring: &Keyring, secret: &[u8; 32]) -> Result<Accessor> {
        keyring.keyed_hash(HashPurpose::TokenAccessor, secret).map(Accessor)
    }
}

fn decode<const N: usize>(digits: &str) -> Result<[u8; N]> {
    let mut bytes = Zeroizing::new([0; N]);
    let fits = BASE64URL_NOPAD.decode_len(digits.len()).is_ok_and(|length| length == N);
    if fits && BASE64URL_NOPAD.decode_mut(digits.as_bytes(), &mut *bytes).is_ok() {
        Ok(*bytes)
    } else {
        Err(bad_token())
    }
}

/// Whether a text that should be a path or a name holds an otpauth URL or a token: then no error may repeat it.
pub fn holds_secret(text: &str) -> bool {
    // Also `otpauth-migration:`, and whatever the colon is encoded as.
    let ends_scheme =
        |rest: &str| rest.trim_start_matches(|c: char| c.is_ascii_lowercase() || c == '-').starts_with([':', '%']);
    text.to_ascii_lowercase().split("otpauth").skip(1).any(ends_scheme) || text.contains(TOKEN_PREFIX)
}

pub(super) fn bad_token() -> Error {
    Error::new(Kind::BadToken, "the token is unknown, expired or revoked")
}
