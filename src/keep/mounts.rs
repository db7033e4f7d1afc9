use std::collections::BTreeMap;

use super::Keep;
use super::authority::Permit;
use crate::access::{Capability, FieldType, Parameters, Value, Wanted};
use crate::engine::{Mount, MountSpec, normal_path};
use crate::error::Result;
use crate::secret::SecretText;

impl Keep {
    /// Makes a mount: a place for keys of its own.
    ///
    /// # Errors
    /// `invalid-argument` for a malformed path or option, `mount-in-use` when it overlaps with another; `busy`,
    /// `read-only`, `disk-full`, `store-replaced`, `corrupt`, `forked`, `io`.
    pub fn mount(&self, path: &str, spec: &MountSpec) -> Result<Mount> {
        let wanted = || {
            let mut parameters = mount_parameters(spec);
            parameters.insert_plain("type", FieldType::Text, Value::Text(SecretText::copy_of("totp")));
            Wanted::with(Capability::Update, mount_path(path), parameters)
        };
        self.perform(wanted, |permit| self.mount_with(permit, path, spec))
    }

    /// Removes a mount and deletes all its keys, as a whole.
    ///
    /// # Errors
    /// `mount-not-found`, and those of [`Keep::mount`].
    pub fn unmount(&self, path: &str) -> Result<()> {
        self.perform(|| Wanted::path(Capability::Delete, mount_path(path)), |permit| self.unmount_with(permit, path))
    }

    /// Changes the options that the spec names.
    ///
    /// # Errors
    /// `mount-not-found`, and those of [`Keep::mount`].
    pub fn tune_mount(&self, path: &str, spec: &MountSpec) -> Result<Mount> {
        let wanted = || format!("{}/tune", mount_path(path));
        self.perform(
            || Wanted::with(Capability::Update, wanted(), mount_parameters(spec)),
            |permit| self.tune_mount_with(permit, path, spec),
        )
    }

    /// All mounts in the order of their paths.
    ///
    /// # Errors
    /// `corrupt`, `forked`, `io`.
    pub fn list_mounts(&self) -> Result<Vec<Mount>> {
        self.perform(|| Wanted::path(Capability::Read, "sys/mounts"), |permit| self.list_mounts_with(permit))
    }

    /// A handle to the same keep that acts on another mount.
    ///
    /// # Errors
    /// `invalid-argument` for a malformed path. Whether there is such a mount is seen by each operation.
    pub fn with_mount(&self, path: &str) -> Result<Keep> {
        Ok(Keep { shared: self.shared.clone(), mount: normal_path(path)?, authority: self.authority })
    }

    pub(crate) fn mount_with(&self, permit: &Permit, path: &str, spec: &MountSpec) -> Result<Mount> {
        self.engine().mount(&*permit.0, path, spec, self.now().seconds())
    }

    pub(crate) fn unmount_with(&self, permit: &Permit, path: &str) -> Result<()> {
        self.engine().unmount(&*permit.0, path)
    }

    pub(crate) fn tune_mount_with(&self, permit: &Permit, path: &str, spec: &MountSpec) -> Result<Mount> {
        self.engine().tune_mount(&*permit.0, path, spec)
    }

    pub(crate) fn list_mounts_with(&self, _: &Permit) -> Result<Vec<Mount>> {
        self.engine().list_mounts()
    }
}

/// Where a mount is operated by path.
fn mount_path(path: &str) -> String {
    format!("sys/mounts/{}", path.trim_end_matches('/'))
}

/// The fields of a mount in the words of its path.
fn mount_parameters(spec: &MountSpec) -> Parameters {
    let mut parameters = Parameters::new();
    if let Some(description) = &spec.description {
        parameters.insert_plain("description", FieldType::Text, Value::Text(description.clone().into()));
    }
    let number = |number: Option<u32>| number.map(|number| number.to_string());
    let options = [
        ("throttle", spec.throttle.map(|on| if on { "on" } else { "off" }.to_owned())),
        ("free_attempts", number(spec.free_attempts)),
        ("lock_seconds", number(spec.lock_seconds)),
        ("max_lock_seconds", number(spec.max_lock_seconds)),
        ("max_failures", number(spec.max_failures)),
    ];
    let options: BTreeMap<String, SecretText> =
        options.into_iter().filter_map(|(name, text)| Some((name.to_owned(), text?.into()))).collect();
    if !options.is_empty() {
        parameters.insert_plain("options", FieldType::Map, Value::Map(options));
    }
    parameters
}
