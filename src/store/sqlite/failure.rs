use std::io;

use rusqlite::ffi;

use crate::error::{Error, Kind};

/// What SQLite and the operating system report, as kinds of the one table. The texts they give are left out where they
/// could hold data.
pub(super) struct Failure;

impl Failure {
    /// Converts an error of SQLite met while `doing`.
    pub(super) fn at(doing: &'static str) -> impl FnOnce(rusqlite::Error) -> Error {
        move |error| match error {
            rusqlite::Error::SqliteFailure(failure, _) => sqlite_failure(failure.extended_code, doing),
            // The statements are constant, so one that does not compile met tables that are not a keep's.
            rusqlite::Error::SqlInputError { error, .. } => sqlite_failure(error.extended_code, doing),
            rusqlite::Error::QueryReturnedNoRows
            | rusqlite::Error::IntegralValueOutOfRange(..)
            | rusqlite::Error::FromSqlConversionFailure(..)
            | rusqlite::Error::InvalidColumnType(..)
            | rusqlite::Error::Utf8Error(..) => Error::corrupt(format!("{doing}: a row is not what it should be")),
            _ => Error::new(Kind::Internal, format!("{doing}: SQLite was misused")),
        }
    }

    /// Converts an error of the operating system met while `doing`.
    pub(super) fn io(doing: &'static str) -> impl FnOnce(io::Error) -> Error {
        move |error| {
            let kind = match error.kind() {
                io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Kind::DiskFull,
                io::ErrorKind::ReadOnlyFilesystem | io::ErrorKind::PermissionDenied => Kind::ReadOnly,
                io::ErrorKind::AlreadyExists => Kind::KeepExists,
                io::ErrorKind::NotFound => Kind::KeepNotFound,
                _ => Kind::Io,
            };
            Error::new(kind, format!("{doing}: {error}"))
        }
    }
}

fn sqlite_failure(extended: i32, doing: &'static str) -> Error {
    let kind = match extended & 0xff {
        // The protocol error is the end of many tries to get a lock of the log.
        ffi::SQLITE_BUSY | ffi::SQLITE_LOCKED | ffi::SQLITE_PROTOCOL => Kind::Busy,
        ffi::SQLITE_FULL => Kind::DiskFull,
        ffi::SQLITE_READONLY if extended == ffi::SQLITE_READONLY_DBMOVED => Kind::StoreReplaced,
        ffi::SQLITE_READONLY | ffi::SQLITE_PERM => Kind::ReadOnly,
        ffi::SQLITE_NOTADB => Kind::NotAKeep,
        // A table that is missing, a row that breaks a constraint, a value of the wrong type: the file was damaged.
        ffi::SQLITE_CORRUPT
        | ffi::SQLITE_CONSTRAINT
        | ffi::SQLITE_MISMATCH
        | ffi::SQLITE_ERROR
        | ffi::SQLITE_SCHEMA
        | ffi::SQLITE_TOOBIG => Kind::Corrupt,
        ffi::SQLITE_IOERR if extended == ffi::SQLITE_IOERR_CORRUPTFS => Kind::Corrupt,
        ffi::SQLITE_IOERR | ffi::SQLITE_CANTOPEN | ffi::SQLITE_NOMEM => Kind::Io,
        _ => Kind::Internal,
    };
    Error::new(kind, format!("{doing}: SQLite error {extended} ({})", ffi::code_to_str(extended & 0xff)))
}
