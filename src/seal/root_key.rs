use argon2::{Algorithm, Argon2, Block, Params, Version};
use zeroize::Zeroizing;

use super::cipher::SymmetricKey;
use super::slot::SlotKind;
use crate::error::{Error, Kind, Result};
use crate::limits;
use crate::secret::Secret;

/// What opens a keep: 32 random bytes, the same from a key file, or a passphrase. It is never stored.
pub(crate) struct RootKey {
    kind: SlotKind,
    bytes: Secret,
}

impl RootKey {
    /// A root key of 32 bytes. They must come from a random source: nothing slows down guessing them.
    ///
    /// # Errors
    /// `invalid-argument` unless there are exactly 32.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Result<RootKey> {
        if bytes.len() != limits::ROOT_KEY_BYTES {
            return Err(Error::argument("root_key", "must be exactly 32 bytes"));
        }
        Ok(RootKey { kind: SlotKind::Raw, bytes: Secret::copy_of(bytes) })
    }

    /// A passphrase of 1 to 1 024 bytes, stretched by Argon2id (RFC 9106).
    ///
    /// # Errors
    /// `invalid-argument` when it is empty or longer.
    pub(crate) fn from_passphrase(passphrase: &[u8]) -> Result<RootKey> {
        if !limits::PASSPHRASE_BYTES.contains(&passphrase.len()) {
            return Err(Error::argument("passphrase", "must be 1 to 1024 bytes"));
        }
        Ok(RootKey { kind: SlotKind::Passphrase, bytes: Secret::copy_of(passphrase) })
    }

    /// The content of a key file: 32 bytes, or 64 hexadecimal digits with an optional line end.
    ///
    /// # Errors
    /// `invalid-argument` for any other content.
    pub(crate) fn from_key_file_content(content: &[u8]) -> Result<RootKey> {
        let decoded = match content.len() {
            limits::ROOT_KEY_BYTES => Some(Secret::copy_of(content)),
            _ => data_encoding::HEXLOWER_PERMISSIVE.decode(content.trim_ascii_end()).ok().map(Secret::from),
        };
        match decoded {
            Some(bytes) if bytes.expose().len() == limits::ROOT_KEY_BYTES => {
                Ok(RootKey { kind: SlotKind::KeyFile, bytes })
            }
            _ => Err(Error::argument("key_file", "must hold 32 bytes or 64 hexadecimal digits")),
        }
    }

    pub(super) fn kind(&self) -> SlotKind {
        self.kind
    }

    /// The key of a slot: the bytes themselves, or the passphrase through Argon2id.
    pub(super) fn slot_key(&self, cost: PassphraseCost, salt: &[u8]) -> Result<SymmetricKey> {
        let mut key = Zeroizing::new([0; limits::ROOT_KEY_BYTES]);
        if self.kind == SlotKind::Passphrase {
            let refused = |_| Error::new(Kind::Internal, "Argon2id refused its parameters");
            let params = Params::new(cost.memory_kib, cost.passes, 1, Some(key.len())).map_err(refused)?;
            let mut blocks = Zeroizing::new(Vec::new());
            blocks
                .try_reserve_exact(params.block_count())
                .map_err(|_| Error::new(Kind::Io, "no memory to derive the key of a passphrase"))?;
            blocks.resize(params.block_count(), Block::default());
            Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
                .hash_password_into_with_memory(self.bytes.expose(), salt, &mut *key, blocks.as_mut_slice())
                .map_err(refused)?;
        } else if let Some(bytes) = self.bytes.expose().first_chunk() {
            *key = *bytes;
        }
        Ok(key)
    }
}

/// What a passphrase slot costs to try, once for its owner and once per guess for everyone else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PassphraseCost {
    /// Argon2id memory in KiB, 19 456 to 1 048 576; 65 536 (64 MiB) by default.
    pub memory_kib: u32,
    /// Argon2id passes, 1 to 10; 3 by default.
    pub passes: u32,
}

impl Default for PassphraseCost {
    fn default() -> PassphraseCost {
        PassphraseCost { memory_kib: 64 * 1024, passes: 3 }
    }
}

impl PassphraseCost {
    /// Checks the bounds.
    ///
    /// # Errors
    /// `invalid-argument` for `passphrase_cost`.
    pub fn check(self) -> Result<()> {
        if limits::ARGON2_MEMORY_KIB.contains(&self.memory_kib) && limits::ARGON2_PASSES.contains(&self.passes) {
            Ok(())
        } else {
            Err(Error::argument("passphrase_cost", "must be 19456 to 1048576 KiB and 1 to 10 passes"))
        }
    }
}
