use std::sync::{Arc, PoisonError};

use super::{Engine, Gate};
use crate::attempt::Throttle;
use crate::error::{Error, Kind, Result};
use crate::limits;
use crate::records::{open_record, seal_record};
use crate::seal::{Decoder, Encoder, Keyring, random_id};
use crate::store::{Edit, Family, RecordRow, View};

/// A place where keys live: its path and its options.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mount {
    pub(crate) id: u64,
    pub(super) version: u64,
    /// The path, such as `totp/`.
    pub path: String,
    /// What its owner says of it.
    pub description: String,
    /// How its keys are throttled.
    pub throttle: Throttle,
    /// Unix seconds of its making.
    pub created: u64,
}

/// All mounts of a keep in the order of their paths, as of one moment.
pub(super) type Mounts = Vec<Arc<Mount>>;

/// Options of a mount, to make it or to tune it. Fields left out keep their value, or take their default.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MountSpec {
    /// At most 1 024 bytes; empty by default.
    pub description: Option<String>,
    /// [`Throttle::enabled`].
    pub throttle: Option<bool>,
    /// [`Throttle::free_attempts`].
    pub free_attempts: Option<u32>,
    /// [`Throttle::lock_seconds`].
    pub lock_seconds: Option<u32>,
    /// [`Throttle::max_lock_seconds`].
    pub max_lock_seconds: Option<u32>,
    /// [`Throttle::max_failures`].
    pub max_failures: Option<u32>,
}

impl Mount {
    /// A new mount.
    ///
    /// # Errors
    /// `invalid-argument` for a malformed path or an option out of its range.
    pub(super) fn new(path: &str, spec: &MountSpec, created: u64) -> Result<Mount> {
        let mount = Mount {
            id: random_id()?,
            version: 0,
            path: normal_path(path)?,
            description: String::new(),
            throttle: Throttle::default(),
            created,
        };
        mount.tuned(spec)
    }

    /// The mount with changed options, as a new version.
    fn tuned(&self, spec: &MountSpec) -> Result<Mount> {
        let old = self.throttle;
        let throttle = Throttle {
            enabled: spec.throttle.unwrap_or(old.enabled),
            free_attempts: spec.free_attempts.unwrap_or(old.free_attempts),
            lock_seconds: spec.lock_seconds.unwrap_or(old.lock_seconds),
            max_lock_seconds: spec.max_lock_seconds.unwrap_or(old.max_lock_seconds),
            max_failures: spec.max_failures.unwrap_or(old.max_failures),
        };
        let description = spec.description.as_ref().unwrap_or(&self.description).clone();
        let mount = Mount { version: random_id()?, throttle, description, ..self.clone() };
        mount.check_options()?;
        Ok(mount)
    }

    fn check_options(&self) -> Result<()> {
        self.throttle.check()?;
        if self.description.len() > limits::MOUNT_DESCRIPTION_BYTES {
            return Err(Error::argument("description", "longer than 1024 bytes"));
        }
        if self.description.contains('\0') {
            return Err(Error::argument("description", "holds NUL"));
        }
        Ok(())
    }

    /// Whether its path and options are such as a mount is made with.
    fn is_sound(&self) -> bool {
        normal_path(&self.path).is_ok_and(|path| path == self.path) && self.check_options().is_ok()
    }

    /// Stores the mount.
    pub(super) fn put(&self, edit: &dyn Edit, keyring: &Keyring) -> Result<()> {
        let plain = Encoder::plain()
            .bytes(self.path.as_bytes())
            .bytes(self.description.as_bytes())
            .number(u64::from(self.throttle.enabled))
            .number(u64::from(self.throttle.free_attempts))
            .number(u64::from(self.throttle.lock_seconds))
            .number(u64::from(self.throttle.max_lock_seconds))
            .number(u64::from(self.throttle.max_failures))
            .number(self.created)
            .finish();
        edit.put_record(Family::Mount, &seal_record(keyring, Family::Mount, self.id, self.version, &plain)?)
    }

    /// Whether it is stored as it is. A version is random: rows of one version have one content.
    fn is_current(&self, view: &dyn View) -> Result<bool> {
        Ok(view.version(Family::Mount, self.id)? == Some(self.version))
    }

    fn overlaps(&self, path: &str) -> bool {
        self.path.starts_with(path) || path.starts_with(&self.path)
    }
}

/// The path with its final `/`.
///
/// # Errors
/// `invalid-argument` when it is empty, too long, reserved, or has a segment that no path has.
pub(crate) fn normal_path(path: &str) -> Result<String> {
    let refuse = |reason: &'static str| Err(Error::argument("mount", reason));
    let trimmed = path.strip_suffix('/').unwrap_or(path);
    if trimmed.is_empty() || trimmed.len() >= limits::MOUNT_PATH_BYTES {
        return refuse("a mount path has 1 to 255 bytes");
    }
    if trimmed.split('/').any(|segment| segment.is_empty() || segment == "." || segment == "..") {
        return refuse("a mount path has no empty, '.' or '..' segment");
    }
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"/_-.@+".contains(&byte);
    if !trimmed.bytes().all(allowed) {
        return refuse("a mount path consists of ASCII letters, digits, and / _ - . @ +");
    }
    if trimmed.contains('/') && trimmed.ends_with("/tune") {
        return refuse("a mount path does not end in /tune, which stands for the options of a mount");
    }
    if matches!(trimmed.split('/').next(), Some("sys" | "auth")) {
        return refuse("sys/ and auth/ are reserved");
    }
    Ok(format!("{trimmed}/"))
}

impl Engine {
    /// Makes a mount.
    ///
    /// # Errors
    /// `mount-in-use` when it would lie within another mount, or another within it.
    pub(crate) fn mount(&self, gate: &dyn Gate, path: &str, spec: &MountSpec, created: u64) -> Result<Mount> {
        let mount = Mount::new(path, spec, created)?;
        self.store.write_with(|edit| {
            gate.pass(edit, 0)?;
            let mounts = self.load_mounts(edit)?;
            if mounts.len() >= limits::MOUNTS {
                return Err(Error::argument("mount", "a keep holds at most 1024 mounts"));
            }
            if mounts.iter().any(|other| other.overlaps(&mount.path)) {
                return Err(Error::new(Kind::MountInUse, "the path overlaps with an existing mount"));
            }
            let keyring = self.current_keyring(edit)?;
            mount.put(edit, &keyring)
        })?;
        Ok(mount)
    }

    /// Removes a mount and all its keys, as a whole.
    pub(crate) fn unmount(&self, gate: &dyn Gate, path: &str) -> Result<()> {
        let path = normal_path(path)?;
        self.store.write_with(|edit| {
            gate.pass(edit, 0)?;
            let mounts = self.load_mounts(edit)?;
            let mount = find(&mounts, &path)?;
            edit.delete_keys(mount.id)?;
            edit.delete_record(Family::Mount, mount.id)
        })
    }

    /// Changes options of a mount.
    pub(crate) fn tune_mount(&self, gate: &dyn Gate, path: &str, spec: &MountSpec) -> Result<Mount> {
        let path = normal_path(path)?;
        self.store.write_with(|edit| {
            gate.pass(edit, 0)?;
            let mounts = self.load_mounts(edit)?;
            let mount = find(&mounts, &path)?.tuned(spec)?;
            let keyring = self.current_keyring(edit)?;
            mount.put(edit, &keyring)?;
            Ok(mount)
        })
    }

    /// All mounts in the order of their paths.
    pub(crate) fn list_mounts(&self) -> Result<Vec<Mount>> {
        let mounts = self.store.read_with(|view| self.load_mounts(view))?;
        Ok(mounts.iter().map(|mount| Mount::clone(mount)).collect())
    }

    /// The path of the mount that a path lies in, or is, as stored at this moment. There is at most one, since mounts do not
    /// overlap.
    pub(crate) fn mount_of(&self, view: &dyn View, path: &str) -> Result<Option<String>> {
        let holds = |mount: &&Arc<Mount>| {
            path.starts_with(&mount.path) || mount.path.strip_suffix('/').is_some_and(|bare| bare == path)
        };
        if let Some(known) = self.known_mounts().iter().find(holds)
            && known.is_current(view)?
        {
            return Ok(Some(known.path.clone()));
        }
        Ok(self.load_mounts(view)?.iter().find(holds).map(|mount| mount.path.clone()))
    }

    /// The mount at a path as last seen: its id is its own for ever, its options may be old.
    pub(super) fn known_mount(&self, path: &str) -> Result<Arc<Mount>> {
        find(&self.known_mounts(), path)
    }

    /// The mount at a path, as stored now.
    pub(super) fn mount_at(&self, view: &dyn View, path: &str) -> Result<Arc<Mount>> {
        if let Ok(mount) = self.known_mount(path)
            && mount.is_current(view)?
        {
            return Ok(mount);
        }
        let mounts = self.load_mounts(view)?;
        find(&mounts, path)
    }

    /// The mount with an id, as stored now, for a transaction that met it before by its path.
    pub(super) fn mount_with_id(&self, view: &dyn View, id: u64) -> Result<Option<Arc<Mount>>> {
        if let Some(mount) = self.known_mounts().iter().find(|mount| mount.id == id)
            && mount.is_current(view)?
        {
            return Ok(Some(Arc::clone(mount)));
        }
        let Some(row) = view.record(Family::Mount, id)? else { return Ok(None) };
        open_mount(&*self.current_keyring(view)?, &row).map(|mount| Some(Arc::new(mount)))
    }

    /// Reads all mounts and remembers them.
    fn load_mounts(&self, view: &dyn View) -> Result<Arc<Mounts>> {
        let rows = view.records(Family::Mount, 0, limits::MOUNTS)?;
        let keyring = self.current_keyring(view)?;
        let open = |row| open_mount(&keyring, row).map(Arc::new);
        let mut mounts = rows.iter().map(open).collect::<Result<Vec<_>>>()?;
        // Whatever lies within a path comes right after it.
        mounts.sort_by(|a, b| a.path.cmp(&b.path));
        if mounts.iter().zip(mounts.iter().skip(1)).any(|(mount, next)| mount.overlaps(&next.path)) {
            return Err(Error::corrupt("one mount lies within another"));
        }
        let mounts = Arc::new(mounts);
        *self.mounts.write().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&mounts);
        Ok(mounts)
    }

    fn known_mounts(&self) -> Arc<Mounts> {
        Arc::clone(&self.mounts.read().unwrap_or_else(PoisonError::into_inner))
    }
}

pub(super) fn open_mount(keyring: &Keyring, row: &RecordRow) -> Result<Mount> {
    let plain = open_record(keyring, Family::Mount, row)?;
    let mut decoder = Decoder::new(plain.expose());
    let mount = Mount {
        id: row.id,
        version: row.version,
        path: decoder.text()?.into(),
        description: decoder.text()?.into(),
        throttle: Throttle {
            enabled: decoder.truth()?,
            free_attempts: decoder.small_number()?,
            lock_seconds: decoder.small_number()?,
            max_lock_seconds: decoder.small_number()?,
            max_failures: decoder.small_number()?,
        },
        created: decoder.seconds()?,
    };
    decoder.finish()?;
    if mount.is_sound() { Ok(mount) } else { Err(Error::corrupt("a sealed mount holds what no mount has")) }
}

fn find(mounts: &[Arc<Mount>], path: &str) -> Result<Arc<Mount>> {
    let found = mounts.iter().find(|mount| mount.path == path);
    found.cloned().ok_or_else(|| Error::new(Kind::MountNotFound, "there is no mount at this path"))
}
