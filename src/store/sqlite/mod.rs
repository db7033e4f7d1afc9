//! The keep as one SQLite file.

mod attempts;
mod connection;
mod draft;
mod failure;
mod files;
mod guard;
mod log;
mod owner;
mod rows;
mod schema;
mod session;
mod side_lock;
mod transaction;

use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};
use std::{fs, mem};

use otpkeep_memory::hold_off;
use rusqlite::Connection;

use self::draft::Draft;
use self::failure::Failure;
use self::files::{absolute, beside, check_file_system, check_keep_file, check_target, require_absent};
use self::owner::Owner;
use self::rows::Rows;
use self::session::Session;
use self::side_lock::SideLock;
use super::{Edit, Family, KeyRow, Readable, StateRow, Store, StoreCopy, StoreFacts, View};
use crate::error::{Error, Kind, Result};

/// How a SQLite store is opened.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SqliteOptions {
    /// How long a write waits for other writers.
    pub(crate) busy_timeout: Duration,
    /// Open the file even on a network file system.
    pub(crate) allow_network_file_system: bool,
}

/// An open keep file.
pub(crate) struct SqliteStore {
    path: PathBuf,
    options: SqliteOptions,
    owner: Owner,
    side_lock: SideLock,
    keep_id: [u8; 16],
    /// `None` when the files were replaced and not opened again yet.
    session: RwLock<Option<Arc<Session>>>,
}

impl SqliteStore {
    /// Opens the keep at `path`.
    ///
    /// # Errors
    /// `keep-not-found`, `not-a-keep`, `newer-format`, `permissions-too-open`, `network-file-system`, `busy`,
    /// `corrupt`, `io`.
    pub(crate) fn open(path: &Path, options: SqliteOptions) -> Result<SqliteStore> {
        check_keep_file(path)?;
        // One name for the file however it is reached, which also keeps SQLite from reading the path as a URI.
        let path = fs::canonicalize(path).map_err(Failure::io("looking for the keep"))?;
        if !options.allow_network_file_system {
            check_file_system(&path)?;
        }
        let owner = Owner::this_process();
        let calm = hold_off();
        let session = Session::open(&path, options.busy_timeout, None)?;
        drop(calm);
        Ok(SqliteStore {
            side_lock: SideLock::new(beside(&path, ".lock")),
            path,
            options,
            owner,
            keep_id: session.keep_id(),
            session: RwLock::new(Some(Arc::new(session))),
        })
    }

    /// Creates a keep at `path`, with the rows that `fill` writes, unless something is there.
    ///
    /// # Errors
    /// `keep-exists` when something is there, also when it came there in the meantime; `busy` when others are creating
    /// it until the deadline; `read-only`, `disk-full`, `network-file-system`, `io`.
    pub(crate) fn create(
        path: &Path,
        options: SqliteOptions,
        fill: &mut dyn FnMut(&dyn Edit) -> Result<()>,
    ) -> Result<()> {
        let path = absolute(path)?;
        check_target(&path, options.allow_network_file_system)?;
        let side_lock = SideLock::new(beside(&path, ".lock"));
        let _held = side_lock.acquire(Instant::now() + options.busy_timeout)?;
        require_absent(&path)?;
        let _calm = hold_off();
        let draft = Draft::new(&path)?;
        draft.edit(fill)?;
        draft.publish()
    }

    /// Copies the keep at `source`, which nobody needs to have open, to `path`, with the changes that `amend` makes.
    ///
    /// # Errors
    /// As [`SqliteStore::create`], and those of opening the source.
    pub(crate) fn copy(
        source: &Path,
        path: &Path,
        options: SqliteOptions,
        amend: &mut dyn FnMut(&dyn Edit) -> Result<()>,
    ) -> Result<()> {
        check_keep_file(source).map_err(|error| match error.kind() {
            Kind::KeepNotFound => Error::new(Kind::KeepNotFound, "nothing is where the backup should be"),
            _ => error,
        })?;
        let source = fs::canonicalize(source).map_err(Failure::io("looking for the keep"))?;
        let path = absolute(path)?;
        check_target(&path, options.allow_network_file_system)?;
        let deadline = Instant::now() + options.busy_timeout;
        let draft =
            steady(|| Draft::copy_of(&connection::open_source(&source, options.busy_timeout)?, &path, deadline))?;
        steady(|| draft.check_pages())?;
        steady(|| draft.edit(amend))?;
        steady(|| draft.publish())
    }

    fn session(&self) -> Result<Arc<Session>> {
        let open = self.session.read().unwrap_or_else(PoisonError::into_inner).clone();
        open.map_or_else(|| self.reopen(&mut self.session.write().unwrap_or_else(PoisonError::into_inner)), Ok)
    }

    fn reopen(&self, session: &mut Option<Arc<Session>>) -> Result<Arc<Session>> {
        if let Some(session) = session {
            return Ok(Arc::clone(session));
        }
        let _calm = hold_off();
        let opened = Arc::new(Session::open(&self.path, self.options.busy_timeout, Some(self.keep_id))?);
        *session = Some(Arc::clone(&opened));
        Ok(opened)
    }

    /// Ends a session whose files were replaced and begins another. SQLite knows a file by its number: while one
    /// connection lives, a new one would share what it knew of the old log. So all are closed first.
    fn renew(&self, ended: Arc<Session>) -> Result<Arc<Session>> {
        let deadline = Instant::now() + self.options.busy_timeout;
        // Not to keep alive what another thread waits to see closed.
        let seen = Arc::downgrade(&ended);
        drop(ended);
        let mut session = self.session.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(mut ended) = session.take_if(|current| std::ptr::eq(Arc::as_ptr(current), seen.as_ptr())) {
            // Others use it for microseconds, save a backup.
            while let Err(in_use) = Arc::try_unwrap(ended) {
                if Instant::now() >= deadline {
                    *session = Some(in_use);
                    return Err(Error::new(Kind::Busy, "the keep's files were replaced, and it is still being read"));
                }
                ended = in_use;
                std::thread::sleep(Duration::from_millis(1));
            }
        }
        self.reopen(&mut session)
    }

    /// Reads with a connection of its own.
    fn with_connection<T>(&self, work: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        self.owner.check()?;
        let session = self.fresh_session()?;
        let mut permit = session.permit();
        let _calm = hold_off();
        Failure::forget_causes();
        let connection = permit.connection()?;
        let outcome = work(&connection);
        permit.give_back(connection);
        outcome
    }

    /// A session whose files were seen in place at most a second ago.
    fn fresh_session(&self) -> Result<Arc<Session>> {
        let session = self.session()?;
        match session.check_files_now_and_then() {
            Ok(()) => Ok(session),
            Err(_) => self.renew(session),
        }
    }
}

impl Readable for SqliteStore {
    fn read(&self, work: &mut dyn FnMut(&dyn View) -> Result<()>) -> Result<()> {
        self.with_connection(|connection| transaction::read(connection, work))
    }
}

impl Store for SqliteStore {
    fn read_key(&self, mount_id: u64, name: &str, without: Family) -> Result<Option<KeyRow>> {
        // A single statement is a moment by itself; BEGIN and COMMIT, or a second one, would cost as much again.
        self.with_connection(|connection| Rows(connection).key_without(mount_id, name, without))
    }

    fn read_key_and_state(
        &self,
        mount: (u64, u64),
        name: &str,
        without: Family,
    ) -> Result<Option<(KeyRow, Option<StateRow>)>> {
        self.with_connection(|connection| Rows(connection).key_and_state_without(mount, name, without))
    }

    fn write(&self, work: &mut dyn FnMut(&dyn Edit) -> Result<()>) -> Result<()> {
        self.owner.check()?;
        let deadline = Instant::now() + self.options.busy_timeout;
        let _held = self.side_lock.acquire(deadline)?;
        let session = self.fresh_session()?;
        let mut permit = session.permit();
        let calm = hold_off();
        Failure::forget_causes();
        let mut connection = permit.connection_to_write()?;
        let begun = transaction::begin(&connection, deadline).or_else(|error| {
            if error.kind() != Kind::ReadOnly {
                return Err(error);
            }
            // Its log was opened for reading when, for a moment, it could not be for writing.
            connection = permit.connection()?;
            transaction::begin(&connection, deadline)
        });
        let outcome = begun
            .and_then(|()| transaction::finish(&connection, session.guard(), deadline, work))
            .and_then(|()| session.check_files());
        if !matches!(&outcome, Err(error) if error.kind() == Kind::StoreReplaced) {
            permit.give_back(connection);
            return outcome;
        }
        drop((connection, permit, calm));
        // The next call meets the new files; a failure to open them is met there again.
        let _ = self.renew(session);
        outcome
    }

    fn copy_to(&self, destination: &Path) -> Result<Box<dyn StoreCopy>> {
        self.owner.check()?;
        let destination = absolute(destination)?;
        check_target(&destination, true)?;
        let session = self.fresh_session()?;
        // A connection of its own, so that backups take none from the others.
        let busy_timeout = self.options.busy_timeout;
        let deadline = Instant::now() + busy_timeout;
        let draft = steady(|| Draft::copy_of(&connection::open(&self.path, busy_timeout)?, &destination, deadline))?;
        session.check_files()?;
        steady(|| draft.check_pages())?;
        Ok(Box::new(draft))
    }

    fn facts(&self) -> Result<StoreFacts> {
        self.owner.check()?;
        let bytes = |suffix| fs::metadata(beside(&self.path, suffix)).map_or(0, |metadata| metadata.len());
        Ok(StoreFacts {
            format: schema::FORMAT,
            engine: format!("SQLite {}", rusqlite::version()),
            bytes: bytes("") + bytes("-wal"),
        })
    }

    fn is_forked(&self) -> bool {
        self.owner.is_forked()
    }
}

impl Drop for SqliteStore {
    fn drop(&mut self) {
        let session = self.session.get_mut().unwrap_or_else(PoisonError::into_inner).take();
        if self.owner.is_forked() {
            // Closing inherited connections would touch locks and bookkeeping that are the parent's.
            mem::forget(session);
            return;
        }
        // With the log merged into it, the file alone is the keep. Others may be at work: then they will do it.
        let held = self.side_lock.try_acquire();
        let calm = hold_off();
        if let (Some(_), Some(session)) = (&held, &session)
            && session.check_files().is_ok()
            && let Ok(connection) = session.permit().connection()
            && connection.busy_timeout(Duration::ZERO).is_ok()
        {
            let _ = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", (), |_| Ok(()));
        }
        drop(session);
        drop(calm);
    }
}

/// Runs a step of SQLite's that no fork may interrupt. The longest are the copying of all pages, and their check.
fn steady<T>(step: impl FnOnce() -> T) -> T {
    let _calm = hold_off();
    step()
}
