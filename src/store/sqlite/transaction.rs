use std::time::Instant;

use rusqlite::Connection;

use super::failure::Failure;
use super::guard::Guard;
use super::rows::Rows;
use crate::error::{Error, Result};
use crate::store::{Edit, View};

/// Reads rows of one moment.
pub(super) fn read(connection: &Connection, work: &mut dyn FnMut(&dyn View) -> Result<()>) -> Result<()> {
    run(connection, "BEGIN", "reading")?;
    let outcome = work(&Rows(connection));
    outcome.and(run(connection, "COMMIT", "reading"))
}

/// Begins to write, as the only one, or gives up at the deadline.
pub(super) fn begin(connection: &Connection, deadline: Instant) -> Result<()> {
    let left = deadline.saturating_duration_since(Instant::now());
    connection.busy_timeout(left).map_err(Failure::at("beginning to write"))?;
    run(connection, "BEGIN IMMEDIATE", "beginning to write")
}

/// The rest of a durable transaction that has begun.
pub(super) fn finish(
    connection: &Connection,
    guard: &Guard,
    deadline: Instant,
    work: &mut dyn FnMut(&dyn Edit) -> Result<()>,
) -> Result<()> {
    // Only now: what begins a transaction may have to recover the index itself, after a crash.
    let outcome = guard.keep_index(deadline).and_then(|_kept| {
        work(&Rows(connection)).and_then(|()| run(connection, "COMMIT", "committing").map_err(uncertain))
    });
    if outcome.is_err() && !connection.is_autocommit() {
        // A connection that cannot roll back is not given back, and closing it rolls back.
        let _ = run(connection, "ROLLBACK", "undoing");
    }
    outcome
}

fn run(connection: &Connection, sql: &'static str, doing: &'static str) -> Result<()> {
    connection
        .prepare_cached(sql)
        .and_then(|mut statement| statement.execute(()))
        .map(|_| ())
        .map_err(Failure::at(doing))
}

fn uncertain(error: Error) -> Error {
    Error::new(
        error.kind(),
        format!("{}; it is not known whether the change is stored: a code may be spent", error.reason()),
    )
}
