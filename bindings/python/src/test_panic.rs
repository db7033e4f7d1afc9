//! Only with the feature `test-panic`, which no released package has.

use pyo3::prelude::*;

use crate::guard::detached;

/// Panics inside the guard.
#[pyfunction]
pub(crate) fn test_panic(py: Python<'_>) -> PyResult<()> {
    detached(py, || std::panic::panic_any("otpkeep-marker-of-the-test-panic-feature"))
}
