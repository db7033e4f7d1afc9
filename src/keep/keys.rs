use super::Keep;
use crate::engine::{Enrollment, Key, KeySpec};
use crate::error::Result;
use crate::limits;

impl Keep {
    /// Imports a key from an otpauth URL or a base32 secret and describes it, with warnings about what was odd.
    ///
    /// # Errors
    /// `invalid-argument` naming the field; `key-exists` unless the spec says `overwrite`; `mount-not-found`, `busy`,
    /// `read-only`, `disk-full`, `store-replaced`, `corrupt`, `forked`, `io`.
    pub fn write_key(&self, name: &str, spec: &KeySpec) -> Result<Key> {
        self.engine().write_key(&self.mount, name, spec, self.now())
    }

    /// Generates a key with a new random secret and returns what an authenticator app reads.
    ///
    /// # Errors
    /// As [`Keep::write_key`]; also when the barcode does not fit the size asked, and then nothing is stored.
    pub fn generate_key(&self, name: &str, spec: &KeySpec) -> Result<Enrollment> {
        self.engine().generate_key(&self.mount, name, spec, self.now())
    }

    /// Describes a key, without its secret.
    ///
    /// # Errors
    /// `key-not-found`, `mount-not-found`, `corrupt`, `forked`, `io`.
    pub fn read_key(&self, name: &str) -> Result<Key> {
        self.engine().read_key(&self.mount, name)
    }

    /// The first 1 000 names after `after`, in byte order; `""` begins at the first.
    ///
    /// # Errors
    /// `invalid-argument` when no name is as long as `after` or it holds NUL; `mount-not-found`, `forked`, `io`.
    pub fn list_keys(&self, after: &str) -> Result<Vec<String>> {
        self.list_keys_up_to(after, limits::LIST_LIMIT)
    }

    /// As [`Keep::list_keys`], at most `limit` names, 1 to 1 000.
    pub fn list_keys_up_to(&self, after: &str, limit: usize) -> Result<Vec<String>> {
        self.engine().list_keys(&self.mount, after, limit)
    }

    /// Deletes a key and forgets which of its codes were used.
    ///
    /// # Errors
    /// `key-not-found`, and those of [`Keep::write_key`].
    pub fn delete_key(&self, name: &str) -> Result<()> {
        self.engine().delete_key(&self.mount, name)
    }
}
