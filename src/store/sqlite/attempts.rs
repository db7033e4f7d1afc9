//! What an attempt reads and writes, in as few statements as it takes: each costs more than the row it finds.

use super::rows::{Rows, Unsigned, key, key_id, state_at};
use crate::error::Result;
use crate::store::{Family, KeyRow, StateRow};

/// The rows of a key that is where its name says (1 to 3: id, mount, name) and of its state, and more conditions.
macro_rules! key_and_state {
    ($more:literal) => {
        concat!(
            "SELECT keys.id, keys.version, sealed, states.version, last_step, failures, locked_until, flags, tag
             FROM keys LEFT JOIN states ON states.id = keys.id
             WHERE keys.id = ?1 AND mount = ?2 AND name = ?3 ",
            $more
        )
    };
}

impl Rows<'_> {
    /// The row of a key that is where its name says, unless the family has any record.
    pub(super) fn key_without(&self, mount_id: u64, name: &str, family: Family) -> Result<Option<KeyRow>> {
        let sql = "SELECT id, version, sealed FROM keys WHERE id = ?1 AND mount = ?2 AND name = ?3
                   AND NOT EXISTS (SELECT 1 FROM records WHERE family = ?4)";
        self.one(sql, (Unsigned(key_id(mount_id, name)), Unsigned(mount_id), name, family as i64), key)
    }

    /// The rows of a key that is where its name says and of its state, unless the family has any record or the mount's
    /// record is not of this version.
    pub(super) fn key_and_state_without(
        &self,
        (mount_id, mount_version): (u64, u64),
        name: &str,
        family: Family,
    ) -> Result<Option<(KeyRow, Option<StateRow>)>> {
        let sql = key_and_state!(
            "AND EXISTS (SELECT 1 FROM records WHERE family = ?4 AND id = ?2 AND version = ?5)
             AND NOT EXISTS (SELECT 1 FROM records WHERE family = ?6)"
        );
        let id = Unsigned(key_id(mount_id, name));
        let (mount_id, mount_version) = (Unsigned(mount_id), Unsigned(mount_version));
        let params = (id, mount_id, name, Family::Mount as i64, mount_version, family as i64);
        self.one(sql, params, |row| Ok((key(row)?, state_at(row, 3)?)))
    }

    /// The rows of a key that is where its name says and of its state.
    pub(super) fn key_and_state_by_id(&self, mount_id: u64, name: &str) -> Result<Option<(KeyRow, Option<StateRow>)>> {
        let sql = key_and_state!("");
        let params = (Unsigned(key_id(mount_id, name)), Unsigned(mount_id), name);
        self.one(sql, params, |row| Ok((key(row)?, state_at(row, 3)?)))
    }

    /// Whether a state was this one and is now that one.
    pub(super) fn exchange_state(&self, id: u64, old: &StateRow, new: &StateRow) -> Result<bool> {
        let sql =
            "UPDATE states SET version = ?2, last_step = ?3, failures = ?4, locked_until = ?5, flags = ?6, tag = ?7
                   WHERE id = ?1 AND version = ?8 AND last_step = ?9 AND failures = ?10 AND locked_until = ?11
                   AND flags = ?12 AND tag = ?13";
        let (version, locked_until) = (Unsigned(new.version), Unsigned(new.locked_until));
        let (old_version, old_locked_until) = (Unsigned(old.version), Unsigned(old.locked_until));
        let changed = self.change(
            sql,
            rusqlite::params![
                Unsigned(id),
                version,
                new.last_step,
                new.failures,
                locked_until,
                new.flags,
                new.tag,
                old_version,
                old.last_step,
                old.failures,
                old_locked_until,
                old.flags,
                old.tag,
            ],
        )?;
        Ok(changed == 1)
    }
}

#[cfg(test)]
mod tests {
    use super::super::schema;
    use super::*;
    use crate::store::{Edit, View};

    const OLD: StateRow = StateRow { version: 3, last_step: 5, failures: 2, locked_until: 7, flags: 1, tag: [9; 16] };
    const NEW: StateRow = StateRow { version: 4, last_step: 6, failures: 0, locked_until: 8, flags: 0, tag: [1; 16] };

    #[test]
    fn a_state_is_replaced_only_when_it_is_the_expected_one_in_every_column() {
        let connection = rusqlite::Connection::open_in_memory().unwrap();
        schema::create(&connection).unwrap();
        let rows = Rows(&connection);
        let others = [
            ("version", StateRow { version: NEW.version, ..OLD }),
            ("last_step", StateRow { last_step: NEW.last_step, ..OLD }),
            ("failures", StateRow { failures: NEW.failures, ..OLD }),
            ("locked_until", StateRow { locked_until: NEW.locked_until, ..OLD }),
            ("flags", StateRow { flags: NEW.flags, ..OLD }),
            ("tag", StateRow { tag: NEW.tag, ..OLD }),
        ];
        // A column that the table gets belongs into the list, too.
        let mut columns =
            connection.prepare("SELECT name FROM pragma_table_info('states') WHERE name <> 'id'").unwrap();
        let columns: Vec<String> = columns.query_map((), |row| row.get(0)).unwrap().map(|name| name.unwrap()).collect();
        assert_eq!(columns, others.map(|(column, _)| column));

        for (column, other) in others {
            rows.put_state(1, &other).unwrap();
            assert!(!rows.replace_state(1, &OLD, &NEW).unwrap(), "{column}");
            assert_eq!(rows.state(1).unwrap(), Some(other), "{column}");
        }
        rows.put_state(1, &OLD).unwrap();
        rows.put_state(2, &OLD).unwrap();
        assert!(rows.replace_state(1, &OLD, &NEW).unwrap());
        assert_eq!((rows.state(1).unwrap(), rows.state(2).unwrap()), (Some(NEW), Some(OLD)));
    }
}
