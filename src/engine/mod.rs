//! The TOTP engine: keys, codes and mounts over a store, a keyring and the attempt rule. It knows no authority: whoever
//! reads may read, and what changes the keep is changed if the caller's [`Gate`] lets it.

mod codes;
mod commit;
mod key_spec;
mod keys;
mod maintenance;
mod material;
mod mounts;
mod slots;
mod state;

use std::sync::{Arc, PoisonError, RwLock};

pub use self::codes::{Attempts, Code};
pub(crate) use self::commit::CommitWatcher;
pub use self::key_spec::KeySpec;
pub use self::keys::{Enrollment, Key};
pub(crate) use self::maintenance::restore;
pub(crate) use self::mounts::normal_path;
pub use self::mounts::{Mount, MountSpec};
pub(crate) use self::slots::{KeepSeed, unlock_keyring};
pub use self::slots::{Slot, Status};
use crate::error::{Error, Kind, Result};
use crate::seal::{Keyring, term_of};
use crate::store::{Edit, KeyringRow, Store, View};

/// Asked in the transaction of every change, before anything else in it.
pub(crate) trait Gate: Send + Sync {
    /// What decides at this moment about each item of a call, by its number.
    ///
    /// # Errors
    /// Why none may pass.
    fn open(&self, view: &dyn View) -> Result<Passage<'_>>;

    /// # Errors
    /// Why the change may not be made.
    fn pass(&self, view: &dyn View, item: usize) -> Result<()> {
        self.open(view)?(item)
    }
}

/// Lets an item pass, or says why not.
pub(crate) type Passage<'a> = Box<dyn Fn(usize) -> Result<()> + 'a>;

/// An open keep without authority.
pub(crate) struct Engine {
    store: Box<dyn Store>,
    /// The keyring as last seen. Others may have rotated it since.
    keyring: RwLock<Arc<Keyring>>,
    /// The mounts as last seen. Others may have changed them since.
    mounts: RwLock<Arc<mounts::Mounts>>,
    commits: commit::CommitQueue,
}

impl Engine {
    pub(crate) fn new(store: Box<dyn Store>, keyring: Keyring) -> Engine {
        Engine {
            store,
            keyring: RwLock::new(Arc::new(keyring)),
            mounts: RwLock::new(Arc::new(Vec::new())),
            commits: commit::CommitQueue::new(),
        }
    }

    /// Tells the watcher how many attempts each commit settles; the first one stays.
    pub(crate) fn watch_commits(&self, watcher: Box<CommitWatcher>) {
        self.commits.watch(watcher);
    }

    pub(crate) fn is_forked(&self) -> bool {
        self.store.is_forked()
    }

    /// The keyring as last seen. What terms do not rotate is the same in all.
    pub(crate) fn keyring(&self) -> Arc<Keyring> {
        Arc::clone(&self.keyring.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn set_keyring(&self, keyring: Keyring) -> Arc<Keyring> {
        let keyring = Arc::new(keyring);
        *self.keyring.write().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&keyring);
        keyring
    }

    /// Reads what is asked of one moment.
    pub(crate) fn look<T>(&self, work: impl FnOnce(&dyn View) -> Result<T>) -> Result<T> {
        self.store.read_with(work)
    }

    /// Reads records of the keep itself, with the keyring of the same moment.
    pub(crate) fn read<T>(&self, work: impl FnOnce(&dyn View, &Keyring) -> Result<T>) -> Result<T> {
        self.look(|view| work(view, &*self.current_keyring(view)?))
    }

    /// Changes records of the keep itself.
    pub(crate) fn write<T>(&self, gate: &dyn Gate, work: impl FnOnce(&dyn Edit, &Keyring) -> Result<T>) -> Result<T> {
        self.store.write_with(|edit| {
            gate.pass(edit, 0)?;
            work(edit, &*self.current_keyring(edit)?)
        })
    }

    /// The keyring as it is stored at this moment. What is sealed must be sealed under it: a term known from before may
    /// have been pruned.
    pub(crate) fn current_keyring(&self, view: &dyn View) -> Result<Arc<Keyring>> {
        let known = self.keyring();
        let KeyringRow { epoch, sealed } = view.keyring()?;
        if known.is_of(epoch, &sealed) { Ok(known) } else { Ok(self.set_keyring(known.reopen(epoch, &sealed)?)) }
    }

    /// A keyring that opens records read in this view: the one as last seen, or, when it lacks a term of theirs, the one
    /// of the view. Another moment's would not do: the terms of one may be pruned in the other.
    fn keyring_for<'r>(&self, view: &dyn View, sealed: impl IntoIterator<Item = &'r [u8]>) -> Result<Arc<Keyring>> {
        let known = self.keyring();
        let mut sealed = sealed.into_iter();
        if sealed.all(|record| term_of(record).is_ok_and(|term| known.holds(term))) {
            return Ok(known);
        }
        self.current_keyring(view)
    }
}

/// Stores a keyring in place of the one before.
fn put_keyring(edit: &dyn Edit, keyring: &Keyring) -> Result<()> {
    edit.put_keyring(&KeyringRow { epoch: keyring.epoch(), sealed: keyring.sealed().to_vec() })
}

fn key_not_found() -> Error {
    Error::new(Kind::KeyNotFound, "there is no key of this name")
}
