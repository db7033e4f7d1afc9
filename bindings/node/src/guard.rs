//! What surrounds every operation: a panic stops here.

use std::panic::{AssertUnwindSafe, catch_unwind};

use engine::{Error, Kind, Result};

/// Runs `body`; a panic becomes an error.
pub(crate) fn guard<T>(body: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(body)).unwrap_or_else(|payload| {
        // Dropping what was panicked with may panic again.
        let _ = catch_unwind(AssertUnwindSafe(|| drop(payload)));
        Err(Error::new(Kind::Panic, "a panic in the library was stopped"))
    })
}
