//! The exceptions, which are Python classes: `otpkeep.errors.KINDS` maps the name of each kind to its class.

use engine::{Error, Kind};
use pyo3::exceptions::{PyImportError, PyRuntimeError, PyTypeError};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;

static CLASSES: PyOnceLock<Vec<(Kind, Py<PyAny>)>> = PyOnceLock::new();

/// Looks up the class of every kind. The module cannot be imported when one is missing or has another number, or when
/// there is a class too many.
pub(crate) fn load(py: Python<'_>) -> PyResult<()> {
    let table = py.import("otpkeep.errors")?.getattr("KINDS")?;
    let mut classes = Vec::with_capacity(Kind::ALL.len());
    for kind in Kind::ALL {
        let class = table.get_item(kind.name())?;
        let same = class.getattr("code")?.extract::<i32>()? == kind.code()
            && class.getattr("kind")?.extract::<&str>()? == kind.name();
        if !same {
            return Err(PyImportError::new_err(format!("otpkeep.errors has another {kind}")));
        }
        classes.push((*kind, class.unbind()));
    }
    if table.len()? != classes.len() {
        return Err(PyImportError::new_err("otpkeep.errors has a kind that the library does not know"));
    }
    // A second interpreter would raise the exceptions of the first, which its programs do not catch.
    CLASSES.set(py, classes).map_err(|_| PyImportError::new_err("otpkeep cannot be loaded twice in one process"))
}

/// The exception for an error of the core.
pub(crate) fn raised(py: Python<'_>, error: &Error) -> PyErr {
    let classes = CLASSES.get(py).map(Vec::as_slice).unwrap_or_default();
    let class = classes.iter().find(|(kind, _)| *kind == error.kind());
    match class.map(|(_, class)| class.bind(py).call1((error.reason(), error.argument_name()))) {
        Some(Ok(exception)) => PyErr::from_value(exception),
        Some(Err(failure)) => failure,
        None => PyRuntimeError::new_err(error.to_string()),
    }
}

/// Why an object is neither pickled nor copied, and what to do. Without it the oldest pickle protocols would make an
/// empty one.
pub(crate) fn not_copied(class: &str, instead: &str) -> PyErr {
    PyTypeError::new_err(format!("otpkeep.{class} can be neither pickled nor copied: {instead}"))
}
