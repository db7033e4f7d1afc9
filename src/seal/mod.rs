//! Encryption at rest: root keys and slots, the keyring with its terms, records, and the MAC of the state rows.
//! It knows nothing of where the rows live. The formats are specified in `docs/keep-format.md`.

mod cipher;
mod encoding;
mod keyring;
mod root_key;
mod slot;

pub(crate) use encoding::{Decoder, Encoder};
pub(crate) use keyring::{HashPurpose, Keyring, Place, RecordKind, term_of};
pub use root_key::PassphraseCost;
pub(crate) use root_key::RootKey;
pub use slot::SlotKind;
pub(crate) use slot::{describe_slot, new_slot, unlock};

/// The random identity of a keep, bound into every key and tag.
pub(crate) type KeepId = [u8; 16];

/// Fills an array with random bytes of the operating system.
pub(crate) fn random<const N: usize>() -> crate::Result<[u8; N]> {
    let mut bytes = [0; N];
    fill_random(&mut bytes)?;
    Ok(bytes)
}

/// Fills bytes with random ones of the operating system.
pub(crate) fn fill_random(bytes: &mut [u8]) -> crate::Result<()> {
    getrandom::fill(bytes).map_err(|_| crate::Error::new(crate::Kind::Io, "the operating system gave no random bytes"))
}

/// A random number from 1 to 2^63 - 1, for identities that SQLite stores as an integer.
pub(crate) fn random_id() -> crate::Result<u64> {
    Ok((u64::from_be_bytes(random()?) >> 1).max(1))
}
