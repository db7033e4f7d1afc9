use std::fs::File;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Instant;

use super::failure::Failure;
use super::files::{Identity, beside};
use crate::error::Result;

/// Locks that keep a second copy of SQLite in this process from deleting the write-ahead log beneath us.
///
/// SQLite's own locks belong to the process: another copy of it (Python's `sqlite3` module, say) that closes the file
/// drops ours, finds itself alone, and deletes the log; a forked child has none of them at all. Locks of the open file
/// description (OFD) have neither weakness. We hold them, shared, on the two byte ranges that SQLite locks exclusively
/// before it deletes the log and before it rebuilds the index of the log.
///
/// Closing any descriptor of a file drops the process's own locks on it, so there is one guard per file in a process
/// and it closes after the last connection.
pub(super) struct Guard {
    _files: Vec<File>,
}

/// The guards that live, by the file they guard.
static GUARDS: Mutex<Vec<(Identity, Weak<Guard>)>> = Mutex::new(Vec::new());

impl Guard {
    /// The guard of the keep at `path`, whose connection is open.
    ///
    /// # Errors
    /// `busy` when another copy of SQLite holds the files exclusively until the deadline.
    pub(super) fn of(path: &Path, deadline: Instant) -> Result<Arc<Guard>> {
        let identity = Identity::of(path)?;
        let mut guards = GUARDS.lock().unwrap_or_else(PoisonError::into_inner);
        guards.retain(|(_, guard)| guard.strong_count() > 0);
        if let Some(guard) = guards.iter().find(|(of, _)| *of == identity).and_then(|(_, guard)| guard.upgrade()) {
            return Ok(guard);
        }
        let guard = Arc::new(Guard::lock(path, deadline)?);
        guards.push((identity, Arc::downgrade(&guard)));
        Ok(guard)
    }

    #[cfg(target_os = "linux")]
    fn lock(path: &Path, deadline: Instant) -> Result<Guard> {
        /// `SHARED_FIRST` and `SHARED_SIZE` of SQLite's file format.
        const DATABASE_SHARED: (i64, i64) = (0x4000_0002, 510);
        /// The "dead man's switch" byte of the index of the log: held by everyone who uses the index.
        const INDEX_IN_USE: (i64, i64) = (128, 1);
        Ok(Guard {
            _files: vec![
                shared_lock(path, DATABASE_SHARED, deadline)?,
                shared_lock(&beside(path, "-shm"), INDEX_IN_USE, deadline)?,
            ],
        })
    }

    /// Elsewhere there are no such locks; the comparison after each commit remains.
    #[cfg(not(target_os = "linux"))]
    fn lock(_path: &Path, _deadline: Instant) -> Result<Guard> {
        Ok(Guard { _files: Vec::new() })
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
