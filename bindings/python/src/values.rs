//! The plain values, which are dataclasses of `otpkeep.values`: made here by their names.

use pyo3::call::PyCallArgs;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyDict;

/// A class of `otpkeep.values`, looked up when it is needed first.
pub(crate) struct Class {
    name: &'static str,
    found: PyOnceLock<Py<PyAny>>,
}

impl Class {
    pub(crate) const fn new(name: &'static str) -> Class {
        Class { name, found: PyOnceLock::new() }
    }

    /// A value of this class.
    pub(crate) fn of<'py>(&self, py: Python<'py>, fields: impl PyCallArgs<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.found.import(py, "otpkeep.values", self.name)?.call1(fields)
    }

    /// A value of this class with many fields, each named.
    pub(crate) fn with<'py>(&self, py: Python<'py>, fields: &Bound<'py, PyDict>) -> PyResult<Bound<'py, PyAny>> {
        self.found.import(py, "otpkeep.values", self.name)?.call((), Some(fields))
    }
}
