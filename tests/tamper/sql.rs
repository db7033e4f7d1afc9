//! A keep's file as any program sees that knows SQLite.

use std::path::Path;

use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};

/// Works on a file as someone does who is not held by the checks of its tables.
pub(crate) fn edit<T>(path: &Path, work: impl FnOnce(&Connection) -> T) -> T {
    let connection = Connection::open(path).unwrap();
    connection.pragma_update(None, "ignore_check_constraints", true).unwrap();
    let result = work(&connection);
    connection.close().unwrap();
    result
}

pub(crate) fn run(path: &Path, sql: &str) {
    edit(path, |connection| connection.execute_batch(sql).unwrap_or_else(|error| panic!("{sql}: {error}")));
}

/// Takes values of one row and gives them to another, and back.
pub(crate) fn swap(path: &Path, table: &str, columns: &[&str], first: &str, second: &str) {
    edit(path, |connection| {
        let list = columns.join(", ");
        let read = |row: &str| -> Vec<Value> {
            let sql = format!("SELECT {list} FROM {table} WHERE {row}");
            let read = |row: &rusqlite::Row<'_>| (0..columns.len()).map(|column| row.get(column)).collect();
            connection.query_row(&sql, (), read).unwrap()
        };
        let (one, other) = (read(first), read(second));
        let places = columns.iter().map(|column| format!("{column} = ?")).collect::<Vec<_>>().join(", ");
        for (row, values) in [(first, other), (second, one)] {
            let changed = connection
                .execute(&format!("UPDATE {table} SET {places} WHERE {row}"), params_from_iter(values))
                .unwrap();
            assert_eq!(changed, 1);
        }
    });
}
