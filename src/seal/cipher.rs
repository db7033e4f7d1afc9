//! The primitives: HKDF-SHA256-Expand, HMAC-SHA256 and AES-256-GCM over zeroizing buffers.

use aes_gcm::aead::{AeadInOut, KeyInit};
use aes_gcm::{Aes256Gcm, Nonce, Tag};
use hkdf::Hkdf;
use hmac::{Hmac, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

use super::random;
use crate::error::{Error, Kind, Result};
use crate::secret::Secret;

/// Bytes of every symmetric key.
pub(super) const KEY_BYTES: usize = 32;
/// Bytes of a nonce (NIST SP 800-38D §8.2.2: 96 random bits).
const NONCE_BYTES: usize = 12;
/// Bytes of an authentication tag.
const TAG_BYTES: usize = 16;

/// A symmetric key on its way through the stack, zeroed when dropped.
pub(super) type SymmetricKey = Zeroizing<[u8; KEY_BYTES]>;

/// HKDF-SHA256-Expand (RFC 5869 §2.3) of a key that is uniformly random already.
pub(super) fn expand<const N: usize>(key: &[u8], info: &[u8]) -> Result<Zeroizing<[u8; N]>> {
    let mut output = Zeroizing::new([0; N]);
    Hkdf::<Sha256>::from_prk(key)
        .ok()
        .and_then(|hkdf| hkdf.expand(info, &mut *output).ok())
        .ok_or_else(|| internal("key derivation"))?;
    Ok(output)
}

/// HMAC-SHA256 (RFC 2104) cut to its first 16 bytes.
pub(super) fn tag(key: &[u8], message: &[u8]) -> Result<[u8; 16]> {
    let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(key).map_err(|_| internal("the HMAC"))?;
    mac.update(message);
    let digest = mac.finalize().into_bytes();
    digest.first_chunk().copied().ok_or_else(|| internal("the HMAC"))
}

/// AES-256-GCM under a random nonce: `nonce ‖ ciphertext ‖ tag`, appended to `header`.
pub(super) fn encrypt(key: &SymmetricKey, header: &[u8], aad: &[u8], plaintext: &[u8]) -> Result<Vec<u8>> {
    let nonce: [u8; NONCE_BYTES] = random()?;
    let mut sealed = Vec::with_capacity(header.len() + NONCE_BYTES + plaintext.len() + TAG_BYTES);
    sealed.extend_from_slice(header);
    sealed.extend_from_slice(&nonce);
    // Encrypted apart and then copied, so that `sealed` never held plaintext.
    let mut buffer = Zeroizing::new(plaintext.to_vec());
    let tag = cipher(key)
        .encrypt_inout_detached(&Nonce::from(nonce), aad, buffer.as_mut_slice().into())
        .map_err(|_| internal("the cipher"))?;
    sealed.extend_from_slice(&buffer);
    sealed.extend_from_slice(&tag);
    Ok(sealed)
}

/// Opens `nonce ‖ ciphertext ‖ tag`; `None` when the tag does not fit.
pub(super) fn decrypt(key: &SymmetricKey, aad: &[u8], sealed: &[u8]) -> Option<Secret> {
    let (nonce, rest) = sealed.split_first_chunk::<NONCE_BYTES>()?;
    let (ciphertext, tag) = rest.split_last_chunk::<TAG_BYTES>()?;
    let mut buffer = Zeroizing::new(ciphertext.to_vec());
    cipher(key)
        .decrypt_inout_detached(&Nonce::from(*nonce), aad, buffer.as_mut_slice().into(), &Tag::from(*tag))
        .ok()?;
    Some(Secret::from(std::mem::take(&mut *buffer)))
}

fn cipher(key: &SymmetricKey) -> Aes256Gcm {
    Aes256Gcm::new((&**key).into())
}

fn internal(what: &str) -> Error {
    Error::new(Kind::Internal, format!("{what} refused its input"))
}
