//! Where sealed rows live. A store knows rows and transactions; it sees no plaintext secret and no key.

pub(crate) mod sqlite;

use std::path::Path;

use crate::error::{Error, Kind, Result};

/// The row that names a keep.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct KeepRow {
    pub(crate) keep_id: [u8; 16],
}

/// The sealed keyring and the number of changes it has seen.
#[derive(Clone, Debug)]
pub(crate) struct KeyringRow {
    pub(crate) epoch: u64,
    pub(crate) sealed: Vec<u8>,
}

/// A sealed record of the keep itself, such as a mount or a policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RecordRow {
    pub(crate) id: u64,
    pub(crate) version: u64,
    pub(crate) sealed: Vec<u8>,
}

/// The families of [`RecordRow`]s; the numbers are part of the file format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i64)]
pub(crate) enum Family {
    Mount = 1,
    Policy = 2,
    Token = 3,
    Audit = 4,
}

impl Family {
    pub(crate) const ALL: [Family; 4] = [Family::Mount, Family::Policy, Family::Token, Family::Audit];
}

/// A sealed key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct KeyRow {
    /// Its own id and that of its state.
    pub(crate) id: u64,
    /// A random number drawn at each write.
    pub(crate) version: u64,
    pub(crate) sealed: Vec<u8>,
}

/// What a key is called.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct KeyName {
    pub(crate) mount_id: u64,
    pub(crate) name: String,
}

/// A key's state, as plain numbers under a tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct StateRow {
    /// The version of the key that the state belongs to.
    pub(crate) version: u64,
    /// -1 when no code has been accepted.
    pub(crate) last_step: i64,
    pub(crate) failures: u32,
    /// Unix seconds.
    pub(crate) locked_until: u64,
    pub(crate) flags: u32,
    pub(crate) tag: [u8; 16],
}

/// Rows read at one moment.
pub(crate) trait View {
    fn keep(&self) -> Result<KeepRow>;
    /// Slot ids and slots, in the order of the ids.
    fn slots(&self) -> Result<Vec<(u64, Vec<u8>)>>;
    fn keyring(&self) -> Result<KeyringRow>;
    /// Records of a family in the order of their ids, after the id `after`; 0 begins at the first.
    fn records(&self, family: Family, after: u64, limit: usize) -> Result<Vec<RecordRow>>;
    fn record(&self, family: Family, id: u64) -> Result<Option<RecordRow>>;
    /// The version of a record, without its content.
    fn version(&self, family: Family, id: u64) -> Result<Option<u64>>;
    /// Whether a family has any records.
    fn has_records(&self, family: Family) -> Result<bool>;
    fn key(&self, mount_id: u64, name: &str) -> Result<Option<KeyRow>>;
    /// Keys of all mounts in the order of mount ids and names, after `after`.
    fn keys(&self, after: Option<&KeyName>, limit: usize) -> Result<Vec<(KeyName, KeyRow)>>;
    fn key_count(&self) -> Result<u64>;
    fn state(&self, id: u64) -> Result<Option<StateRow>>;
    /// A key's row and its state's.
    fn key_and_state(&self, mount_id: u64, name: &str) -> Result<Option<(KeyRow, Option<StateRow>)>>;
}

/// Rows of a write transaction. What it does is durable as a whole or not done at all.
pub(crate) trait Edit: View {
    fn put_keep(&self, row: &KeepRow) -> Result<()>;
    fn put_slot(&self, id: u64, slot: &[u8]) -> Result<()>;
    fn delete_slot(&self, id: u64) -> Result<()>;
    fn put_keyring(&self, row: &KeyringRow) -> Result<()>;
    fn put_record(&self, family: Family, row: &RecordRow) -> Result<()>;
    fn delete_record(&self, family: Family, id: u64) -> Result<()>;
    /// An id for a new key of this name.
    fn new_key_id(&self, mount_id: u64, name: &str) -> Result<u64>;
    fn put_key(&self, mount_id: u64, name: &str, row: &KeyRow) -> Result<()>;
    /// Deletes a key; its state is deleted by [`Edit::delete_state`].
    fn delete_key(&self, mount_id: u64, name: &str) -> Result<()>;
    /// Deletes all keys of a mount, with their states.
    fn delete_keys(&self, mount_id: u64) -> Result<()>;
    fn put_state(&self, id: u64, row: &StateRow) -> Result<()>;
    /// Puts a state in the place of another. `false` when the state is not that one, in any column: then it stays.
    fn replace_state(&self, id: u64, old: &StateRow, new: &StateRow) -> Result<bool>;
    fn delete_state(&self, id: u64) -> Result<()>;
}

/// What rows can be read from.
pub(crate) trait Readable {
    /// Runs `work` on rows of one moment.
    fn read(&self, work: &mut dyn FnMut(&dyn View) -> Result<()>) -> Result<()>;
}

/// A place for rows. All methods may be called from any thread.
pub(crate) trait Store: Readable + Send + Sync {
    /// One key's row, for the hot path: a moment of its own. `None` also when the family `without` has any record.
    fn read_key(&self, mount_id: u64, name: &str, without: Family) -> Result<Option<KeyRow>>;

    /// The same with the key's state, where the mount, an id and a version, is still of that version; otherwise `None`.
    fn read_key_and_state(
        &self,
        mount: (u64, u64),
        name: &str,
        without: Family,
    ) -> Result<Option<(KeyRow, Option<StateRow>)>>;

    /// Runs `work` once, as the only writer, and commits durably before returning; an error of `work` undoes it all.
    ///
    /// # Errors
    /// `busy` when other writers held the lock until the deadline. An error of the commit itself leaves open whether
    /// the change is stored.
    fn write(&self, work: &mut dyn FnMut(&dyn Edit) -> Result<()>) -> Result<()>;

    /// Copies everything to a new place while work goes on.
    fn copy_to(&self, destination: &Path) -> Result<Box<dyn StoreCopy>>;

    /// What may be told of the store itself.
    fn facts(&self) -> Result<StoreFacts>;

    /// Whether this process is a fork of the one that opened the store.
    fn is_forked(&self) -> bool;
}

/// A copy of a store that has no name yet, and is gone when it is dropped.
pub(crate) trait StoreCopy: Readable {
    /// Gives it its name.
    fn publish(self: Box<Self>) -> Result<()>;
}

/// What may be told of a store.
#[derive(Clone, Debug)]
pub(crate) struct StoreFacts {
    pub(crate) format: u32,
    pub(crate) engine: String,
    pub(crate) bytes: u64,
}

impl dyn Readable + '_ {
    /// [`Readable::read`] with a value.
    pub(crate) fn read_with<T>(&self, work: impl FnOnce(&dyn View) -> Result<T>) -> Result<T> {
        let (mut work, mut value) = (Some(work), None);
        self.read(&mut |view| {
            let work = work.take().ok_or_else(ran_twice)?;
            value = Some(work(view)?);
            Ok(())
        })?;
        value.ok_or_else(ran_twice)
    }
}

impl dyn Store + '_ {
    /// [`Readable::read`] with a value.
    pub(crate) fn read_with<T>(&self, work: impl FnOnce(&dyn View) -> Result<T>) -> Result<T> {
        (self as &dyn Readable).read_with(work)
    }

    /// [`Store::write`] with a value.
    pub(crate) fn write_with<T>(&self, work: impl FnOnce(&dyn Edit) -> Result<T>) -> Result<T> {
        let (mut work, mut value) = (Some(work), None);
        self.write(&mut |edit| {
            let work = work.take().ok_or_else(ran_twice)?;
            value = Some(work(edit)?);
            Ok(())
        })?;
        value.ok_or_else(ran_twice)
    }
}

fn ran_twice() -> Error {
    Error::new(Kind::Internal, "a transaction did not run exactly once")
}
