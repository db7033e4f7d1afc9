use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use otpkeep_memory::hold_off;
use rusqlite::Connection;
use rusqlite::backup::Backup;
use rusqlite::config::DbConfig;

use super::connection;
use super::failure::Failure;
use super::files::{beside, create_private, publish, unfinished};
use super::rows::Rows;
use super::schema;
use crate::error::Result;
use crate::store::Edit;

/// A keep that is being made in a private file beside its final name. It is published complete and durable, or not at
/// all: dropping a draft removes its files.
pub(super) struct Draft {
    path: PathBuf,
    target: PathBuf,
    connection: Option<Connection>,
}

impl Draft {
    /// An empty keep with its tables.
    pub(super) fn new(target: &Path) -> Result<Draft> {
        let draft = Draft::of_file(target)?;
        draft.with_connection(|connection| {
            connection.pragma_update(None, "journal_mode", "WAL").map_err(Failure::at("creating the keep"))?;
            schema::create(connection)
        })?;
        Ok(draft)
    }

    /// A copy of everything that `source` sees at this moment.
    pub(super) fn copy_of(source: &Connection, target: &Path) -> Result<Draft> {
        let mut draft = Draft::of_file(target)?;
        if let Some(connection) = draft.connection.as_mut() {
            // All pages in one step: a copy in parts begins anew whenever someone writes.
            Backup::new(source, connection)
                .and_then(|backup| backup.run_to_completion(i32::MAX, Duration::ZERO, None))
                .map_err(Failure::at("copying the keep"))?;
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
            if answer == "ok" { Ok(()) } else { Err(crate::Error::corrupt("the keep's pages are damaged")) }
        })
    }

    /// Gives the file its name.
    ///
    /// # Errors
    /// `keep-exists` when something has the name.
    pub(super) fn publish(mut self) -> Result<()> {
        if let Some(connection) = self.connection.take() {
            // Here the close is to merge the log: the file is ours alone.
            connection
                .set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false)
                .map_err(Failure::at("finishing the new file"))?;
            connection.close().map_err(|(_, error)| Failure::at("finishing the new file")(error))?;
        }
        publish(&self.path, &self.target)
    }

    fn of_file(target: &Path) -> Result<Draft> {
        let path = unfinished(target)?;
        create_private(&path)?;
        let mut draft = Draft { path, target: target.into(), connection: None };
        draft.connection = Some(connection::open_bare(&draft.path, Duration::ZERO)?);
        Ok(draft)
    }

    fn with_connection<T>(&self, work: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        match &self.connection {
            Some(connection) => work(connection),
            None => Err(crate::Error::new(crate::Kind::Internal, "a draft was used after it was published")),
        }
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        let _calm = hold_off();
        self.connection = None;
        // After publishing there is nothing left to remove; otherwise what cannot be removed is an unnamed leftover.
        for suffix in ["", "-wal", "-shm", "-journal"] {
            let _ = fs::remove_file(beside(&self.path, suffix));
        }
    }
}
