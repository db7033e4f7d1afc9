use super::Keep;
use crate::engine::{Mount, MountSpec, normal_path};
use crate::error::Result;

impl Keep {
    /// Makes a mount: a place for keys of its own.
    ///
    /// # Errors
    /// `invalid-argument` for a malformed path or option, `mount-in-use` when it overlaps with another; `busy`,
    /// `read-only`, `disk-full`, `store-replaced`, `corrupt`, `forked`, `io`.
    pub fn mount(&self, path: &str, spec: &MountSpec) -> Result<Mount> {
        self.engine().mount(path, spec, self.now().seconds())
    }

    /// Removes a mount and deletes all its keys, as a whole.
    ///
    /// # Errors
    /// `mount-not-found`, and those of [`Keep::mount`].
    pub fn unmount(&self, path: &str) -> Result<()> {
        self.engine().unmount(path)
    }

    /// Changes the options that the spec names.
    ///
    /// # Errors
    /// `mount-not-found`, and those of [`Keep::mount`].
    pub fn tune_mount(&self, path: &str, spec: &MountSpec) -> Result<Mount> {
        self.engine().tune_mount(path, spec)
    }

    /// All mounts in the order of their paths.
    ///
    /// # Errors
    /// `corrupt`, `forked`, `io`.
    pub fn list_mounts(&self) -> Result<Vec<Mount>> {
        self.engine().list_mounts()
    }

    /// A handle to the same keep that acts on another mount.
    ///
    /// # Errors
    /// `invalid-argument` for a malformed path. Whether there is such a mount is seen by each operation.
    pub fn with_mount(&self, path: &str) -> Result<Keep> {
        Ok(Keep { shared: self.shared.clone(), mount: normal_path(path)? })
    }
}
