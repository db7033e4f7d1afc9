use super::mounts::{Mount, MountSpec};
use super::{Engine, Gate, put_keyring};
use crate::clock::UnixTime;
use crate::error::{Error, Result};
use crate::limits;
use crate::seal::{Keyring, PassphraseCost, RootKey, SlotKind, describe_slot, new_slot, random, unlock};
use crate::store::{Edit, Family, KeepRow, View};
use zeroize::Zeroizing;

/// The first rows of a new keep. Made before the file is, since a passphrase takes its time.
pub(crate) struct KeepSeed {
    keep: KeepRow,
    keyring: Keyring,
    slot: Vec<u8>,
    mount: Option<Mount>,
}

impl KeepSeed {
    pub(crate) fn new(
        root_key: &RootKey,
        cost: PassphraseCost,
        mount: Option<(&str, &MountSpec)>,
        now: UnixTime,
    ) -> Result<KeepSeed> {
        cost.check()?;
        let created = now.seconds();
        let keep = KeepRow { keep_id: random()? };
        let kek = Zeroizing::new(random()?);
        Ok(KeepSeed {
            keep,
            keyring: Keyring::generate(keep.keep_id, &kek, created)?,
            slot: new_slot(root_key, cost, &kek, &keep.keep_id, 1, created)?,
            mount: mount.map(|(path, spec)| Mount::new(path, spec, created)).transpose()?,
        })
    }

    /// Writes the rows into an empty keep.
    pub(crate) fn fill(&self, edit: &dyn Edit) -> Result<()> {
        edit.put_keep(&self.keep)?;
        edit.put_slot(1, &self.slot)?;
        put_keyring(edit, &self.keyring)?;
        self.mount.as_ref().map_or(Ok(()), |mount| mount.put(edit, &self.keyring))
    }
}

/// Opens the keyring of a keep with its root key.
///
/// # Errors
/// `wrong-root-key` when the key opens no slot, `corrupt` when something is damaged.
pub(crate) fn unlock_keyring(view: &dyn View, root_key: &RootKey) -> Result<Keyring> {
    let keep_id = view.keep()?.keep_id;
    let slots = view.slots()?;
    let keyring = view.keyring()?;
    // Trying a passphrase is slow by design: a file with more slots than a keep has must not multiply it.
    let slots = slots.iter().take(limits::SLOTS).map(|(id, slot)| (*id, slot.as_slice()));
    let kek = unlock(slots, &keep_id, root_key)?;
    Keyring::open(keep_id, &kek, keyring.epoch, &keyring.sealed)
}

/// What may be told of a slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slot {
    /// The number that removes it.
    pub id: u64,
    /// How its root key is given; `None` when the slot is damaged.
    pub kind: Option<SlotKind>,
    /// Unix seconds of its making; 0 when the slot is damaged.
    pub created: u64,
}

/// What may be told of a keep.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// The random identity of the keep, 32 hexadecimal digits.
    pub keep_id: String,
    /// The version of the file format.
    pub format: u32,
    /// The storage engine and its version.
    pub storage: String,
    /// Bytes of the keep's files.
    pub bytes: u64,
    /// Unix seconds of its making.
    pub created: u64,
    /// Keys in all mounts.
    pub keys: u64,
    /// Mounts.
    pub mounts: u64,
    /// The term that seals new records.
    pub current_term: u32,
    /// Terms the keyring holds.
    pub terms: u32,
    /// The slots.
    pub slots: Vec<Slot>,
    /// Whether the pages that hold the keys are locked into memory.
    pub memory_locked: bool,
    /// Whether core dumps leave those pages out.
    pub memory_not_dumped: bool,
    /// What the owner should know.
    pub warnings: Vec<&'static str>,
}

impl Engine {
    /// Adds a slot for another root key and returns its id.
    pub(crate) fn add_slot(
        &self,
        gate: &dyn Gate,
        root_key: &RootKey,
        cost: PassphraseCost,
        now: UnixTime,
    ) -> Result<u64> {
        cost.check()?;
        let known = self.store.read_with(|view| view.slots())?;
        let (keyring, id) = (self.keyring(), next_slot(&known)?);
        let slot = new_slot(root_key, cost, &keyring.kek()?, keyring.keep_id(), id, now.seconds())?;
        self.store.write_with(|edit| {
            gate.pass(edit, 0)?;
            let slots = edit.slots()?;
            let free = next_slot(&slots)?;
            if free == id {
                return edit.put_slot(id, &slot).map(|()| id);
            }
            // Another slot was added meanwhile: once more, now under the lock.
            let slot = new_slot(root_key, cost, &keyring.kek()?, keyring.keep_id(), free, now.seconds())?;
            edit.put_slot(free, &slot).map(|()| free)
        })
    }

    /// Removes a slot.
    ///
    /// # Errors
    /// `invalid-argument` when there is no such slot, or it is the last one.
    pub(crate) fn remove_slot(&self, gate: &dyn Gate, id: u64) -> Result<()> {
        self.store.write_with(|edit| {
            gate.pass(edit, 0)?;
            let slots = edit.slots()?;
            if !slots.iter().any(|(known, _)| *known == id) {
                return Err(Error::argument("slot", "there is no slot of this number"));
            }
            let keep_id = edit.keep()?.keep_id;
            let opens = |(other, slot): &(u64, Vec<u8>)| *other != id && describe_slot(slot, &keep_id, *other).is_ok();
            if !slots.iter().any(opens) {
                return Err(Error::argument(
                    "slot",
                    "the last sound slot cannot be removed: nothing would open the keep",
                ));
            }
            edit.delete_slot(id)
        })
    }

    /// What may be told of the keep.
    pub(crate) fn status(&self) -> Result<Status> {
        let facts = self.store.facts()?;
        self.store.read_with(|view| {
            let keep = view.keep()?;
            let keyring = self.current_keyring(view)?;
            let describe = |(id, slot): &(u64, Vec<u8>)| match describe_slot(slot, &keep.keep_id, *id) {
                Ok(info) => Slot { id: *id, kind: Some(info.kind), created: info.created },
                Err(_) => Slot { id: *id, kind: None, created: 0 },
            };
            let protection = keyring.protection();
            let mut warnings = Vec::new();
            if !protection.locked {
                warnings.push("the keys in memory may be swapped out: raise the limit on locked memory");
            }
            Ok(Status {
                keep_id: data_encoding::HEXLOWER.encode(&keep.keep_id),
                format: facts.format,
                storage: facts.engine,
                bytes: facts.bytes,
                created: keyring.created(),
                keys: view.key_count()?,
                mounts: view.records(Family::Mount, 0, limits::MOUNTS)?.len() as u64,
                current_term: keyring.current_term()?,
                terms: keyring.terms().len() as u32,
                slots: view.slots()?.iter().map(describe).collect(),
                memory_locked: protection.locked,
                memory_not_dumped: protection.not_dumped,
                warnings,
            })
        })
    }
}

fn next_slot(slots: &[(u64, Vec<u8>)]) -> Result<u64> {
    if slots.len() >= limits::SLOTS {
        return Err(Error::argument("slot", "a keep holds at most 8 slots"));
    }
    let last = slots.iter().map(|(id, _)| *id).max().unwrap_or_default();
    // SQLite's numbers end here; no keep has had that many slots.
    if last >= i64::MAX as u64 { Err(Error::corrupt("a slot has the last number there is")) } else { Ok(last + 1) }
}
