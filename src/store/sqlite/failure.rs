use std::io;

use nix::errno::Errno;
use rusqlite::ffi;

use crate::error::{Error, Kind};

/// What SQLite and the operating system report, as kinds of the one table. The texts they give are left out where they
/// could hold data.
pub(super) struct Failure;

impl Failure {
    /// Forgets what the operating system reported before: what it has reported when SQLite fails is then the cause.
    pub(super) fn forget_causes() {
        Errno::clear();
    }

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

    /// The error of a step that SQLite did not do without reporting one: the code it should have reported.
    pub(super) fn unsaid(code: i32, doing: &'static str) -> Error {
        sqlite_failure(code, doing)
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
    let code = extended & 0xff;
    // SQLite keeps to itself what the operating system reported, and takes a disk that cannot be read for a damaged file.
    let cause = Some(Errno::last()).filter(|cause| match code {
        ffi::SQLITE_IOERR | ffi::SQLITE_CANTOPEN => *cause != Errno::UnknownErrno,
        ffi::SQLITE_CORRUPT => *cause == Errno::EIO,
        _ => false,
    });
    let kind = match (code, cause) {
        (_, Some(Errno::ENOSPC | Errno::EDQUOT)) => Kind::DiskFull,
        (_, Some(Errno::EAGAIN)) => Kind::Busy,
        (_, Some(Errno::EROFS | Errno::EACCES | Errno::EPERM)) => Kind::ReadOnly,
        (_, Some(_)) => Kind::Io,
        // The protocol error is the end of many tries to get a lock of the log.
        (ffi::SQLITE_BUSY | ffi::SQLITE_LOCKED | ffi::SQLITE_PROTOCOL, None) => Kind::Busy,
        (ffi::SQLITE_FULL, None) => Kind::DiskFull,
        (ffi::SQLITE_READONLY, None) if extended == ffi::SQLITE_READONLY_DBMOVED => Kind::StoreReplaced,
        (ffi::SQLITE_READONLY | ffi::SQLITE_PERM, None) => Kind::ReadOnly,
        (ffi::SQLITE_NOTADB, None) => Kind::NotAKeep,
        // A table that is missing, a row that breaks a constraint, a value of the wrong type: the file was damaged.
        (
            ffi::SQLITE_CORRUPT
            | ffi::SQLITE_CONSTRAINT
            | ffi::SQLITE_MISMATCH
            | ffi::SQLITE_ERROR
            | ffi::SQLITE_SCHEMA
            | ffi::SQLITE_TOOBIG,
            None,
        ) => Kind::Corrupt,
        (ffi::SQLITE_IOERR | ffi::SQLITE_CANTOPEN | ffi::SQLITE_NOMEM, None) => Kind::Io,
        _ => Kind::Internal,
    };
    let why = cause.map_or_else(|| ffi::code_to_str(code), Errno::desc);
    Error::new(kind, format!("{doing}: SQLite error {extended} ({why})"))
}
