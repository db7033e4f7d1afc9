//! What `docs/keep-format.md` builds a keep from, written from that page alone.

use aes_gcm::aead::{Aead, Payload};
use aes_gcm::{Aes256Gcm, KeyInit, Nonce};
use hkdf::Hkdf;
use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};

pub(super) type Key = [u8; 32];

/// Numbers, bytes and texts one after the other.
#[derive(Clone)]
pub(super) struct Encoding(Vec<u8>);

impl Encoding {
    /// `E(kind; …)`.
    pub(super) fn of(kind: &str) -> Encoding {
        Encoding::plain().bytes(kind)
    }

    /// `P(…)`.
    pub(super) fn plain() -> Encoding {
        Encoding(Vec::new())
    }

    pub(super) fn number(mut self, number: u64) -> Encoding {
        self.0.extend(number.to_be_bytes());
        self
    }

    pub(super) fn bytes(mut self, bytes: impl AsRef<[u8]>) -> Encoding {
        let bytes = bytes.as_ref();
        self.0.extend((bytes.len() as u32).to_be_bytes());
        self.0.extend(bytes);
        self
    }

    pub(super) fn done(self) -> Vec<u8> {
        self.0
    }
}

/// `Expand(key, info, n)`.
pub(super) fn expand<const N: usize>(key: &[u8], info: Encoding) -> [u8; N] {
    let mut output = [0; N];
    let hkdf = Hkdf::<Sha256>::from_prk(key).expect("a key of 32 bytes");
    hkdf.expand(&info.0, &mut output).expect("a short output");
    output
}

/// The first 16 bytes of HMAC-SHA256.
pub(super) fn tag(key: &Key, message: &[u8]) -> [u8; 16] {
    let mac = <Hmac<Sha256> as KeyInit>::new_from_slice(key).expect("a key of any length");
    first(&mac.chain_update(message).finalize().into_bytes())
}

/// The first bytes of SHA-256.
pub(super) fn digest<const N: usize>(message: impl AsRef<[u8]>) -> [u8; N] {
    first(&Sha256::digest(message))
}

/// `GCM(key, aad, plain)`. A keep that is forged is used once and hides nothing, so that one nonce does for all.
pub(super) fn gcm(key: &Key, aad: Encoding, plain: &[u8]) -> Vec<u8> {
    let nonce = [0; 12];
    let payload = Payload { msg: plain, aad: &aad.0 };
    let sealed = Aes256Gcm::new(key.into()).encrypt(&Nonce::from(nonce), payload).expect("a short text");
    [nonce.as_slice(), &sealed].concat()
}

/// A sealed blob: its header and what is encrypted.
pub(super) fn blob(term: u32, key: &Key, aad: Encoding, plain: &[u8]) -> Vec<u8> {
    [&[1, 1], term.to_be_bytes().as_slice(), &gcm(key, aad, plain)].concat()
}

/// `row(hash)`, for an id in 63 bits.
pub(super) fn row(hash: &[u8]) -> i64 {
    ((u64::from_be_bytes(first(hash)) >> 1) as i64).max(1)
}

fn first<const N: usize>(bytes: &[u8]) -> [u8; N] {
    *bytes.first_chunk().expect("as many bytes")
}
