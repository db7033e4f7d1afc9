use rusqlite::Connection;

use super::failure::Failure;
use crate::error::{Error, Kind, Result};

/// `OTPK` in ASCII, in the header of the file.
pub(super) const APPLICATION_ID: i32 = 0x4f54_504b;
/// The version of the file format, in `user_version`.
pub(crate) const FORMAT: u32 = 1;

/// The tables. They are specified in `docs/keep-format.md`.
const TABLES: &str = "
    CREATE TABLE keep (
        id INTEGER PRIMARY KEY CHECK (id = 1),
        keep_id BLOB NOT NULL
    ) STRICT;
    CREATE TABLE slots (id INTEGER PRIMARY KEY, slot BLOB NOT NULL) STRICT;
    CREATE TABLE keyring (
        id INTEGER PRIMARY KEY CHECK (id = 1),
        epoch INTEGER NOT NULL,
        sealed BLOB NOT NULL
    ) STRICT;
    CREATE TABLE records (
        family INTEGER NOT NULL,
        id INTEGER NOT NULL,
        version INTEGER NOT NULL,
        sealed BLOB NOT NULL,
        PRIMARY KEY (family, id)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE keys (
        id INTEGER PRIMARY KEY,
        mount INTEGER NOT NULL,
        name TEXT NOT NULL,
        version INTEGER NOT NULL,
        sealed BLOB NOT NULL,
        UNIQUE (mount, name)
    ) STRICT;
    CREATE TABLE states (
        id INTEGER PRIMARY KEY,
        version INTEGER NOT NULL,
        last_step INTEGER NOT NULL,
        failures INTEGER NOT NULL,
        locked_until INTEGER NOT NULL,
        flags INTEGER NOT NULL,
        tag BLOB NOT NULL
    ) STRICT;
";

/// Makes an empty database a keep without rows.
pub(super) fn create(connection: &Connection) -> Result<()> {
    connection
        .execute_batch(TABLES)
        .and_then(|()| connection.pragma_update(None, "application_id", APPLICATION_ID))
        .and_then(|()| connection.pragma_update(None, "user_version", FORMAT))
        .map_err(Failure::at("creating the tables"))
}

/// Checks that an open database is a keep of a format this library reads.
///
/// # Errors
/// `not-a-keep`, `newer-format`.
pub(super) fn check(connection: &Connection) -> Result<()> {
    let number = |pragma| -> Result<i64> {
        connection.pragma_query_value(None, pragma, |row| row.get(0)).map_err(Failure::at("reading the header"))
    };
    if number("application_id")? != i64::from(APPLICATION_ID) {
        return Err(Error::new(Kind::NotAKeep, "the file is not a keep"));
    }
    match number("user_version")? {
        version if version == i64::from(FORMAT) => Ok(()),
        version if version > i64::from(FORMAT) => {
            Err(Error::new(Kind::NewerFormat, "the keep was written by a newer version of the library"))
        }
        _ => Err(Error::corrupt("the keep's format number is not one that was ever used")),
    }
}
