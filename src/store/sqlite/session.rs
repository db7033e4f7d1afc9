use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use otpkeep_memory::hold_off;
use rusqlite::{Connection, MAIN_DB};

use super::connection;
use super::files::{Identity, beside};
use super::guard::Guard;
use super::rows::Rows;
use crate::error::{Error, Kind, Result};
use crate::store::View;

/// How often a reader looks whether the files are still the same.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Connections to one set of files. When the files are replaced the session ends and another begins.
pub(super) struct Session {
    path: PathBuf,
    busy_timeout: Duration,
    database: Identity,
    log: Identity,
    keep_id: [u8; 16],
    began: Instant,
    /// Milliseconds since `began` when the files were last looked at.
    looked: AtomicU64,
    pool: Mutex<Pool>,
    freed: Condvar,
    /// Declared last, so that it outlives the connections.
    guard: Guard,
}

struct Pool {
    idle: Vec<Connection>,
    /// Connections that may still be taken, idle or not yet opened.
    free: usize,
    /// Callers that wait for one. Waking nobody would still be a system call.
    waiting: usize,
}

/// The right to one connection of a session.
pub(super) struct Permit<'a> {
    session: &'a Session,
    idle: Option<Connection>,
}

impl Session {
    /// Opens the keep at `path`, whose id must be `expected` when it was open before.
    pub(super) fn open(path: &Path, busy_timeout: Duration, expected: Option<[u8; 16]>) -> Result<Session> {
        let database = Identity::of(path)?;
        let deadline = Instant::now() + busy_timeout;
        // In this order, so that an early return closes the connection first.
        let (guard, first) = Guard::enter(path, deadline, || connection::open(path, busy_timeout))?;
        let keep_id = Rows(&first).keep()?.keep_id;
        if expected.is_some_and(|expected| expected != keep_id) {
            return Err(replaced("another keep is at its location now"));
        }
        let connections = std::thread::available_parallelism().map_or(4, |count| (2 * count.get()).max(4));
        let session = Session {
            path: path.into(),
            busy_timeout,
            database,
            log: Identity::of(&beside(path, "-wal"))?,
            keep_id,
            began: Instant::now(),
            looked: AtomicU64::new(0),
            pool: Mutex::new(Pool { idle: vec![first], free: connections, waiting: 0 }),
            freed: Condvar::new(),
            guard,
        };
        session.check_files()?;
        Ok(session)
    }

    pub(super) fn guard(&self) -> &Guard {
        &self.guard
    }

    pub(super) fn keep_id(&self) -> [u8; 16] {
        self.keep_id
    }

    /// Checks that the files are those that were opened. A write-ahead log that another copy of SQLite deleted takes
    /// commits into nothing.
    ///
    /// # Errors
    /// `store-replaced`.
    pub(super) fn check_files(&self) -> Result<()> {
        let same = Identity::of(&self.path).is_ok_and(|identity| identity == self.database)
            && Identity::of(&beside(&self.path, "-wal")).is_ok_and(|identity| identity == self.log);
        if same {
            Ok(())
        } else {
            Err(replaced("its files were replaced while it was open; the operation may not be stored"))
        }
    }

    /// [`Session::check_files`] when the last look is long enough ago.
    pub(super) fn check_files_now_and_then(&self) -> Result<()> {
        let elapsed = self.began.elapsed().as_millis() as u64;
        if elapsed.saturating_sub(self.looked.load(Ordering::Relaxed)) < LOOK_EVERY.as_millis() as u64 {
            return Ok(());
        }
        self.looked.store(elapsed, Ordering::Relaxed);
        self.check_files()
    }

    /// Waits for the right to a connection. Connections are few and held for microseconds, save by a backup.
    pub(super) fn permit(&self) -> Permit<'_> {
        let mut pool = self.lock_pool();
        while pool.free == 0 {
            pool.waiting += 1;
            pool = self.freed.wait(pool).unwrap_or_else(PoisonError::into_inner);
            pool.waiting -= 1;
        }
        pool.free -= 1;
        Permit { session: self, idle: pool.idle.pop() }
    }

    fn lock_pool(&self) -> MutexGuard<'_, Pool> {
        self.pool.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        // Whoever has the last reference may be past the call that held forks off.
        let _calm = hold_off();
        self.lock_pool().idle.clear();
    }
}

impl Permit<'_> {
    /// An idle connection, or a new one.
    pub(super) fn connection(&mut self) -> Result<Connection> {
        match self.idle.take() {
            Some(connection) => Ok(connection),
            None => {
                let connection = connection::open(&self.session.path, self.session.busy_timeout)?;
                self.session.check_files()?;
                Ok(connection)
            }
        }
    }

    /// A connection that writes, if the file may be written: one that was opened when it might not is closed.
    pub(super) fn connection_to_write(&mut self) -> Result<Connection> {
        self.idle = self.idle.take().filter(|idle| idle.is_readonly(MAIN_DB) == Ok(false));
        self.connection()
    }

    /// Gives a connection back. One that is still in a transaction is closed instead.
    pub(super) fn give_back(mut self, connection: Connection) {
        self.idle = Some(connection).filter(Connection::is_autocommit);
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        let mut pool = self.session.lock_pool();
        pool.idle.extend(self.idle.take());
        pool.free += 1;
        if pool.waiting > 0 {
            self.session.freed.notify_one();
        }
    }
}

fn replaced(what: &'static str) -> Error {
    Error::new(Kind::StoreReplaced, what)
}
