use std::fs::File;
use std::io::Read;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use zeroize::Zeroizing;

use crate::access::AuditSink;
use crate::clock::{Clock, SystemClock};
use crate::engine::{MountSpec, normal_path};
use crate::error::{Error, Kind, Result};
use crate::limits;
use crate::seal::{PassphraseCost, RootKey};
use crate::secret::Secret;
use crate::store::sqlite::SqliteOptions;

/// Bytes that are read of a key file at most: more than any has.
const KEY_FILE_BYTES: u64 = 4096;

/// How a keep is opened. Exactly one root key must be given.
pub struct OpenOptions {
    passphrase: Option<Secret>,
    raw_key: Option<Secret>,
    key_file: Option<PathBuf>,
    pub(super) create: bool,
    pub(super) passphrase_cost: PassphraseCost,
    bare: bool,
    first_mount: MountSpec,
    pub(super) mount: String,
    busy_timeout_ms: u32,
    strict: bool,
    allow_network_file_system: bool,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) manual_clock: bool,
    pub(super) audit_sink: Option<Arc<AuditSink>>,
}

impl Default for OpenOptions {
    fn default() -> OpenOptions {
        OpenOptions {
            passphrase: None,
            raw_key: None,
            key_file: None,
            create: false,
            passphrase_cost: PassphraseCost::default(),
            bare: false,
            first_mount: MountSpec::default(),
            mount: "totp/".into(),
            busy_timeout_ms: limits::DEFAULT_BUSY_TIMEOUT_MS,
            strict: false,
            allow_network_file_system: false,
            clock: Arc::new(SystemClock),
            manual_clock: false,
            audit_sink: None,
        }
    }
}

impl OpenOptions {
    /// Options that open an existing keep; a root key is still to be given.
    pub fn new() -> OpenOptions {
        OpenOptions::default()
    }

    /// Gives a passphrase of 1 to 1 024 bytes as the root key.
    pub fn set_passphrase(&mut self, passphrase: &[u8]) -> Result<&mut OpenOptions> {
        RootKey::from_passphrase(passphrase)?;
        self.passphrase = Some(Secret::copy_of(passphrase));
        Ok(self)
    }

    /// Gives 32 random bytes as the root key.
    pub fn set_root_key(&mut self, root_key: &[u8]) -> Result<&mut OpenOptions> {
        RootKey::from_bytes(root_key)?;
        self.raw_key = Some(Secret::copy_of(root_key));
        Ok(self)
    }

    /// Gives a file with 32 bytes or 64 hexadecimal digits as the root key. It is read when the keep is opened.
    pub fn set_key_file(&mut self, path: impl AsRef<Path>) -> Result<&mut OpenOptions> {
        let path = path.as_ref();
        if path.as_os_str().is_empty() || path.as_os_str().len() > limits::LOCATION_BYTES {
            return Err(Error::argument("key_file", "must be a path of 1 to 4096 bytes"));
        }
        self.key_file = Some(path.into());
        Ok(self)
    }

    /// Makes the keep when nothing is at the location.
    pub fn set_create(&mut self, create: bool) -> &mut OpenOptions {
        self.create = create;
        self
    }

    /// Sets what a passphrase slot that is made with these options costs to try.
    pub fn set_passphrase_cost(&mut self, cost: PassphraseCost) -> Result<&mut OpenOptions> {
        cost.check()?;
        self.passphrase_cost = cost;
        Ok(self)
    }

    /// Sets the options of the mount that a new keep gets.
    pub fn set_first_mount(&mut self, spec: MountSpec) -> &mut OpenOptions {
        self.first_mount = spec;
        self
    }

    /// Makes a new keep without any mount.
    pub fn set_bare(&mut self, bare: bool) -> &mut OpenOptions {
        self.bare = bare;
        self
    }

    /// Sets the mount that the handle acts on, and that a new keep gets; `totp/` by default.
    pub fn set_mount(&mut self, path: &str) -> Result<&mut OpenOptions> {
        self.mount = normal_path(path)?;
        Ok(self)
    }

    /// Sets how long a write waits for other writers, in milliseconds, 0 to 600 000; 5 000 by default.
    pub fn set_busy_timeout(&mut self, milliseconds: u32) -> Result<&mut OpenOptions> {
        if !limits::BUSY_TIMEOUT_MS.contains(&milliseconds) {
            return Err(Error::argument("busy_timeout", "must be 0 to 600000 milliseconds"));
        }
        self.busy_timeout_ms = milliseconds;
        Ok(self)
    }

    /// Refuses a key file that others can read, which is otherwise a warning in the status.
    pub fn set_strict(&mut self, strict: bool) -> &mut OpenOptions {
        self.strict = strict;
        self
    }

    /// Opens the keep even on a network file system, whose locks cannot be relied on.
    pub fn set_allow_network_file_system(&mut self, allow: bool) -> &mut OpenOptions {
        self.allow_network_file_system = allow;
        self
    }

    /// Lets `at` lie ahead of the clock when validating; for tests.
    pub fn set_manual_clock(&mut self, manual: bool) -> &mut OpenOptions {
        self.manual_clock = manual;
        self
    }

    /// Takes the time from this clock instead of the operating system's.
    pub fn set_clock(&mut self, clock: Arc<dyn Clock>) -> &mut OpenOptions {
        self.clock = clock;
        self
    }

    /// Hands each line of the audit log to the host, beside the files that are enabled. A refusal fails the operation.
    pub fn set_audit_sink(&mut self, sink: Arc<AuditSink>) -> &mut OpenOptions {
        self.audit_sink = Some(sink);
        self
    }

    pub(super) fn sqlite(&self) -> SqliteOptions {
        SqliteOptions {
            busy_timeout: Duration::from_millis(u64::from(self.busy_timeout_ms)),
            allow_network_file_system: self.allow_network_file_system,
        }
    }

    /// Path and options of the mount that a new keep gets.
    pub(super) fn first_mount(&self) -> Option<(&str, &MountSpec)> {
        (!self.bare).then_some((&self.mount, &self.first_mount))
    }

    /// The one root key that was given, with what its owner should know about it.
    pub(super) fn root_key(&self) -> Result<(RootKey, Vec<&'static str>)> {
        match (&self.passphrase, &self.raw_key, &self.key_file) {
            (Some(passphrase), None, None) => Ok((RootKey::from_passphrase(passphrase.expose())?, Vec::new())),
            (None, Some(bytes), None) => Ok((RootKey::from_bytes(bytes.expose())?, Vec::new())),
            (None, None, Some(path)) => read_key_file(path, self.strict),
            _ => Err(Error::argument("root_key", "give exactly one of a passphrase, a root key and a key file")),
        }
    }
}

fn read_key_file(path: &Path, strict: bool) -> Result<(RootKey, Vec<&'static str>)> {
    let unreadable = |error: std::io::Error| Error::argument("key_file", format!("cannot be read: {error}"));
    let file = File::open(path).map_err(unreadable)?;
    let mode = file.metadata().map_err(unreadable)?.mode();
    if mode & 0o022 != 0 {
        return Err(Error::new(Kind::PermissionsTooOpen, "the key file can be written by group or others"));
    }
    let mut warnings = Vec::new();
    if mode & 0o044 != 0 {
        if strict {
            return Err(Error::new(Kind::PermissionsTooOpen, "the key file can be read by group or others"));
        }
        warnings.push("the key file can be read by group or others: chmod 600 it");
    }
    let mut content = Zeroizing::new(Vec::with_capacity(KEY_FILE_BYTES as usize));
    file.take(KEY_FILE_BYTES).read_to_end(&mut content).map_err(unreadable)?;
    Ok((RootKey::from_key_file_content(&content)?, warnings))
}

/// Checks that a location is the path of a file. `scheme://` is kept for stores that are not files.
pub(super) fn check_location(location: &Path) -> Result<&Path> {
    let bytes = location.as_os_str().as_bytes();
    let refuse = |reason: &'static str| Err(Error::argument("location", reason));
    if bytes.is_empty() || bytes.len() > limits::LOCATION_BYTES {
        return refuse("must be a path of 1 to 4096 bytes");
    }
    if bytes.contains(&0) {
        return refuse("must not hold NUL");
    }
    if location.to_str().is_some_and(|text| text.contains("://")) {
        return refuse("only files are supported: a location with :// is kept for later");
    }
    Ok(location)
}
