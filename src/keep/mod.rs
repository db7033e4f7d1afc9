//! A keep: one open store, seen from one mount and with one authority. Everything a program does with otpkeep it does
//! through [`Keep`].

mod admin;
mod audit;
mod authority;
mod codes;
mod keys;
mod moment;
mod mounts;
mod options;
mod policies;
mod tokens;

use std::path::Path;
use std::sync::Arc;

pub(crate) use self::audit::Refused;
pub(crate) use self::authority::Permit;
use self::authority::{Authority, open_gate};
pub(crate) use self::moment::Moment;
pub use self::options::OpenOptions;
use crate::access::{AuditSink, Standings};
use crate::clock::{Clock, UnixTime};
use crate::engine::{Engine, Gate, KeepSeed, unlock_keyring};
use crate::error::{Error, Kind, Result};
use crate::store::Store;
use crate::store::sqlite::SqliteStore;

/// An open keep. A handle may be used from any thread; clones and siblings share the open file, which closes with the
/// last of them.
///
/// After `fork` the child's use of a handle is the error `forked`: the child opens the keep anew.
#[derive(Clone)]
pub struct Keep {
    shared: Arc<Shared>,
    /// The path of the mount that key and code operations act on.
    mount: String,
    authority: Authority,
}

struct Shared {
    engine: Engine,
    clock: Arc<dyn Clock>,
    /// Whether `at` may lie ahead of the clock.
    manual_clock: bool,
    warnings: Vec<&'static str>,
    standings: Standings,
    audit_sink: Option<Arc<AuditSink>>,
    /// The gate of whoever has the root key.
    open: Arc<dyn Gate>,
}

impl Keep {
    /// Opens the keep at `location`: the path of its file. With [`OpenOptions::set_create`] it is made first when nothing
    /// is there.
    ///
    /// # Errors
    /// `invalid-argument` unless exactly one root key is given; `keep-not-found`, `not-a-keep`, `newer-format`,
    /// `wrong-root-key`, `corrupt`, `permissions-too-open`, `network-file-system`, `busy`, `read-only`, `disk-full`,
    /// `io`.
    pub fn open(location: impl AsRef<Path>, options: &OpenOptions) -> Result<Keep> {
        let path = options::check_location(location.as_ref())?;
        let (root_key, warnings) = options.root_key()?;
        let sqlite = options.sqlite();
        if options.create && std::fs::symlink_metadata(path).is_err() {
            let seed = KeepSeed::new(&root_key, options.passphrase_cost, options.first_mount(), options.clock.now())?;
            match SqliteStore::create(path, sqlite, &mut |edit| seed.fill(edit)) {
                // Another process was first: both open the keep that it made.
                Err(error) if error.kind() == Kind::KeepExists && std::fs::symlink_metadata(path).is_ok() => {}
                outcome => outcome?,
            }
        }
        let store: Box<dyn Store> = Box::new(SqliteStore::open(path, sqlite)?);
        let keyring = store.read_with(|view| unlock_keyring(view, &root_key))?;
        let shared = Shared {
            engine: Engine::new(store, keyring),
            clock: Arc::clone(&options.clock),
            manual_clock: options.manual_clock,
            warnings,
            standings: Standings::default(),
            audit_sink: options.audit_sink.clone(),
            open: open_gate(),
        };
        Ok(Keep { shared: Arc::new(shared), mount: options.mount.clone(), authority: Authority::Root })
    }

    /// Whether this process is a fork of the one that opened the keep.
    pub fn is_forked(&self) -> bool {
        self.shared.engine.is_forked()
    }

    fn engine(&self) -> &Engine {
        &self.shared.engine
    }

    /// The time, as the keep's clock tells it.
    pub(crate) fn time(&self) -> UnixTime {
        self.now()
    }

    fn now(&self) -> UnixTime {
        self.shared.clock.now()
    }

    /// The time that no validation may lie after, unless the clock is manual.
    fn latest(&self) -> Option<UnixTime> {
        (!self.shared.manual_clock).then(|| self.now())
    }
}

impl std::fmt::Debug for Keep {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Keep").field("mount", &self.mount).finish_non_exhaustive()
    }
}

/// Copies a backup, or a keep that nobody has open, to a new location and makes every code that may have been accepted
/// since the backup unusable, which costs up to two periods of refusals. All tokens end, since one that was revoked since
/// would live again; policies are those of the backup.
///
/// The options give the root key; the clock gives the time up to which codes count as used.
///
/// # Errors
/// `keep-exists` when something is at the location; otherwise as [`Keep::open`] of the backup.
pub fn restore(backup: impl AsRef<Path>, location: impl AsRef<Path>, options: &OpenOptions) -> Result<()> {
    let backup = options::check_location(backup.as_ref())
        .map_err(|error| Error::argument("backup", error.reason().to_owned()))?;
    let path = options::check_location(location.as_ref())?;
    let (root_key, _) = options.root_key()?;
    SqliteStore::copy(backup, path, options.sqlite(), &mut |copy| {
        crate::engine::restore(copy, &root_key, options.clock.now())
    })
}
