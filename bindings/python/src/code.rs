use pyo3::prelude::*;
use pyo3::types::{PyDateTime, PyString};

use crate::at::datetime;
use crate::error::not_copied;

/// A code and how long it holds. `str(code)` is the code, and formats as it; `repr` leaves it out.
///
/// Two codes are never equal, and a code equals no text: whether a code is right is for `Keep.validate_code` to say.
#[pyclass(frozen, module = "otpkeep")]
pub(crate) struct Code(pub(crate) engine::Code);

#[pymethods]
impl Code {
    /// The code itself, six or eight ASCII digits.
    #[getter]
    fn value(&self) -> &str {
        self.0.value()
    }

    /// When it was read, or the time asked for, in whole seconds; UTC. Later than year 9999: the end of that year.
    #[getter]
    fn generated_at<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDateTime>> {
        datetime(py, self.0.generated_at.seconds())
    }

    /// The first second at which the next code holds; UTC. Later than year 9999: the end of that year.
    #[getter]
    fn expires_at<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDateTime>> {
        datetime(py, self.0.expires_at.seconds())
    }

    /// Seconds that each code of the key holds.
    #[getter]
    fn period(&self) -> u32 {
        self.0.period
    }

    /// Seconds from `generated_at` to `expires_at`, 1 to `period`.
    #[getter]
    fn remaining(&self) -> u64 {
        self.0.remaining()
    }

    fn __str__(&self) -> &str {
        self.0.value()
    }

    fn __format__<'py>(&self, py: Python<'py>, spec: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        PyString::new(py, self.0.value()).call_method1("__format__", (spec,))
    }

    fn __reduce__(&self) -> PyResult<()> {
        Err(not_copied("Code", "pass its value on"))
    }

    fn __repr__(&self) -> String {
        format!("<otpkeep.Code: {} of {} seconds remain>", self.0.remaining(), self.0.period)
    }
}
