use std::fs::File;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Instant;

use otpkeep_memory::hold_off;

use super::failure::Failure;
use super::files::{Identity, beside};
use crate::error::Result;

/// The right to have connections to one keep open. While anyone in this process has it, locks are held that keep a
/// second copy of SQLite in this process from deleting the write-ahead log beneath us.
///
/// SQLite's own locks belong to the process: another copy of it (Python's `sqlite3` module, say) that closes the file
/// drops ours, finds itself alone, and deletes the log; a forked child has none of them at all. Locks of the open file
/// description (OFD) have neither weakness. We hold them, shared, on the two byte ranges that SQLite locks exclusively
/// before it deletes the log and before it rebuilds the index of the log.
///
/// Closing any descriptor of a file drops the process's own locks on it, SQLite's too. So the files of the locks are
/// closed only when no connection is open, and none is being opened.
pub(super) struct Guard(Arc<Place>);

/// One keep's file, and who in this process has it open.
struct Place(Mutex<Presence>);

struct Presence {
    guards: usize,
    locks: Vec<File>,
}

/// The places that live, by the file.
static PLACES: Mutex<Vec<(Identity, Weak<Place>)>> = Mutex::new(Vec::new());

impl Guard {
    /// Opens a first connection to the keep at `path` with `open`, and guards it.
    ///
    /// # Errors
    /// Those of `open`; `busy` when another copy of SQLite holds the files exclusively until the deadline.
    pub(super) fn enter<T>(path: &Path, deadline: Instant, open: impl FnOnce() -> Result<T>) -> Result<(Guard, T)> {
        let place = Place::of(Identity::of(path)?);
        let mut presence = place.presence();
        let opened = open()?;
        if presence.guards == 0 {
            presence.locks = Guard::lock(path, deadline)?;
        }
        presence.guards += 1;
        drop(presence);
        Ok((Guard(place), opened))
    }

    #[cfg(target_os = "linux")]
    fn lock(path: &Path, deadline: Instant) -> Result<Vec<File>> {
        /// `SHARED_FIRST` and `SHARED_SIZE` of SQLite's file format.
        const DATABASE_SHARED: (i64, i64) = (0x4000_0002, 510);
        /// The "dead man's switch" byte of the index of the log: held by everyone who uses the index.
        const INDEX_IN_USE: (i64, i64) = (128, 1);
        Ok(vec![
            shared_lock(path, DATABASE_SHARED, deadline)?,
            shared_lock(&beside(path, "-shm"), INDEX_IN_USE, deadline)?,
        ])
    }

    /// Elsewhere there are no such locks; the comparison after each commit remains.
    #[cfg(not(target_os = "linux"))]
    fn lock(_path: &Path, _deadline: Instant) -> Result<Vec<File>> {
        Ok(Vec::new())
    }
}

impl Drop for Guard {
    /// Comes after the connections are closed.
    fn drop(&mut self) {
        let _calm = hold_off();
        let mut presence = self.0.presence();
        presence.guards -= 1;
        if presence.guards == 0 {
            presence.locks.clear();
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
        let place = Arc::new(Place(Mutex::new(Presence { guards: 0, locks: Vec::new() })));
        places.push((identity, Arc::downgrade(&place)));
        place
    }

    fn presence(&self) -> MutexGuard<'_, Presence> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(target_os = "linux")]
fn shared_lock(path: &Path, (start, length): (i64, i64), deadline: Instant) -> Result<File> {
    use std::time::Duration;

    use nix::errno::Errno;
    use nix::fcntl::{FcntlArg, fcntl};

    use crate::error::{Error, Kind};

    let doing = "guarding the keep's files";
    let file = File::open(path).map_err(Failure::io(doing))?;
    let range = nix::libc::flock {
        l_type: nix::libc::F_RDLCK as i16,
        l_whence: nix::libc::SEEK_SET as i16,
        l_start: start,
        l_len: length,
        l_pid: 0,
    };
    // Whoever holds it exclusively is another copy of SQLite that is closing, for a moment.
    loop {
        match fcntl(&file, FcntlArg::F_OFD_SETLK(&range)) {
            Ok(_) => return Ok(file),
            Err(Errno::EAGAIN | Errno::EACCES | Errno::EINTR) if Instant::now() < deadline => {
                std::thread::sleep(Duration::from_millis(1));
            }
            Err(Errno::EAGAIN | Errno::EACCES) => {
                return Err(Error::new(Kind::Busy, "another copy of SQLite holds the keep exclusively"));
            }
            Err(error) => return Err(Failure::io(doing)(error.into())),
        }
    }
}
