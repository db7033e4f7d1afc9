//! What surrounds every operation of the core: the GIL is released, a panic stops here, and an error of the core
//! becomes the Python exception of its kind.

use std::panic::{AssertUnwindSafe, catch_unwind};

use engine::{Error, Kind, Result};
use pyo3::prelude::*;

use crate::error::raised;

/// Runs an operation that may touch the disk, wait, or derive a key.
///
/// What the operation owns is dropped before the GIL is taken again, so that the last handle of a keep closes its files
/// without it.
pub(crate) fn detached<T: Send>(py: Python<'_>, operation: impl FnOnce() -> Result<T> + Send) -> PyResult<T> {
    py.detach(|| guarded(operation)).map_err(|error| raised(py, &error))
}

/// Runs what only computes.
pub(crate) fn attached<T>(py: Python<'_>, computation: impl FnOnce() -> Result<T>) -> PyResult<T> {
    guarded(computation).map_err(|error| raised(py, &error))
}

/// PyO3 would turn a panic into an exception that `except Exception` does not catch.
fn guarded<T>(body: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(body)).unwrap_or_else(|payload| {
        // Dropping what was panicked with may panic again.
        let _ = catch_unwind(AssertUnwindSafe(|| drop(payload)));
        Err(Error::new(Kind::Panic, "a panic in the library was stopped"))
    })
}
