use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::cipher::{KEY_BYTES, SymmetricKey, decrypt, encrypt, expand};
use super::root_key::{PassphraseCost, RootKey};
use super::{Decoder, Encoder, KeepId, random};
use crate::error::{Error, Kind, Result};

const KIND: &str = "otpkeep/slot";

/// How a slot's root key is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SlotKind {
    /// 32 bytes given by the program.
    Raw,
    /// 32 bytes read from a file. A key file's bytes also open the keep when given raw, and the other way round.
    KeyFile,
    /// A passphrase.
    Passphrase,
}

impl SlotKind {
    /// The name: `raw`, `key-file` or `passphrase`.
    pub const fn name(self) -> &'static str {
        match self {
            SlotKind::Raw => "raw",
            SlotKind::KeyFile => "key-file",
            SlotKind::Passphrase => "passphrase",
        }
    }

    const fn number(self) -> u64 {
        match self {
            SlotKind::Raw => 1,
            SlotKind::KeyFile => 2,
            SlotKind::Passphrase => 3,
        }
    }

    fn from_number(number: u64) -> Result<SlotKind> {
        match number {
            1 => Ok(SlotKind::Raw),
            2 => Ok(SlotKind::KeyFile),
            3 => Ok(SlotKind::Passphrase),
            _ => Err(damaged()),
        }
    }

    fn takes(self, given: SlotKind) -> bool {
        (self == SlotKind::Passphrase) == (given == SlotKind::Passphrase)
    }
}

/// What may be told of a slot without its root key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SlotInfo {
    pub(crate) kind: SlotKind,
    pub(crate) created: u64,
}

/// A slot: one root key's copy of the key-encryption key (KEK).
///
/// The checksum is plain: it tells damage from a wrong root key. The key check is compared before anything is
/// decrypted, which also commits the slot to one key (AES-GCM alone would not).
struct Slot<'a> {
    info: SlotInfo,
    cost: PassphraseCost,
    salt: &'a [u8],
    key_check: &'a [u8],
    wrapped: &'a [u8],
}

/// Seals the KEK under a root key: the bytes of a new slot.
pub(crate) fn new_slot(
    root_key: &RootKey,
    cost: PassphraseCost,
    kek: &SymmetricKey,
    keep_id: &KeepId,
    slot_id: u64,
    created: u64,
) -> Result<Vec<u8>> {
    let cost = match root_key.kind() {
        SlotKind::Passphrase => cost,
        SlotKind::Raw | SlotKind::KeyFile => PassphraseCost { memory_kib: 0, passes: 0 },
    };
    let salt: [u8; 16] = random()?;
    let slot_key = root_key.slot_key(cost, &salt)?;
    let slot = Slot {
        info: SlotInfo { kind: root_key.kind(), created },
        cost,
        salt: &salt,
        key_check: &*key_check(&slot_key, keep_id, slot_id, &salt)?,
        wrapped: &[],
    };
    let wrap_key = wrap_key(&slot_key, keep_id, slot_id, &salt)?;
    let wrapped = encrypt(&wrap_key, &[], &slot.aad(keep_id, slot_id), &**kek)?;
    Ok(Slot { wrapped: &wrapped, ..slot }.encode(keep_id, slot_id))
}

/// The KEK from the first of these slots that the root key opens.
///
/// # Errors
/// `wrong-root-key` when none opens; `corrupt` when none opens and a slot that might have is damaged.
pub(crate) fn unlock<'a>(
    slots: impl Iterator<Item = (u64, &'a [u8])>,
    keep_id: &KeepId,
    root_key: &RootKey,
) -> Result<SymmetricKey> {
    let mut failure = Error::new(Kind::WrongRootKey, "the root key does not open this keep");
    for (slot_id, bytes) in slots {
        match Slot::decode(bytes, keep_id, slot_id).and_then(|slot| slot.open(root_key, keep_id, slot_id)) {
            Ok(Some(kek)) => return Ok(kek),
            Ok(None) => {}
            Err(error) => failure = error,
        }
    }
    Err(failure)
}

/// Reads a slot's kind and age.
///
/// # Errors
/// `corrupt` when the checksum does not fit.
pub(crate) fn describe_slot(bytes: &[u8], keep_id: &KeepId, slot_id: u64) -> Result<SlotInfo> {
    Slot::decode(bytes, keep_id, slot_id).map(|slot| slot.info)
}

impl<'a> Slot<'a> {
    fn encode(&self, keep_id: &KeepId, slot_id: u64) -> Vec<u8> {
        let mut bytes = self.fields().bytes(self.wrapped).finish();
        let checksum = checksum(&bytes, keep_id, slot_id);
        bytes.extend_from_slice(&checksum);
        bytes
    }

    fn decode(bytes: &'a [u8], keep_id: &KeepId, slot_id: u64) -> Result<Slot<'a>> {
        let (fields, stored) = bytes.split_last_chunk::<16>().ok_or_else(damaged)?;
        if checksum(fields, keep_id, slot_id) != *stored {
            return Err(damaged());
        }
        let mut decoder = Decoder::new(fields);
        if decoder.bytes()? != KIND.as_bytes() {
            return Err(damaged());
        }
        let slot = Slot {
            info: SlotInfo { kind: SlotKind::from_number(decoder.number()?)?, created: decoder.seconds()? },
            cost: PassphraseCost { memory_kib: decoder.small_number()?, passes: decoder.small_number()? },
            salt: decoder.bytes()?,
            key_check: decoder.bytes()?,
            wrapped: decoder.bytes()?,
        };
        decoder.finish()?;
        // A hostile file must not choose what opening it costs.
        if slot.salt.len() != 16 || (slot.info.kind == SlotKind::Passphrase && slot.cost.check().is_err()) {
            return Err(damaged());
        }
        Ok(slot)
    }

    /// `None` when the slot belongs to another root key.
    fn open(&self, root_key: &RootKey, keep_id: &KeepId, slot_id: u64) -> Result<Option<SymmetricKey>> {
        if !self.info.kind.takes(root_key.kind()) {
            return Ok(None);
        }
        let slot_key = root_key.slot_key(self.cost, self.salt)?;
        let expected = key_check(&slot_key, keep_id, slot_id, self.salt)?;
        if !bool::from(expected.as_slice().ct_eq(self.key_check)) {
            return Ok(None);
        }
        let wrap_key = wrap_key(&slot_key, keep_id, slot_id, self.salt)?;
        let kek = decrypt(&wrap_key, &self.aad(keep_id, slot_id), self.wrapped).ok_or_else(damaged)?;
        let kek: &[u8; KEY_BYTES] = kek.expose().try_into().map_err(|_| damaged())?;
        Ok(Some(Zeroizing::new(*kek)))
    }

    fn fields(&self) -> Encoder {
        Encoder::new(KIND)
            .number(self.info.kind.number())
            .number(self.info.created)
            .number(u64::from(self.cost.memory_kib))
            .number(u64::from(self.cost.passes))
            .bytes(self.salt)
            .bytes(self.key_check)
    }

    fn aad(&self, keep_id: &KeepId, slot_id: u64) -> Vec<u8> {
        self.fields().bytes(keep_id).number(slot_id).finish()
    }
}

fn key_check(slot_key: &SymmetricKey, keep_id: &KeepId, slot_id: u64, salt: &[u8]) -> Result<Zeroizing<[u8; 16]>> {
    expand(&**slot_key, &derivation("otpkeep/slot-check", keep_id, slot_id, salt))
}

fn wrap_key(slot_key: &SymmetricKey, keep_id: &KeepId, slot_id: u64, salt: &[u8]) -> Result<SymmetricKey> {
    expand(&**slot_key, &derivation("otpkeep/slot-wrap", keep_id, slot_id, salt))
}

fn derivation(kind: &str, keep_id: &KeepId, slot_id: u64, salt: &[u8]) -> Vec<u8> {
    Encoder::new(kind).bytes(keep_id).number(slot_id).bytes(salt).finish()
}

fn checksum(fields: &[u8], keep_id: &KeepId, slot_id: u64) -> [u8; 16] {
    let message = Encoder::new("otpkeep/slot-checksum").bytes(keep_id).number(slot_id).bytes(fields).finish();
    let digest = Sha256::digest(&message);
    digest.first_chunk().copied().unwrap_or_default()
}

fn damaged() -> Error {
    Error::corrupt("a slot is damaged")
}
