use engine::Verdict;
use pyo3::prelude::*;

use crate::values::Class;

static VERDICT: Class = Class::new("Verdict");
static OUTCOME: Class = Class::new("Outcome");

/// The Python value.
pub(crate) fn verdict(py: Python<'_>, verdict: Verdict) -> PyResult<Bound<'_, PyAny>> {
    let Verdict { outcome, offset, retry_after, attempts_left } = verdict;
    let outcome = OUTCOME.of(py, (outcome.name(),))?;
    VERDICT.of(py, (outcome, offset, retry_after, attempts_left))
}
