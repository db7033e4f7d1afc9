use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::time::{Duration, Instant};

use nix::unistd::{AccessFlags, access};
use rusqlite::config::DbConfig;
use rusqlite::limits::Limit;
use rusqlite::{Connection, MAIN_DB, OpenFlags};

use super::failure::Failure;
use super::files::{beside, create_private, unfinished};
use super::log;
use super::schema;
use crate::error::{Error, Kind, Result};

/// Versions before this one lose commits when a checkpoint and a write meet (the WAL-reset defect).
const OLDEST_SQLITE: i32 = 3_051_003;
/// Bytes of one value: more than the largest sealed record, a token with all the metadata it may have or the longest policy.
/// A hostile file has none larger.
const LONGEST_VALUE: i32 = 128 * 1024;
/// Prepared statements kept per connection; there are fewer different ones.
const STATEMENTS: usize = 32;
/// Pages in the log after which a commit merges it: 16 MiB. Pages written by many commits are merged once.
const LOG_PAGES: i64 = 4_000;
/// Pages that one connection keeps, in KiB as SQLite counts them: negative.
const CACHE_KIB: i64 = -13 * 1024;
/// What all connections of the process keep together; beyond it pages are reused.
const HEAP_BYTES: i64 = 14 * 1024 * 1024;
/// FULL (2), which syncs the log with each commit: with NORMAL (1) a power cut takes back commits that were answered. The
/// test of power cuts builds it so, to show that it would notice.
const SYNCHRONOUS: i64 = if cfg!(otpkeep_synchronous_normal) { 1 } else { 2 };

/// Opens a keep's file with every setting that the promises rest on.
///
/// # Errors
/// `not-a-keep`, `newer-format`, `corrupt`, `busy`, `io`.
pub(super) fn open(path: &Path, busy_timeout: Duration) -> Result<Connection> {
    let connection = open_bare(path, busy_timeout)?;
    check(&connection).map_err(|error| explained(path, error))?;
    Ok(connection)
}

fn check(connection: &Connection) -> Result<()> {
    schema::check(connection)?;
    // The switch to the log can meet another process's; it does not wait by itself, but the format keeps it made.
    let mode: String = connection
        .pragma_query_value(None, "journal_mode", |row| row.get(0))
        .map_err(Failure::at("reading the header"))?;
    if mode == "wal" { Ok(()) } else { Err(Error::corrupt("the keep does not use a write-ahead log")) }
}

/// A better reason for an error that SQLite met at `path`, if there is one. What it cannot make it tries to open for
/// reading, and says that it is not there; making a file there ourselves tells why.
pub(super) fn explained(path: &Path, error: Error) -> Error {
    if error.kind() != Kind::Io {
        return error;
    }
    let probe = unfinished(path).and_then(|probe| create_private(&probe).map(|()| probe));
    match probe {
        Ok(probe) => {
            let _ = fs::remove_file(probe);
            error
        }
        Err(reason) => reason,
    }
}

/// Opens any SQLite file with the settings of a keep.
pub(super) fn open_bare(path: &Path, busy_timeout: Duration) -> Result<Connection> {
    if rusqlite::version_number() < OLDEST_SQLITE {
        return Err(Error::new(Kind::Internal, "the library was built with a SQLite that can lose commits"));
    }
    // NO_MUTEX: each connection is used by one thread at a time.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let doing = "opening the keep";
    Failure::forget_causes();
    let opened = Connection::open_with_flags(path, flags)
        .and_then(|connection| settle(&connection, busy_timeout).map(|()| connection));
    let connection = opened.map_err(Failure::at(doing)).map_err(|error| explained(path, error))?;
    // SQLite opens for reading what it fails to open for writing. That is well where nothing may be written, but not
    // for a passing reason, such as too many open files.
    if connection.is_readonly(MAIN_DB).map_err(Failure::at(doing))? && access(path, AccessFlags::W_OK).is_ok() {
        return Err(Error::new(Kind::Io, "opening the keep: it could be opened for reading only"));
    }
    Ok(connection)
}

/// Opens a file to copy from. A file without a log, such as a backup, is opened as immutable: it may lie in a folder
/// that cannot be written.
pub(super) fn open_source(path: &Path, busy_timeout: Duration) -> Result<Connection> {
    Failure::forget_causes();
    let has_log = fs::metadata(beside(path, "-wal")).is_ok_and(|metadata| metadata.len() > 0);
    let connection = if has_log {
        log::check(path, Instant::now() + busy_timeout)?;
        open(path, busy_timeout)?
    } else {
        let escaped = percent_encoding::percent_encode(path.as_os_str().as_bytes(), percent_encoding::NON_ALPHANUMERIC);
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        Connection::open_with_flags(format!("file:{escaped}?immutable=1"), flags)
            .map_err(Failure::at("opening the source"))?
    };
    schema::check(&connection)?;
    Ok(connection)
}

fn settle(connection: &Connection, busy_timeout: Duration) -> rusqlite::Result<()> {
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    connection.set_limit(Limit::SQLITE_LIMIT_LENGTH, LONGEST_VALUE)?;
    // For the moments in which another copy of SQLite holds a lock; our own writers queue at the side lock.
    connection.busy_timeout(busy_timeout)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_VIEW, false)?;
    // A plan that hung on the values bound would be made anew each time a kept statement is used.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.pragma_update(None, "mmap_size", 0)?;
    connection.pragma_update(None, "cell_size_check", true)?;
    connection.pragma_update(None, "secure_delete", true)?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    connection.pragma_update(None, "cache_size", CACHE_KIB)?;
    connection.pragma_update(None, "wal_autocheckpoint", LOG_PAGES)?;
    connection.pragma_update(None, "soft_heap_limit", HEAP_BYTES)?;
    connection.pragma_update(None, "synchronous", SYNCHRONOUS)?;
    connection.pragma_update(None, "fullfsync", true)?;
    let synchronous: i64 = connection.pragma_query_value(None, "synchronous", |row| row.get(0))?;
    if synchronous == SYNCHRONOUS { Ok(()) } else { Err(rusqlite::Error::InvalidQuery) }
}
