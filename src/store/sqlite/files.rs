use std::ffi::OsString;
use std::fs::{self, File, Metadata, OpenOptions};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use super::failure::Failure;
use crate::error::{Error, Kind, Result};

/// Which file a path names, whatever it is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Identity {
    device: u64,
    inode: u64,
}

impl Identity {
    /// The number alone is asked for. Whoever asks Linux for a file's times makes its next write take a new time, and
    /// with it the next fsync one more write to the disk: half as much again.
    #[cfg(target_os = "linux")]
    pub(super) fn of(path: &Path) -> Result<Identity> {
        use rustix::fs::{AtFlags, CWD, StatxFlags, statx};

        let facts = statx(CWD, path, AtFlags::empty(), StatxFlags::INO)
            .map_err(|error| Failure::io("looking for the keep's files")(error.into()))?;
        let device = u64::from(facts.stx_dev_major) << 32 | u64::from(facts.stx_dev_minor);
        Ok(Identity { device, inode: facts.stx_ino })
    }

    #[cfg(not(target_os = "linux"))]
    pub(super) fn of(path: &Path) -> Result<Identity> {
        let metadata = fs::metadata(path).map_err(Failure::io("looking for the keep's files"))?;
        Ok(Identity { device: metadata.dev(), inode: metadata.ino() })
    }
}

/// The path of a companion of a file: `suffix` appended to its name.
pub(super) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut companion = OsString::from(path);
    companion.push(suffix);
    companion.into()
}

/// Checks that a path names a file that may be a keep and is not open to others.
pub(super) fn check_keep_file(path: &Path) -> Result<Metadata> {
    let metadata = fs::metadata(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory => {
            Error::new(Kind::KeepNotFound, "nothing is at the location")
        }
        _ => Failure::io("looking for the keep")(error),
    })?;
    if !metadata.is_file() {
        return Err(Error::new(Kind::NotAKeep, "the location is not a file"));
    }
    if metadata.mode() & 0o077 != 0 {
        return Err(Error::new(
            Kind::PermissionsTooOpen,
            "the file is open to group or others: if it is a keep, chmod 600 it",
        ));
    }
    Ok(metadata)
}

/// The path from the root, without asking what is there.
pub(super) fn absolute(path: &Path) -> Result<PathBuf> {
    std::path::absolute(path).map_err(Failure::io("looking for the location"))
}

/// Checks that a new file may be made at `path`.
pub(super) fn check_target(path: &Path, allow_network_file_system: bool) -> Result<()> {
    require_absent(path)?;
    let folder = path.parent().unwrap_or(path);
    if !folder.is_dir() {
        return Err(Error::new(Kind::KeepNotFound, "the folder of the location does not exist"));
    }
    if allow_network_file_system { Ok(()) } else { check_file_system(folder) }
}

/// Checks that nothing is at `path`, not even a link to nothing, and no log of a keep that was there: SQLite would play
/// it into the new one, since a log does not say whose it is.
///
/// # Errors
/// `keep-exists`.
pub(super) fn require_absent(path: &Path) -> Result<()> {
    let exists = |path: &Path| fs::symlink_metadata(path).is_ok();
    if exists(path) {
        return Err(Error::new(Kind::KeepExists, "something is already at the location"));
    }
    match ["-wal", "-shm", "-journal"].into_iter().find(|suffix| exists(&beside(path, suffix))) {
        Some(suffix) => Err(Error::new(
            Kind::KeepExists,
            format!("the log of an earlier keep is left beside the location: remove the file that ends in {suffix}"),
        )),
        None => Ok(()),
    }
}

/// Creates a file that only its owner may read, or fails if there is one.
pub(super) fn create_private(path: &Path) -> Result<()> {
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .map(drop)
        .map_err(Failure::io("creating a file beside the keep"))
}

/// A new name in the folder of `path` for a file that is still being made.
pub(super) fn unfinished(path: &Path) -> Result<PathBuf> {
    let mut random = [0; 8];
    getrandom::fill(&mut random).map_err(|_| Error::new(Kind::Io, "the operating system gave no random bytes"))?;
    Ok(beside(path, &format!(".unfinished-{:016x}", u64::from_be_bytes(random))))
}

/// Gives a finished file its name, durably and without replacing anything.
///
/// # Errors
/// `keep-exists` when something has the name, or a log of what had it is left.
pub(super) fn publish(finished: &Path, path: &Path) -> Result<()> {
    let sync = |path: &Path| File::open(path).and_then(|file| file.sync_all()).map_err(Failure::io("syncing"));
    sync(finished)?;
    require_absent(path)?;
    fs::hard_link(finished, path).map_err(Failure::io("publishing the file"))?;
    // Whoever made it removes what is left of it.
    let _ = fs::remove_file(finished);
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    sync(folder).map_err(|error| {
        let reason = error.reason();
        Error::new(error.kind(), format!("{reason}; the file is at its place, but it is not known whether for good"))
    })
}

/// Refuses file systems whose locks and shared memory cannot be relied on.
///
/// # Errors
/// `network-file-system`.
pub(super) fn check_file_system(path: &Path) -> Result<()> {
    match file_system_name(path)? {
        Some(name) => Err(Error::new(
            Kind::NetworkFileSystem,
            format!("the keep lies on {name}, where locks cannot be relied on; put it on a local disk"),
        )),
        None => Ok(()),
    }
}

/// The name of an unreliable file system; `None` for all others.
#[cfg(target_os = "linux")]
fn file_system_name(path: &Path) -> Result<Option<&'static str>> {
    let facts = nix::sys::statfs::statfs(path).map_err(|error| Failure::io("looking for the keep")(error.into()))?;
    Ok(unreliable(facts.filesystem_type().0 as u32))
}

#[cfg(not(target_os = "linux"))]
fn file_system_name(_path: &Path) -> Result<Option<&'static str>> {
    Ok(None)
}

/// File systems by the numbers of Linux's `magic.h`.
#[cfg(target_os = "linux")]
fn unreliable(magic: u32) -> Option<&'static str> {
    match magic {
        0x0000_6969 => Some("NFS"),
        0x0000_517b | 0xff53_4d42 | 0xfe53_4d42 => Some("SMB"),
        0x0102_1997 => Some("9P"),
        0x6573_5546 => Some("FUSE"),
        0x5346_414f => Some("AFS"),
        0x7375_7245 => Some("Coda"),
        0x00c3_6400 => Some("Ceph"),
        _ => None,
    }
}
