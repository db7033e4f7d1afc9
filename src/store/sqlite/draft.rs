use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use std::{fs, mem};

use otpkeep_memory::hold_off;
use rusqlite::backup::{Backup, StepResult};
use rusqlite::config::DbConfig;
use rusqlite::{Connection, ffi};

use super::connection;
use super::failure::Failure;
use super::files::{beside, create_private, publish, unfinished};
use super::owner::Owner;
use super::rows::Rows;
use super::{schema, steady, transaction};
use crate::error::Result;
use crate::store::{Edit, Readable, StoreCopy, View};

/// A keep that is being made in a private file beside its final name. It is published complete and durable, or not at
/// all: dropping a draft removes its files.
pub(super) struct Draft {
    path: PathBuf,
    target: PathBuf,
    /// A progress function may fork, and the child return from it.
    owner: Owner,
    connection: Option<Connection>,
}

impl Draft {
    /// An empty keep with its tables.
    pub(super) fn new(target: &Path) -> Result<Draft> {
        let draft = Draft::of_file(target)?;
        draft.with_connection(|connection| {
            let doing = "creating the keep";
            // A switch that fails is no error of SQLite's: the answer is the mode as it was.
            // And it is made only after the answer, when the statement ends.
            let modes = connection.prepare("PRAGMA journal_mode = WAL").and_then(|mut statement| {
                statement.query_map((), |row| row.get(0))?.collect::<rusqlite::Result<Vec<String>>>()
            });
            if modes.map_err(Failure::at(doing))? != ["wal"] {
                return Err(Failure::unsaid(ffi::SQLITE_IOERR, doing));
            }
            schema::create(connection)
        })?;
        Ok(draft)
    }

    /// A copy of everything that `source` sees at this moment.
    ///
    /// # Errors
    /// `busy` when another copy of SQLite holds the source exclusively until the deadline.
    pub(super) fn copy_of(source: &Connection, target: &Path, deadline: Instant) -> Result<Draft> {
        let mut draft = Draft::of_file(target)?;
        if let Some(connection) = draft.connection.as_mut() {
            let doing = "copying the keep";
            Failure::forget_causes();
            let copied = Backup::new(source, connection).and_then(|backup| {
                loop {
                    // All pages in one step: a copy in parts begins anew whenever someone writes.
                    match backup.step(-1)? {
                        StepResult::Done => return Ok(true),
                        _ if Instant::now() >= deadline => return Ok(false),
                        _ => std::thread::sleep(Duration::from_millis(1)),
                    }
                }
            });
            if !copied.map_err(Failure::at(doing)).map_err(|error| connection::explained(&draft.path, error))? {
                return Err(Failure::unsaid(ffi::SQLITE_BUSY, doing));
            }
        }
        draft.with_connection(schema::check)?;
        Ok(draft)
    }

    /// Changes rows, all or none.
    pub(super) fn edit(&self, work: &mut dyn FnMut(&dyn Edit) -> Result<()>) -> Result<()> {
        self.with_connection(|connection| {
            let doing = "writing the new file";
            connection.execute_batch("BEGIN IMMEDIATE").map_err(Failure::at(doing))?;
            work(&Rows(connection))?;
            connection.execute_batch("COMMIT").map_err(Failure::at(doing))
        })
    }

    /// Checks the pages of the copy.
    pub(super) fn check_pages(&self) -> Result<()> {
        self.with_connection(|connection| {
            let answer: String = connection
                .pragma_query_value(None, "quick_check", |row| row.get(0))
                .map_err(Failure::at("checking the copy"))?;
            // A page that cannot be read is not an error of this check either.
            if answer == "ok" { Ok(()) } else { Err(Failure::unsaid(ffi::SQLITE_CORRUPT, "checking the copy")) }
        })
    }

    /// Gives the file its name.
    ///
    /// # Errors
    /// `keep-exists` when something has the name.
    pub(super) fn publish(mut self) -> Result<()> {
        self.owner.check()?;
        if let Some(connection) = self.connection.take() {
            Failure::forget_causes();
            let doing = "finishing the new file";
            // A close that cannot merge the log says nothing. So it is merged before; the close removes it, as the file
            // is ours alone.
            let (busy, left): (bool, i64) = connection
                .query_row("PRAGMA wal_checkpoint(TRUNCATE)", (), |row| Ok((row.get(0)?, row.get(1)?)))
                .map_err(Failure::at(doing))?;
            if busy || left > 0 {
                return Err(Failure::unsaid(ffi::SQLITE_BUSY, doing));
            }
            connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false).map_err(Failure::at(doing))?;
            connection.close().map_err(|(_, error)| Failure::at(doing)(error))?;
        }
        publish(&self.path, &self.target)
    }

    fn of_file(target: &Path) -> Result<Draft> {
        let path = unfinished(target)?;
        create_private(&path)?;
        let mut draft = Draft { path, target: target.into(), owner: Owner::this_process(), connection: None };
        draft.connection = Some(connection::open_bare(&draft.path, Duration::ZERO)?);
        Ok(draft)
    }

    fn with_connection<T>(&self, work: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        self.owner.check()?;
        Failure::forget_causes();
        match &self.connection {
            Some(connection) => work(connection).map_err(|error| connection::explained(&self.path, error)),
            None => Err(crate::Error::new(crate::Kind::Internal, "a draft was used after it was published")),
        }
    }
}

impl Readable for Draft {
    fn read(&self, work: &mut dyn FnMut(&dyn View) -> Result<()>) -> Result<()> {
        steady(|| self.with_connection(|connection| transaction::read(connection, work)))
    }
}

impl StoreCopy for Draft {
    fn publish(self: Box<Self>) -> Result<()> {
        steady(|| Draft::publish(*self))
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        let _calm = hold_off();
        if self.owner.is_forked() {
            // The parent goes on with the file, and the inherited connection is the parent's, too.
            mem::forget(self.connection.take());
            return;
        }
        self.connection = None;
        // After publishing there is nothing left to remove; otherwise what cannot be removed is an unnamed leftover.
        for suffix in ["", "-wal", "-shm", "-journal"] {
            let _ = fs::remove_file(beside(&self.path, suffix));
        }
    }
}
