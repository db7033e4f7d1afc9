use std::fs::File;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Instant;

#[cfg(target_os = "linux")]
use nix::libc;
use otpkeep_memory::hold_off;

use super::failure::Failure;
use super::files::{Identity, beside};
use super::log;
use crate::error::Result;

/// The right to have connections to one keep open. While anyone in this process has it, locks are held that keep a
/// second copy of SQLite in this process from deleting the write-ahead log beneath us.
///
/// SQLite's own locks belong to the process: another copy of it (Python's `sqlite3` module, say) that closes the file
/// drops ours, finds itself alone, and deletes the log; a forked child has none of them at all. Locks of the open file
/// description (OFD) have neither weakness. We hold them, shared, on the two byte ranges that SQLite locks exclusively
/// before it deletes the log and before it makes the index of the log anew; and while a transaction writes, on the one
/// that it locks before it recovers the index from the log. See [`Guard::keep_index`].
///
/// Closing any descriptor of a file drops the process's own locks on it, SQLite's too. So the files of the locks are
/// closed only when no connection is open, and none is being opened.
pub(super) struct Guard(Arc<Place>);

/// One keep's file, and who in this process has it open.
struct Place(Mutex<Presence>);

struct Presence {
    guards: usize,
    locks: Option<Locks>,
}

/// The files whose descriptions hold the locks.
#[cfg(target_os = "linux")]
struct Locks {
    _database: File,
    index: File,
}

#[cfg(not(target_os = "linux"))]
struct Locks {}

/// Bytes of a file: the first, and how many.
#[cfg(target_os = "linux")]
type Range = (i64, i64);
/// `SHARED_FIRST` and `SHARED_SIZE` of SQLite's file format.
#[cfg(target_os = "linux")]
const DATABASE_SHARED: Range = (0x4000_0002, 510);
/// The "dead man's switch" byte of the index of the log: held by everyone who uses the index.
#[cfg(target_os = "linux")]
const INDEX_IN_USE: Range = (128, 1);
/// `WAL_RECOVER_LOCK` of the index of the log.
#[cfg(target_os = "linux")]
const INDEX_RECOVERY: Range = (122, 1);

/// The places that live, by the file.
static PLACES: Mutex<Vec<(Identity, Weak<Place>)>> = Mutex::new(Vec::new());

impl Guard {
    /// Opens a first connection to the keep at `path` with `open`, and guards it.
    ///
    /// # Errors
    /// Those of `open`; `corrupt` when its log is damaged; `busy` when others hold the files or the lock until the
    /// deadline.
    pub(super) fn enter<T>(path: &Path, deadline: Instant, open: impl FnOnce() -> Result<T>) -> Result<(Guard, T)> {
        let place = Place::of(Identity::of(path)?);
        let mut presence = place.presence();
        if presence.guards == 0 {
            log::check(path, deadline)?;
        }
        let opened = open()?;
        if presence.guards == 0 {
            presence.locks = Some(Guard::lock(path, deadline)?);
        }
        presence.guards += 1;
        drop(presence);
        Ok((Guard(place), opened))
    }

    #[cfg(target_os = "linux")]
    fn lock(path: &Path, deadline: Instant) -> Result<Locks> {
        let open = |path: &Path| File::open(path).map_err(Failure::io("guarding the keep's files"));
        let (database, index) = (open(path)?, open(&beside(path, "-shm"))?);
        set_lock(&database, libc::F_RDLCK, DATABASE_SHARED, deadline)?;
        set_lock(&index, libc::F_RDLCK, INDEX_IN_USE, deadline)?;
        Ok(Locks { _database: database, index })
    }

    /// Keeps everyone from recovering the index of the log until the answer is dropped. It is for the time from the
    /// beginning of a write to the end of its commit.
    ///
    /// Another copy of SQLite that looks at the index while we write it takes it for damaged. It would see our write lock
    /// and wait, but that lock is gone as soon as a copy in this process has closed the file. It then recovers the
    /// index from the log, and puts a state from before our commit in the place of ours: the next writer, in any
    /// process, does not see what was committed, and accepts the code once more.
    ///
    /// # Errors
    /// `busy` when someone recovers the index until the deadline.
    #[cfg(target_os = "linux")]
    pub(super) fn keep_index(&self, deadline: Instant) -> Result<KeptIndex<'_>> {
        if let Some(locks) = &self.0.presence().locks {
            set_lock(&locks.index, libc::F_RDLCK, INDEX_RECOVERY, deadline)?;
        }
        Ok(KeptIndex(self))
    }

    /// Elsewhere there are no such locks; the comparison after each commit remains.
    #[cfg(not(target_os = "linux"))]
    fn lock(_path: &Path, _deadline: Instant) -> Result<Locks> {
        Ok(Locks {})
    }

    #[cfg(not(target_os = "linux"))]
    pub(super) fn keep_index(&self, _deadline: Instant) -> Result<KeptIndex<'_>> {
        Ok(KeptIndex(self))
    }
}

/// That nobody recovers the index of the log.
pub(super) struct KeptIndex<'a>(#[cfg_attr(not(target_os = "linux"), allow(dead_code))] &'a Guard);

#[cfg(target_os = "linux")]
impl Drop for KeptIndex<'_> {
    fn drop(&mut self) {
        if let Some(locks) = &self.0.0.presence().locks {
            // A lock that could not be let go would only make recoveries wait.
            let _ = set_lock(&locks.index, libc::F_UNLCK, INDEX_RECOVERY, Instant::now());
        }
    }
}

impl Drop for Guard {
    /// Comes after the connections are closed.
    fn drop(&mut self) {
        let _calm = hold_off();
        let mut presence = self.0.presence();
        presence.guards -= 1;
        if presence.guards == 0 {
            presence.locks = None;
        }
    }
}

impl Place {
    fn of(identity: Identity) -> Arc<Place> {
        let mut places = PLACES.lock().unwrap_or_else(PoisonError::into_inner);
        places.retain(|(_, place)| place.strong_count() > 0);
        if let Some(place) = places.iter().find(|(of, _)| *of == identity).and_then(|(_, place)| place.upgrade()) {
            return place;
        }
        let place = Arc::new(Place(Mutex::new(Presence { guards: 0, locks: None })));
        places.push((identity, Arc::downgrade(&place)));
        place
    }

    fn presence(&self) -> MutexGuard<'_, Presence> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Sets or lifts a lock of the file's description, and waits for those who are in its way.
#[cfg(target_os = "linux")]
fn set_lock(file: &File, kind: libc::c_int, (start, length): Range, deadline: Instant) -> Result<()> {
    use std::time::Duration;

    use nix::errno::Errno;
    use nix::fcntl::{FcntlArg, fcntl};

    use crate::error::{Error, Kind};

    let range =
        libc::flock { l_type: kind as i16, l_whence: libc::SEEK_SET as i16, l_start: start, l_len: length, l_pid: 0 };
    // Whoever holds it exclusively is another copy of SQLite that is closing or recovering, for a moment.
    loop {
        match fcntl(file, FcntlArg::F_OFD_SETLK(&range)) {
            Ok(_) => return Ok(()),
            Err(Errno::EAGAIN | Errno::EACCES | Errno::EINTR) if Instant::now() < deadline => {
                std::thread::sleep(Duration::from_millis(1));
            }
            Err(Errno::EAGAIN | Errno::EACCES) => {
                return Err(Error::new(Kind::Busy, "another copy of SQLite holds the keep exclusively"));
            }
            Err(error) => return Err(Failure::io("guarding the keep's files")(error.into())),
        }
    }
}
