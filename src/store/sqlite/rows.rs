use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, ValueRef};
use rusqlite::{CachedStatement, Connection, OptionalExtension, Params, Row};
use sha2::{Digest, Sha256};

use super::failure::Failure;
use crate::error::Result;
use crate::store::{Edit, Family, KeepRow, KeyName, KeyRow, KeyringRow, RecordRow, StateRow, View};

/// The rows of an open transaction.
pub(super) struct Rows<'a>(pub(super) &'a Connection);

/// An unsigned number in SQLite's signed column. Values of 2^63 and more never arise.
pub(super) struct Unsigned(pub(super) u64);

impl ToSql for Unsigned {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        i64::try_from(self.0)
            .map(ToSqlOutput::from)
            .map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))
    }
}

impl FromSql for Unsigned {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Unsigned> {
        let number = value.as_i64()?;
        u64::try_from(number).map(Unsigned).map_err(|_| FromSqlError::OutOfRange(number))
    }
}

impl Rows<'_> {
    fn statement(&self, sql: &'static str) -> rusqlite::Result<CachedStatement<'_>> {
        self.0.prepare_cached(sql)
    }

    pub(super) fn one<T>(
        &self,
        sql: &'static str,
        params: impl Params,
        read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Option<T>> {
        self.statement(sql)
            .and_then(|mut statement| statement.query_row(params, read).optional())
            .map_err(Failure::at("reading"))
    }

    fn all<T>(
        &self,
        sql: &'static str,
        params: impl Params,
        read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>> {
        self.statement(sql)
            .and_then(|mut statement| statement.query_map(params, read)?.collect())
            .map_err(Failure::at("reading"))
    }

    /// How many rows were changed.
    pub(super) fn change(&self, sql: &'static str, params: impl Params) -> Result<usize> {
        self.statement(sql).and_then(|mut statement| statement.execute(params)).map_err(Failure::at("writing"))
    }

    fn run(&self, sql: &'static str, params: impl Params) -> Result<()> {
        self.change(sql, params).map(|_| ())
    }
}

pub(super) fn number(row: &Row<'_>, column: usize) -> rusqlite::Result<u64> {
    row.get(column).map(|Unsigned(number)| number)
}

fn record(row: &Row<'_>) -> rusqlite::Result<RecordRow> {
    Ok(RecordRow { id: number(row, 0)?, version: number(row, 1)?, sealed: row.get(2)? })
}

pub(super) fn key(row: &Row<'_>) -> rusqlite::Result<KeyRow> {
    Ok(KeyRow { id: number(row, 0)?, version: number(row, 1)?, sealed: row.get(2)? })
}

/// The id under which a key is looked for first: a hash of what it is called. It saves the search through an index, and
/// with it the pages of one. Names made to collide merely cost their owner that search.
pub(super) fn key_id(mount_id: u64, name: &str) -> u64 {
    let digest = Sha256::new().chain_update(mount_id.to_be_bytes()).chain_update(name).finalize();
    digest.first_chunk().map_or(1, |bytes| (u64::from_be_bytes(*bytes) >> 1).max(1))
}

fn state(row: &Row<'_>, column: usize) -> rusqlite::Result<StateRow> {
    Ok(StateRow {
        version: number(row, column)?,
        last_step: row.get(column + 1)?,
        failures: row.get(column + 2)?,
        locked_until: number(row, column + 3)?,
        flags: row.get(column + 4)?,
        tag: row.get(column + 5)?,
    })
}

/// The state in the columns from this one on, if the row has any.
pub(super) fn state_at(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<StateRow>> {
    if row.get_ref(column)? == ValueRef::Null { Ok(None) } else { state(row, column).map(Some) }
}

fn limit(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

impl View for Rows<'_> {
    fn keep(&self) -> Result<KeepRow> {
        let row = self.one("SELECT keep_id FROM keep", (), |row| Ok(KeepRow { keep_id: row.get(0)? }))?;
        row.ok_or_else(|| missing("the keep's own row"))
    }

    // The limits lie above what is ever written, so that a hostile file is not read into memory whole.
    fn slots(&self) -> Result<Vec<(u64, Vec<u8>)>> {
        self.all("SELECT id, slot FROM slots ORDER BY id LIMIT 64", (), |row| Ok((number(row, 0)?, row.get(1)?)))
    }

    fn keyring(&self) -> Result<KeyringRow> {
        let row = self.one("SELECT epoch, sealed FROM keyring", (), |row| {
            Ok(KeyringRow { epoch: number(row, 0)?, sealed: row.get(1)? })
        })?;
        row.ok_or_else(|| missing("the keyring"))
    }

    fn records(&self, family: Family, after: u64, count: usize) -> Result<Vec<RecordRow>> {
        let sql = "SELECT id, version, sealed FROM records WHERE family = ?1 AND id > ?2 ORDER BY id LIMIT ?3";
        self.all(sql, (family as i64, Unsigned(after), limit(count)), record)
    }

    fn record(&self, family: Family, id: u64) -> Result<Option<RecordRow>> {
        let sql = "SELECT id, version, sealed FROM records WHERE family = ?1 AND id = ?2";
        self.one(sql, (family as i64, Unsigned(id)), record)
    }

    fn version(&self, family: Family, id: u64) -> Result<Option<u64>> {
        let sql = "SELECT version FROM records WHERE family = ?1 AND id = ?2";
        self.one(sql, (family as i64, Unsigned(id)), |row| number(row, 0))
    }

    fn has_records(&self, family: Family) -> Result<bool> {
        let sql = "SELECT EXISTS(SELECT 1 FROM records WHERE family = ?1)";
        Ok(self.one(sql, [family as i64], |row| row.get(0))?.unwrap_or_default())
    }

    fn key(&self, mount_id: u64, name: &str) -> Result<Option<KeyRow>> {
        let by_id = "SELECT id, version, sealed FROM keys WHERE id = ?1 AND mount = ?2 AND name = ?3";
        let found = self.one(by_id, (Unsigned(key_id(mount_id, name)), Unsigned(mount_id), name), key)?;
        if found.is_some() {
            return Ok(found);
        }
        let by_name = "SELECT id, version, sealed FROM keys WHERE mount = ?1 AND name = ?2";
        self.one(by_name, (Unsigned(mount_id), name), key)
    }

    fn keys(&self, after: Option<&KeyName>, count: usize) -> Result<Vec<(KeyName, KeyRow)>> {
        let sql = "SELECT id, version, sealed, mount, name FROM keys
                   WHERE (mount, name) > (?1, ?2) ORDER BY mount, name LIMIT ?3";
        let (mount_id, name) = after.map_or((0, ""), |id| (id.mount_id, id.name.as_str()));
        self.all(sql, (Unsigned(mount_id), name, limit(count)), |row| {
            Ok((KeyName { mount_id: number(row, 3)?, name: row.get(4)? }, key(row)?))
        })
    }

    fn key_count(&self) -> Result<u64> {
        Ok(self.one("SELECT count(*) FROM keys", (), |row| number(row, 0))?.unwrap_or_default())
    }

    fn state(&self, id: u64) -> Result<Option<StateRow>> {
        let sql = "SELECT version, last_step, failures, locked_until, flags, tag FROM states WHERE id = ?1";
        self.one(sql, [Unsigned(id)], |row| state(row, 0))
    }

    fn key_and_state(&self, mount_id: u64, name: &str) -> Result<Option<(KeyRow, Option<StateRow>)>> {
        let found = self.key_and_state_by_id(mount_id, name)?;
        if found.is_some() {
            return Ok(found);
        }
        let Some(key) = self.key(mount_id, name)? else { return Ok(None) };
        let state = self.state(key.id)?;
        Ok(Some((key, state)))
    }
}

impl Edit for Rows<'_> {
    fn put_keep(&self, row: &KeepRow) -> Result<()> {
        self.run("INSERT OR REPLACE INTO keep (id, keep_id) VALUES (1, ?1)", [row.keep_id])
    }

    fn put_slot(&self, id: u64, slot: &[u8]) -> Result<()> {
        self.run("INSERT OR REPLACE INTO slots (id, slot) VALUES (?1, ?2)", (Unsigned(id), slot))
    }

    fn delete_slot(&self, id: u64) -> Result<()> {
        self.run("DELETE FROM slots WHERE id = ?1", [Unsigned(id)])
    }

    fn put_keyring(&self, row: &KeyringRow) -> Result<()> {
        let sql = "INSERT OR REPLACE INTO keyring (id, epoch, sealed) VALUES (1, ?1, ?2)";
        self.run(sql, (Unsigned(row.epoch), &row.sealed))
    }

    fn put_record(&self, family: Family, row: &RecordRow) -> Result<()> {
        let sql = "INSERT OR REPLACE INTO records (family, id, version, sealed) VALUES (?1, ?2, ?3, ?4)";
        self.run(sql, (family as i64, Unsigned(row.id), Unsigned(row.version), &row.sealed))
    }

    fn delete_record(&self, family: Family, id: u64) -> Result<()> {
        self.run("DELETE FROM records WHERE family = ?1 AND id = ?2", (family as i64, Unsigned(id)))
    }

    fn new_key_id(&self, mount_id: u64, name: &str) -> Result<u64> {
        let id = key_id(mount_id, name);
        let taken = self.one("SELECT 1 FROM keys WHERE id = ?1", [Unsigned(id)], |_| Ok(()))?;
        match taken {
            None => Ok(id),
            Some(()) => {
                let random = self.one("SELECT abs(random() / 2) + 1", (), |row| number(row, 0))?;
                random.ok_or_else(|| missing("a random number"))
            }
        }
    }

    fn put_key(&self, mount_id: u64, name: &str, row: &KeyRow) -> Result<()> {
        // Should the id be another key's after all, this fails rather than replace it.
        let sql = "INSERT INTO keys (id, mount, name, version, sealed) VALUES (?1, ?2, ?3, ?4, ?5)
                   ON CONFLICT (mount, name) DO UPDATE SET version = ?4, sealed = ?5";
        self.run(sql, (Unsigned(row.id), Unsigned(mount_id), name, Unsigned(row.version), &row.sealed))
    }

    fn delete_key(&self, mount_id: u64, name: &str) -> Result<()> {
        self.run("DELETE FROM keys WHERE mount = ?1 AND name = ?2", (Unsigned(mount_id), name))
    }

    fn delete_keys(&self, mount_id: u64) -> Result<()> {
        let states = "DELETE FROM states WHERE id IN (SELECT id FROM keys WHERE mount = ?1)";
        self.run(states, [Unsigned(mount_id)])?;
        self.run("DELETE FROM keys WHERE mount = ?1", [Unsigned(mount_id)])
    }

    fn put_state(&self, id: u64, row: &StateRow) -> Result<()> {
        let sql = "INSERT INTO states (id, version, last_step, failures, locked_until, flags, tag)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (id) DO UPDATE
                   SET version = ?2, last_step = ?3, failures = ?4, locked_until = ?5, flags = ?6, tag = ?7";
        let (id, version, locked_until) = (Unsigned(id), Unsigned(row.version), Unsigned(row.locked_until));
        self.run(sql, (id, version, row.last_step, row.failures, locked_until, row.flags, row.tag))
    }

    fn replace_state(&self, id: u64, old: &StateRow, new: &StateRow) -> Result<bool> {
        self.exchange_state(id, old, new)
    }

    fn delete_state(&self, id: u64) -> Result<()> {
        self.run("DELETE FROM states WHERE id = ?1", [Unsigned(id)])
    }
}

fn missing(what: &'static str) -> crate::Error {
    crate::Error::corrupt(format!("{what} is missing"))
}
