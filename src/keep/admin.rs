use std::path::Path;

use super::{Keep, OpenOptions, options};
use crate::engine::Status;
use crate::error::{Error, Result};

impl Keep {
    /// Adds a data key to the keyring and seals from now on under it. Returns the number of its term.
    ///
    /// # Errors
    /// `invalid-argument` when the keyring is full: rewrap prunes it; `busy`, `read-only`, `disk-full`, `forked`, `io`.
    pub fn rotate(&self) -> Result<u32> {
        self.as_root("rotate", |permit| self.engine().rotate(&*permit.0, self.now()))
    }

    /// Seals all records anew under the newest term, in batches beside other work, and prunes the terms that nothing
    /// uses any more. Returns how many records were sealed. It may be stopped and begun again at any time.
    ///
    /// # Errors
    /// `busy`, `read-only`, `disk-full`, `store-replaced`, `corrupt`, `forked`, `io`.
    pub fn rewrap(&self) -> Result<u64> {
        self.rewrap_with(&mut |_, _| {})
    }

    /// [`Keep::rewrap`] that tells, before each batch of keys, how many of how many are done. When it has to start over,
    /// so do the numbers.
    pub fn rewrap_with(&self, progress: &mut dyn FnMut(u64, u64)) -> Result<u64> {
        self.as_root("rewrap", |permit| self.engine().rewrap(&*permit.0, progress))
    }

    /// Adds a slot, so that the root key which the options give opens the keep too. Returns its number.
    ///
    /// # Errors
    /// `invalid-argument` when the keep has 8 slots; otherwise as [`Keep::rotate`].
    pub fn add_slot(&self, root_key: &OpenOptions) -> Result<u64> {
        self.as_root("add_slot", |permit| {
            let (key, _) = root_key.root_key()?;
            self.engine().add_slot(&*permit.0, &key, root_key.passphrase_cost, self.now())
        })
    }

    /// Removes a slot. It takes effect for opening only: whoever opened the keep with it before may have kept the keys,
    /// and copies of the file still have the slot.
    ///
    /// # Errors
    /// `invalid-argument` when there is no such slot or it is the last; otherwise as [`Keep::rotate`].
    pub fn remove_slot(&self, id: u64) -> Result<()> {
        self.as_root("remove_slot", |permit| self.engine().remove_slot(&*permit.0, id))
    }

    /// Copies the keep to a new file while work goes on. The copy is opened and all its records are checked before it
    /// gets its name; the file and its folder are synced. It opens with the same root keys. [`crate::restore`] makes it
    /// a keep in use again; merely opening it would accept codes that were used since.
    ///
    /// # Errors
    /// `keep-exists` when something is at the destination; `corrupt`, `disk-full`, `read-only`, `forked`, `io`.
    pub fn backup(&self, destination: impl AsRef<Path>) -> Result<()> {
        self.backup_with(destination, &mut |_, _| {})
    }

    /// [`Keep::backup`] that tells how many of how many keys of the copy have been checked.
    pub fn backup_with(&self, destination: impl AsRef<Path>, progress: &mut dyn FnMut(u64, u64)) -> Result<()> {
        self.as_root("backup", |_| {
            let named = |error: Error| Error::argument("destination", error.reason().to_owned());
            self.engine().back_up(options::check_location(destination.as_ref()).map_err(named)?, progress)
        })
    }

    /// What may be told of the keep.
    ///
    /// # Errors
    /// `corrupt`, `forked`, `io`.
    pub fn status(&self) -> Result<Status> {
        let mut status = self.as_root("status", |_| self.engine().status())?;
        status.warnings.extend(&self.shared.warnings);
        Ok(status)
    }
}
