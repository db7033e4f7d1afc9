use engine::{Error, Verdict};
use pyo3::prelude::*;

use crate::error::raised;
use crate::values::Class;

static VERDICT: Class = Class::new("Verdict");
static FAILURE: Class = Class::new("Failure");
static OUTCOME: Class = Class::new("Outcome");

/// The Python value.
pub(crate) fn verdict(py: Python<'_>, verdict: Verdict) -> PyResult<Bound<'_, PyAny>> {
    let Verdict { outcome, offset, retry_after, attempts_left } = verdict;
    let outcome = OUTCOME.of(py, (outcome.name(),))?;
    VERDICT.of(py, (outcome, offset, retry_after, attempts_left))
}

/// The Python value of an item of a batch that has no verdict.
pub(crate) fn failure<'py>(py: Python<'py>, error: &Error) -> PyResult<Bound<'py, PyAny>> {
    FAILURE.of(py, (raised(py, error).into_value(py),))
}
